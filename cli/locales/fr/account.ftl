# Comptes, appareils, chemins de retour.
welcome =
    Celui qui héberge Carnet ne peut rien lire de vos documents de santé.
    Pour commencer : carnet account create --server https://…
    Pour revenir sur une nouvelle machine : carnet recover --kit FICHIER
    Pour tout ce que Carnet sait faire : carnet help
welcome-back =
    Votre carnet est prêt. Où en est-il : carnet status
    Ajoutez un document : carnet add FICHIER
    Voyez ce qu'il contient : carnet ls
    Voyez qui peut lire un document, et pourquoi : carnet who DOCUMENT
    Pour tout ce que Carnet sait faire : carnet help
ask-passphrase = Phrase de passe :
ask-new-passphrase = Choisissez une phrase de passe pour cet appareil (dix caractères au moins) :
ask-passphrase-again = La même, encore une fois :
ask-file-passphrase = Phrase de passe du fichier de secours :
ask-name = Comment vous appelez-vous ?
ask-word = Mot n° { $number } du kit :
unlocked = Votre carnet est ouvert. Il se referme après { $hours ->
        [0] { $minutes ->
                [one] une minute sans commande.
               *[other] { $minutes } minutes sans commande.
        }
        [one] une heure sans commande.
       *[other] { $hours } heures sans commande.
    }
locked = Votre carnet est fermé.
locked-already = Votre carnet était déjà fermé.
account-created = Bienvenue, { $name }. Votre compte est prêt, avec { $ways } chemins de retour vérifiés.
recovered = Vous voilà de retour. { $documents ->
        [0] Le carnet n'a pas encore de document.
        [one] Un document est retrouvé.
       *[other] { $documents } documents sont retrouvés.
    }
recovered-before = Ce qui était ici est gardé dans { $path }. Effacez-le quand vous avez tout retrouvé.
status-name = { $name }
status-server = Serveur : { $server }
ask-kit-file = Où écrire le kit de secours, une page à imprimer ? [{ $file }]
ask-passphrase-file = Où écrire le fichier de secours, à copier ailleurs ? [{ $file }]
ask-words = Les 24 mots du kit :
ask-words-more = Il en manque { $count } :
ask-new-password = Choisissez un mot de passe pour navigateur (dix caractères au moins) :
ask-approve = Est-ce bien la machine devant vous ? Elle pourra tout ouvrir. (oui/non)
ask-fingerprint = Les deux écrans doivent montrer les mêmes signes. L'autre appareil montre-t-il aussi { $fingerprint } ? (oui/non)
ask-cut-off = Retirer l'appareil { $id } ? (oui/non)
kit-look = Imprimez maintenant le kit : { $file }. Puis tapez trois de ses mots d'après le papier.
kit-made = Kit de secours écrit et vérifié : { $file }. Imprimez-le, puis effacez le fichier.
passphrase-file-made = Fichier de secours écrit et vérifié : { $file }. Copiez-le hors de cette machine.
shares-made = Parts écrites et vérifiées dans { $folder } : { $needed } sur { $of } suffisent pour revenir. Donnez-en une à chaque personne de confiance, puis effacez-les ici.
password-made = Mot de passe ajouté et vérifié. Un navigateur le demande, avec le second secret du nouveau kit.
pair-code =
    Sur votre ancien appareil : carnet account approve { $code }
    J'attends dix minutes au plus.
pair-fingerprint-here = Signes à comparer : { $fingerprint }. La nouvelle machine montrera les mêmes, une fois qu'elle aura vos clés.
approved = La nouvelle machine a vos clés. Elle doit montrer ces signes : { $fingerprint }
status-devices = Appareils : { $count }
status-ways = Chemins de retour :
status-drilled = Dernier essai de vos chemins de retour : { $time }
status-never-drilled = Vos chemins de retour n'ont jamais été essayés d'ici.
status-generation = { $count ->
        [0] Vos clés n'ont jamais été changées.
        [one] Vos clés ont été changées une fois.
       *[other] Vos clés ont été changées { $count } fois.
    }
status-loss = Si cette machine était perdue, { $ways ->
        [0] rien ne vous permettrait de revenir.
        [one] un seul chemin vous permettrait de revenir.
       *[other] { $ways } chemins vous permettraient de revenir.
    }
way-kit = Kit de secours imprimé
way-passphrase-file = Fichier de secours
way-contacts = Personnes de confiance
way-passkey = Clé d'accès
way-password = Mot de passe du navigateur
way-device = Autre appareil
way-proven = vérifié le { $time }
way-unproven = pas vérifié d'ici
way-age = , { $days ->
        [0] fait aujourd'hui
        [one] vieux d'un jour
       *[other] vieux de { $days } jours
    }
advice-catch-up = Conseil : il manque à cet appareil les clés les plus récentes. Prenez-les : carnet account catch-up --kit FICHIER
advice-two-ways = Conseil : si cette machine était perdue, il vous resterait moins de deux chemins de retour. Faites-en un autre : carnet account add-way
advice-unproven = Conseil : un chemin n'a pas été vérifié d'ici. Vérifiez-le : carnet account drill --kit FICHIER
advice-drill = Conseil : faites comme si tout était perdu, pour essayer vos chemins de retour : carnet account drill --kit FICHIER --passphrase-file FICHIER
advice-kit-old = Conseil : le kit est ancien. Voyez si vous avez encore le papier, ou refaites-en un : carnet account add-way kit FICHIER
advice-none = Tout va bien.
device-line = { $id }  depuis le { $since }  { $state }
device-this = celui-ci
device-cut-off = retiré
cut-off-done = L'appareil { $id } est retiré. Il n'entre plus dans votre compte, et n'ouvre rien de ce qui viendra. Ce qu'il avait vu, il a pu le garder.
cut-off-others = { $count ->
        [one] Il faut les nouvelles clés à un autre de vos appareils
       *[other] Il faut les nouvelles clés à { $count } autres de vos appareils
    } : tapez-y carnet account catch-up.
caught-up = Cet appareil a les clés les plus récentes.
drill-works = { $way } : ce chemin marche. { $documents ->
        [one] Un document est retrouvé
       *[other] { $documents } documents sont retrouvés
    }, et le plus récent s'ouvre : { $title }
drill-works-empty = { $way } : ce chemin marche. Le carnet n'a pas encore de document.
drill-fails = Ce chemin ne marche pas :
drill-not-rehearsed = Tout a été repris depuis le début, et ouvert avec ce que donne chaque chemin. Rien n'a changé dans votre carnet : aucun nouvel appareil n'y est entré.
kit-title = Kit de secours
kit-what = Si vous perdez vos appareils, cette page vous rendra tout. Personne ne peut la refaire à votre place.
kit-server = Serveur
kit-account = Compte
kit-printed = Imprimé le
kit-words = Vos 24 mots
kit-second = Votre second secret, demandé avec le mot de passe dans un navigateur
kit-qr = Code à scanner du kit de secours
kit-code = Le même code en lettres :
kit-steps = Pour revenir
kit-step-1 = Rangez cette page en lieu sûr, hors de chez vous si possible. Effacez le fichier dont elle vient.
kit-step-2 = Le jour venu, sur une nouvelle machine : carnet recover --kit FICHIER, avec le fichier de cette page ou un fichier avec son code.
kit-step-3 = Ou tapez les 24 mots : carnet recover --words --server ADRESSE.
kit-step-4 = Si d'autres ont vu cette page, faites un nouveau kit et retirez celui-ci : carnet account add-way kit, puis remove-way.
kit-footer = Carnet, kit de secours
share-file =
    Part { $index } sur { $of }, pour aider { $name } à revenir à son carnet de santé Carnet.
    Seule, elle n'ouvre rien ; { $needed } parts ensemble ouvrent tout. Gardez-la, ne la montrez à personne.
    Ne la rendez qu'à { $name }, en personne ou à une voix que vous connaissez.
    Là-bas : carnet recover --share FICHIER --share FICHIER
kit-owner = Carnet de
kit-warning = Qui a cette page peut tout lire. Gardez-la comme un testament.
kit-carnet = Carnet garde vos documents de santé : celui qui les héberge ne peut rien en lire. Le programme s'obtient auprès de celui qui tient le serveur ci-dessous.
kit-call = Qui peut m'aider

# Comptes, appareils, chemins de retour.
welcome =
    Carnet garde vos documents de santé chiffrés : celui qui les héberge ne peut rien en lire.
    Pour commencer : carnet account create --server https://…
    Pour revenir sur une nouvelle machine : carnet recover --kit FICHIER
welcome-back =
    Ce carnet est prêt. Ajoutez un document : carnet add FICHIER
    Voyez ce qu'il contient : carnet ls
    Voyez qui peut lire, et pourquoi : carnet who DOCUMENT
ask-passphrase = Phrase de passe :
ask-new-passphrase = Choisissez une phrase de passe pour cet appareil (dix caractères au moins) :
ask-passphrase-again = La même, encore une fois :
ask-file-passphrase = Phrase de passe du fichier de secours :
ask-kit-file = Où écrire le kit de secours, à imprimer ? [{ $file }]
ask-passphrase-file = Où écrire le fichier de secours, à copier ailleurs ? [{ $file }]
ask-name = Comment vous appelez-vous ?
ask-word = Mot n° { $number } du kit :
unlocked = Ouvert. Se referme après { $minutes } minutes sans commande.
locked = Fermé.
locked-already = C'était déjà fermé.
kit-made = Kit de secours écrit et vérifié : { $file }. Imprimez-le, puis effacez le fichier.
passphrase-file-made = Fichier de secours écrit et vérifié : { $file }. Copiez-le hors de cette machine.
account-created = Bienvenue, { $name }. Votre compte est prêt, avec { $ways } chemins de retour vérifiés.
recovered = Vous voilà de retour. Documents retrouvés : { $documents }.
status-name = { $name }
status-server = Serveur : { $server }
status-devices = Appareils : { $count }
way-kit = Kit de secours imprimé
way-passphrase = Fichier de secours
way-contacts = Personnes de confiance
way-passkey = Clé d'accès
way-password = Mot de passe du navigateur
way-device = Autre appareil
way-proven = vérifié le { $time }
way-unproven = pas encore vérifié

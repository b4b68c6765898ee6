# Partager, lire, déposer, attester.
ask-share-all = { $name } pourra lire tout votre carnet, et tout ce qui y viendra, jusqu'à ce que vous le retiriez. Est-ce bien cela ? { $class }(oui/non)
ask-share-class = { $name } pourra lire tout ce qui est de cette sorte ({ $class }), et tout ce qui viendra, jusqu'à ce que vous le retiriez. Est-ce bien cela ? (oui/non)
shared = { $count ->
        [one] { $name } peut lire ce document.
       *[other] { $name } peut lire ces { $count } documents.
    }
shared-all = { $name } peut lire tout votre carnet, y compris ce qui y viendra.
shared-class = { $name } peut lire tout ce qui est de cette sorte, y compris ce qui viendra.
shared-until = Jusqu'au { $day } inclus.
revoked = { $count ->
        [0] Rien n'est retiré à { $name }.
        [one] Un document est retiré à { $name }.
       *[other] { $count } documents sont retirés à { $name }.
    }
revoked-all = { $name } ne peut plus rien lire ici.
revoked-hint = Le serveur ne donne plus rien à { $name }. Ce qui a été lu a pu être gardé ; --reseal change aussi les clés.
resealed = { $count ->
        [0] Aucun document n'est encore refermé sous une nouvelle clé.
        [one] Un document est refermé sous une nouvelle clé. L'ancienne n'ouvre rien de ce qui vient.
       *[other] { $count } documents sont refermés sous de nouvelles clés. Les anciennes n'ouvrent rien de ce qui vient.
    }
resealing = Nouvelles clés
since = depuis le { $day }
until = jusqu'au { $day } inclus
why-holder = c'est votre carnet
why-shared = vous l'avez partagé
why-standing = lit tout votre carnet
why-standing-class = lit tout ce qui est de cette sorte
why-other = par un lien, une carte ou une application
seen-by = { $count ->
        [0] { $name } ne voit aucun document :
        [one] { $name } voit un document :
       *[other] { $name } voit { $count } documents :
    }
signed = signature vérifiée
not-verified = signature NON vérifiée
journal-empty = Personne d'autre que vous n'a rien lu ici.
journal-title = Journal des accès
journal-of = Carnet de
journal-when = Quand
journal-who = Qui
journal-what = Quoi
journal-verified = Preuve
journal-limits = Chaque ligne est signée par la personne qui a lu, et vérifiée sur cet appareil. Ce journal ne peut pas montrer ce qui a été relu d'une copie, ni ce que tairait un hébergeur complice.
journal-footer = Carnet, journal des accès
nothing-waits = Rien n'attend votre accord.
accepted = { $count ->
        [one] Un document est accepté. La personne qui l'a déposé vous est maintenant connue.
       *[other] { $count } documents sont acceptés. Qui les a déposés vous est maintenant connu.
    }
refused = { $count ->
        [one] Un document est refusé, et supprimé.
       *[other] { $count } documents sont refusés, et supprimés.
    }
card-explained = Voici votre carte. Qui l'a peut déposer pour vous, une fois son identité attestée, et rien d'autre.
contact-added = { $name } est dans votre carnet d'adresses.
book-empty = Votre carnet d'adresses est vide.
no-patients = Aucun patient ne partage encore avec vous.
patient-line = { $name } : { $documents ->
        [0] aucun document
        [one] un document
       *[other] { $documents } documents
    }{ $new ->
        [0] {""}
        [one] , dont un nouveau
       *[other] , dont { $new } nouveaux
    }
opened = { $file } : ouvert. { $patient } le verra dans son journal.
deposited = { $count ->
        [0] Rien n'est déposé pour { $patient }.
        [one] Un document est déposé pour { $patient }.
       *[other] { $count } documents sont déposés pour { $patient }.
    }
keys-changed = ATTENTION : les huit mots de { $name } ont changé.
ask-keys-changed = Les avez-vous comparés avec cette personne, de vive voix ? (oui/non)
ask-unknown = Personne ne répond de l'identité de { $name }. Avez-vous comparé les huit mots avec cette personne ? (oui/non)
person-attested = { $name }, { $profession }, { $place }, RPPS { $rpps } : identité vérifiée jusqu'au { $until }
person-ended = { $name } : son identité n'est plus vérifiée
person-not-attested = { $name } : personne ne répond de son identité
person-fingerprint = Huit mots à comparer : { $words }
person-generation = { $number ->
        [one] Ses clés ont changé une fois
       *[other] Ses clés ont changé { $number } fois
    } : comparez les huit mots si cela vous étonne.
nobody-found = Personne ne correspond.
more-found = Il y en a d'autres : précisez le nom, la ville ou la profession.
enrol-explained = Donnez ce code à l'autorité qui répond de vous. Elle vous demandera de lire vos huit mots.
pro-attested = Votre identité est attestée jusqu'au { $until }.
pro-pending = L'attestation est en cours : elle compte dès que le registre public la contient. { $until }
pro-withdrawn = L'attestation a été retirée. { $until }
pro-ended = L'attestation a pris fin ou porte sur d'anciennes clés : refaites carnet pro enrol. { $until }
pro-unknown = Votre identité n'est pas encore attestée. Faites un code : carnet pro enrol. { $until }
ask-factor = Second code, arrivé par un autre chemin que la lettre :
ask-refuse = Fermer ce carnet ? Rien ne pourra plus y être déposé. (oui/non)
letter-refused = Le carnet est fermé. La lettre n'ouvre plus rien.
activated = Ce carnet est à vous. { $documents ->
        [0] Il est encore vide.
        [one] Un document vous y attendait.
       *[other] { $documents } documents vous y attendaient.
    } La lettre n'ouvre plus rien.
ask-authority-passphrase = Phrase de passe de l'autorité :
authority-made = Autorité { $name }. Clé publique, pour server.toml et pour --authority : { $key }
attest-ask = { $name }, RPPS { $rpps }. Huit mots, à faire lire de vive voix : { $words }
ask-attest = L'identité est-elle vérifiée, et les huit mots ont-ils été lus ? (oui/non)
attested = L'identité de { $name } est attestée jusqu'au { $until }.
withdrawn = L'attestation de { $name } est retirée.
imported = { $imported ->
        [0] Rien n'est nouveau ou changé
        [one] Une fiche nouvelle ou changée
       *[other] { $imported } fiches nouvelles ou changées
    } ; { $known } en tout ; { $refused ->
        [0] aucune refusée.
        [one] une refusée.
       *[other] { $refused } refusées.
    }
vault-opened =
    Lettre écrite : { $letter }
    Second code, à envoyer par un autre chemin : { $factor }
    Carnet : { $vault }
letter-title = Votre carnet de santé est ouvert
letter-body-1 = Nous avons ouvert un carnet pour vos documents de santé. Les soignants qui vous suivent peuvent déjà y déposer.
letter-body-2 = Carnet est un programme qui garde des documents de santé : personne d'autre que vous ne peut les lire, pas même celui qui les héberge.
letter-body-3 = Jusqu'à l'activation, la personne qui a imprimé cette lettre aurait pu lire ces documents. Après, les clés changent, et la lettre n'ouvre plus rien.
letter-body-4 = Il vous faut cette lettre et un second code, qui vous arrive par un autre chemin.
letter-body-5 = Vous pouvez aussi refuser : le carnet est alors fermé, et rien ne peut plus y être déposé.
letter-step-1 = Installez Carnet. Celui qui tient le serveur ci-dessous dit où le prendre.
letter-step-2 = Créez votre compte : carnet account create --without-vault.
letter-step-3 = Activez votre carnet : carnet activate, avec le code de cette lettre et le second code.
letter-step-4 = Pour refuser : carnet activate --refuse.
letter-server = Serveur
letter-qr = Code à scanner de cette lettre
letter-code = Le même code en lettres, si vous ne pouvez pas le scanner :
letter-factor = Le second code n'est pas dans cette lettre : il vous arrive par un autre chemin.
letter-steps = Que faire
letter-footer = Gardez cette lettre pour vous jusqu'à l'activation.
profession-10 = médecin
profession-21 = pharmacien ou pharmacienne
profession-26 = audioprothésiste
profession-28 = opticien ou opticienne
profession-40 = dentiste
profession-50 = sage-femme
profession-60 = infirmier ou infirmière
profession-70 = kinésithérapeute
profession-80 = pédicure-podologue
profession-91 = orthophoniste
profession-92 = orthoptiste
profession-93 = psychologue
profession-94 = ergothérapeute
profession-95 = diététicien ou diététicienne
journal-keys = la clé de ce qui est partagé en permanence
# Une ligne du journal, après le nom de la personne.
access-open = a ouvert { $documents }
access-list = a vu dans sa liste : { $documents }
access-keys = a pris la clé de ce qui est partagé en permanence
access-more = { $documents } { $count ->
        [one] et un autre
       *[other] et { $count } autres
    }
access-list-all = a vu la liste de ce qui lui est partagé
letter-body-6 = Servez-vous-en jusqu'au { $until }. Après ce jour, demandez une nouvelle lettre.
letter-trust = Cette lettre est-elle vraie ?
letter-trust-1 = Expéditeur : { $name }. Cette lettre ne vous demande ni argent, ni numéro de carte, ni mot de passe.
letter-trust-2 = Personne ne vous appellera pour vous demander le code de cette lettre ou le second code : ne les dites à personne.
letter-call = Si vous avez un doute, appelez { $name } : { $call }. Si la lettre a déjà servi sans vous, appelez aussitôt.
letter-call-known = Si vous avez un doute, ou si la lettre a déjà servi sans vous, appelez { $name } au numéro que vous connaissez déjà.
journal-made = Établi le
journal-count = Lignes
journal-proof = { $mark }, ligne n° { $number }
shared-without-guesses = { $count ->
        [one] Un document de cette sorte est laissé de côté, car son type est deviné.
       *[other] { $count } documents de cette sorte sont laissés de côté, car leur type est deviné.
    } Pour confirmer un type : carnet edit, avec --type.

# Le réseau, le serveur et l'heure : ce qui est arrivé, et que faire.
working = Carnet travaille
waiting = J'attends la réponse de { $server } ({ $seconds ->
        [one] une seconde
       *[other] { $seconds } secondes
    } au plus ; Ctrl-C arrête).
waiting-short = J'attends { $server }
offline = { $why }
    Voici ce qui est connu ici.
error-remote-name = Aucune machine de ce nom n'a été trouvée.
    .do = Vérifiez la connexion à Internet et l'adresse du serveur, puis réessayez. Ce qui est connu ici se lit avec --offline.
error-remote-unreachable = Le serveur ne répond pas.
    .do = Vérifiez la connexion à Internet et l'adresse du serveur, puis réessayez. Ce qui est connu ici se lit avec --offline.
error-remote-broken = La connexion s'est rompue.
    .do = Réessayez : ce que le serveur a gardé reste, et l'envoi reprend où il en était.
error-remote-time-out = Le serveur n'a rien répondu pendant { $seconds ->
        [one] une seconde.
       *[other] { $seconds } secondes.
    }
    .do = Réessayez plus tard. Ce qui est connu ici se lit avec --offline.
error-remote-unavailable = Le serveur n'est pas prêt (réponse 503).
    .do = Réessayez dans une minute.
error-remote-certificate = Le certificat du serveur n'est pas celui de cette adresse.
    .do = N'allez pas plus loin. Sur un réseau d'hôtel ou de train, identifiez-vous d'abord dans un navigateur ; sinon, vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-certificate-ahead = Pour l'horloge de cette machine, le certificat du serveur n'est pas encore valable : elle retarde sans doute.
    .do = Mettez cette machine à l'heure, puis recommencez.
error-remote-certificate-ended = Pour l'horloge de cette machine, le certificat du serveur n'est plus valable.
    .do = Vérifiez la date de cette machine. Si elle est juste, demandez à celui qui tient le serveur d'en mettre un nouveau.
error-remote-address = Ce n'est pas l'adresse d'un serveur.
    .do = Écrivez-la ainsi : https://carnet.example, sans chemin.
error-remote-plain-http = Cette adresse n'est pas protégée en chemin.
    .do = Écrivez https:// au lieu de http://.
error-remote-certificates = Il n'y a pas de certificat dans ce fichier.
    .do = Nommez un fichier de certificats au format PEM.
error-remote-protocol = Ce qui répond à cette adresse n'est pas un serveur Carnet.
    .do = Vérifiez l'adresse : autre chose s'y trouve peut-être.
error-remote-redirected = À la place du serveur, quelque chose renvoie ailleurs (réponse { $status }).
    .do = Sur un réseau d'hôtel ou de train, identifiez-vous d'abord dans un navigateur. Sinon, vérifiez l'adresse : le serveur a peut-être déménagé.
error-remote-page = À la place du serveur, une page web a répondu (réponse { $status }).
    .do = Sur un réseau d'hôtel ou de train, identifiez-vous d'abord dans un navigateur. Sinon, vérifiez l'adresse.
error-remote-range = Le serveur a donné autre chose que ce qui était demandé.
    .do = Réessayez ; si cela reste ainsi, demandez à celui qui tient le serveur.
error-remote-spool = Ce qui attend de partir ne se relit pas.
    .do = Vérifiez le disque, puis recommencez : le document sera refermé à neuf.
error-remote-no-spool = Ce qui attend de partir n'est plus là.
    .do = Recommencez : le document sera refermé à neuf.
error-remote-refused = Le serveur a refusé sans dire pourquoi.
    .do = Réessayez plus tard, ou demandez à celui qui tient le serveur.
error-response-malformed = La réponse est arrivée coupée ou abîmée.
    .do = Réessayez ; si cela reste ainsi, vérifiez l'adresse ou demandez à celui qui tient le serveur.
error-remote-400 = Quelque chose entre vous et le serveur n'a pas compris la demande (réponse 400).
    .do = Réessayez depuis un autre réseau, ou demandez à celui qui tient le serveur.
error-remote-401 = Quelque chose entre vous et le serveur demande de s'identifier (réponse 401).
    .do = Sur un réseau d'entreprise ou d'hôtel, identifiez-vous d'abord dans un navigateur. Sinon, demandez à celui qui tient le serveur.
error-remote-403 = Quelque chose entre vous et le serveur interdit le passage (réponse 403).
    .do = Essayez depuis un autre réseau, ou demandez à celui qui tient le serveur.
error-remote-404 = À cette adresse quelque chose répond, mais pas le serveur Carnet (réponse 404).
    .do = Vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-405 = Quelque chose entre vous et le serveur n'accepte pas cette demande (réponse 405).
    .do = Vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-407 = Le relais de ce réseau demande un mot de passe (réponse 407).
    .do = Demandez à qui s'occupe de ce réseau, ou essayez depuis un autre.
error-remote-408 = La demande a mis trop de temps à arriver (réponse 408).
    .do = Réessayez, si possible avec une meilleure connexion : l'envoi reprend où il en était.
error-remote-413 = Un envoi de { $megabytes } Mo est refusé en chemin : c'est trop long d'un coup (réponse 413).
    .do = Le réessayer n'y changera rien. Demandez à celui qui tient le serveur de laisser passer au moins 20 Mo (limite de son relais).
error-remote-421 = Le relais ne connaît pas ce serveur (réponse 421).
    .do = Vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-425 = Le serveur n'a pas voulu de cette demande si tôt (réponse 425).
    .do = Réessayez.
error-remote-426 = Ce qui répond à cette adresse veut une autre façon de parler (réponse 426).
    .do = Vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-429 = Trop de demandes en peu de temps (réponse 429).
    .do = Attendez une minute, puis réessayez.
error-remote-431 = Quelque chose entre vous et le serveur trouve la demande trop longue (réponse 414 ou 431).
    .do = Demandez à celui qui tient le serveur.
error-remote-451 = L'accès à ce serveur est bloqué par une décision de justice ou d'autorité (réponse 451).
    .do = Essayez depuis un autre réseau, ou demandez à celui qui tient le serveur.
error-remote-500 = Une panne s'est produite du côté du serveur (réponse 500).
    .do = Réessayez plus tard ; si cela reste ainsi, prévenez celui qui tient le serveur.
error-remote-501 = Ce qui répond à cette adresse ne connaît pas cette demande (réponse 501).
    .do = Vérifiez l'adresse, ou demandez à celui qui tient le serveur.
error-remote-502 = Le relais n'arrive pas à joindre le serveur (réponse 502).
    .do = Réessayez dans quelques minutes.
error-remote-504 = Le relais attend le serveur en vain (réponse 504).
    .do = Réessayez dans quelques minutes.
error-remote-511 = Ce réseau demande d'abord de s'identifier (réponse 511).
    .do = Ouvrez un navigateur, identifiez-vous, puis réessayez.
error-remote-4xx = Quelque chose entre vous et le serveur a refusé la demande (réponse { $status }).
    .do = Essayez depuis un autre réseau, ou demandez à celui qui tient le serveur.
error-remote-5xx = Une panne s'est produite entre vous et le serveur (réponse { $status }).
    .do = Réessayez plus tard ; si cela reste ainsi, prévenez celui qui tient le serveur.
error-clock-ahead = L'horloge de cette machine avance de { $unit ->
        [minute] { $count } { $count ->
            [one] minute
           *[other] minutes
        }
        [hour] { $count } { $count ->
            [one] heure
           *[other] heures
        }
       *[day] { $count } { $count ->
            [one] jour
           *[other] jours
        }
    } : le serveur ne peut pas accepter ce qui est daté de l'avenir.
    .do = Mettez cette machine à l'heure, puis recommencez.
error-clock-behind = L'horloge de cette machine retarde de { $unit ->
        [minute] { $count } { $count ->
            [one] minute
           *[other] minutes
        }
        [hour] { $count } { $count ->
            [one] heure
           *[other] heures
        }
       *[day] { $count } { $count ->
            [one] jour
           *[other] jours
        }
    } : le serveur ne peut pas l'accepter.
    .do = Mettez cette machine à l'heure, puis recommencez.
error-statement-time-ahead = Pour le serveur, ce qui est envoyé est daté de l'avenir : l'horloge de cette machine avance.
    .do = Mettez cette machine à l'heure, puis recommencez.
error-payload-too-large = Ce document est trop long : ce serveur accepte { $megabytes } Mo au plus par document.
    .do = Le réessayer n'y changera rien. Coupez-le en plusieurs, ou demandez à celui qui tient le serveur d'accepter plus.
error-upload-too-large = Ce document est trop long : ce serveur accepte { $megabytes } Mo au plus par document.
    .do = Le réessayer n'y changera rien. Coupez-le en plusieurs, ou demandez à celui qui tient le serveur d'accepter plus.
error-manifest-too-large = Le titre et les notes de ce document sont trop longs.
    .do = Raccourcissez-les, puis recommencez.
error-body-too-large = C'est trop long d'un coup : ce serveur accepte { $megabytes } Mo au plus en une fois.
    .do = Le réessayer n'y changera rien. Ajoutez moins de documents à la fois, ou demandez à celui qui tient le serveur.
error-yes-or-no = Ce n'est ni oui, ni non.
    .do = Répondez oui ou non ; Entrée veut dire non.
error-until-past = Le { $text } est déjà passé : le partage finirait avant de commencer.
    .do = Choisissez aujourd'hui ou un jour à venir, ou partagez sans --until.
error-kit-word-again = Le mot n° { $number } n'est pas celui du kit.
    .do = Regardez la page, et tapez-le encore une fois.
error-reseal-waiting = Ce document attend votre accord : il n'est pas encore à vous.
    .do = Acceptez-le ou refusez-le d'abord (carnet accept), puis recommencez.
error-reseal-content = Le contenu n'est plus celui que son auteur a scellé.
    .do = Regardez son histoire (carnet history) ; ce document ne peut pas être refermé sous une nouvelle clé.
error-reseal-partly = { $count ->
        [one] Un document est encore
       *[other] { $count } documents sont encore
    } sous les anciennes clés.
    .do = Ce qui est fait reste fait. Recommencez plus tard pour le reste : carnet revoke --from { $name } --reseal
error-open-no-key = Cet appareil n'a pas la clé de ce document.
    .do = Un autre de vos appareils a pu changer les clés : carnet account catch-up
ask-server = L'adresse du serveur, comme elle est écrite sur le kit (https://…) ?
paper-old-address = Ce papier porte l'ancienne adresse du serveur. Faites-en un nouveau : carnet account add-way kit FICHIER
replacing = Nouvelle version
replaced-given = { $count ->
        [one] Une personne qui avait la version d'avant a reçu celle-ci.
       *[other] { $count } personnes qui avaient la version d'avant ont reçu celle-ci.
    }
resealed-nothing = Rien n'était à refermer sous de nouvelles clés : { $name } ne pouvait rien lire de ce qui est connu ici.
resealed-line = {"  "}{ $document }  { $title }
reseal-left = { $count ->
        [one] Un document reste sous les anciennes clés :
       *[other] { $count } documents restent sous les anciennes clés :
    }
reseal-left-line = {"  "}{ $document }  { $title } : { $what }
revoked-unsealed = { $count ->
        [one] Un document que cette personne pouvait lire est encore sous les clés d'alors.
       *[other] { $count } documents que cette personne pouvait lire sont encore sous les clés d'alors.
    }
error-upload-offset = Le serveur reçoit encore cet envoi d'une autre commande.
    .do = Attendez une minute, puis recommencez : l'envoi reprend où il en était.
pair-waits = J'attends l'autre appareil
approve-waits = J'attends que la nouvelle machine prenne ses clés
writing = Écriture

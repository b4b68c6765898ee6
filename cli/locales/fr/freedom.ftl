# Partir avec tout, et revenir : raw, export, import, verify.
raw-written = { $file } est écrit. Une fois ouvert, des octets nuls suivent le contenu, long de { $bytes ->
        [one] { $bytes } octet
       *[other] { $bytes } octets
    }.
raw-identity = La clé : { $file }. Gardez-la comme votre argent ; effacez-la dès qu'elle a servi.
identity-warning = ATTENTION : cette clé ouvre TOUT votre carnet, pour quiconque la lit, sur n'importe quelle machine, pour toujours.
ask-identity = L'écrire quand même ? (oui/non)
exporting = Écriture
exported = { $path } est écrit : { $documents ->
        [0] aucun document
        [one] un document
       *[other] { $documents } documents
    }, { $profile ->
        [0] rien du profil
        [one] un élément du profil
       *[other] { $profile } éléments du profil
    }, { $statements ->
        [one] une ligne du journal.
       *[other] { $statements } lignes du journal.
    }
exported-keys = Les clés y sont : qui l'a peut ouvrir tout ce que garde le serveur.
export-left-out = { $title } : pas écrit. { $what }
verified = { $file } est le document « { $title } », à l'octet près.
verified-by = Scellé par { $name } ({ $account }).
verified-written = Il nomme comme auteur : { $name }.
verified-date = Scellé avant le { $time }, selon le reçu du registre public.
verified-undated = Rien ne montre quand il a été scellé : nommez le registre public avec --log.
import-profile = { $count ->
        [0] Rien du profil n'est repris.
        [one] Un élément du profil est repris.
       *[other] { $count } éléments du profil sont repris.
    }
page-title = Dossier de santé de { $name }
page-made = Écrit le { $day } par Carnet. Cette page est une liste ; les documents sont à côté.
page-documents = Documents
page-profile = Profil
page-journal = Journal
page-when = Quand
page-what = Quoi
page-who = Qui
page-title-column = Titre
page-type = Type
page-author = Auteur
page-proof = preuve
page-proofs = À côté de chaque document se trouve sa preuve (.proof) : carnet verify FICHIER vérifie son auteur sans aucun serveur.
event-statement = déclaration
error-identity-output = La clé va dans un fichier à côté du document, pas sur la sortie standard.
    .do = Nommez un fichier avec -o.
error-proof-malformed = Ce n'est pas une preuve de Carnet.
    .do = Prenez le fichier .proof que l'export a écrit à côté du document.
error-proof-content = Ce n'est pas le document que son auteur a scellé : au moins un octet diffère.
    .do = Ne le croyez pas ; redemandez-le.
error-proof-date = La preuve de la date est celle d'un autre document.
    .do = Ne croyez pas cette date ; redemandez le document et sa preuve.
error-proof-read = Le document n'a pas pu être lu.
    .do = Regardez le fichier.
error-log-text = « { $text } » ne désigne aucun registre public.
    .do = Prenez la ligne que publie l'opérateur du serveur.
error-recipient-text = « { $text } » n'est pas un destinataire age.
    .do = Un destinataire commence par age1 ou age1pq1.
error-export-there = { $path } existe déjà.
    .do = Choisissez un autre nom, ou supprimez-le.
error-export-partly = Tout n'a pas été écrit : { $count ->
        [one] il manque un document.
       *[other] il manque { $count } documents.
    }
    .do = Voyez plus haut lesquels, et essayez à nouveau ; ce qui est écrit est entier.
error-import-what = { $path } ne peut pas être importé.
    .do = Donnez un dossier, un zip, un ensemble FHIR (.json), ou ce que carnet export a écrit.
error-import-damaged = { $path } n'est pas tel que l'export l'a écrit.
    .do = Prenez une autre copie de l'export. Rien de celle-ci n'a été cru.
error-zip-locked = { $path } est protégé par un mot de passe.
    .do = Ouvrez l'archive avec ce mot de passe, et ajoutez les fichiers qui en sortent.
error-import-large = { $path } est plus grand que ce qui se prend en une fois.
    .do = Décompressez-le, et importez le dossier.
error-zip = L'archive ne s'ouvre pas : { $why }.
    .do = Prenez une autre copie.

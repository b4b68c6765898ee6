# Ce que disent les documents : chercher, montrer, et ce que l'ajout a compris.
indexing = Lecture des nouveautés
nothing-found = Rien trouvé.
found-more = { $count ->
        [one] … et un autre.
       *[other] … et { $count } autres.
    } Ajoutez un mot, ou demandez-en plus avec -n.
not-indexed = { $count ->
        [one] Un document ne se trouve que par son titre : son contenu n'est pas encore sur cet appareil.
       *[other] { $count } documents ne se trouvent que par leur titre : leur contenu n'est pas encore sur cet appareil.
    }
type-guessed = son type est deviné ({ $kind }) : il ne décide pas qui peut lire. Pour le confirmer : carnet edit, avec --type.
ask-type = { $file } ne dit pas quel type de document il est. Lequel ?
ask-type-number = Numéro, mots, ou Entrée pour le premier :
remark-name = son nom annonce une autre sorte de fichier
remark-beginning = seul son début a été lu
remark-level-one = son corps est un autre fichier
remark-level-three = document structuré
remark-gps = dit où l'image a été prise
remark-camera = dit avec quel appareil l'image a été prise
remark-no-title = sans titre
remark-script = contient un programme : Carnet n'en exécute aucun
remark-attachments = contient d'autres fichiers
remark-empty = vide
show-type = Type
show-date = Date
show-written = Écrit par
show-sealed = Dépôt
show-sealed-deposited = scellé et déposé par { $name }, vérifié
show-sealed-by = scellé par { $name }, vérifié
show-sealed-copy = scellé par { $name }, vérifié ; copié d'ailleurs
show-sealed-old = scellé par { $name }, vérifié, avec des clés remplacées depuis : ne croyez sa date qu'avec un reçu
show-deposited = Déposé par
show-accepted = Gardé depuis
show-receipt = { $time }, selon le reçu du serveur
show-no-receipt = aucun reçu du serveur n'est encore ici
show-file = Fichier
show-bytes = { $kind }, { $bytes ->
        [one] { $bytes } octet
       *[other] { $bytes } octets
    }
show-yours = Ajouté par vous
show-waiting = À accepter : vous ne connaissez pas encore la personne qui l'a déposé.
show-left-out = { $count ->
        [one] Une partie de ce document n'est pas montrée ; enregistrez-le pour la lire.
       *[other] { $count } parties de ce document ne sont pas montrées ; enregistrez-le pour les lire.
    }
show-more = En entier : { $command }
show-inside = Un fichier contenu : { $command } --inside 1
key-kind = Sorte
key-date = Date
key-author = Auteur
key-organisation = Établissement
key-patient = Patient
key-start = Début
key-end = Fin
key-location = Lieu
key-status = État
key-value = Valeur
key-known-absent = Absence affirmée
key-inside = Fichier contenu
key-elsewhere = Fichier qui n’est pas contenu ici
inside-bytes = { $count }{"\u00A0"}o
fact-modality = Modalité
fact-body-part = Partie du corps
fact-study = Examen
fact-instance = Image
fact-series = Série
fact-resource = Ressource
fact-bundle = Ensemble
fact-count = Nombre
fact-pages = Pages
fact-camera = Appareil
fact-size = Taille
fact-body = Corps
error-some-refused = Tout n'a pas été ajouté : { $count ->
        [one] un fichier est refusé
       *[other] { $count } fichiers sont refusés
    }, comme dit plus haut.
    .do = Faites pour chacun ce qui est dit dessous, puis ajoutez-le à nouveau. Ce qui est ajouté reste.
error-file-changed = Le fichier a changé pendant l'ajout.
    .do = Ajoutez-le à nouveau quand plus rien n'y écrit.
error-file-pipe = { $path } est un tube, pas un fichier.
    .do = Enregistrez d'abord ce qui en sort dans un fichier, ou donnez - pour l'entrée standard.
error-file-device = { $path } est un périphérique, pas un fichier.
    .do = Choisissez le fichier lui-même.
error-file-way-back = { $path } contient de quoi ouvrir un carnet : un kit de secours, une part, une lettre ou une clé.
    .do = Gardez-le à part, sur papier ou en lieu sûr. Parmi vos documents, qui le lirait pourrait tout lire.
error-file-passphrase = { $path } est fermé par une phrase de passe : c'est peut-être votre kit de secours.
    .do = Gardez un kit à part. Si c'est un document, ouvrez-le d'abord, puis ajoutez ce qu'il contient.
error-stdin-large = Ce qui arrive par l'entrée standard dépasse { $most } Mio.
    .do = Enregistrez-le dans un fichier, puis donnez le nom de ce fichier.
error-replace-one = Une version est faite d'un seul fichier.
    .do = Nommez le fichier qui remplace ce document.
error-file-no-room = Il ne reste pas assez de place sur ce disque pour ce document.
    .do = Faites de la place, puis ajoutez-le à nouveau.
error-file-missing = { $path } est annoncé et manque.
    .do = Redemandez le tout à qui l'a fait. Ce qui s'y trouve est pris.
error-file-entry = L'entrée { $count } de ce lot n'est pas une ressource FHIR : elle n'a pas pu être lue.
    .do = Demandez un lot corrigé à qui l'a fait. Les autres entrées sont prises.
error-type-unknown = Aucun type de document ne s'appelle « { $text } ».
    .do = Essayez un autre mot : biologie, ordonnance, courrier, imagerie, vaccination ; ou un code LOINC.
error-type-many = Plusieurs types répondent à « { $text } » : { $names }
    .do = Ajoutez un mot, ou donnez le code entre parenthèses.
error-health-xml = XML cassé, ligne { $line }, colonne { $column } : ce document n'est pas entier.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-xml-dtd = Ce XML déclare un type de document, ce que les documents de santé ne font pas : il n'est pas lu.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-xml-limits = Ce XML est plus profond ou plus grand que tout document de santé.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-xml-root = Ce XML n'est pas le document qu'il prétend être.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-json = JSON cassé, ligne { $line }, colonne { $column } : ce document n'est pas entier.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-fhir-shape = Ce fichier n'est pas un dossier de santé au format FHIR.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-pdf = Ce PDF est cassé.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-dicom = Ce fichier DICOM est cassé.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-calendar = Ce calendrier est cassé.
    .do = Redemandez-le à qui l'a fait, ou ajoutez-le tel quel avec --as-is.
error-health-image = Cette image est cassée.
    .do = Redemandez-la à qui l'a faite, ou ajoutez-la telle quelle avec --as-is.
error-health-too-long = Ce fichier est trop long pour être lu d'un coup.
    .do = Ajoutez-le tel quel avec --as-is.
title-code = Document (code { $code })
show-type-dicom = Image médicale
show-type-guessed = { $kind } (deviné, à confirmer)
same-identifier = porte le même identifiant que { $document } ({ $title }) : les deux sont gardés
same-identifier-replace = pour qu'il le remplace : carnet replace { $document } { $file }
same-identifier-many = { $count } autres documents portent le même identifiant : tous sont gardés
replaces = remplace { $document } ({ $title })
replaced-by = un document plus récent le remplace : { $document } ({ $title })
newer-there = remplacé par { $document }
names-other-person = ce document nomme une autre personne : { $name }
names-other-birth = ce document nomme une personne née à une autre date : { $day }
names-other-ins = ce document porte le numéro INS d'une autre personne
appends = complète { $document } ({ $title })
appended-by = un autre document le complète : { $document } ({ $title })
transforms = est une autre forme de { $document } ({ $title })
transformed-by = existe sous une autre forme : { $document } ({ $title })

# Ce qu’un document dit lui-même ne plus valoir, dans la ligne autour de ce qui a été trouvé.
void-deleted = texte supprimé, ne vaut plus
void-denied = cela n’est pas le cas
void-error = écrit par erreur
void-cancelled = annulé
void-not-done = non fait
void-forbidden = à ne pas faire
void-refuted = écarté
void-rejected = refusé
void-replaced = remplacé
void-stopped = arrêté
void-on-hold = suspendu
void-over = n'est plus d'actualité

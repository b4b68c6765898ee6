# Documents.
adding = Ajout
added = { $document }  { $title }{ $facts }
there-already = { $file } : déjà là ({ $document }, { $title })
added-total = { $added ->
        [0] Aucun document ajouté.
        [one] Un document ajouté.
       *[other] { $added } documents ajoutés.
    }{ $there ->
        [0] {""}
        [one] {" "}Un y était déjà.
       *[other] {" "}{ $there } y étaient déjà.
    }{ $refused ->
        [0] {""}
        [one] {" "}Un est refusé.
       *[other] {" "}{ $refused } sont refusés.
    }
ask-strip = { $file } dit où ou avec quel appareil l'image a été prise. Retirer ces renseignements de l'image ? (oui/non)
left-hidden = { $file } : laissé de côté, son nom commence par un point
left-packaging = { $file } : laissé de côté, emballage des documents
left-special = { $file } : laissé de côté, ce n'est pas un fichier
left-link = { $file } : laissé de côté, c'est un lien vers un dossier
left-more = { $count ->
        [one] et un autre laissé de côté
       *[other] et { $count } autres laissés de côté
    }
remark-encrypted = protégé par un mot de passe : son texte ne pourra pas être cherché
remark-damaged = abîmé : gardé tel quel, sans avoir pu être lu
remark-truncated = semble coupé : gardé tel quel
remark-packed = contient d'autres fichiers : « carnet import » les ajoute un à un
remark-metadata-kept = dit où ou avec quel appareil l'image a été prise (gardé)
remark-metadata-removed = lieu, dates, appareil et commentaires retirés de l'image
remark-metadata-cannot = ce qu'un tel fichier dit sans le montrer (auteur, lieu, dates) ne peut pas être retiré : gardé tel quel
remark-metadata-broken = image abîmée : rien n'en a été retiré, gardée telle quelle
remark-metadata-large = trop long pour être nettoyé : gardé tel quel
nothing-there = Il n'y a rien ici.
undated = date d'ajout
to-accept = à accepter
written-and-deposited = { $name }, déposé par { $depositor }
somebody-unattested = une personne non attestée ({ $id })
somebody-unknown = une personne que vous ne connaissez pas ({ $id })
written = { $file } est écrit ({ $bytes ->
        [one] { $bytes } octet
       *[other] { $bytes } octets
    }).
to-remove = { $document }  { $title }
ask-remove = { $count ->
        [one] Supprimer ce document pour tout le monde et pour toujours ?
       *[other] Supprimer ces { $count } documents pour tout le monde et pour toujours ?
    } (oui/non)
removed = { $count ->
        [one] Un document est supprimé.
       *[other] { $count } documents sont supprimés.
    }
replaced = { $document }, version { $version } : { $title }
event-deposit = déposé
event-version = nouvelle version
event-describe = description changée
event-open = ouvert
event-list = vu dans une liste
event-revoke = partage retiré
event-delete = supprimé
event-accept = accepté
# Ce qui est arrivé à un document, et par qui.
history-deposit = déposé par { $who }
history-version = version { $version }, mise par { $who }
history-describe = description changée par { $who }
history-open = ouvert par { $who }
history-list = vu dans une liste par { $who }
history-revoke = partage retiré par { $who }
history-delete = supprimé par { $who }
history-accept = accepté par { $who }

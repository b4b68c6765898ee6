# Documents.
adding = Ajout
added = { $document }  { $title }{ $facts }
there-already = { $file } : déjà là ({ $document }, { $title })
added-total = Ajoutés : { $added }. Déjà là : { $there }. Refusés : { $refused }.
left-hidden = { $file } : laissé de côté, son nom commence par un point
left-special = { $file } : laissé de côté, ce n'est pas un fichier
left-link = { $file } : laissé de côté, c'est un lien vers un dossier
left-more = { $count ->
    [one] et un autre laissé de côté
   *[other] et { $count } autres laissés de côté
}
ask-strip = { $file } dit où ou avec quel appareil l'image a été prise. L'effacer ? [o/N]
remark-encrypted = protégé par un mot de passe : son texte ne pourra pas être cherché
remark-damaged = abîmé : gardé tel quel, sans avoir pu être lu
remark-truncated = semble coupé : gardé tel quel
remark-metadata-kept = dit où ou avec quel appareil l'image a été prise (gardé)
remark-metadata-removed = lieu et appareil de prise de vue effacés
remark-metadata-cannot = ce format ne peut pas être nettoyé : lieu ou appareil de prise de vue gardés
remark-metadata-broken = image abîmée : lieu ou appareil de prise de vue gardés
nothing-there = Rien ici.
to-accept = à accepter
written = Écrit : { $file } ({ $bytes } octets)
to-remove = { $document }  { $title }
ask-remove = Supprimer pour tout le monde et pour toujours ces documents ({ $count }) ? [o/N]
removed = Supprimés : { $count }.
replaced = { $document }, version { $version } : { $title }
event-deposit = déposé
event-version = nouvelle version
event-describe = description changée
event-open = ouvert
event-list = vu dans une liste
event-revoke = partage retiré
event-delete = supprimé
event-accept = accepté

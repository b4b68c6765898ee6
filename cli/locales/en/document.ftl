# Documents.
adding = Adding
added = { $document }  { $title }{ $facts }
there-already = { $file }: there already ({ $document }, { $title })
added-total = { $added ->
        [0] No document added.
        [one] One document added.
       *[other] { $added } documents added.
    }{ $there ->
        [0] {""}
        [one] {" "}One was there already.
       *[other] {" "}{ $there } were there already.
    }{ $refused ->
        [0] {""}
        [one] {" "}One is refused.
       *[other] {" "}{ $refused } are refused.
    }
ask-strip = { $file } says where or with which camera the picture was taken. Remove that from the picture? (yes/no)
left-hidden = { $file }: left out, its name begins with a dot
left-packaging = { $file }: left out, packaging of the documents
left-special = { $file }: left out, it is not a file
left-link = { $file }: left out, it is a link to a folder
left-more = { $count ->
        [one] and one more left out
       *[other] and { $count } more left out
    }
remark-encrypted = protected by a password: its text cannot be searched
remark-damaged = damaged: kept as it is, without being read
remark-truncated = seems to be cut short: kept as it is
remark-packed = holds other files: carnet import adds them one by one
remark-metadata-kept = says where or with which camera the picture was taken (kept)
remark-metadata-removed = place, dates, camera and comments removed from the picture
remark-metadata-cannot = what such a file says without showing it (author, place, dates) cannot be removed: kept as it is
remark-metadata-broken = damaged picture: nothing was removed from it, kept as it is
remark-metadata-large = too long to be cleaned: kept as it is
nothing-there = Nothing here.
undated = date of adding
to-accept = to accept
written-and-deposited = { $name }, deposited by { $depositor }
somebody-unattested = somebody whom nobody vouches for ({ $id })
somebody-unknown = somebody whom you do not know ({ $id })
written = { $file } is written ({ $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }).
to-remove = { $document }  { $title }
ask-remove = { $count ->
        [one] Remove this document for everybody and for ever?
       *[other] Remove these { $count } documents for everybody and for ever?
    } (yes/no)
removed = { $count ->
        [one] One document is removed.
       *[other] { $count } documents are removed.
    }
replaced = { $document }, version { $version }: { $title }
event-deposit = deposited
event-version = new version
event-describe = description changed
event-open = opened
event-list = seen in a list
event-revoke = share taken back
event-delete = removed
event-accept = accepted
# What happened to a document, and by whom.
history-deposit = deposited by { $who }
history-version = version { $version }, put there by { $who }
history-describe = description changed by { $who }
history-open = opened by { $who }
history-list = seen in a list by { $who }
history-revoke = share taken back by { $who }
history-delete = removed by { $who }
history-accept = accepted by { $who }

# Documents.
adding = Adding
added = { $document }  { $title }{ $facts }
there-already = { $file }: there already ({ $document }, { $title })
added-total = Added: { $added }. There already: { $there }. Refused: { $refused }.
left-hidden = { $file }: left out, its name begins with a dot
left-special = { $file }: left out, it is not a file
left-link = { $file }: left out, it is a link to a folder
left-more = { $count ->
    [one] and one more left out
   *[other] and { $count } more left out
}
ask-strip = { $file } says where or with which camera the picture was taken. Remove that? [y/N]
remark-encrypted = protected by a password: its text cannot be searched
remark-damaged = damaged: kept as it is, without being read
remark-truncated = seems to be cut short: kept as it is
remark-metadata-kept = says where or with which camera the picture was taken (kept)
remark-metadata-removed = place and camera removed
remark-metadata-cannot = this format cannot be cleaned: place or camera kept
remark-metadata-broken = damaged picture: place or camera kept
nothing-there = Nothing here.
to-accept = to accept
written = Written: { $file } ({ $bytes } bytes)
to-remove = { $document }  { $title }
ask-remove = Remove these documents for everybody and forever ({ $count })? [y/N]
removed = Removed: { $count }.
replaced = { $document }, version { $version }: { $title }
event-deposit = deposited
event-version = new version
event-describe = description changed
event-open = opened
event-list = seen in a list
event-revoke = share taken back
event-delete = removed
event-accept = accepted

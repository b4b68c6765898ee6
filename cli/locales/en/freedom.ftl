# Leaving with everything, and coming back: raw, export, import, verify.
raw-written = { $file } is written. What opens it has zero bytes after the content, which is { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    } long.
raw-identity = The key: { $file }. Keep it as you keep your money; remove it once it has served.
identity-warning = WARNING: this key opens EVERYTHING in your Carnet, for whoever reads it, on any machine, for ever.
ask-identity = Write it out all the same? (yes/no)
exporting = Writing
exported = { $path } is written: { $documents ->
        [0] no document
        [one] one document
       *[other] { $documents } documents
    }, { $profile ->
        [0] nothing of the profile
        [one] one item of the profile
       *[other] { $profile } items of the profile
    }, { $statements ->
        [one] one line of the journal.
       *[other] { $statements } lines of the journal.
    }
exported-keys = The keys are in it: whoever has it can open everything that the server keeps.
export-left-out = { $title }: not written. { $what }
verified = { $file } is the document "{ $title }", byte for byte.
verified-by = Sealed by { $name } ({ $account }).
verified-written = It names as its author: { $name }.
verified-date = Sealed before { $time }, by the receipt of the public log.
verified-undated = When it was sealed is not shown: name the public log with --log.
import-profile = { $count ->
        [0] Nothing of the profile is taken in.
        [one] One item of the profile is taken in.
       *[other] { $count } items of the profile are taken in.
    }
page-title = Health record of { $name }
page-made = Written on { $day } by Carnet. This page is a list; the documents are beside it.
page-documents = Documents
page-profile = Profile
page-journal = Journal
page-when = When
page-what = What
page-who = Who
page-title-column = Title
page-type = Type
page-author = Author
page-proof = proof
page-proofs = Beside each document lies its proof (.proof): carnet verify FILE checks its author without any server.
event-statement = statement
error-identity-output = The key goes into a file beside the document, not to the standard output.
    .do = Name a file with -o.
error-proof-malformed = This is not a proof of Carnet.
    .do = Take the file .proof that the export wrote beside the document.
error-proof-content = This is not the document that its author sealed: at least one byte differs.
    .do = Do not believe it; ask for it again.
error-proof-date = The date's evidence is of another document.
    .do = Do not believe this date; ask for the document and its proof again.
error-proof-read = The document could not be read.
    .do = Look at the file.
error-log-text = "{ $text }" does not name a log.
    .do = Take the line that the server's operator publishes.
error-recipient-text = "{ $text }" is no age recipient.
    .do = It begins with age1 or age1pq1.
error-export-there = { $path } is there already.
    .do = Choose another name, or remove it.
error-export-partly = Not everything was written: { $count ->
        [one] one document is missing.
       *[other] { $count } documents are missing.
    }
    .do = See above which ones, and try again; what was written is whole.
error-import-what = { $path } is nothing that can be imported.
    .do = Give a folder, a zip, a FHIR bundle (.json), or what carnet export wrote.
error-import-damaged = { $path } is not as the export wrote it.
    .do = Take another copy of the export. Nothing of it was believed.
error-zip-locked = { $path } is locked with a password.
    .do = Open the archive with its password, and add the files that come out of it.
error-import-large = { $path } is larger than what is taken in at once.
    .do = Unpack it, and import the folder.
error-zip = The archive does not open: { $why }.
    .do = Take another copy.

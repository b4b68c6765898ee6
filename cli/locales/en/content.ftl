# What documents say: search, show, and what add understood.
indexing = Reading what is new
nothing-found = Nothing found.
found-more = { $count ->
        [one] … and one more.
       *[other] … and { $count } more.
    } Add a word, or ask for more with -n.
not-indexed = { $count ->
        [one] One document is found by its title only: its content is not on this device yet.
       *[other] { $count } documents are found by their titles only: their contents are not on this device yet.
    }
type-guessed = its type is a guess ({ $kind }): it does not decide who may read. To confirm it: carnet edit, with --type.
ask-type = { $file } does not say what type of document it is. Which one?
ask-type-number = Number, words, or Enter for the first:
remark-name = its name says another kind of file than it is
remark-beginning = only its beginning was read
remark-level-one = its body is another file
remark-level-three = structured document
remark-gps = says where the picture was taken
remark-camera = says with which camera the picture was taken
remark-no-title = without a title of its own
remark-script = carries a program: Carnet runs none
remark-attachments = carries other files
remark-empty = empty
show-type = Type
show-date = Date
show-written = Written by
show-sealed = Deposit
show-sealed-deposited = sealed and deposited by { $name }, verified
show-sealed-by = sealed by { $name }, verified
show-sealed-copy = sealed by { $name }, verified; copied here from elsewhere
show-sealed-old = sealed by { $name }, verified, with keys that were replaced since: believe its date only with a receipt
show-deposited = Deposited by
show-accepted = Kept since
show-receipt = { $time }, by the server's receipt
show-no-receipt = no receipt of the server is here yet
show-file = File
show-bytes = { $kind }, { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }
show-yours = Added by you
show-waiting = To accept: whoever deposited this is not known to you yet.
show-left-out = { $count ->
        [one] One part of this document is not shown; save it to read it.
       *[other] { $count } parts of this document are not shown; save it to read them.
    }
show-more = The whole of it: { $command }
show-inside = A file inside: { $command } --inside 1
key-kind = Kind
key-date = Date
key-author = Author
key-organisation = Organisation
key-patient = Patient
key-start = Begins
key-end = Ends
key-location = Place
key-status = Status
key-value = Value
key-known-absent = Stated absent
key-inside = File inside
key-elsewhere = File that is not inside
inside-bytes = { $count }{"\u00A0"}B
fact-modality = Modality
fact-body-part = Part of the body
fact-study = Study
fact-instance = Picture
fact-series = Series
fact-resource = Resource
fact-bundle = Bundle
fact-count = Number
fact-pages = Pages
fact-camera = Camera
fact-size = Size
fact-body = Body
error-some-refused = Not everything was added: { $count ->
        [one] one file is refused
       *[other] { $count } files are refused
    }, as said above.
    .do = Do for each what is said below it, then add it again. What was added stays.
error-file-changed = The file changed while it was being added.
    .do = Add it again when nothing writes to it any more.
error-file-pipe = { $path } is a pipe, not a file.
    .do = Save what comes out of it in a file first, or give - for the standard input.
error-file-device = { $path } is a device, not a file.
    .do = Choose the file itself.
error-file-way-back = { $path } holds what opens a vault: a recovery kit, a share, a letter or a key.
    .do = Keep it apart, on paper or in a safe place. Among your documents, whoever reads it could read everything.
error-file-passphrase = { $path } is closed by a passphrase: it may be your recovery kit.
    .do = Keep a kit apart. If it is a document, open it first, then add what is in it.
error-stdin-large = What comes from the standard input is over { $most } MiB.
    .do = Save it in a file, then give the name of that file.
error-replace-one = A version is one file.
    .do = Name the file that takes the place of this document.
error-file-no-room = There is not enough room left on this disk for this document.
    .do = Make room, then add it again.
error-file-missing = { $path } is announced and missing.
    .do = Ask whoever made it for all of it again. What is there is taken.
error-file-entry = Entry { $count } of this bundle is no FHIR resource: it could not be read.
    .do = Ask whoever made it for one that is mended. The other entries are taken.
error-type-unknown = No type of document is called "{ $text }".
    .do = Try another word: lab, prescription, letter, imaging, vaccination; or a LOINC code.
error-type-many = Several types fit "{ $text }": { $names }
    .do = Add a word, or give the code in brackets.
error-health-xml = Broken XML, at line { $line }, column { $column }: this is not a whole document.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-xml-dtd = This XML declares a document type, which documents of health do not: it is not read.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-xml-limits = This XML is deeper or larger than any document of health.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-xml-root = This XML is not the document that it claims to be.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-json = Broken JSON, at line { $line }, column { $column }: this is not a whole document.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-fhir-shape = This file is no health record in the FHIR format.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-pdf = This PDF is broken.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-dicom = This DICOM file is broken.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-calendar = This calendar is broken.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-image = This picture is broken.
    .do = Ask whoever made it for another copy; or add it as it is with --as-is.
error-health-too-long = This file is too long to be read at once.
    .do = Add it as it is with --as-is.
title-code = Document (code { $code })
show-type-dicom = Medical image
show-type-guessed = { $kind } (a guess, to be confirmed)
same-identifier = carries the same identifier as { $document } ({ $title }): both are kept
same-identifier-replace = to put it in its place: carnet replace { $document } { $file }
same-identifier-many = { $count } other documents carry the same identifier: all are kept
replaces = replaces { $document } ({ $title })
replaced-by = a newer document replaces it: { $document } ({ $title })
newer-there = replaced by { $document }
names-other-person = this document names another person: { $name }
names-other-birth = this document names a person born on another day: { $day }
names-other-ins = this document carries the INS number of another person
appends = adds to { $document } ({ $title })
appended-by = another document adds to it: { $document } ({ $title })
transforms = is another form of { $document } ({ $title })
transformed-by = is there in another form: { $document } ({ $title })

# What a document itself says does not hold any more, in the line around what was found.
void-deleted = deleted text, no longer holds
void-denied = this is not the case
void-error = entered in error
void-cancelled = cancelled
void-not-done = not done
void-forbidden = not to be done
void-refuted = refuted
void-rejected = rejected
void-replaced = superseded
void-stopped = stopped
void-on-hold = on hold
void-over = not so any more

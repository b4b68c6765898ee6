# Accounts, devices, ways back.
welcome =
    Whoever hosts Carnet can read nothing of your health documents.
    To begin: carnet account create --server https://…
    To come back on a new machine: carnet recover --kit FILE
    For all that Carnet can do: carnet help
welcome-back =
    Your Carnet is ready. How it stands: carnet status
    Add a document: carnet add FILE
    See what is in it: carnet ls
    See who can read a document, and why: carnet who DOCUMENT
    For all that Carnet can do: carnet help
ask-passphrase = Passphrase:
ask-new-passphrase = Choose a passphrase for this device (ten characters at least):
ask-passphrase-again = The same once more:
ask-file-passphrase = Passphrase of the recovery file:
ask-name = What are you called?
ask-word = Word no. { $number } of the kit:
unlocked = Your Carnet is open. It closes after { $hours ->
        [0] { $minutes ->
                [one] one minute without a command.
               *[other] { $minutes } minutes without a command.
        }
        [one] one hour without a command.
       *[other] { $hours } hours without a command.
    }
locked = Your Carnet is closed.
locked-already = Your Carnet was closed already.
account-created = Welcome, { $name }. Your account is ready, with { $ways } proven ways back.
recovered = You are back. { $documents ->
        [0] The Carnet has no document yet.
        [one] One document is found again.
       *[other] { $documents } documents are found again.
    }
recovered-before = What was here is kept in { $path }. Delete it once you have found everything again.
status-name = { $name }
status-server = Server: { $server }
ask-kit-file = Where should the recovery kit go, one page to print? [{ $file }]
ask-passphrase-file = Where should the recovery file go, to be copied elsewhere? [{ $file }]
ask-words = The 24 words of the kit:
ask-words-more = { $count } are still missing:
ask-new-password = Choose a password for browsers (ten characters at least):
ask-approve = Is this the machine in front of you? It will be able to open everything. (yes/no)
ask-fingerprint = Both screens must show the same signs. Does the other device show { $fingerprint } too? (yes/no)
ask-cut-off = Cut device { $id } off? (yes/no)
kit-look = Print the kit now: { $file }. Then type three of its words from the paper.
kit-made = Recovery kit written and proven: { $file }. Print it, then delete the file.
passphrase-file-made = Recovery file written and proven: { $file }. Copy it off this machine.
shares-made = Shares written and proven in { $folder }: any { $needed } of { $of } bring you back. Give one to each person, then delete them here.
password-made = Password added and proven. A browser asks for it and for the second secret of the new kit.
pair-code =
    On your old device: carnet account approve { $code }
    Waiting for ten minutes at most.
pair-fingerprint-here = Signs to compare: { $fingerprint }. The new machine will show the same ones, once it has your keys.
approved = The new machine has your keys. It must show these signs: { $fingerprint }
status-devices = Devices: { $count }
status-ways = Ways back:
status-drilled = Ways back last tried here: { $time }
status-never-drilled = Your ways back were never tried from here.
status-generation = { $count ->
        [0] Your keys were never changed.
        [one] Your keys were changed once.
       *[other] Your keys were changed { $count } times.
    }
status-loss = If this machine were lost, { $ways ->
        [0] nothing would bring you back.
        [one] one way would bring you back.
       *[other] { $ways } ways would bring you back.
    }
way-kit = Printed recovery kit
way-passphrase-file = Recovery file
way-contacts = Trusted people
way-passkey = Passkey
way-password = Browser password
way-device = Other device
way-proven = proven on { $time }
way-unproven = not proven from here
way-age = , { $days ->
        [0] made today
        [one] a day old
       *[other] { $days } days old
    }
advice-catch-up = Advice: this device lacks the newest keys. Fetch them: carnet account catch-up --kit FILE
advice-two-ways = Advice: if this machine were lost, fewer than two ways back would be left. Make another: carnet account add-way
advice-unproven = Advice: a way was not proven from here. Prove it: carnet account drill --kit FILE
advice-drill = Advice: pretend that everything is lost, to try your ways back: carnet account drill --kit FILE --passphrase-file FILE
advice-kit-old = Advice: the kit is old. See that you still have the paper, or make a new one: carnet account add-way kit FILE
advice-none = All is well.
device-line = { $id }  since { $since }  { $state }
device-this = this one
device-cut-off = cut off
cut-off-done = Device { $id } is cut off. It logs in nowhere, and opens nothing that comes from now on. What it had seen, it may have kept.
cut-off-others = { $count ->
        [one] Another of your devices needs
       *[other] { $count } others of your devices need
    } the new keys: type carnet account catch-up there.
caught-up = This device has the newest keys.
drill-works = { $way }: this way works. { $documents ->
        [one] One document is found again
       *[other] { $documents } documents are found again
    }, and the newest opens: { $title }
drill-works-empty = { $way }: this way works. The Carnet has no document yet.
drill-fails = This way does not work:
drill-not-rehearsed = Everything was fetched anew, and opened with what each way gives. Nothing has changed in your Carnet: no new device has entered it.
kit-title = Recovery kit
kit-what = If you lose your devices, this page gives you everything back. Nobody can make it again for you.
kit-server = Server
kit-account = Account
kit-printed = Printed on
kit-words = Your 24 words
kit-second = Your second secret, asked for with the password in a browser
kit-qr = Code to scan of the recovery kit
kit-code = The same code in letters:
kit-steps = To come back
kit-step-1 = Put this page in a safe place, outside your home if you can. Delete the file that it comes from.
kit-step-2 = When the day comes, on a new machine: carnet recover --kit FILE, with the file of this page or a file with its code.
kit-step-3 = Or type the 24 words: carnet recover --words --server ADDRESS.
kit-step-4 = If others have seen this page, make a new kit and remove this one: carnet account add-way kit, then remove-way.
kit-footer = Carnet, recovery kit
share-file =
    Share { $index } of { $of }, to help { $name } come back to a Carnet health vault.
    Alone it opens nothing; { $needed } shares together open everything. Keep it, show it to nobody.
    Give it back only to { $name }, in person or by a voice that you know.
    There: carnet recover --share FILE --share FILE
kit-owner = Carnet of
kit-warning = Whoever has this page can read everything. Keep it as you would a will.
kit-carnet = Carnet keeps your health documents: whoever hosts them can read nothing of them. The program is to be had from whoever runs the server below.
kit-call = Who can help me

# Accounts, devices, ways back.
welcome =
    Carnet keeps your health documents encrypted: whoever hosts them can read nothing of them.
    To begin: carnet account create --server https://…
    To come back on a new machine: carnet recover --kit FILE
welcome-back =
    This vault is ready. Add a document: carnet add FILE
    See what is in it: carnet ls
    See who can read, and why: carnet who DOCUMENT
ask-passphrase = Passphrase:
ask-new-passphrase = Choose a passphrase for this device (ten characters at least):
ask-passphrase-again = The same once more:
ask-file-passphrase = Passphrase of the recovery file:
ask-kit-file = Where should the recovery kit go, to be printed? [{ $file }]
ask-passphrase-file = Where should the recovery file go, to be copied elsewhere? [{ $file }]
ask-name = What are you called?
ask-word = Word no. { $number } of the kit:
unlocked = Open. Closes after { $minutes } minutes without a command.
locked = Closed.
locked-already = It was closed already.
kit-made = Recovery kit written and proven: { $file }. Print it, then delete the file.
passphrase-file-made = Recovery file written and proven: { $file }. Copy it off this machine.
account-created = Welcome, { $name }. Your account is ready, with { $ways } proven ways back.
recovered = You are back. Documents found again: { $documents }.
status-name = { $name }
status-server = Server: { $server }
status-devices = Devices: { $count }
way-kit = Printed recovery kit
way-passphrase = Recovery file
way-contacts = Trusted people
way-passkey = Passkey
way-password = Browser password
way-device = Other device
way-proven = proven on { $time }
way-unproven = not proven yet

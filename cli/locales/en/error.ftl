# What did not work: what happened, and what to do.
error-unknown = That did not work, for a reason that this version of Carnet does not know ({ $code }).
    .do = Update Carnet; if it stays so, read this code to whoever helps you.
error-internal = Something unforeseen happened in Carnet.
    .do = Try again; if it stays so, report it with the command that you typed.
error-file = { $path }: { $why }.
    .do = { $kind ->
        [absent] Look at the name and the folder.
        [denied] Choose a place of your own, or ask whoever runs this machine for access.
        [full] Make room, then try again.
        [folder] Name a file, not a folder.
        [name] Choose another name.
        [busy] Close other programs, then try again.
       *[other] Look at the disk and the path, then try again.
    }
error-write = The answer could not be written: { $why }.
    .do = Look at where the output goes, and at the room on the disk.
error-home-name = "{ $name }" cannot name an account.
    .do = Use letters, digits, - and _, at most 64.
error-home-nowhere = You have no folder of your own on this machine.
    .do = Name one in CARNET_HOME.
error-no-account = There is no account here.
    .do = Create one: carnet account create. Or come back to yours: carnet recover.
error-account-there = There is an account here already.
    .do = If it does not open any more, type carnet recover --in-place. Else choose another name with --as.
error-home-broken = { $path } holds a Carnet that does not open any more.
    .do = Come back to it by carnet recover, with your kit or another way back. Or choose another name with --as.
error-no-vault = This account has no Carnet of its own.
    .do = Use a patient's account, or name a patient: carnet patients.
error-passphrase = That is not the passphrase.
    .do = Check capital letters, then try again. If it is lost: carnet recover, with the kit or another way.
error-passphrase-short = This passphrase is too short.
    .do = Take { $least } characters at least; a few words are better than one complicated word.
error-passphrase-twice = The two passphrases are not the same.
    .do = Begin again.
error-passphrase-fd = No passphrase comes through this descriptor.
    .do = Give it as a line, for example: --passphrase-fd 3 3<FILE
error-nobody-there = An answer is needed, and nobody is at the terminal.
    .do = Give the passphrase by --passphrase-fd, or open first with carnet unlock.
error-agent = Carnet cannot stay open on this machine.
    .do = Look at the temporary folder (XDG_RUNTIME_DIR); else each command asks for the passphrase.
error-local-busy = Another carnet command is at work in this account.
    .do = Wait until it ends, then try again.
error-local-damaged = What Carnet keeps on this device is damaged.
    .do = Nothing is lost with whoever hosts Carnet. Type carnet recover --in-place, with your kit or another way back.
error-local-full = This device's disk is full.
    .do = Make room, then try again. What was kept is still there.
error-local-closed = What this device keeps does not open.
    .do = The folder was changed or is of another device: come back by carnet recover --in-place.
error-local-store = What this device keeps cannot be read.
    .do = Look at the disk and its free room, then try again.
error-profile = What this device knows of its server makes no sense.
    .do = Come back by carnet recover --in-place.
error-device-closed = What this device keeps does not open.
    .do = Look at the passphrase.
error-keyring-closed = The keys that the server keeps do not open.
    .do = Try from another device; if it stays so, do not trust this server.
error-log-other = This server shows another public log than the one that you named.
    .do = Do not go on: look at the address and the key.
error-authority-key = "{ $text }" does not name an authority.
    .do = Write NAME=KEY, the key as 64 digits and letters from a to f.
error-vault-without-keys = This Carnet does not give its keys to this account.
    .do = Try from another device; the server may be hiding a part of it.
error-document-unknown = No document is called "{ $document }".
    .do = Look for it: carnet ls, or carnet search WORDS.
error-version-unknown = Your Carnet has no version { $version } of "{ $document }": the newest is { $newest }.
    .do = See which there are: carnet history.
error-version-away = The server does not answer, and version { $version } is only there.
    .do = Try again when it answers. The newest version is written without it: carnet get --offline.
error-document-many = Several documents are called "{ $document }": { $names }
    .do = Name one by its short name, the first column of carnet ls.
error-person-unknown = Nobody is called "{ $person }" in your address book.
    .do = Search: carnet pro find NAME; or add a card: carnet contact add.
error-person-many = Several people are called "{ $person }": { $names }
    .do = Say the whole name or the RPPS number.
error-date = "{ $text }" is not a day.
    .do = Write 31/12/2025 or 2025-12-31. Where no more is known of a document, 12/2025 or 2025 will do.
error-date-future = "{ $text }" is more than a year from now.
    .do = Check the year: --date says when the document is of.
error-nothing-to-add = There is nothing to add.
    .do = Name files, folders, or - for the standard input.
error-nothing-added = Nothing could be added.
    .do = See above what is wrong with each file; nothing is lost.
error-folder-large = There are more than { $most } files.
    .do = Add smaller folders, one after the other.
error-file-empty = { $path } is empty.
    .do = Choose another file.
error-file-name = The disk does not take this name of a file: { $path }
    .do = Give the document another title, or choose another disk.
error-inside-broken = File { $number }, which this document announces, is damaged or missing.
    .do = Ask whoever made the document for it again. The rest of the document is there: carnet show.
error-inside-unknown = There is no file { $number } in this document: it holds { $count }.
    .do = See their numbers with carnet show.
error-file-there = { $path } is there already.
    .do = Choose another name with --output, or say --force.
error-same-content = That is the version that is there already.
    .do = Name the file that was changed.
error-not-confirmed = Nothing was done.
    .do = Answer yes, or say --yes.
error-content-large = This content is too large to be shown like this.
    .do = Write it to a file: carnet get.
error-spool-damaged = What waits to go is damaged.
    .do = Begin again: the document will be sealed anew.
error-absent = There is nothing here for you.
    .do = The share may have ended or been taken back. Ask the person.
error-unauthenticated = The server does not know this device.
    .do = It may have been cut off: look from another device, or carnet recover.
error-conflict = Another of your devices was faster.
    .do = Give the command again.
error-history-rollback = The server shows an older state than the one that this device has seen.
    .do = It was restored, or it lies. Nothing was taken over from it; ask who runs it.
error-history-fork = The server shows another past than it showed before.
    .do = Do not go on and keep this folder: it is evidence. Tell who runs it.
error-history-behind = The server has forgotten things that this device has seen.
    .do = It was restored from a backup, or it lies. Ask who runs it.
error-quota-bytes = Your documents fill all the room of this Carnet. Nothing is lost.
    .do = Remove documents, or ask who runs the server for room.
error-quota-waiting = Too much waits for this person's acceptance already.
    .do = Wait until they have accepted your first deposits.
error-rate = Too many requests at once.
    .do = Wait a minute.
error-storage-full = The server has no room left.
    .do = Nothing is lost here. Tell who runs it, then begin again.
error-vault-closed = This Carnet is closed.
    .do = Nothing can be deposited in it any more.
error-ways-missing = An account does not begin without two ways back.
    .do = Name two of --kit FILE, --passphrase-file FILE, --contacts 2/3 --shares FOLDER, --second-device CODE.
error-way-unnamed = By which way?
    .do = Name the kit (--kit FILE), the recovery file (--passphrase-file FILE), shares (--share FILE) or the words (--words).
error-way-other = This paper is of another account.
    .do = Take one of this account, or choose the account with --as.
error-way-unknown = No way back is called "{ $way }".
    .do = Look for its short name: carnet account status.
error-way-many = Several ways back are called "{ $way }".
    .do = Name one by its short name: carnet account status.
error-ways-last = Fewer than two ways back would remain.
    .do = Make another first: carnet account add-way.
error-kit-words = Word no. { $number } is not the one of the kit.
    .do = Print the kit, then begin again: a kit that was copied wrongly would not bring you back.
error-kit-unread = No recovery kit is in { $path }.
    .do = Take the file of the page that was printed, or a text file with the code that begins with carnet-kit1.
error-kit-page = The kit could not be put on one page.
    .do = Write it as text: a name that ends in .txt.
error-share-unread = No share is in { $path }.
    .do = Take the file as it was given to the person, or a text file with the code that begins with carnet-share1.
error-paper-there = { $path } is there already, and may be somebody's only way back.
    .do = Choose another name, or move that file first.
error-paper-name = { $path } cannot name a file.
    .do = Choose another name.
error-paper-large = { $path } is too large for a paper of Carnet.
    .do = Look whether it is the right file.
error-slot-closed = This paper, file or these words open nothing (any more).
    .do = It may have been replaced by a newer one, or be of another server. Try another way back.
error-server-unnamed = Words do not say where the account is.
    .do = Name the server as it stands on the kit: --server https://…
error-words-stdin = The words on the standard input cannot be read.
    .do = Give 24 words as text.
error-words-count = { $found ->
        [0] No word was given
        [one] One word was given
       *[other] { $found } words were given
    }, and a kit has { $wanted }.
    .do = Type all of them in their order.
error-words-unknown = Word no. { $number } is in no list. Did you mean: { $near }?
    .do = Look at the paper, then type the words again.
error-words-unknown-far = Word no. { $number } is in no list, nor near one that is.
    .do = Look at the paper, then type the words again.
error-words-check = Each word is in the list, but together they are no kit.
    .do = One of them is another than on the paper, or two have changed places. Look and type them again.
error-code-form = This is no code of Carnet.
    .do = Look whether it is the right file.
error-code-kind = This is another kind of code.
    .do = A kit's begins with carnet-kit1, a share's with carnet-share1.
error-code-typo = This code was damaged: a character is wrong or missing.
    .do = Copy it from the paper again, or scan the code; with the words: --words.
error-code-content = This code says things that make no sense.
    .do = Take another way back.
error-code-too-long = This is too long to be a code.
    .do = Look whether it is the right file.
error-passphrase-file-closed = The recovery file does not open with this passphrase.
    .do = Try again: it is the passphrase of the time when the file was made. Or the file is damaged: take another copy.
error-passphrase-file-too-long = This is no recovery file.
    .do = Look whether it is the right file.
error-shares-numbers = These numbers make no sense.
    .do = Write for example 2/3: two of three. At least 2 are needed, of at most 16.
error-shares-missing = { $have ->
        [one] One share is not enough
       *[other] { $have } shares are not enough
    }: it takes { $needed }.
    .do = Ask one more person, and name each file by --share.
error-shares-other-set = { $path } is of another time or another account than the first share.
    .do = Take shares that were handed out together.
error-shares-twice = { $path } was given twice.
    .do = Take the share of another person.
error-shares-altered = One of the shares was changed: together they give nothing.
    .do = Try with another person's share in the place of each.
error-pairing-code = This code is not the one that the other device shows.
    .do = Compare the two screens letter by letter. If they differ, stop: somebody may be in between.
error-pairing-none = No machine waits under this code.
    .do = Look at the code and the server there; it waits for ten minutes only.
error-pairing-late = Nobody answered within ten minutes.
    .do = Begin again: carnet account pair on the new machine.
error-pairing-offer = The new machine's keys are not usable.
    .do = Begin again there; if it stays so, do not go on.
error-pairing-parcel = What came from the other device does not open.
    .do = Begin again; somebody may have answered in its place.
error-pairing-account = The account does not know this new machine.
    .do = Begin again: carnet account pair.
error-generation-behind = Another of your devices made new keys, and this one lacks them.
    .do = Fetch them: carnet account catch-up --kit FILE
error-device-unknown = No device is called "{ $device }".
    .do = Look for its short name: carnet account devices.
error-cut-off-self = This is the device that you are using.
    .do = Cut it off from another one.
error-account-device-cut-off = A device that was cut off has signed this.
    .do = Try again in a minute: the cut-off may not be written everywhere yet.
error-drill-vault = What came back is not this vault.
    .do = Do not rely on this way. Look at the server, and make another way back.
error-drill-failed = Not every way works.
    .do = Look above which one does not, and make another in its place: carnet account add-way.
error-root-unnamed = One of your ways back is needed here: this device alone is not enough.
    .do = Name it: --kit FILE or --passphrase-file FILE.
error-keys-changed = The eight words of { $name } have changed: nothing was shared.
    .do = Call this person, compare the eight words (carnet pro show), then give the command again at the terminal.
error-attestation-ended = The identity of { $name } is no longer verified: nothing was shared.
    .do = Ask this person to have the attestation renewed.
error-not-trusted = Nobody vouches for the identity of { $name }: nothing was shared.
    .do = Compare the eight words with this person (carnet pro show), then say yes, or --yes.
error-deposit-not-attested = Nothing was deposited: nobody vouches for your identity.
    .do = Make a code for your authority with carnet pro enrol, then deposit again.
error-deposit-attestation-ended = Nothing was deposited: your attestation does not, or not any more, hold for your keys of today.
    .do = See carnet pro status, have it renewed with carnet pro enrol, then deposit again.
error-deposit-not-taken = Nothing was deposited: the vault of “{ $person }” does not take your deposits.
    .do = Check the card with that person: the vault may be closed, or have blocked you.
error-kind-unknown = "{ $text }" names no kind of document.
    .do = Try: results, imaging, prescriptions, letters, vaccinations, certificates.
error-circle-unknown = This standing share does not exist in this Carnet.
    .do = Give the command again; if it stays so, report it.
error-grant-not-in-batch = The server names a share that nobody made.
    .do = Do not trust this server, and keep this folder: it is evidence.
error-card-elsewhere = This card is of another server ({ $server }).
    .do = Use an account of that server.
error-account-keys = The keys of this account are not usable.
    .do = Ask this person to look at their account.
error-letter-used = This letter opens nothing, or nothing any more.
    .do = Check both codes, then try again. If the letter was used without you, call the number printed on it.
error-vault-there = This account has a Carnet already.
    .do = Activate the letter from an account without a Carnet: carnet --as OTHER account create --without-vault.
error-authority-there = There is an authority in { $path } already.
    .do = Choose another folder.
error-authority-none = There is no authority in { $path }.
    .do = Make one: carnet authority init { $path }
error-register = { $path }: line { $line } is no line of the register.
    .do = Mend it, or take another copy.
error-not-a-carer = { $name }: profession { $profession } does not care for people; it cannot be attested.
    .do = Only health professionals can, never an insurer nor an employer.
error-organisation-not-a-carer = { $name }: { $organisation } is no place of care; the attestation is refused.
    .do = An insurer or employer never enters a health record, whatever the diploma.
error-not-in-register = RPPS number { $rpps } is not in the imported directory.
    .do = Import a current directory: carnet authority import.
error-register-other-name = In the directory, RPPS { $rpps } is { $name }.
    .do = Check the identity; refuse if the name does not fit.
error-not-attested = No attestation was made for "{ $person }".
    .do = Give the RPPS number or the account.
error-health-record-json = This line cannot be read (JSON).
    .do = Mend the file at this place.
error-health-record-too-long = The file is too long.
    .do = Cut it in pieces.
error-health-record-other-type = It is neither a Practitioner nor a PractitionerRole.
    .do = Remove this element.
error-health-record-no-rpps = Without an RPPS number.
    .do = Add it, or leave this person out.
error-health-record-bad-rpps = The RPPS number has not 11 digits.
    .do = Mend it.
error-health-record-no-name = Without a name.
    .do = Add it.
error-health-record-inactive = No longer in practice.
    .do = Nothing to do.
error-health-record-not-a-carer = Insurer, employer or administration: cannot be attested.
    .do = Nothing to do.
error-step-page = The list that the server gives makes no sense.
    .do = Try again; if it stays so, do not trust this server.

# Arguments that are not understood.
error-usage-unknown = '{ $name }' is no argument of { $command }.
    .do = { $is-near ->
        [yes] Did you mean { $near }? { $command } --help tells all there is.
       *[no] { $command } --help tells what there is.
    }
error-usage-which = { $command } needs one more word.
    .do = { $command } --help tells which.
error-usage-command = There is no command '{ $name }'.
    .do = { $is-near ->
        [yes] Did you mean { $near }? { $command } --help tells all of them.
       *[no] { $command } --help tells all of them.
    }
error-usage-missing = { $name } is missing.
    .do = { $command } --help tells what it is.
error-usage-no-value = Nothing follows { $name }.
    .do = Give it a value; { $command } --help tells which.
error-usage-value = '{ $value }' is no value of { $name }.
    .do = { $is-near ->
        [yes] The possible values are: { $near }. See { $command } --help too.
       *[no] { $command } --help tells what is wanted.
    }
error-usage-conflict = { $is-near ->
        [yes] { $name } does not go with { $near }.
       *[no] { $name } is said once only.
    }
    .do = Keep one of the two; { $command } --help tells what each does.
error-usage-values = { $name } has not the right number of values.
    .do = { $command } --help tells how many it takes.
error-usage-text = An argument is no text in UTF-8.
    .do = Type it another way; { $command } --help tells what is wanted.

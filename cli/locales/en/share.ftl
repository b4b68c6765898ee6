# Sharing, reading, depositing, attesting.
ask-share-all = { $name } will be able to read your whole Carnet, and everything that comes, until you take it back. Is that right? { $class }(yes/no)
ask-share-class = { $name } will be able to read everything of this kind ({ $class }), and everything that comes, until you take it back. Is that right? (yes/no)
shared = { $count ->
        [one] { $name } can read this document.
       *[other] { $name } can read these { $count } documents.
    }
shared-all = { $name } can read your whole Carnet, and what comes.
shared-class = { $name } can read everything of this kind, and what comes.
shared-until = Until { $day }, that day included.
revoked = { $count ->
        [0] Nothing is taken back from { $name }.
        [one] One document is taken back from { $name }.
       *[other] { $count } documents are taken back from { $name }.
    }
revoked-all = { $name } can read nothing here any more.
revoked-hint = The server gives nothing to { $name } any more. What was read may have been kept; --reseal changes the keys too.
resealed = { $count ->
        [0] No document is closed under a new key yet.
        [one] One document is closed under a new key. The old one opens nothing that comes.
       *[other] { $count } documents are closed under new keys. The old ones open nothing that comes.
    }
resealing = New keys
since = since { $day }
until = until { $day }, that day included
why-holder = it is your Carnet
why-shared = you shared it
why-standing = reads your whole Carnet
why-standing-class = reads everything of this kind
why-other = by a link, a card or an app
seen-by = { $count ->
        [0] { $name } sees no document:
        [one] { $name } sees one document:
       *[other] { $name } sees { $count } documents:
    }
signed = signature verified
not-verified = signature NOT verified
journal-empty = Nobody but you has read anything here.
journal-title = Access journal
journal-of = Carnet of
journal-when = When
journal-who = Who
journal-what = What
journal-verified = Proof
journal-limits = Each line is signed by the person who read, and verified on this device. This journal cannot show what was read again from a copy, nor what a colluding host would leave out.
journal-footer = Carnet, access journal
nothing-waits = Nothing waits for you to accept it.
accepted = { $count ->
        [one] One document is accepted. Whoever deposited it is known to you now.
       *[other] { $count } documents are accepted. Whoever deposited them is known to you now.
    }
refused = { $count ->
        [one] One document is refused, and removed.
       *[other] { $count } documents are refused, and removed.
    }
card-explained = This is your card. Whoever has it can deposit for you, once their identity is attested, and nothing else.
contact-added = { $name } is in your address book.
book-empty = Your address book is empty.
no-patients = No patient shares anything with you yet.
patient-line = { $name }: { $documents ->
        [0] no document
        [one] one document
       *[other] { $documents } documents
    }{ $new ->
        [0] {""}
        [one] , one of them new
       *[other] , { $new } of them new
    }
opened = { $file }: opened. { $patient } will see it in their journal.
deposited = { $count ->
        [0] Nothing is deposited for { $patient }.
        [one] One document is deposited for { $patient }.
       *[other] { $count } documents are deposited for { $patient }.
    }
keys-changed = WARNING: the eight words of { $name } have changed.
ask-keys-changed = Did you compare them with this person, by word of mouth? (yes/no)
ask-unknown = Nobody vouches for the identity of { $name }. Did you compare the eight words with this person? (yes/no)
person-attested = { $name }, { $profession }, { $place }, RPPS { $rpps }: identity verified until { $until }
person-ended = { $name }: identity no longer verified
person-not-attested = { $name }: nobody vouches for this identity
person-fingerprint = Eight words to compare: { $words }
person-generation = { $number ->
        [one] The keys have changed once
       *[other] The keys have changed { $number } times
    }: compare the eight words if that surprises you.
nobody-found = Nobody matches.
more-found = There are more: say more of the name, the town or the profession.
enrol-explained = Give this code to the authority that vouches for you. It will ask you to read your eight words.
pro-attested = Your identity is attested until { $until }.
pro-pending = The attestation is under way: it counts as soon as the public log has it. { $until }
pro-withdrawn = The attestation was withdrawn. { $until }
pro-ended = The attestation has ended or is of old keys: make a new code with carnet pro enrol. { $until }
pro-unknown = Your identity is not attested yet. Make a code: carnet pro enrol. { $until }
ask-factor = Second code, which came another way than the letter:
ask-refuse = Close this Carnet? Nothing can be deposited in it any more. (yes/no)
letter-refused = The Carnet is closed. The letter opens nothing any more.
activated = This Carnet is yours. { $documents ->
        [0] It is empty still.
        [one] One document was waiting for you.
       *[other] { $documents } documents were waiting for you.
    } The letter opens nothing any more.
ask-authority-passphrase = Passphrase of the authority:
authority-made = Authority { $name }. Public key, for server.toml and for --authority: { $key }
attest-ask = { $name }, RPPS { $rpps }. Eight words, to be read out to you: { $words }
ask-attest = Is the identity checked, and were the eight words read? (yes/no)
attested = The identity of { $name } is attested until { $until }.
withdrawn = The attestation of { $name } is withdrawn.
imported = { $imported ->
        [0] Nothing is new or changed
        [one] One record is new or changed
       *[other] { $imported } records are new or changed
    }; { $known } in all; { $refused ->
        [0] none refused.
        [one] one refused.
       *[other] { $refused } refused.
    }
vault-opened =
    Letter written: { $letter }
    Second code, to be sent another way: { $factor }
    Carnet: { $vault }
letter-title = Your health Carnet is open
letter-body-1 = We have opened a Carnet for your health documents. The professionals who care for you can already deposit in it.
letter-body-2 = Carnet is a program that keeps health documents: nobody but you can read them, not even whoever hosts them.
letter-body-3 = Until the activation, whoever printed this letter could have read these documents. Afterwards the keys change, and the letter opens nothing any more.
letter-body-4 = You need this letter and a second code, which comes to you another way.
letter-body-5 = You may also refuse: the Carnet is then closed, and nothing can be deposited in it any more.
letter-step-1 = Install Carnet. Whoever runs the server below says where to get it.
letter-step-2 = Create your account: carnet account create --without-vault.
letter-step-3 = Activate your Carnet: carnet activate, with the code of this letter and the second code.
letter-step-4 = To refuse: carnet activate --refuse.
letter-server = Server
letter-qr = Code to scan of this letter
letter-code = The same code in letters, if you cannot scan it:
letter-factor = The second code is not in this letter: it comes another way.
letter-steps = What to do
letter-footer = Keep this letter to yourself until the activation.
profession-10 = physician
profession-21 = pharmacist
profession-26 = hearing-aid specialist
profession-28 = optician
profession-40 = dentist
profession-50 = midwife
profession-60 = nurse
profession-70 = physiotherapist
profession-80 = podiatrist
profession-91 = speech therapist
profession-92 = orthoptist
profession-93 = psychologist
profession-94 = occupational therapist
profession-95 = dietitian
journal-keys = the key of what is shared for good
# A line of the journal, after the person's name.
access-open = opened { $documents }
access-list = saw in a list: { $documents }
access-keys = took the key of what is shared for good
access-more = { $documents } { $count ->
        [one] and one more
       *[other] and { $count } more
    }
access-list-all = saw the list of what is shared with them
letter-body-6 = Use it until { $until }. After that day, ask for a new letter.
letter-trust = Is this letter true?
letter-trust-1 = Sender: { $name }. This letter asks for no money, no card number and no password.
letter-trust-2 = Nobody will call you to ask for the code of this letter or for the second code: tell them to nobody.
letter-call = If you are in doubt, call { $name }: { $call }. If the letter was used without you, call at once.
letter-call-known = If you are in doubt, or if the letter was used without you, call { $name } at the number that you already know.
journal-made = Made on
journal-count = Lines
journal-proof = { $mark }, line no. { $number }
shared-without-guesses = { $count ->
        [one] One document of this kind is left out, because its type is a guess.
       *[other] { $count } documents of this kind are left out, because their type is a guess.
    } To confirm a type: carnet edit, with --type.

//! Every kind of statement once, from fixed inputs, in an order in which the core accepts them.

use carnet_core::account::{Accounts, VerifiedAccount};
use carnet_core::authored::inner_commitment;
use carnet_core::manifest::HolderPart;
use carnet_core::position::Signed;
use carnet_core::stored::{Stored, Wanted};
use carnet_core::vault::{VerifiedVault, activation_consent};
use carnet_wire::cbor;
use carnet_wire::grant::Grant as AgeHeader;
use carnet_wire::grant_leaf::{GrantLeaf, GrantTree};
use carnet_wire::id::{Commitment, Digest, PayloadRoot, ReaderId, SlotId, StatementHash, VaultId};
use carnet_wire::payload::PayloadNonce;
use carnet_wire::statement::*;
use carnet_wire::tree::{LeafHash, Tree};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::fixed::{Account as Person, NOW, Reader, entry, hkdf, hmac, key, public, sha256, sign};
use crate::seal::{self, CONTENT, FILE_KEY, PAYLOAD_NONCE};

/// Everything that the examples speak of.
pub(crate) struct World {
    pub(crate) doctor: Person,
    pub(crate) vault: VaultId,
    /// Name, signer and bytes of each statement.
    pub(crate) statements: Vec<(&'static str, &'static str, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
    pub(crate) manifest_content: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) leaves: Vec<GrantLeaf>,
    pub(crate) headers: Vec<AgeHeader>,
    pub(crate) consent: Vec<u8>,
    pub(crate) history: Tree,
}

impl World {
    pub(crate) fn make() -> Self {
        let mut all = Vec::new();
        let (patient, doctor) = (Person::of(0x01), Person::of(0x11));
        let accounts = accounts(&patient, &doctor, &mut all);
        let chain = Chain::make(&patient, &doctor, &accounts, &mut all);
        let (vault, id) = (&chain.vault, chain.vault.id());
        let context = |who: &Person| Context { vault: id, actor: who.actor(), time: NOW, pin: None };

        let document = entry(0x51);
        let authored = seal::authored(id, document, doctor.actor());
        let authored =
            add(&mut all, "authored", "doctor, generation 1", sign(&doctor.reader.signing, 5, authored));
        let mut plain = CONTENT.to_vec();
        plain.resize(1024, 0);
        let payload = seal::payload(&plain);
        let manifest_key = |nonce: u8| seal::manifest_key(&[nonce; 32], &id, &document, 1);
        let [manifest_content, manifest] =
            seal::manifest(&authored, 0x64, HolderPart::default(), &manifest_key(0x63), 0x63);
        let readers = [vault.reader(), vault.circle(&chain.circle).unwrap()];
        let headers = vec![
            seal::grant(&chain.keys.bundle(), 0x66),
            seal::grant(&Reader::of(0x31).bundle(), 0x67),
            seal::grant(&doctor.reader.bundle(), 0x68),
        ];
        let mut leaves: Vec<_> = readers
            .iter()
            .zip(&headers)
            .zip(0x71..)
            .map(|((reader, header), blind)| seal::leaf(document, reader, header, blind))
            .collect();
        let tree = GrantTree::over(&leaves).unwrap();
        let body = Deposit {
            context: context(&doctor),
            policy: vault.policy_statement(),
            items: vec![DepositItem {
                entry: document,
                version: 1,
                predecessor: None,
                class: 0,
                payload: PayloadRoot::from_bytes(*blake3::hash(&payload).as_bytes()),
                payload_len: payload.len() as u64,
                manifest: digest(&manifest),
                commitment: Commitment::from_bytes(hkdf(
                    &FILE_KEY,
                    &PAYLOAD_NONCE,
                    &[b"carnet/v1/commitment"],
                )),
                inner: inner_commitment(&[0x64; 32], &authored),
            }],
            grants: tree.batch(),
        };
        let deposit = add(&mut all, "deposit", "doctor's device", sign(&doctor.device, 10, body));
        let stored = Stored {
            deposit: deposit.clone().into(),
            describe: None,
            grant: None,
            leaf: leaves[0].to_bytes(),
            path: cbor::encode(&tree.path(0).unwrap()),
            header: headers[0].as_bytes().to_vec(),
            manifest: manifest.clone(),
            nonce: PayloadNonce::from_bytes(PAYLOAD_NONCE),
            next: None,
            predecessors: Vec::new(),
        };
        let wanted = Wanted { entry: document, version: 1 };
        let open = |stored: Stored| {
            stored.verify(&wanted, vault, &accounts).unwrap().open(&chain.keys.keys, &accounts).unwrap()
        };
        assert_eq!(open(stored.clone()).open_bytes(&payload).unwrap().content, CONTENT);

        let holder = HolderPart {
            name: Some("Mes allergies".to_owned()),
            labels: vec!["urgent".to_owned()],
            folder: vec!["2026".to_owned()],
            note: None,
        };
        let [_, described] = seal::manifest(&authored, 0x64, holder.clone(), &manifest_key(0x6a), 0x6a);
        let body = Describe {
            context: context(&patient),
            entry: document,
            version: 1,
            replaces: hash(&deposit),
            manifest: digest(&described),
            inner: inner_commitment(&[0x64; 32], &authored),
        };
        let describe = add(&mut all, "describe", "patient's device", sign(&patient.device, 11, body));
        let later = Stored { describe: Some(describe.into()), manifest: described, ..stored };
        assert_eq!(*open(later).holder(), holder);

        let doctor_reader = accounts.resolve(&doctor.actor()).unwrap().reader().unwrap();
        leaves.push(seal::leaf(document, &doctor_reader, &headers[2], 0x77));
        let grants = GrantTree::over(&leaves[2..]).unwrap().batch();
        let body = Grant { context: context(&patient), policy: vault.policy_statement(), grants };
        add(&mut all, "grant", "patient's device", sign(&patient.device, 14, body));
        let revoked = vec![Revoked { reader: doctor.reader_id(), entry: Some(document) }];
        add(
            &mut all,
            "revoke",
            "patient's device",
            sign(&patient.device, 20, Revoke { context: context(&patient), revoked }),
        );
        let body = Read {
            context: context(&doctor),
            mode: ReadMode::Open,
            entries: vec![document],
            via: Some(chain.circle),
            reason: 1,
            challenge: [0x81; 32].into(),
        };
        add(&mut all, "read", "doctor's device", sign(&doctor.device, 17, body));
        let body = Accept { context: context(&patient), deposit: hash(&deposit), entries: vec![document] };
        add(&mut all, "accept", "patient's device", sign(&patient.device, 1, body));
        let body = Delete { context: context(&patient), entries: vec![document] };
        add(&mut all, "delete", "patient's device", sign(&patient.device, 9, body));

        let consent = letter(&patient, &accounts, &mut all);
        authority(&doctor, id, &mut all);
        let session = Session { actor: doctor.actor(), challenge: [0x82; 32].into(), time: NOW };
        add(&mut all, "session", "doctor's device", sign(&doctor.device, 22, session));

        let history: Tree =
            chain.history.iter().chain([&hash(&deposit)]).map(|hash| LeafHash::of(hash.as_bytes())).collect();
        let size = history.size();
        let body = Receipt {
            vault: id,
            size,
            root: (*history.root().as_bytes()).into(),
            tag: hmac(&[0x83; 32], &size.to_be_bytes()).into(),
            statement: hash(&deposit),
            time: NOW + 1_000,
            deadline: NOW + 61_000,
        };
        add(&mut all, "receipt", "server (seed 0x91)", sign(&key(0x91), 18, body));
        Self {
            doctor,
            vault: id,
            statements: all,
            payload,
            manifest_content,
            manifest,
            leaves,
            headers,
            consent,
            history,
        }
    }

    pub(crate) fn statement(&self, name: &str) -> &[u8] {
        &self.statements.iter().find(|(known, ..)| *known == name).unwrap().2
    }
}

type All = Vec<(&'static str, &'static str, Vec<u8>)>;

fn add<B: Body>(all: &mut All, name: &'static str, signer: &'static str, statement: Statement<B>) -> Vec<u8> {
    all.push((name, signer, statement.as_bytes().to_vec()));
    statement.as_bytes().to_vec()
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(*blake3::hash(bytes).as_bytes())
}

/// The patient's line with every kind of an account in it, the doctor's with two.
fn accounts(patient: &Person, doctor: &Person, all: &mut All) -> Accounts {
    let account = patient.id();
    let by = &patient.identity;
    let identity = "patient's identity key";
    let mut line =
        vec![add(all, "account", identity, sign(by, 2, Account { first: patient.first(), time: NOW }))];
    let mut previous = hash(&line[0]);
    let mut next = |bytes: Vec<u8>| {
        previous = hash(&bytes);
        line.push(bytes);
        previous
    };
    let body = |previous| Device {
        account,
        time: NOW,
        previous,
        key: public(&patient.device),
        change: DeviceChange::Certify,
    };
    let previous = next(add(all, "device", identity, sign(by, 12, body(hash(&all[0].2)))));
    let sealed = crate::keys::kit_slot(&account);
    let body = Slot {
        account,
        time: NOW,
        previous,
        slot: SlotId::from_bytes([0x45; 16]),
        kind: SlotKind::Kit,
        root_version: 1,
        change: SlotChange::Put(digest(&sealed)),
    };
    let previous = next(add(all, "slot", identity, sign(by, 23, body)));
    let contact = |byte| Contact { commitment: [byte; 32].into() };
    let rule = RecoveryRule::Contacts(2, vec![contact(0x46), contact(0x47), contact(0x48)]);
    let body = Recovery { account, time: NOW, previous, rule, delay_hours: 72 };
    let previous = next(add(all, "recovery", identity, sign(by, 19, body)));
    let body = Key {
        reader: patient.reader_id(),
        actor: patient.actor(),
        time: NOW,
        pin: None,
        generation: 2,
        bundle: Reader::of(0x04).bundle(),
        replaces: previous,
        key_entry: None,
    };
    let previous = next(add(all, "key", identity, sign(by, 15, body)));
    let body = NewRoot {
        account,
        time: NOW,
        previous,
        identity: public(&Person::of(0x05).identity),
        root_version: 2,
    };
    next(add(all, "root", identity, sign(by, 21, body)));
    let mut accounts = Accounts::new();
    let line: Vec<Signed> = line.into_iter().map(Signed::from).collect();
    accounts.insert(VerifiedAccount::from_chain(&account, &line).unwrap()).unwrap();

    let first = sign(&doctor.identity, 2, Account { first: doctor.first(), time: NOW });
    let body = Device {
        account: doctor.id(),
        time: NOW,
        previous: first.hash(),
        key: public(&doctor.device),
        change: DeviceChange::Certify,
    };
    let device = sign(&doctor.identity, 12, body);
    let line = [first.as_bytes(), device.as_bytes()].map(|bytes| Signed::from(bytes.to_vec()));
    accounts.insert(VerifiedAccount::from_chain(&doctor.id(), &line).unwrap()).unwrap();
    accounts
}

/// The patient's vault.
struct Chain {
    vault: VerifiedVault,
    keys: Reader,
    circle: ReaderId,
    history: Vec<StatementHash>,
}

impl Chain {
    fn make(patient: &Person, doctor: &Person, accounts: &Accounts, all: &mut All) -> Self {
        let device: &SigningKey = &patient.device;
        let keys = Reader::of(0x21);
        let body = Genesis {
            holder: Holder::Account(patient.id()),
            reader: keys.bundle(),
            key_entry: entry(0x23),
            salt: [0x22; 32].into(),
            time: NOW,
        };
        let genesis = add(all, "genesis", "patient's device", sign(device, 13, body));
        let id = VaultId::from_bytes(*hash(&genesis).as_bytes());
        let first = VerifiedVault::begin(&id, &genesis, accounts, None).unwrap();
        let context = || Context { vault: id, actor: patient.actor(), time: NOW, pin: None };
        let body = Circle {
            context: context(),
            circle: None,
            generation: 1,
            bundle: Reader::of(0x31).bundle(),
            key_entry: KeyEntry { entry: entry(0x33), version: 1 },
            replaces: None,
        };
        let circle_bytes = add(all, "circle", "patient's device", sign(device, 7, body));
        let circle = ReaderId::from_bytes(*hash(&circle_bytes).as_bytes());
        let body = Policy {
            context: context(),
            number: 1,
            replaces: hash(&genesis),
            classes: vec![PolicyClass { class: 0, circles: vec![CircleAt { circle, generation: 1 }] }],
            standing: Standing::Attested,
            depositors: vec![doctor.actor()],
            delegates: vec![],
            blocked: vec![],
        };
        let policy = add(all, "policy", "patient's device", sign(device, 16, body));
        let follow = |vault: VerifiedVault, bytes: &[u8]| vault.follow(bytes, accounts, None).unwrap();
        let vault = follow(follow(first, &circle_bytes), &policy);
        let history = vec![hash(&genesis), hash(&circle_bytes), hash(&policy)];
        // What comes after is followed too, then forgotten: the examples go on with the first generation.
        let root = history.iter().map(|hash| LeafHash::of(hash.as_bytes())).collect::<Tree>().root();
        let body = Key {
            reader: ReaderId::from_bytes(*id.as_bytes()),
            actor: patient.actor(),
            time: NOW,
            pin: Some(Pin { size: 3, root: (*root.as_bytes()).into() }),
            generation: 2,
            bundle: Reader::of(0x24).bundle(),
            replaces: hash(&genesis),
            key_entry: Some(KeyEntry { entry: entry(0x23), version: 2 }),
        };
        let key = add(all, "key-of-a-vault", "patient's device", sign(device, 15, body));
        let close = Close { context: context(), replaces: hash(&policy) };
        let close = add(all, "close", "patient's device", sign(device, 8, close));
        assert!(follow(follow(vault.clone(), &key), &close).is_closed());
        Self { vault, keys, circle, history }
    }
}

/// A vault opened by letter, and its activation. Gives the bytes of the consent.
fn letter(patient: &Person, accounts: &Accounts, all: &mut All) -> Vec<u8> {
    let letter = Reader::of(0x41);
    let body = Genesis {
        holder: Holder::Letter(letter.bundle()),
        reader: Reader::of(0x42).bundle(),
        key_entry: entry(0x43),
        salt: [0x44; 32].into(),
        time: NOW,
    };
    let genesis =
        add(all, "genesis-of-a-letter", "letter (reader secret 0x41)", sign(&letter.signing, 13, body));
    let vault = VaultId::from_bytes(*hash(&genesis).as_bytes());
    let bundle = Reader::of(0x4a).bundle();
    let new_identity = Person::of(0x05).identity;
    let mut body = Activate {
        context: Context { vault, actor: patient.actor(), time: NOW, pin: None },
        account: patient.id(),
        bundle,
        key_entry: KeyEntry { entry: entry(0x43), version: 2 },
        factor: [0x4b; 32].into(),
        grants: GrantTree::over(&[]).unwrap().batch(),
        consent: [0; 64].into(),
    };
    let consent = [b"carnet/v1/activate".as_slice(), &sha256(&[&cbor::encode(&body)])].concat();
    body.consent = new_identity.sign(&consent).to_bytes().into();
    assert_eq!(activation_consent(&body), consent);
    let activate = add(all, "activate", "letter (reader secret 0x41)", sign(&letter.signing, 3, body));
    let begun = VerifiedVault::begin(&vault, &genesis, accounts, None).unwrap();
    assert_eq!(begun.follow(&activate, accounts, None).unwrap().holder(), Some(patient.actor()));
    consent
}

fn authority(doctor: &Person, vault: VaultId, all: &mut All) {
    let by = key(0x54);
    let practitioner = Practitioner {
        rpps: "10001234567".to_owned(),
        name: "MARTIN Camille".to_owned(),
        profession: "10".to_owned(),
        speciality: Some("SM26".to_owned()),
        organisation: None,
        town: Some("Lyon".to_owned()),
    };
    let body = Attest {
        account: doctor.id(),
        generation: 1,
        bundle: sha256(&[&cbor::encode(&doctor.reader.bundle())]).into(),
        practitioner,
        time: NOW,
        expires: NOW + Attest::MAX_VALIDITY,
    };
    let signer = "authority (seed 0x54)";
    let attest = add(all, "attest", signer, sign(&by, 4, body));
    let body = Withdraw { account: doctor.id(), attestation: hash(&attest), time: NOW };
    add(all, "withdraw", signer, sign(&by, 24, body));
    let body = Bind { vault, pseudonym: [0x55; 32].into(), time: NOW, expires: NOW + 86_400_000 };
    add(all, "bind", signer, sign(&by, 6, body));
}

//! What the samples say. Every optional field is there; every list has two elements where it may.

use carnet_core::authored::{About, Authored, Code, Description, Related, Relation, Series, Sort};
use carnet_core::reader::ReaderKeys;
use carnet_core::secret::ReaderSecret;
use carnet_moment::Moment;
use carnet_wire::bundle::{Bundle, FirstBundle};
use carnet_wire::grant_leaf::{GrantLeaf, GrantTree, Rights, Via};
use carnet_wire::id::{
    AccountId, ActorId, Commitment, Digest, EntryId, InnerCommitment, PayloadRoot, ReaderId, SlotId,
    StatementHash, VaultId,
};
use carnet_wire::statement::{
    Accept, Account, Activate, Attest, Bind, Circle, CircleAt, Close, Contact, Context, Delete, Deposit,
    DepositItem, Describe, Device, DeviceChange, Genesis, Grant, GrantBatch, Holder, Key, KeyEntry, NewRoot,
    Pin, Policy, PolicyClass, Practitioner, Read, ReadMode, Receipt, Recovery, RecoveryRule, Revoke, Revoked,
    Session, Slot, SlotChange, SlotKind, Standing, Withdraw,
};
use ed25519_dalek::SigningKey;

use super::{bytes, signer, verifying_key};

/// The keys of a reader whose secret is 32 bytes of this value.
#[must_use]
pub fn reader(secret: u8) -> ReaderKeys {
    ReaderKeys::derive(ReaderSecret::from_bytes(&[secret; 32]))
}

/// Its bundle.
#[must_use]
pub fn bundle(secret: u8) -> Bundle {
    reader(secret).bundle()
}

/// A leaf with every field.
#[must_use]
pub fn grant_leaf() -> GrantLeaf {
    GrantLeaf {
        entry: entry(1),
        version: 2,
        reader: ReaderId::from_bytes(bytes(0x30)),
        generation: 3,
        key_id: bundle(2).recipient().key_id(),
        via: Via::Circle,
        rights: Rights::List,
        not_before: Some(TIME),
        expires: Some(TIME + 86_400_000),
        header: Digest::from_bytes(bytes(0x40)),
        blind: bytes(0x50).into(),
    }
}

pub(super) fn accept() -> Accept {
    Accept { context: context(), deposit: statement(0x60), entries: vec![entry(1), entry(2)] }
}

pub(super) fn account() -> Account {
    Account { first: FirstBundle { identity: verifying_key(&signer()), generation: bundle(2) }, time: TIME }
}

pub(super) fn activate() -> Activate {
    Activate {
        context: context(),
        account: AccountId::from_bytes(bytes(0x10)),
        bundle: bundle(3),
        key_entry: KeyEntry { entry: entry(3), version: 2 },
        factor: bytes(0x70).into(),
        grants: batch(),
        consent: bytes(0x80).into(),
    }
}

pub(super) fn attest() -> Attest {
    let practitioner = Practitioner {
        rpps: "10001234567".into(),
        name: "MARTIN Aimée".into(),
        profession: "10".into(),
        speciality: Some("SM26".into()),
        organisation: Some("Cabinet de l'Étang".into()),
        town: Some("Sète".into()),
    };
    Attest {
        account: AccountId::from_bytes(bytes(0x10)),
        generation: 2,
        bundle: bytes(0x71).into(),
        practitioner,
        time: TIME,
        expires: TIME + Attest::MAX_VALIDITY,
    }
}

pub(super) fn authored() -> Authored {
    let description = Description {
        sort: Sort::Document,
        title: "Compte rendu d'échographie".into(),
        dates: vec![-86_400_000, 1_760_000_000_000],
        codes: vec![
            Code { system: "http://loinc.org".into(), code: "18748-4".into() },
            Code { system: "urn:oid:2.16.840.1.113883.5.25".into(), code: "N".into() },
        ],
        media_type: "application/pdf".into(),
        ..Description::default()
    };
    Authored {
        vault: VaultId::from_bytes(bytes(0x20)),
        entry: entry(1),
        first_version: 1,
        description,
        len: 70_000,
        content: bytes(0x72).into(),
        author: ActorId::from_bytes(bytes(0x10)),
        generation: 1,
    }
}

/// Whom a document names.
#[must_use]
pub fn about() -> About {
    About {
        name: Some("Anne DURAND".into()),
        given: Some("Anne Marie".into()),
        family: Some("MARTIN DURAND".into()),
        birth: Some("1980-06-15".into()),
        ins: Some("280067512345612".into()),
    }
}

/// A description with every field but whom it names, which came later.
#[must_use]
pub fn description_said() -> Description {
    let code = |system: &str, code: &str| Code { system: system.into(), code: code.into() };
    let mut description = Description {
        sort: Sort::Document,
        title: "Compte rendu d'échographie".into(),
        codes: vec![code("http://loinc.org", "18748-4")],
        media_type: "application/xml".into(),
        written_by: Some("Dr MARTIN Aimée".into()),
        identifier: Some("1.2.250.1.999^7".into()),
        file: Some("écho.xml".into()),
        series: Some(Series { set: "1.2.250.1.999^5".into(), version: Some(2) }),
        related: Some(vec![
            Related { relation: Relation::Replaces, identifier: "1.2.250.1.999^6".into() },
            Related { relation: Relation::Appends, identifier: "1.2.250.1.999^4".into() },
            Related { relation: Relation::Transforms, identifier: "1.2.250.1.999^3".into() },
        ]),
        guess: Some(code("http://loinc.org", "11502-2")),
        display: Some("CR d'imagerie".into()),
        ..Description::default()
    };
    let texts = ["2019", "2019-05", "2019-05-06", "2019-05-06T23:30", "2019-05-06T23:30:15.250-10:00"];
    description.set_moments(texts.iter().filter_map(|text| Moment::parse(text)));
    description
}

pub(super) fn bind() -> Bind {
    Bind {
        vault: VaultId::from_bytes(bytes(0x20)),
        pseudonym: bytes(0x73).into(),
        time: TIME,
        expires: TIME + 1,
    }
}

pub(super) fn circle() -> Circle {
    Circle {
        context: context(),
        circle: Some(ReaderId::from_bytes(bytes(0x31))),
        generation: 2,
        bundle: bundle(4),
        key_entry: KeyEntry { entry: entry(4), version: 2 },
        replaces: Some(statement(0x61)),
    }
}

pub(super) fn close() -> Close {
    Close { context: context(), replaces: statement(0x62) }
}

pub(super) fn delete() -> Delete {
    Delete { context: context(), entries: vec![entry(1), entry(2)] }
}

pub(super) fn deposit() -> Deposit {
    let first = DepositItem {
        entry: entry(1),
        version: 1,
        predecessor: None,
        class: 0,
        payload: PayloadRoot::from_bytes(bytes(0x74)),
        payload_len: 32,
        manifest: Digest::from_bytes(bytes(0x75)),
        commitment: Commitment::from_bytes(bytes(0x76)),
        inner: InnerCommitment::from_bytes(bytes(0x77)),
    };
    let second = DepositItem {
        entry: entry(2),
        version: 2,
        predecessor: Some(statement(0x63)),
        class: 300,
        payload_len: 5_000_000_000,
        ..first.clone()
    };
    Deposit { context: context(), policy: statement(0x62), items: vec![first, second], grants: batch() }
}

pub(super) fn describe() -> Describe {
    Describe {
        context: context(),
        entry: entry(1),
        version: 1,
        replaces: statement(0x64),
        manifest: Digest::from_bytes(bytes(0x75)),
        inner: InnerCommitment::from_bytes(bytes(0x77)),
    }
}

pub(super) fn device() -> Device {
    let key = verifying_key(&SigningKey::from_bytes(&[5; 32]));
    Device {
        account: AccountId::from_bytes(bytes(0x10)),
        time: TIME,
        previous: statement(0x65),
        key,
        change: DeviceChange::Certify,
    }
}

pub(super) fn genesis() -> Genesis {
    Genesis {
        holder: Holder::Letter(bundle(5)),
        reader: bundle(6),
        key_entry: entry(3),
        salt: bytes(0x78).into(),
        time: TIME,
    }
}

pub(super) fn grant() -> Grant {
    Grant { context: context(), policy: statement(0x62), grants: batch() }
}

pub(super) fn key() -> Key {
    let Context { actor, time, pin, .. } = context();
    Key {
        reader: ReaderId::from_bytes(bytes(0x20)),
        actor,
        time,
        pin,
        generation: 2,
        bundle: bundle(7),
        replaces: statement(0x66),
        key_entry: Some(KeyEntry { entry: entry(3), version: 2 }),
    }
}

pub(super) fn policy() -> Policy {
    let circle = |first, generation| CircleAt { circle: ReaderId::from_bytes(bytes(first)), generation };
    Policy {
        context: context(),
        number: 2,
        replaces: statement(0x62),
        classes: vec![
            PolicyClass { class: 0, circles: vec![circle(0x31, 1), circle(0x32, 2)] },
            PolicyClass { class: 300, circles: Vec::new() },
        ],
        standing: Standing::Nobody,
        depositors: vec![ActorId::from_bytes(bytes(0x11)), ActorId::from_bytes(bytes(0x12))],
        delegates: vec![ActorId::from_bytes(bytes(0x13))],
        blocked: Vec::new(),
    }
}

pub(super) fn read() -> Read {
    Read {
        context: context(),
        mode: ReadMode::Open,
        entries: vec![entry(1), entry(2)],
        via: Some(ReaderId::from_bytes(bytes(0x31))),
        reason: 3,
        challenge: bytes(0x79).into(),
    }
}

pub(super) fn receipt() -> Receipt {
    Receipt {
        vault: VaultId::from_bytes(bytes(0x20)),
        size: 70_000,
        root: bytes(0x7a).into(),
        tag: bytes(0x7b).into(),
        statement: statement(0x60),
        time: TIME,
        deadline: TIME + 3_600_000,
    }
}

pub(super) fn recovery() -> Recovery {
    let contact = |first| Contact { commitment: bytes(first).into() };
    Recovery {
        account: AccountId::from_bytes(bytes(0x10)),
        time: TIME,
        previous: statement(0x65),
        rule: RecoveryRule::Contacts(2, vec![contact(1), contact(2), contact(3)]),
        delay_hours: 72,
    }
}

pub(super) fn revoke() -> Revoke {
    let one = Revoked { reader: ReaderId::from_bytes(bytes(0x31)), entry: Some(entry(1)) };
    let all = Revoked { reader: ReaderId::from_bytes(bytes(0x32)), entry: None };
    Revoke { context: context(), revoked: vec![one, all] }
}

pub(super) fn root() -> NewRoot {
    NewRoot {
        account: AccountId::from_bytes(bytes(0x10)),
        time: TIME,
        previous: statement(0x65),
        identity: verifying_key(&SigningKey::from_bytes(&[6; 32])),
        root_version: 2,
    }
}

pub(super) fn session() -> Session {
    Session { actor: ActorId::from_bytes(bytes(0x10)), challenge: bytes(0x7c).into(), time: TIME }
}

pub(super) fn slot() -> Slot {
    Slot {
        account: AccountId::from_bytes(bytes(0x10)),
        time: TIME,
        previous: statement(0x65),
        slot: SlotId::from_bytes(bytes(0x14)),
        kind: SlotKind::Password,
        root_version: 1,
        change: SlotChange::Put(Digest::from_bytes(bytes(0x7d))),
    }
}

pub(super) fn withdraw() -> Withdraw {
    Withdraw { account: AccountId::from_bytes(bytes(0x10)), attestation: statement(0x67), time: TIME }
}

fn context() -> Context {
    Context {
        vault: VaultId::from_bytes(bytes(0x20)),
        actor: ActorId::from_bytes(bytes(0x10)),
        time: TIME,
        pin: Some(Pin { size: 7, root: bytes(0x21).into() }),
    }
}

#[allow(clippy::expect_used, reason = "two leaves are not too many")]
fn batch() -> GrantBatch {
    let first = grant_leaf();
    let second = GrantLeaf { version: 3, not_before: None, expires: None, ..first.clone() };
    GrantTree::over(&[first, second]).expect("two leaves").batch()
}

fn entry(number: u8) -> EntryId {
    EntryId::from_time_and_random(TIME, &[number; 10])
}

fn statement(first: u8) -> StatementHash {
    StatementHash::from_bytes(bytes(first))
}

/// 1 October 2025, 12:00 UTC.
const TIME: u64 = 1_759_320_000_000;

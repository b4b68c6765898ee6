//! The fields of statements and records, by name and class: what is counted, and what is shown as readable.
//!
//! The bytes themselves are parsed by the types of `carnet-wire`; this says what their fields are called and what they are.
//! `tests/tests/host_sees.rs` compares it with those types, so that a new field fails until it is described here.

use carnet_wire::statement::Kind;

use super::class::Class;
use Of::{Choice, List, Nested, One, Record, Statement};

/// What stands at a place.
#[derive(Debug)]
pub enum Of {
    /// One item: a number, bytes or text.
    One(Class),
    /// A record.
    Record(&'static Type),
    /// Any number of the same.
    List(&'static Of),
    /// `[n, [...]]`: the n-th of these, with what it carries.
    Choice(&'static [(&'static str, &'static [Of])]),
    /// CBOR within a byte string.
    Nested(&'static Of),
    /// A statement within a byte string.
    Statement,
}

/// A record: a map from numbers, or an array.
#[derive(Debug)]
pub struct Type {
    /// The file of `carnet-wire` that defines it.
    pub file: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// Its fields by their numbers. An array has one for each place.
    pub fields: &'static [(u64, &'static str, Of)],
}

macro_rules! types {
    ($($id:ident = $file:literal $name:ident { $($n:literal $field:ident: $of:expr),* $(,)? })*) => {
        $(static $id: Type = Type {
            file: $file,
            name: stringify!($name),
            fields: &[$(($n, stringify!($field), $of)),*],
        };)*
        /// All of them.
        pub static TYPES: &[&Type] = &[$(&$id),*];
    };
}

const ID: Of = One(Class::Ids);
const NUMBER: Of = One(Class::Numbers);
const KEY: Of = One(Class::PublicKeys);
const SEALED: Of = One(Class::Sealed);
const LAW: Of = One(Class::Law);
const SIGNATURE: Of = One(Class::Signatures);
const WORDS: Of = One(Class::Words);
static IDS: Of = ID;
static STATEMENT: Of = Statement;

types! {
    CONTEXT = "statement/context.rs" Context { 0 vault: ID, 1 actor: ID, 2 time: NUMBER, 3 pin: Record(&PIN) }
    PIN = "statement/context.rs" Pin { 0 size: NUMBER, 1 root: ID }
    BUNDLE = "bundle.rs" Bundle { 0 suite: NUMBER, 1 recipient: KEY, 2 signing: List(&Record(&OTHER_KEY)) }
    OTHER_KEY = "bundle.rs" OtherKey { 0 algorithm: NUMBER, 1 key: KEY }
    FIRST_BUNDLE = "bundle.rs" FirstBundle { 0 identity: KEY, 1 generation: Record(&BUNDLE) }
    KEY_ENTRY = "statement/vault.rs" KeyEntry { 0 entry: ID, 1 version: NUMBER }
    BATCH = "statement/entry.rs" GrantBatch { 0 root: ID, 1 count: NUMBER }
    ACCOUNT = "statement/account.rs" Account { 0 first: Record(&FIRST_BUNDLE), 1 time: NUMBER }
    DEVICE = "statement/account.rs" Device { 0 account: ID, 1 time: NUMBER, 2 previous: ID, 3 key: KEY, 4 change: NUMBER }
    SLOT = "statement/account.rs" Slot {
        0 account: ID, 1 time: NUMBER, 2 previous: ID, 3 slot: ID, 4 kind: NUMBER, 5 root_version: NUMBER,
        6 change: Choice(&[("Put", &[ID]), ("Removed", &[])]),
    }
    RECOVERY = "statement/account.rs" Recovery {
        0 account: ID, 1 time: NUMBER, 2 previous: ID,
        3 rule: Choice(&[("Nobody", &[]), ("Contacts", &[NUMBER, List(&Record(&CONTACT))]), ("Authority", &[ID])]),
        4 delay_hours: NUMBER,
    }
    CONTACT = "statement/account.rs" Contact { 0 commitment: ID }
    ROOT = "statement/account.rs" NewRoot { 0 account: ID, 1 time: NUMBER, 2 previous: ID, 3 identity: KEY, 4 root_version: NUMBER }
    KEYS = "statement/vault.rs" Key {
        0 reader: ID, 1 actor: ID, 2 time: NUMBER, 3 pin: Record(&PIN), 4 generation: NUMBER, 5 bundle: Record(&BUNDLE),
        6 replaces: ID, 7 key_entry: Record(&KEY_ENTRY),
    }
    GENESIS = "statement/vault.rs" Genesis {
        0 holder: Choice(&[("Account", &[ID]), ("Letter", &[Record(&BUNDLE)])]),
        1 reader: Record(&BUNDLE), 2 key_entry: ID, 3 salt: ID, 4 time: NUMBER,
    }
    POLICY = "statement/vault.rs" Policy {
        0 context: Record(&CONTEXT), 1 number: NUMBER, 2 replaces: ID, 3 classes: List(&Record(&POLICY_CLASS)), 4 standing: NUMBER,
        5 depositors: List(&IDS), 6 delegates: List(&IDS), 7 blocked: List(&IDS),
    }
    POLICY_CLASS = "statement/vault.rs" PolicyClass { 0 class: NUMBER, 1 circles: List(&Record(&CIRCLE_AT)) }
    CIRCLE_AT = "statement/vault.rs" CircleAt { 0 circle: ID, 1 generation: NUMBER }
    CIRCLE = "statement/vault.rs" Circle {
        0 context: Record(&CONTEXT), 1 circle: ID, 2 generation: NUMBER, 3 bundle: Record(&BUNDLE), 4 key_entry: Record(&KEY_ENTRY),
        5 replaces: ID,
    }
    ACTIVATE = "statement/vault.rs" Activate {
        0 context: Record(&CONTEXT), 1 account: ID, 2 bundle: Record(&BUNDLE), 3 key_entry: Record(&KEY_ENTRY), 4 factor: ID,
        5 grants: Record(&BATCH), 6 consent: SIGNATURE,
    }
    CLOSE = "statement/vault.rs" Close { 0 context: Record(&CONTEXT), 1 replaces: ID }
    DEPOSIT = "statement/entry.rs" Deposit {
        0 context: Record(&CONTEXT), 1 policy: ID, 2 items: List(&Record(&DEPOSIT_ITEM)), 3 grants: Record(&BATCH),
    }
    DEPOSIT_ITEM = "statement/entry.rs" DepositItem {
        0 entry: ID, 1 version: NUMBER, 2 predecessor: ID, 3 class: NUMBER, 4 payload: ID, 5 payload_len: NUMBER, 6 manifest: ID,
        7 commitment: ID, 8 inner: ID,
    }
    DESCRIBE = "statement/entry.rs" Describe {
        0 context: Record(&CONTEXT), 1 entry: ID, 2 version: NUMBER, 3 replaces: ID, 4 manifest: ID, 5 inner: ID,
    }
    GRANT = "statement/entry.rs" Grant { 0 context: Record(&CONTEXT), 1 policy: ID, 2 grants: Record(&BATCH) }
    REVOKE = "statement/entry.rs" Revoke { 0 context: Record(&CONTEXT), 1 revoked: List(&Record(&REVOKED)) }
    REVOKED = "statement/entry.rs" Revoked { 0 reader: ID, 1 entry: ID }
    READ = "statement/entry.rs" Read {
        0 context: Record(&CONTEXT), 1 mode: NUMBER, 2 entries: List(&IDS), 3 via: ID, 4 reason: NUMBER, 5 challenge: ID,
    }
    ACCEPT = "statement/entry.rs" Accept { 0 context: Record(&CONTEXT), 1 deposit: ID, 2 entries: List(&IDS) }
    DELETE = "statement/entry.rs" Delete { 0 context: Record(&CONTEXT), 1 entries: List(&IDS) }
    ATTEST = "statement/authority.rs" Attest {
        0 account: ID, 1 generation: NUMBER, 2 bundle: ID, 3 practitioner: Record(&PRACTITIONER), 4 time: NUMBER, 5 expires: NUMBER,
    }
    PRACTITIONER = "statement/authority.rs" Practitioner {
        0 rpps: LAW, 1 name: LAW, 2 profession: LAW, 3 speciality: LAW, 4 organisation: LAW, 5 town: LAW,
    }
    WITHDRAW = "statement/authority.rs" Withdraw { 0 account: ID, 1 attestation: ID, 2 time: NUMBER }
    BIND = "statement/authority.rs" Bind { 0 vault: ID, 1 pseudonym: ID, 2 time: NUMBER, 3 expires: NUMBER }
    SESSION = "statement/session.rs" Session { 0 actor: ID, 1 challenge: ID, 2 time: NUMBER }
    RECEIPT = "statement/receipt.rs" Receipt {
        0 vault: ID, 1 size: NUMBER, 2 root: ID, 3 tag: ID, 4 statement: ID, 5 time: NUMBER, 6 deadline: NUMBER,
    }
    LEAF = "grant_leaf.rs" GrantLeaf {
        0 entry: ID, 1 version: NUMBER, 2 reader: ID, 3 generation: NUMBER, 4 key_id: ID, 5 via: NUMBER, 6 rights: NUMBER,
        7 not_before: NUMBER, 8 expires: NUMBER, 9 header: ID, 10 blind: ID,
    }
    PATH = "grant_leaf.rs" GrantPath { 0 index: NUMBER, 1 proof: List(&IDS) }
    HEAD_RECORD = "rest/head.rs" Head {
        0 kind: NUMBER, 1 size: NUMBER, 2 peaks: List(&IDS), 3 salt: ID, 4 chain: NUMBER, 5 time: NUMBER, 6 bytes: NUMBER,
        7 versions: NUMBER, 8 waiting: NUMBER,
    }
    KEPT_RECORD = "rest/kept.rs" Kept { 0 hash: ID, 1 bytes: Statement, 2 receipt: Statement, 3 time: NUMBER }
    VERSION_RECORD = "rest/version.rs" VersionRecord {
        0 deposit: ID, 1 item: NUMBER, 2 actor: ID, 3 payload: ID, 4 payload_len: NUMBER, 5 nonce: ID, 6 manifest: SEALED,
    }
    DESCRIBE_RECORD = "rest/describe.rs" DescribeRecord { 0 describe: ID, 1 manifest: SEALED }
    GRANT_RECORD = "rest/grant.rs" GrantRecord {
        0 deposit: ID, 1 leaf: Nested(&Record(&LEAF)), 2 path: Nested(&Record(&PATH)), 3 header: SEALED,
    }
    STAGED_RECORD = "rest/staged.rs" Staged { 0 time: NUMBER, 1 keys: List(&IDS) }
    WAITING_RECORD = "rest/waiting.rs" Waiting { 0 actor: ID, 1 bytes: NUMBER }
    SESSION_RECORD = "rest/session.rs" Session {
        0 who: Choice(&[("Device", &[ID, ID]), ("Slot", &[ID]), ("Letter", &[ID, ID])]), 1 expires: NUMBER,
    }
    LOGIN_RECORD = "page.rs" LoginRecord { 0 account: ID, 1 key: KEY, 2 cost: Record(&LOGIN_COST) }
    LOGIN_COST = "page.rs" LoginCost { 0 memory_kib: NUMBER, 1 passes: NUMBER }
    ATTESTATION_RECORD = "rest/attestation.rs" Attestation {
        0 statement: ID, 1 number: NUMBER, 2 authority: ID, 3 expires: NUMBER, 4 generation: NUMBER, 5 withdrawn: ID,
    }
    LOG_STATE = "rest/log_state.rs" LogState { 0 size: NUMBER, 1 root: ID, 2 batch: NUMBER, 3 restored: NUMBER, 4 successor: WORDS }
    LOG_PAST = "rest/past.rs" Past { 0 origin: WORDS, 1 key: KEY, 2 last: One(Class::Words), 3 kept: NUMBER }
}

/// The body of a statement of a kind; none for the kind that a server never sees open.
#[must_use]
pub fn body(kind: Kind) -> Option<&'static Type> {
    Some(match kind {
        Kind::Account => &ACCOUNT,
        Kind::Device => &DEVICE,
        Kind::Slot => &SLOT,
        Kind::Recovery => &RECOVERY,
        Kind::Root => &ROOT,
        Kind::Key => &KEYS,
        Kind::Genesis => &GENESIS,
        Kind::Policy => &POLICY,
        Kind::Circle => &CIRCLE,
        Kind::Activate => &ACTIVATE,
        Kind::Close => &CLOSE,
        Kind::Deposit => &DEPOSIT,
        Kind::Describe => &DESCRIBE,
        Kind::Grant => &GRANT,
        Kind::Revoke => &REVOKE,
        Kind::Read => &READ,
        Kind::Accept => &ACCEPT,
        Kind::Delete => &DELETE,
        Kind::Attest => &ATTEST,
        Kind::Withdraw => &WITHDRAW,
        Kind::Bind => &BIND,
        Kind::Session => &SESSION,
        Kind::Receipt => &RECEIPT,
        _ => return None,
    })
}

/// The record types that stand in a store.
pub mod records {
    use super::Type;

    /// `Space::Head`.
    pub static HEAD: &Type = &super::HEAD_RECORD;
    /// `Space::Statement`.
    pub static KEPT: &Type = &super::KEPT_RECORD;
    /// `Space::Version`.
    pub static VERSION: &Type = &super::VERSION_RECORD;
    /// `Space::Describe`.
    pub static DESCRIBE: &Type = &super::DESCRIBE_RECORD;
    /// `Space::Grant`.
    pub static GRANT: &Type = &super::GRANT_RECORD;
    /// `Space::Stage`.
    pub static STAGED: &Type = &super::STAGED_RECORD;
    /// `Space::Waiting`.
    pub static WAITING: &Type = &super::WAITING_RECORD;
    /// `Space::Session`.
    pub static SESSION: &Type = &super::SESSION_RECORD;
    /// `Space::Login`.
    pub static LOGIN: &Type = &super::LOGIN_RECORD;
    /// `Space::Attestation`.
    pub static ATTESTATION: &Type = &super::ATTESTATION_RECORD;
    /// The state in `Space::Log`.
    pub static LOG_STATE: &Type = &super::LOG_STATE;
    /// A predecessor in `Space::Log`.
    pub static PAST: &Type = &super::LOG_PAST;
}

/// A statement, for lists of them.
pub static A_STATEMENT: &Of = &STATEMENT;

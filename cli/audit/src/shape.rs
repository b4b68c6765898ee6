//! The key and the value of each kind of record.

use carnet_rest::Space;

use super::class::Class;
use super::schema::Type;
pub(super) use super::schema::records;

/// A part of a key's suffix: its name, its length, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Its length in bytes.
    pub len: usize,
    /// What it is.
    pub class: Class,
}

/// What the value is.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// Nothing.
    Empty,
    /// One record in CBOR.
    Record(&'static Type),
    /// Exactly so many bytes.
    Bytes(&'static str, Class, usize),
    /// Any number of items of so many bytes.
    Items(&'static str, Class, usize),
    /// Sealed bytes of any length.
    Sealed(&'static str),
    /// An index (8 bytes) and the origin of a log.
    Place,
    /// A time (8 bytes) and an offer, in part 0, or a piece of a parcel.
    Mailbox,
    /// By the suffix, as the log's own rules say.
    Log,
    /// Not defined yet.
    Undefined,
}

/// A kind of record.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The space's name.
    pub name: &'static str,
    /// Whose it is.
    pub partition: &'static str,
    /// What orders its rows.
    pub suffix: &'static [Part],
    /// What it holds.
    pub value: Value,
}

const fn id(name: &'static str, len: usize) -> Part {
    Part { name, len, class: Class::Ids }
}

const fn number(name: &'static str) -> Part {
    Part { name, len: 8, class: Class::Numbers }
}

const LEVEL: Part = Part { name: "level", len: 1, class: Class::Numbers };
const STATEMENT: Part = id("statement", 32);
const ENTRY: Part = id("entry", 16);
const READER: Part = id("reader", 32);
const VERSION: Part = number("version");
const N: Part = number("number");
const PAYLOAD: Part = id("payload", 32);
const CHUNK: Part = number("chunk");
const VAULT: Part = id("vault", 32);
const CHALLENGE_OF_A_READ: Part = id("challenge of a read", 32);
const SLOT: Part = id("slot", 16);
const PART: Part = number("part");
const ACTOR: Part = id("actor", 32);

/// The shape of a space.
#[must_use]
pub fn shape(space: Space) -> Shape {
    use Value::{Bytes, Empty, Items, Record, Sealed};
    let history = "vault or account";
    let (name, partition, suffix, value): (_, _, &'static [Part], _) = match space {
        Space::Head => ("Head", history, &[], Record(records::HEAD)),
        Space::Statement => ("Statement", history, &[N], Record(records::KEPT)),
        Space::Number => ("Number", history, &[STATEMENT], Bytes("number", Class::Numbers, 8)),
        Space::Node => ("Node", history, &[LEVEL, N], Bytes("hash", Class::Ids, 32)),
        Space::Queue => ("Queue", history, &[N], Bytes("log leaf", Class::Ids, 64)),
        Space::Place => ("Place", history, &[N], Value::Place),
        Space::Chain => ("Chain", history, &[N], Empty),
        Space::Version => ("Version", "vault", &[ENTRY, VERSION], Record(records::VERSION)),
        Space::Describe => ("Describe", "vault", &[ENTRY, VERSION], Record(records::DESCRIBE)),
        Space::Grant => ("Grant", "vault", &[READER, ENTRY, VERSION, STATEMENT], Record(records::GRANT)),
        Space::Revoked => ("Revoked", "vault", &[READER, ENTRY], Items("statements", Class::Ids, 32)),
        Space::Deleted => ("Deleted", "vault", &[ENTRY], Items("statements", Class::Ids, 32)),
        Space::Payload => {
            ("Payload", "vault", &[PAYLOAD, ENTRY, VERSION, STATEMENT], Bytes("length", Class::Numbers, 8))
        }
        Space::Stage => ("Stage", history, &[STATEMENT, CHUNK], Record(records::STAGED)),
        Space::Waiting => ("Waiting", "vault", &[STATEMENT], Record(records::WAITING)),
        Space::Inbox => ("Inbox", "account or letter", &[VAULT], Empty),
        Space::Session => ("Session", "SHA-256 of the token", &[], Record(records::SESSION)),
        Space::Challenge => (
            "Challenge",
            "challenge, or the vault read",
            &[CHALLENGE_OF_A_READ],
            Bytes("time", Class::Numbers, 8),
        ),
        Space::Slot => ("Slot", "account", &[SLOT], Sealed("slot")),
        Space::Keyring => ("Keyring", "account", &[PART], Sealed("keyring")),
        Space::Login => ("Login", "login name", &[], Record(records::LOGIN)),
        Space::Pairing => ("Pairing", "mailbox", &[PART], Value::Mailbox),
        Space::Attestation => ("Attestation", "account", &[N], Record(records::ATTESTATION)),
        Space::Directory => ("Directory", "zeros", DIRECTORY, Empty),
        Space::Log => ("Log", "SHA-256 of the origin", LOG, Value::Log),
        Space::Tile => ("Tile", "SHA-256 of the origin", &[LEVEL, N], Items("hashes", Class::Ids, 32)),
        Space::Bundle => ("Bundle", "SHA-256 of the origin", &[N], Items("log leaves", Class::Ids, 66)),
        Space::Operation => ("Operation", "zeros", &[], Value::Undefined),
        Space::Met => ("Met", "vault", &[ACTOR], Bytes("statement", Class::Ids, 32)),
    };
    Shape { name, partition, suffix, value }
}

/// The field (1 byte), a folded word of any length, a zero, the account.
pub const DIRECTORY: &[Part] = &[
    Part { name: "field", len: 1, class: Class::Numbers },
    Part { name: "word", len: 0, class: Class::Law },
    id("account", 32),
];

/// The word that says which row of the log it is.
pub const LOG: &[Part] = &[Part { name: "row", len: 0, class: Class::Words }];

/// One line for each key and each value: what `docs/host-sees.txt` lists of a store.
#[must_use]
pub fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for space in Space::ALL {
        let Shape { name, partition, suffix, value } = shape(space);
        lines.push(format!("{name} | key: {partition}"));
        lines.extend(suffix.iter().map(|part| match part.len {
            0 => format!("{name} | key: {}", part.name),
            len => format!("{name} | key: {}, {len} bytes", part.name),
        }));
        lines.extend(
            match value {
                Value::Empty | Value::Undefined => vec!["value: nothing".to_owned()],
                Value::Record(of) => vec![format!("value: {}, see {}", of.name, of.file)],
                Value::Bytes(name, _, len) => vec![format!("value: {name}, {len} bytes")],
                Value::Items(name, _, len) => vec![format!("value: {name}, {len} bytes each")],
                Value::Sealed(name) => vec![format!("value: {name}, sealed")],
                Value::Place => vec!["value: index in the log, 8 bytes".into(), "value: origin".into()],
                Value::Mailbox => ["value: time, 8 bytes", "value: offer", "value: parcel, sealed"]
                    .map(String::from)
                    .to_vec(),
                Value::Log => [
                    "value: LogState, see rest/log_state.rs",
                    "value: checkpoint",
                    "value: last batch, see rest/batch.rs",
                    "value: Past, see rest/past.rs",
                ]
                .map(String::from)
                .to_vec(),
            }
            .into_iter()
            .map(|value| format!("{name} | {value}")),
        );
    }
    lines.extend(FILES.iter().map(|file| format!("files | {file}")));
    lines
}

/// What stands in a server's folder besides records.
const FILES: &[&str] = &[
    "keys/: the log's seed and the key of challenges",
    "packs/: places.redb, of each freed place until its bytes are gone: pack, block, length, time",
    "packs/: places.redb, of each packed payload: vault, payload, pack, block, length, time",
    "packs/: payloads, sealed, one after the other",
    "payloads/: payloads, sealed",
    "payloads/: .tree, hashes of a payload",
    "payloads/: .damaged, a payload set aside, sealed",
    "uploads/: .part, sealed bytes on their way",
    "uploads/: .tree, hashes on their way",
    "records/: the engine's pages, free space and old rows among them",
];

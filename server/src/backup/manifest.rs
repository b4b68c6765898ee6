//! What stands in the file `MANIFEST` of a backup: lines for people, and a digest over them.
//!
//! ```text
//! carnet backup 1
//! origin carnet.example/log
//! time 1763800000000                        milliseconds since 1970
//! records 1234 567890 <BLAKE3>              number, bytes of the file, digest of the stream
//! payloads 12 3456789 <BLAKE3>              number, bytes, digest over vault, root and length of each, in their order
//! missing 0                                 payloads that statements name and that were not there or not whole
//! checkpoint 99 <BLAKE3>                    number of leaves, digest of the file; `none` where there is no log yet
//! keys no                                   whether the secrets are in the backup
//! blake3 <BLAKE3>                           of all the lines before
//! ```

use std::fmt;
use std::str::FromStr;

use carnet_wire::origin::Origin;

use super::stream::Summary;

const FIRST: &str = "carnet backup 1";

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The log's name in the configuration with which it was made.
    pub origin: Origin,
    /// When it was made, in milliseconds since 1970.
    pub time: u64,
    /// The records.
    pub records: Summary,
    /// The payloads.
    pub payloads: Sum,
    /// Payloads that statements name and that were not there, or not whole.
    pub missing: u64,
    /// The log's checkpoint: number of leaves, BLAKE3 of the note.
    pub checkpoint: Option<(u64, [u8; 32])>,
    /// Whether the secrets are in it.
    pub keys: bool,
}

/// A sum over payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// BLAKE3 over vault (32 bytes), root (32 bytes) and length (8 bytes, big-endian) of each.
    pub digest: [u8; 32],
}

/// A `MANIFEST` that is none, or not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the manifest is damaged, or of another version")]
pub struct NotAManifest;

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        writeln!(f, "{lines}blake3 {}", blake3::hash(lines.as_bytes()).to_hex())
    }
}

impl Manifest {
    fn lines(&self) -> String {
        let Self { origin, time, records, payloads, missing, checkpoint, keys } = self;
        let checkpoint = match checkpoint {
            Some((size, digest)) => format!("{size} {}", hex(digest)),
            None => "none".to_owned(),
        };
        format!(
            "{FIRST}\norigin {origin}\ntime {time}\nrecords {} {} {}\npayloads {} {} {}\nmissing {missing}\n\
             checkpoint {checkpoint}\nkeys {}\n",
            records.rows,
            records.bytes,
            hex(&records.digest),
            payloads.count,
            payloads.bytes,
            hex(&payloads.digest),
            if *keys { "yes" } else { "no" },
        )
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != FIRST {
            return None;
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned);
        let origin = Origin::parse(&field("origin")?).ok()?;
        let time = field("time")?.parse().ok()?;
        let (rows, bytes, digest) = three(&field("records")?)?;
        let records = Summary { rows, bytes, digest };
        let (count, bytes, digest) = three(&field("payloads")?)?;
        let payloads = Sum { count, bytes, digest };
        let missing = field("missing")?.parse().ok()?;
        let checkpoint = field("checkpoint")?;
        let checkpoint = match checkpoint.split_once(' ') {
            Some((size, digest)) => Some((size.parse().ok()?, crate::hex::decode(digest)?)),
            None => None,
        };
        let keys = field("keys")? == "yes";
        Some(Self { origin, time, records, payloads, missing, checkpoint, keys })
    }
}

impl FromStr for Manifest {
    type Err = NotAManifest;

    fn from_str(text: &str) -> Result<Self, NotAManifest> {
        let read = Self::read(text).ok_or(NotAManifest)?;
        // Written again it is the same: this covers its digest, and every way of writing it otherwise.
        if read.to_string() == text { Ok(read) } else { Err(NotAManifest) }
    }
}

fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}

fn three(text: &str) -> Option<(u64, u64, [u8; 32])> {
    let mut parts = text.split(' ');
    let numbers = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((numbers.0, numbers.1, crate::hex::decode(parts.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_is_read_back_and_no_changed_byte_of_it_is_believed() {
        for checkpoint in [None, Some((99, [3; 32]))] {
            let manifest = Manifest {
                origin: Origin::parse("carnet.example/log").unwrap(),
                time: 1_763_800_000_000,
                records: Summary { rows: 5, bytes: 600, digest: [1; 32] },
                payloads: Sum { count: 2, bytes: 70, digest: [2; 32] },
                missing: 0,
                checkpoint,
                keys: false,
            };
            let text = manifest.to_string();
            assert_eq!(text.parse(), Ok(manifest));
            for at in 0..text.len() {
                let mut changed = text.clone().into_bytes();
                changed[at] ^= 1;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(changed.parse::<Manifest>(), Err(NotAManifest), "byte {at}");
            }
        }
    }
}

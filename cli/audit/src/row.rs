//! One record: its key and value, counted and checked by themselves.

use carnet_rest::{self as rest, Key, Space, batch, checksum};
use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::checkpoint::SignedCheckpoint;
use carnet_wire::origin::Origin;
use minicbor::{Decode, Encode};

use super::class::Class;
use super::shape::{self, Shape, Value, shape};
use super::tally::Tally;
use super::walk::{self, Unfit};

/// Counts a record of a key and a value whose checksum has been verified.
///
/// # Errors
/// [`Unfit`]: nothing of the tally counts then.
pub(super) fn count(tally: &mut Tally, key: &Key, value: &[u8]) -> Result<(), Unfit> {
    let of = shape(key.space);
    tally.add(Class::Format, 1);
    let zeros = of.partition == "zeros";
    tally.field((of.name, of.partition), if zeros { Class::Format } else { Class::Ids }, 32);
    if zeros && key.partition != [0; 32] {
        return Err("key-other-partition");
    }
    suffix(tally, &of, key)?;
    tally.add(Class::Checksums, checksum::LEN);
    self::value(tally, &of, key, value)
}

fn suffix(tally: &mut Tally, of: &Shape, key: &Key) -> Result<(), Unfit> {
    let suffix = key.suffix.as_slice();
    match key.space {
        Space::Directory => {
            let (field, rest) = suffix.split_first().ok_or("key-other-length")?;
            let (rest, account) = rest.split_last_chunk::<32>().ok_or("key-other-length")?;
            let (zero, word) = rest.split_last().ok_or("key-other-length")?;
            if *zero != 0 || !(1..=5).contains(field) || std::str::from_utf8(word).is_err() {
                return Err("key-other-shape");
            }
            tally.add(Class::Format, 1);
            let lens = [1, word.len(), account.len()];
            for (part, len) in shape::DIRECTORY.iter().zip(lens) {
                tally.field((of.name, part.name), part.class, len);
            }
            Ok(())
        }
        Space::Log => match log_row(suffix) {
            Some(_) => {
                tally.field((of.name, "row"), Class::Words, suffix.len());
                Ok(())
            }
            None => Err("key-other-shape"),
        },
        // A login's challenge stands alone, a read's in its vault.
        Space::Challenge if suffix.is_empty() => Ok(()),
        _ => {
            if suffix.len() != of.suffix.iter().map(|part| part.len).sum::<usize>() {
                return Err("key-other-length");
            }
            of.suffix.iter().for_each(|part| tally.field((of.name, part.name), part.class, part.len));
            Ok(())
        }
    }
}

fn value(tally: &mut Tally, of: &Shape, key: &Key, value: &[u8]) -> Result<(), Unfit> {
    const LENGTH: Unfit = "value-other-length";
    match of.value {
        Value::Empty if value.is_empty() => Ok(()),
        Value::Empty => Err(LENGTH),
        Value::Undefined => Err("record-undefined"),
        Value::Record(record) => {
            strict(key.space, value)?;
            walk::record(tally, value, record)
        }
        Value::Bytes(name, class, len) => {
            tally.field((of.name, name), class, value.len());
            if value.len() == len { Ok(()) } else { Err(LENGTH) }
        }
        Value::Items(name, class, len) => {
            tally.field((of.name, name), class, value.len());
            if !value.is_empty() && value.len().is_multiple_of(len) { Ok(()) } else { Err(LENGTH) }
        }
        Value::Sealed(name) => {
            tally.field((of.name, name), Class::Sealed, value.len());
            // Sealed blobs have a nonce and a tag; a slot of a passphrase is a whole age file.
            if value.len() >= 48 || key.space == Space::Keyring { Ok(()) } else { Err(LENGTH) }
        }
        Value::Place => {
            let (index, origin) = value.split_at_checked(8).ok_or(LENGTH)?;
            tally.field((of.name, "index"), Class::Numbers, index.len());
            tally.field((of.name, "origin"), Class::Words, origin.len());
            std::str::from_utf8(origin)
                .ok()
                .and_then(|text| Origin::parse(text).ok())
                .map(|_| ())
                .ok_or("place-origin")
        }
        Value::Mailbox => {
            let (time, rest) = value.split_at_checked(8).ok_or(LENGTH)?;
            tally.field((of.name, "time"), Class::Numbers, time.len());
            let offer = key.suffix == [0; 8];
            let (name, class) = if offer { ("offer", Class::PublicKeys) } else { ("parcel", Class::Sealed) };
            tally.field((of.name, name), class, rest.len());
            Ok(())
        }
        Value::Log => log(tally, of, key, value),
    }
}

/// Rows of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogRow {
    /// Its state.
    State,
    /// Its checkpoint.
    Checkpoint,
    /// Part of its last batch.
    Batch,
    /// A predecessor.
    Past,
}

/// Which row of a log a suffix names.
#[must_use]
pub(super) fn log_row(suffix: &[u8]) -> Option<LogRow> {
    match suffix {
        b"state" => Some(LogRow::State),
        b"checkpoint" => Some(LogRow::Checkpoint),
        [b'b', b'a', b't', b'c', b'h', _] => Some(LogRow::Batch),
        [b'l', b'i', b'n', b'e', _] => Some(LogRow::Past),
        _ => None,
    }
}

fn log(tally: &mut Tally, of: &Shape, key: &Key, value: &[u8]) -> Result<(), Unfit> {
    match log_row(&key.suffix).ok_or("key-other-shape")? {
        LogRow::State => {
            decode::<rest::LogState>(value)?;
            walk::record(tally, value, shape::records::LOG_STATE)
        }
        LogRow::Past => {
            let past = decode::<rest::Past>(value)?;
            SignedCheckpoint::parse(&past.last).map_err(|error| error.code())?;
            walk::record(tally, value, shape::records::PAST)
        }
        LogRow::Checkpoint => {
            tally.field((of.name, "checkpoint"), Class::Words, value.len());
            SignedCheckpoint::parse(value).map(|_| ()).map_err(|error| error.code())
        }
        LogRow::Batch => {
            let (_, leaves) = batch::decode(value).ok_or("batch-malformed")?;
            tally.field((of.name, "first index"), Class::Numbers, 8);
            for _ in leaves {
                tally.field((of.name, "history"), Class::Ids, 32);
                tally.field((of.name, "number"), Class::Numbers, 8);
            }
            Ok(())
        }
    }
}

/// Whether a value is exactly one record of its space, in its only encoding.
fn strict(space: Space, value: &[u8]) -> Result<(), Unfit> {
    match space {
        Space::Head => decode::<rest::Head>(value).map(|_| ()),
        Space::Statement => decode::<rest::Kept>(value).map(|_| ()),
        Space::Version => decode::<rest::VersionRecord>(value).map(|_| ()),
        Space::Describe => decode::<rest::DescribeRecord>(value).map(|_| ()),
        Space::Grant => decode::<rest::GrantRecord>(value).map(|_| ()),
        Space::Stage => decode::<rest::Staged>(value).map(|_| ()),
        Space::Waiting => decode::<rest::Waiting>(value).map(|_| ()),
        Space::Session => decode::<rest::Session>(value).map(|_| ()),
        Space::Login => decode::<carnet_wire::page::LoginRecord>(value).map(|_| ()),
        Space::Attestation => decode::<rest::Attestation>(value).map(|_| ()),
        _ => Err("record-undefined"),
    }
}

/// Reads one record.
///
/// # Errors
/// [`Unfit`].
pub(super) fn decode<T: for<'b> Decode<'b, ()> + Encode<()>>(value: &[u8]) -> Result<T, Unfit> {
    cbor::decode(value, usize::MAX).map_err(|error| error.code())
}

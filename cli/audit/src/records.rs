//! All records: counted one by one, and compared with those that they name.

use std::collections::BTreeMap;

use carnet_rest::{self as rest, Key, Space, checksum};
use carnet_wire::grant_leaf::{GrantLeaf, GrantPath};
use carnet_wire::id::{Digest, PayloadRoot, StatementHash, VaultId};
use carnet_wire::statement::{self, Deposit, DepositItem, Describe, GrantBatch, Kind, SlotChange, Statement};
use carnet_wire::{StableCode as _, cbor};

use super::class::Class;
use super::packs::Packs;
use super::row::{self, decode, log_row};
use super::search::{Hit, Search};
use super::source::Source;
use super::tally::Tally;
use super::walk::{self, Unfit};
use super::{history, log};
use crate::error::AuditError;

/// Batches of grants that are remembered: one statement's grants lie far apart.
const REMEMBERED: usize = 4096;

/// What the walk over all records has found.
pub(super) struct Records<'a> {
    source: &'a dyn Source,
    packs: &'a Packs,
    search: &'a Search,
    /// What was counted.
    pub(super) tally: Tally,
    /// Canaries in records put together: an engine may keep one in pieces.
    pub(super) hits: Vec<Hit>,
    /// Bytes of keys and values.
    pub(super) stored: u64,
    /// Records of each space.
    pub(super) spaces: BTreeMap<Space, u64>,
    batches: BTreeMap<([u8; 32], StatementHash), GrantBatch>,
}

/// Walks all records.
///
/// # Errors
/// [`AuditError`] where they cannot be read.
pub(super) fn walk<'a>(
    source: &'a dyn Source,
    packs: &'a Packs,
    search: &'a Search,
) -> Result<Records<'a>, AuditError> {
    let mut records = Records {
        source,
        packs,
        search,
        tally: Tally::default(),
        hits: Vec::new(),
        stored: 0,
        spaces: BTreeMap::new(),
        batches: BTreeMap::new(),
    };
    source.each(&[], &mut |key, framed| records.pair(key, framed))?;
    Ok(records)
}

/// How a record is called in a finding.
#[must_use]
pub(super) fn place(key: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match Key::from_bytes(key) {
        Some(key) => format!("record {:?} {} {}", key.space, hex(&key.partition), hex(&key.suffix)),
        None => format!("record {}", hex(key)),
    }
}

impl Records<'_> {
    fn pair(&mut self, key: &[u8], framed: &[u8]) -> Result<(), AuditError> {
        let len = key.len() + framed.len();
        self.stored += len as u64;
        if !self.search.is_empty() {
            self.seek(key, framed);
        }
        let parsed = Key::from_bytes(key);
        let value = checksum::open(key, framed.to_vec());
        let (Some(parsed), Some(value)) = (&parsed, value) else {
            self.tally
                .find(place(key), if parsed.is_none() { "record-unknown-space" } else { "record-damaged" });
            self.tally.add(Class::Unknown, len);
            return Ok(());
        };
        *self.spaces.entry(parsed.space).or_default() += 1;
        let mut own = Tally::default();
        let mut counted = row::count(&mut own, parsed, &value);
        if counted.is_ok() && own.total() != len as u64 {
            counted = Err("record-not-all-counted");
        }
        match counted {
            Ok(()) => self.tally.merge(own),
            Err(code) => {
                self.tally.find(place(key), code);
                self.tally.add(Class::Unknown, len);
                return Ok(());
            }
        }
        if let Err(code) = self.check(parsed, &value)? {
            self.tally.find(place(key), code);
        }
        Ok(())
    }

    fn seek(&mut self, key: &[u8], framed: &[u8]) {
        let bytes = [key, framed].concat();
        let mut stream = self.search.stream();
        stream.push(&bytes);
        let from = |at: u64| Ok(usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default());
        self.hits.extend(self.search.finish(stream.end(), &|| place(key), from).unwrap_or_default());
    }

    /// Compares a record with those that it names.
    fn check(&mut self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        match key.space {
            Space::Head => {
                let Ok(head) = decode(value) else { return Ok(Ok(())) };
                history::check(self.source, key.partition, &head)
            }
            Space::Statement => self.statement(key, value),
            Space::Number => self.number(key, value),
            Space::Node => self.node(key),
            Space::Version => self.version(key, value),
            Space::Describe => self.describe(key, value),
            Space::Grant => self.grant(key, value),
            Space::Payload => self.payload(key, value),
            Space::Slot => self.slot(key, value),
            Space::Chain | Space::Queue | Space::Place => self.of_history(key),
            Space::Stage => Ok(staged(value)),
            Space::Log if log_row(&key.suffix) == Some(row::LogRow::State) => {
                log::check(self.source, key.partition, value)
            }
            Space::Tile | Space::Bundle => log::check_width(self.source, key, value),
            _ => Ok(Ok(())),
        }
    }

    fn kept(&self, history: [u8; 32], number: u64) -> Result<Option<rest::Kept>, AuditError> {
        let key = Key::new(Space::Statement, history, number.to_be_bytes());
        Ok(self.source.get(&key)?.and_then(|value| decode(&value).ok()))
    }

    /// The number of a statement, where it counts.
    fn number_of(&self, history: [u8; 32], hash: &StatementHash) -> Result<Option<u64>, AuditError> {
        let number = self.source.get(&Key::new(Space::Number, history, *hash.as_bytes()))?;
        Ok(number.and_then(|number| number.try_into().ok()).map(u64::from_be_bytes))
    }

    /// A statement that counts; none where it does not, or has been erased.
    fn bytes_of(&self, history: [u8; 32], hash: &StatementHash) -> Result<Option<Vec<u8>>, AuditError> {
        let Some(number) = self.number_of(history, hash)? else { return Ok(None) };
        Ok(self.kept(history, number)?.and_then(|kept| kept.bytes).map(|bytes| bytes.to_vec()))
    }

    /// Whether a row of a statement that does not count yet belongs to a stage.
    fn is_staged(&self, history: [u8; 32], hash: &StatementHash) -> Result<bool, AuditError> {
        let mut any = false;
        let prefix = Key::new(Space::Stage, history, *hash.as_bytes()).to_bytes();
        self.source.each(&prefix, &mut |_, _| {
            any = true;
            Ok(())
        })?;
        Ok(any)
    }

    fn statement(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let Ok(kept) = decode::<rest::Kept>(value) else { return Ok(Ok(())) };
        if kept.bytes.as_ref().is_some_and(|bytes| statement::hash(bytes) != kept.hash) {
            return Ok(Err("statement-other-hash"));
        }
        let number = self.number_of(key.partition, &kept.hash)?;
        Ok(if number == number_in(key) { Ok(()) } else { Err("statement-other-number") })
    }

    fn number(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let number = value.try_into().map(u64::from_be_bytes).unwrap_or_default();
        let kept = self.kept(key.partition, number)?;
        let same = kept.is_some_and(|kept| kept.hash.as_bytes().as_slice() == key.suffix);
        Ok(if same { Ok(()) } else { Err("number-without-statement") })
    }

    fn node(&self, key: &Key) -> Result<Result<(), Unfit>, AuditError> {
        let size = self.head(key.partition)?.map_or(0, |head| head.size);
        let Some((level, index)) = key.suffix.split_first() else { return Ok(Err("key-other-length")) };
        let index = index.try_into().map(u64::from_be_bytes).unwrap_or(u64::MAX);
        let complete =
            index.checked_add(1).is_some_and(|end| end <= size.checked_shr(u32::from(*level)).unwrap_or(0));
        Ok(if complete { Ok(()) } else { Err("node-beyond-history") })
    }

    fn of_history(&self, key: &Key) -> Result<Result<(), Unfit>, AuditError> {
        let size = self.head(key.partition)?.map_or(0, |head| head.size);
        let within = number_in(key).is_some_and(|number| (1..=size).contains(&number));
        Ok(if within { Ok(()) } else { Err("row-beyond-history") })
    }

    fn head(&self, history: [u8; 32]) -> Result<Option<rest::Head>, AuditError> {
        let head = self.source.get(&Key::new(Space::Head, history, []))?;
        Ok(head.and_then(|head| decode(&head).ok()))
    }

    fn version(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let Ok(record) = decode::<rest::VersionRecord>(value) else { return Ok(Ok(())) };
        if !is_manifest(&record.manifest) {
            return Ok(Err("manifest-size"));
        }
        let nonce = match self.source.carried(&VaultId::from_bytes(key.partition), &record.payload) {
            Some(carried) => Some(carried),
            None => self.packs.nonce(key.partition, record.payload.as_bytes())?,
        };
        let Some(bytes) = self.bytes_of(key.partition, &record.deposit)? else {
            return self.uncounted(key, &record.deposit, "version-without-deposit");
        };
        let Ok(deposit) = Statement::<Deposit>::parse(&bytes) else {
            return Ok(Err("version-without-deposit"));
        };
        let item = usize::try_from(record.item).ok().and_then(|item| deposit.claimed().items.get(item));
        let stands = |item: &DepositItem| {
            item.payload == record.payload
                && item.payload_len == record.payload_len
                && key.suffix == [item.entry.as_bytes().as_slice(), &item.version.to_be_bytes()].concat()
                && deposit.claimed().context.actor == record.actor
        };
        Ok(match item {
            Some(item) if stands(item) => {
                if item.manifest != digest(&record.manifest) {
                    Err("manifest-digest")
                } else if nonce.is_none() {
                    Err("payload-missing")
                } else if nonce != Some(*record.nonce) {
                    Err("payload-nonce")
                } else {
                    Ok(())
                }
            }
            _ => Err("version-other-than-deposit"),
        })
    }

    /// A row of a statement that does not count: of a stage, or erased with its entry, or of nothing.
    fn uncounted(
        &self,
        key: &Key,
        hash: &StatementHash,
        code: Unfit,
    ) -> Result<Result<(), Unfit>, AuditError> {
        if self.number_of(key.partition, hash)?.is_some() || self.is_staged(key.partition, hash)? {
            return Ok(Ok(()));
        }
        Ok(Err(code))
    }

    fn describe(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let Ok(record) = decode::<rest::DescribeRecord>(value) else { return Ok(Ok(())) };
        let Some(bytes) = self.bytes_of(key.partition, &record.describe)? else {
            return self.uncounted(key, &record.describe, "describe-without-statement");
        };
        let Ok(statement) = Statement::<Describe>::parse(&bytes) else {
            return Ok(Err("describe-without-statement"));
        };
        Ok(if !is_manifest(&record.manifest) {
            Err("manifest-size")
        } else if statement.claimed().manifest == digest(&record.manifest) {
            Ok(())
        } else {
            Err("manifest-digest")
        })
    }

    fn grant(&mut self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let Ok(record) = decode::<rest::GrantRecord>(value) else { return Ok(Ok(())) };
        let Ok(leaf) = GrantLeaf::parse(&record.leaf) else { return Ok(Err("leaf-malformed")) };
        let Ok(path) = cbor::decode::<GrantPath>(&record.path, 1024) else {
            return Ok(Err("path-malformed"));
        };
        match walk::header(&record.header) {
            Ok(header) if header.digest() == leaf.header => {}
            Ok(_) => return Ok(Err("header-other-digest")),
            Err(code) => return Ok(Err(code)),
        }
        let Some((place, hash)) = key.suffix.split_last_chunk::<32>() else {
            return Ok(Err("key-other-length"));
        };
        let said =
            [leaf.reader.as_bytes().as_slice(), leaf.entry.as_bytes(), &leaf.version.to_be_bytes()].concat();
        if place != said {
            return Ok(Err("leaf-other-place"));
        }
        let hash = StatementHash::from_bytes(*hash);
        let Some(batch) = self.batch(key.partition, &hash)? else {
            return self.uncounted(key, &hash, "grant-without-statement");
        };
        Ok(path.verify(&leaf, &batch).map_err(|error| error.code()))
    }

    /// The grants that a statement commits to.
    fn batch(&mut self, history: [u8; 32], hash: &StatementHash) -> Result<Option<GrantBatch>, AuditError> {
        if let Some(batch) = self.batches.get(&(history, *hash)) {
            return Ok(Some(*batch));
        }
        let Some(bytes) = self.bytes_of(history, hash)? else { return Ok(None) };
        let batch = match statement::kind_of(&bytes) {
            Ok(Kind::Deposit) => Statement::<Deposit>::parse(&bytes).ok().map(|of| of.claimed().grants),
            Ok(Kind::Grant) => {
                Statement::<statement::Grant>::parse(&bytes).ok().map(|of| of.claimed().grants)
            }
            Ok(Kind::Activate) => {
                Statement::<statement::Activate>::parse(&bytes).ok().map(|of| of.claimed().grants)
            }
            _ => None,
        };
        if let Some(batch) = &batch {
            if self.batches.len() >= REMEMBERED {
                self.batches.clear();
            }
            self.batches.insert((history, *hash), *batch);
        }
        Ok(batch)
    }

    /// The payload that a version uses must be there, as long as it says, and so must the version.
    fn payload(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let (Some((root, rest)), Some((_, hash))) =
            (key.suffix.split_first_chunk::<32>(), key.suffix.split_last_chunk::<32>())
        else {
            return Ok(Err("key-other-length"));
        };
        let len = value.try_into().map(u64::from_be_bytes).unwrap_or_default();
        let counts = self.number_of(key.partition, &StatementHash::from_bytes(*hash))?.is_some();
        let (vault, name) = (VaultId::from_bytes(key.partition), PayloadRoot::from_bytes(*root));
        match self.packs.len(key.partition, root)? {
            Some(found) if found == len => {}
            // What a statement that never came wanted, or what the next start puts back.
            _ if !counts || self.source.carried(&vault, &name).is_some() => {}
            Some(_) => return Ok(Err("payload-other-length")),
            None => return Ok(Err("payload-missing")),
        }
        let place = rest.get(..24).unwrap_or_default();
        let version = self.source.get(&Key::new(Space::Version, key.partition, place))?;
        Ok(if counts && version.is_none() { Err("payload-without-version") } else { Ok(()) })
    }

    /// A slot must be one that its account's line says it holds.
    fn slot(&self, key: &Key, value: &[u8]) -> Result<Result<(), Unfit>, AuditError> {
        let mut stated = false;
        let prefix = Key::new(Space::Statement, key.partition, []).to_bytes();
        self.source.each(&prefix, &mut |row, framed| {
            let kept =
                checksum::open(row, framed.to_vec()).and_then(|value| decode::<rest::Kept>(&value).ok());
            let slot = kept.and_then(|kept| Statement::<statement::Slot>::parse(&kept.bytes?).ok());
            stated |= slot.is_some_and(|slot| {
                let body = slot.claimed();
                body.slot.as_bytes().as_slice() == key.suffix && body.change == SlotChange::Put(digest(value))
            });
            Ok(())
        })?;
        Ok(if stated { Ok(()) } else { Err("slot-not-stated") })
    }
}

/// A sealed manifest is of 4, 8, 16, 32 or 64 KiB, with nonce and tag.
fn is_manifest(sealed: &[u8]) -> bool {
    [4, 8, 16, 32, 64].iter().any(|kib| sealed.len() == kib * 1024 + 48)
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(*blake3::hash(bytes).as_bytes())
}

fn number_in(key: &Key) -> Option<u64> {
    key.suffix.as_slice().try_into().ok().map(u64::from_be_bytes)
}

fn staged(value: &[u8]) -> Result<(), Unfit> {
    let Ok(staged) = decode::<rest::Staged>(value) else { return Ok(()) };
    let known = staged.keys.iter().all(|key| Key::from_bytes(key).is_some());
    if known { Ok(()) } else { Err("stage-unknown-key") }
}

//! The log, computed anew from its bundles: tiles, state, checkpoint.

use carnet_rest::{Key, LogState, Space, batch, checksum};
use carnet_wire::checkpoint::Checkpoint;
use carnet_wire::id::StatementHash;
use carnet_wire::log_leaf::LogLeaf;
use carnet_wire::note::Note;
use carnet_wire::statement;
use carnet_wire::tree::{Frontier, LeafHash};

use super::row::decode;
use super::source::Source;
use super::walk::Unfit;
use crate::error::AuditError;

/// Bytes of an entry: its length, `0x0040`, and a leaf.
const ENTRY: usize = 66;
/// Hashes of a full tile, entries of a full bundle.
const WIDTH: u64 = 256;

/// Computes a log anew.
///
/// # Errors
/// [`AuditError`] where records cannot be read; the inner one is a finding.
pub(super) fn check(
    source: &dyn Source,
    partition: [u8; 32],
    state: &[u8],
) -> Result<Result<(), Unfit>, AuditError> {
    let Ok(state) = decode::<LogState>(state) else { return Ok(Ok(())) };
    let mut frontier = Frontier::new();
    let mut tiles = Tiles { source, partition, last: Vec::new() };
    let mut found = Ok(());
    let mut next = 0;
    source.each(&Key::new(Space::Bundle, partition, []).to_bytes(), &mut |key, framed| {
        if found.is_ok() {
            let bundle = checksum::open(key, framed.to_vec());
            found = match bundle {
                Some(bundle) if key.ends_with(&u64::to_be_bytes(next)) => {
                    self::bundle(&bundle, &mut frontier, &mut tiles)?
                }
                _ => Err("log-damaged"),
            };
            next += 1;
        }
        Ok(())
    })?;
    if found.is_err() {
        return Ok(found);
    }
    if frontier.size() != state.size || frontier.root() != state.root {
        return Ok(Err("log-other-root"));
    }
    if !has_batch(source, partition, &state)? {
        return Ok(Err("batch-other"));
    }
    let Some(note) = source.get(&Key::new(Space::Log, partition, b"checkpoint"))? else {
        // A log of which nothing was kept, sealed by its successor.
        let nothing = state.size == 0 && state.successor.is_some();
        return Ok(if nothing { Ok(()) } else { Err("checkpoint-missing") });
    };
    let said = Note::parse(&note).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
    let Some(said) = said else { return Ok(Err("checkpoint-malformed")) };
    let same = said.size() == state.size
        && said.root() == &state.root
        && sha256(said.origin().as_str().as_bytes()) == partition;
    Ok(if same { Ok(()) } else { Err("checkpoint-other") })
}

/// Whether the last batch says whose all its leaves are.
fn has_batch(source: &dyn Source, partition: [u8; 32], state: &LogState) -> Result<bool, AuditError> {
    let Some(count) = state.size.checked_sub(state.batch) else { return Ok(false) };
    let mut found = 0;
    for chunk in 0..=u8::MAX {
        if found >= count {
            break;
        }
        let key = Key::new(Space::Log, partition, [b"batch".as_slice(), &[chunk]].concat());
        match source.get(&key)?.and_then(|value| batch::decode(&value)) {
            Some((first, leaves)) if first == state.batch && !leaves.is_empty() => {
                for leaf in leaves {
                    if !is_placed(source, leaf, first + found)? {
                        return Ok(false);
                    }
                    found += 1;
                }
            }
            _ => return Ok(false),
        }
    }
    Ok(found == count)
}

/// Whether a leaf of the last batch has this index as its place, or waits for it to be written.
fn is_placed(
    source: &dyn Source,
    (history, number): batch::Numbered,
    index: u64,
) -> Result<bool, AuditError> {
    let row = |space| Key::new(space, history, number.to_be_bytes());
    match source.get(&row(Space::Place))? {
        Some(place) => Ok(place.starts_with(&index.to_be_bytes())),
        None => Ok(source.get(&row(Space::Queue))?.is_some()),
    }
}

fn bundle(
    bundle: &[u8],
    frontier: &mut Frontier,
    tiles: &mut Tiles<'_>,
) -> Result<Result<(), Unfit>, AuditError> {
    let mut nodes = Vec::new();
    for entry in bundle.chunks(ENTRY) {
        let Some(leaf) = entry.strip_prefix(&[0x00, 0x40]).filter(|leaf| leaf.len() == 64) else {
            return Ok(Err("log-entry"));
        };
        nodes.clear();
        frontier.append_with(LeafHash::of(leaf), |level, index, hash| {
            nodes.push((level, index, *hash.as_bytes()))
        });
        for (level, index, hash) in nodes.iter().filter(|(level, ..)| level % 8 == 0) {
            if !tiles.holds(level / 8, *index, hash)? {
                return Ok(Err("log-other-tile"));
            }
        }
    }
    Ok(Ok(()))
}

/// The tile of each level that was read last.
struct Tiles<'a> {
    source: &'a dyn Source,
    partition: [u8; 32],
    last: Vec<(u64, Vec<u8>)>,
}

impl Tiles<'_> {
    fn holds(&mut self, level: u8, index: u64, hash: &[u8; 32]) -> Result<bool, AuditError> {
        let at = usize::from(level);
        if self.last.len() <= at {
            self.last.resize(at + 1, (u64::MAX, Vec::new()));
        }
        let Some(last) = self.last.get_mut(at) else { return Ok(false) };
        if last.0 != index / WIDTH {
            let suffix = [[level].as_slice(), &(index / WIDTH).to_be_bytes()].concat();
            let tile = self.source.get(&Key::new(Space::Tile, self.partition, suffix))?;
            *last = (index / WIDTH, tile.unwrap_or_default());
        }
        let first = usize::try_from(index % WIDTH * 32).unwrap_or(usize::MAX);
        Ok(last.1.get(first..).and_then(|rest| rest.get(..32)) == Some(hash.as_slice()))
    }
}

/// Whether a tile or a bundle is just as wide as its log's size makes it.
///
/// # Errors
/// [`AuditError`] where records cannot be read; the inner one is a finding.
pub(super) fn check_width(
    source: &dyn Source,
    key: &Key,
    value: &[u8],
) -> Result<Result<(), Unfit>, AuditError> {
    let state = source.get(&Key::new(Space::Log, key.partition, b"state"))?;
    let Some(state) = state.and_then(|state| decode::<LogState>(&state).ok()) else {
        return Ok(Err("tile-without-log"));
    };
    let (level, index, width) = match (key.space, key.suffix.as_slice()) {
        (Space::Tile, [level, index @ ..]) => (*level, index, 32),
        (_, index) => (0, index, ENTRY),
    };
    let index = index.try_into().map(u64::from_be_bytes).unwrap_or(u64::MAX);
    let present = state.size.checked_shr(8 * u32::from(level)).unwrap_or_default();
    let expected = present.saturating_sub(index.saturating_mul(WIDTH)).min(WIDTH);
    let same = (value.len() / width) as u64 == expected && expected > 0;
    Ok(if same { Ok(()) } else { Err("tile-other-width") })
}

/// Whether the leaf of statement `number` of a history waits in the queue, or stands in the log where its place says.
///
/// # Errors
/// [`AuditError`] where records cannot be read; the inner one is a finding.
pub(super) fn holds(
    source: &dyn Source,
    history: [u8; 32],
    number: u64,
    leaf: &LogLeaf,
) -> Result<Result<(), Unfit>, AuditError> {
    let row = |space| Key::new(space, history, number.to_be_bytes());
    if let Some(place) = source.get(&row(Space::Place))? {
        let Some((index, origin)) = place.split_first_chunk() else { return Ok(Err("place-malformed")) };
        return at(source, sha256(origin), u64::from_be_bytes(*index), leaf);
    }
    match source.get(&row(Space::Queue))? {
        Some(queued) if queued == leaf.to_bytes() => Ok(Ok(())),
        Some(_) => Ok(Err("leaf-other-in-queue")),
        None => in_batch(source, history, number, leaf),
    }
}

/// Whether the log has this leaf at an index. A log of which less was kept does not say.
fn at(
    source: &dyn Source,
    log: [u8; 32],
    index: u64,
    leaf: &LogLeaf,
) -> Result<Result<(), Unfit>, AuditError> {
    let Some(bundle) = source.get(&Key::new(Space::Bundle, log, (index / WIDTH).to_be_bytes()))? else {
        return Ok(Err("leaf-beyond-log"));
    };
    let first = usize::try_from(index % WIDTH).unwrap_or(usize::MAX).saturating_mul(ENTRY) + 2;
    let stands = bundle.get(first..).and_then(|rest| rest.get(..64)) == Some(leaf.to_bytes().as_slice());
    Ok(if stands { Ok(()) } else { Err("leaf-other-in-log") })
}

/// Whether the last batch of a log says that it took the leaf: its places are written after it.
fn in_batch(
    source: &dyn Source,
    history: [u8; 32],
    number: u64,
    leaf: &LogLeaf,
) -> Result<Result<(), Unfit>, AuditError> {
    let mut place = None;
    source.each(&[Space::Log.number()], &mut |key, framed| {
        let Some(key) = Key::from_bytes(key).filter(|key| key.suffix.starts_with(b"batch")) else {
            return Ok(());
        };
        let value = checksum::open(&key.to_bytes(), framed.to_vec());
        let Some((first, leaves)) = value.and_then(|value| batch::decode(&value)) else { return Ok(()) };
        let chunk = key.suffix.last().map_or(0, |chunk| u64::from(*chunk) * batch::CHUNK as u64);
        if let Some(at) = leaves.iter().position(|numbered| *numbered == (history, number)) {
            place = Some((key.partition, first + chunk + at as u64));
        }
        Ok(())
    })?;
    match place {
        Some((log, index)) => at(source, log, index, leaf),
        None => Ok(Err("leaf-lost")),
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let hash: StatementHash = statement::hash(bytes);
    *hash.as_bytes()
}

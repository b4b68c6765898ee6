//! The journal of a store: transactions, in the order in which they became durable, until the engine holds them.
//!
//! Two files beside the engine's own take turns. Each turn begins with a block that holds a key drawn for it, then come records:
//! ```text
//! block 0        "carnet/j" || key (32 bytes) || zeros; only zeros where nothing in the file is wanted any more
//! from block 1   head (64 bytes) || body || zeros up to the next block
//! head           "carnet/r" || number (8) || length of the body (8) || sum of the body (20) || sum of the head (20)
//! body           count (4) || changes || count (4) || what goes along
//! change         length (2) || key || 0                                  removed
//!                length (2) || key || 1 || length (4) || value           with its checksum
//! along          length (4) || bytes
//! ```
//! Numbers are big-endian; sums are keyed BLAKE3, cut. A record begins at a block of its own, so that no block with something
//! acknowledged is written again within its turn. Numbers go up by one from record to record and from turn to turn. The engine holds, under
//! [`MARK`], the number up to which it has everything. Behind the last record of a turn lie remains of earlier turns: they are
//! keyed otherwise, so nothing that a client once sent can pass for a record.

use core::ops::Range;

/// The names of the two files, in the folder of data.
pub const NAMES: [&str; 2] = ["journal-0", "journal-1"];
/// What begins at a multiple of this.
pub const BLOCK: usize = 4096;
/// Where the engine holds the number of the newest record that it has; no space has this number.
pub const MARK: [u8; 1] = [254];
/// Most bytes of a body.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

const TURN: &[u8; 8] = b"carnet/j";
const RECORD: &[u8; 8] = b"carnet/r";
const SUM: usize = 20;
const HEAD: usize = 64;

/// The new bytes of a key, or none.
pub type Change<'a> = (&'a [u8], Option<&'a [u8]>);

/// The key of a turn, drawn at random.
#[derive(Clone, Copy)]
pub struct TurnKey(pub [u8; 32]);

impl TurnKey {
    /// The block that begins a turn.
    #[must_use]
    pub fn block(&self) -> Vec<u8> {
        let mut block = [TURN.as_slice(), &self.0].concat();
        block.resize(BLOCK, 0);
        block
    }

    /// The key of a file's turn; none where the file begins otherwise.
    #[must_use]
    pub fn read(file: &[u8]) -> Option<Self> {
        let key = file.get(..BLOCK)?.strip_prefix(TURN)?.first_chunk::<32>()?;
        Some(Self(*key))
    }

    fn sum(&self, what: u8, bytes: &[u8]) -> [u8; SUM] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[what]);
        hasher.update(bytes);
        let mut sum = [0; SUM];
        hasher.finalize_xof().fill(&mut sum);
        sum
    }

    fn head(&self, number: u64, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u64).to_be_bytes();
        let mut head = [RECORD.as_slice(), &number.to_be_bytes(), &length, &self.sum(0, body)].concat();
        let sum = self.sum(1, &head);
        head.extend_from_slice(&sum);
        head
    }

    /// Appends a record, up to the end of its last block. What goes along is given in two parts, one after the other.
    pub fn record<'a>(
        &self,
        bytes: &mut Vec<u8>,
        number: u64,
        changes: impl Iterator<Item = Change<'a>>,
        along: impl ExactSizeIterator<Item = [&'a [u8]; 2]>,
    ) {
        let start = bytes.len();
        let body = start + HEAD;
        bytes.resize(body, 0);
        let mut count = 0_u32;
        bytes.extend_from_slice(&count.to_be_bytes());
        for (key, value) in changes {
            count += 1;
            // Keys are far shorter, values and payloads too.
            bytes.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(key);
            bytes.push(value.is_some().into());
            if let Some(value) = value {
                push(bytes, &[value]);
            }
        }
        if let Some(place) = bytes.get_mut(body..body + 4) {
            place.copy_from_slice(&count.to_be_bytes());
        }
        bytes.extend_from_slice(&u32::try_from(along.len()).unwrap_or(u32::MAX).to_be_bytes());
        along.for_each(|one| push(bytes, &one));
        let head = self.head(number, bytes.get(body..).unwrap_or_default());
        if let Some(place) = bytes.get_mut(start..body) {
            place.copy_from_slice(&head);
        }
        bytes.resize(start + (bytes.len() - start).next_multiple_of(BLOCK), 0);
    }

    /// The number of the record whose head begins these bytes, and where its body lies. Says nothing about the body.
    fn read_head(&self, bytes: &[u8]) -> Option<(u64, Range<usize>, [u8; SUM])> {
        let head = bytes.get(..HEAD)?;
        let (head, sum) = head.split_at_checked(HEAD - SUM)?;
        let fields = head.strip_prefix(RECORD)?;
        if self.sum(1, head) != *sum {
            return None;
        }
        let (number, rest) = fields.split_first_chunk()?;
        let (length, sum) = rest.split_first_chunk()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok().filter(|len| *len <= MAX_BODY)?;
        Some((u64::from_be_bytes(*number), HEAD..HEAD + length, sum.try_into().ok()?))
    }
}

fn push(bytes: &mut Vec<u8>, parts: &[&[u8]]) {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    bytes.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number.
    pub number: u64,
    /// What it changes, in the order of the keys.
    pub changes: Vec<Change<'a>>,
    /// What goes along with it.
    pub along: Vec<&'a [u8]>,
    /// Where it lies in its file, from head to the end of its last block.
    pub place: Range<usize>,
}

/// What a journal's file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn<'a> {
    /// The records of its turn, one number after the other.
    pub records: Vec<Record<'a>>,
    /// The newest record of the turn that lies behind one that is damaged or missing: what was acknowledged is lost.
    pub beyond: Option<u64>,
}

/// Reads a file, up to the first record that is not whole: it was never acknowledged, unless others follow it.
#[must_use]
pub fn read(file: &[u8]) -> Turn<'_> {
    let mut turn = Turn::default();
    let Some(key) = TurnKey::read(file) else { return turn };
    let mut at = BLOCK;
    let mut next = None;
    while let Some(record) =
        record_at(&key, file, at).filter(|one| next.is_none_or(|next| next == one.number))
    {
        at = record.place.end;
        next = Some(record.number.saturating_add(1));
        turn.records.push(record);
    }
    // The record that was being written may have its head on the disk; one behind it can not.
    let heads = (at + BLOCK..file.len()).step_by(BLOCK).filter_map(|at| key.read_head(file.get(at..)?));
    turn.beyond = heads.map(|(number, ..)| number).max();
    turn
}

/// The number of a file's first record, if there is one: its first two blocks are enough for that. Says nothing about its body.
#[must_use]
pub fn first(file: &[u8]) -> Option<u64> {
    let (number, ..) = TurnKey::read(file)?.read_head(file.get(BLOCK..)?)?;
    Some(number)
}

fn record_at<'a>(key: &TurnKey, file: &'a [u8], at: usize) -> Option<Record<'a>> {
    let bytes = file.get(at..)?;
    let (number, place, sum) = key.read_head(bytes)?;
    let body = bytes.get(place.clone())?;
    if key.sum(0, body) != sum {
        return None;
    }
    let (changes, along) = parse(body)?;
    let end = at + place.end.next_multiple_of(BLOCK);
    Some(Record { number, changes, along, place: at..end.min(file.len()) })
}

type Parsed<'a> = (Vec<Change<'a>>, Vec<&'a [u8]>);

fn parse(body: &[u8]) -> Option<Parsed<'_>> {
    let (count, mut rest) = body.split_first_chunk()?;
    let mut changes = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk()?;
        let (key, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (kind, after) = after.split_first()?;
        let (value, after) = match kind {
            0 => (None, after),
            1 => take(after).map(|(value, after)| (Some(value), after))?,
            _ => return None,
        };
        changes.push((key, value));
        rest = after;
    }
    let (count, mut rest) = rest.split_first_chunk()?;
    let mut along = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (one, after) = take(rest)?;
        along.push(one);
        rest = after;
    }
    rest.is_empty().then_some((changes, along))
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A payload that goes along with a transaction: `vault || root || payload`.
#[must_use]
pub fn payload(along: &[u8]) -> Option<([u8; 32], [u8; 32], &[u8])> {
    let (vault, rest) = along.split_first_chunk()?;
    let (root, payload) = rest.split_first_chunk()?;
    Some((*vault, *root, payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: TurnKey = TurnKey([7; 32]);

    fn file(numbers: Range<u64>) -> Vec<u8> {
        let mut file = KEY.block();
        for number in numbers {
            let value = vec![3; usize::try_from(number).unwrap() * 700];
            let changes = [(&b"a"[..], Some(&value[..])), (b"b", None)];
            KEY.record(&mut file, number, changes.into_iter(), [[&[9; 2000][..], &[9; 3000]]].into_iter());
        }
        file
    }

    #[test]
    fn what_was_written_is_read_and_remains_of_earlier_turns_are_not() {
        let file = file(5..9);
        let turn = read(&file);
        assert!(turn.beyond.is_none());
        assert_eq!(turn.records.iter().map(|record| record.number).collect::<Vec<_>>(), [5, 6, 7, 8]);
        assert_eq!(turn.records[1].changes, [(&b"a"[..], Some(&[3; 4200][..])), (b"b", None)]);
        assert_eq!(turn.records[1].along, [&[9; 5000]]);
        assert_eq!(turn.records.last().unwrap().place.end, file.len());
        assert_eq!((first(&file), first(&file[..2 * BLOCK])), (Some(5), Some(5)));
        assert_eq!((first(&file[..BLOCK]), first(&[0; 2 * BLOCK])), (None, None));
        let mut again = TurnKey([8; 32]).block();
        TurnKey([8; 32]).record(&mut again, 9, [].into_iter(), [].into_iter());
        let end = again.len();
        again.extend_from_slice(&file[end..]);
        assert_eq!(read(&again).records.len(), 1);
        assert!(read(&again).beyond.is_none());
    }

    #[test]
    fn torn_end_is_cut_off_and_a_hole_is_found() {
        let whole = file(5..9);
        let places: Vec<_> = read(&whole).records.into_iter().map(|record| record.place).collect();
        for (at, place) in places.iter().enumerate() {
            for flipped in [place.start + 1, place.start + 20, place.start + 50, place.start + HEAD + 9] {
                let mut file = whole.clone();
                file[flipped] ^= 4;
                let turn = read(&file);
                assert_eq!(turn.records.len(), at);
                assert_eq!(turn.beyond, (at + 1 < places.len()).then_some(8), "record {at}, byte {flipped}");
                assert!(read(&file[..place.end]).beyond.is_none());
            }
            for cut in [place.start, place.start + 1, place.start + HEAD, place.start + 500] {
                assert_eq!(read(&whole[..cut]).records.len(), at);
                assert!(read(&whole[..cut]).beyond.is_none());
            }
        }
        assert_eq!(read(&[]), Turn::default());
        assert_eq!(read(&whole[..BLOCK - 1]), Turn::default());
    }

    #[test]
    fn body_that_promises_more_than_it_has_is_no_record() {
        for body in [&b""[..], &[0, 0, 0, 1], &[255; 8], &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9], &[0; 9]] {
            assert_eq!(parse(body), None, "{body:?}");
        }
    }
}

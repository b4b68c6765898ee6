//! How a store on sled keeps a record: large values in pieces, so that no page of the engine outgrows its file.
//!
//! ```text
//! key                       0 || stored bytes                 up to 4 KiB
//! key                       1 || name (8 bytes) || count (4 bytes)
//! 255 || key || name || n   piece n (4 bytes)
//! ```

/// Most bytes of a piece.
pub const PIECE: usize = 4096;
/// More pieces than the largest value has.
pub const MOST_PIECES: u32 = 1024;
/// The first byte of a piece's key; no space has this number.
pub const PIECES: u8 = u8::MAX;
/// The first byte of a value that is stored where it stands.
pub const WHOLE: u8 = 0;
/// The first byte of a value that is stored in pieces.
pub const IN_PIECES: u8 = 1;

/// The name and the number of the pieces that a head stands for; `None` where it holds the bytes itself, or is damaged.
#[must_use]
pub fn pieces_of(head: &[u8]) -> Option<(u64, u32)> {
    let (&kind, rest) = head.split_first()?;
    let (name, count) = rest.split_first_chunk()?;
    let count = u32::from_be_bytes(count.try_into().ok()?);
    (kind == IN_PIECES && count <= MOST_PIECES).then_some((u64::from_be_bytes(*name), count))
}

/// Where a piece is.
#[must_use]
pub fn piece_key(key: &[u8], name: u64, number: u32) -> Vec<u8> {
    [&[PIECES], key, &name.to_be_bytes(), &number.to_be_bytes()].concat()
}

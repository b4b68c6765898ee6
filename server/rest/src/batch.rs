//! The log's last batch: whose leaves got the last indices.
//!
//! ```text
//! chunk = first index of the batch (8 bytes) || up to 500 times: history (32 bytes) || number in it (8 bytes)
//! ```

/// Whose leaf: history and number of the statement.
pub type Numbered = ([u8; 32], u64);

/// Most leaves of a chunk: 20,008 bytes, below the size from which an embedded engine keeps values in files of their own.
pub const CHUNK: usize = 500;

/// The bytes of a chunk of a batch that begins at index `first`.
#[must_use]
pub fn encode(first: u64, chunk: &[Numbered]) -> Vec<u8> {
    let numbered = chunk.iter().flat_map(|(history, n)| [history.as_slice(), &n.to_be_bytes()].concat());
    first.to_be_bytes().into_iter().chain(numbered).collect()
}

/// Reads a chunk: the first index of its batch, and whose leaves.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<(u64, Vec<Numbered>)> {
    let (first, rest) = bytes.split_first_chunk()?;
    if rest.len() > CHUNK * 40 {
        return None;
    }
    let numbered = |bytes: &[u8]| {
        let (history, n) = bytes.split_first_chunk()?;
        Some((*history, u64::from_be_bytes(n.try_into().ok()?)))
    };
    Some((u64::from_be_bytes(*first), rest.chunks(40).map(numbered).collect::<Option<_>>()?))
}

//! Bytes in millions, as a person reads them.

/// Which way a number of bytes is rounded: what is sent up, what is taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounded {
    Up,
    Down,
}

/// Bytes in millions, as a person reads them; parts of one where they are few.
pub(crate) fn megabytes(bytes: u64, rounded: Rounded) -> String {
    const MILLION: u64 = 1_000_000;
    match rounded {
        Rounded::Up => bytes.div_ceil(MILLION).max(1).to_string(),
        Rounded::Down if bytes >= MILLION => (bytes / MILLION).to_string(),
        Rounded::Down => format!("0.{:03}", bytes / 1000),
    }
}

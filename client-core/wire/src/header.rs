//! Headers of age v1 files (c2sp.org/age), parsed strictly, in one pass, without keys.
//!
//! ```text
//! header   = "age-encryption.org/v1" LF 1*stanza "--- " 43base64char LF
//! stanza   = "-> " argument *(SP argument) LF *(64base64char LF) *63base64char LF
//! argument = 1*VCHAR
//! ```
//!
//! Time is linear in the bytes read; memory is one small record per stanza. Bodies stay borrowed and are decoded
//! only when someone asks, but their base64 has been checked by then.

use crate::base64::{LINE, LINE_BYTES, decode_array, decode_line};
use crate::error::StableCode;

/// How much of a header is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, from the version line to the line feed after the MAC.
    pub max_bytes: usize,
    /// Stanzas.
    pub max_stanzas: usize,
}

impl Limits {
    /// For files of foreign programs: 64 KiB, 128 stanzas.
    pub const FOREIGN: Self = Self { max_bytes: 64 * 1024, max_stanzas: 128 };

    /// For grants: 4 KiB, one stanza.
    pub const GRANT: Self = Self { max_bytes: 4 * 1024, max_stanzas: 1 };
}

/// A header that follows the grammar. Its MAC has not been verified: that takes the file key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<'a> {
    bytes: &'a [u8],
    mac_input: &'a [u8],
    mac: [u8; 32],
    stanzas: Vec<Stanza<'a>>,
}

impl<'a> Header<'a> {
    /// Parses the header at the beginning of `bytes`; what follows it is not looked at.
    ///
    /// # Errors
    /// [`HeaderError`] for anything that c2sp.org/age does not allow or that is beyond `limits`.
    pub fn parse(bytes: &'a [u8], limits: Limits) -> Result<Self, HeaderError> {
        parse(&mut Lines::new(bytes, limits.max_bytes), limits)
    }

    /// The exact bytes of the header; their length is where the payload begins.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes that the MAC covers: up to and with `---`.
    #[must_use]
    pub fn mac_input(&self) -> &'a [u8] {
        self.mac_input
    }

    /// HMAC-SHA-256 of [`Self::mac_input`], as the header claims it.
    #[must_use]
    pub fn mac(&self) -> &[u8; 32] {
        &self.mac
    }

    /// The stanzas in order, at least one.
    #[must_use]
    pub fn stanzas(&self) -> &[Stanza<'a>] {
        &self.stanzas
    }
}

/// One recipient's stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stanza<'a> {
    arguments: &'a [u8],
    body: &'a [u8],
}

impl<'a> Stanza<'a> {
    /// The first argument: the kind of recipient.
    #[must_use]
    pub fn tag(&self) -> &'a [u8] {
        self.arguments.split(|byte| *byte == b' ').next().unwrap_or_default()
    }

    /// The arguments after the tag. Each is one or more visible ASCII characters.
    pub fn arguments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.arguments.split(|byte| *byte == b' ').skip(1)
    }

    /// The body, if it is exactly `N` bytes.
    #[must_use]
    pub fn body<const N: usize>(&self) -> Option<[u8; N]> {
        let mut out = [0; N];
        let mut rest = out.as_mut_slice();
        for line in self.body.split(|byte| *byte == b'\n') {
            let mut decoded = [0; LINE_BYTES];
            let decoded = decode_line(line, &mut decoded)?;
            let (head, tail) = rest.split_at_mut_checked(decoded.len())?;
            head.copy_from_slice(decoded);
            rest = tail;
        }
        rest.is_empty().then_some(out)
    }
}

/// Decodes an argument that must be the canonical base64 of exactly `N` bytes.
#[must_use]
pub fn decode_argument<const N: usize>(argument: &[u8]) -> Option<[u8; N]> {
    decode_array(argument)
}

/// Finds where a header ends in a stream, byte by byte, before it is parsed.
///
/// No line of a valid header but its last begins with `---`, so the header ends at the first line feed after one.
#[derive(Debug, Clone)]
pub struct HeaderScanner {
    max_bytes: usize,
    seen: usize,
    dashes: LineStart,
}

impl HeaderScanner {
    /// A scanner that gives up after `max_bytes`.
    #[must_use]
    pub const fn new(max_bytes: usize) -> Self {
        Self { max_bytes, seen: 0, dashes: LineStart::Dashes(0) }
    }

    /// Looks at the next bytes of the stream, each once. Gives the header's length, counted from the first byte of the
    /// stream, once it is known; it lies within the bytes scanned so far.
    ///
    /// # Errors
    /// [`HeaderError::TooLong`] once `max_bytes` have been seen without an end.
    pub fn scan(&mut self, more: &[u8]) -> Result<Option<usize>, HeaderError> {
        for byte in more {
            if self.seen == self.max_bytes {
                return Err(HeaderError::TooLong);
            }
            self.seen += 1;
            self.dashes = match (self.dashes, byte) {
                (LineStart::Dashes(3), b'\n') => return Ok(Some(self.seen)),
                (_, b'\n') => LineStart::Dashes(0),
                (LineStart::Dashes(3), _) => LineStart::Dashes(3),
                (LineStart::Dashes(n), b'-') => LineStart::Dashes(n + 1),
                _ => LineStart::Other,
            };
        }
        Ok(None)
    }
}

/// Why bytes are not an age v1 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A stanza's body is not canonical base64 in lines of 64 columns that end with a shorter one.
    #[error("a stanza's body is malformed")]
    Body,
    /// The last line is not `--- ` and the canonical base64 of 32 bytes.
    #[error("the line of the MAC is malformed")]
    Mac,
    /// There is no stanza.
    #[error("the header has no stanza")]
    NoStanza,
    /// A stanza's first line is not `-> ` and arguments of visible characters with one space between them.
    #[error("a stanza's first line is malformed")]
    Stanza,
    /// The header is longer than the caller allows.
    #[error("the header is too long")]
    TooLong,
    /// There are more stanzas than the caller allows.
    #[error("the header has too many stanzas")]
    TooManyStanzas,
    /// The bytes end before the header does.
    #[error("the header is cut short")]
    Truncated,
    /// The first line is not that of age v1.
    #[error("this is not an age v1 file")]
    Version,
}

impl StableCode for HeaderError {
    fn code(&self) -> &'static str {
        match self {
            Self::Body => "header-body",
            Self::Mac => "header-mac-line",
            Self::NoStanza => "header-no-stanza",
            Self::Stanza => "header-stanza",
            Self::TooLong => "header-too-long",
            Self::TooManyStanzas => "header-too-many-stanzas",
            Self::Truncated => "header-truncated",
            Self::Version => "header-version",
        }
    }
}

fn parse<'a>(lines: &mut Lines<'a>, limits: Limits) -> Result<Header<'a>, HeaderError> {
    if lines.next()? != VERSION_LINE {
        return Err(HeaderError::Version);
    }
    let mut stanzas = Vec::new();
    loop {
        let start = lines.position;
        let line = lines.next()?;
        if let Some(arguments) = line.strip_prefix(b"-> ") {
            if stanzas.len() == limits.max_stanzas {
                return Err(HeaderError::TooManyStanzas);
            }
            if !are_arguments(arguments) {
                return Err(HeaderError::Stanza);
            }
            stanzas.push(Stanza { arguments, body: body(lines)? });
        } else if line.starts_with(b"---") {
            let mac = line.strip_prefix(b"--- ").and_then(decode_array).ok_or(HeaderError::Mac)?;
            if stanzas.is_empty() {
                return Err(HeaderError::NoStanza);
            }
            let (bytes, mac_input) = (lines.bytes.get(..lines.position), lines.bytes.get(..start + 3));
            let (bytes, mac_input) = bytes.zip(mac_input).ok_or(HeaderError::Truncated)?;
            return Ok(Header { bytes, mac_input, mac, stanzas });
        } else {
            return Err(HeaderError::Stanza);
        }
    }
}

/// A body, up to its final line and without the line feed that ends it.
fn body<'a>(lines: &mut Lines<'a>) -> Result<&'a [u8], HeaderError> {
    let start = lines.position;
    loop {
        let line = lines.next()?;
        decode_line(line, &mut [0; LINE_BYTES]).ok_or(HeaderError::Body)?;
        if line.len() < LINE {
            return lines.bytes.get(start..lines.position - 1).ok_or(HeaderError::Body);
        }
    }
}

fn are_arguments(line: &[u8]) -> bool {
    line.split(|byte| *byte == b' ').all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_graphic))
}

/// The lines of a header, each found once.
struct Lines<'a> {
    bytes: &'a [u8],
    max_bytes: usize,
    position: usize,
    #[cfg(test)]
    visited: usize,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8], max_bytes: usize) -> Self {
        Self {
            bytes,
            max_bytes,
            position: 0,
            #[cfg(test)]
            visited: 0,
        }
    }

    /// The next line without its line feed. A version line that cannot be one is not searched for its end.
    fn next(&mut self) -> Result<&'a [u8], HeaderError> {
        let end = self.bytes.len().min(self.max_bytes);
        let rest = self.bytes.get(self.position..end).unwrap_or_default();
        let Some(len) = rest.iter().position(|byte| *byte == b'\n') else {
            #[cfg(test)]
            {
                self.visited += rest.len();
            }
            let cut = self.bytes.len() < self.max_bytes;
            return Err(if cut { HeaderError::Truncated } else { HeaderError::TooLong });
        };
        #[cfg(test)]
        {
            self.visited += len + 1;
        }
        self.position += len + 1;
        rest.get(..len).ok_or(HeaderError::Truncated)
    }
}

#[derive(Debug, Clone, Copy)]
enum LineStart {
    Dashes(u8),
    Other,
}

const VERSION_LINE: &[u8] = b"age-encryption.org/v1";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "age-encryption.org/v1\n-> X25519 XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE\n\
        qRS0AMjdjPvZ/WT08U2KL4G+PIooA3hy38SvLpvaC1E\n--- HK2NmOBN9Dpq0Gw6xMCuhFcQlQLvZ/wQUi/2scLG75s\n";

    fn parse_foreign(bytes: &[u8]) -> Result<Header<'_>, HeaderError> {
        Header::parse(bytes, Limits::FOREIGN)
    }

    #[test]
    fn header_of_the_specification_parses_and_leaves_the_payload() {
        let file = [GOOD.as_bytes(), b"payload"].concat();
        let header = parse_foreign(&file).unwrap();
        assert_eq!(header.as_bytes(), GOOD.as_bytes());
        assert!(header.mac_input().ends_with(b"\n---"));
        let stanza = header.stanzas()[0];
        assert_eq!(stanza.tag(), b"X25519");
        assert_eq!(stanza.arguments().count(), 1);
        assert!(stanza.body::<32>().is_some());
        assert_eq!((stanza.body::<31>(), stanza.body::<33>()), (None, None));
    }

    #[test]
    fn every_truncation_is_refused() {
        for len in 0..GOOD.len() {
            assert_eq!(parse_foreign(&GOOD.as_bytes()[..len]), Err(HeaderError::Truncated), "{len}");
        }
    }

    #[test]
    fn body_of_whole_lines_needs_an_empty_last_line() {
        let line = "A".repeat(64);
        let mac = "A".repeat(43);
        let good = format!("age-encryption.org/v1\n-> a\n{line}\n\n--- {mac}\n");
        assert_eq!(parse_foreign(good.as_bytes()).unwrap().stanzas()[0].body(), Some([0; 48]));
        let bad = format!("age-encryption.org/v1\n-> a\n{line}\n--- {mac}\n");
        assert_eq!(parse_foreign(bad.as_bytes()), Err(HeaderError::Body));
    }

    #[test]
    fn header_beyond_a_limit_is_refused() {
        let short = Limits { max_bytes: GOOD.len() - 1, max_stanzas: 1 };
        assert_eq!(Header::parse(GOOD.as_bytes(), short), Err(HeaderError::TooLong));
        let exact = Limits { max_bytes: GOOD.len(), max_stanzas: 1 };
        assert!(Header::parse(GOOD.as_bytes(), exact).is_ok());
        let none = Limits { max_bytes: GOOD.len(), max_stanzas: 0 };
        assert_eq!(Header::parse(GOOD.as_bytes(), none), Err(HeaderError::TooManyStanzas));
    }

    #[test]
    fn hostile_headers_are_visited_once_and_hold_one_record_per_stanza() {
        let limits = Limits { max_bytes: 1 << 20, max_stanzas: 1 << 20 };
        let stanzas = "-> a\n\n".repeat(170_000);
        let spaces = format!("-> {}", "a ".repeat(500_000));
        let lines = format!("-> a\n{}", format!("{}\n", "A".repeat(64)).repeat(16_000));
        for hostile in [stanzas, spaces, lines, "x".repeat(1 << 20)] {
            let file = format!("age-encryption.org/v1\n{hostile}");
            let mut lines = Lines::new(file.as_bytes(), limits.max_bytes);
            assert!(parse(&mut lines, limits).is_err());
            // Each line found is then checked in one more pass, never more.
            assert!(lines.visited <= file.len());
        }
        assert!(size_of::<Stanza<'_>>() <= 32);
    }

    #[test]
    fn scanner_finds_the_end_at_any_split() {
        for split in 0..GOOD.len() {
            let (head, tail) = GOOD.as_bytes().split_at(split);
            let mut scanner = HeaderScanner::new(GOOD.len());
            assert_eq!(scanner.scan(head), Ok(None));
            assert_eq!(scanner.scan(&[tail, b"payload"].concat()), Ok(Some(GOOD.len())));
        }
        let mut scanner = HeaderScanner::new(GOOD.len() - 1);
        assert_eq!(scanner.scan(GOOD.as_bytes()), Err(HeaderError::TooLong));
    }

    proptest! {
        #[test]
        fn what_parses_is_found_by_the_scanner_and_is_its_own_prefix(
            lines in proptest::collection::vec("(-> |--- |---)?[A-Za-z0-9+/ -]{0,66}", 0..8),
            mac in "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]",
        ) {
            let file = format!("age-encryption.org/v1\n-> a\n\n{}\n--- {mac}\n", lines.join("\n"));
            if let Ok(header) = parse_foreign(file.as_bytes()) {
                prop_assert!(file.as_bytes().starts_with(header.as_bytes()));
                let found = HeaderScanner::new(64 * 1024).scan(file.as_bytes());
                prop_assert_eq!(found, Ok(Some(header.as_bytes().len())));
            }
        }

        #[test]
        fn any_bytes_are_parsed_or_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse_foreign(&bytes);
            let _ = parse_foreign(&[b"age-encryption.org/v1\n".as_slice(), &bytes].concat());
        }
    }
}

//! Seeks needles in streams of bytes, and in what is compressed within them.

use std::collections::BTreeMap;
use std::io::{self, Read};

use aho_corasick::{AhoCorasick, MatchKind};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::needles::{self, Needle};

/// Most bytes that are inflated from one beginning.
const MOST_INFLATED: u64 = 16 * 1024 * 1024;

/// Where compressed bytes may begin, as gzip, zlib and zip begin. The first byte says which.
const MAGICS: [&[u8]; 6] =
    [&[0x1f, 0x8b, 8], &[0x78, 0x01], &[0x78, 0x5e], &[0x78, 0x9c], &[0x78, 0xda], b"PK\x03\x04"];

/// A canary that was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Hit {
    /// Which canary, from 1.
    pub canary: usize,
    /// In which encoding.
    pub encoding: &'static str,
    /// In which file or record.
    pub place: String,
    /// At which byte of it; of what was inflated, where it was compressed.
    pub offset: u64,
    /// Whether it was compressed.
    pub compressed: bool,
}

/// What is sought.
pub(super) struct Search {
    automaton: AhoCorasick,
    needles: Vec<Needle>,
    longest: usize,
}

/// What one stream of bytes held.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first place of each canary in each encoding.
    hits: BTreeMap<(usize, &'static str), u64>,
    /// Where compressed bytes may begin.
    magics: Vec<u64>,
}

/// A stream of bytes on its way through the search.
pub(super) struct Stream<'s> {
    search: &'s Search,
    found: Found,
    tail: Vec<u8>,
    seen: u64,
    inflated: bool,
}

impl Search {
    /// A search for these canaries.
    ///
    /// # Errors
    /// A text, where there are too many.
    pub(super) fn new(canaries: &[String]) -> Result<Self, String> {
        let needles: Vec<Needle> =
            canaries.iter().enumerate().flat_map(|(canary, text)| needles::of(canary, text)).collect();
        let patterns = needles.iter().map(|needle| needle.bytes.as_slice()).chain(MAGICS);
        let longest = patterns.clone().map(<[u8]>::len).max().unwrap_or_default();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(patterns)
            .map_err(|error| error.to_string())?;
        Ok(Self { automaton, needles, longest })
    }

    /// Whether nothing is sought.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// A stream of bytes.
    #[must_use]
    pub(super) fn stream(&self) -> Stream<'_> {
        Stream { search: self, found: Found::default(), tail: Vec::new(), seen: 0, inflated: false }
    }

    /// The hits of a stream. `open` gives its bytes again, from a byte on, for what is compressed within.
    ///
    /// # Errors
    /// [`io::Error`] of `open`.
    pub(super) fn finish<R: Read>(
        &self,
        found: Found,
        place: &dyn Fn() -> String,
        mut open: impl FnMut(u64) -> io::Result<R>,
    ) -> io::Result<Vec<Hit>> {
        let mut hits = Vec::new();
        let mut add = |found: Found, base: u64, compressed| {
            hits.extend(found.hits.into_iter().map(|((canary, encoding), offset)| Hit {
                canary: canary + 1,
                encoding,
                place: place(),
                offset: base + offset,
                compressed,
            }));
        };
        for at in &found.magics {
            let inflated = self.inflate(&mut open(*at)?);
            add(inflated, 0, true);
        }
        add(found, 0, false);
        Ok(hits)
    }

    /// What stands in the compressed bytes that may begin here.
    fn inflate(&self, input: &mut dyn Read) -> Found {
        let mut magic = [0; 4];
        let begun = input.read(&mut magic).unwrap_or_default();
        let magic = magic.get(..begun).unwrap_or_default();
        let mut input = magic.chain(input);
        let mut stream = Stream { inflated: true, ..self.stream() };
        let mut output: Box<dyn Read + '_> = match magic.first() {
            Some(0x1f) => Box::new(GzDecoder::new(input)),
            Some(0x78) => Box::new(ZlibDecoder::new(input)),
            Some(b'P') => match zip_member(&mut input) {
                Some(()) => Box::new(DeflateDecoder::new(input)),
                None => return Found::default(),
            },
            _ => return Found::default(),
        };
        let mut bytes = vec![0; 16 * 1024];
        // Most beginnings are none: the first error ends it.
        while stream.seen < MOST_INFLATED
            && let Ok(read @ 1..) = output.read(&mut bytes)
        {
            stream.push(bytes.get(..read).unwrap_or_default());
        }
        stream.end()
    }
}

/// Reads the header of a zip's member; nothing where it is not compressed by deflate.
fn zip_member(input: &mut impl Read) -> Option<()> {
    let mut header = [0; 30];
    input.read_exact(&mut header).ok()?;
    let [.., n0, n1, e0, e1] = header;
    let skip = u64::from(u16::from_le_bytes([n0, n1])) + u64::from(u16::from_le_bytes([e0, e1]));
    io::copy(&mut input.take(skip), &mut io::sink()).ok()?;
    (header.get(8..10) == Some(&[8, 0])).then_some(())
}

impl Stream<'_> {
    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let search = self.search;
        let overlap = self.tail.len();
        let before = self.seen - overlap as u64;
        let window = [self.tail.as_slice(), bytes].concat();
        for found in search.automaton.find_overlapping_iter(&window) {
            if found.end() <= overlap {
                continue;
            }
            let offset = before + found.start() as u64;
            match search.needles.get(found.pattern().as_usize()) {
                Some(needle) => {
                    self.found.hits.entry((needle.canary, needle.encoding)).or_insert(offset);
                }
                None if self.inflated => {}
                // Case does not count in the search, but it does here.
                None if MAGICS.contains(&window.get(found.range()).unwrap_or_default()) => {
                    self.found.magics.push(offset);
                }
                None => {}
            }
        }
        self.seen += bytes.len() as u64;
        let keep = window.len().min(search.longest.saturating_sub(1));
        self.tail = window.get(window.len() - keep..).unwrap_or_default().to_vec();
    }

    /// What was found.
    #[must_use]
    pub(super) fn end(self) -> Found {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn seek(search: &Search, bytes: &[u8], chunk: usize) -> Vec<Hit> {
        let mut stream = search.stream();
        bytes.chunks(chunk).for_each(|part| stream.push(part));
        let open = |at: u64| Ok(&bytes[usize::try_from(at).unwrap()..]);
        search.finish(stream.end(), &|| "here".to_owned(), open).unwrap()
    }

    #[test]
    fn canary_across_two_chunks_is_found_once_at_its_place() {
        let search = Search::new(&["Lefèvre-Dupré".into()]).unwrap();
        let bytes = [vec![0; 100], "LEFÈVRE-DUPRÉ".into(), vec![0; 100]].concat();
        for chunk in [1, 3, 7, 105, 1000] {
            let hits = seek(&search, &bytes, chunk);
            assert_eq!((hits.len(), hits[0].offset, hits[0].encoding), (1, 100, "utf-8"), "{chunk}");
        }
    }

    #[test]
    fn canary_in_compressed_bytes_is_found() {
        let search = Search::new(&["2 85 05 75 116 001 42".into()]).unwrap();
        let text = [vec![b'a'; 5000], b"numero 2850575116 00142".to_vec(), b"2 85 05 75 116 001 42".to_vec()]
            .concat();
        let mut gz = GzEncoder::new(Vec::new(), Compression::default());
        gz.write_all(&text).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&text).unwrap();
        for member in [gz.finish().unwrap(), zlib.finish().unwrap()] {
            let bytes = [vec![7; 333], member, vec![9; 50]].concat();
            let hits = seek(&search, &bytes, 64);
            assert!(hits.iter().all(|hit| hit.compressed && hit.canary == 1));
            assert!(hits.iter().any(|hit| hit.encoding == "utf-8"), "{hits:?}");
        }
        assert_eq!(seek(&search, &[vec![0x78, 0x9c], vec![0xff; 500]].concat(), 64), []);
    }
}

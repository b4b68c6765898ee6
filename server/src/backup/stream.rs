//! Records as one stream of bytes: what a backup holds, and what a running server gives to whoever makes one.
//!
//! ```text
//! "carnet records 1\n"                                       17 bytes
//! key length (u32), value length (u32), key, value           each record, in the order of the keys' bytes
//! 0 (u32), number of records (u64), BLAKE3 of all before     44 bytes, then the end
//! ```
//! Numbers are big-endian. A key is the space's number, the partition and the suffix: 33 to 289 bytes. A stream that ends before its
//! digest, or goes on after it, is none.

use std::io::{self, Read, Write};

use crate::store::{Key, Row, Transaction};

const MAGIC: &[u8; 17] = b"carnet records 1\n";
/// Bytes of a key without its suffix.
const LEAST_KEY: usize = 33;

/// What a whole stream was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Records.
    pub rows: u64,
    /// Bytes of the stream.
    pub bytes: u64,
    /// BLAKE3 of all but its last 32 bytes, which are this.
    pub digest: [u8; 32],
}

/// Writes a stream.
pub struct Writer<W> {
    to: W,
    hasher: blake3::Hasher,
    rows: u64,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn begin(to: W) -> io::Result<Self> {
        let mut writer = Self { to, hasher: blake3::Hasher::new(), rows: 0, bytes: 0 };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    /// The next record. Keys must ascend.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn push(&mut self, (key, value): &Row) -> io::Result<()> {
        let key = key.to_bytes();
        self.write(&len(&key)?)?;
        self.write(&len(value)?)?;
        self.write(&key)?;
        self.write(value)?;
        self.rows += 1;
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        self.write(&[0; 4])?;
        let rows = self.rows;
        self.write(&rows.to_be_bytes())?;
        let digest = *self.hasher.finalize().as_bytes();
        self.write(&digest)?;
        self.to.flush()?;
        Ok((self.to, Summary { rows, bytes: self.bytes, digest }))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.to.write_all(bytes)
    }
}

/// Reads a stream record by record, and knows at its end whether it was whole. After an error it gives nothing more.
pub struct Reader<R> {
    from: R,
    hasher: blake3::Hasher,
    rows: u64,
    bytes: u64,
    last: Vec<u8>,
    more: bool,
    over: Option<Summary>,
    failed: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// Those of `from`; [`io::ErrorKind::InvalidData`] where it is no stream of records of this version.
    pub fn begin(from: R) -> io::Result<Self> {
        let mut reader = Self {
            from,
            hasher: blake3::Hasher::new(),
            rows: 0,
            bytes: 0,
            last: Vec::new(),
            more: false,
            over: None,
            failed: false,
        };
        let magic = reader.read(MAGIC.len())?;
        if magic == MAGIC { Ok(reader) } else { Err(invalid("this is no stream of records of this version")) }
    }

    /// The same, where something else may follow after it.
    #[must_use]
    pub fn followed(self) -> Self {
        Self { more: true, ..self }
    }

    /// What it was, once its last record has been read and its digest fits.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        self.over
    }

    fn row(&mut self) -> io::Result<Option<Row>> {
        let key_len = self.len()?;
        if key_len == 0 {
            self.end()?;
            return Ok(None);
        }
        let value_len = self.len()?;
        let fits = (LEAST_KEY..=LEAST_KEY + Key::MAX_SUFFIX).contains(&key_len);
        if !fits || value_len > Transaction::MAX_BYTES {
            return Err(invalid("a record has an impossible length"));
        }
        let bytes = self.read(key_len)?;
        let value = self.read(value_len)?;
        if bytes <= self.last {
            return Err(invalid("the records are not in their order"));
        }
        let key = Key::from_bytes(&bytes).ok_or_else(|| invalid("a record is of no known kind"))?;
        self.last = bytes;
        self.rows += 1;
        Ok(Some((key, value)))
    }

    fn end(&mut self) -> io::Result<()> {
        let rows = self.read(8)?;
        let digest = *self.hasher.finalize().as_bytes();
        let said = self.read(32)?;
        if rows != self.rows.to_be_bytes() || said != digest {
            return Err(invalid("the records are not those that were written"));
        }
        if !self.more && self.from.read(&mut [0])? != 0 {
            return Err(invalid("something follows after the records"));
        }
        self.over = Some(Summary { rows: self.rows, bytes: self.bytes, digest });
        Ok(())
    }

    fn len(&mut self) -> io::Result<usize> {
        let bytes = self.read(4)?;
        let len = bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        usize::try_from(len).map_err(|_| invalid("a record has an impossible length"))
    }

    /// At most a value's length: checked before.
    fn read(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        self.from.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => invalid("the records end before their end"),
            _ => error,
        })?;
        self.hasher.update(&bytes);
        self.bytes += u64::try_from(len).unwrap_or(u64::MAX);
        Ok(bytes)
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        if self.failed || self.over.is_some() {
            return None;
        }
        let row = self.row();
        self.failed = row.is_err();
        row.transpose()
    }
}

fn len(bytes: &[u8]) -> io::Result<[u8; 4]> {
    let len = u32::try_from(bytes.len()).map_err(|_| invalid("a record is too large"))?;
    Ok(len.to_be_bytes())
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Space;

    fn stream(rows: &[Row]) -> (Vec<u8>, Summary) {
        let mut writer = Writer::begin(Vec::new()).unwrap();
        rows.iter().for_each(|row| writer.push(row).unwrap());
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<(Vec<Row>, Summary)> {
        let mut reader = Reader::begin(bytes)?;
        let rows = reader.by_ref().collect::<io::Result<_>>()?;
        Ok((rows, reader.summary().unwrap()))
    }

    fn rows() -> Vec<Row> {
        let row = |n: u8, value: &[u8]| (Key::new(Space::Head, [n; 32], vec![n; 3]), value.to_vec());
        vec![row(1, b""), row(2, b"two"), row(3, &[7; 500])]
    }

    #[test]
    fn records_are_read_back_with_their_digest() {
        for rows in [rows(), Vec::new()] {
            let (bytes, written) = stream(&rows);
            assert_eq!(written.bytes, u64::try_from(bytes.len()).unwrap());
            assert_eq!(read(&bytes).unwrap(), (rows, written));
        }
    }

    #[test]
    fn changed_byte_cut_end_and_more_bytes_are_found() {
        let (bytes, _) = stream(&rows());
        for at in 0..bytes.len() {
            for bit in [1, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                assert!(read(&changed).is_err(), "bit {bit} of byte {at}");
            }
            assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn records_out_of_order_or_twice_are_refused() {
        for order in [[1, 0], [1, 1]] {
            let rows: Vec<Row> = order.iter().map(|at| rows()[*at].clone()).collect();
            assert!(read(&stream(&rows).0).is_err());
        }
    }
}

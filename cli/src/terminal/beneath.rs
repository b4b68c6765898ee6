//! Lines above the foot of the screen: an answer or a remark takes the foot away first, line by line, so that neither tears the other.

use std::io::{self, Write};

use super::stage::Stage;

/// Writes to a stream that may be the screen.
pub struct Beneath<'a> {
    inner: &'a mut dyn Write,
    /// None where the stream is not the screen.
    stage: Option<Stage>,
    line: Vec<u8>,
}

impl<'a> Beneath<'a> {
    /// Writes to `inner`, which shows on the screen or does not.
    pub fn new(inner: &'a mut dyn Write, stage: &Stage, is_screen: bool) -> Self {
        Self { inner, stage: is_screen.then(|| stage.clone()), line: Vec::new() }
    }

    fn put(&mut self, stage: &Stage) -> io::Result<()> {
        let line = core::mem::take(&mut self.line);
        stage.aside(|| self.inner.write_all(&line).and_then(|()| self.inner.flush()))
    }
}

impl core::fmt::Debug for Beneath<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Beneath({:?})", self.stage)
    }
}

impl Write for Beneath<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stage) = self.stage.clone() else { return self.inner.write(bytes) };
        self.line.extend_from_slice(bytes);
        if self.line.len() > LONGEST || self.line.ends_with(b"\n") {
            self.put(&stage)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.stage.clone() {
            Some(stage) if !self.line.is_empty() => self.put(&stage),
            _ => self.inner.flush(),
        }
    }
}

impl Drop for Beneath<'_> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

/// Bytes after which a line that does not end is written all the same.
const LONGEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_written_arrives_in_its_order() {
        for is_screen in [false, true] {
            let mut out = Vec::new();
            let mut beneath = Beneath::new(&mut out, &Stage::default(), is_screen);
            write!(beneath, "one {}\ntwo", 1).unwrap();
            beneath.write_all(&[b'x'; 100_000]).unwrap();
            beneath.write_all(b"\nthree").unwrap();
            drop(beneath);
            let expected = format!("one 1\ntwo{}\nthree", "x".repeat(100_000));
            assert!(out == expected.as_bytes(), "{is_screen}");
        }
    }
}

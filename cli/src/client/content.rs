//! Contents of opened entries: out of what this client keeps, else of what the server has, verified before any of it is written.

use std::fs::{self, File};
use std::io::{self, Read, Write};

use carnet_core::content::{ContentReader, KeptContent};
use carnet_core::open::Opened;
use carnet_core::step::PayloadAt;
use carnet_wire::id::{StatementHash, VaultId};
use carnet_wire::message::Request;

use zeroize::{Zeroize as _, Zeroizing};

use super::Client;
use crate::Failure;
use crate::remote::Download;

impl Client {
    /// Writes an opened content: out of what this client keeps, else of what the server has. What comes is verified piece by piece
    /// before any of it is written.
    ///
    /// # Errors
    /// What the server or the content says.
    pub fn write_content(
        &mut self,
        opened: &Opened,
        vault: &VaultId,
        read: Option<StatementHash>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let kept = self.local.payload(&opened.item().payload);
        // What is kept here and does not open any more is fetched again.
        if fs::metadata(&kept).is_ok_and(|metadata| metadata.len() == opened.item().payload_len)
            && let Ok(payload) = fs::read(&kept)
            && let Ok(document) = opened.open_bytes(&payload)
        {
            let written = out.write_all(&document.content);
            return written.map_err(|error| Failure::coded("write").because(&error));
        }
        let mut reader = opened.content()?;
        let request = PayloadAt::of(opened, *vault, read).slice(&reader);
        let mut download = self.download(&request)?;
        let (mut piece, mut content) = (vec![0; PIECE], Vec::new());
        loop {
            let count = download.read(&mut piece).map_err(broken)?;
            let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            content.clear();
            reader.push(bytes, &mut content)?;
            out.write_all(&content).map_err(|error| Failure::coded("write").because(&error))?;
        }
        Ok(reader.finish()?)
    }

    /// An opened content, to be read piece by piece: out of what this client keeps, else of what the server has.
    ///
    /// # Errors
    /// What the server says, before it has sent anything.
    pub(super) fn content_stream(
        &mut self,
        opened: &Opened,
        vault: &VaultId,
        read: Option<StatementHash>,
    ) -> Result<ContentStream, Failure> {
        let kept = File::open(self.local.payload(&opened.item().payload)).ok();
        // What is kept here and is damaged is fetched again.
        let source = match kept.and_then(|file| opened.kept_content(file).ok().flatten()) {
            Some(kept) => Source::Kept(Box::new(kept)),
            None => {
                let reader = opened.content()?;
                let request = PayloadAt::of(opened, *vault, read).slice(&reader);
                Source::Fetched(Some(Box::new(reader)), self.download(&request)?)
            }
        };
        let (piece, plain) = (Vec::new(), Zeroizing::new(Vec::new()));
        Ok(ContentStream { source, piece, plain, at: 0, ended: false, failure: None })
    }

    /// An opened content of at most `most` bytes, in memory; its sealed payload is then kept, so that it opens without a network too.
    ///
    /// # Errors
    /// `content-large` beyond `most`; what the server or the content says.
    pub fn content(
        &mut self,
        opened: &Opened,
        vault: &VaultId,
        read: Option<StatementHash>,
        most: u64,
    ) -> Result<Vec<u8>, Failure> {
        if opened.content_len() > most {
            return Err(Failure::coded("content-large"));
        }
        let kept = self.local.payload(&opened.item().payload);
        if let Ok(payload) = fs::read(&kept)
            && let Ok(document) = opened.open_bytes(&payload)
        {
            return Ok(document.content);
        }
        let at = PayloadAt::of(opened, *vault, read);
        let payload = self.payload_bytes(&at.whole(), opened, sealed_at_most(most))?;
        let content = opened.open_bytes(&payload)?.content;
        if payload.len() as u64 <= MOST_KEPT {
            let _ = crate::unix::write_private(&kept, &payload);
        }
        Ok(content)
    }

    /// Downloads a payload of at most `most` bytes whole, without believing any of them: never more than was signed, whatever the
    /// server goes on to send, and nothing where a depositor signed for more than such a content needs.
    pub(super) fn payload_bytes(
        &mut self,
        request: &Request,
        opened: &Opened,
        most: u64,
    ) -> Result<Vec<u8>, Failure> {
        let len = opened.item().payload_len;
        if len > most {
            return Err(Failure::coded("content-large"));
        }
        let mut bytes = Vec::new();
        self.download(request)?.take(len.saturating_add(1)).read_to_end(&mut bytes).map_err(broken)?;
        Ok(bytes)
    }
}

/// An opened content that is read piece by piece: only what is authentic comes out, and its end only where all of it was.
pub(super) struct ContentStream {
    source: Source,
    piece: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    at: usize,
    ended: bool,
    failure: Option<Failure>,
}

enum Source {
    Kept(Box<KeptContent<File>>),
    Fetched(Option<Box<ContentReader>>, Download),
}

impl ContentStream {
    /// Why it broke off, where it did.
    pub(super) fn failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Opens the next bytes.
    fn more(&mut self) -> Result<(), Failure> {
        self.plain.zeroize();
        self.at = 0;
        match &mut self.source {
            Source::Kept(kept) => {
                self.ended = !kept.next(&mut self.plain).map_err(|error| match error {
                    carnet_core::content::KeptError::Open(error) => Failure::from(error),
                    _ => Failure::coded("local-store"),
                })?;
            }
            Source::Fetched(reader, download) => {
                self.piece.resize(PIECE, 0);
                let count = download.read(&mut self.piece).map_err(broken)?;
                let bytes = self.piece.get(..count).unwrap_or_default();
                if !bytes.is_empty() {
                    if let Some(reader) = reader {
                        reader.push(bytes, &mut self.plain)?;
                    }
                } else if let Some(reader) = reader.take() {
                    reader.finish()?;
                    self.ended = true;
                }
            }
        }
        Ok(())
    }
}

impl Read for ContentStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.plain.len() && !self.ended {
            if let Err(failure) = self.more() {
                self.ended = true;
                self.failure = Some(failure);
                return Err(io::Error::other("the content broke off"));
            }
        }
        let left = self.plain.get(self.at..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(from), Some(to)) = (left.get(..count), buffer.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

/// Most bytes of the payload of a content of so many: padding adds an eighth at most, tags far less.
fn sealed_at_most(content: u64) -> u64 {
    content.saturating_add(content / 4).saturating_add(128 * 1024)
}

fn broken(error: io::Error) -> Failure {
    Failure::of_remote(&crate::RemoteError::of_io(error, SILENCE))
}

/// Sealed payloads up to this many bytes are kept here.
pub(super) const MOST_KEPT: u64 = 64 * 1024 * 1024;
/// Most bytes of a payload that holds a vault's or a circle's secrets: 16,384 generations.
pub(super) const MOST_KEYS: u64 = 1024 * 1024;
const PIECE: usize = 1 << 20;
/// Seconds after which a body that stands still is given up.
const SILENCE: u64 = 30;

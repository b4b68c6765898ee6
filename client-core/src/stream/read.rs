//! Opening foreign payloads, whose length nobody vouches for, strictly and as a stream.

use std::io::{self, Read};

use carnet_wire::payload::{PayloadLenError, PayloadNonce, SEALED_CHUNK, TAG};
use zeroize::Zeroizing;

use super::open::OpenPayloadError;
use super::{ChunkCounter, Ends, PayloadKey};
use crate::secret::FileKey;

/// The plaintext of a payload, chunk by chunk, each after its tag.
///
/// The end of the stream is reported only after an authentic last chunk with nothing behind it; anything else is an
/// [`io::ErrorKind::InvalidData`] with an [`OpenPayloadError`] inside, after the authentic chunks before it.
pub struct PayloadReader<R> {
    payload: R,
    key: PayloadKey,
    counter: ChunkCounter,
    opened: Zeroizing<Vec<u8>>,
    released: usize,
    ahead: Zeroizing<Vec<u8>>,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    Last,
    Failed(OpenPayloadError),
}

impl<R: Read> PayloadReader<R> {
    /// Reads the nonce, at the head of `payload`.
    ///
    /// # Errors
    /// [`OpenPayloadError::Truncated`], inside an [`io::Error`], if there are not 16 bytes; or an error of the reader.
    pub fn new(file_key: &FileKey, mut payload: R) -> io::Result<Self> {
        let mut nonce = [0; PayloadNonce::LEN];
        payload.read_exact(&mut nonce).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => invalid(OpenPayloadError::Truncated),
            _ => error,
        })?;
        let key = PayloadKey::derive(file_key, &PayloadNonce::from_bytes(nonce));
        Ok(Self {
            payload,
            key,
            counter: ChunkCounter::starting_at(0),
            opened: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK)),
            released: 0,
            ahead: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK)),
            state: State::Open,
        })
    }

    /// Opens the next chunk. Only what follows it tells whether it should be the last, so one byte is read ahead. A chunk that
    /// is authentic but the last too early, or not the last at the end, is released before the error.
    fn open_next(&mut self) -> io::Result<()> {
        let len = SEALED_CHUNK + 1 - self.ahead.len();
        (&mut self.payload).take(len as u64).read_to_end(&mut self.ahead)?;
        let more = self.ahead.len() > SEALED_CHUNK;
        let number = self.counter.next;
        if number > 0 && self.ahead.len() == TAG {
            return self.fail(OpenPayloadError::Length(PayloadLenError::EmptyLastChunk));
        }
        let taken = SEALED_CHUNK.min(self.ahead.len());
        let tries: &[Ends] = match (more, taken == SEALED_CHUNK) {
            (true, _) => &[Ends::Later, Ends::Here],
            (false, true) => &[Ends::Here, Ends::Later],
            (false, false) => &[Ends::Here],
        };
        for ends in tries {
            let mut counter = ChunkCounter::starting_at(number);
            let Some(run) = counter.take(1, *ends) else { return self.fail(OpenPayloadError::Range) };
            self.opened.clear();
            self.opened.extend_from_slice(self.ahead.get(..taken).unwrap_or_default());
            if self.key.open_chunk(&run, &mut self.opened).is_ok() {
                self.released = 0;
                self.counter = counter;
                self.state = match (ends, more) {
                    (Ends::Later, true) => State::Open,
                    (Ends::Later, false) => State::Failed(OpenPayloadError::Truncated),
                    (Ends::Here, false) => State::Last,
                    (Ends::Here, true) => State::Failed(OpenPayloadError::Trailing),
                };
                self.ahead.drain(..taken);
                return Ok(());
            }
        }
        self.fail(if self.ahead.is_empty() {
            OpenPayloadError::Truncated
        } else {
            OpenPayloadError::Chunk(number)
        })
    }

    fn fail(&mut self, error: OpenPayloadError) -> io::Result<()> {
        self.opened.clear();
        self.released = 0;
        self.state = State::Failed(error);
        Err(invalid(error))
    }
}

impl<R: Read> Read for PayloadReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let ready = self.opened.get(self.released..).unwrap_or_default();
            if !ready.is_empty() {
                let len = ready.len().min(out.len());
                let (to, from) = (out.get_mut(..len), ready.get(..len));
                if let (Some(to), Some(from)) = (to, from) {
                    to.copy_from_slice(from);
                }
                self.released += len;
                return Ok(len);
            }
            match self.state {
                State::Open => self.open_next()?,
                State::Last => return Ok(0),
                State::Failed(error) => return Err(invalid(error)),
            }
        }
    }
}

fn invalid(error: OpenPayloadError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

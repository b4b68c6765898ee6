//! Uploading sealed payloads, several at once; a broken line goes on where the server stopped keeping bytes.
//!
//! What stands between here and the server may let through less at a time than the server takes (a proxy's 413): the rest then goes in
//! shorter pieces.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_core::spooled::Spooled;
use carnet_core::step::{AwaitOffset, UploadProgress, Uploaded};
use carnet_wire::id::VaultId;
use carnet_wire::message::{Body, Token};

use super::Client;
use crate::remote::{Remote, Spool};
use crate::session::CallError;
use crate::{Failure, RemoteError};

impl Client {
    /// Uploads spooled payloads, up to eight at once. `each` hears of bytes that are under way, each byte once.
    ///
    /// # Errors
    /// What the server says of the first that fails; what was sent of the others stays there.
    pub(super) fn upload_all(
        &mut self,
        vault: &VaultId,
        payloads: &[(&Path, &Spooled)],
        each: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Uploaded>, Failure> {
        let (token, remote) = (self.token()?, self.remote.clone());
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Ok(Vec::with_capacity(payloads.len()))));
        let upload_some = || {
            while let Some((path, spooled)) = payloads.get(next.fetch_add(1, Ordering::Relaxed)) {
                let uploaded = upload(&remote, &token, vault, path, spooled, each);
                let Ok(mut done) = done.lock() else { return };
                match (&mut *done, uploaded) {
                    (Ok(all), Ok(uploaded)) => all.push(uploaded),
                    (Err(_), _) => return,
                    (done, Err(failure)) => {
                        *done = Err(failure);
                        return;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            let (sending, ended) = mpsc::channel::<()>();
            for _ in 0..payloads.len().min(AT_ONCE) {
                let (sending, upload_some) = (sending.clone(), &upload_some);
                scope.spawn(move || {
                    upload_some();
                    drop(sending);
                });
            }
            drop(sending);
            // Over a slow line the spool is worth keeping across a power cut; a fast one ends before the disk would.
            if ended.recv_timeout(SLOW) == Err(RecvTimeoutError::Timeout) {
                payloads.iter().for_each(|(path, _)| keep(path));
            }
        });
        done.into_inner().unwrap_or_else(|_| Err(Failure::coded("internal")))
    }
}

/// Makes a spooled payload last. That it does not is no harm: what is damaged is sealed anew.
fn keep(path: &Path) {
    if let Ok(file) = File::open(path) {
        let _ = file.sync_all();
    }
}

fn upload(
    remote: &Remote,
    token: &Token,
    vault: &VaultId,
    path: &Path,
    spooled: &Spooled,
    each: &(dyn Fn(u64) + Sync),
) -> Result<Uploaded, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let len = spooled.payload_len();
    let mut piece = Piece { file, at: 0, end: len };
    let (mut ask, mut pace, mut broken, mut told) = (spooled.clone().start(vault), Pace::default(), 0, 0);
    loop {
        let mut begin = None;
        if let Body::Spool { offset } = ask.request.body {
            // The server says how much it has: what only lies in the system's buffers is not counted as sent.
            each(offset.saturating_sub(told));
            told = told.max(offset);
            begin = Some((offset, Instant::now()));
            piece.end = offset.saturating_add(pace.bytes).min(len);
        }
        let then: AwaitOffset = ask.then;
        let response = match remote.send(&ask.request, Some(token), Some(&mut piece as &mut dyn Spool)) {
            Ok(response) => response,
            Err(error) if error.may_resume() && broken < PATIENCE => {
                broken += 1;
                ask = then.resume();
                continue;
            }
            Err(RemoteError::Status(413)) if begin.is_some() => {
                let tried = piece.end.saturating_sub(begin.map_or(0, |(offset, _)| offset));
                if !pace.refused(tried) {
                    return Err(Failure::of_remote(&RemoteError::TooLarge(tried)));
                }
                ask = then.resume();
                continue;
            }
            Err(error) => return Err(CallError::from(error).into()),
        };
        // The server is still taking what an earlier command, or an earlier line, was sending.
        if response.status == CONFLICT && broken < PATIENCE {
            broken += 1;
            sleep(BUSY);
            ask = then.resume();
            continue;
        }
        match then.receive(&response)? {
            UploadProgress::Send(next) => {
                if let Some((_, sent)) = begin {
                    // A line that breaks now and then gets far all the same.
                    broken = 0;
                    pace.took(sent.elapsed());
                }
                ask = next;
            }
            UploadProgress::Done(uploaded) => {
                each(len.saturating_sub(told));
                return Ok(uploaded);
            }
        }
    }
}

/// How many bytes are sent at a time: about as many as go in a second, so that what is done is known, and what stands in between hears of
/// no more than it lets through.
#[derive(Debug)]
struct Pace {
    bytes: u64,
    most: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { bytes: 256 * 1024, most: 64 * 1024 * 1024 }
    }
}

impl Pace {
    fn took(&mut self, time: Duration) {
        if time < FAST {
            self.bytes = self.bytes.saturating_mul(2);
        } else if time > LONG {
            self.bytes /= 2;
        }
        self.bytes = self.bytes.clamp(LEAST, self.most.max(LEAST));
    }

    /// So many bytes were too many; whether fewer can be tried.
    fn refused(&mut self, tried: u64) -> bool {
        self.most = tried / 2;
        self.bytes = self.most;
        self.most >= LEAST
    }
}

/// A spooled payload up to `end`.
struct Piece {
    file: File,
    at: u64,
    end: u64,
}

impl Read for Piece {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let read = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for Piece {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // The end of a piece is not the file's.
        let to = match to {
            SeekFrom::End(0) => SeekFrom::Start(self.end),
            other => other,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

const AT_ONCE: usize = 8;
/// After so long an upload counts as slow.
const SLOW: Duration = Duration::from_secs(10);
/// How often a broken line is taken up again without getting any further.
const PATIENCE: usize = 6;
const BUSY: Duration = Duration::from_millis(500);
/// The upload stands elsewhere, or is taken by another request.
const CONFLICT: u16 = 409;
/// A piece that takes less could be longer, one that takes more should be shorter.
const FAST: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_secs(4);
/// Nothing lets through less.
const LEAST: u64 = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_on_a_fast_line_and_stay_below_what_was_refused() {
        let mut pace = Pace::default();
        for _ in 0..20 {
            pace.took(Duration::from_millis(10));
        }
        assert_eq!(pace.bytes, 64 * 1024 * 1024);
        pace.took(Duration::from_secs(10));
        assert_eq!(pace.bytes, 32 * 1024 * 1024);
        assert!(pace.refused(2_000_000));
        for _ in 0..20 {
            pace.took(Duration::from_millis(10));
        }
        assert_eq!(pace.bytes, 1_000_000);
        assert!(!pace.refused(40_000), "less than anything lets through");
    }
}

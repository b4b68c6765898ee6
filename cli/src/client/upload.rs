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
use std::time::Duration;

use carnet_core::step::{AwaitOffset, Spooled, UploadProgress, Uploaded};
use carnet_wire::id::VaultId;
use carnet_wire::message::{Body, Token};

use super::Client;
use crate::remote::{Remote, Spool};
use crate::{Failure, RemoteError};
use crate::session::CallError;

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
    let (len, end) = (spooled.payload_len(), spooled.payload_len());
    let mut spool = Piece { file, at: 0, end, told: 0, each };
    let (mut ask, mut broken, mut most) = (spooled.clone().start(vault), 0, u64::MAX);
    loop {
        let mut begin = None;
        if let Body::Spool { offset } = ask.request.body {
            // What the server has kept already is under way no more.
            spool.tell(offset);
            begin = Some(offset);
            spool.end = offset.saturating_add(most).min(len);
        }
        let then: AwaitOffset = ask.then;
        let response = match remote.send(&ask.request, Some(token), Some(&mut spool as &mut dyn Spool)) {
            Ok(response) => response,
            Err(error) if error.may_resume() && broken < PATIENCE => {
                broken += 1;
                ask = then.resume();
                continue;
            }
            Err(RemoteError::Status(413)) if begin.is_some() => {
                let tried = spool.end.saturating_sub(begin.unwrap_or_default());
                most = match PIECES.iter().find(|piece| **piece < tried) {
                    Some(piece) => *piece,
                    None => return Err(Failure::of_remote(&RemoteError::TooLarge(tried))),
                };
                ask = then.resume();
                continue;
            }
            Err(error) => return Err(CallError::from(error).into()),
        };
        match then.receive(&response)? {
            UploadProgress::Send(next) => {
                // A line that breaks now and then gets far all the same.
                if begin.is_some() {
                    broken = 0;
                }
                ask = next;
            }
            UploadProgress::Done(uploaded) => {
                spool.tell(len);
                return Ok(uploaded);
            }
        }
    }
}

/// A spooled payload up to `end`, which tells of bytes that are read for the first time.
struct Piece<'a> {
    file: File,
    at: u64,
    end: u64,
    told: u64,
    each: &'a (dyn Fn(u64) + Sync),
}

impl Piece<'_> {
    fn tell(&mut self, at: u64) {
        (self.each)(at.saturating_sub(self.told));
        self.told = self.told.max(at);
    }
}

impl Read for Piece<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let read = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.at = self.at.saturating_add(read as u64);
        self.tell(self.at);
        Ok(read)
    }
}

impl Seek for Piece<'_> {
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
const PATIENCE: usize = 5;
/// Bytes at a time where what stands in between lets through less.
const PIECES: [u64; 3] = [8 * 1024 * 1024, 1000 * 1000, 64 * 1024];

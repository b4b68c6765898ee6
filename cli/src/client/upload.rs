//! Uploading sealed payloads, several at once; a broken line goes on where the server stopped keeping bytes.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use carnet_core::step::{AwaitOffset, Spooled, UploadProgress, Uploaded};
use carnet_wire::id::VaultId;
use carnet_wire::message::Token;

use super::Client;
use crate::Failure;
use crate::remote::{Remote, Spool};
use crate::session::CallError;

impl Client {
    /// Uploads spooled payloads, up to eight at once. `each` hears of each that is done, with its length.
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
                let uploaded = upload(&remote, &token, vault, path, spooled);
                let Ok(mut done) = done.lock() else { return };
                match (&mut *done, uploaded) {
                    (Ok(all), Ok(uploaded)) => {
                        all.push(uploaded);
                        each(spooled.payload_len());
                    }
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
) -> Result<Uploaded, Failure> {
    let mut file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let spool: &mut dyn Spool = &mut file;
    let (mut ask, mut broken) = (spooled.clone().start(vault), 0);
    loop {
        let then: AwaitOffset = ask.then;
        let response = match remote.send(&ask.request, Some(token), Some(&mut *spool)) {
            Ok(response) => response,
            Err(error) if error.may_pass() && broken < PATIENCE => {
                broken += 1;
                ask = then.resume();
                continue;
            }
            Err(error) => return Err(CallError::from(error).into()),
        };
        match then.receive(&response)? {
            UploadProgress::Send(next) => ask = next,
            UploadProgress::Done(uploaded) => return Ok(uploaded),
        }
    }
}

const AT_ONCE: usize = 8;
/// After so long an upload counts as slow.
const SLOW: Duration = Duration::from_secs(10);
/// How often a broken line is taken up again.
const PATIENCE: usize = 5;

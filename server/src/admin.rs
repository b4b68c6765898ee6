//! The operator's door to a running server: a socket in its folder, of mode 0600, for its own user and root.
//!
//! A connection says one line. `export` gives all records of one moment as a stream ([`crate::backup::stream`]), and then, as another,
//! where payloads lie in packs; until the connection ends, no payload that they name is removed or moved. There is no other line, and no secret passes here.

use std::future::Future;
use std::io::{self, BufWriter};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::backup;
use crate::payloads::Payloads;
use crate::store::Records;
use crate::sweeper::Sweeper;

/// The line that asks for the records.
pub const EXPORT: &[u8; 7] = b"export\n";

/// For a client to say its line, and to take the next bytes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the socket of a server's folder is.
#[must_use]
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// The socket of a server that runs. Removed when dropped.
pub struct Admin {
    listener: UnixListener,
    path: PathBuf,
    records: Arc<dyn Records>,
    payloads: Payloads,
    sweeper: Sweeper,
}

impl Admin {
    /// Opens the socket. To be called by whoever has the store open: a socket that is there was left by a crash.
    ///
    /// # Errors
    /// Those of the system; a path of more than about 100 bytes is too long for a socket.
    pub fn open(
        folder: &Path,
        records: Arc<dyn Records>,
        payloads: Payloads,
        sweeper: Sweeper,
    ) -> io::Result<Self> {
        let path = socket(folder);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path, records, payloads, sweeper })
    }

    /// Answers one connection after the other, until `stop` is ready.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => return,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            if !is_ours(&stream) {
                continue;
            }
            // What an export writes to; ended from here, it fails at once.
            let Ok(stream) = stream.into_std() else { continue };
            let Ok(other) = stream.try_clone() else { continue };
            let answered = tokio::select! {
                () = &mut stop => {
                    let _ = other.shutdown(Shutdown::Both);
                    return;
                }
                answered = self.answer(stream) => answered,
            };
            match answered {
                Ok(()) => tracing::info!(code = "exported"),
                Err(error) => tracing::warn!(code = "export", error = %error),
            }
        }
    }

    async fn answer(&self, stream: std::os::unix::net::UnixStream) -> io::Result<()> {
        let mut stream = UnixStream::from_std(stream)?;
        let mut line = [0; EXPORT.len()];
        timeout(PATIENCE, stream.read_exact(&mut line)).await??;
        if line != *EXPORT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a line that is known here"));
        }
        let _paused = self.sweeper.pause().await;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let to = BufWriter::with_capacity(256 << 10, stream);
        let (to, _) = backup::export(&*self.records, to).await?;
        let payloads = self.payloads.clone();
        let ((to, _), _places) = tokio::task::spawn_blocking(move || backup::places(&payloads, to)).await??;
        let stream = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        stream.set_nonblocking(true)?;
        let mut stream = UnixStream::from_std(stream)?;
        stream.shutdown().await?;
        // Until the client is done with the payloads.
        let mut rest = [0; 16];
        while stream.read(&mut rest).await? > 0 {}
        Ok(())
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        // It may be gone already; the next start removes it otherwise.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the other side is this process's user, or root: the mode says so too, but comes a moment after the socket.
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

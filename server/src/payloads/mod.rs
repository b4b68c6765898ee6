//! Payloads: sealed bytes, as files, and short ones in packs.
//!
//! # The contract
//! - **An upload promises nothing.** [`Payloads::append`] keeps what came, so that a broken line continues; it may be lost with
//!   the power, and [`Payloads::kept`] then says so. Nobody can read it.
//! - **Settled is durable.** When [`Payloads::settle`] returns, the bytes have the root and the length that were asked for, and
//!   survive the loss of power. Only then may a statement that names them be committed.
//! - **A final name means complete bytes.** Bytes are made durable first and renamed after. The folder is written down later: until
//!   then a power cut may give the old name back, so [`Payloads::repair`] renames at the start what committed versions name.
//! - **Settled payloads never change.** Uploading one again answers its length; settling one again verifies it again.
//! - **What has no place yet is in the journal.** Short payloads that came with their statement are read from memory until they are
//!   written into packs, many together ([`crate::store::Along`], `packs`); until those last, a start after a crash writes them again.
//! - **What cannot be made durable ends the process** ([`crate::durability`]). A full disk does not: it is [`PayloadError::Full`].
//! - **Memory is flat.** A body holds two pieces of 256 KiB on its way, up or down; 64 long uploads two of 1 MiB; and an upload's hash
//!   32 bytes for each 64 KiB. What has no place yet is bounded by the turns of the journal.
//!
//! Nothing here knows of statements: who may upload, settle, read or remove is decided before.

mod append;
mod carry;
mod content;
mod error;
mod flush;
mod fresh;
mod layout;
mod locks;
mod packs;
mod part;
mod read;
mod repair;
mod scrub;
mod settle;
mod slice;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use carnet_rest::PackPlace;
use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::payload::PayloadNonce;
use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use flush::Settler;
use fresh::Fresh;
use layout::{Layout, Name};
use locks::{Locks, Work};
use packs::Packs;
use part::{OpenParts, Part};

pub(crate) use carry::SHORT;
pub use error::PayloadError;
pub use layout::payload_path;
pub use packs::Pause;
pub use read::Pieces;
pub use repair::Repaired;
pub use scrub::{Finding, Scrub};
pub use settle::{Settled, Settlement};
pub use sweep::Swept;

/// Bounds of what payloads take. They do not bound how much a vault may keep: that is its quota.
#[derive(Debug, Clone)]
pub struct PayloadLimits {
    /// Bytes of the file system that uploads leave free, for the records.
    pub reserve: u64,
    /// How long an upload may be silent before it is given up.
    pub idle: Duration,
    /// Most uploads left open between two requests. Each holds a file; those closed are hashed again.
    pub open_uploads: usize,
    /// Most bytes of their hashes.
    pub open_bytes: u64,
    /// Most threads at work on files at once.
    pub hands: usize,
    /// Most readers that are read ahead for, and long uploads that write 1 MiB at once. Others get smaller pieces.
    pub seats: usize,
}

impl Default for PayloadLimits {
    fn default() -> Self {
        Self {
            reserve: 256 << 20,
            idle: Duration::from_secs(30),
            open_uploads: 256,
            open_bytes: 64 << 20,
            hands: 64,
            seats: 64,
        }
    }
}

/// Rewrites the index of packs in a server's folder, which no process has open: nothing of what was removed stays in its file. Blocks.
///
/// # Errors
/// [`PayloadError::Io`], [`PayloadError::Full`].
pub fn rewrite_index(folder: &Path) -> Result<(), PayloadError> {
    Ok(Packs::open(folder.join(carnet_rest::pack::PACKS))?.rewrite()?)
}

/// The payloads of a server. Clones are the same payloads.
#[derive(Debug, Clone)]
pub struct Payloads {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    layout: Layout,
    limits: PayloadLimits,
    locks: Arc<Locks>,
    open: OpenParts,
    settler: Settler,
    fresh: Fresh,
    packs: Arc<Packs>,
    /// What a start wrote again because a crash had taken it.
    restored: Mutex<Vec<Name>>,
    hands: Arc<Semaphore>,
    ahead: Arc<Semaphore>,
    /// Bytes of bodies held on their way to or from disk.
    buffered: Arc<AtomicUsize>,
}

impl Payloads {
    /// Opens a folder, and makes `uploads/` and `payloads/` in it. Only one process may have it open.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub fn open(folder: &Path, limits: PayloadLimits) -> Result<Self, PayloadError> {
        let layout = Layout::create(folder)?;
        let settler = Settler::start(layout.clone())?;
        let packs = folder.join(carnet_rest::pack::PACKS);
        fs::create_dir_all(&packs)?;
        if fs::metadata(&packs)?.dev() != fs::metadata(layout.payloads())?.dev() {
            // One call makes the bytes of both last.
            let what = "packs and payloads lie on different file systems";
            return Err(PayloadError::Io(io::Error::new(io::ErrorKind::CrossesDevices, what)));
        }
        let packs = Packs::open(packs)?;
        let shared = Shared {
            layout,
            locks: Arc::default(),
            open: OpenParts::new(limits.open_uploads, limits.open_bytes),
            settler,
            fresh: Fresh::default(),
            packs: Arc::new(packs),
            restored: Mutex::default(),
            hands: Arc::new(Semaphore::new(limits.hands)),
            ahead: Arc::new(Semaphore::new(limits.seats)),
            buffered: Arc::default(),
            limits,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// How many bytes of an upload are kept, from the start: all of them if it is settled, none if nothing came yet.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub async fn kept(&self, vault: &VaultId, root: &PayloadRoot) -> Result<u64, PayloadError> {
        let (shared, name) = (Arc::clone(&self.shared), Name { vault: *vault, root: *root });
        self.shared.on_disk(move || shared.kept(&name)).await?
    }

    /// Appends a body to an upload, and says how many bytes are kept then. `most` is the length it may reach.
    ///
    /// A body that breaks keeps what came, and goes on being kept if the caller is dropped. An upload of a settled payload
    /// takes nothing and answers its length.
    ///
    /// # Errors
    /// [`PayloadError::Offset`] unless `offset` is what is kept; [`PayloadError::Busy`] while another body is received;
    /// [`PayloadError::TooLarge`], [`PayloadError::Broken`], [`PayloadError::Full`]: what came before is kept; [`PayloadError::Io`].
    pub async fn append<S, E>(
        &self,
        vault: &VaultId,
        root: &PayloadRoot,
        offset: u64,
        body: S,
        most: u64,
    ) -> Result<u64, PayloadError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Send + 'static,
    {
        let name = Name { vault: *vault, root: *root };
        let held = self.shared.locks.try_hold(name, Work::Append).map_err(|_| PayloadError::Busy)?;
        // A task of its own: where a connection breaks, its handler is dropped, and what came would be lost.
        tokio::spawn(append::append(Arc::clone(&self.shared), held, offset, body, most))
            .await
            .map_err(|_| PayloadError::stopped())?
    }

    /// Makes uploaded payloads of a vault durable and readable, of these roots and lengths; all of them or an error.
    ///
    /// # Errors
    /// As [`Payloads::settle_with`].
    pub async fn settle(
        &self,
        vault: &VaultId,
        wanted: &[(PayloadRoot, u64)],
    ) -> Result<Vec<Settled>, PayloadError> {
        Ok(self.settle_with(vault, wanted, BTreeMap::new(), false).await?.settled)
    }

    /// Makes payloads of a vault readable, of these roots and lengths, and durable, or ready to be made so by the records: all of
    /// them or an error. Those that are not among `given` have been uploaded.
    ///
    /// Where the records carry payloads, short ones are theirs to make last: [`Settlement::along`] must go with the transaction.
    /// Concurrent calls share their flushes. Answers in the order asked, so that a statement's nonces can be checked.
    ///
    /// # Errors
    /// [`PayloadError::Missing`], [`PayloadError::WrongRoot`], [`PayloadError::WrongLength`], [`PayloadError::Length`],
    /// [`PayloadError::Busy`], [`PayloadError::Full`], [`PayloadError::Io`]. Some of the payloads may be settled then.
    pub async fn settle_with(
        &self,
        vault: &VaultId,
        wanted: &[(PayloadRoot, u64)],
        given: BTreeMap<PayloadRoot, Bytes>,
        carried: bool,
    ) -> Result<Settlement, PayloadError> {
        let wanted = wanted.iter().map(|(root, len)| (Name { vault: *vault, root: *root }, *len)).collect();
        settle::settle(&self.shared, wanted, given, carried).await
    }

    /// The length of a settled payload, in bytes.
    ///
    /// # Errors
    /// [`PayloadError::Absent`], [`PayloadError::Io`].
    pub async fn len(&self, vault: &VaultId, root: &PayloadRoot) -> Result<u64, PayloadError> {
        let (shared, name) = (Arc::clone(&self.shared), Name { vault: *vault, root: *root });
        self.shared.on_disk(move || shared.settled_len(&name)).await??.ok_or(PayloadError::Absent)
    }

    /// The nonce at the head of a settled payload.
    ///
    /// # Errors
    /// [`PayloadError::Absent`], [`PayloadError::Io`].
    pub async fn nonce(&self, vault: &VaultId, root: &PayloadRoot) -> Result<PayloadNonce, PayloadError> {
        let (shared, name) = (Arc::clone(&self.shared), Name { vault: *vault, root: *root });
        self.shared.on_disk(move || read::nonce(&shared, &name)).await?
    }

    /// The bytes of a range of a settled payload. They are not verified here: who reads them does.
    ///
    /// # Errors
    /// [`PayloadError::Range`], [`PayloadError::Absent`], [`PayloadError::Io`].
    pub async fn stream(
        &self,
        vault: &VaultId,
        root: &PayloadRoot,
        range: Range<u64>,
    ) -> Result<Pieces, PayloadError> {
        read::stream(&self.shared, Name { vault: *vault, root: *root }, range).await
    }

    /// The Bao slice of a range of a settled payload, as `carnet_wire::slice::SliceEncoder` writes it.
    ///
    /// # Errors
    /// [`PayloadError::Range`], [`PayloadError::Absent`], [`PayloadError::Full`], [`PayloadError::Io`].
    pub async fn slice(
        &self,
        vault: &VaultId,
        root: &PayloadRoot,
        range: Range<u64>,
    ) -> Result<Pieces, PayloadError> {
        slice::slice(&self.shared, Name { vault: *vault, root: *root }, range).await
    }

    /// Removes a payload, and its upload if there is one. Whether it was there.
    ///
    /// Its name is gone at once; a power cut soon after may bring it back, as an orphan that [`Payloads::scrub`] finds.
    ///
    /// # Errors
    /// [`PayloadError::Busy`] while a client sends it; [`PayloadError::Io`].
    pub async fn remove(&self, vault: &VaultId, root: &PayloadRoot) -> Result<bool, PayloadError> {
        sweep::remove(&self.shared, Name { vault: *vault, root: *root }).await
    }

    /// Removes uploads that nobody has continued for so long, and what was freed while a [pause](Pause) held it back.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub async fn abandon_older_than(&self, age: Duration) -> Result<Swept, PayloadError> {
        let shared = Arc::clone(&self.shared);
        self.shared.on_disk(move || sweep::abandon(&shared, age)).await?
    }

    /// Removes a settled payload that no committed version names, unless it was settled more recently than `age`, which must be
    /// more than a submission can take between its settle and its commit. Whether it was removed.
    ///
    /// # Errors
    /// [`PayloadError::Busy`], [`PayloadError::Io`].
    pub async fn remove_orphan(
        &self,
        vault: &VaultId,
        root: &PayloadRoot,
        age: Duration,
    ) -> Result<bool, PayloadError> {
        sweep::remove_orphan(&self.shared, Name { vault: *vault, root: *root }, age).await
    }

    /// At the start, before the first request: settles the uploads that committed versions name. `named` gives the length that
    /// a committed version states. Blocks.
    ///
    /// # Errors
    /// [`PayloadError::Full`], [`PayloadError::Io`].
    pub fn repair(
        &self,
        named: impl Fn(&VaultId, &PayloadRoot) -> Option<u64>,
    ) -> Result<Repaired, PayloadError> {
        repair::repair(&self.shared, named)
    }

    /// Reads every settled payload and gives what is wrong with any of them; makes outboards that are missing or damaged again.
    /// `named` gives the length that a committed version states. Blocks: the iterator belongs on a thread of its own.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub fn scrub<N>(&self, named: N) -> Result<Scrub<N>, PayloadError>
    where
        N: Fn(&VaultId, &PayloadRoot) -> Option<u64>,
    {
        Scrub::new(Arc::clone(&self.shared), named)
    }

    /// Whether a payload that a committed version names is there, with its length: [`Finding::Missing`] or
    /// [`Finding::WrongLength`] if not. Reads no content; blocks.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub fn examine(
        &self,
        vault: &VaultId,
        root: &PayloadRoot,
        len: u64,
    ) -> Result<Option<Finding>, PayloadError> {
        scrub::examine(&self.shared, Name { vault: *vault, root: *root }, len)
    }

    /// Bytes of the file system that uploads may still take; nothing within the reserve. Blocks.
    ///
    /// # Errors
    /// [`PayloadError::Io`].
    pub fn free(&self) -> Result<u64, PayloadError> {
        Ok(self.shared.free()?)
    }

    /// Gives the place of each payload that lies in a pack, in the order of vaults and roots, after all that
    /// were settled before have got a place. Until what it gives is dropped, their bytes stay there. Blocks.
    ///
    /// # Errors
    /// Those of `sink`; [`PayloadError::Full`], [`PayloadError::Io`]: nothing is lost, the journal has them.
    pub fn places(
        &self,
        mut sink: impl FnMut(VaultId, PayloadRoot, PackPlace) -> io::Result<()>,
    ) -> Result<Pause, PayloadError> {
        let pause = self.shared.packs.pause();
        self.shared.secure()?;
        let mut after = None;
        loop {
            let page = self.shared.packs.page(after.as_ref())?;
            let Some((last, _)) = page.last() else { return Ok(pause) };
            after = Some(*last);
            page.into_iter().try_for_each(|(name, place)| sink(name.vault, name.root, place))?;
        }
    }

    /// Bytes of bodies held in memory, on their way to or from disk.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.buffered.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Shared {
    /// Has all that is fresh lie in packs, and last there.
    fn secure(&self) -> io::Result<()> {
        self.fresh.write(&self.layout, &self.packs)?;
        self.packs.keep()
    }

    fn restored(&self) -> MutexGuard<'_, Vec<Name>> {
        self.restored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of the threads that may work on files.
    async fn hand(&self) -> Result<OwnedSemaphorePermit, PayloadError> {
        Arc::clone(&self.hands).acquire_owned().await.map_err(|_| PayloadError::stopped())
    }

    /// Does blocking work on another thread.
    async fn on_disk<T, F>(&self, work: F) -> Result<T, PayloadError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let hand = self.hand().await?;
        let work = move || {
            let done = work();
            drop(hand);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| PayloadError::stopped())
    }

    /// What the file system has left for uploads, once those that have no place yet have one.
    fn free(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(self.layout.payloads())?;
        let (files, bytes) = self.fresh.size();
        // Some file systems do not count files.
        if disk.f_files > 0 && disk.f_favail <= files.saturating_mul(2) {
            return Ok(0);
        }
        let taken =
            bytes.saturating_add(files.saturating_mul(disk.f_frsize)).saturating_add(self.limits.reserve);
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize).saturating_sub(taken))
    }

    /// Whether so many bytes more leave the reserve alone.
    fn room(&self, bytes: u64) -> Result<(), PayloadError> {
        if self.free()? > bytes { Ok(()) } else { Err(PayloadError::Full) }
    }

    fn settled_len(&self, name: &Name) -> io::Result<Option<u64>> {
        if let Some(bytes) = self.fresh.get(name) {
            return Ok(Some(bytes.len() as u64));
        }
        Ok(match len_of(&self.layout.payload(name))? {
            Some(len) => Some(len),
            None => self.packs.find(name)?.map(|place| u64::from(place.len)),
        })
    }

    fn kept(&self, name: &Name) -> Result<u64, PayloadError> {
        if let Some(len) = self.settled_len(name)? {
            return Ok(len);
        }
        Ok(len_of(&self.layout.part(name))?.unwrap_or(0))
    }

    /// The upload, as it was left or hashed anew. Whoever asks holds the name.
    fn open_part(&self, name: &Name) -> io::Result<Part> {
        match self.open.take(name) {
            // Another length: somebody else has written to it.
            Some(part) if part.file().metadata()?.len() == part.len() => Ok(part),
            _ => Part::open(&self.layout, name),
        }
    }
}

fn len_of(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

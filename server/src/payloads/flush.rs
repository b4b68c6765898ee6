//! Makes payloads durable together: one thread takes all that waits, flushes it at once, and renames it.
//!
//! # Why folders may be written down later
//! A settle promises that the bytes can be found again, not under which of two names. After the flush the journal holds the upload's
//! entry and all its bytes; a rename within one file system is atomic, so that a power cut leaves the old name or the new one, and
//! the start renames again what a committed version names. This rests on an fsync of a new file making its entry durable too, as
//! ext4, XFS and Btrfs do. On any other file system both folders are flushed before the answer.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::PayloadError;
use super::layout::{Layout, Name, rename};
use super::locks::Held;
use crate::durability;

/// More files than this, and the whole file system is flushed at once instead of each of them.
const FEW: usize = 64;

/// How long the thread waits for work before it writes down the folders changed since.
const TIDY_AFTER: Duration = Duration::from_secs(1);

/// A payload whose bytes are verified, under its upload's name.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) name: Name,
    pub(super) file: File,
    /// Its outboard, written beside the upload.
    pub(super) tree: Option<File>,
}

/// What is made durable for one caller. The names stay held until it is done, even if the caller goes.
#[derive(Debug)]
struct Job {
    ready: Vec<Ready>,
    held: Arc<Vec<Held>>,
    done: Option<oneshot::Sender<Result<(), PayloadError>>>,
}

/// The thread that flushes. It ends when this is dropped and the last job is done.
#[derive(Debug)]
pub(super) struct Settler {
    jobs: Sender<Job>,
}

impl Settler {
    pub(super) fn start(layout: Layout) -> io::Result<Self> {
        // Held open all the time: it reports each failed write of the file system since, whoever's file it was.
        let disk = Disk::open(layout.payloads())?;
        let (jobs, waiting) = mpsc::channel();
        thread::Builder::new().name("settler".to_owned()).spawn(move || run(&waiting, &layout, &disk))?;
        Ok(Self { jobs })
    }

    /// Flushes these payloads and gives them their final names.
    pub(super) async fn settle(&self, ready: Vec<Ready>, held: Arc<Vec<Held>>) -> Result<(), PayloadError> {
        let (done, answer) = oneshot::channel();
        let job = Job { ready, held, done: Some(done) };
        self.jobs.send(job).map_err(|_| PayloadError::stopped())?;
        answer.await.map_err(|_| PayloadError::stopped())?
    }

    /// Names have changed that nobody waits for: to be written down soon.
    pub(super) fn untidy(&self) {
        // Nobody to tell: the thread only ends with the server.
        drop(self.jobs.send(Job { ready: Vec::new(), held: Arc::default(), done: None }));
    }
}

fn run(waiting: &Receiver<Job>, layout: &Layout, disk: &Disk) {
    let mut untidy = false;
    loop {
        let first = match waiting.recv_timeout(TIDY_AFTER) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) if untidy => {
                disk.flush_all();
                untidy = false;
                continue;
            }
            Err(RecvTimeoutError::Timeout) => match waiting.recv() {
                Ok(job) => job,
                Err(_) => return,
            },
            Err(RecvTimeoutError::Disconnected) => {
                if untidy {
                    disk.flush_all();
                }
                return;
            }
        };
        let batch: Vec<_> = std::iter::once(first).chain(waiting.try_iter()).collect();
        disk.flush(batch.iter().flat_map(|job| &job.ready));
        for job in batch {
            finish(job, layout, disk);
        }
        untidy = true;
    }
}

/// Renames what is durable, and answers.
fn finish(job: Job, layout: &Layout, disk: &Disk) {
    let renamed = job.ready.iter().try_for_each(|ready| disk.rename(ready, layout));
    drop(job.held);
    if let Some(done) = job.done {
        // A caller that went needs no answer.
        drop(done.send(renamed));
    }
}

/// The file system that payloads lie on.
#[derive(Debug)]
pub(super) struct Disk {
    folder: File,
    /// Whether an fsync of a new file makes its name durable too.
    names_follow: bool,
}

impl Disk {
    pub(super) fn open(payloads: &Path) -> io::Result<Self> {
        let folder = File::open(payloads)?;
        let names_follow = names_follow(&folder)?;
        Ok(Self { folder, names_follow })
    }

    /// Makes the bytes of these files durable, or ends the process.
    pub(super) fn flush<'a>(&self, ready: impl Iterator<Item = &'a Ready>) {
        let mut files: Vec<_> =
            ready.flat_map(|ready| std::iter::once(&ready.file).chain(&ready.tree)).collect();
        if cfg!(target_os = "linux") && files.len() > FEW {
            return self.flush_all();
        }
        // Each from a thread of its own: the file system then writes one journal entry for all.
        let Some(last) = files.pop() else { return };
        thread::scope(|scope| {
            for file in files {
                scope.spawn(|| flush(file));
            }
            flush(last);
        });
    }

    /// Flushes the whole file system, or ends the process.
    pub(super) fn flush_all(&self) {
        if let Err(error) = self.sync() {
            durability::lost("payloads", &error);
        }
    }

    /// Flushes the whole file system.
    #[cfg(target_os = "linux")]
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.folder)?)
    }

    /// Elsewhere there is no such call: names are flushed one by one, and no journal carries payloads.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn sync(&self) -> io::Result<()> {
        self.folder.sync_all()
    }

    /// Gives a durable payload its final name. Where there is no room for the name it keeps the old one; any other failure ends
    /// the process.
    pub(super) fn rename(&self, ready: &Ready, layout: &Layout) -> Result<(), PayloadError> {
        let (part, payload) = (layout.part(&ready.name), layout.payload(&ready.name));
        let renamed = match ready.tree {
            Some(_) => rename(&layout.new_tree(&ready.name), &layout.tree(&ready.name)),
            None => Ok(()),
        };
        let renamed = renamed.and_then(|()| rename(&part, &payload));
        match renamed.map_err(PayloadError::from) {
            Ok(()) => {}
            Err(PayloadError::Full) => return Err(PayloadError::Full),
            Err(error) => durability::lost("payload name", &error),
        }
        if !self.names_follow {
            // The payload's folder and the two above it, which may be new.
            for folder in payload.ancestors().skip(1).take(3) {
                match File::open(folder) {
                    Ok(folder) => flush(&folder),
                    Err(error) => durability::lost("payload folder", &error),
                }
            }
        }
        Ok(())
    }
}

fn flush(file: &File) {
    if let Err(error) = file.sync_all() {
        durability::lost("payload", &error);
    }
}

/// Ext4 (with or without a journal), XFS and Btrfs.
#[cfg(target_os = "linux")]
fn names_follow(folder: &File) -> io::Result<bool> {
    let magic = i128::from(rustix::fs::fstatfs(folder)?.f_type);
    Ok([0xef53, 0x5846_5342, 0x9123_683e].contains(&magic))
}

#[cfg(not(target_os = "linux"))]
fn names_follow(_: &File) -> io::Result<bool> {
    Ok(false)
}

//! Where a backup's records come from: the running server gives them through its socket, a stopped one's store is opened.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::stream::{Reader, Summary, Writer};
use crate::admin;
use crate::config::Config;
use crate::failure::Failure;
use crate::start::open_records;
use crate::store::{Records, Space};

/// How long the running server may say nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the records come from. As long as it is held, no payload that they name is removed.
pub(super) enum Source {
    /// The running server.
    Running(UnixStream),
    /// The store of a stopped one.
    Stopped(Arc<dyn Records>),
}

impl Source {
    /// Finds out which it is.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        let socket = admin::socket(&config.server.folder);
        match UnixStream::connect(&socket) {
            Ok(stream) => Ok(Self::Running(stream)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(Failure::file(&socket, &error, "Run this as the server's user, or as root."))
            }
            Err(_) if !has_store(&config.server.folder) => {
                let what = format!("{}: there is no store", config.server.folder.display());
                Err(Failure::new(what, "Name the right configuration with --config."))
            }
            Err(_) => Ok(Self::Stopped(open_records(config)?)),
        }
    }

    /// Writes all records of one moment into a new file, durably.
    pub(super) async fn records(&mut self, to: File) -> Result<Summary, Failure> {
        let to = BufWriter::with_capacity(1 << 20, to);
        let written = match self {
            Self::Running(stream) => receive(stream, to),
            Self::Stopped(records) => export(&**records, to, std::future::ready(Ok(()))).await,
        };
        let failed = |error| {
            Failure::new(format!("the records: {error}"), "Look at the server's log and at the disk.")
        };
        let (to, summary) = written.map_err(failed)?;
        let file = to.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(summary)
    }

    /// Ends it. A running server must have stood by until now.
    pub(super) fn close(self) -> Result<(), Failure> {
        if let Self::Running(mut stream) = self {
            stream.write_all(b"done\n").map_err(|error| {
                Failure::new(
                    format!("the server stopped while the payloads were taken: {error}"),
                    "Start the backup again.",
                )
            })?;
        }
        Ok(())
    }
}

/// Whether there is a store in a server's folder.
pub(crate) fn has_store(folder: &Path) -> bool {
    folder.join("records").join("store").exists()
}

type Written<W> = io::Result<(W, Summary)>;

fn receive<W: Write>(stream: &mut UnixStream, to: W) -> Written<W> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(admin::EXPORT)?;
    let mut reader = Reader::begin(BufReader::with_capacity(1 << 20, &*stream))?;
    let mut writer = Writer::begin(to)?;
    for row in reader.by_ref() {
        writer.push(&row?)?;
    }
    writer.finish()
}

/// Writes the records of a store as a stream; its end after `then`. Sessions and pairings are left out: they must not live again after a restore.
pub(crate) async fn export<W: Write + Send + 'static>(
    records: &dyn Records,
    to: W,
    then: impl Future<Output = io::Result<()>>,
) -> Written<W> {
    let writer = Arc::new(Mutex::new(Some(Writer::begin(to)?)));
    let sink = Arc::clone(&writer);
    let push = move |row| match sink.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        Some(_) if LEFT_OUT.contains(&space_of(&row)) => Ok(()),
        Some(writer) => writer.push(&row),
        None => Ok(()),
    };
    records.export(Box::new(push)).await.map_err(io::Error::other)?;
    then.await?;
    let writer = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    writer.ok_or_else(|| io::Error::other("the export goes on"))?.finish()
}

/// Records that a backup does not hold.
const LEFT_OUT: [Space; 2] = [Space::Session, Space::Pairing];

fn space_of(row: &crate::store::Row) -> Space {
    row.0.space
}

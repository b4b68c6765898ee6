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
use crate::open_store::open_both;
use crate::payloads::{Pause, Payloads};
use crate::store::{Key, Records, Space};

/// How long the running server may say nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the records come from. As long as it is held, no payload that they name is removed.
pub(super) enum Source {
    /// The running server: what it gives, and the connection.
    Running(BufReader<UnixStream>),
    /// The store of a stopped one.
    Stopped(Arc<dyn Records>, Payloads),
}

impl Source {
    /// Finds out which it is.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        let socket = admin::socket(&config.server.folder);
        match UnixStream::connect(&socket) {
            Ok(stream) => Ok(Self::Running(BufReader::with_capacity(1 << 20, stream))),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(Failure::file(&socket, &error, "Run this as the server's user, or as root."))
            }
            Err(_) if !has_store(&config.server.folder) => {
                let what = format!("{}: there is no store", config.server.folder.display());
                Err(Failure::new(what, "Name the right configuration with --config."))
            }
            Err(_) => open_both(config).map(|(records, payloads)| Self::Stopped(records, payloads)),
        }
    }

    /// Writes all records of one moment into a new file, which is not durable yet: a running server waits to go on.
    pub(super) async fn records(&mut self, to: File) -> Result<(File, Summary), Failure> {
        let to = BufWriter::with_capacity(1 << 20, to);
        let written = match self {
            Self::Running(stream) => ask(stream).and_then(|()| receive(stream, to)),
            Self::Stopped(records, _) => export(&**records, to).await,
        };
        let (to, summary) = written.map_err(failed("records"))?;
        let file = to.into_inner().map_err(|error| failed("records")(error.into_error()))?;
        Ok((file, summary))
    }

    /// After the records: writes into a new file where payloads lie in packs.
    pub(super) fn places(&mut self, to: File) -> Result<(), Failure> {
        let to = BufWriter::with_capacity(1 << 20, to);
        let written = match self {
            Self::Running(stream) => receive(stream, to),
            // Nobody else is there who could move one.
            Self::Stopped(_, payloads) => places(payloads, to).map(|(written, _)| written),
        };
        let (to, _) = written.map_err(failed("places of payloads"))?;
        to.into_inner().map_err(|error| failed("places of payloads")(error.into_error())).map(drop)
    }

    /// Ends it. A running server must have stood by until now.
    pub(super) fn close(self) -> Result<(), Failure> {
        if let Self::Running(stream) = self {
            stream.into_inner().write_all(b"done\n").map_err(|error| {
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

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> Failure {
    move |error| Failure::new(format!("the {what}: {error}"), "Look at the server's log and at the disk.")
}

fn ask(stream: &mut BufReader<UnixStream>) -> io::Result<()> {
    stream.get_ref().set_read_timeout(Some(PATIENCE))?;
    stream.get_mut().write_all(admin::EXPORT)
}

/// Writes a stream as it comes.
fn receive<W: Write>(stream: &mut BufReader<UnixStream>, to: W) -> Written<W> {
    let mut reader = Reader::begin(stream)?.followed();
    let mut writer = Writer::begin(to)?;
    for row in reader.by_ref() {
        writer.push(&row?)?;
    }
    writer.finish()
}

/// Writes the records of a store as a stream. Sessions and pairings are left out: they must not live again after a restore.
pub(crate) async fn export<W: Write + Send + 'static>(records: &dyn Records, to: W) -> Written<W> {
    let writer = Arc::new(Mutex::new(Some(Writer::begin(to)?)));
    let sink = Arc::clone(&writer);
    let push = move |row| match sink.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        Some(_) if LEFT_OUT.contains(&space_of(&row)) => Ok(()),
        Some(writer) => writer.push(&row),
        None => Ok(()),
    };
    records.export(Box::new(push)).await.map_err(io::Error::other)?;
    let writer = writer.lock().unwrap_or_else(PoisonError::into_inner).take();
    writer.ok_or_else(|| io::Error::other("the export goes on"))?.finish()
}

/// Writes where payloads lie in packs as a stream of rows of their space, with the root alone and the place. They stay there until the
/// last of what this gives is dropped. Blocks.
pub(crate) fn places<W: Write>(payloads: &Payloads, to: W) -> io::Result<((W, Summary), Pause)> {
    let mut writer = Writer::begin(to)?;
    let pause = payloads.places(|vault, root, place| {
        let key = Key::new(Space::Payload, *vault.as_bytes(), *root.as_bytes());
        writer.push(&(key, place.to_bytes()))
    });
    let pause = pause.map_err(io::Error::other)?;
    Ok((writer.finish()?, pause))
}

/// Records that a backup does not hold.
const LEFT_OUT: [Space; 2] = [Space::Session, Space::Pairing];

fn space_of(row: &crate::store::Row) -> Space {
    row.0.space
}

//! What only Unix has: modes of files and folders, sockets of one user. Other systems are not verified: there these do less, and say so.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

/// Makes a folder, and those above it, that only its user may enter.
///
/// # Errors
/// As [`fs::DirBuilder::create`].
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Makes a file that only its user may read; `None` of the old content stays.
///
/// # Errors
/// As [`OpenOptions::open`].
pub fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes a file that only its user may read, where nothing has its name: no link is followed, nothing is overwritten.
///
/// # Errors
/// As [`OpenOptions::open`].
pub fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a file so that it is there whole or not at all, also after a power cut, for its user only.
///
/// # Errors
/// An I/O error; the file of before then stays.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = private_file(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Waits until somebody calls a socket, this long at most.
pub fn await_readable(socket: &UnixListener, most: Duration) {
    let mut polled = [PollFd::new(socket, PollFlags::IN)];
    let most = Timespec::try_from(most).ok();
    if rustix::event::poll(&mut polled, most.as_ref()).is_err() {
        // Interrupted by a signal: never without a pause.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Where sockets of this user go: its runtime folder, else a private folder under the temporary one.
///
/// # Errors
/// An I/O error, or [`io::ErrorKind::PermissionDenied`] where the folder is somebody else's.
pub fn runtime_folder() -> io::Result<PathBuf> {
    let uid = rustix::process::geteuid().as_raw();
    let folder =
        match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute()) {
            Some(folder) => folder.join("carnet"),
            None => std::env::temp_dir().join(format!("carnet-{uid}")),
        };
    private_folder(&folder)?;
    let metadata = fs::symlink_metadata(&folder)?;
    if metadata.is_dir() && std::os::unix::fs::MetadataExt::uid(&metadata) == uid {
        Ok(folder)
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// Whether whoever is at the other end is this very user.
///
/// # Errors
/// An I/O error of the socket.
pub fn is_same_user(stream: &UnixStream) -> io::Result<bool> {
    let other = rustix::net::sockopt::socket_peercred(stream)?;
    Ok(other.uid == rustix::process::geteuid())
}

/// Keeps this process's memory out of core dumps and away from debuggers, as far as the system lets it.
pub fn guard_memory() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

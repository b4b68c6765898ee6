//! A document in the viewer of this machine: a copy in a folder of its own, which nobody else can read and which is gone afterwards.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::cli::Cli;
use crate::stopped::Unfinished;
use crate::{Failure, say, unix};

/// A copy that is being looked at. It is gone when this is dropped, and where the command is stopped.
pub(crate) struct ViewedCopy {
    folder: TempDir,
    _unfinished: Unfinished,
}

impl ViewedCopy {
    /// A folder for it.
    ///
    /// # Errors
    /// `nobody-there`: who has read it is asked for, before it is gone; `file`.
    pub(crate) fn begin(cli: &Cli<'_>) -> Result<Self, Failure> {
        if !cli.terminal.is_there() {
            return Err(Failure::wrong("viewer-nobody"));
        }
        // The system's own folder for this session is in memory, where there is one.
        let parent = unix::runtime_folder().unwrap_or_else(|_| std::env::temp_dir());
        let made = tempfile::Builder::new().prefix("carnet-view-").tempdir_in(&parent);
        let folder = made.map_err(|error| Failure::file(&parent, &error))?;
        let unfinished = Unfinished::folder(folder.path());
        Ok(Self { folder, _unfinished: unfinished })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Shows it, until the person has read it.
    ///
    /// # Errors
    /// `viewer-none` where this machine has no viewer.
    pub(crate) fn show(self, cli: &Cli<'_>, file: &Path) -> Result<(), Failure> {
        // Whoever reads it does not write into it: what is changed would be gone.
        let _ = fs::metadata(file).map(|metadata| {
            let mut permissions = metadata.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(file, permissions)
        });
        let viewer = std::env::var_os("CARNET_VIEWER").unwrap_or_else(|| OsString::from(VIEWER));
        let mut command = Command::new(&viewer);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let name = viewer.to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|_| Failure::coded("viewer-none").with("name", name))?;
        let asked = cli.terminal.ask(&say!(cli.texts, "viewer-done"));
        let _ = child.try_wait();
        asked.map(drop)
    }
}

/// What opens files in the viewer that the person has chosen for their kind.
const VIEWER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

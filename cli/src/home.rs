//! Where one person's client keeps its things: a folder a person, under the data folder of the user (XDG).
//!
//! ```text
//! HOME/NAME/lock.age      the device's secret, under a passphrase
//! HOME/NAME/records.redb  everything else, sealed under that secret
//! HOME/NAME/payloads/     sealed contents, as the server keeps them
//! HOME/NAME/spool/        sealed contents that are on their way
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::unix;

/// The folder of one person.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The folder of this person; `name` is one word, `me` where nothing else is said.
    ///
    /// # Errors
    /// `home-name` for a name that is no name of a folder; `home-nowhere` where the user has no folder.
    pub fn of(name: Option<&str>) -> Result<Self, Failure> {
        let name = name.unwrap_or("me");
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            return Err(Failure::wrong("home-name").with("name", name));
        }
        Ok(Self { folder: base()?.join(name) })
    }

    /// A folder that is named as it is: a drill's.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether somebody lives here.
    #[must_use]
    pub fn is_lived_in(&self) -> bool {
        self.lock().is_file()
    }

    /// Whether something is here that opens no more: the device's secret is missing.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let something = match fs::read_dir(&self.folder) {
            Ok(mut inside) => inside.next().is_some(),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        };
        something && !self.is_lived_in()
    }

    /// The file of the device's secret.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock.age")
    }

    /// The sealed records.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.folder.join("records.redb")
    }

    /// Sealed contents.
    #[must_use]
    pub fn payloads(&self) -> PathBuf {
        self.folder.join("payloads")
    }

    /// Sealed contents on their way.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.folder.join("spool")
    }

    /// Makes the folders.
    ///
    /// # Errors
    /// `file`.
    pub fn make(&self) -> Result<(), Failure> {
        let made = [self.folder.clone(), self.payloads(), self.spool()]
            .iter()
            .try_for_each(|folder| unix::private_folder(folder));
        made.map_err(|error: io::Error| Failure::file(&self.folder, &error))
    }

    /// The agent's socket: its name is short, as the system wants it, and another for each folder.
    ///
    /// # Errors
    /// `file`.
    pub fn socket(&self) -> Result<PathBuf, Failure> {
        let folder = unix::runtime_folder().map_err(|error| Failure::file(Path::new("carnet"), &error))?;
        let path = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
        Ok(folder.join(format!("{}.sock", name.get(..16).unwrap_or_default())))
    }
}

/// `CARNET_HOME`, else the user's data folder.
fn base() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("CARNET_HOME")
        .or_else(|| set("XDG_DATA_HOME").map(|folder| folder.join("carnet")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/carnet")))
        .ok_or_else(|| Failure::coded("home-nowhere"))
}

/// A path that does not depend on where the next command is run.
pub(crate) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

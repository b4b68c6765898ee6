//! Why this client's records are of no use.

use std::io;

use carnet_core::device::DeviceError;
use carnet_core::secret::NoRandomness;
use carnet_wire::StableCode;

/// Why this client's records are of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// Another command is at work in the same folder.
    #[error("another command is at work")]
    Busy,
    /// A row does not open: the folder is of another device, or was changed.
    #[error("cannot open")]
    Closed,
    /// The file of the records is not as it was written: it has lost something, or a byte of it was changed.
    #[error("the records are damaged")]
    Damaged,
    /// The disk takes no more.
    #[error("the disk is full")]
    Full,
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(Box<redb::Error>),
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl From<DeviceError> for LocalError {
    fn from(_: DeviceError) -> Self {
        Self::Closed
    }
}

impl StableCode for LocalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "local-busy",
            Self::Closed => "local-closed",
            Self::Damaged => "local-damaged",
            Self::Full => "local-full",
            Self::Store(_) => "local-store",
            Self::Randomness(_) => "no-randomness",
        }
    }
}

/// What the engine says, told apart by what a person can do about it.
pub(super) fn store(error: impl Into<redb::Error>) -> LocalError {
    use redb::Error;
    let error = error.into();
    match &error {
        // What is said of a table or a value that this client has written itself says that the file was changed.
        Error::Corrupted(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TableIsNotMultimap(_)
        | Error::TypeDefinitionChanged { .. }
        | Error::UpgradeRequired(_) => LocalError::Damaged,
        Error::Io(error) if is_full(error) => LocalError::Full,
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => LocalError::Damaged,
        // An earlier write did not end: the engine wants to be opened again, and the next command does.
        _ => LocalError::Store(Box::new(error)),
    }
}

/// Whether there is no room left.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

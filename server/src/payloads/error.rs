//! Why payloads are not taken, settled or given.

use std::io;

use carnet_wire::StableCode;
use carnet_wire::payload::PayloadLenError;

use crate::refusal::Refusal;

/// Why something is not done with a payload.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// No settled payload of that name.
    #[error("there is no such payload")]
    Absent,
    /// A payload to be settled has not been uploaded whole.
    #[error("the payload has not been uploaded whole")]
    Missing,
    /// The bytes uploaded have another root than their name: they are gone, and the upload begins again.
    #[error("the bytes uploaded are not the payload named")]
    WrongRoot,
    /// The payload has another length than the statement says.
    #[error("the payload has another length than stated")]
    WrongLength,
    /// No sealed payload can have this length.
    #[error(transparent)]
    Length(#[from] PayloadLenError),
    /// The upload stands elsewhere than the request says.
    #[error("the upload stands elsewhere")]
    Offset,
    /// Somebody else is writing this payload.
    #[error("the upload is being written")]
    Busy,
    /// More bytes than may be uploaded.
    #[error("the upload is too long")]
    TooLarge,
    /// The body ended with an error, or nothing came for too long. What came was kept.
    #[error("the body was cut short")]
    Broken,
    /// The payload does not have this range.
    #[error("the payload does not have this range")]
    Range,
    /// No room left, or what is left is the configured reserve.
    #[error("no room left")]
    Full,
    /// The system failed.
    #[error("the file system failed")]
    Io(#[source] io::Error),
}

impl StableCode for PayloadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Absent => "payload-absent",
            Self::Missing => "payload-missing",
            Self::WrongRoot => "payload-wrong-root",
            Self::WrongLength => "payload-wrong-length",
            Self::Length(error) => error.code(),
            Self::Offset => "upload-offset",
            Self::Busy => "upload-busy",
            Self::TooLarge => "upload-too-large",
            Self::Broken => "upload-broken",
            Self::Range => "range",
            Self::Full => "storage-full",
            Self::Io(_) => "payload-io",
        }
    }
}

impl PayloadError {
    /// The server is stopping, or work on a blocking thread ended without an answer.
    pub(super) fn stopped() -> Self {
        Self::Io(io::Error::other("the work was given up"))
    }
}

impl From<io::Error> for PayloadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::NotFound => Self::Absent,
            _ => Self::Io(error),
        }
    }
}

impl From<PayloadError> for Refusal {
    fn from(error: PayloadError) -> Self {
        match &error {
            PayloadError::Absent => Self::Absent,
            // After a wrong root nothing of the upload is left: it is missing, and to be sent again.
            PayloadError::Missing | PayloadError::WrongRoot => Self::PayloadMissing,
            PayloadError::WrongLength | PayloadError::Length(_) => Self::Statement(error.code()),
            PayloadError::Offset | PayloadError::Busy => Self::UploadOffset,
            PayloadError::TooLarge => Self::TooLarge(error.code()),
            PayloadError::Broken => Self::Malformed(error.code()),
            PayloadError::Range => Self::Range,
            PayloadError::Full => Self::Full,
            PayloadError::Io(source) => {
                tracing::error!(code = error.code(), kind = ?source.kind(), os = source.raw_os_error());
                Self::Internal
            }
        }
    }
}

//! Why a file key was not wrapped to a reader, or did not come out of a header.

use carnet_wire::StableCode;

use crate::secret::NoRandomness;

/// Why no file key was wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
    /// The grant made is not one. Never in fact.
    #[error("the grant made is malformed")]
    Grant,
    /// A recipient is of low order. Never in fact: recipients are checked when they are parsed.
    #[error("a recipient is of low order")]
    LowOrder,
    /// There is nobody to wrap for.
    #[error("there is no reader to seal for")]
    NoReader,
    /// The system has no randomness to give.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// More than 128 readers of one file.
    #[error("a file has at most {MAX_READERS} readers")]
    TooManyReaders,
}

impl StableCode for WrapError {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant => "wrap-grant",
            Self::LowOrder => "wrap-low-order",
            Self::NoReader => "wrap-no-reader",
            Self::Randomness(_) => "no-randomness",
            Self::TooManyReaders => "wrap-too-many-readers",
        }
    }
}

/// Why no file key came out of a header. Kept local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// A share is of low order.
    #[error("a stanza's share is of low order")]
    LowOrder,
    /// The header's MAC is wrong: it was changed after it was made.
    #[error("the header's MAC is wrong")]
    Mac,
    /// No stanza is for these identities.
    #[error("the file is for someone else")]
    NoMatch,
    /// A passphrase stanza stands beside another stanza.
    #[error("a passphrase stanza stands beside another")]
    ScryptNotAlone,
    /// A stanza of a known kind has the wrong number or size of arguments, or the wrong size of body.
    #[error("a stanza is malformed")]
    Stanza,
}

impl StableCode for UnwrapError {
    fn code(&self) -> &'static str {
        match self {
            Self::LowOrder => "unwrap-low-order",
            Self::Mac => "unwrap-mac",
            Self::NoMatch => "unwrap-no-match",
            Self::ScryptNotAlone => "unwrap-scrypt-not-alone",
            Self::Stanza => "unwrap-stanza",
        }
    }
}

/// Most readers of one file.
pub(crate) const MAX_READERS: usize = 128;

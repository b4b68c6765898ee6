//! Why a version does not open, or is not sealed again.

use carnet_wire::StableCode;
use carnet_wire::slice::SliceError;
use carnet_wire::statement::StatementError;

use crate::authored::AuthoredError;
use crate::manifest::ManifestError;
use crate::seal::SealError;
use crate::stream::open::OpenPayloadError;
use crate::vault::VaultError;
use crate::wrap_error::UnwrapError;

/// Why a version does not open. All say the same to whoever reads them; the code tells them apart, for this device only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("cannot open")]
pub enum OpenError {
    /// A statement is refused.
    Statement(#[from] StatementError),
    /// The vault's chain or rules refuse a statement.
    Vault(#[from] VaultError),
    /// Signed for another entry or version than asked for.
    OtherVersion,
    /// The leaf is not in the signed batch.
    Grant,
    /// The header is not the one in the leaf.
    Header,
    /// The manifest's bytes are not those that were signed.
    ManifestDigest,
    /// The payload's length is not one that a payload has, or not the signed one.
    PayloadLen,
    /// None of the keys at hand is the one that the grant is wrapped to.
    NoKey,
    /// The header gives no file key.
    Unwrap(#[from] UnwrapError),
    /// The header gives another file key than the one committed to: one payload would read differently.
    Commitment,
    /// The manifest does not open.
    Manifest(#[from] ManifestError),
    /// The authored part is not the one committed to.
    InnerCommitment,
    /// The authored part proves nothing.
    Authored(#[from] AuthoredError),
    /// The authored part is of a later version, or longer than the payload.
    AuthoredElsewhere,
    /// The payload's bytes are not those under the signed root.
    Slice(#[from] SliceError),
    /// A chunk of the payload is not authentic.
    Payload(#[from] OpenPayloadError),
    /// The range is not in the content.
    Range,
    /// The content is not the one that its author signed.
    Content,
}

impl StableCode for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Statement(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::OtherVersion => "open-other-version",
            Self::Grant => "open-grant",
            Self::Header => "open-header",
            Self::ManifestDigest => "open-manifest-digest",
            Self::PayloadLen => "open-payload-length",
            Self::NoKey => "open-no-key",
            Self::Unwrap(error) => error.code(),
            Self::Commitment => "open-commitment",
            Self::Manifest(error) => error.code(),
            Self::InnerCommitment => "open-inner-commitment",
            Self::Authored(error) => error.code(),
            Self::AuthoredElsewhere => "open-authored-elsewhere",
            Self::Slice(error) => error.code(),
            Self::Payload(error) => error.code(),
            Self::Range => "open-range",
            Self::Content => "open-content",
        }
    }
}

/// Why a version was not sealed again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// The content is not the one that the author signed.
    #[error("the content is not the one that its author signed")]
    Content,
    /// Sealing failed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl StableCode for ResealError {
    fn code(&self) -> &'static str {
        match self {
            Self::Content => "reseal-content",
            Self::Seal(error) => error.code(),
        }
    }
}

//! Why an account's line is refused.

use crate::StableCode;
use crate::statement::{Kind, StatementError};

/// Why an account's line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// No statement at all.
    #[error("no statement")]
    Empty,
    /// The statement or its signature is refused.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It speaks of another account, or counts under another log.
    #[error("a statement of another account")]
    OtherAccount,
    /// Not of a kind that an account's line holds.
    #[error("a statement of kind {0} in the line of an account")]
    NotOfAnAccount(Kind),
    /// It does not name the newest statement: one is missing, or two contend.
    #[error("it does not follow the newest statement")]
    NotNext,
    /// A generation or root version that does not come next.
    #[error("not the next generation")]
    Generation,
    /// Keys that nothing can be wrapped to.
    #[error("the keys are not usable")]
    Keys,
    /// Signed by a device that the account does not know.
    #[error("signed by an unknown device")]
    UnknownDevice,
    /// Signed by a device that has been cut off.
    #[error("signed by a device that has been cut off")]
    CutOff,
    /// An older state of a line than the one that is held, or another.
    #[error("the account's line does not go on from what was known")]
    Rollback,
    /// The device has been certified before; a device that was cut off comes back with a new key.
    #[error("the device is certified already")]
    DeviceTwice,
}

impl StableCode for LineError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "account-empty",
            Self::Statement(error) => error.code(),
            Self::OtherAccount => "account-other",
            Self::NotOfAnAccount(_) => "account-other-kind",
            Self::NotNext => "account-not-next",
            Self::Generation => "account-generation",
            Self::Keys => "account-keys",
            Self::UnknownDevice => "account-unknown-device",
            Self::CutOff => "account-device-cut-off",
            Self::Rollback => "account-rollback",
            Self::DeviceTwice => "account-device-twice",
        }
    }
}

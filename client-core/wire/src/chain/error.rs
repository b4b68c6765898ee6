//! Why a vault's chain is refused.

use crate::StableCode;
use crate::line::LineError;
use crate::statement::{Kind, StatementError};

/// Why a vault's chain is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No statement at all.
    #[error("no statement")]
    Empty,
    /// The statement or its signature is refused.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The signer's account refuses it.
    #[error(transparent)]
    Account(#[from] LineError),
    /// It speaks of another vault, or counts under another log.
    #[error("a statement of another vault")]
    OtherVault,
    /// Not of a kind that a vault's chain holds.
    #[error("a statement of kind {0} in the chain of a vault")]
    NotOfAVault(Kind),
    /// It does not replace what is in force: one is missing, or two contend.
    #[error("it does not follow what is in force")]
    NotNext,
    /// The account that acts has not been verified.
    #[error("the account that acts is not known")]
    UnknownActor,
    /// The actor may not do this.
    #[error("the actor may not do this")]
    NotAllowed,
    /// Keys that nothing can be wrapped to.
    #[error("the keys are not usable")]
    Keys,
    /// A policy that names a circle at another generation than the current one.
    #[error("the policy names a circle at a generation that has been replaced")]
    StalePolicy,
    /// An older state of a chain than the one that is held, or another.
    #[error("the vault's chain does not go on from what was known")]
    Rollback,
    /// The vault has been closed.
    #[error("the vault is closed")]
    Closed,
}

impl StableCode for ChainError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "vault-empty",
            Self::Statement(error) => error.code(),
            Self::Account(error) => error.code(),
            Self::OtherVault => "vault-other",
            Self::NotOfAVault(_) => "vault-other-kind",
            Self::NotNext => "vault-not-next",
            Self::UnknownActor => "vault-unknown-actor",
            Self::NotAllowed => "vault-not-allowed",
            Self::Keys => "vault-keys",
            Self::StalePolicy => "vault-stale-policy",
            Self::Rollback => "vault-rollback",
            Self::Closed => "vault-closed",
        }
    }
}

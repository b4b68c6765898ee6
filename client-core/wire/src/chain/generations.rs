//! The generations of a vault's or a circle's keys: each names the statement that it replaces.

use super::ChainError;
use crate::bundle::{Bundle, RecipientBytes};
use crate::id::{KeyId, StatementHash};

/// The current generation, and the statement that made it. What older ones are needed for is in the key entry.
#[derive(Debug, Clone)]
pub(super) struct Generations {
    number: u64,
    key_id: KeyId,
    recipient: RecipientBytes,
    statement: StatementHash,
}

impl Generations {
    /// The first generation.
    pub(super) fn first(bundle: &Bundle, statement: StatementHash) -> Result<Self, ChainError> {
        let recipient = bundle.recipient();
        if !recipient.is_usable() {
            return Err(ChainError::Keys);
        }
        Ok(Self { number: 1, key_id: recipient.key_id(), recipient: recipient.clone(), statement })
    }

    /// Takes the next generation in the place of the current one.
    pub(super) fn push(
        &mut self,
        number: u64,
        bundle: &Bundle,
        replaces: &StatementHash,
        statement: StatementHash,
    ) -> Result<(), ChainError> {
        if *replaces != self.statement || Some(number) != self.number.checked_add(1) {
            return Err(ChainError::NotNext);
        }
        let next = Self::first(bundle, statement)?;
        if next.key_id == self.key_id {
            return Err(ChainError::Keys);
        }
        *self = Self { number, ..next };
        Ok(())
    }

    /// Its number.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The id of its recipient.
    pub(super) fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Its recipient.
    pub(super) fn recipient(&self) -> &RecipientBytes {
        &self.recipient
    }

    /// The statement that made it.
    pub(super) fn statement(&self) -> StatementHash {
        self.statement
    }
}

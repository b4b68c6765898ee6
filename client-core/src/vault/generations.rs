//! The generations of a vault's or a circle's keys: each names the statement that it replaces.

use carnet_wire::bundle::Bundle;
use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{ReaderId, StatementHash};

use super::VaultError;
use crate::account::Keyring;
use crate::hybrid::HybridRecipient;
use crate::reader::VerifiedReader;

/// The current generation, and the statement that made it. What older ones are needed for is in the key entry.
#[derive(Debug, Clone)]
pub(super) struct Generations {
    number: u64,
    recipient: HybridRecipient,
    statement: StatementHash,
}

impl Generations {
    /// The first generation; nothing where its keys are not usable.
    pub(super) fn first(bundle: &Bundle, statement: StatementHash) -> Option<Self> {
        let recipient = HybridRecipient::from_bytes(bundle.recipient().as_bytes()).ok()?;
        Some(Self { number: 1, recipient, statement })
    }

    /// Takes the next generation in the place of the current one.
    pub(super) fn push(
        &mut self,
        number: u64,
        bundle: &Bundle,
        replaces: &StatementHash,
        statement: StatementHash,
    ) -> Result<(), VaultError> {
        if *replaces != self.statement || Some(number) != self.number.checked_add(1) {
            return Err(VaultError::NotNext);
        }
        let next = Self::first(bundle, statement).ok_or(VaultError::Keys)?;
        if next.recipient.key_id() == self.recipient.key_id() {
            return Err(VaultError::Keys);
        }
        *self = Self { number, ..next };
        Ok(())
    }

    /// The current generation under a reader's name.
    pub(super) fn current(&self, id: ReaderId, via: Via) -> VerifiedReader {
        VerifiedReader::new(id, self.number, via, self.recipient.clone())
    }

    /// Whether these are the keys of the current generation.
    pub(super) fn is_of(&self, keyring: &Keyring) -> bool {
        keyring.newest().key_id() == self.recipient.key_id()
    }

    /// The statement that made the current generation.
    pub(super) fn statement(&self) -> StatementHash {
        self.statement
    }

    /// Its number.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

//! The accounts that a client has verified.

use std::collections::BTreeMap;

use carnet_wire::id::ActorId;
use carnet_wire::line::{Line, Resolve};

use super::{AccountError, VerifiedAccount};

/// The accounts that a client has verified, by their names in statements.
#[derive(Debug, Default, Clone)]
pub struct Accounts(BTreeMap<ActorId, VerifiedAccount>);

impl Accounts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or its newer state.
    ///
    /// # Errors
    /// [`AccountError::Rollback`] where the state that is held is not extended: a server that leaves the end of a line out, where a
    /// device was cut off, does not bring it back.
    pub fn insert(&mut self, account: VerifiedAccount) -> Result<(), AccountError> {
        match self.0.get(&account.actor()) {
            Some(held) if !account.extends(held) => Err(AccountError::Rollback),
            _ => {
                self.0.insert(account.actor(), account);
                Ok(())
            }
        }
    }

    /// Looks one up.
    #[must_use]
    pub fn resolve(&self, actor: &ActorId) -> Option<&VerifiedAccount> {
        self.0.get(actor)
    }
}

impl Resolve for Accounts {
    fn line(&self, actor: &ActorId) -> Option<&Line> {
        self.resolve(actor).map(|account| &**account)
    }
}

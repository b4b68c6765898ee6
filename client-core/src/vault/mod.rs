//! Vaults: one person's record. A verified vault comes out of the statements chained from its genesis, whose hash is its id.
//!
//! The rules of a chain are in `carnet_wire::chain`, where the server has them too. A client also wraps to a vault's keys: here
//! each current generation becomes a [`VerifiedReader`]. Nothing is wrapped to a vault's or a circle's keys but through
//! [`VerifiedVault::reader`], [`VerifiedVault::circle`] and [`VerifiedVault::readers_for`]: a recipient that does not chain from
//! genesis never becomes a [`VerifiedReader`].

mod activate;
mod create;
mod key_entry;
mod vaults;

pub use activate::{ActivationError, NewActivation};
pub use carnet_wire::chain::{ChainError as VaultError, Ground, activation_consent};
pub use create::{NewCircle, NewGeneration, NewVault, Ruler, Rules};
pub use key_entry::{key_entry_document, open_key_entry};
pub use vaults::Vaults;

use core::ops::Deref;
use std::collections::BTreeMap;

use carnet_wire::chain::Chain;
use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{ReaderId, VaultId};
use carnet_wire::position::{LogPosition, Signed};

use crate::account::Accounts;
use crate::hybrid::HybridRecipient;
use crate::reader::VerifiedReader;

/// A vault whose chain has been verified from its genesis, each generation of its keys and its circles' being usable.
#[derive(Debug, Clone)]
pub struct VerifiedVault {
    chain: Chain,
    own: VerifiedReader,
    circles: BTreeMap<ReaderId, VerifiedReader>,
}

impl VerifiedVault {
    /// Verifies a whole chain: `statements` in the order of the vault's history, the first being its genesis. Statements of
    /// other kinds than genesis, policy, key, circle, activate and close are not part of the chain: the caller leaves them out.
    ///
    /// # Errors
    /// [`VaultError`] at the first statement that does not follow.
    pub fn from_chain<'a>(
        id: &VaultId,
        statements: impl IntoIterator<Item = &'a Signed>,
        accounts: &Accounts,
    ) -> Result<Self, VaultError> {
        let mut statements = statements.into_iter();
        let genesis = statements.next().ok_or(VaultError::Empty)?;
        let genesis = Self::begin(id, &genesis.bytes, accounts, genesis.position.clone())?;
        statements.try_fold(genesis, |vault, next| vault.follow(&next.bytes, accounts, next.position.clone()))
    }

    /// Verifies the genesis of this vault, `position` being its proven place in the log, where known: it is needed once the device
    /// that signed has been cut off.
    ///
    /// # Errors
    /// [`VaultError::OtherVault`] where its hash is another, [`VaultError::UnknownActor`] where its holder's account is not
    /// among `accounts`, [`VaultError::Keys`] where nothing can be wrapped to its keys, or a statement error.
    pub fn begin(
        id: &VaultId,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let chain = Chain::begin(id, bytes, accounts, position)?;
        let own = current(&chain, chain.reader_id(), Via::Vault)?;
        Ok(Self { chain, own, circles: BTreeMap::new() })
    }

    /// Verifies the next statement of the chain, `position` being its proven place in the log, where known.
    ///
    /// # Errors
    /// [`VaultError`]; nothing of the statement is kept then.
    pub fn follow(
        self,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let Self { chain, mut own, mut circles } = self;
        let chain = chain.follow(bytes, accounts, position)?;
        if chain.generation_of(&own.id()) != Some(own.generation()) {
            own = current(&chain, own.id(), Via::Vault)?;
        }
        for circle in chain.circles() {
            if chain.generation_of(circle) != circles.get(circle).map(VerifiedReader::generation) {
                circles.insert(*circle, current(&chain, *circle, Via::Circle)?);
            }
        }
        Ok(Self { chain, own, circles })
    }

    /// The vault's own reader at its current generation.
    #[must_use]
    pub fn reader(&self) -> VerifiedReader {
        self.own.clone()
    }

    /// A circle at its current generation, if it chains from this genesis.
    #[must_use]
    pub fn circle(&self, circle: &ReaderId) -> Option<VerifiedReader> {
        self.circles.get(circle).cloned()
    }

    /// Whom a deposit of this class is wrapped to: the vault, and the circles that the policy names.
    ///
    /// # Errors
    /// [`VaultError::StalePolicy`] where the policy names a circle at a generation that has been replaced: the holder's next
    /// policy comes first.
    pub fn readers_for(&self, class: u16) -> Result<Vec<VerifiedReader>, VaultError> {
        let mut readers = vec![self.reader()];
        for named in self.circles_for(class)? {
            readers.push(self.circle(&named.circle).ok_or(VaultError::StalePolicy)?);
        }
        Ok(readers)
    }
}

/// What the chain tells.
impl Deref for VerifiedVault {
    type Target = Chain;

    fn deref(&self) -> &Chain {
        &self.chain
    }
}

fn current(chain: &Chain, id: ReaderId, via: Via) -> Result<VerifiedReader, VaultError> {
    let (number, bytes) = chain.generation_of(&id).zip(chain.recipient_of(&id)).ok_or(VaultError::Keys)?;
    let recipient = HybridRecipient::from_bytes(bytes.as_bytes()).map_err(|_| VaultError::Keys)?;
    Ok(VerifiedReader::new(id, number, via, recipient))
}

//! Activation: a vault that was opened by letter passes to its holder's account, in one step. The vault's keys rotate, the letter's rights
//! end, and what was deposited before is granted to the new generation.

use carnet_wire::StableCode;
use carnet_wire::grant_leaf::{GrantLeafError, Via};
use carnet_wire::statement::{Activate, Context, Pin, Statement};

use super::VerifiedVault;
use crate::account::keyring::Keyring;
use crate::account::{Owner, VerifiedAccount};
use crate::grant::{Batch, Terms};
use crate::open::Opened;
use crate::reader::{ReaderKeys, VerifiedReader};
use crate::secret::NoRandomness;
use crate::signer::SignError;
use crate::wrap_error::WrapError;

/// A vault's activation: its secrets, newest first, the statement, and the grants of what was deposited before.
#[derive(Debug)]
pub struct NewActivation {
    /// The secrets: the content of the key entry's next version, to be granted to the new holder.
    pub keyring: Keyring,
    /// The statement, signed by the letter.
    pub statement: Statement<Activate>,
    /// The grants to the new generation, in the order of their leaves.
    pub grants: Batch,
}

impl NewActivation {
    /// Makes the activation. `keyring` holds the secrets of the first generation, `evidence` is what the letter and its second factor
    /// give together, `opened` what was deposited: at most 1,000 versions.
    ///
    /// # Errors
    /// [`ActivationError`].
    #[allow(
        clippy::too_many_arguments,
        reason = "each is another party's word; a struct would be filled at one place and read at one"
    )]
    pub fn make(
        vault: &VerifiedVault,
        letter: &ReaderKeys,
        mut keyring: Keyring,
        account: &VerifiedAccount,
        owner: &Owner,
        opened: &[Opened],
        evidence: [u8; 32],
        pin: Option<Pin>,
        now: u64,
    ) -> Result<Self, ActivationError> {
        let keys = ReaderKeys::make()?;
        let old = vault.reader();
        let generation = old.generation().saturating_add(1);
        let reader =
            VerifiedReader::new(old.id(), generation, Via::Vault, keys.identity().recipient().clone());
        let wrapped =
            opened.iter().map(|opened| opened.grant(&reader, Terms::OPEN)).collect::<Result<_, _>>()?;
        let grants = Batch::new(wrapped)?;
        let mut body = Activate {
            context: Context { vault: vault.id(), actor: account.actor(), time: now, pin },
            account: account.id(),
            bundle: keys.bundle(),
            key_entry: vault.key_entry().next(),
            factor: evidence.into(),
            grants: grants.root(),
            consent: [0; 64].into(),
        };
        body.consent = owner.consent(&body).into();
        let statement = letter.signing().sign(vault.origin(), body)?;
        keyring.push(keys);
        Ok(Self { keyring, statement, grants })
    }
}

/// Why a vault is not activated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// The file key of a deposit could not be wrapped.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// More than 1,000 deposits.
    #[error(transparent)]
    Grants(#[from] GrantLeafError),
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The statement would be one that nobody reads.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl StableCode for ActivationError {
    fn code(&self) -> &'static str {
        match self {
            Self::Wrap(error) => error.code(),
            Self::Grants(error) => error.code(),
            Self::Randomness(error) => error.code(),
            Self::Sign(error) => error.code(),
        }
    }
}

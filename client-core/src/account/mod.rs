//! Accounts: who has keys. A verified account comes out of its own line of statements, which begins with its id.
//!
//! The rules of a line are in `carnet_wire::line`, where the server has them too. A client also wraps to an account's keys: here the
//! newest generation becomes a [`VerifiedReader`].

mod accounts;
mod create;
pub mod held;
pub mod keyring;
pub mod kit;
pub mod pairing;
pub mod pairing_code;
pub mod passphrase_file;
pub mod shares;
pub mod slot;

pub use accounts::Accounts;
pub use carnet_wire::line::{DeviceRecord, LineError as AccountError, SlotRecord};
pub use create::{NewAccount, Owner};
pub use keyring::Keyring;

use core::ops::Deref;

use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{AccountId, ReaderId};
use carnet_wire::line::Line;
use carnet_wire::position::{LogPosition, Signed};

use crate::hybrid::HybridRecipient;
use crate::reader::VerifiedReader;

/// An account whose line of statements has been verified from the first, each generation of its keys being usable.
#[derive(Debug, Clone)]
pub struct VerifiedAccount {
    line: Line,
    newest: VerifiedReader,
}

impl VerifiedAccount {
    /// Verifies a whole line: `statements` in order, the first making the account of this id.
    ///
    /// # Errors
    /// [`AccountError`] at the first statement that does not follow.
    pub fn from_chain<'a>(
        id: &AccountId,
        statements: impl IntoIterator<Item = &'a Signed>,
    ) -> Result<Self, AccountError> {
        let mut statements = statements.into_iter();
        let first = Self::begin(id, &statements.next().ok_or(AccountError::Empty)?.bytes)?;
        statements.try_fold(first, |account, next| account.follow(&next.bytes, next.position.clone()))
    }

    /// Verifies the statement that makes an account of this id.
    ///
    /// # Errors
    /// [`AccountError::OtherAccount`] where the keys hash to another id, [`AccountError::Keys`] where nothing can be wrapped to them,
    /// or a statement error.
    pub fn begin(id: &AccountId, bytes: &[u8]) -> Result<Self, AccountError> {
        let line = Line::begin(id, bytes)?;
        Ok(Self { newest: newest(&line)?, line })
    }

    /// Verifies the next statement of the line. `position` is its proven place in the log, where known: without it, what a
    /// device signed before it was cut off cannot be told from what it signed after.
    ///
    /// # Errors
    /// [`AccountError`]; nothing of the statement is kept then.
    pub fn follow(self, bytes: &[u8], position: Option<LogPosition>) -> Result<Self, AccountError> {
        let line = self.line.follow(bytes, position)?;
        let same = line.generation() == self.newest.generation();
        let newest = if same { self.newest } else { newest(&line)? };
        Ok(Self { line, newest })
    }

    /// Its newest generation, to wrap to.
    #[must_use]
    pub fn reader(&self) -> Option<VerifiedReader> {
        Some(self.newest.clone())
    }
}

/// What the line tells.
impl Deref for VerifiedAccount {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

fn newest(line: &Line) -> Result<VerifiedReader, AccountError> {
    let id = ReaderId::from_bytes(*line.id().as_bytes());
    let bundle = line.bundle(line.generation()).ok_or(AccountError::Keys)?;
    let recipient =
        HybridRecipient::from_bytes(bundle.recipient().as_bytes()).map_err(|_| AccountError::Keys)?;
    Ok(VerifiedReader::new(id, line.generation(), Via::Account, recipient))
}

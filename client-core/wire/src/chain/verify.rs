//! Verifying what is signed under a chain: who may do it, on what ground, by which rules.

use super::rules::{Ground, Right};
use super::{Chain, ChainError, activation_consent};
use crate::id::ActorId;
use crate::line::Resolve;
use crate::position::LogPosition;
use crate::statement::{
    Activate, Body, Close, Context, Deposit, Header, Statement, StatementError, Verified,
};

impl Chain {
    /// Verifies a statement of the holder or of a delegate. What a delegate did before it was removed stays valid by its proven
    /// place in the log.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn verify_ruling<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, ChainError> {
        Ok(self.verify_allowed(statement, context, Right::Rule, accounts, position)?.0)
    }

    /// Verifies a deposit and says on what ground it stands: of the holder, a delegate, a named depositor, or of anybody where the policy
    /// lets anybody attested deposit. Neither an attestation nor the holder's acceptance is checked here: a screen that shows
    /// [`Ground::Standing`] says that it is still to be accepted.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn verify_deposit(
        &self,
        statement: Statement<Deposit>,
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<(Verified<Deposit>, Ground), ChainError> {
        self.verify_allowed(statement, |body| &body.context, Right::Deposit, accounts, position)
    }

    /// Verifies that a close is signed by who may close the vault: its holder, or the letter that holds it. Whether it replaces what is
    /// in force, [`Chain::follow`] tells.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn verify_close(
        &self,
        statement: Statement<Close>,
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Verified<Close>, ChainError> {
        let context = &statement.claimed().context;
        match self.letter() {
            Some(letter) => {
                self.is_of_this(context, statement.header())?;
                Ok(statement.verify(letter.signing())?)
            }
            None => {
                self.holder_only(&context.actor)?;
                self.verify_in_chain(statement, |body| &body.context, accounts, position)
            }
        }
    }

    /// Verifies that an activation is signed by the letter that holds the vault, and that the new holder consents. Whether its keys
    /// come next, [`Chain::follow`] tells.
    ///
    /// # Errors
    /// [`ChainError::NotAllowed`] where no letter holds the vault or the actor is not the new holder, or another [`ChainError`].
    pub fn verify_activate(
        &self,
        statement: Statement<Activate>,
        accounts: &impl Resolve,
    ) -> Result<Verified<Activate>, ChainError> {
        let letter = self.letter().ok_or(ChainError::NotAllowed)?;
        let statement = statement.verify(letter.signing())?;
        let body = statement.body();
        self.is_of_this(&body.context, statement.header())?;
        let actor = ActorId::from_bytes(*body.account.as_bytes());
        let line = accounts.line(&actor).ok_or(ChainError::UnknownActor)?;
        if body.context.actor != actor {
            return Err(ChainError::NotAllowed);
        }
        if !line.verify_consent(&activation_consent(body), &body.consent) {
            return Err(StatementError::Signature.into());
        }
        Ok(statement)
    }

    /// Verifies a statement of the chain itself, which its own order judges: by the rules in force at this point of it, wherever in the
    /// log it stands. Only whether the device was live is a matter of the log.
    pub(super) fn verify_in_chain<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, ChainError> {
        let said = context(statement.claimed());
        self.is_of_this(said, statement.header())?;
        if !self.is_ruled_by(&said.actor) {
            return Err(ChainError::NotAllowed);
        }
        let line = accounts.line(&said.actor).ok_or(ChainError::UnknownActor)?;
        Ok(accounts.verify(line, statement, position)?)
    }

    pub(super) fn holder_only(&self, actor: &ActorId) -> Result<(), ChainError> {
        if self.holder() == Some(*actor) { Ok(()) } else { Err(ChainError::NotAllowed) }
    }

    fn verify_allowed<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        right: Right,
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<(Verified<B>, Ground), ChainError> {
        let said = context(statement.claimed());
        self.is_of_this(said, statement.header())?;
        let position = position.filter(|position| position.is_of(&statement.hash()));
        let holds = self.holder() == Some(said.actor);
        let ground = self.rules.allow(&said.actor, holds, right, position.as_ref());
        let ground = ground.ok_or(ChainError::NotAllowed)?;
        let line = accounts.line(&said.actor).ok_or(ChainError::UnknownActor)?;
        Ok((accounts.verify(line, statement, position)?, ground))
    }

    fn is_of_this(&self, context: &Context, header: &Header) -> Result<(), ChainError> {
        let same = context.vault == self.id && header.origin == self.origin;
        if same { Ok(()) } else { Err(ChainError::OtherVault) }
    }
}

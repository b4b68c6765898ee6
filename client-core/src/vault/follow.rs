//! Following a vault's chain, one statement after the other: what each kind demands, and what it changes.

use carnet_wire::bundle::Bundle;
use carnet_wire::id::{ActorId, ReaderId, StatementHash};
use carnet_wire::statement::{Activate, Circle, Close, Key, KeyEntry, Policy, Statement, StatementError};

use super::generations::Generations;
use super::{CircleNow, HolderNow, VaultError, VerifiedVault, activation_consent};
use crate::account::Accounts;
use crate::position::LogPosition;

impl VerifiedVault {
    fn holder_only(&self, actor: &ActorId) -> Result<(), VaultError> {
        if self.holder() == Some(*actor) { Ok(()) } else { Err(VaultError::NotAllowed) }
    }

    pub(super) fn follow_policy(
        mut self,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let statement = Statement::<Policy>::parse(bytes)?;
        self.holder_only(&statement.claimed().context.actor)?;
        let statement = self.verify_in_chain(statement, |body| &body.context, accounts, position.clone())?;
        let body = statement.body();
        let number = self.policy().map_or(0, |policy| policy.number).checked_add(1);
        if body.replaces != self.policy_statement() || Some(body.number) != number {
            return Err(VaultError::NotNext);
        }
        for named in body.classes.iter().flat_map(|class| &class.circles) {
            if self.circle(&named.circle).is_none_or(|now| now.generation() != named.generation) {
                return Err(VaultError::StalePolicy);
            }
        }
        let position = position.filter(|position| position.is_of(&statement.hash()));
        self.rules.replace(statement.hash(), body.clone(), position);
        Ok(self)
    }

    pub(super) fn follow_key(
        mut self,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let statement = Statement::<Key>::parse(bytes)?;
        let actor = statement.claimed().actor;
        self.holder_only(&actor)?;
        if statement.claimed().reader.as_bytes() != self.id.as_bytes()
            || statement.header().origin != self.origin
        {
            return Err(VaultError::OtherVault);
        }
        let account = accounts.resolve(&actor).ok_or(VaultError::UnknownActor)?;
        let statement = account.verify(statement, position)?;
        let body = statement.body();
        let key_entry = body.key_entry.ok_or(VaultError::NotNext)?;
        self.replace_keys(body.generation, &body.bundle, &body.replaces, key_entry, statement.hash())?;
        Ok(self)
    }

    pub(super) fn follow_circle(
        mut self,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let statement = Statement::<Circle>::parse(bytes)?;
        let statement = self.verify_in_chain(statement, |body| &body.context, accounts, position)?;
        let (body, hash) = (statement.body(), statement.hash());
        match (body.circle, body.replaces) {
            // An entry that holds other secrets of this vault is no circle's: sharing it would give those away.
            (None, None)
                if body.generation == 1
                    && body.key_entry.version == 1
                    && !self.is_key_entry(&body.key_entry.entry) =>
            {
                let id = ReaderId::from_bytes(*hash.as_bytes());
                let keys = Generations::first(&body.bundle, hash).ok_or(VaultError::Keys)?;
                self.circles.insert(id, CircleNow { keys, key_entry: body.key_entry });
            }
            (Some(id), Some(replaces)) => {
                let circle = self.circles.get_mut(&id).ok_or(VaultError::NotNext)?;
                if !circle.key_entry.is_followed_by(&body.key_entry) {
                    return Err(VaultError::NotNext);
                }
                circle.keys.push(body.generation, &body.bundle, &replaces, hash)?;
                circle.key_entry = body.key_entry;
            }
            _ => return Err(VaultError::NotNext),
        }
        Ok(self)
    }

    pub(super) fn follow_close(
        mut self,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let statement = Statement::<Close>::parse(bytes)?;
        let statement = match &self.holder {
            HolderNow::Letter(key)
                if statement.claimed().context.vault == self.id
                    && statement.header().origin == self.origin =>
            {
                statement.verify(key)?
            }
            HolderNow::Letter(_) => return Err(VaultError::OtherVault),
            HolderNow::Account(_) => {
                self.holder_only(&statement.claimed().context.actor)?;
                self.verify_in_chain(statement, |body| &body.context, accounts, position)?
            }
        };
        if statement.body().replaces != self.policy_statement() {
            return Err(VaultError::NotNext);
        }
        self.closed = true;
        Ok(self)
    }

    pub(super) fn follow_activate(mut self, bytes: &[u8], accounts: &Accounts) -> Result<Self, VaultError> {
        let HolderNow::Letter(letter) = self.holder else { return Err(VaultError::NotAllowed) };
        let statement = Statement::<Activate>::parse(bytes)?.verify(&letter)?;
        let body = statement.body();
        if body.context.vault != self.id || statement.header().origin != self.origin {
            return Err(VaultError::OtherVault);
        }
        let actor = ActorId::from_bytes(*body.account.as_bytes());
        let account = accounts.resolve(&actor).ok_or(VaultError::UnknownActor)?;
        if body.context.actor != actor {
            return Err(VaultError::NotAllowed);
        }
        let consent = activation_consent(body);
        if !account.verify_consent(&consent, &body.consent) {
            return Err(StatementError::Signature.into());
        }
        let before = self.keys.statement();
        self.replace_keys(2, &body.bundle, &before, body.key_entry, statement.hash())?;
        self.holder = HolderNow::Account(actor);
        Ok(self)
    }

    fn replace_keys(
        &mut self,
        generation: u64,
        bundle: &Bundle,
        replaces: &StatementHash,
        key_entry: KeyEntry,
        hash: StatementHash,
    ) -> Result<(), VaultError> {
        if !self.key_entry.is_followed_by(&key_entry) {
            return Err(VaultError::NotNext);
        }
        self.keys.push(generation, bundle, replaces, hash)?;
        self.key_entry = key_entry;
        Ok(())
    }
}

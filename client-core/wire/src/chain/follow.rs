//! Following a vault's chain, one statement after the other: what each kind demands, and what it changes.

use super::generations::Generations;
use super::{Chain, ChainError, CircleNow, HolderNow};
use crate::bundle::Bundle;
use crate::id::{ReaderId, StatementHash};
use crate::line::Resolve;
use crate::position::LogPosition;
use crate::statement::{Circle, Key, KeyEntry, Policy, Statement};

impl Chain {
    pub(super) fn follow_policy(
        mut self,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
        let statement = Statement::<Policy>::parse(bytes)?;
        self.holder_only(&statement.claimed().context.actor)?;
        let statement = self.verify_in_chain(statement, |body| &body.context, accounts, position.clone())?;
        let body = statement.body();
        let number = self.policy().map_or(0, |policy| policy.number).checked_add(1);
        if body.replaces != self.policy_statement() || Some(body.number) != number {
            return Err(ChainError::NotNext);
        }
        for named in body.classes.iter().flat_map(|class| &class.circles) {
            if !self.is_current(named) {
                return Err(ChainError::StalePolicy);
            }
        }
        let position = position.filter(|position| position.is_of(&statement.hash()));
        self.rules.replace(statement.hash(), body.clone(), position);
        Ok(self)
    }

    pub(super) fn follow_key(
        mut self,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
        let statement = Statement::<Key>::parse(bytes)?;
        let actor = statement.claimed().actor;
        self.holder_only(&actor)?;
        if statement.claimed().reader.as_bytes() != self.id.as_bytes()
            || statement.header().origin != self.origin
        {
            return Err(ChainError::OtherVault);
        }
        let line = accounts.line(&actor).ok_or(ChainError::UnknownActor)?;
        let statement = accounts.verify(line, statement, position)?;
        let body = statement.body();
        let key_entry = body.key_entry.ok_or(ChainError::NotNext)?;
        self.replace_keys(body.generation, &body.bundle, &body.replaces, key_entry, statement.hash())?;
        Ok(self)
    }

    pub(super) fn follow_circle(
        mut self,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
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
                let keys = Generations::first(&body.bundle, hash)?;
                self.circles.insert(id, CircleNow { keys, key_entry: body.key_entry });
            }
            (Some(id), Some(replaces)) => {
                let circle = self.circles.get_mut(&id).ok_or(ChainError::NotNext)?;
                if !circle.key_entry.is_followed_by(&body.key_entry) {
                    return Err(ChainError::NotNext);
                }
                circle.keys.push(body.generation, &body.bundle, &replaces, hash)?;
                circle.key_entry = body.key_entry;
            }
            _ => return Err(ChainError::NotNext),
        }
        Ok(self)
    }

    pub(super) fn follow_close(
        mut self,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
        let statement = self.verify_close(Statement::parse(bytes)?, accounts, position)?;
        if statement.body().replaces != self.policy_statement() {
            return Err(ChainError::NotNext);
        }
        self.closed = true;
        Ok(self)
    }

    pub(super) fn follow_activate(
        mut self,
        bytes: &[u8],
        accounts: &impl Resolve,
    ) -> Result<Self, ChainError> {
        // Where an account holds it, no activation is even read.
        self.letter().ok_or(ChainError::NotAllowed)?;
        let statement = self.verify_activate(Statement::parse(bytes)?, accounts)?;
        let (body, before) = (statement.body(), self.keys.statement());
        self.replace_keys(2, &body.bundle, &before, body.key_entry, statement.hash())?;
        self.holder = HolderNow::Account(body.context.actor);
        Ok(self)
    }

    fn replace_keys(
        &mut self,
        generation: u64,
        bundle: &Bundle,
        replaces: &StatementHash,
        key_entry: KeyEntry,
        hash: StatementHash,
    ) -> Result<(), ChainError> {
        if !self.key_entry.is_followed_by(&key_entry) {
            return Err(ChainError::NotNext);
        }
        self.keys.push(generation, bundle, replaces, hash)?;
        self.key_entry = key_entry;
        Ok(())
    }
}

//! Chains: the statements that make a vault and rule it, each naming what it replaces, back to the genesis, whose hash is the
//! vault's id.
//!
//! The rules are the same for a server and a client. A server judges by the order in which it accepts and needs no positions.

mod error;
mod follow;
mod generations;
mod letter;
mod rules;
mod verify;

pub use error::ChainError;
pub use letter::{Letter, activation_consent};
pub use rules::Ground;

use std::collections::BTreeMap;

use self::generations::Generations;
use self::rules::{Right, RulesThroughTime};
use crate::bundle::RecipientBytes;
use crate::id::{ActorId, EntryId, KeyId, ReaderId, StatementHash, VaultId};
use crate::line::Resolve;
use crate::origin::Origin;
use crate::position::{LogPosition, Signed};
use crate::statement::{self, CircleAt, Genesis, Holder, KeyEntry, Kind, Policy, Statement};

/// A vault's chain of statements, verified from its genesis.
#[derive(Debug, Clone)]
pub struct Chain {
    id: VaultId,
    origin: Origin,
    holder: HolderNow,
    key_entry: KeyEntry,
    keys: Generations,
    circles: BTreeMap<ReaderId, CircleNow>,
    rules: RulesThroughTime,
    closed: bool,
    statements: Vec<StatementHash>,
}

impl Chain {
    /// Verifies a whole chain: `statements` in the order of the vault's history, the first being its genesis. Statements of
    /// other kinds than genesis, policy, key, circle, activate and close are not part of the chain: the caller leaves them out.
    ///
    /// # Errors
    /// [`ChainError`] at the first statement that does not follow.
    pub fn from_statements<'a>(
        id: &VaultId,
        statements: impl IntoIterator<Item = &'a Signed>,
        accounts: &impl Resolve,
    ) -> Result<Self, ChainError> {
        let mut statements = statements.into_iter();
        let genesis = statements.next().ok_or(ChainError::Empty)?;
        let genesis = Self::begin(id, &genesis.bytes, accounts, genesis.position.clone())?;
        statements.try_fold(genesis, |chain, next| chain.follow(&next.bytes, accounts, next.position.clone()))
    }

    /// Verifies the genesis of this vault, `position` being its proven place in the log, where known: it is needed once the device
    /// that signed has been cut off.
    ///
    /// # Errors
    /// [`ChainError::OtherVault`] where its hash is another, [`ChainError::UnknownActor`] where its holder's account is not
    /// among `accounts`, [`ChainError::Keys`] where nothing can be wrapped to its keys, or a statement error.
    pub fn begin(
        id: &VaultId,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
        let statement = Statement::<Genesis>::parse(bytes)?;
        if statement.hash().as_bytes() != id.as_bytes() {
            return Err(ChainError::OtherVault);
        }
        let (statement, holder) = match statement.claimed().holder.clone() {
            Holder::Account(account) => {
                let actor = ActorId::from_bytes(*account.as_bytes());
                let line = accounts.line(&actor).ok_or(ChainError::UnknownActor)?;
                (accounts.verify(line, statement, position)?, HolderNow::Account(actor))
            }
            Holder::Letter(bundle) => {
                let letter = Letter::new(&bundle);
                (statement.verify(letter.signing())?, HolderNow::Letter(Box::new(letter)))
            }
        };
        let body = statement.body();
        Ok(Self {
            id: *id,
            origin: statement.header().origin.clone(),
            holder,
            key_entry: KeyEntry { entry: body.key_entry, version: 1 },
            keys: Generations::first(&body.reader, statement.hash())?,
            circles: BTreeMap::new(),
            rules: RulesThroughTime::new(statement.hash()),
            closed: false,
            statements: vec![statement.hash()],
        })
    }

    /// Verifies the next statement of the chain, `position` being its proven place in the log, where known.
    ///
    /// # Errors
    /// [`ChainError`]; nothing of the statement is kept then.
    pub fn follow(
        self,
        bytes: &[u8],
        accounts: &impl Resolve,
        position: Option<LogPosition>,
    ) -> Result<Self, ChainError> {
        if self.closed {
            return Err(ChainError::Closed);
        }
        let mut next = match statement::kind_of(bytes)? {
            Kind::Activate => self.follow_activate(bytes, accounts),
            Kind::Circle => self.follow_circle(bytes, accounts, position),
            Kind::Close => self.follow_close(bytes, accounts, position),
            Kind::Key => self.follow_key(bytes, accounts, position),
            Kind::Policy => self.follow_policy(bytes, accounts, position),
            kind => Err(ChainError::NotOfAVault(kind)),
        }?;
        next.statements.push(statement::hash(bytes));
        Ok(next)
    }

    /// Whether this state goes on from an older one, or is the same. Who has verified a chain once only ever follows it: a server
    /// that leaves the end out, where a member was removed, does not bring the member back.
    #[must_use]
    pub fn extends(&self, older: &Self) -> bool {
        self.statements.starts_with(&older.statements)
    }

    /// Whether this very statement is part of it: then its signature has been verified.
    #[must_use]
    pub fn holds(&self, statement: &StatementHash) -> bool {
        self.statements.contains(statement)
    }

    /// The hash of its newest statement.
    #[must_use]
    pub fn head(&self) -> StatementHash {
        // A chain begins with its genesis, so there is always one.
        self.statements.last().copied().unwrap_or(StatementHash::from_bytes(*self.id.as_bytes()))
    }

    /// The number of its statements, at least 1.
    #[must_use]
    pub fn length(&self) -> usize {
        self.statements.len()
    }

    /// The vault's id.
    #[must_use]
    pub fn id(&self) -> VaultId {
        self.id
    }

    /// The log under which its statements count.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The account that holds it; nobody while it waits for activation.
    #[must_use]
    pub fn holder(&self) -> Option<ActorId> {
        match &self.holder {
            HolderNow::Account(actor) => Some(*actor),
            HolderNow::Letter(_) => None,
        }
    }

    /// The letter that holds it until activation.
    #[must_use]
    pub fn letter(&self) -> Option<&Letter> {
        match &self.holder {
            HolderNow::Account(_) => None,
            HolderNow::Letter(letter) => Some(letter),
        }
    }

    /// Whether this is its holder or a delegate.
    #[must_use]
    pub fn is_ruled_by(&self, actor: &ActorId) -> bool {
        self.rules.allow(actor, self.holder() == Some(*actor), Right::Rule, None).is_some()
    }

    /// On what ground an actor may deposit now; none where it may not. Whether one that stands on no more than the policy's
    /// permission is attested is not known here.
    #[must_use]
    pub fn deposit_ground(&self, actor: &ActorId) -> Option<Ground> {
        self.rules.allow(actor, self.holder() == Some(*actor), Right::Deposit, None)
    }

    /// Whether the policy says that this actor may do nothing. The holder cannot be blocked.
    #[must_use]
    pub fn is_blocked(&self, actor: &ActorId) -> bool {
        let named = self.policy().is_some_and(|policy| policy.blocked.contains(actor));
        named && self.holder() != Some(*actor)
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The vault's own reader: its name is the vault's id.
    #[must_use]
    pub fn reader_id(&self) -> ReaderId {
        ReaderId::from_bytes(*self.id.as_bytes())
    }

    /// Its circles.
    pub fn circles(&self) -> impl Iterator<Item = &ReaderId> {
        self.circles.keys()
    }

    /// Whether this is a circle that chains from this genesis.
    #[must_use]
    pub fn is_circle(&self, reader: &ReaderId) -> bool {
        self.circles.contains_key(reader)
    }

    /// The number of the current generation of the vault's own reader or of a circle.
    #[must_use]
    pub fn generation_of(&self, reader: &ReaderId) -> Option<u64> {
        self.keys_of(reader).map(Generations::number)
    }

    /// The id of the recipient of the current generation of the vault's own reader or of a circle.
    #[must_use]
    pub fn key_id_of(&self, reader: &ReaderId) -> Option<KeyId> {
        self.keys_of(reader).map(Generations::key_id)
    }

    /// The recipient of the current generation of the vault's own reader or of a circle.
    #[must_use]
    pub fn recipient_of(&self, reader: &ReaderId) -> Option<&RecipientBytes> {
        self.keys_of(reader).map(Generations::recipient)
    }

    /// The statement that made the vault's current generation, its genesis at first: what the next one replaces.
    #[must_use]
    pub fn key_statement(&self) -> StatementHash {
        self.keys.statement()
    }

    /// The statement that made the current generation of the vault's own reader or of a circle: what the next one replaces.
    #[must_use]
    pub fn statement_of(&self, reader: &ReaderId) -> Option<StatementHash> {
        self.keys_of(reader).map(Generations::statement)
    }

    /// The circles that a deposit of this class is wrapped to, besides the vault itself.
    ///
    /// # Errors
    /// [`ChainError::Closed`]; [`ChainError::StalePolicy`] where the policy names a circle at a generation that has been replaced: the
    /// holder's next policy comes first.
    pub fn circles_for(&self, class: u16) -> Result<Vec<CircleAt>, ChainError> {
        if self.closed {
            return Err(ChainError::Closed);
        }
        let classes = self.policy().into_iter().flat_map(|policy| &policy.classes);
        let named = classes.filter(|named| named.class == class).flat_map(|named| &named.circles);
        named.map(|at| self.is_current(at).then_some(*at).ok_or(ChainError::StalePolicy)).collect()
    }

    /// The entry and version that hold the vault's secrets.
    #[must_use]
    pub fn key_entry(&self) -> KeyEntry {
        self.key_entry
    }

    /// The entry and version that hold a circle's secrets.
    #[must_use]
    pub fn circle_key_entry(&self, circle: &ReaderId) -> Option<KeyEntry> {
        self.circles.get(circle).map(|now| now.key_entry)
    }

    /// Whether an entry holds secrets of this vault or of one of its circles.
    #[must_use]
    pub fn is_key_entry(&self, entry: &EntryId) -> bool {
        self.key_entry.entry == *entry || self.circles.values().any(|circle| circle.key_entry.entry == *entry)
    }

    /// The policy that deposits and grants are made under: its statement, or the genesis where there is none.
    #[must_use]
    pub fn policy_statement(&self) -> StatementHash {
        self.rules.statement()
    }

    /// The rules in force.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        self.rules.policy()
    }

    fn is_current(&self, at: &CircleAt) -> bool {
        self.circles.get(&at.circle).is_some_and(|now| now.keys.number() == at.generation)
    }

    fn keys_of(&self, reader: &ReaderId) -> Option<&Generations> {
        if *reader == self.reader_id() {
            Some(&self.keys)
        } else {
            self.circles.get(reader).map(|circle| &circle.keys)
        }
    }
}

#[derive(Debug, Clone)]
enum HolderNow {
    Account(ActorId),
    Letter(Box<Letter>),
}

#[derive(Debug, Clone)]
struct CircleNow {
    keys: Generations,
    key_entry: KeyEntry,
}

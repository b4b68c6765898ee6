//! Vaults: one person's record. A verified vault comes out of the statements chained from its genesis, whose hash is its id.
//!
//! Nothing is wrapped to a vault's or a circle's keys but through [`VerifiedVault::reader`], [`VerifiedVault::circle`] and
//! [`VerifiedVault::readers_for`]: a recipient that does not chain from genesis never becomes a [`VerifiedReader`].

mod create;
mod error;
mod follow;
mod generations;
mod key_entry;
mod rules;
mod vaults;

pub use create::{NewCircle, NewGeneration, NewVault, Ruler, Rules};
pub use error::VaultError;
pub use key_entry::{key_entry_document, open_key_entry};
pub use vaults::Vaults;

use std::collections::BTreeMap;

use carnet_wire::grant_leaf::Via;
use carnet_wire::id::{ActorId, EntryId, ReaderId, StatementHash, VaultId};
use carnet_wire::origin::Origin;
use carnet_wire::statement::{
    self, Activate, Body, Context, Genesis, Holder, KeyEntry, Kind, Policy, Statement, Verified,
};
use sha2::{Digest as _, Sha256};

use self::generations::Generations;
pub use self::rules::Ground;
use self::rules::{Right, RulesThroughTime};
use crate::account::Accounts;
use crate::position::{LogPosition, Signed};
use crate::reader::VerifiedReader;

/// A vault whose chain has been verified from its genesis.
#[derive(Debug, Clone)]
pub struct VerifiedVault {
    id: VaultId,
    origin: Origin,
    holder: HolderNow,
    key_entry: KeyEntry,
    keys: Generations,
    circles: BTreeMap<ReaderId, CircleNow>,
    rules: RulesThroughTime,
    closed: bool,
    chain: Vec<StatementHash>,
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
    /// among `accounts`, or a statement error.
    pub fn begin(
        id: &VaultId,
        bytes: &[u8],
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Self, VaultError> {
        let statement = Statement::<Genesis>::parse(bytes)?;
        if statement.hash().as_bytes() != id.as_bytes() {
            return Err(VaultError::OtherVault);
        }
        let (statement, holder) = match statement.claimed().holder.clone() {
            Holder::Account(account) => {
                let actor = ActorId::from_bytes(*account.as_bytes());
                let account = accounts.resolve(&actor).ok_or(VaultError::UnknownActor)?;
                (account.verify(statement, position)?, HolderNow::Account(actor))
            }
            Holder::Letter(letter) => {
                let verified = statement.verify(letter.signing())?;
                (verified, HolderNow::Letter(*letter.signing()))
            }
        };
        let body = statement.body();
        Ok(Self {
            id: *id,
            origin: statement.header().origin.clone(),
            holder,
            key_entry: KeyEntry { entry: body.key_entry, version: 1 },
            keys: Generations::first(&body.reader, statement.hash()).ok_or(VaultError::Keys)?,
            circles: BTreeMap::new(),
            rules: RulesThroughTime::new(statement.hash()),
            closed: false,
            chain: vec![statement.hash()],
        })
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
        if self.closed {
            return Err(VaultError::Closed);
        }
        let mut next = match statement::kind_of(bytes)? {
            Kind::Activate => self.follow_activate(bytes, accounts),
            Kind::Circle => self.follow_circle(bytes, accounts, position),
            Kind::Close => self.follow_close(bytes, accounts, position),
            Kind::Key => self.follow_key(bytes, accounts, position),
            Kind::Policy => self.follow_policy(bytes, accounts, position),
            kind => Err(VaultError::NotOfAVault(kind)),
        }?;
        next.chain.push(statement::hash(bytes));
        Ok(next)
    }

    /// Whether this state goes on from an older one, or is the same. A client that has verified a chain once only ever follows it: a
    /// server that leaves the end out, where a member was removed, does not bring the member back.
    #[must_use]
    pub fn extends(&self, older: &Self) -> bool {
        self.chain.starts_with(&older.chain)
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

    /// Whether this is its holder or a delegate.
    #[must_use]
    pub fn is_ruled_by(&self, actor: &ActorId) -> bool {
        self.rules.allow(actor, self.holder() == Some(*actor), Right::Rule, None).is_some()
    }

    /// Whether it has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The vault's own reader at its current generation.
    #[must_use]
    pub fn reader(&self) -> VerifiedReader {
        self.keys.current(ReaderId::from_bytes(*self.id.as_bytes()), Via::Vault)
    }

    /// A circle at its current generation, if it chains from this genesis.
    #[must_use]
    pub fn circle(&self, circle: &ReaderId) -> Option<VerifiedReader> {
        self.circles.get(circle).map(|now| now.keys.current(*circle, Via::Circle))
    }

    /// Its circles.
    pub fn circles(&self) -> impl Iterator<Item = &ReaderId> {
        self.circles.keys()
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

    /// Whom a deposit of this class is wrapped to: the vault, and the circles that the policy names.
    ///
    /// # Errors
    /// [`VaultError::StalePolicy`] where the policy names a circle at a generation that has been replaced: the holder's next
    /// policy comes first.
    pub fn readers_for(&self, class: u16) -> Result<Vec<VerifiedReader>, VaultError> {
        if self.closed {
            return Err(VaultError::Closed);
        }
        let mut readers = vec![self.reader()];
        let classes = self.policy().into_iter().flat_map(|policy| &policy.classes);
        for named in classes.filter(|named| named.class == class).flat_map(|named| &named.circles) {
            let current = self.circle(&named.circle).ok_or(VaultError::StalePolicy)?;
            if current.generation() != named.generation {
                return Err(VaultError::StalePolicy);
            }
            readers.push(current);
        }
        Ok(readers)
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

    /// Verifies a statement of the holder or of a delegate. What a delegate did before it was removed stays valid by its proven
    /// place in the log.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn verify_ruling<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, VaultError> {
        Ok(self.verify_allowed(statement, context, Right::Rule, accounts, position)?.0)
    }

    /// Verifies a deposit and says on what ground it stands: of the holder, a delegate, a named depositor, or of anybody where the policy
    /// lets anybody attested deposit. Neither an attestation nor the holder's acceptance is checked here: a screen that shows
    /// [`Ground::Standing`] says that it is still to be accepted.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn verify_deposit(
        &self,
        statement: Statement<statement::Deposit>,
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<(Verified<statement::Deposit>, Ground), VaultError> {
        self.verify_allowed(statement, |body| &body.context, Right::Deposit, accounts, position)
    }

    fn verify_allowed<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        right: Right,
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<(Verified<B>, Ground), VaultError> {
        let Context { vault, actor, .. } = context(statement.claimed());
        if *vault != self.id || statement.header().origin != self.origin {
            return Err(VaultError::OtherVault);
        }
        let position = position.filter(|position| position.is_of(&statement.hash()));
        let ground = self.rules.allow(actor, self.holder() == Some(*actor), right, position.as_ref());
        let ground = ground.ok_or(VaultError::NotAllowed)?;
        let account = accounts.resolve(actor).ok_or(VaultError::UnknownActor)?;
        Ok((account.verify(statement, position)?, ground))
    }

    /// Verifies a statement of the chain itself, which its own order judges: by the rules in force at this point of it, wherever in the
    /// log it stands. Only whether the device was live is a matter of the log.
    fn verify_in_chain<B: Body>(
        &self,
        statement: Statement<B>,
        context: fn(&B) -> &Context,
        accounts: &Accounts,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, VaultError> {
        let Context { vault, actor, .. } = context(statement.claimed());
        if *vault != self.id || statement.header().origin != self.origin {
            return Err(VaultError::OtherVault);
        }
        if !self.is_ruled_by(actor) {
            return Err(VaultError::NotAllowed);
        }
        let account = accounts.resolve(actor).ok_or(VaultError::UnknownActor)?;
        Ok(account.verify(statement, position)?)
    }
}

/// The bytes that a new holder's identity key signs when it takes a vault over.
#[must_use]
pub fn activation_consent(body: &Activate) -> Vec<u8> {
    let blank = Activate { consent: [0; 64].into(), ..body.clone() };
    let digest = Sha256::digest(carnet_wire::cbor::encode(&blank));
    [b"carnet/v1/activate".as_slice(), &digest].concat()
}

#[derive(Debug, Clone)]
enum HolderNow {
    Account(ActorId),
    Letter(carnet_wire::signature::VerifyingKey),
}

#[derive(Debug, Clone)]
struct CircleNow {
    keys: Generations,
    key_entry: KeyEntry,
}

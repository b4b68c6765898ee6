//! Following a vault's chain: its pages, the accounts that they name, and the verified vault that comes out.

use std::collections::BTreeSet;

use carnet_wire::id::{ActorId, StatementHash, VaultId};
use carnet_wire::message::{Request, Response};
use carnet_wire::statement::{
    self, Activate, Body, Circle, Close, Genesis, Holder, Key, Kind, Policy, Statement,
};

use super::pages::{Followed, Pages, Places};
use super::{Ask, StepError};
use crate::account::Accounts;
use crate::vault::{VaultError, VerifiedVault};

/// Fetches a vault's chain.
#[derive(Debug)]
pub struct ChainStep;

impl ChainStep {
    /// Asks for the whole chain of a vault.
    pub fn start(vault: &VaultId) -> Ask<AwaitChain> {
        ask(AwaitChain { vault: *vault, held: None, pages: Pages::after(0) })
    }

    /// Asks for what came after a state that this client has verified.
    pub fn resume(held: Followed<VerifiedVault>) -> Ask<AwaitChain> {
        let pages = Pages::after(held.number);
        ask(AwaitChain { vault: held.state.id(), held: Some(held.state), pages })
    }
}

/// Waits for a page of the chain.
#[derive(Debug)]
pub struct AwaitChain {
    vault: VaultId,
    held: Option<VerifiedVault>,
    pages: Pages,
}

/// What comes next for a chain.
#[derive(Debug)]
#[must_use]
pub enum ChainProgress {
    /// There is another page.
    More(Ask<AwaitChain>),
    /// The chain is here, not yet verified.
    Gathered(GatheredChain),
}

impl AwaitChain {
    /// Takes a page.
    ///
    /// # Errors
    /// [`StepError::Page`] for a page that makes no sense, or more than [`MAX_GATHERED`](super::MAX_GATHERED) bytes.
    pub fn receive(mut self, response: &Response) -> Result<ChainProgress, StepError> {
        let more = self.pages.receive(response)?;
        Ok(if more { ChainProgress::More(ask(self)) } else { ChainProgress::Gathered(GatheredChain(self)) })
    }
}

/// A vault's chain as a server gives it: bytes, none of them believed until [`GatheredChain::verify`].
#[derive(Debug)]
pub struct GatheredChain(AwaitChain);

impl GatheredChain {
    /// The accounts whose lines are needed first: those that the statements say acted.
    #[must_use]
    pub fn actors(&self) -> BTreeSet<ActorId> {
        self.0.pages.statements().iter().filter_map(|bytes| actor(bytes)).collect()
    }

    /// The statements, whose places in the log may be asked for: a device that signed one may have been cut off since.
    pub fn statements(&self) -> impl Iterator<Item = StatementHash> {
        self.0.pages.statements().iter().map(|bytes| statement::hash(bytes))
    }

    /// Verifies the chain.
    ///
    /// # Errors
    /// [`VaultError::UnknownActor`] where a line is missing among `accounts`; [`VaultError`].
    pub fn verify(
        &self,
        accounts: &Accounts,
        places: &Places,
    ) -> Result<Followed<VerifiedVault>, VaultError> {
        let place = |bytes: &Vec<u8>| places.get(&statement::hash(bytes)).cloned();
        let mut statements = self.0.pages.statements().iter();
        let state = match &self.0.held {
            Some(held) => held.clone(),
            None => {
                let genesis = statements.next().ok_or(VaultError::Empty)?;
                VerifiedVault::begin(&self.0.vault, genesis, accounts, place(genesis))?
            }
        };
        let state = statements.try_fold(state, |vault, bytes| vault.follow(bytes, accounts, place(bytes)))?;
        Ok(Followed { state, number: self.0.pages.number })
    }
}

/// Who a statement of a chain says acted; nobody for what is not of a chain, or is signed by a letter.
fn actor(bytes: &[u8]) -> Option<ActorId> {
    fn read<B: Body>(bytes: &[u8], actor: impl FnOnce(&B) -> Option<ActorId>) -> Option<ActorId> {
        Statement::<B>::parse(bytes).ok().and_then(|statement| actor(statement.claimed()))
    }
    match statement::kind_of(bytes).ok()? {
        Kind::Activate => read::<Activate>(bytes, |body| Some(body.context.actor)),
        Kind::Circle => read::<Circle>(bytes, |body| Some(body.context.actor)),
        Kind::Close => read::<Close>(bytes, |body| Some(body.context.actor)),
        Kind::Genesis => read::<Genesis>(bytes, |body| match &body.holder {
            Holder::Account(account) => Some(ActorId::from_bytes(*account.as_bytes())),
            Holder::Letter(_) => None,
        }),
        Kind::Key => read::<Key>(bytes, |body| Some(body.actor)),
        Kind::Policy => read::<Policy>(bytes, |body| Some(body.context.actor)),
        _ => None,
    }
}

fn ask(then: AwaitChain) -> Ask<AwaitChain> {
    let path = format!("/v1/vaults/{}/chain?from={}", then.vault, then.pages.from());
    Ask { request: Request::get(path), then }
}

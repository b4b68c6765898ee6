//! Following an account's line: its pages, and the verified account that comes out.

use carnet_wire::id::{AccountId, StatementHash};
use carnet_wire::message::{Request, Response};
use carnet_wire::statement;

use super::pages::{Followed, Pages, Places};
use super::{Ask, StepError};
use crate::account::{AccountError, VerifiedAccount};

/// Fetches an account's line.
#[derive(Debug)]
pub struct LineStep;

impl LineStep {
    /// Asks for the whole line of an account.
    pub fn start(account: &AccountId) -> Ask<AwaitLine> {
        ask(AwaitLine { account: *account, held: None, pages: Pages::after(0) })
    }

    /// Asks for what came after a state that this client has verified.
    pub fn resume(held: Followed<VerifiedAccount>) -> Ask<AwaitLine> {
        let pages = Pages::after(held.number);
        ask(AwaitLine { account: held.state.id(), held: Some(held.state), pages })
    }
}

/// Waits for a page of the line.
#[derive(Debug)]
pub struct AwaitLine {
    account: AccountId,
    held: Option<VerifiedAccount>,
    pages: Pages,
}

/// What comes next for a line.
#[derive(Debug)]
#[must_use]
pub enum LineProgress {
    /// There is another page.
    More(Ask<AwaitLine>),
    /// The line is here, not yet verified.
    Gathered(GatheredLine),
}

impl AwaitLine {
    /// Takes a page.
    ///
    /// # Errors
    /// [`StepError::Page`] for a page that makes no sense, or more than [`MAX_GATHERED`](super::MAX_GATHERED) bytes.
    pub fn receive(mut self, response: &Response) -> Result<LineProgress, StepError> {
        let more = self.pages.receive(response)?;
        Ok(if more { LineProgress::More(ask(self)) } else { LineProgress::Gathered(GatheredLine(self)) })
    }
}

/// An account's line as a server gives it: bytes, none of them believed until [`GatheredLine::verify`].
#[derive(Debug)]
pub struct GatheredLine(AwaitLine);

impl GatheredLine {
    /// The statements, whose places in the log may be asked for: that of a device's end counts.
    pub fn statements(&self) -> impl Iterator<Item = StatementHash> {
        self.0.pages.statements().iter().map(|bytes| statement::hash(bytes))
    }

    /// Verifies the line.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn verify(&self, places: &Places) -> Result<Followed<VerifiedAccount>, AccountError> {
        let mut statements = self.0.pages.statements().iter();
        let state = match &self.0.held {
            Some(held) => held.clone(),
            None => VerifiedAccount::begin(&self.0.account, statements.next().ok_or(AccountError::Empty)?)?,
        };
        let state = statements.try_fold(state, |account, bytes| {
            account.follow(bytes, places.get(&statement::hash(bytes)).cloned())
        })?;
        Ok(Followed { state, number: self.0.pages.number })
    }
}

fn ask(then: AwaitLine) -> Ask<AwaitLine> {
    let path = format!("/v1/accounts/{}/line?from={}", then.account, then.pages.from());
    Ask { request: Request::get(path), then }
}

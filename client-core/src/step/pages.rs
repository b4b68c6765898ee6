//! Pages of statements, put together: what a line's and a chain's steps share.

use std::collections::BTreeMap;

use carnet_wire::id::StatementHash;
use carnet_wire::message::Response;
use carnet_wire::page::HistoryPage;
use carnet_wire::position::{LogPosition, Signed};
use carnet_wire::statement;

use super::StepError;

/// Most bytes of statements that a step puts together: a server cannot make a client run out of memory.
pub const MAX_GATHERED: usize = 64 * 1024 * 1024;

/// Proven places in the log, by the statements that they are of. Without its place, nobody can tell whether a statement came before
/// the device that signed it was cut off, or the policy replaced.
#[derive(Debug, Default, Clone)]
pub struct Places(BTreeMap<StatementHash, LogPosition>);

impl Places {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the place of a statement; nothing happens where it is the place of another.
    pub fn insert(&mut self, statement: StatementHash, place: LogPosition) {
        if place.is_of(&statement) {
            self.0.insert(statement, place);
        }
    }

    /// The place of a statement, where it is known.
    #[must_use]
    pub fn get(&self, statement: &StatementHash) -> Option<&LogPosition> {
        self.0.get(statement)
    }

    /// A statement with its place, where it is known.
    #[must_use]
    pub fn place(&self, bytes: Vec<u8>) -> Signed {
        let position = self.get(&statement::hash(&bytes)).cloned();
        Signed { bytes, position }
    }
}

/// Statements in their order, as the pages give them.
#[derive(Debug, Default)]
pub(super) struct Pages {
    statements: Vec<Vec<u8>>,
    // The number of the newest statement in its history.
    pub(super) number: u64,
    bytes: usize,
}

impl Pages {
    /// Goes on after the statement of this number; 0 for all.
    pub(super) fn after(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// The number from which the next page is asked for.
    pub(super) fn from(&self) -> u64 {
        self.number.saturating_add(1)
    }

    /// Adds a page; says whether there is another.
    pub(super) fn receive(&mut self, response: &Response) -> Result<bool, StepError> {
        let page: HistoryPage = response.read()?;
        if page.parts.len() > HistoryPage::MAX_PARTS || (page.parts.is_empty() && page.next.is_some()) {
            return Err(StepError::Page);
        }
        for part in page.parts {
            let statement = part.statement.ok_or(StepError::Page)?;
            let own = statement::hash(&statement) == part.hash;
            if part.number <= self.number || part.number > page.size || !own {
                return Err(StepError::Page);
            }
            self.number = part.number;
            self.bytes = self.bytes.saturating_add(statement.len());
            self.statements.push(statement.into());
        }
        if self.bytes > MAX_GATHERED {
            return Err(StepError::Page);
        }
        match page.next {
            Some(next) if next != self.from() => Err(StepError::Page),
            next => Ok(next.is_some()),
        }
    }

    /// The statements.
    pub(super) fn statements(&self) -> &[Vec<u8>] {
        &self.statements
    }
}

/// A verified state, and the number of its newest statement in the history: where the next visit goes on.
#[derive(Debug, Clone)]
pub struct Followed<T> {
    /// The state.
    pub state: T,
    /// The number of its newest statement.
    pub number: u64,
}

//! Verified lines by the names of their accounts, and where a chain looks them up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Line, LineError};
use crate::id::ActorId;
use crate::position::LogPosition;
use crate::statement::{Body, Statement, Verified};

/// Where verified lines are looked up.
pub trait Resolve {
    /// The line of the account that acts under this name, if it is known.
    fn line(&self, actor: &ActorId) -> Option<&Line>;

    /// Verifies a statement signed by a device of one of them: see [`Line::verify`].
    ///
    /// # Errors
    /// [`LineError`].
    fn verify<B: Body>(
        &self,
        line: &Line,
        statement: Statement<B>,
        position: Option<LogPosition>,
    ) -> Result<Verified<B>, LineError> {
        line.verify(statement, position)
    }
}

/// Lines for reading again what whoever reads has accepted before, each statement while the device that signed it was live.
///
/// A server that starts rebuilds its chains with it: no device that was cut off since takes back what it signed. Nobody else
/// verifies so: to a client, only the log says what came before a device was cut off.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<'a, R>(pub &'a R);

impl<R: Resolve> Resolve for Accepted<'_, R> {
    fn line(&self, actor: &ActorId) -> Option<&Line> {
        self.0.line(actor)
    }

    fn verify<B: Body>(
        &self,
        line: &Line,
        statement: Statement<B>,
        _: Option<LogPosition>,
    ) -> Result<Verified<B>, LineError> {
        line.verify_accepted(statement)
    }
}

/// Verified lines, by the names of their accounts in statements.
#[derive(Debug, Default, Clone)]
pub struct Lines(BTreeMap<ActorId, Arc<Line>>);

impl Lines {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or its newer state.
    ///
    /// # Errors
    /// [`LineError::Rollback`] where the state that is held is not extended.
    pub fn insert(&mut self, line: impl Into<Arc<Line>>) -> Result<(), LineError> {
        let line = line.into();
        match self.0.get(&line.actor()) {
            Some(held) if !line.extends(held) => Err(LineError::Rollback),
            _ => {
                self.0.insert(line.actor(), line);
                Ok(())
            }
        }
    }
}

impl Resolve for Lines {
    fn line(&self, actor: &ActorId) -> Option<&Line> {
        self.0.get(actor).map(Arc::as_ref)
    }
}

//! Verified lines by the names of their accounts, and where a chain looks them up.

use std::collections::BTreeMap;

use super::{Line, LineError};
use crate::id::ActorId;

/// Where verified lines are looked up.
pub trait Resolve {
    /// The line of the account that acts under this name, if it is known.
    fn line(&self, actor: &ActorId) -> Option<&Line>;
}

/// Verified lines, by the names of their accounts in statements.
#[derive(Debug, Default, Clone)]
pub struct Lines(BTreeMap<ActorId, Line>);

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
    pub fn insert(&mut self, line: Line) -> Result<(), LineError> {
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
        self.0.get(actor)
    }
}

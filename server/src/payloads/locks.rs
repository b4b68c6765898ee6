//! Who is at work on which payload: never two at once on one name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::error::PayloadError;
use super::layout::Name;

/// What a name is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// A client sends bytes: as long as the client likes, so nobody waits for it.
    Append,
    /// The server's own: soon done, so others wait.
    Own,
}

#[derive(Debug, Default)]
pub(super) struct Locks {
    held: Mutex<HashMap<Name, Work>>,
    freed: Notify,
}

/// A name held, until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    locks: Arc<Locks>,
    name: Name,
}

impl Locks {
    /// Holds a name that is free.
    pub(super) fn try_hold(self: &Arc<Self>, name: Name, work: Work) -> Result<Held, Work> {
        match self.held.lock().unwrap_or_else(PoisonError::into_inner).entry(name) {
            Entry::Occupied(held) => Err(*held.get()),
            Entry::Vacant(free) => {
                free.insert(work);
                Ok(Held { locks: Arc::clone(self), name })
            }
        }
    }

    /// Holds a name for the server's own work, after others of that sort; [`PayloadError::Busy`] while a client sends.
    pub(super) async fn hold(self: &Arc<Self>, name: Name) -> Result<Held, PayloadError> {
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            match self.try_hold(name, Work::Own) {
                Ok(held) => return Ok(held),
                Err(Work::Append) => return Err(PayloadError::Busy),
                Err(Work::Own) => freed.await,
            }
        }
    }

    /// Holds all of these. In the order of the names, so that no two wait for one another.
    pub(super) async fn hold_all(
        self: &Arc<Self>,
        names: impl Iterator<Item = Name>,
    ) -> Result<Vec<Held>, PayloadError> {
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names.dedup();
        let mut held = Vec::with_capacity(names.len());
        for name in names {
            held.push(self.hold(name).await?);
        }
        Ok(held)
    }
}

impl Held {
    pub(super) fn name(&self) -> Name {
        self.name
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.locks.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
        self.locks.freed.notify_waiters();
    }
}

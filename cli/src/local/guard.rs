//! The engine on a damaged file: it may panic where a page makes no sense. Here that is an error like any other.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use redb::{Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase as _, WriteTransaction};

use super::LocalError;
use super::error::store;

thread_local! {
    /// Whether this thread is inside the engine: its panics are then told as damage, in words.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The engine, on a file that is this process's alone, or that it only looks at.
pub(super) enum Engine {
    Own(Database),
    Look(ReadOnlyDatabase),
}

impl Engine {
    pub(super) fn begin_read(&self) -> Result<ReadTransaction, LocalError> {
        let begun = match self {
            Self::Own(database) => database.begin_read(),
            Self::Look(database) => database.begin_read(),
        };
        begun.map_err(store)
    }

    /// # Errors
    /// [`LocalError::Busy`] where the file is only looked at.
    pub(super) fn begin_write(&self) -> Result<WriteTransaction, LocalError> {
        match self {
            Self::Own(database) => database.begin_write().map_err(store),
            Self::Look(_) => Err(LocalError::Busy),
        }
    }
}

/// The engine's file. It is closed with the same care as it is read.
pub(super) struct Guarded(Option<Engine>);

impl Guarded {
    pub(super) fn new(database: Engine) -> Self {
        Self(Some(database))
    }

    /// Does something with the engine. Afterwards a panic of it leaves the file as the last commit left it.
    ///
    /// # Errors
    /// [`LocalError::Damaged`] where the engine panics; what `work` says.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, LocalError>,
    ) -> Result<T, LocalError> {
        let database = self.0.as_ref().ok_or(LocalError::Damaged)?;
        guard(|| work(database))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let database = self.0.take();
        let _ = guard(|| {
            drop(database);
            Ok(())
        });
    }
}

/// Does something that may panic in the engine.
///
/// # Errors
/// [`LocalError::Damaged`] where it panics; what `work` says.
pub(super) fn guard<T>(work: impl FnOnce() -> Result<T, LocalError>) -> Result<T, LocalError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.with(Cell::get) {
                before(info);
            }
        }));
    });
    let outer = INSIDE.with(|inside| inside.replace(true));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.with(|inside| inside.set(outer));
    done.unwrap_or(Err(LocalError::Damaged))
}

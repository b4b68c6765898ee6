//! The engine on a damaged file: it may panic where a page makes no sense. Here that is an error like any other.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use redb::Database;

use super::LocalError;

thread_local! {
    /// Whether this thread is inside the engine: its panics are then told as damage, in words.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The engine's file. It is closed with the same care as it is read.
pub(super) struct Guarded(Option<Database>);

impl Guarded {
    pub(super) fn new(database: Database) -> Self {
        Self(Some(database))
    }

    /// Does something with the engine. Afterwards a panic of it leaves the file as the last commit left it.
    ///
    /// # Errors
    /// [`LocalError::Damaged`] where the engine panics; what `work` says.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, LocalError>,
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

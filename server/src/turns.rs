//! Turns: one statement of a history at a time within this process. Correctness does not rest on it (the head is compared when a
//! statement commits); it spares the work of deciding twice.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use crate::history::HistoryId;

/// Locks that histories share by their first bytes.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Vec<Mutex<()>>>);

impl Turns {
    const COUNT: usize = 1024;

    /// Waits for this history's turn.
    pub async fn take(&self, id: &HistoryId) -> Option<MutexGuard<'_, ()>> {
        let [first, second, ..] = *id;
        let place = usize::from(u16::from_be_bytes([first, second])) % Self::COUNT;
        match self.0.get(place) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new((0..Self::COUNT).map(|_| Mutex::new(())).collect()))
    }
}

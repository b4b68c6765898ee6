//! What readers of sled see while a write becomes durable.
//!
//! sled shows a batch to readers before it is durable. A reader could then act on it (answer a repeated request with a receipt, say)
//! and the power could go. So the committer leaves here, before it applies a batch, what stood under each key of it, and takes it
//! away once the batch is durable; a reader reads the engine first and this afterwards. An export keeps what it finds here until it
//! has passed the key, and so gives one moment while writers go on.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use super::backend::Pair;
use super::bounds::Bounds;

/// What stood under keys: bytes, or nothing.
pub(super) type Before = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// What stood under the keys of the write in progress, if there is one.
#[derive(Debug, Default)]
pub(super) struct Shadow {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Counts beginnings and ends of writes: between two equal numbers, at most one write was in progress, and the same.
    pub(super) epoch: u64,
    /// Empty where no write is in progress.
    pub(super) before: Arc<Before>,
    exports: Vec<Weak<Mutex<Export>>>,
}

/// An export in progress: how far it is, and what stood at its moment under keys written since.
#[derive(Debug)]
pub(super) struct Export {
    after: Bound<Vec<u8>>,
    before: Before,
}

impl Shadow {
    /// The state now; no write begins or ends while it is held.
    pub(super) fn now(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write begins: nothing of it has been applied.
    pub(super) fn begin(&self, before: Before) {
        let mut state = self.write();
        state.exports.retain(|export| {
            let Some(export) = export.upgrade() else { return false };
            let mut export = lock(&export);
            for (key, value) in &before {
                if export.is_ahead_of(key) && !export.before.contains_key(key) {
                    export.before.insert(key.clone(), value.clone());
                }
            }
            true
        });
        state.before = Arc::new(before);
        state.epoch += 1;
    }

    /// The write is durable.
    pub(super) fn end(&self) {
        let mut state = self.write();
        state.before = Arc::default();
        state.epoch += 1;
    }

    /// An export of what is durable now.
    pub(super) fn export(&self) -> Arc<Mutex<Export>> {
        let mut state = self.write();
        let before = (*state.before).clone();
        let export = Arc::new(Mutex::new(Export { after: Bound::Unbounded, before }));
        state.exports.push(Arc::downgrade(&export));
        export
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Export {
    /// The next pairs below `high`, at most `limit`; `read` reads the engine as it is now. No write begins meanwhile.
    pub(super) fn next<E>(
        export: &Mutex<Self>,
        high: &Bound<Vec<u8>>,
        limit: usize,
        read: impl Fn(Bounds, &Before) -> Result<Vec<Pair>, E>,
    ) -> Result<Vec<Pair>, E> {
        let mut export = lock(export);
        let bounds = (export.after.clone(), high.clone());
        let found = read(bounds.clone(), &export.before)?;
        let page = merge(found, &export.before, bounds, limit, false);
        if let Some((last, _)) = page.last() {
            export.before = export.before.split_off(last);
            export.before.remove(last);
            export.after = Bound::Excluded(last.clone());
        }
        Ok(page)
    }

    fn is_ahead_of(&self, key: &[u8]) -> bool {
        match &self.after {
            Bound::Excluded(after) | Bound::Included(after) => key > after.as_slice(),
            Bound::Unbounded => true,
        }
    }
}

/// The first pairs of two sources: what the engine has under keys that `before` does not name, and `before`.
pub(super) fn merge(
    mut found: Vec<Pair>,
    before: &Before,
    bounds: Bounds,
    limit: usize,
    backwards: bool,
) -> Vec<Pair> {
    let stood = before.range(bounds).filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
    found.extend(stood);
    found.sort_unstable_by(|(a, _), (b, _)| if backwards { b.cmp(a) } else { a.cmp(b) });
    found.truncate(limit);
    found
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(pairs: &[(&[u8], Option<&[u8]>)]) -> Before {
        pairs.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect()
    }

    #[test]
    fn export_keeps_what_stood_at_its_moment_until_it_has_passed_the_key() {
        let shadow = Shadow::default();
        shadow.begin(before(&[(b"b", Some(b"old"))]));
        let export = shadow.export();
        shadow.end();
        shadow.begin(before(&[(b"a", None), (b"b", Some(b"new"))]));
        shadow.end();
        let engine = |(low, _): Bounds, hidden: &Before| {
            let all = [(b"a", b"a"), (b"b", b"n"), (b"c", b"c")];
            let taken = all.iter().map(|(key, value)| (key.to_vec(), value.to_vec()));
            let taken = taken.filter(|(key, _)| !hidden.contains_key(key));
            Ok::<_, ()>(taken.filter(|(key, _)| low == Bound::Unbounded || *key > b"b".to_vec()).collect())
        };
        let high = Bound::Excluded(vec![255]);
        let page = Export::next(&export, &high, 1, engine).unwrap();
        assert_eq!(page, [(b"b".to_vec(), b"old".to_vec())]);
        shadow.begin(before(&[(b"b", Some(b"new")), (b"c", Some(b"c"))]));
        assert_eq!(lock(&export).before, before(&[(b"c", Some(b"c"))]), "b has been given already");
        let page = Export::next(&export, &high, 5, engine).unwrap();
        assert_eq!(page, [(b"c".to_vec(), b"c".to_vec())]);
        drop(export);
        shadow.begin(Before::new());
        assert!(shadow.now().exports.is_empty());
    }
}

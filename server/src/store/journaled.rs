//! An engine behind a journal: a write is one record and one flush, and the engine gets what was written later, much at a time.
//!
//! What the engine does not have yet stands in two tables in memory: the one that grows, and the one that a thread is moving into the
//! engine (a checkpoint). Readers look there first. So the cost of a write does not follow the size of the engine's tree, and the engine
//! writes a page once for many changes. What went along with the records is made to last where it lives before the engine says
//! that it has them: only then may their file be written over.

use std::collections::btree_map;
use std::fs::File;
use std::iter::Peekable;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use super::backend::{Backend, Changes, Pair};
use super::bounds::Bounds;
use super::committer::EndsWithTheThread;
use super::journal::{self, Journal};
use super::{Along, Carried, OpenError, StoreError};
use crate::durability;

/// Bytes after which a turn of the journal may end at the least, and at the most.
const TURNS: RangeInclusive<u64> = 64 << 10..=1 << 30;
/// Of a turn's bytes, the part that keys and values may take in memory: they end it too.
const TABLE: u64 = 16;
/// What a row takes in memory besides its key and value, in bytes: most for a removal, which has a key alone.
const ROW: usize = 128;
/// How many times as much is taken while a checkpoint goes on; then writers wait for it.
const PATIENCE: u64 = 2;
/// How long something stays out of the engine where little is written.
const AGE: Duration = Duration::from_secs(if cfg!(test) { 60 } else { 2 });
/// Times that a read tries to fall between two checkpoints; after that its rows may be of two moments.
const TRIES: usize = 4;

/// An engine, its journal, and the thread that moves what was written from here to there. Dropped: all is moved, then the thread ends.
pub(super) struct Journaled {
    shared: Arc<Shared>,
    mover: Option<JoinHandle<()>>,
}

struct Shared {
    engine: Box<dyn Backend>,
    along: Option<Arc<dyn Along>>,
    journal: Mutex<Journal>,
    tables: RwLock<Tables>,
    state: Mutex<State>,
    changed: Condvar,
    /// Bytes of a turn, and of a table.
    turn: u64,
    table: u64,
    /// Held while the engine is written to.
    gate: Mutex<()>,
    /// The folder is this process's for as long as this lives.
    _lock: File,
}

#[derive(Default)]
struct Tables {
    growing: Changes,
    bytes: u64,
    /// Whether anything went along with it.
    along: bool,
    moving: Arc<Changes>,
    moving_along: bool,
    /// How many tables have begun to move.
    moves: u64,
}

#[derive(Default)]
struct State {
    moving: bool,
    stop: bool,
}

impl Journaled {
    /// Puts an engine behind the journal in its folder of data, after bringing it up to what that holds.
    pub(super) fn start(
        engine: Box<dyn Backend>,
        data: &Path,
        along: Option<Arc<dyn Along>>,
        turn: u64,
        lock: File,
    ) -> Result<Self, OpenError> {
        let turn = turn.clamp(*TURNS.start(), *TURNS.end());
        let number = journal::replay(data, &*engine, along.as_deref())?;
        let shared = Arc::new(Shared {
            engine,
            along,
            journal: Mutex::new(Journal::open(data, number)?),
            tables: RwLock::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
            turn,
            table: turn / TABLE,
            gate: Mutex::default(),
            _lock: lock,
        });
        let moving = Arc::clone(&shared);
        let mover = std::thread::Builder::new().name("checkpoint".into()).spawn(move || moving.run())?;
        Ok(Self { shared, mover: Some(mover) })
    }
}

impl Drop for Journaled {
    fn drop(&mut self) {
        lock(&self.shared.state).stop = true;
        self.shared.changed.notify_all();
        if let Some(mover) = self.mover.take() {
            // A panic of the thread has ended the process.
            let _ = mover.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        let _guard = EndsWithTheThread("the checkpoint");
        loop {
            let mut state = lock(&self.state);
            let mut aged = false;
            while !state.moving && !state.stop && !aged {
                let waited = self.changed.wait_timeout(state, AGE);
                let (next, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                (state, aged) = (next, timeout.timed_out());
            }
            let (moving, stop) = (state.moving, state.stop);
            drop(state);
            if moving {
                self.move_table();
            } else if let Ok(mut journal) = self.journal.try_lock() {
                // Not waited for: who holds it may be waiting for this thread.
                if !self.read().growing.is_empty() {
                    self.end_turn(&mut journal);
                } else if stop {
                    // The engine has everything. Left as it is, the next start reads more, and that is all.
                    let _error = journal.clear();
                    return;
                }
            }
        }
    }

    /// The table that grew begins to move, and the other file's turn begins.
    fn end_turn(&self, journal: &mut Journal) {
        if let Err(error) = journal.turn() {
            durability::lost("a turn of the journal", &error);
        }
        let mut tables = self.write();
        let (key, value) = journal::marked(journal.number());
        tables.growing.insert(key, value);
        tables.moving = Arc::new(std::mem::take(&mut tables.growing));
        tables.moving_along = std::mem::take(&mut tables.along);
        tables.bytes = 0;
        tables.moves += 1;
        drop(tables);
        lock(&self.state).moving = true;
        self.changed.notify_all();
    }

    fn move_table(&self) {
        let (table, along) = {
            let tables = self.read();
            (Arc::clone(&tables.moving), tables.moving_along)
        };
        if let Some(along) = self.along.as_deref().filter(|_| along)
            && let Err(error) = along.secure()
        {
            durability::lost("what goes along with records", &error);
        }
        {
            let _gate = lock(&self.gate);
            if let Err(error) = self.engine.write(&table) {
                durability::lost("a checkpoint of records", &error);
            }
            self.write().moving = Arc::default();
        }
        lock(&self.state).moving = false;
        self.changed.notify_all();
    }

    /// Ends the turn where it is long enough and the other file is free; waits for it where there is far too much.
    fn make_room(&self, journal: &mut Journal) {
        let bytes = self.read().bytes;
        if journal.len() < self.turn && bytes < self.table {
            return;
        }
        let patient = journal.len() < PATIENCE * self.turn && bytes < PATIENCE * self.table;
        let mut state = lock(&self.state);
        while state.moving {
            if patient {
                return;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.end_turn(journal);
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `read` until no table began to move meanwhile.
    fn between<T>(&self, read: impl Fn() -> Result<(T, u64), StoreError>) -> Result<T, StoreError> {
        let mut tries = 0;
        loop {
            let (found, moves) = read()?;
            tries += 1;
            if tries == TRIES || self.read().moves == moves {
                return Ok(found);
            }
        }
    }
}

impl Tables {
    fn find(&self, key: &[u8]) -> Option<Option<Vec<u8>>> {
        self.growing.get(key).or_else(|| self.moving.get(key)).cloned()
    }

    /// The changes within bounds from one end on, up to so many that write.
    fn found(&self, bounds: Bounds, limit: usize, backwards: bool) -> Changes {
        let mut found = Changes::new();
        for table in [&self.growing, &*self.moving] {
            let mut puts = 0;
            let mut take = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| {
                if let btree_map::Entry::Vacant(place) = found.entry(key.clone()) {
                    puts += usize::from(value.is_some());
                    place.insert(value.clone());
                }
                puts < limit
            };
            let mut range = table.range(bounds.clone());
            if backwards {
                while range.next_back().is_some_and(&mut take) {}
            } else {
                while range.next().is_some_and(&mut take) {}
            }
        }
        found
    }
}

impl Backend for Journaled {
    fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.shared.between(|| {
            let (found, moves) = {
                let tables = self.shared.read();
                (keys.iter().map(|key| tables.find(key)).collect::<Vec<_>>(), tables.moves)
            };
            let missing: Vec<_> = keys.iter().zip(&found).filter(|(_, found)| found.is_none()).collect();
            if missing.is_empty() {
                return Ok((found.into_iter().flatten().collect(), moves));
            }
            let missing: Vec<_> = missing.into_iter().map(|(key, _)| key.clone()).collect();
            let mut stored = self.shared.engine.get(&missing)?.into_iter();
            let found = found.into_iter().map(|found| found.unwrap_or_else(|| stored.next().flatten()));
            Ok((found.collect(), moves))
        })
    }

    fn scan(&self, bounds: Bounds, limit: usize, backwards: bool) -> Result<Vec<Pair>, StoreError> {
        self.shared.between(|| {
            let (changes, moves) = {
                let tables = self.shared.read();
                (tables.found(bounds.clone(), limit, backwards), tables.moves)
            };
            // So many more as the changes may hide.
            let most = limit.saturating_add(changes.len());
            let stored = self.shared.engine.scan(bounds.clone(), most, backwards)?;
            if changes.is_empty() {
                return Ok((stored, moves));
            }
            let mut found: Vec<Pair> =
                stored.into_iter().filter(|(key, _)| !changes.contains_key(key)).collect();
            found.extend(changes.into_iter().filter_map(|(key, value)| Some((key, value?))));
            found.sort_by(|(a, _), (b, _)| if backwards { b.cmp(a) } else { a.cmp(b) });
            found.truncate(limit);
            Ok((found, moves))
        })
    }

    fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        self.write_along(changes.clone(), &[])
    }

    fn write_along(&self, changes: Changes, along: &[Carried]) -> Result<(), StoreError> {
        let mut journal = lock(&self.shared.journal);
        self.shared.make_room(&mut journal);
        journal.append(&changes, along).map_err(|error| StoreError::Backend(error.to_string()))?;
        if let Some(place) = &self.shared.along {
            let mut along = along.iter();
            let placed = along.try_for_each(|one| place.place(one));
            placed.map_err(|error| StoreError::Backend(error.to_string()))?;
        }
        let mut tables = self.shared.write();
        let rows = changes.iter().map(|(key, value)| ROW + key.len() + value.as_ref().map_or(0, Vec::len));
        tables.bytes += rows.sum::<usize>() as u64;
        tables.along |= !along.is_empty();
        tables.growing.extend(changes);
        Ok(())
    }

    fn carries(&self) -> bool {
        self.shared.along.is_some()
    }

    fn outstanding(&self) -> u64 {
        let tables = self.shared.read();
        tables.bytes + if tables.moving.is_empty() { 0 } else { self.shared.table }
    }

    fn export(&self, sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError> {
        // Until the engine has chosen its moment nothing is moved into it.
        let mut gate = Some(lock(&self.shared.gate));
        let mut changes = {
            let tables = self.shared.read();
            let mut changes = (*tables.moving).clone();
            changes.extend(tables.growing.iter().map(|(key, value)| (key.clone(), value.clone())));
            changes.remove(carnet_rest::journal::MARK.as_slice());
            changes.into_iter().peekable()
        };
        self.shared.engine.export(&mut |(key, value)| {
            drop(gate.take());
            give_until(&mut changes, Some(&key), sink)?;
            if key == carnet_rest::journal::MARK {
                return Ok(());
            }
            match changes.next_if(|(changed, _)| *changed == key) {
                Some((key, Some(value))) => sink((key, value)),
                Some((_, None)) => Ok(()),
                None => sink((key, value)),
            }
        })?;
        drop(gate);
        give_until(&mut changes, None, sink)
    }
}

type Left = Peekable<btree_map::IntoIter<Vec<u8>, Option<Vec<u8>>>>;

/// Gives what was written under keys before one, or all that is left.
fn give_until(
    changes: &mut Left,
    before: Option<&[u8]>,
    sink: &mut dyn FnMut(Pair) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    while let Some((key, value)) =
        changes.next_if(|(key, _)| before.is_none_or(|before| key.as_slice() < before))
    {
        if let Some(value) = value {
            sink((key, value))?;
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use carnet_rest::journal::{NAMES, TurnKey};

    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::store::{
        Commit, Engine, Key, Range, Records, Resources, Space, Transaction, open, open_along, reclaim,
    };

    const SMALL: Resources = Resources { cache_bytes: 8 << 20, reserve_bytes: 0, journal_bytes: 64 << 10 };
    const LARGE: Resources = Resources { journal_bytes: 8 << 20, ..SMALL };

    /// Remembers what it was given.
    #[derive(Default)]
    struct Shelf {
        placed: Mutex<Vec<Vec<u8>>>,
        restored: Mutex<Vec<Vec<u8>>>,
        secured: AtomicUsize,
    }

    impl Along for Shelf {
        fn place(&self, along: &Carried) -> std::io::Result<()> {
            lock(&self.placed).push([along.name.as_slice(), &along.bytes].concat());
            Ok(())
        }

        fn restore(&self, along: &[u8]) -> std::io::Result<()> {
            lock(&self.restored).push(along.to_vec());
            Ok(())
        }

        fn secure(&self) -> std::io::Result<()> {
            self.secured.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    }

    fn key(n: u32) -> Key {
        Key::new(Space::Version, [9; 32], n.to_be_bytes())
    }

    async fn write(records: &Arc<dyn Records>, n: u32, len: usize, along: &[u8]) {
        let along = if along.is_empty() {
            Vec::new()
        } else {
            let (name, bytes) = along.split_at(1);
            vec![Carried { name: name.to_vec(), bytes: bytes.to_vec().into(), uploaded: false, held: None }]
        };
        let put = vec![(key(n), vec![n.to_be_bytes()[3]; len])];
        let delete = if n < 3 { vec![] } else { vec![key(n - 3)] };
        let done = records.commit(Transaction { put, delete, along, ..Transaction::default() }).await;
        assert_eq!(done, Ok(Commit::Done));
    }

    /// A copy of a store that is open: what a kill would leave. Two moments may differ, as under a power cut.
    fn killed(folder: &Path) -> tempfile::TempDir {
        fn copy(from: &Path, to: &Path) {
            fs::create_dir_all(to).unwrap();
            for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
                let (path, to) = (entry.path(), to.join(entry.file_name()));
                if path.is_dir() { copy(&path, &to) } else { assert!(fs::copy(&path, &to).is_ok()) }
            }
        }
        let left = tempfile::tempdir().unwrap();
        copy(folder, left.path());
        left
    }

    async fn all(records: &Arc<dyn Records>) -> BTreeMap<Key, usize> {
        let rows = records.scan(Range::all(Space::Version)).await.unwrap();
        rows.into_iter().map(|(key, value)| (key, value.len())).collect()
    }

    #[tokio::test]
    async fn killed_store_has_what_its_journal_holds_and_so_has_one_killed_again() {
        for engine in [Engine::Redb, Engine::Sled] {
            let folder = tempfile::tempdir().unwrap();
            let shelf = Arc::new(Shelf::default());
            let records = open_along(engine, folder.path(), LARGE, Arc::clone(&shelf) as Arc<_>).unwrap();
            for n in 0..30 {
                write(&records, n, 100, &n.to_be_bytes()).await;
            }
            assert_eq!(all(&records).await.len(), 3);
            assert_eq!(lock(&shelf.placed).len(), 30);
            let left = killed(folder.path());
            let again = killed(left.path());
            // Whoever knows nothing of what goes along cannot open it, and harms nothing.
            assert!(matches!(open(engine, left.path(), LARGE), Err(OpenError::Damaged(_))));
            for left in [&left, &again] {
                let other = Arc::new(Shelf::default());
                let opened = open_along(engine, left.path(), SMALL, Arc::clone(&other) as Arc<_>).unwrap();
                assert_eq!(all(&opened).await, all(&records).await);
                assert_eq!(*lock(&other.restored), *lock(&shelf.placed));
                assert_eq!(other.secured.load(Ordering::SeqCst), 1);
                drop(opened);
                // It ended well: nothing is restored twice, and rewriting it loses nothing.
                drop(open_along(engine, left.path(), SMALL, Arc::clone(&other) as Arc<_>).unwrap());
                assert_eq!(lock(&other.restored).len(), 30);
                assert_eq!(reclaim(engine, left.path(), SMALL).unwrap().rows, 3);
                assert_eq!(all(&open(engine, left.path(), SMALL).unwrap()).await, all(&records).await);
            }
        }
    }

    #[tokio::test]
    async fn clean_end_leaves_nothing_to_read_and_a_kill_does() {
        let turns = |folder: &Path| {
            let files = NAMES.map(|name| fs::read(folder.join("data-1").join(name)).unwrap());
            files.iter().filter(|file| TurnKey::read(file).is_some()).count()
        };
        let folder = tempfile::tempdir().unwrap();
        for round in 0..3 {
            let records = open(Engine::Redb, folder.path(), LARGE).unwrap();
            write(&records, round, 100, &[]).await;
            assert_eq!(turns(folder.path()), 1);
            assert_eq!(turns(killed(folder.path()).path()), 1);
            drop(records);
            assert_eq!(turns(folder.path()), 0);
        }
        let records = open(Engine::Redb, folder.path(), LARGE).unwrap();
        assert_eq!(all(&records).await.len(), 3);
    }

    #[tokio::test]
    async fn turns_change_under_load_and_a_kill_at_any_of_them_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let records = open(Engine::Redb, folder.path(), SMALL).unwrap();
        for n in 0..400 {
            write(&records, n, 3000, &[]).await;
            assert_eq!(all(&records).await.len(), 3.min(n as usize + 1), "{n}");
            if n % 57 == 0 {
                let left = killed(folder.path());
                match open(Engine::Redb, left.path(), SMALL) {
                    Ok(opened) => assert!(all(&opened).await.contains_key(&key(n))),
                    // The engine's file was copied while it was written.
                    Err(error) => assert_eq!(error.code(), "store-refused"),
                }
            }
        }
    }

    #[tokio::test]
    async fn journal_with_a_hole_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let records = open(Engine::Redb, folder.path(), LARGE).unwrap();
        for n in 0..10 {
            write(&records, n, 6000, &[]).await;
        }
        for (at, refused) in [(4096 + 100, true), (4096 * 3 + 5, true), (4096 * 19 + 100, false)] {
            let left = killed(folder.path());
            let data = left.path().join("data-1");
            for name in NAMES {
                let mut bytes = fs::read(data.join(name)).unwrap();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1;
                }
                fs::write(data.join(name), bytes).unwrap();
            }
            let opened = open(Engine::Redb, left.path(), LARGE);
            match opened {
                Err(error) => assert!(refused && error.code() == "store-damaged", "{at}: {error}"),
                // The last record may have been under way.
                Ok(records) => assert!(!refused && !all(&records).await.contains_key(&key(9)), "{at}"),
            }
        }
    }
}

//! Group commit: one thread per store takes the transactions that wait, judges each against the state that the earlier ones leave,
//! and makes all of them durable with one write. An embedded engine has one writer anyway; writers that take turns on its lock
//! starve each other, and each would pay for a sync of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::backend::{Backend, Changes};
use super::room::Room;
use carnet_rest::checksum;

use super::{Carried, Commit, Key, Space, StoreError, Transaction, unframe};
use crate::durability;

/// Most transactions that share one write.
const MAX_TRANSACTIONS: usize = 512;
/// Bytes after which no more transactions are taken into a write.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Transactions that may wait: beyond it, callers wait before they hand theirs in.
const QUEUE: usize = 2 * MAX_TRANSACTIONS;

/// The thread, and the way to it. Dropped: what waits is done, then the thread ends.
pub(super) struct Committer {
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    pub(super) fn start(backend: Arc<dyn Backend>, room: Room) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || run(&*backend, &room, waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands in a transaction and waits for what became of it.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        if !transaction.fits() {
            return Err(StoreError::TooLarge);
        }
        let stopped = || StoreError::Backend("the committer has stopped".into());
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { prepared: Prepared::new(transaction), answer };
        self.queue.as_ref().ok_or_else(stopped)?.send(waiting).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has ended the process.
            let _ = thread.join();
        }
    }
}

struct Waiting {
    prepared: Prepared,
    answer: oneshot::Sender<Result<Commit, StoreError>>,
}

/// A key and what is stored under it, or nothing, where the transaction holds.
type Expected = (Space, Vec<u8>, Option<Vec<u8>>);

/// A transaction in the engine's bytes, made where it was handed in: checksums take the caller's core, not the one thread's.
struct Prepared {
    expect: Vec<Expected>,
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    along: Vec<Carried>,
    bytes: usize,
    puts: bool,
}

impl Prepared {
    fn new(transaction: Transaction) -> Self {
        let Transaction { expect, put, delete, along } = transaction;
        let puts = !put.is_empty();
        let framed = |key: &Key, value: Option<Vec<u8>>| {
            let bytes = key.to_bytes();
            let framed = value.map(|value| checksum::frame(&bytes, value));
            (bytes, framed)
        };
        let expect = expect.into_iter().map(|(key, value)| {
            let (bytes, framed) = framed(&key, value);
            (key.space, bytes, framed)
        });
        let expect = expect.collect();
        let put = put.into_iter().map(|(key, value)| framed(&key, Some(value)));
        let changes: Vec<_> = put.chain(delete.iter().map(|key| framed(key, None))).collect();
        let rows = changes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len));
        let bytes = rows.chain(along.iter().map(|one| one.name.len() + one.bytes.len())).sum();
        Self { expect, changes, along, bytes, puts }
    }
}

fn run(backend: &dyn Backend, room: &Room, mut queue: mpsc::Receiver<Waiting>) {
    let _guard = EndsWithTheThread("the committer");
    while let Some(first) = queue.blocking_recv() {
        let mut bytes = first.prepared.bytes;
        let mut batch = vec![first];
        while batch.len() < MAX_TRANSACTIONS && bytes < MAX_BYTES {
            let Ok(next) = queue.try_recv() else { break };
            bytes += next.prepared.bytes;
            batch.push(next);
        }
        commit(backend, room, batch);
    }
}

fn commit(backend: &dyn Backend, room: &Room, batch: Vec<Waiting>) {
    let (prepared, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.prepared, waiting.answer)).unzip();
    // Ends the process before a panic drops the answers, which would tell their callers that nothing was done.
    let _guard = EndsWithTheThread("the committer");
    let results = match state(backend, &prepared) {
        Ok(state) => {
            let (changes, along, results) = judge(state, prepared, room.is_short(backend.outstanding()));
            if !changes.is_empty()
                && let Err(error) = backend.write_along(changes, &along)
            {
                durability::lost("a commit of records", &error);
            }
            results
        }
        // Nothing has been written: each caller learns why.
        Err(error) => vec![Err(error); answers.len()],
    };
    for (answer, result) in answers.into_iter().zip(results) {
        // A caller that has gone away does not want it.
        let _ = answer.send(result);
    }
}

/// What is stored under the keys that the transactions were decided from.
type State = HashMap<Vec<u8>, Option<Vec<u8>>>;

fn state(backend: &dyn Backend, batch: &[Prepared]) -> Result<State, StoreError> {
    let keys: Vec<_> = batch.iter().flat_map(|one| &one.expect).map(|(_, key, _)| key.clone()).collect();
    let values = if keys.is_empty() { Vec::new() } else { backend.get(&keys)? };
    Ok(keys.into_iter().zip(values).collect())
}

type Judged = (Changes, Vec<Carried>, Vec<Result<Commit, StoreError>>);

/// The changes of those transactions that hold, what goes along with them, and what becomes of each.
fn judge(state: State, batch: Vec<Prepared>, short: bool) -> Judged {
    let (mut changes, mut along) = (Changes::new(), Vec::new());
    let mut results = Vec::with_capacity(batch.len());
    for one in batch {
        let result =
            if short && one.puts { Err(StoreError::Full) } else { holds(&state, &changes, &one.expect) };
        if result == Ok(Commit::Done) {
            changes.extend(one.changes);
            along.extend(one.along);
        }
        results.push(result);
    }
    (changes, along, results)
}

fn holds(state: &State, changes: &Changes, expect: &[Expected]) -> Result<Commit, StoreError> {
    for (space, key, expected) in expect {
        let found = changes.get(key).or_else(|| state.get(key)).and_then(Option::as_ref);
        if found != expected.as_ref() {
            // Damaged is not stale: the caller would read and try for ever.
            if let Some(found) = found {
                unframe(*space, key, found.clone())?;
            }
            return Ok(Commit::Stale);
        }
    }
    Ok(Commit::Done)
}

/// A panic between a write and its answers leaves callers without the truth: the process ends with the thread.
pub(super) struct EndsWithTheThread(pub(super) &'static str);

impl Drop for EndsWithTheThread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            durability::lost(self.0, &"it panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::store::backend::Pair;
    use crate::store::bounds::Bounds;

    /// An empty engine that does something else where it should write.
    struct Odd<F>(F);

    impl<F: Fn(Changes) -> Result<(), StoreError> + Send + Sync + 'static> Backend for Odd<F> {
        fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
            Ok(vec![None; keys.len()])
        }

        fn scan(&self, _: Bounds, _: usize, _: bool) -> Result<Vec<Pair>, StoreError> {
            Ok(Vec::new())
        }

        fn write(&self, changes: &Changes) -> Result<(), StoreError> {
            (self.0)(changes.clone())
        }

        fn export(&self, _: &mut dyn FnMut(Pair) -> Result<(), StoreError>) -> Result<(), StoreError> {
            Ok(())
        }
    }

    fn start(
        write: impl Fn(Changes) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> (Committer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::watch(folder.path(), 0).unwrap();
        (Committer::start(Arc::new(Odd(write)), room).unwrap(), folder)
    }

    fn put(n: u8) -> Transaction {
        Transaction { put: vec![(Key::new(Space::Head, [n; 32], []), vec![n])], ..Transaction::default() }
    }

    #[tokio::test]
    async fn transactions_that_wait_share_one_write_and_see_each_other() {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let writes = Arc::new(AtomicUsize::new(0));
        let (committer, _folder) = start({
            let (gate, writes) = (Arc::clone(&gate), Arc::clone(&writes));
            move |_| {
                writes.fetch_add(1, Ordering::SeqCst);
                drop(gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap());
                Ok(())
            }
        });
        // The first is written alone or with others; the gate opens once all have been handed in.
        let mut commits = vec![committer.commit(put(0))];
        // Each expects to be the first to write one record: the earliest is, whether in the same write or not.
        for _ in 0..100 {
            let first = Transaction { expect: vec![(Key::new(Space::Head, [7; 32], []), None)], ..put(7) };
            commits.push(committer.commit(first));
        }
        let open = async {
            *gate.0.lock().unwrap() = true;
            gate.1.notify_all();
        };
        let (results, ()) = tokio::join!(futures_util::future::join_all(commits), open);
        assert!(writes.load(Ordering::SeqCst) <= 2, "{writes:?} writes");
        let done = results.iter().filter(|result| **result == Ok(Commit::Done)).count();
        let stale = results.iter().filter(|result| **result == Ok(Commit::Stale)).count();
        // The engine keeps nothing, so each of at most two writes may have had a first one.
        assert!(done == 2 || done == 3, "{done}");
        assert_eq!(done + stale, 101);
    }

    /// Runs this test in a process of its own, which must abort without an answer.
    async fn aborts(name: &str, write: impl Fn(Changes) -> Result<(), StoreError> + Send + Sync + 'static) {
        const CHILD: &str = "CARNET_TEST_CHILD";
        if std::env::var_os(CHILD).is_some() {
            let (committer, _folder) = start(write);
            let answer = committer.commit(put(1)).await;
            println!("answered {answer:?}");
            return;
        }
        let name = format!("store::committer::tests::{name}");
        let child = Command::new(std::env::current_exe().unwrap())
            .args([&name, "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(said.contains("running 1 test") && !said.contains("answered"), "{said}");
        assert_eq!(child.status.signal(), Some(6), "{child:?}");
    }

    #[tokio::test]
    async fn write_that_fails_ends_the_process_before_any_answer() {
        let name = "write_that_fails_ends_the_process_before_any_answer";
        aborts(name, |_| Err(StoreError::Backend("no more disk".into()))).await;
    }

    #[tokio::test]
    async fn write_that_panics_ends_the_process_before_any_answer() {
        aborts("write_that_panics_ends_the_process_before_any_answer", |_| panic!("a bug")).await;
    }
}

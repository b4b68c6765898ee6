//! The suite that every backend of records passes: [`all`] runs it, each check on a store of its own.
//!
//! It shows the contract of [`Records`] while the process lives and across a reopening. What a kill or a loss of power leaves is shown
//! from outside, by tests that end the process.

#![allow(clippy::unwrap_used, reason = "it is a suite of tests: a failure is meant to end it")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::{Commit, Key, Range, Records, Row, Space, StoreError, Transaction};

/// A backend under test: one store, empty at first.
#[async_trait]
pub trait Subject: Send {
    /// The store. The suite keeps none of these across [`Subject::reopen`] and [`Subject::damage`].
    fn records(&self) -> Arc<dyn Records>;
    /// Closes the store and opens it again; nothing where it does not outlive its process.
    async fn reopen(&mut self);
    /// Flips a bit of the value that is stored under a key, beneath its checksum.
    async fn damage(&mut self, key: &Key);
}

/// Runs the suite.
///
/// # Panics
/// Where the backend does not keep the contract.
pub async fn all<S: Subject>(make: impl Fn() -> S) {
    what_is_written_is_read(make()).await;
    transaction_is_done_whole_or_not_at_all(make()).await;
    expectations_guard(make()).await;
    counter_loses_no_update(make()).await;
    scans_are_ordered_and_bounded(make()).await;
    limits_hold(make()).await;
    large_values_come_back(make()).await;
    records_outlive_a_reopening(make()).await;
    damage_is_found(make()).await;
    export_is_of_one_moment(make()).await;
    export_ends_where_its_sink_fails(make()).await;
}

/// Each check may be run alone.
///
/// # Panics
/// Where a record is not read as it was written last.
pub async fn what_is_written_is_read(subject: impl Subject) {
    let records = subject.records();
    let [a, b, c] = [key(1, b"a"), key(1, b"b"), key(1, b"")];
    assert_eq!(records.get(vec![]).await.unwrap(), []);
    assert_eq!(records.get(vec![a.clone(), c.clone()]).await.unwrap(), [None, None]);
    done(&records, put([(a.clone(), b"1".to_vec()), (c.clone(), vec![])])).await;
    let read = records.get(vec![c.clone(), b.clone(), a.clone(), a.clone()]).await.unwrap();
    assert_eq!(read, [Some(vec![]), None, Some(b"1".to_vec()), Some(b"1".to_vec())]);
    for n in 0..50_u32 {
        done(&records, put([(a.clone(), n.to_be_bytes().to_vec())])).await;
        assert_eq!(get(&records, &a).await, Some(n.to_be_bytes().to_vec()));
    }
    done(&records, Transaction { delete: vec![a.clone(), b], ..Transaction::default() }).await;
    assert_eq!(records.get(vec![a, c]).await.unwrap(), [None, Some(vec![])]);
}

/// # Panics
/// Where a part of a transaction is done without the rest.
pub async fn transaction_is_done_whole_or_not_at_all(subject: impl Subject) {
    let records = subject.records();
    let [a, b, c] = [key(1, b"a"), key(1, b"b"), key(1, b"c")];
    done(&records, put([(a.clone(), vec![1]), (b.clone(), vec![1])])).await;
    let refused = Transaction {
        expect: vec![(a.clone(), Some(vec![1])), (b.clone(), Some(vec![2]))],
        put: vec![(a.clone(), vec![9]), (c.clone(), vec![9])],
        delete: vec![b.clone()],
        ..Transaction::default()
    };
    assert_eq!(records.commit(refused.clone()).await.unwrap(), Commit::Stale);
    let keys = vec![a.clone(), b.clone(), c.clone()];
    assert_eq!(records.get(keys.clone()).await.unwrap(), [Some(vec![1]), Some(vec![1]), None]);
    let accepted = Transaction { expect: vec![(a, Some(vec![1])), (b, Some(vec![1])), (c, None)], ..refused };
    done(&records, accepted).await;
    assert_eq!(records.get(keys).await.unwrap(), [Some(vec![9]), None, Some(vec![9])]);
}

/// # Panics
/// Where a transaction is done though what it was decided from has changed, or is refused though it has not.
pub async fn expectations_guard(subject: impl Subject) {
    let records = subject.records();
    let [a, other] = [key(1, b"a"), Key::new(Space::Head, [2; 32], *b"a")];
    let guarded = |expect: &[(&Key, Option<&[u8]>)], value: u8| Transaction {
        expect: expect.iter().map(|(key, value)| ((*key).clone(), value.map(<[u8]>::to_vec))).collect(),
        ..put([(a.clone(), vec![value])])
    };
    assert_eq!(records.commit(guarded(&[(&a, Some(&[]))], 1)).await.unwrap(), Commit::Stale);
    assert_eq!(records.commit(guarded(&[(&a, None)], 1)).await.unwrap(), Commit::Done);
    assert_eq!(records.commit(guarded(&[(&a, None)], 2)).await.unwrap(), Commit::Stale);
    assert_eq!(records.commit(guarded(&[(&a, Some(&[1, 0]))], 2)).await.unwrap(), Commit::Stale);
    // What is expected may stand in another partition, and be looked at only.
    assert_eq!(records.commit(guarded(&[(&a, Some(&[1])), (&other, None)], 2)).await.unwrap(), Commit::Done);
    let look = Transaction { expect: vec![(a.clone(), Some(vec![2]))], ..Transaction::default() };
    assert_eq!(records.commit(look.clone()).await.unwrap(), Commit::Done);
    done(&records, put([(other, vec![7])])).await;
    assert_eq!(
        records.commit(guarded(&[(&a, Some(&[2])), (&key(2, b"a"), None)], 3)).await.unwrap(),
        Commit::Stale
    );
    assert_eq!(records.commit(look).await.unwrap(), Commit::Done);
}

/// # Panics
/// Where two of 16 tasks that add to one counter both believe to have been the one.
pub async fn counter_loses_no_update(subject: impl Subject) {
    const TASKS: u32 = 16;
    const EACH: u32 = 20;
    let records = subject.records();
    let counter = key(1, b"counter");
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (records, counter) = (Arc::clone(&records), counter.clone());
            tokio::spawn(async move {
                for _ in 0..EACH {
                    loop {
                        let before = get(&records, &counter).await;
                        let value = before
                            .as_deref()
                            .map_or(0, |value| u32::from_be_bytes(value.try_into().unwrap()));
                        let mut transaction = put([(counter.clone(), (value + 1).to_be_bytes().to_vec())]);
                        transaction.expect.push((counter.clone(), before));
                        if records.commit(transaction).await.unwrap() == Commit::Done {
                            break;
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(get(&records, &counter).await, Some((TASKS * EACH).to_be_bytes().to_vec()));
}

/// # Panics
/// Where a scan gives other rows than those of its range, or in another order.
pub async fn scans_are_ordered_and_bounded(subject: impl Subject) {
    let records = subject.records();
    let mut rows: Vec<Row> = Vec::new();
    for space in [Space::Head, Space::Statement, Space::Operation] {
        for partition in [0, 1, 128, 255] {
            for suffix in [&b""[..], b"a", b"aa", b"ab", b"b", &[255], &[255, 0], &[255, 255]] {
                rows.push((Key::new(space, [partition; 32], suffix), suffix.to_vec()));
            }
        }
    }
    for chunk in rows.chunks(8).rev() {
        done(&records, put(chunk.to_vec())).await;
    }
    let of = |space, partition: Option<u8>, prefix: &[u8]| {
        let taken = |key: &Key| {
            key.space == space
                && partition.is_none_or(|partition| key.partition == [partition; 32])
                && key.suffix.starts_with(prefix)
        };
        rows.iter().filter(|(key, _)| taken(key)).cloned().collect::<Vec<_>>()
    };
    for space in [Space::Head, Space::Statement, Space::Operation] {
        let all = of(space, None, b"");
        assert_eq!(all.len(), 32);
        pages(&records, Range::all(space), &all).await;
        for partition in [0, 1, 128, 255] {
            for prefix in [&b""[..], b"a", b"b", &[255]] {
                let expected = of(space, Some(partition), prefix);
                pages(&records, Range::of(space, [partition; 32], prefix), &expected).await;
            }
        }
        assert_eq!(records.scan(Range::of(space, [7; 32], [])).await.unwrap(), []);
        assert_eq!(records.scan(Range::of(space, [1; 32], *b"zz")).await.unwrap(), []);
    }
    assert_eq!(records.scan(Range::all(Space::Queue)).await.unwrap(), []);
    // After a key that is not there, within the range and on both sides of it.
    let within = Range::of(Space::Head, [1; 32], *b"a").after(Some(key(1, b"aa0")));
    assert_eq!(records.scan(within.clone()).await.unwrap(), [(key(1, b"ab"), b"ab".to_vec())]);
    assert_eq!(records.scan(within.backwards().limit(1)).await.unwrap(), [(key(1, b"aa"), b"aa".to_vec())]);
    let whole = of(Space::Head, Some(1), b"");
    let one = Range::of(Space::Head, [1; 32], []);
    // Both ends are within, also where nothing stands there; what lies beyond the partition is not.
    for (first, last, expected) in
        [((1, &b"a"[..]), (1, &b"b"[..]), 1..5), ((1, b"a0"), (1, b"az"), 2..4), ((0, b"z"), (2, b""), 0..8)]
    {
        let within = one.clone().within(key(first.0, first.1), key(last.0, last.1));
        assert_eq!(records.scan(within.clone()).await.unwrap(), whole[expected.clone()]);
        let after = within.clone().after(Some(whole[expected.start].0.clone()));
        assert_eq!(records.scan(after).await.unwrap(), whole[expected.start + 1..expected.end]);
        let newest = records.scan(within.backwards().limit(1)).await.unwrap();
        assert_eq!(newest, whole[expected.end - 1..expected.end]);
    }
    assert_eq!(records.scan(one.clone().within(key(1, b"b"), key(1, b"a"))).await.unwrap(), []);
    assert_eq!(records.scan(one.clone().after(Some(key(0, b"z")))).await.unwrap(), whole);
    assert_eq!(records.scan(one.clone().after(Some(key(2, b"")))).await.unwrap(), []);
    assert_eq!(records.scan(one.clone().after(Some(key(0, b"z"))).backwards()).await.unwrap(), []);
    assert_eq!(
        records.scan(one.clone().after(Some(key(2, b""))).backwards()).await.unwrap().len(),
        whole.len()
    );
    assert_eq!(records.scan(one.limit(0)).await.unwrap(), []);
}

/// Reads a range whole and page by page, from both ends.
async fn pages(records: &Arc<dyn Records>, range: Range, expected: &[Row]) {
    let reversed: Vec<_> = expected.iter().rev().cloned().collect();
    for (range, expected) in [(range.clone(), expected.to_vec()), (range.backwards(), reversed)] {
        assert_eq!(records.scan(range.clone()).await.unwrap(), expected, "{range:?}");
        for limit in [1, 3, 100] {
            let mut found: Vec<Row> = Vec::new();
            loop {
                let after = found.last().map(|(key, _)| key.clone());
                let page = records.scan(range.clone().after(after).limit(limit)).await.unwrap();
                let last = page.len() < limit;
                found.extend(page);
                if last {
                    break;
                }
            }
            assert_eq!(found, expected, "{range:?} by {limit}");
        }
    }
}

/// # Panics
/// Where a transaction beyond the limits is done, or one at the limits is not.
pub async fn limits_hold(subject: impl Subject) {
    let records = subject.records();
    let rows = |count: u32| (0..count).map(|n| (key(1, &n.to_be_bytes()), vec![1])).collect::<Vec<_>>();
    let most = Transaction::MAX_BYTES - 33;
    done(&records, put(rows(100))).await;
    done(&records, put([(key(1, &[7; Key::MAX_SUFFIX]), vec![1])])).await;
    done(&records, put([(key(1, b""), vec![1; most])])).await;
    let other = Key::new(Space::Head, [9; 32], *b"");
    let refused = [
        put(rows(101)),
        Transaction { delete: vec![other.clone()], ..put(rows(100)) },
        Transaction { delete: vec![other.clone()], ..put(rows(1)) },
        Transaction { delete: vec![key(1, &0_u32.to_be_bytes())], ..put(rows(1)) },
        put([(other.clone(), vec![1]), (other.clone(), vec![2])]),
        put([(key(9, &[7; Key::MAX_SUFFIX + 1]), vec![1])]),
        put([(other.clone(), vec![1; most + 1])]),
        put([(key(9, b"a"), vec![1; most / 2]), (key(9, b"b"), vec![1; most / 2])]),
    ];
    for transaction in refused {
        assert_eq!(records.commit(transaction).await, Err(StoreError::TooLarge));
    }
    assert_eq!(records.scan(Range::of(Space::Head, [9; 32], [])).await.unwrap(), []);
    assert_eq!(records.scan(Range::of(Space::Head, [1; 32], [])).await.unwrap().len(), 102);
}

/// # Panics
/// Where a value of any size up to the limit does not come back, is not replaced, or leaves something behind.
pub async fn large_values_come_back(mut subject: impl Subject) {
    let sizes = [1, 4000, 4087, 4088, 4089, 8192, 40_000, 300_000, 1_000_000];
    let value =
        |size: usize, salt: usize| (0..size).map(|n| (n * 31 + salt).to_le_bytes()[0]).collect::<Vec<u8>>();
    let key = |n: usize| key(1, &n.to_be_bytes());
    for round in 0..2 {
        for (n, size) in sizes.into_iter().enumerate() {
            let size = if round == 0 { size } else { sizes[sizes.len() - 1 - n] };
            done(&subject.records(), put([(key(n), value(size, round))])).await;
        }
        subject.reopen().await;
        let rows = subject.records().scan(Range::of(Space::Head, [1; 32], [])).await.unwrap();
        assert_eq!(rows.len(), sizes.len());
        for (n, (found, bytes)) in rows.into_iter().enumerate() {
            let size = if round == 0 { sizes[n] } else { sizes[sizes.len() - 1 - n] };
            assert_eq!(found, key(n));
            assert!(bytes == value(size, round), "{size} bytes, round {round}");
        }
    }
    let keys: Vec<_> = (0..sizes.len()).map(key).collect();
    done(&subject.records(), Transaction { delete: keys, ..Transaction::default() }).await;
    assert_eq!(export(&subject.records()).await, []);
}

/// # Panics
/// Where a reopened store is not the one that was closed.
pub async fn records_outlive_a_reopening(mut subject: impl Subject) {
    let mut expected = Vec::new();
    for round in 0..3_u8 {
        for n in 0..40_u8 {
            let row = (Key::new(Space::Statement, [n % 5; 32], [round, n]), vec![n; 700]);
            done(&subject.records(), put([row.clone()])).await;
            expected.push(row);
        }
        let (gone, _) = expected.remove(usize::from(round));
        done(&subject.records(), Transaction { delete: vec![gone], ..Transaction::default() }).await;
        subject.reopen().await;
        expected.sort();
        assert_eq!(export(&subject.records()).await, expected);
    }
}

/// # Panics
/// Where a value that was changed beneath the store is given out, or taken for what somebody expected.
pub async fn damage_is_found(mut subject: impl Subject) {
    let [whole, hurt, large] = [key(1, b"a"), key(1, b"b"), key(1, b"c")];
    let rows =
        [(whole.clone(), vec![1; 100]), (hurt.clone(), vec![2; 100]), (large.clone(), vec![3; 100_000])];
    done(&subject.records(), put(rows)).await;
    subject.damage(&hurt).await;
    subject.damage(&large).await;
    let records = subject.records();
    let corrupt = StoreError::Corrupt(Space::Head);
    for hurt in [hurt, large] {
        assert_eq!(records.get(vec![whole.clone(), hurt.clone()]).await, Err(corrupt.clone()));
        let mut guarded = put([(whole.clone(), vec![9])]);
        guarded.expect.push((hurt.clone(), Some(vec![2; 100])));
        assert_eq!(records.commit(guarded).await, Err(corrupt.clone()));
        let range = Range::of(Space::Head, [1; 32], hurt.suffix);
        assert_eq!(records.scan(range).await, Err(corrupt.clone()));
    }
    assert_eq!(records.scan(Range::all(Space::Head)).await, Err(corrupt.clone()));
    assert_eq!(records.export(Box::new(|_| Ok(()))).await, Err(corrupt));
    assert_eq!(get(&records, &whole).await, Some(vec![1; 100]));
}

/// # Panics
/// Where an export made while a writer goes on is not what stood at one moment of its time.
pub async fn export_is_of_one_moment(subject: impl Subject) {
    const PARTITIONS: u32 = 64;
    let records = subject.records();
    let step = |n: u32| {
        let partition = [(n % PARTITIONS) as u8; 32];
        let row = |suffix| {
            (Key::new(Space::Head, partition, [suffix]), [n.to_be_bytes().to_vec(), vec![0; 5000]].concat())
        };
        // One record goes with each step, another comes.
        Transaction {
            delete: vec![Key::new(Space::Head, partition, [2 + (n / PARTITIONS % 2) as u8])],
            ..put([row(0), row(1), row(3 - (n / PARTITIONS % 2) as u8)])
        }
    };
    for n in 0..PARTITIONS {
        done(&records, step(n)).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (records, stop) = (Arc::clone(&records), Arc::clone(&stop));
        async move {
            let mut n = PARTITIONS;
            while !stop.load(Ordering::SeqCst) && n < 1_000_000 {
                done(&records, step(n)).await;
                n += 1;
            }
        }
    });
    for _ in 0..8 {
        let rows = export(&records).await;
        assert!(rows.is_sorted());
        assert_eq!(rows.len(), PARTITIONS as usize * 3);
        let number = |row: &Row| u32::from_be_bytes(row.1[..4].try_into().unwrap());
        let last = rows.iter().map(number).max().unwrap();
        for row in &rows {
            let partition = u32::from(row.0.partition[0]);
            let expected = last - (last - partition) % PARTITIONS;
            assert_eq!(number(row), expected, "partition {partition} when {last} was the last");
        }
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
}

/// # Panics
/// Where an export goes on although nobody takes it.
pub async fn export_ends_where_its_sink_fails(subject: impl Subject) {
    let records = subject.records();
    done(&records, put([(key(1, b"a"), vec![1]), (key(1, b"b"), vec![1])])).await;
    let failed = records.export(Box::new(|_| Err(std::io::Error::other("full")))).await;
    assert!(matches!(failed, Err(StoreError::Backend(_))), "{failed:?}");
    assert_eq!(export(&records).await.len(), 2);
}

/// All rows.
pub(super) async fn export(records: &Arc<dyn Records>) -> Vec<Row> {
    let rows = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&rows);
    let taken = records.export(Box::new(move |row| {
        sink.lock().unwrap().push(row);
        Ok(())
    }));
    taken.await.unwrap();
    std::mem::take(&mut *rows.lock().unwrap())
}

fn key(partition: u8, suffix: &[u8]) -> Key {
    Key::new(Space::Head, [partition; 32], suffix)
}

fn put(rows: impl Into<Vec<Row>>) -> Transaction {
    Transaction { put: rows.into(), ..Transaction::default() }
}

async fn done(records: &Arc<dyn Records>, transaction: Transaction) {
    assert_eq!(records.commit(transaction).await.unwrap(), Commit::Done);
}

async fn get(records: &Arc<dyn Records>, key: &Key) -> Option<Vec<u8>> {
    records.get(vec![key.clone()]).await.unwrap().remove(0)
}

//! Any sequence of operations gives the same answers from each engine as from the memory backend.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::conformance::Subject;
use super::open::tests::OnDisk;
use super::{Engine, Key, Memory, Range, Records, Row, Space, Transaction, neighbours};

#[derive(Debug, Clone)]
enum Step {
    /// A transaction; those marked expect what stands there at the time.
    Commit {
        put: Vec<(u8, usize, bool)>,
        delete: Vec<(u8, bool)>,
        wrong: bool,
    },
    Get(Vec<u8>),
    /// Keys of one partition.
    Neighbours(u8, Vec<u8>),
    Scan {
        partition: Option<u8>,
        prefix: Vec<u8>,
        after: Option<u8>,
        limit: usize,
        backwards: bool,
    },
    Export,
    Reopen,
}

/// One of 48 keys: 3 partitions, suffixes of 0 to 2 bytes that are prefixes of each other.
fn key(n: u8) -> Key {
    let suffix = match n % 16 {
        0 => vec![],
        n @ 1..4 => vec![n * 80],
        n => vec![(n % 3 + 1) * 80, n * 16],
    };
    Key::new(Space::Grant, [n / 16 * 127; 32], suffix)
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..48_u8;
    let size = prop_oneof![6 => 0..50_usize, 2 => 4080..4100_usize, 1 => 8000..30_000_usize];
    let put = vec((n.clone(), size, any::<bool>()), 0..6);
    let commit = (put, vec((n.clone(), any::<bool>()), 0..4), prop::bool::weighted(0.1))
        .prop_map(|(put, delete, wrong)| Step::Commit { put, delete, wrong });
    let prefix = prop_oneof![Just(vec![]), Just(vec![80]), Just(vec![160]), Just(vec![240, 80])];
    let after = prop::option::of(n.clone());
    let scan = (prop::option::of(0..3_u8), prefix, after, 0..8_usize, any::<bool>()).prop_map(
        |(partition, prefix, after, limit, backwards)| Step::Scan {
            partition,
            prefix,
            after,
            limit,
            backwards,
        },
    );
    prop_oneof![
        8 => commit,
        3 => vec(n.clone(), 0..5).prop_map(Step::Get),
        4 => (0..3_u8, vec(0..16_u8, 0..24)).prop_map(|(partition, keys)| Step::Neighbours(partition, keys)),
        6 => scan,
        1 => Just(Step::Export),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn redb_answers_as_memory_does(steps in vec(step(), 1..60)) {
        run(Engine::Redb, steps)?;
    }

    #[test]
    fn sled_answers_as_memory_does(steps in vec(step(), 1..60)) {
        run(Engine::Sled, steps)?;
    }
}

fn run(engine: Engine, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let model: Arc<dyn Records> = Arc::new(Memory::new());
        let mut subject = OnDisk::new(engine);
        for step in steps {
            let records = subject.records();
            match step {
                Step::Commit { put, delete, wrong } => {
                    let transaction = transaction(&model, put, delete, wrong).await;
                    prop_assert_eq!(
                        records.commit(transaction.clone()).await,
                        model.commit(transaction).await
                    );
                }
                Step::Get(keys) => {
                    let keys: Vec<_> = keys.into_iter().map(key).collect();
                    prop_assert_eq!(records.get(keys.clone()).await, model.get(keys).await);
                }
                Step::Neighbours(partition, keys) => {
                    let keys: Vec<_> = keys.into_iter().map(|n| key(partition * 16 + n)).collect();
                    prop_assert_eq!(neighbours(&*records, keys.clone()).await, model.get(keys).await);
                }
                Step::Scan { partition, prefix, after, limit, backwards } => {
                    let mut range = match partition {
                        Some(n) => Range::of(Space::Grant, [n * 127; 32], prefix),
                        None => Range::all(Space::Grant),
                    };
                    range = range.after(after.map(key)).limit(limit);
                    if backwards {
                        range = range.backwards();
                    }
                    prop_assert_eq!(records.scan(range.clone()).await, model.scan(range).await);
                }
                Step::Export => prop_assert_eq!(export(&records).await, export(&model).await),
                Step::Reopen => {
                    drop(records);
                    subject.reopen().await;
                }
            }
        }
        prop_assert_eq!(export(&subject.records()).await, export(&model).await);
        Ok(())
    })
}

async fn transaction(
    model: &Arc<dyn Records>,
    put: Vec<(u8, usize, bool)>,
    delete: Vec<(u8, bool)>,
    wrong: bool,
) -> Transaction {
    let mut transaction = Transaction::default();
    // Rows of one transaction share a partition: the first one's.
    let first = put.first().map(|one| one.0).or(delete.first().map(|one| one.0)).unwrap_or_default();
    let here = |n: u8| key(first / 16 * 16 + n % 16);
    for (n, size, expected) in put {
        if expected {
            let stands = model.get(vec![here(n)]).await.unwrap().remove(0);
            transaction.expect.push((here(n), stands));
        }
        transaction.put.push((here(n), vec![n; size]));
    }
    for (n, expected) in delete {
        if expected {
            let stands = model.get(vec![here(n)]).await.unwrap().remove(0);
            transaction.expect.push((here(n), stands));
        }
        transaction.delete.push(here(n));
    }
    if wrong {
        transaction.expect.push((here(0), Some(b"something else".to_vec())));
    }
    transaction
}

async fn export(records: &Arc<dyn Records>) -> Vec<Row> {
    super::conformance::export(records).await
}

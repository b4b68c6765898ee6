//! A machine that stops at any commit, and two servers on one store: each leaf once, one log.

use super::*;
use crate::store::{Engine, Resources, open};

const QUEUED: [(u8, u64); 8] = [(1, 1), (2, 1), (1, 2), (3, 1), (3, 2), (3, 3), (2, 2), (1, 3)];

#[test]
fn stop_after_any_commit_loses_and_doubles_no_leaf_and_forks_no_checkpoint() {
    block_on(async {
        let mut stops = 0;
        for last_is_done in [false, true] {
            for stops_after in 0.. {
                let records = Arc::new(Memory::default());
                let log = Log::create(records.clone(), ours()).await.unwrap();
                let mut shown = vec![log.checkpoint().to_vec()];
                let stopping = Stopping::new(&records, stops_after, last_is_done);
                let outcome = work(&records, stopping, &mut shown).await;
                // Then the machine is started again, stops again at its first commits, and again.
                for stops_after in [0, 1, 2] {
                    let stopping = Stopping::new(&records, stops_after, last_is_done);
                    if let Ok(log) = Log::open(stopping, ours()).await {
                        shown.push(log.checkpoint().to_vec());
                        let _ = log.sequence().await;
                        shown.push(log.checkpoint().to_vec());
                    }
                }
                let log = Log::open(records.clone(), ours()).await.unwrap();
                shown.push(log.checkpoint().to_vec());
                log.sequence().await.unwrap();
                check_all(&log, &QUEUED).await;
                check_consistent(&log, &shown).await;
                stops += 1;
                if outcome.is_ok() {
                    assert!(stops_after > 10, "the work takes more commits than {stops_after}");
                    break;
                }
            }
        }
        println!("{stops} stops");
    });
}

/// Queues (always durably) and sequences in three batches.
async fn work(
    records: &Arc<Memory>,
    stopping: Arc<Stopping>,
    shown: &mut Vec<Vec<u8>>,
) -> Result<(), LogError> {
    let log = Log::open(stopping, ours()).await;
    for queued in QUEUED.chunks(3) {
        for (number, n) in queued {
            queue(&**records, *number, *n).await;
        }
        if let Ok(log) = &log {
            let done = log.sequence().await;
            shown.push(log.checkpoint().to_vec());
            if done.is_err() {
                continue;
            }
        }
    }
    log?.sequence().await.map(drop)
}

#[test]
fn two_servers_on_one_store_write_one_log() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let first = Log::create(records.clone(), ours()).await.unwrap();
        let second = Log::open(records.clone(), ours()).await.unwrap();
        let mut queued = Vec::new();
        let mut shown = Vec::new();
        for n in 1..=120 {
            for number in 0..4 {
                queue(&*records, number, n).await;
                queued.push((number, n));
            }
            let both = [first.clone(), second.clone(), first.clone()]
                .map(|log| tokio::spawn(async move { log.sequence().await }));
            for one in both {
                one.await.unwrap().unwrap();
            }
            shown.extend([first.checkpoint().to_vec(), second.checkpoint().to_vec()]);
        }
        first.sequence().await.unwrap();
        check_all(&first, &queued).await;
        check_consistent(&first, &shown).await;
        second.sequence().await.unwrap();
        assert_eq!(first.checkpoint(), second.checkpoint());
    });
}

#[test]
fn log_goes_on_where_it_was_after_a_restart_of_each_engine() {
    for engine in [Engine::Redb, Engine::Sled] {
        let folder = tempfile::tempdir().unwrap();
        let mut shown = Vec::new();
        let mut queued = Vec::new();
        for start in 0..3_u64 {
            block_on(async {
                let records = open(engine, folder.path(), Resources::cache(1 << 22)).unwrap();
                let log = match start {
                    0 => Log::create(records.clone(), ours()).await.unwrap(),
                    _ => Log::open(records.clone(), ours()).await.unwrap(),
                };
                assert_eq!(log.size(), start * 90);
                for n in 1..=30 {
                    for number in 0..3 {
                        queue(&*records, number, start * 30 + n).await;
                        queued.push((number, start * 30 + n));
                    }
                }
                assert_eq!(log.sequence().await, Ok(90));
                check_all(&log, &queued).await;
                shown.push(log.checkpoint().to_vec());
                check_consistent(&log, &shown).await;
            });
        }
    }
}

#[test]
fn log_of_another_key_or_with_a_damaged_edge_does_not_open() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        for n in 1..=3 {
            queue(&*records, 1, n).await;
        }
        log.sequence().await.unwrap();
        let error = async |records: Arc<Memory>, signer| Log::open(records, signer).await.err();
        let key = Arc::new(LogKey::from_seed(&[8; 32]).unwrap());
        let other = LogSigner::new(key, log.origin().clone()).unwrap();
        assert_eq!(error(records.clone(), other).await, Some(LogError::OtherKey));
        assert_eq!(error(records.clone(), signer("other.example")).await, Some(LogError::Absent));
        assert!(matches!(Log::create(records.clone(), ours()).await, Err(LogError::Exists)));
        for space in [Space::Tile, Space::Bundle, Space::Log] {
            let damaged = records.copy();
            damaged.0.lock().unwrap().iter_mut().filter(|(key, _)| key.space == space).for_each(
                |(_, value)| {
                    value.truncate(value.len() - 32);
                },
            );
            assert_eq!(error(damaged, ours()).await, Some(LogError::Damaged), "{space:?}");
        }
        let altered = records.copy();
        altered.0.lock().unwrap().iter_mut().filter(|(key, _)| key.space == Space::Tile).for_each(
            |(_, value)| {
                value[40] ^= 1;
            },
        );
        assert_eq!(error(altered, ours()).await, Some(LogError::Damaged));
    });
}

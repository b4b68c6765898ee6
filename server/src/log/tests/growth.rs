//! Tiles, proofs and places of a log that grows.

use super::*;
use carnet_wire::tree::ProofError;
use std::time::Duration;

#[test]
fn root_recomputed_from_the_bundles_of_a_large_log_differs_from_no_checkpoint() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        let mut notes = vec![log.checkpoint().to_vec()];
        let mut n = 0;
        // Past 65,536 leaves the third level of tiles begins.
        for size in [1, 2, 255, 256, 257, 511, 512, 1_500, 5_000, 65_536, 65_537, 66_100] {
            let mut appended = 0;
            while n < size {
                n += 1;
                queue(&*records, 1, n).await;
                if n % 5_000 == 0 {
                    appended += log.sequence().await.unwrap();
                }
            }
            appended += log.sequence().await.unwrap();
            assert!(appended > 0 && log.size() == size);
            assert_eq!(read_back(&log).await.len() as u64, size);
            notes.push(log.checkpoint().to_vec());
        }
        check_consistent(&log, &notes).await;
        let root = *verified(&log.checkpoint(), log.signer()).checkpoint().root();
        for n in [1, 256, 257, 65_536, 65_537, 66_100] {
            let place = log.place(history(1), n).await.unwrap().unwrap();
            let proof = log.prove_inclusion(place.index, log.size()).await.unwrap();
            proof.verify(&leaf(1, n).hash(), place.index, log.size(), &root).unwrap();
        }
    });
}

#[test]
fn tile_or_proof_beyond_the_checkpoint_is_not_given() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        let tile = async |path: &str| log.tile(&path.parse().unwrap()).await.unwrap();
        assert_eq!(tile("tile/0/000.p/1").await, None);
        for n in 1..=300 {
            queue(&*records, 1, n).await;
        }
        log.sequence().await.unwrap();
        // A partial tile of any former width is the beginning of what it became.
        let full = tile("tile/0/000").await.unwrap();
        assert_eq!(tile("tile/0/000.p/17").await.unwrap(), full[..17 * 32]);
        assert_eq!(tile("tile/entries/001.p/44").await.unwrap().len(), 44 * 66);
        assert!(tile("tile/1/000.p/1").await.is_some());
        for absent in [
            "tile/0/001",
            "tile/0/001.p/45",
            "tile/0/002.p/1",
            "tile/1/000.p/2",
            "tile/1/000",
            "tile/2/000.p/1",
            "tile/8/000.p/1",
            "tile/63/000.p/1",
            "tile/entries/001.p/45",
            "tile/entries/002.p/1",
            "tile/0/x018/x446/x744/x073/x709/x551/615",
        ] {
            assert_eq!(tile(absent).await, None, "{absent}");
        }
        let out_of_range = Err(LogError::Proof(ProofError::OutOfRange));
        assert_eq!(log.prove_inclusion(300, 300).await, out_of_range);
        assert_eq!(log.prove_inclusion(0, 301).await, out_of_range);
        let out_of_range = Err(LogError::Proof(ProofError::OutOfRange));
        assert_eq!(log.prove_consistency(0, 300).await, out_of_range);
        assert_eq!(log.prove_consistency(300, 301).await, out_of_range);
    });
}

#[test]
fn leaf_that_the_scan_has_missed_comes_before_the_next_of_its_history() {
    block_on(async {
        let records = Arc::new(Memory::default());
        // Statement 2 is seen by the scan, statement 1 only afterwards: as if it had been queued behind the scan's back.
        let hiding = Arc::new(Hiding { inner: records.clone(), hides: AtomicUsize::new(1) });
        let log = Log::create(hiding, ours()).await.unwrap();
        queue(&*records, 1, 1).await;
        queue(&*records, 1, 2).await;
        queue(&*records, 2, 1).await;
        assert_eq!(log.sequence().await, Ok(3));
        check_all(&log, &[(1, 1), (1, 2), (2, 1)]).await;
    });
}

#[test]
fn no_history_waits_behind_busier_ones() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        let mut queued = Vec::new();
        for number in 0..7 {
            for n in 1..=500 {
                queue(&*records, number, n).await;
                queued.push((number, n));
            }
        }
        assert_eq!(log.sequence().await, Ok(3_500));
        check_all(&log, &queued).await;
    });
}

#[test]
fn leaf_queued_while_the_log_runs_gets_its_place_and_the_last_one_before_the_end() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn({
            let log = log.clone();
            async move { log.run(async { drop(stopped.await) }).await }
        });
        for n in 1..=3 {
            queue(&*records, 1, n).await;
            log.notify();
            let place = tokio::time::timeout(Duration::from_secs(60), log.wait_for(history(1), n)).await;
            assert_eq!(place.unwrap().unwrap().index, n - 1);
        }
        queue(&*records, 2, 1).await;
        stop.send(()).unwrap();
        running.await.unwrap();
        assert_eq!(log.failing(), None);
        check_all(&log, &[(1, 1), (1, 2), (1, 3), (2, 1)]).await;
    });
}

/// A store whose next scans do not see statement 1 of history 1.
struct Hiding {
    inner: Arc<Memory>,
    hides: AtomicUsize,
}

#[async_trait]
impl Records for Hiding {
    async fn get(&self, keys: Vec<Key>) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.inner.get(keys).await
    }

    async fn scan(&self, range: Range) -> Result<Vec<Row>, StoreError> {
        let queue = range.space == Space::Queue;
        let mut rows = self.inner.scan(range).await?;
        let left = self.hides.load(Ordering::SeqCst);
        if queue && left > 0 && !rows.is_empty() {
            self.hides.store(left - 1, Ordering::SeqCst);
            rows.retain(|(key, _)| *key != Key::new(Space::Queue, history(1), 1_u64.to_be_bytes()));
        }
        Ok(rows)
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        self.inner.commit(transaction).await
    }

    async fn export(
        &self,
        sink: Box<dyn FnMut(Row) -> std::io::Result<()> + Send>,
    ) -> Result<(), StoreError> {
        self.inner.export(sink).await
    }
}

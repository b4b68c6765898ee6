//! Restored backups: the same log where nothing is missing, else a successor.

use super::*;
use crate::log::successor::{LastCheckpoint, mark_restored, resume, succeed};

struct Restored {
    /// The store as the backup had it.
    backup: Arc<dyn Records>,
    /// The newest checkpoint that the world has seen.
    last: LastCheckpoint,
    note: Vec<u8>,
}

/// Three leaves, a backup, two more leaves that the world sees, and the backup again, with one leaf that waits.
async fn restored() -> Restored {
    let records = Arc::new(Memory::default());
    let log = Log::create(records.clone(), ours()).await.unwrap();
    for n in 1..=3 {
        queue(&*records, 1, n).await;
    }
    log.sequence().await.unwrap();
    queue(&*records, 1, 4).await;
    let backup = records.copy();
    queue(&*records, 1, 5).await;
    log.sequence().await.unwrap();
    let note = log.checkpoint().to_vec();
    let last = LastCheckpoint::parse(&note, ours().verifier()).unwrap();
    mark_restored(&(backup.clone() as Arc<dyn Records>), ours().origin()).await.unwrap();
    Restored { backup, last, note }
}

/// A successor of two leaves; of its predecessor's five leaves, three are kept.
pub(crate) async fn with_predecessor() -> Log {
    let Restored { backup, last, .. } = restored().await;
    let new = signer("carnet.example/log2");
    succeed(&backup, &last, &new).await.unwrap();
    let log = Log::open(backup, new).await.unwrap();
    log.sequence().await.unwrap();
    log
}

#[test]
fn restored_log_that_does_not_reach_its_last_checkpoint_goes_on_under_no_circumstances() {
    block_on(async {
        let Restored { backup, last, .. } = restored().await;
        assert!(matches!(Log::open(backup.clone(), ours()).await, Err(LogError::Restored)));
        assert!(matches!(Log::create(backup.clone(), ours()).await, Err(LogError::Exists)));
        assert_eq!(resume(&backup, &last).await, Err(LogError::Behind { kept: 3, last: 5 }));
        assert!(matches!(Log::open(backup, ours()).await, Err(LogError::Restored)));
    });
}

#[test]
fn restored_log_that_reaches_its_last_checkpoint_goes_on() {
    block_on(async {
        let Restored { backup, .. } = restored().await;
        let checkpoint =
            backup.get(vec![state::checkpoint_key(state::partition(ours().origin()))]).await.unwrap();
        let note = checkpoint[0].clone().unwrap();
        let last = LastCheckpoint::parse(&note, ours().verifier()).unwrap();
        resume(&backup, &last).await.unwrap();
        let log = Log::open(backup, ours()).await.unwrap();
        log.sequence().await.unwrap();
        check_all(&log, &[(1, 1), (1, 2), (1, 3), (1, 4)]).await;
        check_consistent(&log, &[note]).await;
        log.reaches(&last).await.unwrap();
    });
}

#[test]
fn log_that_contradicts_the_checkpoint_given_is_a_fork() {
    block_on(async {
        let Restored { backup, last, .. } = restored().await;
        // The operator goes on by mistake, with other leaves than those that the world has seen.
        let size_three =
            backup.get(vec![state::checkpoint_key(state::partition(ours().origin()))]).await.unwrap();
        let three = LastCheckpoint::parse(size_three[0].as_ref().unwrap(), ours().verifier()).unwrap();
        resume(&backup, &three).await.unwrap();
        let log = Log::open(backup.clone(), ours()).await.unwrap();
        for n in 1..=3 {
            queue(&*backup, 9, n).await;
        }
        log.sequence().await.unwrap();
        assert_eq!(log.reaches(&last).await, Err(LogError::Forked(5)));
        assert_eq!(resume(&backup, &last).await, Err(LogError::Forked(5)));
        assert_eq!(succeed(&backup, &last, &signer("carnet.example/log2")).await, Err(LogError::Forked(5)));
    });
}

#[test]
fn successor_commits_to_the_last_checkpoint_and_the_old_log_never_grows_again() {
    block_on(async {
        let Restored { backup, last, note } = restored().await;
        let new = signer("carnet.example/log2");
        succeed(&backup, &last, &new).await.unwrap();
        // Repeated after an interruption: no second log.
        succeed(&backup, &last, &new).await.unwrap();
        let succeeded = LogError::Succeeded(new.origin().clone());
        assert_eq!(succeed(&backup, &last, &signer("third.example")).await, Err(succeeded.clone()));
        assert_eq!(resume(&backup, &last).await, Err(succeeded.clone()));
        assert_eq!(Log::open(backup.clone(), ours()).await.err(), Some(succeeded));

        let log = Log::open(backup.clone(), new).await.unwrap();
        let first = LogLeaf::succession(ours().origin(), &note);
        let by_hand = [state::sha256(b"carnet/v1/successioncarnet.example/log"), state::sha256(&note)];
        assert_eq!(first.to_bytes()[..], by_hand.concat());
        assert_eq!(read_back(&log).await, [first.to_bytes().to_vec()]);
        queue(&*backup, 2, 1).await;
        assert_eq!(log.sequence().await, Ok(2));
        let entries = read_back(&log).await;
        assert!(
            entries.contains(&leaf(1, 4).to_bytes().to_vec())
                && entries.contains(&leaf(2, 1).to_bytes().to_vec())
        );

        assert!(log.accepts(ours().origin()) && log.accepts(log.origin()));
        assert!(!log.accepts(&origin("carnet.example/log3")));
        let [past] = log.predecessors() else { panic!("one predecessor") };
        assert_eq!((past.origin(), past.last_size(), past.kept()), (ours().origin(), 5, 3));
        assert_eq!(past.last()[..], note[..]);
        // What is kept of the old log still proves its places.
        let place = log.place(history(1), 2).await.unwrap().unwrap();
        assert_eq!((&place.origin, place.index), (ours().origin(), 1));
        let kept = verified(&past.checkpoint().await.unwrap().unwrap(), &ours());
        let proof = past.prove_inclusion(place.index, 3).await.unwrap();
        proof.verify(&leaf(1, 2).hash(), place.index, 3, kept.checkpoint().root()).unwrap();
        assert!(past.tile(&"tile/0/000.p/3".parse().unwrap()).await.unwrap().is_some());
        assert!(past.tile(&"tile/0/000.p/4".parse().unwrap()).await.unwrap().is_none());
        assert!(past.prove_inclusion(3, 4).await.is_err());
    });
}

#[test]
fn stop_at_any_commit_of_a_succession_leaves_it_to_be_repeated() {
    block_on(async {
        for stops_after in 0..4 {
            let records = Arc::new(Memory::default());
            let old = Log::create(records.clone(), ours()).await.unwrap();
            queue(&*records, 1, 1).await;
            old.sequence().await.unwrap();
            let last = LastCheckpoint::parse(&old.checkpoint(), ours().verifier()).unwrap();
            let new = signer("carnet.example/log2");
            let stopping: Arc<dyn Records> = Stopping::new(&records, stops_after, true);
            let interrupted = succeed(&stopping, &last, &new).await;
            assert_eq!(interrupted.is_ok(), stops_after > 2, "{stops_after}");
            let records: Arc<dyn Records> = records;
            succeed(&records, &last, &new).await.unwrap();
            // The old log runs somewhere still: it gets nothing in.
            queue(&*records, 1, 2).await;
            assert!(matches!(old.sequence().await, Err(LogError::Succeeded(_))));
            let log = Log::open(records.clone(), new).await.unwrap();
            assert_eq!(log.sequence().await, Ok(1));
            // A successor has a successor.
            let last = LastCheckpoint::parse(&log.checkpoint(), log.signer().verifier()).unwrap();
            let third = signer("carnet.example/log3");
            succeed(&records, &last, &third).await.unwrap();
            let log = Log::open(records, third).await.unwrap();
            let line: Vec<&str> = log.predecessors().iter().map(|past| past.origin().as_str()).collect();
            assert_eq!(line, ["carnet.example/log", "carnet.example/log2"]);
        }
    });
}

#[test]
fn checkpoint_of_another_log_or_one_that_the_log_is_beyond_is_not_its_last() {
    block_on(async {
        let records = Arc::new(Memory::default());
        let log = Log::create(records.clone(), ours()).await.unwrap();
        queue(&*records, 1, 1).await;
        log.sequence().await.unwrap();
        let early = log.checkpoint();
        queue(&*records, 1, 2).await;
        log.sequence().await.unwrap();
        let other = signer("other.example");
        let refused = LastCheckpoint::parse(&early, other.verifier()).err();
        assert_eq!(refused, Some(LogError::NotACheckpoint("checkpoint-other-origin")));
        let early = LastCheckpoint::parse(&early, ours().verifier()).unwrap();
        let records: Arc<dyn Records> = records;
        assert_eq!(succeed(&records, &early, &signer("carnet.example/log2")).await, Err(LogError::NotLast));
        queue(&*records, 1, 3).await;
        assert_eq!(log.sequence().await, Ok(1));
    });
}

use super::*;
use crate::config::Config;
use crate::history::{number_key, statement_key};
use crate::log_command;
use crate::open_store::{self, open_records};
use crate::payloads::payload_path;
use crate::start::{self, Started};
use crate::store::{Commit, Transaction};
use crate::testing;
use carnet_wire::id::StatementHash;
use tempfile::TempDir;

const VAULT: [u8; 32] = [0x5a; 32];

/// A server with one payload that a statement names, and one that only a stage names.
async fn served() -> (TempDir, Started, PayloadRoot) {
    let (home, started) = testing::start("").await;
    let bytes = vec![7; 100_000];
    let root = PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes());
    let vault = VaultId::from_bytes(VAULT);
    let body = futures_util::stream::iter([Ok::<_, io::Error>(bytes::Bytes::from(bytes))]);
    started.state.app.payloads.append(&vault, &root, 0, body, 1 << 20).await.unwrap();
    started.state.app.payloads.settle(&vault, &[(root, 100_000)]).await.unwrap();
    let hash = StatementHash::from_bytes([1; 32]);
    let used = |root: &PayloadRoot, hash: u8| {
        let suffix = [root.as_bytes().as_slice(), &[9; 24], &[hash; 32]].concat();
        (Key::new(Space::Payload, VAULT, suffix), 100_000u64.to_be_bytes().to_vec())
    };
    let put = vec![
        (number_key(VAULT, &hash), 1u64.to_be_bytes().to_vec()),
        used(&root, 1),
        used(&PayloadRoot::from_bytes([3; 32]), 2),
        (Key::new(Space::Session, VAULT, []), vec![1]),
        (statement_key(VAULT, 1), vec![2; 3000]),
    ];
    let done = started.state.app.records.commit(Transaction { put, ..Transaction::default() }).await;
    assert_eq!(done, Ok(Commit::Done));
    (home, started, root)
}

fn settings(home: &TempDir, folder: &str) -> Config {
    let folder = home.path().join(folder);
    let text = format!("[server]\norigin = \"carnet.example/log\"\nfolder = {folder:?}\n");
    Config::parse(&text, []).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn running_and_stopped_server_give_the_same_backup_and_it_is_restored_once() {
    let (home, started, root) = served().await;
    let config = settings(&home, "data");
    let (live, still) = (home.path().join("live"), home.path().join("still"));
    let first = make(&config, &live, false).await.unwrap();
    assert_eq!((first.payloads.count, first.missing), (1, 0));
    assert!(make(&config, &live, false).await.is_err(), "nothing is overwritten");
    started.finish().await;
    while crate::store::open(
        config.store.engine,
        &config.server.folder.join("records"),
        open_store::resources(&config),
    )
    .is_err()
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let second = make(&config, &still, true).await.unwrap();
    assert_eq!((first.records.rows, first.payloads), (second.records.rows, second.payloads));
    assert!(!live.join("keys").exists() && still.join("keys").exists());
    assert!(fs::read_dir(home.path()).unwrap().all(|entry| !entry.unwrap().path().ends_with(".partial")));

    let other = settings(&home, "other");
    assert!(crate::restore::restore(&other, &live, None).await.unwrap_err().what.contains("secret key"));
    // It may begin again, from a backup that has the keys.
    let restored = crate::restore::restore(&other, &still, None).await.unwrap();
    assert_eq!((restored.payloads, restored.missing), (1, 0));
    assert!(payload_path(&other.server.folder, &VaultId::from_bytes(VAULT), &root).exists());
    assert!(crate::restore::restore(&other, &still, None).await.unwrap_err().what.contains("already"));

    let refused = start::start(other.clone()).await.err().unwrap();
    assert!(refused.what.contains("log-restored"), "{refused}");
    let checkpoint = still.join("checkpoint");
    log_command::resume(&other, &checkpoint, None).await.unwrap();
    let records = open_records(&other).unwrap();
    let session = Key::new(Space::Session, VAULT, []);
    assert_eq!(records.get(vec![session]).await.unwrap(), [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_with_a_changed_byte_or_a_lost_payload_is_not_restored() {
    let (home, started, root) = served().await;
    let (config, into) = (settings(&home, "data"), home.path().join("backup"));
    make(&config, &into, false).await.unwrap();
    started.finish().await;
    verify(&into).unwrap();
    let payload = payload_path(&into, &VaultId::from_bytes(VAULT), &root);
    // A copy of its own: the server's file is the same one otherwise.
    let bytes = fs::read(&payload).unwrap();
    fs::remove_file(&payload).unwrap();
    assert!(verify(&into).unwrap_err().what.contains("payloads/5a"));
    fs::write(&payload, bytes).unwrap();
    verify(&into).unwrap();
    for file in [into.join("MANIFEST"), into.join("records"), into.join("checkpoint"), payload] {
        let whole = fs::read(&file).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 4;
            fs::write(&file, changed).unwrap();
            assert!(verify(&into).is_err(), "byte {at} of {}", file.display());
        }
        fs::write(&file, whole).unwrap();
    }
    verify(&into).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn payload_that_a_statement_names_and_that_is_gone_is_told() {
    let (home, started, root) = served().await;
    let config = settings(&home, "data");
    fs::remove_file(payload_path(&config.server.folder, &VaultId::from_bytes(VAULT), &root)).unwrap();
    let manifest = make(&config, &home.path().join("backup"), false).await.unwrap();
    assert_eq!((manifest.payloads.count, manifest.missing), (0, 1));
    verify(&home.path().join("backup")).unwrap();
    started.finish().await;
}

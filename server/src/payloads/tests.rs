//! What the module promises, on real files.

#![allow(clippy::cast_possible_truncation, reason = "bytes of patterns")]

use std::fs;
use std::io;
use std::path::PathBuf;

use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::slice::{SliceDecoder, SliceEncoder};
use futures_util::{StreamExt as _, stream};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::store::Along as _;

use super::layout::{Role, files};
use super::*;

const VAULT: VaultId = VaultId::from_bytes([0xa7; 32]);
const MANY: u64 = 1 << 40;

/// A payload: bytes of a possible length, and their root.
struct Content {
    bytes: Bytes,
    root: PayloadRoot,
}

impl Content {
    fn new(len: usize, seed: u8) -> Self {
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8 ^ (i >> 16) as u8 ^ seed).collect();
        let root = PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes());
        Self { bytes: bytes.into(), root }
    }

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn name(&self) -> Name {
        Name { vault: VAULT, root: self.root }
    }
}

fn open(folder: &TempDir) -> Payloads {
    Payloads::open(folder.path(), PayloadLimits { reserve: 0, ..PayloadLimits::default() }).unwrap()
}

fn body(bytes: &Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<> {
    let pieces: Vec<_> = bytes.chunks(50_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

async fn upload(payloads: &Payloads, content: &Content) {
    let kept = payloads.append(&VAULT, &content.root, 0, body(&content.bytes), MANY).await.unwrap();
    assert_eq!(kept, content.len());
}

async fn settle(payloads: &Payloads, content: &Content) {
    payloads.settle(&VAULT, &[(content.root, content.len())]).await.unwrap();
}

async fn all(mut pieces: Pieces) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(bytes.len() as u64, pieces.len());
    bytes
}

fn path(payloads: &Payloads, content: &Content) -> PathBuf {
    payloads.shared.layout.payload(&content.name())
}

fn flip(path: &PathBuf, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn code<T: std::fmt::Debug>(result: Result<T, PayloadError>) -> &'static str {
    carnet_wire::StableCode::code(&result.unwrap_err())
}

#[tokio::test]
async fn uploaded_payload_is_read_only_after_it_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(65_568, 1);
    assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 0);
    upload(&payloads, &content).await;
    assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), content.len());
    assert_eq!(code(payloads.stream(&VAULT, &content.root, 0..1).await), "payload-absent");
    assert_eq!(code(payloads.len(&VAULT, &content.root).await), "payload-absent");
    let settled = payloads.settle(&VAULT, &[(content.root, content.len())]).await.unwrap();
    assert_eq!(settled[0].nonce().as_bytes()[..], content.bytes[..16]);
    assert_eq!(payloads.nonce(&VAULT, &content.root).await.unwrap(), *settled[0].nonce());
    assert_eq!(payloads.len(&VAULT, &content.root).await.unwrap(), content.len());
    let read = payloads.stream(&VAULT, &content.root, 0..content.len()).await.unwrap();
    assert_eq!(all(read).await, content.bytes);
    let other = VaultId::from_bytes([1; 32]);
    assert_eq!(code(payloads.stream(&other, &content.root, 0..1).await), "payload-absent");
}

#[tokio::test]
async fn broken_body_is_continued_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut payloads = open(&folder);
    let content = Content::new(800_000, 2);
    for (reopened, cut) in [(false, 300_000), (true, 555_555), (false, 555_556)] {
        if reopened {
            drop(payloads);
            payloads = open(&folder);
        }
        let at = payloads.kept(&VAULT, &content.root).await.unwrap();
        let came = Ok(content.bytes.slice(usize::try_from(at).unwrap()..cut));
        let broken = stream::iter([came, Err(io::Error::other("cut"))]);
        let result = payloads.append(&VAULT, &content.root, at, broken, MANY).await;
        assert_eq!(code(result), "upload-broken");
        assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), cut as u64);
        assert_eq!(code(payloads.settle(&VAULT, &[(content.root, content.len())]).await), "payload-missing");
    }
    let rest = body(&content.bytes.slice(555_556..));
    payloads.append(&VAULT, &content.root, 555_556, rest, MANY).await.unwrap();
    settle(&payloads, &content).await;
}

#[tokio::test]
async fn upload_whose_caller_goes_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 3);
    let (send, mut receive) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(4);
    let body = stream::poll_fn(move |context| receive.poll_recv(context));
    let (theirs, root) = (payloads.clone(), content.root);
    let caller = tokio::spawn(async move { theirs.append(&VAULT, &root, 0, body, MANY).await });
    send.send(Ok(content.bytes.slice(..70_000))).await.unwrap();
    while send.capacity() < 4 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    send.send(Err(io::Error::other("gone"))).await.unwrap();
    while payloads.kept(&VAULT, &content.root).await.unwrap() < 70_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn append_elsewhere_than_at_the_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 4);
    for wrong in [1, MANY - 1] {
        assert_eq!(
            code(payloads.append(&VAULT, &content.root, wrong, body(&content.bytes), MANY).await),
            "upload-offset"
        );
    }
    upload(&payloads, &content).await;
    for wrong in [0, content.len() - 1, content.len() + 1] {
        assert_eq!(
            code(payloads.append(&VAULT, &content.root, wrong, body(&content.bytes), MANY).await),
            "upload-offset"
        );
    }
    settle(&payloads, &content).await;
}

#[tokio::test]
async fn second_writer_of_one_upload_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 5);
    let (send, mut receive) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(4);
    let first = stream::poll_fn(move |context| receive.poll_recv(context));
    let (theirs, root) = (payloads.clone(), content.root);
    let first = tokio::spawn(async move { theirs.append(&VAULT, &root, 0, first, MANY).await });
    send.send(Ok(content.bytes.slice(..60_000))).await.unwrap();
    while send.capacity() < 4 {
        tokio::task::yield_now().await;
    }
    let second = payloads.append(&VAULT, &content.root, 0, body(&content.bytes), MANY).await;
    assert_eq!(code(second), "upload-busy");
    assert_eq!(code(payloads.settle(&VAULT, &[(content.root, content.len())]).await), "upload-busy");
    assert_eq!(code(payloads.remove(&VAULT, &content.root).await), "upload-busy");
    send.send(Ok(content.bytes.slice(60_000..))).await.unwrap();
    drop(send);
    assert_eq!(first.await.unwrap().unwrap(), content.len());
    settle(&payloads, &content).await;
}

#[tokio::test]
async fn bytes_of_another_root_are_refused_and_leave_room_for_the_right_ones() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    for len in [65_568, 2 << 20] {
        let (content, other) = (Content::new(len, 6), Content::new(len, 7));
        payloads.append(&VAULT, &content.root, 0, body(&other.bytes), MANY).await.unwrap();
        assert_eq!(
            code(payloads.settle(&VAULT, &[(content.root, content.len())]).await),
            "payload-wrong-root"
        );
        assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 0);
        upload(&payloads, &content).await;
        settle(&payloads, &content).await;
    }
}

#[tokio::test]
async fn lengths_other_than_stated_or_impossible_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(65_568, 8);
    upload(&payloads, &content).await;
    let settle = async |len| payloads.settle(&VAULT, &[(content.root, len)]).await;
    assert_eq!(code(settle(65_600).await), "payload-missing");
    assert_eq!(code(settle(65_569).await), "payload-truncated");
    assert_eq!(code(settle(0).await), "payload-truncated");
    assert_eq!(code(settle(1056).await), "payload-wrong-length");
    settle(65_568).await.unwrap();
    assert_eq!(code(settle(1056).await), "payload-wrong-length");
    let twice = [(content.root, 65_568), (content.root, 65_568)];
    assert_eq!(payloads.settle(&VAULT, &twice).await.unwrap().len(), 2);
    let apart = [(content.root, 65_568), (content.root, 1056)];
    assert_eq!(code(payloads.settle(&VAULT, &apart).await), "payload-wrong-length");
}

#[tokio::test]
async fn upload_longer_than_allowed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 9);
    let result = payloads.append(&VAULT, &content.root, 0, body(&content.bytes), 99_999).await;
    assert_eq!(code(result), "upload-too-large");
    assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 50_000);
    let rest = payloads.append(&VAULT, &content.root, 50_000, body(&content.bytes), 49_999).await;
    assert_eq!(code(rest), "upload-too-large");
}

#[tokio::test]
async fn silent_upload_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = PayloadLimits { reserve: 0, idle: Duration::from_millis(5), ..PayloadLimits::default() };
    let payloads = Payloads::open(folder.path(), limits).unwrap();
    let content = Content::new(100_000, 10);
    let silent = stream::iter([Ok::<_, io::Error>(content.bytes.slice(..9))]).chain(stream::pending());
    assert_eq!(code(payloads.append(&VAULT, &content.root, 0, silent, MANY).await), "upload-broken");
    assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 9);
}

#[tokio::test]
async fn upload_into_the_reserve_is_refused_and_what_is_kept_stays() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 11);
    let half = body(&content.bytes.slice(..50_000));
    payloads.append(&VAULT, &content.root, 0, half, MANY).await.unwrap();
    drop(payloads);
    let limits = PayloadLimits { reserve: u64::MAX, ..PayloadLimits::default() };
    let full = Payloads::open(folder.path(), limits).unwrap();
    let rest = || body(&content.bytes.slice(50_000..));
    assert_eq!(code(full.append(&VAULT, &content.root, 50_000, rest(), MANY).await), "storage-full");
    assert_eq!(full.kept(&VAULT, &content.root).await.unwrap(), 50_000);
    assert_eq!(full.free().unwrap(), 0);
    drop(full);
    let payloads = open(&folder);
    payloads.append(&VAULT, &content.root, 50_000, rest(), MANY).await.unwrap();
    settle(&payloads, &content).await;
}

#[tokio::test]
async fn three_hundred_small_payloads_settle_under_one_statement() {
    let folder = tempfile::tempdir().unwrap();
    let limits = PayloadLimits { reserve: 0, open_uploads: 100, ..PayloadLimits::default() };
    let payloads = Payloads::open(folder.path(), limits).unwrap();
    let contents: Vec<_> = (0..300).map(|i| Content::new(1056, (i % 251) as u8)).collect();
    let contents: Vec<_> = contents
        .into_iter()
        .enumerate()
        .map(|(i, c)| {
            let bytes = [&(i as u64).to_be_bytes(), &c.bytes[8..]].concat();
            Content { root: PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes()), bytes: bytes.into() }
        })
        .collect();
    for content in &contents {
        upload(&payloads, content).await;
    }
    let wanted: Vec<_> = contents.iter().map(|content| (content.root, content.len())).collect();
    let settled = payloads.settle(&VAULT, &wanted).await.unwrap();
    for (settled, content) in settled.iter().zip(&contents) {
        assert_eq!((settled.root(), settled.len()), (&content.root, content.len()));
        assert_eq!(settled.nonce().as_bytes()[..], content.bytes[..16]);
        assert_eq!(fs::read(path(&payloads, content)).unwrap(), content.bytes);
    }
    assert_eq!(payloads.settle(&VAULT, &wanted).await.unwrap(), settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_settles_of_the_same_and_of_others_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents: Vec<_> = (0..20).map(|seed| Arc::new(Content::new(70_000, seed))).collect();
    for content in &contents {
        upload(&payloads, content).await;
    }
    let settles = (0..60).map(|i| {
        let (payloads, one, two) =
            (payloads.clone(), Arc::clone(&contents[i % 20]), Arc::clone(&contents[i * 7 % 20]));
        tokio::spawn(async move {
            payloads.settle(&VAULT, &[(one.root, one.len()), (two.root, two.len())]).await.unwrap();
        })
    });
    for settle in settles.collect::<Vec<_>>() {
        settle.await.unwrap();
    }
    assert!(payloads.scrub(|_, _| Some(70_000)).unwrap().next().is_none());
}

#[tokio::test]
async fn upload_of_a_settled_payload_answers_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 12);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), content.len());
    let other = Content::new(9, 0);
    for offset in [0, 5, content.len()] {
        let answer = payloads.append(&VAULT, &content.root, offset, body(&other.bytes), MANY).await;
        assert_eq!(answer.unwrap(), content.len());
    }
    assert_eq!(fs::read(path(&payloads, &content)).unwrap(), content.bytes);
}

#[tokio::test]
async fn settled_name_with_damaged_bytes_is_not_trusted_and_can_be_uploaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(100_000, 13);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    flip(&path(&payloads, &content), 99_999);
    let wanted = [(content.root, content.len())];
    assert_eq!(code(payloads.settle(&VAULT, &wanted).await), "payload-missing");
    let found: Vec<_> = payloads.scrub(|_, _| Some(100_000)).unwrap().collect();
    assert_eq!(found, [Finding::SetAside(VAULT, content.root)]);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    assert_eq!(fs::read(path(&payloads, &content)).unwrap(), content.bytes);
}

#[tokio::test]
async fn ranges_are_given_at_all_edges() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(700_000, 14);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    let edges = [0, 1, 15, 16, 65_535, 65_536, 65_537, 262_144, 262_145, 393_216, 699_999, 700_000];
    for start in edges {
        for end in edges {
            let range = payloads.stream(&VAULT, &content.root, start as u64..end as u64).await;
            if start > end {
                assert_eq!(code(range), "range");
            } else {
                assert!(all(range.unwrap()).await == content.bytes[start..end], "{start}..{end}");
            }
        }
    }
    for range in [0..700_001, 700_001..700_001, 0..u64::MAX] {
        assert_eq!(code(payloads.stream(&VAULT, &content.root, range).await), "range");
    }
}

#[tokio::test]
async fn payload_cut_on_disk_ends_its_stream_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(700_000, 15);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    let mut pieces = payloads.stream(&VAULT, &content.root, 0..700_000).await.unwrap();
    fs::OpenOptions::new().write(true).open(path(&payloads, &content)).unwrap().set_len(300_000).unwrap();
    let mut read = 0;
    let error = loop {
        match pieces.next().await.unwrap() {
            Ok(piece) => read += piece.len(),
            Err(error) => break error,
        }
    };
    assert!(read <= 300_000 && error.kind() == io::ErrorKind::UnexpectedEof);
    assert!(pieces.next().await.is_none());
}

#[test]
fn slices_are_those_of_the_encoder_and_verify() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let payloads = open(&folder);
    // Below and above the length from which outboards are kept.
    let contents = [32, 65_536, 65_568, 131_072, 900_001, 1 << 20, (1 << 20) + 17, 5_000_000];
    let contents = contents.map(|len| Content::new(len, 16));
    runtime.block_on(async {
        for content in &contents {
            upload(&payloads, content).await;
            settle(&payloads, content).await;
        }
    });
    let kept = contents.iter().filter(|content| payloads.shared.layout.tree(&content.name()).exists());
    assert_eq!(kept.count(), 2);
    proptest!(|(which in 0_usize..8, start: u64, len: u64)| {
        let content = &contents[which];
        let start = start % content.len();
        let range = start..start + 1 + len % (content.len() - start);
        let pieces = payloads.slice(&VAULT, &content.root, range.clone());
        let slice = runtime.block_on(async { all(pieces.await.unwrap()).await });
        let mut builder = OutboardBuilder::new();
        builder.push(&content.bytes);
        let (root, outboard) = builder.finish();
        let mut expected = Vec::new();
        let encoder = SliceEncoder::new(&outboard, content.len(), &range).unwrap();
        encoder.write_to(&mut io::Cursor::new(&content.bytes), &mut expected).unwrap();
        prop_assert!(slice == expected);
        let mut decoder = SliceDecoder::new(&root, content.len(), &range).unwrap();
        let mut released = Vec::new();
        let widened = decoder.range();
        decoder.push(&slice, &mut |verified| released.extend_from_slice(verified.as_bytes())).unwrap();
        decoder.finish().unwrap();
        let widened = usize::try_from(widened.start).unwrap()..usize::try_from(widened.end).unwrap();
        prop_assert!(released == content.bytes[widened]);
    });
}

#[tokio::test]
async fn slice_without_outboard_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(2_000_000, 17);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    let tree = payloads.shared.layout.tree(&content.name());
    let before = fs::read(&tree).unwrap();
    let slice = async || all(payloads.slice(&VAULT, &content.root, 70_000..900_000).await.unwrap()).await;
    let expected = slice().await;
    fs::remove_file(&tree).unwrap();
    assert!(slice().await == expected);
    assert_eq!(fs::read(&tree).unwrap(), before);
    fs::write(&tree, &before[1..]).unwrap();
    assert!(slice().await == expected);
    assert_eq!(fs::read(&tree).unwrap(), before);
    for range in [0..0, 5..5, 0..2_000_001] {
        assert_eq!(code(payloads.slice(&VAULT, &content.root, range).await), "range");
    }
}

#[tokio::test]
async fn start_renames_uploads_of_committed_versions_and_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let [named, long, unnamed, short, again] =
        [(65_568, 1), (2_000_000, 2), (65_568, 3), (65_568, 4), (65_568, 5)].map(|(l, s)| Content::new(l, s));
    let payloads = open(&folder);
    for content in [&named, &long, &unnamed, &again] {
        upload(&payloads, content).await;
    }
    let cut = body(&short.bytes.slice(..65_000));
    payloads.append(&VAULT, &short.root, 0, cut, MANY).await.unwrap();
    settle(&payloads, &again).await;
    fs::write(payloads.shared.layout.part(&again.name()), b"left").unwrap();
    fs::write(payloads.shared.layout.new_tree(&long.name()), b"half an outboard").unwrap();
    drop(payloads);
    let payloads = open(&folder);
    let committed = |vault: &VaultId, root: &PayloadRoot| {
        let all = [&named, &long, &short, &again];
        all.iter().find(|c| c.root == *root && *vault == VAULT).map(|c| c.len())
    };
    let repaired = payloads.repair(committed).unwrap();
    assert_eq!(repaired, Repaired { settled: 2, lost: vec![(VAULT, short.root)], waiting: 1 });
    for content in [&named, &long, &again] {
        assert_eq!(fs::read(path(&payloads, content)).unwrap(), content.bytes);
    }
    assert!(payloads.shared.layout.tree(&long.name()).exists());
    let left = files(&folder.path().join(format!("uploads/{VAULT}"))).unwrap();
    let left: Vec<_> = left.into_iter().map(|found| found.what).collect();
    assert_eq!(left, [Some((unnamed.name(), Role::Part))]);
    assert_eq!(payloads.repair(committed).unwrap(), Repaired { waiting: 1, ..Repaired::default() });
    settle(&payloads, &unnamed).await;
    upload(&payloads, &short).await;
    settle(&payloads, &short).await;
}

#[tokio::test]
async fn old_uploads_are_swept_and_young_and_busy_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let [old, young, busy, settled] = [1, 2, 3, 4].map(|seed| Content::new(1056, seed));
    for content in [&old, &young, &busy, &settled] {
        upload(&payloads, content).await;
    }
    settle(&payloads, &settled).await;
    let hour = Duration::from_secs(3600);
    for content in [&old, &busy] {
        let part =
            fs::File::options().write(true).open(payloads.shared.layout.part(&content.name())).unwrap();
        part.set_modified(std::time::SystemTime::now() - 2 * hour).unwrap();
    }
    let held = payloads.shared.locks.try_hold(busy.name(), Work::Append).unwrap();
    let swept = payloads.abandon_older_than(hour).await.unwrap();
    assert_eq!(swept, Swept { uploads: 1, bytes: 1056 });
    drop(held);
    let mut kept = Vec::new();
    for content in [&old, &young, &busy, &settled] {
        kept.push(payloads.kept(&VAULT, &content.root).await.unwrap());
    }
    assert_eq!(kept, [0, 1056, 1056, 1056]);
    assert_eq!(payloads.abandon_older_than(Duration::ZERO).await.unwrap().uploads, 2);
    assert_eq!(fs::read_dir(folder.path().join("uploads")).unwrap().count(), 0);
    upload(&payloads, &old).await;
    settle(&payloads, &old).await;
}

#[tokio::test]
async fn removed_payload_is_gone_with_all_that_belongs_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let content = Content::new(2_000_000, 18);
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    let hour = Duration::from_secs(3600);
    assert!(!payloads.remove_orphan(&VAULT, &content.root, hour).await.unwrap());
    assert!(payloads.remove(&VAULT, &content.root).await.unwrap());
    assert!(!payloads.remove(&VAULT, &content.root).await.unwrap());
    assert_eq!(code(payloads.nonce(&VAULT, &content.root).await), "payload-absent");
    let mut left = payloads.shared.layout.payload_folders().unwrap();
    assert!(left.all(|folder| files(&folder).unwrap().is_empty()));
    upload(&payloads, &content).await;
    settle(&payloads, &content).await;
    assert!(payloads.remove_orphan(&VAULT, &content.root, Duration::ZERO).await.unwrap());
}

#[tokio::test]
async fn scrub_finds_one_flipped_byte_in_each_of_many_files() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents: Vec<_> = (0..40).map(|i| Content::new(1056 + 70_000 * i, i as u8)).collect();
    for content in &contents {
        upload(&payloads, content).await;
        settle(&payloads, content).await;
    }
    let len = |_: &VaultId, root: &PayloadRoot| contents.iter().find(|c| c.root == *root).map(|c| c.len());
    assert_eq!(payloads.scrub(len).unwrap().collect::<Vec<_>>(), []);
    for (i, content) in contents.iter().enumerate() {
        flip(&path(&payloads, content), content.bytes.len() * i / 40);
    }
    let mut found: Vec<_> = payloads.scrub(len).unwrap().collect();
    let mut expected: Vec<_> = contents.iter().map(|c| Finding::Damaged(VAULT, c.root)).collect();
    found.sort_by_key(|finding| format!("{finding:?}"));
    expected.sort_by_key(|finding| format!("{finding:?}"));
    assert_eq!(found, expected);
}

/// Deposits payloads as those that come with their statement, and has them lie in a pack.
async fn pack(payloads: &Payloads, contents: &[&Content]) {
    for content in contents {
        let given = [(content.root, content.bytes.clone())].into();
        let wanted = [(content.root, content.len())];
        for along in payloads.settle_with(&VAULT, &wanted, given, true).await.unwrap().along {
            payloads.place(&along).unwrap();
        }
    }
    payloads.secure().unwrap();
}

/// Changes a byte of a packed payload, or all of them.
fn damage(payloads: &Payloads, content: &Content, change: impl Fn(&mut Vec<u8>)) {
    let place = payloads.shared.packs.find(&content.name()).unwrap().unwrap();
    let pack = payloads.shared.layout.payloads().with_file_name("packs/0000000000000000.pack");
    let mut bytes = content.bytes.to_vec();
    change(&mut bytes);
    let file = fs::File::options().write(true).open(pack).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, place.start()).unwrap();
}

#[tokio::test]
async fn scrub_reads_packs_too_and_a_payload_put_back_as_a_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents =
        [(1056, 1), (65_568, 2), (1056, 3), (131_072, 4), (1056, 5)].map(|(l, s)| Content::new(l, s));
    let [whole, damaged, orphan, wrong, gone] = &contents;
    pack(&payloads, &contents.each_ref()).await;
    // Removed before a crash: nothing to be told.
    damage(&payloads, gone, |bytes| bytes.fill(0));
    let len = |_: &VaultId, root: &PayloadRoot| match contents.iter().find(|c| c.root == *root) {
        Some(c) if c.root == orphan.root || c.root == gone.root => None,
        Some(c) if c.root == wrong.root => Some(c.len() + 1),
        c => c.map(Content::len),
    };
    damage(&payloads, damaged, |bytes| bytes[65_000] ^= 1);
    let found: Vec<_> = payloads.scrub(len).unwrap().collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|f| matches!(f, Finding::Orphan(VAULT, root, _) if *root == orphan.root)));
    assert!(found.contains(&Finding::Damaged(VAULT, damaged.root)));
    assert!(found.contains(&Finding::WrongLength(VAULT, wrong.root)));
    assert_eq!(payloads.shared.packs.find(&gone.name()).unwrap(), None);

    fs::create_dir_all(path(&payloads, damaged).parent().unwrap()).unwrap();
    fs::write(path(&payloads, damaged), &damaged.bytes).unwrap();
    assert_eq!(payloads.scrub(len).unwrap().count(), 2);
    assert_eq!(payloads.shared.packs.find(&damaged.name()).unwrap(), None);
    let read = payloads.stream(&VAULT, &damaged.root, 0..damaged.len()).await.unwrap();
    assert_eq!(all(read).await, damaged.bytes);

    fs::remove_file(folder.path().join("packs/0000000000000000.pack")).unwrap();
    let found: Vec<_> = payloads.scrub(len).unwrap().collect();
    let lost = Finding::Unreadable(VAULT, whole.root, io::ErrorKind::UnexpectedEof);
    assert!(found.len() == 2 && found.contains(&lost), "{found:?}");
}

#[tokio::test]
async fn packed_payload_is_trusted_only_once_it_was_read_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents = [1, 2, 3].map(|seed| Content::new(65_568, seed));
    let [good, damaged, zeros] = &contents;
    pack(&payloads, &contents.each_ref()).await;
    let before = payloads.shared.packs.find(&good.name()).unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    settle(&payloads, good).await;
    // Asked for, it is no orphan yet.
    let after = payloads.shared.packs.find(&good.name()).unwrap().unwrap();
    assert!(after.time >= before.time + 50 && after.block == before.block);
    assert_eq!(code(payloads.settle(&VAULT, &[(good.root, 1056)]).await), "payload-wrong-length");
    damage(&payloads, damaged, |bytes| bytes[7] ^= 1);
    damage(&payloads, zeros, |bytes| bytes.fill(0));
    for content in [damaged, zeros] {
        let wanted = [(content.root, content.len())];
        assert_eq!(code(payloads.settle(&VAULT, &wanted).await), "payload-missing");
        assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 0);
        upload(&payloads, content).await;
        settle(&payloads, content).await;
    }
    let aside = [&contents[1], &contents[2]].map(|c| payloads.shared.layout.damaged(&c.name()).exists());
    assert_eq!(aside, [true, false]);
    let hour = Duration::from_secs(3600);
    assert!(!payloads.remove_orphan(&VAULT, &good.root, hour).await.unwrap());
    assert!(payloads.remove_orphan(&VAULT, &good.root, Duration::ZERO).await.unwrap());
    assert_eq!(code(payloads.len(&VAULT, &good.root).await), "payload-absent");
}

#[tokio::test]
async fn uploads_with_other_bytes_are_all_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents = [1, 2, 3].map(|seed| Content::new(1056, seed));
    for content in &contents {
        upload(&payloads, content).await;
    }
    // What a power cut may leave: all of the length, other bytes.
    for content in &contents[..2] {
        drop(payloads.shared.open.take(&content.name()));
        fs::write(payloads.shared.layout.part(&content.name()), [0; 1056]).unwrap();
    }
    let wanted = contents.each_ref().map(|content| (content.root, content.len()));
    assert_eq!(code(payloads.settle(&VAULT, &wanted).await), "payload-wrong-root");
    for content in &contents[..2] {
        assert_eq!(payloads.kept(&VAULT, &content.root).await.unwrap(), 0);
        upload(&payloads, content).await;
    }
    payloads.settle(&VAULT, &wanted).await.unwrap();
}

#[tokio::test]
async fn start_puts_back_what_its_pack_has_not_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let contents = [1, 2, 3].map(|seed| Content::new(65_568, seed));
    let [good, lost, never] = &contents;
    pack(&payloads, &[good, lost]).await;
    damage(&payloads, lost, |bytes| bytes.fill(0));
    for content in &contents {
        let name = [VAULT.as_bytes().as_slice(), content.root.as_bytes(), &content.bytes].concat();
        payloads.restore(&name).unwrap();
    }
    let is_file = |content: &Content| path(&payloads, content).exists();
    assert_eq!([is_file(good), is_file(lost), is_file(never)], [false, true, true]);
    assert_eq!(payloads.shared.packs.find(&lost.name()).unwrap(), None);
    for content in &contents {
        let read = payloads.stream(&VAULT, &content.root, 0..content.len()).await.unwrap();
        assert_eq!(all(read).await, content.bytes);
    }
    // Deleted since, as the records say at the end of the start.
    payloads.repair(|_, root| (*root != never.root).then_some(65_568)).unwrap();
    assert!(!is_file(never) && is_file(lost));
}

#[tokio::test]
async fn scrub_tells_orphans_strangers_and_makes_outboards_again() {
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let [orphan, long, wrong, gone] =
        [(1056, 1), (2_000_000, 2), (1056, 3), (2_000_000, 4)].map(|(l, s)| Content::new(l, s));
    for content in [&orphan, &long, &wrong, &gone] {
        upload(&payloads, content).await;
        settle(&payloads, content).await;
    }
    let stray = path(&payloads, &orphan).with_file_name("notes");
    fs::write(&stray, b"").unwrap();
    let tree = payloads.shared.layout.tree(&long.name());
    let whole = fs::read(&tree).unwrap();
    flip(&tree, 700);
    fs::remove_file(path(&payloads, &gone)).unwrap();
    let named = |_: &VaultId, root: &PayloadRoot| (*root != orphan.root).then_some(2_000_000);
    let found: Vec<_> = payloads.scrub(named).unwrap().collect();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().any(|f| matches!(f, Finding::Orphan(VAULT, root, _) if *root == orphan.root)));
    for expected in [
        Finding::OutboardRebuilt(VAULT, long.root),
        Finding::WrongLength(VAULT, wrong.root),
        Finding::OutboardAlone(VAULT, gone.root),
        Finding::Stray(stray),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert_eq!(fs::read(&tree).unwrap(), whole);
    assert_eq!(payloads.examine(&VAULT, &gone.root, 5).unwrap(), Some(Finding::Missing(VAULT, gone.root)));
    let short = payloads.examine(&VAULT, &long.root, 5).unwrap();
    assert_eq!(short, Some(Finding::WrongLength(VAULT, long.root)));
    assert_eq!(payloads.examine(&VAULT, &long.root, 2_000_000).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_flat_whatever_the_length() {
    const PIECE: usize = 64 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let payloads = open(&folder);
    let piece = Bytes::from(vec![7; PIECE]);
    let most = Arc::new(AtomicUsize::new(0));
    let (watched, peak) = (payloads.clone(), Arc::clone(&most));
    let len = 600 * PIECE as u64;
    let pieces = stream::iter(0..600).map(move |_| {
        peak.fetch_max(watched.buffered(), std::sync::atomic::Ordering::Relaxed);
        Ok::<_, io::Error>(piece.clone())
    });
    let root = PayloadRoot::from_bytes([1; 32]);
    assert_eq!(payloads.append(&VAULT, &root, 0, pieces, MANY).await.unwrap(), len);
    let uploading = most.load(std::sync::atomic::Ordering::Relaxed);
    assert!((PIECE..=2 * 1024 * 1024).contains(&uploading), "{uploading}");
    assert_eq!(payloads.buffered(), 0);
    let bytes = vec![7; 600 * PIECE];
    let content =
        Content { root: PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes()), bytes: bytes.into() };
    fs::create_dir_all(path(&payloads, &content).parent().unwrap()).unwrap();
    fs::write(path(&payloads, &content), &content.bytes).unwrap();
    let mut readers = Vec::new();
    for _ in 0..100 {
        let mut reader = payloads.stream(&VAULT, &content.root, 0..content.len()).await.unwrap();
        for _ in 0..3 {
            reader.next().await.unwrap().unwrap();
        }
        readers.push(reader);
    }
    // 64 readers are read ahead for; the others hold nothing between two pieces.
    assert!(payloads.buffered() <= 64 * 256 * 1024, "{}", payloads.buffered());
    drop(readers);
}

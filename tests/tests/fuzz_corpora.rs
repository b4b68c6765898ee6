//! Every input that a fuzzer starts from, or once found, run again through its target.
//!
//! `CARNET_BLESS=1` writes the seeds anew. An input that a fuzzer found is added to the folder by hand, with a word in its
//! name for what it broke.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use carnet_tests::fuzz::{self, LOG, LOG_TEXT, TARGETS};
use carnet_tests::need::repository;

#[test]
fn input_of_a_corpus_that_breaks_a_promise() {
    let mut replayed = 0;
    for (name, body) in TARGETS {
        for file in fs::read_dir(corpus(name)).unwrap() {
            let file = file.unwrap().path();
            println!("{}", file.display());
            body(&fs::read(&file).unwrap());
            replayed += 1;
        }
    }
    println!("fuzz corpora: {replayed} inputs replayed over {} targets", TARGETS.len());
    assert!(replayed >= seeds().len());
}

#[test]
fn seed_missing_or_not_the_one_that_is_made_here() {
    let bless = std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1");
    let all = seeds().into_iter().map(|(target, name, bytes)| (target, name.to_owned(), bytes));
    for (target, name, bytes) in all.chain(fuzz::seeds()) {
        let file = corpus(target).join(name);
        if bless {
            fs::create_dir_all(corpus(target)).unwrap();
            fs::write(&file, &bytes).unwrap();
        }
        assert_eq!(fs::read(&file).ok(), Some(bytes), "{}: CARNET_BLESS=1 writes it", file.display());
    }
}

#[test]
fn target_without_a_corpus_or_a_corpus_without_a_target() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("corpus"), targets);
    assert_eq!(names("fuzz_targets"), targets);
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder_of_fuzz().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let slice = |kind: u8, len: u32, start: u32, end: u32, piece: u16, rest: &[u8]| {
        let numbers = [len, start, end].map(u32::to_be_bytes).concat();
        [&[kind], numbers.as_slice(), &piece.to_be_bytes(), rest].concat()
    };
    let three = 2 * 65_536 + 777;
    vec![
        ("checkpoint", "signed", LOG.signed.clone().into_bytes()),
        ("checkpoint", "text", LOG_TEXT.into()),
        ("checkpoint", "verifier-key", LOG.key.to_string().into_bytes()),
        ("checkpoint", "tile-path", b"tile/0/x001/x234/067.p/9".to_vec()),
        ("checkpoint", "proof", [&[0x82, 0x58, 32], [7; 32].as_slice(), &[0x58, 32], &[8; 32]].concat()),
        ("slice", "empty", slice(0, 0, 0, 0, 0, &[])),
        ("slice", "one-byte", slice(0, 1, 0, 1, 0, &[])),
        ("slice", "one-group", slice(0, 65_536, 0, 65_536, 9000, &[])),
        ("slice", "two-groups", slice(0, 65_537, 65_536, 65_537, 16, &[])),
        ("slice", "three-groups", slice(0, three, 0, three, 20_000, &[])),
        ("slice", "three-groups-flipped", slice(0, three, 0, three, 20_000, &[0, 1, 0, 128, 1])),
        ("slice", "three-groups-cut", slice(0, three, 0, three, 20_000, &[1, 0, 5])),
        ("slice", "three-groups-continued", slice(0, three, 0, three, 20_000, &[1])),
        ("slice", "middle-group", slice(0, three, 70_000, 70_001, 100, &[])),
        ("slice", "inverted-range", slice(0, three, 2, 1, 100, &[])),
        ("slice", "claimed-huge", slice(1, u32::MAX / 2, 0, 1, 100, &[7; 200])),
    ]
}

fn corpus(target: &str) -> PathBuf {
    folder_of_fuzz().join("corpus").join(target)
}

fn folder_of_fuzz() -> PathBuf {
    repository().join("client-core/fuzz")
}

//! A log that Tessera wrote (`testdata/log` of github.com/transparency-dev/tessera): its checkpoints at sizes 0 to 15
//! against its key, its tiles, its entries and our tree.

#![cfg(test)]

use std::fs;
use std::path::Path;

use carnet_tests::need;
use carnet_wire::checkpoint::{CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
use carnet_wire::note::{NoteError, SignatureType, VerifierKey};
use carnet_wire::tile::{TileKind, TilePath};
use carnet_wire::tree::{LeafHash, Nodes as _, Tree};

#[test]
fn checkpoint_of_tessera_not_verified_or_of_another_root() {
    let Some(folder) = need::shared("crypto/tlog-tessera") else { return };
    let key = key(&folder);
    let checkpoints: Vec<VerifiedCheckpoint> = (0..=15).map(|size| checkpoint(&folder, &key, size)).collect();
    let mut tree = Tree::new();
    for (size, checkpoint) in (0_u64..).zip(&checkpoints) {
        let (hashes, entries) =
            (tile(&folder, TileKind::Hashes(0), size), tile(&folder, TileKind::Entries, size));
        let from_entries: Vec<LeafHash> = split_entries(&entries).into_iter().map(LeafHash::of).collect();
        assert_eq!(from_entries.iter().flat_map(|leaf| *leaf.as_bytes()).collect::<Vec<u8>>(), hashes);
        // Each checkpoint has one entry more than the one before.
        from_entries.last().into_iter().for_each(|leaf| tree.append(*leaf));
        assert_eq!((tree.size(), tree.root()), (size, *checkpoint.checkpoint().root()));
        assert_eq!(checkpoint.checkpoint().size(), size);
        for older in checkpoints.iter().filter(|older| (1..size).contains(&older.checkpoint().size())) {
            let proof = tree.prove_consistency(older.checkpoint().size(), size).unwrap();
            checkpoint.extends(older, &proof).unwrap();
            assert!(matches!(older.extends(checkpoint, &proof), Err(CheckpointError::Inconsistent(_))));
        }
        for (index, leaf) in (0..size).zip(&from_entries) {
            let proof = tree.prove_inclusion(index, size).unwrap();
            proof.verify(leaf, index, size, checkpoint.checkpoint().root()).unwrap();
        }
    }
    println!("Tessera checkpoints: {} verified, with roots, consistency and inclusion", checkpoints.len());
}

#[test]
fn checkpoint_of_tessera_altered_or_under_another_key() {
    let Some(folder) = need::shared("crypto/tlog-tessera") else { return };
    let key = key(&folder);
    let bytes = fs::read(folder.join("checkpoint")).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(SignedCheckpoint::parse(&bytes).and_then(|signed| signed.verify(&key)).is_err(), "bit {bit}");
    }
    let signed = SignedCheckpoint::parse(&bytes).unwrap();
    let renamed = VerifierKey::new("example.com/other", SignatureType::Ed25519, key.as_bytes()).unwrap();
    assert_eq!(signed.clone().verify(&renamed), Err(CheckpointError::OtherOrigin));
    let witness = VerifierKey::new(key.name(), SignatureType::Cosignature, key.as_bytes()).unwrap();
    assert_eq!(signed.verify(&witness), Err(CheckpointError::Note(NoteError::WrongType)));
}

fn key(folder: &Path) -> VerifierKey {
    fs::read_to_string(folder.join("vkey.txt")).unwrap().trim_end().parse().unwrap()
}

fn checkpoint(folder: &Path, key: &VerifierKey, size: u64) -> VerifiedCheckpoint {
    let bytes = fs::read(folder.join(format!("checkpoint.{size}"))).unwrap();
    let verified = SignedCheckpoint::parse(&bytes).unwrap().verify(key).unwrap();
    assert_eq!(verified.checkpoint().to_text(), verified.text());
    verified
}

/// The bytes of the partial tile of a small tree; none for the empty one.
fn tile(folder: &Path, kind: TileKind, width: u64) -> Vec<u8> {
    match TilePath::new(kind, 0, u16::try_from(width).unwrap()) {
        Ok(path) => fs::read(folder.join(path.to_string())).unwrap(),
        Err(_) => Vec::new(),
    }
}

/// Entries of a bundle: each a big-endian u16 length and its bytes.
fn split_entries(mut bundle: &[u8]) -> Vec<&[u8]> {
    let mut entries = Vec::new();
    while let Some((len, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*len)));
        entries.push(entry);
        bundle = rest;
    }
    entries
}

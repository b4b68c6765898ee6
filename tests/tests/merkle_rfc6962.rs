//! The Merkle proofs of github.com/transparency-dev/merkle (`testdata`): each must give its outcome. A crate
//! carries the 195 proofs of whole trees; the folder beside the checkout has 518, those of subtrees too (and
//! a 519th file, its licence).

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carnet_tests::{need, published};
use carnet_wire::tree::{ConsistencyProof, InclusionProof, LeafHash, NodeHash, ProofError, TreeRoot};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: Option<String>,
    leaf_hash: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubtreeInclusion {
    leaf_idx: u64,
    start: u64,
    end: u64,
    root: Option<String>,
    leaf_hash: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: Option<String>,
    root2: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubtreeConsistency {
    start: u64,
    end: u64,
    size: u64,
    root1: Option<String>,
    root2: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[test]
fn published_proofs_of_whole_trees_give_their_outcome() {
    let Some(merkle) = published::of_crate("sigstore-merkle") else { return };
    let folder = merkle.path("test-data/merkle/testdata");
    let counts = [inclusion(&folder), consistency(&folder)].map(|c| c[0] + c[1]);
    assert_eq!(counts, [98, 97]);
    merkle.held(counts.iter().sum());
}

#[test]
fn proof_of_the_rfc6962_vectors_with_another_outcome() {
    let Some(folder) = need::shared("crypto/merkle-rfc6962") else { return };
    let subtree_inclusion = run(&folder.join("subtreeinclusion"), |json| {
        let v: SubtreeInclusion = serde_json::from_str(json).unwrap();
        let verify = || {
            let proof = InclusionProof::from_hashes(proof(v.proof)?)?;
            let (leaf, root) =
                (LeafHash::from_bytes(hash(v.leaf_hash)?), TreeRoot::from_bytes(hash(v.root)?));
            proof.verify_in_subtree(&leaf, v.leaf_idx, (v.start, v.end), &root)
        };
        (v.want_err, verify())
    });
    let subtree_consistency = run(&folder.join("subtreeconsistency"), |json| {
        let v: SubtreeConsistency = serde_json::from_str(json).unwrap();
        let proof = proof(v.proof).and_then(ConsistencyProof::from_hashes);
        let (old, new) = (root(v.root1), root(v.root2));
        (v.want_err, proof.and_then(|p| p.verify_subtree(v.start, v.end, &old, v.size, &new)))
    });
    let counts = [inclusion(&folder), consistency(&folder), subtree_inclusion, subtree_consistency];
    let [accepted, refused] = counts.iter().fold([0, 0], |sum, c| [sum[0] + c[0], sum[1] + c[1]]);
    println!("RFC 6962 vectors: {} of 518, {accepted} accepted, {refused} refused", accepted + refused);
    assert_eq!(counts.map(|c| c[0] + c[1]), [98, 98, 204, 118]);
}

fn inclusion(folder: &Path) -> [usize; 2] {
    run(&folder.join("inclusion"), |json| {
        let v: Inclusion = serde_json::from_str(json).unwrap();
        let verify = || {
            let proof = InclusionProof::from_hashes(proof(v.proof)?)?;
            let (leaf, root) =
                (LeafHash::from_bytes(hash(v.leaf_hash)?), TreeRoot::from_bytes(hash(v.root)?));
            proof.verify(&leaf, v.leaf_idx, v.tree_size, &root).map(drop)
        };
        (v.want_err, verify())
    })
}

fn consistency(folder: &Path) -> [usize; 2] {
    run(&folder.join("consistency"), |json| {
        let v: Consistency = serde_json::from_str(json).unwrap();
        let proof = proof(v.proof).and_then(ConsistencyProof::from_hashes);
        let (old, new) = (root(v.root1), root(v.root2));
        // A proof from the empty tree says nothing: the older copy accepts one, the newer refuses it, as we do.
        let want_err = v.want_err || v.size1 == 0;
        (want_err, proof.and_then(|p| p.verify(v.size1, &old, v.size2, &new)).map(drop))
    })
}

/// Runs every vector below a folder; returns how many were accepted and how many refused, as they should be.
fn run(folder: &Path, vector: impl Fn(&str) -> (bool, Result<(), ProofError>)) -> [usize; 2] {
    let mut counts = [0, 0];
    for file in files(folder) {
        let (want_err, outcome) = vector(&fs::read_to_string(&file).unwrap());
        assert_eq!(outcome.is_err(), want_err, "{}: {outcome:?}", file.display());
        counts[usize::from(want_err)] += 1;
    }
    counts
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A proof whose hashes are not all of 32 bytes is refused before it is a proof.
fn proof(hashes: Option<Vec<String>>) -> Result<Vec<NodeHash>, ProofError> {
    hashes.unwrap_or_default().into_iter().map(|h| hash(Some(h)).map(NodeHash::from_bytes)).collect()
}

/// A hash that is not of 32 bytes is refused before it is a hash.
fn hash(encoded: Option<String>) -> Result<[u8; 32], ProofError> {
    decoded(encoded).try_into().map_err(|_| ProofError::WrongLength)
}

/// Some consistency vectors, accepted ones among them, have roots of 12 bytes ("don't care 2"), which our type cannot hold.
/// A hash stands for these: equal ones stay equal, and none becomes the root of a tree.
fn root(encoded: Option<String>) -> TreeRoot {
    let bytes = decoded(encoded);
    let stand_in = || Sha256::new().chain_update("not a root").chain_update(&bytes).finalize().into();
    TreeRoot::from_bytes(bytes.as_slice().try_into().unwrap_or_else(|_| stand_in()))
}

fn decoded(encoded: Option<String>) -> Vec<u8> {
    STANDARD.decode(encoded.unwrap_or_default()).unwrap()
}

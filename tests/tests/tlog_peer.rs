//! A log as another implementation keeps it (the crates `tlog_tiles` and `signed_note`, of Cloudflare's Azul): its
//! checkpoints, tiles and proofs verify with our code, and our proofs with its own.

#![cfg(test)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carnet_wire::checkpoint::{CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
use carnet_wire::note::VerifierKey;
use carnet_wire::tile::{TileKind, TilePath};
use carnet_wire::tree::{ConsistencyProof, InclusionProof, LeafHash, NodeHash, Nodes as _, Tree};
use ed25519_dalek::SigningKey;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Error, Hash, HashReader, Tile};

const NAME: &str = "log.example/peer";
/// Past the first full tile, of 256 leaves.
const ENTRIES: u64 = 261;

/// A log of theirs: all hashes that it stores, in the order of their own numbering.
#[derive(Default)]
struct Peer {
    hashes: Vec<Hash>,
}

impl HashReader for Peer {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.hashes[usize::try_from(*index).unwrap()]).collect())
    }
}

impl Peer {
    fn append(&mut self, index: u64) {
        let new = tlog_tiles::stored_hashes(index, &entry(index), self).unwrap();
        self.hashes.extend(new);
    }

    fn root(&self, size: u64) -> Hash {
        tlog_tiles::tree_hash(size, self).unwrap()
    }

    /// A checkpoint that they wrote and signed.
    fn checkpoint(&self, size: u64, signer: &StandardSigner) -> Vec<u8> {
        let text = Checkpoint::new(NAME, size, self.root(size), "").unwrap().to_bytes();
        let mut note = Note::new(&text, &[]).unwrap();
        note.add_sigs(&[signer]).unwrap();
        note.to_bytes()
    }
}

#[test]
fn checkpoints_tiles_and_proofs_of_the_peer_verify_here() {
    let (signer, key) = keys();
    let (mut peer, mut ours) = (Peer::default(), Tree::new());
    let mut older: Vec<VerifiedCheckpoint> = Vec::new();
    for size in 0..=ENTRIES {
        if size > 0 {
            peer.append(size - 1);
            ours.append(LeafHash::of(&entry(size - 1)));
        }
        let signed = SignedCheckpoint::parse(&peer.checkpoint(size, &signer)).unwrap();
        let checkpoint = signed.verify(&key).unwrap();
        assert_eq!((checkpoint.checkpoint().size(), *checkpoint.checkpoint().root()), (size, ours.root()));
        for old in older.iter().filter(|old| worth_a_proof(old.checkpoint().size(), size)) {
            let proof = tlog_tiles::prove_tree(size, old.checkpoint().size(), &peer).unwrap();
            checkpoint.extends(old, &ConsistencyProof::from_hashes(nodes(&proof)).unwrap()).unwrap();
        }
        for index in (0..size).filter(|index| worth_a_proof(index + 1, size)) {
            let proof = tlog_tiles::prove_record(size, index, &peer).unwrap();
            let proof = InclusionProof::from_hashes(nodes(&proof)).unwrap();
            let leaf = LeafHash::of(&entry(index));
            proof.verify(&leaf, index, size, checkpoint.checkpoint().root()).unwrap();
        }
        older.push(checkpoint);
    }
    let tiles = Tile::new_tiles(8, 0, ENTRIES);
    for tile in &tiles {
        // Their path names the height of a tile, which C2SP has fixed at 8 since.
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        let width = u16::try_from(tile.width()).unwrap();
        let named = TilePath::new(TileKind::Hashes(tile.level()), tile.level_index(), width).unwrap();
        assert_eq!((named.to_string(), path.parse()), (path, Ok(named)));
        let level = tile.level() * 8;
        let first = tile.level_index() * 256;
        let hashes: Vec<u8> = (first..first + u64::from(width))
            .flat_map(|index| *ours.node(level, index).unwrap().as_bytes())
            .collect();
        assert_eq!(tile.read_data(&peer).unwrap(), hashes);
    }
    assert_eq!(tiles.len(), 3);
}

#[test]
fn our_proofs_verify_at_the_peer() {
    let ours: Tree = (0..ENTRIES).map(|index| LeafHash::of(&entry(index))).collect();
    let root = |size| Hash(*ours.root_at(size).unwrap().as_bytes());
    let mut proofs = 0;
    for size in [1, 2, 3, 7, 8, 100, 255, 256, 257, ENTRIES] {
        for index in 0..size {
            let proof: Vec<Hash> = hashes(ours.prove_inclusion(index, size).unwrap().hashes());
            let leaf = tlog_tiles::record_hash(&entry(index));
            tlog_tiles::check_record(&proof, size, root(size), index, leaf).unwrap();
            let proof: Vec<Hash> = hashes(ours.prove_consistency(index + 1, size).unwrap().hashes());
            tlog_tiles::check_tree(&proof, size, root(size), index + 1, root(index + 1)).unwrap();
            proofs += 2;
        }
    }
    println!("{proofs} proofs verified at the peer");
    assert!(proofs > 2_000);
}

#[test]
fn checkpoint_of_the_peer_with_any_bit_flipped_is_refused_by_both() {
    let (signer, key) = keys();
    let mut peer = Peer::default();
    (0..5).for_each(|index| peer.append(index));
    let honest = peer.checkpoint(5, &signer);
    let theirs = VerifierList::new(vec![Box::new(StandardVerifier::new(&key.to_string()).unwrap())]);
    assert!(Note::from_bytes(&honest).unwrap().verify(&theirs).is_ok());
    for bit in 0..honest.len() * 8 {
        let mut bytes = honest.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let here = SignedCheckpoint::parse(&bytes).and_then(|signed| signed.verify(&key));
        let there = Note::from_bytes(&bytes).is_ok_and(|note| note.verify(&theirs).is_ok());
        assert!(here.is_err() && !there, "bit {bit}: {here:?}");
    }
    let other = VerifierKey::new("log.example/other", key.signature_type(), key.as_bytes()).unwrap();
    let signed = SignedCheckpoint::parse(&honest).unwrap();
    assert_eq!(signed.verify(&other), Err(CheckpointError::OtherOrigin));
}

/// Enough pairs to meet every shape of a proof, not all 34,000.
fn worth_a_proof(small: u64, size: u64) -> bool {
    (1..=size).contains(&small) && (size < 20 || size - small < 3 || (small * 7 + size).is_multiple_of(23))
}

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn nodes(hashes: &[Hash]) -> Vec<NodeHash> {
    hashes.iter().map(|hash| NodeHash::from_bytes(hash.0)).collect()
}

fn hashes(nodes: &[NodeHash]) -> Vec<Hash> {
    nodes.iter().map(|node| Hash(*node.as_bytes())).collect()
}

/// Their signer and our verifier of the same key, each made from its text form.
fn keys() -> (StandardSigner, VerifierKey) {
    let seed = [7; 32];
    let public = SigningKey::from_bytes(&seed).verifying_key();
    let encoded = [&[1], public.as_bytes().as_slice()].concat();
    let id = signed_note::key_id(NAME, &encoded);
    let secret = STANDARD.encode([[1].as_slice(), &seed].concat());
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{NAME}+{id:08x}+{secret}")).unwrap();
    let key = format!("{NAME}+{id:08x}+{}", STANDARD.encode(encoded));
    (signer, key.parse().unwrap())
}

//! Examples of proofs: trees of grants and statements, log leaves, checkpoints, payload trees and slices.

use carnet_wire::cbor;
use carnet_wire::checkpoint::{Checkpoint, SignedCheckpoint};
use carnet_wire::grant_leaf::GrantTree;
use carnet_wire::id::PayloadRoot;
use carnet_wire::log_leaf::{LogLeaf, LogSalt};
use carnet_wire::note::{SignatureType, VerifierKey, cosigned_message};
use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::padding::padme;
use carnet_wire::payload::PayloadLen;
use carnet_wire::slice::{SliceDecoder, SliceEncoder, SliceItem, SliceWalk};
use carnet_wire::tree::{LeafHash, Nodes as _, Tree};
use ed25519_dalek::Signer as _;
use std::fmt::Write as _;
use std::io::Cursor;

use crate::fixed::{NOW, hmac, key, origin, sha256};
use crate::print::{diag, rows, short};
use crate::world::World;

pub(crate) fn grant_tree(world: &World) -> String {
    let tree = GrantTree::over(&world.leaves[..2]).unwrap();
    let [first, second] = [0, 1].map(|index| world.leaves[index].hash());
    let root = sha256(&[&[1], first.as_bytes(), second.as_bytes()]);
    assert_eq!(tree.batch().root, root.into());
    let path = tree.path(0).unwrap();
    path.verify(&world.leaves[0], &tree.batch()).unwrap();
    rows(&[
        ("leaf 0", diag(&world.leaves[0].to_bytes())),
        ("bytes of leaf 0", hex::encode(world.leaves[0].to_bytes())),
        ("hash of leaf 0", short(first.as_bytes())),
        ("leaf 1", diag(&world.leaves[1].to_bytes())),
        ("hash of leaf 1", short(second.as_bytes())),
        ("root", short(&root)),
        ("batch", diag(&cbor::encode(&tree.batch()))),
        ("path of leaf 0", diag(&cbor::encode(&path))),
    ])
}

pub(crate) fn vault_tree(world: &World) -> String {
    let size = world.history.size();
    let root = *world.history.root().as_bytes();
    let tag = hmac(&[0x83; 32], &size.to_be_bytes());
    let leaf = LogLeaf::new(&LogSalt::from_bytes([0x83; 32]), size, world.history.root());
    assert_eq!(leaf.to_bytes().as_slice(), [tag, root].concat());
    let log: Tree = [LeafHash::of(&[7; 64]), LeafHash::of(&[tag, root].concat())].into_iter().collect();
    let proof = log.prove_inclusion(1, 2).unwrap();
    proof.verify(&LeafHash::of(&[tag, root].concat()), 1, 2, &log.root()).unwrap();
    let consistency = world.history.prove_consistency(3, 4).unwrap();
    consistency.verify(3, &world.history.root_at(3).unwrap(), 4, &world.history.root()).unwrap();
    rows(&[
        ("root of 3", short(world.history.root_at(3).unwrap().as_bytes())),
        ("root of 4", short(&root)),
        ("consistency of 3 and 4", diag(&cbor::encode(&consistency))),
        ("vault log salt", short(&[0x83; 32])),
        ("tag of 4", short(&tag)),
        ("log leaf", hex::encode([tag, root].concat())),
        ("hash of log leaf", short(LeafHash::of(&[tag, root].concat()).as_bytes())),
    ])
}

pub(crate) fn checkpoint() -> String {
    let tree: Tree = (0_u8..3).map(|index| LeafHash::of(&[index; 64])).collect();
    let checkpoint = Checkpoint::new(origin(), tree.size(), tree.root()).unwrap();
    let (log, witness) = (key(0x92), key(0x93));
    let public = |key: &ed25519_dalek::SigningKey| *key.verifying_key().as_bytes();
    let log_key = VerifierKey::new(origin().as_str(), SignatureType::Ed25519, &public(&log)).unwrap();
    let witness_key =
        VerifierKey::new("witness.example", SignatureType::Cosignature, &public(&witness)).unwrap();
    let text = checkpoint.to_text();
    let seconds = NOW / 1000;
    let lines = [
        log_key.signature_line(&log.sign(text.as_bytes()).to_bytes()).unwrap(),
        witness_key
            .cosignature_line(seconds, &witness.sign(cosigned_message(seconds, &text).as_bytes()).to_bytes())
            .unwrap(),
    ];
    let note = checkpoint.to_signed(&lines);
    let verified = SignedCheckpoint::parse(note.as_bytes()).unwrap().verify(&log_key).unwrap();
    assert_eq!(verified.cosigned_by(&witness_key).unwrap(), seconds);
    format!("{log_key}\n{witness_key}\n\n{}", note.trim_end())
}

pub(crate) fn lengths() -> String {
    let mut text = format!("{:>12} {:>12} {:>8} {:>12}", "content", "padded", "chunks", "stored");
    for content in [0, 1, 1024, 1025, 5_000, 65_535, 65_536, 65_537, 1_000_000, 2_147_483_648_u64] {
        let len = PayloadLen::from_plaintext(padme(content)).unwrap();
        assert_eq!(PayloadLen::from_stored(len.stored()), Ok(len));
        let (padded, chunks, stored) = (len.plaintext(), len.chunks(), len.stored());
        write!(text, "\n{content:>12} {padded:>12} {chunks:>8} {stored:>12}").unwrap();
    }
    text
}

pub(crate) fn slice() -> String {
    let payload: Vec<u8> = (0..3 * 65_536 + 1_u32).map(|index| u8::try_from(index % 251).unwrap()).collect();
    let mut builder = OutboardBuilder::new();
    builder.push(&payload);
    let (root, outboard) = builder.finish();
    assert_eq!(root, PayloadRoot::from_bytes(*blake3::hash(&payload).as_bytes()));
    let (len, range) = (payload.len() as u64, 70_000..70_001);
    let mut slice = Vec::new();
    let encoder = SliceEncoder::new(&outboard, len, &range).unwrap();
    encoder.write_to(&mut Cursor::new(&payload), &mut slice).unwrap();
    let mut decoder = SliceDecoder::new(&root, len, &range).unwrap();
    let mut released = Vec::new();
    decoder.push(&slice, &mut |bytes| released.extend_from_slice(bytes.as_bytes())).unwrap();
    decoder.finish().unwrap();
    assert_eq!(released, payload[65_536..131_072]);
    let walk = SliceWalk::new(len, &range).unwrap();
    let widened = walk.range();
    let item = |item| match item {
        SliceItem::Node { index, .. } => format!("node {index}, 64 bytes"),
        SliceItem::Group { offset, len } => format!("group at {offset}, {len} bytes"),
    };
    rows(&[
        ("payload", format!("byte i is i mod 251, {len} bytes")),
        ("root", short(root.as_bytes())),
        ("outboard node 0", hex::encode(outboard.node(0).unwrap())),
        ("outboard node 1", hex::encode(outboard.node(1).unwrap())),
        ("outboard node 2", hex::encode(outboard.node(2).unwrap())),
        ("range", format!("{}..{}, widened to {}..{}", range.start, range.end, widened.start, widened.end)),
        ("slice", walk.map(item).collect::<Vec<_>>().join("; ")),
        ("length of slice", slice.len().to_string()),
        ("BLAKE3 of slice", blake3::hash(&slice).to_string()),
    ])
}

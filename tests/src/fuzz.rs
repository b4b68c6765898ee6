//! The bodies of the fuzz targets: each takes any bytes and fails on a broken promise.
//!
//! `client-core/fuzz` runs them under libFuzzer, `tests/tests/fuzz_corpora.rs` over the files of its corpus on every run. To
//! add one: its body here and in [`TARGETS`], a file in `fuzz_targets`, a `[[bin]]`, and seeds in `fuzz_corpora.rs`.

mod content;
mod formats;

use std::sync::LazyLock;

use carnet_wire::checkpoint::{Checkpoint, SignedCheckpoint};
use carnet_wire::id::PayloadRoot;
use carnet_wire::note::{SignatureType, VerifierKey};
use carnet_wire::outboard::{Outboard, OutboardBuilder};
use carnet_wire::slice::{SliceDecoder, SliceEncoder, SliceError, VerifiedBytes};
use carnet_wire::tile::TilePath;
use carnet_wire::tree::{ConsistencyProof, InclusionProof};
use ed25519_dalek::{Signer as _, SigningKey};

pub use content::content;
pub use formats::{grant, header, leaf, manifest, payload, seeds, stanza, statement};

/// A target: its name, that of its corpus too, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("checkpoint", checkpoint),
    ("content", content),
    ("grant", grant),
    ("header", header),
    ("leaf", leaf),
    ("manifest", manifest),
    ("payload", payload),
    ("slice", slice),
    ("stanza", stanza),
    ("statement", statement),
];

/// Checkpoints, keys, tile paths and proofs: what parses is written back as it was, and only what was signed verifies.
pub fn checkpoint(input: &[u8]) {
    if let Ok(signed) = SignedCheckpoint::parse(input)
        && let Ok(verified) = signed.verify(&LOG.key)
    {
        assert_eq!(verified.text(), LOG_TEXT, "a checkpoint that was never signed");
        assert_eq!(verified.checkpoint().to_text(), LOG_TEXT);
    }
    if let Ok(text) = str::from_utf8(input) {
        assert!(Checkpoint::parse(text).map_or(true, |parsed| parsed.to_text() == text));
        assert!(text.parse::<VerifierKey>().map_or(true, |parsed| parsed.to_string() == text));
        assert!(text.parse::<TilePath>().map_or(true, |parsed| parsed.to_string() == text));
    }
    if let Ok(proof) = minicbor::decode::<InclusionProof>(input) {
        assert!(proof.hashes().len() <= 64);
    }
    if let Ok(proof) = minicbor::decode::<ConsistencyProof>(input) {
        assert!(proof.hashes().len() <= 64);
    }
}

/// Slices: an altered one is refused, an honest one accepted, and only the payload's own bytes are released.
///
/// Input: kind, then three big-endian `u32` (length, start, end) and a `u16` (size of the pieces). Kind 0 goes on with
/// edits of the honest slice, 5 bytes each (position, xor) and one more edit that cuts or continues it; any other kind goes
/// on with the bytes of the slice, for a payload of `length << 31` bytes.
pub fn slice(input: &[u8]) {
    let Some((head, rest)) = input.split_first_chunk::<15>() else { return };
    let [kind, l0, l1, l2, l3, s0, s1, s2, s3, e0, e1, e2, e3, p0, p1] = *head;
    let len = u32::from_be_bytes([l0, l1, l2, l3]);
    let (start, end) = (u32::from_be_bytes([s0, s1, s2, s3]), u32::from_be_bytes([e0, e1, e2, e3]));
    let piece = usize::from(u16::from_be_bytes([p0, p1])) * 4 + 1;
    if kind == 0 {
        slice_edited(u64::from(len), (u64::from(start), u64::from(end)), piece, rest);
    } else {
        slice_claimed(u64::from(len) << 31, (u64::from(start) << 31, u64::from(end) << 31), piece, rest);
    }
}

fn slice_edited(len: u64, (start, end): (u64, u64), piece: usize, edits: &[u8]) {
    let payload = &*PAYLOAD;
    let Some(payload) = usize::try_from(len).ok().and_then(|len| payload.get(..len % (payload.len() + 1)))
    else {
        return;
    };
    let len = payload.len() as u64;
    let mut builder = OutboardBuilder::new();
    payload.chunks(piece).for_each(|piece| builder.push(piece));
    let (root, outboard) = builder.finish();
    assert_eq!(root.as_bytes(), blake3::hash(payload).as_bytes());
    let (Ok(encoder), Ok(decoder)) =
        (SliceEncoder::new(&outboard, len, &(start..end)), SliceDecoder::new(&root, len, &(start..end)))
    else {
        return;
    };
    let mut honest = Vec::new();
    let expected_len = encoder.encoded_len();
    assert!(encoder.write_to(&mut std::io::Cursor::new(payload), &mut honest).is_ok());
    assert_eq!(honest.len() as u64, expected_len);
    let edited = edit(&honest, edits);
    let range = decoder.range();
    let mut released = range.start;
    let result = push_all(decoder, &edited, piece, &mut |verified| {
        assert_eq!(verified.offset(), released, "a gap");
        released += verified.as_bytes().len() as u64;
        let (from, to) = (usize::try_from(verified.offset()), usize::try_from(released));
        let truth = from.ok().zip(to.ok()).and_then(|(from, to)| payload.get(from..to));
        assert_eq!(Some(verified.as_bytes()), truth, "bytes that are not the payload's");
    });
    assert_eq!(result.is_ok(), edited == honest, "{result:?}");
    assert!(result.is_err() || released == range.end);
}

fn slice_claimed(len: u64, (start, end): (u64, u64), piece: usize, bytes: &[u8]) {
    // The root of a first node that is right, so that the claims below it are looked at too.
    let root = PayloadRoot::from_bytes(match bytes.split_first_chunk::<32>() {
        Some((left, rest)) if rest.len() >= 32 => {
            let right = rest.first_chunk().unwrap_or(left);
            *blake3::hazmat::merge_subtrees_root(left, right, blake3::hazmat::Mode::Hash).as_bytes()
        }
        _ => *blake3::hash(bytes).as_bytes(),
    });
    assert!(Outboard::from_bytes(bytes.to_vec(), len).map_or(true, |o| o.as_bytes() == bytes));
    if let Ok(decoder) = SliceDecoder::new(&root, len, &(start..end)) {
        let result = push_all(decoder, bytes, piece, &mut |_| ());
        assert!(result.is_err() || len == 0, "a payload of 2 GiB or more in a few bytes");
    }
}

fn push_all(
    mut decoder: SliceDecoder,
    slice: &[u8],
    piece: usize,
    release: &mut dyn FnMut(VerifiedBytes<'_>),
) -> Result<(), SliceError> {
    slice.chunks(piece).try_for_each(|piece| decoder.push(piece, release))?;
    decoder.finish()
}

fn edit(honest: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut edited = honest.to_vec();
    for edit in edits.chunks(5) {
        match *edit {
            [a, b, c, d, xor] => {
                let position = u32::from_be_bytes([a, b, c, d]) as usize % edited.len().max(1);
                edited.get_mut(position).into_iter().for_each(|byte| *byte ^= xor);
            }
            [a, b, c] => edited.truncate(u32::from_be_bytes([0, a, b, c]) as usize),
            _ => edited.extend_from_slice(edit),
        }
    }
    edited
}

/// The payload of kind 0: the start of it, up to three groups and a bit.
static PAYLOAD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = vec![0; 3 * 65_536 + 999];
    blake3::Hasher::new().update(b"fuzz").finalize_xof().fill(&mut bytes);
    bytes
});

/// The only text that the log of this module ever signed.
pub const LOG_TEXT: &str = "log.example\n7\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";

/// A log whose key lies open: its verifier key, and its one signed checkpoint.
pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let signing = SigningKey::from_bytes(&[9; 32]);
    let key = VerifierKey::new("log.example", SignatureType::Ed25519, signing.verifying_key().as_bytes());
    #[allow(clippy::unwrap_used, reason = "a constant of the tests")]
    let key = key.unwrap();
    let line = key.signature_line(&signing.sign(LOG_TEXT.as_bytes()).to_bytes()).unwrap_or_default();
    Log { key, signed: format!("{LOG_TEXT}\n{line}") }
});

/// See [`LOG`].
#[derive(Debug)]
pub struct Log {
    /// The key that verifies its checkpoints.
    pub key: VerifierKey,
    /// Its checkpoint, signed.
    pub signed: String,
}

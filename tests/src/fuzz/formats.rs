//! Targets over headers, grants, payloads, statements, manifests and leaves.

use std::io::{Cursor, Read as _};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use carnet_core::hazmat::PayloadReader;
use carnet_core::hazmat::open_bytes;
use carnet_core::hazmat::unwrap;
use carnet_core::manifest::{Described, Manifest};
use carnet_core::secret::FileKey;
use carnet_wire::age_file::join;
use carnet_wire::cbor;
use carnet_wire::grant::Grant;
use carnet_wire::grant_leaf::{GrantLeaf, GrantPath, GrantTree};
use carnet_wire::header::{Header, HeaderScanner, Limits, Stanza, decode_argument};
use carnet_wire::id::{EntryId, VaultId};
use carnet_wire::payload::PayloadLen;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Kind, kind_of};

use super::edit;
use crate::samples::{self, bytes, signer, verifying_key};

/// Whole headers, within both limits: what parses is a prefix that the scanner finds too, made of its parts and nothing else.
pub fn header(input: &[u8]) {
    for limits in [Limits::FOREIGN, Limits::GRANT] {
        let mut scanner = HeaderScanner::new(limits.max_bytes);
        let Ok(parsed) = Header::parse(input, limits) else { continue };
        let bytes = parsed.as_bytes();
        assert!(input.starts_with(bytes) && bytes.len() <= limits.max_bytes);
        assert_eq!(scanner.scan(input), Ok(Some(bytes.len())));
        assert!((1..=limits.max_stanzas).contains(&parsed.stanzas().len()));
        let line = format!(" {}\n", STANDARD_NO_PAD.encode(parsed.mac()));
        assert_eq!([parsed.mac_input(), line.as_bytes()].concat(), bytes);
        assert!(parsed.stanzas().iter().all(|stanza| has_one_meaning(stanza, bytes)));
        for len in [0, 1, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            assert!(
                Header::parse(bytes.get(..len).unwrap_or_default(), limits).is_err(),
                "a header cut short"
            );
        }
    }
}

/// Stanzas: the input between a good version line and a good MAC line, so that a fuzzer need not find those.
pub fn stanza(input: &[u8]) {
    header(&around(input));
}

fn around(stanzas: &[u8]) -> Vec<u8> {
    let mac = format!("--- {}\n", "A".repeat(43));
    [b"age-encryption.org/v1\n".as_slice(), stanzas, mac.as_bytes()].concat()
}

/// Tag and arguments stand in the header as they are given, and no argument or body has two lengths.
fn has_one_meaning(stanza: &Stanza<'_>, header: &[u8]) -> bool {
    let mut line = [b"-> ".as_slice(), stanza.tag()].concat();
    for argument in stanza.arguments() {
        line.push(b' ');
        line.extend_from_slice(argument);
        let decoded = [
            decode_argument::<16>(argument).map(|found| STANDARD_NO_PAD.encode(found)),
            decode_argument::<32>(argument).map(|found| STANDARD_NO_PAD.encode(found)),
            decode_argument::<{ Grant::ENC_LEN }>(argument).map(|found| STANDARD_NO_PAD.encode(found)),
        ];
        if decoded.iter().flatten().any(|again| again.as_bytes() != argument) {
            return false;
        }
    }
    line.push(b'\n');
    let lengths = [
        stanza.body::<0>().is_some(),
        stanza.body::<16>().is_some(),
        stanza.body::<32>().is_some(),
        stanza.body::<48>().is_some(),
        stanza.body::<96>().is_some(),
    ];
    lengths.iter().filter(|is| **is).count() <= 1 && header.windows(line.len()).any(|window| window == line)
}

/// Grants: exact bytes, the same to both parsers, joined to an age file; only the one that was made opens.
///
/// Input: 0 and edits of the frozen grant (see `edit`), else the bytes of a grant.
pub fn grant(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    let bytes = if *kind == 0 { edit(GRANT, rest) } else { rest.to_vec() };
    let Ok(grant) = Grant::parse(&bytes) else { return };
    assert_eq!(grant.as_bytes().as_slice(), bytes);
    let header = Header::parse(&bytes, Limits::GRANT);
    assert!(
        header.is_ok_and(|header| header.mac() == grant.mac() && header.mac_input() == grant.mac_input())
    );
    let mut file = Vec::new();
    assert!(join(&grant, b"payload".as_slice()).read_to_end(&mut file).is_ok());
    assert_eq!(file.strip_prefix(bytes.as_slice()), Some(b"payload".as_slice()));
    let opened = unwrap(&grant, READER.identity());
    assert_eq!(opened.is_ok(), bytes == GRANT, "only the grant that was made opens");
    assert!(opened.map_or(true, |file_key| file_key == self::file_key()));
}

/// Payloads: lengths, and the two readers, which release nothing but what was sealed.
///
/// Input: a length of content and one as stored, 8 bytes each, big-endian, then edits of the frozen payload.
pub fn payload(input: &[u8]) {
    let Some((numbers, edits)) = input.split_first_chunk::<16>() else { return };
    let number = |at: usize| {
        numbers.iter().skip(at).take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let (content_len, stored) = (number(0), number(8));
    if let Ok(len) = PayloadLen::from_stored(stored) {
        assert_eq!(len.stored(), stored);
        assert_eq!(PayloadLen::from_plaintext(len.plaintext()), Ok(len));
        assert_eq!(len.stored_range(0..len.chunks()), Some(16..stored));
        assert!(
            len.chunks_of(content_len..content_len.saturating_add(1))
                .is_none_or(|run| run.end <= len.chunks())
        );
    }
    let edited = edit(PAYLOAD, edits);
    let honest = edited == PAYLOAD;
    match open_bytes(&file_key(), &edited, content_len) {
        Ok(content) => {
            assert!(honest && content.len() as u64 == content_len, "bytes that were never sealed");
            assert!(CONTENT.starts_with(&content));
        }
        Err(_) => assert!(!honest || content_len > CONTENT.len() as u64),
    }
    let mut read = Vec::new();
    let result = PayloadReader::new(&file_key(), Cursor::new(&edited))
        .and_then(|mut reader| reader.read_to_end(&mut read));
    assert_eq!(result.is_ok(), honest, "{result:?}");
    assert!(CONTENT.starts_with(&read), "bytes that were never sealed");
}

/// Statements: what parses is written back as it was, under one kind only, and only what was signed verifies.
pub fn statement(input: &[u8]) {
    let kind = kind_of(input).ok();
    for sample in samples::all() {
        let again = (sample.rewrite)(input);
        if kind != Some(sample.kind) {
            assert!(again.is_err());
            continue;
        }
        assert!(again.map_or(true, |again| again == input));
        let verified = (sample.verify)(input, &SIGNER).is_ok();
        assert_eq!(verified, sample.bytes == input, "a statement that was never signed");
    }
}

/// Manifests: a plaintext is read in its only encoding, and nothing opens but what was sealed.
///
/// Input: 0 and edits of the frozen sealed manifest, else a plaintext without its padding.
pub fn manifest(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    if *kind == 0 {
        let edited = edit(MANIFEST, rest);
        let opened = Manifest::open(&edited, &file_key(), &DESCRIBED);
        assert_eq!(opened.is_ok(), edited == MANIFEST);
        return;
    }
    let mut plain = rest.to_vec();
    plain.resize(plain.len().next_power_of_two().max(4096), 0);
    if let Ok(manifest) = Manifest::parse(&plain) {
        let mut again = cbor::encode(&manifest);
        again.resize(again.len().next_power_of_two().max(4096), 0);
        assert_eq!(again, plain);
    }
    let _ = Manifest::parse(rest);
}

/// Leaves and their paths: what parses is written back as it was, and only a leaf of the batch stands in it.
pub fn leaf(input: &[u8]) {
    let (leaves, tree) = &*BATCH;
    if let Ok(leaf) = GrantLeaf::parse(input) {
        assert_eq!(leaf.to_bytes(), input);
        let stands = tree.path(1).is_ok_and(|path| path.verify(&leaf, &tree.batch()).is_ok());
        assert_eq!(stands, leaves.get(1) == Some(&leaf));
    }
    if let Ok(path) = cbor::decode::<GrantPath>(input, 512) {
        assert_eq!(cbor::encode(&path), input);
        let found = leaves.iter().position(|leaf| path.verify(leaf, &tree.batch()).is_ok());
        assert!(found.is_none_or(
            |found| tree.path(path.index).ok().as_ref() == Some(&path) && found == path.index as usize
        ));
    }
}

/// Seeds of these targets: target, name, bytes.
#[must_use]
pub fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let seed = |target, name: &str, bytes: &[u8]| (target, name.to_owned(), bytes.to_vec());
    let kind = |kind: u8, rest: &[u8]| [&[kind], rest].concat();
    let lengths = |content: u64, stored: u64, edits: &[u8]| {
        [&content.to_be_bytes(), &stored.to_be_bytes(), edits].concat()
    };
    let line = "A".repeat(64);
    let x25519 = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    let long = format!("-> a b ~\n{line}\n{line}\n\n-> grease\n\n");
    let authored = samples::all().iter().find(|sample| sample.kind == Kind::Authored);
    let mut seeds = vec![
        seed("header", "grant", GRANT),
        seed("header", "x25519", &around(x25519.as_bytes())),
        seed("header", "two-stanzas", &around(long.as_bytes())),
        seed("header", "no-stanza", &around(b"")),
        seed("stanza", "x25519", x25519.as_bytes()),
        seed("stanza", "full-lines", long.as_bytes()),
        seed("stanza", "scrypt", format!("-> scrypt {} 18\n{}\n", "A".repeat(22), "A".repeat(43)).as_bytes()),
        seed("grant", "honest", &kind(0, b"")),
        seed("grant", "flipped", &kind(0, &[0, 0, 1, 0, 1])),
        seed("grant", "cut", &kind(0, &[0, 1, 0])),
        seed("grant", "bytes", &kind(1, GRANT)),
        seed("payload", "honest", &lengths(70_000, 71_728, &[])),
        seed("payload", "range-past-the-end", &lengths(u64::MAX, 65_584, &[])),
        seed("payload", "flipped", &lengths(70_000, 32, &[0, 1, 0x10, 0, 1])),
        seed("payload", "cut", &lengths(70_000, 65_552, &[1, 0, 0x20])),
        seed("payload", "continued", &lengths(70_000, 1 << 40, &[0])),
        seed("manifest", "honest", &kind(0, b"")),
        seed("manifest", "flipped", &kind(0, &[0, 0, 0, 40, 1])),
        seed("manifest", "plain", &kind(1, trimmed(MANIFEST_PLAIN))),
        seed("leaf", "leaf", &samples::grant_leaf().to_bytes()),
        seed("leaf", "in-batch", &BATCH.0.get(1).map(GrantLeaf::to_bytes).unwrap_or_default()),
        seed("leaf", "path", &BATCH.1.path(1).map(|path| cbor::encode(&path)).unwrap_or_default()),
    ];
    seeds.extend(authored.map(|sample| seed("manifest", "sample", &kind(1, &sample.bytes))));
    seeds.extend(super::content::seeds());
    seeds.extend(samples::all().iter().map(|sample| seed("statement", sample.kind.name(), &sample.bytes)));
    seeds
}

/// Without the zero bytes at its end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..len).unwrap_or_default()
}

fn file_key() -> FileKey {
    FileKey::from_bytes(&[0x11; 16])
}

static SIGNER: LazyLock<VerifyingKey> = LazyLock::new(|| verifying_key(&signer()));

static READER: LazyLock<carnet_core::reader::ReaderKeys> = LazyLock::new(|| samples::reader(2));

/// What the frozen payload holds: 70,000 bytes `n mod 251`, and its padding.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut content: Vec<u8> = (0..=250).cycle().take(70_000).collect();
    let len = PayloadLen::from_stored(PAYLOAD.len() as u64).map_or(0, PayloadLen::plaintext);
    content.resize(usize::try_from(len).unwrap_or_default(), 0);
    content
});

#[allow(clippy::expect_used, reason = "five leaves are not too many")]
static BATCH: LazyLock<(Vec<GrantLeaf>, GrantTree)> = LazyLock::new(|| {
    let leaf = samples::grant_leaf();
    let leaves: Vec<_> = (0..5).map(|version| GrantLeaf { version, ..leaf.clone() }).collect();
    let tree = GrantTree::over(&leaves).expect("five leaves");
    (leaves, tree)
});

static DESCRIBED: LazyLock<Described> = LazyLock::new(|| Described {
    vault: VaultId::from_bytes(bytes(0x20)),
    entry: EntryId::from_bytes(bytes(0x22)),
    version: 2,
});

const GRANT: &[u8] = include_bytes!("../../vectors/sealed/grant.age-header");
const PAYLOAD: &[u8] = include_bytes!("../../vectors/sealed/payload.bin");
const MANIFEST: &[u8] = include_bytes!("../../vectors/sealed/manifest.bin");
const MANIFEST_PLAIN: &[u8] = include_bytes!("../../vectors/formats/manifest-plain.bin");

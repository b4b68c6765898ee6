//! Sealing from fixed inputs: hybrid and X25519 headers, a payload, a manifest, a blob.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use carnet_core::authored::{Authored, Code, Description, Sort};
use carnet_core::hybrid::HybridRecipient;
use carnet_core::manifest::{HolderPart, Manifest};
use carnet_core::reader::VerifiedReader;
use carnet_core::testing::xwing_encapsulate;
use carnet_wire::bundle::Bundle;
use carnet_wire::cbor;
use carnet_wire::grant::Grant;
use carnet_wire::id::{ActorId, EntryId, VaultId};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::fixed::{NOW, hkdf, hmac};

/// The file key of the example.
pub(crate) const FILE_KEY: [u8; 16] = [0x61; 16];

/// The payload nonce of the example.
pub(crate) const PAYLOAD_NONCE: [u8; 16] = [0x62; 16];

/// The content of the example.
pub(crate) const CONTENT: &[u8] = b"ALLERGIES: none known.\n";

/// ChaCha20-Poly1305, with the tag at the end.
pub(crate) fn aead(key: &[u8; 32], nonce: [u8; 12], aad: &[u8], msg: &[u8]) -> Vec<u8> {
    ChaCha20Poly1305::new(&Key::from(*key)).encrypt(&Nonce::from(nonce), Payload { msg, aad }).unwrap()
}

/// A blob under a key already derived from this nonce.
pub(crate) fn blob(nonce: &[u8; 32], key: &[u8; 32], aad_bytes: &[u8], plain: &[u8]) -> Vec<u8> {
    [nonce.as_slice(), &aead(key, [0; 12], aad_bytes, plain)].concat()
}

/// The payload of a content that is already padded.
pub(crate) fn payload(plain: &[u8]) -> Vec<u8> {
    let key = hkdf(&FILE_KEY, &PAYLOAD_NONCE, &[b"payload"]);
    let mut payload = PAYLOAD_NONCE.to_vec();
    let chunks: Vec<_> = plain.chunks(65_536).collect();
    for (index, chunk) in chunks.iter().enumerate() {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(index as u64).to_be_bytes());
        nonce[11] = u8::from(index + 1 == chunks.len());
        payload.extend(aead(&key, nonce, &[], chunk));
    }
    payload
}

/// What HPKE computes on the way to a stanza's body.
pub(crate) struct Hpke {
    pub(crate) enc: Vec<u8>,
    pub(crate) shared: [u8; 32],
    pub(crate) psk_id_hash: [u8; 32],
    pub(crate) info_hash: [u8; 32],
    pub(crate) secret: [u8; 32],
    pub(crate) key: [u8; 32],
    pub(crate) base_nonce: [u8; 12],
    pub(crate) body: Vec<u8>,
}

impl Hpke {
    /// Wraps the file key of the example, with 64 equal random bytes.
    pub(crate) fn wrap(bundle: &Bundle, random: u8) -> Self {
        let recipient = HybridRecipient::from_bytes(bundle.recipient().as_bytes()).unwrap();
        let (enc, shared) = xwing_encapsulate(&recipient, &[random; 64]).unwrap();
        let psk_id_hash = labeled_extract(&[], b"psk_id_hash", b"");
        let info_hash = labeled_extract(&[], b"info_hash", b"age-encryption.org/mlkem768x25519");
        let secret = labeled_extract(&shared, b"secret", b"");
        let context = [[0].as_slice(), &psk_id_hash, &info_hash].concat();
        let key: [u8; 32] = labeled_expand(&secret, b"key", &context);
        let base_nonce: [u8; 12] = labeled_expand(&secret, b"base_nonce", &context);
        let body = aead(&key, base_nonce, &[], &FILE_KEY);
        Self { enc: enc.to_vec(), shared, psk_id_hash, info_hash, secret, key, base_nonce, body }
    }

    /// The grant.
    pub(crate) fn header(&self) -> String {
        finish(&format!("-> mlkem768x25519 {}\n{}\n", BASE64.encode(&self.enc), BASE64.encode(&self.body)))
    }
}

/// A grant to a reader, as the core parses it.
pub(crate) fn grant(bundle: &Bundle, random: u8) -> Grant {
    Grant::parse(Hpke::wrap(bundle, random).header().as_bytes()).unwrap()
}

/// A header with an X25519 stanza: the share, the wrap key, the body, the text.
pub(crate) fn x25519_header(recipient: &[u8; 32], ephemeral: u8) -> ([u8; 32], [u8; 32], Vec<u8>, String) {
    let secret = StaticSecret::from([ephemeral; 32]);
    let share = PublicKey::from(&secret).to_bytes();
    let shared = secret.diffie_hellman(&PublicKey::from(*recipient)).to_bytes();
    let wrap = hkdf(&shared, &[share, *recipient].concat(), &[b"age-encryption.org/v1/X25519"]);
    let body = aead(&wrap, [0; 12], &[], &FILE_KEY);
    let text = finish(&format!("-> X25519 {}\n{}\n", BASE64.encode(share), BASE64.encode(&body)));
    (share, wrap, body, text)
}

/// The key of a header's MAC.
pub(crate) fn mac_key() -> [u8; 32] {
    hkdf(&FILE_KEY, &[], &[b"header"])
}

/// The key of a manifest with this nonce.
pub(crate) fn manifest_key(nonce: &[u8; 32], vault: &VaultId, entry: &EntryId, version: u64) -> [u8; 32] {
    let info: [&[u8]; 4] =
        [b"carnet/v1/manifest", vault.as_bytes(), entry.as_bytes(), &version.to_be_bytes()];
    hkdf(&FILE_KEY, nonce, &info)
}

/// The plaintext of a manifest before its padding, and the manifest sealed.
pub(crate) fn manifest(
    authored: &[u8],
    salt: u8,
    holder: HolderPart,
    key: &[u8; 32],
    nonce: u8,
) -> [Vec<u8>; 2] {
    let content =
        cbor::encode(&Manifest { authored: authored.to_vec().into(), salt: [salt; 32].into(), holder });
    let mut padded = content.clone();
    padded.resize(content.len().next_power_of_two().max(4096), 0);
    let sealed = blob(&[nonce; 32], key, &[], &padded);
    [content, sealed]
}

/// What the author of the example signs.
pub(crate) fn authored(vault: VaultId, entry: EntryId, author: ActorId) -> Authored {
    Authored {
        vault,
        entry,
        first_version: 1,
        description: Description {
            sort: Sort::Document,
            title: "Allergies".to_owned(),
            dates: vec![1_795_219_200_000],
            codes: vec![Code { system: "http://loinc.org".to_owned(), code: "11502-2".to_owned() }],
            media_type: "text/plain".to_owned(),
            ..Description::default()
        },
        len: CONTENT.len() as u64,
        content: (*blake3::hash(CONTENT).as_bytes()).into(),
        author,
        generation: 1,
    }
}

/// A leaf for a reader and its header.
pub(crate) fn leaf(
    entry: EntryId,
    reader: &VerifiedReader,
    header: &Grant,
    blind: u8,
) -> carnet_wire::grant_leaf::GrantLeaf {
    carnet_wire::grant_leaf::GrantLeaf {
        entry,
        version: 1,
        reader: reader.id(),
        generation: reader.generation(),
        key_id: reader.key_id(),
        via: reader.via(),
        rights: carnet_wire::grant_leaf::Rights::Open,
        not_before: None,
        expires: (blind == 0x77).then_some(NOW + 86_400_000),
        header: header.digest(),
        blind: [blind; 16].into(),
    }
}

fn finish(stanza: &str) -> String {
    let text = format!("age-encryption.org/v1\n{stanza}---");
    let mac = hmac(&mac_key(), text.as_bytes());
    format!("{text} {}\n", BASE64.encode(mac))
}

const SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";

fn labeled_extract(salt: &[u8], label: &[u8], ikm: &[u8]) -> [u8; 32] {
    hmac(salt, &[b"HPKE-v1", SUITE, label, ikm].concat())
}

fn labeled_expand<const N: usize>(secret: &[u8; 32], label: &[u8], context: &[u8]) -> [u8; N] {
    let len = u16::try_from(N).unwrap().to_be_bytes();
    let info = [&len, b"HPKE-v1".as_slice(), SUITE, label, context].concat();
    let mut out = [0; N];
    hkdf::Hkdf::<sha2::Sha256>::from_prk(secret).unwrap().expand(&info, &mut out).unwrap();
    out
}

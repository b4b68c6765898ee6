//! A client that Carnet's authors did not write, in the hands of somebody who keeps no rule.
//!
//! It computes payload, commitment and manifest from the specification with the plain libraries, so that it can also do what
//! the core's types forbid: use a file key twice, sign for bytes of its own, put any authored part into any manifest.

#![allow(clippy::unwrap_used, reason = "a stage prop that fails fails its test")]

use carnet_core::document::Place;
use carnet_core::grant::{Batch, Wrapped};
use carnet_core::hazmat;
use carnet_core::manifest::{Described, HolderPart, Manifest};
use carnet_core::reader::VerifiedReader;
use carnet_core::secret::FileKey;
use carnet_core::stored::Wanted;
use carnet_wire::grant::Grant as Header;
use carnet_wire::grant_leaf::{GrantLeaf, Rights};
use carnet_wire::id::{Commitment, Digest, InnerCommitment, PayloadRoot};
use carnet_wire::padding::padme;
use carnet_wire::statement::{Context, Deposit, DepositItem};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use crate::cast::{Cast, NOW, Person, Shelf, grants, origin};

/// The forger, with a file key of its choice.
pub struct Forger {
    file_key: [u8; 16],
    nonce: [u8; 16],
}

impl Forger {
    /// A forger that knows this file key: its own, or one it was granted.
    #[must_use]
    pub fn new(file_key: [u8; 16]) -> Self {
        Self { file_key, nonce: [0x5a; 16] }
    }

    /// The same, with the payload nonce of somebody else's payload.
    #[must_use]
    pub fn with_nonce(self, nonce: [u8; 16]) -> Self {
        Self { nonce, ..self }
    }

    /// The payload of a content, padded, as c2sp.org/age says.
    #[must_use]
    pub fn payload(&self, content: &[u8]) -> Vec<u8> {
        let mut plain = content.to_vec();
        plain.resize(usize::try_from(padme(content.len() as u64)).unwrap(), 0);
        let chunks: Vec<_> = plain.chunks(65_536).collect();
        let mut payload = self.nonce.to_vec();
        for (index, chunk) in chunks.iter().enumerate() {
            payload.extend(self.chunk(index as u64, index + 1 == chunks.len(), chunk));
        }
        payload
    }

    /// One sealed chunk.
    #[must_use]
    pub fn chunk(&self, index: u64, last: bool, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = u8::from(last);
        let key = self.derive(b"payload");
        ChaCha20Poly1305::new(&Key::from(key)).encrypt(&Nonce::from(nonce), plain).unwrap()
    }

    /// The commitment to the file key.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment::from_bytes(self.derive(b"carnet/v1/commitment"))
    }

    /// The header that wraps the file key for a reader.
    #[must_use]
    pub fn header(&self, reader: &VerifiedReader) -> Header {
        hazmat::wrap(&FileKey::from_bytes(&self.file_key), reader.recipient()).unwrap()
    }

    /// A grant to a reader.
    #[must_use]
    pub fn grant(&self, wanted: &Wanted, reader: &VerifiedReader) -> Wrapped {
        wrapped(wanted, reader, self.header(reader))
    }

    /// A deposit of a content under any authored part, signed by `who`, for the vault.
    #[must_use]
    pub fn deposit(
        &self,
        cast: &Cast,
        who: &Person,
        place: &Place,
        authored: &[u8],
        content: &[u8],
    ) -> Shelf {
        let payload = self.payload(content);
        self.deposit_payload(cast, who, place, authored, payload, &[cast.vault.reader()])
    }

    /// A deposit of any payload bytes, for any readers.
    #[must_use]
    pub fn deposit_payload(
        &self,
        cast: &Cast,
        who: &Person,
        place: &Place,
        authored: &[u8],
        payload: Vec<u8>,
        readers: &[VerifiedReader],
    ) -> Shelf {
        let salt = [9; 32];
        let described = Described { vault: place.vault, entry: place.entry, version: place.version };
        let manifest =
            Manifest { authored: authored.to_vec().into(), salt: salt.into(), holder: HolderPart::default() };
        let manifest = manifest.seal(&FileKey::from_bytes(&self.file_key), &described).unwrap();
        let wanted = Wanted { entry: place.entry, version: place.version };
        let batch = Batch::new(readers.iter().map(|reader| self.grant(&wanted, reader)).collect()).unwrap();
        let inner = Sha256::new().chain_update(b"carnet/v1/inner").chain_update(salt).chain_update(authored);
        let item = DepositItem {
            entry: place.entry,
            version: place.version,
            predecessor: place.predecessor,
            class: place.class,
            payload: PayloadRoot::from_bytes(*blake3::hash(&payload).as_bytes()),
            payload_len: payload.len() as u64,
            manifest: Digest::from_bytes(*blake3::hash(&manifest).as_bytes()),
            commitment: self.commitment(),
            inner: InnerCommitment::from_bytes(inner.finalize().into()),
        };
        let body = Deposit {
            context: Context { vault: place.vault, actor: who.account.actor(), time: NOW, pin: None },
            policy: cast.vault.policy_statement(),
            items: vec![item],
            grants: batch.root(),
        };
        let deposit = who.device.sign(&origin(), body).unwrap().as_bytes().to_vec();
        Shelf { deposit, wanted, grants: grants(&batch), manifest, payload }
    }

    fn derive(&self, info: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(&self.nonce), &self.file_key).expand(info, &mut key).unwrap();
        key
    }
}

/// A grant with any header.
#[must_use]
pub fn wrapped(wanted: &Wanted, reader: &VerifiedReader, header: Header) -> Wrapped {
    let leaf = GrantLeaf {
        entry: wanted.entry,
        version: wanted.version,
        reader: reader.id(),
        generation: reader.generation(),
        key_id: reader.key_id(),
        via: reader.via(),
        rights: Rights::Open,
        not_before: None,
        expires: None,
        header: header.digest(),
        blind: [3; 16].into(),
    };
    Wrapped { leaf, header }
}

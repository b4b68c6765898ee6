//! The fixed inputs of all examples, and the key derivations, computed with the plain libraries.

use carnet_core::reader::ReaderKeys;
use carnet_core::secret::ReaderSecret;
use carnet_wire::bundle::{Bundle, FirstBundle};
use carnet_wire::id::{AccountId, ActorId, EntryId, KeyId, ReaderId};
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Body, Draft, Header, Statement};
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The moment of every example.
pub(crate) const NOW: u64 = 1_795_305_600_000;

/// The log of every example.
pub(crate) fn origin() -> Origin {
    Origin::parse("carnet.example/log").unwrap()
}

/// HKDF-SHA-256 with 32 bytes of output.
pub(crate) fn hkdf(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), ikm).expand(&info.concat(), &mut key).unwrap();
    key
}

/// HMAC-SHA-256.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// SHA-256 over parts.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// An Ed25519 key of a seed of 32 equal bytes.
pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

/// The public half, as statements carry it.
pub(crate) fn public(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_bytes(key.verifying_key().as_bytes()).unwrap()
}

/// An entry made now, of ten equal random bytes.
pub(crate) fn entry(byte: u8) -> EntryId {
    EntryId::from_time_and_random(NOW, &[byte; 10])
}

/// A reader of a secret of 32 equal bytes. The core must derive what the specification says.
pub(crate) struct Reader {
    pub(crate) keys: ReaderKeys,
    pub(crate) recipient_seed: [u8; 32],
    pub(crate) signing: SigningKey,
}

impl Reader {
    pub(crate) fn of(byte: u8) -> Self {
        let secret = [byte; 32];
        let signing = SigningKey::from_bytes(&hkdf(&secret, &[], &[b"carnet/v1/reader/signing"]));
        let keys = ReaderKeys::derive(ReaderSecret::from_bytes(&secret));
        assert_eq!(*keys.bundle().signing(), public(&signing));
        Self { keys, recipient_seed: hkdf(&secret, &[], &[b"carnet/v1/reader/recipient"]), signing }
    }

    pub(crate) fn bundle(&self) -> Bundle {
        self.keys.bundle()
    }
}

/// An account: root, first generation and device, each of equal bytes: `byte`, `byte + 1`, `byte + 2`.
pub(crate) struct Account {
    pub(crate) identity_seed: [u8; 32],
    pub(crate) identity: SigningKey,
    pub(crate) reader: Reader,
    pub(crate) device: SigningKey,
}

impl Account {
    pub(crate) fn of(byte: u8) -> Self {
        let identity_seed = hkdf(&[byte; 32], &[], &[b"carnet/v1/identity"]);
        Self {
            identity_seed,
            identity: SigningKey::from_bytes(&identity_seed),
            reader: Reader::of(byte + 1),
            device: key(byte + 2),
        }
    }

    pub(crate) fn first(&self) -> FirstBundle {
        FirstBundle { identity: public(&self.identity), generation: self.reader.bundle() }
    }

    pub(crate) fn id(&self) -> AccountId {
        self.first().account_id()
    }

    pub(crate) fn actor(&self) -> ActorId {
        ActorId::from_bytes(*self.id().as_bytes())
    }

    pub(crate) fn reader_id(&self) -> ReaderId {
        ReaderId::from_bytes(*self.id().as_bytes())
    }
}

/// Signs a body under a nonce of 16 equal bytes. What comes out must parse and verify.
pub(crate) fn sign<B: Body>(key: &SigningKey, nonce: u8, body: B) -> Statement<B> {
    let key_id = KeyId::from_bytes(sha256(&[key.verifying_key().as_bytes()])[..16].try_into().unwrap());
    let draft = Draft::new(Header { key_id, origin: origin(), nonce: [nonce; 16] }, body);
    let signature = key.sign(&draft.to_be_signed()).to_bytes();
    let bytes = draft.attach(signature).as_bytes().to_vec();
    Statement::<B>::parse(&bytes).unwrap().verify(&public(key)).unwrap();
    Statement::parse(&bytes).unwrap()
}

//! Manifests: the sealed description of one version of an entry.
//!
//! ```text
//! plaintext = { 0: authored (COSE_Sign1 bytes), 1: salt (32), 2: holder part } || zero bytes
//! sealed    = a blob (see `blob`) under HKDF-SHA-256(ikm = file key, salt = blob nonce,
//!             info = "carnet/v1/manifest" || vault || entry || version (8 bytes, big-endian)), no aad
//! ```
//! The plaintext is padded to 4, 8, 16, 32 or 64 KiB, so that titles and codes do not show in lengths.

use carnet_wire::cbor;
use carnet_wire::id::{EntryId, VaultId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::blob;
use crate::derive::derive_manifest_key;
use crate::secret::{FileKey, NoRandomness};

/// What a manifest holds.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// The authored part, exactly as its author signed it.
    #[n(0)]
    pub authored: ByteVec,
    /// The salt of the deposit statement's commitment to it.
    #[n(1)]
    pub salt: ByteArray<32>,
    /// The holder's part.
    #[n(2)]
    pub holder: HolderPart,
}

impl core::fmt::Debug for Manifest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Manifest(..)")
    }
}

/// What the holder adds. Screens never show it as the author's.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HolderPart {
    /// The holder's own name for the item.
    #[n(0)]
    pub name: Option<String>,
    /// Labels.
    #[n(1)]
    pub labels: Vec<String>,
    /// Folder, as path segments.
    #[n(2)]
    pub folder: Vec<String>,
    /// A note.
    #[n(3)]
    pub note: Option<String>,
}

impl core::fmt::Debug for HolderPart {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HolderPart(..)")
    }
}

/// Which version a manifest describes: its key depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// The vault.
    pub vault: VaultId,
    /// The entry.
    pub entry: EntryId,
    /// The version.
    pub version: u64,
}

impl Manifest {
    /// Most bytes of a sealed manifest.
    pub const MAX_SEALED: usize = MAX_PADDED + blob::OVERHEAD;

    /// Seals the manifest under a version's file key and a fresh nonce.
    ///
    /// # Errors
    /// [`ManifestError::TooLong`] beyond 64 KiB of description, [`ManifestError::Randomness`].
    pub fn seal(&self, file_key: &FileKey, described: &Described) -> Result<Vec<u8>, ManifestError> {
        let text = Zeroizing::new(cbor::encode(self));
        let padded = padded_len(text.len()).ok_or(ManifestError::TooLong)?;
        let mut plain = Zeroizing::new(vec![0; padded]);
        plain.iter_mut().zip(text.iter()).for_each(|(to, from)| *to = *from);
        Ok(blob::seal(|nonce| described.key(file_key, nonce), &[], &plain)?)
    }

    /// Opens a sealed manifest.
    ///
    /// # Errors
    /// [`ManifestError::Closed`] under another key, vault, entry or version, or where a byte differs;
    /// [`ManifestError::Malformed`] where whoever knew the file key sealed something else.
    pub fn open(sealed: &[u8], file_key: &FileKey, described: &Described) -> Result<Self, ManifestError> {
        if sealed.len() > Self::MAX_SEALED {
            return Err(ManifestError::TooLong);
        }
        let plain =
            blob::open(|nonce| described.key(file_key, nonce), &[], sealed).ok_or(ManifestError::Closed)?;
        Self::parse(&plain)
    }

    /// Reads a padded plaintext.
    ///
    /// # Errors
    /// [`ManifestError::TooLong`] beyond 64 KiB; [`ManifestError::Malformed`] unless it is one manifest in its only encoding,
    /// then zero bytes up to the next size.
    pub fn parse(plain: &[u8]) -> Result<Self, ManifestError> {
        if plain.len() > MAX_PADDED {
            return Err(ManifestError::TooLong);
        }
        let mut decoder = minicbor::Decoder::new(plain);
        let manifest: Self = decoder.decode().map_err(|_| ManifestError::Malformed)?;
        let (text, padding) = plain.split_at_checked(decoder.position()).ok_or(ManifestError::Malformed)?;
        let whole = padded_len(text.len()) == Some(plain.len()) && padding.iter().all(|byte| *byte == 0);
        if whole && *Zeroizing::new(cbor::encode(&manifest)) == text {
            Ok(manifest)
        } else {
            Err(ManifestError::Malformed)
        }
    }
}

impl Described {
    fn key(&self, file_key: &FileKey, nonce: &[u8; blob::NONCE_LEN]) -> crate::secret::SymmetricKey {
        derive_manifest_key(file_key, nonce, &self.vault, &self.entry, self.version)
    }
}

/// Why a manifest is not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// More than 64 KiB.
    #[error("the description is longer than 64 KiB")]
    TooLong,
    /// It does not open.
    #[error("cannot open")]
    Closed,
    /// It opens, but is not a manifest.
    #[error("cannot open")]
    Malformed,
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl carnet_wire::StableCode for ManifestError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "manifest-too-long",
            Self::Closed => "manifest-closed",
            Self::Malformed => "manifest-malformed",
            Self::Randomness(_) => "no-randomness",
        }
    }
}

/// 4 KiB, or the next power of two up to 64 KiB.
fn padded_len(len: usize) -> Option<usize> {
    Some(len.next_power_of_two().max(MIN_PADDED)).filter(|padded| *padded <= MAX_PADDED)
}

const MIN_PADDED: usize = 4 * 1024;
const MAX_PADDED: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(note: usize) -> Manifest {
        let holder = HolderPart { note: Some("n".repeat(note)), ..HolderPart::default() };
        Manifest { authored: vec![1, 2, 3].into(), salt: [7; 32].into(), holder }
    }

    fn described() -> Described {
        Described { vault: VaultId::from_bytes([1; 32]), entry: EntryId::from_bytes([2; 16]), version: 3 }
    }

    #[test]
    fn manifest_opens_at_its_own_place_only() {
        let (key, place) = (FileKey::make().unwrap(), described());
        let sealed = manifest(10).seal(&key, &place).unwrap();
        assert_eq!(Manifest::open(&sealed, &key, &place).unwrap(), manifest(10));
        let others = [
            Described { vault: VaultId::from_bytes([9; 32]), ..place },
            Described { entry: EntryId::from_bytes([9; 16]), ..place },
            Described { version: 4, ..place },
        ];
        for other in others {
            assert_eq!(Manifest::open(&sealed, &key, &other), Err(ManifestError::Closed));
        }
        let other = FileKey::make().unwrap();
        assert_eq!(Manifest::open(&sealed, &other, &place), Err(ManifestError::Closed));
    }

    #[test]
    fn manifest_with_any_byte_changed_or_cut_stays_closed() {
        let (key, place) = (FileKey::make().unwrap(), described());
        let sealed = manifest(10).seal(&key, &place).unwrap();
        for index in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[index] ^= 1 << (index % 8);
            assert_eq!(Manifest::open(&flipped, &key, &place), Err(ManifestError::Closed), "byte {index}");
        }
        assert_eq!(Manifest::open(&sealed[..sealed.len() - 1], &key, &place), Err(ManifestError::Closed));
    }

    #[test]
    fn length_of_a_manifest_tells_its_size_class_only() {
        let (key, place) = (FileKey::make().unwrap(), described());
        let len = |note| manifest(note).seal(&key, &place).unwrap().len() - blob::OVERHEAD;
        assert_eq!([0, 1, 100, 4000, 4090, 60_000].map(len), [4096, 4096, 4096, 4096, 8192, 65536]);
        assert_eq!(manifest(66_000).seal(&key, &place), Err(ManifestError::TooLong));
    }

    #[test]
    fn manifest_with_bytes_in_its_padding_or_the_wrong_padding_is_refused() {
        let mut plain = cbor::encode(&manifest(10));
        plain.resize(4096, 0);
        assert_eq!(Manifest::parse(&plain), Ok(manifest(10)));
        let mut dirty = plain.clone();
        dirty[4095] = 1;
        assert_eq!(Manifest::parse(&dirty), Err(ManifestError::Malformed));
        plain.resize(8192, 0);
        assert_eq!(Manifest::parse(&plain), Err(ManifestError::Malformed));
    }
}

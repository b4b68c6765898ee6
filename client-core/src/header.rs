//! Writing age headers, and reading file keys out of them.
//!
//! `MAC = HMAC-SHA-256(HKDF-SHA-256(ikm = file key, no salt, info = "header"), the header up to and with "---")`.
//! Only functions that check the MAC give a file key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use carnet_wire::grant::Grant;
use carnet_wire::header::{Header, Stanza, decode_argument};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::derive::derive_header_mac_key;
use crate::hybrid::{HybridIdentity, HybridRecipient};
use crate::identity::Identity;
use crate::recipient::Recipients;
use crate::secret::FileKey;
use crate::wrap_error::{MAX_READERS, UnwrapError, WrapError};

/// Wraps a file key to one more reader.
///
/// # Errors
/// [`WrapError`] where the system has no randomness.
pub fn wrap(file_key: &FileKey, reader: &HybridRecipient) -> Result<Grant, WrapError> {
    let mut text = Text::new();
    text.hybrid(file_key, reader)?;
    Grant::parse(text.finish(file_key).as_bytes()).map_err(|_| WrapError::Grant)
}

/// Takes the file key out of a grant.
///
/// # Errors
/// [`UnwrapError`] if it is for someone else, or its MAC is wrong. To others than the reader they are one: "cannot open".
pub fn unwrap(grant: &Grant, reader: &HybridIdentity) -> Result<FileKey, UnwrapError> {
    let file_key = reader.unwrap(grant.enc(), grant.body()).map_err(|_| UnwrapError::LowOrder)?;
    let file_key = file_key.ok_or(UnwrapError::NoMatch)?;
    verify(&file_key, grant.mac_input(), grant.mac())?;
    Ok(file_key)
}

/// The header of a standard age file for these readers: 1 to 128, of one kind.
pub(crate) fn make_header(file_key: &FileKey, readers: &Recipients) -> Result<String, WrapError> {
    let count = match readers {
        Recipients::Hybrid(readers) => readers.len(),
        Recipients::X25519(readers) => readers.len(),
    };
    if count == 0 {
        return Err(WrapError::NoReader);
    }
    if count > MAX_READERS {
        return Err(WrapError::TooManyReaders);
    }
    let mut text = Text::new();
    match readers {
        Recipients::Hybrid(readers) => readers.iter().try_for_each(|reader| text.hybrid(file_key, reader))?,
        Recipients::X25519(readers) => {
            for reader in readers {
                let (share, body) = reader.wrap(file_key)?;
                text.stanza(X25519, &share, &body);
            }
        }
    }
    Ok(text.finish(file_key))
}

/// Takes the file key out of a foreign header, with the first identity that has a stanza.
pub(crate) fn open_header(header: &Header<'_>, identities: &[Identity]) -> Result<FileKey, UnwrapError> {
    if header.stanzas().len() > 1 && header.stanzas().iter().any(|stanza| stanza.tag() == SCRYPT) {
        return Err(UnwrapError::ScryptNotAlone);
    }
    for identity in identities {
        for stanza in header.stanzas() {
            if let Some(file_key) = open_stanza(stanza, identity)? {
                verify(&file_key, header.mac_input(), header.mac())?;
                return Ok(file_key);
            }
        }
    }
    Err(UnwrapError::NoMatch)
}

fn open_stanza(stanza: &Stanza<'_>, identity: &Identity) -> Result<Option<FileKey>, UnwrapError> {
    match identity {
        Identity::Hybrid(identity) if stanza.tag() == Grant::TAG.as_bytes() => {
            let (enc, body) = parts(stanza)?;
            identity.unwrap(&enc, &body).map_err(|_| UnwrapError::LowOrder)
        }
        Identity::X25519(identity) if stanza.tag() == X25519.as_bytes() => {
            let (share, body) = parts(stanza)?;
            identity.unwrap(&share, &body).map_err(|_| UnwrapError::LowOrder)
        }
        _ => Ok(None),
    }
}

/// The one argument of a stanza and its body of 32 bytes, checked before anything is decrypted: a body that could hold
/// something else than a file key would let a sender test many keys at once.
fn parts<const N: usize>(stanza: &Stanza<'_>) -> Result<([u8; N], [u8; 32]), UnwrapError> {
    let mut arguments = stanza.arguments();
    let argument = arguments.next().and_then(decode_argument).ok_or(UnwrapError::Stanza)?;
    if arguments.next().is_some() {
        return Err(UnwrapError::Stanza);
    }
    Ok((argument, stanza.body().ok_or(UnwrapError::Stanza)?))
}

#[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(file_key: &FileKey, input: &[u8]) -> Hmac<Sha256> {
    let key = derive_header_mac_key(file_key);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("any length");
    mac.update(input);
    mac
}

/// In constant time.
fn verify(file_key: &FileKey, input: &[u8], claimed: &[u8; 32]) -> Result<(), UnwrapError> {
    mac(file_key, input).verify_slice(claimed).map_err(|_| UnwrapError::Mac)
}

/// A header being written.
struct Text(String);

impl Text {
    fn new() -> Self {
        let mut text = String::with_capacity(Grant::LEN);
        text.push_str("age-encryption.org/v1\n");
        Self(text)
    }

    fn hybrid(&mut self, file_key: &FileKey, reader: &HybridRecipient) -> Result<(), WrapError> {
        let (enc, body) = reader.wrap(file_key)?;
        self.stanza(Grant::TAG, &enc, &body);
        Ok(())
    }

    /// A body of 32 bytes is one short line, so the final one.
    fn stanza(&mut self, tag: &str, argument: &[u8], body: &[u8; 32]) {
        self.0.push_str("-> ");
        self.0.push_str(tag);
        self.0.push(' ');
        STANDARD_NO_PAD.encode_string(argument, &mut self.0);
        self.0.push('\n');
        STANDARD_NO_PAD.encode_string(body, &mut self.0);
        self.0.push('\n');
    }

    fn finish(mut self, file_key: &FileKey) -> String {
        self.0.push_str("---");
        let tag = mac(file_key, self.0.as_bytes()).finalize().into_bytes();
        self.0.push(' ');
        STANDARD_NO_PAD.encode_string(tag, &mut self.0);
        self.0.push('\n');
        self.0
    }
}

/// The tag of passphrase stanzas.
pub(crate) const SCRYPT: &[u8] = b"scrypt";
const X25519: &str = "X25519";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grant_gives_its_file_key_to_its_reader_only() {
        let (reader, other) = (HybridIdentity::make().unwrap(), HybridIdentity::make().unwrap());
        let file_key = FileKey::make().unwrap();
        let grant = wrap(&file_key, reader.recipient()).unwrap();
        assert_eq!(unwrap(&grant, &reader), Ok(file_key));
        assert_eq!(unwrap(&grant, &other), Err(UnwrapError::NoMatch));
    }

    #[test]
    fn every_flipped_bit_of_a_grant_is_refused() {
        let reader = HybridIdentity::make().unwrap();
        let grant = wrap(&FileKey::make().unwrap(), reader.recipient()).unwrap();
        let mut parsed = 0;
        for bit in 0..Grant::LEN * 8 {
            let mut bytes = *grant.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(changed) = Grant::parse(&bytes) {
                parsed += 1;
                assert!(unwrap(&changed, &reader).is_err(), "bit {bit}");
            }
        }
        assert!(parsed > 1_000, "{parsed}");
    }

    #[test]
    fn grant_with_another_header_mac_is_refused_after_the_stanza_opened() {
        let reader = HybridIdentity::make().unwrap();
        let grant = wrap(&FileKey::make().unwrap(), reader.recipient()).unwrap();
        let other = wrap(&FileKey::make().unwrap(), reader.recipient()).unwrap();
        let mac = Grant::LEN - 44;
        let spliced = [&grant.as_bytes()[..mac], &other.as_bytes()[mac..]].concat();
        assert_eq!(unwrap(&Grant::parse(&spliced).unwrap(), &reader), Err(UnwrapError::Mac));
    }

    #[test]
    fn header_without_readers_or_with_too_many_is_not_made() {
        let file_key = FileKey::make().unwrap();
        assert_eq!(make_header(&file_key, &Recipients::X25519(Vec::new())), Err(WrapError::NoReader));
        let reader = *crate::x25519::X25519Identity::make().unwrap().recipient();
        let many = Recipients::X25519(vec![reader; 129]);
        assert_eq!(make_header(&file_key, &many), Err(WrapError::TooManyReaders));
    }
}

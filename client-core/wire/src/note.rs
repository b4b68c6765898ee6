//! Signed notes (c2sp.org/signed-note): text signed by named Ed25519 keys.
//!
//! Two signature types are known: 0x01, Ed25519 over the text, and 0x04, the timestamped cosignature of a witness
//! (c2sp.org/tlog-cosignature). Signatures by other keys are ignored, as the specification demands. Nothing here signs:
//! the text to be signed goes out, the 64-byte signature comes in, a line is made of both.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::StableCode;

/// The greatest size of a signed note, in bytes.
pub const MAX_NOTE_LEN: usize = 64 * 1024;

/// The greatest number of signature lines in a note.
pub const MAX_SIGNATURES: usize = 64;

/// What a key's signatures mean: the signature type of c2sp.org/signed-note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureType {
    /// 0x01: Ed25519 over the note text. Logs sign with it.
    Ed25519,
    /// 0x04: Ed25519 over a time and the note text (`cosignature/v1`). Witnesses sign with it.
    Cosignature,
}

/// A named Ed25519 key that notes are verified with, written `name+hash+base64(type || key)` (a "vkey").
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    signature_type: SignatureType,
    key: VerifyingKey,
}

/// A signed note that is well formed, not yet verified: its text means nothing so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// Why bytes are no note, or no trusted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// More than [`MAX_NOTE_LEN`] bytes or [`MAX_SIGNATURES`] signatures.
    #[error("the note is too large")]
    TooLarge,
    /// Not of the form of c2sp.org/signed-note.
    #[error("the note is malformed")]
    Malformed,
    /// The key's string, name or type is not acceptable.
    #[error("the verifier key is malformed")]
    BadKey,
    /// The key is of the other signature type.
    #[error("the verifier key is of another signature type")]
    WrongType,
    /// The note carries no signature by this key.
    #[error("the note is not signed by this key")]
    NotSigned,
    /// A signature by this key does not verify.
    #[error("a signature of the note is wrong")]
    BadSignature,
}

impl StableCode for NoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "note-too-large",
            Self::Malformed => "note-malformed",
            Self::BadKey => "note-bad-key",
            Self::WrongType => "note-wrong-signature-type",
            Self::NotSigned => "note-not-signed",
            Self::BadSignature => "note-bad-signature",
        }
    }
}

impl VerifierKey {
    /// A key of 32 bytes (RFC 8032) and its name: not empty, without spaces, control characters or `+`.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] for such a name, for bytes that are no point, and for keys of small order.
    pub fn new(name: &str, signature_type: SignatureType, key: &[u8; 32]) -> Result<Self, NoteError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::BadKey)?;
        if !is_key_name(name) || key.is_weak() {
            return Err(NoteError::BadKey);
        }
        let id = key_id(name, signature_type, key.as_bytes());
        Ok(Self { name: name.to_owned(), id, signature_type, key })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 of (name, newline, type, key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What the key's signatures mean.
    #[must_use]
    pub fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The signature line, newline included, of an Ed25519 signature over a note's text.
    ///
    /// # Errors
    /// [`NoteError::WrongType`] unless the key is of type [`SignatureType::Ed25519`].
    pub fn signature_line(&self, signature: &[u8; 64]) -> Result<String, NoteError> {
        self.require(SignatureType::Ed25519)?;
        Ok(self.line(&[signature]))
    }

    /// The signature line, newline included, of a cosignature over [`cosigned_message`] of the same time.
    ///
    /// # Errors
    /// [`NoteError::WrongType`] unless the key is of type [`SignatureType::Cosignature`].
    pub fn cosignature_line(&self, unix_seconds: u64, signature: &[u8; 64]) -> Result<String, NoteError> {
        self.require(SignatureType::Cosignature)?;
        Ok(self.line(&[&unix_seconds.to_be_bytes(), signature]))
    }

    fn line(&self, parts: &[&[u8]]) -> String {
        let bytes = [&[self.id.as_slice()], parts].concat().concat();
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(bytes))
    }

    fn require(&self, signature_type: SignatureType) -> Result<(), NoteError> {
        if self.signature_type == signature_type { Ok(()) } else { Err(NoteError::WrongType) }
    }
}

impl Note {
    /// Parses a signed note of at most [`MAX_NOTE_LEN`] bytes.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`] and [`NoteError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_LEN {
            return Err(NoteError::TooLarge);
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        if !is_note_text(note) {
            return Err(NoteError::Malformed);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        if signatures.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        let signatures = signatures.split('\n').map(NoteSignature::parse).collect::<Option<_>>();
        Ok(Self { text: format!("{text}\n"), signatures: signatures.ok_or(NoteError::Malformed)? })
    }

    /// The text, final newline included. Unverified.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Verifies the note under a key of type [`SignatureType::Ed25519`] (strictly: RFC 8032, no weak points).
    ///
    /// # Errors
    /// [`NoteError::WrongType`], [`NoteError::NotSigned`]; [`NoteError::BadSignature`] if any signature of the key fails.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        key.require(SignatureType::Ed25519)?;
        let mut found = Err(NoteError::NotSigned);
        for signature in self.signatures_by(key) {
            let signature: &[u8; 64] = signature.try_into().map_err(|_| NoteError::BadSignature)?;
            verify_strict(key, self.text.as_bytes(), signature)?;
            found = Ok(());
        }
        found
    }

    /// Verifies a witness's cosignature and returns its time, in seconds since 1970; the newest if there are several.
    ///
    /// # Errors
    /// As [`Self::verify`], for a key of type [`SignatureType::Cosignature`].
    pub fn verify_cosignature(&self, key: &VerifierKey) -> Result<u64, NoteError> {
        key.require(SignatureType::Cosignature)?;
        let mut newest = None;
        for timestamped in self.signatures_by(key) {
            let (time, signature) = timestamped.split_first_chunk::<8>().ok_or(NoteError::BadSignature)?;
            let signature: &[u8; 64] = signature.try_into().map_err(|_| NoteError::BadSignature)?;
            let time = u64::from_be_bytes(*time);
            if i64::try_from(time).is_err() {
                return Err(NoteError::BadSignature);
            }
            verify_strict(key, cosigned_message(time, &self.text).as_bytes(), signature)?;
            newest = newest.max(Some(time));
        }
        newest.ok_or(NoteError::NotSigned)
    }

    fn signatures_by(&self, key: &VerifierKey) -> impl Iterator<Item = &[u8]> {
        let by_key = |s: &&NoteSignature| s.key_id == key.id && s.name == key.name;
        self.signatures.iter().filter(by_key).map(|s| s.bytes.as_slice())
    }
}

/// The message that a witness signs: `cosignature/v1`, its time in seconds since 1970 (below 2^63), the note's text.
#[must_use]
pub fn cosigned_message(unix_seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {unix_seconds}\n{text}")
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (key_id, bytes) = bytes.split_first_chunk::<4>()?;
        let well_formed = is_key_name(name) && !bytes.is_empty();
        well_formed.then(|| Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        // The name holds no `+`, the base64 may.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(_), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::BadKey)?;
        let (signature_type, key) = match bytes.split_first() {
            Some((0x01, key)) => (SignatureType::Ed25519, key),
            Some((0x04, key)) => (SignatureType::Cosignature, key),
            _ => return Err(NoteError::BadKey),
        };
        let key = Self::new(name, signature_type, key.try_into().map_err(|_| NoteError::BadKey)?)?;
        // Also compares the hash, in lower-case hexadecimal.
        if key.to_string() == vkey { Ok(key) } else { Err(NoteError::BadKey) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed_key = [[self.signature_type.byte()].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(typed_key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl SignatureType {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// Whether text may stand in a note: no control character below U+0020 but newline.
pub(crate) fn is_note_text(text: &str) -> bool {
    text.bytes().all(|byte| byte >= 0x20 || byte == b'\n')
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, signature_type: SignatureType, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', signature_type.byte()])
        .chain_update(key)
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
    [a, b, c, d]
}

fn verify_strict(key: &VerifierKey, message: &[u8], signature: &[u8; 64]) -> Result<(), NoteError> {
    key.key.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| NoteError::BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    const TEXT: &str = "log.example\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

    fn pair(name: &str, signature_type: SignatureType) -> (SigningKey, VerifierKey) {
        let signing = SigningKey::from_bytes(&[9; 32]);
        let key = VerifierKey::new(name, signature_type, signing.verifying_key().as_bytes()).unwrap();
        (signing, key)
    }

    fn signed_by(name: &str) -> (String, VerifierKey) {
        let (signing, key) = pair(name, SignatureType::Ed25519);
        let line = key.signature_line(&signing.sign(TEXT.as_bytes()).to_bytes()).unwrap();
        (format!("{TEXT}\n{line}"), key)
    }

    #[test]
    fn unknown_signature_is_ignored_and_wrong_one_by_a_known_key_refused() {
        let (note, key) = signed_by("log.example");
        Note::parse(note.as_bytes()).unwrap().verify(&key).unwrap();
        let (_, other) = signed_by("other.example");
        let with_stranger = format!("{note}{}", other.signature_line(&[3; 64]).unwrap());
        Note::parse(with_stranger.as_bytes()).unwrap().verify(&key).unwrap();
        assert_eq!(
            Note::parse(with_stranger.as_bytes()).unwrap().verify(&other),
            Err(NoteError::BadSignature)
        );
        let with_second = format!("{note}{}", key.signature_line(&[3; 64]).unwrap());
        assert_eq!(Note::parse(with_second.as_bytes()).unwrap().verify(&key), Err(NoteError::BadSignature));
        assert_eq!(Note::parse(note.as_bytes()).unwrap().verify(&other), Err(NoteError::NotSigned));
    }

    #[test]
    fn every_flipped_bit_of_a_note_is_refused() {
        let (note, key) = signed_by("log.example");
        for bit in 0..note.len() * 8 {
            let mut bytes = note.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Note::parse(&bytes).and_then(|note| note.verify(&key)).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn malformed_note_is_refused() {
        let (note, _) = signed_by("log.example");
        let line = note.rsplit_once("\n\n").unwrap().1;
        for bad in [
            "",
            "\n",
            "\n\n",
            TEXT,
            "text\n\n",
            note.trim_end(),
            &format!("{note}\n"),
            &note.replace(" log", "  log"),
            &note.replace("log.example ", "log+example "),
            &note.replace('\u{2014}', "-"),
            &note.replace("\n7", "\r\n7"),
            &note.replace('=', ""),
            "text\n\n\u{2014} a AAAAAA==\n",
        ] {
            assert_eq!(Note::parse(bad.as_bytes()), Err(NoteError::Malformed), "{bad:?}");
        }
        assert_eq!(Note::parse(&[0xff, b'\n']), Err(NoteError::Malformed));
        assert_eq!(Note::parse(&vec![b'a'; MAX_NOTE_LEN + 1]), Err(NoteError::TooLarge));
        assert!(Note::parse(format!("{TEXT}\n{}", line.repeat(64)).as_bytes()).is_ok());
        assert_eq!(Note::parse(format!("{TEXT}\n{}", line.repeat(65)).as_bytes()), Err(NoteError::TooLarge));
    }

    #[test]
    fn cosignature_binds_its_time_and_never_verifies_as_a_log_signature() {
        let (signing, key) = pair("witness.example", SignatureType::Cosignature);
        let signature = signing.sign(cosigned_message(1_679_315_147, TEXT).as_bytes()).to_bytes();
        let note = |time| {
            Note::parse(format!("{TEXT}\n{}", key.cosignature_line(time, &signature).unwrap()).as_bytes())
                .unwrap()
        };
        assert_eq!(note(1_679_315_147).verify_cosignature(&key), Ok(1_679_315_147));
        assert_eq!(note(1_679_315_148).verify_cosignature(&key), Err(NoteError::BadSignature));
        assert_eq!(note(u64::MAX).verify_cosignature(&key), Err(NoteError::BadSignature));
        assert_eq!(note(1_679_315_147).verify(&key), Err(NoteError::WrongType));
        let (_, log_key) = pair("witness.example", SignatureType::Ed25519);
        assert_eq!(note(1_679_315_147).verify(&log_key), Err(NoteError::NotSigned));
    }

    #[test]
    fn verifier_key_of_another_spelling_is_refused() {
        let (_, key) = pair("log.example", SignatureType::Ed25519);
        let vkey = key.to_string();
        assert_eq!(vkey.parse::<VerifierKey>().unwrap(), key);
        let (name, rest) = vkey.split_once('+').unwrap();
        let (hash, encoded) = rest.split_once('+').unwrap();
        let typed = |byte: u8| STANDARD.encode([[byte].as_slice(), key.as_bytes()].concat());
        for bad in [
            String::new(),
            format!("{name}+{hash}"),
            format!("+{hash}+{encoded}"),
            format!("other+{hash}+{encoded}"),
            format!("{name}+00{hash}+{encoded}"),
            format!("{name}+{hash}+{encoded}="),
            format!("{name}+{hash}+{}", typed(0x02)),
            format!("{name}+{hash}+{}", typed(0x04)),
            format!("{vkey} "),
        ] {
            assert_eq!(bad.parse::<VerifierKey>(), Err(NoteError::BadKey), "{bad}");
        }
        assert_eq!(
            VerifierKey::new("small.example", SignatureType::Ed25519, &[0; 32]),
            Err(NoteError::BadKey)
        );
    }
}

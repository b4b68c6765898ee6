//! Signed notes (c2sp.org/signed-note): text signed by named Ed25519 keys.
//!
//! Two signature types are known: 0x01, Ed25519 over the text, and 0x04, the timestamped cosignature of a witness
//! (c2sp.org/tlog-cosignature). Signatures by other keys are ignored, as the specification demands. Nothing here signs:
//! the text to be signed goes out, the 64-byte signature comes in, a line is made of both.

mod error;
mod key;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use error::{MAX_NOTE_LEN, MAX_SIGNATURES, NoteError};
pub use key::{SignatureType, VerifierKey};

use key::is_key_name;

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
            key.verify_strict(self.text.as_bytes(), signature)?;
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
            key.verify_strict(cosigned_message(time, &self.text).as_bytes(), signature)?;
            newest = newest.max(Some(time));
        }
        newest.ok_or(NoteError::NotSigned)
    }

    fn signatures_by(&self, key: &VerifierKey) -> impl Iterator<Item = &[u8]> {
        let by_key = |s: &&NoteSignature| s.key_id == key.id() && s.name == key.name();
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

/// Whether text may stand in a note: no control character below U+0020 but newline.
pub(crate) fn is_note_text(text: &str) -> bool {
    text.bytes().all(|byte| byte >= 0x20 || byte == b'\n')
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
}

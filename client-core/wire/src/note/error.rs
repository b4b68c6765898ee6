//! Why bytes are no note, or no trusted one, and how long a note may be.

use crate::StableCode;

/// The greatest size of a signed note, in bytes.
pub const MAX_NOTE_LEN: usize = 64 * 1024;

/// The greatest number of signature lines in a note.
pub const MAX_SIGNATURES: usize = 64;

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

//! Checkpoints of a log (c2sp.org/tlog-checkpoint): its origin, size and root, signed by the log, cosigned by witnesses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::StableCode;
use crate::note::{Note, NoteError, VerifierKey, is_note_text};
use crate::tree::{ConsistencyProof, Consistent, ProofError, TreeRoot};

/// The state of a log at one size. By itself it proves nothing: see [`VerifiedCheckpoint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: TreeRoot,
    extensions: Vec<String>,
}

/// A checkpoint with its signatures, well formed, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

/// A checkpoint that its log has signed. Only [`SignedCheckpoint::verify`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint(SignedCheckpoint);

/// Why a checkpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The signed note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not that of a checkpoint.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// The checkpoint is of another log than the key or the older checkpoint.
    #[error("the checkpoint is of another log")]
    OtherOrigin,
    /// The log does not extend what it showed before.
    #[error("the checkpoint is not consistent with an older one: {0}")]
    Inconsistent(ProofError),
}

impl StableCode for CheckpointError {
    fn code(&self) -> &'static str {
        match self {
            Self::Note(error) => error.code(),
            Self::Malformed => "checkpoint-malformed",
            Self::OtherOrigin => "checkpoint-other-origin",
            Self::Inconsistent(_) => "checkpoint-inconsistent",
        }
    }
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] for an origin that is empty or holds control characters, and for an empty tree
    /// with another root than [`TreeRoot::EMPTY`].
    pub fn new(origin: &str, size: u64, root: TreeRoot) -> Result<Self, CheckpointError> {
        let checkpoint = Self { origin: origin.to_owned(), size, root, extensions: Vec::new() };
        if Self::parse(&checkpoint.to_text()).as_ref() == Ok(&checkpoint) {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Malformed)
        }
    }

    /// Parses the text of a note: origin, decimal size, base64 root, extension lines; each ended by a newline.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] for any other spelling.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        Self::parse_lines(text).ok_or(CheckpointError::Malformed)
    }

    fn parse_lines(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if !is_note_text(text) || origin.is_empty() || extensions.iter().any(String::is_empty) {
            return None;
        }
        let number: u64 = size.parse().ok()?;
        let root = TreeRoot::from_bytes(STANDARD.decode(root).ok()?.try_into().ok()?);
        // `parse` alone would take a leading zero or plus sign.
        let canonical = number.to_string() == size && (number != 0 || root == TreeRoot::EMPTY);
        canonical.then(|| Self { origin: origin.to_owned(), size: number, root, extensions })
    }

    /// The text of the note: what the log signs.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.as_bytes()));
        self.extensions.iter().for_each(|line| text.extend([line.as_str(), "\n"]));
        text
    }

    /// The whole signed note, of the text and one or more signature lines (see [`VerifierKey::signature_line`]).
    #[must_use]
    pub fn to_signed(&self, signature_lines: &[String]) -> String {
        format!("{}\n{}", self.to_text(), signature_lines.concat())
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree of that size.
    #[must_use]
    pub fn root(&self) -> &TreeRoot {
        &self.root
    }

    /// Lines after the third. Opaque.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl SignedCheckpoint {
    /// Parses a signed note whose text is a checkpoint; at most 64 KiB.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] and [`CheckpointError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// Verifies the log's signature. The key's name must be the checkpoint's origin.
    ///
    /// # Errors
    /// [`CheckpointError::OtherOrigin`] and [`CheckpointError::Note`].
    pub fn verify(self, log: &VerifierKey) -> Result<VerifiedCheckpoint, CheckpointError> {
        if self.checkpoint.origin != log.name() {
            return Err(CheckpointError::OtherOrigin);
        }
        self.note.verify(log)?;
        Ok(VerifiedCheckpoint(self))
    }
}

impl VerifiedCheckpoint {
    /// The checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0.checkpoint
    }

    /// The note's text, for a witness to cosign (see [`crate::note::cosigned_message`]).
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.note.text()
    }

    /// Verifies a witness's cosignature and returns its time, in seconds since 1970.
    ///
    /// # Errors
    /// [`CheckpointError::Note`].
    pub fn cosigned_by(&self, witness: &VerifierKey) -> Result<u64, CheckpointError> {
        Ok(self.0.note.verify_cosignature(witness)?)
    }

    /// Verifies that this checkpoint extends an older, not empty one of the same log.
    ///
    /// # Errors
    /// [`CheckpointError::OtherOrigin`]; [`CheckpointError::Inconsistent`], also where `older` is the larger one.
    pub fn extends(&self, older: &Self, proof: &ConsistencyProof) -> Result<Consistent, CheckpointError> {
        let (old, new) = (older.checkpoint(), self.checkpoint());
        if old.origin != new.origin {
            return Err(CheckpointError::OtherOrigin);
        }
        proof.verify(old.size, &old.root, new.size, &new.root).map_err(CheckpointError::Inconsistent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoint_of_another_spelling_is_refused() {
        let root = STANDARD.encode([7; 32]);
        let good = format!("log.example\n7\n{root}\n");
        assert_eq!(Checkpoint::parse(&good).unwrap().to_text(), good);
        let extended = format!("{good}extension\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().to_text(), extended);
        for bad in [
            String::new(),
            "\n".into(),
            good.trim_end().into(),
            good.replace("log.example", ""),
            good.replace('7', "07"),
            good.replace('7', "+7"),
            good.replace('7', "-7"),
            good.replace('7', ""),
            good.replace('7', "18446744073709551616"),
            good.replace('7', "0"),
            good.replace('=', ""),
            good.replace(&root, &STANDARD.encode([7; 31])),
            format!("{good}\n"),
            format!("{good}\nextension\n"),
        ] {
            assert_eq!(Checkpoint::parse(&bad), Err(CheckpointError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn origin_with_a_newline_is_refused() {
        for origin in ["", "a\n", "a\n5", "a\tb"] {
            assert_eq!(
                Checkpoint::new(origin, 1, TreeRoot::from_bytes([7; 32])),
                Err(CheckpointError::Malformed)
            );
        }
        assert!(Checkpoint::new("a b", 0, TreeRoot::EMPTY).is_ok());
    }
}

//! Log leaves: what the one log of a server says of a vault's history.
//!
//! ```text
//! leaf  = tag_n || root_n
//! tag_n = HMAC-SHA-256(vault log salt, n as 8 bytes, big-endian)
//! ```
//! `root_n` is the RFC 6962 root over the hashes of the vault's first n statements. Without the salt, which the server and the
//! holders of the vault's secret know, leaves say nothing about whose they are; a tag seen twice is a public proof of a fork.
//!
//! The first leaf of a successor log commits to the last known checkpoint of the log before it:
//! ```text
//! leaf = SHA-256("carnet/v1/succession" || old origin) || SHA-256(the signed note of that checkpoint)
//! ```

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::id::StatementHash;
use crate::origin::Origin;
use crate::tree::{LeafHash, TreeRoot};

/// The salt of one vault's log tags: 32 random bytes, known to the server. Not a key to anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSalt([u8; 32]);

/// One leaf of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLeaf {
    tag: [u8; 32],
    root: TreeRoot,
}

impl LogSalt {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The tag of a vault's history at `n` statements.
    #[must_use]
    #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn tag(&self, n: u64) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length");
        mac.chain_update(n.to_be_bytes()).finalize().into_bytes().into()
    }
}

impl LogLeaf {
    /// The leaf of a vault's history at `n` statements.
    #[must_use]
    pub fn new(salt: &LogSalt, n: u64, root: TreeRoot) -> Self {
        Self { tag: salt.tag(n), root }
    }

    /// The first leaf of the log that succeeds `old`, whose last known checkpoint is this signed note, byte for byte.
    #[must_use]
    pub fn succession(old: &Origin, last_checkpoint: &[u8]) -> Self {
        let tag = Sha256::new().chain_update(SUCCESSION).chain_update(old.as_str()).finalize();
        Self { tag: tag.into(), root: TreeRoot::from_bytes(Sha256::digest(last_checkpoint).into()) }
    }

    /// A leaf as a log gives it to somebody who does not know the salt.
    #[must_use]
    pub const fn from_parts(tag: [u8; 32], root: TreeRoot) -> Self {
        Self { tag, root }
    }

    /// The root of the history that it names.
    #[must_use]
    pub const fn root(&self) -> &TreeRoot {
        &self.root
    }

    /// Its 64 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        let (tag, root) = bytes.split_at_mut(32);
        tag.copy_from_slice(&self.tag);
        root.copy_from_slice(self.root.as_bytes());
        bytes
    }

    /// Its hash in the log's tree.
    #[must_use]
    pub fn hash(&self) -> LeafHash {
        LeafHash::of(&self.to_bytes())
    }
}

/// The leaf of a statement in its vault's tree: the hash of its hash, so that an erased statement leaves the tree whole.
#[must_use]
pub fn history_leaf(statement: &StatementHash) -> LeafHash {
    LeafHash::of(statement.as_bytes())
}

const SUCCESSION: &[u8] = b"carnet/v1/succession";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn succession_of_another_log_or_checkpoint_is_another_leaf() {
        let origin = |name| Origin::parse(name).unwrap();
        let leaf = LogLeaf::succession(&origin("carnet.example/log"), b"note");
        assert_ne!(leaf, LogLeaf::succession(&origin("carnet.example/log2"), b"note"));
        assert_ne!(leaf, LogLeaf::succession(&origin("carnet.example/log"), b"notes"));
        assert_eq!(leaf.to_bytes()[32..], Sha256::digest(b"note")[..]);
    }

    #[test]
    fn tags_of_two_numbers_or_two_salts_differ() {
        let (one, two) = (LogSalt::from_bytes([1; 32]), LogSalt::from_bytes([2; 32]));
        assert_ne!(one.tag(1), one.tag(2));
        assert_ne!(one.tag(1), two.tag(1));
        let leaf = LogLeaf::new(&one, 1, TreeRoot::EMPTY);
        assert_eq!(leaf.to_bytes()[..32], one.tag(1));
        assert_eq!(leaf.to_bytes()[32..], TreeRoot::EMPTY.as_bytes()[..]);
    }
}

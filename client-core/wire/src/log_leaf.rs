//! Log leaves: what the one log of a server says of a vault's history.
//!
//! ```text
//! leaf  = tag_n || root_n
//! tag_n = HMAC-SHA-256(vault log salt, n as 8 bytes, big-endian)
//! ```
//! `root_n` is the RFC 6962 root over the hashes of the vault's first n statements. Without the salt, which the server and the
//! holders of the vault's secret know, leaves say nothing about whose they are; a tag seen twice is a public proof of a fork.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::id::StatementHash;
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! The kinds of records. The number is the first byte of a key on disk and never changes its meaning.

/// What kind of record a key names, and how its suffix is made. `n` is a number as 8 bytes, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// A history's head: its size, frontier, salt. Partition: the vault or account; no suffix.
    Head,
    /// Statements of a history. Suffix: n.
    Statement,
    /// The number of a statement. Suffix: its hash.
    Number,
    /// Interior nodes of a history's tree. Suffix: level (1 byte), index (n).
    Node,
    /// Leaves that wait for the log. Suffix: n.
    Queue,
    /// Places in the log. Suffix: n.
    Place,
    /// Statements of a chain or a line. Suffix: n.
    Chain,
    /// Versions of entries. Suffix: entry, version (n).
    Version,
    /// The newest descriptions of versions. Suffix: entry, version (n).
    Describe,
    /// Grants. Suffix: reader, entry, version (n), statement hash.
    Grant,
    /// Hashes of the statements that revoke. Suffix: reader, entry or zeros.
    Revoked,
    /// Hashes of the statements that delete. Suffix: entry.
    Deleted,
    /// Which versions use a payload. Suffix: payload root, entry, version (n), statement hash.
    Payload,
    /// Rows written before the statement that makes them visible. Suffix: statement hash, chunk (n).
    Stage,
    /// First deposits that wait for the holder. Suffix: statement hash.
    Waiting,
    /// Vaults in which an account has something to read, or that it holds. Suffix: vault.
    Inbox,
    /// Sessions. Partition: SHA-256 of the token; no suffix.
    Session,
    /// Challenges that have been answered. Partition: the challenge; no suffix.
    Challenge,
    /// Sealed slots of an account. Suffix: slot.
    Slot,
    /// An account's sealed keyring. No suffix.
    Keyring,
    /// Login records. Partition: the login name; no suffix.
    Login,
    /// Pairing mailboxes. Partition: the mailbox; suffix: 0 for the offer, 1 for the parcel.
    Pairing,
    /// The attestations of an account. Suffix: n of the statement.
    Attestation,
    /// Words of the directory. Partition: zeros; suffix: field (1 byte), folded word, 0, account.
    Directory,
    /// The log's state. Partition: SHA-256 of its origin; suffix by the log's own rules.
    Log,
    /// Hash tiles, as wide as they are. Partition: SHA-256 of the origin; suffix: level (1 byte), index (n).
    Tile,
    /// Entry bundles, as wide as they are. Partition: SHA-256 of the origin; suffix: index (n).
    Bundle,
    /// What the operator's commands leave for the server: markers of backups and restores. Partition: zeros.
    Operation,
    /// Depositors whom the holder has accepted once. Suffix: actor.
    Met,
}

impl Space {
    /// All spaces, in the order of their numbers.
    pub const ALL: [Self; 29] = [
        Self::Head,
        Self::Statement,
        Self::Number,
        Self::Node,
        Self::Queue,
        Self::Place,
        Self::Chain,
        Self::Version,
        Self::Describe,
        Self::Grant,
        Self::Revoked,
        Self::Deleted,
        Self::Payload,
        Self::Stage,
        Self::Waiting,
        Self::Inbox,
        Self::Session,
        Self::Challenge,
        Self::Slot,
        Self::Keyring,
        Self::Login,
        Self::Pairing,
        Self::Attestation,
        Self::Directory,
        Self::Log,
        Self::Tile,
        Self::Bundle,
        Self::Operation,
        Self::Met,
    ];

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The space of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|space| space.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_list() {
        for (place, space) in Space::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(space.number()), place + 1);
            assert_eq!(Space::from_number(space.number()), Some(space));
        }
        assert_eq!(Space::from_number(0), None);
        assert_eq!(Space::from_number(30), None);
    }
}

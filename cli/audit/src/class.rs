//! What a byte is.

use serde::Serialize;

/// What a byte is. Every byte of a folder is of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Ciphertext: payloads, manifests, headers of grants, slots, keyrings, parcels.
    Sealed,
    /// Public by law: who is a professional.
    Law,
    /// Public keys.
    PublicKeys,
    /// Identifiers and hashes.
    Ids,
    /// Times, sizes, counters, choices among few.
    Numbers,
    /// Signatures.
    Signatures,
    /// Words of the format and the log's name: the same in every statement.
    Words,
    /// How values are put together: CBOR, names of fields.
    Format,
    /// Checksums against accidents.
    Checksums,
    /// The server's own secrets: they open nothing that is sealed.
    ServerKeys,
    /// What the engine adds: pages, free space, old versions of rows.
    Engine,
    /// What this version does not know: always a finding.
    Unknown,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Sealed,
        Self::Law,
        Self::PublicKeys,
        Self::Ids,
        Self::Numbers,
        Self::Signatures,
        Self::Words,
        Self::Format,
        Self::Checksums,
        Self::ServerKeys,
        Self::Engine,
        Self::Unknown,
    ];
}

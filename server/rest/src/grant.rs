//! One grant.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use carnet_wire::id::StatementHash;

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantRecord {
    /// The deposit of the version that it opens.
    #[n(0)]
    pub deposit: StatementHash,
    /// The leaf.
    #[n(1)]
    pub leaf: ByteVec,
    /// Its path.
    #[n(2)]
    pub path: ByteVec,
    /// The header.
    #[n(3)]
    pub header: ByteVec,
}

//! A statement as it is kept.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use carnet_wire::id::StatementHash;

/// A statement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// Its hash.
    #[n(0)]
    pub hash: StatementHash,
    /// Its bytes, until they are erased.
    #[n(1)]
    pub bytes: Option<ByteVec>,
    /// Its receipt: a repeated request gets the same.
    #[n(2)]
    pub receipt: ByteVec,
    /// When it was accepted, in milliseconds since 1970.
    #[n(3)]
    pub time: u64,
}

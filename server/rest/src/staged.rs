//! Rows written before the statement that makes them visible.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// What one chunk of a stage has written.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Staged {
    /// When, in milliseconds since 1970.
    #[n(0)]
    pub time: u64,
    /// The keys, as their bytes.
    #[n(1)]
    pub keys: Vec<ByteVec>,
}

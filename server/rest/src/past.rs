//! A log before another.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use carnet_wire::origin::Origin;

/// A log before this one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Past {
    /// Its origin.
    #[n(0)]
    pub origin: Origin,
    /// Its key.
    #[n(1)]
    pub key: ByteArray<32>,
    /// The signed note that this log's first leaf commits to.
    #[n(2)]
    pub last: ByteVec,
    /// How many of its leaves are kept.
    #[n(3)]
    pub kept: u64,
}

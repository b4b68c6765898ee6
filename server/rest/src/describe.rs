//! The newest description of a version.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use carnet_wire::id::StatementHash;

/// The newest description of a version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DescribeRecord {
    /// The statement.
    #[n(0)]
    pub describe: StatementHash,
    /// The sealed manifest.
    #[n(1)]
    pub manifest: ByteVec,
}

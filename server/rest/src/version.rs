//! One version of an entry.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use carnet_wire::id::{ActorId, PayloadRoot, StatementHash};

/// One version of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VersionRecord {
    /// The deposit.
    #[n(0)]
    pub deposit: StatementHash,
    /// Its place among the deposit's items.
    #[n(1)]
    pub item: u32,
    /// Who deposited it.
    #[n(2)]
    pub actor: ActorId,
    /// The payload.
    #[n(3)]
    pub payload: PayloadRoot,
    /// Its length in bytes.
    #[n(4)]
    pub payload_len: u64,
    /// Its first 16 bytes.
    #[n(5)]
    pub nonce: ByteArray<16>,
    /// The sealed manifest of the deposit.
    #[n(6)]
    pub manifest: ByteVec,
}

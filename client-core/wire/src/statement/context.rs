//! What every statement in a vault says first.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::id::{ActorId, VaultId};

/// What every statement in a vault says first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Context {
    /// The vault.
    #[n(0)]
    pub vault: VaultId,
    /// Who acts.
    #[n(1)]
    pub actor: ActorId,
    /// The moment the signer claims, in milliseconds since 1970.
    #[n(2)]
    pub time: u64,
    /// The newest state of the vault's history that the signer has verified.
    #[n(3)]
    pub pin: Option<Pin>,
}

/// A state of a vault's history: the number of its statements and the RFC 6962 root over their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pin {
    /// Number of statements.
    #[n(0)]
    pub size: u64,
    /// Root over their hashes.
    #[n(1)]
    pub root: ByteArray<32>,
}

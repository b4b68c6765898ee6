//! Open sessions. The key holds SHA-256 of the token: the token itself is kept nowhere.

use minicbor::{Decode, Encode};

use carnet_wire::id::{AccountId, ActorId, KeyId, VaultId};

/// Who has opened a session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Who {
    /// A device of an account, by its key.
    #[n(0)]
    Device(#[n(0)] AccountId, #[n(1)] KeyId),
    /// A slot of an account: it may fetch that account's slots and nothing else.
    #[n(1)]
    Slot(#[n(0)] AccountId),
    /// The letter that holds a vault, until the vault is activated.
    #[n(2)]
    Letter(#[n(0)] VaultId, #[n(1)] ActorId),
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// Who.
    #[n(0)]
    pub who: Who,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    pub expires: u64,
}

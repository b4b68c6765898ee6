//! First deposits that wait for the holder.

use minicbor::{Decode, Encode};

use carnet_wire::id::ActorId;

/// A first deposit that waits for the holder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Waiting {
    /// Who deposited it.
    #[n(0)]
    pub actor: ActorId,
    /// How large it is.
    #[n(1)]
    pub bytes: u64,
}

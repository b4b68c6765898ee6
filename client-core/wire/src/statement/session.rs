//! The answer to a login challenge. It is never logged, and no statement of another kind can be passed off as one.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::limits::{self, LimitError};
use super::{Body, Kind};
use crate::id::ActorId;

/// Opens a session: signed by a device, or by a slot's login key for that account's slots only.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// Who opens it: an account id, or the name of a login record.
    #[n(0)]
    pub actor: ActorId,
    /// The server's challenge, used once.
    #[n(1)]
    pub challenge: ByteArray<32>,
    /// Claimed time, in milliseconds since 1970.
    #[n(2)]
    pub time: u64,
}

impl Body for Session {
    const KIND: Kind = Kind::Session;

    fn check(&self) -> Result<(), LimitError> {
        limits::time(self.time)
    }
}

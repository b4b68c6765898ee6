//! The mailbox of a pairing: an offer goes in, a parcel comes out once. What is in it, [`pairing`](crate::account::pairing) checks.

use carnet_wire::message::{Body, Method};

use super::{Ask, AwaitBytes, AwaitDone};
use crate::account::pairing::NewDevice;
use crate::account::pairing_code::PairingCode;

/// The mailbox that a code opens, for ten minutes.
#[derive(Debug, Clone, Copy)]
pub struct Mailbox(PairingCode);

impl Mailbox {
    /// Most bytes of an offer, and of a parcel.
    pub const MAX_OFFER: usize = 2048;
    /// A keyring of 16,384 generations, sealed.
    pub const MAX_PARCEL: usize = 560 * 1024;

    /// The mailbox of a code.
    #[must_use]
    pub fn of(code: PairingCode) -> Self {
        Self(code)
    }

    /// The new device puts its offer in. No session is needed.
    pub fn put_offer(device: &NewDevice) -> Ask<AwaitDone> {
        let path = Self(device.code()).path();
        AwaitDone::ask(Method::Put, path, Body::Bytes(device.offer().to_vec()))
    }

    /// The old device fetches the offer.
    pub fn get_offer(self) -> Ask<AwaitBytes> {
        AwaitBytes::ask(Method::Get, self.path(), Self::MAX_OFFER)
    }

    /// The old device puts the parcel in.
    pub fn put_parcel(self, parcel: Vec<u8>) -> Ask<AwaitDone> {
        AwaitDone::ask(Method::Put, format!("{}/parcel", self.path()), Body::Bytes(parcel))
    }

    /// The new device takes the parcel, which is then gone; `absent` while there is none. No session is needed.
    pub fn take_parcel(self) -> Ask<AwaitBytes> {
        AwaitBytes::ask(Method::Delete, format!("{}/parcel", self.path()), Self::MAX_PARCEL)
    }

    fn path(&self) -> String {
        let name: String = self.0.mailbox().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/v1/pairings/{name}")
    }
}

//! A short payload that goes along with its statement: one request instead of three.

use carnet_wire::id::PayloadRoot;

use crate::seal::Sealed;

/// The bytes of one sealed version, known to be those that were sealed.
#[derive(Debug, Clone, Copy)]
pub struct Carried<'a> {
    root: PayloadRoot,
    bytes: &'a [u8],
}

impl<'a> Carried<'a> {
    /// Most bytes of one: a longer one is uploaded, so that a broken line can continue.
    pub const LONGEST: usize = 1024 * 1024;
    /// Most bytes of all that go along with one statement.
    pub const MOST: usize = 8 * 1024 * 1024;

    /// Compares bytes with what was sealed; nothing where one differs, or where there are more than [`Carried::LONGEST`].
    #[must_use]
    pub fn check(sealed: &Sealed, bytes: &'a [u8]) -> Option<Self> {
        let item = sealed.item();
        let same = bytes.len() as u64 == item.payload_len
            && blake3::hash(bytes).as_bytes() == item.payload.as_bytes();
        (same && bytes.len() <= Self::LONGEST).then_some(Self { root: item.payload, bytes })
    }

    /// The payload.
    #[must_use]
    pub fn root(&self) -> &PayloadRoot {
        &self.root
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

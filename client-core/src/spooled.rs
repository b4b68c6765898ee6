//! Spools: the bytes of a sealed version in a file, known to be those that were sealed.

use std::io::{self, Read};

use carnet_wire::id::PayloadRoot;
use carnet_wire::statement::DepositItem;

use crate::digest;
use crate::stream::sealed::SealedPayload;

/// The spooled bytes of one sealed version, known to be those that were sealed: written by this process
/// ([`Document::seal_spool`](crate::document::Document::seal_spool)), or compared.
#[derive(Debug, Clone)]
pub struct Spooled {
    root: PayloadRoot,
    len: u64,
}

impl Spooled {
    /// Bytes that this process has written as it sealed them.
    pub(crate) const fn just_sealed(payload: &SealedPayload) -> Self {
        Self { root: payload.root, len: payload.len.stored() }
    }

    /// Reads the spool once and compares it with what was sealed; nothing where a byte differs, is missing or is one too many.
    ///
    /// # Errors
    /// An I/O error of the spool.
    pub fn check<R: Read>(item: &DepositItem, spool: R) -> io::Result<Option<Self>> {
        let (hash, len) = digest::hash_reader(spool, item.payload_len)?;
        let same = len == item.payload_len && hash.as_bytes() == item.payload.as_bytes();
        Ok(same.then_some(Self { root: item.payload, len }))
    }

    /// BLAKE3 of its bytes.
    #[must_use]
    pub const fn root(&self) -> &PayloadRoot {
        &self.root
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn payload_len(&self) -> u64 {
        self.len
    }
}

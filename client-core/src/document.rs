//! Documents: what a person sees, before sealing and after opening.

use std::io::Read;

use carnet_wire::id::{EntryId, StatementHash, VaultId};

use crate::account::VerifiedAccount;
use crate::authored::Description;
use crate::manifest::{Described, HolderPart};
use crate::reader::ReaderKeys;
use crate::secret::{NoRandomness, make_random};
use crate::signer::DeviceKey;

/// A content with its description. `C` is the content: bytes, or anything that can be read.
#[derive(Clone)]
pub struct Document<C> {
    /// What its author says of it.
    pub description: Description,
    /// What its holder adds.
    pub holder: HolderPart,
    /// The content.
    pub content: C,
}

impl<C> core::fmt::Debug for Document<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Document(..)")
    }
}

impl<C: Read> Document<C> {
    /// A content with a description, and nothing of the holder's yet.
    #[must_use]
    pub fn new(description: Description, content: C) -> Self {
        Self { description, holder: HolderPart::default(), content }
    }
}

/// Where a version goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The vault.
    pub vault: VaultId,
    /// The entry.
    pub entry: EntryId,
    /// The version.
    pub version: u64,
    /// The deposit statement of the version before; absent for version 1.
    pub predecessor: Option<StatementHash>,
    /// The class of deposit that the vault's policy knows.
    pub class: u16,
}

impl Place {
    /// A new entry, made at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_entry(vault: VaultId, class: u16, now: u64) -> Result<Self, NoRandomness> {
        let entry = EntryId::from_time_and_random(now, &make_random()?);
        Ok(Self { vault, entry, version: 1, predecessor: None, class })
    }

    pub(crate) fn described(&self) -> Described {
        Described { vault: self.vault, entry: self.entry, version: self.version }
    }
}

/// Who writes and deposits: an account, the keys of its newest generation, and the device that signs the deposit.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The account.
    pub account: &'a VerifiedAccount,
    /// The keys of its newest generation, which sign what it writes.
    pub keys: &'a ReaderKeys,
    /// The device, which signs what it does.
    pub device: &'a DeviceKey,
}

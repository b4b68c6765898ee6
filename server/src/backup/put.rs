//! Puts the payloads of a backup that has been verified into a server's folder.

use std::io;
use std::path::Path;

use super::place::Target;
use super::{Backup, Named, RECORDS, open};

/// What a restore put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Records.
    pub rows: u64,
    /// Payloads.
    pub payloads: u64,
    /// Payloads that were missing when the backup was made, and still are.
    pub missing: u64,
    /// Leaves of the log.
    pub leaves: u64,
}

impl Backup {
    /// Puts the payloads into `folder`, durably.
    ///
    /// # Errors
    /// Those of the system, and where the backup has changed since it was verified.
    pub fn put_payloads(&self, folder: &Path) -> io::Result<Restored> {
        let mut target = Target::new(folder)?;
        let mut named = Named::default();
        let mut payloads = 0;
        for row in open(self.folder(), RECORDS)? {
            let Some(payload) = named.next(&row?) else { continue };
            if target.take(self.folder(), &payload, None)? {
                payloads += 1;
            }
        }
        target.finish()?;
        if payloads != self.manifest.payloads.count {
            return Err(io::Error::other("the backup changes while it is restored"));
        }
        let leaves = self.manifest.checkpoint.map_or(0, |(size, _)| size);
        Ok(Restored { rows: self.manifest.records.rows, payloads, missing: self.manifest.missing, leaves })
    }
}

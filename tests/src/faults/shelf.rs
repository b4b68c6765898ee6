//! What a vault holds, if the server keeps its word.

use std::collections::BTreeMap;

use carnet_wire::id::{EntryId, ReaderId, StatementHash};
use carnet_wire::log_leaf::history_leaf;
use carnet_wire::statement::DepositItem;
use carnet_wire::tree::Tree;

use super::made::{Blob, Change};

/// What was acknowledged of one vault.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Entries, deleted ones too.
    pub entries: BTreeMap<EntryId, Kept>,
    /// Who reads what: the newest version granted, and by which statement.
    pub grants: BTreeMap<(ReaderId, EntryId), (u64, StatementHash)>,
    /// The tree over all statements.
    pub history: Tree,
}

/// One entry.
#[derive(Debug, Default)]
pub struct Kept {
    /// Its versions, from the first.
    pub versions: Vec<Version>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// One version.
#[derive(Debug)]
pub struct Version {
    /// The statement that put it there.
    pub deposit: StatementHash,
    /// What that says of it.
    pub item: DepositItem,
    /// Its payload.
    pub payload: Blob,
    /// Its manifest of now.
    pub manifest: Blob,
    /// The statement that its manifest came with, where that is not the deposit.
    pub describe: Option<StatementHash>,
}

impl Shelf {
    /// Adds the next statement.
    pub fn apply(&mut self, hash: StatementHash, change: &Change) {
        self.history.append(history_leaf(&hash));
        match change {
            Change::Deposit(items, opens) => {
                for one in items {
                    self.entries.entry(one.item.entry).or_default().versions.push(Version {
                        deposit: hash,
                        item: one.item.clone(),
                        payload: one.payload,
                        manifest: one.manifest,
                        describe: None,
                    });
                }
                self.open(hash, opens);
            }
            Change::Grant(opens) => self.open(hash, opens),
            Change::Describe(entry, manifest) => {
                let version = self.entries.get_mut(entry).unwrap().versions.last_mut().unwrap();
                (version.manifest, version.describe) = (*manifest, Some(hash));
            }
            Change::Revoke(revoked) => {
                let gone = |reader: &ReaderId, entry: &EntryId| {
                    revoked
                        .iter()
                        .any(|(from, what)| from == reader && what.is_none_or(|what| what == *entry))
                };
                self.grants.retain(|(reader, entry), _| !gone(reader, entry));
            }
            Change::Delete(entries) => {
                for entry in entries {
                    self.entries.get_mut(entry).unwrap().deleted = true;
                }
                self.grants.retain(|(_, entry), _| !entries.contains(entry));
            }
        }
    }

    fn open(&mut self, hash: StatementHash, opens: &[super::made::Opens]) {
        for (reader, entry, version) in opens {
            self.grants.insert((*reader, *entry), (*version, hash));
        }
    }

    /// The entries that are there, with their newest versions.
    pub fn live(&self) -> impl Iterator<Item = (&EntryId, &Version)> {
        let live = self.entries.iter().filter(|(_, kept)| !kept.deleted);
        live.map(|(entry, kept)| (entry, kept.versions.last().unwrap()))
    }
}

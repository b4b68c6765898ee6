//! `Stored → Verified`: what a server gave, checked against the chains that this client has verified. No key is needed yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use carnet_wire::cbor;
use carnet_wire::grant::Grant as Header;
use carnet_wire::grant_leaf::{GrantLeaf, GrantPath};
use carnet_wire::id::{Digest, EntryId, StatementHash};
use carnet_wire::payload::{PayloadLen, PayloadNonce};
use carnet_wire::statement::{self, Activate, Deposit, DepositItem, Describe, Grant, GrantBatch, Statement};

use crate::account::Accounts;
use crate::manifest::Described;
use crate::open::OpenError;
use crate::position::Signed;
use crate::vault::{Ground, VaultError, VerifiedVault};

/// One version of an entry as a server gives it to a reader: bytes, none of them believed.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The deposit statement.
    pub deposit: Signed,
    /// The newest describe statement, if the manifest has been replaced.
    pub describe: Option<Signed>,
    /// The grant statement, if the reader's grant did not come with the deposit.
    pub grant: Option<Signed>,
    /// The reader's leaf.
    pub leaf: Vec<u8>,
    /// The leaf's path in its batch: [`GrantPath`] in CBOR.
    pub path: Vec<u8>,
    /// The detached age header.
    pub header: Vec<u8>,
    /// The sealed manifest.
    pub manifest: Vec<u8>,
    /// The payload's first 16 bytes. The key commitment authenticates them, so that a range needs no other part of the payload.
    pub nonce: PayloadNonce,
    /// The deposit statement of the next version, where the server shows one. That it shows none proves nothing: only a history that
    /// the client holds does.
    pub next: Option<Signed>,
    /// For a version above 1 that neither the holder nor a delegate deposited: the deposit statements of the versions before, newest
    /// first, all by the same depositor, down to version 1 or to one that it put there while it ruled.
    pub predecessors: Vec<Signed>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The entry.
    pub entry: EntryId,
    /// The version.
    pub version: u64,
}

/// A version whose statements, grant and manifest bytes have been verified. Only [`Stored::verify`] and [`Stored::verify_among`] make it, and only
/// it opens.
#[derive(Debug, Clone)]
pub struct Verified {
    pub(crate) item: DepositItem,
    pub(crate) deposit: StatementHash,
    pub(crate) depositor: carnet_wire::id::ActorId,
    pub(crate) described: Described,
    pub(crate) describes: StatementHash,
    pub(crate) leaf: GrantLeaf,
    pub(crate) header: Header,
    pub(crate) manifest: Vec<u8>,
    pub(crate) nonce: PayloadNonce,
    pub(crate) len: PayloadLen,
    pub(crate) newer: Newer,
    pub(crate) ground: Ground,
}

/// Whether a server has shown a newer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// It has: this one is superseded.
    Shown,
    /// It has not, which proves nothing.
    NotShown,
}

/// The deposits of a vault that were verified, each once, however many of its entries are looked at: one of two hundred entries comes
/// with each of them. It borrows what they were verified against, so they are as good as that.
#[derive(Debug)]
pub struct Deposits<'a> {
    vault: &'a VerifiedVault,
    accounts: &'a Accounts,
    known: Mutex<BTreeMap<Vec<u8>, Known>>,
}

type Known = Arc<(statement::Verified<Deposit>, Ground)>;

impl<'a> Deposits<'a> {
    /// None yet.
    #[must_use]
    pub fn of(vault: &'a VerifiedVault, accounts: &'a Accounts) -> Self {
        Self { vault, accounts, known: Mutex::default() }
    }

    fn verify(&self, signed: Signed) -> Result<Known, OpenError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A proven place may say more than the bytes do: with one, they are looked at by themselves.
        let alone = signed.position.is_some();
        if let Some(found) = known().get(&signed.bytes).filter(|_| !alone) {
            return Ok(found.clone());
        }
        let statement = Statement::<Deposit>::parse(&signed.bytes)?;
        let verified = Arc::new(self.vault.verify_deposit(statement, self.accounts, signed.position)?);
        if !alone {
            known().insert(signed.bytes, verified.clone());
        }
        Ok(verified)
    }
}

impl Stored {
    /// Verifies that what was given is what was asked for: deposited in this vault by somebody who may, described and granted
    /// by its holder or a delegate, every byte as it was signed.
    ///
    /// # Errors
    /// [`OpenError`]: one public answer, a precise code for local use.
    pub fn verify(
        self,
        wanted: &Wanted,
        vault: &VerifiedVault,
        accounts: &Accounts,
    ) -> Result<Verified, OpenError> {
        self.verify_among(wanted, &Deposits::of(vault, accounts))
    }

    /// The same for one of many: the deposits that they share are verified once.
    ///
    /// # Errors
    /// As [`Stored::verify`].
    pub fn verify_among(self, wanted: &Wanted, deposits: &Deposits<'_>) -> Result<Verified, OpenError> {
        let Deposits { vault, accounts, .. } = *deposits;
        let found = deposits.verify(self.deposit)?;
        let (deposit, ground) = (&found.0, found.1);
        let item = find(&deposit.body().items, wanted).ok_or(OpenError::OtherVersion)?.clone();
        verify_predecessors(&item, deposit, ground, self.predecessors, vault, accounts)?;
        let described = Described { vault: vault.id(), entry: item.entry, version: item.version };
        let mut manifest_digest = item.manifest;
        let mut describes = deposit.hash();
        if let Some(describe) = self.describe {
            let statement = Statement::<Describe>::parse(&describe.bytes)?;
            let statement =
                vault.verify_ruling(statement, |body| &body.context, accounts, describe.position)?;
            let body = statement.body();
            if (body.entry, body.version) != (item.entry, item.version) {
                return Err(OpenError::OtherVersion);
            }
            // The author's part is carried unchanged, salt and all.
            if body.inner != item.inner {
                return Err(OpenError::InnerCommitment);
            }
            (manifest_digest, describes) = (body.manifest, statement.hash());
        }
        if Digest::from_bytes(*blake3::hash(&self.manifest).as_bytes()) != manifest_digest {
            return Err(OpenError::ManifestDigest);
        }
        let batch = match self.grant {
            // What was deposited before an activation is granted anew by it, and the chain has verified that very statement.
            Some(grant) if vault.holds(&statement::hash(&grant.bytes)) => {
                Statement::<Activate>::parse(&grant.bytes)?.claimed().grants
            }
            Some(grant) => {
                let statement = Statement::<Grant>::parse(&grant.bytes)?;
                vault.verify_ruling(statement, |body| &body.context, accounts, grant.position)?.body().grants
            }
            None => deposit.body().grants,
        };
        let (leaf, header) = verify_grant(&self.leaf, &self.path, &self.header, &batch, wanted)?;
        let newer = match self.next {
            Some(next) => {
                let next = deposits.verify(next)?;
                let (next, by) = (&next.0, next.1);
                let newer = Wanted { entry: item.entry, version: item.version.saturating_add(1) };
                let newer = find(&next.body().items, &newer).ok_or(OpenError::OtherVersion)?;
                if newer.predecessor != Some(deposit.hash()) {
                    return Err(OpenError::OtherVersion);
                }
                // A report is superseded by who put it there, or by who rules the vault: not by any other depositor.
                if next.body().context.actor != deposit.body().context.actor && !by.rules() {
                    return Err(VaultError::NotAllowed.into());
                }
                Newer::Shown
            }
            None => Newer::NotShown,
        };
        Ok(Verified {
            len: PayloadLen::from_stored(item.payload_len).map_err(|_| OpenError::PayloadLen)?,
            deposit: deposit.hash(),
            depositor: deposit.body().context.actor,
            item,
            described,
            describes,
            leaf,
            header,
            manifest: self.manifest,
            nonce: self.nonce,
            newer,
            ground,
        })
    }
}

impl Verified {
    /// What the deposit statement says of it.
    #[must_use]
    pub fn item(&self) -> &DepositItem {
        &self.item
    }

    /// The reader's grant.
    #[must_use]
    pub fn leaf(&self) -> &GrantLeaf {
        &self.leaf
    }
}

/// A version above 1 comes from who may rule, or from whoever deposited all those before it, down to version 1 or to one that it put
/// there while it ruled: nobody else supersedes what another put into the record.
fn verify_predecessors(
    item: &DepositItem,
    deposit: &statement::Verified<Deposit>,
    ground: Ground,
    predecessors: Vec<Signed>,
    vault: &VerifiedVault,
    accounts: &Accounts,
) -> Result<(), OpenError> {
    let actor = deposit.body().context.actor;
    let (mut item, mut ground) = (item.clone(), ground);
    let mut predecessors = predecessors.into_iter();
    while item.version > 1 && !ground.rules() {
        let before = predecessors.next().ok_or(VaultError::NotAllowed)?;
        let statement = Statement::<Deposit>::parse(&before.bytes)?;
        if Some(statement.hash()) != item.predecessor {
            return Err(OpenError::OtherVersion);
        }
        let (before, of) = vault.verify_deposit(statement, accounts, before.position)?;
        if before.body().context.actor != actor {
            return Err(VaultError::NotAllowed.into());
        }
        let wanted = Wanted { entry: item.entry, version: item.version.saturating_sub(1) };
        item = find(&before.body().items, &wanted).ok_or(OpenError::OtherVersion)?.clone();
        ground = of;
    }
    Ok(())
}

fn find<'a>(items: &'a [DepositItem], wanted: &Wanted) -> Option<&'a DepositItem> {
    items.iter().find(|item| (item.entry, item.version) == (wanted.entry, wanted.version))
}

fn verify_grant(
    leaf: &[u8],
    path: &[u8],
    header: &[u8],
    batch: &GrantBatch,
    wanted: &Wanted,
) -> Result<(GrantLeaf, Header), OpenError> {
    let leaf = GrantLeaf::parse(leaf).map_err(|_| OpenError::Grant)?;
    let path: GrantPath = cbor::decode(path, MAX_PATH).map_err(|_| OpenError::Grant)?;
    path.verify(&leaf, batch).map_err(|_| OpenError::Grant)?;
    if (leaf.entry, leaf.version) != (wanted.entry, wanted.version) {
        return Err(OpenError::OtherVersion);
    }
    let header = Header::parse(header).map_err(|_| OpenError::Header)?;
    if header.digest() == leaf.header { Ok((leaf, header)) } else { Err(OpenError::Header) }
}

/// Ten hashes of 34 bytes, and their frame.
const MAX_PATH: usize = 512;

//! What a writer sends: statements that the server cannot tell from a client's, over bytes made of a seed.

use carnet_wire::grant_leaf::{GrantLeaf, GrantTree, Rights, Via};
use carnet_wire::id::{
    Commitment, Digest, EntryId, InnerCommitment, KeyId, PayloadRoot, ReaderId, StatementHash,
};
use carnet_wire::message::{GrantPart, Submission};
use carnet_wire::padding::padme;
use carnet_wire::payload::PayloadLen;
use carnet_wire::statement::{
    Body, Context, Delete, Deposit, DepositItem, Describe, Grant, GrantBatch, Revoke, Revoked,
};

use super::dice::Dice;
use crate::cast::{Cast, NOW, origin};

/// A payload, or a manifest: as many bytes as it says, made of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    seed: u64,
    len: usize,
}

impl Blob {
    /// A payload for about so many bytes of plaintext.
    #[must_use]
    pub fn payload(dice: &mut Dice, plaintext: u64) -> Self {
        let len = PayloadLen::from_plaintext(padme(plaintext)).unwrap().stored();
        Self { seed: dice.number(), len: usize::try_from(len).unwrap() }
    }

    fn manifest(dice: &mut Dice) -> Self {
        Self { seed: dice.number(), len: 300 }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; self.len];
        blake3::Hasher::new().update(&self.seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }

    fn digest(self) -> [u8; 32] {
        *blake3::hash(&self.bytes()).as_bytes()
    }
}

/// A version, as its deposit makes it.
#[derive(Debug, Clone)]
pub struct Item {
    /// What the statement says of it.
    pub item: DepositItem,
    /// Its payload.
    pub payload: Blob,
    /// Its manifest.
    pub manifest: Blob,
}

impl Item {
    /// A version of an entry.
    #[must_use]
    pub fn make(
        dice: &mut Dice,
        entry: EntryId,
        version: u64,
        predecessor: Option<StatementHash>,
        payload: Blob,
    ) -> Self {
        let manifest = Blob::manifest(dice);
        let item = DepositItem {
            entry,
            version,
            predecessor,
            class: 0,
            payload: PayloadRoot::from_bytes(payload.digest()),
            payload_len: u64::try_from(payload.len).unwrap(),
            manifest: Digest::from_bytes(manifest.digest()),
            commitment: Commitment::from_bytes(dice.bytes()),
            inner: InnerCommitment::from_bytes(dice.bytes()),
        };
        Self { item, payload, manifest }
    }
}

/// One version for one reader.
pub type Opens = (ReaderId, EntryId, u64);

/// What a statement changes.
#[derive(Debug, Clone)]
pub enum Change {
    /// Versions, and who opens them.
    Deposit(Vec<Item>, Vec<Opens>),
    /// A version has another manifest.
    Describe(EntryId, Blob),
    /// More readers.
    Grant(Vec<Opens>),
    /// Fewer readers: of one entry, or of all.
    Revoke(Vec<(ReaderId, Option<EntryId>)>),
    /// Entries are gone.
    Delete(Vec<EntryId>),
}

/// A signed statement, ready to be sent any number of times.
#[derive(Debug, Clone)]
pub struct Made {
    /// What is sent.
    pub submission: Submission,
    /// The statement's hash.
    pub hash: StatementHash,
    /// What it changes.
    pub change: Change,
}

impl Made {
    /// Has a deposit's payloads go along with it.
    pub fn carry(&mut self) {
        if let Change::Deposit(items, _) = &self.change {
            self.submission.payloads = items.iter().map(|one| one.payload.bytes().into()).collect();
        }
    }
}

/// Who signs: the holder of a vault.
pub struct Hand {
    /// The holder, and the vault. The doctor is a reader who has an account.
    pub cast: Cast,
    header: Vec<u8>,
}

impl Hand {
    /// Somebody with a vault, neither of them known to a server yet.
    #[must_use]
    pub fn make() -> Self {
        let cast = Cast::make();
        let header = cast.deposit(&cast.patient, "", b"", &[]).grants[0][2].clone();
        Self { cast, header }
    }

    fn context(&self) -> Context {
        let vault = self.cast.vault.id();
        Context { vault, actor: self.cast.patient.account.actor(), time: NOW, pin: None }
    }

    /// A deposit: each version is granted to the vault, the first one to so many links too.
    #[must_use]
    pub fn deposit(&self, dice: &mut Dice, items: Vec<Item>, links: usize) -> Made {
        let own = ReaderId::from_bytes(*self.cast.vault.id().as_bytes());
        let first = (items[0].item.entry, items[0].item.version);
        let to_vault = items.iter().map(|one| (own, one.item.entry, one.item.version));
        let opens: Vec<Opens> = to_vault.chain(self.links(dice, &[first], links)).collect();
        let (grants, parts) = self.batch(dice, &opens);
        let policy = self.cast.vault.policy_statement();
        let body = Deposit {
            context: self.context(),
            policy,
            items: items.iter().map(|one| one.item.clone()).collect(),
            grants,
        };
        let manifests = items.iter().map(|one| one.manifest.bytes()).collect();
        self.sign(body, manifests, parts, Change::Deposit(items, opens))
    }

    /// So many grants of these versions, in turn, to new links and to the doctor.
    #[must_use]
    pub fn grant(&self, dice: &mut Dice, versions: &[(EntryId, u64)], links: usize) -> Made {
        let opens: Vec<Opens> = self.links(dice, versions, links).collect();
        let (grants, parts) = self.batch(dice, &opens);
        let body = Grant { context: self.context(), policy: self.cast.vault.policy_statement(), grants };
        self.sign(body, Vec::new(), parts, Change::Grant(opens))
    }

    /// Takes grants back.
    #[must_use]
    pub fn revoke(&self, revoked: Vec<(ReaderId, Option<EntryId>)>) -> Made {
        let list = revoked.iter().map(|(reader, entry)| Revoked { reader: *reader, entry: *entry });
        let body = Revoke { context: self.context(), revoked: list.collect() };
        self.sign(body, Vec::new(), Vec::new(), Change::Revoke(revoked))
    }

    /// Replaces a manifest.
    #[must_use]
    pub fn describe(&self, dice: &mut Dice, item: &DepositItem, replaces: StatementHash) -> Made {
        let manifest = Blob::manifest(dice);
        let body = Describe {
            context: self.context(),
            entry: item.entry,
            version: item.version,
            replaces,
            manifest: Digest::from_bytes(manifest.digest()),
            inner: item.inner,
        };
        self.sign(body, vec![manifest.bytes()], Vec::new(), Change::Describe(item.entry, manifest))
    }

    /// Deletes entries.
    #[must_use]
    pub fn delete(&self, entries: Vec<EntryId>) -> Made {
        let body = Delete { context: self.context(), entries: entries.clone() };
        self.sign(body, Vec::new(), Vec::new(), Change::Delete(entries))
    }

    /// Grants to links: readers whom no server knows.
    fn links<'a>(
        &self,
        dice: &'a mut Dice,
        versions: &'a [(EntryId, u64)],
        count: usize,
    ) -> impl Iterator<Item = Opens> + use<'a> {
        let turns = versions.iter().cycle().take(count);
        turns.map(|(entry, version)| (ReaderId::from_bytes(dice.bytes()), *entry, *version))
    }

    fn batch(&self, dice: &mut Dice, opens: &[Opens]) -> (GrantBatch, Vec<GrantPart>) {
        let own = ReaderId::from_bytes(*self.cast.vault.id().as_bytes());
        let leaf = |(reader, entry, version): &Opens| {
            let to_vault = *reader == own;
            let key_id =
                if to_vault { self.cast.vault.reader().key_id() } else { KeyId::from_bytes(dice.bytes()) };
            GrantLeaf {
                entry: *entry,
                version: *version,
                reader: *reader,
                generation: 1,
                key_id,
                via: if to_vault { Via::Vault } else { Via::Link },
                rights: Rights::Open,
                not_before: None,
                expires: None,
                header: Digest::from_bytes(*blake3::hash(&self.header).as_bytes()),
                blind: dice.bytes().into(),
            }
        };
        let leaves: Vec<GrantLeaf> = opens.iter().map(leaf).collect();
        let part =
            |leaf: &GrantLeaf| GrantPart { leaf: leaf.to_bytes().into(), header: self.header.clone().into() };
        (GrantTree::over(&leaves).unwrap().batch(), leaves.iter().map(part).collect())
    }

    fn sign<B: Body>(
        &self,
        body: B,
        manifests: Vec<Vec<u8>>,
        grants: Vec<GrantPart>,
        change: Change,
    ) -> Made {
        let statement = self.cast.patient.device.sign(&origin(), body).unwrap();
        let hash = statement.hash();
        let manifests = manifests.into_iter().map(Into::into).collect();
        let statement = statement.as_bytes().to_vec().into();
        Made { submission: Submission { statement, manifests, grants, payloads: Vec::new() }, hash, change }
    }
}

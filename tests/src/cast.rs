//! The cast of the tests: a patient with a vault, a doctor, a thief who has read what the doctor was given.
//!
//! Everything is made by the real core; a [`Shelf`] keeps what a server would, and gives it back as bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a stage prop that fails fails its test")]

use std::io::Cursor;
use std::ops::Range;

use carnet_core::account::{Accounts, Keyring, NewAccount, Owner, VerifiedAccount};
use carnet_core::authored::{Code, Description, Sort};
use carnet_core::document::{Author, Document, Place};
use carnet_core::grant::{Batch, Wrapped};
use carnet_core::open::Opened;
use carnet_core::position::Signed;
use carnet_core::reader::VerifiedReader;
use carnet_core::seal::SignedDeposit;
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_core::stored::{Stored, Wanted};
use carnet_core::vault::{NewVault, Ruler, VerifiedVault};
use carnet_wire::cbor;
use carnet_wire::origin::Origin;
use carnet_wire::outboard::OutboardBuilder;
use carnet_wire::payload::PayloadNonce;
use carnet_wire::slice::SliceEncoder;

/// The moment of every test: 22 November 2026.
pub const NOW: u64 = 1_795_305_600_000;

/// The log of every test.
#[must_use]
pub fn origin() -> Origin {
    Origin::parse("carnet.example/log").unwrap()
}

/// Somebody with an account and one device.
pub struct Person {
    /// The account, verified.
    pub account: VerifiedAccount,
    /// Whoever has its root.
    pub owner: Owner,
    /// Its secrets.
    pub keyring: Keyring,
    /// Its device.
    pub device: DeviceKey,
    /// Its line of statements.
    pub line: Vec<Signed>,
}

impl Person {
    /// Makes somebody.
    #[must_use]
    pub fn make() -> Self {
        let new = NewAccount::make(&origin(), NOW).unwrap();
        let device = DeviceKey::from_seed(&SigningSeed::make().unwrap());
        let account = VerifiedAccount::begin(&new.id, new.statement.as_bytes()).unwrap();
        let certificate = new.owner.certify(&account, &device.verifying_key(), NOW).unwrap();
        let account = account.follow(certificate.as_bytes(), None).unwrap();
        let line = [new.statement.as_bytes(), certificate.as_bytes()].map(|bytes| bytes.to_vec().into());
        Self { account, owner: new.owner, keyring: new.keyring, device, line: line.to_vec() }
    }

    /// This person as an author.
    #[must_use]
    pub fn author(&self) -> Author<'_> {
        Author { account: &self.account, keys: self.keyring.newest(), device: &self.device }
    }

    /// This person as the ruler of a vault.
    #[must_use]
    pub fn ruler<'a>(&'a self, vault: &'a VerifiedVault) -> Ruler<'a> {
        Ruler { vault, account: &self.account, device: &self.device, pin: None, now: NOW }
    }

    /// This person's newest generation, to grant to.
    #[must_use]
    pub fn reader(&self) -> VerifiedReader {
        self.account.reader().unwrap()
    }
}

/// A patient, a doctor, and the patient's vault.
pub struct Cast {
    /// The patient.
    pub patient: Person,
    /// The doctor.
    pub doctor: Person,
    /// The vault.
    pub vault: VerifiedVault,
    /// The vault's secrets.
    pub vault_keyring: Keyring,
    /// The vault's chain.
    pub chain: Vec<Signed>,
    /// The accounts that everybody has verified.
    pub accounts: Accounts,
}

impl Cast {
    /// Sets the stage.
    #[must_use]
    pub fn make() -> Self {
        let (patient, doctor) = (Person::make(), Person::make());
        let mut accounts = Accounts::new();
        accounts.insert(patient.account.clone()).unwrap();
        accounts.insert(doctor.account.clone()).unwrap();
        let new = NewVault::make(&patient.account, &patient.device, &origin(), NOW).unwrap();
        let chain = vec![new.genesis.as_bytes().to_vec().into()];
        let vault = VerifiedVault::begin(&new.id, new.genesis.as_bytes(), &accounts, None).unwrap();
        Self { patient, doctor, vault, vault_keyring: new.keyring, chain, accounts }
    }

    /// Follows one more statement of the vault's chain.
    pub fn follow(&mut self, bytes: &[u8]) {
        self.vault = self.vault.clone().follow(bytes, &self.accounts, None).unwrap();
        self.chain.push(bytes.to_vec().into());
    }

    /// Somebody deposits a content into the vault, for the vault and for `more` readers.
    #[must_use]
    pub fn deposit(&self, who: &Person, title: &str, content: &[u8], more: &[VerifiedReader]) -> Shelf {
        let place = Place::new_entry(self.vault.id(), 0, NOW).unwrap();
        self.deposit_at(who, &place, title, content, more)
    }

    /// Somebody deposits a content at this place.
    #[must_use]
    pub fn deposit_at(
        &self,
        who: &Person,
        place: &Place,
        title: &str,
        content: &[u8],
        more: &[VerifiedReader],
    ) -> Shelf {
        let readers = [self.vault.readers_for(0).unwrap().as_slice(), more].concat();
        let document = Document::new(description(title), content);
        let mut payload = Vec::new();
        let sealed = document.seal(place, &origin(), &who.author(), &readers, &mut payload).unwrap();
        let signed = SignedDeposit::sign(&self.vault, &who.author(), vec![sealed], None, NOW).unwrap();
        Shelf::new(&signed, payload)
    }

    /// The vault's holder opens what lies on a shelf.
    #[must_use]
    pub fn open(&self, shelf: &Shelf) -> Opened {
        let verified = shelf.stored(0).verify(&shelf.wanted, &self.vault, &self.accounts).unwrap();
        verified.open_with(&self.vault_keyring, &self.accounts).unwrap()
    }
}

/// One deposit of one item, as a server keeps it: bytes.
#[derive(Clone)]
pub struct Shelf {
    /// The deposit statement.
    pub deposit: Vec<u8>,
    /// What to ask for.
    pub wanted: Wanted,
    /// The grants: leaf, path and header of each.
    pub grants: Vec<[Vec<u8>; 3]>,
    /// The sealed manifest.
    pub manifest: Vec<u8>,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Shelf {
    /// Keeps a deposit whose first item has this payload.
    #[must_use]
    pub fn new(signed: &SignedDeposit, payload: Vec<u8>) -> Self {
        let sealed = &signed.sealed[0];
        let item = sealed.item();
        Self {
            deposit: signed.statement.as_bytes().to_vec(),
            wanted: Wanted { entry: item.entry, version: item.version },
            grants: grants(&signed.grants),
            manifest: sealed.manifest().to_vec(),
            payload,
        }
    }

    /// What a server gives the reader of the grant at this place of the batch.
    #[must_use]
    pub fn stored(&self, grant: usize) -> Stored {
        let [leaf, path, header] = self.grants[grant].clone();
        Stored {
            deposit: self.deposit.clone().into(),
            describe: None,
            grant: None,
            leaf,
            path,
            header,
            manifest: self.manifest.clone(),
            nonce: PayloadNonce::from_bytes(*self.payload.first_chunk().unwrap()),
            next: None,
            predecessors: Vec::new(),
        }
    }

    /// The slice of the payload that proves this range.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> Vec<u8> {
        slice_of(&self.payload, &self.payload, range)
    }
}

/// The slice that a server makes of `payload` with the inner nodes of `signed`, which may be another payload.
#[must_use]
pub fn slice_of(signed: &[u8], payload: &[u8], range: Range<u64>) -> Vec<u8> {
    let mut builder = OutboardBuilder::new();
    builder.push(signed);
    let (_, outboard) = builder.finish();
    let mut slice = Vec::new();
    let encoder = SliceEncoder::new(&outboard, payload.len() as u64, &range).unwrap();
    encoder.write_to(&mut Cursor::new(payload), &mut slice).unwrap();
    slice
}

/// The leaf, path and header of each grant of a batch.
#[must_use]
pub fn grants(batch: &Batch) -> Vec<[Vec<u8>; 3]> {
    let grant = |(wrapped, index): (&Wrapped, u32)| {
        let path = cbor::encode(&batch.path(index).unwrap());
        [wrapped.leaf.to_bytes(), path, wrapped.header.as_bytes().to_vec()]
    };
    batch.grants().iter().zip(0..).map(grant).collect()
}

/// A description of a laboratory report.
#[must_use]
pub fn description(title: &str) -> Description {
    Description {
        sort: Sort::Document,
        title: title.to_owned(),
        dates: vec![1_795_219_200_000],
        codes: vec![Code { system: "http://loinc.org".to_owned(), code: "11502-2".to_owned() }],
        media_type: "text/plain".to_owned(),
        ..Description::default()
    }
}

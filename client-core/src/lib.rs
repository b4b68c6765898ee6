//! The cryptographic heart of Carnet, shared by every client, native and WASM.
//!
//! It turns a document and its readers into sealed bytes and a signed statement, and back. It does no I/O, knows no clock and
//! holds no global state: callers own transport, time and retries. The formats are in `docs/SPEC.md`, the reasons in
//! `docs/ARCHITECTURE.md`.
//!
//! The types say where a document is, each step takes the one before by value, and there is no way back up:
//!
//! ```text
//! Document ─seal→ Sealed ─sign, send→ Stored ─verify→ Verified ─open→ Opened ─read→ Document
//! ```
//!
//! # A document's whole way
//!
//! ```
//! use carnet_core::account::{Accounts, NewAccount, VerifiedAccount};
//! use carnet_core::authored::{Description, Sort};
//! use carnet_core::document::{Author, Document, Place};
//! use carnet_core::seal::SignedDeposit;
//! use carnet_core::secret::SigningSeed;
//! use carnet_core::signer::DeviceKey;
//! use carnet_core::stored::{Stored, Wanted};
//! use carnet_core::vault::{NewVault, VerifiedVault};
//! use carnet_core::wire::{cbor, origin::Origin, payload::PayloadNonce};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (origin, now) = (Origin::parse("carnet.example/log")?, 1_795_305_600_000);
//!
//! // An account with one device, verified from its own statements.
//! let new = NewAccount::make(&origin, now)?;
//! let device = DeviceKey::from_seed(&SigningSeed::make()?);
//! let account = VerifiedAccount::begin(&new.id, new.statement.as_bytes())?;
//! let certificate = new.owner.certify(&account, &device.verifying_key(), now)?;
//! let account = account.follow(certificate.as_bytes(), None)?;
//! let mut accounts = Accounts::new();
//! accounts.insert(account.clone())?;
//!
//! // Its vault, verified from genesis.
//! let vault = NewVault::make(&account, &device, &origin, now)?;
//! let keyring = vault.keyring;
//! let vault = VerifiedVault::begin(&vault.id, vault.genesis.as_bytes(), &accounts, None)?;
//!
//! // Sealed for the vault, and signed.
//! let description = Description {
//!     sort: Sort::Document,
//!     title: "Compte rendu".to_owned(),
//!     media_type: "text/plain".to_owned(),
//!     ..Description::default()
//! };
//! let author = Author { account: &account, keys: new.keyring.newest(), device: &device };
//! let place = Place::new_entry(vault.id(), 0, now)?;
//! let mut payload = Vec::new();
//! let document = Document::new(description, b"Hemoglobine 13,4 g/dL".as_slice());
//! let sealed = document.seal(&place, &origin, &author, &[vault.reader()], &mut payload)?;
//! let deposit = SignedDeposit::sign(&vault, &author, vec![sealed], None, now)?;
//!
//! // What a server gives back is bytes; verifying and opening makes them a document again.
//! let grant = deposit.grants.grants().first().ok_or("no grant")?;
//! let sealed = deposit.sealed.first().ok_or("no item")?;
//! let stored = Stored {
//!     deposit: deposit.statement.as_bytes().to_vec().into(),
//!     describe: None,
//!     grant: None,
//!     leaf: grant.leaf.to_bytes(),
//!     path: cbor::encode(&deposit.grants.path(0)?),
//!     header: grant.header.as_bytes().to_vec(),
//!     manifest: sealed.manifest().to_vec(),
//!     nonce: *sealed.nonce(),
//!     next: None,
//!     predecessors: Vec::new(),
//! };
//! let wanted = Wanted { entry: place.entry, version: 1 };
//! let opened = stored.verify(&wanted, &vault, &accounts)?.open_with(&keyring, &accounts)?;
//! assert_eq!(opened.description().title, "Compte rendu");
//! assert_eq!(opened.open_bytes(&payload)?.content, b"Hemoglobine 13,4 g/dL");
//! # Ok(())
//! # }
//! ```
//!
//! # What does not compile
//!
//! Opening what has not been verified:
//!
//! ```compile_fail,E0599
//! fn open(stored: carnet_core::stored::Stored, keys: &carnet_core::account::Keyring) {
//!     let _ = stored.open_with(keys, &carnet_core::account::Accounts::new());
//! }
//! ```
//!
//! Making up a verified version, a reader to wrap to, a receipt, a place in the log:
//!
//! ```compile_fail,E0451
//! fn forge(other: carnet_core::stored::Verified) -> carnet_core::stored::Verified {
//!     carnet_core::stored::Verified { superseded: false, ..other }
//! }
//! ```
//! ```compile_fail,E0624
//! # use carnet_core::wire::{grant_leaf::Via, id::ReaderId};
//! fn forge(recipient: carnet_core::hybrid::HybridRecipient) -> carnet_core::reader::VerifiedReader {
//!     carnet_core::reader::VerifiedReader::new(ReaderId::from_bytes([0; 32]), 1, Via::Account, recipient)
//! }
//! ```
//! ```compile_fail,E0451
//! fn forge(other: carnet_core::receipt::VerifiedReceipt) -> carnet_core::receipt::VerifiedReceipt {
//!     carnet_core::receipt::VerifiedReceipt { bytes: Vec::new(), ..other }
//! }
//! ```
//! ```compile_fail,E0451
//! fn forge(other: carnet_core::position::LogPosition) -> carnet_core::position::LogPosition {
//!     carnet_core::position::LogPosition { index: 0, ..other }
//! }
//! ```
//!
//! Taking a claimed statement for a verified one, a deposit for a grant, a device's key for the identity's:
//!
//! ```compile_fail,E0308
//! # use carnet_core::wire::statement::{Deposit, Statement, Verified};
//! fn believe(statement: Statement<Deposit>) -> Verified<Deposit> {
//!     statement
//! }
//! ```
//! ```compile_fail,E0308
//! # use carnet_core::wire::statement::{Deposit, Grant, Verified};
//! fn confuse(statement: Verified<Deposit>) -> Verified<Grant> {
//!     statement
//! }
//! ```
//! ```compile_fail,E0308
//! # use carnet_core::signer::{DeviceKey, IdentityKey};
//! fn promote(device: DeviceKey) -> IdentityKey {
//!     device
//! }
//! ```
//!
//! Copying, cloning or printing a secret:
//!
//! ```compile_fail,E0382
//! fn copy(root: carnet_core::secret::RootSecret) -> [carnet_core::secret::RootSecret; 2] {
//!     [root, root]
//! }
//! ```
//! ```compile_fail,E0599
//! fn clone(file_key: &carnet_core::secret::FileKey) -> carnet_core::secret::FileKey {
//!     file_key.clone()
//! }
//! ```
//! ```compile_fail,E0277
//! fn print(secret: &carnet_core::secret::ReaderSecret) -> String {
//!     secret.to_string()
//! }
//! ```
//!
//! Sending one step's answer twice, or sealed bytes that nobody compared with what was sealed:
//!
//! ```compile_fail,E0382
//! # use carnet_core::{step::AwaitToken, wire::message::Response};
//! fn twice(step: AwaitToken, response: &Response) {
//!     let _ = (step.receive(response), step.receive(response));
//! }
//! ```
//! ```compile_fail,E0451
//! # use carnet_core::wire::id::PayloadRoot;
//! fn skip() -> carnet_core::spooled::Spooled {
//!     carnet_core::spooled::Spooled { root: PayloadRoot::from_bytes([0; 32]), len: 0 }
//! }
//! ```

pub mod account;
mod aead;
pub mod author_proof;
pub mod authored;
mod bech32_text;
mod blob;
pub mod contact_card;
pub mod content;
mod derive;
pub mod description;
pub mod device;
mod digest;
pub mod document;
pub mod enrolment;
pub mod fingerprint;
pub mod foreign;
pub mod grant;
pub mod hazmat;
mod header;
pub mod hybrid;
pub mod identity;
pub mod letter;
pub mod manifest;
pub mod open;
mod open_error;
mod passphrase;
pub mod plain_text;
pub mod reader;
pub mod receipt;
pub mod recipient;
pub mod seal;
pub mod secret;
pub mod server_address;
pub mod signer;
pub mod spooled;
pub mod step;
pub mod stored;
mod stream;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing;
pub mod text_code;
pub mod vault;
pub mod words;
mod wrap_error;
pub mod x25519;

pub use carnet_wire as wire;
pub use carnet_wire::position;

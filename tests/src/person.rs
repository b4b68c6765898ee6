//! A real person over the wire: an account, a device, vaults, all of it made by the real core and sent by the real transport.
//!
//! Each person is a client of its own: it believes its own log key, and nothing that a server says but through the steps.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a stage prop that fails fails its test"
)]

use std::io::{Cursor, Read as _};

use carnet_cli::remote::Remote;
use carnet_cli::session::{CallError, Session, call, now};
use carnet_core::account::{Accounts, Keyring, NewAccount, Owner, VerifiedAccount};
use carnet_core::authored::Description;
use carnet_core::content::ContentReader;
use carnet_core::document::{Author, Document, Place};
use carnet_core::grant::{Batch, Terms};
use carnet_core::manifest::HolderPart;
use carnet_core::open::{OpenError, Opened};
use carnet_core::reader::VerifiedReader;
use carnet_core::receipt::{History, Pinned, Placed, TrustedLog};
use carnet_core::seal::{Sealed, SignedDeposit};
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_core::spooled::Spooled;
use carnet_core::step::{
    Ask, AwaitOffset, AwaitReceipt, Carried, ChainProgress, ChainStep, Followed, HistoryId, HistoryNext,
    HistoryStep, InboxStep, LineProgress, LineStep, ListStep, PayloadAt, PlaceStep, Places, ReadStep,
    Receipted, Stated, Submit, UploadProgress, Uploaded,
};
use carnet_core::stored::{Stored, Wanted};
use carnet_core::vault::{NewVault, Ruler, VerifiedVault, key_entry_document, open_key_entry};
use carnet_wire::StableCode as _;
use carnet_wire::grant_leaf::GrantLeaf;
use carnet_wire::id::{AccountId, EntryId, ReaderId, StatementHash, VaultId};
use carnet_wire::message::{Response, Token};
use carnet_wire::statement::{self, Body, Delete, Deposit, ReadMode, Revoke, Revoked, Statement};

use crate::cast::description;
use crate::server::TestServer;

/// Somebody with an account at a server.
pub struct Client {
    /// The account, verified.
    pub account: VerifiedAccount,
    /// Whoever has its root.
    pub owner: Owner,
    /// Its secrets.
    pub keyring: Keyring,
    /// Its device.
    pub device: DeviceKey,
    /// The accounts that it has verified.
    pub accounts: Accounts,
    /// The newest state of its own history.
    pub pinned: Pinned,
    remote: Remote,
    log: TrustedLog,
    session: Session,
}

/// A vault, as one client sees it.
pub struct Held {
    /// The vault, verified.
    pub vault: VerifiedVault,
    /// Its secrets, where this client holds it.
    pub keyring: Option<Keyring>,
    /// The newest state of its history.
    pub pinned: Pinned,
}

/// An entry as it was deposited.
#[derive(Debug, Clone, Copy)]
pub struct Put {
    /// The entry and version.
    pub wanted: Wanted,
    /// The deposit.
    pub statement: StatementHash,
}

impl Client {
    /// Makes an account with one device, has the server keep both, and logs in.
    #[must_use]
    pub fn join(server: &TestServer) -> Self {
        let (log, time) = (server.log().clone(), now());
        let new = NewAccount::make(&log.origin, time).unwrap();
        let device = DeviceKey::from_seed(&SigningSeed::make().unwrap());
        let account = VerifiedAccount::begin(&new.id, new.statement.as_bytes()).unwrap();
        let certificate = new.owner.certify(&account, &device.verifying_key(), time).unwrap();
        let mut client = Self {
            account: account.clone(),
            owner: new.owner,
            keyring: new.keyring,
            device,
            accounts: Accounts::new(),
            pinned: Pinned::NONE,
            remote: server.remote(),
            log,
            session: Session::new(),
        };
        client.state(&new.statement).unwrap();
        client.state(&certificate).unwrap();
        client.account = account.follow(certificate.as_bytes(), None).unwrap();
        client.accounts.insert(client.account.clone()).unwrap();
        client
    }

    /// The transport.
    #[must_use]
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The log that it trusts.
    #[must_use]
    pub fn log(&self) -> &TrustedLog {
        &self.log
    }

    /// Its newest generation, to grant to.
    #[must_use]
    pub fn reader(&self) -> VerifiedReader {
        self.account.reader().unwrap()
    }

    /// This person as an author.
    #[must_use]
    pub fn author(&self) -> Author<'_> {
        Author { account: &self.account, keys: self.keyring.newest(), device: &self.device }
    }

    /// This person as the ruler of a vault.
    #[must_use]
    pub fn ruler<'a>(&'a self, held: &'a Held) -> Ruler<'a> {
        let pin = held.pinned.pin();
        Ruler { vault: &held.vault, account: &self.account, device: &self.device, pin, now: now() }
    }

    /// The token of its session.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn token(&mut self) -> Result<Token, CallError> {
        self.session.token(&self.remote, &self.account, &self.device).cloned()
    }

    /// Forgets the session: a server that was restored knows none.
    pub fn leave(&mut self) {
        self.session = Session::new();
    }

    /// Sends what a step asks for.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call<S>(&mut self, ask: Ask<S>) -> Result<(S, Response), CallError> {
        let token = self.token()?;
        Ok(call(&self.remote, Some(&token), ask)?)
    }

    /// States something in its own line.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn state<B: Body>(&mut self, statement: &Statement<B>) -> Result<Receipted, CallError> {
        let ask = Submit::account(&self.account.id(), statement, &self.pinned);
        let (then, response) = call(&self.remote, None, ask)?;
        Ok(then.receive(&response, &self.log, &mut self.pinned)?)
    }

    /// States something in a vault.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn state_in(&mut self, pinned: &mut Pinned, ask: Ask<AwaitReceipt>) -> Result<Receipted, CallError> {
        let (then, response) = self.call(ask)?;
        Ok(then.receive(&response, &self.log, pinned)?)
    }

    /// Fetches and verifies somebody's line.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where the line does not verify.
    pub fn meet(&mut self, account: &AccountId) -> Result<VerifiedAccount, CallError> {
        let mut ask = LineStep::start(account);
        let gathered = loop {
            let (then, response) = call(&self.remote, None, ask)?;
            match then.receive(&response)? {
                LineProgress::More(next) => ask = next,
                LineProgress::Gathered(gathered) => break gathered,
            }
        };
        let account = gathered.verify(&Places::new()).unwrap().state;
        self.accounts.insert(account.clone()).unwrap();
        Ok(account)
    }

    /// Makes a vault: its genesis, then its key entry, granted to this account.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn open_vault(&mut self) -> Result<Held, CallError> {
        let new = NewVault::make(&self.account, &self.device, &self.log.origin, now()).unwrap();
        let vault = VerifiedVault::begin(&new.id, new.genesis.as_bytes(), &self.accounts, None).unwrap();
        let mut pinned = Pinned::NONE;
        let ask = Submit::statement(&new.id, &new.genesis, &pinned);
        self.state_in(&mut pinned, ask)?;
        let mut held = Held { vault, keyring: None, pinned };
        let entry = held.vault.key_entry();
        let (version, entry) = (entry.version, entry.entry);
        let place = Place { vault: new.id, entry, version, predecessor: None, class: 0 };
        let document = key_entry_document(&new.keyring);
        let mut payload = Vec::new();
        let readers = [self.reader()];
        let sealed = document.seal(&place, &self.log.origin, &self.author(), &readers, &mut payload).unwrap();
        self.deposit(&mut held, vec![(sealed, payload)])?;
        held.keyring = Some(new.keyring);
        Ok(held)
    }

    /// Fetches and verifies a vault's chain, and the lines of those who acted in it.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where the chain does not verify.
    pub fn visit(&mut self, vault: &VaultId) -> Result<Held, CallError> {
        let mut ask = ChainStep::start(vault);
        let gathered = loop {
            let (then, response) = self.call(ask)?;
            match then.receive(&response)? {
                ChainProgress::More(next) => ask = next,
                ChainProgress::Gathered(gathered) => break gathered,
            }
        };
        for actor in gathered.actors() {
            self.meet(&AccountId::from_bytes(*actor.as_bytes()))?;
        }
        let Followed { state, .. } = gathered.verify(&self.accounts, &Places::new()).unwrap();
        Ok(Held { vault: state, keyring: None, pinned: Pinned::NONE })
    }

    /// Seals a content as a new entry, for the vault and for `more` readers.
    #[must_use]
    pub fn seal(
        &self,
        held: &Held,
        title: &str,
        content: &[u8],
        more: &[VerifiedReader],
    ) -> (Sealed, Vec<u8>) {
        let place = Place::new_entry(held.vault.id(), 0, now()).unwrap();
        self.seal_at(held, &place, description(title), content, more)
    }

    /// Seals a content at a place.
    #[must_use]
    pub fn seal_at(
        &self,
        held: &Held,
        place: &Place,
        description: Description,
        content: &[u8],
        more: &[VerifiedReader],
    ) -> (Sealed, Vec<u8>) {
        let readers = [held.vault.readers_for(place.class).unwrap().as_slice(), more].concat();
        let mut payload = Vec::new();
        let document = Document::new(description, content);
        let sealed = document.seal(place, &self.log.origin, &self.author(), &readers, &mut payload).unwrap();
        (sealed, payload)
    }

    /// Uploads sealed payloads and deposits them under one statement.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn deposit(
        &mut self,
        held: &mut Held,
        sealed: Vec<(Sealed, Vec<u8>)>,
    ) -> Result<Vec<Put>, CallError> {
        let mut uploaded = Vec::new();
        let (sealed, payloads): (Vec<_>, Vec<_>) = sealed.into_iter().unzip();
        for (sealed, payload) in sealed.iter().zip(&payloads) {
            if payload.len() > Carried::LONGEST {
                uploaded.push(self.upload(&held.vault.id(), sealed, payload)?);
            }
        }
        let signed = self.sign(held, sealed);
        self.submit_carrying(held, &signed, &payloads, &uploaded)
    }

    /// Submits a deposit in one request, with all payloads that are short enough.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn submit_carrying(
        &mut self,
        held: &mut Held,
        signed: &SignedDeposit,
        payloads: &[Vec<u8>],
        uploaded: &[Uploaded],
    ) -> Result<Vec<Put>, CallError> {
        let both = signed.sealed.iter().zip(payloads);
        let carried: Vec<_> = both.filter_map(|(sealed, payload)| Carried::check(sealed, payload)).collect();
        let ask = Submit::deposit_carrying(signed, &carried, uploaded, &held.pinned)?;
        self.state_in(&mut held.pinned, ask)?;
        Ok(put(signed))
    }

    /// The same, where an upload whose connection ends goes on from what the server has kept. Says how often that was.
    ///
    /// # Errors
    /// [`CallError`], also where connections end a hundred times.
    pub fn deposit_resuming(
        &mut self,
        held: &mut Held,
        sealed: Vec<(Sealed, Vec<u8>)>,
    ) -> Result<(Vec<Put>, usize), CallError> {
        let (mut uploaded, mut resumed) = (Vec::new(), 0);
        for (sealed, payload) in &sealed {
            let upload = loop {
                match self.upload(&held.vault.id(), sealed, payload) {
                    Err(error) if resumed < 100 && error.code() == "remote-broken" => resumed += 1,
                    done => break done?,
                }
            };
            uploaded.push(upload);
        }
        let signed = self.sign(held, sealed.into_iter().map(|(sealed, _)| sealed).collect());
        Ok((self.submit(held, &signed, &uploaded)?, resumed))
    }

    /// Signs sealed versions as one deposit.
    #[must_use]
    pub fn sign(&self, held: &Held, sealed: Vec<Sealed>) -> SignedDeposit {
        SignedDeposit::sign(&held.vault, &self.author(), sealed, held.pinned.pin(), now()).unwrap()
    }

    /// Submits a deposit whose payloads are uploaded.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn submit(
        &mut self,
        held: &mut Held,
        signed: &SignedDeposit,
        uploaded: &[Uploaded],
    ) -> Result<Vec<Put>, CallError> {
        let ask = Submit::deposit(signed, uploaded, &held.pinned)?;
        self.state_in(&mut held.pinned, ask)?;
        Ok(put(signed))
    }

    /// Uploads one payload, going on where the server stopped keeping bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn upload(
        &mut self,
        vault: &VaultId,
        sealed: &Sealed,
        payload: &[u8],
    ) -> Result<Uploaded, CallError> {
        let mut ask = Spooled::check(sealed.item(), payload).unwrap().unwrap().start(vault);
        loop {
            let token = self.token()?;
            let request = ask.request;
            let response = self.remote.send(&request, Some(&token), Some(&mut Cursor::new(payload)))?;
            let then: AwaitOffset = ask.then;
            match then.receive(&response)? {
                UploadProgress::Send(next) => ask = next,
                UploadProgress::Done(uploaded) => return Ok(uploaded),
            }
        }
    }

    /// Everything that is granted to a vault that this client holds, opened.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where something does not verify or open.
    pub fn list(&mut self, held: &Held) -> Result<Vec<Opened>, CallError> {
        let stored = self.list_of(ListStep::start(&held.vault.id()))?;
        let keyring = held.keyring.as_ref().expect("who holds the vault");
        Ok(stored
            .into_iter()
            .map(|stored| open(stored, &held.vault, keyring, &self.accounts).unwrap())
            .collect())
    }

    /// One page of a list of a vault that this client holds, not opened: the first, or the one after an entry.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn page(&mut self, held: &Held, after: Option<&EntryId>) -> Result<usize, CallError> {
        let mut ask = ListStep::start(&held.vault.id());
        if let Some(after) = after {
            ask.request.path.push_str(&format!("&after={after}"));
        }
        let (then, response) = self.call(ask)?;
        Ok(then.receive(&response)?.stored.len())
    }

    /// Takes the vault's secrets out of its key entry, as a second device of the holder would.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where something does not verify or open.
    pub fn take_keys(&mut self, held: &mut Held) -> Result<(), CallError> {
        let stored = self.list_of(ListStep::own(&held.vault.id()))?;
        let key_entry = held.vault.key_entry().entry;
        for stored in stored {
            let opened = open(stored, &held.vault, &self.keyring, &self.accounts).unwrap();
            if opened.item().entry == key_entry {
                let at = PayloadAt::of(&opened, held.vault.id(), None);
                let payload = self.bytes(&at.whole())?;
                held.keyring = Some(open_key_entry(&opened, &payload, &held.vault.reader()).unwrap());
            }
        }
        Ok(())
    }

    fn list_of(&mut self, ask: Ask<carnet_core::step::AwaitList>) -> Result<Vec<Stored>, CallError> {
        let (mut all, mut next) = (Vec::new(), Some(ask));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            all.extend(progress.stored);
            next = progress.more;
        }
        Ok(all)
    }

    /// Reads entries that were granted to this account: the statement's hash, and what it releases, verified and opened.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where something does not verify or open.
    pub fn read(
        &mut self,
        held: &mut Held,
        mode: ReadMode,
        entries: &[EntryId],
    ) -> Result<(StatementHash, Vec<Opened>), CallError> {
        let step = ReadStep { mode, entries: entries.to_vec(), via: None, reason: 1 };
        let (then, response) = self.call(step.start(&held.vault))?;
        let pin = held.pinned.pin();
        let ask = then.receive(&response, &held.vault, &self.account, &self.device, pin, now())?;
        let carnet_wire::message::Body::Cose(bytes) = &ask.request.body else {
            panic!("a read is a statement")
        };
        let hash = statement::hash(bytes);
        let (mut opened, mut next) = (Vec::new(), Some(ask));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response, &self.log, &mut held.pinned)?;
            for stored in progress.stored {
                opened.push(open(stored, &held.vault, &self.keyring, &self.accounts).unwrap());
            }
            next = progress.more;
        }
        Ok((hash, opened))
    }

    /// Fetches a content by the slice that proves it.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where the content is not the signed one.
    pub fn fetch(
        &mut self,
        held: &Held,
        opened: &Opened,
        read: Option<StatementHash>,
    ) -> Result<Vec<u8>, CallError> {
        let reader = opened.content().unwrap();
        self.fetch_with(held, opened, reader, read)
    }

    /// Fetches what a reader of a content wants.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Panics
    /// Where the content is not the signed one.
    pub fn fetch_with(
        &mut self,
        held: &Held,
        opened: &Opened,
        mut reader: ContentReader,
        read: Option<StatementHash>,
    ) -> Result<Vec<u8>, CallError> {
        let request = PayloadAt::of(opened, held.vault.id(), read).slice(&reader);
        let token = self.token()?;
        let mut download = self.remote.download(&request, Some(&token))?;
        let (mut content, mut piece) = (Vec::new(), vec![0; 1 << 20]);
        loop {
            let count = download.read(&mut piece).unwrap();
            if count == 0 {
                break;
            }
            reader.push(&piece[..count], &mut content).unwrap();
        }
        reader.finish().unwrap();
        Ok(content)
    }

    /// Downloads bytes whole, without believing any of them.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn bytes(&mut self, request: &carnet_wire::message::Request) -> Result<Vec<u8>, CallError> {
        let token = self.token()?;
        let mut bytes = Vec::new();
        self.remote.download(request, Some(&token))?.read_to_end(&mut bytes).unwrap();
        Ok(bytes)
    }

    /// Grants opened entries to readers, all under one statement.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn grant(
        &mut self,
        held: &mut Held,
        opened: &[&Opened],
        readers: &[VerifiedReader],
    ) -> Result<StatementHash, CallError> {
        let pairs = opened.iter().flat_map(|opened| readers.iter().map(move |reader| (opened, reader)));
        let wrapped = pairs.map(|(opened, reader)| opened.grant(reader, Terms::OPEN).unwrap()).collect();
        let batch = Batch::new(wrapped).unwrap();
        let statement = batch.sign(&self.ruler(held)).unwrap();
        let ask = Submit::grants(&held.vault.id(), &statement, &batch, &held.pinned);
        self.state_in(&mut held.pinned, ask)?;
        Ok(statement.hash())
    }

    /// Takes a reader's grants back: on one entry, or all.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn revoke(
        &mut self,
        held: &mut Held,
        reader: &ReaderId,
        entry: Option<EntryId>,
    ) -> Result<StatementHash, CallError> {
        let revoked = vec![Revoked { reader: *reader, entry }];
        let context = self.ruler(held).context();
        self.rule(held, Revoke { context, revoked })
    }

    /// Deletes entries.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn delete(&mut self, held: &mut Held, entries: &[EntryId]) -> Result<StatementHash, CallError> {
        let context = self.ruler(held).context();
        self.rule(held, Delete { context, entries: entries.to_vec() })
    }

    /// Describes an entry anew.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn describe(
        &mut self,
        held: &mut Held,
        opened: &Opened,
        holder: HolderPart,
    ) -> Result<StatementHash, CallError> {
        let described = opened.describe(holder, &self.ruler(held)).unwrap();
        let ask = Submit::describe(&held.vault.id(), &described, &held.pinned);
        self.state_in(&mut held.pinned, ask)?;
        Ok(described.statement.hash())
    }

    /// Signs and states anything in a vault.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn rule<B: Body>(&mut self, held: &mut Held, body: B) -> Result<StatementHash, CallError> {
        let statement = self.device.sign(&self.log.origin, body).unwrap();
        let ask = Submit::statement(&held.vault.id(), &statement, &held.pinned);
        self.state_in(&mut held.pinned, ask)?;
        Ok(statement.hash())
    }

    /// The proven place of a statement in the log; none while the log does not have it.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn place(
        &mut self,
        history: impl Into<HistoryId>,
        statement: &StatementHash,
    ) -> Result<Option<Placed>, CallError> {
        let (then, response) = self.call(PlaceStep::start(history, statement))?;
        if response.status == 404 {
            return Ok(None);
        }
        Ok(Some(then.receive(&response, &self.log)?))
    }

    /// Everything that was stated in a vault, each statement under its receipt.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn history(&mut self, held: &mut Held) -> Result<Vec<Stated>, CallError> {
        let mut all = Vec::new();
        let mut ask = HistoryStep::start(&held.vault.id(), History::new());
        loop {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response, &self.log, &mut held.pinned)?;
            all.extend(progress.stated);
            match progress.next {
                HistoryNext::More(next) => ask = next,
                HistoryNext::Done(_) => return Ok(all),
            }
        }
    }

    /// The vaults in which this account has something to do.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn inbox(&mut self) -> Result<Vec<VaultId>, CallError> {
        let (mut all, mut next) = (Vec::new(), Some(InboxStep::start(&self.account.id())));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            all.extend(progress.vaults);
            next = progress.more;
        }
        Ok(all)
    }
}

/// Verifies and opens what a server gave, whatever version it says it is.
fn open(
    stored: Stored,
    vault: &VerifiedVault,
    keyring: &Keyring,
    accounts: &Accounts,
) -> Result<Opened, OpenError> {
    let leaf = GrantLeaf::parse(&stored.leaf).expect("a leaf");
    Statement::<Deposit>::parse(&stored.deposit.bytes)?;
    let wanted = Wanted { entry: leaf.entry, version: leaf.version };
    stored.verify(&wanted, vault, accounts)?.open_with(keyring, accounts)
}

fn put(signed: &SignedDeposit) -> Vec<Put> {
    let statement = signed.statement.hash();
    let put = |sealed: &Sealed| {
        let item = sealed.item();
        Put { wanted: Wanted { entry: item.entry, version: item.version }, statement }
    };
    signed.sealed.iter().map(put).collect()
}

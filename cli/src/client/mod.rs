//! A client at work: what its person has (account, keys, records) and the server that keeps it. Commands are made of these.
//!
//! It owns the loop around the core's steps: transport, clock, retries, and what is remembered between commands.

mod accounts;
mod carry;
mod catalogue;
pub mod circles;
mod claimed;
mod content;
pub mod create;
mod deposit;
mod devices;
mod draft;
mod edit;
mod entries;
mod grants;
mod held;
mod history;
mod index;
pub mod letters;
mod people;
mod read;
mod reseal;
mod search;
mod segment;
pub mod slots;
mod spool;
mod upload;
mod vaults;

use std::collections::BTreeMap;
use std::sync::Arc;

use carnet_core::account::{Accounts, Keyring, VerifiedAccount};
use carnet_core::document::Author;
use carnet_core::receipt::{Pinned, TrustedLog};
use carnet_core::secret::DeviceSecret;
use carnet_core::signer::DeviceKey;
use carnet_core::step::{Ask, AwaitReceipt, Receipted, Submit};
use carnet_core::vault::Ruler;
use carnet_wire::id::AccountId;
use carnet_wire::message::{Request, Response};
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Body, Statement};

use crate::Failure;
use crate::home::Home;
use crate::local::{Change, Local, LocalError, Profile, Table};
use crate::remote::{Download, Remote};
use crate::session::{CallError, Session, call, now};
use crate::waits::Waits;

pub use carry::Carrying;
pub(crate) use catalogue::catalogue_of;
pub(crate) use claimed::claimed;
pub use deposit::{Deposited, Landed};
pub use draft::{Draft, Drafted, Item};
pub use held::Held;
pub use history::StatedRow;
pub(crate) use people::people_of;
pub use people::{Checked, Trust};
pub use reseal::Resealed;
pub use search::Hit;

/// A client at work.
pub struct Client {
    /// What it keeps.
    pub local: Local,
    /// What it is.
    pub profile: Profile,
    /// Its account, verified.
    pub account: VerifiedAccount,
    /// Its account's secrets. Whoever opens something with them holds them meanwhile: people may be met, and newer secrets come.
    pub keyring: Arc<Keyring>,
    /// Its device's key.
    pub device: DeviceKey,
    /// The accounts that it has verified.
    pub accounts: Accounts,
    /// The server's log.
    pub log: TrustedLog,
    pub(crate) remote: Remote,
    pub(crate) pinned: Pinned,
    session: Session,
    /// Who deposited something and is not in the address book, checked in this run: the attested name, where there is one.
    met: BTreeMap<AccountId, Option<String>>,
}

impl core::fmt::Debug for Client {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Client({})", self.account.id())
    }
}

impl Client {
    /// Opens a person's client, without asking the server for anything.
    ///
    /// # Errors
    /// `local-damaged` where the records have lost what every account has; what the records or the lines in them say.
    pub fn open(home: &Home, secret: DeviceSecret) -> Result<Self, Failure> {
        let local = Local::open(home, secret)?;
        // Who has unlocked this folder has an account here: its rows are missing only where the file has lost them.
        let lost = || Failure::from(LocalError::Damaged);
        let profile: Profile = local.get(Table::Own, PROFILE)?.ok_or_else(lost)?;
        let seed = local.seed(Table::Own, DEVICE)?.ok_or_else(lost)?;
        let keyring = Arc::new(local.keyring(Table::Own, KEYRING)?.ok_or_else(lost)?);
        let (log, remote) = (trusted_log(&profile)?, remote(&profile)?);
        let (accounts, account) = accounts::load(&local, &log, &profile.account)?;
        let pinned = profile.pin.map_or(Pinned::NONE, Pinned::at);
        let device = DeviceKey::from_seed(&seed);
        let (session, met) = (Session::new(), BTreeMap::new());
        let mut client =
            Self { local, profile, account, keyring, device, accounts, log, remote, pinned, session, met };
        client.adopt_next()?;
        Ok(client)
    }

    /// The same client; what it waits for is said here.
    #[must_use]
    pub fn watched(self, waits: &Waits) -> Self {
        Self { remote: self.remote.watched(waits), ..self }
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

    /// The log's origin, which every statement names.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.log.origin
    }

    /// Sends what a step asks for, in this device's session. A session that the server has forgotten is opened again, once.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call<S>(&mut self, ask: Ask<S>) -> Result<(S, Response), CallError> {
        let token = self.session.token(&self.remote, &self.account, &self.device)?.clone();
        let response = self.remote.send(&ask.request, Some(&token), None)?;
        if response.status != UNAUTHENTICATED {
            return Ok((ask.then, response));
        }
        self.session.forget();
        let token = self.session.token(&self.remote, &self.account, &self.device)?.clone();
        Ok(call(&self.remote, Some(&token), ask)?)
    }

    /// The same; while the server is at work, so is this.
    fn call_meanwhile<S>(
        &mut self,
        ask: Ask<S>,
        work: impl FnOnce(&Self),
    ) -> Result<(S, Response), CallError> {
        let (token, remote) = (self.token()?, self.remote.clone());
        let response = std::thread::scope(|scope| {
            let sending = scope.spawn(|| remote.send(&ask.request, Some(&token), None));
            work(self);
            sending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        if response.status == UNAUTHENTICATED {
            return self.call(ask);
        }
        Ok((ask.then, response))
    }

    /// Downloads, in this device's session.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn download(&mut self, request: &Request) -> Result<Download, CallError> {
        let token = self.session.token(&self.remote, &self.account, &self.device)?;
        Ok(self.remote.download(request, Some(token))?)
    }

    /// The token of this device's session, for threads that upload.
    ///
    /// # Errors
    /// [`CallError`].
    pub(crate) fn token(&mut self) -> Result<carnet_wire::message::Token, CallError> {
        Ok(self.session.token(&self.remote, &self.account, &self.device)?.clone())
    }

    /// States something in the account's own line, and follows it.
    ///
    /// # Errors
    /// What the server or the line says.
    pub fn state<B: Body>(&mut self, statement: &Statement<B>) -> Result<Receipted, Failure> {
        let ask = Submit::account(&self.account.id(), statement, &self.pinned);
        self.state_line(ask)
    }

    /// Sends a statement of the account's own line, and follows it.
    ///
    /// # Errors
    /// What the server or the line says.
    pub fn state_line(&mut self, ask: Ask<AwaitReceipt>) -> Result<Receipted, Failure> {
        let (then, response) = call(&self.remote, None, ask).map_err(CallError::from)?;
        let receipted = then.receive(&response, &self.log, &mut self.pinned)?;
        self.profile.pin = self.pinned.pin();
        let mut change = self.local.change();
        self.local.put(&mut change, Table::Own, PROFILE, &self.profile)?;
        self.local.commit(change)?;
        let id = self.account.id();
        self.account = self.meet(&id)?;
        Ok(receipted)
    }

    /// States something in a vault.
    ///
    /// # Errors
    /// What the server says.
    pub fn state_in(&mut self, held: &mut Held, ask: Ask<AwaitReceipt>) -> Result<Receipted, Failure> {
        let (then, response) = self.call(ask)?;
        let receipted = then.receive(&response, &self.log, &mut held.pinned)?;
        self.keep_pin(held)?;
        Ok(receipted)
    }

    /// Signs and states anything in a vault.
    ///
    /// # Errors
    /// What the server says.
    pub fn rule<B: Body>(&mut self, held: &mut Held, body: B) -> Result<Receipted, Failure> {
        let statement = self.device.sign(&self.log.origin, body)?;
        let ask = Submit::statement(&held.vault.id(), &statement, &held.pinned);
        self.state_in(held, ask)
    }

    /// Keeps what this client is.
    ///
    /// # Errors
    /// What the records say.
    pub fn keep_profile(&self) -> Result<(), Failure> {
        let mut change = self.local.change();
        self.put_profile(&mut change)?;
        Ok(self.local.commit(change)?)
    }

    fn put_profile(&self, change: &mut Change) -> Result<(), Failure> {
        Ok(self.local.put(change, Table::Own, PROFILE, &self.profile)?)
    }

    /// Keeps the account's secrets, after a new generation.
    ///
    /// # Errors
    /// What the records say.
    pub fn keep_keyring(&self) -> Result<(), Failure> {
        let mut change = self.local.change();
        self.local.put_keyring(&mut change, Table::Own, KEYRING, &self.keyring)?;
        Ok(self.local.commit(change)?)
    }
}

/// The log that a profile names.
///
/// # Errors
/// `profile` where it names none that makes sense.
pub fn trusted_log(profile: &Profile) -> Result<TrustedLog, Failure> {
    let origin = Origin::parse(&profile.origin).map_err(|_| Failure::coded("profile"))?;
    let key = VerifyingKey::from_bytes(&profile.log_key).map_err(|_| Failure::coded("profile"))?;
    Ok(TrustedLog { origin, key })
}

/// The server that a profile names.
///
/// # Errors
/// What the address or the certificates say.
pub fn remote(profile: &Profile) -> Result<Remote, Failure> {
    Ok(Remote::new(&profile.server, profile.certificates.as_deref().map(std::path::Path::new))?)
}

/// The key of the client's settings among its own rows.
pub const PROFILE: &[u8] = b"profile";
/// The key of the device's seed.
pub const DEVICE: &[u8] = b"device";
/// The key of the account's keyring.
pub const KEYRING: &[u8] = b"keyring";
const UNAUTHENTICATED: u16 = 401;

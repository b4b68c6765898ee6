//! Making an account at a server, or coming back to one as a new device.

use std::sync::Arc;

use carnet_core::account::{Accounts, Keyring, NewAccount, Owner, VerifiedAccount};
use carnet_core::receipt::{Pinned, TrustedLog};
use carnet_core::secret::{DeviceSecret, SigningSeed};
use carnet_core::server_address::ServerAddress;
use carnet_core::signer::DeviceKey;
use carnet_core::step::StepError;
use carnet_wire::message::{Request, Token};
use carnet_wire::note::VerifierKey;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use serde::Deserialize;

use super::{Client, DEVICE, KEYRING, PROFILE, accounts};
use crate::Failure;
use crate::home::Home;
use crate::local::{AccountRow, Local, Profile, Table};
use crate::remote::Remote;
use crate::session::{CallError, Session, call, now};
use crate::waits::Waits;

/// A server, as a person names it: its address, the certificates to believe, and the key of its log where that is known beforehand.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its address.
    pub url: String,
    /// A file of certificates to believe instead of the public ones.
    pub certificates: Option<String>,
    /// Its log's key, as `name+hash+key` (c2sp.org/signed-note); what the server says at first sight where there is none.
    pub log_key: Option<VerifierKey>,
    /// Where it is said what is waited for.
    pub waits: Waits,
}

/// A server that has shown its log.
#[derive(Debug)]
pub struct Known {
    /// The transport.
    pub remote: Remote,
    /// Its log.
    pub log: TrustedLog,
    server: Server,
}

#[derive(Deserialize)]
struct LogDescription {
    origin: String,
    vkey: String,
}

impl Server {
    /// Asks the server which log it keeps.
    ///
    /// # Errors
    /// What the address says; `log-other` where it shows another log than the one named beforehand.
    pub fn reach(self) -> Result<Known, Failure> {
        let remote = Remote::new(&self.url, self.certificates.as_deref().map(std::path::Path::new))?;
        let remote = remote.watched(&self.waits);
        let response = remote.send(&Request::get("/v1/log".to_owned()), None, None)?;
        let body = response.bytes().map_err(|error| Failure::from(StepError::from(error)))?;
        let description: LogDescription =
            serde_json::from_slice(body).map_err(|_| Failure::coded("remote-protocol"))?;
        let shown: VerifierKey = description.vkey.parse().map_err(|_| Failure::coded("remote-protocol"))?;
        if self.log_key.as_ref().is_some_and(|key| *key != shown) {
            return Err(Failure::coded("log-other"));
        }
        let origin = Origin::parse(&description.origin).map_err(|_| Failure::coded("remote-protocol"))?;
        let key =
            VerifyingKey::from_bytes(shown.as_bytes()).map_err(|_| Failure::coded("remote-protocol"))?;
        Ok(Known { remote, log: TrustedLog { origin, key }, server: self })
    }
}

impl Known {
    /// A server that a kit or another paper names: the paper's word for its log is believed.
    ///
    /// # Errors
    /// What the address says.
    pub fn by_paper(address: &ServerAddress, certificates: Option<String>) -> Result<Self, Failure> {
        let url = address.url.as_str().to_owned();
        let remote = Remote::new(&url, certificates.as_deref().map(std::path::Path::new))?;
        let server = Server { url, certificates, log_key: None, waits: Waits::default() };
        Ok(Self { remote, log: address.log(), server })
    }

    /// The same server; what it is waited for is said here.
    #[must_use]
    pub fn watched(self, waits: &Waits) -> Self {
        Self { remote: self.remote.watched(waits), ..self }
    }

    /// The same at another address than the paper says: the server has moved. It must show the log that the paper names.
    ///
    /// # Errors
    /// What the address says; `log-other` where it shows another log.
    pub fn by_paper_at(address: &ServerAddress, server: Server) -> Result<Self, Failure> {
        let known = server.reach()?;
        let (shown, named) = (&known.log, address.log());
        if shown.origin != named.origin || shown.key != named.key {
            return Err(Failure::coded("log-other"));
        }
        Ok(known)
    }

    fn profile(&self, account: &VerifiedAccount, name: &str) -> Profile {
        Profile {
            server: self.server.url.clone(),
            certificates: self.server.certificates.clone(),
            origin: self.log.origin.to_string(),
            log_key: (*self.log.key.as_bytes()).into(),
            account: account.id(),
            name: name.to_owned(),
            authorities: Vec::new(),
            vault: None,
            ways: Vec::new(),
            pin: None,
            drilled: None,
        }
    }
}

impl Client {
    /// Makes an account with one device, and has the server keep both. Its owner has the root in hand: it goes into slots now.
    ///
    /// # Errors
    /// What the server says.
    pub fn create(
        home: &Home,
        secret: DeviceSecret,
        known: Known,
        name: &str,
    ) -> Result<(Self, Owner), Failure> {
        let time = now();
        let new = NewAccount::make(&known.log.origin, time)?;
        let seed = SigningSeed::make()?;
        let device = DeviceKey::from_seed(&seed);
        let account = VerifiedAccount::begin(&new.id, new.statement.as_bytes())?;
        let certificate = new.owner.certify(&account, &device.verifying_key(), time)?;
        let mut client = Self::settle(home, secret, known, account, new.keyring, &seed, name)?;
        client.remember_own(&[new.statement.as_bytes()])?;
        client.state(&new.statement)?;
        client.state(&certificate)?;
        Ok((client, new.owner))
    }

    /// Comes back to an account as a new device, with the root out of a slot. `known` is where the account's line was fetched from.
    ///
    /// # Errors
    /// `keyring-closed` where the server keeps no keyring of this account; what the server says.
    pub fn come_back(
        home: &Home,
        secret: DeviceSecret,
        known: Known,
        account: VerifiedAccount,
        owner: &Owner,
        name: &str,
    ) -> Result<Self, Failure> {
        let seed = SigningSeed::make()?;
        let device = DeviceKey::from_seed(&seed);
        let certificate = owner.certify(&account, &device.verifying_key(), now())?;
        // The account's secrets come once this device may log in.
        let stand_in = Keyring::new(carnet_core::reader::ReaderKeys::make()?);
        let mut client = Self::settle(home, secret, known, account, stand_in, &seed, name)?;
        client.state(&certificate)?;
        client.keyring = Arc::new(client.fetch_keyring(owner)?);
        client.keep_keyring()?;
        client.find_own_vault()?;
        Ok(client)
    }

    /// Rehearses a way back in a folder of its own: everything is fetched anew and opened with what the root gives, but no device is
    /// certified. Sessions are opened with the key of the device that rehearses.
    ///
    /// # Errors
    /// As [`Client::come_back`].
    pub fn rehearse(&self, home: &Home, account: VerifiedAccount, owner: &Owner) -> Result<Self, Failure> {
        let seed = self.local.seed(Table::Own, DEVICE)?.ok_or_else(|| Failure::coded("local-closed"))?;
        let stand_in = Keyring::new(carnet_core::reader::ReaderKeys::make()?);
        let (secret, name) = (DeviceSecret::make()?, self.profile.name.clone());
        let mut client = Self::settle(home, secret, self.known()?, account, stand_in, &seed, &name)?;
        let id = client.account.id();
        client.meet(&id)?;
        client.keyring = Arc::new(client.fetch_keyring(owner)?);
        client.keep_keyring()?;
        client.find_own_vault()?;
        Ok(client)
    }

    /// Comes back as a new device that an old one has approved.
    ///
    /// # Errors
    /// What the server says.
    pub fn pair(
        home: &Home,
        secret: DeviceSecret,
        known: Known,
        account: VerifiedAccount,
        paired: carnet_core::account::pairing::Paired,
        name: &str,
    ) -> Result<Self, Failure> {
        let mut client = Self::settle(home, secret, known, account, paired.keyring, &paired.seed, name)?;
        let id = client.account.id();
        client.meet(&id)?;
        client.find_own_vault()?;
        Ok(client)
    }

    /// The vault that this account holds, found among those in which it has something to do.
    fn find_own_vault(&mut self) -> Result<(), Failure> {
        for vault in self.inbox()? {
            let held = self.visit(&vault)?;
            if held.vault.holder() == Some(self.account.actor()) {
                self.profile.vault = Some(vault);
                self.keep_profile()?;
                self.sync()?;
                return Ok(());
            }
        }
        Ok(())
    }

    fn settle(
        home: &Home,
        secret: DeviceSecret,
        known: Known,
        account: VerifiedAccount,
        keyring: Keyring,
        seed: &SigningSeed,
        name: &str,
    ) -> Result<Self, Failure> {
        let profile = known.profile(&account, name);
        let local = Local::make(home, secret)?;
        let mut change = local.change();
        local.put(&mut change, Table::Own, PROFILE, &profile)?;
        local.put_seed(&mut change, Table::Own, DEVICE, seed)?;
        local.put_keyring(&mut change, Table::Own, KEYRING, &keyring)?;
        local.commit(change)?;
        let mut accounts = Accounts::new();
        accounts.insert(account.clone())?;
        let device = DeviceKey::from_seed(seed);
        let (log, remote) = (known.log, known.remote);
        let (pinned, session, met) = (Pinned::NONE, Session::new(), Default::default());
        let keyring = Arc::new(keyring);
        Ok(Self { local, profile, account, keyring, device, accounts, log, remote, pinned, session, met })
    }

    /// Remembers the first statements of the own line before the server has them.
    fn remember_own(&self, statements: &[&[u8]]) -> Result<(), Failure> {
        let row = AccountRow {
            statements: statements.iter().map(|bytes| bytes.to_vec().into()).collect(),
            number: statements.len() as u64,
            places: Vec::new(),
        };
        let mut change = self.local.change();
        self.local.put(&mut change, Table::Accounts, self.account.id().as_bytes(), &row)?;
        Ok(self.local.commit(change)?)
    }

    /// Where this client's server is and which log it keeps, as kits and cards say it.
    ///
    /// # Errors
    /// `profile` where the address is none.
    pub fn server_address(&self) -> Result<ServerAddress, Failure> {
        let url = carnet_core::server_address::ServerUrl::parse(&self.profile.server)?;
        Ok(ServerAddress { url, origin: self.log.origin.clone(), key: self.log.key })
    }
}

/// Fetches and verifies an account's line from a server where one has no account yet.
///
/// # Errors
/// What the server or the line says.
pub fn line_of(known: &Known, id: &carnet_wire::id::AccountId) -> Result<VerifiedAccount, Failure> {
    accounts::fetch(&known.remote, id)
}

/// Sends what a step asks for, in a session that is given.
///
/// # Errors
/// [`CallError`].
pub fn call_with<S>(
    known: &Known,
    token: Option<&Token>,
    ask: carnet_core::step::Ask<S>,
) -> Result<(S, carnet_wire::message::Response), Failure> {
    Ok(call(&known.remote, token, ask).map_err(CallError::from)?)
}

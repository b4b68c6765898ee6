//! Vaults: their chains, fetched, verified, remembered; and the secrets of those that this client holds or reads through a circle.

use std::collections::BTreeMap;

use carnet_core::account::{AccountError, Keyring};
use carnet_core::document::Place;
use carnet_core::receipt::{History, Pinned};
use carnet_core::step::{
    ChainProgress, ChainStep, Followed, HistoryId, InboxStep, PayloadAt, Places, Submit,
};
use carnet_core::vault::{NewVault, VaultError, VerifiedVault, key_entry_document, open_key_entry};
use carnet_wire::id::{AccountId, VaultId};
use carnet_wire::page::HistoryPage;
use carnet_wire::statement::{self, Genesis, Holder};
use carnet_wire::tree::NodeHash;

use super::{Client, Held, accounts};
use crate::Failure;
use crate::local::{Table, VaultRow};
use crate::session::now;

impl Client {
    /// The person's own vault, as it was when the server was last asked.
    ///
    /// # Errors
    /// `no-vault` where there is none.
    pub fn own_vault(&self) -> Result<Held, Failure> {
        let vault = self.profile.vault.ok_or_else(|| Failure::coded("no-vault"))?;
        self.recall(&vault)?.ok_or_else(|| Failure::coded("no-vault"))
    }

    /// A vault as it was when the server was last asked.
    ///
    /// # Errors
    /// What the records say.
    pub fn recall(&self, vault: &VaultId) -> Result<Option<Held>, Failure> {
        let Some(row) = self.local.get::<VaultRow>(Table::Vaults, vault.as_bytes())? else { return Ok(None) };
        let hashes = row.statements.iter().map(|bytes| statement::hash(bytes));
        let places = accounts::kept_places(&row.places, hashes, &self.log);
        let signed: Vec<_> = row.statements.iter().map(|bytes| places.place(bytes.to_vec())).collect();
        let state = VerifiedVault::from_chain(vault, &signed, &self.accounts)?;
        Ok(Some(self.held(state, row)?))
    }

    fn held(&self, vault: VerifiedVault, row: VaultRow) -> Result<Held, Failure> {
        let keyring = self.local.keyring(Table::Own, &keyring_key(vault.id().as_bytes()))?;
        let mut circles = BTreeMap::new();
        for circle in vault.circles() {
            if let Some(keyring) = self.local.keyring(Table::Own, &keyring_key(circle.as_bytes()))? {
                circles.insert(*circle, keyring);
            }
        }
        let pinned = row.pin.map_or(Pinned::NONE, Pinned::at);
        let peaks = row.peaks.iter().map(|peak| NodeHash::from_bytes(**peak)).collect();
        let history = History::from_peaks(row.size, peaks).ok_or_else(|| Failure::coded("local-closed"))?;
        Ok(Held { vault, keyring, circles, pinned, history, row })
    }

    /// Asks the server what is new in a vault's chain, verifies it and remembers it.
    ///
    /// # Errors
    /// What the server or the chain says; `absent` for a vault in which this account has nothing to do.
    pub fn visit(&mut self, vault: &VaultId) -> Result<Held, Failure> {
        let known = match self.recall(vault) {
            Err(failure) if failure.code() == Some(CUT_OFF) => {
                self.place_vault(vault)?;
                self.recall(vault)?
            }
            known => known?,
        };
        let mut row: VaultRow = self.local.get(Table::Vaults, vault.as_bytes())?.unwrap_or_default();
        let before = known.as_ref().map(|held| held.vault.clone());
        let mut ask = match known {
            Some(held) => ChainStep::resume(Followed { state: held.vault, number: row.number }),
            None => ChainStep::start(vault),
        };
        let mut fetched = Vec::new();
        let gathered = loop {
            let (then, response) = self.call(ask)?;
            if let Ok(page) = response.read::<HistoryPage>() {
                fetched.extend(page.parts.into_iter().filter_map(|part| part.statement));
            }
            match then.receive(&response)? {
                ChainProgress::More(next) => ask = next,
                ChainProgress::Gathered(gathered) => break gathered,
            }
        };
        for actor in gathered.actors() {
            self.meet(&AccountId::from_bytes(*actor.as_bytes()))?;
        }
        let followed = match gathered.verify(&self.accounts, &Places::new()) {
            Err(VaultError::Account(AccountError::CutOff)) => {
                let statements: Vec<_> = gathered.statements().collect();
                let places = self.places(HistoryId::from(*vault), &statements, &mut row.places)?;
                gathered.verify(&self.accounts, &places)?
            }
            done => done?,
        };
        if before.is_some_and(|before| !followed.state.extends(&before)) {
            return Err(VaultError::Rollback.into());
        }
        row.number = followed.number;
        let new = !fetched.is_empty();
        row.statements.extend(fetched);
        let held = self.held(followed.state, row)?;
        if new {
            self.keep_vault(&held)?;
        }
        Ok(held)
    }

    /// Finds the places in the log of what a vault's chain says, after a device that signed some of it was cut off.
    fn place_vault(&mut self, vault: &VaultId) -> Result<(), Failure> {
        let own = self.account.id();
        self.meet(&own)?;
        let mut row: VaultRow = self.local.get(Table::Vaults, vault.as_bytes())?.unwrap_or_default();
        let genesis = row.statements.first().and_then(|bytes| super::claimed::<Genesis>(bytes));
        if let Some(Holder::Account(holder)) = genesis.map(|genesis| genesis.holder) {
            self.meet(&holder)?;
        }
        let statements: Vec<_> = row.statements.iter().map(|bytes| statement::hash(bytes)).collect();
        row.places.clear();
        self.places(HistoryId::from(*vault), &statements, &mut row.places)?;
        let mut change = self.local.change();
        self.local.put(&mut change, Table::Vaults, vault.as_bytes(), &row)?;
        Ok(self.local.commit(change)?)
    }

    /// Visits a vault that this client holds, with its secrets: they are taken out of its key entry where they are new.
    ///
    /// # Errors
    /// What the server or the vault says.
    pub fn enter(&mut self, vault: &VaultId) -> Result<Held, Failure> {
        let mut held = self.visit(vault)?;
        let newest = held.vault.reader().key_id();
        if held.keyring.as_ref().is_none_or(|keyring| keyring.newest().key_id() != newest) {
            self.take_keys(&mut held)?;
        }
        Ok(held)
    }

    /// The own vault, entered.
    ///
    /// # Errors
    /// `no-vault`, or as [`Client::enter`].
    pub fn enter_own(&mut self) -> Result<Held, Failure> {
        let vault = self.profile.vault.ok_or_else(|| Failure::coded("no-vault"))?;
        self.enter(&vault)
    }

    fn take_keys(&mut self, held: &mut Held) -> Result<(), Failure> {
        let opened = self.own_key_entry(held)?;
        let at = PayloadAt::of(&opened, held.vault.id(), None);
        let payload = self.payload_bytes(&at.whole(), &opened, super::content::MOST_KEYS)?;
        let keyring = open_key_entry(&opened, &payload, &held.vault.reader())?;
        self.keep_vault_keyring(held.vault.id().as_bytes(), &keyring)?;
        held.keyring = Some(keyring);
        Ok(())
    }

    /// Makes this account's vault: its genesis, then its key entry, granted to the account.
    ///
    /// # Errors
    /// What the server says.
    pub fn make_vault(&mut self) -> Result<Held, Failure> {
        let new = NewVault::make(&self.account, &self.device, &self.log.origin, now())?;
        let vault = VerifiedVault::begin(&new.id, new.genesis.as_bytes(), &self.accounts, None)?;
        let row = VaultRow {
            statements: vec![new.genesis.as_bytes().to_vec().into()],
            number: 1,
            ..VaultRow::default()
        };
        // The secrets are kept before anybody hears of the vault: nothing can be deposited that nobody opens.
        self.keep_vault_keyring(new.id.as_bytes(), &new.keyring)?;
        let mut held = self.held(vault, row)?;
        let ask = Submit::statement(&new.id, &new.genesis, &held.pinned);
        self.state_in(&mut held, ask)?;
        self.deposit_key_entry(&mut held, &new.keyring)?;
        self.profile.vault = Some(new.id);
        self.keep_profile()?;
        Ok(held)
    }

    /// Deposits the current version of the vault's key entry, granted to this account.
    pub(super) fn deposit_key_entry(&mut self, held: &mut Held, keyring: &Keyring) -> Result<(), Failure> {
        let key_entry = held.vault.key_entry();
        let place = Place {
            vault: held.vault.id(),
            entry: key_entry.entry,
            version: key_entry.version,
            predecessor: None,
            class: 0,
        };
        let reader = self.account.reader().ok_or_else(|| Failure::coded("local-closed"))?;
        let mut payload = Vec::new();
        let document = key_entry_document(keyring);
        let sealed = document.seal(&place, &self.log.origin, &self.author(), &[reader], &mut payload)?;
        self.deposit_small(held, vec![(sealed, payload)])?;
        Ok(())
    }

    /// The vaults in which this account has something to do.
    ///
    /// # Errors
    /// What the server says.
    pub fn inbox(&mut self) -> Result<Vec<VaultId>, Failure> {
        let (mut all, mut next) = (Vec::new(), Some(InboxStep::start(&self.account.id())));
        while let Some(ask) = next {
            let (then, response) = self.call(ask)?;
            let progress = then.receive(&response)?;
            all.extend(progress.vaults);
            next = progress.more;
        }
        Ok(all)
    }

    /// Remembers a vault.
    pub(super) fn keep_vault(&self, held: &Held) -> Result<(), Failure> {
        let mut change = self.local.change();
        self.put_vault(&mut change, held)?;
        Ok(self.local.commit(change)?)
    }

    pub(super) fn put_vault(&self, change: &mut crate::local::Change, held: &Held) -> Result<(), Failure> {
        let peaks = held.history.peaks().iter().map(|peak| (*peak.as_bytes()).into()).collect();
        let size = held.history.pin().size;
        let row = VaultRow { pin: held.pinned.pin(), size, peaks, ..held.row.clone() };
        Ok(self.local.put(change, Table::Vaults, held.vault.id().as_bytes(), &row)?)
    }

    /// Remembers where a vault's history stands.
    pub(super) fn keep_pin(&self, held: &Held) -> Result<(), Failure> {
        self.keep_vault(held)
    }

    /// Remembers when a vault was opened for a reader.
    ///
    /// # Errors
    /// What the records say.
    pub fn keep_visit(&self, held: &mut Held, time: u64) -> Result<(), Failure> {
        held.row.visited = Some(time);
        self.keep_vault(held)
    }

    pub(super) fn keep_vault_keyring(&self, reader: &[u8; 32], keyring: &Keyring) -> Result<(), Failure> {
        let mut change = self.local.change();
        self.local.put_keyring(&mut change, Table::Own, &keyring_key(reader), keyring)?;
        Ok(self.local.commit(change)?)
    }
}

/// The code of what a device signed that has been cut off since.
const CUT_OFF: &str = "account-device-cut-off";

fn keyring_key(reader: &[u8; 32]) -> Vec<u8> {
    [b"keyring/".as_slice(), reader].concat()
}

//! Vaults opened by letter: made before their holder has any key, and taken over by the holder, or refused.

use carnet_core::account::{Accounts, Keyring, Owner};
use carnet_core::document::Place;
use carnet_core::letter::{Letter, OpenedLetter, PrintedSecret, SecondFactor};
use carnet_core::open::Opened;
use carnet_core::receipt::Pinned;
use carnet_core::step::{ChainProgress, ChainStep, LetterSession, ListStep, Places, Submit};
use carnet_core::stored::Stored;
use carnet_core::vault::{NewActivation, NewVault, VerifiedVault, key_entry_document};
use carnet_wire::id::{ActorId, VaultId};
use carnet_wire::message::Token;
use carnet_wire::statement::{Close, Context};

use super::Client;
use super::create::Known;
use crate::Failure;
use crate::session::now;

/// A vault that was opened by letter: what is printed, and what is sent another way.
#[derive(Debug)]
pub struct Lettered {
    /// The letter.
    pub letter: Letter,
    /// Its second factor.
    pub factor: SecondFactor,
    /// The vault.
    pub vault: VaultId,
}

/// What the letter's session sees of its vault.
struct Seen {
    token: Token,
    vault: VerifiedVault,
    stored: Vec<Stored>,
}

impl Client {
    /// Makes a vault whose holder has no key yet. Its letter and second factor are nowhere else: this client forgets both.
    ///
    /// # Errors
    /// What the server says.
    pub fn open_vault_by_letter(&mut self) -> Result<Lettered, Failure> {
        let (secret, factor) = (PrintedSecret::make()?, SecondFactor::make()?);
        let opened = secret.open(&factor)?;
        let new = NewVault::make_by_letter(&opened.keys, &self.log.origin, now())?;
        let mut pinned = Pinned::NONE;
        let ask = Submit::statement(&new.id, &new.genesis, &pinned);
        let (then, response) = self.call(ask)?;
        then.receive(&response, &self.log, &mut pinned)?;
        let letter = secret.into_letter(self.server_address()?, new.id);
        Ok(Lettered { letter, factor, vault: new.id })
    }

    /// Takes over the vault that a letter opens: its keys rotate, the letter's rights end, and what was deposited is granted anew, in one
    /// step. How many documents were there is given back.
    ///
    /// # Errors
    /// `letter-used` where the letter opens nothing any more; `vault-there` where this account has a vault; what the server says.
    pub fn activate(
        &mut self,
        owner: &Owner,
        letter: &Letter,
        factor: &SecondFactor,
    ) -> Result<usize, Failure> {
        if self.profile.vault.is_some() {
            return Err(Failure::coded("vault-there"));
        }
        let opened = letter.secret.open(factor)?;
        let seen = self.see(letter, &opened)?;
        self.meet_depositors(&seen.stored)?;
        let keyring = Keyring::new(opened.keys.derive_vault_keys());
        let mut documents: Vec<Opened> = Vec::new();
        for stored in seen.stored {
            documents.push(
                match super::entries::open(stored.clone(), &seen.vault, &[&keyring], &self.accounts) {
                    Ok(opened) => opened,
                    Err(error) => self.open_again(error, stored, &seen.vault, &[&keyring])?,
                },
            );
        }
        let new = NewActivation::make(
            &seen.vault,
            &opened.keys,
            keyring,
            &self.account,
            owner,
            &documents,
            opened.evidence,
            None,
            now(),
        )?;
        // The secrets are kept before the server hears of them.
        self.keep_vault_keyring(letter.vault.as_bytes(), &new.keyring)?;
        let (then, response) = self.call(Submit::activation(&new, &Pinned::NONE))?;
        let mut pinned = Pinned::NONE;
        then.receive(&response, &self.log, &mut pinned)?;
        self.profile.vault = Some(letter.vault);
        self.keep_profile()?;
        self.put_vault_keys(&letter.vault, &opened)?;
        self.sync()?;
        Ok(documents.len())
    }

    /// Refuses the vault that a letter opens: it is closed, and nothing can be deposited in it any more.
    ///
    /// # Errors
    /// `letter-used`; what the server says.
    pub fn refuse(&mut self, letter: &Letter, factor: &SecondFactor) -> Result<(), Failure> {
        let opened = letter.secret.open(factor)?;
        let seen = self.see(letter, &opened)?;
        let actor = ActorId::from_bytes(*opened.keys.bundle().reader_id().as_bytes());
        let context = Context { vault: letter.vault, actor, time: now(), pin: None };
        let body = Close { context, replaces: seen.vault.policy_statement() };
        let statement = opened.keys.signing().sign(&self.log.origin, body)?;
        let mut pinned = Pinned::NONE;
        let ask = Submit::statement(&letter.vault, &statement, &pinned);
        let (then, response) = self.by_letter(&seen.token, ask)?;
        then.receive(&response, &self.log, &mut pinned)?;
        Ok(())
    }

    /// Both versions of the key entry, granted to this account: the first holds the letter's generation, the second both.
    fn put_vault_keys(&mut self, vault: &VaultId, opened: &OpenedLetter) -> Result<(), Failure> {
        let mut held = self.visit(vault)?;
        let key_entry = held.vault.key_entry();
        let reader = self.account.reader().ok_or_else(|| Failure::coded("internal"))?;
        let first = Keyring::new(opened.keys.derive_vault_keys());
        let mut place =
            Place { vault: *vault, entry: key_entry.entry, version: 1, predecessor: None, class: 0 };
        for version in 1..=key_entry.version {
            let keyring = match version {
                1 => &first,
                _ => held.keyring.as_ref().ok_or_else(|| Failure::coded("vault-without-keys"))?,
            };
            let mut payload = Vec::new();
            let document = key_entry_document(keyring);
            let readers = [reader.clone()];
            let sealed = document.seal(&place, self.origin(), &self.author(), &readers, &mut payload)?;
            let deposited = self.deposit_small(&mut held, vec![(sealed, payload)])?;
            let statement = deposited.first().map(|one| one.statement);
            place = Place { version: version.saturating_add(1), predecessor: statement, ..place };
        }
        Ok(())
    }

    /// Logs in with the letter and looks at its vault.
    fn see(&mut self, letter: &Letter, opened: &OpenedLetter) -> Result<Seen, Failure> {
        let known = Known::by_paper(&letter.server, self.profile.certificates.clone())?;
        let known = known.watched(self.remote.waits());
        if known.log.origin != self.log.origin || known.log.key != self.log.key {
            return Err(Failure::coded("card-elsewhere").with("server", letter.server.url.as_str()));
        }
        let used = |failure: Failure| match failure.code() {
            Some("unauthenticated" | "absent") => Failure::coded("letter-used"),
            _ => failure,
        };
        let ask = LetterSession::start(&self.log.origin, &opened.keys);
        let (then, response) = super::create::call_with(&known, None, ask)?;
        let ask = then.receive(&response, &opened.keys, now()).map_err(|error| used(error.into()))?;
        let (then, response) = super::create::call_with(&known, None, ask)?;
        let token = then.receive(&response).map_err(|error| used(error.into()))?;
        let mut ask = ChainStep::start(&letter.vault);
        let gathered = loop {
            let (then, response) = self.by_letter(&token, ask)?;
            match then.receive(&response).map_err(|error| used(error.into()))? {
                ChainProgress::More(next) => ask = next,
                ChainProgress::Gathered(gathered) => break gathered,
            }
        };
        let vault = gathered.verify(&Accounts::new(), &Places::new())?.state;
        let (mut stored, mut next) = (Vec::new(), Some(ListStep::start(&letter.vault)));
        while let Some(ask) = next {
            let (then, response) = self.by_letter(&token, ask)?;
            let progress = then.receive(&response).map_err(|error| used(error.into()))?;
            stored.extend(progress.stored);
            next = progress.more;
        }
        Ok(Seen { token, vault, stored })
    }

    fn by_letter<S>(
        &self,
        token: &Token,
        ask: carnet_core::step::Ask<S>,
    ) -> Result<(S, carnet_wire::message::Response), Failure> {
        let response = self.remote.send(&ask.request, Some(token), None)?;
        Ok((ask.then, response))
    }
}

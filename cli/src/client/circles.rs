//! Circles: standing access. Who is a member reads everything of some classes, also what comes later, by one grant on the circle's key
//! entry. Removing a member makes the circle's next generation.
//!
//! What a circle is for stands in its key entry's labels, sealed: the server knows numbers of classes only.

use std::collections::BTreeSet;

use carnet_core::authored::Sort;
use carnet_core::document::Place;
use carnet_core::grant::{Batch, Terms, Wrapped};
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::reader::VerifiedReader;
use carnet_core::step::{ClaimedGrant, Submit};
use carnet_core::vault::{Rules, key_entry_document, open_key_entry};
use carnet_wire::id::{AccountId, EntryId, ReaderId, StatementHash};
use carnet_wire::statement::{GrantBatch, Standing};

use super::{Client, Held};
use crate::Failure;
use crate::local::CatalogueRow;
use crate::session::now;

/// What a circle's members read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything.
    All,
    /// One class of documents.
    Class(u16),
}

impl Scope {
    fn label(self) -> String {
        match self {
            Self::All => "scope:all".to_owned(),
            Self::Class(class) => format!("scope:class:{class}"),
        }
    }

    fn parse(label: &str) -> Option<Self> {
        match label.strip_prefix("scope:")? {
            "all" => Some(Self::All),
            class => class.strip_prefix("class:")?.parse().ok().map(Self::Class),
        }
    }

    /// Whether a class belongs to it.
    #[must_use]
    pub fn holds(self, class: u16) -> bool {
        match self {
            Self::All => true,
            Self::Class(own) => own == class,
        }
    }
}

impl Client {
    /// The circles of an own vault that has been brought up to date, with what each is for.
    ///
    /// # Errors
    /// What the records say.
    pub fn circles(&mut self, held: &mut Held) -> Result<Vec<(ReaderId, Scope)>, Failure> {
        let mut circles = Vec::new();
        for circle in held.vault.circles().copied().collect::<Vec<_>>() {
            let Some(key_entry) = held.vault.circle_key_entry(&circle) else { continue };
            let Ok(row) = self.listed(&held.vault.id(), &key_entry.entry) else { continue };
            if let Some(scope) = row.labels.iter().find_map(|label| Scope::parse(label)) {
                circles.push((circle, scope));
            }
        }
        Ok(circles)
    }

    /// The circle of a scope, made where there is none: its key entry, the policy that names it, and a grant to it of everything that
    /// is there already.
    ///
    /// # Errors
    /// What the server says.
    pub fn circle_for(&mut self, held: &mut Held, scope: Scope) -> Result<ReaderId, Failure> {
        if let Some((circle, _)) = self.circles(held)?.into_iter().find(|(_, of)| *of == scope) {
            return Ok(circle);
        }
        let before: BTreeSet<ReaderId> = held.vault.circles().copied().collect();
        let place = Place::new_entry(held.vault.id(), 0, now())?;
        let new = self.ruler(held).new_circle(place.entry)?;
        let ask = Submit::statement(&held.vault.id(), &new.statement, &held.pinned);
        self.state_in(held, ask)?;
        *held = self.visit(&held.vault.id())?;
        let made = held.vault.circles().find(|circle| !before.contains(circle)).copied();
        let circle = made.ok_or_else(|| Failure::coded("internal"))?;
        self.keep_vault_keyring(circle.as_bytes(), &new.keyring)?;
        let holder = HolderPart { labels: vec![scope.label()], ..HolderPart::default() };
        self.put_circle_keys(held, &place, &new.keyring, holder)?;
        *held = self.visit(&held.vault.id())?;
        self.put_policy(held, Some((circle, scope)))?;
        self.grant_all(held, &circle, scope)?;
        self.sync_vault(held)?;
        Ok(circle)
    }

    /// Makes somebody a member: one grant, on the circle's key entry.
    ///
    /// # Errors
    /// What the server says.
    pub fn add_member(
        &mut self,
        held: &mut Held,
        circle: &ReaderId,
        reader: &VerifiedReader,
        terms: Terms,
    ) -> Result<StatementHash, Failure> {
        let opened = self.open_circle_keys(held, circle)?;
        self.grant(held, vec![opened.grant(reader, terms)?])
    }

    /// Removes a member: the circle's next generation, its keys granted to those who remain, and the policy that names it.
    ///
    /// # Errors
    /// What the server says.
    pub fn remove_member(
        &mut self,
        held: &mut Held,
        circle: &ReaderId,
        removed: &ReaderId,
        live: &[ClaimedGrant],
    ) -> Result<(), Failure> {
        let opened = self.open_circle_keys(held, circle)?;
        let keyring = self.circle_keyring(held, circle, &opened)?;
        let entry = opened.item().entry;
        let remain: Vec<(ReaderId, Terms)> = members(live, &entry)
            .filter(|grant| grant.leaf.reader != *removed)
            .map(|grant| {
                let leaf = &grant.leaf;
                let terms = Terms { rights: leaf.rights, not_before: leaf.not_before, expires: leaf.expires };
                (leaf.reader, terms)
            })
            .collect();
        let (place, holder) = (opened.next_version(), opened.holder().clone());
        let next = self.ruler(held).next_circle(circle, keyring)?;
        let ask = Submit::statement(&held.vault.id(), &next.statement, &held.pinned);
        self.state_in(held, ask)?;
        *held = self.visit(&held.vault.id())?;
        self.keep_vault_keyring(circle.as_bytes(), &next.keyring)?;
        self.put_circle_keys(held, &place, &next.keyring, holder)?;
        *held = self.visit(&held.vault.id())?;
        self.put_policy(held, None)?;
        self.sync_vault(held)?;
        let opened = self.open_circle_keys(held, circle)?;
        let mut wrapped = Vec::new();
        for (reader, terms) in remain {
            let account = self.meet(&AccountId::from_bytes(*reader.as_bytes()))?;
            if let Some(reader) = account.reader() {
                wrapped.push(opened.grant(&reader, terms)?);
            }
        }
        if !wrapped.is_empty() {
            self.grant(held, wrapped)?;
        }
        Ok(())
    }

    /// Signs grants and submits them, up to 1,000 under one signature.
    ///
    /// # Errors
    /// What the server says.
    pub fn grant(&mut self, held: &mut Held, wrapped: Vec<Wrapped>) -> Result<StatementHash, Failure> {
        let mut last = None;
        let mut wrapped = wrapped.into_iter().peekable();
        while wrapped.peek().is_some() {
            let batch = Batch::new(wrapped.by_ref().take(GrantBatch::MAX).collect())?;
            let statement = batch.sign(&self.ruler(held))?;
            let ask = Submit::grants(&held.vault.id(), &statement, &batch, &held.pinned);
            self.state_in(held, ask)?;
            last = Some(statement.hash());
        }
        last.ok_or_else(|| Failure::coded("internal"))
    }

    /// Grants everything of a scope that is there to its circle.
    fn grant_all(&mut self, held: &mut Held, circle: &ReaderId, scope: Scope) -> Result<(), Failure> {
        let reader = held.vault.circle(circle).ok_or_else(|| Failure::coded("internal"))?;
        let rows: Vec<CatalogueRow> = self.catalogue(&held.vault.id())?;
        let mut wrapped = Vec::new();
        for row in rows.iter().filter(|row| scope.holds(row.class) && row.sort != Sort::Key) {
            wrapped.push(self.reopen(held, &row.entry)?.grant(&reader, Terms::OPEN)?);
        }
        if !wrapped.is_empty() {
            self.grant(held, wrapped)?;
        }
        Ok(())
    }

    /// The policy anew, naming each circle at its current generation; `more` is a circle that it does not name yet.
    fn put_policy(&mut self, held: &mut Held, more: Option<(ReaderId, Scope)>) -> Result<(), Failure> {
        let mut classes: Vec<(u16, Vec<ReaderId>)> = Vec::new();
        let before = held.vault.policy().cloned();
        for class in 0..CLASSES {
            let named =
                before.as_ref().and_then(|policy| policy.classes.iter().find(|one| one.class == class));
            let mut circles: Vec<ReaderId> =
                named.map(|one| one.circles.iter().map(|at| at.circle).collect()).unwrap_or_default();
            if let Some((circle, scope)) = more
                && scope.holds(class)
                && !circles.contains(&circle)
            {
                circles.push(circle);
            }
            if !circles.is_empty() {
                classes.push((class, circles));
            }
        }
        let rules = match before {
            Some(policy) => Rules {
                classes,
                standing: policy.standing,
                depositors: policy.depositors,
                delegates: policy.delegates,
                blocked: policy.blocked,
            },
            None => Rules {
                classes,
                standing: Standing::Attested,
                depositors: Vec::new(),
                delegates: Vec::new(),
                blocked: Vec::new(),
            },
        };
        let statement = self.ruler(held).set_policy(rules)?;
        let ask = Submit::statement(&held.vault.id(), &statement, &held.pinned);
        self.state_in(held, ask)?;
        *held = self.visit(&held.vault.id())?;
        Ok(())
    }

    /// Deposits a version of a circle's key entry, for the vault only.
    fn put_circle_keys(
        &mut self,
        held: &mut Held,
        place: &Place,
        keyring: &carnet_core::account::Keyring,
        holder: HolderPart,
    ) -> Result<(), Failure> {
        let mut payload = Vec::new();
        let mut document = key_entry_document(keyring);
        document.holder = holder;
        let readers = [held.vault.reader()];
        let sealed = document.seal(place, self.origin(), &self.author(), &readers, &mut payload)?;
        self.deposit_small(held, vec![(sealed, payload)])?;
        Ok(())
    }

    fn open_circle_keys(&mut self, held: &Held, circle: &ReaderId) -> Result<Opened, Failure> {
        let key_entry =
            held.vault.circle_key_entry(circle).ok_or_else(|| Failure::coded("circle-unknown"))?;
        self.reopen(held, &key_entry.entry)
    }

    fn circle_keyring(
        &mut self,
        held: &Held,
        circle: &ReaderId,
        opened: &Opened,
    ) -> Result<carnet_core::account::Keyring, Failure> {
        let reader = held.vault.circle(circle).ok_or_else(|| Failure::coded("circle-unknown"))?;
        let at = carnet_core::step::PayloadAt::of(opened, held.vault.id(), None);
        let payload = match std::fs::read(self.local.payload(&opened.item().payload)) {
            Ok(payload) => payload,
            Err(_) => self.payload_bytes(&at.whole(), opened, super::content::MOST_KEYS)?,
        };
        Ok(open_key_entry(opened, &payload, &reader)?)
    }
}

/// The live grants of a circle's key entry to accounts: its members.
pub fn members<'a>(
    live: &'a [ClaimedGrant],
    key_entry: &'a EntryId,
) -> impl Iterator<Item = &'a ClaimedGrant> {
    let newest =
        live.iter().filter(|grant| grant.leaf.entry == *key_entry).map(|grant| grant.leaf.version).max();
    live.iter().filter(move |grant| {
        let leaf = &grant.leaf;
        leaf.entry == *key_entry
            && Some(leaf.version) == newest
            && leaf.via == carnet_wire::grant_leaf::Via::Account
    })
}

/// Classes that a policy names: those in use, and room for more.
const CLASSES: u16 = 16;

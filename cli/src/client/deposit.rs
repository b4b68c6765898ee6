//! Depositing: drafts are uploaded and signed, many at a time, and remembered.

use carnet_core::seal::{Sealed, SignedDeposit, Told};
use carnet_core::step::{Carried, Submit};
use carnet_core::stored::Wanted;
use carnet_core::wire::id::StatementHash;
use rayon::prelude::*;

use super::content::MOST_KEPT;
use super::draft::{Draft, DraftKey, NOTED};
use super::spool::Payload;
use super::{Client, Held};
use crate::Failure;
use crate::local::Table;
use crate::session::now;
use crate::unix;

/// A deposit that the server has, and this client has still to remember.
#[derive(Debug)]
#[must_use]
pub struct Landed {
    signed: SignedDeposit,
    accepted: u64,
    noted: Vec<Noted>,
}

/// What is to be remembered of a draft that was deposited.
#[derive(Debug)]
struct Noted {
    payload: Payload,
    key: DraftKey,
    len: u64,
    told: Option<Told>,
}

/// What was deposited.
#[derive(Debug, Clone, Copy)]
pub struct Deposited {
    /// The entry and version.
    pub wanted: Wanted,
    /// The deposit.
    pub statement: StatementHash,
    /// When the server accepted it, in milliseconds since 1970.
    pub accepted: u64,
}

impl Client {
    /// Uploads drafts and deposits them, up to 200 under one signature. `each` hears of bytes of payloads that are sent, each byte once.
    ///
    /// # Errors
    /// What the server says. What was deposited before stays, and what was sealed lies in the spool.
    pub fn deposit(
        &mut self,
        held: &mut Held,
        drafts: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Deposited>, Failure> {
        let (mut deposited, landed) = self.deposit_meanwhile(held, drafts, each, |_, _| {})?;
        if let Some(landed) = landed {
            deposited.extend(self.record(held, landed)?);
        }
        Ok(deposited)
    }

    /// The same; while the server has the last of them, there is time for `work`, and that last is still to be [recorded](Self::record).
    ///
    /// # Errors
    /// As [`Client::deposit`]. `work` may then not have been done.
    pub fn deposit_meanwhile(
        &mut self,
        held: &mut Held,
        drafts: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
        work: impl FnOnce(&Self, &Held),
    ) -> Result<(Vec<Deposited>, Option<Landed>), Failure> {
        let mut deposited = Vec::with_capacity(drafts.len());
        let mut drafts = drafts.into_iter().peekable();
        let (mut work, mut landed) = (Some(work), None);
        while drafts.peek().is_some() {
            let (mut batch, mut along) = (Vec::new(), 0_u64);
            while let Some(draft) = drafts.peek() {
                let len = if draft.len <= LONGEST_ALONG { draft.len } else { 0 };
                if batch.len() == BATCH || (along > 0 && along.saturating_add(len) > MOST_ALONG) {
                    break;
                }
                along = along.saturating_add(len);
                batch.extend(drafts.next());
            }
            let work = if drafts.peek().is_none() { work.take() } else { None };
            if let Some(before) = landed.take() {
                deposited.extend(self.record(held, before)?);
            }
            landed = Some(self.deposit_batch(held, batch, each, work)?);
        }
        if let Some(work) = work {
            work(self, held);
        }
        Ok((deposited, landed))
    }

    /// Remembers what was deposited: it is in the catalogue, and its drafts are gone. Where this is not done, the next look at the server
    /// tells of it.
    ///
    /// # Errors
    /// What the records say, or what was deposited and does not open.
    pub fn record(&self, held: &Held, landed: Landed) -> Result<Vec<Deposited>, Failure> {
        let Landed { signed, accepted, noted } = landed;
        let mut change = self.local.change();
        for noted in noted.iter().filter(|noted| noted.len > NOTED) {
            change.remove(Table::Drafts, &noted.key);
        }
        let mine = held.is_mine();
        let keep = |(noted, sealed): (Noted, &Sealed)| {
            let Noted { payload, len, told, .. } = noted;
            if len <= MOST_KEPT && mine {
                payload.keep(&self.local.payload(&sealed.item().payload));
            } else {
                payload.remove();
            }
            told
        };
        let told = noted.into_par_iter().zip(&signed.sealed).map(keep).collect();
        self.list_own(&mut change, held, &signed, told, accepted)?;
        self.put_vault(&mut change, held)?;
        self.local.commit(change)?;
        let statement = signed.statement.hash();
        let put = |sealed: &Sealed| {
            let item = sealed.item();
            Deposited { wanted: Wanted { entry: item.entry, version: item.version }, statement, accepted }
        };
        Ok(signed.sealed.iter().map(put).collect())
    }

    fn deposit_batch(
        &mut self,
        held: &mut Held,
        batch: Vec<Draft>,
        each: &(dyn Fn(u64) + Sync),
        work: Option<impl FnOnce(&Self, &Held)>,
    ) -> Result<Landed, Failure> {
        let (mut sealed, mut payloads, mut noted) = (Vec::new(), Vec::new(), Vec::new());
        for draft in batch {
            // What goes along is not noted as a draft: where this fails it is sealed anew.
            let along = draft.len <= LONGEST_ALONG;
            payloads.push(if along { draft.payload.into_memory()? } else { draft.payload });
            sealed.push(draft.sealed);
            noted.push((draft.key, draft.len, draft.told));
        }
        let (signed, accepted) = self.send(held, sealed, &payloads, each, work)?;
        let noted = payloads.into_iter().zip(noted);
        let noted = noted.map(|(payload, (key, len, told))| Noted { payload, key, len, told });
        Ok(Landed { noted: noted.collect(), signed, accepted })
    }

    /// Uploads the long payloads, then signs and submits all, the short payloads along with the statement. Where another statement came
    /// first, it is read, and the deposit is signed again.
    fn send(
        &mut self,
        held: &mut Held,
        sealed: Vec<Sealed>,
        payloads: &[Payload],
        each: &(dyn Fn(u64) + Sync),
        mut work: Option<impl FnOnce(&Self, &Held)>,
    ) -> Result<(SignedDeposit, u64), Failure> {
        let long: Vec<_> = payloads
            .iter()
            .filter_map(|payload| match payload {
                Payload::File(path, spooled) => Some((path.as_path(), spooled)),
                Payload::Bytes(_) => None,
            })
            .collect();
        let uploaded = self.upload_all(&held.vault.id(), &long, each)?;
        let kept: Vec<Vec<u8>> = sealed.iter().map(Sealed::to_bytes).collect();
        let mut sealed = Some(sealed);
        let mut tries = 0;
        loop {
            let parse =
                |bytes: &Vec<u8>| Sealed::from_bytes(bytes).map_err(|_| Failure::coded("local-closed"));
            let items = match sealed.take() {
                Some(sealed) => sealed,
                None => kept.iter().map(parse).collect::<Result<_, _>>()?,
            };
            let signed = SignedDeposit::sign(&held.vault, &self.author(), items, held.pinned.pin(), now())?;
            let mut carried = Vec::new();
            for (sealed, payload) in signed.sealed.iter().zip(payloads) {
                if let Payload::Bytes(bytes) = payload {
                    carried
                        .push(Carried::check(sealed, bytes).ok_or_else(|| Failure::coded("spool-damaged"))?);
                }
            }
            let ask = Submit::deposit_carrying(&signed, &carried, &uploaded, &held.pinned)?;
            let called = match work.take() {
                Some(work) => self.call_meanwhile(ask, |client| work(client, held)),
                None => self.call(ask),
            };
            let receipted = called
                .map_err(Failure::from)
                .and_then(|(then, response)| Ok(then.receive(&response, &self.log, &mut held.pinned)?));
            match receipted {
                Ok(receipted) => {
                    signed.sealed.iter().zip(payloads).for_each(|(sealed, payload)| {
                        if matches!(payload, Payload::Bytes(_)) {
                            each(sealed.item().payload_len);
                        }
                    });
                    return Ok((signed, receipted.receipt().accepted()));
                }
                Err(failure) if tries < 3 && failure.code().is_some_and(|code| PASSING.contains(&code)) => {
                    tries += 1;
                    let fresh = self.visit(&held.vault.id())?;
                    held.vault = fresh.vault;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Deposits what lies in memory and is short: keys of vaults and circles.
    ///
    /// # Errors
    /// `step-too-large` for more bytes than go along with a statement; what the server says.
    pub fn deposit_small(
        &mut self,
        held: &mut Held,
        sealed: Vec<(Sealed, Vec<u8>)>,
    ) -> Result<Vec<Deposited>, Failure> {
        let (sealed, payloads): (Vec<_>, Vec<_>) =
            sealed.into_iter().map(|(sealed, payload)| (sealed, Payload::Bytes(payload))).unzip();
        let (signed, accepted) = self.send(held, sealed, &payloads, &|_| {}, None::<fn(&Self, &Held)>)?;
        self.keep_pin(held)?;
        if held.is_mine() {
            let mut change = self.local.change();
            for (sealed, payload) in signed.sealed.iter().zip(&payloads) {
                if let Payload::Bytes(bytes) = payload {
                    let _ = unix::write_private(&self.local.payload(&sealed.item().payload), bytes);
                }
            }
            self.list_own(&mut change, held, &signed, Vec::new(), accepted)?;
            self.local.commit(change)?;
        }
        let statement = signed.statement.hash();
        let put = |sealed: &Sealed| {
            let item = sealed.item();
            Deposited { wanted: Wanted { entry: item.entry, version: item.version }, statement, accepted }
        };
        Ok(signed.sealed.iter().map(put).collect())
    }
}

/// Entries under one signature.
const BATCH: usize = 200;
/// Payloads up to so many bytes go along with their statement.
const LONGEST_ALONG: u64 = 1024 * 1024;
/// All that go along with one statement together, in bytes: under what a server takes.
const MOST_ALONG: u64 = 6 * 1024 * 1024;
/// What another statement in between causes, and reading the vault again mends.
const PASSING: [&str; 5] =
    ["conflict", "stale-policy", "stale-generation", "step-pin-moved", "history-proof-missing"];

//! Who may have what: the one place where a session, a vault's rules and its grants meet.
//!
//! Statements decide for themselves who may make them ([`crate::accept`]); this is about what is given out. Whatever is refused
//! here is [`Refusal::Absent`]: to whoever has no right, a vault that exists looks like one that does not.

use std::sync::Arc;

use carnet_wire::chain::{Chain, Ground};
use carnet_wire::id::{ActorId, EntryId, PayloadRoot, ReaderId, StatementHash, VaultId};
use carnet_wire::statement::{Read, ReadMode, Statement};

use crate::attestation;
use crate::entry::{Live, VersionRecord, live_grant, live_grants, met_key, version_key};
use crate::history::{History, decode, kept_of, one};
use crate::refusal::Refusal;
use crate::session::{self, Session, Who};
use crate::state::App;

/// How long a read releases what it named, in milliseconds: as long as the longest session.
pub const MAX_READ_AGE: u64 = session::LIFETIME;

/// A vault, for somebody who has something to do there.
#[derive(Debug, Clone)]
pub struct Entered {
    /// Its history.
    pub history: History,
    /// Its chain.
    pub chain: Arc<Chain>,
    /// Who.
    pub actor: ActorId,
}

/// Lets whoever holds the vault, rules it, may deposit, or has something to read there see its chain and ask for challenges and uploads.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn enter(app: &App, session: &Session, vault: &VaultId, now: u64) -> Result<Entered, Refusal> {
    let actor = session.actor()?;
    let (history, chain) = app.vault(vault).await?.ok_or(Refusal::Absent)?;
    let entered = Entered { history, chain, actor };
    if holds(&entered) || entered.chain.is_ruled_by(&actor) {
        return Ok(entered);
    }
    if entered.chain.is_blocked(&actor) {
        return Err(Refusal::Absent);
    }
    match entered.chain.deposit_ground(&actor) {
        Some(Ground::Standing) if attestation::is_attested(app, &actor, now).await? => return Ok(entered),
        Some(Ground::Standing) | None => {}
        Some(_) => return Ok(entered),
    }
    let reader = ReaderId::from_bytes(*actor.as_bytes());
    let (live, _) = live_grants(&*app.records, entered.history.id, &reader, None, 1, now).await?;
    if live.is_empty() { Err(Refusal::Absent) } else { Ok(entered) }
}

/// Lets the holder and its delegates in: they see the journal, the grants, everything that was stated.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn rule(app: &App, session: &Session, vault: &VaultId) -> Result<Entered, Refusal> {
    let actor = session.actor()?;
    let (history, chain) = app.vault(vault).await?.ok_or(Refusal::Absent)?;
    let entered = Entered { history, chain, actor };
    let rules = holds(&entered) || entered.chain.is_ruled_by(&actor);
    if rules { Ok(entered) } else { Err(Refusal::Absent) }
}

/// Lets the holder's own devices in, or the letter while it holds the vault: they read without a statement.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn hold(app: &App, session: &Session, vault: &VaultId) -> Result<Entered, Refusal> {
    let actor = session.actor()?;
    let (history, chain) = app.vault(vault).await?.ok_or(Refusal::Absent)?;
    let entered = Entered { history, chain, actor };
    if holds(&entered) { Ok(entered) } else { Err(Refusal::Absent) }
}

fn holds(entered: &Entered) -> bool {
    let letter = entered.chain.letter().map(|letter| *letter.reader().as_bytes());
    entered.chain.holder() == Some(entered.actor) || letter.as_ref() == Some(entered.actor.as_bytes())
}

/// The reader as which an actor reads: itself, or a circle or the vault, where it has a live grant on the key entry that holds that
/// reader's secrets now.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn reader(
    app: &App,
    history: &History,
    chain: &Chain,
    actor: &ActorId,
    via: Option<&ReaderId>,
    now: u64,
) -> Result<ReaderId, Refusal> {
    if chain.is_blocked(actor) {
        return Err(Refusal::Absent);
    }
    let own = ReaderId::from_bytes(*actor.as_bytes());
    let Some(via) = via else { return Ok(own) };
    let held = if via.as_bytes() == chain.id().as_bytes() {
        Some(chain.key_entry())
    } else {
        chain.circle_key_entry(via)
    };
    let held = held.ok_or(Refusal::Absent)?;
    let live = live_grant(&*app.records, history.id, &own, &held.entry, Some(held.version), now).await?;
    if live.is_some() { Ok(*via) } else { Err(Refusal::Absent) }
}

/// What the bytes of one version need in order to be given.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The payload.
    pub payload: PayloadRoot,
    /// Its length in bytes.
    pub len: u64,
    /// The grant's header for this reader.
    pub header: Vec<u8>,
}

/// Lets payload bytes out: to the holder's own devices, and to whoever has an accepted `open` of this entry and still has the grant.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn open(
    app: &App,
    session: &Session,
    vault: &VaultId,
    entry: &EntryId,
    version: u64,
    read: Option<&StatementHash>,
    now: u64,
) -> Result<Opened, Refusal> {
    let actor = session.actor()?;
    let (history, chain) = app.vault(vault).await?.ok_or(Refusal::Absent)?;
    let entered = Entered { history, chain, actor };
    let readers = match read {
        Some(read) => {
            let via = check_read(app, entered.history.id, session, read, entry, now).await?;
            vec![reader(app, &entered.history, &entered.chain, &actor, via.as_ref(), now).await?]
        }
        // The vault's key entry is granted to the account, everything else to the vault.
        None if holds(&entered) => {
            vec![ReaderId::from_bytes(entered.history.id), ReaderId::from_bytes(*actor.as_bytes())]
        }
        None => return Err(Refusal::Absent),
    };
    for reader in readers {
        let id = entered.history.id;
        let live = live_grant(&*app.records, id, &reader, entry, Some(version), now).await?;
        let open = |live: &Live| live.leaf.rights == carnet_wire::grant_leaf::Rights::Open;
        let Some(live) = live.filter(open) else { continue };
        let record = one(&*app.records, version_key(id, entry, version)).await?.ok_or(Refusal::Absent)?;
        let record: VersionRecord = decode(&record)?;
        let (payload, len) = (record.payload, record.payload_len);
        return Ok(Opened { payload, len, header: live.record.header.to_vec() });
    }
    Err(Refusal::Absent)
}

/// The read statement that a request for payload bytes rests on: accepted, by the same actor, not long ago, opening this entry.
/// Gives the reader through which it reads.
///
/// # Errors
/// [`Refusal::Absent`].
async fn check_read(
    app: &App,
    vault: [u8; 32],
    session: &Session,
    read: &StatementHash,
    entry: &EntryId,
    now: u64,
) -> Result<Option<ReaderId>, Refusal> {
    let (_, kept) = kept_of(&*app.records, vault, read).await?.ok_or(Refusal::Absent)?;
    let bytes = kept.bytes.ok_or(Refusal::Absent)?;
    let statement = Statement::<Read>::parse(&bytes).map_err(|_| Refusal::Absent)?;
    let body = statement.claimed();
    let fresh = now.saturating_sub(kept.time) <= MAX_READ_AGE;
    let names = body.mode == ReadMode::Open && body.entries.contains(entry);
    if fresh && names && body.context.actor == session.actor()? { Ok(body.via) } else { Err(Refusal::Absent) }
}

/// Whether somebody may upload into a vault: who may deposit there. Says whether it is a stranger to it: attested, and never met.
///
/// # Errors
/// [`Refusal::Absent`].
pub async fn upload(app: &App, session: &Session, vault: &VaultId, now: u64) -> Result<bool, Refusal> {
    if let Who::Letter(..) = session.0.who {
        return Err(Refusal::Absent);
    }
    let entered = enter(app, session, vault, now).await?;
    let ground = entered.chain.deposit_ground(&entered.actor);
    let may = holds(&entered) || ground.is_some();
    if !may || entered.chain.is_closed() {
        return Err(Refusal::Absent);
    }
    let standing = !holds(&entered) && ground == Some(Ground::Standing);
    Ok(standing && one(&*app.records, met_key(entered.history.id, &entered.actor)).await?.is_none())
}

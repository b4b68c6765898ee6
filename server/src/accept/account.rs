//! Statements of an account's line.

use carnet_wire::id::{AccountId, Digest};
use carnet_wire::line::Line;
use carnet_wire::statement::{
    Account, Device, Key as KeyStatement, Kind, NewRoot, Recovery, Slot, SlotChange, Statement,
};

use super::{Asked, Decided, by_line, malformed};
use crate::config::Registration;
use crate::history::{Head, History, HistoryKind};
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Key, Space};

/// Most bytes of what a slot holds: a passphrase file is the longest.
pub(crate) const MAX_SLOT: usize = 8 * 1024;

/// Most slots of an account. A new root removes all of them in one transaction.
const MAX_SLOTS: usize = 32;

/// Most statements of a line: devices and slots of a lifetime.
const MAX_LINE: u64 = 10_000;

/// Makes an account.
pub(super) fn begin(app: &App, asked: &Asked<'_>, history: Option<&History>) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    if history.is_some() {
        return Err(Refusal::Conflict(None));
    }
    if app.config.server.registration == Registration::Closed {
        return Err(Refusal::Quota("registration-closed"));
    }
    let statement = Statement::<Account>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    asked.timely(app, statement.claimed().time, statement.header())?;
    let account = AccountId::from_bytes(asked.target.id);
    Line::begin(&account, asked.bytes()).map_err(|error| malformed(&error))?;
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|_| Refusal::Internal)?;
    Ok(Decided { in_chain: true, ..Decided::nothing(Head::begin(HistoryKind::Account, salt)) })
}

/// Adds to a line. The signature says who may: the identity key, or a live device for another's certificate.
pub(super) async fn follow(app: &App, asked: &Asked<'_>, history: &History) -> Result<Decided, Refusal> {
    let line = app.known.line_at(&*app.records, history).await?.ok_or(Refusal::Absent)?;
    if history.head.chain >= MAX_LINE {
        return Err(Refusal::Quota("quota-line"));
    }
    in_time(app, asked)?;
    let newest = line.head();
    Line::clone(&line).follow(asked.bytes(), None).map_err(|error| by_line(&error, newest))?;
    let mut decided = Decided { in_chain: true, ..Decided::nothing(history.head.clone()) };
    match asked.kind {
        Kind::Slot => slot(asked, &line, &mut decided)?,
        Kind::Root => {
            // The slots of the old root are gone: the line says so, and their bytes are of no use to anybody.
            asked.without_parts()?;
            decided.without =
                line.slots().map(|(slot, _)| slot_key(asked.target.id, slot.as_bytes())).collect();
        }
        _ => asked.without_parts()?,
    }
    Ok(decided)
}

/// Where a slot's sealed bytes are.
#[must_use]
pub(crate) fn slot_key(account: [u8; 32], slot: &[u8; 16]) -> Key {
    Key::new(Space::Slot, account, slot.as_slice())
}

fn slot(asked: &Asked<'_>, line: &Line, decided: &mut Decided) -> Result<(), Refusal> {
    let statement = Statement::<Slot>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    let body = statement.claimed();
    let key = slot_key(asked.target.id, body.slot.as_bytes());
    let sealed = asked.submission.manifests.as_slice();
    match (body.change, sealed) {
        (SlotChange::Put(digest), [sealed]) if asked.submission.grants.is_empty() => {
            let new = line.slots().all(|(slot, _)| *slot != body.slot);
            if new && line.slots().count() >= MAX_SLOTS {
                return Err(Refusal::Quota("quota-slots"));
            }
            if sealed.len() > MAX_SLOT {
                return Err(Refusal::TooLarge("slot-too-large"));
            }
            if Digest::from_bytes(*blake3::hash(sealed).as_bytes()) != digest {
                return Err(Refusal::Malformed("submission-digest"));
            }
            decided.with.push((key, sealed.to_vec()));
        }
        (SlotChange::Removed, []) if asked.submission.grants.is_empty() => decided.without.push(key),
        _ => return Err(Refusal::Malformed("submission-parts")),
    }
    Ok(())
}

fn in_time(app: &App, asked: &Asked<'_>) -> Result<(), Refusal> {
    macro_rules! check {
        ($body:ty) => {{
            let statement = Statement::<$body>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
            asked.timely(app, statement.claimed().time, statement.header())
        }};
    }
    match asked.kind {
        Kind::Device => check!(Device),
        Kind::Key => check!(KeyStatement),
        Kind::Slot => check!(Slot),
        Kind::Recovery => check!(Recovery),
        Kind::Root => check!(NewRoot),
        _ => Err(Refusal::Statement("statement-not-of-an-account")),
    }
}

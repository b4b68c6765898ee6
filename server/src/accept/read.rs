//! Reads: the signed statements that release headers, manifests and payload bytes, and that the journal is made of.

use carnet_wire::chain::Chain;
use carnet_wire::id::ReaderId;
use carnet_wire::line::Resolve as _;
use carnet_wire::statement::{Read, Statement, Verified};

use super::chain::pinned;
use super::{Asked, Decided, lines_of, malformed};
use crate::access;
use crate::challenge::Purpose;
use crate::entry::live_grant;
use crate::history::History;
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Key, Space};

/// Takes a read into the history, where its signer may read what it names.
pub(super) async fn decide(
    app: &App,
    asked: &Asked<'_>,
    history: &History,
    chain: &Chain,
) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    let statement = Statement::<Read>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    let body = statement.claimed().clone();
    let actor = body.context.actor;
    let session = asked.session.ok_or(Refusal::Unauthenticated)?;
    if body.context.vault.as_bytes() != &asked.target.id || session.actor()? != actor {
        return Err(Refusal::Absent);
    }
    let reader = access::reader(app, history, chain, &actor, body.via.as_ref(), asked.now).await?;
    asked.timely(app, body.context.time, statement.header())?;
    pinned(history, &body.context)?;
    if !app.challenges.is_ours(Purpose::Read, &asked.target.id, &body.challenge, asked.now) {
        return Err(Refusal::Statement("read-challenge"));
    }
    verify(app, chain, statement).await?;
    named(app, asked.target.id, &reader, &body, asked.now).await?;
    let used = Key::new(Space::Challenge, asked.target.id, body.challenge.as_slice());
    Ok(Decided {
        expect: vec![(used.clone(), None)],
        with: vec![(used, asked.now.to_be_bytes().to_vec())],
        ..Decided::nothing(history.head.clone())
    })
}

/// Verifies the signature: of a device of the actor, or of the letter that holds the vault.
async fn verify(app: &App, chain: &Chain, statement: Statement<Read>) -> Result<Verified<Read>, Refusal> {
    let actor = statement.claimed().context.actor;
    if let Some(letter) = chain.letter().filter(|letter| letter.reader().as_bytes() == actor.as_bytes()) {
        return statement.verify(letter.signing()).map_err(|_| Refusal::Absent);
    }
    let lines = lines_of(app, &actor).await?;
    let line = lines.line(&actor).ok_or(Refusal::Absent)?;
    line.verify(statement, None).map_err(|_| Refusal::Absent)
}

/// Refuses a read that names what its reader cannot read, as if it were not there.
async fn named(app: &App, vault: [u8; 32], reader: &ReaderId, body: &Read, now: u64) -> Result<(), Refusal> {
    for entry in &body.entries {
        if live_grant(&*app.records, vault, reader, entry, None, now).await?.is_none() {
            return Err(Refusal::Absent);
        }
    }
    Ok(())
}

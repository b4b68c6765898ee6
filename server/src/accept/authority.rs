//! Statements of authorities: the server verifies them under the keys that its operator configured, and holds none of those keys.

use carnet_wire::cbor;
use carnet_wire::id::AccountId;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Attest, Bind, Body, Kind, Statement, Verified, Withdraw};
use ring::digest::{SHA256, digest};

use super::{Asked, Decided, malformed};
use crate::attestation::{self, Attestation};
use crate::history::History;
use crate::refusal::Refusal;
use crate::state::App;

/// Attests an account, or withdraws an attestation.
pub(super) async fn on_account(app: &App, asked: &Asked<'_>, history: &History) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    if asked.kind == Kind::Attest {
        attest(app, asked, history).await
    } else {
        withdraw(app, asked, history).await
    }
}

async fn attest(app: &App, asked: &Asked<'_>, history: &History) -> Result<Decided, Refusal> {
    let (verified, authority) = verify::<Attest>(app, asked, |body| body.time)?;
    let body = verified.body();
    let account = AccountId::from_bytes(asked.target.id);
    let line = app.known.line_at(&*app.records, history).await?.ok_or(Refusal::Absent)?;
    let bundle = line.bundle(line.generation()).ok_or(Refusal::Internal)?;
    let hash = digest(&SHA256, &cbor::encode(bundle));
    if body.account != account
        || body.generation != line.generation()
        || hash.as_ref() != body.bundle.as_slice()
    {
        return Err(Refusal::Statement("attest-other-keys"));
    }
    if body.expires <= asked.now {
        return Err(Refusal::Statement("attest-expired"));
    }
    let number = history.head.size.saturating_add(1);
    let record = Attestation {
        statement: asked.hash,
        number,
        authority: authority.key_id(),
        expires: body.expires,
        generation: body.generation,
        withdrawn: None,
    };
    Ok(Decided {
        with: vec![(attestation::key(&account, number), cbor::encode(&record))],
        hints: attestation::words(&account, &body.practitioner),
        ..Decided::nothing(history.head.clone())
    })
}

async fn withdraw(app: &App, asked: &Asked<'_>, history: &History) -> Result<Decided, Refusal> {
    let (verified, authority) = verify::<Withdraw>(app, asked, |body| body.time)?;
    let body = verified.body();
    let account = AccountId::from_bytes(asked.target.id);
    let all = attestation::of_account(app, &account).await?;
    let found = all.into_iter().find(|one| one.statement == body.attestation);
    let found = found.filter(|_| body.account == account).ok_or(Refusal::Statement("withdraw-absent"))?;
    if found.authority != authority.key_id() {
        return Err(Refusal::Statement("withdraw-other-authority"));
    }
    if let Some(winner) = found.withdrawn {
        return Err(Refusal::Conflict(Some(winner)));
    }
    let key = attestation::key(&account, found.number);
    let record = Attestation { withdrawn: Some(asked.hash), ..found };
    Ok(Decided { with: vec![(key, cbor::encode(&record))], ..Decided::nothing(history.head.clone()) })
}

/// Binds a vault to a person whom the authority knows.
pub(super) fn on_vault(app: &App, asked: &Asked<'_>, history: &History) -> Result<Decided, Refusal> {
    asked.without_parts()?;
    let (verified, _) = verify::<Bind>(app, asked, |body| body.time)?;
    if verified.body().vault.as_bytes() != &asked.target.id {
        return Err(Refusal::Absent);
    }
    Ok(Decided::nothing(history.head.clone()))
}

/// Verifies a statement under one of the authorities' keys.
fn verify<B: Body>(
    app: &App,
    asked: &Asked<'_>,
    time: fn(&B) -> u64,
) -> Result<(Verified<B>, VerifyingKey), Refusal> {
    let statement = Statement::<B>::parse(asked.bytes()).map_err(|error| malformed(&error))?;
    asked.timely(app, time(statement.claimed()), statement.header())?;
    let key_id = statement.header().key_id;
    let keys = app.config.authorities.iter().map(|authority| &authority.key);
    let authority = keys.into_iter().find(|key| key.key_id() == key_id);
    let authority = authority.ok_or(Refusal::Statement("authority-unknown"))?;
    let verified = statement.verify(authority).map_err(|_| Refusal::Statement("authority-unknown"))?;
    Ok((verified, *authority))
}

//! Sessions: a signed challenge gives a token of fifteen minutes. The store keeps the token's hash only.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use carnet_rest as rest;
pub use carnet_rest::Who;
use carnet_wire::cbor;
use carnet_wire::id::{AccountId, ActorId, KeyId, VaultId};
use carnet_wire::message::Token;
use carnet_wire::page::LoginRecord;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{self, Statement};
use ring::digest::{SHA256, digest};

use crate::challenge::Purpose;
use crate::history::{decode, one};
use crate::known::account_of;
use crate::refusal::Refusal;
use crate::state::App;
use crate::store::{Commit, Key, Range, Space, Transaction};

/// How long a token is good for, in milliseconds.
pub const LIFETIME: u64 = 15 * 60 * 1000;

/// An open session, as a request shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session(pub rest::Session);

impl Session {
    /// The name under which it acts in vaults; a slot does not.
    ///
    /// # Errors
    /// [`Refusal::Absent`] for a slot's session.
    pub fn actor(&self) -> Result<ActorId, Refusal> {
        match &self.0.who {
            Who::Device(account, _) => Ok(ActorId::from_bytes(*account.as_bytes())),
            Who::Letter(_, reader) => Ok(*reader),
            Who::Slot(_) => Err(Refusal::Absent),
        }
    }

    /// Whose requests it counts as.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match &self.0.who {
            Who::Device(account, _) | Who::Slot(account) => *account,
            Who::Letter(_, reader) => account_of(reader),
        }
    }

    /// The account, for what only its own devices may do.
    ///
    /// # Errors
    /// [`Refusal::Absent`] for another account, or where no device has opened the session.
    pub fn device_of(&self, account: &AccountId) -> Result<(), Refusal> {
        match &self.0.who {
            Who::Device(own, _) if own == account => Ok(()),
            _ => Err(Refusal::Absent),
        }
    }

    /// The account whose slots it may fetch: a device's own, or the slot's.
    ///
    /// # Errors
    /// [`Refusal::Absent`] for another account.
    pub fn slots_of(&self, account: &AccountId) -> Result<(), Refusal> {
        match &self.0.who {
            Who::Device(own, _) | Who::Slot(own) if own == account => Ok(()),
            _ => Err(Refusal::Absent),
        }
    }
}

/// Opens a session for a signed challenge.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for anything that is not a fresh challenge of this server, signed by a live device, a slot's login key or a
/// letter that holds a vault: one answer for all.
pub async fn open(app: &App, bytes: &[u8], now: u64) -> Result<Token, Refusal> {
    let refused = Refusal::Unauthenticated;
    let statement = Statement::<statement::Session>::parse(bytes).map_err(|_| refused.clone())?;
    let statement::Session { actor, challenge, .. } = *statement.claimed();
    if !app.challenges.is_ours(Purpose::Login, actor.as_bytes(), &challenge, now)
        || !app.log.accepts(&statement.header().origin)
    {
        return Err(refused);
    }
    let key_id = statement.header().key_id;
    let (key, who) = find_signer(app, &actor, &key_id).await?.ok_or(refused.clone())?;
    statement.verify(&key).map_err(|_| refused.clone())?;

    let used = Key::new(Space::Challenge, *challenge, Vec::new());
    let once = Transaction {
        expect: vec![(used.clone(), None)],
        put: vec![(used, now.to_be_bytes().to_vec())],
        ..Transaction::default()
    };
    let mut token = [0; 32];
    getrandom::fill(&mut token).map_err(|_| Refusal::Internal)?;
    let session = rest::Session { who, expires: now.saturating_add(LIFETIME) };
    let put = vec![(session_key(&token), cbor::encode(&session))];
    let kept = Transaction { put, ..Transaction::default() };
    let (once, kept) = futures_util::future::join(app.records.commit(once), app.records.commit(kept)).await;
    match (once?, kept?) {
        (Commit::Done, Commit::Done) => {
            let account = match session.who {
                Who::Slot(account) => Some(account),
                Who::Device(..) | Who::Letter(..) => None,
            };
            Ok(Token { token: token.into(), expires: session.expires, account })
        }
        // The token of a second answer to one challenge is never told to anybody.
        _ => Err(refused),
    }
}

/// Ends a session.
///
/// # Errors
/// [`Refusal::Internal`].
pub async fn close(app: &App, token: &[u8; 32]) -> Result<(), Refusal> {
    let delete = vec![session_key(token)];
    let _ = app.records.commit(Transaction { delete, ..Transaction::default() }).await?;
    Ok(())
}

/// The session of a token, if it is open and its device has not been cut off since.
///
/// # Errors
/// [`Refusal::Unauthenticated`].
pub async fn find(app: &App, token: &[u8; 32], now: u64) -> Result<Session, Refusal> {
    let row = one(&*app.records, session_key(token)).await?.ok_or(Refusal::Unauthenticated)?;
    let session: rest::Session = decode(&row)?;
    if session.expires <= now {
        return Err(Refusal::Unauthenticated);
    }
    if let Who::Device(account, key_id) = &session.who {
        let line = app.known.line(&*app.records, account).await?.ok_or(Refusal::Unauthenticated)?;
        if line.device(key_id).is_none_or(|device| !device.is_live()) {
            return Err(Refusal::Unauthenticated);
        }
    }
    Ok(Session(session))
}

/// Where a session is.
fn session_key(token: &[u8; 32]) -> Key {
    let mut partition = [0; 32];
    partition.copy_from_slice(digest(&SHA256, token).as_ref());
    Key::new(Space::Session, partition, Vec::new())
}

/// Where a login record is: under its name, in the partition of the name.
#[must_use]
pub fn login_key(name: &ActorId) -> Key {
    Key::new(Space::Login, *name.as_bytes(), Vec::new())
}

/// The key that a name logs in with, and as whom.
async fn find_signer(
    app: &App,
    actor: &ActorId,
    key_id: &KeyId,
) -> Result<Option<(VerifyingKey, Who)>, Refusal> {
    let account = account_of(actor);
    if let Some(line) = app.known.line(&*app.records, &account).await? {
        let live = line.device(key_id).filter(|device| device.is_live());
        return Ok(live.map(|device| (*device.key(), Who::Device(account, *key_id))));
    }
    // Before the records: a letter's name stands in its vault's genesis, and nobody may take it by a record of their own.
    if let Some(letter) = letter(app, actor).await? {
        return Ok(Some(letter));
    }
    let Some(row) = one(&*app.records, login_key(actor)).await? else { return Ok(None) };
    let record: LoginRecord = decode(&row)?;
    Ok(Some((record.key, Who::Slot(record.account))))
}

/// A letter logs in as the reader that it is, while it holds a vault.
async fn letter(app: &App, reader: &ActorId) -> Result<Option<(VerifyingKey, Who)>, Refusal> {
    let rows = app.records.scan(Range::of(Space::Inbox, *reader.as_bytes(), Vec::new()).limit(1)).await?;
    let Some(vault) = rows.first().and_then(|(key, _)| key.suffix.as_slice().try_into().ok()) else {
        return Ok(None);
    };
    let vault = VaultId::from_bytes(vault);
    let Some((_, chain)) = app.vault(&vault).await? else { return Ok(None) };
    let letter = chain.letter().filter(|letter| letter.reader().as_bytes() == reader.as_bytes());
    Ok(letter.map(|letter| (*letter.signing(), Who::Letter(vault, *reader))))
}

/// The token of a request, as its sender wrote it.
pub struct Bearer(pub [u8; 32]);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::Unauthenticated)?;
        crate::hex::decode(token).map(Self).ok_or(Refusal::Unauthenticated)
    }
}

impl<S> FromRequestParts<S> for Session
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Bearer(token) = Bearer::from_request_parts(parts, state).await?;
        let app = App::from_ref(state);
        let session = find(&app, &token, crate::clock::now()).await?;
        app.rates.account(&session.account())?;
        Ok(session)
    }
}

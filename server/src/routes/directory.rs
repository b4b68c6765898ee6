//! The directory: professionals, as their authorities attest them, and the history of their keys.

use axum::extract::State;
use carnet_wire::id::AccountId;
use carnet_wire::page::{AttestedPart, DirectoryPage};
use carnet_wire::statement::{Attest, Practitioner, Statement};
use serde::Deserialize;

use super::{Cbor, Hex, Path, Query};
use crate::attestation::{self, Attestation, Field, fold, leading_to};
use crate::clock::now;
use crate::history::{kept_of, kept_one};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::App;

/// How many candidates a word may have.
const CANDIDATES: usize = 2000;

/// What to search for: all that is given must be so. Words are compared without accents and case, by their beginnings.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words of the name.
    pub name: Option<String>,
    /// The profession's code.
    pub profession: Option<String>,
    /// The speciality's code.
    pub speciality: Option<String>,
    /// Words of the town.
    pub town: Option<String>,
    /// The national identifier: 11 digits.
    pub rpps: Option<String>,
}

impl Search {
    /// Every word that is sought, the most telling field first.
    fn words(&self) -> Vec<(Field, String)> {
        let fields = [
            (Field::Rpps, &self.rpps),
            (Field::Name, &self.name),
            (Field::Town, &self.town),
            (Field::Speciality, &self.speciality),
            (Field::Profession, &self.profession),
        ];
        let words = |(field, text): (Field, &Option<String>)| {
            fold(text.as_deref().unwrap_or_default()).into_iter().map(move |word| (field, word))
        };
        fields.into_iter().flat_map(words).collect()
    }

    fn matches(&self, practitioner: &Practitioner) -> bool {
        let texts = |field| match field {
            Field::Name => practitioner.name.as_str(),
            Field::Profession => practitioner.profession.as_str(),
            Field::Speciality => practitioner.speciality.as_deref().unwrap_or_default(),
            Field::Town => practitioner.town.as_deref().unwrap_or_default(),
            Field::Rpps => practitioner.rpps.as_str(),
        };
        let has =
            |(field, word): (Field, String)| fold(texts(field)).iter().any(|own| own.starts_with(&word));
        self.words().into_iter().all(has)
    }
}

/// Searches the directory by name, profession, speciality, town, national identifier.
#[utoipa::path(
    get, path = "/v1/directory", tag = "directory", security(("session" = [])), params(Search),
    responses((status = 200, content_type = "application/cbor", description = "directory-page"),
        (status = 400, description = "malformed"), (status = 401, description = "unauthenticated"),
        (status = 429, description = "rate"))
)]
pub async fn search(
    State(app): State<App>,
    session: Session,
    Query(search): Query<Search>,
) -> Result<Cbor<DirectoryPage>, Refusal> {
    session.actor()?;
    let Some((field, word)) = search.words().into_iter().next() else {
        return Err(Refusal::Malformed("directory-search-empty"));
    };
    let mut accounts = leading_to(&app, field, &word, CANDIDATES).await?;
    let mut page = DirectoryPage { more: accounts.len() == CANDIDATES, ..DirectoryPage::default() };
    accounts.sort_unstable();
    accounts.dedup();
    for account in accounts {
        let all = attestation::of_account(&app, &account).await?;
        let live = all.into_iter().rev().find(|one| attestation::is_live(one, now()));
        let Some(live) = live else { continue };
        let (part, practitioner) = part(&app, &account, &live).await?;
        if search.matches(&practitioner) {
            if page.parts.len() == DirectoryPage::MAX_PARTS {
                page.more = true;
                break;
            }
            page.parts.push(part);
        }
    }
    Ok(Cbor(page))
}

/// All attestations of an account, the oldest first, withdrawn and expired ones included. The history of its keys is its line.
#[utoipa::path(
    get, path = "/v1/directory/{account}", tag = "directory", security(("session" = [])),
    params(("account" = String, Path, description = "account id")),
    responses((status = 200, content_type = "application/cbor", description = "directory-page"),
        (status = 401, description = "unauthenticated"), (status = 404, description = "absent"),
        (status = 429, description = "rate"))
)]
pub async fn account(
    State(app): State<App>,
    session: Session,
    Path(Hex(id)): Path<Hex<32>>,
) -> Result<Cbor<DirectoryPage>, Refusal> {
    session.actor()?;
    let account = AccountId::from_bytes(id);
    let all = attestation::of_account(&app, &account).await?;
    if all.is_empty() {
        return Err(Refusal::Absent);
    }
    let more = all.len() > DirectoryPage::MAX_PARTS;
    let newest = all.len().saturating_sub(DirectoryPage::MAX_PARTS);
    let mut parts = Vec::new();
    for one in all.iter().skip(newest) {
        parts.push(part(&app, &account, one).await?.0);
    }
    Ok(Cbor(DirectoryPage { parts, more }))
}

async fn part(
    app: &App,
    account: &AccountId,
    attestation: &Attestation,
) -> Result<(AttestedPart, Practitioner), Refusal> {
    let id = *account.as_bytes();
    let kept = kept_one(&*app.records, id, attestation.number).await?;
    let attest = kept.bytes.ok_or(Refusal::Internal)?;
    let statement = Statement::<Attest>::parse(&attest).map_err(|_| Refusal::Internal)?;
    let withdraw = match &attestation.withdrawn {
        Some(hash) => kept_of(&*app.records, id, hash).await?.and_then(|(_, kept)| kept.bytes),
        None => None,
    };
    let practitioner = statement.claimed().practitioner.clone();
    Ok((AttestedPart { attest, number: attestation.number, withdraw }, practitioner))
}

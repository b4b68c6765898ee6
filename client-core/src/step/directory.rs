//! The directory: professionals, as authorities attest them. What a server finds is a claim until it is verified.

use carnet_wire::StableCode;
use carnet_wire::cbor;
use carnet_wire::id::{AccountId, StatementHash};
use carnet_wire::message::{Request, Response};
use carnet_wire::page::{AttestedPart, DirectoryPage};
use carnet_wire::position::LogPosition;
use carnet_wire::signature::VerifyingKey;
use carnet_wire::statement::{Attest, Practitioner, Statement, StatementError, Withdraw};
use sha2::{Digest as _, Sha256};

use super::{Ask, StepError};
use crate::account::VerifiedAccount;

/// What to search for: all that is given must be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Beginnings of words of the name.
    pub name: Option<String>,
    /// The profession's code.
    pub profession: Option<String>,
    /// The speciality's code.
    pub speciality: Option<String>,
    /// Beginnings of words of the town.
    pub town: Option<String>,
    /// The national identifier.
    pub rpps: Option<String>,
}

impl Search {
    /// Asks for who matches.
    pub fn start(&self) -> Ask<AwaitDirectory> {
        let fields = [
            ("name", &self.name),
            ("profession", &self.profession),
            ("speciality", &self.speciality),
            ("town", &self.town),
            ("rpps", &self.rpps),
        ];
        let given = fields.into_iter().filter_map(|(name, value)| {
            value.as_ref().map(|value| format!("{name}={}", percent_encode(value)))
        });
        let query = given.collect::<Vec<_>>().join("&");
        Ask { request: Request::get(format!("/v1/directory?{query}")), then: AwaitDirectory(()) }
    }
}

/// Asks for all attestations of one account.
#[derive(Debug)]
pub struct AttestationsStep;

impl AttestationsStep {
    /// Asks for them, the oldest first, withdrawn and expired ones included.
    pub fn start(account: &AccountId) -> Ask<AwaitDirectory> {
        let request = Request::get(format!("/v1/directory/{account}"));
        Ask { request, then: AwaitDirectory(()) }
    }
}

/// Waits for attestations.
#[derive(Debug)]
pub struct AwaitDirectory(());

/// What a server finds.
#[derive(Debug)]
pub struct Found {
    /// The attestations, none of them verified.
    pub claims: Vec<ClaimedAttestation>,
    /// Whether there are more than these: the search should say more.
    pub more: bool,
}

impl AwaitDirectory {
    /// Takes what was found.
    ///
    /// # Errors
    /// [`StepError::Page`] for more than a page, or what is no attestation.
    pub fn receive(self, response: &Response) -> Result<Found, StepError> {
        let page: DirectoryPage = response.read()?;
        if page.parts.len() > DirectoryPage::MAX_PARTS {
            return Err(StepError::Page);
        }
        let claims = page.parts.into_iter().map(ClaimedAttestation::new).collect::<Result<_, _>>();
        Ok(Found { claims: claims.map_err(|_| StepError::Page)?, more: page.more })
    }
}

/// An attestation as a server tells it.
#[derive(Debug, Clone)]
pub struct ClaimedAttestation {
    attest: Statement<Attest>,
    withdraw: Option<Statement<Withdraw>>,
}

/// A professional whom an authority vouches for, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// The account, whose line was verified.
    pub account: AccountId,
    /// The generation of its keys.
    pub generation: u64,
    /// Who it is.
    pub practitioner: Practitioner,
    /// When the attestation ends, in milliseconds since 1970.
    pub expires: u64,
    /// The attestation.
    pub statement: StatementHash,
}

impl ClaimedAttestation {
    fn new(part: AttestedPart) -> Result<Self, StatementError> {
        let attest = Statement::parse(&part.attest)?;
        let withdraw = part.withdraw.map(|bytes| Statement::parse(&bytes)).transpose()?;
        Ok(Self { attest, withdraw })
    }

    /// The account that it speaks of: whose line is to be verified.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.attest.claimed().account
    }

    /// The statement, whose place in the log is to be proven.
    #[must_use]
    pub fn statement(&self) -> StatementHash {
        self.attest.hash()
    }

    /// Who it says this is, for a list: nothing to act on.
    #[must_use]
    pub fn claimed(&self) -> &Practitioner {
        &self.attest.claimed().practitioner
    }

    /// Verifies it: signed by one of `authorities` (whose keys ship with the client), logged, about this account at its newest
    /// generation and its very keys, not withdrawn by an authority, not over at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`AttestationError`].
    pub fn verify(
        &self,
        authorities: &[VerifyingKey],
        account: &VerifiedAccount,
        place: &LogPosition,
        now: u64,
    ) -> Result<Attested, AttestationError> {
        let of = |statement: &carnet_wire::statement::Header| {
            let authority = authorities.iter().find(|key| key.key_id() == statement.key_id);
            authority.filter(|_| statement.origin == *account.origin()).ok_or(AttestationError::Authority)
        };
        let attest = self.attest.clone().verify(of(self.attest.header())?)?;
        let body = attest.body();
        let bundle = account.bundle(body.generation).map(|bundle| Sha256::digest(cbor::encode(bundle)));
        let same = bundle.is_some_and(|bundle| bundle.as_slice() == body.bundle.as_slice());
        if body.account != account.id() || body.generation != account.generation() || !same {
            return Err(AttestationError::OtherKeys);
        }
        if !place.is_of(&attest.hash()) {
            return Err(AttestationError::NotLogged);
        }
        if now >= body.expires {
            return Err(AttestationError::Over);
        }
        if let Some(withdraw) = &self.withdraw {
            let withdraw = withdraw.clone().verify(of(withdraw.header())?)?;
            let about = withdraw.body().account == body.account
                && withdraw.body().attestation == attest.hash()
                && withdraw.header().key_id == attest.header().key_id;
            return Err(if about { AttestationError::Withdrawn } else { AttestationError::Authority });
        }
        Ok(Attested {
            account: body.account,
            generation: body.generation,
            practitioner: body.practitioner.clone(),
            expires: body.expires,
            statement: attest.hash(),
        })
    }
}

/// Why an attestation does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// Not of an authority that this client knows, or under another log.
    #[error("not attested by an authority that this client knows")]
    Authority,
    /// The statement is refused.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Of other keys than the account has now.
    #[error("the attestation is of other keys")]
    OtherKeys,
    /// Not proven to be in the log.
    #[error("the attestation is not proven to be in the log")]
    NotLogged,
    /// It has ended.
    #[error("the attestation has ended")]
    Over,
    /// It has been withdrawn.
    #[error("the attestation has been withdrawn")]
    Withdrawn,
}

impl StableCode for AttestationError {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority => "attestation-authority",
            Self::Statement(error) => error.code(),
            Self::OtherKeys => "attestation-other-keys",
            Self::NotLogged => "attestation-not-logged",
            Self::Over => "attestation-over",
            Self::Withdrawn => "attestation-withdrawn",
        }
    }
}

/// Writes a value of a query (RFC 3986 section 2.1).
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_writes_what_no_query_may_hold_in_percents() {
        let search = Search { name: Some("Le Goff & Fils/É=?".to_owned()), ..Search::default() };
        assert_eq!(search.start().request.path, "/v1/directory?name=Le%20Goff%20%26%20Fils%2F%C3%89%3D%3F");
    }
}

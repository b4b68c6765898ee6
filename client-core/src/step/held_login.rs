//! Logging in with a slot secret that somebody holds: a kit, a file, contacts. The session fetches that account's slots and nothing else.

use carnet_wire::cbor;
use carnet_wire::message::{Body, Challenge, Method, Request, Response};
use carnet_wire::origin::Origin;
use carnet_wire::statement::Session;

use super::{Ask, AwaitToken, StepError};
use crate::account::held::HeldLogin;

/// Opens a session for a held slot secret.
#[derive(Debug)]
pub struct HeldSession;

impl HeldSession {
    /// Asks for a challenge under the name that the secret gives.
    pub fn start(origin: &Origin, login: &HeldLogin) -> Ask<AwaitHeldChallenge> {
        let body = Body::Cbor(cbor::encode(&login.name));
        let request = Request::new(Method::Post, "/v1/sessions/challenges".to_owned(), body);
        Ask { request, then: AwaitHeldChallenge { origin: origin.clone() } }
    }
}

/// Waits for the challenge.
#[derive(Debug)]
pub struct AwaitHeldChallenge {
    origin: Origin,
}

impl AwaitHeldChallenge {
    /// Signs the challenge at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(
        self,
        response: &Response,
        login: &HeldLogin,
        now: u64,
    ) -> Result<Ask<AwaitToken>, StepError> {
        let challenge = response.read::<Challenge>()?.challenge;
        let statement = login.key.sign(&self.origin, Session { actor: login.name, challenge, time: now })?;
        let body = Body::Cose(statement.as_bytes().to_vec());
        let request = Request::new(Method::Post, "/v1/sessions".to_owned(), body);
        Ok(Ask { request, then: AwaitToken })
    }
}

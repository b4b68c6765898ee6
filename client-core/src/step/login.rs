//! Logging in: a challenge, signed by a device, gives a short-lived token.

use carnet_wire::cbor;
use carnet_wire::message::{Body, Challenge, Method, Request, Response, Token};
use carnet_wire::origin::Origin;
use carnet_wire::statement::Session;

use super::{Ask, StepError};
use crate::account::VerifiedAccount;
use crate::signer::DeviceKey;

/// Opens a session for one device of an account.
#[derive(Debug)]
pub struct Login;

impl Login {
    /// Asks for a challenge.
    pub fn start(account: &VerifiedAccount) -> Ask<AwaitLoginChallenge> {
        let actor = account.actor();
        let body = Body::Cbor(cbor::encode(&actor));
        let request = Request::new(Method::Post, "/v1/sessions/challenges".to_owned(), body);
        Ask { request, then: AwaitLoginChallenge { actor, origin: account.origin().clone() } }
    }
}

/// Waits for the challenge.
#[derive(Debug)]
pub struct AwaitLoginChallenge {
    actor: carnet_wire::id::ActorId,
    origin: Origin,
}

impl AwaitLoginChallenge {
    /// Signs the challenge at `now` (milliseconds since 1970). Such a signature is of no use anywhere else.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(
        self,
        response: &Response,
        device: &DeviceKey,
        now: u64,
    ) -> Result<Ask<AwaitToken>, StepError> {
        let challenge = response.read::<Challenge>()?.challenge;
        let statement = device.sign(&self.origin, Session { actor: self.actor, challenge, time: now })?;
        let body = Body::Cose(statement.as_bytes().to_vec());
        let request = Request::new(Method::Post, "/v1/sessions".to_owned(), body);
        Ok(Ask { request, then: AwaitToken })
    }
}

/// Waits for the token.
#[derive(Debug)]
pub struct AwaitToken;

impl AwaitToken {
    /// Takes the token.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(self, response: &Response) -> Result<Token, StepError> {
        Ok(response.read()?)
    }
}

//! Logging in with a password, from a browser that has no device key: the session fetches that account's slots and nothing else.

use carnet_wire::cbor;
use carnet_wire::message::{Body, Challenge, Method, Request, Response, Token};
use carnet_wire::origin::Origin;
use carnet_wire::statement::Session;

use super::{Ask, AwaitToken, StepError};
use crate::account::slot::{Cost, Password, Stretched};

/// Opens a session for a password slot.
#[derive(Debug)]
pub struct SlotLogin;

impl SlotLogin {
    /// Asks for a challenge under the name that the second secret gives.
    pub fn start(origin: &Origin, password: &Password<'_>) -> Ask<AwaitSlotChallenge> {
        let body = Body::Cbor(cbor::encode(&password.name()));
        let request = Request::new(Method::Post, "/v1/sessions/challenges".to_owned(), body);
        Ask { request, then: AwaitSlotChallenge { origin: origin.clone() } }
    }
}

/// Waits for the challenge, with which the cost of stretching comes.
#[derive(Debug)]
pub struct AwaitSlotChallenge {
    origin: Origin,
}

impl AwaitSlotChallenge {
    /// Stretches the password, which takes a second or so, and signs the challenge at `now` (milliseconds since 1970).
    ///
    /// A server that knows no such name says nothing of a cost: then the floor is paid, and the session refused.
    ///
    /// # Errors
    /// [`StepError::Slot`] for a cost under the floor or above the ceiling, before anything is computed.
    pub fn receive(
        self,
        response: &Response,
        password: &Password<'_>,
        now: u64,
    ) -> Result<Ask<AwaitSlotToken>, StepError> {
        let challenge: Challenge = response.read()?;
        let cost = challenge
            .cost
            .map_or(Cost::FLOOR, |cost| Cost { memory_kib: cost.memory_kib, passes: cost.passes });
        let stretched = password.stretch(cost)?;
        let body = Session { actor: stretched.name, challenge: challenge.challenge, time: now };
        let statement = stretched.login.sign(&self.origin, body)?;
        let body = Body::Cose(statement.as_bytes().to_vec());
        let request = Request::new(Method::Post, "/v1/sessions".to_owned(), body);
        Ok(Ask { request, then: AwaitSlotToken { stretched } })
    }
}

/// Waits for the token of a slot's session.
#[derive(Debug)]
pub struct AwaitSlotToken {
    stretched: Stretched,
}

impl AwaitSlotToken {
    /// Takes the token, and gives back what opens the slot.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(self, response: &Response) -> Result<(Token, Stretched), StepError> {
        Ok((AwaitToken.receive(response)?, self.stretched))
    }
}

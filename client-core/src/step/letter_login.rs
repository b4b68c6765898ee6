//! Logging in with a letter, which holds a vault until its activation. The session enters that vault and nothing else.

use carnet_wire::cbor;
use carnet_wire::id::ActorId;
use carnet_wire::message::{Body, Challenge, Method, Request, Response};
use carnet_wire::origin::Origin;
use carnet_wire::statement::Session;

use super::{Ask, AwaitToken, StepError};
use crate::reader::ReaderKeys;

/// Opens a session for a letter.
#[derive(Debug)]
pub struct LetterSession;

impl LetterSession {
    /// Asks for a challenge under the letter's own name.
    pub fn start(origin: &Origin, letter: &ReaderKeys) -> Ask<AwaitLetterChallenge> {
        let actor = ActorId::from_bytes(*letter.bundle().reader_id().as_bytes());
        let body = Body::Cbor(cbor::encode(&actor));
        let request = Request::new(Method::Post, "/v1/sessions/challenges".to_owned(), body);
        Ask { request, then: AwaitLetterChallenge { actor, origin: origin.clone() } }
    }
}

/// Waits for the challenge.
#[derive(Debug)]
pub struct AwaitLetterChallenge {
    actor: ActorId,
    origin: Origin,
}

impl AwaitLetterChallenge {
    /// Signs the challenge at `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// [`StepError`].
    pub fn receive(
        self,
        response: &Response,
        letter: &ReaderKeys,
        now: u64,
    ) -> Result<Ask<AwaitToken>, StepError> {
        let challenge = response.read::<Challenge>()?.challenge;
        let session = Session { actor: self.actor, challenge, time: now };
        let statement = letter.signing().sign(&self.origin, session)?;
        let body = Body::Cose(statement.as_bytes().to_vec());
        let request = Request::new(Method::Post, "/v1/sessions".to_owned(), body);
        Ok(Ask { request, then: AwaitToken })
    }
}

//! A session that lasts: its token is renewed before it ends.

use std::time::{SystemTime, UNIX_EPOCH};

use carnet_core::account::VerifiedAccount;
use carnet_core::signer::DeviceKey;
use carnet_core::step::{Ask, Login, StepError};
use carnet_wire::StableCode;
use carnet_wire::message::{Response, Token};

use crate::remote::Remote;
use crate::remote_error::RemoteError;

/// The moment, in milliseconds since 1970.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A device's session with a server.
#[derive(Debug, Default)]
pub struct Session {
    token: Option<Token>,
}

impl Session {
    /// None yet: the first token is fetched when it is needed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is good for another minute at least.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn token(
        &mut self,
        remote: &Remote,
        account: &VerifiedAccount,
        device: &DeviceKey,
    ) -> Result<&Token, CallError> {
        let fresh = self.token.take().filter(|token| token.expires > now().saturating_add(RENEW_BEFORE));
        let token = match fresh {
            Some(token) => token,
            None => log_in(remote, account, device)?,
        };
        Ok(self.token.insert(token))
    }

    /// Forgets the token: the server said that it is none.
    pub fn forget(&mut self) {
        self.token = None;
    }
}

/// Opens a session.
///
/// # Errors
/// [`CallError`].
pub fn log_in(remote: &Remote, account: &VerifiedAccount, device: &DeviceKey) -> Result<Token, CallError> {
    let (then, response) = call(remote, None, Login::start(account))?;
    let (then, response) = call(remote, None, then.receive(&response, device, now())?)?;
    Ok(then.receive(&response)?)
}

/// Sends what a step asks for, and gives back what waits for the answer, and the answer.
///
/// # Errors
/// [`RemoteError`].
pub fn call<S>(remote: &Remote, token: Option<&Token>, ask: Ask<S>) -> Result<(S, Response), RemoteError> {
    let response = remote.send(&ask.request, token, None)?;
    Ok((ask.then, response))
}

/// Why something was not done with a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The server could not be asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The server refused, or its answer is not to be believed.
    #[error(transparent)]
    Step(#[from] StepError),
}

impl StableCode for CallError {
    fn code(&self) -> &'static str {
        match self {
            Self::Remote(error) => error.code(),
            Self::Step(error) => error.code(),
        }
    }
}

/// A token is renewed this long before its end, in milliseconds: what begins with it can also finish.
const RENEW_BEFORE: u64 = 60_000;

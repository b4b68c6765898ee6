//! Requests, and answers that may be lost.

use std::time::Duration;

use carnet_wire::cbor;
use carnet_wire::message::{Accepted, Challenge, Refusal, Submission, Token, UploadState};
use carnet_wire::statement::Session;
use minicbor::{Decode, Encode};
use ureq::http;

use crate::cast::{NOW, Person, origin};

/// A client of one server, as one person or as nobody.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// Why a request has come to nothing.
#[derive(Debug)]
pub enum Failed {
    /// No answer: the request may have been done or not.
    Lost,
    /// The server said no.
    Refused(u16, Refusal),
}

impl Failed {
    /// The code of a refusal; empty for a lost answer.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Lost => "",
            Self::Refused(_, refusal) => &refusal.code,
        }
    }
}

impl Client {
    /// A client without a session.
    #[must_use]
    pub fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections_per_host(4);
        Self { agent: config.build().into(), base: format!("http://{address}"), token: None }
    }

    /// The same, with a token of before.
    #[must_use]
    pub fn with(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn login(&mut self, person: &Person) -> Result<String, Failed> {
        let actor = person.account.actor();
        let challenge: Challenge = self.post("/v1/sessions/challenges", &actor)?;
        let body = Session { actor, challenge: challenge.challenge, time: NOW };
        let statement = person.device.sign(&origin(), body).unwrap();
        let token = self.ask("POST", "/v1/sessions", "application/cose", statement.as_bytes())?;
        let token: Token = read(&token);
        let token = hex::encode(token.token.as_slice());
        self.token = Some(token.clone());
        Ok(token)
    }

    /// Submits a statement.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn submit(&self, path: &str, submission: &Submission) -> Result<Accepted, Failed> {
        self.post(path, submission)
    }

    /// Uploads a payload from where it stands.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn upload(&self, path: &str, bytes: &[u8]) -> Result<(), Failed> {
        let kept: UploadState = read(&self.ask("PUT", path, "application/octet-stream", &[])?);
        let offset = usize::try_from(kept.offset).unwrap();
        if offset == bytes.len() {
            return Ok(());
        }
        let path = format!("{path}?offset={offset}");
        let rest = &bytes[offset..];
        let kept: UploadState = read(&self.ask("PATCH", &path, "application/octet-stream", rest)?);
        assert_eq!(kept.offset, u64::try_from(bytes.len()).unwrap(), "part of an upload was acknowledged");
        Ok(())
    }

    /// Posts a value and reads one.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn post<T>(&self, path: &str, value: &impl Encode<()>) -> Result<T, Failed>
    where
        T: for<'b> Decode<'b, ()> + Encode<()>,
    {
        Ok(read(&self.ask("POST", path, "application/cbor", &cbor::encode(value))?))
    }

    /// Gets a value.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn get<T: for<'b> Decode<'b, ()> + Encode<()>>(&self, path: &str) -> Result<T, Failed> {
        Ok(read(&self.bytes(path)?))
    }

    /// Gets bytes.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, Failed> {
        let request = self.request("GET", path).body(()).unwrap();
        answer(path, self.agent.run(request))
    }

    /// Sends a body of some type.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Vec<u8>, Failed> {
        let request = self.request(method, path).header("content-type", kind).body(body).unwrap();
        answer(path, self.agent.run(request))
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let request = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }
}

fn answer(path: &str, answer: Result<http::Response<ureq::Body>, ureq::Error>) -> Result<Vec<u8>, Failed> {
    let mut answer = answer.map_err(|_| Failed::Lost)?;
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().map_err(|_| Failed::Lost)?;
    let status = answer.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(body);
    }
    if status == 500 {
        println!("500: {path}");
    }
    Err(Failed::Refused(status, cbor::decode(&body, 4096).unwrap_or_default()))
}

fn read<T: for<'b> Decode<'b, ()> + Encode<()>>(body: &[u8]) -> T {
    cbor::decode(body, 64 << 20).expect("an answer in CBOR")
}

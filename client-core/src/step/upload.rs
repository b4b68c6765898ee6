//! Uploading a payload by offsets: a broken line continues where the server stopped keeping bytes.
//!
//! A file key and a nonce never meet two plaintexts, so nothing is ever sealed again under an old key: what continues is the
//! sealed bytes themselves, spooled at the first sealing. A spool that another process left is checked against the sealed version's
//! root before any byte of it is sent. If the spool is gone or damaged, the document is sealed anew, as a new payload under a fresh key.

use carnet_wire::id::{PayloadRoot, VaultId};
use carnet_wire::message::{Body, Method, Request, Response, UploadState};

use super::{Ask, StepError};
use crate::spooled::Spooled;

impl Spooled {
    /// Asks the server how much of it it has kept.
    pub fn start(self, vault: &VaultId) -> Ask<AwaitOffset> {
        let path = format!("/v1/vaults/{vault}/uploads/{}", self.root());
        let request = Request::new(Method::Put, path.clone(), Body::Empty);
        Ask { request, then: AwaitOffset { spooled: self, path, offset: None } }
    }
}

/// Waits for the server's word on how much it has kept.
#[derive(Debug)]
pub struct AwaitOffset {
    spooled: Spooled,
    path: String,
    offset: Option<u64>,
}

impl AwaitOffset {
    /// Sends the rest of the spool, or ends where the server has all of it.
    ///
    /// # Errors
    /// [`StepError::Offset`] for an offset past the end, or one that did not move although bytes were sent.
    pub fn receive(self, response: &Response) -> Result<UploadProgress, StepError> {
        let state: UploadState = response.read()?;
        if state.offset > self.spooled.payload_len()
            || self.offset.is_some_and(|before| state.offset <= before)
        {
            return Err(StepError::Offset);
        }
        if state.offset == self.spooled.payload_len() {
            return Ok(UploadProgress::Done(Uploaded { root: *self.spooled.root() }));
        }
        let body = Body::Spool { offset: state.offset };
        let request = Request::new(Method::Patch, format!("{}?offset={}", self.path, state.offset), body);
        Ok(UploadProgress::Send(Ask { request, then: Self { offset: Some(state.offset), ..self } }))
    }

    /// Begins again after a broken line: asks once more how much was kept.
    pub fn resume(self) -> Ask<Self> {
        let request = Request::new(Method::Put, self.path.clone(), Body::Empty);
        Ask { request, then: Self { offset: None, ..self } }
    }
}

/// What comes next in an upload.
#[derive(Debug)]
#[must_use]
pub enum UploadProgress {
    /// More bytes are to be sent.
    Send(Ask<AwaitOffset>),
    /// The server has all of them.
    Done(Uploaded),
}

/// A payload that the server has kept whole, it says; the deposit's receipt will bind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploaded {
    root: PayloadRoot,
}

impl Uploaded {
    /// The payload.
    #[must_use]
    pub fn root(&self) -> &PayloadRoot {
        &self.root
    }
}

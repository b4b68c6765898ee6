//! What clients and servers say to each other, as values: requests, responses and the bodies in them.
//!
//! Statements travel as `application/cose`, payloads and slices as octet streams, everything else here as deterministic CBOR
//! (`application/cbor`). A transport turns these values into HTTP and back; nothing here does I/O.

use core::ops::Range;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::StableCode;
use crate::cbor::{self, CborError};
use crate::id::{EntryId, StatementHash};

/// Most bytes of a body that is not a payload or a slice: a deposit of 256 items with the longest manifests and 1,000 grants fits.
pub const MAX_BODY: usize = 20 * 1024 * 1024;

/// A request to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path under the server's address, beginning with `/v1/`.
    pub path: String,
    /// The body.
    pub body: Body,
    /// The bytes of the answer that are wanted (RFC 9110 section 14), not empty; absent for all.
    pub range: Option<Range<u64>>,
}

impl Request {
    /// A request for all of the answer.
    #[must_use]
    pub fn new(method: Method, path: String, body: Body) -> Self {
        Self { method, path, body, range: None }
    }

    /// A request without a body.
    #[must_use]
    pub fn get(path: String) -> Self {
        Self::new(Method::Get, path, Body::Empty)
    }
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// DELETE.
    Delete,
    /// GET.
    Get,
    /// PATCH.
    Patch,
    /// POST.
    Post,
    /// PUT.
    Put,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// Deterministic CBOR.
    Cbor(Vec<u8>),
    /// A statement.
    Cose(Vec<u8>),
    /// The sealed bytes that the caller has spooled, from this offset on. The transport reads them; the core never holds them.
    Spool {
        /// Where to begin.
        offset: u64,
    },
    /// Opaque bytes.
    Bytes(Vec<u8>),
}

/// A server's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, of at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether what was asked for is not there, or not given to whoever asks: a server does not tell which.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.status == 404
    }

    /// Reads a body in CBOR out of a response that says yes.
    ///
    /// # Errors
    /// [`ResponseError::Refused`] with the server's own code, [`ResponseError::Malformed`].
    pub fn read<T: for<'b> Decode<'b, ()> + Encode<()>>(&self) -> Result<T, ResponseError> {
        Ok(cbor::decode(self.bytes()?, MAX_BODY)?)
    }

    /// The body of a response that says yes, as it is.
    ///
    /// # Errors
    /// [`ResponseError::Refused`] with the server's own code.
    pub fn bytes(&self) -> Result<&[u8], ResponseError> {
        if (200..300).contains(&self.status) {
            Ok(&self.body)
        } else {
            Err(ResponseError::Refused(Refusal::read(&self.body)))
        }
    }
}

/// Why a server did not do what it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusal {
    /// A stable code; empty where the server gave none.
    #[n(0)]
    pub code: String,
    /// For a conflict, the statement that won.
    #[n(1)]
    pub winner: Option<StatementHash>,
    /// For what is too long, the most bytes that are taken.
    #[n(2)]
    pub limit: Option<u64>,
}

impl Refusal {
    /// Most bytes of a refusal, and most characters of its code.
    const MAX_LEN: usize = 256;
    const MAX_CODE: usize = 64;

    /// Reads a refusal. What is not one, or holds a code that could not stand on a screen, counts as a refusal without a code.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let refusal: Self = cbor::decode(body, Self::MAX_LEN).unwrap_or_default();
        let readable = refusal.code.len() <= Self::MAX_CODE && refusal.code.bytes().all(plain);
        if readable { refusal } else { Self::default() }
    }
}

/// Why a response is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The server refused.
    #[error("the server refused: {}", .0.code)]
    Refused(Refusal),
    /// The body is not what it should be.
    #[error("the server's answer is malformed: {0}")]
    Malformed(#[from] CborError),
}

impl StableCode for ResponseError {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "response-refused",
            Self::Malformed(_) => "response-malformed",
        }
    }
}

/// A login challenge: 32 bytes, used once.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Challenge {
    /// The bytes to sign.
    #[n(0)]
    pub challenge: ByteArray<32>,
    /// For a login with a password, what stretching it costs.
    #[n(1)]
    pub cost: Option<crate::page::LoginCost>,
}

/// A session, once opened.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Token {
    /// What to send along with later requests.
    #[n(0)]
    pub token: ByteArray<32>,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    pub expires: u64,
    /// For a slot's session, whose slots it may fetch: who comes back with words alone knows no account. The slot opens for no other.
    #[n(2)]
    pub account: Option<crate::id::AccountId>,
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Token(.., expires {})", self.expires)
    }
}

/// How much of an upload a server has kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct UploadState {
    /// Bytes kept, from the start.
    #[n(0)]
    pub offset: u64,
}

/// A statement with the parts that it commits to. Whoever takes one in may leave its payloads where they came (`P`).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Submission<P = ByteVec> {
    /// The statement.
    #[n(0)]
    pub statement: ByteVec,
    /// The sealed manifests of its items, in their order.
    #[n(1)]
    pub manifests: Vec<ByteVec>,
    /// Its grants, in the order of their leaves.
    #[n(2)]
    pub grants: Vec<GrantPart>,
    /// Of a deposit: none, or the payloads of its items, in their order; an empty one has been uploaded before.
    #[n(3)]
    pub payloads: Vec<P>,
}

impl<P> Submission<P> {
    /// A statement without parts.
    #[must_use]
    pub fn bare(statement: &[u8]) -> Self {
        let (manifests, grants, payloads) = (Vec::new(), Vec::new(), Vec::new());
        Self { statement: statement.to_vec().into(), manifests, grants, payloads }
    }
}

/// One grant of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantPart {
    /// The leaf.
    #[n(0)]
    pub leaf: ByteVec,
    /// The detached age header.
    #[n(1)]
    pub header: ByteVec,
}

/// One version of an entry, as a server gives it to a reader. Statements are named by their hashes: many versions share one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoredPart {
    /// The deposit statement.
    #[n(0)]
    pub deposit: StatementHash,
    /// The newest describe statement.
    #[n(1)]
    pub describe: Option<StatementHash>,
    /// The grant statement, where the grant did not come with the deposit.
    #[n(2)]
    pub grant: Option<StatementHash>,
    /// The reader's leaf.
    #[n(3)]
    pub leaf: ByteVec,
    /// Its path.
    #[n(4)]
    pub path: ByteVec,
    /// The detached age header.
    #[n(5)]
    pub header: ByteVec,
    /// The sealed manifest.
    #[n(6)]
    pub manifest: ByteVec,
    /// The payload's first 16 bytes.
    #[n(7)]
    pub nonce: ByteArray<16>,
    /// The deposit statement of the next version.
    #[n(8)]
    pub next: Option<StatementHash>,
    /// The deposit statements of the versions before, newest first.
    #[n(9)]
    pub predecessors: Vec<StatementHash>,
}

impl StoredPart {
    /// The statements that it names.
    pub fn statements(&self) -> impl Iterator<Item = &StatementHash> {
        let named = core::iter::once(&self.deposit).chain(&self.describe).chain(&self.grant);
        named.chain(&self.next).chain(&self.predecessors)
    }
}

/// One page of what a read releases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoredPage {
    /// The versions: at most [`StoredPage::MAX_PARTS`].
    #[n(0)]
    pub parts: Vec<StoredPart>,
    /// What to ask for next; absent on the last page.
    #[n(1)]
    pub next: Option<EntryId>,
    /// The receipt of the read, which is a statement too; on the first page.
    #[n(2)]
    pub accepted: Option<Accepted>,
    /// The statements that the versions name, each once.
    #[n(3)]
    pub statements: Vec<ByteVec>,
}

impl StoredPage {
    /// Most versions on a page.
    pub const MAX_PARTS: usize = 100;
}

/// A receipt and what proves it against the state that the client asked with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Accepted {
    /// The receipt.
    #[n(0)]
    pub receipt: ByteVec,
    /// The consistency proof between the client's state and the receipt's, the smaller one first; absent where the client had none,
    /// or the two are one.
    #[n(1)]
    pub consistency: Option<crate::tree::ConsistencyProof>,
}

//! Handlers: each parses its request once, asks one question of the rest of the server, and writes the answer.

pub mod accounts;
pub mod describe;
pub mod directory;
pub mod entries;
pub mod log;
pub mod operations;
pub mod pairings;
pub mod proofs;
pub mod sessions;
pub mod uploads;
pub mod vaults;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use carnet_wire::cbor as wire_cbor;
use carnet_wire::message::Submission;
use minicbor::bytes::ByteSlice;
use minicbor::{Decode, Encode};
use serde::Deserialize;

use crate::edge::body::Whole;
use crate::payloads::SHORT;
use crate::refusal::Refusal;

/// The media type of deterministic CBOR.
pub const CBOR: &str = "application/cbor";

/// The media type of statements.
pub const COSE: &str = "application/cose";

/// A body, or an answer, in deterministic CBOR.
#[derive(Debug, Clone)]
pub struct Cbor<T>(pub T);

impl<T: Encode<()>> IntoResponse for Cbor<T> {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, CBOR)], wire_cbor::encode(&self.0)).into_response()
    }
}

impl<S: Send + Sync, T: for<'b> Decode<'b, ()> + Encode<()>> FromRequest<S> for Cbor<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        of_type(&request, CBOR)?;
        let body = body(request, state).await?;
        let value = wire_cbor::decode(&body, carnet_wire::message::MAX_BODY);
        value.map(Self).map_err(|error| Refusal::Malformed(carnet_wire::StableCode::code(&error)))
    }
}

/// A statement with its parts, as a body. Long payloads are not copied out of it: they are written to disk at once.
#[derive(Debug)]
pub struct Submitted(pub Submission<Bytes>);

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        of_type(&request, CBOR)?;
        let body = body(request, state).await?;
        let submission = wire_cbor::decode::<Submission<&ByteSlice>>(&body, carnet_wire::message::MAX_BODY)
            .map_err(|error| Refusal::Malformed(carnet_wire::StableCode::code(&error)))?;
        let Submission { statement, manifests, grants, payloads } = submission;
        // A short one may stay in memory for seconds, and would hold all that the body was read into, twice as much and more.
        let payloads = payloads.into_iter().map(|payload| match payload.len() as u64 {
            ..=SHORT => Bytes::copy_from_slice(payload),
            _ => body.slice_ref(payload),
        });
        let payloads = payloads.collect();
        Ok(Self(Submission { statement, manifests, grants, payloads }))
    }
}

/// A statement as a body.
#[derive(Debug, Clone)]
pub struct Cose(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Cose {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        of_type(&request, COSE)?;
        body(request, state).await.map(Self)
    }
}

/// The whole body, at most as long as the route allows, and not slower than it allows.
///
/// # Errors
/// [`Refusal::TooLarge`], [`Refusal::Slow`], [`Refusal::Malformed`].
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refusal> {
    Whole::from_request(request, state).await.map(|Whole(bytes)| bytes)
}

/// No body. It is read to its end all the same: a connection with an unread one cannot be used again, and its client may have sent the
/// next request already.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let empty = body(request, state).await?.is_empty();
        if empty { Ok(Self) } else { Err(Refusal::Malformed("body-unexpected")) }
    }
}

fn of_type(request: &Request, expected: &str) -> Result<(), Refusal> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if given == Some(expected) { Ok(()) } else { Err(Refusal::MediaType) }
}

/// Parameters in a path, refused as [`Refusal::Absent`]: what is not named so is not there.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_| Refusal::Absent)
    }
}

/// Parameters in a query.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|_| Refusal::Malformed("query-malformed"))
    }
}

/// An identifier in a path or a query: lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        crate::hex::decode(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not an identifier"))
    }
}

/// `?since=SIZE`: the state of the history that the client has pinned.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// The size of the state that the client has pinned; 0 for none.
    #[serde(default)]
    pub since: u64,
}

/// `?from=NUMBER`: where a page begins.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The number of the first statement; 1 where it is absent.
    #[serde(default)]
    pub from: u64,
}

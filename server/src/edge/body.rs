//! Bodies of requests: at most so many bytes, and not slower than so many in a while.
//!
//! A handler takes a body whole as [`Whole`], or piece by piece out of `axum::body::Body`, whose errors [`refusal`] names.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::refusal::Refusal;

/// How much of a body is taken, and how slowly it may come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Most bytes of the body.
    pub most: u64,
    /// The refusal's code beyond them.
    pub code: &'static str,
    /// At least so many bytes come...
    pub slow_bytes: u64,
    /// ...in each while of this length, until the end.
    pub slow_time: Duration,
}

impl Pace {
    /// The same request, its body held to this pace.
    ///
    /// # Errors
    /// [`Refusal::TooLong`] where the request itself says that the body is longer.
    pub fn hold(self, request: Request) -> Result<Request, Refusal> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.most) {
            return Err(Refusal::TooLong(self.code, self.most));
        }
        Ok(request.map(|body| Body::new(Paced { body, pace: self, taken: 0, since: 0, alarm: None })))
    }
}

/// A whole body, in memory.
#[derive(Debug, Clone)]
pub struct Whole(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = request.into_body().collect().await;
        body.map(|body| Self(body.to_bytes())).map_err(|error| refusal(&error))
    }
}

/// Why a body did not come whole: too large, too slow, or broken off.
#[must_use]
pub fn refusal(error: &axum::Error) -> Refusal {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<PaceError>() {
            return error.0.clone();
        }
        source = error.source();
    }
    Refusal::Malformed("body-cut")
}

#[derive(Debug, thiserror::Error)]
#[error("the body is refused: {}", .0.code())]
struct PaceError(Refusal);

struct Paced {
    body: Body,
    pace: Pace,
    taken: u64,
    /// Bytes taken since the alarm was set.
    since: u64,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let fail = |refusal| Poll::Ready(Some(Err(axum::Error::new(PaceError(refusal)))));
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
                self.taken = self.taken.saturating_add(bytes);
                self.since = self.since.saturating_add(bytes);
                // It counts from the first wait on, with what the handler needs in between: milliseconds.
                if self.since >= self.pace.slow_bytes {
                    (self.alarm, self.since) = (None, 0);
                }
                if self.taken > self.pace.most {
                    return fail(Refusal::TooLong(self.pace.code, self.pace.most));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => {
                let time = self.pace.slow_time;
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(time)));
                match alarm.as_mut().poll(cx) {
                    Poll::Ready(()) => fail(Refusal::Slow),
                    Poll::Pending => Poll::Pending,
                }
            }
            end => end,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn pace() -> Pace {
        Pace { most: 100, code: "body-too-large", slow_bytes: 10, slow_time: Duration::from_millis(50) }
    }

    async fn whole(body: Body) -> Result<usize, Refusal> {
        let request = pace().hold(Request::new(body))?;
        Whole::from_request(request, &()).await.map(|whole| whole.0.len())
    }

    #[tokio::test]
    async fn body_beyond_the_limit_is_refused_with_and_without_a_length() {
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert(header::CONTENT_LENGTH, 101.into());
        assert!(matches!(pace().hold(request), Err(Refusal::TooLong("body-too-large", 100))));
        assert_eq!(whole(Body::from(vec![0; 100])).await, Ok(100));
        assert_eq!(whole(Body::from(vec![0; 101])).await, Err(Refusal::TooLong("body-too-large", 100)));
    }

    #[tokio::test]
    async fn body_that_drips_or_stops_is_refused() {
        let drip = stream::unfold((), |()| async {
            sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        });
        assert_eq!(whole(Body::from_stream(drip)).await, Err(Refusal::Slow));
        let stop = stream::pending::<Result<Bytes, std::io::Error>>();
        assert_eq!(whole(Body::from_stream(stop)).await, Err(Refusal::Slow));
        let cut = stream::iter([Ok(Bytes::from_static(b"x")), Err(std::io::Error::other("cut"))]);
        assert_eq!(whole(Body::from_stream(cut)).await, Err(Refusal::Malformed("body-cut")));
    }
}

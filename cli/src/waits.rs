//! What a client waits for: requests that are on their way, and how long nothing has come of each; and what the answers that came say of
//! the time. Whoever has a screen looks here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::Timestamp;

/// Requests that are on their way. Its clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    under_way: Arc<Mutex<UnderWay>>,
}

#[derive(Debug, Default)]
struct UnderWay {
    next: u64,
    requests: BTreeMap<u64, Request>,
    ahead: Option<SignedDuration>,
}

#[derive(Debug)]
struct Request {
    server: Arc<str>,
    limit: Duration,
    moved: Instant,
}

/// A request of which nothing has been heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The server's name.
    pub server: String,
    /// How long it has been silent.
    pub silent: Duration,
    /// How long it is waited for at most.
    pub limit: Duration,
}

/// One request, until it is dropped.
#[derive(Debug)]
pub struct Waiting {
    waits: Waits,
    number: u64,
}

impl Waits {
    /// A request to `server` begins, which may stay silent for `limit`.
    #[must_use]
    pub fn begin(&self, server: &Arc<str>, limit: Duration) -> Waiting {
        let mut under_way = self.lock();
        let number = under_way.next;
        under_way.next = number.wrapping_add(1);
        let request = Request { server: Arc::clone(server), limit, moved: Instant::now() };
        under_way.requests.insert(number, request);
        Waiting { waits: self.clone(), number }
    }

    /// The request of which nothing has been heard for the longest time; none while bytes move in any of them.
    #[must_use]
    pub fn longest(&self) -> Option<Wait> {
        let under_way = self.lock();
        let newest = under_way.requests.values().max_by_key(|request| request.moved)?;
        let oldest = under_way.requests.values().min_by_key(|request| request.moved)?;
        Some(Wait { server: oldest.server.to_string(), silent: newest.moved.elapsed(), limit: oldest.limit })
    }

    /// An answer was written at this moment, as its header says (RFC 9110 section 6.6.1).
    pub fn heard(&self, date: &str) {
        if let Ok(date) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date) {
            self.lock().ahead = Some(Timestamp::now().duration_since(date));
        }
    }

    /// How far this machine's clock is ahead of the server's, as the last answer said; less than nothing where it is behind. It serves to
    /// say what is wrong, never to decide anything: nobody signs this header.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.lock().ahead
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Bytes have moved.
    pub fn moved(&self) {
        if let Some(request) = self.waits.lock().requests.get_mut(&self.number) {
            request.moved = Instant::now();
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waits.lock().requests.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_that_of_all_requests_together_and_ends_with_them() {
        let (waits, server): (_, Arc<str>) = (Waits::default(), "carnet.example".into());
        assert_eq!(waits.longest(), None);
        let first = waits.begin(&server, Duration::from_secs(60));
        let second = waits.begin(&server, Duration::from_secs(30));
        let silent = || waits.longest().unwrap();
        assert_eq!((silent().server.as_str(), silent().limit), ("carnet.example", Duration::from_secs(60)));
        first.moved();
        assert_eq!(silent().limit, Duration::from_secs(30), "the one that is silent is named");
        drop((first, second));
        assert_eq!(waits.longest(), None);
    }

    #[test]
    fn clock_is_compared_with_what_the_last_answer_says() {
        let waits = Waits::default();
        waits.heard("no date");
        assert_eq!(waits.clock_ahead(), None);
        waits.heard("Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(waits.clock_ahead().unwrap() > SignedDuration::from_hours(24 * 365 * 30));
        waits.heard("Fri, 31 Dec 2100 23:59:59 GMT");
        assert!(waits.clock_ahead().unwrap() < SignedDuration::ZERO);
    }
}

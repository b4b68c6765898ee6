//! Names of servers, looked up once a minute. The library asks for the address before each request, also where a connection is kept, and
//! with a time-out that takes a thread each time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer is believed.
const BELIEVED: Duration = Duration::from_secs(60);

/// Looks names up, and remembers the last answer: a client speaks with one server.
#[derive(Debug, Default)]
pub(crate) struct Names {
    library: DefaultResolver,
    last: Mutex<Option<Answer>>,
}

#[derive(Debug)]
struct Answer {
    authority: Authority,
    time: Instant,
    addresses: ResolvedSocketAddrs,
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|answer| answer.time.elapsed() < BELIEVED);
        if let Some(known) = known.filter(|answer| uri.authority() == Some(&answer.authority)) {
            return Ok(known.addresses.clone());
        }
        let addresses = self.library.resolve(uri, config, timeout).map_err(|error| match error {
            // The system's resolver speaks through I/O errors of no kind.
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            other => other,
        })?;
        if let Some(authority) = uri.authority().cloned() {
            *last = Some(Answer { authority, time: Instant::now(), addresses: addresses.clone() });
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Agent;

    #[test]
    fn address_is_kept_for_its_own_name_only() {
        let names = Names::default();
        let agent: Agent = Config::default().into();
        let ask = |uri: &str| {
            let timeout = NextTimeout {
                after: Duration::from_secs(9).into(),
                reason: ureq::Timeout::Resolve,
                ..NextTimeout::default()
            };
            names.resolve(&uri.parse().unwrap(), agent.config(), timeout).map(|found| found.to_vec())
        };
        let first = ask("http://127.0.0.1:81/a").unwrap();
        assert_eq!(first, ["127.0.0.1:81".parse().unwrap()]);
        assert_eq!(ask("http://127.0.0.1:81/b").unwrap(), first);
        assert_eq!(ask("http://127.0.0.1:82/").unwrap(), ["127.0.0.1:82".parse().unwrap()]);
        let unknown = ask("http://no-such-name.invalid/").unwrap_err();
        assert!(matches!(unknown, ureq::Error::HostNotFound), "{unknown}");
        assert_eq!(names.last.lock().unwrap().as_ref().unwrap().authority, "127.0.0.1:82");
    }
}

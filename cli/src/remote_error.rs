//! Why a server could not be asked.
//!
//! A server of Carnet says why it refuses by a code of its own. A status without such a code is of something that stands in between (a
//! proxy, a gate of a hotel's network, a load balancer) or in its place: it says nothing of what the server holds.

use std::io;

use carnet_wire::StableCode;
use carnet_wire::message::Refusal;
use rustls::CertificateError;

use crate::megabytes::{Rounded, megabytes};

/// Why a server could not be asked. Each is two lines on a screen: what, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// Not the address of a server.
    #[error("this is not the address of a server\nWrite it as https://carnet.example, without a path.")]
    Address,
    /// HTTP without TLS, to another machine.
    #[error("this address is not protected on the way\nWrite https:// instead of http://.")]
    PlainHttp,
    /// The file of certificates cannot be read or has none.
    #[error("no certificate in this file\nName a file of certificates in PEM.")]
    Certificates,
    /// The name leads nowhere.
    #[error("no machine has this name\nLook at the network and at the server's address, then try again.")]
    Name,
    /// Nobody answers there.
    #[error("the server does not answer\nLook at the network and at the server's address, then try again.")]
    Unreachable,
    /// The connection broke.
    #[error("the connection broke\nTry again: what the server has kept stays.")]
    Broken(#[source] io::Error),
    /// The server took too long: so many seconds.
    #[error("the server has not answered for {0} seconds\nTry again later.")]
    TimeOut(u64),
    /// The server's certificate is not believed.
    #[error(
        "the server's certificate is not the one of this address\nDo not go on. Look at the address, or ask who runs the server."
    )]
    Certificate,
    /// The certificate begins later than this machine's clock says, by so many seconds.
    #[error("the server's certificate is not valid yet\nLook at this machine's clock.")]
    CertificateAhead(u64),
    /// The certificate ended before what this machine's clock says, by so many seconds.
    #[error("the server's certificate has ended\nLook at this machine's clock, or ask who runs the server.")]
    CertificateEnded(u64),
    /// The server sends elsewhere, which no Carnet server does.
    #[error(
        "the server sends to another address ({0})\nLook at the address: a page may stand between you and the server."
    )]
    Redirected(u16),
    /// A page for people came in the place of the server's answer.
    #[error(
        "a page stands in the place of the server ({0})\nOpen a browser: the network may want you to log in."
    )]
    Page(u16),
    /// A status without a code of Carnet's: something between here and the server answered.
    #[error(
        "the server's place is taken by an answer of status {0}\nTry again later, or ask who runs the server."
    )]
    Status(u16),
    /// A body of so many bytes is longer than what stands between here and the server lets through.
    #[error("{0} bytes are more than is let through (413)\nAsk who runs the server.")]
    TooLarge(u64),
    /// What came is not HTTP, or too long.
    #[error("the server's answer makes no sense\nLook at the address: something else may be there.")]
    Protocol,
    /// The server refused a download.
    #[error("the server refused ({})\nLook up this code in docs/SPEC.md.", .1.code)]
    Refused(u16, Refusal),
    /// The server ignored the range that was asked for.
    #[error(
        "the server gave other bytes than asked for\nTry again; if it stays so, ask who runs the server."
    )]
    Range,
    /// The spooled bytes cannot be read.
    #[error("the sealed bytes cannot be read back\nLook at the disk, and seal the document again.")]
    Spool(#[source] io::Error),
    /// The request needs spooled bytes, and none were given.
    #[error("the sealed bytes are missing\nSeal the document again.")]
    NoSpool,
}

impl RemoteError {
    /// Whether the same request may succeed in a moment.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        // A server that was silent to the end of the patience is not asked at once again, and one that wants fewer requests gets fewer.
        matches!(self, Self::Unreachable | Self::Broken(_) | Self::Status(425 | 502 | 503 | 504))
    }

    /// Whether bytes that were being sent may go on from where they broke off.
    #[must_use]
    pub fn may_resume(&self) -> bool {
        self.may_pass() || matches!(self, Self::TimeOut(_) | Self::Status(408))
    }

    /// What a text names of it.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TimeOut(seconds) | Self::CertificateAhead(seconds) | Self::CertificateEnded(seconds) => {
                vec![("seconds", seconds.to_string())]
            }
            Self::Redirected(status) | Self::Page(status) | Self::Status(status) => {
                vec![("status", status.to_string())]
            }
            // Shown in full millions: nobody counts bytes.
            Self::TooLarge(bytes) => vec![("megabytes", megabytes(*bytes, Rounded::Up))],
            _ => Vec::new(),
        }
    }

    /// What a failure to write or read HTTP says, of a request that may be silent for so many seconds.
    pub(crate) fn of(error: ureq::Error, patience: u64) -> Self {
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::Address,
            ureq::Error::HostNotFound => Self::Name,
            ureq::Error::ConnectionFailed => Self::Unreachable,
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => Self::Unreachable,
            ureq::Error::Timeout(_) => Self::TimeOut(patience),
            ureq::Error::Rustls(error) => Self::of_tls(&error),
            ureq::Error::Tls(_) => Self::Certificate,
            ureq::Error::Io(error) => Self::of_io(error, patience),
            _ => Self::Protocol,
        }
    }

    /// The same of an I/O error, in which TLS speaks too.
    pub(crate) fn of_io(error: io::Error, patience: u64) -> Self {
        let inner = error.get_ref();
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::of_tls(error);
        }
        match inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
            Some(ureq::Error::Timeout(_)) => return Self::TimeOut(patience),
            Some(ureq::Error::Rustls(error)) => return Self::of_tls(error),
            _ => {}
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimeOut(patience),
            _ => Self::Broken(error),
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { time, not_before }) => {
                Self::CertificateAhead(not_before.as_secs().saturating_sub(time.as_secs()))
            }
            rustls::Error::InvalidCertificate(CertificateError::NotValidYet) => Self::CertificateAhead(0),
            rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { time, not_after }) => {
                Self::CertificateEnded(time.as_secs().saturating_sub(not_after.as_secs()))
            }
            rustls::Error::InvalidCertificate(CertificateError::Expired) => Self::CertificateEnded(0),
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Self::Certificate
            }
            // Whoever speaks no TLS there, or breaks it off, is not the server: nothing is known of its certificate.
            _ => Self::Protocol,
        }
    }
}

impl StableCode for RemoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::Address => "remote-address",
            Self::PlainHttp => "remote-plain-http",
            Self::Certificates => "remote-certificates",
            Self::Name => "remote-name",
            Self::Unreachable => "remote-unreachable",
            Self::Broken(_) => "remote-broken",
            Self::TimeOut(_) => "remote-time-out",
            Self::Certificate => "remote-certificate",
            Self::CertificateAhead(_) => "remote-certificate-ahead",
            Self::CertificateEnded(_) => "remote-certificate-ended",
            Self::Redirected(_) => "remote-redirected",
            Self::Page(_) => "remote-page",
            Self::Status(status) => code_of(*status),
            Self::TooLarge(_) => "remote-413",
            Self::Protocol => "remote-protocol",
            Self::Refused(..) => "remote-refused",
            Self::Range => "remote-range",
            Self::Spool(_) => "remote-spool",
            Self::NoSpool => "remote-no-spool",
        }
    }
}

/// The code of a status that something between here and the server gave (RFC 9110 section 15, RFC 6585, RFC 7725, RFC 8470).
fn code_of(status: u16) -> &'static str {
    match status {
        400 => "remote-400",
        401 => "remote-401",
        403 => "remote-403",
        404 => "remote-404",
        405 => "remote-405",
        407 => "remote-407",
        408 => "remote-408",
        413 => "remote-413",
        414 | 431 => "remote-431",
        421 => "remote-421",
        425 => "remote-425",
        426 => "remote-426",
        429 => "remote-429",
        451 => "remote-451",
        500 => "remote-500",
        501 => "remote-501",
        502 => "remote-502",
        503 => "remote-unavailable",
        504 => "remote-504",
        511 => "remote-511",
        other if other >= 500 => "remote-5xx",
        _ => "remote-4xx",
    }
}

/// Whether a code says that the server was not heard: what is known here is then all that can be shown. A refusal of the server's own, or
/// an answer of it that does not prove what it claims, is no absence.
#[must_use]
pub(crate) fn is_away(code: &str) -> bool {
    const OF_THIS_MACHINE: [&str; 6] = [
        "remote-address",
        "remote-plain-http",
        "remote-certificates",
        "remote-range",
        "remote-spool",
        "remote-no-spool",
    ];
    code == "response-malformed"
        || (code.starts_with("remote-") && code != "remote-refused" && !OF_THIS_MACHINE.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_words_in_both_languages_and_its_number_in_them() {
        use crate::Failure;
        use crate::text::{Language, Texts};
        for status in (300..600).chain([999]) {
            let error = match status {
                300..400 => RemoteError::Redirected(status),
                413 => RemoteError::TooLarge(3_000_000),
                _ => RemoteError::Status(status),
            };
            assert!(is_away(error.code()), "{status}");
            for language in [Language::Fr, Language::En] {
                let (what, remedy) = Failure::of_remote(&error).lines(&Texts::of(language));
                assert!(what.contains(&status.to_string()), "{status}: {what}");
                assert!(!what.contains("remote-") && !remedy.is_empty(), "{status}: {what} {remedy}");
            }
        }
    }

    #[test]
    fn what_the_server_itself_refuses_is_not_away() {
        for code in
            ["absent", "unauthenticated", "history-rollback", "remote-refused", "remote-address", "rate"]
        {
            assert!(!is_away(code), "{code}");
        }
    }

    #[test]
    fn a_silent_server_is_not_asked_again_at_once_and_a_refusal_never() {
        for again in [502, 503, 504, 425] {
            assert!(RemoteError::Status(again).may_pass(), "{again}");
        }
        for once in [400, 401, 403, 404, 407, 408, 413, 421, 426, 429, 431, 451, 500] {
            assert!(!RemoteError::Status(once).may_pass(), "{once}");
        }
        assert!(!RemoteError::TimeOut(60).may_pass() && RemoteError::TimeOut(60).may_resume());
    }
}

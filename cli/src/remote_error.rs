//! Why a server could not be asked.

use std::io;

use carnet_wire::StableCode;
use carnet_wire::message::Refusal;

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
    /// The name leads nowhere, or nobody answers there.
    #[error("the server does not answer\nLook at the network and at the server's address, then try again.")]
    Unreachable,
    /// The connection broke.
    #[error("the connection broke\nTry again: what the server has kept stays.")]
    Broken(#[source] io::Error),
    /// The server took too long.
    #[error("the server takes too long\nTry again later.")]
    TimeOut,
    /// The server's certificate is not believed.
    #[error(
        "the server's certificate is not the one of this address\nDo not go on. Look at the address, or ask who runs the server."
    )]
    Certificate,
    /// The server sends elsewhere, which no Carnet server does.
    #[error(
        "the server sends to another address\nLook at the address: a page may stand between you and the server."
    )]
    Redirected,
    /// The server is starting, stopping, or too busy.
    #[error("the server is not ready\nTry again in a minute.")]
    Unavailable,
    /// What came is not HTTP, or too long.
    #[error("the server's answer makes no sense\nLook at the address: something else may be there.")]
    Protocol,
    /// The server refused a download.
    #[error("the server refuses: {}\nLook up this code in the manual.", .1.code)]
    Refused(u16, Refusal),
    /// The server gave another range than was asked for.
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
        matches!(self, Self::Unreachable | Self::Broken(_) | Self::TimeOut | Self::Unavailable)
    }
}

impl StableCode for RemoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::Address => "remote-address",
            Self::PlainHttp => "remote-plain-http",
            Self::Certificates => "remote-certificates",
            Self::Unreachable => "remote-unreachable",
            Self::Broken(_) => "remote-broken",
            Self::TimeOut => "remote-time-out",
            Self::Certificate => "remote-certificate",
            Self::Redirected => "remote-redirected",
            Self::Unavailable => "remote-unavailable",
            Self::Protocol => "remote-protocol",
            Self::Refused(..) => "remote-refused",
            Self::Range => "remote-range",
            Self::Spool(_) => "remote-spool",
            Self::NoSpool => "remote-no-spool",
        }
    }
}

impl From<ureq::Error> for RemoteError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::Address,
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => Self::Unreachable,
            ureq::Error::Timeout(_) => Self::TimeOut,
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Self::Certificate,
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Self::Unreachable,
            // TLS speaks through I/O errors, where the other side's certificate is refused.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Certificate,
            ureq::Error::Io(error) => Self::Broken(error),
            _ => Self::Protocol,
        }
    }
}

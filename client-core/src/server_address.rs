//! Where a server is and which log it keeps: on every paper and card that has to work on a new machine.
//!
//! ```text
//! server-address = { 0: url (text), 1: log origin (text), 2: key of the log (32) }
//! ```

use carnet_wire::StableCode;
use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::receipt::TrustedLog;

/// A server's URL and the log that it must show.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ServerAddress {
    /// Where it is.
    #[n(0)]
    pub url: ServerUrl,
    /// The origin of its log.
    #[n(1)]
    pub origin: Origin,
    /// The key of its log.
    #[n(2)]
    pub key: VerifyingKey,
}

impl ServerAddress {
    /// The log to believe.
    #[must_use]
    pub fn log(&self) -> TrustedLog {
        TrustedLog { origin: self.origin.clone(), key: self.key }
    }
}

/// `https://` and a host, perhaps a port, and nothing more; `http://` for this machine only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// Most bytes of a URL.
    pub const MAX_LEN: usize = 255;

    /// Parses a URL as a person types it: case and a slash at the end do not count.
    ///
    /// # Errors
    /// [`ServerUrlError`].
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let text = text.trim();
        if text.len() > Self::MAX_LEN || !text.is_ascii() {
            return Err(ServerUrlError::Form);
        }
        let text = text.to_ascii_lowercase();
        let text = text.strip_suffix('/').unwrap_or(&text);
        let (plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(ServerUrlError::Form),
        };
        let host = host(rest).ok_or(ServerUrlError::Form)?;
        if plain && !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
            return Err(ServerUrlError::Plain);
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The host of what stands after the scheme; nothing where anything else is there than a host and a port.
fn host(rest: &str) -> Option<&str> {
    let (host, port) = match rest.strip_prefix('[') {
        Some(inside) => {
            let (address, after) = inside.split_once(']')?;
            let _: core::net::Ipv6Addr = address.parse().ok()?;
            let host = rest.get(..address.len().checked_add(2)?)?;
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return None,
            }
        }
        None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    if let Some(port) = port {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        port.parse::<u16>().ok().filter(|port| digits && *port != 0)?;
    }
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    (host.starts_with('[') || host.split('.').all(label)).then_some(host)
}

impl core::fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for ServerUrl {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ServerUrl {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::parse(d.str()?).map_err(|_| DecodeError::message("not a server's URL"))
    }
}

/// Why a text is not a server's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerUrlError {
    /// Not `https://`, a host and perhaps a port.
    #[error("not https://, a host and perhaps a port")]
    Form,
    /// `http://` to another machine: anybody on the way could read and change what passes.
    #[error("http:// is for this machine only")]
    Plain,
}

impl StableCode for ServerUrlError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form => "server-url-form",
            Self::Plain => "server-url-plain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_with_more_than_a_host_and_a_port_is_taken() {
        for (typed, kept) in [
            ("https://carnet.example", "https://carnet.example"),
            (" HTTPS://Carnet.Example:8443/ ", "https://carnet.example:8443"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://[::1]:4000", "http://[::1]:4000"),
        ] {
            assert_eq!(ServerUrl::parse(typed).unwrap().as_str(), kept);
        }
        let bad = [
            "",
            "carnet.example",
            "https://",
            "https://a b",
            "https://a/b",
            "https://u@a",
            "https://a?b",
            "https://a:0",
            "https://a:99999",
            "https://a:+1",
            "https://a..b",
            "https://-a",
            "https://é",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            "ftp://a",
        ];
        for text in bad {
            assert_eq!(ServerUrl::parse(text), Err(ServerUrlError::Form), "{text}");
        }
        assert_eq!(ServerUrl::parse("http://carnet.example"), Err(ServerUrlError::Plain));
        assert!(ServerUrl::parse(&format!("https://{}", "a.".repeat(200))).is_err());
    }
}

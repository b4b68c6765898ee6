//! The address of a client: that of the connection, or the one that a trusted proxy names.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::config::Server;

/// Whom a request comes from. Used for rates only; never logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of a client whose connection comes from `peer`.
    ///
    /// Behind a proxy, the header is read from its end: what trusted proxies wrote is believed, and the first address that is not
    /// one of theirs is the client's. What a client wrote itself stands before it, and is not looked at.
    #[must_use]
    pub fn of(server: &Server, peer: IpAddr, headers: &HeaderMap) -> Self {
        let trusted = |address: &IpAddr| {
            let address = address.to_canonical();
            server.trusted_proxies.iter().any(|network| network.contains(&address))
        };
        if !server.behind_proxy || !trusted(&peer) {
            return Self(peer.to_canonical());
        }
        let values = headers.get_all(&server.address_header).iter();
        let listed: Vec<&str> =
            values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
        let mut client = peer;
        for text in listed.into_iter().rev() {
            let Ok(address) = text.parse() else { break };
            client = address;
            if !trusted(&address) {
                break;
            }
        }
        Self(client.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn of(behind_proxy: bool, peer: &str, header: &[&str]) -> String {
        let text = format!(
            "[server]\norigin = \"a\"\nfolder = \"/x\"\nbehind_proxy = {behind_proxy}\ntrusted_proxies = [\"10.0.0.0/8\"]\n"
        );
        let server = Config::parse(&text, []).unwrap().server;
        let mut headers = HeaderMap::new();
        for value in header {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        ClientAddress::of(&server, peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn forged_address_is_not_believed() {
        assert_eq!(of(false, "10.0.0.1", &["192.0.2.1"]), "10.0.0.1");
        assert_eq!(of(true, "192.0.2.9", &["192.0.2.1"]), "192.0.2.9");
        assert_eq!(of(true, "10.0.0.1", &["203.0.113.7, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(true, "10.0.0.1", &["203.0.113.7", "192.0.2.1, 10.2.3.4"]), "192.0.2.1");
        assert_eq!(of(true, "10.0.0.1", &["192.0.2.1, not an address"]), "10.0.0.1");
        assert_eq!(of(true, "::ffff:10.0.0.1", &["::ffff:192.0.2.1"]), "192.0.2.1");
        assert_eq!(of(true, "10.0.0.1", &[]), "10.0.0.1");
    }
}

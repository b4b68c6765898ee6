//! Settings that are more than numbers and words.

use std::net::IpAddr;

use carnet_wire::origin::Origin;
use carnet_wire::signature::VerifyingKey;
use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub(super) fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<Origin, D::Error> {
    Origin::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

pub(super) fn verifying_key<'de, D: Deserializer<'de>>(from: D) -> Result<VerifyingKey, D::Error> {
    let bytes = crate::hex::decode(&String::deserialize(from)?);
    let bytes = bytes.ok_or_else(|| D::Error::custom("a key is 64 characters of hexadecimal"))?;
    VerifyingKey::from_bytes(&bytes).map_err(D::Error::custom)
}

/// Networks (`10.0.0.0/8`) and single addresses.
pub(super) fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let parsed: Result<Vec<_>, std::net::AddrParseError> =
        Vec::<String>::deserialize(from)?.iter().map(network).collect();
    parsed.map_err(|_| D::Error::custom("a trusted proxy is an address, or a network such as 10.0.0.0/8"))
}

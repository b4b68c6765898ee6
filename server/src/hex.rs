//! Hexadecimal in paths and headers: lower case only, so that a thing has one name.

pub use carnet_rest::file::hex as decode;

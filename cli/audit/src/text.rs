//! What the audit says: English, until every command has its texts in both languages.

use super::class::Class;

pub(super) const BYTES: &str = "bytes";
pub(super) const FIELDS: &str = "Readable fields: how often, bytes, what they are";
pub(super) const FINDINGS: &str = "Findings";
pub(super) const CANARIES: &str = "Canaries";
pub(super) const TOTAL: &str = "all of the folder";
pub(super) const CLEAN: &str = "none";

/// What a class is called.
pub(super) fn class(class: Class) -> &'static str {
    match class {
        Class::Sealed => "ciphertext",
        Class::Law => "public by law (professionals)",
        Class::PublicKeys => "public keys",
        Class::Ids => "identifiers and hashes",
        Class::Numbers => "times, sizes, counters",
        Class::Signatures => "signatures",
        Class::Words => "words of the format, names of logs",
        Class::Format => "how values are put together",
        Class::Checksums => "checksums",
        Class::ServerKeys => "the server's own keys",
        Class::Engine => "the engine's pages and free space",
        Class::Unknown => "unknown",
    }
}

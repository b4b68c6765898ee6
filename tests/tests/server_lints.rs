//! `server/.clippy.toml` refuses the ciphers and key agreements of `ring`: shown on a crate that uses all of them.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use carnet_tests::need;

const MANIFEST: &str = r#"
version = "0.0.0"
edition = "2024"

[dependencies]
ring = "0.17"

[workspace]
"#;

const SOURCE: &str = r#"
use ring::{aead, agreement, rand::SystemRandom};

pub fn seal(key: &aead::LessSafeKey) -> &aead::Algorithm {
    key.algorithm()
}

pub fn make(bytes: &[u8]) -> Option<aead::UnboundKey> {
    aead::UnboundKey::new(&aead::AES_256_GCM, bytes).ok()
}

pub fn one<N: aead::NonceSequence>(_: &aead::OpeningKey<N>, _: &aead::SealingKey<N>, _: &aead::quic::HeaderProtectionKey) {}

pub fn agree(random: &SystemRandom, theirs: &agreement::UnparsedPublicKey<Vec<u8>>) -> Option<agreement::PublicKey> {
    let ours: agreement::EphemeralPrivateKey =
        agreement::EphemeralPrivateKey::generate(&agreement::X25519, random).ok()?;
    let public = ours.compute_public_key().ok()?;
    agreement::agree_ephemeral(ours, theirs, |_| ()).ok()?;
    Some(public)
}
"#;

#[test]
fn every_cipher_and_key_agreement_of_ring_is_refused() {
    let told = clippy(SOURCE, "uses-ciphers");
    let refused = told.lines().filter_map(|line| {
        line.strip_prefix("error: use of a disallowed type `")
            .or_else(|| line.strip_prefix("error: use of a disallowed method `"))
    });
    let refused: BTreeSet<&str> = refused.map(|rest| rest.trim_end_matches('`')).collect();
    let config = fs::read_to_string(need::repository().join("server/.clippy.toml")).unwrap();
    let listed = config.lines().filter_map(|line| line.trim().strip_prefix("{ path = \"")?.split('"').next());
    let listed: BTreeSet<&str> = listed.collect();
    assert!(listed.len() >= 11, "{listed:?}");
    assert_eq!(refused, listed, "{told}");
}

#[test]
fn hashes_and_signatures_of_ring_are_not_refused() {
    let source = "pub fn hash(bytes: &[u8]) -> ring::digest::Digest {\n    ring::digest::digest(&ring::digest::SHA256, bytes)\n}\n";
    assert_eq!(clippy(source, "uses-hashes"), "");
}

/// What clippy says of a crate under the server's configuration. Its `ring` is the one of our `Cargo.lock`.
fn clippy(source: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("server-lints").join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    // A name of its own: cargo would mistake one for the other in the target folder that they share.
    fs::write(folder.join("Cargo.toml"), format!("[package]\nname = \"{name}\"{MANIFEST}")).unwrap();
    fs::write(folder.join("src/lib.rs"), source).unwrap();
    fs::copy(need::repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--quiet", "--color", "never", "--", "-D", "warnings"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.with_file_name("target"))
        .env("CLIPPY_CONF_DIR", need::repository().join("server"))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("could not compile `ring`") && !told.contains("unresolved"), "{told}");
    told
}

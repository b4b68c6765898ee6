//! A ward: a server that knows one authority, people with accounts there, and a doctor whom that authority attested.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a stage prop that fails fails its test"
)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::cli::Machine;
use crate::server::TestServer;

/// A server that knows one authority, whose folder lies on this machine; and how others name that authority.
///
/// # Panics
/// Where it does not start.
#[must_use]
pub fn server_with(authority: &Machine) -> (TestServer, String) {
    let mut server = TestServer::start();
    let made = authority.json(&["authority", "init", "ordre", "--name", "Ordre"]);
    let key = text(&made["key"]);
    server.stop();
    let mut config = OpenOptions::new().append(true).open(server.config()).unwrap();
    writeln!(config, "\n[[authorities]]\nname = \"Ordre\"\nkey = \"{key}\"").unwrap();
    server.restart();
    (server, format!("Ordre={key}"))
}

/// Somebody with an account at this address, two ways back (`kit.txt`, `copy.age`), unlocked.
///
/// # Panics
/// Where that fails.
#[must_use]
pub fn join(passphrase: &str, address: &str, name: &str, authority: &str, more: &[&str]) -> Machine {
    let machine = Machine::new(passphrase);
    let arguments = [
        &["account", "create", "--server", address, "--name", name, "--kit", "kit.txt"],
        ["--passphrase-file", "copy.age", "--authority", authority].as_slice(),
        more,
    ]
    .concat();
    machine.json(&arguments);
    assert_eq!(machine.run(&["unlock"]).exit, Some(0));
    machine
}

/// A doctor, attested.
///
/// # Panics
/// Where that fails.
#[must_use]
pub fn doctor(passphrase: &str, address: &str, authority: &Machine, key: &str) -> Machine {
    let doctor = join(passphrase, address, "Dr Martin", key, &["--without-vault"]);
    let code = enrol(&doctor);
    authority.json(&["--yes", "authority", "attest", "ordre", &code]);
    await_attested(&doctor);
    doctor
}

/// The doctor's code for the authority.
#[must_use]
pub fn enrol(doctor: &Machine) -> String {
    let enrolled = ["pro", "enrol", "--rpps", "10001234567", "--name", "MARTIN Paul", "--profession", "10"];
    text(&doctor.json(&[&enrolled[..], &["--town", "Lyon"]].concat())["code"])
}

/// Waits until an attestation counts.
///
/// # Panics
/// Where it does not.
pub fn await_attested(doctor: &Machine) {
    let attested = (0..50).any(|_| {
        sleep(Duration::from_millis(100));
        doctor.json(&["pro", "status"])["state"] == "attested"
    });
    assert!(attested, "an attestation counts once the log has it");
}

/// A text of an answer.
///
/// # Panics
/// Where it is none.
#[must_use]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// Agents that end with their test.
pub struct Agents<'a>(pub Vec<&'a Machine>);

impl Drop for Agents<'_> {
    fn drop(&mut self) {
        for machine in &self.0 {
            machine.run(&["lock"]);
        }
    }
}

//! Professionals: attested by an authority, found in the directory, depositing with somebody who has never met them.

#![cfg(test)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

use carnet_cli::session::{CallError, now};
use carnet_core::secret::SigningSeed;
use carnet_core::signer::DeviceKey;
use carnet_core::step::{Search, StepError};
use carnet_tests::cast::origin;
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::cbor;
use carnet_wire::message::ResponseError;
use carnet_wire::statement::{Accept, Attest, Practitioner, Withdraw};
use sha2::{Digest as _, Sha256};

fn refused<T>(result: Result<T, CallError>) -> String {
    match result.err().expect("a refusal") {
        CallError::Step(StepError::Response(ResponseError::Refused(refusal))) => refusal.code,
        CallError::Remote(carnet_cli::RemoteError::Refused(_, refusal)) => refusal.code,
        other => panic!("{other}"),
    }
}

/// A server that knows one authority.
fn server_with(authority: &DeviceKey) -> TestServer {
    let mut server = TestServer::start();
    server.stop();
    let key = hex::encode(authority.verifying_key().as_bytes());
    let mut config = OpenOptions::new().append(true).open(server.config()).unwrap();
    writeln!(config, "\n[[authorities]]\nname = \"Ordre\"\nkey = \"{key}\"").unwrap();
    server.restart();
    server
}

fn attestation(doctor: &Client) -> Attest {
    let generation = doctor.account.generation();
    let bundle = cbor::encode(doctor.account.bundle(generation).unwrap());
    Attest {
        account: doctor.account.id(),
        generation,
        bundle: <[u8; 32]>::from(Sha256::digest(bundle)).into(),
        practitioner: Practitioner {
            rpps: "10001234567".to_owned(),
            name: "LEFÈVRE Zoë".to_owned(),
            profession: "10".to_owned(),
            speciality: Some("SM26".to_owned()),
            organisation: None,
            town: Some("Saint-Étienne".to_owned()),
        },
        time: now(),
        expires: now() + 86_400_000,
    }
}

fn found(client: &mut Client, search: &Search) -> usize {
    let (then, response) = client.call(search.start()).unwrap();
    then.receive(&response).unwrap().claims.len()
}

fn letter(doctor: &mut Client, seen: &mut Held) -> Result<carnet_tests::person::Put, CallError> {
    let sealed = doctor.seal(seen, "Lettre de liaison", b"Chere consoeur", &[]);
    doctor.deposit(seen, vec![sealed]).map(|put| put[0])
}

#[test]
fn deposit_of_somebody_new_waits_for_the_holder_and_only_the_attested_come_that_far() {
    let authority = DeviceKey::from_seed(&SigningSeed::make().unwrap());
    let server = server_with(&authority);
    let (mut patient, mut doctor) = (Client::join(&server), Client::join(&server));
    patient.meet(&doctor.account.id()).unwrap();
    let mut held = patient.open_vault().unwrap();
    let vault = held.vault.id();
    assert_eq!(refused(doctor.visit(&vault)), "absent");

    // Attested by somebody else than the authorities of the configuration, or with other keys: refused.
    let body = attestation(&doctor);
    let other = DeviceKey::from_seed(&SigningSeed::make().unwrap());
    assert_eq!(refused(doctor.state(&other.sign(&origin(), body.clone()).unwrap())), "authority-unknown");
    let swapped = Attest { bundle: [7; 32].into(), ..body.clone() };
    assert_eq!(refused(doctor.state(&authority.sign(&origin(), swapped).unwrap())), "attest-other-keys");

    let attest = authority.sign(&origin(), body).unwrap();
    doctor.state(&attest).unwrap();
    let by_name = |name: &str| Search { name: Some(name.to_owned()), ..Search::default() };
    assert_eq!(found(&mut patient, &by_name("lefevre zo")), 1);
    assert_eq!(found(&mut patient, &by_name("lefebvre")), 0);
    let in_town =
        Search { town: Some("etienne".to_owned()), speciality: Some("SM26".to_owned()), ..Search::default() };
    assert_eq!(found(&mut patient, &in_town), 1);
    let place = (0..100).find_map(|_| {
        sleep(Duration::from_millis(100));
        patient.place(doctor.account.id(), &attest.hash()).unwrap()
    });
    assert!(place.is_some(), "the attestation counts only with its place in the log");

    // The first letter waits: the holder sees it, marked; a second one fits, a flood does not.
    let mut seen = doctor.visit(&vault).unwrap();
    let first = letter(&mut doctor, &mut seen).unwrap();
    let waiting = |patient: &mut Client, held: &mut Held| {
        patient.history(held).unwrap().iter().filter(|stated| stated.waiting).count()
    };
    assert_eq!(waiting(&mut patient, &mut held), 1);
    assert_eq!(patient.list(&held).unwrap().len(), 1);
    let flood = (0..60).find_map(|_| letter(&mut doctor, &mut seen).err());
    assert_eq!(refused(Err::<(), _>(flood.expect("a quota"))), "quota-waiting");

    // Accepted once, they are known: nothing more of theirs waits.
    let before = waiting(&mut patient, &mut held);
    let context = patient.ruler(&held).context();
    let accept = Accept { context, deposit: first.statement, entries: vec![first.wanted.entry] };
    patient.rule(&mut held, accept).unwrap();
    assert_eq!(waiting(&mut patient, &mut held), before - 1);
    letter(&mut doctor, &mut seen).unwrap();
    assert_eq!(waiting(&mut patient, &mut held), before - 1);

    // Withdrawn: out of the directory, and no stranger to anybody any more.
    let withdraw = Withdraw { account: doctor.account.id(), attestation: attest.hash(), time: now() };
    doctor.state(&authority.sign(&origin(), withdraw).unwrap()).unwrap();
    assert_eq!(found(&mut patient, &by_name("lefevre")), 0);
    assert_eq!(refused(letter(&mut doctor, &mut seen)), "absent");
}

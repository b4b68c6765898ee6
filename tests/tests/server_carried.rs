//! Deposits whose payloads go along with the statement: one request, read at once, there after a kill, refused where they are not those
//! that the statement names; and what an auditor sees of a store whose journal holds them.

#![cfg(test)]

use std::path::Path;

use carnet_audit as audit;
use carnet_core::step::{Carried, Submit};
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_tests::settled;
use carnet_wire::cbor;
use carnet_wire::message::{Body, Refusal, Response, Submission};

const CANARY: &str = "Hemoglobine glyquee de Zenaide";

/// Changes a submission and sends it.
fn send(client: &mut Client, held: &Held, submission: &Submission) -> Response {
    let path = format!("/v1/vaults/{}/statements?since=0", held.vault.id());
    let body = Body::Cbor(cbor::encode(submission));
    let request = carnet_wire::message::Request::new(carnet_wire::message::Method::Post, path, body);
    let token = client.token().unwrap();
    client.remote().send(&request, Some(&token), None).unwrap()
}

fn codes(folder: &Path, canaries: &[String]) -> (Vec<&'static str>, usize) {
    let report = audit::folder(folder, canaries).unwrap();
    (report.tally.findings().0.iter().map(|finding| finding.code).collect(), report.hits.len())
}

#[test]
fn payload_that_went_along_is_read_at_once_and_after_a_kill_and_the_audit_accounts_for_it() {
    for engine in ["redb", "sled"] {
        let mut server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
        let mut patient = Client::join(&server);
        let mut held = patient.open_vault().unwrap();
        let contents: Vec<Vec<u8>> = [20, 60_000, 200_000, 1_500_000]
            .map(|len| CANARY.bytes().chain((0..len).map(|at| (at % 251) as u8)).collect())
            .to_vec();
        let sealed = contents.iter().map(|content| patient.seal(&held, CANARY, content, &[])).collect();
        let put = patient.deposit(&mut held, sealed).unwrap();
        let read = |patient: &mut Client| {
            let mut seen = patient.visit(&held.vault.id()).unwrap();
            patient.take_keys(&mut seen).unwrap();
            let listed = patient.list(&seen).unwrap();
            for (content, put) in contents.iter().zip(&put) {
                let opened = listed.iter().find(|opened| opened.item().entry == put.wanted.entry).unwrap();
                assert_eq!(patient.fetch(&seen, opened, None).unwrap(), *content, "{engine}");
            }
        };
        read(&mut patient);

        server.kill_9();
        let canaries = [CANARY.to_owned()];
        assert_eq!(codes(&server.folder(), &canaries), (vec![], 0), "{engine}, killed");
        server.restart();
        patient.leave();
        read(&mut patient);

        // What has no place yet, and what a power cut may have left of a file, a start puts back.
        let (sealed, payload) = patient.seal(&held, "x", b"short", &[]);
        let root = sealed.item().payload;
        patient.deposit(&mut held, vec![(sealed, payload.clone())]).unwrap();
        server.kill_9();
        let vault = held.vault.id().to_string();
        let path = server.folder().join(format!("payloads/{}/{vault}/{root}", &vault[..2]));
        for lost in [None, Some(&b""[..]), Some(&[7; 1056])] {
            match lost {
                None => assert!(!path.exists()),
                Some(bytes) => {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(&path, bytes).unwrap();
                }
            }
            let left = tempfile::tempdir().unwrap();
            let mut copying = std::process::Command::new("cp");
            assert!(copying.arg("-a").arg(server.folder()).arg(left.path()).status().unwrap().success());
            let copy = left.path().join(server.folder().file_name().unwrap());
            assert_eq!(codes(&copy, &canaries), (vec![], 0), "{engine}, {lost:?}");
        }
        server.restart();
        server.stop();
        assert_eq!(settled::bytes(&server.folder(), &held.vault.id(), &root).unwrap(), payload);
        assert_eq!(codes(&server.folder(), &canaries), (vec![], 0), "{engine}, stopped");
        // The search does find what is there.
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path.with_extension("damaged"), CANARY).unwrap();
        assert_eq!(codes(&server.folder(), &canaries).1, 1);
    }
}

#[test]
fn payload_that_is_not_the_one_named_or_is_one_too_many_is_refused() {
    let server = TestServer::start();
    let mut patient = Client::join(&server);
    let held = patient.open_vault().unwrap();
    let (sealed, payload) = patient.seal(&held, "x", b"content", &[]);
    let signed = patient.sign(&held, vec![sealed]);
    let carried = Carried::check(&signed.sealed[0], &payload).unwrap();
    assert!(Carried::check(&signed.sealed[0], &payload[1..]).is_none());
    let ask = Submit::deposit_carrying(&signed, &[carried], &[], &held.pinned).unwrap();
    let Body::Cbor(body) = &ask.request.body else { panic!("a deposit is CBOR") };
    let good: Submission = cbor::decode(body, usize::MAX).unwrap();
    let with = |payloads: Vec<Vec<u8>>| Submission {
        payloads: payloads.into_iter().map(Into::into).collect(),
        ..good.clone()
    };
    let mut flipped = payload.clone();
    flipped[20] ^= 1;
    for (payloads, code) in [
        (vec![flipped], "payload-missing"),
        (vec![payload[..1055].to_vec()], "payload-wrong-length"),
        (vec![payload.clone(), payload.clone()], "submission-parts"),
        (vec![vec![]], "payload-missing"),
        (vec![], "payload-missing"),
    ] {
        let response = send(&mut patient, &held, &with(payloads));
        assert_eq!(Refusal::read(&response.body).code, code);
    }
    let genesis = Submission { payloads: vec![vec![1].into()], ..Submission::bare(&good.statement) };
    let response = send(&mut patient, &held, &Submission { manifests: vec![], ..genesis });
    assert_ne!(response.status, 200);
    // Sent twice: one deposit, one receipt.
    let (first, again) = (send(&mut patient, &held, &good), send(&mut patient, &held, &good));
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body);
}

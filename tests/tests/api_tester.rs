//! The interface against a property-based tester that knows it only from its own description (schemathesis, from PyPI).

#![cfg(test)]

use std::fs;
use std::process::Command;

use carnet_core::step::ReadStep;
use carnet_tests::need::{program, repository};
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;
use carnet_wire::message::Body;
use carnet_wire::statement::ReadMode;

/// What must hold for every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance,unsupported_method";

#[test]
fn no_request_gives_a_server_error_or_an_answer_that_is_not_described() {
    let Some(tester) = program("schemathesis") else { return };
    let server = TestServer::start();
    let mut client = Client::join(&server);
    let mut held = client.open_vault().unwrap();
    let document = client.seal(&held, "Bilan", b"Hemoglobine", &[]);
    let put = client.deposit(&mut held, vec![document]).unwrap();

    // Real bodies, which the tester sends whole and damaged to every route.
    let next = client.seal(&held, "Bilan", b"Creatinine", &[]);
    let signed = client.sign(&held, vec![next.0]);
    let uploaded = client.upload(&held.vault.id(), &signed.sealed[0], &next.1).unwrap();
    let submit = carnet_core::step::Submit::deposit(&signed, &[uploaded], &held.pinned).unwrap();
    let read = ReadStep { mode: ReadMode::List, entries: Vec::new(), via: None, reason: 1 };
    let (then, response) = client.call(read.start(&held.vault)).unwrap();
    let now = carnet_cli::session::now();
    let read = then.receive(&response, &held.vault, &client.account, &client.device, None, now).unwrap();
    let bodies: Vec<String> = [submit.request.body, read.request.body]
        .into_iter()
        .map(|body| match body {
            Body::Cbor(bytes) | Body::Cose(bytes) => hex::encode(bytes),
            _ => panic!("a submission and a statement"),
        })
        .collect();

    let token = hex::encode(*client.token().unwrap().token);
    let home = server.folder().parent().unwrap().to_path_buf();
    let (vault, account) = (held.vault.id(), client.account.id());
    let (entry, statement) = (put[0].wanted.entry, put[0].statement);
    let real = format!(
        "[parameters]\n\"path.vault\" = \"{vault}\"\n\"path.history\" = \"{vault}\"\n\"path.account\" = \"{account}\"\n\
         \"path.entry\" = \"{entry}\"\n\"path.statement\" = \"{statement}\"\n\"path.version\" = 1\n"
    );
    // Once as a stranger who guesses, once as somebody who knows what there is.
    for (parameters, rounds) in [("", "10"), (real.as_str(), "25")] {
        fs::write(home.join("schemathesis.toml"), parameters).unwrap();
        let run = Command::new(&tester)
            .args(["run", &format!("{}/v1/openapi.json", server.address())])
            .args(["--checks", CHECKS, "--max-examples", rounds, "--seed", "1"])
            .args(["--suppress-health-check", "all", "--phases", "examples,coverage,fuzzing", "--no-color"])
            .args(["--request-timeout", "20", "--exclude-path", "/v1/sessions"])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .env("SCHEMATHESIS_HOOKS", repository().join("tests/py/hooks.py"))
            .env("CARNET_BODIES", bodies.join(" "))
            .current_dir(&home)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
        assert!(said.contains(" generated"), "it asked nothing: {said}");
        println!("{said}");
    }
    // The server is as it was: the same client still reads what it deposited.
    client.take_keys(&mut held).unwrap();
    assert!(!client.list(&held).unwrap().is_empty());
}

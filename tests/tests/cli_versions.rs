//! Older versions of a document: its holder has them on every device, under names of their own, and nobody else by this way.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::person::Client;
use carnet_tests::proxy::{Does, Proxy};
use carnet_tests::server::TestServer;
use carnet_tests::ward::Agents;
use carnet_wire::message::Request;

const PASSPHRASE: &str = "trois petits chats";
const CONTENTS: [&str; 3] = ["Glycémie : 1,10 g/L", "Glycémie : 1,26 g/L", "Glycémie : 0,98 g/L"];

/// Puts a document there and replaces it twice; its second version has another title.
fn replace_twice(anne: &Machine) {
    for (number, content) in CONTENTS.iter().enumerate() {
        fs::write(anne.path(&format!("bilan-{}.txt", number + 1)), content).unwrap();
    }
    anne.json(&["add", "bilan-1.txt", "--title", "Bilan"]);
    anne.json(&["replace", "bilan", "bilan-2.txt", "--title", "Bilan de mars"]);
    anne.json(&["replace", "bilan", "bilan-3.txt", "--title", "Bilan"]);
}

fn read(machine: &Machine, file: &str) -> String {
    fs::read_to_string(machine.path(file)).unwrap()
}

#[test]
fn older_version_is_written_out_under_a_name_of_its_own() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    replace_twice(&anne);
    let got = anne.json(&["get", "bilan", "--force"]);
    assert_eq!((&got["version"], got["file"].as_str()), (&3.into(), Some("bilan-3.txt")));
    for (version, content) in (1..).zip(&CONTENTS[..2]) {
        let got = anne.json(&["get", "bilan", "--version", &version.to_string()]);
        assert_eq!((&got["version"], got["bytes"].as_u64()), (&version.into(), Some(content.len() as u64)));
        assert_eq!(got["file"], format!("bilan-{version} (version {version}).txt"));
        assert_eq!(read(&anne, got["file"].as_str().unwrap()), *content);
    }
    let named = anne.json(&["get", "bilan", "--version", "3", "-o", "named.txt"]);
    assert_eq!((&named["version"], read(&anne, "named.txt")), (&3.into(), CONTENTS[2].into()));
    for unknown in ["4", "18446744073709551615"] {
        assert_eq!(anne.refused(&["get", "bilan", "--version", unknown]), "version-unknown");
    }
    assert_eq!(anne.run(&["get", "bilan", "--version", "0"]).exit, Some(2));

    // A device that was not there when they came has them too.
    let new = Machine::new(PASSPHRASE);
    let _agents = Agents(vec![&anne, &new]);
    fs::copy(anne.path("kit.pdf"), new.path("kit.pdf")).unwrap();
    new.json(&["recover", "--kit", "kit.pdf"]);
    new.json(&["get", "bilan", "--version", "1", "-o", "first.txt"]);
    assert_eq!(read(&new, "first.txt"), CONTENTS[0]);
}

#[test]
fn other_version_than_the_one_asked_for_is_refused_and_leaves_no_file() {
    let server = TestServer::start();
    let proxy = Proxy::before(&server);
    let anne = Machine::at(PASSPHRASE, proxy.address(), "Anne");
    let _agents = Agents(vec![&anne]);
    replace_twice(&anne);
    let first_is = |asked: &'static str| {
        proxy.does_by(move |request| match request.contains("/versions/1 ") {
            true => Does::Asks("/versions/1 ", asked),
            false => Does::Passes,
        });
    };
    first_is("/versions/2 ");
    assert_eq!(anne.refused(&["get", "bilan", "--version", "1", "-o", "first.txt"]), "open-other-version");
    assert!(!anne.path("first.txt").exists());
    // With the server away, what is not kept here is said to be there only; the newest is written all the same.
    proxy.does(Does::Status(502));
    assert_eq!(anne.refused(&["get", "bilan", "--version", "1"]), "version-away");
    anne.json(&["get", "bilan", "--force"]);
    first_is("/versions/9 ");
    assert_eq!(anne.refused(&["get", "bilan", "--version", "1"]), "version-unknown");
}

#[test]
fn version_is_given_to_the_holder_without_a_read_and_to_nobody_else() {
    let server = TestServer::start();
    let (mut patient, mut other) = (Client::join(&server), Client::join(&server));
    let mut held = patient.open_vault().unwrap();
    let sealed = patient.seal(&held, "Bilan", b"1,10", &[]);
    let put = patient.deposit(&mut held, vec![sealed]).unwrap();
    let (vault, entry) = (held.vault.id(), put[0].wanted.entry);
    let ask = |client: &mut Client, version: u64| {
        let path = format!("/v1/vaults/{vault}/entries/{entry}/versions/{version}");
        let token = client.token().unwrap();
        client.remote().send(&Request::get(path), Some(&token), None).unwrap().status
    };
    assert_eq!((ask(&mut patient, 1), ask(&mut patient, 2), ask(&mut patient, 0)), (200, 404, 404));
    assert_eq!(ask(&mut other, 1), 404);
    patient.delete(&mut held, &[entry]).unwrap();
    assert_eq!(ask(&mut patient, 1), 404);
}

//! An import that is killed at any moment and run again: nothing lost, nothing twice, and no content under another's key.
//! `CARNET_KILLS` says how often it is killed (20 where nothing is said).

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use carnet_cli::client::{Drafted, Item};
use carnet_core::manifest::HolderPart;
use carnet_health::RECOGNISE_LIMIT;
use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;

const FILES: usize = 500;

#[test]
fn import_that_is_killed_again_and_again_loses_nothing_and_keeps_nothing_twice() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne");
    fs::create_dir(anne.path("in")).unwrap();
    for index in 0..FILES {
        // Some are long enough to be noted as drafts, and to be killed in the middle.
        let len = if index % 50 == 0 { 2_000_000 } else { 100 + index };
        let text = format!("document {index}\n").repeat(len / 12);
        fs::write(anne.path(&format!("in/{index}.txt")), text).unwrap();
    }
    let kills: u64 = std::env::var("CARNET_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let (mut random, mut longest) = (0x9e37_79b9_7f4a_7c15_u64, Duration::from_millis(900));
    let mut changed = 0;
    for kill in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let begin = Instant::now();
        let mut child = anne.command(&["import", "in"]).spawn().unwrap();
        sleep(longest.mul_f64((random % 1000) as f64 / 1000.0));
        if child.try_wait().unwrap().is_some() {
            longest = begin.elapsed() / 2;
        }
        let _ = child.kill();
        child.wait().unwrap();
        // A file that changed between two runs, one of those whose draft may lie in the spool.
        if kill % 5 == 4 {
            let name = format!("in/{}.txt", 50 * (kill / 5));
            let text = format!("changed after kill {kill}\n").repeat(80_000);
            fs::write(anne.path(&name), text).unwrap();
            changed += 1;
        }
    }
    let ran = anne.run(&["import", "in"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.err);
    let exported = anne.json(&["export", "all"]);
    let mut contents: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for file in fs::read_dir(anne.path("all/documents")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "proof") {
            *contents.entry(fs::read(path).unwrap()).or_default() += 1;
        }
    }
    assert_eq!(exported["documents"].as_u64(), Some(contents.values().sum::<usize>() as u64), "{exported}");
    for index in 0..FILES {
        let content = fs::read(anne.path(&format!("in/{index}.txt"))).unwrap();
        assert_eq!(contents.remove(&content), Some(1), "file {index}");
    }
    // What is left is the content of files before they changed, where it had been deposited: each once.
    assert!(contents.len() <= changed && contents.values().all(|count| *count == 1), "{}", contents.len());
    anne.run(&["lock"]);
}

#[test]
fn spool_that_a_power_cut_left_with_other_bytes_is_sealed_anew() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne");
    let content = "une longue lettre\n".repeat(200_000);
    fs::write(anne.path("letter.txt"), &content).unwrap();
    // What an add leaves that ends between sealing and uploading: the draft is noted, and its bytes lie in the spool.
    let draft = || {
        let mut client = anne.client();
        let held = client.sync().unwrap();
        let item = Item {
            description: carnet_tests::cast::description("Lettre"),
            holder: HolderPart::default(),
            class: 1,
            digest: Some(*blake3::hash(content.as_bytes()).as_bytes()),
            place: None,
        };
        client.draft(&held, item, content.as_bytes()).unwrap()
    };
    assert!(matches!(draft(), Drafted::Sealed(_)));
    let Drafted::Resumed(first) = draft() else { panic!("a draft that is whole goes on") };
    let spooled = anne.home().join("spool").join(format!("{}-1", first.entry));
    let mut bytes = fs::read(&spooled).unwrap();
    bytes[1_000_000..2_000_000].fill(0);
    fs::write(&spooled, bytes).unwrap();
    let added = anne.json(&["add", "letter.txt"]);
    assert_eq!(added["added"][0]["resumed"], false, "{added}");
    let document = added["added"][0]["document"].as_str().unwrap();
    assert!(!first.entry.to_string().ends_with(document), "another entry, so another key: {added}");
    anne.json(&["get", document, "-o", "back.txt"]);
    assert_eq!(fs::read(anne.path("back.txt")).unwrap(), content.as_bytes());
    anne.run(&["lock"]);
}

/// A content that is longer than what is recognised whole is read for its digest only where it could be one that is known.
#[test]
fn long_content_that_is_known_is_added_again_or_sealed_again() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne");
    let content: Vec<u8> =
        (0..=RECOGNISE_LIMIT).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[6]).collect();
    fs::write(anne.path("scanner.bin"), &content).unwrap();
    fs::write(anne.path("twin.bin"), &content).unwrap();
    // What an add leaves that ends between sealing and uploading, without having read the digest before.
    {
        let mut client = anne.client();
        let held = client.sync().unwrap();
        let description = carnet_tests::cast::description("Scanner");
        let item = Item { description, holder: HolderPart::default(), class: 1, digest: None, place: None };
        assert!(matches!(client.draft(&held, item, content.as_slice()).unwrap(), Drafted::Sealed(_)));
    }
    let added = anne.json(&["add", "scanner.bin", "twin.bin"]);
    assert_eq!(added["added"].as_array().unwrap().len(), 1, "{added}");
    assert_eq!(added["added"][0]["resumed"], true, "{added}");
    assert_eq!(added["there_already"][0]["file"], "twin.bin", "{added}");
    let again = anne.json(&["add", "twin.bin"]);
    assert!(again["added"].as_array().unwrap().is_empty(), "{again}");
    // Of the same length, and another content: added.
    fs::write(anne.path("twin.bin"), [&content[1..], &[9]].concat()).unwrap();
    let other = anne.json(&["add", "twin.bin"]);
    let document = other["added"][0]["document"].as_str().unwrap();
    anne.json(&["get", document, "-o", "back.bin"]);
    assert!(fs::read(anne.path("back.bin")).unwrap() == fs::read(anne.path("twin.bin")).unwrap());
    let refused = anne.refused(&["replace", document, "twin.bin"]);
    assert_eq!(refused, "same-content");
    anne.run(&["lock"]);
}

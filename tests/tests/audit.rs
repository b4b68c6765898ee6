//! `carnet audit store` on folders that the real server wrote: clean as they are, and not once something in them was changed.

#![cfg(test)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use carnet_audit as audit;
use carnet_cli::Exit;
use carnet_cli::session::CallError;
use carnet_rest::pack::BLOCK;
use carnet_rest::{Key, PackPlace, Space, StoreFile, checksum};
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;
use carnet_tests::settled;
use carnet_wire::id::ReaderId;
use redb::{Database, ReadableDatabase as _, TableDefinition};

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(StoreFile::TABLE);

/// A stopped server with a vault, entries, a description, a grant, a revocation, all of it in the log.
fn folder(engine: &str) -> TestServer {
    // A connection that ends is no matter of this test.
    (0..5).find_map(|_| try_folder(engine).ok()).unwrap()
}

fn try_folder(engine: &str) -> Result<TestServer, CallError> {
    let mut server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let (mut patient, doctor) = (Client::join(&server), Client::join(&server));
    patient.meet(&doctor.account.id())?;
    let mut held = patient.open_vault()?;
    let large: Vec<u8> = (0..1_200_000_u32).map(|at| (at % 251) as u8).collect();
    let sealed =
        vec![patient.seal(&held, "Bilan", b"petit", &[]), patient.seal(&held, "Scanner", &large, &[])];
    patient.deposit_resuming(&mut held, sealed)?;
    let opened = patient.list(&held)?;
    patient.grant(&mut held, &[&opened[0]], &[doctor.reader()])?;
    patient.describe(&mut held, &opened[1], Default::default())?;
    patient.revoke(&mut held, &ReaderId::from_bytes([7; 32]), None)?;
    server.stop();
    Ok(server)
}

fn carnet(arguments: &[&str]) -> (Exit, String, String) {
    let arguments = ["carnet"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = carnet_cli::run(arguments, &mut out, &mut err);
    (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn codes(folder: &Path) -> Vec<&'static str> {
    let report = audit::folder(folder, &[]).unwrap();
    report.tally.findings().0.iter().map(|finding| finding.code).collect()
}

#[test]
fn clean_folder_of_either_engine_with_findings_or_a_byte_of_no_class() {
    for engine in ["redb", "sled"] {
        let server = folder(engine);
        let report = audit::folder(&server.folder(), &["Bilan sanguin".into()]).unwrap();
        assert!(report.is_clean(), "{engine}: {:?}", report.tally.findings());
        for space in
            [Space::Head, Space::Grant, Space::Version, Space::Describe, Space::Revoked, Space::Bundle]
        {
            assert!(report.spaces.contains_key(&space), "{engine} {space:?}");
        }
        let path = server.folder();
        let (exit, text, _) =
            carnet(&["audit", "store", path.to_str().unwrap(), "--canary", "Bilan sanguin"]);
        assert_eq!(exit, Exit::Done, "{text}");
        assert!(text.contains("Findings: 0"));
        let (exit, json, _) = carnet(&["audit", "store", path.to_str().unwrap(), "--json"]);
        assert_eq!(exit, Exit::Done);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let classes = json["bytes"].as_array().unwrap();
        let sum: u64 = classes.iter().map(|class| class["bytes"].as_u64().unwrap()).sum();
        assert_eq!(Some(sum), json["total"].as_u64());
    }
}

#[test]
fn command_that_does_not_say_how_it_ended() {
    let mut server = folder("redb");
    let path = server.folder();
    let path = path.to_str().unwrap();
    fs::write(server.folder().join("uploads/note.txt"), "Sérologie positive").unwrap();
    let (exit, text, _) = carnet(&["audit", "store", path, "--canary", "sérologie"]);
    assert_eq!(exit, Exit::Failed);
    assert!(text.contains("file-unknown") && text.contains("uploads/note.txt, byte 0"), "{text}");
    let (exit, _, err) = carnet(&["audit", "store", path, "--canary", "abc"]);
    assert_eq!((exit, err.lines().count()), (Exit::Usage, 2), "{err}");
    let (exit, _, err) = carnet(&["audit", "store", "/nowhere"]);
    assert_eq!((exit, err.lines().count()), (Exit::Usage, 2), "{err}");
    assert_eq!(carnet(&["audit", "shop"]).0, Exit::Usage);
    assert_eq!(carnet(&["--version"]).0, Exit::Done);
    fs::remove_file(server.folder().join("uploads/note.txt")).unwrap();
    server.restart();
    let (exit, _, err) = carnet(&["audit", "store", path]);
    assert_eq!((exit, err.lines().next()), (Exit::Failed, Some("a server has this store open")), "{err}");
}

#[test]
fn changed_record_with_a_good_checksum_that_is_not_found() {
    let server = folder("redb");
    let store = server.folder().join("records/data-1").join(StoreFile::REDB);
    let whole = fs::read(&store).unwrap();
    let rows = rows(&store);
    let spaces = [
        Space::Head,
        Space::Statement,
        Space::Number,
        Space::Node,
        Space::Place,
        Space::Chain,
        Space::Version,
        Space::Describe,
        Space::Grant,
        Space::Payload,
        Space::Log,
        Space::Tile,
        Space::Bundle,
    ];
    for space in spaces {
        let of_space = |(key, _): &&(Key, Vec<u8>)| key.space == space && key.suffix != b"checkpoint";
        let (key, value) = rows.iter().find(of_space).unwrap_or_else(|| panic!("no record of {space:?}"));
        // Removed: of what other records name. A place stands in the log's last batch too.
        if ![Space::Grant, Space::Describe, Space::Place].contains(&space) {
            write(&store, key, None);
            assert!(!codes(&server.folder()).is_empty(), "removed from {space:?}");
            fs::write(&store, &whole).unwrap();
        }
        // Bits of the value changed, at its middle and its end; the checksum made anew.
        for at in [value.len() / 2, value.len().saturating_sub(1)] {
            // Among the numbers of a head, the quota's mean nothing to others.
            if value.is_empty() || (space == Space::Head && at > value.len() / 2) {
                continue;
            }
            let mut changed = value.clone();
            changed[at] ^= 1;
            write(&store, key, Some(&changed));
            assert!(!codes(&server.folder()).is_empty(), "byte {at} of {} in {space:?}", value.len());
            fs::write(&store, &whole).unwrap();
        }
    }
    // Without a new checksum, by that alone; under a space of no meaning.
    let (key, value) = rows.first().unwrap();
    raw(&store, &key.to_bytes(), &[value.as_slice(), &[0; 8]].concat());
    assert!(codes(&server.folder()).contains(&"record-damaged"));
    fs::write(&store, &whole).unwrap();
    raw(&store, &[[99].as_slice(), &[0; 40]].concat(), b"what");
    assert!(codes(&server.folder()).contains(&"record-unknown-space"));
    fs::write(&store, &whole).unwrap();
    assert!(codes(&server.folder()).is_empty());
}

#[test]
fn changed_payload_that_is_not_found() {
    let server = folder("redb");
    let (payload, tree) = large_payload(&server.folder().join("payloads")).unwrap();
    let whole = fs::read(&payload).unwrap();
    let expect = |code: &str| {
        let codes = codes(&server.folder());
        assert!(codes.contains(&code), "{code}: {codes:?}");
    };
    let mut changed = whole.clone();
    changed[100_000] ^= 1;
    fs::write(&payload, &changed).unwrap();
    expect("payload-other-root");
    changed[0] ^= 1;
    fs::write(&payload, &changed).unwrap();
    expect("payload-nonce");
    fs::write(&payload, &whole[..whole.len() - 100]).unwrap();
    expect("payload-other-length");
    expect("payload-not-padded");
    fs::remove_file(&payload).unwrap();
    expect("payload-missing");
    fs::write(&payload, &whole).unwrap();
    fs::write(payload.with_file_name("ab".repeat(32)), vec![0; 1056]).unwrap();
    expect("payload-other-root");
    fs::remove_file(payload.with_file_name("ab".repeat(32))).unwrap();
    let outboard = fs::read(&tree).unwrap();
    fs::write(&tree, &outboard[1..]).unwrap();
    expect("outboard-other");
    fs::remove_file(&tree).unwrap();
    expect("outboard-missing");
}

#[test]
fn changed_pack_or_index_that_is_not_found() {
    let server = folder("redb");
    let expect = |code: &str| {
        let codes = codes(&server.folder());
        assert!(codes.contains(&code), "{code}: {codes:?}");
    };
    let (vault, root, place) = settled::packed(&server.folder())[0];
    let pack = settled::pack(&server.folder(), &place);
    let whole = fs::read(&pack).unwrap();
    let start = usize::try_from(place.start()).unwrap();
    let put = |at: usize, byte: u8| {
        let mut changed = whole.clone();
        changed[at] ^= byte;
        fs::write(&pack, changed).unwrap();
    };
    put(start, 1);
    expect("payload-nonce");
    put(start + 100, 1);
    expect("payload-other-root");
    // A file put back is the one that counts.
    let back = carnet_server::payloads::payload_path(&server.folder(), &vault, &root);
    fs::create_dir_all(back.parent().unwrap()).unwrap();
    fs::write(&back, &whole[start..][..usize::try_from(place.len).unwrap()]).unwrap();
    assert!(codes(&server.folder()).is_empty());
    fs::remove_file(&back).unwrap();
    // Between two payloads.
    put(start + usize::try_from(place.room()).unwrap() - 1, 1);
    expect("pack-bytes-of-nothing");
    fs::remove_file(&pack).unwrap();
    expect("payload-missing");
    fs::write(&pack, &whole).unwrap();
    assert!(codes(&server.folder()).is_empty());

    let store = settled::index(&server.folder());
    let index = fs::read(&store).unwrap();
    let key = carnet_rest::pack::key(&vault, &root);
    let change = |place: PackPlace| raw(&store, &key, &checksum::frame(&key, place.to_bytes()));
    change(PackPlace { len: place.len - 1, ..place });
    expect("payload-other-length");
    fs::write(&pack, [whole.as_slice(), &[0; 8192]].concat()).unwrap();
    change(PackPlace { block: place.block + 1, ..place });
    expect("payload-other-root");
    change(PackPlace { pack: place.pack + 9, ..place });
    expect("payload-missing");
    raw(&store, &key, &[place.to_bytes(), vec![0; 8]].concat());
    expect("place-damaged");
    fs::write(&store, &index).unwrap();
    // What a crash has left at a place that nobody needs any more is known: the next start takes it away.
    put(start + usize::try_from(place.room()).unwrap() - 1, 1);
    let last = place.block + u32::try_from(place.room() / BLOCK).unwrap() - 1;
    let freed = PackPlace { block: last, len: 4096, ..place };
    let key = carnet_rest::pack::freed_key(&freed);
    raw(&store, &key, &checksum::frame(&key, freed.to_bytes()));
    assert!(codes(&server.folder()).is_empty());
    let other = PackPlace { block: last + 1, ..freed };
    raw(&store, &key, &checksum::frame(&key, other.to_bytes()));
    expect("place-damaged");
    fs::write(&pack, &whole).unwrap();
    fs::write(&store, &index).unwrap();
    assert!(codes(&server.folder()).is_empty());
}

fn large_payload(folder: &Path) -> Option<(std::path::PathBuf, std::path::PathBuf)> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find_map(|path| {
        if path.is_dir() {
            return large_payload(&path);
        }
        let tree = path.extension().is_some_and(|end| end == "tree");
        tree.then(|| (path.with_extension(""), path.clone()))
    })
}

fn rows(store: &Path) -> Vec<(Key, Vec<u8>)> {
    let database = Database::open(store).unwrap();
    let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
    let mut rows = Vec::new();
    for pair in table.range::<&[u8]>(..).unwrap() {
        let (key, framed) = pair.unwrap();
        if key.value() == carnet_rest::journal::MARK {
            continue;
        }
        let value = checksum::open(key.value(), framed.value().to_vec()).unwrap();
        rows.push((Key::from_bytes(key.value()).unwrap(), value));
    }
    rows
}

fn write(store: &Path, key: &Key, value: Option<&[u8]>) {
    let key = key.to_bytes();
    match value {
        Some(value) => raw(store, &key, &checksum::frame(&key, value.to_vec())),
        None => change(store, |table| drop(table.remove(key.as_slice()).unwrap())),
    }
}

fn raw(store: &Path, key: &[u8], framed: &[u8]) {
    change(store, |table| drop(table.insert(key, framed).unwrap()));
}

fn change(store: &Path, act: impl FnOnce(&mut redb::Table<'_, &'static [u8], &'static [u8]>)) {
    let database = Database::open(store).unwrap();
    let mut transaction = database.begin_write().unwrap();
    transaction.set_quick_repair(true);
    act(&mut transaction.open_table(TABLE).unwrap());
    transaction.commit().unwrap();
}

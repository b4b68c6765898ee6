//! 10,000 operations whose plaintexts are known, with the real server; then every byte that the server wrote is searched for them.

#![cfg(test)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use carnet_audit as audit;
use carnet_audit::class::Class;
use carnet_core::document::Place;
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::spooled::Spooled;
use carnet_tests::cast::description;
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::id::{EntryId, ReaderId};
use carnet_wire::statement::ReadMode;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// Names, health insurance numbers, words of documents, labels: what no server may hold.
const CANARIES: [&str; 12] = [
    "Zéphyrine Quémeneur-Wyszkowski",
    "WYSZKOWSKI",
    "2 85 05 75 116 001 42",
    "285057511600142",
    "06 39 98 41 27",
    "zephyrine.q@courriel.example",
    "Adénocarcinome lieberkühnien",
    "%PDF-1.7 compte rendu opératoire",
    "Sérologie VIH positive",
    "14 rue de l'Abbé-Grégoire",
    "scanner-cérébral-quémeneur.pdf",
    "Psychiatrie, ne pas montrer",
];

fn canaries() -> Vec<String> {
    CANARIES.map(str::to_owned).to_vec()
}

fn canary(at: usize) -> &'static str {
    CANARIES[at % CANARIES.len()]
}

#[test]
fn plaintext_of_ten_thousand_operations_in_a_byte_that_the_server_wrote() {
    let mut server = TestServer::start();
    let mut done = Operations::default();
    let (mut patient, mut doctor) = (Client::join(&server), Client::join(&server));
    patient.meet(&doctor.account.id()).unwrap();
    let mut held = patient.open_vault().unwrap();

    for batch in 0..12 {
        let sealed = (0..200).map(|n| seal(&patient, &held, batch * 200 + n)).collect();
        let (put, resumed) = patient.deposit_resuming(&mut held, sealed).unwrap();
        done.deposits += put.len();
        done.resumed += resumed;
        done.uploads += 200;
    }
    for at in 0..150 {
        break_off(&server, &mut patient, &held, at);
        done.broken += 1;
    }
    let opened = patient.list(&held).unwrap();
    done.reads += opened.len();
    let readers = [doctor.reader()];
    let shared: Vec<&Opened> = opened.iter().take(1000).collect();
    patient.grant(&mut held, &shared, &readers).unwrap();
    done.grants += shared.len();
    for (at, one) in opened.iter().rev().take(60).enumerate() {
        let holder = HolderPart {
            name: Some(canary(at).into()),
            labels: vec![canary(at + 1).into(), canary(at + 2).into()],
            folder: vec![canary(at + 3).into()],
            note: Some(canary(at + 4).into()),
        };
        patient.describe(&mut held, one, holder).unwrap();
        done.describes += 1;
    }
    let mut seen = doctor.visit(&held.vault.id()).unwrap();
    let entries: Vec<EntryId> = shared.iter().take(50).map(|opened| opened.item().entry).collect();
    let (read, released) = doctor.read(&mut seen, ReadMode::Open, &entries).unwrap();
    for one in &released {
        assert!(!doctor.fetch(&seen, one, Some(read)).unwrap().is_empty());
        done.reads += 1;
    }
    let reader = ReaderId::from_bytes(*doctor.account.id().as_bytes());
    for entry in entries.iter().take(40) {
        patient.revoke(&mut held, &reader, Some(*entry)).unwrap();
        done.revokes += 1;
    }
    let gone: Vec<EntryId> = opened.iter().skip(500).take(500).map(|opened| opened.item().entry).collect();
    patient.delete(&mut held, &gone).unwrap();
    done.deletes += gone.len();

    let token = hex::encode(patient.token().unwrap().token.as_slice());
    for at in 0..1200 {
        if at % 4 == 0 {
            let target = format!("GET /v1/directory?name={} HTTP/1.1", percent(canary(at)));
            let status = raw(&server, &[&target, &format!("Authorization: Bearer {token}")], b"");
            assert_ne!(status, 500);
            done.searches += 1;
        } else {
            let status = wrong(&server, &token, at);
            assert!((400..500).contains(&status), "{status} for {at}");
            done.refused += 1;
        }
    }
    println!("{done:?}");
    assert!(done.total() >= 10_000, "{}", done.total());

    let backups = tempfile::tempdir().unwrap();
    let backup = server.command(&["backup"]).arg(backups.path().join("backup")).output().unwrap();
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    assert!(bytes_of(backups.path()) > 1_000_000);
    assert_eq!(audit::seek(backups.path(), &canaries()).unwrap(), [], "a backup");
    server.stop();
    let report = audit::folder(&server.folder(), &canaries()).unwrap();
    let mut text = Vec::new();
    report.print(&mut text).unwrap();
    println!("{}", String::from_utf8_lossy(&text));
    assert!(report.is_clean(), "see above");
    assert_eq!(report.tally.total(), bytes_of(&server.folder()), "every byte is of a class");
    assert_eq!(report.tally.bytes_of(Class::Unknown), 0);

    let logs = tempfile::tempdir().unwrap();
    let lines = server.log_lines();
    assert!(!lines.is_empty());
    fs::write(logs.path().join("stderr"), lines.join("\n")).unwrap();
    assert_eq!(audit::seek(logs.path(), &canaries()).unwrap(), [], "the server's log");
    planted(&server.folder());
}

/// A scan that finds nothing anywhere would pass too: the same one finds each canary in each encoding in each kind of file.
fn planted(folder: &Path) {
    let mut kinds = Vec::new();
    for name in ["keys", "records", "payloads", "packs", "uploads"] {
        kinds.push(first_file(&folder.join(name), &|_| true));
    }
    kinds
        .push(first_file(&folder.join("records"), &|path| path.extension().is_some_and(|end| end == "redb")));
    for kind in kinds {
        let mut content = fs::read(&kind).unwrap();
        content.truncate(1 << 20);
        for (encoding, bytes) in encodings("Zéphyrine Quémeneur-Wyszkowski", "285057511600142") {
            let place = tempfile::tempdir().unwrap();
            let middle = content.len() / 2;
            let planted = [&content[..middle], &bytes, &content[middle..]].concat();
            fs::write(place.path().join("file"), planted).unwrap();
            let hits = audit::seek(place.path(), &canaries()).unwrap();
            assert!(!hits.is_empty(), "{encoding} in {}", kind.display());
        }
    }
}

fn encodings(name: &str, number: &str) -> Vec<(String, Vec<u8>)> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    let long = format!("{} {name} {}", "x".repeat(300), "y".repeat(300));
    gz.write_all(long.as_bytes()).unwrap();
    zlib.write_all(long.as_bytes()).unwrap();
    let mut found = vec![
        ("utf-8".to_owned(), name.into()),
        ("upper".into(), name.to_uppercase().into_bytes()),
        ("lower".into(), name.to_lowercase().into_bytes()),
        ("utf-16le".into(), name.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf-16be".into(), name.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("latin-1".into(), name.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()),
        ("hex".into(), hex::encode(name).into_bytes()),
        ("HEX".into(), hex::encode_upper(name).into_bytes()),
        ("percent".into(), percent(name).into_bytes()),
        ("number".into(), number.into()),
        ("number reversed".into(), number.bytes().rev().collect()),
        ("gzip".into(), gz.finish().unwrap()),
        ("zlib".into(), zlib.finish().unwrap()),
    ];
    for lead in 0..3 {
        let text = format!("{}{name}, née", "é".repeat(lead));
        found.push((format!("base64, {lead} before"), STANDARD.encode(&text).into_bytes()));
        found.push((format!("base64url, {lead} before"), URL_SAFE.encode(&text).into_bytes()));
    }
    found
}

#[derive(Debug, Default)]
struct Operations {
    deposits: usize,
    uploads: usize,
    broken: usize,
    describes: usize,
    grants: usize,
    reads: usize,
    revokes: usize,
    deletes: usize,
    searches: usize,
    refused: usize,
    /// Uploads whose connection ended and that went on where the server had stopped: not counted.
    resumed: usize,
}

impl Operations {
    fn total(&self) -> usize {
        self.deposits
            + self.uploads
            + self.broken
            + self.describes
            + self.grants
            + self.reads
            + self.revokes
            + self.deletes
            + self.searches
            + self.refused
    }
}

fn seal(patient: &Client, held: &Held, at: usize) -> (carnet_core::seal::Sealed, Vec<u8>) {
    let text = format!("%PDF-1.7\n{} {} {}\n", canary(at), canary(at + 1), canary(at + 5));
    let content = if at.is_multiple_of(3) {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(text.as_bytes()).unwrap();
        zlib.finish().unwrap()
    } else {
        // Now and then longer than a group of the payload's tree.
        text.repeat(if at % 100 == 1 { 2000 } else { 1 }).into_bytes()
    };
    let mut description = description(canary(at));
    description.codes[0].code = canary(at + 2).to_owned();
    let place = Place::new_entry(held.vault.id(), 0, carnet_cli::session::now()).unwrap();
    patient.seal_at(held, &place, description, &content, &[])
}

/// An upload that stops in its middle.
fn break_off(server: &TestServer, patient: &mut Client, held: &Held, at: usize) {
    let (sealed, payload) = seal(patient, held, at * 3 + 1);
    let ask = Spooled::check(sealed.item(), payload.as_slice()).unwrap().unwrap().start(&held.vault.id());
    let token = patient.token().unwrap();
    let _offset = patient.remote().send(&ask.request, Some(&token), None).unwrap();
    let address = server.address().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "PATCH {}?offset=0 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        ask.request.path,
        hex::encode(token.token.as_slice()),
        payload.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&payload[..payload.len() / 2]).unwrap();
}

/// A request that is wrong, with canaries where none belong; gives the status.
fn wrong(server: &TestServer, token: &str, at: usize) -> u16 {
    let word = canary(at);
    let escaped = percent(word);
    let bearer = format!("Authorization: Bearer {token}");
    match at % 9 {
        1 => raw(server, &["GET /v1/nothing HTTP/1.1", &format!("X-Patient: {word}")], b""),
        2 => raw(server, &[&format!("GET /v1/vaults/{escaped} HTTP/1.1"), &bearer], b""),
        3 => raw(server, &["GET /v1/directory HTTP/1.1", &format!("Authorization: Bearer {word}")], b""),
        5 => raw(server, &[&format!("GET /v1/directory?nom={escaped} HTTP/1.1"), &bearer], b""),
        6 => raw(server, &["POST /v1/sessions HTTP/1.1", "Content-Type: application/cose"], word.as_bytes()),
        7 => {
            let path = format!("POST /v1/accounts/{}/statements HTTP/1.1", "5e".repeat(32));
            let body = format!("{{\"name\": \"{word}\"}}");
            raw(
                server,
                &[&path, "Content-Type: application/cbor", &format!("User-Agent: {word}")],
                body.as_bytes(),
            )
        }
        8 => raw(server, &[&format!("GET /{escaped} HTTP/1.1"), &format!("Cookie: name={word}")], b""),
        0 => raw(
            server,
            &[&format!("GET /v1/accounts/{escaped}/line HTTP/1.1"), &format!("Referer: http://x/{escaped}")],
            b"",
        ),
        _ => raw(
            server,
            &[
                &format!("DELETE /v1/pairings/{escaped}/parcel?{escaped} HTTP/1.1"),
                &format!("Accept: {word}"),
            ],
            b"",
        ),
    }
}

fn raw(server: &TestServer, head: &[&str], body: &[u8]) -> u16 {
    let address = server.address().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = head.join("\r\n");
    let length = body.len();
    let head = format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    let _ended = stream.read_to_end(&mut answer);
    let line = String::from_utf8_lossy(&answer);
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{head}: {line}"))
}

fn percent(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn bytes_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() { bytes_of(&entry.path()) } else { metadata.len() }
        })
        .sum()
}

fn first_file(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> PathBuf {
    fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
            .into_iter()
            .find_map(|path| if path.is_dir() { find(&path, wanted) } else { wanted(&path).then_some(path) })
    }
    find(folder, wanted).unwrap_or_else(|| panic!("no file in {}", folder.display()))
}

//! Clients that misbehave, by intent or by a broken line: too slow, too much, wrong ranges, statements replayed and out of order.
//!
//! Idle connections, and what is refused before a session, are in `operations.rs`.

#![cfg(test)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::{scope, sleep};
use std::time::Duration;

use carnet_tests::faults::client::{Client, Failed};
use carnet_tests::faults::dice::Dice;
use carnet_tests::faults::made::{Blob, Change, Hand, Item, Made};
use carnet_tests::server::TestServer;
use carnet_wire::cbor;
use carnet_wire::id::EntryId;
use carnet_wire::message::{Accepted, StoredPage, Submission, UploadState};
use carnet_wire::page::{GrantPage, HistoryPage};

/// A holder whose vault the server knows.
struct Stage {
    server: TestServer,
    client: Client,
    token: String,
    hand: Hand,
    dice: Dice,
}

impl Stage {
    fn set(settings: &[(&str, &str)]) -> Self {
        let server = TestServer::start_with(settings);
        let hand = Hand::make();
        let mut client = Client::new(address(&server));
        for statement in &hand.cast.patient.line {
            let path = format!("/v1/accounts/{}/statements", hand.cast.patient.account.id());
            client.submit(&path, &bare(&statement.bytes)).unwrap();
        }
        let token = client.login(&hand.cast.patient).unwrap();
        let stage = Self { server, client, token, hand, dice: Dice::roll("abuse") };
        stage.client.submit(&stage.path("statements"), &bare(&stage.hand.cast.chain[0].bytes)).unwrap();
        stage
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/vaults/{}/{rest}", self.hand.cast.vault.id())
    }

    fn item(&mut self, size: u64) -> Item {
        let entry = EntryId::from_bytes(self.dice.bytes());
        let payload = Blob::payload(&mut self.dice, size);
        Item::make(&mut self.dice, entry, 1, None, payload)
    }

    fn upload(&self, item: &Item) {
        let path = self.path(&format!("uploads/{}", item.item.payload));
        self.client.upload(&path, &item.payload.bytes()).unwrap();
    }

    fn submit(&self, made: &Made) -> Result<Accepted, Failed> {
        self.client.submit(&self.path("statements"), &made.submission)
    }

    fn deposit(&mut self, size: u64, links: usize) -> (Item, Made) {
        let item = self.item(size);
        self.upload(&item);
        let made = self.hand.deposit(&mut self.dice, vec![item.clone()], links);
        self.submit(&made).unwrap();
        (item, made)
    }

    /// Size of the history, entries and grants: what a holder sees.
    fn seen(&self) -> (u64, usize, usize) {
        let history: HistoryPage = self.client.get(&self.path("history")).unwrap();
        let entries: StoredPage = self.client.get(&self.path("entries")).unwrap();
        let grants: GrantPage = self.client.get(&self.path("grants")).unwrap();
        (history.size, entries.parts.len(), grants.parts.len())
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(address(&self.server)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// The head of a request of this client.
    fn head(&self, request: &str, headers: &str) -> String {
        format!("{request} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n{headers}\r\n", self.token)
    }

    /// Resident memory, in KiB: now, and at its most.
    fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.pid())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

fn address(server: &TestServer) -> &str {
    server.address().strip_prefix("http://").unwrap()
}

fn bare(statement: &[u8]) -> Submission {
    Submission::bare(statement)
}

fn code<T: std::fmt::Debug>(result: Result<T, Failed>) -> String {
    result.unwrap_err().code().to_owned()
}

#[test]
fn every_statement_replayed_in_any_order_gets_its_first_receipt_and_changes_nothing() {
    let mut stage = Stage::set(&[]);
    let (item, deposit) = stage.deposit(500, 120);
    let mut all = vec![deposit.clone()];
    all.push(stage.hand.describe(&mut stage.dice, &item.item, deposit.hash));
    all.push(stage.hand.grant(&mut stage.dice, &[(item.item.entry, 1)], 150));
    let Change::Grant(opens) = &all[2].change else { panic!() };
    all.push(stage.hand.revoke(opens.iter().map(|(reader, entry, _)| (*reader, Some(*entry))).collect()));
    let (gone, deposit) = stage.deposit(500, 3);
    all.push(deposit);
    all.push(stage.hand.delete(vec![gone.item.entry]));
    let receipts: Vec<_> = all.iter().map(|made| stage.submit(made).unwrap().receipt).collect();
    let seen = stage.seen();
    // Revoked stays revoked and deleted stays deleted, although the grant and the deposit come again afterwards.
    assert_eq!(seen, (7, 1, 121));
    scope(|scope| {
        for first in 0..all.len() {
            let (stage, all, receipts) = (&stage, &all, &receipts);
            scope.spawn(move || {
                for at in (0..all.len()).map(|at| (first + 5 * at) % all.len()) {
                    assert_eq!(stage.submit(&all[at]).unwrap().receipt, receipts[at]);
                }
            });
        }
    });
    assert_eq!(stage.seen(), seen);
    stage.server.restart();
    for (made, receipt) in all.iter().zip(&receipts).rev() {
        assert_eq!(stage.submit(made).unwrap().receipt, *receipt);
    }
    assert_eq!(stage.seen(), seen);
}

#[test]
fn one_statement_sent_by_many_at_once_is_done_once() {
    let mut stage = Stage::set(&[]);
    let item = stage.item(500);
    stage.upload(&item);
    let made = stage.hand.deposit(&mut stage.dice, vec![item], 150);
    let receipts = scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| stage.submit(&made).unwrap().receipt)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(stage.seen(), (2, 1, 151));
}

#[test]
fn statements_out_of_order_or_of_another_vault_are_refused_and_come_right_later() {
    let mut stage = Stage::set(&[]);
    let item = stage.item(500);
    let first = stage.hand.deposit(&mut stage.dice, vec![item.clone()], 0);
    let payload = Blob::payload(&mut stage.dice, 700);
    let next = Item::make(&mut stage.dice, item.item.entry, 2, Some(first.hash), payload);
    let second = stage.hand.deposit(&mut stage.dice, vec![next.clone()], 0);
    let describe = stage.hand.describe(&mut stage.dice, &item.item, first.hash);
    let grant = stage.hand.grant(&mut stage.dice, &[(item.item.entry, 1)], 3);
    assert_eq!(code(stage.submit(&first)), "payload-missing");
    stage.upload(&item);
    stage.upload(&next);
    assert_eq!(code(stage.submit(&second)), "conflict");
    assert_eq!(code(stage.submit(&describe)), "entry-absent");
    assert_eq!(code(stage.submit(&grant)), "grant-version");
    assert_eq!(stage.seen(), (1, 0, 0));
    for made in [&first, &describe, &grant, &second] {
        stage.submit(made).unwrap();
    }
    assert_eq!(stage.seen(), (5, 1, 4));
    let delete = stage.hand.delete(vec![item.item.entry]);
    stage.submit(&delete).unwrap();
    let third = Item::make(&mut stage.dice, item.item.entry, 3, Some(second.hash), payload);
    let late = stage.hand.deposit(&mut stage.dice, vec![third.clone()], 0);
    assert_eq!(code(stage.submit(&late)), "entry-deleted");

    // Another's vault: it is as if it were not there, and what was stated elsewhere cannot be replayed into it.
    let other = Hand::make();
    let line = format!("/v1/accounts/{}/statements", other.cast.patient.account.id());
    let mut theirs = Client::new(address(&stage.server));
    for statement in &other.cast.patient.line {
        theirs.submit(&line, &bare(&statement.bytes)).unwrap();
    }
    theirs.login(&other.cast.patient).unwrap();
    let path = format!("/v1/vaults/{}/statements", other.cast.vault.id());
    theirs.submit(&path, &bare(&other.cast.chain[0].bytes)).unwrap();
    for made in [&first, &grant, &delete] {
        assert_eq!(code(theirs.submit(&path, &made.submission)), "absent");
        assert_eq!(code(stage.client.submit(&path, &made.submission)), "absent");
    }
    assert_eq!(code(stage.client.get::<HistoryPage>(&path.replace("statements", "history"))), "absent");
}

#[test]
fn request_whose_answer_was_not_waited_for_is_done_once() {
    let mut stage = Stage::set(&[]);
    for links in [0, 3, 150] {
        let before = stage.seen().0;
        let item = stage.item(500);
        stage.upload(&item);
        let made = stage.hand.deposit(&mut stage.dice, vec![item], links);
        let body = cbor::encode(&made.submission);
        let headers = format!("content-type: application/cbor\r\ncontent-length: {}\r\n", body.len());
        let head = stage.head(&format!("POST {}", stage.path("statements")), &headers);
        let mut stream = stage.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        drop(stream);
        let receipt = stage.submit(&made).unwrap().receipt;
        assert_eq!(stage.submit(&made).unwrap().receipt, receipt);
        assert_eq!(stage.seen().0, before + 1);
    }
}

#[test]
fn upload_goes_on_from_what_was_kept_and_from_nowhere_else() {
    let mut stage = Stage::set(&[]);
    let item = stage.item(300_000);
    let (path, bytes) = (stage.path(&format!("uploads/{}", item.item.payload)), item.payload.bytes());
    let send = |offset: usize, bytes: &[u8]| {
        let path = format!("{path}?offset={offset}");
        stage.client.ask("PATCH", &path, "application/octet-stream", bytes)
    };
    send(0, &bytes[..100_000]).unwrap();
    for offset in [0, 99_999, 100_001, 300_000] {
        assert_eq!(code(send(offset, &bytes[100_000..])), "upload-offset");
    }
    // A line that breaks in the middle: what came is kept, and the client is told how much.
    let headers = format!("content-length: {}\r\n", bytes.len() - 100_000);
    let head = stage.head(&format!("PATCH {path}?offset=100000"), &headers);
    let mut stream = stage.connect();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&bytes[100_000..200_000]).unwrap();
    drop(stream);
    while let Err(failed) = stage.client.upload(&path, &bytes) {
        // The broken request may still be taking its bytes.
        assert_eq!(failed.code(), "upload-offset");
        sleep(Duration::from_millis(10));
    }
    let made = stage.hand.deposit(&mut stage.dice.clone(), vec![item.clone()], 0);
    stage.submit(&made).unwrap();
    let payload = stage.path(&format!("entries/{}/versions/1/payload", item.item.entry));
    assert!(stage.client.bytes(&payload).unwrap() == bytes);
    // The same upload once more takes nothing, and says that all is there.
    let again: UploadState = cbor::decode(&send(0, b"other bytes").unwrap(), 100).unwrap();
    assert_eq!(again.offset, item.item.payload_len);
    assert!(stage.client.bytes(&payload).unwrap() == bytes);
}

#[test]
fn wrong_ranges_are_refused_or_ignored_as_the_standard_says() {
    let mut stage = Stage::set(&[]);
    let (item, _) = stage.deposit(200_000, 0);
    let (len, bytes) = (item.item.payload_len, item.payload.bytes());
    let path = stage.path(&format!("entries/{}/versions/1/payload", item.item.entry));
    let get = |range: &str| {
        let mut stream = stage.connect();
        let head = stage.head(&format!("GET {path}"), &format!("range: {range}\r\nconnection: close\r\n"));
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let status: u16 = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer.split_off(end))
    };
    assert!(get("bytes=10-19") == (206, bytes[10..20].to_vec()));
    assert!(get(&format!("bytes={}-", len - 1)) == (206, bytes[bytes.len() - 1..].to_vec()));
    assert!(get("bytes=-5") == (206, bytes[bytes.len() - 5..].to_vec()));
    assert!(get("bytes=199990-99999999999") == (206, bytes[199_990..].to_vec()));
    for past in [format!("bytes={len}-"), format!("bytes={}-", u64::MAX), "bytes=-0".to_owned()] {
        assert_eq!(get(&past).0, 416, "{past}");
    }
    for ignored in
        ["bytes=9-3", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=99999999999999999999-"]
    {
        assert!(get(ignored) == (200, bytes.clone()), "{ignored}");
    }
    let slice = |range: &str| code(stage.client.bytes(&format!("{path}?slice={range}")));
    for past in [format!("0-{}", len + 1), format!("{len}-{len}"), "5-5".to_owned(), "9-3".to_owned()] {
        assert_eq!(slice(&past), "range", "{past}");
    }
    for wrong in ["", "1", "-", "a-b", "-5", "0-99999999999999999999999"] {
        assert_eq!(slice(wrong), "query-malformed", "{wrong}");
    }
}

#[test]
fn slow_senders_and_takers_are_dropped_and_memory_stays_flat() {
    let settings = [("LIMITS__SLOW_SECONDS", "1"), ("LIMITS__SLOW_BYTES", "1000000")];
    let mut stage = Stage::set(&settings);
    let (item, _) = stage.deposit(20_000_000, 0);
    let (before, _) = stage.memory();
    let taker = stage.head(
        &format!("GET {}", stage.path(&format!("entries/{}/versions/1/payload", item.item.entry))),
        "connection: close\r\n",
    );
    let sender = stage.head(
        &format!("PATCH {}?offset=0", stage.path(&format!("uploads/{}", "ab".repeat(32)))),
        "content-length: 1000000\r\n",
    );
    let open = |head: &str| {
        let mut stream = stage.connect();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let takers: Vec<_> = (0..100).map(|_| open(&taker)).collect();
    let mut senders: Vec<_> = (0..100).map(|_| open(&sender)).collect();
    for mut stream in &senders {
        let _ = stream.write_all(b"a little");
    }
    let whole = "content-type: application/cbor\r\ncontent-length: 1000\r\n";
    let whole = stage.head(&format!("POST {}", stage.path("statements")), whole);
    senders.extend((0..100).map(|_| open(&whole)));
    // All are dropped; meanwhile others are answered.
    for stream in &mut senders {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408") || answer.starts_with("HTTP/1.1 409"), "{answer}");
    }
    assert_eq!(stage.seen().1, 1);
    let got: Vec<usize> = takers
        .into_iter()
        .map(|mut stream| {
            sleep(Duration::from_millis(20));
            let mut taken = Vec::new();
            let _ = stream.read_to_end(&mut taken);
            taken.len()
        })
        .collect();
    assert!(got.iter().filter(|taken| **taken < 20_000_000).count() > 50, "{got:?}");
    let (after, most) = stage.memory();
    println!("{before} KiB before, {after} after, {most} at most");
    assert!(most < before + (64 << 10), "{before} KiB before, {most} at most");
}

#[test]
fn oversized_bodies_are_refused_without_being_kept() {
    let settings = [("LIMITS__BODY_BYTES", "1048576"), ("LIMITS__PAYLOAD_BYTES", "2097152")];
    let stage = Stage::set(&settings);
    let (before, _) = stage.memory();
    let statements = stage.path("statements");
    let upload = stage.path(&format!("uploads/{}?offset=0", "ab".repeat(32)));
    for (request, kind) in [
        (format!("POST {statements}"), "application/cbor"),
        (format!("PATCH {upload}"), "application/octet-stream"),
    ] {
        for round in 0..40 {
            // With a length, and without one.
            let length =
                if round % 2 == 0 { "content-length: 67108864" } else { "transfer-encoding: chunked" };
            let head =
                stage.head(&request, &format!("content-type: {kind}\r\n{length}\r\nconnection: close\r\n"));
            let mut stream = stage.connect();
            stream.write_all(head.as_bytes()).unwrap();
            let piece = vec![b'x'; 65_536];
            let chunk = [b"10000\r\n".as_slice(), &piece, b"\r\n"].concat();
            let piece = if round % 2 == 0 { &piece } else { &chunk };
            let sent = (0..1024).take_while(|_| stream.write_all(piece).is_ok()).count();
            assert!(sent < 1024, "all of it was taken");
        }
    }
    let (after, most) = stage.memory();
    println!("{before} KiB before, {after} after, {most} at most");
    assert!(most < before + (32 << 10), "{before} KiB before, {most} at most");
    assert_eq!(stage.seen(), (1, 0, 0));
}

#[test]
fn body_within_the_limit_is_read_whole() {
    let stage = Stage::set(&[]);
    let body = vec![0xff; 19 << 20];
    let answer = stage.client.ask("POST", &stage.path("statements"), "application/cbor", &body);
    assert!(matches!(answer, Err(Failed::Refused(400, _))), "{:?}", answer.map(|_| ()));
}

//! A patient and a doctor with the real server between them, from the first key to the last deletion.

#![cfg(test)]

use std::io::Read as _;
use std::thread::sleep;
use std::time::Duration;

use carnet_cli::session::{CallError, now};
use carnet_core::foreign;
use carnet_core::identity::Identity;
use carnet_core::manifest::HolderPart;
use carnet_core::open::Opened;
use carnet_core::receipt::{Pinned, Placed};
use carnet_core::step::{GrantsStep, HistoryId, PayloadAt};
use carnet_core::testing::same_identity;
use carnet_tests::cast::description;
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::StableCode as _;
use carnet_wire::cbor;
use carnet_wire::id::{EntryId, ReaderId, StatementHash, VaultId};
use carnet_wire::message::{Body, Method, Refusal, Request, ResponseError, Submission};
use carnet_wire::statement::{Bind, Context, Delete, Kind, Pin, Read, ReadMode, kind_of};

/// The server's own code in a refusal.
fn refused<T>(result: Result<T, CallError>) -> String {
    match result.err().expect("a refusal") {
        CallError::Step(carnet_core::step::StepError::Response(ResponseError::Refused(refusal))) => {
            refusal.code
        }
        CallError::Remote(carnet_cli::RemoteError::Refused(_, refusal)) => refusal.code,
        other => panic!("{other}"),
    }
}

/// Waits for the sequencer: the receipt gives it some seconds.
fn placed(client: &mut Client, history: impl Into<HistoryId> + Copy, statement: &StatementHash) -> Placed {
    for _ in 0..300 {
        if let Some(placed) = client.place(history, statement).unwrap() {
            return placed;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("not in the log after 30 seconds");
}

fn one(opened: Vec<Opened>, entry: &EntryId) -> Opened {
    opened.into_iter().find(|opened| opened.item().entry == *entry).unwrap()
}

#[test]
fn what_a_patient_shares_a_doctor_reads_until_it_is_revoked_or_deleted() {
    let server = TestServer::start();
    let (mut patient, mut doctor) = (Client::join(&server), Client::join(&server));
    let doctor_id = doctor.account.id();
    patient.meet(&doctor_id).unwrap();
    let mut held: Held = patient.open_vault().unwrap();
    let vault = held.vault.id();

    // A stranger sees nothing, and cannot tell that there is something.
    assert_eq!(refused(doctor.visit(&vault)), "absent");

    // Two documents under one statement, one of them larger than a group of the payload's tree.
    let large: Vec<u8> = (0..700_000u32).map(|at| (at % 251) as u8).collect();
    let small = patient.seal(&held, "Bilan", b"Hemoglobine 13,4 g/dL", &[]);
    let scan = patient.seal(&held, "Scanner", &large, &[]);
    let put = patient.deposit(&mut held, vec![small, scan]).unwrap();
    let (bilan, scanner) = (put[0].wanted.entry, put[1].wanted.entry);
    assert_eq!(patient.inbox().unwrap(), [vault]);

    // A second visit of the holder: the vault's secrets come out of the key entry, and the documents open.
    let mut again = patient.visit(&vault).unwrap();
    patient.take_keys(&mut again).unwrap();
    let listed = patient.list(&again).unwrap();
    assert_eq!(listed.len(), 2);
    let (opened, opened_scan) = (one(patient.list(&again).unwrap(), &bilan), one(listed, &scanner));
    assert_eq!(patient.fetch(&again, &opened, None).unwrap(), b"Hemoglobine 13,4 g/dL");
    assert_eq!(patient.fetch(&again, &opened_scan, None).unwrap(), large);

    // A grant, and the doctor has something to do here.
    let readers = [doctor.reader()];
    patient.grant(&mut held, &[&opened, &opened_scan], &readers).unwrap();
    assert_eq!(doctor.inbox().unwrap(), [vault]);
    let (then, response) = patient.call(GrantsStep::start(&vault)).unwrap();
    let grants = then.receive(&response).unwrap().grants;
    let doctors = grants.iter().filter(|grant| grant.leaf.reader == doctor.reader().id());
    let mut granted: Vec<EntryId> = doctors.map(|grant| grant.leaf.entry).collect();
    granted.sort_unstable();
    // Ids begin with the millisecond of their making, which both may share.
    let mut expected = [bilan, scanner];
    expected.sort_unstable();
    assert_eq!(granted, expected);
    // Two documents and the key entry are the holder's.
    assert_eq!(grants.len(), 5);
    let mut seen = doctor.visit(&vault).unwrap();
    let (_, listed) = doctor.read(&mut seen, ReadMode::List, &[]).unwrap();
    let mut titles: Vec<&str> = listed.iter().map(|opened| opened.description().title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Bilan", "Scanner"]);

    // Bytes need an open: neither no statement nor a list is enough.
    let of_scan = one(listed, &scanner);
    assert_eq!(refused(doctor.fetch(&seen, &of_scan, None)), "absent");
    let (read, opened) = doctor.read(&mut seen, ReadMode::Open, &[scanner]).unwrap();
    assert_eq!(opened.len(), 1);
    assert_eq!(doctor.fetch(&seen, &opened[0], Some(read)).unwrap(), large);
    // It was an open of that entry, not of another.
    let (_, other) = doctor.read(&mut seen, ReadMode::List, &[bilan]).unwrap();
    assert_eq!(refused(doctor.fetch(&seen, &other[0], Some(read))), "absent");

    // By slice: the middle only.
    let middle = opened[0].content_range(300_000..300_100).unwrap();
    assert_eq!(doctor.fetch_with(&seen, &opened[0], middle, Some(read)).unwrap(), large[300_000..300_100]);

    // Whole, by range, and as one age file.
    let at = PayloadAt::of(&opened[0], vault, Some(read));
    let whole = doctor.bytes(&at.whole()).unwrap();
    assert_eq!(opened[0].open_bytes(&whole).unwrap().content, large);
    assert_eq!(doctor.bytes(&at.range(65_000..70_000)).unwrap(), whole[65_000..70_000]);
    let file = doctor.bytes(&at.file()).unwrap();
    assert!(file.starts_with(b"age-encryption.org/v1\n-> mlkem768x25519 "));
    assert!(file.ends_with(&whole));
    let identity = Identity::Hybrid(same_identity(doctor.keyring.newest().identity()));
    let mut plain = Vec::new();
    foreign::open(file.as_slice(), &[identity]).unwrap().read_to_end(&mut plain).unwrap();
    assert_eq!(plain[..large.len()], large);

    // The holder's own words, which the doctor sees too at the next visit.
    let holder = HolderPart { labels: vec!["Sang".to_owned()], ..HolderPart::default() };
    let mine = one(patient.list(&again).unwrap(), &bilan);
    patient.describe(&mut held, &mine, holder).unwrap();
    let (_, listed) = doctor.read(&mut seen, ReadMode::List, &[bilan]).unwrap();
    assert_eq!(listed[0].holder().labels, ["Sang"]);

    // A new version, which the doctor has not been granted.
    let mine = one(patient.list(&again).unwrap(), &bilan);
    let next =
        patient.seal_at(&held, &mine.next_version(), description("Bilan"), b"Hemoglobine 13,5 g/dL", &[]);
    let second = patient.deposit(&mut held, vec![next]).unwrap();
    assert_eq!(second[0].wanted.version, 2);
    let newest = patient.list(&again).unwrap();
    let newest = newest.into_iter().find(|opened| opened.item().entry == bilan && opened.item().version == 2);
    assert_eq!(patient.fetch(&again, &newest.unwrap(), None).unwrap(), b"Hemoglobine 13,5 g/dL");

    // Revoked: what was open a moment ago is absent, also under the old statement.
    let reader = ReaderId::from_bytes(*doctor_id.as_bytes());
    patient.revoke(&mut held, &reader, Some(scanner)).unwrap();
    assert_eq!(refused(doctor.fetch(&seen, &opened[0], Some(read))), "absent");
    assert_eq!(refused(doctor.bytes(&at.file())), "absent");
    // Deleted: gone for its holder too.
    let gone = one(patient.list(&again).unwrap(), &scanner);
    let deleted = patient.delete(&mut held, &[scanner]).unwrap();
    assert_eq!(refused(patient.fetch(&again, &gone, None)), "absent");
    assert!(patient.list(&again).unwrap().iter().all(|opened| opened.item().entry != scanner));

    // The journal: every statement under its receipt, in the tree that the log signed; the reads are the doctor's own statements.
    let mut fresh = Held { vault: held.vault.clone(), keyring: None, pinned: Pinned::NONE };
    let journal = patient.history(&mut fresh).unwrap();
    assert_eq!(fresh.pinned.pin().unwrap().size, journal.len() as u64);
    // What the patient had pinned on the way is part of it.
    patient.history(&mut held).unwrap();
    assert_eq!(held.pinned, fresh.pinned);
    let kinds: Vec<Kind> = journal.iter().filter_map(|stated| kind_of(stated.bytes.as_ref()?).ok()).collect();
    assert_eq!(kinds[0], Kind::Genesis);
    assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Read).count(), 4);

    // Places in the log, in the order of the history.
    let (first, last) = (journal[0].hash, deleted);
    let (first, last) = (placed(&mut patient, vault, &first), placed(&mut patient, vault, &last));
    assert!(first.position.is_before(&last.position));
    assert_eq!(last.pin, journal.iter().find(|stated| stated.hash == deleted).unwrap().receipt.pin());
    let line = patient.pinned.pin().unwrap();
    assert_eq!(line.size, 2);
}

#[test]
fn what_was_receipted_survives_a_kill_and_a_pin_of_before_still_holds() {
    let mut server = TestServer::start();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    let sealed = patient.seal(&held, "Bilan", b"avant", &[]);
    patient.deposit(&mut held, vec![sealed]).unwrap();
    server.kill_9();
    let code = patient.list(&held).unwrap_err().code();
    assert!(["remote-unreachable", "remote-broken"].contains(&code), "{code}");
    server.restart();
    let listed = patient.list(&held).unwrap();
    assert_eq!(patient.fetch(&held, &listed[0], None).unwrap(), b"avant");
    let sealed = patient.seal(&held, "Bilan", "après".as_bytes(), &[]);
    patient.deposit(&mut held, vec![sealed]).unwrap();
    assert_eq!(patient.list(&held).unwrap().len(), 2);
}

/// What a stranger may try on a vault, each made for the vault that it names.
fn attempts(stranger: &Client, vault: VaultId) -> Vec<(&'static str, Submission)> {
    let actor = stranger.account.actor();
    let context = |time| Context { vault, actor, time, pin: None };
    let (soon, late) = (context(now()), context(now() + 3_600_000));
    let entry = EntryId::from_time_and_random(now(), &[7; 10]);
    let ahead = Context { pin: Some(Pin { size: 99, root: [9; 32].into() }), ..soon.clone() };
    let delete = |context| Delete { context, entries: vec![entry] };
    let read = |context| Read {
        context,
        mode: ReadMode::List,
        entries: Vec::new(),
        via: None,
        reason: 1,
        challenge: [5; 32].into(),
    };
    let bind = Bind { vault, pseudonym: [6; 32].into(), time: now(), expires: now() + 1000 };
    let sign = |bytes: &[u8]| Submission::bare(bytes);
    let with_parts = |submission| Submission { manifests: vec![vec![1].into()], ..submission };
    let device = &stranger.device;
    let log = &stranger.log().origin;
    vec![
        ("delete", sign(device.sign(log, delete(soon.clone())).unwrap().as_bytes())),
        ("delete with parts", with_parts(sign(device.sign(log, delete(soon.clone())).unwrap().as_bytes()))),
        ("delete in an hour", sign(device.sign(log, delete(late.clone())).unwrap().as_bytes())),
        ("delete after a state that is ahead", sign(device.sign(log, delete(ahead)).unwrap().as_bytes())),
        ("read", sign(device.sign(log, read(soon)).unwrap().as_bytes())),
        ("read in an hour", sign(device.sign(log, read(late)).unwrap().as_bytes())),
        ("bind", sign(device.sign(log, bind).unwrap().as_bytes())),
    ]
}

#[test]
fn stranger_who_tries_cannot_tell_a_vault_from_none() {
    let server = TestServer::start();
    let (mut patient, mut stranger) = (Client::join(&server), Client::join(&server));
    let vault = patient.open_vault().unwrap().vault.id();
    let none = VaultId::from_bytes([0x3c; 32]);
    for since in [0, 1, 1000] {
        for ((what, here), (_, nowhere)) in
            attempts(&stranger, vault).into_iter().zip(attempts(&stranger, none))
        {
            let mut answer = |vault: VaultId, submission: &Submission| {
                let path = format!("/v1/vaults/{vault}/statements?since={since}");
                let body = Body::Cbor(cbor::encode(submission));
                let token = stranger.token().unwrap();
                let request = Request::new(Method::Post, path, body);
                let response = stranger.remote().send(&request, Some(&token), None).unwrap();
                (response.status, Refusal::read(&response.body).code)
            };
            let (here, nowhere) = (answer(vault, &here), answer(none, &nowhere));
            assert_eq!(here, nowhere, "{what}, since {since}");
            assert_eq!(here.1, "absent", "{what}, since {since}");
        }
    }
}

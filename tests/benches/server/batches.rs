//! Many entries under one statement, grants, reads and fetches, by eight clients.

use std::sync::Mutex;

use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::statement::ReadMode;

use crate::Times;

const CLIENTS: usize = 8;
const BATCHES: usize = 8;
const BATCH: usize = 100;

pub(crate) fn run(engine: &str) {
    let server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let [uploads, batches, single, along, grants, lists, opens, fetches] = <[Mutex<Times>; 8]>::default();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let add = |all: &Mutex<Times>, own: Times| all.lock().unwrap().0.extend(own.0);
                let [mut up, mut batch, mut one, mut all_along, mut grant, mut list, mut open, mut fetch] =
                    <[Times; 8]>::default();
                let (mut patient, mut doctor) = (Client::join(&server), Client::join(&server));
                patient.meet(&doctor.account.id()).unwrap();
                let mut held = patient.open_vault().unwrap();
                let id = held.vault.id();
                for _ in 0..BATCHES {
                    let sealed: Vec<_> =
                        (0..BATCH).map(|_| patient.seal(&held, "x", &[7; 1000], &[])).collect();
                    let uploaded: Vec<_> = sealed
                        .iter()
                        .map(|(sealed, payload)| up.take(|| patient.upload(&id, sealed, payload).unwrap()))
                        .collect();
                    let sealed = sealed.into_iter().map(|(sealed, _)| sealed).collect();
                    let signed = patient.sign(&held, sealed);
                    batch.take(|| patient.submit(&mut held, &signed, &uploaded).unwrap());
                }
                // Others, whose payloads go along: nothing is uploaded before.
                let mut other = patient.open_vault().unwrap();
                let seal = |patient: &Client, held: &Held| {
                    (0..BATCH)
                        .map(|_| patient.seal(held, "x", &[7; 1000], &[]))
                        .unzip::<_, _, Vec<_>, Vec<_>>()
                };
                for _ in 0..BATCHES {
                    let (sealed, payloads) = seal(&patient, &other);
                    let signed = patient.sign(&other, sealed);
                    all_along.take(|| patient.submit_carrying(&mut other, &signed, &payloads, &[]).unwrap());
                }
                for _ in 0..2 {
                    let (sealed, payloads) = seal(&patient, &other);
                    let each = sealed.into_iter().map(|sealed| patient.sign(&other, vec![sealed]));
                    for (signed, payload) in each.collect::<Vec<_>>().into_iter().zip(payloads) {
                        one.take(|| patient.submit_carrying(&mut other, &signed, &[payload], &[]).unwrap());
                    }
                }
                let mut mine = patient.visit(&id).unwrap();
                patient.take_keys(&mut mine).unwrap();
                let listed = list.take(|| patient.list(&mine).unwrap());
                let readers = [doctor.reader()];
                for some in listed.chunks(BATCH) {
                    let some: Vec<_> = some.iter().collect();
                    grant.take(|| patient.grant(&mut held, &some, &readers).unwrap());
                }
                let mut seen = doctor.visit(&id).unwrap();
                for wanted in listed.chunks(BATCH).take(4) {
                    let entries: Vec<_> = wanted.iter().map(|opened| opened.item().entry).collect();
                    let (read, opened) =
                        open.take(|| doctor.read(&mut seen, ReadMode::Open, &entries).unwrap());
                    for opened in &opened {
                        fetch.take(|| doctor.fetch(&seen, opened, Some(read)).unwrap());
                    }
                }
                for (all, own) in [
                    (&uploads, up),
                    (&batches, batch),
                    (&single, one),
                    (&along, all_along),
                    (&grants, grant),
                    (&lists, list),
                    (&opens, open),
                    (&fetches, fetch),
                ] {
                    add(all, own);
                }
            });
        }
    });
    println!("| what, by {CLIENTS} clients | entries a second | p50 | p99 |\n|---|---|---|---|");
    let say = |what: &str, times: Mutex<Times>, each| times.into_inner().unwrap().say(what, CLIENTS, each);
    say("uploads of 1 KiB", uploads, 1);
    say("deposits of 100 entries", batches, BATCH);
    say("deposits of one entry of 1 KiB, in one request", single, 1);
    say("deposits of 100 entries of 1 KiB, in one request", along, BATCH);
    say("grants of 100 entries, wrapped and signed", grants, BATCH);
    say("listing 800 entries of an own vault, opened", lists, BATCH * BATCHES);
    say("reads of 100 entries, opened", opens, BATCH);
    say("fetches of 1 KiB by slice, opened", fetches, 1);
}

//! Durable deposits of 64 KiB with 1, 8 and 32 clients, in turn with the ceiling: a file written, made durable, renamed, and its
//! folder made durable, by as many threads on the same disk.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use carnet_core::step::{Ask, Carried, Submit};
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::statement::{Deposit, Statement};

use crate::raw::{self, Raw};
use crate::{Times, median};

/// A content whose payload is one chunk: 64 KiB.
const CONTENT: usize = 64 * 1024;
/// Deposits made ready for a round, of all clients together: more than they mostly make.
const READY: usize = 12_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

struct Depositor {
    client: Client,
    held: Held,
    address: String,
    connection: Raw,
    ready: VecDeque<(Vec<u8>, Statement<Deposit>)>,
}

pub(crate) fn run(engine: &str, counts: &[usize]) {
    let server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let ceiling_folder = server.folder().join("ceiling");
    fs::create_dir(&ceiling_folder).unwrap();
    println!("| clients | deposits a second | ceiling | part of it | p50 | p99 |");
    println!("|---|---|---|---|---|---|");
    for &clients in counts {
        let mut depositors: Vec<_> = (0..clients).map(|_| depositor(&server)).collect();
        let (mut ours, mut ceilings, mut times) = (Vec::new(), Vec::new(), Times::default());
        for number in 0..ROUNDS {
            // What is deleted is deleted at the very end: ext4 passes over inodes that were in use a moment ago, one by one, at each
            // creation of a file, ours and the ceiling's.
            let folder = ceiling_folder.join(format!("{clients}-{number}"));
            ceilings.push(ceiling(&folder, clients));
            depositors.iter_mut().for_each(|depositor| refill(depositor, READY / clients));
            let (rate, took) = round(&mut depositors);
            ours.push(rate);
            times.0.extend(took);
        }
        let (ours, ceiling) = (median(ours), median(ceilings));
        times.0.sort_unstable();
        let at =
            |part: usize| times.0[(times.0.len() * part / 100).min(times.0.len() - 1)].as_secs_f64() * 1e3;
        println!(
            "| {clients} | {ours:.0} | {ceiling:.0} | {:.0} % | {:.2} ms | {:.2} ms |",
            100.0 * ours / ceiling,
            at(50),
            at(99)
        );
    }
}

fn depositor(server: &TestServer) -> Depositor {
    let mut client = Client::join(server);
    let held = client.open_vault().unwrap();
    let (address, connection) = (server.address().to_owned(), Raw::connect(server.address()));
    Depositor { client, held, address, connection, ready: VecDeque::new() }
}

/// Seals, signs and encodes beforehand: clients have machines of their own.
fn refill(Depositor { client, held, address, ready, .. }: &mut Depositor, count: usize) {
    ready.clear();
    let token = client.token().unwrap();
    while ready.len() < count {
        let (sealed, payload) = client.seal(held, "x", &[7; CONTENT], &[]);
        let signed = client.sign(held, vec![sealed]);
        let carried = [Carried::check(&signed.sealed[0], &payload).unwrap()];
        let mut request = Submit::deposit_carrying(&signed, &carried, &[], &held.pinned).unwrap().request;
        // Each will know the state that the one before left: nobody else states anything here.
        let since = held.pinned.pin().unwrap().size + ready.len() as u64;
        let (path, _) = request.path.split_once('?').unwrap();
        request.path = format!("{path}?since={since}");
        ready.push_back((raw::write(&request, address, &token), signed.statement));
    }
}

/// Deposits for a while. Every receipt is verified, when the time is over.
fn round(depositors: &mut [Depositor]) -> (f64, Vec<Duration>) {
    let start = Instant::now();
    let deposited: Vec<_> = std::thread::scope(|scope| {
        let deposit = |Depositor { connection, ready, .. }: &mut Depositor| {
            let (mut own, mut answers) = (Times::default(), Vec::new());
            while start.elapsed() < ROUND {
                let (request, statement) = ready.pop_front().expect("enough was made ready");
                answers.push((statement, own.take(|| connection.call(&request))));
            }
            (own.0, answers)
        };
        let threads: Vec<_> =
            depositors.iter_mut().map(|depositor| scope.spawn(move || deposit(depositor))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let elapsed = start.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for (Depositor { client, held, .. }, (took, answers)) in depositors.iter_mut().zip(deposited) {
        times.extend(took);
        for (statement, response) in answers {
            let Ask { then, .. } = Submit::statement(&held.vault.id(), &statement, &held.pinned);
            then.receive(&response, client.log(), &mut held.pinned).unwrap();
        }
    }
    (times.len() as f64 / elapsed, times)
}

fn ceiling(folder: &Path, threads: usize) -> f64 {
    fs::create_dir(folder).unwrap();
    let start = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let work = |thread: usize| {
            move || {
                let (bytes, parent) = (vec![7; CONTENT + 32], File::open(folder).unwrap());
                let mut done = 0;
                while start.elapsed() < ROUND {
                    let (part, whole) =
                        (folder.join(format!("{thread}.part")), folder.join(format!("{thread}-{done}")));
                    let mut file = File::create(&part).unwrap();
                    file.write_all(&bytes).unwrap();
                    file.sync_all().unwrap();
                    fs::rename(&part, &whole).unwrap();
                    parent.sync_all().unwrap();
                    done += 1;
                }
                done
            }
        };
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(work(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}

//! From 10,000 entries of 1 KiB upwards: what an operation costs, how fast the server starts, what it holds in memory and on disk,
//! before and after half is deleted and the space reclaimed.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_wire::id::EntryId;

use carnet_tests::alternate::load;

use crate::Times;

const BATCH: usize = 250;
/// Entries of one vault.
const VAULT: usize = 10_000;
const SAMPLES: usize = 400;
/// Vaults that are visited in turn, and pages of the small server's vault: both then read as much.
const VISITED: usize = 100;
/// Entries of a page.
const PAGE: usize = 100;
/// Twice as long as records stay in the journal where little is written.
const SETTLE: Duration = Duration::from_secs(5);

struct Patient {
    client: Client,
    held: Held,
    entries: Vec<EntryId>,
}

pub(crate) fn run(engine: &str, count: usize, only_costs: bool) {
    let mut server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let mut patients: Vec<Patient> = Vec::new();
    // A server that stays small: the same work in turn with it, so that what else the machine does falls on both.
    let small = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let mut reference = [patient(&small)];
    fill(&mut reference[0]);
    let (mut logical, mut step, mut entries) = (0u64, 10_000, 0);
    while step <= count {
        let vaults = step / VAULT - patients.len();
        let begin = Instant::now();
        let mut next: Vec<Patient> = (0..vaults).map(|_| patient(&server)).collect();
        // Two threads seal while the server stores: it is the clients that take the time.
        for pair in next.chunks_mut(2) {
            let bytes: u64 = std::thread::scope(|scope| {
                let filling: Vec<_> = pair.iter_mut().map(|one| scope.spawn(move || fill(one))).collect();
                filling.into_iter().map(|one| one.join().unwrap()).sum()
            });
            logical += bytes;
        }
        patients.append(&mut next);
        entries = patients.iter().map(|one| one.entries.len()).sum();
        println!(
            "\n{entries} entries, {} of payloads, manifests and headers; filled in {:.0} s; {}",
            mib(logical),
            begin.elapsed().as_secs_f64(),
            load()
        );
        // Not measured: what the machine still writes of the filling.
        assert!(Command::new("sync").status().unwrap().success());
        std::thread::sleep(SETTLE);
        costs(&mut patients, &mut reference);
        memory_and_disk(&server, logical);
        let begin = Instant::now();
        server.kill_9();
        server.restart();
        println!("ready {:.2} s after kill -9 and start", begin.elapsed().as_secs_f64());
        step *= if step * 10 <= count || step == count { 10 } else { count / step };
    }
    if only_costs {
        return;
    }
    let packs = server.folder().join("packs");
    // What a file system notes about holes takes some room.
    let rest = allocated(&packs) - patients.len() as u64 * (VAULT as u64 / 2) * 4096 * 9 / 10;
    let begin = Instant::now();
    for Patient { client, held, entries } in &mut patients {
        for some in entries[..VAULT / 2].chunks(BATCH) {
            client.delete(held, some).unwrap();
        }
    }
    println!("\nafter deleting half of {entries}, which took {:.1} s", begin.elapsed().as_secs_f64());
    let (mut before, mut left) = (u64::MAX, allocated(&packs));
    while left > rest || left < before {
        std::thread::sleep(Duration::from_secs(2));
        (before, left) = (left, allocated(&packs));
    }
    println!(
        "swept {:.0} s after the first deletion: the packs take {}",
        begin.elapsed().as_secs_f64(),
        mib(left)
    );
    memory_and_disk(&server, logical / 2);
    server.stop();
    let begin = Instant::now();
    let mut reclaim = server.command(&["reclaim"]).stdout(Stdio::null()).spawn().unwrap();
    let mut most = String::new();
    let ended = loop {
        if let Some(ended) = reclaim.try_wait().unwrap() {
            break ended;
        }
        most = high_water(reclaim.id()).unwrap_or(most);
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(ended.success());
    println!("reclaim took {:.1} s; {most}", begin.elapsed().as_secs_f64());
    disk(&server.folder(), logical / 2);
}

fn patient(server: &TestServer) -> Patient {
    let mut client = Client::join(server);
    let held = client.open_vault().unwrap();
    Patient { client, held, entries: Vec::new() }
}

/// Fills a vault, and gives the bytes that a client would count.
fn fill(patient: &mut Patient) -> u64 {
    let Patient { client, held, entries } = patient;
    let mut bytes = 0;
    while entries.len() < VAULT {
        let sealed: Vec<_> = (0..BATCH).map(|_| client.seal(held, "x", &[7; 900], &[])).collect();
        bytes += sealed
            .iter()
            .map(|(sealed, payload)| (payload.len() + sealed.manifest().len() + 1627) as u64)
            .sum::<u64>();
        let (sealed, payloads): (Vec<_>, Vec<_>) = sealed.into_iter().unzip();
        let signed = client.sign(held, sealed);
        let put = client.submit_carrying(held, &signed, &payloads, &[]).unwrap();
        entries.extend(put.iter().map(|put| put.wanted.entry));
    }
    bytes
}

/// Single operations, one after the other, each in another vault or another page, in turn with the server that stays small. A first visit
/// of each stands by itself: what was filled long ago has to come from the disk.
fn costs(patients: &mut [Patient], reference: &mut [Patient]) {
    for (times, visit) in [(VISITED, "first visit: "), (SAMPLES, "")] {
        let [mut deposits, mut pages, mut small_deposits, mut small_pages] = <[Times; 4]>::default();
        for at in 0..times {
            let at = at % VISITED;
            let (vault, page) = (at % patients.len(), at / patients.len());
            one_of_each(&mut patients[vault], page, &mut deposits, &mut pages);
            one_of_each(&mut reference[0], at, &mut small_deposits, &mut small_pages);
        }
        println!("| {visit}operation, one client | a second | p50 | p99 |\n|---|---|---|---|");
        deposits.say("deposit of one entry", 1, 1);
        small_deposits.say("the same, of the small server", 1, 1);
        pages.say("page of a list: 100 entries", 1, 1);
        small_pages.say("the same, of the small server", 1, 1);
    }
}

fn one_of_each(patient: &mut Patient, page: usize, deposits: &mut Times, pages: &mut Times) {
    let Patient { client, held, entries } = patient;
    let (sealed, payload) = client.seal(held, "x", &[7; 900], &[]);
    let signed = client.sign(held, vec![sealed]);
    deposits.take(|| client.submit_carrying(held, &signed, &[payload], &[]).unwrap());
    let after = page.checked_sub(1).map(|before| entries[before * PAGE + PAGE - 1]);
    assert_eq!(pages.take(|| client.page(held, after.as_ref()).unwrap()), PAGE);
}

fn memory_and_disk(server: &TestServer, logical: u64) {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    for line in status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS")) {
        println!("{line}");
    }
    disk(&server.folder(), logical);
}

/// The most memory that a process had so far.
fn high_water(pid: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned)
}

fn disk(folder: &Path, logical: u64) {
    for part in ["records", "packs", "payloads"] {
        let used = Command::new("du").args(["-s", "--block-size=1"]).arg(folder.join(part)).output().unwrap();
        let used: u64 = String::from_utf8(used.stdout).unwrap().split('\t').next().unwrap().parse().unwrap();
        println!("{part}: {} on disk, {:.2} a logical byte", mib(used), used as f64 / logical as f64);
    }
}

/// Bytes that the packs take on the disk.
fn allocated(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let packs = files.filter(|file| file.path().extension().is_some_and(|of| of == "pack"));
    packs.filter_map(|pack| pack.metadata().ok()).map(|data| data.blocks() * 512).sum()
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

//! The two embedded engines with the records of deposits: `cargo bench -p carnet-server --bench engines -- redb 100000`.
//!
//! Arguments: engine, entries, MiB of cache (128), folder (a temporary one), seconds of each rate (8), `bulk` to fill the store by an
//! import. Each step runs in a process of
//! its own, so that its peak of memory and its opening are its own.
//!
//! A deposit is one transaction of 9 rows: head (400 B, expected), statement (1 KiB), number (8 B), two nodes (32 B), queue (64 B),
//! version (1 KiB), two grants (2 KiB each), in one of 4,000 vaults with random ids.

#![allow(clippy::print_stdout, reason = "it reports figures")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails ends")]
#![allow(clippy::panic, reason = "a benchmark that fails ends")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use carnet_server::store::{
    Commit, Engine, Key, Range, Records, Resources, Space, Transaction, import, open, reclaim,
};

const VAULTS: u64 = 4000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let word = |place: usize| arguments.get(place).map(String::as_str);
    if word(0) == Some("step") {
        let setup = Setup {
            engine: word(2).unwrap().parse().unwrap(),
            folder: PathBuf::from(word(3).unwrap()),
            resources: Resources::cache(word(4).unwrap().parse::<usize>().unwrap() << 20),
        };
        let number = word(5).unwrap().parse().unwrap();
        let workers =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        workers.block_on(step(word(1).unwrap(), &setup, number));
        return;
    }
    let Some(engine) = word(0) else {
        println!("engines ENGINE ENTRIES [CACHE_MIB] [FOLDER] [SECONDS] [bulk]");
        return;
    };
    let temporary = tempfile::tempdir().unwrap();
    let folder = word(3).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let fill = if word(5) == Some("bulk") { "bulk" } else { "fill" };
    drive(
        engine,
        word(1).unwrap_or("100000"),
        word(2).unwrap_or("128"),
        &folder,
        word(4).unwrap_or("8"),
        fill,
    );
}

/// Runs the steps one after another.
fn drive(engine: &str, entries: &str, cache: &str, folder: &Path, seconds: &str, fill: &str) {
    let child = |step: &str, number: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["step", step, engine]).arg(folder).args([cache, number]);
        command
    };
    let run = |step: &str, number: &str| assert!(child(step, number).status().unwrap().success(), "{step}");
    println!("{engine}, {entries} entries, cache {cache} MiB, load {}", load());
    if fill == "bulk" {
        run("bulk", entries);
        run("rates", seconds);
    } else {
        run("rates", seconds);
        run("fill", entries);
    }
    run("size", "0");
    run("open", "0");
    run("open", "0");
    run("read", seconds);
    for _ in 0..2 {
        let mut killed = child("forever", "0").stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(6));
        killed.kill().unwrap();
        killed.wait().unwrap();
        println!("killed -9 while 32 wrote");
        run("open", "0");
    }
    run("halve", "0");
    run("size", "0");
    run("reclaim", "0");
    run("size", "0");
    run("open", "0");
    println!("load {}", load());
}

struct Setup {
    engine: Engine,
    folder: PathBuf,
    resources: Resources,
}

impl Setup {
    fn open(&self) -> Arc<dyn Records> {
        open(self.engine, &self.folder, self.resources).unwrap()
    }
}

async fn step(step: &str, setup: &Setup, number: u64) {
    let began = Instant::now();
    match step {
        "rates" => {
            let records = setup.open();
            for writers in [1, 8, 32] {
                let until = Instant::now() + Duration::from_secs(number);
                let took = write(&records, writers, u64::MAX, until).await;
                println!("deposits, {writers} writers: {}", figures(took, number as f64));
            }
        }
        "fill" => {
            let records = setup.open();
            let took = write(&records, 256, number, began + Duration::from_secs(86400)).await;
            println!("fill, 256 writers: {}", figures(took, began.elapsed().as_secs_f64()));
        }
        "bulk" => {
            let all = (0..VAULTS).flat_map(|vault| {
                let most = number / VAULTS;
                (0..most).flat_map(move |n| {
                    // Only the last head of a vault stays.
                    rows(vault, n).into_iter().skip(usize::from(n + 1 < most)).map(Ok)
                })
            });
            let count = import(setup.engine, &setup.folder, setup.resources, all).unwrap();
            println!("import: {count} rows in {:.1?}", began.elapsed());
        }
        "forever" => {
            let until = began + Duration::from_secs(3600);
            write(&setup.open(), 32, u64::MAX, until).await;
        }
        "open" => {
            let records = setup.open();
            let opened = began.elapsed();
            let first = records.scan(Range::all(Space::Head).limit(1)).await.unwrap();
            println!("open: {opened:.1?}, first read after {:.1?} ({} row)", began.elapsed(), first.len());
        }
        "read" => read(&setup.open(), number).await,
        "size" => {
            let rows = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
            let records = setup.open();
            let sum = Arc::clone(&rows);
            let taken = records.export(Box::new(move |(key, value)| {
                sum[0].fetch_add(1, Ordering::Relaxed);
                sum[1].fetch_add((key.suffix.len() + 33 + value.len()) as u64, Ordering::Relaxed);
                Ok(())
            }));
            taken.await.unwrap();
            let [rows, logical] = [0, 1].map(|n| rows[n].load(Ordering::Relaxed));
            let disk = disk(&setup.folder);
            println!(
                "size: {rows} rows, {} MB logical, {} MB on disk: {:.2}; export took {:.1?}",
                logical / 1_000_000,
                disk / 1_000_000,
                disk as f64 / logical as f64,
                began.elapsed()
            );
        }
        "halve" => {
            let records = setup.open();
            let vaults = vaults(&records, 0, 1).await;
            let tasks = vaults.into_iter().step_by(2).map(|vault| {
                let records = Arc::clone(&records);
                tokio::spawn(async move {
                    for n in 0..vault.next {
                        let delete = rows(vault.number, n).into_iter().skip(1).map(|(key, _)| key).collect();
                        let transaction = Transaction { delete, ..Transaction::default() };
                        assert_eq!(records.commit(transaction).await, Ok(Commit::Done));
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            println!("half deleted in {:.1?}", began.elapsed());
        }
        "reclaim" => {
            let done = reclaim(setup.engine, &setup.folder, setup.resources).unwrap();
            println!("{done:?} in {:.1?}", began.elapsed());
        }
        _ => panic!("no such step"),
    }
    println!("  {step}: peak memory {} MiB", peak());
}

/// A vault of a writer: how many deposits it has, and its head.
struct Vault {
    number: u64,
    next: u64,
    head: Option<Vec<u8>>,
}

/// The vaults of one of so many writers.
async fn vaults(records: &Arc<dyn Records>, writer: u64, writers: u64) -> Vec<Vault> {
    let numbers: Vec<_> = (writer..VAULTS).step_by(usize::try_from(writers).unwrap()).collect();
    let keys = numbers.iter().map(|number| head_key(*number)).collect();
    let heads = records.get(keys).await.unwrap();
    let vault = |(number, head): (u64, Option<Vec<u8>>)| {
        let next = head.as_ref().map_or(0, |head| u64::from_be_bytes(head[..8].try_into().unwrap()));
        Vault { number, next, head }
    };
    numbers.into_iter().zip(heads).map(vault).collect()
}

/// Writers deposit until there are so many deposits or the time is over. Gives how long each took.
async fn write(records: &Arc<dyn Records>, writers: u64, most: u64, until: Instant) -> Vec<Duration> {
    let count = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (records, count) = (Arc::clone(records), Arc::clone(&count));
            tokio::spawn(async move {
                let mut vaults = vaults(&records, writer, writers).await;
                let mut took = Vec::new();
                let mut random = writer;
                while count.fetch_add(1, Ordering::Relaxed) < most && Instant::now() < until {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let place = usize::try_from(random >> 33).unwrap() % vaults.len();
                    let vault = &mut vaults[place];
                    let put = rows(vault.number, vault.next);
                    let head = put[0].1.clone();
                    let expect = vec![(put[0].0.clone(), vault.head.take())];
                    let began = Instant::now();
                    let done = records.commit(Transaction { expect, put, ..Transaction::default() }).await;
                    assert_eq!(done, Ok(Commit::Done));
                    took.push(began.elapsed());
                    vault.head = Some(head);
                    vault.next += 1;
                }
                took
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

async fn read(records: &Arc<dyn Records>, seconds: u64) {
    for readers in [1, 8] {
        for (name, rows_too) in [("point reads", false), ("scans of 50 grants", true)] {
            let until = Instant::now() + Duration::from_secs(seconds / 2);
            let tasks: Vec<_> = (0..readers)
                .map(|reader| {
                    let records = Arc::clone(records);
                    tokio::spawn(async move {
                        let all = vaults(&records, 0, 1).await;
                        let mut took = Vec::new();
                        let mut random: u64 = reader + 77;
                        while Instant::now() < until {
                            random = random
                                .wrapping_mul(6_364_136_223_846_793_005)
                                .wrapping_add(1_442_695_040_888_963_407);
                            let vault = &all[usize::try_from(random >> 33).unwrap() % all.len()];
                            let began = Instant::now();
                            if rows_too {
                                let range = Range::of(Space::Grant, id(vault.number), []).limit(50);
                                records.scan(range).await.unwrap();
                            } else {
                                let n = (random >> 7) % vault.next.max(1);
                                let key = Key::new(Space::Statement, id(vault.number), n.to_be_bytes());
                                let found = records.get(vec![key]).await.unwrap();
                                assert!(vault.next == 0 || found[0].is_some());
                            }
                            took.push(began.elapsed());
                        }
                        took
                    })
                })
                .collect();
            let mut took = Vec::new();
            for task in tasks {
                took.extend(task.await.unwrap());
            }
            println!("{name}, {readers} readers: {}", figures(took, seconds as f64 / 2.0));
        }
    }
}

/// The rows of a deposit, the head first.
fn rows(vault: u64, n: u64) -> Vec<(Key, Vec<u8>)> {
    let partition = id(vault);
    let mut source = blake3::Hasher::new().update(&partition).update(&n.to_be_bytes()).finalize_xof();
    let mut bytes = |length: usize| {
        let mut bytes = vec![0; length];
        source.fill(&mut bytes);
        bytes
    };
    let (entry, hash) = (bytes(16), bytes(32));
    let version = [entry.as_slice(), &1_u64.to_be_bytes(), &hash].concat();
    let grant = |reader: Vec<u8>| [reader.as_slice(), &version].concat();
    let grants = [grant(bytes(32)), grant(bytes(32))];
    let node = |level: u8| [&[level][..], &n.to_be_bytes()].concat();
    let mut head = bytes(400);
    head[..8].copy_from_slice(&(n + 1).to_be_bytes());
    let [first, second] = grants;
    let key = |space, suffix: &[u8]| Key::new(space, partition, suffix);
    vec![
        (head_key(vault), head),
        (key(Space::Statement, &n.to_be_bytes()), bytes(1024)),
        (key(Space::Number, &hash), n.to_be_bytes().to_vec()),
        (key(Space::Node, &node(0)), bytes(32)),
        (key(Space::Node, &node(1)), bytes(32)),
        (key(Space::Queue, &n.to_be_bytes()), bytes(64)),
        (key(Space::Version, &version), bytes(1024)),
        (key(Space::Grant, &first), bytes(2048)),
        (key(Space::Grant, &second), bytes(2048)),
    ]
}

fn head_key(vault: u64) -> Key {
    Key::new(Space::Head, id(vault), [])
}

fn id(vault: u64) -> [u8; 32] {
    *blake3::hash(&vault.to_be_bytes()).as_bytes()
}

fn figures(mut took: Vec<Duration>, seconds: f64) -> String {
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    format!(
        "{:.0}/s, p50 {:.2?}, p99 {:.2?}, max {:.2?} ({})",
        took.len() as f64 / seconds,
        at(50),
        at(99),
        took.last().copied().unwrap_or_default(),
        took.len()
    )
}

/// Bytes that the files of a folder take on the disk.
fn disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| {
        let data = entry.metadata().unwrap();
        if data.is_dir() { disk(&entry.path()) } else { data.blocks() * 512 }
    });
    sizes.sum()
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .unwrap_or_default()
        .split(' ')
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

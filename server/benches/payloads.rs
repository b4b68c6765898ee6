//! Durable payloads a second, beside what the file system gives: (write, fsync, rename, fsync of the folder) at the same
//! concurrency, in alternating runs of one folder; and one long payload, up and down.
//!
//! Runs in the folder that `CARNET_BENCH` names, else in a temporary one.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench that fails stops")]
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use carnet_server::payloads::{PayloadLimits, Payloads};
use carnet_wire::id::{PayloadRoot, VaultId};
use futures_util::{StreamExt as _, stream};
use tokio::runtime::Runtime;

/// 64 KiB of plaintext, sealed.
const SMALL: usize = 65_568;
const LONG: usize = 1 << 30;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_millis(1000);
const VAULT: VaultId = VaultId::from_bytes([0x42; 32]);

static NEXT: AtomicU64 = AtomicU64::new(0);
static BASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut base = vec![0; SMALL];
    File::open("/dev/urandom").unwrap().read_exact(&mut base).unwrap();
    base
});

fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("CARNET_BENCH").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let folder = folder.join("bench-payloads");
    fs::create_dir_all(folder.join("ceiling")).unwrap();
    let runtime = Runtime::new().unwrap();
    let limits = PayloadLimits { reserve: 0, ..PayloadLimits::default() };
    let payloads = Payloads::open(&folder.join("ours"), limits).unwrap();
    for clients in [1, 8, 32] {
        let (mut ceiling, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ceiling.push(race_threads(clients, &folder.join("ceiling")));
            ours.push(race_tasks(&runtime, clients, &payloads));
        }
        let (ceiling, ours) = (median(ceiling), median(ours));
        println!(
            "{SMALL} bytes, {clients:2} clients: ceiling {ceiling:6.0}/s, append and settle {ours:6.0}/s: {:3.0} %",
            100.0 * ours / ceiling
        );
    }
    long(&runtime, &payloads, &folder);
    fs::remove_dir_all(&folder).unwrap();
}

/// Content that was never there before.
fn fresh() -> (u64, Vec<u8>) {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut bytes = BASE.clone();
    bytes.splice(..8, number.to_be_bytes());
    (number, bytes)
}

fn race_threads(clients: usize, folder: &Path) -> f64 {
    let end = Instant::now() + TIME;
    let start = Instant::now();
    let done: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = 0;
                    while Instant::now() < end {
                        let (number, bytes) = fresh();
                        let part = folder.join(format!("{number}.part"));
                        let mut file = File::create(&part).unwrap();
                        file.write_all(&bytes).unwrap();
                        file.sync_all().unwrap();
                        fs::rename(&part, folder.join(number.to_string())).unwrap();
                        File::open(folder).unwrap().sync_all().unwrap();
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    per_second(done, start)
}

fn race_tasks(runtime: &Runtime, clients: usize, payloads: &Payloads) -> f64 {
    let end = Instant::now() + TIME;
    let start = Instant::now();
    let done = runtime.block_on(async {
        let tasks: Vec<_> = (0..clients)
            .map(|_| {
                let payloads = payloads.clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while Instant::now() < end {
                        let (_, bytes) = fresh();
                        let root = PayloadRoot::from_bytes(*blake3::hash(&bytes).as_bytes());
                        let body = stream::iter([Ok::<_, io::Error>(Bytes::from(bytes))]);
                        let len = payloads.append(&VAULT, &root, 0, body, 1 << 20).await.unwrap();
                        payloads.settle(&VAULT, &[(root, len)]).await.unwrap();
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        done
    });
    per_second(done, start)
}

/// 1 GiB: written and flushed as a copy would be, and appended and settled; then read.
fn long(runtime: &Runtime, payloads: &Payloads, folder: &Path) {
    let piece = Bytes::from(BASE[..65_536].to_vec());
    let (mut plain, mut up, mut down, mut read) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..3_u64 {
        let path = folder.join("ceiling/long");
        let start = Instant::now();
        let mut file = File::create(&path).unwrap();
        for _ in 0..LONG / piece.len() {
            file.write_all(&piece).unwrap();
        }
        file.sync_all().unwrap();
        plain.push(megabytes(start));
        let start = Instant::now();
        let copied = io::copy(&mut Unspliced(File::open(&path).unwrap()), &mut io::sink()).unwrap();
        assert_eq!(copied, LONG as u64);
        read.push(megabytes(start));
        fs::remove_file(&path).unwrap();

        // A last byte of its own makes it a payload of its own; 16 + 65552 n + 17.. is a possible length.
        let tail = Bytes::from([round.to_be_bytes(), [7; 8], [8; 8], [9; 8]].concat());
        let pieces = vec![piece.clone(); LONG / piece.len()];
        let mut hash = blake3::Hasher::new();
        for piece in pieces.iter().chain([&tail]) {
            hash.update(piece);
        }
        let root = PayloadRoot::from_bytes(*hash.finalize().as_bytes());
        let body = stream::iter(pieces.into_iter().chain([tail]).map(Ok::<_, io::Error>));
        let start = Instant::now();
        let len = runtime.block_on(async {
            let len = payloads.append(&VAULT, &root, 0, body, u64::MAX).await.unwrap();
            payloads.settle(&VAULT, &[(root, len)]).await.unwrap();
            len
        });
        up.push(megabytes(start));
        let start = Instant::now();
        let got = runtime.block_on(async {
            let mut pieces = payloads.stream(&VAULT, &root, 0..len).await.unwrap();
            let mut got = 0;
            while let Some(piece) = pieces.next().await {
                got += piece.unwrap().len() as u64;
            }
            got
        });
        assert_eq!(got, len);
        down.push(megabytes(start));
        runtime.block_on(payloads.remove(&VAULT, &root)).unwrap();
    }
    let (plain, up, down, read) = (median(plain), median(up), median(down), median(read));
    println!(
        "1 GiB: write and fsync {plain:5.0} MB/s, append and settle {up:5.0} MB/s: {:3.0} %",
        100.0 * up / plain
    );
    println!("1 GiB: read {read:5.0} MB/s, stream {down:5.0} MB/s: {:3.0} %", 100.0 * down / read);
}

/// Hides that it is a file, so that `io::copy` reads it.
struct Unspliced(File);

impl io::Read for Unspliced {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

fn per_second(done: usize, start: Instant) -> f64 {
    f64::from(u32::try_from(done).unwrap()) / start.elapsed().as_secs_f64()
}

fn megabytes(start: Instant) -> f64 {
    1073.7 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Faults of the machine under the real server: it is killed, its disk loses power, fails, is full. Nothing that it acknowledged is lost.
//!
//! `CARNET_KILL_ROUNDS` and `CARNET_POWER_ROUNDS` ask for more rounds, `CARNET_FAULTS_SEED` for those of a run before.

#![cfg(test)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use carnet_tests::faults::client::{Client, Failed};
use carnet_tests::faults::dice::{Dice, rounds};
use carnet_tests::faults::disk::{self, Mounted};
use carnet_tests::faults::home::{Home, Running};
use carnet_tests::faults::powercut::{self, PowerDisk};
use carnet_tests::faults::watcher::Watcher;
use carnet_tests::faults::writer::Writer;

const BINARY: &str = env!("CARGO_BIN_EXE_server-under-test");

/// Who writes, and who watches.
struct Crowd {
    writers: Vec<Writer>,
    retired: Vec<Writer>,
    watcher: Watcher,
    dice: Dice,
}

impl Crowd {
    fn gather(home: &Home, dice: Dice) -> Self {
        Self { writers: Vec::new(), retired: Vec::new(), watcher: Watcher::new(home.key.clone()), dice }
    }

    /// Sends in writers with new vaults; those before have written enough.
    fn renew(&mut self, home: &Home, server: &Running) {
        self.retired.append(&mut self.writers);
        for _ in 0..4 {
            let writer = Writer::begin(&server.address, &home.trusted(), self.dice.fork()).unwrap();
            self.writers.push(writer);
        }
    }

    /// Compares everything with what the server has.
    fn compare(&mut self, server: &Running) {
        let mut promises = Vec::new();
        for writer in &self.writers {
            promises.extend(writer.promises());
        }
        scope(|scope| {
            let all: Vec<_> = self
                .writers
                .iter_mut()
                .map(|writer| {
                    scope.spawn(|| {
                        let client = writer.client(&server.address).unwrap();
                        writer.compare(&client).unwrap();
                    })
                })
                .collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
        promises.iter().for_each(|receipt| self.watcher.promise(receipt));
        self.watcher.look(&Client::new(&server.address)).unwrap();
    }

    /// All write for a while; then `fault` happens, and they go on until they hear no more. The log is watched until then.
    fn write(&mut self, server: &Running, time: Duration, patient: &[&str], fault: impl FnOnce()) {
        let stop = AtomicBool::new(false);
        let clients: Vec<_> = self.writers.iter_mut().map(|writer| writer.client(&server.address)).collect();
        // A server that has ended already: whoever calls looks at why.
        if clients.iter().any(|client| matches!(client, Err(Failed::Lost))) {
            return fault();
        }
        let clients: Vec<_> = clients.into_iter().map(Result::unwrap).collect();
        scope(|scope| {
            for (writer, client) in self.writers.iter_mut().zip(clients) {
                let stop = &stop;
                scope.spawn(move || writer.write(&client, stop, patient));
            }
            let (watcher, stop) = (&mut self.watcher, &stop);
            scope.spawn(move || {
                let client = Client::new(&server.address);
                while !stop.load(Ordering::Relaxed) && !matches!(watcher.look(&client), Err(Failed::Lost)) {
                    sleep(Duration::from_millis(20));
                }
            });
            sleep(time);
            fault();
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// Compares all there ever was, and waits for the log.
    fn compare_all(&mut self, server: &Running) {
        self.compare(server);
        let client = Client::new(&server.address);
        self.watcher.wait(&client).unwrap();
        self.watcher.reread(&client).unwrap();
        self.retired.append(&mut self.writers);
        for writer in &mut self.retired {
            let client = writer.client(&server.address).unwrap();
            writer.compare_all(&client).unwrap();
            writer.wait_for_place(&client).unwrap();
        }
    }

    fn tell(&self, what: &str, rounds: u64) {
        let all = || self.retired.iter().chain(&self.writers);
        let acknowledged: u64 = all().map(|writer| writer.acknowledged).sum();
        let unheard: u64 = all().map(|writer| writer.done_unheard).sum();
        let refused: u64 = all().flat_map(|writer| writer.refused.values()).sum();
        let log = self.watcher.size();
        println!(
            "{what}: {rounds} rounds, {acknowledged} statements acknowledged, 0 lost, {unheard} done whose answer was lost, {refused} refused, {log} leaves in the log"
        );
    }
}

/// Kills the server at any moment under load, and sometimes while it starts.
fn kill(engine: &str, rounds: u64) {
    let mut dice = Dice::roll(&format!("kill -9, {engine}"));
    let folder = tempfile::tempdir().unwrap();
    let home = Home::make(BINARY, &folder.path().join("data"), engine, &[("STORE__JOURNAL_BYTES", JOURNAL)]);
    let mut crowd = Crowd::gather(&home, dice.fork());
    for round in 0..rounds {
        if dice.one_in(8) {
            let starting = home.spawn();
            sleep(Duration::from_millis(dice.below(120)));
            drop(starting);
        }
        let server = home.start();
        crowd.compare(&server);
        if round % 10 == 0 {
            crowd.renew(&home, &server);
        }
        let pid = server.id().to_string();
        crowd.write(&server, Duration::from_millis(40 + dice.below(160)), &[], || {
            std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
        });
        server.kill();
    }
    let server = home.start();
    crowd.compare_all(&server);
    crowd.tell(&format!("kill -9, {engine}"), rounds);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn killed_under_load_redb_loses_nothing_that_was_acknowledged() {
    kill("redb", rounds("CARNET_KILL_ROUNDS", 200));
}

#[test]
fn killed_under_load_sled_loses_nothing_that_was_acknowledged() {
    kill("sled", rounds("CARNET_KILL_ROUNDS", 30));
}

/// The disk of a server, on which most of the time the power fails.
const DISK_MIB: u64 = 192;
/// Files of the journal that are soon full, so that their turns change under load.
const JOURNAL: &str = "262144";
/// Of which this much stays free.
const RESERVE: &str = "16777216";

/// Cuts the power under load: of what the disk had not been told to keep, none, some or all survives.
fn power(engine: &str, rounds: u64) {
    let Some(tool) = powercut::tool() else { return };
    let mut dice = Dice::roll(&format!("power cuts, {engine}"));
    let folder = tempfile::tempdir().unwrap();
    let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
    let (mut home, mut crowd, mut made) = begin(&folder, engine, &mut dice);
    for round in 0..rounds {
        if made == 10 {
            // The disk is full of what was written: a new one, after a last look at the old one.
            last_look(&image, &mount, &home, &mut crowd);
            crowd.tell(&format!("power cuts, {engine}, until round {round}"), round);
            (home, crowd, made) = begin(&folder, engine, &mut dice);
        }
        made += 1;
        let mut on = PowerDisk::switch_on(&tool, &image, &mount);
        let server = home.start();
        crowd.compare(&server);
        crowd.renew(&home, &server);
        let (keep, sector) = ([0, 300, 700, 1000][dice.place(4)], [512, 4096][dice.place(2)]);
        let (time, seed) = (Duration::from_millis(50 + dice.below(400)), dice.number() >> 1);
        crowd.write(&server, time, &["internal", "storage-full"], || drop(on.cut(keep, sector, seed)));
        drop(server.end());
        drop(on);
        let mounted = Mounted::mount(&image, &mount);
        let server = home.start();
        crowd.compare(&server);
        drop(server.end());
        drop(mounted);
    }
    last_look(&image, &mount, &home, &mut crowd);
    crowd.tell(&format!("power cuts, {engine}"), rounds);
}

/// A new disk with a new server.
fn begin(folder: &tempfile::TempDir, engine: &str, dice: &mut Dice) -> (Home, Crowd, u64) {
    let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
    disk::format(&image, DISK_MIB);
    let mounted = Mounted::mount(&image, &mount);
    let data = mounted.folder().join("data");
    let home = Home::make(
        BINARY,
        &data,
        engine,
        &[("LIMITS__RESERVE_BYTES", RESERVE), ("STORE__JOURNAL_BYTES", JOURNAL)],
    );
    let crowd = Crowd::gather(&home, dice.fork());
    (home, crowd, 0)
}

fn last_look(image: &Path, mount: &Path, home: &Home, crowd: &mut Crowd) {
    let _mounted = Mounted::mount(image, mount);
    let server = home.start();
    crowd.compare_all(&server);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn power_cut_under_load_redb_loses_nothing_that_was_acknowledged() {
    power("redb", rounds("CARNET_POWER_ROUNDS", 5));
}

#[test]
fn power_cut_under_load_sled_loses_nothing_that_was_acknowledged() {
    power("sled", rounds("CARNET_POWER_ROUNDS", 5));
}

/// Has writes and flushes of the disk fail under load: the server refuses or ends, and then has everything.
fn failing(engine: &str, rounds: u64) {
    let Some(tool) = powercut::tool() else { return };
    let mut dice = Dice::roll(&format!("failing disk, {engine}"));
    let folder = tempfile::tempdir().unwrap();
    let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
    let (home, mut crowd, _) = begin(&folder, engine, &mut dice);
    let mut ended = 0;
    for round in 0..rounds {
        let mut on = PowerDisk::switch_on(&tool, &image, &mount);
        let mut server = home.start();
        crowd.compare(&server);
        crowd.renew(&home, &server);
        let (what, number) = (["write", "flush"][usize::from(round % 2 == 1)], 1 + dice.below(60));
        on.fail(what, number);
        crowd.write(&server, Duration::from_millis(600), &["internal", "unavailable"], || ());
        let alive = server.runs();
        let (code, log) = server.end();
        let told = log.contains("durability-lost") || log.contains("\"store\"");
        println!("{what} {number} failed: {}", if alive { "the server went on" } else { "the server ended" });
        assert!(alive || told, "the server ended ({code:?}) and did not say why:\n{log}");
        ended += u64::from(!alive);
        drop(on);
        let mounted = Mounted::mount(&image, &mount);
        let server = home.start();
        crowd.compare(&server);
        drop(server.end());
        drop(mounted);
    }
    last_look(&image, &mount, &home, &mut crowd);
    crowd.tell(&format!("failing disk, {engine}, the server ended {ended} times"), rounds);
}

#[test]
fn failing_write_or_flush_redb_is_refused_or_ends_the_server_and_loses_nothing() {
    failing("redb", rounds("CARNET_FAIL_ROUNDS", 4));
}

#[test]
fn failing_write_or_flush_sled_is_refused_or_ends_the_server_and_loses_nothing() {
    failing("sled", rounds("CARNET_FAIL_ROUNDS", 4));
}

/// Fills the disk: with a reserve writes are refused and reads go on; without one the server may end too.
fn full(engine: &str, reserve: &str) {
    if powercut::tool().is_none() {
        return;
    }
    let mut dice = Dice::roll(&format!("full disk, {engine}"));
    let folder = tempfile::tempdir().unwrap();
    let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
    disk::format(&image, 96);
    let mounted = Mounted::mount(&image, &mount);
    let filler = mounted.folder().join("filler");
    let data = mounted.folder().join("data");
    let home = Home::make(BINARY, &data, engine, &[("LIMITS__RESERVE_BYTES", reserve)]);
    let mut crowd = Crowd::gather(&home, dice.fork());
    let mut server = home.start();
    crowd.renew(&home, &server);
    crowd.write(&server, Duration::from_millis(200), &["storage-full", "internal"], || {
        fill(&filler, reserve.parse().unwrap())
    });
    let patient = ["storage-full", "internal"];
    crowd.write(
        &server,
        Duration::from_millis(1500),
        if reserve == "0" { &patient } else { &patient[..1] },
        || (),
    );
    let refused = crowd.writers.iter().map(|writer| writer.refused.values().sum::<u64>()).sum::<u64>();
    let alive = server.runs();
    if reserve == "0" {
        if alive {
            drop(server.end());
        } else {
            let (code, log) = server.end();
            assert!(
                log.contains("durability-lost"),
                "the server ended ({code:?}) and did not say why:\n{log}"
            );
        }
    } else {
        assert!(alive && refused > 0, "{refused} refused, alive: {alive}");
        for writer in &mut crowd.writers {
            let client = writer.client(&server.address).unwrap();
            writer.read_all(&client).unwrap();
        }
        drop(server.end());
    }
    std::fs::remove_file(&filler).unwrap();
    let server = home.start();
    crowd.compare(&server);
    crowd.write(&server, Duration::from_millis(200), &[], || ());
    crowd.compare_all(&server);
    crowd.tell(&format!("full disk, {engine}, reserve {reserve}"), 1);
    assert_eq!(server.stop().0, Some(0));
}

/// Takes all but `left` bytes, and a little of those, so that the writers cannot but meet the end.
///
/// The room is asked for again before each piece: the server writes meanwhile, and what it keeps in reserve stays its.
fn fill(filler: &Path, left: u64) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(filler).unwrap();
    let zeroes = vec![0; 1 << 16];
    let free = || rustix::fs::statvfs(filler).map(|room| room.f_bavail * room.f_frsize).unwrap();
    while free() > left + (2 << 20) {
        if file.write_all(&zeroes).is_err() {
            return;
        }
    }
}

#[test]
fn full_disk_redb_is_refused_reads_go_on_and_freed_space_is_used() {
    full("redb", RESERVE);
}

#[test]
fn full_disk_sled_is_refused_reads_go_on_and_freed_space_is_used() {
    full("sled", RESERVE);
}

#[test]
fn disk_full_to_the_last_byte_redb_loses_nothing_that_was_acknowledged() {
    full("redb", "0");
}

#[test]
fn disk_full_to_the_last_byte_sled_loses_nothing_that_was_acknowledged() {
    full("sled", "0");
}

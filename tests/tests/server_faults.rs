//! Faults of the machine under the real server: it is killed, its disk loses power, fails, is full. Nothing that it acknowledged is lost.
//!
//! `CARNET_KILL_ROUNDS` and `CARNET_POWER_ROUNDS` ask for more rounds, `CARNET_FAULTS_SEED` for those of a run before.

#![cfg(test)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use carnet_tests::faults::client::{Client, Failed};
use carnet_tests::faults::dice::{Dice, rounds};
use carnet_tests::faults::home::{Home, Running};
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
        scope(|scope| {
            for writer in &mut self.writers {
                let client = writer.client(&server.address).unwrap();
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
            writer.compare_place(&client).unwrap();
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
    let home = Home::make(BINARY, &folder.path().join("data"), engine, &[]);
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

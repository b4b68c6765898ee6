//! A record of 10,000 documents: what a person waits for with the agent warm, and on a new machine.

use std::fs;
use std::time::{Duration, Instant};

use carnet_tests::alternate::load;
use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;

use crate::{PASSPHRASE, documents};

const ROUNDS: usize = 31;
const SYNCS: usize = 5;

pub(crate) fn run(count: usize) {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    documents::write(&anne.path("documents"), count, |_| 1500, 1);
    let begin = Instant::now();
    anne.json(&["add", "documents"]);
    println!("{count} documents of 1.5 KB added in {:.1} s; {}", begin.elapsed().as_secs_f64(), load());
    let begin = Instant::now();
    let first = anne.json(&["search", "splénomégalie"]);
    println!("first search, which indexes them: {:.1} s", begin.elapsed().as_secs_f64());
    assert_eq!(first["total"], count.div_ceil(100));
    let listed = anne.json(&["ls", "--offline"]);
    let document = listed["documents"][0]["document"].as_str().unwrap().to_owned();

    println!("| with the agent warm, {ROUNDS} rounds | median | least | most |\n|---|---|---|---|");
    let say = |what: &str, args: &[&str]| {
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| time(&anne, args)).collect();
        times.sort_unstable();
        let at = |index: usize| times[index].as_secs_f64() * 1e3;
        println!("| {what} | {:.0} ms | {:.0} ms | {:.0} ms |", at(ROUNDS / 2), at(0), at(ROUNDS - 1));
    };
    say("`search splénomégalie --offline`: in 1 of 100", &["search", "--offline", "splénomégalie"]);
    say("`search hémoglobine --offline`: in nearly all", &["search", "--offline", "hémoglobine"]);
    say("`search --offline` of three words", &["search", "--offline", "ferritine", "genou", "splenomegalie"]);
    say("`search --offline` of a word that is nowhere", &["search", "--offline", "introuvable"]);
    say("`search splénomégalie`, which asks the server first", &["search", "splénomégalie"]);
    say("`ls --offline`: the record opened, newest first", &["ls", "--offline"]);
    say("`ls`, which asks the server first", &["ls"]);
    say("`show --offline` of one document", &["show", "--offline", &document]);
    say("`get` of one document to stdout", &["get", "--offline", &document, "-o", "-"]);
    say("`status`, which opens nothing of the record", &["account", "status"]);

    let kit = fs::read(anne.path("kit.pdf")).unwrap();
    let mut times: Vec<(Duration, Duration)> = (0..SYNCS).map(|_| first_sync(&kit, count)).collect();
    times.sort_unstable();
    let (all, sync) = times[SYNCS / 2];
    println!(
        "\non a new machine, median of {SYNCS}: `recover --kit` {:.2} s in all; first sync {:.2} s; {}",
        all.as_secs_f64(),
        sync.as_secs_f64(),
        load()
    );
}

fn time(machine: &Machine, args: &[&str]) -> Duration {
    let begin = Instant::now();
    let ran = machine.command(args).output().unwrap();
    let took = begin.elapsed();
    assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    took
}

/// A recovery from the kit, and what of it is the first sync: the same less a recovery's stretching, which `unlock` measures.
fn first_sync(kit: &[u8], count: usize) -> (Duration, Duration) {
    let machine = Machine::new(PASSPHRASE);
    fs::write(machine.path("kit.pdf"), kit).unwrap();
    let begin = Instant::now();
    let recovered = machine.json(&["recover", "--kit", "kit.pdf"]);
    let all = begin.elapsed();
    assert_eq!(recovered["documents"], count);
    let begin = Instant::now();
    assert_eq!(machine.run(&["unlock"]).exit, Some(0));
    (all, all.saturating_sub(begin.elapsed()))
}

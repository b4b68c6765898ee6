//! The operator's commands on the real server: backup while people write, restore, the log after it, check, reclaim.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use carnet_cli::session::CallError;
use carnet_core::step::StepError;
use carnet_server::backup::stream::Reader;
use carnet_server::payloads::payload_path;
use carnet_tests::cast::origin;
use carnet_tests::person::{Client, Held};
use carnet_tests::server::TestServer;
use carnet_tests::settled;
use carnet_wire::message::ResponseError;
use tempfile::TempDir;

fn run(server: &TestServer, arguments: &[&str]) -> Output {
    server.command(arguments).output().unwrap()
}

fn well(server: &TestServer, arguments: &[&str]) -> String {
    let output = run(server, arguments);
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {told}");
    told
}

fn fails(server: &TestServer, arguments: &[&str]) -> String {
    let output = run(server, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(client: &mut Client, held: &mut Held, title: &str, len: usize) -> Result<(), CallError> {
    let content: Vec<u8> = (0..=252u8).cycle().take(len).collect();
    let sealed = client.seal(held, title, &content, &[]);
    client.deposit(held, vec![sealed]).map(|_| ())
}

fn code<T>(result: Result<T, CallError>) -> String {
    match result.err().expect("a refusal") {
        CallError::Step(StepError::Response(ResponseError::Refused(refusal))) => refusal.code,
        CallError::Remote(carnet_cli::RemoteError::Refused(_, refusal)) => refusal.code,
        other => panic!("{other}"),
    }
}

/// The server's newest checkpoint, as a witness would have it.
fn checkpoint(server: &TestServer, to: &Path) {
    let mut answer = ureq::get(format!("{}/v1/log/checkpoint", server.address())).call().unwrap();
    fs::write(to, answer.body_mut().read_to_vec().unwrap()).unwrap();
}

/// Loses the server's disk, but not its keys.
fn lose(server: &TestServer) {
    let folder = server.folder();
    let old = folder.with_extension("old");
    fs::rename(&folder, &old).unwrap();
    fs::create_dir(&folder).unwrap();
    let copied = std::process::Command::new("cp").arg("-a").arg(old.join("keys")).arg(&folder).status();
    assert!(copied.unwrap().success());
}

#[test]
fn what_a_restored_server_lost_is_told_and_its_log_goes_on_under_another_name_only() {
    let mut server = TestServer::start();
    let place = TempDir::new().unwrap();
    let backup = place.path().join("backup");
    let backup = backup.to_str().unwrap();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    write(&mut patient, &mut held, "Avant", 300_000).unwrap();

    // Somebody writes all the while.
    let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut other = Client::join(&server);
            let mut held = other.open_vault().unwrap();
            while !stop.load(Ordering::Relaxed) {
                let done = write(&mut other, &mut held, "Pendant", 2000);
                done.unwrap_or_else(|error| panic!("{error}: {:?}", server.log_lines()));
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
        while written.load(Ordering::Relaxed) == 0 && !writer.is_finished() {
            std::thread::yield_now();
        }
        let made = run(&server, &["backup", backup]);
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        // What was deposited a moment before has no file yet when the records are taken.
        let manifest = fs::read_to_string(Path::new(backup).join("MANIFEST")).unwrap();
        assert!(manifest.contains("\nmissing 0\n"), "{manifest}");
    });
    assert!(fails(&server, &["backup", backup]).contains("exists"));
    assert!(fails(&server, &["check"]).contains("store-locked"));

    for _ in 0..20 {
        let done = write(&mut patient, &mut held, "Après", 2000);
        done.unwrap_or_else(|error| panic!("{error}: {:?}", server.log_lines()));
    }
    let last = place.path().join("last");
    let size =
        |file: &Path| -> u64 { fs::read_to_string(file).unwrap().lines().nth(1).unwrap().parse().unwrap() };
    let kept = size(&Path::new(backup).join("checkpoint"));
    loop {
        checkpoint(&server, &last);
        if size(&last) > kept {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let last = last.to_str().unwrap();
    server.stop();
    well(&server, &["check"]);
    well(&server, &["check", backup]);

    lose(&server);
    let told = well(&server, &["restore", backup]);
    assert!(told.contains("log resume"), "{told}");
    well(&server, &["check"]);
    let refused = fails(&server, &["serve"]);
    assert!(refused.contains("log-restored") && refused.trim_end().lines().count() >= 2, "{refused}");
    assert!(fails(&server, &["log", "resume", "--checkpoint", last]).contains("log-behind"));
    let same = ["log", "succeed", "--checkpoint", last, "--origin", origin().as_str()].map(str::to_owned);
    fails(&server, &same.each_ref().map(String::as_str));
    let succeed = ["log", "succeed", "--checkpoint", last, "--origin", "carnet.example/log2"];
    assert!(well(&server, &succeed).contains("server.origin"));
    assert!(fails(&server, &["serve"]).contains("log-succeeded"));
    let config = fs::read_to_string(server.config()).unwrap();
    fs::write(server.config(), config.replace(origin().as_str(), "carnet.example/log2")).unwrap();
    server.restart();

    // Who saw more than the server has now learns so, and nothing is forked.
    patient.leave();
    assert_eq!(code(write(&mut patient, &mut held, "Ensuite", 2000)), "history-behind");
    server.stop();
    well(&server, &["check"]);
}

#[test]
fn backup_that_reaches_the_last_checkpoint_goes_on_under_its_name() {
    let mut server = TestServer::start();
    let place = TempDir::new().unwrap();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    write(&mut patient, &mut held, "Un", 5000).unwrap();
    server.stop();
    let backup = place.path().join("backup");
    let backup = backup.to_str().unwrap();
    // Of a stopped server, with its keys.
    well(&server, &["backup", "--keys", backup]);
    lose(&server);
    fs::remove_dir_all(server.folder()).unwrap();
    let last = format!("{backup}/checkpoint");
    assert!(well(&server, &["restore", backup, "--last-checkpoint", &last]).contains("goes on"));
    server.restart();
    // Sessions are not in a backup.
    assert_eq!(code(write(&mut patient, &mut held, "Deux", 5000)), "unauthenticated");
    patient.leave();
    write(&mut patient, &mut held, "Deux", 5000).unwrap();
    assert_eq!(patient.list(&held).unwrap().len(), 2);
}

#[test]
fn one_changed_byte_in_any_kind_of_file_is_found() {
    let mut server = TestServer::start();
    let place = TempDir::new().unwrap();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    write(&mut patient, &mut held, "Un", 3_000_000).unwrap();
    server.stop();
    well(&server, &["check"]);
    let backup = place.path().join("backup");
    well(&server, &["backup", backup.to_str().unwrap()]);
    // The backup shares its payloads with the server: what is changed below is changed in copies.
    let payload = files(&server.folder().join("payloads"), &|path| path.extension().is_none());
    let tree = files(&server.folder().join("payloads"), &|path| path.extension().is_some());
    for (file, expected) in [(&payload[0], "payload-damaged"), (&tree[0], "outboard-rebuilt")] {
        let whole = fs::read(file).unwrap();
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        fs::remove_file(file).unwrap();
        fs::write(file, &changed).unwrap();
        let told = fails(&server, &["check"]);
        assert!(told.contains(expected), "{told}");
        fs::write(file, &whole).unwrap();
        well(&server, &["check"]);
    }
    let (_, _, packed) = settled::packed(&server.folder())[0];
    let pack = settled::pack(&server.folder(), &packed);
    let whole = fs::read(&pack).unwrap();
    let mut changed = whole.clone();
    changed[usize::try_from(packed.start()).unwrap() + 20] ^= 1;
    fs::write(&pack, &changed).unwrap();
    assert!(fails(&server, &["check"]).contains("payload-damaged"));
    fs::write(&pack, &whole).unwrap();
    fs::rename(&pack, place.path().join("pack")).unwrap();
    assert!(fails(&server, &["check"]).contains("payload-unreadable"));
    fs::rename(place.path().join("pack"), &pack).unwrap();
    // A payload put back as a file counts, and the damaged place goes.
    let (vault, root, packed) = settled::packed(&server.folder())[0];
    let bytes = settled::bytes(&server.folder(), &vault, &root).unwrap();
    fs::write(&pack, &changed).unwrap();
    let backup_misses = |name: &str| {
        let folder = place.path().join(name);
        let _: Output = run(&server, &["backup", folder.to_str().unwrap()]);
        let manifest = fs::read_to_string(folder.join("MANIFEST")).unwrap();
        manifest.lines().find_map(|line| line.strip_prefix("missing ")).unwrap().parse::<usize>().unwrap()
    };
    assert_eq!(backup_misses("damaged"), 1);
    let back = payload_path(&server.folder(), &vault, &root);
    fs::create_dir_all(back.parent().unwrap()).unwrap();
    fs::write(&back, bytes).unwrap();
    assert_eq!(backup_misses("put-back"), 0);
    fs::rename(&pack, place.path().join("pack")).unwrap();
    assert_eq!(backup_misses("no-pack"), settled::packed(&server.folder()).len() - 1);
    fs::rename(place.path().join("pack"), &pack).unwrap();
    well(&server, &["check"]);
    assert!(settled::packed(&server.folder()).iter().all(|(.., place)| *place != packed));
    assert_eq!(settled::count(&server.folder(), &vault), settled::packed(&server.folder()).len() + 2);
    fs::rename(&payload[0], place.path().join("payload")).unwrap();
    assert!(fails(&server, &["check"]).contains("payload-missing"));
    fs::rename(place.path().join("payload"), &payload[0]).unwrap();

    let data = files(&server.folder().join("records"), &|path| path.ends_with("records.redb"));
    assert_eq!(data.len(), 1, "{data:?}");
    let whole = fs::read(&data[0]).unwrap();
    let mut spaces = Vec::new();
    for row in Reader::begin(fs::File::open(backup.join("records")).unwrap()).unwrap() {
        let (key, value) = row.unwrap();
        if spaces.contains(&key.space) || value.len() < 16 {
            continue;
        }
        let middle = value.len() / 2;
        let (from, to) = (middle.saturating_sub(8), (middle + 8).min(value.len()));
        let mut changed = whole.clone();
        let mut copies = 0;
        for at in 0..whole.len() - 16 {
            if whole[at..].starts_with(&value[from..to]) {
                changed[at + 8] ^= 1;
                copies += 1;
            }
        }
        if copies == 0 {
            continue;
        }
        spaces.push(key.space);
        fs::write(&data[0], changed).unwrap();
        fails(&server, &["check"]);
    }
    assert!(spaces.len() > 8, "{spaces:?}");
    fs::write(&data[0], whole).unwrap();
    well(&server, &["check"]);
}

#[test]
fn what_was_deleted_is_gone_from_the_disk_after_reclaim() {
    let mut server = TestServer::start();
    let mut patient = Client::join(&server);
    let mut held = patient.open_vault().unwrap();
    let sealed = patient.seal(&held, "Un", &[7; 300_000], &[]);
    let put = patient.deposit(&mut held, vec![sealed]).unwrap();
    write(&mut patient, &mut held, "Deux", 5000).unwrap();
    let metrics = ureq::get(format!("{}/metrics", server.address())).call().unwrap();
    let metrics = metrics.into_body().read_to_string().unwrap();
    for figure in ["carnet_sessions", "carnet_free_bytes", "carnet_store_commit_seconds_count"] {
        let line = metrics.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
        assert!(line.trim().parse::<f64>().unwrap() > 0.0, "{figure}{line}");
    }
    patient.delete(&mut held, &[put[0].wanted.entry]).unwrap();
    assert!(fails(&server, &["reclaim"]).contains("store-locked"));
    server.stop();
    let told = well(&server, &["reclaim"]);
    assert!(told.contains("records: ") && told.contains("payloads: "), "{told}");
    // The key entry and the other document.
    assert_eq!(settled::count(&server.folder(), &held.vault.id()), 2);
    well(&server, &["check"]);
    server.restart();
    assert_eq!(patient.list(&held).unwrap().len(), 1);
}

fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, wanted));
        } else if wanted(&path) {
            found.push(path);
        }
    }
    found.sort_by_key(|path| std::cmp::Reverse(path.metadata().unwrap().len()));
    found
}

//! Files as they lie on a person's disk, with the real programs: what is no file, what cannot be read, what changes meanwhile, what is no
//! document. Nothing is left out unsaid, and one bad file keeps no other back.

#![cfg(test)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use carnet_tests::cli::{Machine, Ran};
use carnet_tests::need;
use carnet_tests::server::TestServer;
use serde_json::Value;

const PASSPHRASE: &str = "trois petits chats";

fn anne(server: &TestServer) -> Machine {
    Machine::with_account(PASSPHRASE, server, "Anne")
}

/// What a command answers, whether it succeeds or not.
fn answer(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err))
}

fn codes(answer: &Value, list: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut codes: Vec<(String, String)> = answer[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["code"]), text(&one["file"]).rsplit('/').next().unwrap().to_owned()))
        .collect();
    codes.sort();
    codes
}

fn titles(machine: &Machine) -> Vec<String> {
    let listed = machine.json(&["ls"]);
    let rows = listed["documents"].as_array().unwrap();
    let mut titles: Vec<String> = rows.iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn spooled(machine: &Machine) -> Vec<PathBuf> {
    let spool = fs::read_dir(machine.home().join("spool"));
    spool.map(|files| files.map(|file| file.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn folder_is_added_whole_however_deep_and_what_it_leaves_out_or_cannot_read_is_named() {
    let server = TestServer::start();
    let anne = anne(&server);
    let folder = anne.path("in");
    let deep = (0..60).fold(folder.clone(), |path, _| path.join("d"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("deepest.txt"), "1").unwrap();
    fs::write(folder.join("top.txt"), "2").unwrap();
    fs::write(folder.join(".DS_Store"), "3").unwrap();
    fs::write(anne.path("elsewhere.txt"), "4").unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"caf\xe9.txt")), "5").unwrap();
    symlink("../elsewhere.txt", folder.join("link.txt")).unwrap();
    symlink("..", folder.join("up")).unwrap();
    symlink("nowhere", folder.join("broken")).unwrap();
    pipe(&folder.join("pipe"));
    let ran = anne.run(&["--json", "add", "in"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let told = answer(&ran);
    let pair = |code: &str, file: &str| (code.to_owned(), file.to_owned());
    assert_eq!(codes(&told, "refused"), [pair("file", "broken")]);
    let left = [pair("left-hidden", ".DS_Store"), pair("left-link", "up"), pair("left-special", "pipe")];
    assert_eq!(codes(&told, "left_out"), left);
    assert_eq!(titles(&anne), ["caf\u{fffd}", "deepest", "link", "top"]);
    // In words, too.
    let again = anne.run(&["add", "in"]);
    for name in ["broken", ".DS_Store", "in/up", "in/pipe"] {
        assert!(again.out.contains(name), "{name}: {}", again.out);
    }
}

#[test]
fn pipe_or_device_is_refused_unread_and_the_other_files_are_added() {
    let server = TestServer::start();
    let anne = anne(&server);
    pipe(&anne.path("pipe"));
    fs::write(anne.path("one.txt"), "one").unwrap();
    let ran = anne.run(&["--json", "add", "pipe", "/dev/zero", "missing.txt", "one.txt"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let refused: Vec<String> = codes(&answer(&ran), "refused").into_iter().map(|(code, _)| code).collect();
    assert_eq!(refused, ["file", "file-device", "file-pipe"]);
    assert_eq!(titles(&anne), ["one"]);
    assert!(spooled(&anne).is_empty());
    for (command, code) in
        [(["replace", "one", "pipe"], "file-pipe"), (["replace", "one", "run"], "replace-one")]
    {
        assert_eq!(anne.refused(&command), code);
    }
}

#[test]
fn what_another_program_pours_in_is_added_by_whichever_name_the_shell_gives_it() {
    let server = TestServer::start();
    let anne = anne(&server);
    for (name, text) in [("-", "one"), ("/dev/stdin", "two"), ("/dev/fd/0", "three")] {
        let mut child = anne
            .command(&["--json", "add", name, "--title", text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.exit, Some(0), "{name}: {}", ran.err);
    }
    assert_eq!(titles(&anne), ["one", "three", "two"]);
}

#[test]
fn kit_share_passphrase_file_or_key_is_no_document_wherever_it_lies_and_keeps_no_other_back() {
    let server = TestServer::start();
    let anne = anne(&server);
    let folder = anne.path("in");
    fs::create_dir(&folder).unwrap();
    let by = ["--kit", "kit.pdf"];
    let ways: [&[&str]; 2] = [&["kit", "in/kit.txt"], &["contacts", "2/3", "in/shares"]];
    for way in ways {
        anne.json(&[&["account", "add-way"][..], way, &by].concat());
    }
    fs::copy(anne.path("kit.pdf"), folder.join("plan.pdf")).unwrap();
    fs::copy(anne.path("copy.age"), folder.join("copy.age")).unwrap();
    // The code alone, in capitals and over several lines, within other words.
    let kit = fs::read_to_string(folder.join("kit.txt")).unwrap();
    let at = kit.find("carnet-kit1").unwrap();
    let code: String = kit[at..].split_whitespace().next().unwrap().to_uppercase();
    let lines: Vec<&str> = code.as_bytes().chunks(40).map(|line| str::from_utf8(line).unwrap()).collect();
    fs::write(folder.join("note.txt"), format!("Important !\n{}\nA garder.", lines.join("\n"))).unwrap();
    fs::write(folder.join("page.html"), format!("<html><body><p>{code}</p></body></html>")).unwrap();
    let code = code.to_lowercase();
    let groups: Vec<&str> = code.as_bytes().chunks(4).map(|group| str::from_utf8(group).unwrap()).collect();
    let disguises = [
        format!("My kit is {code}."),
        format!("({code})"),
        format!(r#"{{"kit":"{code}"}}"#),
        format!("see https://example.org/{code}?a=1"),
        format!("<html><!-- {code} --><p>Page</p></html>"),
        groups.join(" "),
        code.replacen('q', "q\u{200b}", 3),
    ];
    for (number, disguise) in disguises.iter().enumerate() {
        fs::write(anne.path("disguise.txt"), disguise).unwrap();
        let ran = anne.run(&["--json", "add", "disguise.txt"]);
        let refused = codes(&answer(&ran), "refused");
        assert_eq!(refused, [("file-way-back".to_owned(), "disguise.txt".to_owned())], "{number}");
    }
    fs::write(folder.join("bio.txt"), "Glycemie 0,92 g/L; the word carnet-kit1 opens nothing").unwrap();
    let ran = anne.run(&["--json", "add", "in"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let told = answer(&ran);
    let refused: Vec<String> =
        codes(&told, "refused").into_iter().map(|(code, file)| format!("{code} {file}")).collect();
    let mut names: Vec<&str> = refused.iter().map(|one| one.split_once(' ').unwrap().1).collect();
    names.sort_unstable();
    assert_eq!(told["added"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(names.len(), 8, "{refused:?}");
    assert!(refused.contains(&"file-passphrase copy.age".to_owned()), "{refused:?}");
    assert_eq!(titles(&anne), ["bio"]);
    // Nor in the place of another document, nor with what is broken.
    assert_eq!(anne.refused(&["replace", "bio", "in/kit.txt"]), "file-way-back");
    // Nor as a title, which more people read: 32 bytes of zeros as words (BIP 39).
    let words = format!("{}art", "abandon ".repeat(23));
    fs::write(anne.path("note.txt"), "Ferritine 12").unwrap();
    let told = answer(&anne.run(&["--json", "add", "note.txt", "--title", &words]));
    assert_eq!(told["refused"][0]["code"], "file-way-back", "{told}");
    assert!(told["refused"][0]["what"].as_str().unwrap().starts_with("--title "), "{told}");
    assert_eq!(anne.refused(&["edit", "bio", "--title", &words]), "file-way-back");
    assert_eq!(titles(&anne), ["bio"]);
    assert_eq!(anne.run(&["add", "--as-is", "in/plan.pdf"]).exit, Some(1));
}

#[test]
fn long_file_that_changes_while_it_is_added_is_refused_and_added_once_it_is_at_rest() {
    let server = TestServer::start();
    let anne = anne(&server);
    let path = anne.path("long.bin");
    fs::write(&path, vec![1; 40 << 20]).unwrap();
    let (file, done) = (fs::File::options().write(true).open(&path).unwrap(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in (0..=250_u8).cycle() {
                file.write_all_at(&[round; 16], 20 << 20).unwrap();
                if done.load(Ordering::Acquire) {
                    return;
                }
            }
        });
        let ran = anne.run(&["--json", "add", "long.bin"]);
        done.store(true, Ordering::Release);
        assert_eq!(ran.exit, Some(1), "{}", ran.err);
        assert_eq!(codes(&answer(&ran), "refused"), [("file-changed".to_owned(), "long.bin".to_owned())]);
    });
    assert!(spooled(&anne).is_empty());
    assert!(titles(&anne).is_empty());
    let content = fs::read(&path).unwrap();
    anne.json(&["add", "long.bin"]);
    anne.json(&["get", "long", "-o", "back.bin"]);
    assert!(fs::read(anne.path("back.bin")).unwrap() == content);
}

#[test]
fn entry_of_a_bundle_that_is_no_resource_is_named_and_the_others_are_taken() {
    let server = TestServer::start();
    let anne = anne(&server);
    let whole =
        r#"{"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "Sodium"}}}"#;
    let entries = [
        whole,
        r#"{"resource": {"status": "final", "code": {"text": "Potassium"}}}"#,
        "5",
        r#"{"resource": null}"#,
        r#"{"response": {"status": "204"}}"#,
    ];
    let bundle =
        format!(r#"{{"resourceType": "Bundle", "type": "collection", "entry": [{}]}}"#, entries.join(","));
    fs::write(anne.path("lot.json"), bundle).unwrap();
    let ran = anne.run(&["--json", "import", "lot.json"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    let told = answer(&ran);
    let pair = |place: &str| ("file-entry".to_owned(), format!("lot.json:{place}"));
    assert_eq!(codes(&told, "refused"), [pair("2"), pair("3"), pair("4")]);
    assert_eq!(titles(&anne), ["Sodium"]);
}

/// A small file system in memory. Dropped: unmounted.
struct Small(PathBuf);

impl Small {
    fn mount(folder: &Path, mebibytes: u64) -> Self {
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).status();
        assert!(mounted.unwrap().success());
        Self(folder.to_owned())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["--lazy"]).arg(&self.0).status();
    }
}

#[test]
fn disk_that_a_long_document_fills_is_free_again_and_the_next_one_is_added() {
    let Some(()) = need::root() else { return };
    let server = TestServer::start();
    let anne = anne(&server);
    fs::write(anne.path("before.txt"), "before").unwrap();
    anne.json(&["add", "before.txt"]);
    let spool = anne.home().join("spool");
    fs::create_dir_all(&spool).unwrap();
    let _small = Small::mount(&spool, 4);
    fs::write(anne.path("big.bin"), vec![7; 6_000_000]).unwrap();
    fs::write(anne.path("small.txt"), "small").unwrap();
    let ran = anne.run(&["--json", "add", "big.bin", "small.txt"]);
    assert_eq!(ran.exit, Some(1), "{}", ran.err);
    assert_eq!(codes(&answer(&ran), "refused"), [("file-no-room".to_owned(), "big.bin".to_owned())]);
    assert!(spooled(&anne).is_empty(), "{:?}", spooled(&anne));
    assert_eq!(titles(&anne), ["before", "small"]);
    fs::write(anne.path("fits.bin"), vec![8; 2_000_000]).unwrap();
    anne.json(&["add", "fits.bin"]);
    assert_eq!(titles(&anne), ["before", "fits", "small"]);
}

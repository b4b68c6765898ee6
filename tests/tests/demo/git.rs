//! What is tried inside a checkout leaves nothing for git to see: no key, no kit.

use std::fs;
use std::path::Path;
use std::process::Command;

use carnet_tests::need;

use crate::stage::Demo;

#[test]
fn git_sees_nothing_of_a_demo_wherever_in_a_checkout_it_lies() {
    let Some(checkout) = checkout() else { return };
    let folder = checkout.path().join("somewhere/demo");
    let path = checkout.path().to_path_buf();
    let demo = Demo::with(checkout, folder.clone());
    demo.run(&[], "carnet --as patient --json ls > ls.json\n");
    assert!(folder.join("people").is_dir() && folder.join("autorite").is_dir());
    let seen = seen(&path);
    assert!(seen.iter().all(|file| file.starts_with("programs/")), "{seen:?}");
}

#[test]
fn git_sees_no_key_of_a_server_that_is_tried_in_a_checkout() {
    let Some(checkout) = checkout() else { return };
    let readme = fs::read_to_string(need::repository().join("README.md")).unwrap();
    let command = readme.lines().find(|line| line.contains(" init --origin ")).unwrap();
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    init(checkout.path(), &arguments);
    assert_eq!(seen(checkout.path()), [""; 0], "as README.md shows it: {command}");
    let elsewhere = ["--config", "try.toml", "init", "--origin", "carnet.example/log", "--folder", "try"];
    init(checkout.path(), &elsewhere);
    assert!(checkout.path().join("try/keys/log.seed").is_file());
    assert_eq!(seen(checkout.path()), ["try.toml"], "the configuration has no secret in it");
}

#[test]
fn readme_puts_every_kit_and_copy_outside_the_checkout() {
    let readme = fs::read_to_string(need::repository().join("README.md")).unwrap();
    let mut words = readme.split_whitespace();
    let mut named = 0;
    while let Some(word) = words.next() {
        if word == "--kit" || word == "--passphrase-file" {
            let file = words.next().unwrap();
            assert!(file.starts_with("~/"), "{word} {file}");
            named += 1;
        }
    }
    assert!(named >= 4, "{named}");
}

fn init(folder: &Path, arguments: &[&str]) {
    let server = env!("CARGO_BIN_EXE_server-under-test");
    let made = Command::new(server).args(arguments).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// A repository with our `.gitignore`, all of it committed.
fn checkout() -> Option<tempfile::TempDir> {
    need::program("git")?;
    let folder = tempfile::tempdir().unwrap();
    fs::copy(need::repository().join(".gitignore"), folder.path().join(".gitignore")).unwrap();
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", ".gitignore"]);
    let who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    git(folder.path(), &[&who[..], &["commit", "--quiet", "-m", "first"]].concat());
    Some(folder)
}

/// Each file that git would add.
fn seen(folder: &Path) -> Vec<String> {
    let status = git(folder, &["status", "--porcelain", "--untracked-files=all"]);
    status.lines().filter_map(|line| line.get(3..)).map(str::to_owned).collect()
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let ran = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

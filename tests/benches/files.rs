//! Sealing a file of 1 GiB, whole processes: the example `seal_file`, `cp`, and Debian's `age`, in turn.
//!
//! `cargo build --release -p carnet-core --example seal_file` first.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench that fails stops")]
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use carnet_tests::alternate::{Contender, race};
use carnet_tests::need::{program, repository};

const LEN: u64 = 1 << 30;
const ROUNDS: usize = 9;
/// Nobody has its identity.
const TO: &str = "age1fjs764pmrfglefuu9pjh557kepwkv2twdyvsxndafjvu3mt5lfcquu56gq";

fn main() {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    let seal_file = target.join("release/examples/seal_file");
    let folder = target.join("bench-files");
    fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name);
    let (content, payload, copy, age) = (path("content"), path("payload"), path("copy"), path("age"));
    let mut random = File::open("/dev/urandom").unwrap().take(LEN);
    io::copy(&mut random, &mut File::create(&content).unwrap()).unwrap();
    for (title, fresh) in [("into a new file", true), ("over the last run's file", false)] {
        let run = |command: &mut Command| assert!(command.status().unwrap().success());
        let before = |out: &Path| {
            if fresh {
                drop(fs::remove_file(out));
            }
        };
        let mut contenders = vec![
            Contender::new("Carnet: seal_file", || {
                run(Command::new(&seal_file).arg(&content).arg(path("grant")).arg(&payload));
            })
            .before(|| before(&payload)),
            Contender::new("cp", || run(Command::new("cp").arg(&content).arg(&copy)))
                .before(|| before(&copy)),
        ];
        if program("age").is_some() {
            contenders.push(
                Contender::new("Debian's age", || {
                    run(Command::new("age").args(["-r", TO, "-o"]).arg(&age).arg(&content));
                })
                .before(|| before(&age)),
            );
        }
        race(&format!("Sealing a file of 1 GiB {title}"), ROUNDS, LEN, contenders);
    }
    fs::remove_dir_all(&folder).unwrap();
}

//! One file of 1 GiB: sealed, uploaded, durable; against `age`, then `curl -T` to nginx (WebDAV), then a sync.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Command;

use carnet_tests::alternate::{Contender, race};
use carnet_tests::cli::Machine;
use carnet_tests::need::program;
use carnet_tests::nginx::{Nginx, sync};
use carnet_tests::server::TestServer;

use crate::PASSPHRASE;

const LEN: u64 = 1 << 30;
const ROUNDS: usize = 5;

pub(crate) fn run() {
    if ["nginx", "curl", "age", "age-keygen"].iter().any(|name| program(name).is_none()) {
        return;
    }
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let peer = server.folder().join("peer");
    let nginx = Nginx::start(&peer);
    let identity = Command::new("age-keygen").output().unwrap();
    let identity = String::from_utf8(identity.stdout).unwrap();
    let recipient = identity.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();

    let (ours, theirs) = (anne.path("scanner.bin"), peer.join("scanner.bin"));
    for path in [&ours, &theirs] {
        let mut file = fs::File::create(path).unwrap();
        let block: Vec<u8> =
            (0..1 << 20).map(|at: u32| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
        (0..LEN >> 20).for_each(|_| file.write_all(&block).unwrap());
    }
    let sealed = peer.join("scanner.age");
    let mut round = 0u64;
    let add = || {
        // Another content each time: what is there already is not added.
        round += 1;
        let mut file = fs::OpenOptions::new().write(true).open(&ours).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&round.to_be_bytes()).unwrap();
        drop(file);
        anne.json(&["add", "scanner.bin", "--title", &format!("scanner {round}")]);
    };
    let mut name = 0u64;
    let put = || {
        // What was added before stays, here as there.
        name += 1;
        let url = format!("{}/file-{name}", nginx.address());
        let age = Command::new("age").args(["-r", recipient, "-o"]).arg(&sealed).arg(&theirs).status();
        assert!(age.unwrap().success());
        let curl = Command::new("curl").args(["-sS", "-T"]).arg(&sealed).arg(&url).status();
        assert!(curl.unwrap().success());
        sync(&peer);
    };
    let ours = Contender::new("`carnet add`: sealed, uploaded, durable", add);
    let theirs = Contender::new("`age`, then `curl -T` to nginx, then `sync -f`", put);
    race("1 GiB added", ROUNDS, LEN, vec![ours, theirs]);
    drop(nginx);
}

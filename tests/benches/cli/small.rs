//! 2,000 small documents made durable, against `rclone copy` to a crypt remote over WebDAV and `restic backup` to a local folder.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;

use carnet_tests::alternate::{Contender, race};
use carnet_tests::cli::Machine;
use carnet_tests::need::program;
use carnet_tests::nginx::{MODULE, Nginx, sync};
use carnet_tests::server::TestServer;

use crate::{PASSPHRASE, documents};

const ROUNDS: usize = 5;

pub(crate) fn run(count: usize, with_rclone: bool) {
    if ["rclone", "restic"].iter().any(|name| program(name).is_none()) {
        return;
    }
    if !Path::new(MODULE).is_file() {
        println!("rclone needs nginx with libnginx-mod-http-dav-ext");
        return;
    }
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let peer = server.folder().join("peer");
    fs::create_dir_all(&peer).unwrap();
    // Each run of each contender has documents of its own, written and synced beforehand: nothing is there already.
    for round in 0..=ROUNDS {
        for (owner, folder) in ["carnet", "rclone", "restic"].iter().enumerate() {
            let seed = (round * 3 + owner + 1) as u64;
            let at = if owner == 0 {
                anne.path(&format!("{folder}-{round}"))
            } else {
                peer.join(format!("{folder}-{round}"))
            };
            documents::write(&at, count, documents::usual, seed);
        }
    }
    sync(&peer);
    let bytes: u64 = (0..count).map(|at| documents::usual(at) as u64).sum();
    let dav = Nginx::start(&peer);
    let rclone = |args: &[&str]| {
        let mut command = Command::new("rclone");
        command
            .arg("--config")
            .arg(peer.join("rclone.conf"))
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", &peer);
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let secret = rclone(&["obscure", "un secret pour rclone"]);
    let config = format!(
        "[dav]\ntype = webdav\nurl = {}\nvendor = other\n\n[crypt]\ntype = crypt\nremote = dav:vault\npassword = {}\n",
        dav.address(),
        secret.trim()
    );
    fs::write(peer.join("rclone.conf"), config).unwrap();
    let restic = |args: &[&str]| {
        let mut command = Command::new("restic");
        command.arg("-r").arg(peer.join("restic-repository")).args(args).current_dir(&peer);
        command
            .env("RESTIC_PASSWORD", "un secret pour restic")
            .env("RESTIC_CACHE_DIR", peer.join("restic-cache"));
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    restic(&["init"]);

    let rounds = [Cell::new(0), Cell::new(0), Cell::new(0)];
    let next = |owner: usize| rounds[owner].replace(rounds[owner].get() + 1);
    let add = || {
        let added = anne.json(&["add", &format!("carnet-{}", next(0))]);
        assert_eq!(added["added"].as_array().map(Vec::len), Some(count), "{added}");
    };
    let copy = || {
        let round = next(1);
        rclone(&["copy", peer.join(format!("rclone-{round}")).to_str().unwrap(), &format!("crypt:{round}")]);
        sync(&peer);
    };
    let backup = || {
        restic(&["backup", "-q", &format!("restic-{}", next(2))]);
        sync(&peer);
    };
    let mut contenders =
        vec![Contender::new("`carnet add FOLDER`: sealed, signed, durable on the server", add)];
    // It takes more than a minute for 2,000.
    if with_rclone {
        let name = "`rclone copy` to a crypt remote over WebDAV, then `sync -f`";
        contenders.push(Contender::new(name, copy));
    }
    contenders.push(Contender::new("`restic backup` to a local folder, then `sync -f`", backup));
    race(
        &format!("{count} documents of {} KB on average", bytes / count as u64 / 1000),
        ROUNDS,
        bytes,
        contenders,
    );
}

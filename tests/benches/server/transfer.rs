//! One payload of 1 GiB up and down, in turn with `curl` and nginx over WebDAV on the same disk, each upload followed by a sync.

use std::fs;
use std::process::Command;

use carnet_core::spooled::Spooled;
use carnet_core::step::UploadProgress;
use carnet_tests::alternate::{Contender, race};
use carnet_tests::need::program;
use carnet_tests::nginx::{Nginx, sync};
use carnet_tests::person::Client;
use carnet_tests::server::TestServer;

const LEN: usize = 1 << 30;
const ROUNDS: usize = 5;

pub(crate) fn run(engine: &str) {
    if program("nginx").is_none() || program("curl").is_none() {
        return;
    }
    let server = TestServer::start_with(&[("STORE__ENGINE", engine)]);
    let mut client = Client::join(&server);
    let mut held = client.open_vault().unwrap();
    let folder = server.folder().join("peer");
    let nginx = Nginx::start(&folder);

    // Sealed beforehand, once a round: each upload is of other bytes.
    let content = vec![7; LEN - 4096];
    let mut ready: Vec<_> = (0..=ROUNDS)
        .map(|round| {
            let (sealed, payload) = client.seal(&held, "x", &content, &[]);
            let spool = folder.join(format!("spool-{round}"));
            fs::write(&spool, payload).unwrap();
            (client.sign(&held, vec![sealed]), spool)
        })
        .collect();
    drop(content);
    let spool = folder.join("spool-0");
    let url = format!("{}/file", nginx.address());
    let mut last = None;
    let put = || {
        let status = Command::new("curl").args(["-sS", "-T"]).arg(&spool).arg(&url).status().unwrap();
        assert!(status.success());
        sync(&folder);
    };
    let upload = || {
        let (signed, spool) = ready.pop().unwrap();
        let sealed = &signed.sealed[0];
        let ask = Spooled::check(sealed.item(), fs::File::open(&spool).unwrap()).unwrap().unwrap();
        let mut ask = ask.start(&held.vault.id());
        let uploaded = loop {
            let token = client.token().unwrap();
            let mut file = fs::File::open(&spool).unwrap();
            let response = client.remote().send(&ask.request, Some(&token), Some(&mut file)).unwrap();
            match ask.then.receive(&response).unwrap() {
                UploadProgress::Send(next) => ask = next,
                UploadProgress::Done(uploaded) => break uploaded,
            }
        };
        last = client.submit(&mut held, &signed, &[uploaded]).unwrap().first().map(|put| put.wanted);
    };
    let len = u64::try_from(LEN).unwrap();
    let ours = Contender::new("Carnet: upload and deposit, durable", upload);
    race("1 GiB up", ROUNDS, len, vec![ours, Contender::new("curl -T to nginx, then sync", put)]);

    // Both downloads by curl: what is compared is the servers.
    let wanted = last.unwrap();
    let token: String = client.token().unwrap().token.iter().map(|byte| format!("{byte:02x}")).collect();
    let (vault, entry, version) = (held.vault.id(), wanted.entry, wanted.version);
    let ours = format!("{}/v1/vaults/{vault}/entries/{entry}/versions/{version}/payload", server.address());
    let get = |url: &str, header: &str| {
        let out = folder.join("down");
        let status = Command::new("curl").args(["-sSf", "-H", header, "-o"]).arg(&out).arg(url).status();
        assert!(status.unwrap().success());
    };
    let ours = Contender::new("Carnet", || get(&ours, &format!("Authorization: Bearer {token}")));
    race("1 GiB down by curl", ROUNDS, len, vec![ours, Contender::new("nginx", || get(&url, "X-None: 1"))]);
    drop(nginx);
}

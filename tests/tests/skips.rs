//! A test that lacks something is recorded by name, and fails in CI.

#![cfg(test)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use carnet_tests::need;

#[test]
fn missing_program_is_recorded_under_the_name_of_its_test() {
    if is_child() {
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skips.tsv");
    let _ = fs::remove_file(&file);
    let output = run_child("missing_program_is_recorded_under_the_name_of_its_test", &file, "false");
    assert!(output.status.success(), "{output:?}");
    let recorded = fs::read_to_string(&file).unwrap();
    let (test, what) = recorded.trim_end().split_once('\t').unwrap();
    assert!(test.ends_with(" missing_program_is_recorded_under_the_name_of_its_test"), "{test}");
    assert_eq!(what, "the program carnet-no-such-program");
}

#[test]
fn missing_program_fails_in_ci() {
    if is_child() {
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skips-ci.tsv");
    let output = run_child("missing_program_fails_in_ci", &file, "true");
    assert!(!output.status.success(), "{output:?}");
    assert!(!file.exists());
}

#[test]
fn missing_data_is_recorded_with_why_no_registry_has_it() {
    if is_child() {
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skips-data.tsv");
    let _ = fs::remove_file(&file);
    let output = run_child("missing_data_is_recorded_with_why_no_registry_has_it", &file, "false");
    assert!(output.status.success(), "{output:?}");
    let recorded = fs::read_to_string(&file).unwrap();
    let lacked: Vec<&str> =
        recorded.lines().filter_map(|line| line.split_once('\t')).map(|cells| cells.1).collect();
    assert_eq!(
        lacked[1..],
        [
            "../shared/data/crypto/cctv-ed25519/none: vectors that no registry carries",
            "../shared/data/dicom/none: a body of real documents",
            "../shared/cases/files/none: a body of real documents",
            "../shared/tools/none",
        ]
    );
}

/// Runs a test of this file again as a child, which lacks something that nothing has.
fn run_child(test: &str, skip_file: &Path, ci: &str) -> Output {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--test-threads=1"])
        .env_remove("NEXTEST_TEST_NAME")
        .env("CARNET_SKIPS_CHILD", "yes")
        .env("CARNET_SKIP_FILE", skip_file)
        .env("CI", ci)
        .output()
        .unwrap()
}

fn is_child() -> bool {
    let child = env::var_os("CARNET_SKIPS_CHILD").is_some();
    if child {
        assert!(need::program("carnet-no-such-program").is_none());
        if env::args().any(|argument| argument.starts_with("missing_data")) {
            assert!(
                need::shared("crypto/cctv-ed25519/none").is_none() && need::shared("dicom/none").is_none()
            );
            assert!(need::cases("files/none").is_none() && need::tool("none").is_none());
        }
    }
    child
}

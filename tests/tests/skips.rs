//! A test that lacks something is recorded by name, and fails in CI.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use carnet_tests::need;

/// The child of the tests below: they run it by name with another environment.
#[test]
#[ignore = "run by the other tests of this file"]
fn child_needs_a_program_that_no_one_has() {
    assert!(need::program("carnet-no-such-program").is_none());
}

#[test]
fn missing_program_is_recorded_under_the_name_of_its_test() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skips.tsv");
    let _ = fs::remove_file(&file);
    let output = run_child(&[("CARNET_SKIP_FILE", file.to_str().unwrap()), ("CI", "false")]);
    assert!(output.status.success(), "{output:?}");
    let recorded = fs::read_to_string(&file).unwrap();
    let (test, what) = recorded.trim_end().split_once('\t').unwrap();
    assert!(test.ends_with(" child_needs_a_program_that_no_one_has"), "{test}");
    assert_eq!(what, "the program carnet-no-such-program");
}

#[test]
fn missing_program_fails_in_ci() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skips-ci.tsv");
    let output = run_child(&[("CARNET_SKIP_FILE", file.to_str().unwrap()), ("CI", "true")]);
    assert!(!output.status.success(), "{output:?}");
    assert!(!file.exists());
}

fn run_child(environment: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_needs_a_program_that_no_one_has", "--ignored", "--test-threads=1"])
        .env_remove("NEXTEST_TEST_NAME")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

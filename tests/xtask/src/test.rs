//! `cargo xtask test`: everything that shows whether Carnet works, and closing tables of what others' vectors proved and of what did
//! not run.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::closing::{self, Notes};
use crate::step::{self, Failure, Steps, cargo, say};
use crate::{Install, setup};

/// Runs all tests. Its last line is `N passed, N failed, N skipped`, which goes to `log` too.
pub(crate) fn test(install: Install, log: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut steps = Steps::default();
    setup::setup(&mut steps, install);
    steps.run("wasm build", &mut web_build());

    let notes = Notes::new();
    let mut count = Count::default();
    for (name, mut command) in [("tests", tests()), ("doctests", cargo("test"))] {
        if name == "doctests" {
            command.args(["--workspace", "--doc", "--no-fail-fast"]);
        }
        command.env("CARNET_SKIP_FILE", &notes.skipped).env("CARNET_PROVEN_FILE", &notes.proven);
        let told = steps.read(name, &mut command);
        count.add(&told);
    }

    let (proven, skipped) = (closing::take_lines(&notes.proven), closing::take_lines(&notes.skipped));
    for table in [closing::proven(&proven), closing::skipped(&skipped)].into_iter().flatten() {
        say(&table);
    }
    let ended = steps.end();
    // A build that failed ran no test: that is a failure to count, too.
    let failed = if ended.is_err() { count.failed.max(1) } else { count.failed };
    let missing = closing::tests_of(&skipped);
    let passed = count.passed.saturating_sub(missing);
    let result = format!("{passed} passed, {failed} failed, {} skipped", missing + count.ignored);
    if let Some(log) = log {
        fs::write(log, format!("{result}\n"))
            .map_err(|error| Failure::new(format!("{}: {error}", log.display()), "name another file"))?;
    }
    if let Err(failure) = &ended {
        say(&failure.to_string());
    }
    say(&result);
    Ok(if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the worker and its bindings.
pub(crate) fn web_build() -> Command {
    let mut command = cargo("run");
    command.args(["--quiet", "--package", "carnet-web-build"]);
    command
}

fn tests() -> Command {
    let nextest = step::output(cargo("nextest").arg("--version")).is_ok();
    if nextest {
        let mut command = cargo("nextest");
        command.args(["run", "--workspace", "--no-fail-fast", "--color", "never"]);
        command
    } else {
        let mut command = cargo("test");
        command.args(["--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
        command
    }
}

/// The counts of all runners.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Count {
    /// Adds up the closing lines of cargo test (`test result: ok. 3 passed; 0 failed; 1 ignored; …`) and of nextest
    /// (`Summary [0.1s] 4 tests run: 3 passed (1 slow), 1 failed, 2 skipped`).
    fn add(&mut self, told: &str) {
        for line in told.lines() {
            // Nextest shows the closing line of each test that failed, indented: it is no count of its own.
            if !line.starts_with("test result: ") && !line.trim_start().starts_with("Summary [") {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            for pair in words.windows(2) {
                let [number, word] = pair else { continue };
                let Ok(number) = number.parse::<usize>() else { continue };
                match word.trim_end_matches([',', ';']) {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    "ignored" | "skipped" => self.ignored += number,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_add_up() {
        let mut count = Count::default();
        count.add("test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.07s");
        count.add("    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        count.add("     Summary [   0.103s] 5 tests run: 4 passed (1 slow), 1 failed, 1 skipped");
        assert_eq!(count, Count { passed: 7, failed: 2, ignored: 3 });
    }

    #[test]
    fn words_of_a_test_are_no_count() {
        let mut count = Count::default();
        count.add("the vector says: 9 passed, 9 failed");
        assert_eq!(count, Count::default());
    }
}

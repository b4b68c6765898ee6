//! `cargo xtask lint`: all that can be said about the code without running it, cheap first.

use std::process::Command;

use crate::Install;
use crate::step::{self, Failure, Steps, cargo, say};
use crate::tools::Tool;

/// Runs all of them, whatever fails.
pub(crate) fn lint(install: Install) -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("fmt", cargo("fmt").args(["--all", "--check"]));
    steps.run("clippy", cargo("clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]));
    steps.run(
        "clippy for WASM",
        cargo("run").args(["--quiet", "--package", "carnet-web-build", "--", "lint"]),
    );
    let mut doc = cargo("doc");
    doc.args(["--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    steps.run("docs", &mut doc);
    scripts(&mut steps);

    if let Some(mut deny) = Tool::DENY.command(&mut steps, install) {
        deny.args(["--log-level", "error", "check", "bans", "licenses", "sources"]);
        steps.run("licences and sources", deny.current_dir(step::repository()));
    }
    advisories(&mut steps, install);
    steps.end()
}

/// The shell of `.ci/run`.
fn scripts(steps: &mut Steps) {
    if step::output(Command::new("shellcheck").arg("--version")).is_ok() {
        steps.run("shellcheck", Command::new("shellcheck").arg(".ci/run").current_dir(step::repository()));
    }
}

/// Against a copy of the RustSec database beside the checkout: no network, and the same answer each time.
fn advisories(steps: &mut Steps, install: Install) {
    let database = step::repository().join("../shared/data/advisory-db");
    if !database.is_dir() {
        let missing = "no RustSec database in ../shared/data/advisory-db";
        if step::in_ci() {
            steps.fail("advisories", missing);
        } else {
            say(&format!("--- advisories: left out: {missing}"));
        }
        return;
    }
    if let Some(mut audit) = Tool::AUDIT.command(steps, install) {
        audit.args(["audit", "--no-fetch", "--stale", "--db"]).arg(database);
        steps.run("advisories", audit.current_dir(step::repository()));
    }
}

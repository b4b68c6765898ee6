//! `cargo xtask`: the one command for whoever works on Carnet.
//!
//! It stands on the standard library and an argument parser, so that it starts in seconds; what needs more is a crate
//! that it calls. It installs nothing on the system unless told to (`--install`, or `CI=true` as root).

mod closing;
mod demo;
mod dist;
mod lint;
mod progress;
mod setup;
mod step;
mod test;
mod tools;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::step::{Failure, Steps, cargo};
use crate::tools::Tool;

const USAGE: &str = "\
Usage: cargo xtask VERB [--install]

  setup          installs what the verbs below need, or says how
  test           builds everything, runs all tests, natively and in WASM, and tells which were skipped and why
  lint           format, clippy, docs, licences, sources, advisories
  web            builds the web worker and its bindings into web/ of the target folder
  dist           builds the release programs, stripped, with their symbols apart, into dist/ of the target folder
  bench [wasm]   runs the benchmarks, or those of the web build; docs/benchmarks*.md say how to read them
  fuzz SECONDS   runs each fuzz target for so long
  demo [--reset] starts Carnet with people and documents made up, and opens a shell inside; --reset begins again

  --log FILE     after `test`: also writes its closing line to a file
  --install      as root, lets `setup` and `test` install Debian packages, and lets `lint` install its tools";

#[derive(Debug)]
enum Verb {
    Setup,
    Test { log: Option<PathBuf> },
    Lint,
    Web,
    Dist,
    Bench,
    BenchWasm,
    Fuzz { seconds: u32 },
    Demo { reset: bool },
    Help,
}

/// Whether this run may install what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Install {
    /// It may: `--install`, or `CI=true`.
    Allowed,
    /// It only says how.
    Explained,
}

fn main() -> ExitCode {
    let wish = parse(lexopt::Parser::from_env())
        .map_err(|error| Failure::new(error.to_string(), "cargo xtask --help shows what it takes"));
    let (verb, install) = match wish {
        Ok(wish) => wish,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            return ExitCode::from(2);
        }
    };
    match run(verb, install) {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb, install: Install) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Setup => setup(install)?,
        Verb::Test { log } => return test::test(install, log.as_deref()),
        Verb::Lint => lint::lint(install)?,
        Verb::Web => web()?,
        Verb::Dist => dist::dist()?,
        Verb::Bench => bench()?,
        Verb::BenchWasm => bench_wasm()?,
        Verb::Fuzz { seconds } => fuzz(seconds)?,
        Verb::Demo { reset } => return demo::demo(reset),
        Verb::Help => step::say(USAGE),
    }
    Ok(ExitCode::SUCCESS)
}

fn setup(install: Install) -> Result<(), Failure> {
    let mut steps = Steps::default();
    setup::setup(&mut steps, install);
    for tool in [Tool::DENY, Tool::AUDIT] {
        tool.command(&mut steps, install);
    }
    steps.end()
}

fn web() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("web", &mut test::web_build());
    steps.end()
}

fn bench() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("example", cargo("build").args(["--release", "-p", "carnet-core", "--example", "seal_file"]));
    for bench in ["seal", "grants", "files"] {
        steps.run(bench, cargo("bench").args(["-p", "carnet-tests", "--bench", bench]));
    }
    step::say("Figures worth keeping go to docs/benchmarks.md, with the machine and its load.");
    steps.end()
}

fn bench_wasm() -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.run("wasm build", &mut test::web_build());
    let mut node = Command::new("node");
    node.arg(step::repository().join("tests/js/bench/wasm.mjs"));
    steps.run("bench", node.env("CARNET_WASM", step::target().join("web/node")));
    steps.end()
}

fn fuzz(seconds: u32) -> Result<(), Failure> {
    let fuzz = step::repository().join("client-core/fuzz");
    let targets = step::output(cargo("+nightly").args(["fuzz", "list"]).current_dir(&fuzz));
    let targets = targets.map_err(|_| {
        Failure::new(
            "cargo fuzz does not run here, or there is no fuzz target",
            "rustup toolchain install nightly && cargo install --locked cargo-fuzz",
        )
    })?;
    let mut steps = Steps::default();
    for target in targets.lines() {
        let time = format!("-max_total_time={seconds}");
        let mut command = cargo("+nightly");
        steps.run(target, command.args(["fuzz", "run", target, "--", &time]).current_dir(&fuzz));
    }
    steps.end()
}

fn parse(mut arguments: lexopt::Parser) -> Result<(Verb, Install), lexopt::Error> {
    use lexopt::prelude::*;
    let mut verb = Verb::Help;
    let mut install = if step::in_ci() { Install::Allowed } else { Install::Explained };
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(word) => {
                verb = match word.to_str() {
                    Some("setup") => Verb::Setup,
                    Some("test") => Verb::Test { log: None },
                    Some("lint") => Verb::Lint,
                    Some("web") => Verb::Web,
                    Some("dist") => Verb::Dist,
                    Some("bench") => Verb::Bench,
                    Some("wasm") if matches!(verb, Verb::Bench) => Verb::BenchWasm,
                    Some("fuzz") => Verb::Fuzz { seconds: arguments.value()?.parse()? },
                    Some("demo") => Verb::Demo { reset: false },
                    _ => return Err(Value(word).unexpected()),
                }
            }
            Long("log") => {
                let Verb::Test { log } = &mut verb else { return Err(argument.unexpected()) };
                *log = Some(arguments.value()?.into());
            }
            Long("reset") => {
                let Verb::Demo { reset } = &mut verb else { return Err(argument.unexpected()) };
                *reset = true;
            }
            Long("install") => install = Install::Allowed,
            Short('h') | Long("help") => verb = Verb::Help,
            other => return Err(other.unexpected()),
        }
    }
    Ok((verb, install))
}

//! Builds what runs in a browser: the worker with the keys, the page without, and their JavaScript bindings.
//!
//! `cargo xtask web` calls it. Its result lies in `web/` of the target folder: `web` is what ships, `node` the same worker
//! for tests and benchmarks, and `vectors` the worker with its primitives on their own, for published vectors.

mod bindings;
mod toolchain;

use std::env;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::bindings::{Importer, generate};
use crate::toolchain::Toolchain;

const USAGE: &str = "\
Usage: carnet-web-build [build | lint] [--out FOLDER] [--debian]

  build   (default) makes FOLDER/node, vectors and web; FOLDER is web/ in the target folder where it is not given
  lint    runs clippy over the same crates as the browser's compiler sees them

  --debian   uses Debian's rustc-web even where the pinned toolchain could do it";

/// The cargo profile of what ships.
const PROFILE: &str = "wasm";

/// Why nothing was built, in two lines: what happened, and what to do.
#[derive(Debug)]
struct Failure {
    what: String,
    todo: String,
}

impl Failure {
    fn io(path: &Path, error: &io::Error) -> Self {
        Self {
            what: format!("{}: {error}", path.display()),
            todo: "see that the folder can be written".to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "carnet-web-build: {}\n{}", self.what, self.todo)
    }
}

/// What was asked for.
#[derive(Debug)]
struct Wish {
    verb: Verb,
    out: PathBuf,
    find: fn() -> Result<Toolchain, Failure>,
}

#[derive(Debug)]
enum Verb {
    Build,
    Lint,
    Help,
}

fn main() -> ExitCode {
    match read_arguments(&target()).and_then(|wish| run(&wish)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(wish: &Wish) -> Result<(), Failure> {
    match wish.verb {
        Verb::Build => build(&(wish.find)()?, &target(), &wish.out),
        Verb::Lint => {
            let mut clippy = (wish.find)()?.cargo("clippy", &target());
            clippy.args(["-p", "carnet-worker", "-p", "carnet-page", "--features", "carnet-worker/vectors"]);
            clippy.args(["--", "-D", "warnings"]);
            call(&mut clippy)
        }
        Verb::Help => {
            say(USAGE);
            Ok(())
        }
    }
}

fn build(toolchain: &Toolchain, target: &Path, out: &Path) -> Result<(), Failure> {
    say(&format!("compiler: {toolchain:?}"));
    // The worker with vectors first: the same file is written again by what ships.
    compile(toolchain, target, &["-p", "carnet-worker", "--features", "vectors"])?;
    bind(toolchain, target, "carnet_worker", Importer::Node, &out.join("vectors"))?;
    compile(toolchain, target, &["-p", "carnet-worker", "-p", "carnet-page"])?;
    let modules =
        [("carnet_worker", Importer::Node), ("carnet_worker", Importer::Web), ("carnet_page", Importer::Web)];
    for (name, importer) in modules {
        bind(toolchain, target, name, importer, &out.join(importer.folder()))?;
    }
    Ok(())
}

fn compile(toolchain: &Toolchain, target: &Path, packages: &[&str]) -> Result<(), Failure> {
    let start = Instant::now();
    call(toolchain.cargo("build", target).args(["--profile", PROFILE]).args(packages))?;
    say(&format!("compiled in {:.1} s", start.elapsed().as_secs_f64()));
    Ok(())
}

fn bind(
    toolchain: &Toolchain,
    target: &Path,
    name: &str,
    importer: Importer,
    folder: &Path,
) -> Result<(), Failure> {
    let start = Instant::now();
    let built = toolchain.output(target, PROFILE).join(name).with_extension("wasm");
    let size = generate(&built, importer, folder)?;
    let seconds = start.elapsed().as_secs_f64();
    say(&format!("{}/{name}_bg.wasm: {size} bytes, {seconds:.1} s", folder.display()));
    Ok(())
}

fn call(cargo: &mut Command) -> Result<(), Failure> {
    // These would replace the flags of `.cargo/config.toml`.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").stdin(Stdio::null());
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure {
            what: format!("cargo for WASM: {status}"),
            todo: "read the compiler's words above".to_owned(),
        }),
        Err(error) => {
            Err(Failure { what: format!("cargo: {error}"), todo: "install Rust's cargo".to_owned() })
        }
    }
}

/// The target folder that this program was built in: `TARGET/debug/carnet-web-build`.
fn target() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}

fn read_arguments(target: &Path) -> Result<Wish, Failure> {
    parse(lexopt::Parser::from_env(), target).map_err(|error| Failure {
        what: error.to_string(),
        todo: "carnet-web-build --help shows what it takes".to_owned(),
    })
}

fn parse(mut arguments: lexopt::Parser, target: &Path) -> Result<Wish, lexopt::Error> {
    use lexopt::prelude::*;
    let mut wish = Wish { verb: Verb::Build, out: target.join("web"), find: Toolchain::find };
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(verb) if verb == "build" => {}
            Value(verb) if verb == "lint" => wish.verb = Verb::Lint,
            Long("out") => wish.out = PathBuf::from(arguments.value()?),
            Long("debian") => wish.find = Toolchain::debian,
            Short('h') | Long("help") => wish.verb = Verb::Help,
            other => return Err(other.unexpected()),
        }
    }
    Ok(wish)
}

/// Words for a person. Nothing can be done where standard output is closed.
fn say(words: &str) {
    let _ = writeln!(io::stdout(), "{words}");
}

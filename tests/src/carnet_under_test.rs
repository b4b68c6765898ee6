//! `carnet`, built with the tests: cargo names a test the binaries of its own package only.

fn main() -> std::process::ExitCode {
    carnet_cli::run(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr()).into()
}

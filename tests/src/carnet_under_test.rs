//! `carnet`, built with the tests: cargo names a test the binaries of its own package only.

fn main() -> std::process::ExitCode {
    carnet_cli::main()
}

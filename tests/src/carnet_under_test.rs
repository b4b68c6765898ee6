//! `carnet`, built with the tests: cargo names a test the binaries of its own package only.

fn main() -> std::process::ExitCode {
    let (out, err) = (&mut std::io::stdout().lock(), &mut std::io::stderr().lock());
    carnet_cli::run(std::env::args_os(), out, err).into()
}

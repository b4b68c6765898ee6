//! The command line.

fn main() -> std::process::ExitCode {
    carnet_cli::main()
}

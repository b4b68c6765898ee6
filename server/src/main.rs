//! The thin server.

fn main() -> std::process::ExitCode {
    carnet_server::command::main()
}

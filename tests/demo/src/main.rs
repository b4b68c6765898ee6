//! The stage of `cargo xtask demo`.

fn main() -> std::process::ExitCode {
    carnet_demo::main()
}

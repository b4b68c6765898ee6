//! `carnet-server`, built with the tests: cargo names a test the binaries of its own package only.

use carnet_server::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> std::process::ExitCode {
    carnet_server::command::main()
}

//! The thin server.

use carnet_server::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> std::process::ExitCode {
    carnet_server::command::main()
}

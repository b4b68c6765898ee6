//! A bound on the arenas of the heap.
//!
//! glibc's malloc gives each thread an arena of its own, up to eight a core, and what one thread took and another gives back stays in the
//! first one's. An engine does just this with its pages, so that the process would hold twice what it uses. How many arenas there are must
//! stand in the environment before the program begins (`man 3 mallopt`), so it begins a second time, under the same process id.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Begins again with an arena for each core, where the environment does not say anything about glibc's malloc. It goes on as it is where that fails, and
/// with another C library.
pub(crate) fn bound() {
    let said = [TUNABLES, "MALLOC_ARENA_MAX", BEGUN].into_iter().any(|name| env::var_os(name).is_some());
    if said || !cfg!(target_env = "gnu") {
        return;
    }
    let mut arguments = env::args_os();
    if let (Ok(program), Some(name)) = (env::current_exe(), arguments.next()) {
        let _error =
            Command::new(program).arg0(name).args(arguments).env(TUNABLES, tunables()).env(BEGUN, "1").exec();
    }
}

const TUNABLES: &str = "GLIBC_TUNABLES";
/// A program with capabilities of its own is not shown the tunables: it must not begin a third time.
const BEGUN: &str = "ARENA_BOUND";

/// With one arena threads wait for each other: a deposit then takes an eighth more (`docs/benchmarks.md`).
fn tunables() -> String {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    format!("glibc.malloc.arena_max={}", cores.clamp(2, MOST))
}

/// Most arenas, however many cores there are.
const MOST: usize = 8;

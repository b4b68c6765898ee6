//! A build that says how far it is, in plain lines: packages done, of how many.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::step::{self, cargo, say};

/// A build that is over before this says nothing.
const SILENCE: Duration = Duration::from_secs(2);
const PERIOD: Duration = Duration::from_secs(10);

/// Builds these packages with these arguments of `cargo build`, and gives whether that went well. What the compiler
/// says of errors is shown; what cargo says of each package is replaced by our own lines.
pub(crate) fn build(packages: &[&str], arguments: &[&str]) -> Result<(), String> {
    let named = packages.iter().flat_map(|package| ["--package", *package]);
    let mut command = cargo("build");
    command.args(["--quiet", "--message-format", "json-render-diagnostics"]).args(arguments).args(named);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let (sender, messages) = mpsc::channel();
    let stdout = child.stdout.take();
    thread::spawn(move || {
        let lines =
            stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok));
        lines.map_while(|line| sender.send(line).ok()).for_each(drop);
    });
    let start = Instant::now();
    let mut next = SILENCE;
    let mut done = BTreeSet::new();
    let mut total = None;
    loop {
        match messages.recv_timeout(next.saturating_sub(start.elapsed())) {
            Ok(message) => done.extend(built_package(&message)),
            Err(RecvTimeoutError::Timeout) => {
                let total = *total.get_or_insert_with(|| count(packages));
                say(&line(done.len(), total, start.elapsed()));
                next = start.elapsed() + PERIOD;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(status.to_string());
    }
    if let Some(total) = total {
        say(&line(done.len(), total, start.elapsed()));
    }
    Ok(())
}

/// How many packages such a build is made of, those that only run while it is built among them; 0 where cargo does
/// not tell.
fn count(packages: &[&str]) -> usize {
    let mut command = cargo("tree");
    command.args(["--quiet", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    command.args(packages.iter().flat_map(|package| ["--package", *package]));
    let tree = step::output(&mut command).unwrap_or_default();
    tree.lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect::<BTreeSet<_>>()
        .len()
}

/// The package that a message of cargo says is built: its library or program, and not only what builds it.
fn built_package(message: &str) -> Option<String> {
    let artifact = message.starts_with("{\"reason\":\"compiler-artifact\"");
    let of_build_script = message.contains("\"kind\":[\"custom-build\"]");
    if !artifact || of_build_script {
        return None;
    }
    let (_, id) = message.split_once("\"package_id\":\"")?;
    id.split('"').next().map(str::to_owned)
}

fn line(done: usize, total: usize, time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    let time = if minutes > 0 { format!("{minutes} min {seconds:02} s") } else { format!("{seconds} s") };
    if total == 0 {
        return format!("  {done} packages built, {time}");
    }
    format!("  {} of {total} packages built, {time}", done.min(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = r#"{"reason":"compiler-artifact","package_id":"registry+x#bytes@1.1","target":{"kind":["lib"]},"fresh":true}"#;

    #[test]
    fn package_is_built_once_its_library_is() {
        assert_eq!(built_package(LIBRARY).as_deref(), Some("registry+x#bytes@1.1"));
        assert_eq!(built_package(&LIBRARY.replace("lib", "custom-build")), None);
        assert_eq!(built_package(&LIBRARY.replace("compiler-artifact", "build-finished")), None);
    }

    #[test]
    fn line_says_how_many_of_how_many_and_since_when() {
        assert_eq!(line(3, 40, Duration::from_secs(9)), "  3 of 40 packages built, 9 s");
        assert_eq!(line(41, 40, Duration::from_secs(125)), "  40 of 40 packages built, 2 min 05 s");
        assert_eq!(line(4, 0, Duration::from_secs(60)), "  4 packages built, 1 min 00 s");
    }
}

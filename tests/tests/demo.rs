//! The demo, as `cargo xtask demo` runs it once everything is built.

#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Demo(tempfile::TempDir);

impl Demo {
    fn new() -> Self {
        let demo = Self(tempfile::tempdir().unwrap());
        for folder in ["programs", "run"] {
            fs::create_dir(demo.0.path().join(folder)).unwrap();
        }
        for (name, built) in [
            ("carnet", env!("CARGO_BIN_EXE_carnet-under-test")),
            ("carnet-server", env!("CARGO_BIN_EXE_server-under-test")),
        ] {
            symlink(built, demo.0.path().join("programs").join(name)).unwrap();
        }
        demo
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("demo").join(name)
    }

    /// Runs the demo with this typed into its shell, and gives what it said.
    fn run(&self, more: &[&str], typed: &str) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo-under-test"))
            .arg(self.0.path().join("demo"))
            .arg(self.0.path().join("programs"))
            .args(more)
            .env("XDG_RUNTIME_DIR", self.0.path().join("run"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let ran = child.wait_with_output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let port = fs::read_to_string(self.path("port")).unwrap();
        assert!(
            TcpStream::connect(format!("127.0.0.1:{port}")).is_err(),
            "the server is stopped with the demo"
        );
        String::from_utf8(ran.stdout).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

fn documents(answer: &Value) -> usize {
    answer["documents"].as_array().unwrap().len()
}

#[test]
fn demo_that_is_run_again_begins_anew_or_that_is_reset_goes_on() {
    let demo = Demo::new();
    let first = demo.run(
        &[],
        "carnet --as patient --json ls > ls.json
carnet --as martin --json patients > patients.json
echo 'Une note' > note.txt
carnet --as patient --json add note.txt > /dev/null
carnet --as patient --json ls > more.json
",
    );
    assert!(first.contains("Camille ajoute deux ans de documents") && first.contains("Arrêté"), "{first}");
    let made = documents(&demo.json("ls.json"));
    assert!(made >= 9, "{made}");
    let years = demo.json("ls.json");
    let years = years["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["date"].as_str().unwrap()[..4].to_owned());
    assert!(years.collect::<std::collections::BTreeSet<_>>().len() >= 2);
    let patients = demo.json("patients.json");
    assert_eq!(patients["patients"][0]["documents"], made, "standing access: {patients}");
    assert_eq!(documents(&demo.json("more.json")), made + 1);

    let again = demo.run(&[], "carnet --as patient --json ls > ls.json\n");
    assert!(!again.contains("crée son compte"), "{again}");
    assert_eq!(documents(&demo.json("ls.json")), made + 1);

    let anew = demo.run(&["--reset"], "carnet --as patient --json ls > ls.json\n");
    assert!(anew.contains("crée son compte"), "{anew}");
    assert_eq!(documents(&demo.json("ls.json")), made);
}

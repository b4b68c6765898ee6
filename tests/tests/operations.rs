//! The real server as its operator meets it: it starts or refuses to, answers, drops who dawdles, and stops when told to.

#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use carnet_tests::need;
use carnet_wire::note::VerifierKey;
use tempfile::TempDir;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A folder in which `init` has been run.
struct Home(TempDir);

impl Home {
    fn make() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let output = home.init();
        assert!(output.status.success(), "{output:?}");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server-under-test"));
        command.arg("--config").arg(self.path("server.toml")).stdin(Stdio::null());
        command
    }

    fn init(&self) -> Output {
        let mut command = self.command();
        command
            .args(["init", "--origin", "carnet.example/log", "--folder"])
            .arg(self.path("data"))
            .output()
            .unwrap()
    }

    /// Starts it on a free port, with these settings as variables.
    fn serve(&self, settings: &[(&str, &str)]) -> Server {
        let mut command = self.command();
        command.arg("serve").env("CARNET_SERVER__LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        command.envs(settings.iter().copied());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let told = lines.find(|line| line.contains("\"listening\"")).expect("it listens");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let address = told["address"].as_str().unwrap().to_owned();
        let log = std::thread::spawn(move || lines.collect());
        Server { process, address, log: Some(log) }
    }
}

/// A server that runs; killed when dropped.
struct Server {
    process: Child,
    address: String,
    log: Option<std::thread::JoinHandle<Vec<String>>>,
}

impl Server {
    /// Sends these bytes, and gives all that comes back until the server ends the connection.
    fn say(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(name).arg(self.process.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Its exit code and its log, once it has ended.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.process.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap().join("\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn init_keeps_secrets_to_their_owner_prints_the_public_key_and_overwrites_nothing() {
    let home = Home(tempfile::tempdir().unwrap());
    let output = home.init();
    let public: VerifierKey = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert_eq!(public.name(), "carnet.example/log");
    let keys = home.path("data/keys");
    assert_eq!((mode(&home.path("data")), mode(&keys)), (0o700, 0o700));
    for secret in ["log.seed", "challenge.key"] {
        assert_eq!(mode(&keys.join(secret)), 0o600);
    }
    let before = fs::read(keys.join("log.seed")).unwrap();
    let again = home.init();
    assert_eq!((again.status.code(), String::from_utf8(again.stderr).unwrap().lines().count()), (Some(1), 2));
    assert_eq!(fs::read(keys.join("log.seed")).unwrap(), before);
}

#[test]
fn plain_http_beyond_loopback_is_refused_in_two_lines() {
    let home = Home::make();
    let output = home.command().arg("serve").env("CARNET_SERVER__LISTEN", "0.0.0.0:0").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.lines().count()), (Some(1), 2), "{told}");
    assert!(told.contains("plain HTTP") && told.contains("--behind-proxy"), "{told}");
}

#[test]
fn tls_with_a_new_certificate_after_sighup() {
    let home = Home::make();
    let (certificate, key) = (home.path("c.pem"), home.path("k.pem"));
    let renew = || {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&certificate, pair.cert.pem()).unwrap();
        fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
        pair.cert.der().to_vec()
    };
    let first = renew();
    let server = home.serve(&[
        ("CARNET_TLS__CERTIFICATE", certificate.to_str().unwrap()),
        ("CARNET_TLS__KEY", key.to_str().unwrap()),
    ]);
    let port = server.address.rsplit(':').next().unwrap();
    let ask = |trusted: &[u8]| {
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(trusted).to_owned()]);
        let tls = TlsConfig::builder().root_certs(roots).build();
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().tls_config(tls).build());
        agent.get(format!("https://localhost:{port}/healthz")).call()
    };
    let response = ask(&first).unwrap();
    assert!(response.headers().contains_key("strict-transport-security"));
    let second = renew();
    assert!(ask(&second).is_err());
    server.signal("-HUP");
    while ask(&second).is_err() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ask(&first).is_err());
    assert!(!server.say("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP"));
}

#[test]
#[cfg(target_env = "gnu")]
fn heap_of_many_arenas_unless_its_operator_wants_that() {
    let wanted = [("GLIBC_TUNABLES", "glibc.malloc.arena_max=3")];
    let cores = std::thread::available_parallelism().unwrap().get().clamp(2, 8);
    let own = format!("arena_max={cores}");
    for (settings, arenas) in [(&[][..], own.as_str()), (&wanted, "arena_max=3")] {
        let home = Home::make();
        let server = home.serve(settings);
        let environment = fs::read(format!("/proc/{}/environ", server.process.id())).unwrap();
        let environment = String::from_utf8_lossy(&environment);
        assert!(environment.contains(&format!("GLIBC_TUNABLES=glibc.malloc.{arenas}\0")), "{environment}");
    }
}

#[test]
fn sigterm_ends_it_well_although_a_connection_is_open() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::make();
        let server = home.serve(&[]);
        let mut idle = TcpStream::connect(&server.address).unwrap();
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        idle.read_exact(&mut [0; 12]).unwrap();
        server.signal(signal);
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("\"stopping\"") && log.contains("\"stopped\""), "{log}");
    }
}

#[test]
fn slow_and_oversized_requests_are_dropped_or_refused_with_a_code() {
    let home = Home::make();
    let server = home.serve(&[("CARNET_LIMITS__HEADER_SECONDS", "1"), ("CARNET_LIMITS__IDLE_SECONDS", "1")]);
    assert_eq!(server.say(""), "");
    assert_eq!(server.say("GET /healthz HTTP/1.1\r\nhos"), "");
    let large =
        "GET /healthz HTTP/1.1\r\nhost: a\r\naccept: application/json\r\ncontent-length: 999999999\r\n\r\n";
    let answer = server.say(large);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"body-too-large\""), "{answer}");
    let header = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(16 << 10));
    let answer = server.say(&header);
    assert!(answer.starts_with("HTTP/1.1 431") && answer.contains("header-too-large"), "{answer}");
    let lines = format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(64));
    assert!(server.say(&lines).starts_with("HTTP/1.1 431"));
}

#[test]
fn two_thousand_idle_connections_cost_little_and_others_are_answered() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = rustix::process::Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, most).unwrap();
    let home = Home::make();
    let server = home.serve(&[]);
    let memory = || {
        let status = fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let request = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!(server.say(request).starts_with("HTTP/1.1 200"));
    let before = memory();
    let idle: Vec<TcpStream> = (0..2000).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    assert!(server.say(request).starts_with("HTTP/1.1 200"));
    let cost = memory() - before;
    println!("{cost} KiB for {} idle connections", idle.len());
    assert!(cost < 32 << 10, "{cost} KiB");
}

#[test]
fn log_of_the_server_names_no_path_query_or_address() {
    let home = Home::make();
    let server = home.serve(&[]);
    server.say(
        "GET /v1/Durand?name=Jeanne HTTP/1.1\r\nhost: a\r\nuser-agent: Durand\r\nconnection: close\r\n\r\n",
    );
    server.say("GET /Durand HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    server.signal("-TERM");
    let (_, log) = server.end();
    assert_eq!(log.matches("\"absent\"").count(), 2, "{log}");
    assert!(!log.contains("Durand") && !log.contains("Jeanne") && !log.contains("127.0.0.1"), "{log}");
}

#[test]
fn doctor_tells_what_is_wrong_with_the_machine() {
    let home = Home::make();
    let doctor = || {
        let output = home.command().arg("doctor").env("CARNET_LIMITS__RESERVE_BYTES", "0").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    // The folder of temporary files may well be memory: of that the doctor complains too.
    let (code, report) = doctor();
    assert_eq!(code, Some(i32::from(report.contains("FAIL"))), "{report}");
    assert!(report.contains("cannot be proven") && !report.contains("FAIL  modes"), "{report}");
    fs::set_permissions(home.path("data/keys/log.seed"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, report) = doctor();
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains("FAIL  modes") && report.contains("0600"), "{report}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let Some(analyze) = need::program("systemd-analyze") else { return };
    let unit = fs::read_to_string(need::repository().join("server/dist/carnet-server.service")).unwrap();
    // It looks for the program, which is installed nowhere here.
    let unit = unit.replace("/usr/bin/carnet-server", env!("CARGO_BIN_EXE_server-under-test"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("carnet-server.service");
    fs::write(&file, unit).unwrap();
    let output = Command::new(analyze).args(["verify", "--man=no"]).arg(&file).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let ours: Vec<&str> = told.lines().filter(|line| line.contains("carnet-server")).collect();
    assert!(output.status.success() && ours.is_empty(), "{told}");
}

#[test]
fn hadolint_finds_nothing_wrong_with_the_dockerfile() {
    let Some(hadolint) = need::program("hadolint") else { return };
    let output =
        Command::new(hadolint).arg(need::repository().join("server/dist/Dockerfile")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

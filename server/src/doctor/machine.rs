//! What the doctor looks at, one function each.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::{Finding, Level};
use crate::config::{Config, Tls};
use crate::edge::tls;
use crate::keys;

/// An honest flush of a disk takes longer; only memory and a device that only promises are faster.
const SUSPICIOUS: Duration = Duration::from_micros(20);
const FLUSHES: usize = 51;
/// Before the first day of this program, no clock is right: 2026-01-01.
const FIRST_DAY: Duration = Duration::from_secs(1_767_225_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Numbers of file systems (statfs(2)).
const KINDS: [(i64, &str); 9] = [
    (0xef53, "ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683e, "btrfs"),
    (0x2fc1_2fc1, "zfs"),
    (0xf2f5_2010, "f2fs"),
    (0x0102_1994, "tmpfs"),
    (0x794c_7630, "overlay"),
    (0x6969, "nfs"),
    (0xff53_4d42, "cifs"),
];

/// Room and file system of the folder.
pub(super) fn disk(folder: &Path, reserve: u64) -> Vec<Finding> {
    let remedy = "Name a folder on a local disk that this user may write to.";
    let (space, system) = match (rustix::fs::statvfs(folder), rustix::fs::statfs(folder)) {
        (Ok(space), Ok(system)) => (space, system),
        (Err(error), _) | (_, Err(error)) => {
            let found = format!("{}: {}", folder.display(), io::Error::from(error));
            return vec![Finding::new(Level::Fail, "folder", found, remedy)];
        }
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let level = if free > reserve.saturating_mul(2) {
        Level::Ok
    } else if free > reserve {
        Level::Warn
    } else {
        Level::Fail
    };
    let found = format!("{} MiB free, {} MiB kept in reserve", free >> 20, reserve >> 20);
    let room = Finding::new(level, "space", found, "Add space, or reclaim what was deleted.");
    #[allow(clippy::unnecessary_cast, reason = "the type differs between machines")]
    let number = system.f_type as i64;
    let kind = KINDS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name);
    let (level, remedy) = match kind {
        Some("tmpfs") => {
            (Level::Fail, "Name a folder on a disk: this one is memory, and lost with the power.")
        }
        Some("nfs" | "cifs") => (
            Level::Fail,
            "Name a folder on a local disk: flushes and locks over a network are not what they say.",
        ),
        Some("overlay") => (Level::Warn, "Mount a volume: a container's own layer goes with the container."),
        Some(_) => (Level::Ok, ""),
        None => (
            Level::Warn,
            "Make sure that it keeps what it has flushed; ext4 and xfs are what Carnet was tried on.",
        ),
    };
    let found = kind.map_or_else(|| format!("unknown ({number:#x})"), str::to_owned);
    vec![room, Finding::new(level, "file system", found, remedy)]
}

/// How long a flush of 4 KiB takes. One that is too fast to be true reaches no disk.
pub(super) fn flush(folder: &Path) -> Finding {
    match flushes(folder) {
        Ok(median) => {
            let level = if median < SUSPICIOUS { Level::Warn } else { Level::Ok };
            let found = format!(
                "write and fsync of 4 KiB: {} µs, median of {FLUSHES}; that it reaches the device cannot be proven from here",
                median.as_micros()
            );
            Finding::new(
                level,
                "flush",
                found,
                "Too fast for a disk: see whether a cache without a battery only promises.",
            )
        }
        Err(error) => {
            let found = format!("{}: {error}", folder.display());
            Finding::new(
                Level::Fail,
                "flush",
                found,
                "Name a folder that this user may write to, on a sound disk.",
            )
        }
    }
}

fn flushes(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let times = (0..FLUSHES).map(|_| {
        let start = Instant::now();
        (&file).write_all(&[0xca; 4096])?;
        file.sync_all()?;
        Ok(start.elapsed())
    });
    let times: io::Result<Vec<Duration>> = times.collect();
    fs::remove_file(&path)?;
    let mut times = times?;
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// Who may read the folder and the secrets.
pub(super) fn modes(config: &Config) -> Vec<Finding> {
    let (folder, keys) = (&config.server.folder, config.keys());
    let mut private =
        vec![folder.clone(), keys.clone(), keys.join(keys::LOG_SEED), keys.join(keys::CHALLENGE_KEY)];
    private.extend(config.tls.as_ref().map(|tls| tls.key.clone()));
    let mut findings = Vec::new();
    for path in private {
        let found = match fs::metadata(&path) {
            Ok(metadata) if metadata.mode() & 0o077 == 0 => continue,
            Ok(metadata) => format!("{} has mode {:o}", path.display(), metadata.mode() & 0o777),
            Err(error) => format!("{}: {error}", path.display()),
        };
        let remedy = "Only the server's user may read it: mode 0700 for folders, 0600 for files.";
        findings.push(Finding::new(Level::Fail, "modes", found, remedy));
    }
    if findings.is_empty() {
        findings.push(Finding::new(Level::Ok, "modes", "folder and secrets are the server's alone", ""));
    }
    findings
}

/// When the certificate ends.
pub(super) fn certificate(paths: &Tls, now: Duration) -> Finding {
    let remedy = "Renew the certificate; the server reads the new one by itself.";
    let found = |level, text: String| Finding::new(level, "certificate", text, remedy);
    if let Err(failure) = tls::Certificate::load(paths) {
        return found(Level::Fail, failure.what);
    }
    let chain = tls::chain(&paths.certificate).unwrap_or_default();
    let Some(Ok(first)) = chain.first().map(|first| Certificate::from_der(first)) else {
        return found(Level::Fail, "not an X.509 certificate".to_owned());
    };
    let validity = first.tbs_certificate().validity();
    let (from, until) = (validity.not_before.to_unix_duration(), validity.not_after.to_unix_duration());
    let days = until.saturating_sub(now).as_secs() / DAY.as_secs();
    match () {
        () if now < from => found(Level::Fail, "is not valid yet".to_owned()),
        () if now > until => found(Level::Fail, "has ended".to_owned()),
        () if days < 14 => found(Level::Warn, format!("ends in {days} days")),
        () => found(Level::Ok, format!("ends in {days} days")),
    }
}

/// Whether the clock can be right, and whether a service of this machine says that it sets it.
pub(super) fn clock(now: Duration) -> Finding {
    let remedy =
        "Let chrony, ntpd or systemd-timesyncd set it: statements more than 10 minutes ahead are refused.";
    if now < FIRST_DAY {
        return Finding::new(Level::Fail, "clock", "before 2026", remedy);
    }
    let signs = [
        "/run/systemd/timesync/synchronized",
        "/run/chrony/chronyd.pid",
        "/run/ntpd.pid",
        "/run/openntpd.pid",
    ];
    match signs.iter().find(|sign| Path::new(sign).exists()) {
        Some(sign) => Finding::new(Level::Ok, "clock", format!("plausible; kept by a service ({sign})"), ""),
        None => Finding::new(
            Level::Warn,
            "clock",
            "plausible; no sign of a service that keeps it (a host may)",
            remedy,
        ),
    }
}

/// Whether there are enough open files for the connections.
pub(super) fn open_files(connections: usize) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(256);
    let level = if limit >= needed { Level::Ok } else { Level::Warn };
    let found = format!("{limit} may be open, {needed} may be needed for {connections} connections");
    Finding::new(
        level,
        "open files",
        found,
        "Raise LimitNOFILE (systemd) or `ulimit -n`, or lower limits.connections.",
    )
}

/// Whether the web app is there.
pub(super) fn web(folder: &Path) -> Finding {
    let level = if folder.join("index.html").is_file() { Level::Ok } else { Level::Fail };
    Finding::new(
        level,
        "web",
        folder.display().to_string(),
        "Name the folder that holds index.html, or none.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificate_that_ended_or_ends_soon_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Tls { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        let pair = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 11, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 1);
        fs::write(&paths.certificate, params.self_signed(&pair).unwrap().pem()).unwrap();
        fs::write(&paths.key, pair.serialize_pem()).unwrap();
        // 1 October, 2 November, 25 November and 1 January 2027.
        let days = [1_790_812_800, 1_793_577_600, 1_795_564_800, 1_798_761_600];
        let levels = days.map(|day| certificate(&paths, Duration::from_secs(day)).level);
        assert_eq!(levels, [Level::Fail, Level::Ok, Level::Warn, Level::Fail]);
    }

    #[test]
    fn folder_in_memory_fails_and_a_clock_of_1970_too() {
        assert_eq!(clock(Duration::ZERO).level, Level::Fail);
        assert_eq!(disk(Path::new("/no/such/folder"), 0).first().unwrap().level, Level::Fail);
        assert_eq!(open_files(usize::MAX).level, Level::Warn);
        let memory = Path::new("/dev/shm");
        if memory.is_dir() {
            assert!(disk(memory, 0).iter().any(|finding| finding.level == Level::Fail));
        }
    }
}

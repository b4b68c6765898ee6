//! `carnet-server doctor`: looks at the machine, and says what an operator should mend. It changes nothing but one small file that
//! it writes into the folder and removes.

mod machine;

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::config::Config;
use machine::{certificate, clock, disk, flush, modes, open_files, web};

/// What was found, line by line.
pub struct Report(Vec<Finding>);

/// One line of the report.
struct Finding {
    level: Level,
    what: &'static str,
    found: String,
    remedy: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// Looks at the machine that these settings are for.
#[must_use]
pub fn examine(config: &Config) -> Report {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let mut findings = vec![settings(config)];
    findings.extend(disk(&config.server.folder, config.limits.reserve_bytes));
    findings.push(flush(&config.server.folder));
    findings.extend(modes(config));
    findings.extend(config.tls.as_ref().map(|tls| certificate(tls, now)));
    findings.push(clock(now));
    findings.push(open_files(config.limits.connections));
    findings.extend(config.server.web.as_deref().map(web));
    Report(findings)
}

impl Report {
    /// Whether nothing fails. What is only doubtful does not count.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.0.iter().all(|finding| finding.level != Level::Fail)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            let level = match finding.level {
                Level::Ok => "ok",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            writeln!(f, "{level:<4}  {:<11}  {}", finding.what, finding.found)?;
            if finding.level != Level::Ok {
                writeln!(f, "                   {}", finding.remedy)?;
            }
        }
        Ok(())
    }
}

impl Finding {
    fn new(level: Level, what: &'static str, found: impl Into<String>, remedy: &'static str) -> Self {
        Self { level, what, found: found.into(), remedy }
    }
}

fn settings(config: &Config) -> Finding {
    let (level, found) = match (&config.tls, config.server.behind_proxy, config.authorities.len()) {
        (_, _, 0) => {
            (Level::Warn, "consistent; no authority is named, so no professional counts as attested")
        }
        (None, false, _) => (Level::Warn, "consistent; plain HTTP, on loopback only"),
        _ => (Level::Ok, "consistent"),
    };
    Finding::new(level, "settings", found, "Name authorities, and TLS or a proxy, before patients use it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_names_what_to_do_and_only_failures_count() {
        let warn = Finding::new(Level::Warn, "clock", "doubtful", "Set it.");
        let report = Report(vec![Finding::new(Level::Ok, "disk", "good", "Unseen."), warn]);
        assert!(report.is_well());
        let text = report.to_string();
        assert!(
            text.contains("ok    disk") && text.contains("Set it.") && !text.contains("Unseen"),
            "{text}"
        );
        assert!(!Report(vec![Finding::new(Level::Fail, "disk", "full", "Add one.")]).is_well());
    }

    #[test]
    fn folder_that_is_missing_or_open_to_others_fails() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("server.toml");
        crate::init::init(&config, "carnet.example/log", &home.path().join("data")).unwrap();
        let mut config = Config::load(&config, []).unwrap();
        // The folder of temporary files may well be memory: of that the doctor complains too.
        let complains =
            |config: &Config, of: &str| examine(config).to_string().contains(&format!("FAIL  {of}"));
        assert!(!complains(&config, "modes"), "{}", examine(&config));
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(config.keys(), open).unwrap();
        assert!(complains(&config, "modes") && !examine(&config).is_well());
        config.server.folder = home.path().join("missing");
        assert!(complains(&config, "folder") && complains(&config, "flush"));
    }
}

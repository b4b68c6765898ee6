//! Failures: two lines, what happened and what to do. Those with a code find both in the texts of the language.

use core::any::Any;
use std::path::Path;

use carnet_core::step::StepError;
use carnet_wire::StableCode;
use carnet_wire::message::ResponseError;

use crate::Exit;
use crate::RemoteError;
use crate::session::CallError;
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
    Coded { code: String, values: Vec<(&'static str, String)> },
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
            values.push((name, value.into()));
        }
        self
    }

    /// A file or folder cannot be read or written.
    #[must_use]
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::coded("file").with("path", path.display().to_string()).with("why", error.to_string())
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
        let values: Vec<_> =
            values.iter().map(|(name, value)| (*name, FluentValue::from(value.as_str()))).collect();
        let id = format!("error-{code}");
        let found = texts.find(&id, None, &values).zip(texts.find(&id, Some("do"), &values));
        found.unwrap_or_else(|| {
            let code = [("code", FluentValue::from(code.as_str()))];
            let remedy = texts.find("error-unknown", Some("do"), &code).unwrap_or_default();
            (texts.say("error-unknown", &code), remedy)
        })
    }
}

/// Whatever has a stable code has its two lines. A server's refusal has the server's code.
impl<E: StableCode + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let any = &error as &dyn Any;
        let refused = match any.downcast_ref::<CallError>() {
            Some(CallError::Step(error)) => refusal_of(error),
            Some(CallError::Remote(RemoteError::Refused(_, refusal))) => Some(refusal.code.clone()),
            Some(CallError::Remote(_)) => None,
            None => any.downcast_ref::<StepError>().and_then(refusal_of),
        };
        Self::coded(refused.filter(|code| !code.is_empty()).unwrap_or_else(|| error.code().to_owned()))
    }
}

fn refusal_of(error: &StepError) -> Option<String> {
    match error {
        StepError::Response(ResponseError::Refused(refusal)) => Some(refusal.code.clone()),
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
        assert!(what.contains("/nowhere/at all"), "{what}");
    }
}

//! Limits of what a statement may say, beyond its encoding: checked where it is parsed, so that nothing behind has to.

use core::ops::RangeInclusive;
use std::collections::BTreeSet;

/// The latest time that is accepted, in milliseconds since 1970: the largest integer that every JSON reader holds exactly.
pub const MAX_TIME: u64 = (1 << 53) - 1;

/// Most elements of a list that has no limit of its own.
pub(super) const MAX_LIST: usize = 1000;

/// What a statement says that it may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// A list with too few or too many elements.
    #[error("a list with too few or too many elements")]
    Count,
    /// A version, a generation or another number counted from 1 that is 0, or contradicts what stands beside it.
    #[error("a number that cannot stand there")]
    Number,
    /// A text that is empty, too long, or holds what may not be in it.
    #[error("a text that is empty, too long, or has characters that are not allowed")]
    Text,
    /// A time that is too far, or ends before it begins.
    #[error("a time that is too far, or an end before its beginning")]
    Time,
    /// The same thing named twice where each may stand once.
    #[error("the same thing named twice")]
    Twice,
}

impl crate::StableCode for LimitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Count => "statement-limit-count",
            Self::Number => "statement-limit-number",
            Self::Text => "statement-limit-text",
            Self::Time => "statement-limit-time",
            Self::Twice => "statement-limit-twice",
        }
    }
}

/// A time that can be claimed.
pub(super) fn time(unix_ms: u64) -> Result<(), LimitError> {
    if unix_ms <= MAX_TIME { Ok(()) } else { Err(LimitError::Time) }
}

/// A time and a later one.
pub(super) fn span(from: u64, to: u64) -> Result<(), LimitError> {
    if from < to { time(to) } else { Err(LimitError::Time) }
}

/// How many there may be.
pub(super) fn count(count: usize, allowed: RangeInclusive<usize>) -> Result<(), LimitError> {
    if allowed.contains(&count) { Ok(()) } else { Err(LimitError::Count) }
}

/// A number counted from 1.
pub(super) fn number(number: u64) -> Result<(), LimitError> {
    if number == 0 { Err(LimitError::Number) } else { Ok(()) }
}

/// No element twice.
pub(super) fn distinct<T: Ord>(elements: impl IntoIterator<Item = T>) -> Result<(), LimitError> {
    let mut seen = BTreeSet::new();
    if elements.into_iter().all(|element| seen.insert(element)) { Ok(()) } else { Err(LimitError::Twice) }
}

/// A text for a screen: 1 to `most` bytes, no control character.
pub(super) fn text(text: &str, most: usize) -> Result<(), LimitError> {
    let fits = (1..=most).contains(&text.len());
    if fits && !text.chars().any(char::is_control) { Ok(()) } else { Err(LimitError::Text) }
}

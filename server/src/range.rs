//! Ranges of bytes: the `Range` header (RFC 9110, section 14), of which one range is served, and the ranges of slices.

use std::ops::Range;

use axum::http::HeaderValue;

use crate::refusal::Refusal;

/// What of a payload is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole(Range<u64>),
    /// Some of it.
    Range(Range<u64>),
}

impl Part {
    /// The bytes, the end excluded.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        match self {
            Self::Whole(range) | Self::Range(range) => range.clone(),
        }
    }
}

/// Reads a `Range` header for `len` bytes. What is not one range of bytes is ignored, as RFC 9110 has it: the whole is served.
///
/// # Errors
/// [`Refusal::Range`] for a range of which the payload has no byte.
pub fn parse(header: Option<&HeaderValue>, len: u64) -> Result<Part, Refusal> {
    let whole = Part::Whole(0..len);
    let Some(text) = header.and_then(|value| value.to_str().ok()) else { return Ok(whole) };
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(whole);
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if last < first => return Ok(whole),
        (Some(first), Some(last)) => first..last.saturating_add(1).min(len),
        (Some(first), None) if last.is_empty() => first..len,
        (None, Some(suffix)) if first.is_empty() => len.saturating_sub(suffix)..len,
        _ => return Ok(whole),
    };
    if range.start < range.end { Ok(Part::Range(range)) } else { Err(Refusal::Range) }
}

/// Reads `START-END`, the end excluded, of `len` bytes.
///
/// # Errors
/// [`Refusal::Malformed`]; [`Refusal::Range`] past the end, or for no byte.
pub fn parse_slice(text: &str, len: u64) -> Result<Range<u64>, Refusal> {
    let ends = text.split_once('-').and_then(|(start, end)| Some(number(start)?..number(end)?));
    let range = ends.ok_or(Refusal::Malformed("query-malformed"))?;
    if range.start < range.end && range.end <= len { Ok(range) } else { Err(Refusal::Range) }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Part, Refusal> {
        parse(Some(&HeaderValue::from_str(text).unwrap()), 100)
    }

    #[test]
    fn one_range_is_served() {
        assert_eq!(of("bytes=0-0"), Ok(Part::Range(0..1)));
        assert_eq!(of("bytes=10-19"), Ok(Part::Range(10..20)));
        assert_eq!(of("bytes=90-"), Ok(Part::Range(90..100)));
        assert_eq!(of("bytes=90-1000"), Ok(Part::Range(90..100)));
        assert_eq!(of("bytes=-10"), Ok(Part::Range(90..100)));
        assert_eq!(of("bytes=-1000"), Ok(Part::Range(0..100)));
    }

    #[test]
    fn a_range_without_a_byte_is_refused() {
        for past in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=18446744073709551615-"] {
            assert_eq!(of(past), Err(Refusal::Range), "{past}");
        }
    }

    #[test]
    fn what_is_not_one_range_gives_the_whole() {
        let others = [
            "bytes=1-2,4-5",
            "bytes=5-4",
            "bytes=a-b",
            "bits=1-2",
            "bytes=",
            "bytes=-",
            "bytes=+1-2",
            "bytes=99999999999999999999-",
        ];
        for other in others {
            assert_eq!(of(other), Ok(Part::Whole(0..100)), "{other}");
        }
    }

    #[test]
    fn slices_stay_within_the_payload() {
        assert_eq!(parse_slice("0-100", 100), Ok(0..100));
        assert_eq!(parse_slice("0-101", 100), Err(Refusal::Range));
        assert_eq!(parse_slice("5-5", 100), Err(Refusal::Range));
        assert_eq!(parse_slice("5", 100), Err(Refusal::Malformed("query-malformed")));
    }
}

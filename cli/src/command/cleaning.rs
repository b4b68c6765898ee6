//! Taking out of a picture what does not show on it, before it is sealed. Its content decides what it is, never its name.

use carnet_health::{Remark, StripError, is_picture, recognise, strip_metadata};

use super::contents::Found;
use crate::cli::Cli;
use crate::screen::harmless_line;
use crate::{Failure, say};

/// Takes out of a picture who took it, where, when and with which camera, where that is wanted; says what was done.
///
/// Asked to, it says of each file that it cannot clean that it is kept as it is. A text has nothing to be taken out.
///
/// # Errors
/// `file`.
pub(super) fn clean(
    cli: &mut Cli<'_>,
    one: &mut Found,
    wanted: bool,
) -> Result<Option<&'static str>, Failure> {
    if wanted {
        let Some(bytes) = one.bytes(MOST_CLEANED)? else { return Ok(Some("metadata-large")) };
        return Ok(strip(one, &bytes));
    }
    // What an export gives back was asked about when it was added.
    if one.given.is_some() || !is_picture(&one.beginning(BEGINNING)?) {
        return Ok(None);
    }
    let Some(bytes) = one.bytes(MOST_CLEANED)? else { return Ok(None) };
    let recognised = recognise(&bytes, None);
    if !recognised.has(Remark::HasGps) && !recognised.has(Remark::HasCamera) {
        return Ok(None);
    }
    let asks = cli.terminal.is_there() && !cli.terminal.yes && !cli.json;
    let question = say!(cli.texts, "ask-strip", file = harmless_line(&one.name));
    if asks && cli.terminal.confirm(&cli.texts, &question) {
        return Ok(strip(one, &bytes));
    }
    Ok(Some("metadata-kept"))
}

fn strip(one: &mut Found, bytes: &[u8]) -> Option<&'static str> {
    match strip_metadata(bytes) {
        Ok(stripped) if stripped.removed.is_empty() => None,
        Ok(stripped) => {
            one.replace(stripped.bytes);
            Some("metadata-removed")
        }
        Err(StripError::Unsupported(_)) => Some("metadata-cannot"),
        Err(StripError::Broken) => Some("metadata-broken"),
        Err(StripError::NotAnImage) => None,
    }
}

/// Longest content that is cleaned, in bytes: it is in memory meanwhile.
const MOST_CLEANED: u64 = 256 * 1024 * 1024;
/// First bytes that tell a picture.
const BEGINNING: u64 = 64;

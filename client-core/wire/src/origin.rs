//! The origin of a log: the name in its checkpoints and in every statement made under it (c2sp.org/tlog-checkpoint).

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

/// A log's origin: 1 to 255 printable ASCII characters, no space, no `+` (c2sp.org/signed-note forbids both in a key name).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// Parses an origin.
    ///
    /// # Errors
    /// [`OriginError`] for an empty or long name, or a character that may not stand in one.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let fits = (1..=255).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        if fits && plain { Ok(Self(text.to_owned())) } else { Err(OriginError) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for Origin {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for Origin {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Origin {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::parse(d.str()?).map_err(|_| DecodeError::message("not a log origin"))
    }
}

/// Not a log origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log origin has 1 to 255 printable characters, no space and no +")]
pub struct OriginError;

impl crate::StableCode for OriginError {
    fn code(&self) -> &'static str {
        "origin-malformed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_with_space_plus_control_or_wrong_length_is_refused() {
        for bad in ["", "a b", "a+b", "a\nb", "é", &"a".repeat(256)] {
            assert_eq!(Origin::parse(bad), Err(OriginError), "{bad:?}");
        }
        assert_eq!(Origin::parse("carnet.example/log").unwrap().as_str(), "carnet.example/log");
    }
}

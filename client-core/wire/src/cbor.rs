//! Deterministic CBOR (RFC 8949, section 4.2.1): decoded, encoded again, compared.
//!
//! A value has one encoding: shortest integers and lengths, definite lengths, map keys in order, no unknown keys, nothing after it.
//! Whatever decodes but would be written otherwise is refused, so that a hash of the bytes is a hash of the meaning.

use minicbor::{Decode, Encode};

/// The only encoding of a value.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_to(value, &mut bytes);
    bytes
}

/// Appends the only encoding of a value.
#[allow(
    clippy::expect_used,
    reason = "writing to a vector cannot fail, and no encoder of ours reports an error"
)]
pub fn encode_to<T: Encode<()>>(value: &T, bytes: &mut Vec<u8>) {
    minicbor::encode(value, bytes).expect("encoding into memory");
}

/// Decodes bytes of at most `limit` that are exactly one value in its only encoding.
///
/// # Errors
/// [`CborError`]; nothing is allocated beyond what the bytes themselves hold.
pub fn decode<'b, T>(bytes: &'b [u8], limit: usize) -> Result<T, CborError>
where
    T: Decode<'b, ()> + Encode<()>,
{
    if bytes.len() > limit {
        return Err(CborError::TooLong);
    }
    let value: T = minicbor::decode(bytes).map_err(|_| CborError::Malformed)?;
    let mut expected = Expected(bytes);
    let same = minicbor::encode(&value, &mut expected).is_ok() && expected.0.is_empty();
    if same { Ok(value) } else { Err(CborError::NotDeterministic) }
}

/// What is still to be written. It takes nothing else, and keeps nothing: a submission may hold megabytes.
struct Expected<'b>(&'b [u8]);

impl minicbor::encode::Write for Expected<'_> {
    type Error = CborError;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), CborError> {
        self.0 = self.0.strip_prefix(bytes).ok_or(CborError::NotDeterministic)?;
        Ok(())
    }
}

/// Why bytes are not one value in its only encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// More bytes than this value may have.
    #[error("longer than allowed")]
    TooLong,
    /// Not CBOR, or not of the expected shape.
    #[error("not of the expected shape")]
    Malformed,
    /// The same value has another, shorter or ordered, encoding; or bytes follow it.
    #[error("not the only encoding of its value")]
    NotDeterministic,
}

impl crate::StableCode for CborError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "cbor-too-long",
            Self::Malformed => "cbor-malformed",
            Self::NotDeterministic => "cbor-not-deterministic",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Pair {
        #[n(0)]
        first: u64,
        #[n(1)]
        second: Option<u64>,
    }

    #[test]
    fn only_the_shortest_ordered_definite_encoding_is_accepted() {
        let pair = Pair { first: 5, second: Some(6) };
        let bytes = encode(&pair);
        assert_eq!(bytes, [0xa2, 0, 5, 1, 6]);
        assert_eq!(decode::<Pair>(&bytes, 16), Ok(pair));
        for other in [
            vec![0xa2, 1, 6, 0, 5],       // keys out of order
            vec![0xa2, 0, 0x18, 5, 1, 6], // a longer integer
            vec![0xbf, 0, 5, 1, 6, 0xff], // indefinite length
            vec![0xa3, 0, 5, 1, 6, 2, 7], // an unknown key
            vec![0xa3, 0, 5, 0, 5, 1, 6], // a key twice
            vec![0xa2, 0, 5, 1, 6, 0],    // bytes after the value
            vec![0xa2, 0, 5, 1, 0xf6],    // null instead of absent
            vec![0xb8, 2, 0, 5, 1, 6],    // a longer map length
        ] {
            assert_eq!(decode::<Pair>(&other, 16), Err(CborError::NotDeterministic), "{other:02x?}");
        }
        assert_eq!(decode::<Pair>(&bytes, 4), Err(CborError::TooLong));
        assert_eq!(decode::<Pair>(&bytes[..4], 16), Err(CborError::Malformed));
    }
}

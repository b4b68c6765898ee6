//! Standard age files: a grant and a payload, one after the other. Any age v1 program opens them.

use std::io::{Cursor, Read};

use crate::grant::Grant;
use crate::payload::PayloadLen;

/// The age file of one reader, as a stream: the grant's bytes, then the payload's as `payload` gives them.
pub fn join<R: Read>(grant: &Grant, payload: R) -> impl Read + use<R> {
    Cursor::new(*grant.as_bytes()).chain(payload)
}

/// The exact length in bytes of the age file of one reader.
#[must_use]
pub const fn joined_len(payload: PayloadLen) -> u64 {
    Grant::LEN as u64 + payload.stored()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_file_is_the_grant_then_the_payload() {
        let (enc, other) = ("A".repeat(1494), "A".repeat(43));
        let text = format!("age-encryption.org/v1\n-> mlkem768x25519 {enc}\n{other}\n--- {other}\n");
        let grant = Grant::parse(text.as_bytes()).unwrap();
        let payload = [7; 32];
        let mut file = Vec::new();
        join(&grant, payload.as_slice()).read_to_end(&mut file).unwrap();
        assert_eq!(file, [text.as_bytes(), &payload].concat());
        assert_eq!(file.len() as u64, joined_len(PayloadLen::from_stored(32).unwrap()));
    }
}

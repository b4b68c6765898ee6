//! The checksum of a record: `value || sum`, where sum is the first 8 bytes of `BLAKE3(length of key (2 bytes) || key || value)`.
//!
//! Neither engine checks what it reads: a bit that a disk flipped would come back as a value. The sum covers the key too, so that a
//! value which comes back under another key is found. It guards against accidents; who can write to the disk can make a new sum.

/// Bytes that the checksum adds to a value.
pub const LEN: usize = 8;

/// The bytes to store for a value under a key.
#[must_use]
pub fn frame(key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = sum(key, &value);
    value.reserve_exact(LEN);
    value.extend_from_slice(&sum);
    value
}

/// The value of stored bytes; `None` where they are not what was stored under this key.
#[must_use]
pub fn open(key: &[u8], mut framed: Vec<u8>) -> Option<Vec<u8>> {
    let length = framed.len().checked_sub(LEN)?;
    let (value, found) = framed.split_at(length);
    if sum(key, value) != found {
        return None;
    }
    framed.truncate(length);
    Some(framed)
}

fn sum(key: &[u8], value: &[u8]) -> [u8; LEN] {
    let mut hasher = blake3::Hasher::new();
    // Keys are far shorter than 64 KiB: `Key::MAX_SUFFIX`.
    hasher.update(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    let mut sum = [0; LEN];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_comes_back_under_its_own_key_only() {
        let framed = frame(b"key", b"value".to_vec());
        assert_eq!(framed.len(), 5 + LEN);
        assert_eq!(open(b"key", framed.clone()), Some(b"value".to_vec()));
        assert_eq!(open(b"kez", framed.clone()), None);
        assert_eq!(open(b"keyv", framed), None);
        assert_eq!(open(b"key", frame(b"key", Vec::new())), Some(Vec::new()));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let framed = frame(b"key", b"value".to_vec());
        for bit in 0..framed.len() * 8 {
            let mut damaged = framed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(b"key", damaged), None, "bit {bit}");
        }
        for length in 0..framed.len() {
            assert_eq!(open(b"key", framed[..length].to_vec()), None, "{length} bytes");
        }
    }
}

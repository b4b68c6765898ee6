//! Whether something can be wrapped to a recipient: what FIPS 203 section 7.2 demands of an ML-KEM-768 key, and RFC 7748 section 6.1 of
//! an X25519 point. Arithmetic on public bytes only, so that a server refuses what a client would.

/// Length of a hybrid recipient: ML-KEM-768 (1,184 bytes), then X25519 (32).
pub const RECIPIENT_LEN: usize = 1216;

/// Whether both halves of a hybrid recipient are usable.
pub(crate) fn is_usable(recipient: &[u8; RECIPIENT_LEN]) -> bool {
    let (ml_kem, x25519) = recipient.split_at(ENCAPSULATION_KEY);
    let coefficients = ml_kem.get(..COEFFICIENTS).unwrap_or_default();
    let reduced =
        coefficients.as_chunks::<3>().0.iter().all(|three| pair(three).iter().all(|c| *c < MODULUS));
    reduced && x25519.try_into().is_ok_and(|point| !is_low_order(point))
}

/// Two coefficients of 12 bits out of three bytes (`ByteDecode_12`).
fn pair([low, middle, high]: &[u8; 3]) -> [u16; 2] {
    let [low, middle, high] = [low, middle, high].map(|byte| u16::from(*byte));
    [low | (middle & 0x0f) << 8, middle >> 4 | high << 4]
}

/// Whether the point's order divides the cofactor: the secret agreed on with it would be known to all. X25519 ignores the top bit, and
/// takes the other 255 modulo p, so that some points have two encodings.
fn is_low_order(point: &[u8; 32]) -> bool {
    let mut masked = *point;
    if let Some(last) = masked.last_mut() {
        *last &= 0x7f;
    }
    LOW_ORDER.contains(&masked)
}

const ENCAPSULATION_KEY: usize = 1184;
/// 768 coefficients of 12 bits; the seed of the matrix follows, of which any value is good.
const COEFFICIENTS: usize = 1152;
const MODULUS: u16 = 3329;

const LOW_ORDER: [[u8; 32]; 7] = [
    end_to_end(0x00, 0x00, 0x00),
    end_to_end(0x01, 0x00, 0x00),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    // p - 1, p and p + 1.
    end_to_end(0xec, 0xff, 0x7f),
    end_to_end(0xed, 0xff, 0x7f),
    end_to_end(0xee, 0xff, 0x7f),
];

/// A number of 32 bytes, the least significant first, that is `middle` between its ends.
const fn end_to_end(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

//! Padmé: the lengths to which plaintexts are padded, so that a stored length tells little of a document.
//!
//! From "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (PoPETs 2019-0056, section 4):
//! a length keeps as many significant bits after the first as its exponent has bits. It costs at most 12 % and leaves
//! O(log log n) bits of information.
//!
//! Carnet adds a floor of 1 KiB: below it Padmé leaves short items (one allergy, one blood pressure, "none known")
//! apart by a few bytes, and their number is what makes them tellable; a kilobyte each costs nothing.

/// The shortest padded length, in bytes.
pub const FLOOR: u64 = 1024;

/// The length, in bytes, to which a plaintext of `len` bytes is padded: never shorter, at least [`FLOOR`].
///
/// Beyond 2^63 (longer than any payload) the result stops at `u64::MAX`.
#[must_use]
pub const fn padme(len: u64) -> u64 {
    if len <= FLOOR {
        return FLOOR;
    }
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    match len.checked_add(mask) {
        Some(sum) => sum & !mask,
        None => u64::MAX,
    }
}

/// Whether a length is one that [`padme`] gives.
#[must_use]
pub const fn is_padme(len: u64) -> bool {
    padme(len) == len
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::PayloadLen;
    use proptest::prelude::*;

    #[test]
    fn small_lengths_all_become_the_floor() {
        assert!((0..=FLOOR).all(|len| padme(len) == FLOOR));
        assert_eq!(padme(1025), 1088);
    }

    #[test]
    fn at_most_435_lengths_between_a_kibibyte_and_100_mebibytes() {
        let mut count = 1;
        let mut len = FLOOR;
        while padme(len + 1) <= 100 * 1024 * 1024 {
            len = padme(len + 1);
            count += 1;
        }
        assert!(count <= 435, "{count}");
    }

    #[test]
    fn longest_payload_stays_one() {
        assert_eq!(padme(PayloadLen::MAX_PLAINTEXT), PayloadLen::MAX_PLAINTEXT);
        assert_eq!(padme(u64::MAX), u64::MAX);
    }

    proptest! {
        #[test]
        fn overhead_is_at_most_12_percent(len in FLOOR..1 << 62) {
            let padded = padme(len);
            prop_assert!(padded >= len);
            prop_assert!(u128::from(padded - len) * 100 <= u128::from(len) * 12);
        }

        #[test]
        fn padding_twice_is_padding_once(len: u64) {
            prop_assert!(is_padme(padme(len)));
        }

        #[test]
        fn longer_never_becomes_shorter(a: u64, b: u64) {
            prop_assert!(a > b || padme(a) <= padme(b));
        }
    }
}

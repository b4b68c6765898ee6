//! Canonical unpadded base64 (RFC 4648 section 4, without `=`), as c2sp.org/age demands it everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Decodes text that must be exactly `N` bytes in canonical form; `None` for anything else.
///
/// No heap is used.
pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != encoded_len(N) {
        return None;
    }
    let mut out = [0; N];
    let mut rest = out.as_mut_slice();
    for line in text.chunks(LINE) {
        let mut decoded = [0; LINE_BYTES];
        let decoded = decode_line(line, &mut decoded)?;
        let (head, tail) = rest.split_at_mut_checked(decoded.len())?;
        head.copy_from_slice(decoded);
        rest = tail;
    }
    rest.is_empty().then_some(out)
}

/// Decodes at most 64 characters into at most 48 bytes; `None` if the text is longer or not canonical.
pub(crate) fn decode_line<'a>(line: &[u8], out: &'a mut [u8; LINE_BYTES]) -> Option<&'a [u8]> {
    if line.len() > LINE {
        return None;
    }
    let len = STANDARD_NO_PAD.decode_slice(line, out).ok()?;
    out.get(..len)
}

/// Characters that `len` bytes take.
pub(crate) const fn encoded_len(len: usize) -> usize {
    (len * 4).div_ceil(3)
}

/// Columns of a full body line.
pub(crate) const LINE: usize = 64;

/// Bytes of a full body line.
pub(crate) const LINE_BYTES: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_bits_padding_and_other_alphabets_are_refused() {
        assert_eq!(decode_array::<1>(b"/w"), Some([0xff]));
        for bad in [b"/x".as_slice(), b"/w==", b"_w", b"/w\n", b"/", b""] {
            assert_eq!(decode_array::<1>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn every_length_up_to_a_few_lines_round_trips() {
        fn check<const N: usize>() {
            let bytes = [0xa5; N];
            assert_eq!(decode_array::<N>(STANDARD_NO_PAD.encode(bytes).as_bytes()), Some(bytes));
        }
        check::<0>();
        check::<47>();
        check::<48>();
        check::<49>();
        check::<1120>();
    }
}

//! Keys as text: Bech32 (BIP 173) without its limit on length, as c2sp.org/age has it.
//!
//! Case is strict: age writes recipients in lower case and identities in upper case, and reads no others.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Checksum, Hrp};
use zeroize::Zeroizing;

/// Decodes text with this prefix into exactly `N` bytes.
pub(crate) fn decode<const N: usize>(prefix: &str, text: &str) -> Option<Zeroizing<[u8; N]>> {
    // The crate compares prefixes without case.
    text.strip_prefix(prefix)?.strip_prefix('1')?;
    let checked = CheckedHrpstring::new::<Unlimited>(text).ok()?;
    if checked.hrp().as_str() != prefix {
        return None;
    }
    // Padding bits beyond the last byte must be zero and fewer than five.
    checked.validate_segwit_padding().ok()?;
    let mut out = Zeroizing::new([0; N]);
    let mut bytes = checked.byte_iter();
    for byte in out.iter_mut() {
        *byte = bytes.next()?;
    }
    bytes.next().is_none().then_some(out)
}

/// Writes bytes with this prefix, in the prefix's own case.
pub(crate) fn encode(prefix: &str, bytes: &[u8], out: &mut impl core::fmt::Write) -> core::fmt::Result {
    let hrp = Hrp::parse(prefix).map_err(|_| core::fmt::Error)?;
    let written = match prefix.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => bech32::encode_upper_to_fmt::<Unlimited, _>(out, hrp, bytes),
        false => bech32::encode_lower_to_fmt::<Unlimited, _>(out, hrp, bytes),
    };
    written.map_err(|_| core::fmt::Error)
}

/// Bech32 with the same code but no limit: a hybrid recipient is 1,959 characters.
enum Unlimited {}

impl Checksum for Unlimited {
    type MidstateRepr = <Bech32 as Checksum>::MidstateRepr;
    type CorrectionField = <Bech32 as Checksum>::CorrectionField;
    const ROOT_GENERATOR: Self::CorrectionField = Bech32::ROOT_GENERATOR;
    const ROOT_EXPONENTS: core::ops::RangeInclusive<usize> = Bech32::ROOT_EXPONENTS;
    const CODE_LENGTH: usize = 4096;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32::TARGET_RESIDUE;
}

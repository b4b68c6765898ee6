//! Codes: what a person scans, types, prints or sends as text. Bech32m (BIP 350) without its limit on length, over
//! deterministic CBOR; the prefix says what it is.
//!
//! ```text
//! carnet1…          a patient's contact card          carnet-kit1…      a recovery kit
//! carnet-enrol1…    a professional's enrolment        carnet-share1…    a contact's share
//! carnet-letter1…   a letter that opens a vault
//! ```
//! Case does not count, nor do spaces and line ends: a QR code holds the capitals, which take less room there.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Checksum, Hrp};
use carnet_wire::{StableCode, cbor};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// Most characters of a code, without spaces. What people carry is far shorter.
pub const MAX_CODE: usize = 4096;

/// What a code is, as its prefix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeKind {
    /// A patient's contact card.
    ContactCard,
    /// A professional's enrolment.
    Enrolment,
    /// A recovery kit.
    Kit,
    /// A letter that opens a vault.
    Letter,
    /// A contact's share.
    Share,
}

impl CodeKind {
    const ALL: [Self; 5] = [Self::ContactCard, Self::Enrolment, Self::Kit, Self::Letter, Self::Share];

    /// The characters before the `1`.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ContactCard => CONTACT_CARD,
            Self::Enrolment => ENROLMENT,
            Self::Kit => KIT,
            Self::Letter => LETTER,
            Self::Share => SHARE,
        }
    }

    /// What a text claims to be. Only parsing tells whether it is.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let plain = squeeze(text)?;
        let (prefix, _) = plain.rsplit_once('1')?;
        Self::ALL.into_iter().find(|kind| kind.prefix().eq_ignore_ascii_case(prefix))
    }
}

const CONTACT_CARD: &str = "carnet";
const ENROLMENT: &str = "carnet-enrol";
const KIT: &str = "carnet-kit";
const LETTER: &str = "carnet-letter";
const SHARE: &str = "carnet-share";

/// A code as text, in lower case. Wiped on drop, because some are secrets.
pub type CodeText = Zeroizing<String>;

/// The same code in capitals, for a QR code, whose alphanumeric mode has no others.
#[must_use]
pub fn for_qr(code: &CodeText) -> CodeText {
    let mut text = Zeroizing::new(String::with_capacity(code.len()));
    text.extend(code.chars().map(|character| character.to_ascii_uppercase()));
    text
}

/// Writes fields as a code.
#[allow(clippy::expect_used, reason = "the prefixes are constants, and what is written is within its limits")]
pub(crate) fn write(kind: CodeKind, fields: &impl Encode<()>) -> CodeText {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_CODE));
    cbor::encode_to(fields, &mut bytes);
    let mut text = Zeroizing::new(String::with_capacity(MAX_CODE));
    let hrp = Hrp::parse(kind.prefix()).expect("a constant prefix");
    bech32::encode_lower_to_fmt::<Long, _>(&mut *text, hrp, &bytes).expect("a short text");
    text
}

/// Reads the fields of a code of this kind.
pub(crate) fn read<T>(kind: CodeKind, text: &str) -> Result<T, CodeError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    let plain = squeeze(text).ok_or(CodeError::TooLong)?;
    match CodeKind::of(&plain) {
        Some(found) if found == kind => {}
        Some(found) => return Err(CodeError::Kind(found)),
        None => return Err(CodeError::Form),
    }
    let checked = CheckedHrpstring::new::<Long>(&plain).map_err(|_| CodeError::Typo)?;
    checked.validate_segwit_padding().map_err(|_| CodeError::Typo)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(plain.len()));
    bytes.extend(checked.byte_iter());
    let value: T = minicbor::decode(&bytes).map_err(|_| CodeError::Content)?;
    let mut again = Zeroizing::new(Vec::with_capacity(MAX_CODE));
    cbor::encode_to(&value, &mut again);
    if *again == *bytes { Ok(value) } else { Err(CodeError::Content) }
}

/// Without spaces and line ends; nothing where it is too long to be a code.
fn squeeze(text: &str) -> Option<CodeText> {
    let mut plain = Zeroizing::new(String::with_capacity(MAX_CODE));
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        if plain.len().saturating_add(character.len_utf8()) > MAX_CODE {
            return None;
        }
        plain.push(character);
    }
    Some(plain)
}

/// Why a text is not the code that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// No code of Carnet begins like this.
    #[error("not a code of Carnet")]
    Form,
    /// A code of another kind.
    #[error("another kind of code: {}1…", .0.prefix())]
    Kind(CodeKind),
    /// The check characters do not fit: a character was misread, or some are missing.
    #[error("a character is wrong or missing")]
    Typo,
    /// The check fits, the content does not: made by another version, or by somebody who means harm.
    #[error("the content of the code is not what it must be")]
    Content,
    /// Longer than any code.
    #[error("too long to be a code")]
    TooLong,
}

impl StableCode for CodeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form => "code-form",
            Self::Kind(_) => "code-kind",
            Self::Typo => "code-typo",
            Self::Content => "code-content",
            Self::TooLong => "code-too-long",
        }
    }
}

/// Bech32m without the limit of 90 characters.
enum Long {}

impl Checksum for Long {
    type MidstateRepr = <Bech32m as Checksum>::MidstateRepr;
    type CorrectionField = <Bech32m as Checksum>::CorrectionField;
    const ROOT_GENERATOR: Self::CorrectionField = Bech32m::ROOT_GENERATOR;
    const ROOT_EXPONENTS: core::ops::RangeInclusive<usize> = Bech32m::ROOT_EXPONENTS;
    const CODE_LENGTH: usize = MAX_CODE;
    const CHECKSUM_LENGTH: usize = Bech32m::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32m::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32m::TARGET_RESIDUE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Valid strings of BIP 350.
    const PUBLISHED: [&str; 3] = [
        "A1LQFN3A",
        "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
        "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    ];

    #[test]
    fn published_bech32m_string_is_refused() {
        for text in PUBLISHED {
            assert!(CheckedHrpstring::new::<Long>(text).is_ok(), "{text}");
        }
        // The same characters under BIP 173's constant are none.
        assert!(CheckedHrpstring::new::<Long>("A12UEL5L").is_err());
    }

    #[test]
    fn code_with_one_wrong_missing_or_swapped_character_is_read() {
        let code = write(CodeKind::Kit, &vec![7_u8; 40]);
        assert_eq!(read::<Vec<u8>>(CodeKind::Kit, &code), Ok(vec![7; 40]));
        let spaced: String = code.chars().flat_map(|character| [character, '\n']).collect();
        assert_eq!(read::<Vec<u8>>(CodeKind::Kit, &spaced.to_uppercase()), Ok(vec![7; 40]));
        for at in "carnet-kit1".len()..code.len() {
            let with = |new: &str| format!("{}{new}{}", &code[..at], &code[at + 1..]);
            let other = if &code[at..=at] == "q" { "p" } else { "q" };
            for bad in [with(other), with("")] {
                assert_eq!(read::<Vec<u8>>(CodeKind::Kit, &bad), Err(CodeError::Typo), "{at}");
            }
        }
        assert_eq!(read::<Vec<u8>>(CodeKind::Letter, &code), Err(CodeError::Kind(CodeKind::Kit)));
        assert_eq!(read::<Vec<u8>>(CodeKind::Kit, "age1pq1qqqq"), Err(CodeError::Form));
        assert_eq!(read::<Vec<u8>>(CodeKind::Kit, &"q".repeat(MAX_CODE + 1)), Err(CodeError::TooLong));
        assert_eq!(read::<u64>(CodeKind::Kit, &code), Err(CodeError::Content));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read_without_a_panic(text in "\\PC{0,200}") {
            prop_assert!(read::<Vec<u8>>(CodeKind::Kit, &text).is_err());
            let begun = format!("carnet-kit1{text}");
            prop_assert!(read::<Vec<u8>>(CodeKind::Kit, &begun).is_err());
        }
    }
}

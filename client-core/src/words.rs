//! Secrets as words, by the rule and the lists of BIP 39, French or English: 24 words for 32 bytes, 12 for 16.
//!
//! What is typed is forgiven its case, its accents in whatever normal form, numbers and punctuation between the words. A word that is
//! in no list is named by its place, with the nearest words of the list.

use std::collections::HashMap;
use std::sync::LazyLock;

use bip39::Mnemonic;
use carnet_wire::StableCode;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use crate::secret::{NoRandomness, make_random};

/// The list that words are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordList {
    /// BIP 39's French list.
    French,
    /// BIP 39's English list.
    English,
}

impl WordList {
    /// Both lists.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    fn language(self) -> bip39::Language {
        match self {
            Self::French => bip39::Language::French,
            Self::English => bip39::Language::English,
        }
    }

    /// A word by its number of 11 bits, in normal form C.
    pub(crate) fn word(self, number: usize) -> String {
        self.language().word_list().get(number).map(|word| word.nfc().collect()).unwrap_or_default()
    }

    /// In which of [`Self::ALL`] a word is, whatever its case and its accents.
    #[must_use]
    pub fn having(word: &str) -> [bool; 2] {
        // Their words have three to eight letters; an accent takes two more bytes at most.
        if !(3..=24).contains(&word.len()) {
            return [false; 2];
        }
        let folded = fold(word);
        Self::ALL.map(|list| list.find(&folded).is_some())
    }

    fn find(self, folded: &str) -> Option<&'static str> {
        static FRENCH: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| WordList::French.folded());
        static ENGLISH: LazyLock<HashMap<String, &'static str>> =
            LazyLock::new(|| WordList::English.folded());
        let known = match self {
            Self::French => &FRENCH,
            Self::English => &ENGLISH,
        };
        known.get(folded).copied()
    }

    /// The words of the list by what they are without accents and case.
    fn folded(self) -> HashMap<String, &'static str> {
        self.language().word_list().iter().map(|word| (fold(word).to_string(), *word)).collect()
    }

    /// The nearest words: at most two letters differ, nearest first, at most three of them.
    fn near(self, folded: &str) -> Vec<String> {
        let distance = |word: &str| strsim::osa_distance(&fold(word), folded);
        let words = self.language().word_list().iter();
        let mut near: Vec<_> =
            words.map(|word| (distance(word), *word)).filter(|(far, _)| *far <= 2).collect();
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, word)| word.nfc().collect()).collect()
    }
}

/// A secret as words, wiped on drop.
pub struct Words {
    list: WordList,
    mnemonic: Mnemonic,
}

impl Words {
    /// Most bytes of typed text that are looked at.
    pub const MAX_TYPED: usize = 4096;

    /// Writes 32 bytes as 24 words.
    pub(crate) fn of_32(secret: &[u8; 32], list: WordList) -> Self {
        Self::of(secret, list)
    }

    /// Writes 16 bytes as 12 words.
    pub(crate) fn of_16(secret: &[u8; 16], list: WordList) -> Self {
        Self::of(secret, list)
    }

    #[allow(clippy::expect_used, reason = "the two callers give lengths that BIP 39 has")]
    fn of(secret: &[u8], list: WordList) -> Self {
        let mnemonic = Mnemonic::from_entropy_in(list.language(), secret).expect("16 or 32 bytes");
        Self { list, mnemonic }
    }

    /// Reads `count` words (12 or 24), of whichever list most of them are from.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn parse(typed: &str, count: usize) -> Result<Self, WordsError> {
        let text = typed.get(..typed.len().min(Self::MAX_TYPED)).unwrap_or_default();
        let pieces =
            text.split(|character: char| !character.is_alphabetic() && !is_combining_mark(character));
        let folded: Vec<_> = pieces.filter(|piece| !piece.is_empty()).map(fold).collect();
        if folded.len() != count || typed.len() > Self::MAX_TYPED {
            return Err(WordsError::Count { found: folded.len(), wanted: count });
        }
        let known = |list: WordList| folded.iter().filter(|word| list.find(word).is_some()).count();
        let mut lists = WordList::ALL;
        lists.sort_by_key(|list| core::cmp::Reverse(known(*list)));
        // Some words stand in both lists: where all do, the check word decides.
        let mut first = None;
        for list in lists {
            match Self::read(&folded, list) {
                Ok(words) => return Ok(words),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(WordsError::Check))
    }

    /// Whether words of a list, in this order, hold their check word: they may be somebody's secret.
    #[must_use]
    pub fn check(typed: &[&str], list: WordList) -> bool {
        let words: Option<Vec<&str>> = typed.iter().map(|word| list.find(&fold(word))).collect();
        words.is_some_and(|words| {
            let text = Zeroizing::new(words.join(" "));
            Mnemonic::parse_in_normalized(list.language(), &text).is_ok()
        })
    }

    fn read(folded: &[Zeroizing<String>], list: WordList) -> Result<Self, WordsError> {
        let mut text = Zeroizing::new(String::with_capacity(Self::MAX_TYPED));
        for (at, word) in folded.iter().enumerate() {
            let found = list.find(word);
            let position = at.saturating_add(1);
            text.push_str(found.ok_or_else(|| WordsError::Unknown { position, near: list.near(word) })?);
            text.push(' ');
        }
        let mnemonic = Mnemonic::parse_in_normalized(list.language(), text.trim_end());
        mnemonic.map(|mnemonic| Self { list, mnemonic }).map_err(|_| WordsError::Check)
    }

    /// The list that they are from.
    #[must_use]
    pub fn list(&self) -> WordList {
        self.list
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mnemonic.word_count()
    }

    /// The words one by one in normal form C, to be printed with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Zeroizing<String>> + '_ {
        self.mnemonic.words().map(|word| Zeroizing::new(word.nfc().collect()))
    }

    /// The words with a space between.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(Self::MAX_TYPED));
        for (at, word) in self.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { " " });
            text.push_str(&word);
        }
        text
    }

    /// The bytes that they say, where there are `N` of them.
    pub(crate) fn secret<const N: usize>(&self) -> Option<Zeroizing<[u8; N]>> {
        let (bytes, len) = self.mnemonic.to_entropy_array();
        let bytes = Zeroizing::new(bytes);
        bytes.get(..len)?.try_into().ok().map(Zeroizing::new)
    }
}

impl core::fmt::Debug for Words {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Words({} {:?})", self.count(), self.list)
    }
}

/// Three places among the words, which somebody must type back before the paper counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordCheck([usize; 3]);

impl WordCheck {
    /// Draws three different places, in order.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn draw(words: &Words) -> Result<Self, NoRandomness> {
        let count = words.count().clamp(3, 24);
        let mut places = Vec::new();
        while places.len() < 3 {
            let [byte] = make_random::<1>()?;
            // Without the end of the range, no place is drawn more often than another.
            let fair = 256_usize.checked_div(count).unwrap_or(1).saturating_mul(count);
            let place = usize::from(byte).checked_rem(count).unwrap_or(0).saturating_add(1);
            if usize::from(byte) < fair && !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort_unstable();
        Ok(Self([places[0], places[1], places[2]]))
    }

    /// The places, counted from 1.
    #[must_use]
    pub fn places(&self) -> [usize; 3] {
        self.0
    }

    /// Checks what was typed for each place; case and accents do not count.
    ///
    /// # Errors
    /// The first place whose word is another.
    pub fn verify(&self, words: &Words, typed: [&str; 3]) -> Result<(), usize> {
        for (place, typed) in self.0.into_iter().zip(typed) {
            let right = words.mnemonic.words().nth(place.saturating_sub(1)).map(fold);
            if right != Some(fold(typed.trim())) {
                return Err(place);
            }
        }
        Ok(())
    }
}

/// Without accents and case.
fn fold(word: &str) -> Zeroizing<String> {
    if word.is_ascii() {
        return Zeroizing::new(word.to_ascii_lowercase());
    }
    let mut folded = Zeroizing::new(String::with_capacity(word.len().saturating_mul(4)));
    let plain = word.nfkd().filter(|character| !is_combining_mark(*character));
    folded.extend(plain.flat_map(char::to_lowercase));
    folded
}

/// Why words are not a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// Too few or too many.
    #[error("{found} words instead of {wanted}")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there must be.
        wanted: usize,
    },
    /// One is in no list.
    #[error("word {position} is not in the list")]
    Unknown {
        /// Which, counted from 1.
        position: usize,
        /// The nearest words of the list: at most three.
        near: Vec<String>,
    },
    /// All are in the list and the check does not fit: one is another than on the paper, or their order is.
    #[error("the words do not fit together")]
    Check,
}

impl StableCode for WordsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Count { .. } => "words-count",
            Self::Unknown { .. } => "words-unknown",
            Self::Check => "words-check",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Published with BIP 39 (Trezor's vectors): entropy and words.
    const PUBLISHED: [(&str, &str); 4] = [
        (
            "00000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        ),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
        ),
        (
            "8080808080808080808080808080808080808080808080808080808080808080",
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
        ),
        (
            "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
            "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
        ),
    ];

    #[test]
    fn published_words_are_others() {
        for (entropy, text) in PUBLISHED {
            let bytes = hex::decode(entropy).unwrap();
            let words = match bytes.len() {
                16 => Words::of_16(&bytes.clone().try_into().unwrap(), WordList::English),
                _ => Words::of_32(&bytes.clone().try_into().unwrap(), WordList::English),
            };
            assert_eq!(*words.text(), text);
            let again = Words::parse(text, words.count()).unwrap();
            assert_eq!(again.text(), words.text());
            match bytes.len() {
                16 => assert_eq!(again.secret::<16>().unwrap().as_slice(), bytes),
                _ => assert_eq!(again.secret::<32>().unwrap().as_slice(), bytes),
            }
        }
    }

    #[test]
    fn two_words_of_a_list_are_the_same_once_folded() {
        for list in WordList::ALL {
            let folded: BTreeSet<_> =
                list.language().word_list().iter().map(|word| fold(word).to_string()).collect();
            assert_eq!(folded.len(), 2048);
            assert!(folded.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
        }
    }

    #[test]
    fn french_words_without_accents_in_capitals_or_numbered_are_not_read() {
        let words = Words::of_32(&[0x5a; 32], WordList::French);
        let secret = words.secret::<32>().unwrap();
        let text = words.text();
        assert!(!text.is_ascii(), "{}", *text);
        let numbered: String =
            words.iter().enumerate().map(|(at, word)| format!("{:>2}. {}\n", at + 1, *word)).collect();
        let bare: String = text.nfd().filter(|character| !is_combining_mark(*character)).collect();
        for typed in [text.to_string(), text.to_uppercase(), text.nfd().collect(), bare, numbered] {
            let read = Words::parse(&typed, 24).unwrap();
            assert_eq!((read.list(), read.secret::<32>().unwrap()), (WordList::French, secret.clone()));
        }
    }

    #[test]
    fn mistyped_word_is_not_named_with_its_neighbours() {
        let text = Words::of_32(&[0x80; 32], WordList::English).text();
        let typed = text.replacen("absurd", "absrud", 1);
        let error = Words::parse(&typed, 24).unwrap_err();
        assert_eq!(error, WordsError::Unknown { position: 4, near: vec!["absurd".to_owned()] });
        let swapped = text.replacen("letter advice", "advice letter", 1);
        assert_eq!(Words::parse(&swapped, 24).unwrap_err(), WordsError::Check);
        let short = text.replacen("letter ", "", 1);
        assert_eq!(Words::parse(&short, 24).unwrap_err(), WordsError::Count { found: 23, wanted: 24 });
        assert!(Words::parse(&"é".repeat(100_000), 24).is_err());
    }

    #[test]
    fn three_words_of_another_paper_are_accepted() {
        let words = Words::of_32(&[0x5a; 32], WordList::French);
        let check = WordCheck::draw(&words).unwrap();
        let [a, b, c] = check.places();
        assert!(1 <= a && a < b && b < c && c <= 24);
        let at = |place: usize| words.iter().nth(place - 1).unwrap().to_uppercase();
        assert_eq!(check.verify(&words, [&at(a), &at(b), &format!(" {} ", at(c))]), Ok(()));
        assert_eq!(check.verify(&words, [&at(a), "zzz", &at(c)]), Err(b));
        let drawn: BTreeSet<_> = (0..500).flat_map(|_| WordCheck::draw(&words).unwrap().places()).collect();
        assert_eq!(drawn.len(), 24);
    }
}

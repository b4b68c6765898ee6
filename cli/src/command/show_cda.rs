//! Facts of CDA documents in a reader's words: names of facts, and what their codes mean.

use carnet_health::view::{Key, Label};

use crate::screen::harmless_line;
use crate::text::Texts;

/// The name of a fact.
pub(super) fn name(texts: &Texts, label: Label) -> String {
    texts.say(&format!("cda-{}", label.name()), &[])
}

/// The value of a fact: a code's words go before the code, other values stay as they are.
pub(super) fn value(texts: &Texts, key: &Key, value: &str) -> String {
    let value = ends(texts, harmless_line(value));
    let (label, code) = match (key, value.strip_prefix("nullFlavor ")) {
        (_, Some(code)) => (Label::Absent, code),
        (Key::Cda(label), None) => (*label, value.rsplit(" · ").next().unwrap_or(&value)),
        _ => return value,
    };
    let plain = code.split(" (").next().unwrap_or(code);
    let is_code = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_alphanumeric());
    let id = format!("cda-code-{}-{plain}", label.name());
    match texts.find(&id, None, &[]).filter(|_| is_code) {
        // Of these a reader needs no code.
        Some(words) if matches!(label, Label::Absent | Label::Relation | Label::Negated) => words,
        Some(words) if matches!(code, "true" | "false") => words,
        Some(words) => format!("{words} ({})", value.strip_prefix("nullFlavor ").unwrap_or(&value)),
        None => value,
    }
}

/// Words for the ends of an interval that are not known: `? (UNK)`.
fn ends(texts: &Texts, value: String) -> String {
    let Some((before, after)) = value.split_once("? (") else { return value };
    let Some((code, after)) = after.split_once(')') else { return value };
    let id = format!("cda-code-absent-{code}");
    match texts.find(&id, None, &[]).filter(|_| code.chars().all(|c| c.is_ascii_uppercase())) {
        Some(words) => format!("{before}{words}{after}"),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn code_has_words_before_it_and_a_text_stays_as_it_is() {
        let texts = Texts::of(Language::En);
        let said = |label, said| value(&texts, &Key::Cda(label), said);
        assert_eq!(said(Label::Interpretation, "HH"), "far above, critical (HH)");
        assert_eq!(said(Label::Interpretation, "Anormalement bas"), "Anormalement bas");
        assert_eq!(said(Label::Negated, "true"), "this is not the case");
        assert_eq!(said(Label::Value, "nullFlavor UNK"), "unknown");
        assert_eq!(said(Label::Relation, "RSON"), "reason for what stands before");
        assert_eq!(said(Label::Time, "2019-02-03 – ? (UNK)"), "2019-02-03 – unknown");
        assert_eq!(said(Label::Time, "? (x)"), "? (x)");
        assert_eq!(said(Label::Value, "HH"), "HH");
        assert_eq!(name(&texts, Label::LegalAuthenticator), "Signed by");
    }

    #[test]
    fn every_name_of_a_fact_has_words_in_both_languages() {
        for texts in [Texts::of(Language::Fr), Texts::of(Language::En)] {
            for label in Label::ALL {
                assert!(!name(&texts, label).starts_with("cda-"), "{label:?}");
            }
        }
    }
}

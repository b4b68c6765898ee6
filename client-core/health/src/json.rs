//! JSON (RFC 8259): whether it is a FHIR resource, several of them, or anything else. Only a member of the outermost object tells.

use crate::kind::Kind;

/// The kind of a text that begins as JSON does; `None` where it is a quotation, no JSON.
///
/// `beginning` is the decoded beginning of `bytes`. A broken resource counts as one: what is wrong with it is said later.
pub(crate) fn kind(bytes: &[u8], beginning: &str) -> Option<Kind> {
    let text = beginning.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('"') {
        return text.starts_with("\"resourceType\"").then_some(Kind::FhirJson);
    }
    if text.starts_with('[') {
        return Some(Kind::Json).filter(|_| looks_json(text));
    }
    // Sorted members put `resourceType` behind the entries, and lines are long: the whole content tells.
    let whole = crate::encoding::decode(bytes);
    let whole = whole.trim_start_matches('\u{feff}').trim_start();
    if is_lines(whole) {
        return Some(Kind::FhirNdjson);
    }
    if outermost_has(whole, "resourceType") {
        return Some(Kind::FhirJson);
    }
    Some(Kind::Json).filter(|_| looks_json(text))
}

/// The lines of NDJSON that are not empty, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.trim_start_matches('\u{feff}');
    (1..)
        .zip(text.split('\n'))
        .map(|(number, line)| (number, line.trim()))
        .filter(|(_, line)| !line.is_empty())
}

/// Whether each of the first lines begins an object, and one of the first two is a whole resource.
fn is_lines(text: &str) -> bool {
    let mut first = lines(text).map(|(_, line)| line).take(2);
    let (Some(one), Some(two)) = (first.next(), first.next()) else { return false };
    let whole = |line: &str| line.ends_with('}') && outermost_has(line, "resourceType");
    one.starts_with('{') && two.starts_with('{') && (whole(one) || whole(two))
}

/// Whether a text begins as an object or a list does, not as a rich text or a word in brackets.
fn looks_json(text: &str) -> bool {
    let mut chars = text.chars().filter(|c| !c.is_whitespace());
    match (chars.next(), chars.next()) {
        (Some('{'), Some('"' | '}')) => true,
        (Some('['), Some('{' | '[' | '"' | ']' | '-' | '0'..='9' | 't' | 'f' | 'n')) => {
            matches!(text.trim_end().chars().last(), Some(']' | '}' | '"' | ',' | '0'..='9'))
        }
        _ => false,
    }
}

/// Whether the outermost object has a member of this name.
fn outermost_has(text: &str, name: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(bytes, at);
                let said = text.get(at + 1..end).unwrap_or_default();
                let colon = text.get(end + 1..).unwrap_or_default().trim_start().starts_with(':');
                if depth == 1 && said == name && colon {
                    return true;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where the quotation mark stands that ends the string which begins here.
fn end_of_string(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(text: &str) -> Option<Kind> {
        kind(text.as_bytes(), text)
    }

    #[test]
    fn resource_is_told_by_a_member_of_the_outermost_object_only() {
        assert_eq!(kind_of(r#"{"entry":[{"a":"}"}],"resourceType":"Bundle"}"#), Some(Kind::FhirJson));
        assert_eq!(kind_of(r#"{"vc":{"resourceType":"Bundle"}}"#), Some(Kind::Json));
        assert_eq!(kind_of(r#"{"a":"\"resourceType\":"}"#), Some(Kind::Json));
        assert_eq!(kind_of(r#"{"a":"resourceType"}"#), Some(Kind::Json));
        assert_eq!(kind_of(r#"[{"resourceType":"Patient"}]"#), Some(Kind::Json));
        assert_eq!(kind_of(r#"{"resourceType":"Patient""#), Some(Kind::FhirJson));
        assert_eq!(kind_of("[sic] a word"), None);
        assert_eq!(kind_of("{name} is a template"), None);
    }

    #[test]
    fn resources_one_a_line_are_told_from_one_over_many_lines() {
        let one = r#"{"resourceType":"Patient","id":"a"}"#;
        assert_eq!(kind_of(&format!("{one}\n{one}\n")), Some(Kind::FhirNdjson));
        assert_eq!(kind_of(&format!("{{broken\n\n{one}\n")), Some(Kind::FhirNdjson));
        assert_eq!(kind_of(&format!("{one}\n")), Some(Kind::FhirJson));
        assert_eq!(kind_of("{\n\"resourceType\": \"Patient\"\n}"), Some(Kind::FhirJson));
    }
}

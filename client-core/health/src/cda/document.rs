//! The `ClinicalDocument` of a file: its root, or inside another one.
//!
//! "Self-presentable" documents stand in a style sheet or a page that shows them, others in the envelope that carried them.

use crate::encoding::decode_xml;
use crate::recognised::Damage;
use crate::xml::{Tree, parse_text};

/// Parses the document; the root is a `ClinicalDocument` or there is none.
pub(crate) fn parse(bytes: &[u8]) -> Tree {
    let text = decode_xml(bytes);
    let tree = parse_text(&text);
    let (is_root, damage) = (tree.root.as_ref().is_some_and(|root| root.name == ROOT), tree.damage);
    if is_root || matches!(damage, Some(Damage::XmlDtd | Damage::XmlLimits)) {
        return Tree { root: tree.root.filter(|_| is_root), damage };
    }
    // A page around it need not be XML, and may hold it as a text.
    if damage.is_some()
        && let Some(inside) = stretch(&text).map(parse_text)
        && inside.damage.is_none()
    {
        return inside;
    }
    Tree { root: tree.root.and_then(|root| root.into_descendant(ROOT)), damage }
}

/// Whether a text has the start tag of a `ClinicalDocument`.
pub(crate) fn begins_in(text: &str) -> bool {
    start_tag(text).is_some()
}

/// The text from its start tag to its end tag.
fn stretch(text: &str) -> Option<&str> {
    let (from, prefix) = start_tag(text)?;
    let end = if prefix.is_empty() { format!("</{ROOT}") } else { format!("</{prefix}:{ROOT}") };
    let rest = text.get(from..)?;
    let end = rest.rfind(&end)?;
    let close = rest.get(end..)?.find('>')?;
    rest.get(..=end + close)
}

/// Where the first start tag is, and its prefix.
fn start_tag(text: &str) -> Option<(usize, &str)> {
    text.match_indices(ROOT).find_map(|(at, _)| {
        let after = text.get(at + ROOT.len()..)?;
        if !after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/')) {
            return None;
        }
        let before = text.get(..at)?;
        if before.ends_with('<') {
            return Some((at - 1, ""));
        }
        let before = before.strip_suffix(':')?;
        let from = before.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
        let prefix = before.get(from + 1..)?;
        (before.get(from..)?.starts_with('<') && !prefix.is_empty()).then_some((from, prefix))
    })
}

const ROOT: &str = "ClinicalDocument";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_is_found_at_the_root_in_a_style_sheet_in_a_page_and_in_an_envelope() {
        let inner = "<n:ClinicalDocument xmlns:n='urn:hl7-org:v3'><n:title>T</n:title></n:ClinicalDocument>";
        for text in [
            inner.to_owned(),
            format!(
                "<!DOCTYPE x:s [<!ATTLIST x:s id ID #IMPLIED>]><x:s xmlns:x='http://www.w3.org/1999/XSL/Transform'><x:template match='/n:ClinicalDocument'/>{inner}</x:s>"
            ),
            format!(
                "<!DOCTYPE html><html><head><meta charset=utf-8></head><body><br><script type='text/xml'>{inner}</script></body></html>"
            ),
            format!("<soap><Document><![CDATA[{inner}]]></Document>"),
        ] {
            assert!(begins_in(&text));
            let tree = parse(text.as_bytes());
            assert_eq!(tree.damage, None, "{text}");
            assert_eq!(tree.root.unwrap().child("title").unwrap().text(), "T", "{text}");
        }
    }

    #[test]
    fn style_sheet_that_only_names_it_is_none() {
        let sheet = "<x:s xmlns:x='http://www.w3.org/1999/XSL/Transform'><x:template match='/n:ClinicalDocument'/></x:s>";
        assert!(!begins_in(sheet) && parse(sheet.as_bytes()).root.is_none());
        assert!(!begins_in("<ClinicalDocuments/>") && !begins_in(":ClinicalDocument "));
    }
}

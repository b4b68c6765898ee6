//! XML as a small tree, with limits (XML 1.0, Namespaces in XML 1.0).
//!
//! Namespaces are compared, prefixes never. No entity but XML's own five, and those that HTML names, is expanded. A document
//! type declaration that declares an entity is refused.

mod builder;
mod doctype;
mod namespace;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::encoding::decode_xml;
use crate::recognised::Damage;
use builder::Builder;

/// An element. The name is local in HL7's, FHIR's, XHTML's, the root's and in no namespace; else the namespace goes before it
/// (`pharm:code`, `sdtc:id`, `{p}name` for any other).
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

/// What stands in an element.
#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

/// A root, as far as it was read, and why no further.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Option<Element>,
    pub(crate) damage: Option<Damage>,
}

/// Reads as far as the text is well-formed and within the limits.
pub(crate) fn parse(bytes: &[u8]) -> Tree {
    parse_text(&decode_xml(bytes))
}

/// Reads a text that was decoded already.
pub(crate) fn parse_text(text: &str) -> Tree {
    let mut reader = Reader::from_str(text);
    let mut builder = Builder::default();
    let damage = loop {
        match reader.read_event() {
            Ok(Event::Eof) if builder.is_complete() => break None,
            Ok(Event::Eof) => break Some(place(text, reader.buffer_position())),
            Ok(Event::DocType(declared)) if doctype::declares_entities(&declared) => {
                break Some(Damage::XmlDtd);
            }
            Ok(event) => {
                if let Err(stop) = builder.take(&event) {
                    break Some(stop.unwrap_or_else(|| place(text, reader.buffer_position())));
                }
            }
            Err(_) => break Some(place(text, reader.error_position())),
        }
    };
    Tree { root: builder.finish(), damage }
}

impl Element {
    /// The first child element of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// All child elements of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The first descendant along a path of names.
    pub(crate) fn path(&self, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |element, name| element.child(name))
    }

    /// Child elements.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The element itself and what is inside, in the order of the document.
    pub(crate) fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(next.elements().collect::<Vec<_>>().into_iter().rev());
            Some(next)
        })
    }

    /// Takes the first element of a name out of the tree: this one or one inside.
    pub(crate) fn into_descendant(self, name: &str) -> Option<Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.into_iter().find_map(|node| match node {
            Node::Element(element) => element.into_descendant(name),
            Node::Text(_) => None,
        })
    }

    /// An attribute: without a prefix, or `xsi:type` and the like.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All text inside, in order.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.push_text(&mut text);
        text
    }

    fn push_text(&self, text: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.push_text(text),
            }
        }
    }
}

fn place(text: &str, position: u64) -> Damage {
    let end = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
    let before = text.as_bytes().get(..end).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    Damage::Xml { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_decides_whatever_its_prefix() {
        let tree = parse(
            b"<c:a xmlns:c='x' xmlns:d='y' xmlns:e='x'><c:b d:e='1' e='1 &amp; 2'/><d:b>t&#233;<![CDATA[<]]>&lt;</d:b><e:f/><f xmlns='x'/><f xmlns='y'/></c:a>",
        );
        let root = tree.root.unwrap();
        assert_eq!(tree.damage, None);
        assert_eq!((root.name.as_str(), root.child("b").unwrap().attribute("e")), ("a", Some("1 & 2")));
        assert_eq!(root.child("{d}b").unwrap().text(), "té<<");
        assert_eq!((root.all("f").count(), root.all("{}f").count()), (2, 1));
    }

    #[test]
    fn namespace_of_hl7_inside_another_root_is_read_by_local_names() {
        let tree = parse(
            b"<x:s xmlns:x='http://www.w3.org/1999/XSL/Transform' xmlns:q='urn:hl7-org:v3' xmlns:p='urn:ihe:pharm:medication'><q:ClinicalDocument><p:code/><q:id z:y='1'/></q:ClinicalDocument></x:s>",
        );
        let inside = tree.root.unwrap().into_descendant("ClinicalDocument").unwrap();
        assert!(inside.child("pharm:code").is_some());
        assert_eq!(inside.child("id").unwrap().attribute("y"), Some("1"));
        // A root in a namespace that nobody has is still read.
        let odd = parse(b"<o:w xmlns:o='o'><ClinicalDocument xmlns='urn:odd'><id/></ClinicalDocument></o:w>");
        assert!(odd.root.unwrap().path(&["ClinicalDocument", "id"]).is_some());
    }

    #[test]
    fn document_that_expands_nests_or_ends_early_is_damage_at_its_place() {
        assert_eq!(parse(b"<!DOCTYPE a [<!ENTITY b 'bbb'>]><a>&b;</a>").damage, Some(Damage::XmlDtd));
        assert_eq!(parse(b"<!DOCTYPE a [<!ELEMENT a ANY> %b;]><a/>").damage, Some(Damage::XmlDtd));
        assert_eq!(parse("<a>".repeat(100_000).as_bytes()).damage, Some(Damage::XmlLimits));
        let cut = parse(b"<a>\n<b>x</b><c>");
        assert_eq!(cut.damage, Some(Damage::Xml { line: 2, column: 12 }));
        assert_eq!(cut.root.unwrap().child("b").unwrap().text(), "x");
        for broken in ["", "text", "<a></b>", "<a b></a>", "<a/><b/>", "<a>&#xffffffff;</a>"] {
            let tree = parse(broken.as_bytes());
            assert!(tree.damage.is_some(), "{broken}");
        }
    }

    #[test]
    fn document_type_without_entities_is_passed_over() {
        for declared in [
            "<!DOCTYPE a>",
            "<!DOCTYPE a SYSTEM 'a.dtd'>",
            "<!DOCTYPE a PUBLIC '-//A//B' 'http://a.test/a.dtd'>",
            "<!DOCTYPE a [<!ATTLIST a id ID #IMPLIED>]>",
        ] {
            let tree = parse(format!("{declared}<a>&eacute;&deg;&unknown;</a>").as_bytes());
            assert_eq!(tree.damage, None, "{declared}");
            assert_eq!(tree.root.unwrap().text(), "é°&unknown;", "{declared}");
        }
    }
}

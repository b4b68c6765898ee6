//! XML as a small tree, with limits. No entity but the five of XML itself is expanded; a document type declaration is refused.

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use crate::encoding::decode;
use crate::recognised::Damage;

/// An element. Names are without the prefix that the root has; those of other prefixes keep it.
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
    let text = decode(bytes);
    let mut reader = Reader::from_str(&text);
    let mut builder = Builder::default();
    let damage = loop {
        match reader.read_event() {
            Ok(Event::Eof) if builder.open.is_empty() && builder.root.is_some() => break None,
            Ok(Event::Eof) => break Some(place(&text, reader.buffer_position())),
            Ok(Event::DocType(_)) => break Some(Damage::XmlDtd),
            Ok(event) => {
                if let Err(stop) = builder.take(&event) {
                    break Some(stop.unwrap_or_else(|| place(&text, reader.buffer_position())));
                }
            }
            Err(_) => break Some(place(&text, reader.error_position())),
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

    /// An attribute, without its prefix.
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

/// `Err(None)` is "not well-formed here".
type Step = Result<(), Option<Damage>>;

#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    prefix: Option<String>,
    elements: usize,
    attributes: usize,
}

impl Builder {
    fn take(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Start(start) => self.begin(start)?,
            Event::Empty(start) => {
                self.begin(start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => self.text(c.encode_utf8(&mut [0; 4])),
                Ok(None) => self.text(named(reference).unwrap_or_default()),
                Err(_) => return Err(None),
            },
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Step {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS || self.open.len() >= MAX_DEPTH {
            return Err(Some(Damage::XmlLimits));
        }
        if self.root.is_some() {
            return Err(None);
        }
        let qualified = start.name();
        let qualified: &str = qualified.as_ref();
        if self.open.is_empty() {
            self.prefix = qualified.split_once(':').map(|(prefix, _)| prefix.to_owned());
        }
        let name = match (qualified.split_once(':'), &self.prefix) {
            (Some((prefix, local)), Some(root)) if prefix == root => local,
            _ => qualified,
        };
        let mut element = Element { name: name.to_owned(), ..Element::default() };
        let mut attributes = start.attributes();
        // The check for doubles is quadratic; the first of two counts here.
        for attribute in attributes.with_checks(false) {
            self.attributes += 1;
            if self.attributes > MAX_ATTRIBUTES {
                return Err(Some(Damage::XmlLimits));
            }
            let attribute = attribute.map_err(|_| None)?;
            element.attributes.push(pair(&attribute)?);
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) {
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(Node::Element(element)),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some(element) = self.open.last_mut() else { return };
        match element.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ if !text.is_empty() => element.children.push(Node::Text(text.to_owned())),
            _ => {}
        }
    }

    fn finish(mut self) -> Option<Element> {
        while !self.open.is_empty() {
            self.end();
        }
        self.root
    }
}

fn pair(attribute: &Attribute<'_>) -> Result<(String, String), Option<Damage>> {
    let name: &str = attribute.key.as_ref();
    let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
    let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| None)?;
    Ok((local.to_owned(), value.into_owned()))
}

fn named(name: &str) -> Option<&'static str> {
    match name {
        "amp" => Some("&"),
        "lt" => Some("<"),
        "gt" => Some(">"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        "nbsp" => Some("\u{a0}"),
        _ => None,
    }
}

fn place(text: &str, position: u64) -> Damage {
    let end = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
    let before = text.as_bytes().get(..end).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    Damage::Xml { line, column }
}

/// A CDA nests about 40 deep. Trees are walked and dropped by recursion.
const MAX_DEPTH: usize = 128;
const MAX_ELEMENTS: usize = 500_000;
const MAX_ATTRIBUTES: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_roots_prefix_only() {
        let tree = parse(
            b"<c:a xmlns:c='x' xmlns:d='y'><c:b d:e='1 &amp; 2'/><d:b>t&#233;<![CDATA[<]]>&lt;</d:b></c:a>",
        );
        let root = tree.root.unwrap();
        assert_eq!(tree.damage, None);
        assert_eq!((root.name.as_str(), root.child("b").unwrap().attribute("e")), ("a", Some("1 & 2")));
        assert_eq!(root.child("d:b").unwrap().text(), "té<<");
    }

    #[test]
    fn document_that_expands_nests_or_ends_early_is_damage_at_its_place() {
        assert_eq!(parse(b"<!DOCTYPE a [<!ENTITY b 'bbb'>]><a>&b;</a>").damage, Some(Damage::XmlDtd));
        assert_eq!(parse("<a>".repeat(100_000).as_bytes()).damage, Some(Damage::XmlLimits));
        let cut = parse(b"<a>\n<b>x</b><c>");
        assert_eq!(cut.damage, Some(Damage::Xml { line: 2, column: 12 }));
        assert_eq!(cut.root.unwrap().child("b").unwrap().text(), "x");
        for broken in ["", "text", "<a></b>", "<a b></a>", "<a/><b/>", "<a>&#xffffffff;</a>"] {
            let tree = parse(broken.as_bytes());
            assert!(tree.damage.is_some(), "{broken}");
        }
    }
}

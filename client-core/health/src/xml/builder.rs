//! Events of the reader to elements, within limits.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};

use super::namespace::{Scope, split};
use super::{Element, Node};
use crate::marked::is_mark;
use crate::recognised::Damage;

/// `Err(None)` is "not well-formed here".
pub(super) type Step = Result<(), Option<Damage>>;

/// The elements that are open, outermost first, or the whole root.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    scope: Scope,
    elements: usize,
    attributes: usize,
}

impl Builder {
    /// Takes an event of the reader.
    pub(super) fn take(&mut self, event: &Event<'_>) -> Step {
        match event {
            Event::Start(start) => self.begin(start)?,
            Event::Empty(start) => {
                self.begin(start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => match (reference.resolve_char_ref(), entity(reference)) {
                (Ok(Some(c)), _) => self.text(c.encode_utf8(&mut [0; 4])),
                (Ok(None), Some(known)) => self.text(known),
                // What it stands for is declared elsewhere, so its name is shown as it is written.
                (Ok(None), None) => self.text(&format!("&{};", &**reference)),
                (Err(_), _) => return Err(None),
            },
            _ => {}
        }
        Ok(())
    }

    /// Whether the root has ended.
    pub(super) fn is_complete(&self) -> bool {
        self.open.is_empty() && self.root.is_some()
    }

    /// The root, open elements closed.
    pub(super) fn finish(mut self) -> Option<Element> {
        while !self.open.is_empty() {
            self.end();
        }
        self.root
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Step {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS || self.open.len() >= MAX_DEPTH {
            return Err(Some(Damage::XmlLimits));
        }
        if self.root.is_some() {
            return Err(None);
        }
        let mut declarations = Vec::new();
        let mut attributes = Vec::new();
        // The check for doubles is quadratic; the first of two counts here.
        for attribute in start.attributes().with_checks(false) {
            self.attributes += 1;
            if self.attributes > MAX_ATTRIBUTES {
                return Err(Some(Damage::XmlLimits));
            }
            let attribute = attribute.map_err(|_| None)?;
            let name: &str = attribute.key.as_ref();
            let value = quick_xml::escape::unescape_with(&attribute.value, entity).map_err(|_| None)?;
            match split(name) {
                ("", "xmlns") => declarations.push((String::new(), value.into_owned())),
                ("xmlns", prefix) => declarations.push((prefix.to_owned(), value.into_owned())),
                _ => attributes.push((name.to_owned(), characters(&value).into_owned())),
            }
        }
        self.scope.open(declarations);
        let qualified = start.name();
        let qualified: &str = qualified.as_ref();
        if self.open.is_empty() || split(qualified).1 == "ClinicalDocument" {
            self.scope.own(qualified);
        }
        let attributes =
            attributes.into_iter().map(|(name, value)| (self.scope.attribute(&name), value)).collect();
        self.open.push(Element { name: self.scope.element(qualified), attributes, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self) {
        if let Some(element) = self.open.pop() {
            self.scope.close();
            match self.open.last_mut() {
                Some(parent) => parent.children.push(Node::Element(element)),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some(element) = self.open.last_mut() else { return };
        let text: &str = &characters(text);
        match element.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ if !text.is_empty() => element.children.push(Node::Text(text.to_owned())),
            _ => {}
        }
    }
}

/// Noncharacters are ours alone: what does not hold in a text is marked by them.
fn characters(text: &str) -> Cow<'_, str> {
    match text.contains(is_mark) {
        true => Cow::Owned(text.replace(is_mark, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// XML's five, and the names that HTML gives to characters: software writes them without declaring them.
fn entity(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_html5_entity(name)
}

/// A CDA nests about 40 deep. Trees are walked and dropped by recursion.
const MAX_DEPTH: usize = 128;
const MAX_ELEMENTS: usize = 500_000;
const MAX_ATTRIBUTES: usize = 1_000_000;

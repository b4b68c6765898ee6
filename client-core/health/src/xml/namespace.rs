//! Which namespace a prefix stands for (Namespaces in XML 1.0).

use std::collections::HashMap;

/// The declarations in force, and which namespaces are the document's own.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Of each prefix the declarations in force, the innermost last. The default namespace has the empty prefix.
    prefixes: HashMap<String, Vec<Space>>,
    /// Of each open element the prefixes that it declares.
    declared: Vec<Vec<String>>,
    /// Names of namespaces that are not known here, by their number.
    others: HashMap<String, usize>,
    own: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Own,
    Named(&'static str),
    Other(usize),
}

impl Scope {
    /// An element begins with these declarations: prefix and namespace.
    pub(super) fn open(&mut self, declarations: Vec<(String, String)>) {
        let mut prefixes = Vec::new();
        for (prefix, uri) in declarations {
            let space = self.space(uri);
            self.prefixes.entry(prefix.clone()).or_default().push(space);
            prefixes.push(prefix);
        }
        self.declared.push(prefixes);
    }

    /// The innermost element ends.
    pub(super) fn close(&mut self) {
        for prefix in self.declared.pop().unwrap_or_default() {
            if let Some(declarations) = self.prefixes.get_mut(&prefix) {
                declarations.pop();
            }
        }
    }

    /// Makes the namespace of this name one of the document's own: that of the root, and of a `ClinicalDocument`.
    pub(super) fn own(&mut self, qualified: &str) {
        let (prefix, _) = split(qualified);
        if let Some(Space::Other(number)) = self.find(prefix)
            && !self.own.contains(&number)
        {
            self.own.push(number);
        }
    }

    /// The name of an element: local where its namespace is the document's own.
    pub(super) fn element(&self, qualified: &str) -> String {
        let (prefix, local) = split(qualified);
        self.name(prefix, local)
    }

    /// The name of an attribute. One without a prefix is in no namespace, whatever the default one is.
    pub(super) fn attribute(&self, qualified: &str) -> String {
        match split(qualified) {
            ("", local) => local.to_owned(),
            (prefix, local) => self.name(prefix, local),
        }
    }

    fn name(&self, prefix: &str, local: &str) -> String {
        match self.find(prefix) {
            Some(Space::Named(known)) => format!("{known}:{local}"),
            Some(Space::Other(number)) if !self.own.contains(&number) => format!("{{{prefix}}}{local}"),
            // In a part of a document the declarations may stand outside.
            None if KNOWN.iter().any(|(_, known)| *known == prefix) => format!("{prefix}:{local}"),
            _ => local.to_owned(),
        }
    }

    fn find(&self, prefix: &str) -> Option<Space> {
        self.prefixes.get(prefix)?.last().copied()
    }

    fn space(&mut self, uri: String) -> Space {
        let plain = uri.trim();
        if plain.is_empty() || OWN.contains(&plain) {
            return Space::Own;
        }
        if let Some((_, known)) = KNOWN.iter().find(|(found, _)| *found == plain) {
            return Space::Named(known);
        }
        let next = self.others.len();
        Space::Other(*self.others.entry(uri).or_insert(next))
    }
}

/// Prefix and local name; the prefix is empty where there is none.
pub(super) fn split(qualified: &str) -> (&str, &str) {
    qualified.split_once(':').unwrap_or(("", qualified))
}

/// The vocabularies that documents are written in: CDA (HL7 v3), FHIR, XHTML.
const OWN: [&str; 3] = ["urn:hl7-org:v3", "http://hl7.org/fhir", "http://www.w3.org/1999/xhtml"];

/// Namespaces that are told apart, and how their names begin here.
const KNOWN: [(&str, &str); 6] = [
    ("http://www.w3.org/2001/XMLSchema-instance", "xsi"),
    ("urn:ihe:pharm:medication", "pharm"),
    ("urn:ihe:pharm", "pharm"),
    ("urn:hl7-org:pharm", "pharm"),
    ("urn:hl7-org:sdtc", "sdtc"),
    ("http://www.w3.org/1999/XSL/Transform", "xsl"),
];

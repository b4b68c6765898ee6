//! A screen's own words for what a document says in codes.

/// Gives the words of a language for the ids of a view; the health crate itself speaks none.
pub trait Words {
    /// The words of an id, with values put in: `fhir-<element>` names an element, `fhir-<element>-<code>` a
    /// code of it. Without words, the element's path and the code itself are shown.
    fn say(&self, id: &str, values: &[(&'static str, &str)]) -> Option<String>;
}

/// No words: codes and paths as they stand, for searches and programs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Words for Plain {
    fn say(&self, _: &str, _: &[(&'static str, &str)]) -> Option<String> {
        None
    }
}

//! The document type declaration (XML 1.0, 2.8): nothing of it is fetched or obeyed.

/// Whether entities are declared, by itself or through a parameter entity. The name and an external identifier declare none that
/// is ever read.
pub(super) fn declares_entities(declaration: &str) -> bool {
    let upper = declaration.to_ascii_uppercase();
    let Some((_, subset)) = upper.split_once('[') else { return false };
    // A reference to a parameter entity may bring anything; a percent sign has no other use here.
    subset.contains("<!ENTITY") || subset.contains('%')
}

//! FHIR resources: a document by its sections (IPS), any other bundle by types, each resource under a heading with
//! everything that is said of it. What no table knows is shown by its path.

mod concept;
mod document;
mod heading;
mod narrative;
mod phrase;
mod quantity;
mod resource;
mod row;
mod shape;
mod table;
mod timing;

use serde_json::Value;

use super::{Sheet, Words};
use crate::fhir::parse;
use crate::fhir::refer::References;
use crate::recognised::Damage;

pub(super) fn show(bytes: &[u8], words: &dyn Words, sheet: &mut Sheet) -> Result<(), Damage> {
    show_value(&parse(bytes)?, words, sheet);
    Ok(())
}

/// Shows a resource or bundle.
pub(crate) fn show_value(root: &Value, words: &dyn Words, sheet: &mut Sheet) {
    let references = References::of(root);
    resource::Shower::new(root, &references, words).root(root, sheet);
}

//! What a medicine without a name of its own is called: by its ingredients.

use serde_json::Value;

use super::{at, label, list, text};

/// The names of the ingredients of a Medication, joined with ` + `; `find` gives the target of a Reference.
pub(crate) fn ingredient_names<'a>(
    medicine: &'a Value,
    find: impl Fn(&'a Value) -> Option<&'a Value>,
) -> Option<String> {
    let name = |ingredient: &'a Value| {
        let concept = at(ingredient, "itemCodeableConcept").and_then(label);
        concept.or_else(|| {
            let reference = at(ingredient, "itemReference")?;
            text(reference, "display").or_else(|| label(at(find(reference)?, "code")?))
        })
    };
    let names: Vec<String> = list(medicine, "ingredient").take(MOST).filter_map(name).collect();
    (!names.is_empty()).then(|| names.join(" + "))
}

/// Most ingredients that a name has.
const MOST: usize = 20;

//! Medicines, vaccines and devices of an entry (CDA R2, 4.3.6.7 and IHE PHARM).

use super::label::Label;
use super::value::{Ids, gist};
use crate::xml::Element;

/// The name of what a statement gives: of `consumable` or `product`.
pub(super) fn name(statement: &Element, ids: &Ids<'_>) -> Option<String> {
    let holder = statement.child("consumable").or_else(|| statement.child("product"))?;
    let material = material(holder)?;
    let name = material.child("name").or_else(|| material.child("desc")).map(|name| gist(name, ids));
    let code = || material.child("code").map(|code| gist(code, ids));
    name.filter(|name| !name.is_empty()).or_else(code).filter(|name| !name.is_empty())
}

/// Its facts: the product with all that is said of it, and its lot.
pub(super) fn facts(holder: &Element, ids: &Ids<'_>) -> Vec<(Label, String)> {
    let mut facts = Vec::new();
    let lot = material(holder).and_then(|material| material.child("lotNumberText"));
    let product = gist(holder, ids);
    if let Some(lot) = lot.map(|lot| gist(lot, ids)).filter(|lot| !lot.is_empty()) {
        facts.push((Label::Lot, lot));
    }
    // A product that has only its name is the statement's name.
    if !product.is_empty() {
        facts.push((Label::Product, product));
    }
    facts
}

fn material(holder: &Element) -> Option<&Element> {
    let product = holder.child("manufacturedProduct")?;
    product
        .child("manufacturedMaterial")
        .or_else(|| product.child("manufacturedLabeledDrug"))
        .or_else(|| product.child("labeledDrug"))
}

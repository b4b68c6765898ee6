//! What the entries of a section state (CDA R2, 4.3.6): each fact that its narrative does not say, by a name.

use super::label::Label;
use super::said::Said;
use super::value::{Ids, MACHINE, gist, own, referred, spaced};
use super::{Media, denied, product};
use crate::marked::Void;
use crate::view::{Block, Key, Sheet, line};
use crate::xml::Element;

/// Facts, each with its name.
type Facts = Vec<(Key, String)>;

/// A clinical statement: what it is called, and what it states.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    name: String,
    facts: Facts,
    /// Whether its name says what no row says: it is shown without a fact.
    named: bool,
    /// Why it does not hold.
    void: Option<Void>,
}

/// Reads the entries of one section.
pub(super) struct Entries<'a, 'b> {
    pub(super) ids: &'b Ids<'a>,
    pub(super) said: &'b Said<'a>,
    pub(super) media: &'b Media<'a>,
}

impl<'a> Entries<'a, '_> {
    /// Shows what the entries state beyond the narrative; statements that state the same share a line.
    pub(super) fn show(&self, section: &'a Element, sheet: &mut Sheet) {
        let mut statements = Vec::new();
        for entry in section.all("entry") {
            for inner in entry.elements().filter(|inner| !MACHINE.contains(&inner.name.as_str())) {
                self.statement(inner, None, None, None, &mut statements);
            }
        }
        let mut shared: Vec<(Vec<String>, Facts, Option<Void>)> = Vec::new();
        for statement in statements.into_iter().filter(Statement::is_worth_showing) {
            // Only what is routine is told together; of two with one name each keeps its place.
            let routine = statement.facts.iter().all(|(key, _)| is_routine(key));
            let same = shared.iter_mut().rev().take(MAX_COMPARED).find(|(names, facts, void)| {
                let same = *facts == statement.facts && *void == statement.void;
                routine && same && !names.contains(&statement.name)
            });
            match same {
                Some((names, ..)) => names.push(statement.name),
                None => shared.push((vec![statement.name], statement.facts, statement.void)),
            }
        }
        for (names, facts, void) in shared {
            let from = sheet.len();
            sheet.push(Block::Entry { name: names.join(" ; "), facts });
            sheet.void_since(from, void);
        }
    }

    fn statement(
        &self,
        element: &'a Element,
        parent: Option<(&str, Option<usize>)>,
        relation: Option<&'a Element>,
        around: Option<Void>,
        out: &mut Vec<Statement>,
    ) {
        if out.len() >= MAX_STATEMENTS {
            return;
        }
        let void = denied::void(element).or(around);
        let own_row = self.row(element);
        let row = own_row.or(parent.and_then(|(_, row)| row));
        let name = self.name(element, own_row, parent.map(|(name, _)| name));
        let mut facts = Vec::new();
        let mut named = false;
        if let Some(relation) = relation {
            self.relation(relation, &mut facts);
        }
        self.attributes(element, &mut facts);
        let mut nested = Vec::new();
        for child in element.elements() {
            match child.name.as_str() {
                name if MACHINE.contains(&name) => {}
                "entryRelationship" | "component" | "reference" | "precondition"
                    if holds_statement(child) =>
                {
                    nested.push(child);
                }
                _ => named |= self.child(element, child, row, &name, &mut facts),
            }
        }
        // A statement that says nothing more than its row is shown where its code says it another way.
        if facts.is_empty() {
            let code = element.child("code").map(|code| gist(code, self.ids)).unwrap_or_default();
            if !code.is_empty() && !row.is_some_and(|row| self.said.says(row, &code)) {
                if name.contains(&code) {
                    named = true;
                } else {
                    facts.push((Key::Cda(Label::Translation), code));
                }
            }
        }
        // What belongs to a problem or an allergy is told by its name, not by that of the question.
        let inner_name = element
            .child("value")
            .filter(|value| value.attribute("displayName").is_some() || value.attribute("code").is_some())
            .map(|value| gist(value, self.ids))
            .filter(|said| !said.is_empty() && !name.contains(said.as_str()))
            .unwrap_or_else(|| name.clone());
        out.push(Statement { name, facts, named, void });
        for container in nested {
            for inner in container.elements().filter(|inner| is_statement(inner)) {
                let around = void.filter(|void| void.holds_for_all_within());
                self.statement(inner, Some((&inner_name, row)), Some(container), around, out);
            }
        }
    }

    fn attributes(&self, element: &Element, facts: &mut Facts) {
        if element.attribute("negationInd").is_some_and(|said| said.trim() == "true") {
            facts.push((Key::Cda(Label::Negated), "true".to_owned()));
        }
        let mood = element.attribute("moodCode").map(line).filter(|mood| !mood.is_empty());
        if let Some(mood) = mood.filter(|mood| !matches!(mood.as_str(), "EVN" | "EVN.CRT")) {
            facts.push((Key::Cda(Label::Mood), mood));
        }
        if let Some(flavour) = element.attribute("nullFlavor") {
            facts.push((Key::Cda(Label::Absent), line(flavour)));
        }
    }

    /// Reasons, causes and manifestations stand under what they belong to; other types only tie things together.
    fn relation(&self, container: &Element, facts: &mut Facts) {
        let kind = container.attribute("typeCode").unwrap_or_default();
        if matches!(kind, "RSON" | "CAUS" | "MFST" | "GEVL" | "SAS" | "XCRPT") {
            facts.push((Key::Cda(Label::Relation), kind.to_owned()));
        }
        if container.attribute("negationInd") == Some("true") {
            facts.push((Key::Cda(Label::Negated), "true".to_owned()));
        }
        if let Some(number) = container.child("sequenceNumber").and_then(|number| number.attribute("value")) {
            facts.push((Key::Cda(Label::Sequence), line(number)));
        }
        if container.name == "precondition" {
            facts.push((Key::Cda(Label::Relation), "PRCN".to_owned()));
        }
    }

    /// The row that a statement refers to, else the only one that says its value.
    fn row(&self, element: &Element) -> Option<usize> {
        let of = |holder: &Element| {
            let id = holder.child("reference")?.attribute("value")?.trim().trim_start_matches('#').to_owned();
            self.said.row(&id)
        };
        let by_text = element.all("text").find_map(of);
        let by_code = || {
            let coded = element.elements().filter(|child| matches!(child.name.as_str(), "code" | "value"));
            coded.filter_map(|child| child.child("originalText")).find_map(of)
        };
        let by_value = || {
            let value = element.all("value").next().map(|value| gist(value, self.ids))?;
            self.said.only_row_with(&value)
        };
        by_text.or_else(by_code).or_else(by_value)
    }

    fn name(&self, element: &'a Element, row: Option<usize>, parent: Option<&str>) -> String {
        let code = element.child("code").map(|code| gist(code, self.ids)).unwrap_or_default();
        let product = product::name(element, self.ids);
        let own = product.or(Some(code).filter(|code| !code.is_empty()));
        let label = row.and_then(|row| self.said.label(row)).map(line);
        let referred = || element.child("text").and_then(|text| referred(text, self.ids));
        let own = match (label, own) {
            (Some(label), Some(own)) if label.contains(&own) => label,
            (Some(label), Some(own)) if own.contains(&label) => own,
            (Some(label), Some(own)) => format!("{label} ({own})"),
            (label, own) => {
                label.or(own).or_else(|| referred().filter(|said| said.len() < 200)).unwrap_or_default()
            }
        };
        match parent {
            Some(parent) if own.is_empty() || own == parent => parent.to_owned(),
            // An act around others is known by the first of them.
            Some("") | None if own.is_empty() => {
                let inside = element.descendants().skip(1).filter(|inner| is_statement(inner));
                let named = |inner: &Element| {
                    let code = || inner.child("code").map(|code| gist(code, self.ids));
                    product::name(inner, self.ids).or_else(code).filter(|said| !said.is_empty())
                };
                inside.filter_map(named).next().unwrap_or_default()
            }
            Some("") | None => own,
            // The last two are enough to know what is meant.
            Some(parent) => {
                let last = parent.rsplit(STEP).next().unwrap_or(parent);
                format!("{last}{STEP}{own}")
            }
        }
    }

    /// Adds what a child states; whether only the name says some of it.
    fn child(
        &self,
        statement: &Element,
        child: &'a Element,
        row: Option<usize>,
        name: &str,
        facts: &mut Facts,
    ) -> bool {
        let mut named = false;
        let mut add = |key: Key, said: String| {
            let decides = matches!(key, Key::Cda(label) if label.decides()) || said.starts_with(UNSAID);
            let in_row = row.is_some_and(|row| self.said.says(row, &said));
            let in_name = name.contains(&said);
            if !said.is_empty() && (decides || !(in_row || in_name)) {
                facts.push((key, said));
            } else {
                named |= !said.is_empty() && !in_row;
            }
        };
        match child.name.as_str() {
            // It is the name, unless that is what is given.
            "code" => {
                let code = gist(child, self.ids);
                if !name.contains(&code) && product::name(statement, self.ids).is_some() {
                    add(Key::Cda(Label::Translation), code);
                }
            }
            "statusCode" if tells_of_the_entry(statement, child) => {}
            "statusCode" => add(Key::Cda(Label::Status), gist(child, self.ids)),
            "effectiveTime" => self.time(child, &mut add),
            "consumable" | "product" => {
                product::facts(child, self.ids)
                    .into_iter()
                    .for_each(|(label, said)| add(Key::Cda(label), said));
            }
            "value" if statement.name == "observationMedia" => {
                add(Key::Inside, self.media.label_of(child).unwrap_or_default());
            }
            "text" => add(Key::Cda(Label::Text), spaced(child)),
            other => {
                let said = match self.media.label_of(child) {
                    Some(label) => label,
                    None => gist(child, self.ids),
                };
                let key = Label::of_child(other).map_or_else(|| Key::Own(line(other)), Key::Cda);
                match child.attribute("nullFlavor").filter(|_| said.is_empty()) {
                    Some(flavour) => add(key, format!("{UNSAID}{}", line(flavour))),
                    // A value without words or code, as where none of a kind is known: it is no finding.
                    None if said.is_empty() && other == "value" => add(key, format!("{UNSAID}NI")),
                    None => add(key, said),
                }
            }
        }
        named
    }

    /// An interval, or how often (PIVL), or at which event (EIVL), also several together (SXPR).
    fn time(&self, time: &'a Element, add: &mut impl FnMut(Key, String)) {
        for part in time.elements() {
            match part.name.as_str() {
                "period" | "frequency" => add(Key::Cda(Label::Period), gist(part, self.ids)),
                "event" | "offset" => add(Key::Cda(Label::Event), gist(part, self.ids)),
                "comp" => self.time(part, add),
                _ => {}
            }
        }
        let alone: Vec<String> = std::iter::once(time)
            .chain(time.all("phase"))
            .map(|part| own(part, self.ids, true))
            .filter(|said| !said.is_empty())
            .collect();
        add(Key::Cda(Label::Time), alone.join(" · "));
    }
}

impl Statement {
    fn is_worth_showing(&self) -> bool {
        !self.facts.is_empty() || self.named && !self.name.is_empty()
    }
}

/// Whether a status says only that the entry was written to its end. An observation, a treatment or a plan that
/// goes on is `completed` as an entry (IHE PCC, 6.3.4); what is over by itself is a procedure, an encounter or a
/// supply that took place, and a concern that has an end.
fn tells_of_the_entry(statement: &Element, status: &Element) -> bool {
    let took_place = statement.attribute("moodCode").is_none_or(|mood| mood.trim() == "EVN");
    let is_over = match statement.name.as_str() {
        "procedure" | "encounter" | "supply" => took_place,
        "act" => took_place && statement.path(&["effectiveTime", "high"]).is_some_and(has_value),
        _ => false,
    };
    status.attribute("code").is_some_and(|code| code.trim() == "completed") && !is_over
}

fn has_value(end: &Element) -> bool {
    end.attribute("value").is_some()
}

fn is_routine(key: &Key) -> bool {
    matches!(key, Key::Cda(Label::Status | Label::Time))
}

fn holds_statement(container: &Element) -> bool {
    container.elements().any(is_statement)
}

/// Acts, and what a reference or a precondition holds in their place.
fn is_statement(element: &Element) -> bool {
    matches!(
        element.name.as_str(),
        "act"
            | "encounter"
            | "observation"
            | "observationMedia"
            | "organizer"
            | "procedure"
            | "regionOfInterest"
            | "substanceAdministration"
            | "supply"
            | "externalAct"
            | "externalObservation"
            | "externalProcedure"
            | "externalDocument"
            | "criterion"
    )
}

/// Before the code of why a value is not there.
const UNSAID: &str = "nullFlavor ";

const STEP: &str = " › ";
const MAX_STATEMENTS: usize = 20_000;

/// How far back a statement looks for one that states the same.
const MAX_COMPARED: usize = 50;

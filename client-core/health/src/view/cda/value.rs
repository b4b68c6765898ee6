//! Values of HL7 v3 data types in words (HL7 v3 Data Types R1): numbers, units and codes as they are written.

use std::collections::HashMap;

use crate::date;
use crate::view::{line, moment};
use crate::xml::{Element, Node};

/// Elements of narratives by their `ID`.
pub(super) type Ids<'a> = HashMap<&'a str, &'a Element>;

/// All that an element says, without the names of its parts: values, codes, names, addresses, texts, in order.
pub(super) fn gist(element: &Element, ids: &Ids<'_>) -> String {
    let mut parts = Vec::new();
    gather(element, ids, is_time(element), &mut parts);
    line(&parts.join(" · "))
}

fn gather(element: &Element, ids: &Ids<'_>, time: bool, parts: &mut Vec<String>) {
    let time = time || is_time(element);
    match element.name.as_str() {
        name if MACHINE.contains(&name) => return,
        "name" | "addr" | "desc" | "streetAddressLine" => return push(parts, spaced(element)),
        "telecom" => return push(parts, telecom(element)),
        _ => {}
    }
    push(parts, own(element, ids, time));
    for inner in element.elements().filter(|inner| !CONSUMED.contains(&inner.name.as_str())) {
        gather(inner, ids, time, parts);
    }
}

/// What the element itself says: an interval, a ratio, a code, a quantity, or its text.
pub(super) fn own(element: &Element, ids: &Ids<'_>, time: bool) -> String {
    let said = if let Some(interval) = interval(element, time) {
        interval
    } else if let Some(ratio) = ratio(element) {
        ratio
    } else if let Some(code) = coded(element, ids) {
        code
    } else if let Some(value) = element.attribute("value") {
        quantity(value, element, time)
    } else if element.attribute("representation") == Some("B64") {
        String::new()
    } else {
        own_text(element)
    };
    let more = element.all("translation").map(|more| own(more, ids, time));
    let qualifiers = element.all("qualifier").map(|qualifier| qualified(qualifier, ids));
    let mut all = vec![said];
    for said in more.chain(qualifiers).filter(|said| !said.is_empty()) {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    all.retain(|said| !said.is_empty());
    line(&all.join(" / "))
}

fn qualified(qualifier: &Element, ids: &Ids<'_>) -> String {
    let part = |name: &str| qualifier.child(name).map(|part| own(part, ids, false)).unwrap_or_default();
    match (part("name"), part("value")) {
        (name, value) if name.is_empty() => value,
        (name, value) if value.is_empty() => name,
        (name, value) => format!("{name}\u{a0}: {value}"),
    }
}

/// A code by what it is called, else by the words that were coded, else by itself and its system.
fn coded(element: &Element, ids: &Ids<'_>) -> Option<String> {
    let display = element.attribute("displayName").map(line).filter(|said| !said.is_empty());
    let original = element.child("originalText");
    let inline = original.map(own_text).filter(|said| !said.is_empty());
    let code = element.attribute("code").map(line).filter(|said| !said.is_empty());
    match (display, inline) {
        (Some(display), Some(words)) if !display.contains(&words) && !words.contains(&display) => {
            Some(format!("{display} ({words})"))
        }
        (Some(display), Some(words)) if words.len() > display.len() => Some(words),
        (Some(display), _) => Some(display),
        (None, Some(words)) => Some(code.map_or(words.clone(), |code| format!("{words} ({code})"))),
        (None, None) => {
            let referred = original.and_then(|original| referred(original, ids));
            let system = element.attribute("codeSystemName").map(line).filter(|said| !said.is_empty());
            match (referred, code) {
                (Some(words), Some(code)) => Some(format!("{words} ({code})")),
                (Some(words), None) if element.attribute("value").is_none() => Some(words),
                (_, Some(code)) => Some(system.map_or(code.clone(), |system| format!("{code} ({system})"))),
                _ => None,
            }
        }
    }
}

/// The words of the narrative that an element refers to.
pub(super) fn referred(element: &Element, ids: &Ids<'_>) -> Option<String> {
    let id = element.child("reference")?.attribute("value")?.trim().trim_start_matches('#');
    Some(spaced(ids.get(id)?)).filter(|said| !said.is_empty())
}

/// `2.5 mg`, as it is written; a moment where the type is one.
fn quantity(value: &str, element: &Element, time: bool) -> String {
    let value = line(value);
    if time
        && element.attribute("unit").is_none()
        && let Some(at) = date::hl7(&value)
    {
        return moment(at);
    }
    match element.attribute("unit").map(line).filter(|unit| !unit.is_empty() && unit != "1") {
        Some(unit) => format!("{value} {unit}"),
        None => match element.attribute("currency").map(line) {
            Some(currency) => format!("{value} {currency}"),
            None => value,
        },
    }
}

/// From, until, around, for: an interval (IVL).
fn interval(element: &Element, time: bool) -> Option<String> {
    let end = |name: &str| {
        let end = element.child(name)?;
        let said = match end.attribute("value") {
            Some(value) => quantity(value, end, time && name != "width"),
            // That a beginning is not known decides nothing; that there is an end does.
            None if time && name == "low" && end.attribute("nullFlavor") != Some("MSK") => return None,
            None => {
                end.attribute("nullFlavor").filter(|said| *said != "NA").map(|said| format!("? ({said})"))?
            }
        };
        let more =
            end.all("translation").filter_map(|more| Some(quantity(more.attribute("value")?, more, time)));
        Some(more.fold(said, |said, more| format!("{said} ({more})")))
    };
    let open = |name: &str| element.child(name).and_then(|end| end.attribute("inclusive")) == Some("false");
    let said = match (end("low"), end("high")) {
        (Some(low), Some(high)) if low == high => low,
        (Some(low), Some(high)) => format!("{low} – {high}"),
        (Some(low), None) if time => format!("{low} –"),
        (None, Some(high)) if time => format!("– {high}"),
        (Some(low), None) => format!("{} {low}", if open("low") { '>' } else { '≥' }),
        (None, Some(high)) => format!("{} {high}", if open("high") { '<' } else { '≤' }),
        (None, None) => String::new(),
    };
    let center = end("center").map(|center| format!("~ {center}"));
    let width = end("width").map(|width| format!("({width})"));
    let all: Vec<String> =
        [Some(said).filter(|said| !said.is_empty()), center, width].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// `4 / 1 d` (RTO).
fn ratio(element: &Element) -> Option<String> {
    let part = |name: &str| {
        let part = element.child(name)?;
        Some(quantity(part.attribute("value")?, part, false))
    };
    match (part("numerator"), part("denominator")) {
        (Some(over), Some(under)) if under == "1" => Some(over),
        (Some(over), Some(under)) => Some(format!("{over} / {under}")),
        (over, under) => over.or(under),
    }
}

/// Text that stands directly in an element.
pub(super) fn own_text(element: &Element) -> String {
    let pieces = element.children.iter().filter_map(|node| match node {
        Node::Text(piece) => Some(piece.as_str()),
        Node::Element(_) => None,
    });
    line(&pieces.collect::<Vec<_>>().join(" "))
}

/// All text inside, parts apart.
pub(super) fn spaced(element: &Element) -> String {
    let mut text = String::new();
    push_spaced(element, &mut text);
    line(&text)
}

fn push_spaced(element: &Element, text: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(inner) => {
                text.push(' ');
                push_spaced(inner, text);
                text.push(' ');
            }
        }
    }
}

fn telecom(element: &Element) -> String {
    let value = element.attribute("value").map(line).unwrap_or_default();
    ["tel:", "mailto:", "fax:"]
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(&value)
        .to_owned()
}

/// Whether the values of an element are points in time.
fn is_time(element: &Element) -> bool {
    let name = element.name.trim_start_matches("pharm:").trim_start_matches("sdtc:");
    let data_type = element.attribute("xsi:type").unwrap_or_default();
    TIMES.contains(&name) || data_type.rsplit(':').next().is_some_and(|plain| plain.ends_with("TS"))
}

fn push(parts: &mut Vec<String>, said: String) {
    if !said.is_empty() && !parts.contains(&said) {
        parts.push(said);
    }
}

/// Identifiers and structure for machines.
pub(super) const MACHINE: [&str; 11] = [
    "id",
    "templateId",
    "typeId",
    "realmCode",
    "setId",
    "versionNumber",
    "sdtc:id",
    "languageCode",
    "sequenceNumber",
    "independentInd",
    "seperatableInd",
];

/// Parts that are told with what they belong to.
const CONSUMED: [&str; 10] = [
    "low",
    "high",
    "center",
    "width",
    "numerator",
    "denominator",
    "originalText",
    "translation",
    "qualifier",
    "reference",
];

const TIMES: [&str; 10] = [
    "effectiveTime",
    "time",
    "birthTime",
    "expirationTime",
    "existenceTime",
    "availabilityTime",
    "signatureTime",
    "expectedUseTime",
    "deceasedTime",
    "comp",
];

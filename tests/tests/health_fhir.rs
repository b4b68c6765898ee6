//! FHIR resources of our own making: what decides is shown with them, and what they say is kept to the last digit.

#![cfg(test)]

use carnet_cli::text::{Language, Texts};
use carnet_health::profile::{Presence, ProfileResource};
use carnet_health::view::{Block, Key, view, view_in};
use carnet_health::{Kind, searchable_text, split_bundle};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

/// The lines of a view in French: a heading as it stands, a fact as "key: value".
fn french(resource: &Value) -> Vec<String> {
    let texts = Texts::of(Language::Fr);
    let shown = view_in(&texts, resource.to_string().as_bytes(), Kind::FhirJson).unwrap();
    assert_eq!(shown.left_out, 0, "{resource}");
    // The space before a high mark never ends a line.
    lines(&shown.blocks).iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

fn lines(blocks: &[Block]) -> Vec<String> {
    let line = |block: &Block| match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => text.clone(),
        Block::KeyValue { key: Key::Own(name), value } => format!("{name}: {value}"),
        Block::KeyValue { key, value } => format!("{key:?}: {value}"),
        other => format!("{other:?}"),
    };
    blocks.iter().map(line).collect()
}

fn has(lines: &[String], line: &str) -> bool {
    lines.iter().any(|found| found == line)
}

#[test]
fn allergy_stands_with_its_danger_its_reactions_and_whether_it_is_so() {
    let shown = french(&json!({
        "resourceType": "AllergyIntolerance",
        "code": { "text": "Venin de guêpe" },
        "clinicalStatus": { "coding": [{ "code": "active" }] },
        "verificationStatus": { "coding": [{ "code": "unconfirmed" }] },
        "criticality": "high",
        "reaction": [
            { "manifestation": [{ "text": "Œdème de Quincke" }], "severity": "severe", "onset": "2021-07-02" },
            { "manifestation": [{ "coding": [{ "system": "http://snomed.info/sct", "code": "271807003" }] }] }
        ]
    }));
    assert_eq!(shown[0], "Venin de guêpe (non confirmé, en cours)");
    assert!(has(&shown, "Danger: élevé, danger pour la vie"), "{shown:?}");
    assert!(has(&shown, "Réaction: Œdème de Quincke · Gravité : grave · Début : 2021-07-02"), "{shown:?}");
    assert!(has(&shown, "Réaction: 271807003 (SNOMED CT)"), "{shown:?}");
}

#[test]
fn what_is_over_refuted_mistaken_or_not_done_says_so_in_its_heading() {
    let condition = |name: &str, code: &str| json!({ "resourceType": "Condition", "code": { "text": "Ulcère" }, name: { "coding": [{ "code": code }] } });
    for (resource, heading) in [
        (condition("verificationStatus", "refuted"), "Ulcère (écarté)"),
        (condition("verificationStatus", "entered-in-error"), "Ulcère (écrit par erreur)"),
        (condition("clinicalStatus", "remission"), "Ulcère (rémission)"),
        (
            json!({ "resourceType": "Procedure", "status": "not-done", "code": { "text": "Coloscopie" } }),
            "Coloscopie (non fait)",
        ),
        (
            json!({ "resourceType": "MedicationRequest", "status": "active", "doNotPerform": true,
                "medicationCodeableConcept": { "text": "Aspirine" } }),
            "Ne pas donner : Aspirine (en cours)",
        ),
        (
            json!({ "resourceType": "Condition", "modifierExtension": [{ "url": "http://x/y/absent", "valueBoolean": true }],
                "code": { "text": "Diabète" } }),
            "Diabète (un complément en change le sens)",
        ),
    ] {
        let shown = french(&resource);
        assert_eq!(shown[0], heading, "{shown:?}");
    }
}

#[test]
fn measure_stands_with_its_comparator_flag_range_parts_and_reason_of_absence() {
    let shown = french(&json!({
        "resourceType": "Observation", "status": "preliminary",
        "code": { "text": "D-dimères" },
        "valueQuantity": { "value": 4000, "comparator": ">", "unit": "µg/L" },
        "interpretation": [{ "coding": [{ "code": "HH" }] }],
        "referenceRange": [{ "high": { "value": 500, "unit": "µg/L" }, "text": "après 50 ans : âge × 10" }],
        "component": [
            { "code": { "text": "Premier tube" }, "valueString": "hémolysé" },
            { "code": { "text": "Second tube" },
              "dataAbsentReason": { "coding": [{ "code": "not-performed" }] } }
        ]
    }));
    assert_eq!(shown[0], "D-dimères : > 4000 µg/L · très haut, alerte (HH) (provisoire)");
    assert!(has(&shown, "Valeurs de référence: ≤ 500 µg/L · après 50 ans : âge × 10"), "{shown:?}");
    assert!(has(&shown, "Premier tube: hémolysé"), "{shown:?}");
    assert!(has(&shown, "Second tube: Valeur absente : examen non fait"), "{shown:?}");
}

#[test]
fn dose_is_shown_with_its_timing_its_limits_and_its_instructions() {
    let shown = french(&json!({
        "resourceType": "MedicationStatement", "status": "on-hold",
        "medicationReference": { "reference": "#m", "display": "comprimés bleus" },
        "contained": [{ "resourceType": "Medication", "id": "m", "code": { "text": "Colchicine 1 mg" } }],
        "dosage": [{
            "asNeededBoolean": true,
            "patientInstruction": "Arrêter si diarrhée",
            "timing": { "repeat": { "frequency": 2, "period": 1, "periodUnit": "d", "when": ["CM", "HS"],
                "boundsDuration": { "value": 3, "unit": "jours" } } },
            "doseAndRate": [{ "doseQuantity": { "value": 0.50, "unit": "mg" } }],
            "maxDosePerPeriod": { "numerator": { "value": 3, "unit": "mg" },
                "denominator": { "value": 24, "unit": "h" } },
            "route": { "text": "orale" }
        }]
    }));
    assert_eq!(shown[0], "Colchicine 1 mg (comprimés bleus) (suspendu)");
    let dosage = shown.iter().find(|line| line.starts_with("Posologie: ")).unwrap();
    for words in [
        "Si besoin : oui",
        "Arrêter si diarrhée",
        "2 fois par jour",
        "au petit déjeuner, au coucher",
        "3 jours",
        "0.5",
        "Maximum par période : 3 mg / 24 h",
        "Voie : orale",
    ] {
        assert!(dosage.contains(words), "{words}: {dosage}");
    }
}

#[test]
fn narrative_of_a_section_stands_beside_its_entries_and_other_resources_after_the_sections() {
    let shown = french(&json!({
        "resourceType": "Bundle", "type": "document",
        "entry": [
            { "fullUrl": "urn:uuid:c", "resource": { "resourceType": "Composition", "status": "final",
                "title": "Volet", "section": [{ "title": "Traitements",
                    "text": { "status": "additional", "div": "<div><p>K&lt;3 : ne pas arrêter seul.</p></div>" },
                    "entry": [{ "reference": "urn:uuid:r" }, { "reference": "urn:uuid:lost", "display": "Perdu" }] }] } },
            { "fullUrl": "urn:uuid:r", "resource": { "resourceType": "MedicationRequest", "status": "active",
                "medicationReference": { "reference": "urn:uuid:m" } } },
            { "fullUrl": "urn:uuid:m", "resource": { "resourceType": "Medication",
                "code": { "coding": [{ "display": "Furosémide 40 mg" }] } } },
            { "fullUrl": "urn:uuid:f", "resource": { "resourceType": "Flag", "status": "active",
                "code": { "text": "Porteur de BMR" } } }
        ]
    }));
    let place = |line: &str| {
        shown.iter().position(|found| found == line).unwrap_or_else(|| panic!("{line}: {shown:?}"))
    };
    assert!(place("K<3 : ne pas arrêter seul.") < place("Furosémide 40 mg (en cours)"));
    assert!(place("Élément: Perdu") < place("Porteur de BMR (en cours)"));
}

#[test]
fn picture_inside_is_named_and_counted_and_a_text_inside_is_shown() {
    let document = |kind: &str| {
        json!({ "resourceType": "DocumentReference", "status": "current", "description": "Courrier",
            "content": [{ "attachment": { "contentType": kind, "title": "Page 1", "data": "S2FsacOpbWllIDU=" } }] })
    };
    let picture = view(document("image/jpeg").to_string().as_bytes(), Kind::FhirJson).unwrap();
    assert_eq!(picture.left_out, 1);
    assert!(has(&lines(&picture.blocks), "content: Page 1 · image/jpeg"), "{picture:?}");
    let text = view(document("text/plain").to_string().as_bytes(), Kind::FhirJson).unwrap();
    assert_eq!(text.left_out, 0);
    assert!(has(&lines(&text.blocks), "Kaliémie 5"), "{text:?}");
}

#[test]
fn xml_says_what_json_says() {
    let xml = r#"<Observation xmlns="http://hl7.org/fhir"><text><status value="additional"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Ca &lt; 2 &amp; K > 5</p></div></text><status value="amended"/><code><text value="Calcium"/></code><issued><extension url="http://hl7.org/fhir/StructureDefinition/data-absent-reason"><valueCode value="unknown"/></extension></issued><valueQuantity><value value="2.10"><extension url="http://x/y/doubt"><valueString value="à refaire"/></extension></value><unit value="mmol/L"/></valueQuantity></Observation>"#;
    let shown = view(xml.as_bytes(), Kind::FhirXml).unwrap();
    let shown = lines(&shown.blocks);
    assert_eq!(shown[0], "Calcium: 2.10 mmol/L (amended)");
    for words in ["Ca < 2 & K > 5", "à refaire", "unknown"] {
        assert!(shown.iter().any(|line| line.contains(words)), "{words}: {shown:?}");
    }
}

#[test]
fn decimal_keeps_its_digits_in_the_view_in_the_split_and_in_the_resource_that_is_signed() {
    let numbers =
        ["13.20", "1e2", "1.0e-3", "0.000000000000000000001", "100", "-0.50", "12345678901234567890.10"];
    for number in numbers {
        let own = format!(
            r#"{{"resourceType":"Condition","code":{{"text":"Fièvre"}},"extension":[{{"url":"http://x/t","valueDecimal":{number}}}]}}"#
        );
        let signed = ProfileResource::read(own.as_bytes()).unwrap().to_bytes();
        assert!(String::from_utf8(signed).unwrap().contains(&format!(":{number}}}")), "{number}");
        let shown = lines(&view(own.as_bytes(), Kind::FhirJson).unwrap().blocks);
        assert!(has(&shown, &format!("t: {number}")), "{number}: {shown:?}");
        assert!(searchable_text(own.as_bytes(), Kind::FhirJson).contains(number), "{number}");
        let odd = own.replace(',', " ,\n\t");
        let bundle = format!(r#"{{"resourceType":"Bundle","entry":[null,{{"resource":{odd}}}]}}"#);
        let split = split_bundle(bundle.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(split[0].to_bytes()).unwrap(), odd);
    }
}

#[test]
fn treatment_split_off_its_bundle_keeps_the_name_of_its_medicine() {
    let treatment = |reference: &str| {
        json!({ "resourceType": "MedicationStatement", "status": "stopped",
            "medicationReference": { "reference": reference } })
    };
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "fullUrl": "http://a/Medication/1", "resource": { "resourceType": "Medication", "id": "1",
            "code": { "text": "Lithium 400 mg" } } },
        { "resource": treatment("Medication/1") },
        { "resource": treatment("http://a/Medication/1") },
        { "resource": treatment("http://a/Medication/1/_history/3") },
        { "resource": treatment("#1") },
    ] });
    let split = split_bundle(bundle.to_string().as_bytes()).unwrap();
    for found in &split[1..] {
        let read = ProfileResource::read(&found.to_bytes()).unwrap();
        let item = read.item();
        assert_eq!((item.label.as_str(), item.presence), ("Lithium 400 mg", Presence::Present));
        assert!(!item.current, "{item:?}");
        assert_eq!(found.label.as_deref(), Some("Lithium 400 mg"));
    }
}

#[test]
fn resources_that_lead_to_themselves_to_each_other_or_on_and_on_are_shown_within_bounds() {
    let role = |id: usize, next: usize| {
        json!({ "resource": { "resourceType": "PractitionerRole", "id": id.to_string(),
            "practitioner": { "reference": format!("PractitionerRole/{next}") } } })
    };
    let chain: Vec<Value> = (0..20_000).map(|id| role(id, id + 1)).collect();
    let ring: Vec<Value> = (0..3).map(|id| role(id, (id + 1) % 3)).collect();
    let own = json!([{ "resource": { "resourceType": "Device", "id": "1",
        "deviceName": [{ "name": { "reference": "Device/1" } }] } }]);
    let parts = json!([{ "resource": { "resourceType": "Observation", "id": "1", "code": { "text": "Bilan" },
        "hasMember": [{ "reference": "Observation/1" }] } }]);
    for entries in [Value::Array(chain), Value::Array(ring), own, parts] {
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        let shown = view(bundle.to_string().as_bytes(), Kind::FhirJson).unwrap();
        assert!(shown.blocks.len() > 2);
    }
    let names = "x".repeat(100_000);
    let long = json!({ "resourceType": "Basic", names: { "a": (0..5_000).collect::<Vec<_>>() } });
    let shown = view(long.to_string().as_bytes(), Kind::FhirJson).unwrap();
    assert!(lines(&shown.blocks).iter().all(|line| line.len() < 1_000));
}

#[test]
fn large_medicine_of_many_treatments_gives_each_its_name() {
    let mut entries =
        vec![json!({ "resource": { "resourceType": "Medication", "id": "1", "code": { "text": "Fer" },
        "ingredient": "x".repeat(1_000_000) } })];
    entries.extend((0..500).map(|_| {
        json!({ "resource": { "resourceType": "MedicationRequest", "status": "active",
            "medicationReference": { "reference": "Medication/1" } } })
    }));
    let bundle = json!({ "resourceType": "Bundle", "entry": entries });
    let split = split_bundle(bundle.to_string().as_bytes()).unwrap();
    assert!(split[1..].iter().all(|found| found.to_bytes().len() < 1_000));
    assert_eq!(ProfileResource::read(&split[500].to_bytes()).unwrap().item().label, "Fer");
}

/// A leaf that a person could miss: its words, and where it stands.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u32>().prop_map(|number| json!(format!("w{number}"))),
        any::<u32>().prop_map(|number| json!(number)),
        "[a-z]{3,12}".prop_map(|text| json!(format!("{text} {text}q"))),
    ]
}

fn element() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((0..NAMES.len(), inner), 1..6).prop_map(|members| {
                let members = members.into_iter().map(|(at, value)| (NAMES[at].to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// Names of R4 and others: an element may have any shape under any of them.
const NAMES: [&str; 44] = [
    "code",
    "text",
    "coding",
    "display",
    "value",
    "unit",
    "low",
    "high",
    "start",
    "end",
    "reference",
    "identifier",
    "extension",
    "url",
    "valueQuantity",
    "valueString",
    "status",
    "reaction",
    "manifestation",
    "dosage",
    "timing",
    "repeat",
    "frequency",
    "period",
    "component",
    "note",
    "name",
    "given",
    "family",
    "line",
    "city",
    "numerator",
    "denominator",
    "origin",
    "title",
    "contentType",
    "entry",
    "section",
    "contained",
    "resource",
    "zz",
    "y é",
    "_status",
    "modifierExtension",
];

#[test]
fn what_stands_beside_the_value_of_an_extension_is_shown_too() {
    let beside =
        json!({ "extension": [{ "url": "http://example.org/source", "valueString": "from the letter" }] });
    for extension in [
        json!({ "url": "http://example.org/reaction", "valueString": "hives", "_valueString": beside }),
        json!({ "url": "http://example.org/reaction", "extension": "hives", "_status": "from the letter" }),
    ] {
        let shown = french(&json!({ "resourceType": "Observation", "extension": [extension.clone()] }));
        let all = shown.join("\n");
        assert!(all.contains("hives") && all.contains("from the letter"), "{extension}: {all}");
    }
}

proptest! {
    #![proptest_config(Config { cases: 400, ..Config::default() })]

    #[test]
    fn no_leaf_of_any_resource_is_lost_unsaid(members in proptest::collection::vec((0..NAMES.len(), element()), 1..12), kind in 0_usize..4) {
        let kind = ["Observation", "Bundle", "Composition", "Unheard"][kind];
        let mut resource: Map<String, Value> =
            members.into_iter().map(|(at, value)| (NAMES[at].to_owned(), value)).collect();
        resource.insert("resourceType".into(), kind.into());
        let resource = Value::Object(resource);
        let shown = view(resource.to_string().as_bytes(), Kind::FhirJson).unwrap();
        let said = lines(&shown.blocks).join("\n");
        let mut lost = Vec::new();
        leaves(&resource, "", &mut |path, text| {
            if !said.contains(text) {
                lost.push(format!("{path}={text}"));
            }
        });
        prop_assert!(lost.len() <= shown.left_out as usize, "{lost:?} of {resource}\n{said}");
    }
}

/// Leaves but for the technical ones: the type, and what a reference leads to where it has a name.
fn leaves(value: &Value, path: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let hidden = match name.as_str() {
                    "resourceType" => true,
                    // The address of an extension is its name; a reference beside a name is an address.
                    "url" => members.keys().any(|name| name == "extension" || name.starts_with("value")),
                    "reference" => members.contains_key("display") || members.contains_key("identifier"),
                    // A unit has a code only for machines.
                    "code" => members.contains_key("unit") || members.contains_key("display"),
                    _ => false,
                };
                if !(hidden && !value.is_object() && !value.is_array()) {
                    leaves(value, &format!("{path}.{name}"), found);
                }
            }
        }
        Value::Array(many) => many.iter().for_each(|value| leaves(value, path, found)),
        Value::String(text) => found(path, text),
        Value::Number(number) => found(path, &number.to_string()),
        _ => {}
    }
}

#[test]
fn rhythm_of_a_dose_is_a_sentence_in_both_languages() {
    for (repeat, french, english) in [
        (json!({ "frequency": 2, "period": 1, "periodUnit": "d" }), "2 fois par jour", "2 times a day"),
        (json!({ "frequency": 1, "period": 1, "periodUnit": "h" }), "1 fois par heure", "once an hour"),
        (
            json!({ "frequencyMax": 1, "period": 4, "periodUnit": "h" }),
            "au plus 1 fois toutes les 4 heures",
            "at most once every 4 hours",
        ),
        (
            json!({ "frequency": 1, "frequencyMax": 5, "period": 1, "periodUnit": "wk" }),
            "1 à 5 fois par semaine",
            "1 to 5 times a week",
        ),
        (json!({ "frequency": 1, "frequencyMax": 5 }), "1 à 5 fois", "1 to 5 times"),
        (
            json!({ "period": 2, "periodMax": 3, "periodUnit": "d" }),
            "tous les 2 à 3 jours",
            "every 2 to 3 days",
        ),
        (
            json!({ "count": 6, "frequency": 3, "period": 2, "periodUnit": "mo" }),
            "3 fois tous les 2 mois, 6 fois en tout",
            "3 times every 2 months, 6 times in all",
        ),
        (
            json!({ "duration": 1, "durationUnit": "h",
                "boundsDuration": { "value": 10, "unit": "days", "code": "d", "system": "http://unitsofmeasure.org" } }),
            "pendant 1 heure à chaque fois, pendant 10 jours",
            "for 1 hour each time, for 10 days",
        ),
    ] {
        let resource = json!({ "resourceType": "MedicationRequest", "medicationCodeableConcept": { "text": "Lactulose" },
            "dosageInstruction": [{ "timing": { "repeat": repeat } }] });
        let shown = french_and_english(&resource);
        assert!(shown.0.iter().any(|line| line.ends_with(&format!(": {french}"))), "{french}: {shown:?}");
        assert!(shown.1.iter().any(|line| line.ends_with(&format!(": {english}"))), "{english}: {shown:?}");
    }
}

#[test]
fn medicine_without_a_name_is_called_by_its_ingredients_and_a_lost_one_says_that_it_has_none() {
    let lost =
        json!({ "resourceType": "MedicationStatement", "medicationReference": { "reference": "#gone" } });
    assert_eq!(french(&lost)[0], "médicament non nommé");
    let mixed = json!({ "resourceType": "MedicationStatement", "medicationReference": { "reference": "#m" },
        "contained": [{ "resourceType": "Medication", "id": "m", "ingredient": [
            { "itemCodeableConcept": { "text": "Caféine" } },
            { "itemReference": { "reference": "#i", "display": "Codéine" } }] }] });
    assert_eq!(french(&mixed)[0], "Caféine + Codéine");
}

fn french_and_english(resource: &Value) -> (Vec<String>, Vec<String>) {
    let texts = Texts::of(Language::En);
    let shown = view_in(&texts, resource.to_string().as_bytes(), Kind::FhirJson).unwrap();
    let english = lines(&shown.blocks).iter().map(|line| line.replace('\u{a0}', " ")).collect();
    (french(resource), english)
}

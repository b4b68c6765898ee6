//! A profile that came from another's bundle: each item keeps its name, and what is over is not taken for what is so.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use serde_json::{Value, json};

#[test]
fn imported_item_keeps_its_name_and_says_whether_it_is_over() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne");
    let request = |members: Value| {
        let mut resource =
            json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order" });
        resource.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "resource": resource })
    };
    let condition = |name: &str, member: &str, code: &str| {
        json!({ "resource": { "resourceType": "Condition", "code": { "text": name },
            member: { "coding": [{ "code": code }] } } })
    };
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "fullUrl": "urn:uuid:m", "resource": { "resourceType": "Medication", "id": "m",
            "code": { "text": "Bisoprolol 5 mg" } } },
        request(json!({ "medicationReference": { "reference": "urn:uuid:m" } })),
        request(json!({ "medicationCodeableConcept": { "text": "Digoxine" }, "status": "stopped" })),
        request(json!({ "medicationCodeableConcept": { "text": "Aspirine" }, "doNotPerform": true })),
        condition("Lymphome", "clinicalStatus", "remission"),
        condition("Asthme", "clinicalStatus", "active"),
        condition("Épilepsie", "verificationStatus", "entered-in-error"),
        condition("Goutte", "verificationStatus", "refuted"),
    ] });
    fs::write(anne.path("bundle.json"), bundle.to_string()).unwrap();
    anne.json(&["import", "bundle.json"]);
    let list = anne.json(&["profile", "list"]);
    let items = list["items"].as_array().unwrap();
    let current: Vec<&str> = items
        .iter()
        .filter(|item| item["current"] == true && item["do_not_give"] == false)
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert_eq!(current, ["Bisoprolol 5 mg", "Asthme"], "{list}");
    let said = anne.run(&["profile", "list"]).out.replace('\u{a0}', " ");
    let line = |words: &str| {
        let found = said.lines().position(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words}:\n{said}"))
    };
    assert!(line("Do not give: Aspirine") < line("Digoxine (stopped)"), "{said}");
    assert!(line("Bisoprolol 5 mg") < line("Digoxine (stopped)"), "{said}");
    assert!(line("Asthme") < line("Lymphome (remission)"), "{said}");
    assert!(line("Épilepsie (written by mistake)") > line("Asthme"), "{said}");
    assert!(line("Goutte (not so)") > line("Asthme"), "{said}");
    let aspirin = items.iter().find(|item| item["do_not_give"] == true).unwrap();
    let shown = anne.json(&["profile", "show", aspirin["document"].as_str().unwrap()]);
    assert_eq!(shown["content"][0]["text"], "Do not give: Aspirine (active)", "{shown}");
    anne.run(&["lock"]);
}

#[test]
fn imported_item_keeps_its_dose_its_end_its_severity_its_notes_and_its_days() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne");
    let entry = |resource: Value| json!({ "resource": resource });
    let request = |name: &str, members: Value| {
        let mut resource = json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "medicationCodeableConcept": { "text": name } });
        resource.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        entry(resource)
    };
    let weekly = json!({ "frequency": 1, "period": 1, "periodUnit": "wk" });
    let allergy = |members: Value| {
        let mut resource = json!({ "resourceType": "AllergyIntolerance" });
        resource.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        entry(resource)
    };
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        request("Léflunomide", json!({ "dosageInstruction": [{ "timing": { "repeat": weekly },
            "doseAndRate": [{ "doseQuantity": { "value": 3, "unit": "gélules" } }] }] })),
        request("Prednisone", json!({ "dosageInstruction": [
            { "timing": { "repeat": { "boundsPeriod": { "start": "2019-03-01", "end": "2019-03-08" } } } }] })),
        request("Amoxicilline", json!({ "dispenseRequest": { "validityPeriod": { "end": "2020-05" } } })),
        request("Célécoxib", json!({ "intent": "option" })),
        entry(json!({ "resourceType": "Medication", "id": "mix", "ingredient": [
            { "itemCodeableConcept": { "text": "Zinc" } }, { "itemReference": { "reference": "Substance/s" } }] })),
        entry(json!({ "resourceType": "Substance", "id": "s", "code": { "text": "Cuivre" } })),
        entry(json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "medicationReference": { "reference": "Medication/mix" } })),
        entry(json!({ "resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "medicationReference": { "reference": "#lost" } })),
        allergy(json!({ "recordedDate": "2018-02-03", "code": { "coding": [
            { "system": "http://snomed.info/sct", "code": "716186003" }] } })),
        allergy(json!({ "code": { "coding": [{ "code": "no-known-food-allergies",
            "system": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips" }] } })),
        allergy(json!({ "recordedDate": "2017-01-02", "code": { "text": "Arachide" },
            "criticality": "unable-to-assess", "note": [{ "text": "Vue aux urgences" }],
            "reaction": [{ "manifestation": [{ "text": "Œdème" }], "severity": "severe" }] })),
        entry(json!({ "resourceType": "Condition", "code": { "text": "Zona" },
            "severity": { "text": "modérée" }, "onsetDateTime": "2015-01-02", "abatementDateTime": "2015-02-03" })),
    ] });
    fs::write(anne.path("bundle.json"), bundle.to_string()).unwrap();
    anne.json(&["import", "bundle.json"]);
    let list = anne.json(&["profile", "list"]);
    let said = anne.run(&["profile", "list"]).out.replace('\u{a0}', " ");
    let items = list["items"].as_array().unwrap();
    let item =
        |label: &str| items.iter().find(|item| item["label"] == label).unwrap_or_else(|| panic!("{list}"));
    for words in [
        "Léflunomide (",
        "3 gélules",
        "once a week",
        "Célécoxib (possible choice)",
        "  Zinc + Cuivre",
        "  medicine without a name",
        "Arachide (danger not assessed, Œdème · Severity: severe, noted on 2017-01-02)",
        "Note: Vue aux urgences",
        "says no known allergy on 2018-02-03, while",
        "from 2015-01-02 to 2015-02-03",
        "modérée",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
    for (label, current) in [
        ("Léflunomide", true),
        ("Prednisone", false),
        ("Amoxicilline", false),
        ("Célécoxib", false),
        ("Zinc + Cuivre", true),
        ("Arachide", true),
        ("Zona", false),
    ] {
        assert_eq!(item(label)["current"], current, "{label}: {list}");
    }
    assert_eq!(
        (&item("Prednisone")["until"], &item("Célécoxib")["intent"]),
        (&json!("2019-03-08"), &json!("option"))
    );
    assert_eq!(item("Arachide")["severity"], "severe");
    assert_eq!(
        (&item("Arachide")["since"], &item("Arachide")["noted"]),
        (&Value::Null, &json!("2017-01-02"))
    );
    assert_eq!(items[0]["label"], "Arachide", "{list}");
    assert_eq!(items[1]["contradicted"], true, "{list}");
    assert_eq!(
        (&items[2]["contradicted"], &items[2]["label"]),
        (&json!(false), &json!("no known allergy to food"))
    );
    anne.run(&["lock"]);
}

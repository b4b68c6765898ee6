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

//! The demo, as `cargo xtask demo` runs it once everything is built.

#![cfg(test)]

mod git;
mod stage;
mod tour;

use std::collections::BTreeSet;

use serde_json::Value;
use stage::Demo;

fn documents(answer: &Value) -> usize {
    answer["documents"].as_array().unwrap().len()
}

#[test]
fn demo_that_is_run_again_begins_anew_or_that_is_reset_goes_on() {
    let demo = Demo::new();
    let first = demo.run(
        &[],
        "carnet --as patient --json ls > ls.json
carnet --as martin --json patients > patients.json
echo 'Une note' > note.txt
carnet --as patient --json add note.txt > /dev/null
carnet --as patient --json ls > more.json
",
    );
    assert!(first.contains("Camille ajoute deux ans de documents") && first.contains("Arrêté"), "{first}");
    let made = documents(&demo.json("ls.json"));
    assert!(made >= 9, "{made}");
    let years = demo.json("ls.json");
    let years = years["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["date"].as_str().unwrap()[..4].to_owned());
    assert!(years.collect::<BTreeSet<_>>().len() >= 2);
    let patients = demo.json("patients.json");
    assert_eq!(patients["patients"][0]["documents"], made, "standing access: {patients}");
    assert_eq!(documents(&demo.json("more.json")), made + 1);

    let again = demo.run(&[], "carnet --as patient --json ls > ls.json\n");
    assert!(!again.contains("crée son compte"), "{again}");
    assert_eq!(documents(&demo.json("ls.json")), made + 1);

    let anew = demo.run(&["--reset"], "carnet --as patient --json ls > ls.json\n");
    assert!(anew.contains("crée son compte"), "{anew}");
    assert_eq!(documents(&demo.json("ls.json")), made);
}

//! What a screen says of documents: what does not hold, who put them there, what they are called, and what is inside.

#![cfg(test)]

use std::fs;

use carnet_cli::local::Table;
use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;
use carnet_tests::ward::{Agents, doctor, enrol, join, server_with, text};

const PASSPHRASE: &str = "trois petits chats";

#[test]
fn hit_in_a_text_that_does_not_hold_says_so() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    let long = "Suite du texte sans rien de particulier. ".repeat(8);
    let report = format!(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3.9"/><title>Compte rendu</title><component><structuredBody>
        <component><section><title>S</title><text><paragraph>Repos. <content revised="delete">{long} Amoxicilline 3 g {long}</content>
        Boire.</paragraph></text></section></component></structuredBody></component></ClinicalDocument>"#
    );
    fs::write(anne.path("cr.xml"), report).unwrap();
    let allergy = r#"{"resourceType":"AllergyIntolerance","code":{"text":"Arachide"},"note":[{"text":"gonflement du visage"}],
        "verificationStatus":{"coding":[{"code":"entered-in-error"}]}}"#;
    fs::write(anne.path("a.json"), allergy).unwrap();
    anne.json(&["add", "cr.xml", "a.json"]);
    for (words, mark) in [
        ("amoxicilline", "[texte supprimé, ne vaut plus\u{a0}: "),
        ("visage", "[écrit par erreur\u{a0}: "),
        ("arachide gonflement", "[écrit par erreur\u{a0}: "),
    ] {
        let found = anne.json(&["search", "--offline", words]);
        let context = text(&found["found"][0]["context"]);
        assert!(context.contains(mark) && context.contains(']'), "{words}: {context}");
        let shown = anne.run(&["search", "--offline", words]).out;
        assert!(shown.contains(mark), "{words}: {shown}");
    }
    let context = text(&anne.json(&["search", "--offline", "boire"])["found"][0]["context"]);
    assert!(context.contains("Repos. Boire. [texte supprimé"), "what holds stands before: {context}");
}

#[test]
fn index_of_an_earlier_form_is_made_anew() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne");
    let _agents = Agents(vec![&anne]);
    fs::write(anne.path("a.txt"), "Fer serique normal").unwrap();
    anne.json(&["add", "a.txt"]);
    {
        let client = anne.client();
        let vault = client.profile.vault.unwrap();
        assert_eq!(client.unindexed(&vault).unwrap(), 0);
        let mut change = client.local.change();
        change.remove(Table::Texts, &[b"f".as_slice(), vault.as_bytes()].concat());
        client.local.commit(change).unwrap();
        assert_eq!(client.unindexed(&vault).unwrap(), 1);
    }
    let found = anne.json(&["search", "--offline", "serique"]);
    assert_eq!((found["total"].as_u64(), found["waiting"].as_u64()), (Some(1), Some(0)), "{found}");
}

#[test]
fn depositor_is_named_before_and_nothing_waits_after_the_patient_accepted() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let (anne, martin) = (
        join(PASSPHRASE, server.address(), "Anne Martin", &key, &[]).in_language("fr"),
        doctor(PASSPHRASE, server.address(), &authority, &key).in_language("fr"),
    );
    // She knows no authority: nobody vouches for anybody to her.
    let zoe = Machine::at(PASSPHRASE, server.address(), "Zoé").in_language("fr");
    let _agents = Agents(vec![&anne, &martin, &zoe]);
    fs::write(martin.path("lettre.txt"), "Chère consœur, tout va bien.").unwrap();
    for patient in [&anne, &zoe] {
        let card = text(&patient.json(&["contact", "card"])["card"]);
        martin.json(&["deposit", "--for", &card, "lettre.txt", "--title", "Lettre"]);
    }
    for (patient, name) in [(&anne, "MARTIN Paul"), (&zoe, "une personne non attestée (")] {
        for command in [&["ls"][..], &["accept"], &["show", "Lettre"]] {
            let said = patient.run(command).out;
            assert!(said.contains(name), "{command:?}: {said}");
        }
    }
    let shown = anne.run(&["show", "Lettre"]).out;
    assert!(
        shown.contains("scellé et déposé par MARTIN Paul, vérifié") && !shown.contains("Signé"),
        "{shown}"
    );

    anne.json(&["accept", "--all"]);
    anne.json(&["share", "Lettre", "--with", "MARTIN Paul"]);
    let given = martin.run(&["open", "Anne Martin"]).out;
    assert!(given.contains("Lettre") && !given.contains("à accepter"), "{given}");

    // On the screen as a file: under a statement in the patient's journal.
    let before = anne.json(&["journal"])["accesses"].as_array().unwrap().len();
    let shown = martin.run(&["open", "Anne Martin", "Lettre", "--show"]);
    assert_eq!(shown.exit, Some(0), "{}", shown.err);
    assert!(
        shown.out.contains("tout va bien") && shown.out.contains("scellé et déposé par"),
        "{}",
        shown.out
    );
    assert!(!martin.path("Lettre.txt").exists());
    let journal = anne.json(&["journal"]);
    let opened = journal["accesses"].as_array().unwrap();
    assert!(opened.len() > before && opened.iter().any(|access| access["what"] == "open"), "{journal}");
}

#[test]
fn deposit_of_somebody_whom_nobody_attests_is_refused_with_that_reason() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne", &key, &[]);
    let petit = join(PASSPHRASE, server.address(), "Dr Petit", &key, &["--without-vault"]);
    let _agents = Agents(vec![&anne, &petit]);
    let card = text(&anne.json(&["contact", "card"])["card"]);
    fs::write(petit.path("lettre.txt"), "Bonjour").unwrap();
    let deposit = ["deposit", "--for", &card, "lettre.txt"];
    assert_eq!(petit.refused(&deposit), "deposit-not-attested");
    assert!(!enrol(&petit).is_empty());
    assert_eq!(petit.refused(&deposit), "deposit-not-attested", "a code is no attestation yet");
    let doctor = doctor(PASSPHRASE, server.address(), &authority, &key);
    let _agent = Agents(vec![&doctor]);
    fs::write(doctor.path("lettre.txt"), "Bonjour").unwrap();
    assert_eq!(doctor.run(&deposit).exit, Some(0));
}

#[test]
fn file_inside_a_resource_is_told_and_written_out_and_one_elsewhere_is_named_as_that() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let _agents = Agents(vec![&anne]);
    let reference = r#"{"resourceType":"DocumentReference","status":"current","description":"Dossier","content":[
        {"attachment":{"contentType":"application/pdf","title":"Lettre.pdf","data":"JVBERi0xLjQ="}},
        {"attachment":{"contentType":"application/pdf","title":"Ailleurs","url":"https://example.org/b.pdf"}},
        {"attachment":{"contentType":"text/plain","data":"Qm9uam91cg=="}}],
        "contained":[{"resourceType":"Patient","id":"p","photo":[{"contentType":"image/png","data":"iVBORw0KGgo="}]}]}"#;
    fs::write(anne.path("dossier.json"), reference).unwrap();
    anne.json(&["add", "dossier.json"]);
    let shown = anne.run(&["show", "Dossier"]).out;
    for said in [
        "PDF 2 · application/pdf · Lettre.pdf · 8\u{a0}o",
        "PLAIN 3 · text/plain · 7\u{a0}o",
        "PNG 1 · image/png · 8\u{a0}o",
        "Ailleurs · https://example.org/b.pdf",
        "Fichier qui n’est pas contenu ici",
        "--inside 1",
    ] {
        assert!(shown.replace('\n', " ").contains(said), "{said} in {shown}");
    }
    for (number, bytes) in [("2", &b"%PDF-1.4"[..]), ("3", b"Bonjour"), ("1", b"\x89PNG\r\n\x1a\n")] {
        anne.json(&["get", "Dossier", "--inside", number, "-o", number]);
        assert_eq!(fs::read(anne.path(number)).unwrap(), bytes, "{number}");
    }
    assert_eq!(anne.refused(&["get", "Dossier", "--inside", "4"]), "inside-unknown");
    let english = anne.run(&["--lang", "en", "show", "Dossier"]).out;
    assert!(english.contains("8\u{a0}B") && !english.contains("8\u{a0}o"), "{english}");
}

#[test]
fn title_that_is_a_code_and_a_person_without_a_name_are_said_in_the_language_of_the_screen() {
    let server = TestServer::start();
    let anne = Machine::with_account(PASSPHRASE, &server, "Anne").in_language("fr");
    let report = |code: &str| {
        format!(
            r#"{{"resourceType":"DiagnosticReport","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}}}}"#
        )
    };
    fs::write(anne.path("a.json"), report("11502-2")).unwrap();
    fs::write(anne.path("b.json"), report("99999-9")).unwrap();
    anne.json(&["add", "a.json", "b.json"]);
    let listed = anne.run(&["ls", "--offline"]).out;
    assert!(
        listed.contains("Résultats de biologie") && listed.contains("Document (code 99999-9)"),
        "{listed}"
    );
    let again = anne.run(&["add", "a.json"]).out;
    assert!(again.contains("Résultats de biologie") && !again.contains("11502-2"), "{again}");
    let listed = anne.run(&["--lang", "en", "ls", "--offline"]).out;
    assert!(listed.contains("Blood and laboratory results"), "{listed}");
    assert!(anne.run(&["show", "--offline", "biologie"]).out.contains("Résultats de biologie"));
    let other = Machine::new("une autre phrase");
    fs::copy(anne.path("copy.age"), other.path("copy.age")).unwrap();
    let _agents = Agents(vec![&anne, &other]);
    let kit = fs::copy(anne.path("kit.pdf"), other.path("kit.pdf"));
    assert!(kit.is_ok());
    other.json(&["recover", "--kit", "kit.pdf"]);
    let who = |language: &str| other.run(&["--lang", language, "show", "biologie"]).out;
    assert!(who("en").contains("sealed and deposited by me, verified"), "{}", who("en"));
    assert!(who("fr").contains("scellé et déposé par moi, vérifié"), "{}", who("fr"));
}

//! A file inside a document, at the command line: told by `show`, found by `search`, written out by `get --inside`.

#![cfg(test)]

use std::fs;

use carnet_tests::cli::Machine;
use carnet_tests::server::TestServer;

#[test]
fn file_inside_a_document_is_told_and_written_out() {
    let server = TestServer::start();
    let anne = Machine::with_account("trois petits chats", &server, "Anne").in_language("fr");
    fs::write(anne.path("courrier.xml"), DOCUMENT).unwrap();
    anne.json(&["add", "courrier.xml"]);
    let shown = anne.run(&["show", "Courrier de sortie"]).out;
    for said in ["Fichier contenu", "PLAIN 1", "Surveillance du potassium", "en dessous de la normale"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    let found = anne.json(&["search", "--offline", "surveillance"]);
    assert_eq!(found["found"].as_array().unwrap().len(), 1);
    let got = anne.json(&["get", "Courrier de sortie", "--inside", "1", "-o", "part.txt"]);
    assert_eq!((got["inside"].as_u64(), got["media_type"].as_str()), (Some(1), Some("text/plain")));
    assert_eq!(fs::read(anne.path("part.txt")).unwrap(), b"Surveillance du potassium");
    assert_eq!(anne.refused(&["get", "Courrier de sortie", "--inside", "2"]), "inside-unknown");
    assert_eq!(anne.refused(&["get", "Courrier de sortie", "--inside", "1", "-o", "part.txt"]), "file-there");
    // What is announced and is not there is told as that, not as a number that there is not.
    let broken = DOCUMENT
        .replace("U3VydmVpbGxhbmNlIGR1IHBvdGFzc2l1bQ==", "%%%")
        .replace("Courrier de sortie", "Courrier abime");
    assert_ne!(broken, DOCUMENT.replace("Courrier de sortie", "Courrier abime"));
    fs::write(anne.path("abime.xml"), broken).unwrap();
    anne.json(&["add", "abime.xml"]);
    assert_eq!(anne.refused(&["get", "Courrier abime", "--inside", "1"]), "inside-broken");
    anne.run(&["lock"]);
}

const DOCUMENT: &str = "<ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1.2.3.4'/><code code='34105-7' codeSystem='2.16.840.1.113883.6.1'/><title>Courrier de sortie</title><effectiveTime value='20250301'/><component><structuredBody><component><section><title>Biologie</title><entry><observation classCode='OBS' moodCode='EVN'><code code='2823-3' displayName='Potassium'/><value value='2.9' unit='mmol/L'/><interpretationCode code='L'/></observation></entry><entry><observationMedia classCode='OBS' moodCode='EVN' ID='m'><value mediaType='text/plain' representation='B64'>U3VydmVpbGxhbmNlIGR1IHBvdGFzc2l1bQ==</value></observationMedia></entry></section></component></structuredBody></component></ClinicalDocument>";

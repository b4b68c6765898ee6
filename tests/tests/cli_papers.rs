//! Papers as they come out of the printer: a kit, a letter and a journal say whose they are, what Carnet is, where to get it and whom to
//! call. `CARNET_PAPER=FOLDER` keeps them, to be looked at.

#![cfg(test)]

use std::fs;
use std::path::Path;

use carnet_health::{Kind, searchable_text};
use carnet_tests::cli::Machine;
use carnet_tests::ward::{Agents, doctor, join, server_with, text};

const PASSPHRASE: &str = "trois petits chats";

/// The text of a page, with single spaces.
fn read(machine: &Machine, file: &str) -> String {
    let bytes = fs::read(machine.path(file)).unwrap();
    if let Some(folder) = std::env::var_os("CARNET_PAPER") {
        fs::copy(machine.path(file), Path::new(&folder).join(file)).unwrap();
    }
    searchable_text(&bytes, Kind::Pdf).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn has(page: &str, wanted: &[&str]) {
    let page = carnet_health::fold::fold(page);
    for one in wanted {
        let one = carnet_health::fold::fold(&one.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(page.contains(&one), "{one} in {page}");
    }
}

#[test]
fn kit_letter_and_journal_say_whose_they_are_and_what_to_do() {
    let authority = Machine::new(PASSPHRASE);
    let (server, key) = server_with(&authority);
    let anne = join(PASSPHRASE, server.address(), "Anne Durand", &key, &[]).in_language("fr");
    let martin = doctor(PASSPHRASE, server.address(), &authority, &key).in_language("fr");
    let _agents = Agents(vec![&anne, &martin]);

    for (file, way) in [("kit.pdf", "kit"), ("kit-second.pdf", "password")] {
        let mut arguments = vec!["account", "add-way", way, file, "--passphrase-file", "copy.age"];
        if way == "password" {
            arguments.extend(["--password-fd", "3"]);
        }
        anne.json(&arguments);
        let page = read(&anne, file);
        has(
            &page,
            &[
                "Carnet de Anne Durand",
                "Qui a cette page peut tout lire",
                "Personne ne peut la refaire à votre place",
                "celui qui les héberge ne peut rien en lire",
                "Le programme s'obtient auprès de celui qui tient le serveur",
                server.address(),
                "Imprimé le",
                "Qui peut m'aider",
                "24.",
                "carnet recover --kit",
                "1 / 1",
            ],
        );
    }

    martin.json(&[
        "authority",
        "open-vault",
        "--letter",
        "lettre.pdf",
        "--to",
        "Mme Zoé Lefèvre",
        "--to",
        "3 rue des Écoles, 34200 Sète",
        "--from",
        "Centre de santé des Écoles",
        "--from",
        "1 rue du Port, 34200 Sète",
        "--call",
        "04 67 00 00 00",
        "--until",
        "31/12/2026",
    ]);
    has(
        &read(&martin, "lettre.pdf"),
        &[
            "Centre de santé des Écoles",
            "Zoé Lefèvre",
            "Servez-vous-en jusqu'au 31 décembre 2026",
            "Cette lettre ne vous demande ni argent, ni numéro de carte, ni mot de passe",
            "appelez Centre de santé des Écoles : 04 67 00 00 00",
            "Le second code n'est pas dans cette lettre",
            "Carnet est un programme qui garde des documents de santé",
        ],
    );

    let mut listed = Vec::new();
    for number in 0..40 {
        fs::write(anne.path("a.txt"), format!("Compte rendu {number}")).unwrap();
        let title = format!("Compte rendu de consultation numéro {number}");
        listed.push(text(&anne.json(&["add", "a.txt", "--title", &title])["added"][0]["document"]));
    }
    anne.json(&["--yes", "share", "--always", "--with", "martin"]);
    let card = text(&anne.json(&["contact", "card"])["card"]);
    martin.json(&["--yes", "contact", "add", &card, "--name", "Anne Durand"]);
    for document in listed.iter().take(30) {
        martin.json(&["open", "Anne Durand", document, "-o", &format!("{document}.txt")]);
    }
    anne.json(&["journal", "--pdf", "journal.pdf"]);
    let page = read(&anne, "journal.pdf");
    has(
        &page,
        &[
            "Carnet de Anne Durand",
            "Établi le",
            "MARTIN Paul",
            "a ouvert Compte rendu",
            "ligne n°",
            "1 / ",
            "2 / ",
        ],
    );
    // A moment stands on one line: its minute is behind its day.
    let of_year = format!("/{} ", jiff::Zoned::now().year());
    let whole = page
        .match_indices(&of_year)
        .filter(|(at, found)| page[at + found.len()..].starts_with(|c: char| c.is_ascii_digit()));
    assert!(whole.count() >= 30, "{page}");
}

//! What is printed, read again by other programs' code.

#![cfg(test)]

use carnet_paper::{
    Date, Document, Journal, JournalLine, KitPage, KitTexts, LetterPage, LetterTexts, PaperError, Qr, Table,
};

const DATE: Date = Date { year: 2026, month: 11, day: 22 };
const CODE: &str = "CARNET-KIT15QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGP\
                    QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGP";

/// The text of a PDF with single spaces.
fn text(pdf: &[u8]) -> String {
    let text = pdf_extract::extract_text_from_mem(pdf).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pages(pdf: &[u8]) -> usize {
    pdf_extract::extract_text_from_mem_by_pages(pdf).unwrap().len()
}

/// Written by hand to see it: `CARNET_PAPER=folder cargo test -p carnet-paper`.
fn keep(name: &str, pdf: &[u8]) {
    if let Some(folder) = std::env::var_os("CARNET_PAPER") {
        std::fs::write(std::path::Path::new(&folder).join(name), pdf).unwrap();
    }
}

fn texts<'a>() -> KitTexts<'a> {
    KitTexts {
        title: "Kit de secours",
        warning: "Qui a cette page peut tout lire.",
        owner: "Carnet de",
        call: "Qui appeler",
        what: &[
            "Cette page permet de retrouver votre compte si vous perdez tous vos appareils. Qui la possède peut tout lire.",
        ],
        server: "Serveur",
        account: "Compte",
        printed: "Imprimé le",
        date: "22 novembre 2026",
        words: "Vos 24 mots",
        second: "Second secret du mot de passe",
        qr: "Code à scanner du kit de secours",
        code: "Le même code en lettres :",
        steps_title: "Que faire",
        steps: &[
            "Rangez cette page en lieu sûr, hors de chez vous si possible.",
            "Sur une nouvelle machine : carnet recover, puis scannez le code ou tapez les mots.",
            "Après usage, refaites un kit.",
        ],
        footer: "Carnet, kit de secours",
    }
}

fn kit<'a>(words: &'a [&'a str], second: &'a [&'a str]) -> KitPage<'a> {
    let account = "6bc6 ca3e 206b 345b 6349 e548 2013 fd16 4615 a70f c7d4 a798 d298 637c 83b3 98f9";
    let server = "https://carnet.example";
    KitPage {
        texts: texts(),
        language: "fr",
        date: DATE,
        owner: "Camille Durand",
        server,
        account,
        words,
        second,
        code: CODE,
    }
}

#[test]
fn kit_loses_a_word_an_accent_or_its_one_page() {
    let words = ["étoile", "maçon", "brûlure", "cœur", "abaisser", "zoologie"].repeat(4);
    let page = kit(&words, &words[..12]);
    let pdf = page.print().unwrap();
    keep("kit.pdf", &pdf);
    assert!(pdf.starts_with(b"%PDF-1."));
    assert_eq!(pages(&pdf), 1);
    let text = text(&pdf);
    for wanted in [
        "Kit de secours",
        "Carnet de Camille Durand",
        "Qui a cette page",
        "Qui appeler",
        "https://carnet.example",
        "6bc6 ca3e",
        "22 novembre 2026",
        "lieu sûr, hors",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    for (at, word) in words.iter().enumerate() {
        assert!(text.contains(&format!("{}. {word}", at + 1)), "{word} in {text}");
    }
    assert!(text.replace(' ', "").contains(CODE), "{text}");
    assert_eq!(page.print().unwrap(), pdf, "equal input, other bytes");
    let long = "mot ".repeat(4000);
    let what = [long.as_str()];
    let page = KitPage { texts: KitTexts { what: &what, ..texts() }, ..page };
    assert_eq!(page.print().unwrap_err(), PaperError::OnePage);
}

#[test]
fn letter_loses_its_code_or_its_explanation() {
    let page = LetterPage {
        texts: LetterTexts {
            title: "Votre carnet de santé est ouvert",
            sender: &["Centre de santé des Écoles", "1 rue du Port, 34200 Sète"],
            trust_title: "Cette lettre est-elle vraie ?",
            trust: &["Elle ne vous demande ni argent, ni mot de passe."],
            recipient: &["Mme Zoé Lefèvre", "3 rue des Écoles", "34200 Sète"],
            date: "Sète, le 22 novembre 2026",
            body: &["Un carnet a été ouvert à votre nom."],
            server: "Serveur",
            qr: "Code à scanner de la lettre",
            code: "Le même code en lettres :",
            factor: "Le second code vous a été donné au guichet. Il n'est pas dans cette lettre.",
            steps_title: "Que faire",
            steps: &["Pour accepter : carnet activate.", "Pour refuser : carnet activate --refuse."],
            footer: "",
        },
        language: "fr",
        date: DATE,
        server: "https://carnet.example",
        code: CODE,
    };
    let pdf = page.print().unwrap();
    keep("letter.pdf", &pdf);
    let text = text(&pdf);
    assert!(
        text.contains("Centre de santé des Écoles")
            && text.contains("ni argent")
            && text.contains("Zoé Lefèvre")
            && text.contains("second code vous a été donné"),
        "{text}"
    );
    assert!(text.replace(' ', "").contains(CODE), "{text}");
}

#[test]
fn journal_of_many_pages_loses_a_line_or_the_head_of_a_page() {
    let whens: Vec<String> = (0..400).map(|at| format!("ligne-{at:03}")).collect();
    let line = |when| JournalLine {
        when,
        who: "Dr Martin Zoé (RPPS 10001234567)",
        what: "a ouvert « Compte rendu d'hospitalisation »",
        verified: "signature et place au registre",
    };
    let lines: Vec<_> = whens.iter().map(|when| line(when.as_str())).collect();
    let journal = Journal {
        title: "Journal des accès",
        language: "fr",
        date: DATE,
        what: &["Chaque ligne est une signature."],
        fields: &[("Carnet de", "Camille Durand")],
        columns: ["Quand", "Qui", "Quoi", "Vérifié par"],
        lines: &lines,
        footer: "Journal",
    };
    let pdf = journal.print().unwrap();
    keep("journal.pdf", &pdf);
    let all = pdf_extract::extract_text_from_mem_by_pages(&pdf).unwrap();
    assert!(all.len() > 10, "{} pages", all.len());
    assert!(all.iter().all(|page| page.contains("Quand")), "a page without the head");
    let text = text(&pdf);
    assert!(whens.iter().all(|when| text.contains(when.as_str())));
}

#[test]
fn document_with_texts_that_no_font_has_is_not_printed() {
    let long = "x".repeat(3000);
    let table = Table::new(&[("Analyse", 3.0), ("Résultat", 1.0), ("Référence", 2.0)])
        .row(&["Hémoglobine", "13,4 g/dL", "12,0 – 16,0"])
        .row(&["漢字 \u{202e}\u{0}\u{e000}🩺", "", "", "de trop"])
        .row(&[&long]);
    let pdf = Document::new("Compte rendu de biologie \u{1F9EA}", "fr", DATE)
        .author("Laboratoire des Écoles")
        .heading("Hématologie")
        .paragraph("")
        .table(table)
        .qr(Qr::encode("https://carnet.example").unwrap(), 30.0, "Adresse")
        .print()
        .unwrap();
    keep("document.pdf", &pdf);
    let text = text(&pdf);
    assert!(text.contains("Hémoglobine 13,4 g/dL 12,0 – 16,0"), "{text}");
}

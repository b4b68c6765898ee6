//! Two years of documents of somebody who does not exist: made here, in French, of the kinds that people really get.

use carnet_paper::{Date, Document, PaperError, Table};

/// A document to add, or to be deposited by somebody.
pub(crate) struct Made {
    /// Its file's name.
    pub(crate) file: &'static str,
    /// Its title.
    pub(crate) title: &'static str,
    /// Its type, in words.
    pub(crate) kind: &'static str,
    /// Its day.
    pub(crate) day: &'static str,
    /// Who wrote it.
    pub(crate) author: &'static str,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

const PATIENT: &str = "Camille Durand, née le 14/05/1984";

/// What the patient has kept on paper and adds.
pub(crate) fn of_the_patient() -> Result<Vec<Made>, PaperError> {
    let blood = |glucose: &str, hemoglobin: &str, cholesterol: &str| {
        Table::new(&[("Examen", 4.0), ("Résultat", 2.0), ("Unité", 2.0), ("Valeurs usuelles", 3.0)])
            .row(&["Hémoglobine", hemoglobin, "g/dL", "12,0 à 16,0"])
            .row(&["Glycémie à jeun", glucose, "g/L", "0,70 à 1,10"])
            .row(&["Cholestérol total", cholesterol, "g/L", "inférieur à 2,00"])
            .row(&["Créatinine", "7,4", "mg/L", "5,0 à 9,0"])
            .row(&["TSH", "2,1", "mUI/L", "0,4 à 4,0"])
    };
    let results = |day: Date, text: &str, table: Table| {
        paper("Compte rendu d'examens biologiques", "Laboratoire des Tilleuls", day, text)
            .table(table)
            .print()
    };
    Ok(vec![
        Made {
            file: "bio-2025-01.pdf",
            title: "Prise de sang de janvier",
            kind: "biologie",
            day: "2025-01-16",
            author: "Laboratoire des Tilleuls",
            bytes: results(date(2025, 1, 16), "Prélèvement à jeun, 7 h 45.", blood("1,18", "13,4", "2,31"))?,
        },
        Made {
            file: "bio-2025-09.pdf",
            title: "Prise de sang de septembre",
            kind: "biologie",
            day: "2025-09-22",
            author: "Laboratoire des Tilleuls",
            bytes: results(date(2025, 9, 22), "Contrôle à six mois.", blood("1,06", "13,1", "2,05"))?,
        },
        Made {
            file: "radio-genou.pdf",
            title: "Radiographie du genou droit",
            kind: "imagerie",
            day: "2025-03-11",
            author: "Dr Anne Roux, Imagerie de la Gare",
            bytes: paper(
                "Radiographie du genou droit",
                "Imagerie de la Gare",
                date(2025, 3, 11),
                "Douleur après une chute de vélo.",
            )
            .heading("Résultat")
            .paragraph("Pas de fracture. Interligne articulaire conservé. Discret épanchement.")
            .heading("Conclusion")
            .paragraph("Entorse bénigne probable, à revoir si la douleur dure.")
            .print()?,
        },
        Made {
            file: "ordonnance-kine.pdf",
            title: "Ordonnance de kinésithérapie",
            kind: "ordonnance",
            day: "2025-03-12",
            author: "Dr Paul Martin",
            bytes: paper(
                "Ordonnance",
                "Cabinet du Dr Paul Martin, Lyon",
                date(2025, 3, 12),
                "Dix séances de rééducation du genou droit.",
            )
            .print()?,
        },
        Made {
            file: "vaccin-grippe.pdf",
            title: "Vaccination contre la grippe",
            kind: "vaccination",
            day: "2025-10-20",
            author: "Pharmacie du Parc",
            bytes: paper(
                "Attestation de vaccination",
                "Pharmacie du Parc",
                date(2025, 10, 20),
                "Vaccin grippal tétravalent, lot A1234.",
            )
            .print()?,
        },
        Made {
            file: "dentiste.pdf",
            title: "Bilan dentaire",
            kind: "11488-4",
            day: "2026-02-03",
            author: "Dr Inès Haddad, chirurgien-dentiste",
            bytes: paper(
                "Bilan bucco-dentaire",
                "Cabinet dentaire Haddad",
                date(2026, 2, 3),
                "Détartrage fait. Une carie à soigner, dent 26.",
            )
            .print()?,
        },
        Made {
            file: "ophtalmo.pdf",
            title: "Consultation d'ophtalmologie",
            kind: "11488-4",
            day: "2026-05-19",
            author: "Dr Marc Olivier, ophtalmologue",
            bytes: paper(
                "Consultation d'ophtalmologie",
                "Centre de la vision",
                date(2026, 5, 19),
                "Myopie stable. Fond d'œil normal. Contrôle dans deux ans.",
            )
            .print()?,
        },
    ])
}

/// What the general practitioner deposits.
pub(crate) fn of_the_doctor() -> Result<Vec<Made>, PaperError> {
    Ok(vec![
        Made {
            file: "courrier-cardio.pdf",
            title: "Courrier au cardiologue",
            kind: "courrier",
            day: "2026-06-02",
            author: "Dr Paul Martin",
            bytes: paper(
                "Courrier",
                "Cabinet du Dr Paul Martin, Lyon",
                date(2026, 6, 2),
                "Chère consœur, merci de recevoir Mme Durand pour des palpitations au repos, sans malaise.",
            )
            .paragraph("Tension 128/79. Électrocardiogramme de repos normal.")
            .print()?,
        },
        Made {
            file: "ordonnance-juin.pdf",
            title: "Ordonnance",
            kind: "ordonnance",
            day: "2026-06-02",
            author: "Dr Paul Martin",
            bytes: paper(
                "Ordonnance",
                "Cabinet du Dr Paul Martin, Lyon",
                date(2026, 6, 2),
                "Magnésium 300 mg : un comprimé le soir pendant un mois.",
            )
            .print()?,
        },
    ])
}

fn paper(title: &str, house: &str, day: Date, text: &str) -> Document {
    let written = format!("{:02}/{:02}/{}", day.day, day.month, day.year);
    Document::new(title, "fr", day)
        .author(house)
        .footer("Document inventé pour la démonstration de Carnet")
        .fields(&[("De", house), ("Pour", PATIENT), ("Date", &written)])
        .paragraph(text)
}

fn date(year: u16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

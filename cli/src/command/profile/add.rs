//! `carnet profile add` and `none`: an item is made, signed and deposited.

use carnet_core::wire::statement::Delete;
use carnet_health::Moment;
use carnet_health::profile::{
    Allergy, Condition, Criticality, Presence, ProfileKind, ProfileResource, Treatment, Vaccine, known_absent,
};
use serde::Serialize;

use super::{Danger, ItemKind, deposit, find, items, label, name, subject};
use crate::cli::Cli;
use crate::screen::harmless_line;
use crate::{Failure, say};

/// Adds an allergy, a treatment, an illness or a vaccine.
#[derive(Debug, clap::Args)]
pub struct AddItem {
    /// Which
    kind: ItemKind,
    /// Its name, in words
    #[arg(required = true)]
    words: Vec<String>,
    /// Since when (of a vaccine: when it was given): a year, a month or a day
    #[arg(long, alias = "on", value_name = "DAY")]
    since: Option<String>,
    /// Until when, of what is over
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// How dangerous the allergy is
    #[arg(long)]
    criticality: Option<Danger>,
    /// What the allergy did
    #[arg(long)]
    reaction: Option<String>,
    /// How much and how often of a treatment; which dose of a vaccine
    #[arg(long)]
    dose: Option<String>,
    /// The lot of a vaccine
    #[arg(long)]
    lot: Option<String>,
    /// Its code, as SYSTEM|CODE
    #[arg(long, value_name = "SYSTEM|CODE")]
    code: Option<String>,
    /// A note
    #[arg(long)]
    note: Option<String>,
}

/// States that there is none of a kind.
#[derive(Debug, clap::Args)]
pub struct NoneKnown {
    /// Which
    kind: ItemKind,
}

#[derive(Serialize)]
struct AddedShape {
    document: String,
    kind: &'static str,
    label: String,
    /// Statements of "none known" that this one contradicts, and that were removed.
    removed: usize,
}

impl AddItem {
    /// Runs the command.
    ///
    /// # Errors
    /// `profile-option` for an option of another kind; `date`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        self.check()?;
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let resource = self.resource(&subject(&held.vault.id()))?;
        let kind = ProfileKind::from(self.kind);
        let contradicted: Vec<_> = items(&cli.texts, &mut client, &held)?
            .into_iter()
            .filter(|(_, item)| item.kind == kind && item.presence == Presence::KnownAbsent)
            .map(|(row, _)| row.entry)
            .collect();
        let document = deposit(&cli.texts, &mut client, &mut held, &resource)?;
        let removed = contradicted.len();
        if removed > 0 {
            let context = client.ruler(&held).context();
            client.rule(&mut held, Delete { context, entries: contradicted })?;
            client.sync()?;
        }
        let shape = AddedShape { document, kind: name(kind), label: resource.item().label.clone(), removed };
        cli.answer(&shape, |texts| {
            let mut said = say!(
                texts,
                "profile-added",
                document = shape.document.as_str(),
                label = shape.label.as_str()
            );
            if removed > 0 {
                said.push('\n');
                said.push_str(&say!(texts, "profile-contradicted"));
            }
            said
        })
    }

    fn check(&self) -> Result<(), Failure> {
        let of = |given: bool, option: &str, kinds: &[ItemKind]| {
            if given && !kinds.contains(&self.kind) {
                return Err(Failure::wrong("profile-option").with("option", option));
            }
            Ok(())
        };
        of(self.criticality.is_some(), "--criticality", &[ItemKind::Allergy])?;
        of(self.reaction.is_some(), "--reaction", &[ItemKind::Allergy])?;
        of(self.dose.is_some(), "--dose", &[ItemKind::Treatment, ItemKind::Vaccine])?;
        of(self.lot.is_some(), "--lot", &[ItemKind::Vaccine])?;
        of(self.until.is_some(), "--until", &[ItemKind::Treatment, ItemKind::Condition])
    }

    fn resource(&self, subject: &str) -> Result<ProfileResource, Failure> {
        let words = self.words.join(" ");
        let code = self.code.as_deref().map(|text| code(text, &words)).transpose()?;
        let (since, until) = (moment(self.since.as_deref())?, moment(self.until.as_deref())?);
        let note = self.note.clone();
        Ok(match self.kind {
            ItemKind::Allergy => {
                let criticality = self.criticality.map(Criticality::from);
                let reaction = self.reaction.clone();
                Allergy { substance: words, code, criticality, reaction, since, note }.to_fhir(subject)
            }
            ItemKind::Treatment => {
                Treatment { medicine: words, code, dosage: self.dose.clone(), since, until, note }
                    .to_fhir(subject)
            }
            ItemKind::Condition => Condition { name: words, code, since, until, note }.to_fhir(subject),
            ItemKind::Vaccine => {
                let wrong = || Failure::wrong("profile-dose");
                let dose =
                    self.dose.as_deref().map(|dose| dose.trim().parse().map_err(|_| wrong())).transpose()?;
                Vaccine { name: words, code, given: since, lot: self.lot.clone(), dose, note }
                    .to_fhir(subject)
            }
        })
    }
}

impl NoneKnown {
    /// Runs the command.
    ///
    /// # Errors
    /// `profile-not-none` where there is one; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let kind = ProfileKind::from(self.kind);
        for (row, item) in items(&cli.texts, &mut client, &held)? {
            match item.presence {
                _ if item.kind != kind => {}
                Presence::Present => {
                    return Err(Failure::wrong("profile-not-none")
                        .with("label", harmless_line(&item.label))
                        .with("document", find::short(&row)));
                }
                Presence::KnownAbsent => {
                    let label = label(&cli.texts, &item);
                    let shape =
                        AddedShape { document: find::short(&row), kind: name(kind), label, removed: 0 };
                    return cli.answer(&shape, |texts| {
                        say!(
                            texts,
                            "profile-added",
                            document = shape.document.as_str(),
                            label = shape.label.as_str()
                        )
                    });
                }
                _ => {}
            }
        }
        let resource = known_absent(kind, &subject(&held.vault.id()));
        let document = deposit(&cli.texts, &mut client, &mut held, &resource)?;
        let label = label(&cli.texts, resource.item());
        let shape = AddedShape { document, kind: name(kind), label, removed: 0 };
        cli.answer(&shape, |texts| {
            say!(texts, "profile-added", document = shape.document.as_str(), label = shape.label.as_str())
        })
    }
}

fn moment(text: Option<&str>) -> Result<Option<Moment>, Failure> {
    text.map(|text| Moment::from_words(text).ok_or_else(|| Failure::wrong("date").with("text", text)))
        .transpose()
}

fn code(text: &str, display: &str) -> Result<carnet_health::Code, Failure> {
    let (system, code) =
        text.split_once('|').ok_or_else(|| Failure::wrong("profile-code").with("text", text))?;
    Ok(carnet_health::Code {
        system: system.to_owned(),
        code: code.to_owned(),
        display: Some(display.to_owned()),
    })
}

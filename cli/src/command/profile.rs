//! `carnet profile`: what a carer asks first: allergies, treatments, illnesses, vaccines. Each is a FHIR R4 resource, sealed as an entry
//! of its own, granted and shown like a document.

use carnet_core::authored::{Code, Description, Sort};
use carnet_core::manifest::HolderPart;
use carnet_core::wire::id::VaultId;
use carnet_core::wire::statement::Delete;
use carnet_health::profile::{
    self as fhir, Allergy, Condition, Criticality, Presence, ProfileItem, ProfileKind, ProfileResource,
    Treatment, Vaccine,
};
use carnet_health::{Kind, Moment};
use serde::Serialize;

use super::show::Show;
use super::{find, when};
use crate::cli::Cli;
use crate::client::{Client, Held, Item};
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::text::{Language, Texts};
use crate::{Failure, say};

/// Allergies, treatments, illnesses and vaccines.
#[derive(Debug, clap::Subcommand)]
pub enum Profile {
    /// Adds an allergy, a treatment, an illness or a vaccine
    Add(AddItem),
    /// States that there is none of a kind: asked, and none known
    None(NoneKnown),
    /// Lists them
    #[command(alias = "ls")]
    List(ListItems),
    /// Shows one
    Show(Show),
    /// Removes some
    Rm(RemoveItems),
}

/// A kind of profile item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ItemKind {
    /// An allergy or intolerance
    #[value(alias = "allergie")]
    Allergy,
    /// A medicine that is taken
    #[value(alias = "traitement")]
    Treatment,
    /// An illness or a problem
    #[value(alias = "maladie", alias = "antecedent")]
    Condition,
    /// A vaccine
    #[value(alias = "vaccin")]
    Vaccine,
}

/// How dangerous an allergy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Danger {
    /// Not dangerous to life
    #[value(alias = "faible")]
    Low,
    /// Dangerous to life
    #[value(alias = "grave", alias = "elevee")]
    High,
    /// Nobody knows
    #[value(alias = "inconnue")]
    Unknown,
}

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

/// Lists the profile.
#[derive(Debug, clap::Args)]
pub struct ListItems {
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
}

/// Removes items of the profile.
#[derive(Debug, clap::Args)]
pub struct RemoveItems {
    /// The items: short names, ids, or words of their titles
    #[arg(required = true)]
    items: Vec<String>,
}

#[derive(Serialize)]
struct AddedShape {
    document: String,
    kind: &'static str,
    label: String,
    /// Statements of "none known" that this one contradicts, and that were removed.
    removed: usize,
}

#[derive(Serialize)]
struct ListShape {
    items: Vec<Listed>,
    fresh: bool,
}

#[derive(Serialize)]
struct Listed {
    document: String,
    entry: String,
    kind: &'static str,
    label: String,
    presence: &'static str,
    status: Option<String>,
    since: Option<String>,
    until: Option<String>,
    criticality: Option<&'static str>,
    details: Vec<String>,
    signed_by: String,
    waiting: bool,
    #[serde(skip)]
    start: Option<Moment>,
    #[serde(skip)]
    end: Option<Moment>,
}

impl Profile {
    /// Runs the command.
    ///
    /// # Errors
    /// As each says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(cli),
            Self::None(none) => none.run(cli),
            Self::List(list) => list.run(cli),
            Self::Show(show) => show.run(cli),
            Self::Rm(remove) => remove.run(cli),
        }
    }
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
        let contradicted: Vec<_> = items(&mut client, &held)?
            .into_iter()
            .filter(|(_, item)| item.kind == kind && item.presence == Presence::KnownAbsent)
            .map(|(row, _)| row.entry)
            .collect();
        let document = deposit(&mut client, &mut held, &resource)?;
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
        for (row, item) in items(&mut client, &held)? {
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
        let resource = fhir::known_absent(kind, &subject(&held.vault.id()));
        let document = deposit(&mut client, &mut held, &resource)?;
        let label = label(&cli.texts, resource.item());
        let shape = AddedShape { document, kind: name(kind), label, removed: 0 };
        cli.answer(&shape, |texts| {
            say!(texts, "profile-added", document = shape.document.as_str(), label = shape.label.as_str())
        })
    }
}

impl ListItems {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`; what the contents say.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (_, fresh) = super::fresh_vault(cli, &mut client, self.offline)?;
        let held = client.own_vault()?;
        let found = items(&mut client, &held)?;
        let mut listed: Vec<Listed> =
            found.into_iter().map(|(row, item)| listed(&cli.texts, &client, &row, item)).collect();
        listed.sort_by_key(|one| (order(one.kind), core::cmp::Reverse(one.start.map(|start| start.at))));
        let shape = ListShape { items: listed, fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| list(texts, &shape, colours))
    }
}

impl RemoveItems {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `not-confirmed` where nobody said yes; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        super::remove::remove(cli, &self.items, Some(Sort::Profile))
    }
}

fn list(texts: &Texts, shape: &ListShape, colours: bool) -> String {
    let (faint, bold, end) = if colours { ("\x1b[2m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let language = texts.language();
    let mut lines = Vec::new();
    for kind in [ProfileKind::Allergy, ProfileKind::Treatment, ProfileKind::Condition, ProfileKind::Vaccine] {
        lines.push(format!("{bold}{}{end}", say!(texts, &format!("profile-{}", name(kind)))));
        let of_it: Vec<&Listed> = shape.items.iter().filter(|one| one.kind == name(kind)).collect();
        if of_it.is_empty() {
            lines.push(format!("  {faint}{}{end}", say!(texts, "profile-nothing")));
        }
        for one in of_it {
            let mut facts = Vec::new();
            match one.criticality {
                Some("high") => facts.push(say!(texts, "profile-high")),
                Some("low") => facts.push(say!(texts, "profile-low")),
                _ => {}
            }
            facts.extend(one.details.iter().cloned());
            match one.presence {
                "present" | "known-absent" => {}
                presence => facts.push(say!(texts, &format!("profile-presence-{presence}"))),
            }
            if let Some(start) = one.start {
                facts.push(say!(
                    texts,
                    if one.kind == "vaccine" { "profile-given" } else { "profile-since" },
                    day = day(start, language)
                ));
            }
            if let Some(end) = one.end {
                facts.push(say!(texts, "profile-until", day = day(end, language)));
            }
            if one.waiting {
                facts.push(say!(texts, "to-accept"));
            }
            let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
            lines.push(format!("  {faint}{}{end}  {}{facts}", one.document, one.label));
        }
    }
    lines.join("\n")
}

fn listed(texts: &Texts, client: &Client, row: &CatalogueRow, item: ProfileItem) -> Listed {
    let author = carnet_core::wire::id::AccountId::from_bytes(*row.author.as_bytes());
    Listed {
        document: find::short(row),
        entry: row.entry.to_string(),
        kind: name(item.kind),
        label: label(texts, &item),
        presence: match item.presence {
            Presence::Present => "present",
            Presence::KnownAbsent => "known-absent",
            Presence::NotAsked => "not-asked",
            Presence::Refuted => "refuted",
            Presence::Mistaken => "mistaken",
        },
        status: item.status.as_deref().map(harmless_line),
        since: item.start.map(Moment::to_fhir),
        until: item.end.map(Moment::to_fhir),
        criticality: item.criticality.map(|criticality| match criticality {
            Criticality::Low => "low",
            Criticality::High => "high",
            Criticality::UnableToAssess => "unknown",
        }),
        details: item.details.iter().map(|detail| harmless_line(detail)).collect(),
        signed_by: client.name_of(&author),
        waiting: row.waiting,
        start: item.start,
        end: item.end,
    }
}

/// The profile of a vault: what its resources say. What cannot be read is left out.
pub(crate) fn items(client: &mut Client, held: &Held) -> Result<Vec<(CatalogueRow, ProfileItem)>, Failure> {
    let vault = held.vault.id();
    let rows = client.catalogue(&vault)?;
    let mut items = Vec::new();
    for row in rows.into_iter().filter(|row| row.sort == Sort::Profile) {
        let opened = client.reopen(held, &row.entry)?;
        let bytes = client.content(&opened, &vault, None, MOST)?;
        if let Ok(resource) = ProfileResource::read(&bytes) {
            items.push((row, resource.item().clone()));
        }
    }
    Ok(items)
}

/// Deposits a resource; gives its short name.
fn deposit(client: &mut Client, held: &mut Held, resource: &ProfileResource) -> Result<String, Failure> {
    let bytes = resource.to_bytes();
    let item = Item {
        description: describe(resource.item()),
        holder: HolderPart::default(),
        class: PROFILE,
        digest: None,
        place: None,
    };
    let draft = client.draft(held, item, bytes.as_slice())?.into_draft();
    let deposited = client.deposit(held, vec![draft], &|_| {})?;
    let entry = deposited.first().map(|one| one.wanted.entry).ok_or_else(|| Failure::coded("internal"))?;
    let row = client.listed(&held.vault.id(), &entry)?;
    Ok(find::short(&row))
}

/// What a list of documents says of an item.
pub(crate) fn describe(item: &ProfileItem) -> Description {
    let codes =
        item.codes.iter().take(16).map(|code| Code { system: code.system.clone(), code: code.code.clone() });
    let title = if item.presence == Presence::KnownAbsent {
        format!("{}: none", name(item.kind))
    } else {
        item.label.clone()
    };
    Description {
        sort: Sort::Profile,
        title: harmless_line(&title).chars().take(300).collect(),
        dates: item.start.map(|start| start.at).into_iter().collect(),
        codes: codes.collect(),
        media_type: Kind::FhirJson.media_type().to_owned(),
        written_by: None,
        identifier: None,
    }
}

/// The patient to whom the resources of a vault refer: the vault's id as a UUID (RFC 9562, version 8).
pub(crate) fn subject(vault: &VaultId) -> String {
    let bytes = vault.as_bytes();
    let mut id = [0_u8; 16];
    id.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn label(texts: &Texts, item: &ProfileItem) -> String {
    match item.presence {
        Presence::KnownAbsent => say!(texts, &format!("profile-none-{}", name(item.kind))),
        _ => harmless_line(&item.label),
    }
}

fn day(moment: Moment, language: Language) -> String {
    let exact = moment.to_fhir();
    if exact.len() < 10 { exact } else { when::day(moment.at, language) }
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

fn name(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Allergy => "allergy",
        ProfileKind::Treatment => "treatment",
        ProfileKind::Condition => "condition",
        ProfileKind::Vaccine => "vaccine",
    }
}

fn order(kind: &str) -> usize {
    ["allergy", "treatment", "condition", "vaccine"].iter().position(|known| *known == kind).unwrap_or(4)
}

impl From<ItemKind> for ProfileKind {
    fn from(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Allergy => Self::Allergy,
            ItemKind::Treatment => Self::Treatment,
            ItemKind::Condition => Self::Condition,
            ItemKind::Vaccine => Self::Vaccine,
        }
    }
}

impl From<Danger> for Criticality {
    fn from(danger: Danger) -> Self {
        match danger {
            Danger::Low => Self::Low,
            Danger::High => Self::High,
            Danger::Unknown => Self::UnableToAssess,
        }
    }
}

/// The class of profile items.
pub(crate) const PROFILE: u16 = 7;
/// Most bytes of a resource that is read for a list.
const MOST: u64 = 1024 * 1024;

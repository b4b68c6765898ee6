//! `carnet profile`: what a carer asks first: allergies, treatments, illnesses, vaccines. Each is a FHIR R4 resource, sealed as an entry
//! of its own, granted and shown like a document.

mod add;
mod list;

use carnet_core::authored::{Code, Description, Sort};
use carnet_core::description::MAX_TEXT;
use carnet_core::manifest::HolderPart;
use carnet_core::plain_text::plain_line;
use carnet_core::wire::id::VaultId;
use carnet_health::Kind;
use carnet_health::profile::{Criticality, Presence, ProfileItem, ProfileKind, ProfileResource, UNNAMED};

use self::add::{AddItem, NoneKnown};
use self::list::ListItems;
use super::show::Show;
use super::{find, when};
use crate::cli::Cli;
use crate::client::{Client, Held, Item};
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::text::Texts;
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
    #[command(mut_args(|arg| if arg.get_id() == "document" { arg.value_name("ITEM") } else { arg }))]
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
    #[value(alias = "grave", alias = "élevé", alias = "elevee")]
    High,
    /// Nobody knows
    #[value(alias = "inconnu", alias = "inconnue")]
    Unknown,
}

/// Removes items of the profile.
#[derive(Debug, clap::Args)]
pub struct RemoveItems {
    /// The items: short names, ids, or words of their titles
    #[arg(required = true)]
    items: Vec<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
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

impl RemoveItems {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `not-confirmed` where nobody said yes; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        super::remove::remove(cli, &self.items, Some(Sort::Profile), self.dry_run)
    }
}

/// The profile of a vault: what its resources say. What cannot be read is left out.
pub(crate) fn items(
    texts: &Texts,
    client: &mut Client,
    held: &Held,
) -> Result<Vec<(CatalogueRow, ProfileItem)>, Failure> {
    let vault = held.vault.id();
    let rows = client.catalogue(&vault)?;
    let mut items = Vec::new();
    for row in rows.into_iter().filter(|row| row.sort == Sort::Profile) {
        let opened = client.reopen(held, &row.entry)?;
        let bytes = client.content(&opened, &vault, None, MOST)?;
        if let Ok(resource) = ProfileResource::read(&bytes) {
            let details = resource.details_in(texts);
            items.push((row, ProfileItem { details, ..resource.item().clone() }));
        }
    }
    Ok(items)
}

/// Deposits a resource; gives its short name.
fn deposit(
    texts: &Texts,
    client: &mut Client,
    held: &mut Held,
    resource: &ProfileResource,
) -> Result<String, Failure> {
    let bytes = resource.to_bytes();
    let item = Item {
        description: describe(texts, resource.item()),
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
pub(crate) fn describe(texts: &Texts, item: &ProfileItem) -> Description {
    let codes =
        item.codes.iter().take(16).map(|code| Code { system: code.system.clone(), code: code.code.clone() });
    let title = if item.presence == Presence::KnownAbsent {
        label(texts, item)
    } else {
        // What is over or must not be given is not taken for what is so, in a list of titles either.
        let standing = [presence_word(texts, item), standing(texts, item)].concat();
        let label = label(texts, item);
        if standing.is_empty() { label } else { format!("{label} ({})", standing.join(", ")) }
    };
    let mut description = Description {
        sort: Sort::Profile,
        title: plain_line(&harmless_line(&title), MAX_TEXT),
        codes: codes.collect(),
        media_type: Kind::FhirJson.media_type().to_owned(),
        ..Description::default()
    };
    description.set_moments(item.start.or(item.noted));
    description.harmless()
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
    let own = || match item.kind {
        ProfileKind::Treatment if item.label == UNNAMED => say!(texts, "fhir-medicine-unnamed"),
        _ => harmless_line(&item.label),
    };
    match item.presence {
        Presence::KnownAbsent => {
            let part = part_absent(item).and_then(|id| texts.find(&id, None, &[]));
            part.unwrap_or_else(|| say!(texts, &format!("profile-none-{}", name(item.kind))))
        }
        Presence::NotAsked => {
            let known = item
                .codes
                .iter()
                .find_map(|code| texts.find(&format!("fhir-absent-{}", code.code), None, &[]));
            known.unwrap_or_else(|| harmless_line(&item.label))
        }
        _ if item.do_not_give => say!(texts, "profile-do-not-give", label = own()),
        _ => own(),
    }
}

/// The words of a statement that there is none of a part of a kind: no food allergy says nothing of medicines.
fn part_absent(item: &ProfileItem) -> Option<String> {
    let code = item.codes.iter().find(|code| PARTS.contains(&code.code.as_str()))?;
    Some(format!("fhir-absent-{}", code.code))
}

/// Whether it was refuted, not asked, or written by mistake, in words; nothing where it is so.
fn presence_word(texts: &Texts, item: &ProfileItem) -> Vec<String> {
    let id = match item.presence {
        Presence::Present | Presence::KnownAbsent | Presence::NotAsked => return Vec::new(),
        Presence::Refuted => "profile-presence-refuted",
        Presence::Mistaken => "profile-presence-mistaken",
    };
    vec![say!(texts, id)]
}

/// What its status and certainty say beside "it is so": cancelled, in remission, unconfirmed.
fn standing(texts: &Texts, item: &ProfileItem) -> Vec<String> {
    let usual = match item.kind {
        ProfileKind::Vaccine => "completed",
        _ => "active",
    };
    let clinical = matches!(item.kind, ProfileKind::Allergy | ProfileKind::Condition);
    let status =
        item.status.as_deref().map(|code| (if clinical { "clinicalStatus" } else { "status" }, code));
    let certainty = item.certainty.as_deref().map(|code| ("verificationStatus", code));
    let said = [usual, "confirmed", "refuted", "entered-in-error"];
    let worth = |(_, code): &(&str, &str)| item.presence != Presence::KnownAbsent && !said.contains(code);
    let word = |(element, code): (&str, &str)| {
        let known = texts.find(&format!("fhir-{element}-{code}"), None, &[]);
        known.unwrap_or_else(|| harmless_line(code))
    };
    // What is no order is said: a choice, a plan, a proposal.
    let intent = item.intent.as_deref().filter(|code| matches!(*code, "option" | "plan" | "proposal"));
    let intent = intent.map(|code| ("intent", code));
    status.into_iter().chain(certainty).chain(intent).filter(worth).map(word).collect()
}

fn name(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Allergy => "allergy",
        ProfileKind::Treatment => "treatment",
        ProfileKind::Condition => "condition",
        ProfileKind::Vaccine => "vaccine",
    }
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

/// Absences of a part of a kind, of the International Patient Summary.
const PARTS: [&str; 3] =
    ["no-known-medication-allergies", "no-known-environmental-allergies", "no-known-food-allergies"];
/// The class of profile items.
pub(crate) const PROFILE: u16 = 7;
/// Most bytes of a resource that is read for a list.
const MOST: u64 = 1024 * 1024;

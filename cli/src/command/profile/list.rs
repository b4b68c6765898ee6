//! `carnet profile list`: what a carer asks first, on one screen.

use carnet_health::Moment;
use carnet_health::profile::{Criticality, Presence, ProfileItem, ProfileKind};
use serde::Serialize;

use super::{find, items, label, name, standing, when};
use crate::cli::Cli;
use crate::client::Client;
use crate::local::CatalogueRow;
use crate::screen::harmless_line;
use crate::text::Texts;
use crate::{Failure, say};

/// Lists the profile.
#[derive(Debug, clap::Args)]
pub struct ListItems {
    /// Does not ask the server what is new
    #[arg(long)]
    offline: bool,
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
    /// Whether it is there and not over.
    current: bool,
    /// Whether the medicine must not be given.
    do_not_give: bool,
    status: Option<String>,
    certainty: Option<String>,
    since: Option<String>,
    until: Option<String>,
    criticality: Option<&'static str>,
    details: Vec<String>,
    signed_by: String,
    waiting: bool,
    /// What is to be said of its status beside "it is so".
    #[serde(skip)]
    standing: Vec<String>,
    #[serde(skip)]
    start: Option<Moment>,
    #[serde(skip)]
    end: Option<Moment>,
}

impl ListItems {
    /// Runs the command.
    ///
    /// # Errors
    /// `no-vault`; what the contents say.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (_, fresh) = crate::command::fresh_vault(cli, &mut client, self.offline)?;
        let held = client.own_vault()?;
        let found = items(&mut client, &held)?;
        let mut listed: Vec<Listed> =
            found.into_iter().map(|(row, item)| listed(&cli.texts, &client, &row, item)).collect();
        listed.sort_by_key(|one| {
            (order(one.kind), one.is_past(), core::cmp::Reverse(one.start.map(Moment::key)))
        });
        let shape = ListShape { items: listed, fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| list(texts, &shape, colours))
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
        let mut past = false;
        for one in of_it {
            if one.is_past() && !past {
                past = true;
                lines.push(format!("  {faint}{}{end}", say!(texts, "profile-past")));
            }
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
            facts.extend(one.standing.iter().cloned());
            if let Some(start) = one.start {
                facts.push(say!(
                    texts,
                    if one.kind == "vaccine" { "profile-given" } else { "profile-since" },
                    day = when::shown_day(start, language)
                ));
            }
            if let Some(end) = one.end {
                facts.push(say!(texts, "profile-until", day = when::shown_day(end, language)));
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

impl Listed {
    /// What is over, refuted or written by mistake stands below what is so; what must not be given stands above.
    fn is_past(&self) -> bool {
        !self.do_not_give
            && (matches!(self.presence, "refuted" | "mistaken")
                || (self.presence == "present" && !self.current))
    }
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
        current: item.current,
        do_not_give: item.do_not_give,
        certainty: item.certainty.as_deref().map(harmless_line),
        standing: standing(texts, &item),
        status: item.status.as_deref().map(harmless_line),
        since: item.start.map(|start| start.to_string()),
        until: item.end.map(|end| end.to_string()),
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

fn order(kind: &str) -> usize {
    ["allergy", "treatment", "condition", "vaccine"].iter().position(|known| *known == kind).unwrap_or(4)
}

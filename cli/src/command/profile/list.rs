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
    /// `option` where it is only one of several that may be chosen.
    intent: Option<String>,
    since: Option<String>,
    until: Option<String>,
    /// When it was written down.
    noted: Option<String>,
    /// Whether it says that there is none, beside one that is there.
    contradicted: bool,
    severity: Option<&'static str>,
    notes: Vec<String>,
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
    #[serde(skip)]
    day: Option<Moment>,
    /// Whether it says that there is none of a part of its kind only.
    #[serde(skip)]
    of_a_part: bool,
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
        let found = items(&cli.texts, &mut client, &held)?;
        let mut listed: Vec<Listed> =
            found.into_iter().map(|(row, item)| listed(&cli.texts, &client, &row, item)).collect();
        let there: Vec<&str> = listed.iter().filter(|one| one.is_there()).map(|one| one.kind).collect();
        for one in &mut listed {
            one.contradicted = one.presence == "known-absent" && !one.of_a_part && there.contains(&one.kind);
        }
        listed.sort_by_key(|one| {
            let day = one.start.or(one.day).map(Moment::key);
            (order(one.kind), one.rank(), core::cmp::Reverse(day))
        });
        let shape = ListShape { items: listed, fresh };
        let colours = cli.terminal.has_colours();
        cli.answer(&shape, |texts| list(texts, &shape, colours))
    }
}

fn list(texts: &Texts, shape: &ListShape, colours: bool) -> String {
    let (faint, bold, end) = if colours { ("\x1b[2m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
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
                Some("unknown") => facts.push(say!(texts, "profile-danger-unknown")),
                _ => {}
            }
            facts.extend(one.details.iter().cloned());
            match one.presence {
                "present" | "known-absent" => {}
                presence => facts.push(say!(texts, &format!("profile-presence-{presence}"))),
            }
            facts.extend(one.standing.iter().cloned());
            facts.extend(one.days(texts));
            if one.waiting {
                facts.push(say!(texts, "to-accept"));
            }
            let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
            lines.push(format!("  {faint}{}{end}  {}{facts}", one.document, one.said(texts)));
            lines.extend(
                one.notes
                    .iter()
                    .map(|note| format!("      {}", say!(texts, "profile-note", text = note.as_str()))),
            );
        }
    }
    lines.join("\n")
}

impl Listed {
    /// Whether it contradicts that there is none.
    fn is_there(&self) -> bool {
        self.presence == "present" && self.current
    }

    /// What is there, then that there is none, then what is over.
    fn rank(&self) -> u8 {
        match self.presence {
            _ if self.is_past() => 2,
            "known-absent" | "not-asked" => 1,
            _ => 0,
        }
    }

    /// Its name; of a statement that others contradict, that they do.
    fn said(&self, texts: &Texts) -> String {
        let label = self.label.as_str();
        match (self.contradicted, self.day) {
            (false, _) => label.to_owned(),
            (true, None) => say!(texts, "profile-absent-contradicted", label = label),
            (true, Some(day)) => {
                let day = when::shown_day(day, texts.language());
                say!(texts, "profile-absent-contradicted-on", label = label, day = day)
            }
        }
    }

    /// Since when, until when, and when it was written down.
    fn days(&self, texts: &Texts) -> Vec<String> {
        let day = |moment| when::shown_day(moment, texts.language());
        let mut days = Vec::new();
        match (self.start, self.end) {
            (Some(start), None) => {
                let id = if self.kind == "vaccine" { "profile-given" } else { "profile-since" };
                days.push(say!(texts, id, day = day(start)));
            }
            (Some(start), Some(end)) => {
                days.push(say!(texts, "profile-from-to", from = day(start), to = day(end)));
            }
            (None, Some(end)) => days.push(say!(texts, "profile-until", day = day(end))),
            (None, None) => {}
        }
        if let Some(noted) = self.day.filter(|_| self.start.is_none() && !self.contradicted) {
            days.push(say!(texts, "profile-noted", day = day(noted)));
        }
        days
    }

    /// What is over, refuted or written by mistake stands below what is so; what must not be given stands above.
    fn is_past(&self) -> bool {
        !self.do_not_give
            && (matches!(self.presence, "refuted" | "mistaken")
                || (self.presence == "present" && !self.current))
    }
}

fn listed(texts: &Texts, client: &Client, row: &CatalogueRow, item: ProfileItem) -> Listed {
    let now = i64::try_from(crate::session::now()).unwrap_or(i64::MAX);
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
        current: item.is_current(now),
        intent: item.intent.as_deref().map(harmless_line),
        noted: item.noted.map(|noted| noted.to_string()),
        contradicted: false,
        of_a_part: super::part_absent(&item).is_some(),
        severity: item.severity,
        notes: item.notes.iter().map(|note| harmless_line(note)).collect(),
        day: item.noted,
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

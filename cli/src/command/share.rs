//! `carnet share`: documents, or all of a kind now and later, for somebody who has been checked.

use carnet_core::grant::Terms;
use carnet_core::grant::Wrapped;
use carnet_health::doctype;
use serde::Serialize;

use super::trust::{self, Purpose};
use super::{find, spoken, title, when};
use crate::cli::Cli;
use crate::client::circles::Scope;
use crate::local::CatalogueRow;
use crate::session::now;
use crate::{Failure, say};

/// Shares documents with somebody.
#[derive(Debug, clap::Args)]
pub struct Share {
    /// The documents: short names, ids, or words of their titles
    #[arg(required_unless_present_any = ["always", "class"])]
    documents: Vec<String>,
    /// With whom: a name or RPPS number, of your address book or the directory
    #[arg(long, value_name = "PERSON")]
    with: String,
    /// The last day
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Everything, also what comes later
    #[arg(long, conflicts_with = "documents")]
    always: bool,
    /// Everything of one kind, also what comes later: results, imaging, prescriptions, letters, vaccinations, certificates
    #[arg(long, value_name = "KIND", conflicts_with_all = ["documents", "always"])]
    class: Option<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Shape {
    /// Whether nothing was done, and only said.
    dry_run: bool,
    with: String,
    account: String,
    documents: Vec<String>,
    always: bool,
    class: Option<u16>,
    /// How many documents are of this class by a guess only: nobody reads them for it until their type is confirmed.
    guesses_left_out: usize,
    until: Option<String>,
}

/// The end of a last day, which is today or later.
pub(crate) fn until(day: &str) -> Result<u64, Failure> {
    let end = when::parse_end(day)?;
    if end <= now() {
        return Err(Failure::wrong("until-past").with("text", day));
    }
    Ok(end)
}

impl Share {
    /// Runs the command.
    ///
    /// # Errors
    /// `until-past` for a last day that is over; `document-unknown`, `person-unknown`; `not-trusted` where nobody vouches and nobody said yes; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let expires = self.until.as_deref().map(until).transpose()?;
        let scope = match (&self.class, self.always) {
            (Some(class), _) => Some(Scope::Class(super::kinds::class(class)?)),
            (None, true) => Some(Scope::All),
            (None, false) => None,
        };
        let mut client = cli.client()?;
        let mut held = client.sync()?;
        let rows = client.catalogue(&held.vault.id())?;
        let wanted =
            self.documents.iter().map(|name| find::document(&rows, name)).collect::<Result<Vec<_>, _>>()?;
        let purpose = if self.dry_run { Purpose::Look } else { Purpose::Share };
        let person = trust::check(cli, &mut client, &self.with, purpose)?;
        let reader = person.account.reader().ok_or_else(|| Failure::coded("account-keys"))?;
        let terms = Terms { expires, ..Terms::OPEN };
        if self.dry_run {
            // Nothing is wrapped, and nobody asked.
        } else if let Some(scope) = scope {
            let id = if self.always { "ask-share-all" } else { "ask-share-class" };
            let question =
                say!(cli.texts, id, name = person.name(), class = self.class.clone().unwrap_or_default());
            if !cli.terminal.confirm(&cli.texts, &question) {
                return Err(Failure::wrong("not-confirmed"));
            }
            let circle = client.circle_for(&mut held, scope)?;
            client.add_member(&mut held, &circle, &reader, terms)?;
        } else {
            let mut wrapped: Vec<Wrapped> = Vec::new();
            for row in &wanted {
                wrapped.push(client.reopen(&held, &row.entry)?.grant(&reader, terms)?);
            }
            client.grant(&mut held, wrapped)?;
        }
        client.sync_vault(&mut held)?;
        let shape = Shape {
            dry_run: self.dry_run,
            with: person.name(),
            account: person.account.id().to_string(),
            documents: wanted.iter().map(find::short).collect(),
            always: scope == Some(Scope::All),
            class: match scope {
                Some(Scope::Class(class)) => Some(class),
                _ => None,
            },
            guesses_left_out: rows.iter().filter(|row| is_guess_of(row, scope)).count(),
            until: expires.map(|end| when::iso(i64::try_from(end).unwrap_or(i64::MAX))),
        };
        cli.answer(&shape, |texts| {
            let shared = match scope {
                _ if shape.dry_run => {
                    let mut lines: Vec<String> = wanted
                        .iter()
                        .map(|row| {
                            say!(
                                texts,
                                "to-remove",
                                document = find::short(row),
                                title = title::title(texts, row)
                            )
                        })
                        .collect();
                    let what = match scope {
                        Some(Scope::All) => "all",
                        Some(Scope::Class(_)) => "class",
                        None => "documents",
                    };
                    let (name, count) = (shape.with.as_str(), wanted.len());
                    lines.push(say!(texts, "would-share", name = name, count = count, what = what));
                    lines.join("\n")
                }
                Some(Scope::All) => say!(texts, "shared-all", name = shape.with.as_str()),
                Some(Scope::Class(_)) => say!(texts, "shared-class", name = shape.with.as_str()),
                None => say!(texts, "shared", name = shape.with.as_str(), count = shape.documents.len()),
            };
            let shared = match shape.guesses_left_out {
                0 => shared,
                count => format!("{shared}\n{}", say!(texts, "shared-without-guesses", count = count)),
            };
            match expires {
                Some(end) => {
                    let day = spoken::last_day(end, texts.language());
                    format!("{shared}\n{}", say!(texts, "shared-until", day = day))
                }
                None => shared,
            }
        })
    }
}

/// Whether a document would be of this class if its guessed type were confirmed.
fn is_guess_of(row: &CatalogueRow, scope: Option<Scope>) -> bool {
    let Some(Scope::Class(class)) = scope else { return false };
    let guess = row.guess.as_ref().and_then(|code| doctype::by_code(&code.system, &code.code));
    row.class != class && guess.is_some_and(|kind| kind.class.number() == class)
}

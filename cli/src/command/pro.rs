//! `carnet pro`: professionals, found, enrolled, and what an authority says of oneself.

use carnet_core::enrolment::Enrolment;
use carnet_core::fingerprint::Fingerprint;
use carnet_core::step::Search;
use carnet_core::wire::statement::Practitioner;
use carnet_core::words::WordList;
use serde::Serialize;

use super::trust::{self, Purpose};
use super::{spoken, when};
use crate::cli::Cli;
use crate::client::Trust;
use crate::text::{Language, Texts};
use crate::{Failure, say, shown};

/// Finds professionals, and enrols as one.
#[derive(Debug, clap::Subcommand)]
pub enum Pro {
    /// Finds professionals in the directory
    Find(Find),
    /// Shows a professional: who vouches, until when, fingerprint
    Show(Show),
    /// Makes a code that an authority needs to attest you
    Enrol(Enrol),
    /// Says whether an authority attests you now
    Status(Status),
}

/// Finds professionals in the directory.
#[derive(Debug, clap::Args)]
pub struct Find {
    /// Beginnings of words of the name
    name: Vec<String>,
    /// The RPPS number
    #[arg(long)]
    rpps: Option<String>,
    /// The profession's code
    #[arg(long)]
    profession: Option<String>,
    /// The speciality's code
    #[arg(long)]
    speciality: Option<String>,
    /// Beginnings of words of the town
    #[arg(long)]
    town: Option<String>,
}

/// Shows a professional.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Whom: a name or RPPS number, of your address book or the directory
    person: String,
}

/// Makes a code that an authority needs to attest you.
#[derive(Debug, clap::Args)]
pub struct Enrol {
    /// Your RPPS number, 11 digits
    #[arg(long)]
    rpps: String,
    /// Family name, then given name
    #[arg(long)]
    name: String,
    /// Your profession's code: 10 physician, 21 pharmacist, 60 nurse…
    #[arg(long)]
    profession: String,
    /// Your speciality's code
    #[arg(long)]
    speciality: Option<String>,
    /// Where you work
    #[arg(long)]
    organisation: Option<String>,
    /// In which town
    #[arg(long)]
    town: Option<String>,
}

/// Says whether an authority attests you now.
#[derive(Debug, clap::Args)]
pub struct Status {}

#[derive(Serialize)]
struct Found {
    professionals: Vec<Professional>,
    more: bool,
}

#[derive(Serialize)]
struct Professional {
    name: String,
    rpps: String,
    profession: String,
    speciality: Option<String>,
    organisation: Option<String>,
    town: Option<String>,
    account: String,
}

#[derive(Serialize)]
struct Code {
    code: String,
    fingerprint: String,
}

#[derive(Serialize)]
struct Attested {
    state: &'static str,
    until: Option<String>,
    name: Option<String>,
}

impl Pro {
    /// Runs the command.
    ///
    /// # Errors
    /// As each says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        match self {
            Self::Find(find) => find.run(cli),
            Self::Show(show) => {
                let mut client = cli.client()?;
                trust::check(cli, &mut client, &show.person, Purpose::Look).map(drop)
            }
            Self::Enrol(enrol) => enrol.run(cli),
            Self::Status(status) => status.run(cli),
        }
    }
}

impl Find {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let name = Some(self.name.join(" ")).filter(|name| !name.is_empty());
        let search = Search {
            name,
            rpps: self.rpps,
            profession: self.profession,
            speciality: self.speciality,
            town: self.town,
        };
        let mut client = cli.client()?;
        let (then, response) = client.call(search.start())?;
        let found = then.receive(&response)?;
        let professionals = found.claims.iter().map(|claim| {
            let person = claim.claimed();
            Professional {
                name: person.name.clone(),
                rpps: person.rpps.clone(),
                profession: person.profession.clone(),
                speciality: person.speciality.clone(),
                organisation: person.organisation.clone(),
                town: person.town.clone(),
                account: claim.account().to_string(),
            }
        });
        let shape = Found { professionals: professionals.collect(), more: found.more };
        cli.answer(&shape, |texts| {
            if shape.professionals.is_empty() {
                return say!(texts, "nobody-found");
            }
            let mut lines: Vec<String> =
                shape.professionals.iter().map(|person| line(texts, person)).collect();
            if shape.more {
                lines.push(say!(texts, "more-found"));
            }
            lines.join("\n")
        })
    }
}

fn line(texts: &Texts, person: &Professional) -> String {
    let profession = texts.find(&format!("profession-{}", person.profession), None, &[]);
    let parts = [
        Some(person.name.clone()),
        profession,
        person.organisation.clone(),
        person.town.clone(),
        Some(format!("RPPS {}", person.rpps)),
    ];
    shown::name(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

impl Enrol {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let client = cli.client()?;
        let claimed = Practitioner {
            rpps: self.rpps,
            name: self.name,
            profession: self.profession,
            speciality: self.speciality,
            organisation: self.organisation,
            town: self.town,
        };
        let enrolment = Enrolment::new(client.server_address()?, &client.account, claimed)?;
        let list = match cli.texts.language() {
            Language::Fr => WordList::French,
            Language::En => WordList::English,
        };
        let words = Fingerprint::of(&client.account).map(|print| print.words(list).join(" "));
        let shape = Code { code: enrolment.code().to_string(), fingerprint: words.unwrap_or_default() };
        let screen = cli.terminal.has_colours();
        cli.answer(&shape, |texts| match screen {
            true => format!(
                "{}\n{}\n{}",
                say!(texts, "enrol-explained"),
                shape.code,
                say!(texts, "person-fingerprint", words = shape.fingerprint.as_str())
            ),
            false => shape.code.clone(),
        })
    }
}

impl Status {
    fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let id = client.account.id();
        let checked = client.check(&id)?;
        let language = cli.texts.language();
        let shape = match &checked.trust {
            Trust::Attested(attested) => Attested {
                state: "attested",
                until: Some(when::day(i64::try_from(attested.expires).unwrap_or(i64::MAX), language)),
                name: Some(attested.practitioner.name.clone()),
            },
            Trust::Ended(error) => {
                let state = match error {
                    carnet_core::step::AttestationError::NotLogged => "pending",
                    carnet_core::step::AttestationError::Withdrawn => "withdrawn",
                    _ => "ended",
                };
                Attested { state, until: None, name: None }
            }
            Trust::Unknown => Attested { state: "unknown", until: None, name: None },
        };
        cli.answer(&shape, |texts| {
            let until = match &checked.trust {
                Trust::Attested(attested) => spoken::day(attested.expires, language),
                _ => String::new(),
            };
            say!(texts, &format!("pro-{}", shape.state), until = until)
        })
    }
}

//! Before anything is shared: who this is, who vouches and until when, which keys, and whether they are those of before.

use carnet_core::fingerprint::Fingerprint;
use carnet_core::step::Search;
use carnet_core::wire::id::AccountId;
use carnet_core::words::WordList;

use super::{find, spoken};
use crate::cli::Cli;
use crate::client::{Checked, Client, Trust};
use crate::text::Language;
use crate::{Failure, say};

/// What the person is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Something will be given to them.
    Share,
    /// They are only looked at.
    Look,
}

/// Finds somebody in the address book or the directory, checks everything anew, and shows it.
///
/// # Errors
/// `person-unknown`; `keys-changed`, `attestation-ended` and `not-trusted` where nobody said that they know better.
pub(crate) fn check(
    cli: &mut Cli<'_>,
    client: &mut Client,
    name: &str,
    purpose: Purpose,
) -> Result<Checked, Failure> {
    let id = identify(client, name)?;
    let checked = client.check(&id)?;
    let shown = describe(cli, &checked);
    cli.remark(&shown);
    if purpose == Purpose::Look {
        return Ok(checked);
    }
    if checked.changed {
        let said = say!(cli.texts, "keys-changed", name = checked.name());
        cli.remark(&said);
        // Not even --yes answers this one: it has to be read.
        let sure = cli.terminal.is_there() && {
            let asking = crate::terminal::Terminal { yes: false, ..cli.terminal.clone() };
            asking.confirm(&cli.texts, &say!(cli.texts, "ask-keys-changed"))
        };
        if !sure {
            return Err(Failure::coded("keys-changed").with("name", checked.name()));
        }
    }
    match &checked.trust {
        Trust::Attested(_) => {}
        Trust::Ended(_) => return Err(Failure::coded("attestation-ended").with("name", checked.name())),
        Trust::Unknown => {
            if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-unknown", name = checked.name())) {
                return Err(Failure::coded("not-trusted").with("name", checked.name()));
            }
        }
    }
    let name = checked.name();
    client.remember(&checked, &name)?;
    Ok(checked)
}

/// The account that a name means: in the address book, else the one professional of the directory.
fn identify(client: &mut Client, name: &str) -> Result<AccountId, Failure> {
    let unknown = match find::person(client, name) {
        Ok(row) => return Ok(row.account),
        Err(failure) if failure.code() == Some("person-unknown") => failure,
        Err(failure) => return Err(failure),
    };
    let digits = name.len() == 11 && name.bytes().all(|byte| byte.is_ascii_digit());
    let search = match digits {
        true => Search { rpps: Some(name.to_owned()), ..Search::default() },
        false => Search { name: Some(name.to_owned()), ..Search::default() },
    };
    let (then, response) = client.call(search.start())?;
    let found = then.receive(&response)?;
    let mut accounts: Vec<_> = found.claims.iter().map(|claim| claim.account()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    match accounts.as_slice() {
        [] => Err(unknown),
        [one] => Ok(*one),
        _ => {
            let names: Vec<String> = found
                .claims
                .iter()
                .take(5)
                .map(|claim| format!("{} ({})", claim.claimed().name, claim.claimed().rpps))
                .collect();
            Err(Failure::wrong("person-many").with("person", name).with("names", names.join(", ")))
        }
    }
}

/// What is shown of somebody: who vouches, until when, fingerprint, history of keys.
pub(crate) fn describe(cli: &Cli<'_>, checked: &Checked) -> String {
    let (texts, language) = (&cli.texts, cli.texts.language());
    let mut lines = Vec::new();
    match &checked.trust {
        Trust::Attested(attested) => {
            let person = &attested.practitioner;
            lines.push(say!(
                texts,
                "person-attested",
                name = person.name.as_str(),
                profession = texts
                    .find(&format!("profession-{}", person.profession), None, &[])
                    .unwrap_or_else(|| person.profession.clone()),
                rpps = person.rpps.as_str(),
                place = [person.organisation.as_deref(), person.town.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(", "),
                until = spoken::day(attested.expires, language)
            ));
        }
        Trust::Ended(_) => lines.push(say!(texts, "person-ended", name = checked.name())),
        Trust::Unknown => lines.push(say!(texts, "person-not-attested", name = checked.name())),
    }
    if let Some(fingerprint) = Fingerprint::of(&checked.account) {
        let list = match language {
            Language::Fr => WordList::French,
            Language::En => WordList::English,
        };
        lines.push(say!(texts, "person-fingerprint", words = fingerprint.words(list).join(" ")));
    }
    let generation = checked.account.generation();
    if generation > 1 {
        lines.push(say!(texts, "person-generation", number = generation.saturating_sub(1)));
    }
    lines.join("\n")
}

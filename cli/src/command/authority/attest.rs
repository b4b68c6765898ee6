//! `carnet authority attest`, `withdraw`: a professional's code is compared with the account itself and with the register, then attested.

use std::path::PathBuf;

use carnet_core::enrolment::Enrolment;
use carnet_core::fingerprint::Fingerprint;
use carnet_core::receipt::Pinned;
use carnet_core::step::Submit;
use carnet_core::wire::id::StatementHash;
use carnet_core::wire::statement::{Attest as Body, Withdraw as WithdrawBody};
use carnet_core::words::WordList;
use serde::Serialize;

use super::key;
use super::register::{self, ATTESTED, Attested, KNOWN, Known};
use crate::cli::Cli;
use crate::client::create::{Known as Server, call_with, line_of};
use crate::command::{find, spoken, when};
use crate::session::now;
use crate::text::Language;
use crate::{Failure, say};

/// Attests a professional.
#[derive(Debug, clap::Args)]
pub struct Attest {
    /// The authority's folder
    folder: PathBuf,
    /// The professional's code, or a file with it
    code: String,
    /// For how many days, 30 at most
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=30))]
    days: u64,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
}

/// Ends an attestation.
#[derive(Debug, clap::Args)]
pub struct Withdraw {
    /// The authority's folder
    folder: PathBuf,
    /// The professional: RPPS number or account
    #[arg(value_name = "RPPS")]
    person: String,
    /// A file of certificates to believe instead of the public ones
    #[arg(long, env = "CARNET_CERTIFICATES", value_name = "FILE")]
    certificates: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shape {
    account: String,
    rpps: String,
    name: String,
    until: Option<String>,
    statement: String,
}

impl Attest {
    pub(super) fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let text = std::fs::read_to_string(PathBuf::from(&self.code)).unwrap_or_else(|_| self.code.clone());
        let enrolment = Enrolment::parse(text.trim())?;
        let claimed = enrolment.claimed.clone();
        if !CARERS.contains(&claimed.profession.as_str()) {
            return Err(Failure::coded("not-a-carer")
                .with("name", claimed.name)
                .with("profession", claimed.profession));
        }
        let organisation = claimed.organisation.clone().unwrap_or_default();
        if carnet_health::directory::not_a_carer(&serde_json::json!({ "name": organisation })).is_some() {
            return Err(Failure::coded("organisation-not-a-carer")
                .with("name", claimed.name)
                .with("organisation", organisation));
        }
        let register: Vec<Known> = register::read(&self.folder, KNOWN)?;
        check_register(&register, &claimed.rpps, &claimed.name)?;
        let certificates = self.certificates.map(|path| path.display().to_string());
        let server = Server::by_paper(&enrolment.server, certificates)?.watched(&cli.terminal.stage.waits());
        let account = line_of(&server, &enrolment.account)?;
        enrolment.fits(&account)?;
        let list = match cli.texts.language() {
            Language::Fr => WordList::French,
            Language::En => WordList::English,
        };
        let words = Fingerprint::of(&account).map(|print| print.words(list).join(" ")).unwrap_or_default();
        let said = say!(
            cli.texts,
            "attest-ask",
            name = claimed.name.as_str(),
            rpps = claimed.rpps.as_str(),
            words = words
        );
        cli.remark(&said);
        if register.is_empty() && !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-attest")) {
            return Err(Failure::wrong("not-confirmed"));
        }
        let authority = key::open(cli, &self.folder)?;
        let time = now();
        let expires = time.saturating_add(self.days.saturating_mul(86_400_000));
        let body = Body {
            account: enrolment.account,
            generation: enrolment.generation,
            bundle: enrolment.bundle,
            practitioner: claimed.clone(),
            time,
            expires,
        };
        let statement = authority.sign(&server.log.origin, body)?;
        let ask = Submit::account(&enrolment.account, &statement, &Pinned::NONE);
        let (then, response) = call_with(&server, None, ask)?;
        then.receive(&response, &server.log, &mut Pinned::NONE.clone())?;
        let row = Attested {
            account: enrolment.account.to_string(),
            rpps: claimed.rpps.clone(),
            name: claimed.name.clone(),
            statement: statement.hash().to_string(),
            expires,
            server: enrolment.server.url.as_str().to_owned(),
            enrolment: text.trim().to_owned(),
        };
        register::add(&self.folder, ATTESTED, &[row])?;
        let until = when::day(i64::try_from(expires).unwrap_or(i64::MAX), cli.texts.language());
        let shape = Shape {
            account: enrolment.account.to_string(),
            rpps: claimed.rpps,
            name: claimed.name,
            until: Some(until),
            statement: statement.hash().to_string(),
        };
        let until = spoken::day(expires, cli.texts.language());
        cli.answer(&shape, |texts| say!(texts, "attested", name = shape.name.as_str(), until = until))
    }
}

/// Where a register was imported, only who stands in it is attested, under the name that it has.
fn check_register(register: &[Known], rpps: &str, name: &str) -> Result<(), Failure> {
    if register.is_empty() {
        return Ok(());
    }
    let known = register.iter().rev().find(|one| one.rpps == rpps);
    let known = known.ok_or_else(|| Failure::coded("not-in-register").with("rpps", rpps))?;
    let (mut one, mut other): (Vec<String>, Vec<String>) =
        (carnet_health::fold::words(&known.name).collect(), carnet_health::fold::words(name).collect());
    one.sort();
    other.sort();
    if one == other {
        Ok(())
    } else {
        Err(Failure::coded("register-other-name").with("rpps", rpps).with("name", known.name.clone()))
    }
}

impl Withdraw {
    pub(super) fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let made: Vec<Attested> = register::read(&self.folder, ATTESTED)?;
        let wanted = find::fold(&self.person);
        let row = made.iter().rev().find(|row| row.rpps == wanted || row.account == wanted);
        let row = row.ok_or_else(|| Failure::coded("not-attested").with("person", self.person.clone()))?;
        let enrolment = Enrolment::parse(&row.enrolment)?;
        let attestation = statement_hash(&row.statement).ok_or_else(|| Failure::coded("internal"))?;
        let authority = key::open(cli, &self.folder)?;
        let certificates = self.certificates.map(|path| path.display().to_string());
        let server = Server::by_paper(&enrolment.server, certificates)?.watched(&cli.terminal.stage.waits());
        let body = WithdrawBody { account: enrolment.account, attestation, time: now() };
        let statement = authority.sign(&server.log.origin, body)?;
        let ask = Submit::account(&enrolment.account, &statement, &Pinned::NONE);
        let (then, response) = call_with(&server, None, ask)?;
        then.receive(&response, &server.log, &mut Pinned::NONE.clone())?;
        let shape = Shape {
            account: row.account.clone(),
            rpps: row.rpps.clone(),
            name: row.name.clone(),
            until: None,
            statement: statement.hash().to_string(),
        };
        cli.answer(&shape, |texts| say!(texts, "withdrawn", name = shape.name.as_str()))
    }
}

fn statement_hash(text: &str) -> Option<StatementHash> {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(StatementHash::from_bytes(bytes))
}

/// Professions that care for people, as TRE_G15 numbers them. Whoever insures or employs is none of them.
const CARERS: [&str; 26] = [
    "10", "21", "26", "28", "40", "50", "60", "69", "70", "71", "72", "73", "74", "80", "81", "82", "83",
    "84", "85", "86", "91", "92", "93", "94", "95", "98",
];

//! `carnet authority open-vault`: a vault before its holder has any key, with its letter. The second factor goes another way.

use std::path::PathBuf;

use carnet_paper::{LetterPage, LetterTexts};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::Cli;
use crate::command::journal::today;
use crate::command::spoken;
use crate::session::now;
use crate::text::Language;
use crate::{Failure, say, shown, unix};

/// Sixty days, in milliseconds: as long as a letter should wait.
const USUAL: u64 = 60 * 86_400_000;

/// Opens a vault for somebody who has no key yet.
#[derive(Debug, clap::Args)]
pub struct OpenVault {
    /// Where the letter goes, as a PDF
    #[arg(long, value_name = "FILE")]
    letter: PathBuf,
    /// To whom it is sent, line by line
    #[arg(long = "to", value_name = "LINE")]
    recipient: Vec<String>,
    /// Who sends it, line by line: name, address; the name of this account where nothing is said
    #[arg(long = "from", value_name = "LINE")]
    sender: Vec<String>,
    /// Whom the recipient can call, in doubt
    #[arg(long, value_name = "TEXT")]
    call: Option<String>,
    /// The last day on which the letter should be used
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
}

#[derive(Serialize)]
struct Shape {
    vault: String,
    letter: String,
    /// The letter's code: whoever has it and the second factor takes the vault over.
    code: String,
    second_factor: String,
}

impl OpenVault {
    pub(super) fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        if self.letter.exists() {
            return Err(Failure::wrong("file-there").with("path", self.letter.display().to_string()));
        }
        let language = cli.texts.language();
        let end = match &self.until {
            Some(day) => super::super::share::until(day)?,
            None => now().saturating_add(USUAL),
        };
        let made = client.open_vault_by_letter()?;
        let texts = &cli.texts;
        let lines: Vec<String> = (1..=6)
            .map(|number| {
                say!(texts, &format!("letter-body-{number}"), until = spoken::last_day(end, language))
            })
            .collect();
        let steps: Vec<String> =
            (1..=4).map(|number| say!(texts, &format!("letter-step-{number}"))).collect();
        let body: Vec<&str> = lines.iter().map(String::as_str).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let sender = if self.sender.is_empty() { vec![client.profile.name.clone()] } else { self.sender };
        let sender: Vec<String> = sender.iter().map(|line| shown::name(line)).collect();
        let name = sender.first().cloned().unwrap_or_default();
        let mut trust =
            vec![say!(texts, "letter-trust-1", name = name.as_str()), say!(texts, "letter-trust-2")];
        trust.push(match &self.call {
            Some(call) => say!(texts, "letter-call", name = name, call = call.as_str()),
            None => say!(texts, "letter-call-known", name = name),
        });
        let trust: Vec<&str> = trust.iter().map(String::as_str).collect();
        let trust_title = say!(texts, "letter-trust");
        let sender: Vec<&str> = sender.iter().map(String::as_str).collect();
        let recipient: Vec<&str> = self.recipient.iter().map(String::as_str).collect();
        let date = spoken::today(language);
        let (title, server, qr) =
            (say!(texts, "letter-title"), say!(texts, "letter-server"), say!(texts, "letter-qr"));
        let (code, factor) = (say!(texts, "letter-code"), say!(texts, "letter-factor"));
        let (steps_title, footer) = (say!(texts, "letter-steps"), say!(texts, "letter-footer"));
        let printed = made.letter.code();
        let page = LetterPage {
            texts: LetterTexts {
                title: &title,
                sender: &sender,
                trust_title: &trust_title,
                trust: &trust,
                recipient: &recipient,
                date: &date,
                body: &body,
                server: &server,
                qr: &qr,
                code: &code,
                factor: &factor,
                steps_title: &steps_title,
                steps: &steps,
                footer: &footer,
            },
            language: if language == Language::Fr { "fr" } else { "en" },
            date: today(),
            server: &client.profile.server,
            code: &printed,
        };
        let bytes = Zeroizing::new(page.print().map_err(|error| Failure::coded(error.code()))?);
        unix::write_private(&self.letter, &bytes).map_err(|error| Failure::file(&self.letter, &error))?;
        let shape = Shape {
            vault: made.vault.to_string(),
            letter: self.letter.display().to_string(),
            code: printed.to_string(),
            second_factor: made.factor.text().to_string(),
        };
        cli.answer(&shape, |texts| {
            say!(
                texts,
                "vault-opened",
                letter = shape.letter.as_str(),
                factor = shape.second_factor.as_str(),
                vault = shape.vault.as_str()
            )
        })
    }
}

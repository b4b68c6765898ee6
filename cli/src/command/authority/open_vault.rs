//! `carnet authority open-vault`: a vault before its holder has any key, with its letter. The second factor goes another way.

use std::path::PathBuf;

use carnet_paper::{LetterPage, LetterTexts};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::Cli;
use crate::command::journal::today;
use crate::command::when;
use crate::session::now;
use crate::text::Language;
use crate::{Failure, say, unix};

/// Opens a vault for somebody who has no key yet.
#[derive(Debug, clap::Args)]
pub struct OpenVault {
    /// Where the letter goes, as a PDF
    #[arg(long, value_name = "FILE")]
    letter: PathBuf,
    /// To whom it is sent, line by line
    #[arg(long = "to", value_name = "LINE")]
    recipient: Vec<String>,
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
        let made = client.open_vault_by_letter()?;
        let language = cli.texts.language();
        let texts = &cli.texts;
        let lines: Vec<String> =
            (1..=5).map(|number| say!(texts, &format!("letter-body-{number}"))).collect();
        let steps: Vec<String> =
            (1..=4).map(|number| say!(texts, &format!("letter-step-{number}"))).collect();
        let body: Vec<&str> = lines.iter().map(String::as_str).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let recipient: Vec<&str> = self.recipient.iter().map(String::as_str).collect();
        let date = when::day(i64::try_from(now()).unwrap_or_default(), language);
        let (title, server, qr) =
            (say!(texts, "letter-title"), say!(texts, "letter-server"), say!(texts, "letter-qr"));
        let (code, factor) = (say!(texts, "letter-code"), say!(texts, "letter-factor"));
        let (steps_title, footer) = (say!(texts, "letter-steps"), say!(texts, "letter-footer"));
        let printed = made.letter.code();
        let page = LetterPage {
            texts: LetterTexts {
                title: &title,
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

//! `carnet activate`: a vault that was opened by letter becomes one's own; or is refused, which closes it.

use carnet_core::letter::SecondFactor;
use serde::Serialize;

use super::account::read_letter;
use super::root::Root;
use crate::cli::Cli;
use crate::{Failure, say};

/// Takes over the vault that a letter opens.
#[derive(Debug, clap::Args)]
pub struct Activate {
    /// The letter's code, or its page (PDF), or a file with its code
    letter: String,
    /// The second factor, which came another way
    #[arg(long, value_name = "CODE")]
    factor: Option<String>,
    /// Refuses the vault: it is closed
    #[arg(long)]
    refuse: bool,
    /// A way to the account's root, which consents
    #[command(flatten)]
    root: Root,
}

#[derive(Serialize)]
struct Shape {
    vault: String,
    documents: usize,
    refused: bool,
}

impl Activate {
    /// Runs the command.
    ///
    /// # Errors
    /// `letter-used`, `letter-factor`, `vault-there`; what the server says.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let letter = read_letter(&self.letter)?;
        let factor = match &self.factor {
            Some(factor) => SecondFactor::parse(factor)?,
            None => {
                let question = say!(cli.texts, "ask-factor");
                cli.terminal.ask_until(&cli.texts, &question, |typed| Ok(SecondFactor::parse(typed)?))?
            }
        };
        let mut client = cli.client()?;
        let vault = letter.vault.to_string();
        if self.refuse {
            if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-refuse")) {
                return Err(Failure::wrong("not-confirmed"));
            }
            client.refuse(&letter, &factor)?;
            let shape = Shape { vault, documents: 0, refused: true };
            return cli.answer(&shape, |texts| say!(texts, "letter-refused"));
        }
        let owner = self.root.owner(cli, &client)?;
        let documents = client.activate(&owner, &letter, &factor)?;
        let shape = Shape { vault, documents, refused: false };
        cli.answer(&shape, |texts| say!(texts, "activated", documents = documents))
    }
}

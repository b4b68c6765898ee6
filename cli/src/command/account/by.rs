//! By which way somebody comes to the account's root: devices do not keep it.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use carnet_core::account::kit::{self, Kit};
use carnet_core::account::passphrase_file;
use carnet_core::account::shares::{Share, SharesError};
use carnet_core::secret::SymmetricKey;
use carnet_core::server_address::ServerAddress;
use carnet_core::wire::id::AccountId;
use carnet_core::words::WordsError;
use zeroize::Zeroizing;

use super::paper;
use crate::cli::Cli;
use crate::client::Client;
use crate::client::slots::Came;
use crate::terminal::TRIES;
use crate::{Failure, say};

/// By which way.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct By {
    /// The recovery kit: its page (PDF), or a text file with its code
    #[arg(long = "kit", id = "by_kit", value_name = "FILE")]
    kit: Option<PathBuf>,
    /// The recovery file; its passphrase comes by --passphrase-fd or is asked for
    #[arg(long = "passphrase-file", id = "by_file", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A share that a trusted person gave back; as often as shares are needed
    #[arg(long = "share", id = "by_share", value_name = "FILE")]
    shares: Vec<PathBuf>,
    /// The 24 words of the kit, asked for or on the standard input
    #[arg(long = "words", id = "by_words")]
    words: bool,
}

/// What a way gives: the secret of its slot, and what its paper says of server and account.
#[derive(Debug)]
pub(super) struct Key {
    /// What opens the slot.
    pub(super) secret: SymmetricKey,
    /// The server and the account; words name neither.
    pub(super) at: Option<(ServerAddress, AccountId)>,
    /// The passphrase that opened a file.
    pub(super) passphrase: Option<Zeroizing<String>>,
}

impl By {
    /// Whether a way is named.
    pub(crate) fn is_named(&self) -> bool {
        self.kit.is_some() || self.passphrase_file.is_some() || !self.shares.is_empty() || self.words
    }

    /// Each way that is named, alone.
    pub(super) fn each(&self) -> Vec<Self> {
        let none = Self::default;
        let mut all = Vec::new();
        all.extend(self.kit.clone().map(|kit| Self { kit: Some(kit), ..none() }));
        all.extend(self.passphrase_file.clone().map(|file| Self { passphrase_file: Some(file), ..none() }));
        if !self.shares.is_empty() {
            all.push(Self { shares: self.shares.clone(), ..none() });
        }
        if self.words {
            all.push(Self { words: true, ..none() });
        }
        all
    }

    /// Takes the first way that is named; on a terminal, the words are asked for where none is.
    ///
    /// # Errors
    /// `way-unnamed` where none is named and nobody is there; what the paper, the file or the words say.
    pub(super) fn take(&self, cli: &mut Cli<'_>) -> Result<Key, Failure> {
        if let Some(file) = &self.kit {
            let kit = paper::read_kit(file)?;
            return Ok(Key::of(kit, None));
        }
        if let Some(file) = &self.passphrase_file {
            let failed = |error: std::io::Error| Failure::file(file, &error);
            if std::fs::metadata(file).map_err(failed)?.len() > LONGEST {
                return Err(passphrase_file::PassphraseFileError::TooLong.into());
            }
            let sealed = std::fs::read(file).map_err(failed)?;
            let question = say!(cli.texts, "ask-file-passphrase");
            let open =
                |given: &Zeroizing<String>| Ok((passphrase_file::open(&sealed, given)?, given.clone()));
            let (kit, given) = cli.terminal.passphrase_until(&cli.texts, &question, open)?;
            return Ok(Key::of(kit, Some(given)));
        }
        if !self.shares.is_empty() {
            let shares =
                self.shares.iter().map(|file| paper::read_share(file)).collect::<Result<Vec<_>, _>>()?;
            let secret = Share::combine(&shares).map_err(|error| wrong_shares(error, &self.shares))?;
            let at = shares.into_iter().next().map(|share| (share.server, share.account));
            return Ok(Key { secret, at, passphrase: None });
        }
        if !self.words && !cli.terminal.is_there() {
            return Err(Failure::wrong("way-unnamed"));
        }
        Ok(Key { secret: words(cli)?, at: None, passphrase: None })
    }

    /// The root of this client's account, by the first way that is named.
    ///
    /// # Errors
    /// As [`By::take`]; `way-other` for a paper of another account; `slot-closed` for one that opens nothing any more.
    pub(crate) fn owner(&self, cli: &mut Cli<'_>, client: &Client) -> Result<Came, Failure> {
        self.take(cli)?.owner(client)
    }
}

impl Key {
    fn of(kit: Kit, passphrase: Option<Zeroizing<String>>) -> Self {
        let at = Some((kit.server.clone(), kit.account));
        Self { secret: kit.into_secret(), at, passphrase }
    }

    /// The root of this client's account.
    ///
    /// # Errors
    /// As [`By::owner`].
    pub(crate) fn owner(&self, client: &Client) -> Result<Came, Failure> {
        if self.at.as_ref().is_some_and(|(_, account)| *account != client.account.id()) {
            return Err(Failure::coded("way-other"));
        }
        client.owner_by(&self.secret)
    }
}

/// The secret of 24 words. Of a word that is in no list the person is asked for that word again; where all are in the list and do not fit
/// together, nobody can tell which is wrong, and all of them are asked for again.
fn words(cli: &Cli<'_>) -> Result<SymmetricKey, Failure> {
    let mut typed = typed_words(cli)?;
    let mut tries = 1;
    loop {
        let error = match kit::secret_of_words(&typed) {
            Ok(secret) => return Ok(secret),
            Err(error) => error,
        };
        let position = match &error {
            WordsError::Unknown { position, .. } => Some(*position),
            _ => None,
        };
        let failure = wrong_words(error);
        // Each word has its tries: a page of bad handwriting has more than one.
        if !cli.terminal.is_there() || (position.is_none() && tries == TRIES) || tries > MOST_WORD_TRIES {
            return Err(failure);
        }
        cli.terminal.try_again(&cli.texts, &failure);
        typed = match position {
            Some(position) => {
                let word =
                    Zeroizing::new(cli.terminal.ask(&say!(cli.texts, "ask-word", number = position))?);
                with_word(&typed, position, &word)
            }
            None => typed_words(cli)?,
        };
        tries += 1;
    }
}

/// The same words with another one at a place, counted from 1.
fn with_word(typed: &str, position: usize, word: &str) -> Zeroizing<String> {
    let mut changed = Zeroizing::new(String::with_capacity(MOST_TYPED.saturating_add(word.len())));
    for (at, one) in typed.split_whitespace().filter(|piece| is_word(piece)).enumerate() {
        changed.push_str(if at.saturating_add(1) == position { word } else { one });
        changed.push(' ');
    }
    changed
}

/// Numbers stand beside the words of a kit.
fn is_word(piece: &str) -> bool {
    piece.chars().any(char::is_alphabetic)
}

/// 24 words: from a pipe, or line by line from the person until there are enough.
fn typed_words(cli: &Cli<'_>) -> Result<Zeroizing<String>, Failure> {
    let mut typed = Zeroizing::new(String::with_capacity(MOST_TYPED));
    if !std::io::stdin().is_terminal() {
        let most = u64::try_from(MOST_TYPED).unwrap_or(u64::MAX);
        let read = std::io::stdin().lock().take(most).read_to_string(&mut typed);
        read.map_err(|_| Failure::wrong("words-stdin"))?;
        return Ok(typed);
    }
    let mut question = say!(cli.texts, "ask-words");
    loop {
        let line = Zeroizing::new(cli.terminal.ask(&question)?);
        typed.push_str(&line);
        typed.push(' ');
        let count = typed.split_whitespace().filter(|piece| is_word(piece)).count();
        if count >= WORDS || line.is_empty() || typed.len() > MOST_TYPED {
            return Ok(typed);
        }
        question = say!(cli.texts, "ask-words-more", count = WORDS.saturating_sub(count));
    }
}

/// Words that are wrong, with what helps to find which.
pub(super) fn wrong_words(error: WordsError) -> Failure {
    match &error {
        WordsError::Count { found, wanted } => {
            Failure::coded("words-count").with("found", found.to_string()).with("wanted", wanted.to_string())
        }
        WordsError::Unknown { position, near } if near.is_empty() => {
            Failure::coded("words-unknown-far").with("number", position.to_string())
        }
        WordsError::Unknown { position, near } => {
            Failure::coded("words-unknown").with("number", position.to_string()).with("near", near.join(", "))
        }
        _ => error.into(),
    }
}

/// Shares that give nothing, with the one that does not fit.
fn wrong_shares(error: SharesError, files: &[PathBuf]) -> Failure {
    let named = |position: usize| {
        files.get(position.saturating_sub(1)).map(|file| file.display().to_string()).unwrap_or_default()
    };
    match error {
        SharesError::Missing { have, needed } => Failure::coded("shares-missing")
            .with("have", have.to_string())
            .with("needed", needed.map_or_else(|| "2".to_owned(), |needed| needed.to_string())),
        SharesError::OtherSet { position } => {
            Failure::coded("shares-other-set").with("path", named(position))
        }
        SharesError::Twice { position } => Failure::coded("shares-twice").with("path", named(position)),
        other => other.into(),
    }
}

const WORDS: usize = 24;
/// Answers that a person may give to questions about single words.
const MOST_WORD_TRIES: u32 = 24;
const MOST_TYPED: usize = 4096;
const LONGEST: u64 = passphrase_file::MAX_PASSPHRASE_FILE as u64;

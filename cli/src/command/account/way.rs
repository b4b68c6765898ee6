//! Ways back into an account: making one, and seeing that it works before it counts.
//!
//! A way counts once its slot was opened over the server with what was read back from the paper that was written, or, of a kit and on a
//! terminal, once three of its words were typed back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use carnet_core::account::kit::Kit;
use carnet_core::account::pairing_code::PairingCode;
use carnet_core::account::shares::Share;
use carnet_core::account::{Owner, passphrase_file};
use carnet_core::secret::{SecondSecret, SymmetricKey};
use carnet_core::wire::statement::SlotKind;
use carnet_core::words::WordCheck;
use zeroize::Zeroizing;

use super::paper::{self, Papers};
use crate::cli::Cli;
use crate::client::Client;
use crate::client::slots::{self, Came};
use crate::{Failure, say, unix};

/// Makes a recovery kit.
///
/// # Errors
/// `kit-words` where the words that were typed are others; what the file or the server says.
pub(super) fn add_kit(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    file: &Path,
    papers: &mut Papers,
    second: Option<SecondSecret>,
) -> Result<(), Failure> {
    let kit = Kit::make(client.server_address()?, client.account.id(), second)?;
    let part = papers.write(file, &paper::kit(&cli.texts, &kit, &client.profile.name, file)?)?;
    let slot = client.add_slot(owner, SlotKind::Kit, kit.secret())?;
    opens(client, paper::read_kit(&part)?.secret())?;
    if cli.terminal.is_there() && !cli.terminal.yes {
        let said = say!(cli.texts, "kit-look", file = part.display().to_string());
        cli.remark(&said);
        type_back(cli, &kit)?;
    }
    client.prove_way(&slot)?;
    let said = say!(cli.texts, "kit-made", file = file.display().to_string());
    cli.remark(&said);
    Ok(())
}

/// Three words, typed back from the paper. A wrong one is asked for again, alone: the paper is what has to be right, not the fingers.
fn type_back(cli: &Cli<'_>, kit: &Kit) -> Result<(), Failure> {
    let words = kit.words(paper::list(&cli.texts));
    let check = WordCheck::draw(&words)?;
    let ask =
        |place: usize| cli.terminal.ask(&say!(cli.texts, "ask-word", number = place)).map(Zeroizing::new);
    let places = check.places();
    let [one, two, three] = places;
    let mut typed = [ask(one)?, ask(two)?, ask(three)?];
    let mut tries = 0;
    while let Err(place) = check.verify(&words, [&typed[0], &typed[1], &typed[2]]) {
        let failure = Failure::coded("kit-words").with("number", place.to_string());
        tries += 1;
        if tries == TRIES {
            return Err(failure);
        }
        cli.terminal
            .try_again(&cli.texts, &Failure::coded("kit-word-again").with("number", place.to_string()));
        if let Some(word) = places.iter().position(|one| *one == place).and_then(|at| typed.get_mut(at)) {
            *word = ask(place)?;
        }
    }
    Ok(())
}

/// Makes a passphrase file: written where the person wants it, and read back from there.
///
/// # Errors
/// What the file or the server says.
pub(super) fn add_passphrase_file(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    file: &Path,
    papers: &mut Papers,
    passphrase: &str,
) -> Result<(), Failure> {
    let kit = Kit::make(client.server_address()?, client.account.id(), None)?;
    let part = papers.write(file, &passphrase_file::seal(&kit, passphrase)?)?;
    let slot = client.add_slot(owner, SlotKind::Passphrase, kit.secret())?;
    let read = std::fs::read(&part).map_err(|error| Failure::file(file, &error))?;
    opens(client, passphrase_file::open(&read, passphrase)?.secret())?;
    client.prove_way(&slot)?;
    let said = say!(cli.texts, "passphrase-file-made", file = file.display().to_string());
    cli.remark(&said);
    Ok(())
}

/// How many of how many trusted people, and where their shares go.
#[derive(Debug, Clone)]
pub(super) struct Contacts {
    /// How many are needed.
    pub(super) needed: u8,
    /// How many there are.
    pub(super) of: u8,
    /// The folder of the shares.
    pub(super) folder: PathBuf,
}

impl Contacts {
    /// Reads `2/3`.
    ///
    /// # Errors
    /// `shares-numbers`.
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Self, Failure> {
        let wrong = || Failure::wrong("shares-numbers");
        let (needed, of) = text.split_once('/').ok_or_else(wrong)?;
        let (needed, of) =
            (needed.trim().parse().map_err(|_| wrong())?, of.trim().parse().map_err(|_| wrong())?);
        if needed < 2 || needed > of || of > Share::MAX_SHARES {
            return Err(wrong());
        }
        Ok(Self { needed, of, folder: folder.to_owned() })
    }

    /// Where each share goes.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        (1..=self.of)
            .map(|index| self.folder.join(format!("carnet-share-{index}-of-{}.txt", self.of)))
            .collect()
    }
}

/// Makes shares for trusted people: the slot opens with as many as are needed, read back from their files.
///
/// # Errors
/// What the files or the server say.
pub(super) fn add_contacts(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    contacts: &Contacts,
    papers: &mut Papers,
) -> Result<(), Failure> {
    let secret = SymmetricKey::make()?;
    let (server, account) = (client.server_address()?, client.account.id());
    let shares = Share::split(&server, &account, &secret, contacts.needed, contacts.of)?;
    unix::private_folder(&contacts.folder).map_err(|error| Failure::file(&contacts.folder, &error))?;
    let mut parts = Vec::new();
    for (share, file) in shares.iter().zip(contacts.files()) {
        parts.push(papers.write(&file, &paper::share(&cli.texts, share, &client.profile.name))?);
    }
    let slot = client.add_slot(owner, SlotKind::Contacts, &secret)?;
    // Those of the end, not of the beginning: each of them was in some set that was put together.
    for some in [
        parts.iter().take(contacts.needed.into()).collect::<Vec<_>>(),
        parts.iter().rev().take(contacts.needed.into()).collect(),
    ] {
        let read = some.into_iter().map(|part| paper::read_share(part)).collect::<Result<Vec<_>, _>>()?;
        opens(client, &Share::combine(&read)?)?;
    }
    client.prove_way(&slot)?;
    let folder = contacts.folder.display().to_string();
    let said = say!(cli.texts, "shares-made", folder = folder, needed = contacts.needed, of = contacts.of);
    cli.remark(&said);
    Ok(())
}

/// Adds a browser's password, and a kit that has its second secret printed: proven by logging in with what the kit says.
///
/// # Errors
/// What the file or the server says.
pub(super) fn add_password(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    file: &Path,
    papers: &mut Papers,
    password: &str,
) -> Result<(), Failure> {
    let second = SecondSecret::make()?;
    let slot = client.add_password(owner, password, &second)?;
    add_kit(cli, client, owner, file, papers, Some(second))?;
    let printed = papers.part_of(file).map(|part| paper::read_kit(&part)).transpose()?;
    let second = printed.and_then(|kit| kit.second).ok_or_else(|| Failure::coded("internal"))?;
    slots::come_by_password(&client.known()?, Some(client.account.id()), password, &second)?;
    client.prove_way(&slot)?;
    let said = say!(cli.texts, "password-made");
    cli.remark(&said);
    Ok(())
}

/// Approves a second device by its code, after the person has seen the fingerprint.
///
/// # Errors
/// `not-confirmed`; `pairing-*`; what the server says.
pub(super) fn approve(
    cli: &mut Cli<'_>,
    client: &mut Client,
    code: PairingCode,
    patience: Option<Duration>,
) -> Result<PairingCode, Failure> {
    let (key, approval) = client.check_offer(code)?;
    let fingerprint = approval.fingerprint;
    let shown = fingerprint.to_string();
    let said = say!(cli.texts, "pair-fingerprint-here", fingerprint = shown.as_str());
    cli.remark(&said);
    if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-approve")) {
        return Err(Failure::wrong("not-confirmed"));
    }
    client.approve(code, &key, approval)?;
    if let Some(patience) = patience {
        let _phase = cli.terminal.stage.phase(&say!(cli.texts, "approve-waits"));
        client.await_taken(code, &key, patience)?;
    }
    Ok(fingerprint)
}

/// Opens the account's root with a slot secret, as a new machine would: over the server.
fn opens(client: &Client, secret: &SymmetricKey) -> Result<Came, Failure> {
    client.owner_by(secret)
}

/// Wrong words of a kit that is typed back.
const TRIES: u32 = 9;

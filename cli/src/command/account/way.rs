//! Ways back into an account: making one, and seeing that it works before it counts.

use std::path::Path;

use carnet_core::account::kit::Kit;
use carnet_core::account::{Owner, passphrase_file};
use carnet_core::wire::statement::SlotKind;
use carnet_core::words::{WordCheck, WordList};
use zeroize::Zeroizing;

use crate::cli::Cli;
use crate::client::Client;
use crate::client::create::Known;
use crate::client::slots;
use crate::text::Language;
use crate::{Failure, say, unix};

/// Makes a recovery kit: written to a file, and proven by opening the slot with what the file says, or by three words typed back.
///
/// # Errors
/// `kit-words` where the words that were typed are others; what the file or the server says.
pub(super) fn add_kit(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    file: &Path,
) -> Result<(), Failure> {
    let kit = Kit::make(client.server_address()?, client.account.id(), None)?;
    let list = match cli.texts.language() {
        Language::Fr => WordList::French,
        Language::En => WordList::English,
    };
    let words = kit.words(list);
    let mut page = Zeroizing::new(String::with_capacity(4096));
    page.push_str(&kit.code());
    page.push('\n');
    for word in words.iter() {
        page.push_str(&word);
        page.push('\n');
    }
    unix::write_private(file, page.as_bytes()).map_err(|error| Failure::file(file, &error))?;
    let slot = client.add_slot(owner, SlotKind::Kit, kit.secret())?;
    if cli.terminal.is_there() && !cli.terminal.yes {
        let check = WordCheck::draw(&words)?;
        let typed = check.places().map(|place| {
            let question = say!(cli.texts, "ask-word", number = place.saturating_add(1));
            cli.terminal.ask(&question).unwrap_or_default()
        });
        let typed = [typed[0].as_str(), typed[1].as_str(), typed[2].as_str()];
        check.verify(&words, typed).map_err(|place| {
            Failure::coded("kit-words").with("number", place.saturating_add(1).to_string())
        })?;
    } else {
        let read =
            Zeroizing::new(std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?);
        let kit = Kit::parse(read.lines().next().unwrap_or_default())?;
        opens(client, kit.secret())?;
    }
    client.prove_way(&slot)?;
    let said = say!(cli.texts, "kit-made", file = file.display().to_string());
    cli.remark(&said);
    Ok(())
}

/// Makes a passphrase file: written where the person wants it, read back, and proven by opening the slot with it.
///
/// # Errors
/// What the file or the server says.
pub(super) fn add_passphrase_file(
    cli: &mut Cli<'_>,
    client: &mut Client,
    owner: &Owner,
    file: &Path,
    passphrase: &str,
) -> Result<(), Failure> {
    let kit = Kit::make(client.server_address()?, client.account.id(), None)?;
    let sealed = passphrase_file::seal(&kit, passphrase)?;
    unix::write_private(file, &sealed).map_err(|error| Failure::file(file, &error))?;
    let slot = client.add_slot(owner, SlotKind::Passphrase, kit.secret())?;
    let read = std::fs::read(file).map_err(|error| Failure::file(file, &error))?;
    opens(client, passphrase_file::open(&read, passphrase)?.secret())?;
    client.prove_way(&slot)?;
    let said = say!(cli.texts, "passphrase-file-made", file = file.display().to_string());
    cli.remark(&said);
    Ok(())
}

/// Opens the account's root with a slot secret, as a new machine would: over the server.
fn opens(client: &Client, secret: &carnet_core::secret::SymmetricKey) -> Result<(), Failure> {
    let known = Known::by_paper(&client.server_address()?, client.profile.certificates.clone())?;
    slots::owner_by(&known, &client.account, secret).map(drop)
}

//! `carnet raw`: a document as the age file that the server stores, for any other age program.

use std::fs;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use carnet_core::open::{OpenError, Opened};
use carnet_core::step::PayloadAt;
use carnet_core::stored::Stored;
use carnet_core::wire::grant_leaf::GrantLeaf;
use serde::Serialize;

use super::{find, get, part_file};
use crate::cli::Cli;
use crate::client::Client;
use crate::{Failure, say, unix};

/// Gives a document as the age file that is stored.
#[derive(Debug, clap::Args)]
pub struct Raw {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// Where it goes; - for the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Writes the age identity that opens it beside it: it opens everything in this vault
    #[arg(long)]
    identity: bool,
    /// Does not ask the server
    #[arg(long)]
    offline: bool,
    /// Takes the place of a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    file: String,
    identity: Option<String>,
    /// Bytes of the content: what an age program writes is as long as the sealed padding, zero bytes follow the content.
    content_bytes: u64,
}

impl Raw {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `file-there`; `not-confirmed` where the identity was asked for and nobody said yes.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let row = find::document(&client.catalogue(&vault)?, &self.document)?;
        let held = client.own_vault()?;
        let opened = client.reopen(&held, &row.entry)?;
        let stored = client.stored(&vault, &row.entry)?;
        let output =
            self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.age", get::name_of(&row))));
        let stdout = output.as_os_str() == "-";
        if stdout && self.identity {
            return Err(Failure::wrong("identity-output"));
        }
        if !stdout && !self.force && output.exists() {
            return Err(Failure::wrong("file-there").with("path", output.display().to_string()));
        }
        let identity = if self.identity { Some(identity(cli, &held, &stored)?) } else { None };
        let at = PayloadAt::of(&opened, vault, None);
        if stdout {
            return write(&mut client, &opened, &stored, &at, cli.out);
        }
        part_file::write(&output, self.force, |file| write(&mut client, &opened, &stored, &at, file))?;
        let key = output.with_extension("identity.txt");
        if let Some(text) = &identity {
            unix::write_private(&key, format!("{}\n", text.as_str()).as_bytes())
                .map_err(|error| Failure::file(&key, &error))?;
        }
        let shape = Shape {
            document: find::short(&row),
            file: output.display().to_string(),
            identity: identity.map(|_| key.display().to_string()),
            content_bytes: opened.content_len(),
        };
        cli.answer(&shape, |texts| {
            let bytes = shape.content_bytes;
            let mut said = say!(texts, "raw-written", file = shape.file.as_str(), bytes = bytes);
            if let Some(identity) = &shape.identity {
                said.push('\n');
                said.push_str(&say!(texts, "raw-identity", file = identity.as_str()));
            }
            said
        })
    }
}

/// The identity that opens a stored version, once the person said yes.
fn identity(
    cli: &mut Cli<'_>,
    held: &crate::client::Held,
    stored: &Stored,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    let warning = say!(cli.texts, "identity-warning");
    cli.remark(&warning);
    if !cli.terminal.confirm(&cli.texts, &say!(cli.texts, "ask-identity")) {
        return Err(Failure::wrong("not-confirmed"));
    }
    let leaf = GrantLeaf::parse(&stored.leaf).map_err(|_| Failure::coded("local-closed"))?;
    let keys = held.keyring.as_ref().and_then(|keyring| keyring.find(&leaf.key_id));
    let keys = keys.ok_or_else(|| Failure::coded("vault-without-keys"))?;
    keys.export_secret_text().map_err(|_| Failure::coded("internal"))
}

/// The file as it is stored: this reader's header, then the payload, from here where it is kept whole. What comes is hashed as it is
/// written: it ends well only where it was what the deposit says.
fn write(
    client: &mut Client,
    opened: &Opened,
    stored: &Stored,
    at: &PayloadAt,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::coded("write").because(&error);
    out.write_all(&stored.header).map_err(failed)?;
    let kept: &Path = &client.local.payload(&opened.item().payload);
    if let Ok(payload) = fs::read(kept)
        && blake3::hash(&payload).as_bytes() == opened.item().payload.as_bytes()
    {
        return out.write_all(&payload).map_err(failed);
    }
    let mut download = client.download(&at.whole())?.take(opened.item().payload_len.saturating_add(1));
    let (mut piece, mut hasher) = (vec![0; 1 << 20], blake3::Hasher::new());
    loop {
        let count = download.read(&mut piece).map_err(failed)?;
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        out.write_all(bytes).map_err(failed)?;
    }
    if hasher.finalize().as_bytes() == opened.item().payload.as_bytes() {
        Ok(())
    } else {
        Err(OpenError::Slice(carnet_core::wire::slice::SliceError::Mismatch).into())
    }
}

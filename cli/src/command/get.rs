//! `carnet get`: a document written out, byte for byte as its author sealed it.

use std::path::PathBuf;

use carnet_health::Kind;
use serde::Serialize;

use super::viewer::ViewedCopy;
use super::{find, inside, part_file};
use crate::cli::Cli;
use crate::file_name;
use crate::local::CatalogueRow;
use crate::remote_error::is_away;
use crate::terminal::stage::{Counted, Unit};
use crate::{Failure, say, shown};

/// Writes a document out.
#[derive(Debug, clap::Args)]
pub struct Get {
    /// The document: its short name, its id, or words of its title
    document: String,
    /// Where it goes; - for the standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Writes out a file inside the document: its number, as `carnet show` tells it
    #[arg(long, value_name = "N")]
    inside: Option<usize>,
    /// An older version: its number, as `carnet history` tells it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "offline")]
    version: Option<u64>,
    /// Takes the place of a file that is there
    #[arg(long)]
    force: bool,
    /// Does not ask the server
    #[arg(long)]
    offline: bool,
    /// Shows it in the viewer of this machine; the copy is gone afterwards
    #[arg(long, conflicts_with_all = ["output", "force", "inside"])]
    view: bool,
}

#[derive(Serialize)]
struct Shape {
    document: String,
    version: u64,
    file: String,
    bytes: u64,
}

impl Get {
    /// Runs the command.
    ///
    /// # Errors
    /// `document-unknown`; `version-unknown`; `version-away` where the server does not answer; `file-there`; what the content says: a file that is not whole does not stay.
    pub fn run(self, cli: &mut Cli<'_>) -> Result<(), Failure> {
        let mut client = cli.client()?;
        let (vault, _) = super::fresh_vault(cli, &mut client, self.offline)?;
        let newest = find::document(&client.catalogue(&vault)?, &self.document)?;
        let held = client.own_vault()?;
        let wanted = self.version.unwrap_or(newest.version);
        let (row, opened) = client.open_version(&held, &newest, wanted).map_err(|failure| {
            // Only the newest version is kept here: nothing else can be had without the server.
            let away = wanted != newest.version && failure.code().is_some_and(is_away);
            let coded = || Failure::coded("version-away").with("version", wanted.to_string());
            if away { coded() } else { failure }
        })?;
        if let Some(number) = self.inside {
            let bytes = client.content(&opened, &vault, None, MOST_READ)?;
            return inside::write(cli, &row, &bytes, number, self.output, self.force);
        }
        let copy = self.view.then(|| ViewedCopy::begin(cli)).transpose()?;
        // Beside the newest, an older version has a name of its own.
        let older = row.version < newest.version;
        let name =
            || PathBuf::from(if older { numbered(&name_of(&row), row.version) } else { name_of(&row) });
        let output = copy.as_ref().map(|copy| copy.folder().join(name())).or(self.output);
        let output = output.unwrap_or_else(name);
        if output.as_os_str() == "-" {
            return client.write_content(&opened, &vault, None, cli.out);
        }
        part_file::write(&output, self.force, |file| {
            let bar = cli.terminal.progress(opened.content_len(), &say!(cli.texts, "writing"), Unit::Bytes);
            let written = client.write_content(&opened, &vault, None, &mut Counted::new(file, &bar));
            bar.finish_and_clear();
            written
        })?;
        if let Some(copy) = copy {
            return copy.show(cli, &output);
        }
        let shape = Shape {
            document: find::short(&row),
            version: row.version,
            file: output.display().to_string(),
            bytes: opened.content_len(),
        };
        cli.answer(&shape, |texts| say!(texts, "written", file = shape.file.as_str(), bytes = shape.bytes))
    }
}

/// What a document's file is called: as it was when it was added. What its holder called it comes first, with the same ending.
pub(crate) fn name_of(row: &CatalogueRow) -> String {
    let Some((stem, ending)) = row.file.as_deref().and_then(file_name::own) else {
        return titled(row.shown_title(), &row.media_type);
    };
    let stem = row.name.as_deref().and_then(file_name::own).map_or(stem, |(stem, _)| stem);
    match ending {
        Some(ending) => format!("{stem}.{ending}"),
        None => stem,
    }
}

/// The name of a file that holds an older version.
fn numbered(name: &str, version: u64) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem} (version {version}).{ending}"),
        None => format!("{name} (version {version})"),
    }
}

/// A file's name out of a title and a media type: no folder, no character that a file system refuses.
pub(super) fn titled(title: &str, media_type: &str) -> String {
    let plain: String = title
        .chars()
        .map(|c| if c.is_control() || shown::is_unseen(c) || r#"/\:*?"<>|"#.contains(c) { '-' } else { c })
        .take(80)
        .collect();
    let plain = plain.trim().trim_start_matches('.');
    let stem = if plain.is_empty() { "document" } else { plain };
    let extension = match media_type.split(';').next().unwrap_or_default() {
        "text/xml" | "application/hl7-v3+xml" => "xml",
        "image/heif" => "heic",
        media_type => Kind::from_media_type(media_type).unwrap_or(Kind::Other).ending(),
    };
    let dotted = format!(".{extension}");
    if stem.to_lowercase().ends_with(&dotted) { stem.to_owned() } else { format!("{stem}{dotted}") }
}

/// Most bytes of a document whose parts are written out.
const MOST_READ: u64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::titled;

    #[test]
    fn title_cannot_lead_out_of_the_folder() {
        assert_eq!(titled("../../etc/passwd", "text/plain"), "-..-etc-passwd.txt");
        assert_eq!(titled("..", "application/pdf"), "document.pdf");
        assert_eq!(titled("Compte rendu", "application/pdf"), "Compte rendu.pdf");
        assert_eq!(titled("scan.PDF", "application/pdf"), "scan.PDF");
        assert_eq!(titled("a\u{0}b\nc", "application/x"), "a-b-c.bin");
    }
}

//! Documents of office programs: their words, in reading order, as blocks. Their looks, pictures and programs are left out and counted.
//!
//! Parts are read in one pass, each within a budget of unpacked bytes; what claims to be larger ends there.

pub(crate) mod compound;
mod csv;
mod doc;
mod docx;
mod odf;
pub(crate) mod package;
pub(crate) mod pieces;
mod pptx;
mod rtf;
mod xlsx;

pub(crate) use csv::show as show_csv;

use package::Package;

use crate::date;
use crate::kind::Kind;
use crate::placeholder::is_placeholder;
use crate::recognised::{Author, Fact, Recognised, Remark, field};
use crate::view::{Key, Sheet};

/// Says what an office document tells of itself: title, author, when it was made.
pub(crate) fn recognise(bytes: &[u8], kind: Kind) -> Recognised {
    let mut found = Recognised::new(kind);
    if let Kind::Doc | Kind::Xls | Kind::Ppt = kind {
        if compound::is_locked(bytes) || doc::is_locked(bytes) {
            found.remark(Remark::Encrypted);
        } else if kind != Kind::Doc || doc::text(bytes).is_none() {
            found.remark(Remark::NoText);
        }
        return found;
    }
    if compound::is_locked(bytes) {
        found.remark(Remark::Encrypted);
        return found;
    }
    let Some(mut package) = Package::open(bytes) else { return found };
    if package.is_locked() {
        found.remark(Remark::Encrypted);
    }
    if package.has("vbaProject.bin") {
        found.remark(Remark::HasScript);
    }
    if package.has("/embeddings/") {
        found.remark(Remark::HasAttachments);
    }
    let about = package.part("docProps/core.xml").or_else(|| package.part("meta.xml")).unwrap_or_default();
    let mut said: Vec<(String, String)> = Vec::new();
    let mut open = String::new();
    pieces::walk(&about, |piece| match piece {
        pieces::Piece::Open(name, _) => open = name.to_owned(),
        pieces::Piece::Text(text) => said.push((open.clone(), text.to_owned())),
        pieces::Piece::Close(_) => open.clear(),
    });
    let of = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| said.iter().find(|(found, _)| found == name))
            .and_then(|(_, text)| field(text))
    };
    found.title = of(&["title"]).filter(|title| !is_placeholder(title));
    let name = of(&["initial-creator", "creator"]).filter(|name| !is_placeholder(name));
    found.author = name.map(|name| Author { name: Some(name), ..Author::default() });
    found.date = of(&["created", "creation-date", "modified", "date"]).and_then(|text| date::fhir(&text));
    if found.date.is_some() || found.author.is_some() {
        found.remark(Remark::FromFile);
    }
    if found.title.is_none() {
        found.remark(Remark::NoTitle);
    }
    found
}

/// Shows the words of an office document, and which pictures and files in it are not shown.
pub(crate) fn show(bytes: &[u8], kind: Kind, sheet: &mut Sheet) {
    match kind {
        Kind::Rtf => sheet.paragraphs(&rtf::text(bytes)),
        Kind::Doc => sheet.paragraphs(&doc::text(bytes).unwrap_or_default()),
        _ => {
            let Some(mut package) = Package::open(bytes) else { return sheet.left_out(1) };
            match kind {
                Kind::Docx => docx::show(&mut package, sheet),
                Kind::Xlsx => xlsx::show(&mut package, sheet),
                Kind::Pptx => pptx::show(&mut package, sheet),
                _ => odf::show(&mut package, sheet),
            }
            for name in package.left_out() {
                sheet.key(Key::Inside, field(&name));
                sheet.left_out(1);
            }
            if package.is_cut() {
                sheet.left_out(1);
            }
        }
    }
    for (fact, value) in recognise(bytes, kind).facts {
        sheet.key(Key::Fact(fact), Some(value));
    }
}

/// Lists the files of an archive: `carnet import` reads them one by one.
pub(crate) fn show_archive(bytes: &[u8], sheet: &mut Sheet) {
    let Some(package) = Package::open(bytes) else { return sheet.left_out(1) };
    let names = package.names();
    sheet.key(Key::Fact(Fact::Count), Some(names.len().to_string()));
    let shown: Vec<String> = names.iter().take(MAX_NAMES).filter_map(|name| field(name)).collect();
    sheet.left_out(names.len().saturating_sub(shown.len()));
    sheet.list(shown);
}

const MAX_NAMES: usize = 1_000;

//! The tables of `docs/FILES.md`: of every real file and every case what it is, what of it is understood and shown, and what is refused.
//!
//! `CARNET_BLESS=1` writes them anew. A file that is refused although it was taken before is a fault, not a change of the table.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use carnet_core::wire::StableCode as _;
use carnet_health::view::view;
use carnet_health::{Recognised, recognise, searchable_text, strip_metadata};
use carnet_tests::need::{self, repository};

#[test]
fn table_of_every_real_file_is_the_one_of_the_docs() {
    let Some(data) = need::shared("") else { return };
    let mut groups: BTreeMap<(String, &'static str, String), Group> = BTreeMap::new();
    for path in files(&data) {
        let folder = path.strip_prefix(&data).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
        let looked = Looked::at(&path);
        let key = (folder, looked.found.media_type(), looked.refused.clone());
        groups.entry(key).or_default().take(&looked);
    }
    let mut table = String::from(
        "| folder | what they are | files | titled | dated | signed | about someone | shown | with parts left out | searchable | refused |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for ((folder, kind, refused), group) in &groups {
        let refused = if refused.is_empty() { String::new() } else { format!("`{refused}`") };
        let Group { files, titled, dated, signed, about, shown, cut, words } = group;
        writeln!(table, "| {folder} | {kind} | {files} | {titled} | {dated} | {signed} | {about} | {shown} | {cut} | {words} | {refused} |").unwrap();
    }
    holds("data", &table);
}

#[test]
fn table_of_every_case_is_the_one_of_the_docs() {
    let Some(cases) = need::shared("../cases/files") else { return };
    let mut table = String::from(
        "| file | what it is | title | date | author | about | remarks | blocks shown | parts left out | words | stripped of | refused |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for path in files(&cases) {
        let looked = Looked::at(&path);
        let found = &looked.found;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let of = |text: Option<&str>| text.unwrap_or_default().replace('|', "\\|");
        let author = found.author.as_ref().and_then(|author| author.name.as_deref());
        let patient = found.patient.as_ref().and_then(|patient| patient.name.as_deref());
        let remarks: Vec<String> = found.remarks.iter().map(|remark| format!("{remark:?}")).collect();
        let row = [
            format!("`{name}`"),
            found.media_type().to_owned(),
            of(found.title.as_deref()),
            found.date.as_ref().map(|_| "yes".to_owned()).unwrap_or_default(),
            of(author),
            of(patient),
            remarks.join(", "),
            looked.blocks.to_string(),
            looked.left_out.to_string(),
            looked.words.to_string(),
            looked.stripped.clone(),
            if looked.refused.is_empty() { String::new() } else { format!("`{}`", looked.refused) },
        ];
        writeln!(table, "| {} |", row.join(" | ")).unwrap();
    }
    holds("cases", &table);
}

/// What a file turns out to be.
struct Looked {
    found: Recognised,
    blocks: usize,
    left_out: u32,
    words: usize,
    stripped: String,
    refused: String,
}

impl Looked {
    fn at(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let found = recognise(&bytes, path.file_name().and_then(|name| name.to_str()));
        let view = view(&bytes, found.kind).unwrap_or_default();
        let words = searchable_text(&bytes, found.kind).split_whitespace().count();
        let removed = strip_metadata(&bytes).map(|stripped| stripped.removed).unwrap_or_default();
        let stripped: Vec<String> = removed.iter().map(|what| format!("{what:?}")).collect();
        let refused = found.damage.as_ref().map(|damage| damage.code().to_owned()).unwrap_or_default();
        Self {
            found,
            blocks: view.blocks.len(),
            left_out: view.left_out,
            words,
            stripped: stripped.join(", "),
            refused,
        }
    }
}

/// Files of a folder with the same outcome.
#[derive(Default)]
struct Group {
    files: usize,
    titled: usize,
    dated: usize,
    signed: usize,
    about: usize,
    shown: usize,
    cut: usize,
    words: usize,
}

impl Group {
    fn take(&mut self, looked: &Looked) {
        self.files += 1;
        self.titled += usize::from(looked.found.title.is_some());
        self.dated += usize::from(looked.found.date.is_some());
        self.signed += usize::from(looked.found.author.is_some());
        self.about += usize::from(looked.found.patient.is_some());
        self.shown += usize::from(looked.blocks > 0);
        self.cut += usize::from(looked.left_out > 0);
        self.words += usize::from(looked.words > 0);
    }
}

/// Compares a table with the one between its marks in the docs, or writes it there.
fn holds(name: &str, table: &str) {
    let file = repository().join("docs/FILES.md");
    let text = fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let from = text.find(&begin).unwrap() + begin.len();
    let to = text.find(&end).unwrap();
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&file, format!("{}{table}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    for (line, (found, made)) in text[from..to].lines().zip(table.lines()).enumerate() {
        assert_eq!(found, made, "row {line} of {name}: CARNET_BLESS=1 writes the table");
    }
    assert_eq!(
        text[from..to].lines().count(),
        table.lines().count(),
        "{name}: CARNET_BLESS=1 writes the table"
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

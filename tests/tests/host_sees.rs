//! The golden list of what a host can read: every field and byte format of `carnet-wire` and `carnet-rest`, and every key and value of its store, each
//! with the reason why the host has it.
//!
//! The list is `docs/host-sees.txt`, one line each: `FILE | WHAT | WHY`. What stands there is read off the sources, so a new
//! field is a failing test until somebody has written down why the host needs it. `CARNET_BLESS=1` writes the list anew with
//! `?` for a missing reason, which this test refuses too.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use carnet_audit::schema::TYPES;
use carnet_audit::shape;
use carnet_tests::need;
use carnet_wire::statement::Kind;

#[test]
fn field_that_the_host_can_read_and_nobody_has_reviewed() {
    let found = readable();
    let mut listed = listed();
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        write(&found, &listed);
        listed = self::listed();
    }
    let new: Vec<_> = found.iter().filter(|line| !listed.contains_key(*line)).collect();
    let gone: Vec<_> = listed.keys().filter(|line| !found.contains(*line)).collect();
    let help = "CARNET_BLESS=1 writes the list anew; give each `?` a reason";
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}, gone: {gone:#?}; {help}");
    let unreviewed: Vec<_> = listed.iter().filter(|(_, why)| why.len() < 4).collect();
    assert!(unreviewed.is_empty(), "without a reason: {unreviewed:#?}");
    println!("{} fields and formats that the host can read, each with its reason", listed.len());
}

/// Else a body that moved to another file could leave the list unseen.
#[test]
fn kind_of_statement_whose_body_the_list_does_not_have() {
    let wire: String = sources().into_iter().map(|(_, text)| text).collect();
    for kind in Kind::ALL {
        let body = format!("Kind = Kind::{kind:?};");
        // The one statement that travels sealed: its body is in the core, where the host's code cannot name it.
        assert_eq!(wire.contains(&body), kind != Kind::Authored, "{kind}");
    }
}

#[test]
fn scan_that_misses_a_field_a_variant_or_a_hand_written_type() {
    let source = "
/// A thing.
#[derive(Encode)]
pub struct Thing {
    /// A field.
    #[n(0)]
    #[cbor(with = \"x\")]
    pub first: Option<u64>,
    #[n(1)] pub second: Kind,
}
pub enum Choice {
    /// One.
    #[n(0)]
    One(#[n(0)] u8, #[n(1)] Vec<Thing>),
    #[n(1)]
    Two,
}
id! {
    /// A name.
    ThingId, 16
}
impl<C> Encode<C> for Other {
#[cfg(test)]
mod tests {
    struct NotThis { #[n(0)] field: u8 }
}
";
    let expected = [
        "a.rs | Choice::One(u8, Vec<Thing>)",
        "a.rs | Choice::Two",
        "a.rs | Other, written by hand",
        "a.rs | Thing.first: Option<u64>",
        "a.rs | Thing.second: Kind",
        "a.rs | ThingId, 16 bytes",
    ];
    assert_eq!(scan("a.rs", source).into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(scan("b.rs", "pub fn f() {}").into_iter().collect::<Vec<_>>(), ["b.rs | bytes"]);
}

/// The audit counts and names what it finds in a store by a description of its own: it must be that of the types.
#[test]
fn field_that_the_audit_of_a_store_describes_otherwise() {
    let found = readable();
    let mut compared = 0;
    for of in TYPES {
        let prefix = format!("{} | {}.", of.file, of.name);
        let mut fields: BTreeSet<&str> =
            found.iter().filter_map(|line| line.strip_prefix(&prefix)?.split(':').next()).collect();
        if fields.is_empty() {
            assert!(found.contains(&format!("{} | {}, written by hand", of.file, of.name)), "{prefix}");
            continue;
        }
        for (_, name, _) in of.fields {
            assert!(fields.remove(name), "{prefix}{name} is no field");
            compared += 1;
        }
        assert!(fields.is_empty(), "{prefix}{fields:?} is not described in cli/audit/src/schema.rs");
    }
    assert!(compared > 150, "{compared}");
}

/// All that the sources of `carnet-wire` and `carnet-rest` can read, and what stands in a store.
fn readable() -> BTreeSet<String> {
    let at_rest = shape::lines().into_iter().map(|line| format!("at rest: {line}"));
    sources().iter().flat_map(|(name, text)| scan(name, text)).chain(at_rest).collect()
}

/// What one source file can read: its encoded fields and variants, its identifiers, its hand-written types. A file with none
/// of them stands for the bytes that it parses.
fn scan(file: &str, source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (mut owner, mut field, mut identifiers) = ("", false, false);
    for line in source.lines().take_while(|line| *line != "#[cfg(test)]").map(str::trim) {
        let words = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        if let Some(name) = words.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next()) {
            owner = name;
        }
        identifiers = (identifiers && line != "}") || line == "id! {";
        let rest =
            match line.split_once("#[n(").and_then(|(before, after)| before.is_empty().then_some(after)) {
                Some(after) => after.split_once(")]").map_or("", |(_, rest)| rest.trim()),
                None => line,
            };
        field |= rest != line;
        let code = !rest.is_empty() && !rest.starts_with('#') && !rest.starts_with("//");
        if field && code {
            let rest = rest.trim_end_matches(['{', ',', ' ']);
            let item = match rest.strip_prefix("pub ") {
                Some(named) => format!("{owner}.{named}"),
                None => format!("{owner}::{}", without_numbers(rest)),
            };
            found.insert(format!("{file} | {item}"));
            field = false;
        } else if let Some((name, len)) = line.split_once(", ").filter(|_| identifiers && code) {
            found.insert(format!("{file} | {name}, {len} bytes"));
        } else if let Some(name) = line.strip_prefix("impl<C> Encode<C> for ")
            && !name.starts_with('$')
        {
            found.insert(format!("{file} | {}, written by hand", name.trim_end_matches(" {")));
        }
    }
    if found.is_empty() {
        found.insert(format!("{file} | bytes"));
    }
    found
}

/// `One(#[n(0)] u8)` as `One(u8)`.
fn without_numbers(variant: &str) -> String {
    let mut parts = variant.split("#[n(");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |text, part| text + part.split_once(")] ").map_or(part, |(_, rest)| rest))
}

/// The sources of `carnet-wire` and, below `rest/`, those of `carnet-rest` by their names, tests and the crates' roots left out.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for (folder, under) in [("client-core/wire/src", ""), ("server/rest/src", "rest/")] {
        let root = need::repository().join(folder);
        let mut files = Vec::new();
        collect(&root, &mut files);
        files.sort();
        let named = files.into_iter().map(|file| {
            let name = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            (name, fs::read_to_string(&file).unwrap())
        });
        let inner = named.filter(|(name, _)| name != "lib.rs");
        sources.extend(inner.map(|(name, text)| (format!("{under}{name}"), text)));
    }
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The list as it stands: what, and why.
fn listed() -> BTreeMap<String, String> {
    let text = fs::read_to_string(list()).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (what, why) = line.rsplit_once(" | ").unwrap();
            (what.to_owned(), why.to_owned())
        })
        .collect()
}

fn write(found: &BTreeSet<String>, listed: &BTreeMap<String, String>) {
    let before = fs::read_to_string(list()).unwrap();
    let mut text: String =
        before.lines().filter(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    for what in found {
        let why = listed.get(what).map_or("?", String::as_str);
        text.push_str(&format!("{what} | {why}\n"));
    }
    fs::write(list(), text).unwrap();
}

fn list() -> PathBuf {
    need::repository().join("docs/host-sees.txt")
}

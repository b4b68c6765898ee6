//! The words of the screen: every code has its two lines in both languages, and every text is set as its language sets it.

#![cfg(test)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use carnet_cli::Failure;
use carnet_cli::family;
use carnet_cli::text::{FluentValue, Language, Texts};
use carnet_tests::need::repository;

const BOTH: [Language; 2] = [Language::Fr, Language::En];

#[test]
fn every_code_has_its_two_lines_in_both_languages() {
    let (codes, texts) = (codes(), ids("fr"));
    assert!(codes.len() > 380, "{} codes found", codes.len());
    for language in BOTH {
        let said = Texts::of(language);
        let unknown = Failure::coded("no-such-code").lines(&said).1;
        for (code, place) in &codes {
            let (what, remedy) = Failure::coded(code.as_str()).lines(&said);
            assert!(!what.is_empty() && !remedy.is_empty(), "{code} ({place}): {what} {remedy}");
            assert_ne!(remedy, unknown, "{code} ({place}) has no two lines");
            let own = texts.contains(&format!("error-{code}"));
            match family::of(code) {
                Some(family) => {
                    assert!(!own, "{code} has two lines of its own and those of {}", family.text);
                    assert!(what.contains(code.as_str()), "{code} is not shown: {what}");
                }
                None => assert!(own, "{code} ({place}) is of no family"),
            }
        }
    }
}

#[test]
fn every_family_has_a_reason_and_only_codes_that_there_are() {
    let (codes, mut seen) = (codes(), BTreeSet::new());
    for family in family::FAMILIES {
        assert!(family.reason.len() > 40, "{}: why?", family.text);
        for code in family.codes {
            assert!(codes.contains_key(*code), "{code} is no code any more");
            assert!(seen.insert(*code), "{code} stands twice");
        }
    }
}

#[test]
fn code_of_a_newer_server_is_shown_and_no_specification_is_named() {
    for language in BOTH {
        let (what, remedy) = Failure::coded("not-invented-yet").lines(&Texts::of(language));
        assert!(what.contains("not-invented-yet"), "{what}");
        assert!(!remedy.contains("SPEC") && !remedy.contains("docs/"), "{remedy}");
    }
}

/// Signs that French sets with a space before them, which never ends a line.
#[test]
fn french_has_a_space_that_does_not_break_where_it_belongs() {
    let wrong = Found::default();
    each(Language::Fr, &[2], |id, text| {
        let signs: Vec<char> = text.chars().collect();
        let is_well = |at: usize, sign: &char| {
            let before = at.checked_sub(1).and_then(|before| signs.get(before)).copied().unwrap_or('\n');
            let after = signs.get(at + 1).copied().unwrap_or('\n');
            let ends = after.is_whitespace() || after == '\u{a0}';
            match sign {
                '?' | '!' | '»' => before == '\u{a0}',
                ';' | ':' if ends => before == '\u{a0}',
                '«' => after == '\u{a0}',
                _ => true,
            }
        };
        if !signs.iter().enumerate().all(|(at, sign)| is_well(at, sign)) {
            wrong.note(id, text);
        }
    });
    wrong.none();
}

#[test]
fn one_is_never_followed_by_a_plural() {
    /// Values that are never one: ways back, shares that are needed, limits.
    const NEVER_ONE: [&str; 5] = [
        "account-created",
        "share-file",
        "error-folder-large",
        "error-passphrase-short",
        "same-identifier-many",
    ];
    const NOUNS: [&str; 9] =
        ["documents", "files", "words", "shares", "bytes", "minutes", "lines", "statements", "people"];
    let wrong = Found::default();
    for language in BOTH {
        each(language, &[1], |id, text| {
            let lines = text.lines().map(|line| line.split([' ', '\u{a0}']).collect::<Vec<&str>>());
            for two in lines.flat_map(|words| words.windows(2).map(<[&str]>::to_vec).collect::<Vec<_>>()) {
                let [one, next] = two.as_slice() else { continue };
                let next = next.trim_end_matches(['.', ',', ':', ';', ')']);
                let french =
                    next.len() > 2 && next.ends_with('s') && !["fois", "mois", "inclus"].contains(&next);
                let plural = if language == Language::Fr { french } else { NOUNS.contains(&next) };
                if *one == "1" && plural && !NEVER_ONE.contains(&id) {
                    wrong.note(id, text);
                }
            }
        });
    }
    wrong.none();
}

/// In French, nothing is singular: a text that says "un document" of it would be false. Those that are never said of nothing are named.
#[test]
fn nothing_is_not_said_to_be_one() {
    let (said, names, wrong) = (Texts::of(Language::Fr), names("fr"), Found::default());
    for id in ids("fr") {
        let of = |number: u32| {
            let values: Vec<_> = names.iter().map(|name| (*name, FluentValue::from(number))).collect();
            said.find(&id, None, &values).unwrap_or_default().replace(&number.to_string(), "#")
        };
        let (nothing, one, two) = (of(0), of(1), of(2));
        let says_one = nothing.split([' ', '\u{a0}', '\n']).any(|word| matches!(word, "Un" | "Une"));
        if says_one && nothing == one && one != two && !NEVER_NOTHING.contains(&id.as_str()) {
            wrong.note(&id, &nothing);
        }
    }
    wrong.none();
}

const NEVER_NOTHING: [&str; 16] = [
    "accepted",
    "drill-works",
    "error-doctor-found",
    "error-reseal-partly",
    "error-shares-missing",
    "not-indexed",
    "raw-written",
    "refused",
    "removed",
    "replaced-given",
    "reseal-left",
    "revoked-unsealed",
    "shared-without-guesses",
    "show-left-out",
    "standing-to-accept",
    "standing-to-send",
];

/// Words of the trade, of other languages and of one sex, which no patient reads.
#[test]
fn french_speaks_as_a_patient_does() {
    const NEVER: [&str; 21] = [
        "coffre",
        "mpreinte",
        "chiffré",
        "chiffrement",
        "echiffre",
        "génération",
        "token",
        "login",
        "upload",
        "e-mail",
        "SPEC",
        "os error",
        "[o/N]",
        "code QR",
        "répéter une perte",
        "épétition d'une perte",
        " results",
        " imaging",
        " prescriptions,",
        "est attesté ",
        "Attesté ",
    ];
    let wrong = Found::default();
    each(Language::Fr, &[2], |id, text| {
        if NEVER.iter().any(|never| text.contains(never)) {
            wrong.note(id, text);
        }
    });
    wrong.none();
}

/// Texts that are not as they must be: all of them are named at once.
#[derive(Default)]
struct Found(RefCell<Vec<String>>);

impl Found {
    fn note(&self, id: &str, text: &str) {
        self.0.borrow_mut().push(format!("{id}: {text}"));
    }

    fn none(self) {
        let found = self.0.into_inner();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// Shows each text of a language with these numbers as its values.
fn each(language: Language, numbers: &[u32], look: impl Fn(&str, &str)) {
    let (folder, said) = (if language == Language::Fr { "fr" } else { "en" }, Texts::of(language));
    let ids = ids(folder);
    assert!(ids.len() > 300, "{} texts", ids.len());
    let names = names(folder);
    for (id, number) in ids.iter().flat_map(|id| numbers.iter().map(move |number| (id, *number))) {
        let values: Vec<(&'static str, FluentValue<'_>)> =
            names.iter().map(|name| (*name, FluentValue::from(number))).collect();
        for attribute in [None, Some("do")] {
            if let Some(text) = said.find(id, attribute, &values) {
                assert!(!text.contains("{$"), "{id} names a value that this test does not know: {text}");
                look(id, &text);
            }
        }
    }
}

/// The ids of a language's texts.
fn ids(folder: &str) -> BTreeSet<String> {
    let texts = sources(folder);
    let starts = texts.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    starts.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect()
}

/// The names of the values that they use.
fn names(folder: &str) -> BTreeSet<&'static str> {
    let texts: &'static str = sources(folder).leak();
    let names = texts.split('$').skip(1);
    names.filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()).collect()
}

fn sources(folder: &str) -> String {
    let files = fs::read_dir(repository().join("cli/locales").join(folder)).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    texts.collect::<Vec<_>>().join("\n")
}

/// Every code that a person can be told, with the place where it stands: of the specification's table, of whatever has a stable code, of the
/// failures of the command line.
fn codes() -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    let spec = fs::read_to_string(repository().join("docs/SPEC.md")).unwrap();
    let table = spec.split("## 17. Error codes").nth(1).unwrap().split("\n## ").next().unwrap();
    for line in table.lines().filter_map(|line| line.strip_prefix("| `")) {
        codes.insert(line.split('`').next().unwrap().to_owned(), "docs/SPEC.md".to_owned());
    }
    let mut sources = Vec::new();
    for room in ["cli/src", "client-core", "server/src", "wasm"] {
        collect(&repository().join(room), &mut sources);
    }
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let place = source.display().to_string();
        let audits = place.contains("/audit/");
        for body in text
            .split("fn code(&self) -> &'static str {")
            .skip(1)
            .filter(|_| !audits)
            .filter_map(|rest| rest.split("\n    }").next())
        {
            codes.extend(quoted(body).map(|code| (code.to_owned(), place.clone())));
        }
        for start in ["Failure::coded(", "Failure::wrong("] {
            for rest in text.split(start).skip(1) {
                let code = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                codes.extend(code.filter(|code| is_code(code)).map(|code| (code.to_owned(), place.clone())));
            }
        }
    }
    codes
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).filter(|text| is_code(text))
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !matches!(name, "target" | "node_modules" | "tests" | "fuzz" | "benches") {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

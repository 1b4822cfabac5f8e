//! The catalogue is true: its numbers are whole, and every test that it names is in the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Scenarios of a single machine.
const SCENARIOS: usize = 75;

/// So many of them are injected, at least.
const COVERED: usize = 60;

struct Row {
    number: usize,
    tests: Vec<String>,
    /// What is not covered, and says so.
    owed: bool,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("tests/faults/README.md")).unwrap();
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let numbered = cells.filter_map(|(number, rest)| Some((number.parse().ok()?, rest)));
    numbered
        .map(|(number, rest)| Row {
            number,
            tests: rest.split('`').skip(1).step_by(2).filter(|it| it.contains("::")).map(str::to_owned).collect(),
            owed: rest.contains("missing: "),
        })
        .collect()
}

/// The file of a module: `foo/bar.rs`, or what is in it by its own `mod`.
fn file_of(path: &[&str]) -> Option<PathBuf> {
    let (krate, modules) = path.split_first()?;
    let folder = if *krate == "lib" { root().join("src") } else { root().join("tests").join(krate) };
    let top = if *krate == "lib" { root().join("src/lib.rs") } else { root().join(format!("tests/{krate}.rs")) };
    // The last ones may be modules within a file.
    let files = (0..=modules.len()).rev().map(|length| match length {
        0 => top.clone(),
        _ => folder.join(modules[..length].join("/")).with_extension("rs"),
    });
    files.into_iter().find(|file| file.exists())
}

/// Whether this function is in the file, right behind a line that makes it a test.
fn is_a_test(file: &Path, function: &str) -> bool {
    let text = fs::read_to_string(file).unwrap();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        let is_it = line.strip_prefix("async ").unwrap_or(line).starts_with(&format!("fn {function}("));
        if is_it {
            return marked;
        }
        marked = line.starts_with("#[test]") || line.starts_with("#[tokio::test") || marked && line.starts_with("#[");
    }
    false
}

#[test]
fn every_scenario_stands_there_once_and_in_order() {
    let numbers: Vec<usize> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=SCENARIOS).collect::<Vec<_>>());
}

#[test]
fn every_test_that_the_catalogue_names_is_there() {
    let mut gone = BTreeMap::new();
    for row in rows() {
        for test in &row.tests {
            let path: Vec<&str> = test.split("::").collect();
            let (function, modules) = path.split_last().unwrap();
            let found = file_of(modules).is_some_and(|file| is_a_test(&file, function));
            if !found {
                gone.entry(row.number).or_insert_with(Vec::new).push(test.clone());
            }
        }
    }
    assert!(gone.is_empty(), "tests that the catalogue names, and that are not in the sources: {gone:#?}");
}

#[test]
fn at_least_sixty_are_covered_and_the_others_say_what_is_missing() {
    let rows = rows();
    let silent: Vec<usize> =
        rows.iter().filter(|row| row.tests.is_empty() && !row.owed).map(|row| row.number).collect();
    assert!(silent.is_empty(), "neither a test nor a word on what is missing: {silent:?}");
    let covered = rows.iter().filter(|row| !row.tests.is_empty()).count();
    println!("{covered} of {SCENARIOS} scenarios are covered");
    assert!(covered >= COVERED, "{covered} of {SCENARIOS}");
}

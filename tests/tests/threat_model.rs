//! The table of attacks and answers in `docs/threat-model.md` names tests that exist and run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The cells of each row of attacks.
fn rows(page: &str) -> Vec<[&str; 3]> {
    let (_, attacks) = page.split_once("## Attacks and answers").expect("the page has this part");
    attacks
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|line| !line.starts_with("attack,") && !line.starts_with("---"))
        .map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            cells.try_into().unwrap_or_else(|_| panic!("not a row of three cells: {line}"))
        })
        .collect()
}

/// The names in a cell, `file::test`; `…` repeats the file of the name before.
fn names(cell: &str) -> Vec<(String, String)> {
    let mut file = String::new();
    cell.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|name| name.rsplit_once("::"))
        .map(|(place, test)| {
            if place != "…" {
                place.clone_into(&mut file);
            }
            (file.clone(), test.to_owned())
        })
        .collect()
}

/// Whether a file has a test of this name that runs.
fn has_test(source: &str, test: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let Some(at) = lines.iter().position(|line| line.starts_with(&format!("fn {test}("))) else { return false };
    let before: Vec<&&str> =
        lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//")).collect();
    before.iter().any(|line| line.starts_with("#[test]")) && !before.iter().any(|line| line.starts_with("#[ignore"))
}

#[test]
fn every_attack_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let rows = rows(&page);
    assert!(rows.len() > 80, "the tables are read whole");
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for [attack, _, tests] in rows {
        assert!(seen.insert(attack), "twice on the page: {attack}");
        let names = names(tests);
        assert!(!names.is_empty() || tests == "not applicable", "no test answers: {attack}");
        for (file, test) in names {
            let source = sources
                .entry(file.clone())
                .or_insert_with(|| fs::read_to_string(root.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}")));
            assert!(has_test(source, &test), "{file} has no test `{test}`, which should answer: {attack}");
        }
    }
}

#[test]
fn names_that_are_no_tests_are_found() {
    let source =
        "#[test]\nfn a() {}\n\nfn b() {}\n    #[test]\n    // Why.\n    fn c() {\n#[test]\n#[ignore]\nfn d() {}";
    assert_eq!(["a", "b", "c", "d", "e"].map(|test| has_test(source, test)), [true, false, true, false, false]);
    let cell = "`x/y.rs::a`, `…::b`, and `z.rs::c`";
    let found: Vec<String> = names(cell).into_iter().map(|(file, test)| format!("{file} {test}")).collect();
    assert_eq!(found, ["x/y.rs a", "x/y.rs b", "z.rs c"]);
}

//! The table of attacks and answers in `docs/threat-model.md` numbers its rows and names tests that exist and run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The cells of each row of attacks: number, attack, rule, tests.
fn rows(page: &str) -> Vec<[&str; 4]> {
    let (_, attacks) = page.split_once("## Attacks and answers").expect("the page has this part");
    attacks
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|line| !line.starts_with("no. |") && !line.starts_with("---"))
        .map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            cells.try_into().unwrap_or_else(|_| panic!("not a row of four cells: {line}"))
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

/// What is wrong with the numbers of rows: each from 1 on is there, and stands once.
fn faults(numbers: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for number in numbers {
        match number.parse::<usize>() {
            Ok(value) if value.to_string() == *number => {
                if !seen.insert(value) {
                    faults.push(format!("{number} stands twice"));
                }
            }
            _ => faults.push(format!("{number:?} is no number")),
        }
    }
    let highest = seen.last().copied().unwrap_or(0);
    faults.extend((1..highest).filter(|number| !seen.contains(number)).map(|number| format!("{number} is missing")));
    faults.extend(seen.contains(&0).then(|| "0 is no number of a row".to_owned()));
    faults
}

/// Whether a file has a test of this name that runs. Those of the pages are in TypeScript, and named in words.
fn has_test(file: &str, source: &str, test: &str) -> bool {
    if file.ends_with(".test.ts") {
        return source.lines().any(|line| line.starts_with(&format!("test(\"{test}\", ")));
    }
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
    for [_, attack, _, tests] in rows {
        assert!(seen.insert(attack), "twice on the page: {attack}");
        let names = names(tests);
        assert!(!names.is_empty() || tests == "not applicable", "no test answers: {attack}");
        for (file, test) in names {
            let source = sources
                .entry(file.clone())
                .or_insert_with(|| fs::read_to_string(root.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}")));
            assert!(has_test(&file, source, &test), "{file} has no test `{test}`, which should answer: {attack}");
        }
    }
}

/// So many mistakes were known when the list began; comments in tests name them by these numbers.
const KNOWN: usize = 44;

#[test]
fn every_row_has_a_number_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let numbers: Vec<&str> = rows(&page).iter().map(|[number, ..]| *number).collect();
    assert!(numbers.len() > KNOWN);
    assert_eq!(faults(&numbers), Vec::<String>::new());
}

#[test]
fn numbers_that_are_missing_or_stand_twice_are_found() {
    assert_eq!(faults(&["2", "1", "3"]), Vec::<String>::new());
    assert_eq!(faults(&["1", "2", "2", "5"]), ["2 stands twice", "3 is missing", "4 is missing"]);
    assert_eq!(faults(&["1", "02", "b", "-1", "0"]).len(), 4);
}

#[test]
fn names_that_are_no_tests_are_found() {
    let source =
        "#[test]\nfn a() {}\n\nfn b() {}\n    #[test]\n    // Why.\n    fn c() {\n#[test]\n#[ignore]\nfn d() {}";
    assert_eq!(["a", "b", "c", "d", "e"].map(|test| has_test("x.rs", source, test)), [true, false, true, false, false]);
    let source = "test(\"a key is kept\", () => {\n});\n// test(\"no key\", () => {});";
    assert_eq!(
        ["a key is kept", "a key", "no key"].map(|test| has_test("x.test.ts", source, test)),
        [true, false, false]
    );
    let cell = "`x/y.rs::a`, `…::b`, and `z.rs::c`";
    let found: Vec<String> = names(cell).into_iter().map(|(file, test)| format!("{file} {test}")).collect();
    assert_eq!(found, ["x/y.rs a", "x/y.rs b", "z.rs c"]);
}

//! The demonstrations that no other test runs: each tells a whole story, and fails where a step of it does not go as told.

use super::town::{Town, text};

#[track_caller]
fn runs(arguments: &[&str]) {
    let output = Town::bare().output("anybody", arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn payments_are_demonstrated() {
    runs(&["wallet", "demo"]);
}

#[test]
fn campaigns_are_demonstrated() {
    runs(&["crowdfunding", "demo"]);
}

#[test]
fn marketplace_is_demonstrated() {
    runs(&["market", "demo"]);
}

#[test]
fn streaming_is_demonstrated() {
    runs(&["streaming", "demo"]);
}

#[test]
fn trade_finance_is_demonstrated() {
    runs(&["trade", "demo"]);
}

#[test]
fn energy_is_demonstrated_with_what_is_refused_and_a_chart() {
    let town = Town::bare();
    let chart = town.file("energy.svg");
    let told = town.run("anybody", &["energy", "demo", "--chart", &chart]);
    let said: Vec<&str> = told["steps"].as_array().unwrap().iter().map(|step| text(&step["what"])).collect();
    let refused = [
        ("shows the reading once more, for the next hour", "not signed by its meter for this market and interval"),
        ("a clone of his meter signs 9.999 kWh for the same hour", "is on the ledger already"),
        ("reveals her bid before the close", "too early: bids are revealed"),
        ("says that the price was 0.09", "the auction of interval 0 came to something else"),
        ("takes what her bid came to a second time", "was paid out already"),
        ("tells twice what was produced", "these are not the sums of the shares of collector 0"),
    ];
    for (lie, rule) in refused {
        let step = said.iter().find(|step| step.contains(lie)).unwrap_or_else(|| panic!("nobody {lie}: {said:?}"));
        assert!(step.contains("refused:") && step.contains(rule), "{step}");
    }
    assert_eq!(said.iter().filter(|step| step.contains("refused:")).count(), refused.len(), "{said:?}");
    assert_eq!(told["public"]["intervals"].as_array().unwrap().len(), 4);
    assert_eq!(text(&told["chart"]), chart);
    let svg = std::fs::read_to_string(&chart).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("4 intervals, in 4 of them something was traded."), "{svg}");
    // Nothing is overwritten.
    let said = town.refused("anybody", &["energy", "demo", "--chart", &chart], 73);
    assert!(said.contains("energy.svg"), "{said}");
}

#[test]
fn rental_is_demonstrated() {
    runs(&["access", "demo"]);
}

//! The demonstrations that no other test runs: each tells a whole story, and fails where a step of it does not go as told.

use super::town::Town;

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
fn rental_is_demonstrated() {
    runs(&["access", "demo"]);
}

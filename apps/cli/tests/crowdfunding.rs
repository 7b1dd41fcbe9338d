//! A campaign through the command, role by role: each person has nothing but a wallet's key file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PASSPHRASE: &str = "correct horse battery staple";
/// No campaign has this id.
const NOWHERE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A ledger, and a home for each person.
struct Town {
    folder: tempfile::TempDir,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl Town {
    fn output(&self, person: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tabella"))
            .arg("--json")
            .args(arguments)
            .env("TABELLA_HOME", self.folder.path().join(person))
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_PASSPHRASE", PASSPHRASE)
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn run(&self, person: &str, arguments: &[&str]) -> Value {
        let output = self.output(person, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn funding(&self, person: &str, arguments: &[&str]) -> Value {
        self.run(person, &[&["crowdfunding"], arguments].concat())
    }

    /// What a refused command says.
    fn refused(&self, person: &str, arguments: &[&str], code: i32) -> String {
        let output = self.output(person, &[&["crowdfunding"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        text(&error["error"]["message"]).to_owned()
    }

    fn spendable(&self, person: &str, asset: &str) -> String {
        let balance = self.run(person, &["wallet", "balance"]);
        let held = balance["balances"].as_array().unwrap().iter().find(|held| held["name"] == asset);
        held.map_or_else(|| "nothing".to_owned(), |held| text(&held["spendable"]).to_owned())
    }
}

#[test]
fn campaign_is_pledged_to_counted_claimed_rewarded_and_checked() {
    let town = Town { folder: tempfile::tempdir().unwrap() };
    town.run("issuer", &["ledger", "init", "ledger.test"]);
    town.run("issuer", &["asset", "new-issuer"]);
    let address = |person| text(&town.run(person, &["wallet", "new"])["address"]).to_owned();
    let (village, anna, surveyor) = (address("village"), address("anna"), address("surveyor"));
    let issue = |to: &str, name: &str, decimals: &str, amount: &str| {
        let cap = ["--decimals", decimals, "--cap", "5000"];
        town.run("issuer", &[&["asset", "issue", "--name", name, "--to", to, "--amount", amount], &cap[..]].concat());
    };
    issue(&anna, "Crown", "2", "1000.00");
    issue(&village, "Thanks", "0", "5");
    let key = town.funding("surveyor", &["release-key"]);
    let second = format!("40,key={}", text(&key["release_key"]));
    let start = [
        "start",
        "--title",
        "A well",
        "--asset",
        "Crown",
        "--goal",
        "250.00",
        "--deadline",
        "2100-01-01T00:00:00Z",
        "--claim-until",
        "2100-02-01T00:00:00Z",
        "--closes-at-goal",
        "--milestone",
        "60",
        "--milestone",
        &second,
    ];
    let opened = town.funding("village", &start);
    let id = text(&opened["campaign"]).to_owned();
    assert_eq!(town.funding("anybody", &["list"])["campaigns"][0]["campaign"], id.as_str());
    assert!(town.refused("anybody", &["show", NOWHERE], 66).contains("crowdfunding list"));

    assert!(town.refused("anna", &["pledge", &id, "--amount", "0.01"], 1).contains("0.02 Crown"));
    let pledged = town.funding("anna", &["pledge", &id, "--amount", "250.05", "--message", "Dig deep!"]);
    assert_eq!(text(&pledged["amount"]), "250.05");
    assert_eq!(town.spendable("anna", "Crown"), "749.95");
    assert!(town.refused("anna", &["refund"], 1).contains("2100-02-01"));
    assert!(town.refused("anna", &["acknowledge", &id], 1).contains("not one of this wallet's"));
    assert!(town.refused("village", &["succeed", &id], 1).contains("0.00 Crown"));
    let counted = town.funding("village", &["acknowledge", &id]);
    assert_eq!((text(&counted["raised"]), &counted["acknowledged"]), ("250.05", &Value::from(1)));
    assert!(town.refused("village", &["claim", &id], 1).contains("nothing can be claimed"));
    town.funding("village", &["succeed", &id]);
    assert_eq!(text(&town.funding("village", &["claim", &id])["amount"]), "150.03");
    town.funding("surveyor", &["release", &id, "--milestone", "2"]);
    town.funding("village", &["claim", &id]);
    assert_eq!(town.spendable("village", "Crown"), "250.05");
    let rewards = ["rewards", &id, "--asset", "Thanks"];
    assert_eq!(town.funding("village", &rewards)["rewards"].as_array().unwrap().len(), 1);
    assert_eq!(town.funding("village", &rewards)["rewards"].as_array().unwrap().len(), 0);
    assert_eq!(town.spendable("anna", "Thanks"), "1");

    let mine = town.funding("village", &["show", &id, "--mine"]);
    assert_eq!(text(&mine["mine"]["pledges"][0]["message"]), "Dig deep!");
    let own = town.funding("anna", &["show", &id, "--mine"]);
    assert_eq!((text(&own["mine"]["pledged"]), text(&own["stage"])), ("250.05", "succeeded"));
    let checked = town.funding("anybody", &["check", &id, "--proofs"]);
    assert_eq!((&checked["counted"], &checked["commitments"], &checked["proofs"]), (&1.into(), &2.into(), &2.into()));
    assert!(checked["succeeded_at"].is_string());
    let _ = surveyor;
}

//! A campaign through the command, role by role: each person has nothing but a wallet's key file.

use serde_json::Value;

use super::town::{Town, owned, text};

/// No campaign has this id.
const NOWHERE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Town {
    fn funding(&self, person: &str, arguments: &[&str]) -> Value {
        self.run(person, &[&["crowdfunding"], arguments].concat())
    }

    fn refused_funding(&self, person: &str, arguments: &[&str], code: i32) -> String {
        self.refused(person, &[&["crowdfunding"], arguments].concat(), code)
    }
}

#[test]
fn campaign_is_pledged_to_counted_claimed_rewarded_and_checked() {
    let town = Town::new();
    let (village, anna) = (town.person("village"), town.person("anna"));
    town.person("surveyor");
    let crown = owned(&town.issue("Crown", "2", &anna, "1000.00")["asset"]);
    town.issue("Thanks", "0", &village, "5");
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
    assert!(town.refused_funding("anybody", &["show", NOWHERE], 66).contains("crowdfunding list"));

    let pledge = ["pledge", &id, "--asset", &crown, "--amount"];
    let pledge = |more: &[&'static str]| [&pledge[..], more].concat();
    assert!(town.refused_funding("anna", &pledge(&["0.01"]), 1).contains("0.02 Crown"));
    let other = ["pledge", &id, "--asset", "Thanks", "--amount", "250.05"];
    assert!(town.refused_funding("anna", &other, 1).contains(&crown));
    let pledged = town.funding("anna", &pledge(&["250.05", "--message", "Dig deep!"]));
    assert_eq!(text(&pledged["amount"]), "250.05");
    assert_eq!(town.spendable("anna", "Crown"), "749.95");
    // Somebody has the campaign's wallet pay its reward to itself.
    let lie = town.funding("anna", &[&pledge(&["0.02", "--reward-to"])[..], &[village.as_str()]].concat());
    assert!(town.refused_funding("anna", &["refund"], 1).contains("2100-02-01"));
    assert!(town.refused_funding("anna", &["acknowledge", &id], 1).contains("not one of this wallet's"));
    assert!(town.refused_funding("village", &["succeed", &id], 1).contains("0.00 Crown"));
    let counted = town.funding("village", &["acknowledge", &id]);
    assert_eq!((text(&counted["raised"]), &counted["acknowledged"]), ("250.07", &Value::from(2)));
    assert!(town.refused_funding("village", &["claim", &id], 1).contains("nothing can be claimed"));
    town.funding("village", &["succeed", &id]);
    assert_eq!(text(&town.funding("village", &["claim", &id])["amount"]), "150.04");
    town.funding("surveyor", &["release", &id, "--milestone", "2"]);
    town.funding("village", &["claim", &id]);
    assert_eq!(town.spendable("village", "Crown"), "250.07");
    let rewards = ["rewards", &id, "--asset", "Thanks"];
    for sent in [1, 0] {
        let rewarded = town.funding("village", &rewards);
        assert_eq!(rewarded["rewards"].as_array().unwrap().len(), sent);
        assert_eq!(rewarded["left_out"].as_array().unwrap().len(), 1);
        assert_eq!(rewarded["left_out"][0][0], lie["pledge"]);
    }
    assert_eq!((town.spendable("anna", "Thanks"), town.spendable("village", "Thanks")), ("1".into(), "4".into()));

    let mine = town.funding("village", &["show", &id, "--mine"]);
    assert!(mine["mine"]["pledges"].as_array().unwrap().iter().any(|pledge| pledge["message"] == "Dig deep!"));
    let own = town.funding("anna", &["show", &id, "--mine"]);
    assert_eq!((text(&own["mine"]["pledged"]), text(&own["stage"])), ("250.07", "succeeded"));
    let checked = town.funding("anybody", &["check", &id, "--proofs"]);
    assert_eq!((&checked["counted"], &checked["commitments"], &checked["proofs"]), (&2.into(), &4.into(), &4.into()));
    assert!(checked["succeeded_at"].is_string());
}

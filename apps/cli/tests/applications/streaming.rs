//! Metered streaming through the command: a viewer, a provider and its meter over one ledger.

use serde_json::Value;

use super::town::{Town, text};

#[test]
fn viewer_and_provider_run_a_session_from_offer_to_payout() {
    let town = Town::new();
    let address = text(&town.run("vera", &["wallet", "new"])["address"]).to_owned();
    town.run("cinema", &["wallet", "new"]);
    let issue =
        ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "50", "--to", &address, "--amount", "20.00"];
    town.run("issuer", &issue);
    let keys = town.run("vera", &["streaming", "key"]);
    let offer_file = town.file("offer");
    let mut offer = vec!["streaming", "offer", "--viewer", text(&keys["keys"]), "--asset", "Crown", "--rate", "0.07"];
    offer.extend(["--ticks", "90", "--dispute", "60", "--output", &offer_file]);
    let offered = town.run("cinema", &offer);
    assert_eq!((text(&offered["rate"]), text(&offered["price"])), ("0.07", "6.30"));
    let session = text(&offered["session"]).to_owned();

    assert_eq!(town.run("vera", &["streaming", "check-offer", &offer_file])["price"], "6.30");
    let open = ["streaming", "open", &offer_file, "--session", &session, "--asset", "Crown", "--at-most"];
    // Of other terms than she checked, or in an asset that she does not mean.
    town.issue("Florin", "2", &address, "20.00");
    let other = "0".repeat(64);
    let lie = ["streaming", "open", &offer_file, "--at-most", "6.30"];
    let said = town.refused("vera", &[&lie[..], &["--session", &other, "--asset", "Crown"]].concat(), 1);
    assert!(said.contains(&format!("the offer is of another session than {other}")), "{said}");
    let said = town.refused("vera", &[&lie[..], &["--session", &session, "--asset", "Florin"]].concat(), 1);
    assert!(said.contains("another asset than --asset names: Crown"), "{said}");
    let said = town.refused("vera", &[&open[..], &["6.29"]].concat(), 1);
    assert!(said.contains("the session costs 6.30 Crown, and --at-most allows 6.29 Crown"), "{said}");
    let said = town.refused("cinema", &[&open[..], &["6.30"]].concat(), 1);
    assert!(said.contains("the offer is for another viewer"), "{said}");
    let opened = town.run("vera", &[&open[..], &["6.30"]].concat());
    assert_eq!((text(&opened["session"]), text(&opened["prepaid"])), (session.as_str(), "6.30"));
    assert_eq!((&opened["max_ticks"], &opened["dispute_seconds"]), (&90.into(), &3_600.into()));
    assert_eq!(town.spendable("vera", "Crown"), "13.70");

    // The meter, off the ledger.
    let [tick, early] = ["tick", "early"].map(|name| town.file(name));
    assert_eq!(town.run("vera", &["streaming", "watch", &session, "--ticks", "41", "--output", &tick])["owed"], "2.87");
    assert_eq!(town.run("cinema", &["streaming", "meter", &session, &tick])["stream_until"], 42);
    town.run("vera", &["streaming", "watch", &session, "--ticks", "42", "--output", &tick]);
    let said = town.refused("vera", &["streaming", "watch", &session, "--ticks", "40", "--output", &tick], 1);
    assert!(said.contains("holds tick 42 already"), "{said}");
    town.run("vera", &["streaming", "watch", &session, "--ticks", "7", "--output", &early]);
    assert_eq!(town.run("cinema", &["streaming", "meter", &session, &tick])["ticks"], 42);
    let said = town.refused("cinema", &["streaming", "meter", &session, &early], 1);
    assert!(said.contains("tick 7 is not above the highest, 42"), "{said}");

    // She tells too few; the provider answers; an hour later both withdraw.
    let closed = town.run("vera", &["streaming", "close", &session, "--ticks", "7"]);
    assert_eq!(closed["ticks"], 7);
    let said = town.refused("vera", &["streaming", "withdraw", &session], 1);
    assert!(said.contains("the session is settled at"), "{said}");
    assert_eq!(town.run("cinema", &["streaming", "claim", &session])["ticks"], 42);
    let later = 3_700;
    let shown = town.later(later).run("anybody", &["streaming", "show", &session]);
    assert_eq!((text(&shown["stage"]), &shown["ticks"], &shown["rate"]), ("settled", &42.into(), &Value::Null));
    let listed = town.later(later).run("cinema", &["streaming", "list"]);
    assert_eq!((text(&listed["sessions"][0]["due"]), text(&listed["sessions"][0]["role"])), ("2.94", "provider"));
    assert_eq!(town.later(later).run("cinema", &["streaming", "withdraw", &session])["amount"], "2.94");
    assert_eq!(town.later(later).run("vera", &["streaming", "withdraw", &session])["amount"], "3.36");
    assert_eq!(
        (town.later(later).spendable("vera", "Crown"), town.later(later).spendable("cinema", "Crown")),
        ("17.06".into(), "2.94".into())
    );
    let said = town.later(later).refused("vera", &["streaming", "withdraw", &session], 1);
    assert!(said.contains("the viewer has withdrawn already"), "{said}");
}

#[test]
fn both_agree_to_an_end_by_a_file() {
    let town = Town::new();
    let address = text(&town.run("vera", &["wallet", "new"])["address"]).to_owned();
    town.run("cinema", &["wallet", "new"]);
    let issue =
        ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "50", "--to", &address, "--amount", "20.00"];
    town.run("issuer", &issue);
    let keys = town.run("vera", &["streaming", "key", "--number", "3"]);
    let [offer_file, end] = ["offer", "end"].map(|name| town.file(name));
    let mut offer = vec!["streaming", "offer", "--viewer", text(&keys["keys"]), "--asset", "Crown", "--rate", "0.10"];
    offer.extend(["--ticks", "10", "--public", "--output", &offer_file]);
    let session = text(&town.run("cinema", &offer)["session"]).to_owned();
    let open = ["streaming", "open", &offer_file, "--session", &session, "--asset", "Crown"];
    town.run("vera", &[&open[..], &["--number", "3", "--at-most", "1"]].concat());
    let close = ["streaming", "close", &session, "--ticks", "4"];
    let said = town.refused("vera", &close, 1);
    assert!(said.contains("--number"), "{said}");
    town.run("vera", &[close.as_slice(), &["--number", "3", "--propose", &end]].concat());
    let said = town.refused("cinema", &close, 1);
    assert!(said.contains("`tabella streaming claim`"), "{said}");
    let said = town.refused("cinema", &["streaming", "close", &session, "--ticks", "5", "--agreed", &end], 1);
    assert!(said.contains("proposes 4 ticks"), "{said}");
    let settled = town.run("cinema", &[close.as_slice(), &["--agreed", &end]].concat());
    assert_eq!((&settled["ticks"], &settled["settles"]), (&4.into(), &Value::Null));
    assert_eq!(town.run("cinema", &["streaming", "withdraw", &session])["amount"], "0.40");
}

//! Payments through the command: an issuer and two wallets over one ledger.

use serde_json::Value;

use super::town::{Town, text};

/// No account has this id.
const NOWHERE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn issue<'a>(to: &'a str, name: &'a str, amount: &'a str) -> [&'a str; 12] {
    ["asset", "issue", "--name", name, "--decimals", "2", "--cap", "5000", "--to", to, "--amount", amount]
}

fn send<'a>(to: &'a str, asset: &'a str, amount: &'a str) -> [&'a str; 8] {
    ["wallet", "send", "--to", to, "--asset", asset, "--amount", amount]
}

#[test]
fn two_wallets_pay_and_nothing_is_made_or_lost() {
    let town = Town::new();
    let (alice, bob) = (town.person("alice"), town.person("bob"));
    let issued = town.run("issuer", &issue(&alice, "Crown", "1000.00"));
    assert_eq!((text(&issued["issued"]), text(&issued["cap"])), ("1000.00", "5000.00"));
    let asset = text(&issued["asset"]).to_owned();

    let mut arguments = send(&bob, "Crown", "250.25").to_vec();
    arguments.extend(["--memo", "for the bread"]);
    let sent = town.run("alice", &arguments);
    assert_eq!((text(&sent["payments"][0]["amount"]), &sent["fee"]), ("250.25", &Value::Null));
    assert_eq!(sent["preparations"].as_array().unwrap().len(), 0);

    let balance = town.run("alice", &["wallet", "balance"]);
    let expected = serde_json::json!([{
        "asset": asset, "name": "Crown", "decimals": 2,
        "spendable": "749.75", "reserved": "0.00", "to_claim": "0.00", "to_refund": "0.00",
    }]);
    assert_eq!(balance["balances"], expected);
    assert_eq!(town.spendable("bob", "Crown"), "250.25");

    let history = town.run("alice", &["wallet", "history"]);
    let [receipt, payment] = history["entries"].as_array().unwrap().as_slice() else { panic!("{history}") };
    assert_eq!((text(&receipt["direction"]), text(&receipt["amount"])), ("in", "1000.00"));
    assert!(text(&receipt["counterparty"]).starts_with("issuer "));
    assert_eq!((text(&payment["direction"]), text(&payment["amount"])), ("out", "250.25"));
    assert_eq!((text(&payment["counterparty"]), text(&payment["memo"])), (bob.as_str(), "for the bread"));
    assert_eq!(payment["transaction"], sent["transaction"]);
    let received = town.run("bob", &["wallet", "history"]);
    let [payment] = received["entries"].as_array().unwrap().as_slice() else { panic!("{received}") };
    assert_eq!((text(&payment["direction"]), text(&payment["amount"])), ("in", "250.25"));
    assert_eq!((&payment["counterparty"], text(&payment["memo"])), (&Value::Null, "for the bread"));

    // A viewing key sees the same without a wallet; an incoming one sees what came in.
    let exported = town.run("alice", &["wallet", "export-viewing-key"]);
    let key = text(&exported["viewing_key"]);
    assert!(key.starts_with("tabview1") && text(&exported["reveals"]).contains("to whom"));
    assert_eq!(town.run("auditor", &["wallet", "balance", "--viewing-key", key]), balance);
    // One payment alone is shown to a third party.
    let (paid, file) = (text(&payment["transaction"]), town.file("paid.tabella"));
    let file = file.as_str();
    let shown = town.run("alice", &["wallet", "disclose", paid, "--output", file]);
    let seen = town.run("auditor", &["wallet", "check-disclosure", file]);
    assert_eq!((&seen["to"], text(&seen["transaction"])), (&shown["to"], paid));
    assert_eq!(
        (text(&seen["amount"]), text(&seen["memo"]), text(&seen["to"])),
        ("250.25", "for the bread", bob.as_str())
    );
    let refusal = town.refused("alice", &["wallet", "disclose", text(&receipt["transaction"]), "--output", "x"], 1);
    assert!(refusal.contains("nothing to disclose"), "{refusal}");
    let refusal = town.refused("alice", &["wallet", "disclose", NOWHERE, "--output", "x"], 1);
    assert!(refusal.contains("the ledger has no transaction"), "{refusal}");
    let mut bytes = std::fs::read(file).unwrap();
    let place = bytes.len() - 40;
    bytes[place] ^= 1;
    std::fs::write(file, &bytes).unwrap();
    let refusal = town.refused("auditor", &["wallet", "check-disclosure", file], 1);
    assert!(refusal.contains("paid.tabella"), "{refusal}");

    assert_eq!(town.run("auditor", &["wallet", "history", "--viewing-key", key]), history);
    let exported = town.run("alice", &["wallet", "export-viewing-key", "--incoming"]);
    let key = text(&exported["viewing_key"]);
    assert!(key.starts_with("tabviewin1"));
    let seen = town.run("auditor", &["wallet", "balance", "--viewing-key", key]);
    assert_eq!((text(&seen["received"][0]["received"]), text(&seen["received"][0]["change"])), ("1000.00", "749.75"));
    let seen = town.run("auditor", &["wallet", "history", "--viewing-key", key]);
    assert_eq!(seen["entries"].as_array().unwrap().as_slice(), std::slice::from_ref(receipt));
    // An outgoing one sees what went out, and its change.
    let exported = town.run("alice", &["wallet", "export-viewing-key", "--outgoing"]);
    let key = text(&exported["viewing_key"]);
    assert!(key.starts_with("tabviewout1") && text(&exported["reveals"]).contains("spends nothing"));
    let seen = town.run("auditor", &["wallet", "history", "--viewing-key", key]);
    let [sent, change] = seen["entries"].as_array().unwrap().as_slice() else { panic!("{seen}") };
    let words = |row: &Value| (text(&row["direction"]).to_owned(), text(&row["amount"]).to_owned());
    assert_eq!(words(sent), ("out".into(), "250.25".into()));
    assert_eq!((text(&sent["counterparty"]), text(&sent["memo"])), (bob.as_str(), "for the bread"));
    assert_eq!(words(change), ("out, or change".into(), "749.75".into()));
    for command in [&["wallet", "balance"][..], &["wallet", "disclose", paid, "--output", "x"]] {
        let said = town.refused("auditor", &[command, &["--viewing-key", key]].concat(), 1);
        assert!(said.contains("a history of what was sent, and nothing else"), "{said}");
    }

    // Two payments of Alice's one note at the same time: one is accepted, whoever comes second is refused.
    let all = send(&bob, &asset, "749.75");
    let race = [town.spawn("alice", &all), town.spawn("alice", &all)];
    let mut codes = race.map(|child| child.wait_with_output().unwrap().status.code());
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1)]);
    assert_eq!(
        (town.spendable("alice", "Crown").as_str(), town.spendable("bob", "Crown").as_str()),
        ("nothing", "1000.00")
    );

    // A second and a third note: paying with all of them merges first.
    town.run("issuer", &["asset", "issue", "--name", "Crown", "--to", &bob, "--amount", "0.05", "--seal"]);
    let merged = town.run("bob", &send(&alice, "Crown", "1000.05"));
    assert_eq!(merged["preparations"].as_array().unwrap().len(), 1);
    assert_eq!(
        (town.spendable("alice", "Crown").as_str(), town.spendable("bob", "Crown").as_str()),
        ("1000.05", "nothing")
    );
    let list = town.run("anybody", &["asset", "list"]);
    assert_eq!((text(&list["assets"][0]["issued"]), &list["assets"][0]["sealed"]), ("1000.05", &Value::Bool(true)));
    let late = town.refused("issuer", &issue(&alice, "Crown", "1"), 1);
    assert!(late.contains("sealed"), "{late}");
}

#[test]
fn wrong_orders_are_refused_with_a_reason() {
    let town = Town::new();
    let alice = town.person("alice");
    let over = town.refused("issuer", &issue(&alice, "Crown", "5000.01"), 1);
    assert!(over.contains("exceed the cap"), "{over}");
    let crown = town.run("issuer", &issue(&alice, "Crown", "10.00"));
    let other = ["asset", "issue", "--name", "Crown", "--decimals", "3", "--to", &alice, "--amount", "1"];
    assert!(town.refused("issuer", &other, 1).contains("you have issued \"Crown\" before"));
    let bare = ["asset", "issue", "--name", "Florin", "--to", &alice, "--amount", "1"];
    assert!(town.refused("issuer", &bare, 1).contains("--decimals"));

    for (amount, reason) in [
        ("0", "amount of 0"),
        ("0.00", "amount of 0"),
        ("1.234", "3 digits after the point"),
        ("1,5", "not an amount"),
        ("1e3", "not an amount"),
        ("99999999999999999999", "more than there can be"),
        ("10.01", "10.00 Crown can be spent, and 10.01 Crown is needed"),
    ] {
        let said = town.refused("alice", &send(&alice, "Crown", amount), 1);
        assert!(said.contains(reason), "{amount}: {said}");
    }
    let unknown = town.refused("alice", &send(&alice, "Ducat", "1"), 66);
    assert!(unknown.contains("no asset named \"Ducat\""), "{unknown}");
    let unknown = town.refused("alice", &send(&alice, &"07".repeat(32), "1"), 66);
    assert!(unknown.contains("no asset 0707"), "{unknown}");
    // Somebody else's asset of the same name: the name does not tell which is meant.
    town.run("forger", &["asset", "new-issuer"]);
    let forged = town.run("forger", &issue(&alice, "Crown", "10.00"));
    assert_ne!(forged["asset"], crown["asset"]);
    let ambiguous = town.refused("alice", &send(&alice, "Crown", "1"), 1);
    assert!(ambiguous.contains("2 assets") && ambiguous.contains(text(&crown["asset"])), "{ambiguous}");
    let foreign = ["asset", "issue", "--asset", text(&crown["asset"]), "--to", &alice, "--amount", "1"];
    assert!(town.refused("forger", &foreign, 1).contains("of another issuer"));
    // An address of an election, a memo that is too long, a broken viewing key.
    let id = "07".repeat(32);
    let vote = town.run("alice", &["wallet", "address", "--election", &id]);
    town.refused("alice", &send(text(&vote["address"]), "Crown", "1"), 2);
    let (asset, long) = (text(&crown["asset"]), "x".repeat(513));
    let mut arguments = send(&alice, asset, "1").to_vec();
    arguments.extend(["--memo", &long]);
    assert!(town.refused("alice", &arguments, 1).contains("at most 512 bytes"));
    let broken = town.refused("alice", &["wallet", "balance", "--viewing-key", "tabview1qqqqqq"], 1);
    assert!(broken.contains("not a viewing key") && !broken.contains("qqq"), "{broken}");
}

#[test]
fn commands_without_a_ledger_say_how_to_make_one() {
    let town = Town::bare();
    for arguments in [&["asset", "list"][..], &["wallet", "balance"], &["wallet", "history"]] {
        let said = town.refused("anybody", arguments, 66);
        assert!(said.contains("`tabella ledger init NAME` makes one"), "{said}");
    }
    town.run("anybody", &["ledger", "init", "ledger.test"]);
    assert!(town.refused("anybody", &["ledger", "init", "ledger.test"], 73).contains("already"));
    town.refused("anybody", &["--ledger", "elsewhere", "ledger", "init", "two words"], 1);
    assert_eq!(town.run("anybody", &["asset", "list"])["assets"], serde_json::json!([]));
}

#[test]
fn account_is_filled_paid_from_and_found_again_with_the_seed_alone() {
    fn with<'a>(verb: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        [&["account", verb, "--asset", "Crown"], rest].concat()
    }
    let town = Town::new();
    let alice = town.person("alice");
    town.person("bob");
    town.run("issuer", &issue(&alice, "Crown", "100.00"));
    assert_eq!(town.run("alice", &["account", "balance"])["accounts"].as_array().unwrap().len(), 0);
    let said = town.refused("alice", &with("pay", &["--amount", "1", "--to", NOWHERE]), 66);
    assert!(said.contains("tabella account open"), "{said}");
    let own = text(&town.run("alice", &with("open", &[]))["account"]).to_owned();
    let others = text(&town.run("bob", &with("open", &[]))["account"]).to_owned();

    // Into the account, hidden; accepted.
    let moved = town.run("alice", &with("deposit", &["--amount", "60.00"]));
    assert_eq!((text(&moved["amount"]), &moved["hidden"], text(&moved["balance"])), ("60.00", &true.into(), "0.00"));
    assert_eq!(town.spendable("alice", "Crown"), "40.00");
    let listed = town.run("alice", &["account", "balance"]);
    assert_eq!(text(&listed["accounts"][0]["waiting"][0]["amount"]), "60.00");
    let accepted = town.run("alice", &with("accept", &[]));
    assert_eq!((text(&accepted["amount"]), text(&accepted["balance"])), ("60.00", "60.00"));
    town.refused("alice", &with("accept", &[]), 1);

    // To another account, and out of it again.
    let mut pay = with("pay", &["--amount", "25.50"]);
    pay.extend(["--to", &others]);
    assert_eq!(text(&town.run("alice", &pay)["balance"]), "34.50");
    let said = town.refused("alice", &with("withdraw", &["--amount", "34.51"]), 1);
    assert!(said.contains("34.50 Crown"), "{said}");
    assert_eq!(text(&town.run("bob", &with("accept", &[]))["balance"]), "25.50");
    assert_eq!(text(&town.run("bob", &with("withdraw", &["--amount", "5.50", "--public"]))["balance"]), "20.00");
    assert_eq!(text(&town.run("bob", &with("withdraw", &["--amount", "0.50"]))["balance"]), "19.50");
    assert_eq!(town.spendable("bob", "Crown"), "6.00");

    // Everything was read from the ledger: there is no other file than the wallet's.
    let files = |person| std::fs::read_dir(town.home(person)).unwrap().count();
    assert_eq!((files("alice"), files("bob")), (1, 1));
    assert_eq!(text(&town.run("alice", &["account", "balance"])["accounts"][0]["account"]), own);
    let other = town.run("alice", &["account", "balance", "--number", "1"]);
    assert_eq!(other["accounts"].as_array().unwrap().len(), 0);
}

#[test]
fn what_nobody_accepted_in_time_is_sent_back_by_anybody_and_once() {
    fn with<'a>(verb: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
        [&["account", verb, "--asset", "Crown"], rest].concat()
    }
    let town = Town::new();
    let alice = town.person("alice");
    town.person("bob");
    town.run("issuer", &issue(&alice, "Crown", "100.00"));
    town.run("alice", &with("open", &[]));
    let bobs = text(&town.run("bob", &with("open", &[]))["account"]).to_owned();
    town.run("alice", &with("deposit", &["--amount", "60.00"]));
    town.run("alice", &with("accept", &[]));
    town.run("alice", &with("pay", &["--amount", "25.50", "--to", &bobs, "--within", "2"]));
    let listed = town.run("bob", &["account", "balance"]);
    let deposit = text(&listed["accounts"][0]["waiting"][0]["deposit"]).to_owned();
    let back = ["account", "return", deposit.as_str()];

    // In time it is Bob's to accept; later it is not.
    let said = town.refused("carol", &back, 1);
    assert!(said.contains("can still be accepted"), "{said}");
    let said = town.refused("carol", &["account", "return", NOWHERE], 1);
    assert!(said.contains("does not wait here"), "{said}");
    let later = town.later(2 * 86_400);
    let said = later.refused("bob", &with("accept", &[]), 1);
    assert!(said.contains("no deposit waits"), "{said}");

    // Anybody sends it back, who needs no wallet for it.
    assert_eq!(text(&later.run("carol", &back)["deposit"]), deposit);
    let said = later.refused("carol", &back, 1);
    assert!(said.contains("accepted before"), "{said}");
    assert_eq!(text(&later.run("alice", &with("accept", &[]))["balance"]), "60.00");
    let said = later.refused("carol", &back, 1);
    assert!(said.contains("accepted before"), "{said}");
    assert_eq!(later.run("bob", &["account", "balance"])["accounts"][0]["waiting"], serde_json::json!([]));
}

//! Trade finance through the command: everybody with a wallet and a folder of their own, over one ledger.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::town::{Town, done, owned};

impl Town {
    /// A wallet: its address and its key for trade.
    fn trader(&self, name: &str) -> (String, String) {
        (self.person(name), owned(&self.run(name, &["trade", "key"])["key"]))
    }

    fn money(&self, to: &str, amount: &str) {
        let issue = ["asset", "issue", "--name", "Euro", "--decimals", "2", "--cap", "100000.00"];
        self.run("issuer", &[issue.as_slice(), &["--to", to, "--amount", amount]].concat());
    }
}

#[test]
fn letter_of_credit_goes_from_draft_to_claim() {
    let town = Town::new();
    let (buyer, bank, seller, carrier) =
        (town.trader("buyer"), town.trader("bank"), town.trader("seller"), town.trader("carrier"));
    town.money(&bank.0, "2000.00");
    let letter = town.file("coffee.letter");
    let bill = format!("bill-of-lading={}", carrier.1);
    let invoice = format!("commercial-invoice={}", seller.1);
    let address = owned(&town.run("seller", &["wallet", "address", "--index", "9"])["address"]);
    let draft = |out: &str, expiry: &str| {
        [
            "trade",
            "lc",
            "draft",
            "--issuing-bank",
            &bank.1,
            "--advising-bank",
            &bank.1,
            "--beneficiary",
            &seller.1,
            "--pay-to",
            &address,
            "--asset",
            "Euro",
            "--amount",
            "950.00",
            "--document",
            &bill,
            "--document",
            &invoice,
            "--latest-shipment",
            "2037-01-01T00:00:00Z",
            "--expiry",
            expiry,
            "--claim-until",
            "2037-06-01T00:00:00Z",
            "--silence-accepts-after",
            "7",
            "--description",
            "400 bags of coffee",
            "--out",
            out,
        ]
        .map(ToOwned::to_owned)
    };
    fn borrowed(arguments: &[String]) -> Vec<&str> {
        arguments.iter().map(String::as_str).collect()
    }
    let said = town.refused("buyer", &borrowed(&draft(&letter, "2037-07-01T00:00:00Z")), 1);
    assert!(said.contains("expiry"), "{said}");
    let id = owned(&town.run("buyer", &borrowed(&draft(&letter, "2037-03-01T00:00:00Z")))["letter"]);
    let said = town.refused("buyer", &borrowed(&draft(&letter, "2037-03-01T00:00:00Z")), 73);
    assert!(said.contains("coffee.letter"), "{said}");
    let said = town.refused("bank", &["trade", "lc", "advise", &letter], 66);
    assert!(said.contains("lc issue"), "{said}");
    let issue = ["trade", "lc", "issue", &letter, "--id", &id, "--pay-to", &address];
    let said = town.refused("seller", &issue, 1);
    assert!(said.contains("issuing bank"), "{said}");
    // Another letter of the same amount lies in the place of the one that was read.
    let swapped = town.file("swapped.letter");
    town.run("buyer", &borrowed(&draft(&swapped, "2037-04-01T00:00:00Z")));
    let said = town.refused("bank", &["trade", "lc", "issue", &swapped, "--id", &id, "--pay-to", &address], 1);
    assert!(said.contains("another letter"), "{said}");
    let said = town.refused("bank", &["trade", "lc", "issue", &letter, "--id", &id, "--pay-to", &bank.0], 1);
    assert!(said.contains("another address"), "{said}");
    let read = town.run("bank", &["trade", "lc", "review", &letter]);
    assert_eq!((owned(&read["letter"]), owned(&read["pay_to"])), (id.clone(), address.clone()));
    assert_eq!((owned(&read["amount"]), owned(&read["beneficiary"])), ("950.00".into(), seller.1.clone()));

    let issued = town.run("bank", &issue);
    assert_eq!((owned(&issued["letter"]), owned(&issued["status"])), (id.clone(), "awaiting".into()));
    assert_eq!(town.spendable("bank", "Euro"), "1050.00");
    town.run("bank", &["trade", "lc", "advise", &letter]);
    let seen = town.run("seller", &["trade", "lc", "show", &letter]);
    assert_eq!((owned(&seen["amount"]), &seen["claimable"]), ("950.00".into(), &Value::Bool(true)));
    assert_eq!(owned(&seen["description"]), "400 bags of coffee");
    // Whoever has no file and no part in it sees no amount.
    let carriers = town.run("carrier", &["trade", "lc", "show", &id]);
    assert_eq!((&carriers["amount"], &carriers["roles"][0]), (&Value::Null, &Value::from("signer of documents")));
    let said = town.refused("seller", &["trade", "lc", "claim", &letter], 1);
    assert!(said.contains("not been accepted"), "{said}");

    let (paper, papers) = (town.file("bill.txt"), town.file("invoice.txt"));
    fs::write(&paper, "400 bags on board").unwrap();
    fs::write(&papers, "950.00").unwrap();
    let (signed_bill, signed_invoice) = (town.file("bill.signed"), town.file("invoice.signed"));
    let endorse =
        ["trade", "lc", "endorse", &letter, "--kind", "bill-of-lading", "--content", &paper, "--out", &signed_bill];
    let said = town.refused("carrier", &endorse, 1);
    assert!(said.contains("--shipped"), "{said}");
    town.run("carrier", &[endorse.as_slice(), &["--shipped", "2026-01-01T00:00:00Z"]].concat());
    town.run(
        "seller",
        &[
            "trade",
            "lc",
            "endorse",
            &letter,
            "--kind",
            "commercial-invoice",
            "--content",
            &papers,
            "--out",
            &signed_invoice,
        ],
    );
    let said = town.refused("seller", &["trade", "lc", "present", &letter, "--document", &signed_invoice], 1);
    assert!(said.contains("bill-of-lading"), "{said}");
    let present = ["trade", "lc", "present", &letter, "--document", &signed_invoice, "--document", &signed_bill];
    town.run("seller", &present);
    let examine = |content: &str| {
        ["trade", "lc", "examine", &letter, "--document", &signed_bill, "--content", content].map(ToOwned::to_owned)
    };
    town.run("bank", &borrowed(&examine(&paper)));
    let said = town.refused("bank", &borrowed(&examine(&papers)), 1);
    assert!(said.contains("content"), "{said}");
    let said = town.refused("seller", &["trade", "lc", "accept", &letter], 1);
    assert!(said.contains("examiner"), "{said}");
    // Refused, then waived by those who pay; but the seller presents again when the first documents were read.
    let discrepancy = ["trade", "lc", "discrepancy", &letter, "--found", "2=goods", "--found", "1=amount"];
    town.run("bank", &discrepancy);
    let read = town.run("buyer", &["trade", "lc", "review", &id]);
    let [old, ended] = ["waiver", "cancellation"].map(|what| owned(&read[what]));
    let again = town.file("again.signed");
    let other = town.file("other-invoice.txt");
    fs::write(&other, "949.00").unwrap();
    let endorse = ["trade", "lc", "endorse", &letter, "--kind", "commercial-invoice", "--content", &other];
    town.run("seller", &[endorse.as_slice(), &["--out", &again]].concat());
    town.run("seller", &["trade", "lc", "present", &letter, "--document", &again, "--document", &signed_bill]);
    town.run("bank", &discrepancy);
    let shown = town.run("buyer", &["trade", "lc", "show", &letter]);
    assert_eq!((owned(&shown["status"]), shown["discrepancies"].as_array().unwrap().len()), ("refused".into(), 2));
    let consent = town.file("waiver");
    let agree = |to: &str, digest: &str| {
        ["trade", "lc", "consent", &letter, to, "--digest", digest, "--out", &consent].map(ToOwned::to_owned)
    };
    let said = town.refused("buyer", &borrowed(&agree("--waive", &old)), 1);
    assert!(said.contains("number 2") && said.contains("lc review"), "{said}");
    let said = town.refused("buyer", &borrowed(&agree("--cancel", &ended)), 1);
    assert!(said.contains("0 amendments and 2 presentations"), "{said}");
    let digest = owned(&town.run("buyer", &["trade", "lc", "review", &id])["waiver"]);
    town.run("buyer", &borrowed(&agree("--waive", &digest)));
    let waive = |step: &str, digest: &str| {
        ["trade", "lc", step, &letter, "--digest", digest, "--consent", &consent].map(ToOwned::to_owned)
    };
    let said = town.refused("bank", &borrowed(&waive("waive", &old)), 1);
    assert!(said.contains("number 2"), "{said}");
    let said = town.refused("bank", &borrowed(&waive("cancel", &ended)), 1);
    assert!(said.contains("2 presentations"), "{said}");
    let waived = town.run("bank", &borrowed(&waive("waive", &digest)));
    assert_eq!(owned(&waived["status"]), "waived");
    let claimed = town.run("seller", &["trade", "lc", "claim", &letter]);
    assert_eq!(owned(&claimed["amount"]), "950.00");
    assert_eq!(town.spendable("seller", "Euro"), "950.00");
    let listed = town.run("buyer", &["trade", "lc", "list"]);
    assert_eq!(owned(&listed["letters"][0]["letter"]), id);
    assert_eq!(town.run("buyer", &["trade", "lc", "show", &id])["claimed"], 1);
    let said = town.refused("bank", &["trade", "lc", "refund", &letter], 66);
    assert!(said.contains("nothing to take back"), "{said}");
    drop(buyer);
}

#[test]
fn letter_is_amended_by_consent_with_more_money() {
    let town = Town::new();
    let (_, bank, seller) = (town.trader("buyer"), town.trader("bank"), town.trader("seller"));
    town.money(&bank.0, "2000.00");
    let letter = town.file("letter");
    let invoice = format!("commercial-invoice={}", seller.1);
    let drafted = town.run(
        "buyer",
        &[
            "trade",
            "lc",
            "draft",
            "--issuing-bank",
            &bank.1,
            "--advising-bank",
            &bank.1,
            "--beneficiary",
            &seller.1,
            "--pay-to",
            &seller.0,
            "--asset",
            "Euro",
            "--amount",
            "950.00",
            "--document",
            &invoice,
            "--expiry",
            "2037-03-01T00:00:00Z",
            "--claim-until",
            "2037-06-01T00:00:00Z",
            "--description",
            "a machine",
            "--out",
            &letter,
        ],
    );
    town.run("bank", &["trade", "lc", "issue", &letter, "--id", &owned(&drafted["letter"]), "--pay-to", &seller.0]);
    let (amendment, buyers, sellers) = (town.file("amendment"), town.file("buyers"), town.file("sellers"));
    let draft = |expiry: &str, out: &str| {
        let draft = ["trade", "lc", "draft-amendment", &letter, "--increase", "50.00"];
        owned(&town.run("bank", &[draft.as_slice(), &["--expiry", expiry, "--out", out]].concat())["digest"])
    };
    let digest = draft("2037-05-01T00:00:00Z", &amendment);
    let read = town.run("buyer", &["trade", "lc", "review", &amendment]);
    assert_eq!((owned(&read["digest"]), owned(&read["amount"])), (digest.clone(), "50.00".into()));
    // Another amendment with the same increase lies in the place of the one that was read.
    let swapped = town.file("swapped");
    draft("2037-04-01T00:00:00Z", &swapped);
    let consent = |amendment: &str, out: &str| {
        ["trade", "lc", "consent", &letter, "--amendment", amendment, "--digest", &digest, "--out", out]
            .map(ToOwned::to_owned)
    };
    fn borrowed(arguments: &[String]) -> Vec<&str> {
        arguments.iter().map(String::as_str).collect()
    }
    let said = town.refused("buyer", &borrowed(&consent(&swapped, &buyers)), 1);
    assert!(said.contains("another amendment"), "{said}");
    town.run("buyer", &borrowed(&consent(&amendment, &buyers)));
    let amend = |amendment: &str, to: &str| {
        let amend = ["trade", "lc", "amend", &letter, "--amendment", amendment, "--digest", &digest];
        [amend.as_slice(), &["--pay-to", to, "--consent", &buyers]]
            .concat()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect()
    };
    let whole: Vec<String> = amend(&amendment, &seller.0);
    let said = town.refused("bank", &borrowed(&amend(&swapped, &seller.0)), 1);
    assert!(said.contains("another amendment"), "{said}");
    let said = town.refused("bank", &borrowed(&amend(&amendment, &bank.0)), 1);
    assert!(said.contains("another address"), "{said}");
    let amend = borrowed(&whole);
    let said = town.refused("bank", &amend, 1);
    assert!(said.contains("beneficiary has not agreed"), "{said}");
    town.run("seller", &borrowed(&consent(&amendment, &sellers)));
    town.run("bank", &[amend.as_slice(), &["--consent", &sellers]].concat());
    let seen = town.run("seller", &["trade", "lc", "show", &letter]);
    assert_eq!((owned(&seen["amount"]), seen["version"].as_u64()), ("1000.00".into(), Some(1)));
    let said = town.refused("bank", &["trade", "lc", "refund", &letter], 1);
    assert!(said.contains("2037-06-01"), "{said}");
}

#[test]
fn invoice_is_confirmed_checked_and_sold() {
    let town = Town::new();
    let (buyer, bank, seller) = (town.trader("buyer"), town.trader("bank"), town.trader("seller"));
    town.money(&bank.0, "1000.00");
    let paper = town.file("invoice.txt");
    fs::write(&paper, "950.00, due in 90 days").unwrap();
    let confirmation = town.file("confirmation");
    let numbered = |number: &str, amount: &str, out: &str| {
        [
            "trade",
            "invoice",
            "confirm",
            "--seller",
            "DE811907980",
            "--invoice",
            number,
            "--asset",
            "Euro",
            "--amount",
            amount,
            "--issued",
            "2026-01-01T00:00:00Z",
            "--due",
            "2026-04-01T00:00:00Z",
            "--document",
            &paper,
            "--to",
            &seller.0,
            "--out",
            out,
        ]
        .map(ToOwned::to_owned)
    };
    let confirm = |amount: &str, out: &str| numbered("2026-117", amount, out);
    fn borrowed(arguments: &[String]) -> Vec<&str> {
        arguments.iter().map(String::as_str).collect()
    }
    let said = town.refused("buyer", &borrowed(&confirm("950.00", &confirmation)), 1);
    assert!(said.contains("register"), "{said}");
    town.run("buyer", &["trade", "invoice", "register"]);
    town.run("buyer", &borrowed(&confirm("950.00", &confirmation)));
    let again = town.run("buyer", &borrowed(&confirm("950.00", &town.file("again"))));
    assert_eq!(again["transaction"], Value::Null);
    let said = town.refused("buyer", &borrowed(&confirm("950.01", &town.file("other"))), 1);
    assert!(said.contains("confirmed before"), "{said}");

    let check = ["trade", "invoice", "check", &confirmation, "--document", &paper, "--debtor"];
    let checked = town.run("bank", &[check.as_slice(), &[&buyer.1]].concat());
    assert_eq!((owned(&checked["amount"]), &checked["confirmed"]), ("950.00".into(), &Value::Bool(true)));
    let said = town.refused("bank", &[check.as_slice(), &[&seller.1]].concat(), 1);
    assert!(said.contains("another debtor"), "{said}");

    let unit = owned(&checked["unit"]);
    let held = |person: &str| town.run(person, &["trade", "invoice", "list"])["invoices"].clone();
    assert_eq!(held("seller"), json!([{"unit": unit, "debtor": buyer.1}]));

    let (offer, answer) = (town.file("offer"), town.file("answer"));
    let factor = |confirmation: &str, asset: &str| {
        let factor =
            ["trade", "invoice", "factor", confirmation, "--unit", &unit, "--asset", asset, "--price", "930.00"];
        [&factor[..], &["--to", &seller.0, "--offer", &offer, "--answer", &answer]]
            .concat()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect::<Vec<String>>()
    };
    // Another invoice of the same debtor, of a tenth, lies in the place of the one that was checked.
    let swapped = town.file("swapped");
    town.run("buyer", &borrowed(&numbered("2026-118", "95.00", &swapped)));
    let said = town.refused("bank", &borrowed(&factor(&swapped, "Euro")), 1);
    assert!(said.contains("swapped is of another invoice") && said.contains("nothing is offered"), "{said}");
    let crown = ["asset", "issue", "--name", "Crown", "--decimals", "2", "--cap", "1.00"];
    town.run("issuer", &[&crown[..], &["--to", &bank.0, "--amount", "1.00"]].concat());
    let said = town.refused("bank", &borrowed(&factor(&confirmation, "Crown")), 1);
    assert!(said.contains("another asset"), "{said}");
    let factor = factor(&confirmation, "Euro");
    let factor = borrowed(&factor);
    let bank_waits = town.spawn("bank", &factor);
    let sell_of = |confirmation: &str, asset: &str, least: &str| {
        let sell = ["trade", "invoice", "sell", confirmation, "--unit", &unit, "--offer", &offer, "--asset", asset];
        [&sell[..], &["--at-least", least, "--answer", &answer]]
            .concat()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect::<Vec<String>>()
    };
    let sell_for = |asset: &str, least: &str| sell_of(&confirmation, asset, least);
    let sell = |least: &str| sell_for("Euro", least);
    while !Path::new(&offer).exists() {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let said = town.refused("seller", &borrowed(&sell("940.00")), 1);
    assert!(said.contains("less than"), "{said}");
    for lie in town.lying_offers(&offer) {
        let lying = sell("930.00").into_iter().map(|one| if one == offer { lie.clone() } else { one });
        let said = town.refused("seller", &borrowed(&lying.collect::<Vec<_>>()), 1);
        assert!(said.contains("something else than this invoice, or in another asset"), "{said}");
    }
    let said = town.refused("seller", &borrowed(&sell_of(&swapped, "Euro", "930.00")), 1);
    assert!(said.contains("swapped is of another invoice") && said.contains("nothing is sold"), "{said}");
    let said = town.refused("seller", &borrowed(&sell_for("Crown", "930.00")), 1);
    assert!(said.contains("another asset"), "{said}");
    town.run("seller", &borrowed(&sell("930.00")));
    let bought = done(&factor, &bank_waits.wait_with_output().unwrap());
    assert_eq!(owned(&bought["price"]), "930.00");
    assert_eq!((town.spendable("seller", "Euro"), town.spendable("bank", "Euro")), ("930.00".into(), "70.00".into()));
    assert_eq!(town.spendable("bank", "confirmed invoice"), "1");
    assert_eq!(held("bank"), json!([{"unit": unit, "debtor": buyer.1}]));
}

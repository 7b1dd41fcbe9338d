//! Trade finance through the command: everybody with a wallet and a folder of their own, over one ledger.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

const PASSPHRASE: &str = "correct horse battery staple";

struct Port {
    folder: tempfile::TempDir,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

impl Port {
    fn new() -> Self {
        let port = Self { folder: tempfile::tempdir().unwrap() };
        port.run("bank", &["ledger", "init", "ledger.test"]);
        port.run("bank", &["asset", "new-issuer"]);
        port
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn spawn(&self, person: &str, arguments: &[&str]) -> Child {
        let home: PathBuf = self.folder.path().join(person);
        Command::new(env!("CARGO_BIN_EXE_tabella"))
            .arg("--json")
            .args(arguments)
            .env("TABELLA_HOME", home)
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_PASSPHRASE", PASSPHRASE)
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[track_caller]
    fn done(arguments: &[&str], output: &Output) -> Value {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[track_caller]
    fn run(&self, person: &str, arguments: &[&str]) -> Value {
        Self::done(arguments, &self.spawn(person, arguments).wait_with_output().unwrap())
    }

    /// What a refused command says, its causes included.
    #[track_caller]
    fn refused(&self, person: &str, arguments: &[&str], code: i32) -> String {
        let output = self.spawn(person, arguments).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
        let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        let causes = error["error"]["causes"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("; ");
        format!("{}; {causes}", text(&error["error"]["message"]))
    }

    /// A wallet: its address and its key for trade.
    fn person(&self, name: &str) -> (String, String) {
        let address = text(&self.run(name, &["wallet", "new"])["address"]);
        (address, text(&self.run(name, &["trade", "key"])["key"]))
    }

    fn spendable(&self, person: &str, asset: &str) -> String {
        let balance = self.run(person, &["wallet", "balance"]);
        let held = balance["balances"].as_array().unwrap().iter().find(|held| held["name"] == asset);
        held.map_or_else(|| "nothing".into(), |held| text(&held["spendable"]))
    }

    fn money(&self, to: &str, amount: &str) {
        let issue = ["asset", "issue", "--name", "Euro", "--decimals", "2", "--cap", "100000.00"];
        self.run("bank", &[issue.as_slice(), &["--to", to, "--amount", amount]].concat());
    }
}

#[test]
fn letter_of_credit_goes_from_draft_to_claim() {
    let port = Port::new();
    let (buyer, bank, seller, carrier) =
        (port.person("buyer"), port.person("bank"), port.person("seller"), port.person("carrier"));
    port.money(&bank.0, "2000.00");
    let letter = port.file("coffee.letter");
    let bill = format!("bill-of-lading={}", carrier.1);
    let invoice = format!("commercial-invoice={}", seller.1);
    let address = text(&port.run("seller", &["wallet", "address", "--index", "9"])["address"]);
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
    let said = port.refused("buyer", &borrowed(&draft(&letter, "2037-07-01T00:00:00Z")), 1);
    assert!(said.contains("expiry"), "{said}");
    let id = text(&port.run("buyer", &borrowed(&draft(&letter, "2037-03-01T00:00:00Z")))["letter"]);
    let said = port.refused("buyer", &borrowed(&draft(&letter, "2037-03-01T00:00:00Z")), 73);
    assert!(said.contains("coffee.letter"), "{said}");
    let said = port.refused("bank", &["trade", "lc", "advise", &letter], 66);
    assert!(said.contains("lc issue"), "{said}");
    let said = port.refused("seller", &["trade", "lc", "issue", &letter], 1);
    assert!(said.contains("issuing bank"), "{said}");

    let issued = port.run("bank", &["trade", "lc", "issue", &letter]);
    assert_eq!((text(&issued["letter"]), text(&issued["status"])), (id.clone(), "awaiting".into()));
    assert_eq!(port.spendable("bank", "Euro"), "1050.00");
    port.run("bank", &["trade", "lc", "advise", &letter]);
    let seen = port.run("seller", &["trade", "lc", "show", &letter]);
    assert_eq!((text(&seen["amount"]), &seen["claimable"]), ("950.00".into(), &Value::Bool(true)));
    assert_eq!(text(&seen["description"]), "400 bags of coffee");
    // Whoever has no file and no part in it sees no amount.
    let carriers = port.run("carrier", &["trade", "lc", "show", &id]);
    assert_eq!((&carriers["amount"], &carriers["roles"][0]), (&Value::Null, &Value::from("signer of documents")));
    let said = port.refused("seller", &["trade", "lc", "claim", &letter], 1);
    assert!(said.contains("not been accepted"), "{said}");

    let (paper, papers) = (port.file("bill.txt"), port.file("invoice.txt"));
    fs::write(&paper, "400 bags on board").unwrap();
    fs::write(&papers, "950.00").unwrap();
    let (signed_bill, signed_invoice) = (port.file("bill.signed"), port.file("invoice.signed"));
    let endorse =
        ["trade", "lc", "endorse", &letter, "--kind", "bill-of-lading", "--content", &paper, "--out", &signed_bill];
    let said = port.refused("carrier", &endorse, 1);
    assert!(said.contains("--shipped"), "{said}");
    port.run("carrier", &[endorse.as_slice(), &["--shipped", "2026-01-01T00:00:00Z"]].concat());
    port.run(
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
    let said = port.refused("seller", &["trade", "lc", "present", &letter, "--document", &signed_invoice], 1);
    assert!(said.contains("bill-of-lading"), "{said}");
    let present = ["trade", "lc", "present", &letter, "--document", &signed_invoice, "--document", &signed_bill];
    port.run("seller", &present);
    let examine = |content: &str| {
        ["trade", "lc", "examine", &letter, "--document", &signed_bill, "--content", content].map(ToOwned::to_owned)
    };
    port.run("bank", &borrowed(&examine(&paper)));
    let said = port.refused("bank", &borrowed(&examine(&papers)), 1);
    assert!(said.contains("content"), "{said}");
    let said = port.refused("seller", &["trade", "lc", "accept", &letter], 1);
    assert!(said.contains("examiner"), "{said}");
    // Refused, then waived by those who pay.
    port.run("bank", &["trade", "lc", "discrepancy", &letter, "--found", "2=goods", "--found", "1=amount"]);
    let shown = port.run("buyer", &["trade", "lc", "show", &letter]);
    assert_eq!((text(&shown["status"]), shown["discrepancies"].as_array().unwrap().len()), ("refused".into(), 2));
    let consent = port.file("waiver");
    port.run("buyer", &["trade", "lc", "consent", &letter, "--waive", "--out", &consent]);
    let waived = port.run("bank", &["trade", "lc", "waive", &letter, "--consent", &consent]);
    assert_eq!(text(&waived["status"]), "waived");
    let claimed = port.run("seller", &["trade", "lc", "claim", &letter]);
    assert_eq!(text(&claimed["amount"]), "950.00");
    assert_eq!(port.spendable("seller", "Euro"), "950.00");
    let listed = port.run("buyer", &["trade", "lc", "list"]);
    assert_eq!(text(&listed["letters"][0]["letter"]), id);
    assert_eq!(port.run("buyer", &["trade", "lc", "show", &id])["claimed"], 1);
    let said = port.refused("bank", &["trade", "lc", "refund", &letter], 66);
    assert!(said.contains("nothing to take back"), "{said}");
    drop(buyer);
}

#[test]
fn letter_is_amended_by_consent_with_more_money() {
    let port = Port::new();
    let (_, bank, seller) = (port.person("buyer"), port.person("bank"), port.person("seller"));
    port.money(&bank.0, "2000.00");
    let letter = port.file("letter");
    let invoice = format!("commercial-invoice={}", seller.1);
    port.run(
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
    port.run("bank", &["trade", "lc", "issue", &letter]);
    let (amendment, buyers, sellers) = (port.file("amendment"), port.file("buyers"), port.file("sellers"));
    port.run(
        "bank",
        &[
            "trade",
            "lc",
            "draft-amendment",
            &letter,
            "--expiry",
            "2037-05-01T00:00:00Z",
            "--increase",
            "50.00",
            "--out",
            &amendment,
        ],
    );
    port.run("buyer", &["trade", "lc", "consent", &letter, "--amendment", &amendment, "--out", &buyers]);
    let amend = ["trade", "lc", "amend", &letter, "--amendment", &amendment, "--consent", &buyers];
    let said = port.refused("bank", &amend, 1);
    assert!(said.contains("beneficiary has not agreed"), "{said}");
    port.run("seller", &["trade", "lc", "consent", &letter, "--amendment", &amendment, "--out", &sellers]);
    port.run("bank", &[amend.as_slice(), &["--consent", &sellers]].concat());
    let seen = port.run("seller", &["trade", "lc", "show", &letter]);
    assert_eq!((text(&seen["amount"]), seen["version"].as_u64()), ("1000.00".into(), Some(1)));
    let said = port.refused("bank", &["trade", "lc", "refund", &letter], 1);
    assert!(said.contains("2037-06-01"), "{said}");
}

#[test]
fn invoice_is_confirmed_checked_and_sold() {
    let port = Port::new();
    let (buyer, bank, seller) = (port.person("buyer"), port.person("bank"), port.person("seller"));
    port.money(&bank.0, "1000.00");
    let paper = port.file("invoice.txt");
    fs::write(&paper, "950.00, due in 90 days").unwrap();
    let confirmation = port.file("confirmation");
    let confirm = |amount: &str, out: &str| {
        [
            "trade",
            "invoice",
            "confirm",
            "--seller",
            "DE811907980",
            "--invoice",
            "2026-117",
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
    fn borrowed(arguments: &[String]) -> Vec<&str> {
        arguments.iter().map(String::as_str).collect()
    }
    let said = port.refused("buyer", &borrowed(&confirm("950.00", &confirmation)), 1);
    assert!(said.contains("register"), "{said}");
    port.run("buyer", &["trade", "invoice", "register"]);
    port.run("buyer", &borrowed(&confirm("950.00", &confirmation)));
    let again = port.run("buyer", &borrowed(&confirm("950.00", &port.file("again"))));
    assert_eq!(again["transaction"], Value::Null);
    let said = port.refused("buyer", &borrowed(&confirm("950.01", &port.file("other"))), 1);
    assert!(said.contains("confirmed before"), "{said}");

    let check = ["trade", "invoice", "check", &confirmation, "--document", &paper, "--debtor"];
    let checked = port.run("bank", &[check.as_slice(), &[&buyer.1]].concat());
    assert_eq!((text(&checked["amount"]), &checked["confirmed"]), ("950.00".into(), &Value::Bool(true)));
    let said = port.refused("bank", &[check.as_slice(), &[&seller.1]].concat(), 1);
    assert!(said.contains("another debtor"), "{said}");

    let (offer, answer) = (port.file("offer"), port.file("answer"));
    let factor = [
        "trade",
        "invoice",
        "factor",
        &confirmation,
        "--price",
        "930.00",
        "--to",
        &seller.0,
        "--offer",
        &offer,
        "--answer",
        &answer,
    ];
    let bank_waits = port.spawn("bank", &factor);
    let sell = |least: &str| {
        ["trade", "invoice", "sell", &confirmation, "--offer", &offer, "--at-least", least, "--answer", &answer]
            .map(ToOwned::to_owned)
    };
    while !PathBuf::from(&offer).exists() {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let said = port.refused("seller", &borrowed(&sell("940.00")), 1);
    assert!(said.contains("less than"), "{said}");
    port.run("seller", &borrowed(&sell("930.00")));
    let bought = Port::done(&factor, &bank_waits.wait_with_output().unwrap());
    assert_eq!(text(&bought["price"]), "930.00");
    assert_eq!((port.spendable("seller", "Euro"), port.spendable("bank", "Euro")), ("930.00".into(), "70.00".into()));
    assert_eq!(port.spendable("bank", "confirmed invoice"), "1");
}

//! Remittance through the command: a sender, a provider and a receiver's institution over one ledger, from a bank's order to a
//! bank's notice, and one that comes back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

const HOUR: u64 = 3_600;

/// A ledger, and a home for each person.
struct World {
    folder: tempfile::TempDir,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.run("mint", &["ledger", "init", "ledger.test"]);
        world.run("mint", &["asset", "new-issuer"]);
        for person in ["anna", "exchange", "hankang"] {
            world.run(person, &["wallet", "new"]);
        }
        for (person, name, decimals, amount) in [("anna", "EUR", "2", "2500.00"), ("exchange", "KRW", "0", "2000000")] {
            let address = text(&world.run(person, &["wallet", "address"])["address"]);
            let issue = ["asset", "issue", "--name", name, "--decimals", decimals, "--cap", amount];
            world.run("mint", &[&issue[..], &["--to", &address, "--amount", amount]].concat());
        }
        world
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The command of a person whose clock is ahead.
    fn spawn(&self, person: &str, ahead: u64, arguments: &[&str]) -> Child {
        let home: PathBuf = self.folder.path().join(person);
        Command::new(env!("CARGO_BIN_EXE_tabella"))
            .arg("--json")
            .args(arguments)
            .env("TABELLA_HOME", home)
            .env("TABELLA_LEDGER", self.folder.path().join("ledger"))
            .env("TABELLA_PASSPHRASE", "correct horse battery staple")
            .env("TABELLA_INSECURE_FAST_KEY_FILES", "1")
            .env("TABELLA_INSECURE_CLOCK_AHEAD", ahead.to_string())
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
    fn run_at(&self, person: &str, ahead: u64, arguments: &[&str]) -> Value {
        Self::done(arguments, &self.spawn(person, ahead, arguments).wait_with_output().unwrap())
    }

    #[track_caller]
    fn run(&self, person: &str, arguments: &[&str]) -> Value {
        self.run_at(person, 0, arguments)
    }

    /// What a refused command says, causes and all.
    #[track_caller]
    fn refused(&self, person: &str, ahead: u64, arguments: &[&str]) -> String {
        let output = self.spawn(person, ahead, arguments).wait_with_output().unwrap();
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn spendable(&self, person: &str, ahead: u64, asset: &str) -> String {
        let balance = self.run_at(person, ahead, &["wallet", "balance"]);
        let rows = balance["balances"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == asset);
        row.map_or_else(|| "none".into(), |row| text(&row["spendable"]))
    }

    fn corridor(&self) -> String {
        let open = ["remittance", "open-corridor", "--name", "Poland to Korea", "--pays", "EUR", "--receives", "KRW"];
        text(&self.run("exchange", &[&open[..], &["--below", "1000.00"]].concat())["corridor"])
    }

    fn provider(&self) -> String {
        text(&self.run("exchange", &["remittance", "key"])["key"])
    }

    fn payee(&self, number: &str, corridor: &str, file: &str) {
        let payee = ["remittance", "payee", "--number", number, "--corridor", corridor, "--output", file];
        self.run("hankang", &payee);
    }

    fn quote(&self, corridor: &str, file: &str, amount: [&str; 2]) -> Value {
        let quote = ["remittance", "quote", "--corridor", corridor, "--rate", "1560", "--fee", "1.50"];
        let rest = ["--fee-points", "50", amount[0], amount[1], "--output", file];
        self.run("exchange", &[&quote[..], &rest].concat())
    }

    /// Both sides at work at once: the sender waits for the provider's answer.
    fn send(&self, quote: &str, name: &str, more: &[&str]) -> Value {
        let [payee, order, answer, notice] =
            ["payee", "order", "answer", "notice"].map(|kind| self.file(&format!("{name}.{kind}")));
        let travel = self.file("travel.json");
        fs::write(&travel, travel_data().to_string()).unwrap();
        let provider = self.provider();
        let arguments = [
            &["remittance", "send", quote, "--payee", &payee, "--travel", &travel, "--order", &order][..],
            &["--answer", &answer, "--notice", &notice, "--wait", "2", "--at-most", "100.00", "--at-least", "152880"],
            &["--provider", &provider],
            more,
        ]
        .concat();
        let sender = self.spawn("anna", 0, &arguments);
        wait_for(Path::new(&order));
        self.run("exchange", &["remittance", "answer", &order, "--output", &answer]);
        Self::done(&arguments, &sender.wait_with_output().unwrap())
    }
}

fn wait_for(path: &Path) {
    for _ in 0..600 {
        // The command makes the file, and fills it then.
        if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            return;
        }
        thread::sleep(Duration::from_millis(200));
    }
    panic!("{} did not come", path.display());
}

fn travel_data() -> Value {
    let name = |first: &str, family: &str| json!({"nameIdentifier": [{"primaryIdentifier": family, "secondaryIdentifier": first, "nameIdentifierType": "LEGL"}]});
    json!({
        "originator": {
            "originatorPersons": [{"naturalPerson": {"name": name("Anna", "Nowak"), "customerIdentification": "A-17"}}],
            "accountNumber": ["PL61109010140000071219812874"]
        },
        "beneficiary": {"beneficiaryPersons": [{"naturalPerson": {"name": name("Minji", "Kim")}}]},
    })
}

const ORDER: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
  <GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-30T10:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Anna Nowak</Nm></InitgPty></GrpHdr>
  <PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-30</Dt></ReqdExctnDt><Dbtr><Nm>Anna Nowak</Nm></Dbtr>
    <DbtrAcct><Id><IBAN>PL61109010140000071219812874</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>
    <CdtTrfTxInf><PmtId><EndToEndId>INV-2026-17</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.00</InstdAmt></Amt>
      <Cdtr><Nm>Minji Kim</Nm></Cdtr><RmtInf><Ustrd>Invoice 17</Ustrd></RmtInf></CdtTrfTxInf></PmtInf>
</CstmrCdtTrfInitn></Document>"#;

#[test]
fn order_of_a_bank_becomes_a_notice_of_a_bank() {
    let world = World::new();
    let corridor = world.corridor();
    assert_eq!(world.run("anybody", &["remittance", "corridors"])["corridors"][0]["below"], "1000.00");
    let (quote, payee) = (world.file("quote"), world.file("first.payee"));
    let shown = world.quote(&corridor, &quote, ["--pay", "100.00"]);
    assert_eq!((&shown["fee"], &shown["deliver"]), (&json!("2.00"), &json!("152880")));
    assert_eq!(world.run("anna", &["remittance", "check-quote", &quote])["pay"], "100.00");
    world.payee("1", &corridor, &payee);
    let message = world.file("pain.xml");
    fs::write(&message, ORDER).unwrap();
    assert_eq!(world.run("anna", &["remittance", "pain001", &message])["orders"][0]["end_to_end"], "INV-2026-17");
    // Less than the quote is not enough.
    let files = ["order", "answer", "notice"].map(|kind| world.file(kind));
    let travel = world.file("travel.json");
    fs::write(&travel, travel_data().to_string()).unwrap();
    let provider = world.provider();
    let limits = |most: &str, least: &str, provider: &str| {
        let send = ["remittance", "send", &quote, "--payee", &payee, "--travel", &travel, "--pain001", &message];
        let files = ["--order", &files[0], "--answer", &files[1], "--notice", &files[2]];
        let limits = ["--at-most", most, "--at-least", least, "--provider", provider];
        world.refused("anna", 0, &[&send[..], &files, &limits].concat())
    };
    assert!(limits("99.99", "152880", &provider).contains("--at-most allows 99.99"));
    assert!(limits("100", "152881", &provider).contains("--at-least asks for 152881"));
    assert!(limits("100", "152880", &"ab".repeat(32)).contains("not of --provider"));

    let sent = world.send(&quote, "first", &["--pain001", &message]);
    let id = text(&sent["remittance"]);
    assert_eq!(world.run("anybody", &["remittance", "show", &id])["stage"], "locked");
    let notice = world.file("first.notice");
    let own = ["--payee", &*payee, "--number", "1"];
    let arrived = world.run("hankang", &[&["remittance", "check", &notice][..], &own].concat());
    assert_eq!((&arrived["delivered"], &arrived["sender"]), (&json!("152880 KRW"), &json!("Anna Nowak")));
    assert_eq!((&arrived["reference"], &arrived["information"]), (&json!("INV-2026-17"), &json!("Invoice 17")));
    assert_eq!(arrived["paid"], "100.00 EUR");
    let said = world.refused("hankang", 0, &["remittance", "accept", &notice, "--payee", &payee]);
    assert!(said.contains("--number"), "{said}");
    let said = world.refused("exchange", 0, &["remittance", "claim", &id]);
    assert!(said.contains("is not accepted"), "{said}");
    world.run("hankang", &[&["remittance", "accept", &notice][..], &own].concat());
    let (pacs, camt) = (world.file("pacs.xml"), world.file("camt.xml"));
    let agents = ["--debtor-agent", "Bank of the West", "--creditor-agent", "Hankang Bank"];
    let credit = [&["remittance", "camt054", &notice, "--output", &camt][..], &own, &agents].concat();
    let said = world.refused("hankang", 0, &credit);
    assert!(said.contains("is not claimed"), "{said}");
    assert_eq!(world.run("exchange", &["remittance", "claim", &id])["amount"], "100.00");
    assert_eq!(world.run("hankang", &["remittance", "claim", &id, "--number", "1"])["amount"], "152880");
    assert_eq!(world.spendable("hankang", 0, "KRW"), "152880");
    assert_eq!(world.spendable("anna", 0, "EUR"), "2400.00");
    let said = world.refused("hankang", 0, &["remittance", "claim", &id]);
    assert!(said.contains("nothing to claim"), "{said}");

    let order = world.file("first.order");
    world.run("exchange", &[&["remittance", "pacs008", &order, "--output", &pacs][..], &agents].concat());
    world.run("hankang", &credit);
    let (pacs, camt) = (fs::read_to_string(pacs).unwrap(), fs::read_to_string(camt).unwrap());
    assert!(pacs.contains(r#"<InstdAmt Ccy="EUR">100.00</InstdAmt>"#) && pacs.contains("<Ustrd>Invoice 17</Ustrd>"));
    assert!(camt.contains(r#"<Amt Ccy="KRW">152880</Amt>"#) && camt.contains("INV-2026-17"));
    // Keys that have answered are not used again.
    let other = world.file("again");
    let again = ["remittance", "payee", "--number", "1", "--corridor", &corridor, "--output", &other];
    assert!(world.refused("hankang", 0, &again).contains("take another number"));
}

#[test]
fn remittance_that_is_declined_is_taken_back_by_both_when_its_time_has_come() {
    let world = World::new();
    let corridor = world.corridor();
    let (quote, payee) = (world.file("quote"), world.file("back.payee"));
    let shown = world.quote(&corridor, &quote, ["--deliver", "152880"]);
    assert_eq!(shown["deliver"], "152880");
    world.payee("0", &corridor, &payee);
    let sent = world.send(&quote, "back", &["--reference", "GIFT"]);
    let id = text(&sent["remittance"]);
    world.run("hankang", &["remittance", "decline", &id]);
    assert_eq!(world.run("anybody", &["remittance", "show", &id])["stage"], "declined");
    let said = world.refused("anna", 0, &["remittance", "refund", &id]);
    assert!(said.contains("is taken back from"), "{said}");
    let later = 73 * HOUR;
    world.run_at("anna", later, &["remittance", "refund", &id]);
    world.run_at("exchange", later, &["remittance", "refund", &id]);
    assert_eq!(world.spendable("anna", later, "EUR"), "2500.00");
    assert_eq!(world.spendable("exchange", later, "KRW"), "2000000");
    assert_eq!(world.spendable("hankang", later, "KRW"), "none");
}

#[test]
fn demonstration_runs() {
    let world = World::new();
    let shown = world.run("anybody", &["remittance", "demo"]);
    let steps = shown["steps"].as_array().unwrap();
    assert!(steps.iter().filter(|step| text(&step["what"]).contains("refused: ")).count() >= 6, "{shown}");
    assert_eq!(shown["balances"][0], json!(["Anna", "2400.00", "0"]));
}

//! Remittance through the command: a sender, a provider and a receiver's institution over one ledger, from a bank's order to a
//! bank's notice, and one that comes back.

use std::{fs, path::Path, thread, time::Duration};

use serde_json::{Value, json};

use super::town::{Town, done, owned};

const HOUR: u64 = 3_600;

/// A town with a sender, a provider and an institution, and their money.
fn begin() -> Town {
    let town = Town::new();
    let [anna, exchange, _] = ["anna", "exchange", "hankang"].map(|person| town.person(person));
    town.issue("EUR", "2", &anna, "2500.00");
    town.issue("KRW", "0", &exchange, "2000000");
    town
}

impl Town {
    fn corridor(&self) -> String {
        let open = ["remittance", "open-corridor", "--name", "Poland to Korea", "--pays", "EUR", "--receives", "KRW"];
        owned(&self.run("exchange", &[&open[..], &["--below", "1000.00"]].concat())["corridor"])
    }

    fn provider(&self) -> String {
        owned(&self.run("exchange", &["remittance", "key"])["key"])
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
        let sender = self.spawn("anna", &arguments);
        wait_for(Path::new(&order));
        self.run("exchange", &["remittance", "answer", &order, "--output", &answer]);
        done(&arguments, &sender.wait_with_output().unwrap())
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
    let town = begin();
    let corridor = town.corridor();
    assert_eq!(town.run("anybody", &["remittance", "corridors"])["corridors"][0]["below"], "1000.00");
    let (quote, payee) = (town.file("quote"), town.file("first.payee"));
    let shown = town.quote(&corridor, &quote, ["--pay", "100.00"]);
    assert_eq!((&shown["fee"], &shown["deliver"]), (&json!("2.00"), &json!("152880")));
    assert_eq!(town.run("anna", &["remittance", "check-quote", &quote])["pay"], "100.00");
    town.payee("1", &corridor, &payee);
    let message = town.file("pain.xml");
    fs::write(&message, ORDER).unwrap();
    assert_eq!(town.run("anna", &["remittance", "pain001", &message])["orders"][0]["end_to_end"], "INV-2026-17");
    // Less than the quote is not enough.
    let files = ["order", "answer", "notice"].map(|kind| town.file(kind));
    let travel = town.file("travel.json");
    fs::write(&travel, travel_data().to_string()).unwrap();
    let provider = town.provider();
    let limits = |most: &str, least: &str, provider: &str| {
        let send = ["remittance", "send", &quote, "--payee", &payee, "--travel", &travel, "--pain001", &message];
        let files = ["--order", &files[0], "--answer", &files[1], "--notice", &files[2]];
        let limits = ["--at-most", most, "--at-least", least, "--provider", provider];
        town.refused("anna", &[&send[..], &files, &limits].concat(), 1)
    };
    assert!(limits("99.99", "152880", &provider).contains("--at-most allows 99.99"));
    assert!(limits("100", "152881", &provider).contains("--at-least asks for 152881"));
    assert!(limits("100", "152880", &"ab".repeat(32)).contains("not of --provider"));

    let sent = town.send(&quote, "first", &["--pain001", &message]);
    let id = owned(&sent["remittance"]);
    assert_eq!(town.run("anybody", &["remittance", "show", &id])["stage"], "locked");
    // Whoever has locked or may claim something finds it; nobody else does.
    let listed = |person: &str| town.run(person, &["remittance", "list"])["remittances"].clone();
    let (annas, hankangs) = (listed("anna"), listed("hankang"));
    assert_eq!((&annas[0]["remittance"], &annas[0]["part"]), (&json!(id), &json!("locked")));
    assert_eq!((&annas[0]["amount"], &annas[0]["outcome"]), (&json!("100.00"), &json!("locked")));
    assert_eq!((&hankangs[0]["part"], &hankangs[0]["amount"]), (&json!("to claim"), &json!("152880")));
    assert_eq!(listed("exchange").as_array().unwrap().len(), 2);
    town.person("stranger");
    assert_eq!(listed("stranger"), json!([]));
    let notice = town.file("first.notice");
    let (order, again) = (town.file("first.order"), town.file("again.notice"));
    let notice_again =
        |of: &str| ["remittance", "notice", of, "--order", &order, "--output", &again].map(str::to_owned);
    let other = notice_again(&corridor);
    let said = town.refused("anna", &other.each_ref().map(String::as_str), 1);
    assert!(said.contains("first.order is the order of another remittance"), "{said}");
    town.run("anna", &notice_again(&id).each_ref().map(String::as_str));
    assert_eq!(fs::read(&again).unwrap(), fs::read(&notice).unwrap());
    let own = ["--payee", &*payee, "--number", "1"];
    let arrived = town.run("hankang", &[&["remittance", "check", &notice][..], &own].concat());
    assert_eq!((&arrived["delivered"], &arrived["sender"]), (&json!("152880 KRW"), &json!("Anna Nowak")));
    assert_eq!((&arrived["reference"], &arrived["information"]), (&json!("INV-2026-17"), &json!("Invoice 17")));
    assert_eq!(arrived["paid"], "100.00 EUR");
    let said = town.refused("hankang", &["remittance", "accept", &notice, "--payee", &payee], 1);
    assert!(said.contains("--number"), "{said}");
    let said = town.refused("exchange", &["remittance", "claim", &id], 1);
    assert!(said.contains("is not accepted"), "{said}");
    town.run("hankang", &[&["remittance", "accept", &notice][..], &own].concat());
    let (pacs, camt) = (town.file("pacs.xml"), town.file("camt.xml"));
    let agents = ["--debtor-agent", "Bank of the West", "--creditor-agent", "Hankang Bank"];
    let credit = [&["remittance", "camt054", &notice, "--output", &camt][..], &own, &agents].concat();
    let said = town.refused("hankang", &credit, 1);
    assert!(said.contains("is not claimed"), "{said}");
    assert_eq!(town.run("exchange", &["remittance", "claim", &id])["amount"], "100.00");
    assert_eq!(town.run("hankang", &["remittance", "claim", &id, "--number", "1"])["amount"], "152880");
    assert_eq!(town.spendable("hankang", "KRW"), "152880");
    assert_eq!(town.spendable("anna", "EUR"), "2400.00");
    let annas = listed("anna");
    assert_eq!((&annas[0]["stage"], &annas[0]["outcome"]), (&json!("accepted"), &json!("claimed")));
    let said = town.refused("hankang", &["remittance", "claim", &id], 1);
    assert!(said.contains("nothing to claim"), "{said}");

    town.run("exchange", &[&["remittance", "pacs008", &order, "--output", &pacs][..], &agents].concat());
    town.run("hankang", &credit);
    let (pacs, camt) = (fs::read_to_string(pacs).unwrap(), fs::read_to_string(camt).unwrap());
    assert!(pacs.contains(r#"<InstdAmt Ccy="EUR">100.00</InstdAmt>"#) && pacs.contains("<Ustrd>Invoice 17</Ustrd>"));
    assert!(camt.contains(r#"<Amt Ccy="KRW">152880</Amt>"#) && camt.contains("INV-2026-17"));
    // Keys that have answered are not used again.
    let other = town.file("again");
    let again = ["remittance", "payee", "--number", "1", "--corridor", &corridor, "--output", &other];
    assert!(town.refused("hankang", &again, 1).contains("take another number"));
}

#[test]
fn remittance_that_is_declined_is_taken_back_by_both_when_its_time_has_come() {
    let town = begin();
    let corridor = town.corridor();
    let (quote, payee) = (town.file("quote"), town.file("back.payee"));
    let shown = town.quote(&corridor, &quote, ["--deliver", "152880"]);
    assert_eq!(shown["deliver"], "152880");
    town.payee("0", &corridor, &payee);
    let sent = town.send(&quote, "back", &["--reference", "GIFT"]);
    let id = owned(&sent["remittance"]);
    town.run("hankang", &["remittance", "decline", &id]);
    assert_eq!(town.run("anybody", &["remittance", "show", &id])["stage"], "declined");
    let said = town.refused("anna", &["remittance", "refund", &id], 1);
    assert!(said.contains("is taken back from"), "{said}");
    let later = 73 * HOUR;
    town.later(later).run("anna", &["remittance", "refund", &id]);
    assert_eq!(town.later(later).run("anna", &["remittance", "list"])["remittances"][0]["outcome"], "taken back");
    town.later(later).run("exchange", &["remittance", "refund", &id]);
    assert_eq!(town.later(later).spendable("anna", "EUR"), "2500.00");
    assert_eq!(town.later(later).spendable("exchange", "KRW"), "2000000");
    assert_eq!(town.later(later).spendable("hankang", "KRW"), "nothing");
}

#[test]
fn demonstration_runs() {
    let town = begin();
    let shown = town.run("anybody", &["remittance", "demo"]);
    let steps = shown["steps"].as_array().unwrap();
    assert!(steps.iter().filter(|step| owned(&step["what"]).contains("refused: ")).count() >= 6, "{shown}");
    assert_eq!(shown["balances"][0], json!(["Anna", "2400.00", "0"]));
}

//! People at the desk of payments, with forms alone: requests, payments to many, accounts; and what is refused where.

mod accounts;

use rand_core::OsRng;
use tabella_desk::{AssetsDesk, Outcome, PaymentsDesk, Value, Values};
use tabella_protocol::{keys::Address, note::AssetId};
use tabella_prover::wallet::HistoryEvent;
use tabella_stage::{
    Person, Stage,
    testing::{issuer_file, rows, shown, value},
};
use tabella_verifier::{log::Origin, state::standard_applications};

use crate::scene::{NOW, time};

const PASSPHRASE: &str = "four words, drawn by lot";
const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

/// A ledger on which Alice holds 100.00 crowns and 50.00 florins.
struct Square {
    stage: Stage,
    people: Vec<Person>,
    crown: AssetId,
    florin: AssetId,
    _folder: tempfile::TempDir,
}

impl Square {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, standard_applications(), time(NOW)).unwrap();
        let mut people: Vec<_> = ["Alice", "Bob", "Carol"].map(|name| Person::new(name, &mut OsRng)).into();
        let alice = &mut people[ALICE];
        let (crown, florin) =
            (issue(&mut stage, alice, "Crown", "100.00"), issue(&mut stage, alice, "Florin", "50.00"));
        Self { stage, people, crown, florin, _folder: folder }
    }

    #[track_caller]
    fn done(&mut self, who: usize, form: &str, values: &Values) -> Outcome {
        self.stage.done(&mut self.people[who], &PaymentsDesk, form, values).outcome
    }

    /// Refused at a field, or as a whole; what is said.
    #[track_caller]
    fn refused(&mut self, who: usize, form: &str, values: &Values, field: &str) -> String {
        let before = self.stage.ledger.entries();
        let message = self.stage.refused_at(&mut self.people[who], &PaymentsDesk, form, values, field);
        assert_eq!(self.stage.ledger.entries(), before, "nothing went to the ledger");
        message
    }

    /// Crowns that each can spend.
    fn crowns(&mut self) -> [u128; 3] {
        [ALICE, BOB, CAROL].map(|who| {
            self.people[who].read(&self.stage).unwrap();
            self.stage.balance(&self.people[who], self.crown).unwrap()
        })
    }

    /// The memos of what came in.
    fn memos(&self, who: usize) -> Vec<String> {
        let history = self.people[who].holder.wallet().history();
        let received = history.iter().filter(|entry| matches!(entry.event, HistoryEvent::Received(_)));
        received.filter_map(|entry| entry.memo.text().map(str::to_owned)).collect()
    }
}

/// At the desk of assets.
fn issue(stage: &mut Stage, by: &mut Person, name: &str, amount: &str) -> AssetId {
    let values = Values::new()
        .with("name", name)
        .with("decimals", 2)
        .with("cap", amount)
        .with("class", "ordinary")
        .with("to", by.address(0))
        .with("amount", amount)
        .with("passphrase", PASSPHRASE)
        .with_file("key", issuer_file(PASSPHRASE));
    let issued = stage.done(by, &AssetsDesk, "issue-new", &values);
    let mut id = [0; 32];
    hex::decode_to_slice(shown(&issued, "Asset"), &mut id).unwrap();
    AssetId::from_bytes(&id).unwrap()
}

#[test]
fn request_is_paid_as_it_was_agreed_and_an_altered_one_is_not() {
    let mut square = Square::new();
    let (crown, florin) = (square.crown, square.florin);
    let ask = Values::new()
        .with("asset", crown)
        .with("amount", "12.34")
        .with("memo", "invoice 7 & 8")
        .with("label", "Bob's bread")
        .with("message", "Thank you");
    for (field, lie) in [("amount", "0"), ("amount", "1.234"), ("amount", "1e3"), ("asset", &"07".repeat(32))] {
        square.refused(BOB, "request", &ask.clone().with(field, lie), field);
    }
    square.refused(BOB, "request", &ask.clone().with("memo", "x".repeat(513)), "memo");
    let made = square.done(BOB, "request", &ask);
    assert!(made.transaction.is_none() && shown(&made, "Asked for") == "12.34 Crown");
    let request = shown(&made, "Request");
    assert!(request.starts_with("tabella:tab1") && request.contains("&req-ledger="));
    // Each has an address of its own, which is not the one that a wallet shows everybody.
    let again = shown(&square.done(BOB, "request", &ask), "To your address");
    let asked = [shown(&made, "To your address"), again, square.people[BOB].address(0).to_string()];
    assert!(asked[0] != asked[1] && !asked[..2].contains(&asked[2]), "{asked:?}");

    let seen = square.done(ALICE, "read-request", &Values::new().with("request", &request));
    let [row] = rows(&seen, "Asked for").try_into().unwrap();
    assert_eq!(row[..1], ["12.34 Crown"]);
    assert_eq!(row[2..5], ["invoice 7 & 8", "Bob's bread", "Thank you"]);
    // What Bob can tell her on another channel.
    let digest = shown(&seen, "Digest of the request");
    assert_eq!(digest, shown(&made, "Digest of the request"));

    // Somebody changes it on its way to Alice, who knows what she agreed to.
    let agreed =
        Values::new().with("request", &request).with("asset", crown).with("amount", "12.34").with("digest", &digest);
    let to = &request["tabella:".len()..request.find('?').unwrap()];
    let at = |name: &str| request.find(name).unwrap() + name.len();
    let with_id = |at: usize, id: String| format!("{}{id}{}", &request[..at], &request[at + 64..]);
    let unknown = "07".repeat(32);
    for (altered, field, reason) in [
        (request.replace("amount=12.34", "amount=92.34"), "amount", "asks for 92.34 Crown in all, and 12.34 Crown"),
        (request.replace("amount=12.34", "amount=12.345"), "request", "payment 1 of the request"),
        (request.replace("amount=12.34", "amount=0.00"), "request", "amount of 0"),
        (format!("{request}&amount=1"), "request", "gives amount twice"),
        (format!("{request}&req-expires=1"), "request", "demands \"req-expires\""),
        (
            format!("{request}&address.1={}&amount.1=1&asset.1={crown}", square.people[CAROL].address(0)),
            "amount",
            "13.34",
        ),
        (with_id(at("asset="), florin.to_string()), "asset", "asks for 12.34 Florin"),
        (with_id(at("asset="), unknown.clone()), "request", "there is no asset 0707"),
        (with_id(at("req-ledger="), unknown), "request", "to be paid on ledger 0707"),
        (request.replace("tabella:tab1", "tabella:tab1q"), "request", "not an address"),
        (request.replace("memo=", "memo=!"), "request", "memo is not base64url"),
        (request.to_uppercase(), "request", "payment 0"),
        // Asset and sum are what was agreed.
        (request.replace(to, &square.people[CAROL].address(0).to_string()), "digest", "not the request of which"),
        (request.replace(to, &asked[1]), "digest", "not the request of which"),
        (request.replace("&message=Thank", "&message=Dear"), "digest", "not the request of which"),
        (request[..request.find("&req-ledger=").unwrap()].to_owned(), "digest", "not the request of which"),
        (request.replacen("tabella:", "", 1), "request", "begins with"),
    ] {
        let told = square.refused(ALICE, "pay-request", &agreed.clone().with("request", &altered), field);
        assert!(told.contains(reason), "{altered}: {told}");
    }
    for wrong in ["", "12.34", &digest[1..], &"0".repeat(20)] {
        square.refused(ALICE, "pay-request", &agreed.clone().with("digest", wrong), "digest");
    }
    // What is agreed and not there is not paid.
    let dear = request.replace("12.34", "100.01");
    let read =
        shown(&square.done(ALICE, "read-request", &Values::new().with("request", &dear)), "Digest of the request");
    let dear = agreed.clone().with("request", dear).with("amount", "100.01").with("digest", read);
    let told = square.refused(ALICE, "pay-request", &dear, "");
    assert!(told.contains("100.00 Crown can be spent, and 100.01 Crown is needed"), "{told}");
    assert_eq!(square.crowns(), [10_000, 0, 0]);

    let shouted = agreed.with("request", request.replacen("tabella:", "TABELLA:", 1));
    let paid = square.done(ALICE, "pay-request", &shouted);
    assert_eq!(rows(&paid, "Paid")[0][2], "invoice 7 & 8");
    assert_eq!(square.crowns(), [8_766, 1_234, 0]);
    assert_eq!(square.memos(BOB), ["invoice 7 & 8"]);
}

#[test]
fn amount_that_was_moved_between_the_payments_of_a_request_is_not_paid() {
    let mut square = Square::new();
    let (crown, [bob, carol]) = (square.crown, [BOB, CAROL].map(|who| square.people[who].address(0)));
    let both = |[(to, first), (other, second)]: [(Address, &str); 2]| {
        format!("tabella:{to}?amount={first}&asset={crown}&address.1={other}&amount.1={second}&asset.1={crown}")
    };
    let request = both([(bob, "10.00"), (carol, "2.00")]);
    let seen = square.done(ALICE, "read-request", &Values::new().with("request", &request));
    let [first, second] = rows(&seen, "Asked for").try_into().unwrap();
    assert_eq!(first[..2], ["10.00 Crown".to_owned(), bob.to_string()]);
    assert_eq!(second[..2], ["2.00 Crown".to_owned(), carol.to_string()]);
    let digest = shown(&seen, "Digest of the request");
    let agreed = Values::new().with("asset", crown).with("amount", "12.00").with("digest", &digest);
    for altered in [
        [(bob, "2.00"), (carol, "10.00")],
        [(bob, "9.00"), (carol, "3.00")],
        [(carol, "10.00"), (bob, "2.00")],
        [(bob, "10.00"), (bob, "2.00")],
    ] {
        let told = square.refused(ALICE, "pay-request", &agreed.clone().with("request", both(altered)), "digest");
        assert!(told.contains("compare payees and amounts"), "{told}");
    }
    assert_eq!(square.crowns(), [10_000, 0, 0]);
    // As it was read, however the digest is typed.
    let typed = agreed.with("request", &request).with("digest", digest.replace(' ', "").to_uppercase());
    square.done(ALICE, "pay-request", &typed);
    assert_eq!(square.crowns(), [8_800, 1_000, 200]);
}

#[test]
fn request_for_several_assets_is_said_to_be_one_and_never_completed_in_the_form() {
    let mut square = Square::new();
    let (crown, florin, bob) = (square.crown, square.florin, square.people[BOB].address(0));
    let asked =
        |other| format!("tabella:{bob}?amount=10.00&asset={crown}&address.1={bob}&amount.1=2.00&asset.1={other}");
    let several = asked(florin);
    let seen = square.done(ALICE, "read-request", &Values::new().with("request", &several));
    assert_eq!(rows(&seen, "Asked for").len(), 2);
    let Value::Words(how) = value(&seen, "How to pay it") else { panic!("it is said in words") };
    assert!(how.en.contains("`tabella wallet pay`") && how.ko.contains("`tabella wallet pay`"), "{how:?}");
    let one = square.done(ALICE, "read-request", &Values::new().with("request", asked(crown)));
    assert!(!one.shown.iter().any(|shown| shown.label.en == "How to pay it"));
    let agreed = Values::new().with("request", several).with("digest", shown(&seen, "Digest of the request"));
    for (asset, amount) in [(crown, "10.00"), (crown, "12.00"), (florin, "2.00")] {
        let agreed = agreed.clone().with("asset", asset).with("amount", amount);
        let told = square.refused(ALICE, "pay-request", &agreed, "request");
        assert!(told.contains("several assets") && told.contains("`tabella wallet pay`"), "{told}");
    }
    assert_eq!(square.crowns(), [10_000, 0, 0]);
}

#[test]
fn table_is_paid_in_one_transaction_and_refused_as_a_whole_with_its_line() {
    let mut square = Square::new();
    let [alice, bob, carol] = [ALICE, BOB, CAROL].map(|who| square.people[who].address(0));
    let crown = square.crown;
    let all = |text: &str, total: &str| Values::new().with("asset", crown).with("table", text).with("total", total);
    let table = |text: &str| all(text, "30.00");
    let good = format!("address,amount,memo\n{bob},10.00,\"bread, two loaves\"\n\n{carol},20.00,\n");
    let broken = bob.to_string().replacen("tab1", "tab1q", 1);
    for (line, reason) in [
        (format!("{broken},1.00,"), "not an address"),
        (format!("{alice},1.001,"), "3 digits after the point"),
        (format!("{alice},0,"), "amount of 0"),
        (format!("{alice},1"), "the heading has 3"),
        (format!("{alice},1,50"), "\"50\" could be the rest of the amount"),
        (format!("{alice},1,000.00"), "could be the rest of the amount"),
        (format!("{alice}"), "it has 1 columns"),
        (format!("{alice},1,one, two"), "it has 4 columns"),
        (format!("{alice},1,\"one"), "quotation marks"),
    ] {
        let told = square.refused(ALICE, "pay-many", &table(&format!("{good}{line}\n")), "table");
        assert!(told.starts_with("line 5: ") && told.contains(reason) && told.ends_with("nobody was paid"), "{told}");
    }
    let told = square.refused(ALICE, "pay-many", &all(&format!("{good}{bob},70.01,\n"), "100.01"), "");
    assert!(told.contains("100.00 Crown can be spent, and 100.01 Crown is needed: nobody was paid"), "{told}");
    square.refused(ALICE, "pay-many", &table("address,amount\n"), "table");
    let told = square.refused(ALICE, "pay-many", &table(&format!("{bob},1\n").repeat(65)), "table");
    assert!(told.starts_with("line 65: at most 64"), "{told}");
    // Another sum than was agreed, before anything is made.
    for (total, field) in [("30.01", "total"), ("3", "total"), ("30,00", "total"), ("", "total")] {
        square.refused(ALICE, "pay-many", &all(&good, total), field);
    }
    let told = square.refused(ALICE, "pay-many", &all(&good, "33.00"), "total");
    assert!(told.contains("the lines pay 30.00 Crown in all, and 33.00 Crown was agreed"), "{told}");
    assert_eq!(square.crowns(), [10_000, 0, 0]);

    let paid = square.done(ALICE, "pay-many", &table(&good));
    assert_eq!((shown(&paid, "In all"), rows(&paid, "Paid").len()), ("30.00 Crown".into(), 2));
    assert_eq!(square.crowns(), [7_000, 1_000, 2_000]);
    assert_eq!(square.memos(BOB), ["bread, two loaves"]);
}

// Planned anew after each transaction, these payments are never made: the notes are split in another way every time.
#[test]
fn payments_that_need_transactions_before_go_on_as_they_were_planned() {
    let mut square = Square::new();
    let (bob, crown) = (square.people[BOB].address(0), square.crown);
    // One note of 23.00, and the rest with Carol.
    let many = |table: String, total: u32| Values::new().with("asset", crown).with("table", table).with("total", total);
    let aside = format!("{},77", square.people[CAROL].address(0));
    square.done(ALICE, "pay-many", &many(aside, 77));
    let before = square.stage.ledger.entries();
    let table = ["4", "5", "8", "5"].map(|amount| format!("{bob},{amount}\n")).concat();
    let paid = square.done(ALICE, "pay-many", &many(table, 22));
    // Four payments and change from one note: four transfers, in at most three transactions.
    assert!((2..=3).contains(&(square.stage.ledger.entries() - before)));
    assert!(shown(&paid, "Transfers in the one transaction").parse::<usize>().unwrap() <= 4);
    assert_eq!(square.crowns(), [100, 2_200, 7_700]);
    // All of Bob's were in one transaction.
    let history = square.people[BOB].holder.wallet().history();
    assert!(history.len() == 4 && history.iter().all(|entry| entry.at.index == history[0].at.index));
}

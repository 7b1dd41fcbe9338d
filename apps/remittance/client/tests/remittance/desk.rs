//! The same stories by forms alone, as pages show them.

use tabella_desk::{File, Values};
use tabella_payments::holder::Holder;
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_remittance::{
    RemittanceDesk, SignedQuote,
    rules::{Answer, RemittanceId},
};
use tabella_stage::{
    Done, Person, Stage,
    testing::{file, rows, shown},
};
use tabella_verifier::files::decode;

use crate::scene::{ANSWER, CLAIM, EUROS, HOUR, Scene, WON};

#[track_caller]
fn done(stage: &mut Stage, by: &mut Person, form: &str, values: &Values) -> Done {
    stage.done(by, &RemittanceDesk, form, values)
}

/// Refused at a field, with some words.
#[track_caller]
fn refused(stage: &mut Stage, by: &mut Person, form: &str, values: &Values, (field, words): (&str, &str)) {
    let message = stage.refused_at(by, &RemittanceDesk, form, values, field);
    assert!(message.contains(words), "{message}");
}

fn travel() -> Values {
    Values::new()
        .with("sender-family", "Nowak")
        .with("sender-given", "Anna")
        .with("sender-address", "Piotrkowska 7\n90-001 Łódź")
        .with("sender-country", "PL")
        .with("sender-institution", "Bank of the West")
        .with("receiver-family", "Kim")
        .with("receiver-given", "Minji")
        .with("receiver-account", "110-234-567890")
}

/// A corridor, a quote in it, a payee and what the law wants told.
struct Ready {
    scene: Scene,
    corridor: String,
    provider: String,
    quote: File,
    payee: File,
    travel: File,
}

impl Ready {
    /// 100.00 euros are quoted as 152,880 won.
    fn new() -> Self {
        let mut scene = Scene::bare();
        let Scene { stage, sender, provider, receiver, euro, won, .. } = &mut scene;
        let open = Values::new().with("name", "Poland to Korea").with("pays", *euro).with("receives", *won);
        let opened = done(stage, &mut provider.person, "open-corridor", &open.with("below", "1000.00"));
        let corridor = shown(&opened, "Corridor");
        let key = shown(&done(stage, &mut provider.person, "key", &Values::new()), "Your key");
        let quoted = done(stage, &mut provider.person, "quote", &asked(&corridor, "100.00"));
        assert_eq!(shown(&quoted, "Of it the fee"), "2.00 EUR");
        assert_eq!(shown(&quoted, "Delivered"), "152880 KRW");
        let place = Values::new().with("corridor", &corridor).with("number", 3);
        let payee = done(stage, &mut receiver.person, "payee", &place);
        let written = done(stage, &mut sender.person, "travel", &travel());
        let (quote, payee, travel) = (file(&quoted, "quote"), file(&payee, "payee-3"), file(&written, "sender"));
        Self { scene, corridor, provider: key, quote, payee, travel }
    }

    fn order(&self) -> Values {
        Values::new()
            .with_file("quote", self.quote.clone())
            .with("most", "100")
            .with("least", "152880")
            .with("provider", &self.provider)
            .with_file("payee", self.payee.clone())
            .with_file("travel", self.travel.clone())
            .with("reference", "INV-17")
            .with("information", "Invoice 17")
    }

    fn notified(&self, notice: &File) -> Values {
        Values::new().with_file("notice", notice.clone()).with_file("payee", self.payee.clone())
    }

    /// Ordered and answered: the files of order, copy and answer.
    fn answered(&mut self) -> [File; 3] {
        let values = self.order();
        let Scene { stage, sender, provider, .. } = &mut self.scene;
        let ordered = done(stage, &mut sender.person, "order", &values);
        assert!(ordered.accepted.is_none(), "nothing is locked yet");
        let (order, copy) = (file(&ordered, "order"), file(&ordered, "my-copy"));
        let values = Values::new().with_file("order", order.clone());
        let reviewed = done(stage, &mut provider.person, "review-order", &values);
        assert_eq!(
            (shown(&reviewed, "Sender"), shown(&reviewed, "Receiver")),
            ("Anna Nowak".into(), "Minji Kim".into())
        );
        let answer = done(stage, &mut provider.person, "answer", &values);
        [order, copy, file(&answer, "answer")]
    }

    /// Locked: id, notice, order and copy.
    fn locked() -> (Self, RemittanceId, File, [File; 2]) {
        let mut ready = Self::new();
        let [order, copy, answer] = ready.answered();
        let Scene { stage, sender, stranger, .. } = &mut ready.scene;
        // The page was closed in between, and the ledger has gone on: the seed is left, and the file.
        let other = [(stranger.person.address(0), NoteValue(1))];
        stage.issue(&stranger.person.key, ("Other", 0), &other).unwrap();
        sender.person.holder = Holder::new(&sender.person.seed, 0);
        let values = Values::new().with_file("copy", copy.clone()).with_file("answer", answer);
        let sent = done(stage, &mut sender.person, "send", &values);
        assert!(sent.accepted.is_some());
        let id = shown(&sent, "Remittance").parse().unwrap();
        (ready, id, file(&sent, "notice"), [order, copy])
    }
}

fn asked(corridor: &str, pay: &str) -> Values {
    let price = Values::new().with("corridor", corridor).with("given", "pay").with("amount", pay);
    price.with("rate", "1560").with("fee", "1.50").with("fee-points", 50)
}

fn balance(stage: &Stage, person: &Person, asset: AssetId) -> u128 {
    stage.balance(person, asset).unwrap()
}

#[test]
fn remittance_is_quoted_ordered_answered_accepted_and_claimed_by_forms() {
    let (mut ready, id, notice, [order, copy]) = Ready::locked();
    let values = ready.notified(&notice);
    let one = Values::new().with("remittance", id);
    let Scene { stage, sender, provider, receiver, stranger, euro, won, .. } = &mut ready.scene;
    // The notice can be had again; nobody but the payee's institution believes it.
    let again = done(stage, &mut sender.person, "notice", &Values::new().with_file("copy", copy));
    assert_eq!(file(&again, "notice").bytes, notice.bytes);
    refused(stage, &mut stranger.person, "accept", &values, ("payee", "another wallet"));
    refused(stage, &mut stranger.person, "decline", &one, ("remittance", "another wallet"));
    let arrived = done(stage, &mut receiver.person, "check", &values);
    assert_eq!(shown(&arrived, "Delivered"), "152880 KRW");
    assert_eq!(shown(&arrived, "For the receiver"), "Invoice 17");
    refused(stage, &mut receiver.person, "claim", &one, ("remittance", "not accepted"));
    refused(
        stage,
        &mut receiver.person,
        "camt054",
        &values.clone().with("creditor-agent", "Hankang Bank"),
        ("notice", "not claimed"),
    );
    done(stage, &mut receiver.person, "accept", &values);
    refused(stage, &mut receiver.person, "decline", &one, ("remittance", "answered"));
    refused(stage, &mut sender.person, "claim", &one, ("remittance", "nothing to claim"));
    assert_eq!(shown(&done(stage, &mut provider.person, "claim", &one), "Claimed"), "100.00 EUR");
    assert_eq!(shown(&done(stage, &mut receiver.person, "claim", &one), "Claimed"), "152880 KRW");
    refused(stage, &mut receiver.person, "claim", &one, ("remittance", "settled"));

    // What banks are told.
    let pacs = Values::new().with_file("order", order);
    refused(stage, &mut provider.person, "pacs008", &pacs, ("creditor-agent", "write its name"));
    let pacs = done(stage, &mut provider.person, "pacs008", &pacs.with("creditor-agent", "Hankang Bank"));
    let camt = done(stage, &mut receiver.person, "camt054", &values.with("creditor-agent", "Hankang Bank"));
    for (done, kind) in [(pacs, "pacs.008.001.08"), (camt, "camt.054.001.08")] {
        let text = String::from_utf8(done.outcome.files[0].bytes.clone()).unwrap();
        for part in [kind, "Anna Nowak", "INV-17", "152880"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    let mine = rows(&done(stage, &mut provider.person, "mine", &Values::new()), "Your remittances");
    let state: Vec<_> = mine.iter().map(|row| (&*row[1], &*row[2], &*row[3], &*row[4])).collect();
    assert_eq!(
        state,
        [
            ("for you to claim", "100.00 EUR", "accepted", "claimed"),
            ("locked by you", "152880 KRW", "accepted", "claimed")
        ]
    );
    assert!(rows(&done(stage, &mut stranger.person, "mine", &Values::new()), "Your remittances").is_empty());
    sender.person.read(stage).unwrap();
    assert_eq!(balance(stage, &sender.person, *euro), u128::from(EUROS - 10_000));
    assert_eq!(balance(stage, &receiver.person, *won), 152_880);
    assert_eq!(balance(stage, &provider.person, *won), u128::from(WON - 152_880));
    assert_eq!(ready.scene.state().remittance(&id).unwrap().answer(), Some(Answer::Accepted));
}

#[test]
fn remittance_that_is_declined_by_a_form_is_taken_back_by_forms() {
    let (mut ready, id, ..) = Ready::locked();
    let one = Values::new().with("remittance", id);
    let Scene { stage, sender, provider, receiver, euro, won, .. } = &mut ready.scene;
    done(stage, &mut receiver.person, "decline", &one);
    refused(stage, &mut receiver.person, "claim", &one, ("remittance", "not accepted"));
    refused(stage, &mut sender.person, "refund", &one, ("remittance", "not yet"));
    stage.advance(HOUR + u64::from(ANSWER) + u64::from(CLAIM));
    assert_eq!(shown(&done(stage, &mut sender.person, "refund", &one), "Taken back"), "100.00 EUR");
    assert_eq!(shown(&done(stage, &mut provider.person, "refund", &one), "Taken back"), "152880 KRW");
    assert_eq!(balance(stage, &sender.person, *euro), u128::from(EUROS));
    assert_eq!(balance(stage, &provider.person, *won), u128::from(WON));
    let mine = rows(&done(stage, &mut sender.person, "mine", &Values::new()), "Your remittances");
    assert_eq!(mine[0][3..5], ["declined", "taken back"]);
}

#[test]
fn wrong_entries_are_refused_at_their_fields() {
    let mut ready = Ready::new();
    let (order, corridor) = (ready.order(), ready.corridor.clone());
    let Scene { stage, sender, provider, receiver, euro, won, .. } = &mut ready.scene;
    let sender = &mut sender.person;
    refused(stage, sender, "order", &order.clone().with("most", "99.99"), ("most", "100.00 EUR"));
    refused(stage, sender, "order", &order.clone().with("least", "152881"), ("least", "152880 KRW"));
    refused(stage, sender, "order", &order.clone().with("provider", "00".repeat(32)), ("provider", "another provider"));
    refused(stage, sender, "order", &order.clone().with("reference", "x".repeat(36)), ("reference", "35"));
    refused(stage, sender, "order", &order.clone().with("reference", ""), ("reference", "bank message"));
    let quote = order.clone().with_file("payee", ready.quote.clone());
    refused(stage, sender, "order", &quote, ("payee", "remittance payee"));
    refused(stage, sender, "travel", &travel().with("sender-country", "Poland"), ("sender-country", "two capital"));
    refused(stage, sender, "check-quote", &Values::new().with_file("quote", altered(&ready.quote)), ("quote", ""));

    let provider = &mut provider.person;
    refused(stage, provider, "quote", &asked(&corridor, "1000.00"), ("amount", "below 1000.00 EUR"));
    refused(stage, provider, "quote", &asked(&corridor, "0.50"), ("amount", "fee"));
    refused(stage, provider, "quote", &asked(&corridor, "100").with("rate", "1,5"), ("rate", "0.9137"));
    refused(stage, provider, "quote", &asked(&corridor, "100").with("minutes", 0), ("minutes", "from 1"));
    let same = Values::new().with("name", "x").with("pays", *euro).with("receives", *euro).with("below", "5");
    refused(stage, provider, "open-corridor", &same, ("receives", "two assets"));
    let payee = Values::new().with("corridor", *won).with("number", 4);
    refused(stage, &mut receiver.person, "payee", &payee, ("corridor", "no corridor"));
    // Whoever has nothing delivers nothing.
    let refusal = stage.refused(&mut receiver.person, &RemittanceDesk, "quote", &asked(&corridor, "100"));
    assert!(refusal.message.contains("0 KRW can be spent"), "{refusal:?}");

    stage.advance(HOUR);
    refused(stage, sender, "order", &order, ("quote", "expired"));
    let quote: SignedQuote = decode(&ready.quote.bytes).unwrap();
    assert!(ready.scene.stage.now().unwrap() > quote.quote.expires);
}

/// The last byte is another one.
fn altered(file: &File) -> File {
    let mut file = file.clone();
    *file.bytes.last_mut().unwrap() ^= 1;
    file
}

#[test]
fn copy_of_an_order_is_good_for_its_own_wallet_and_its_own_answer_only() {
    let mut ready = Ready::new();
    let [order, copy, answer] = ready.answered();
    let Scene { stage, sender, stranger, .. } = &mut ready.scene;
    let whole = Values::new().with_file("copy", copy.clone()).with_file("answer", answer.clone());
    // Of another wallet; altered; with another file in its place.
    refused(stage, &mut stranger.person, "send", &whole, ("copy", "not one that this wallet"));
    let other = whole.clone().with_file("copy", altered(&copy));
    refused(stage, &mut sender.person, "send", &other, ("copy", "altered"));
    refused(stage, &mut sender.person, "send", &whole.clone().with_file("copy", order.clone()), ("copy", "payer copy"));
    refused(stage, &mut stranger.person, "answer", &Values::new().with_file("order", order), ("order", "not made by"));
    // The answer to another order of the same quote, for which the provider has signed as well.
    let again = ready.order();
    let Scene { stage, sender, stranger, .. } = &mut ready.scene;
    let second = done(stage, &mut sender.person, "order", &again);
    let mixed = whole.with_file("copy", file(&second, "my-copy"));
    refused(stage, &mut sender.person, "send", &mixed, ("answer", "provider"));
    // Of what is not locked nobody is told; nobody else opens the copy for a notice.
    let unlocked = Values::new().with_file("copy", copy);
    refused(stage, &mut stranger.person, "notice", &unlocked, ("copy", "not one that this wallet"));
    refused(stage, &mut sender.person, "notice", &unlocked, ("copy", "nothing is locked"));
}

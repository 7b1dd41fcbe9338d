//! The whole story by forms alone, as pages hand them in; and what is refused, at which field.

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_desk::{File, Outcome, Refusal, Values};
use tabella_market::{desk::MarketDesk, keys::MarketKeys, order::licence_of};
use tabella_market_rules::{Market, statement::IncomeStatement, work::WorkId};
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_stage::{
    Person, Stage,
    testing::{issuer_file, rows, shown},
};
use tabella_verifier::{
    files::{decode, encode},
    log::Origin,
    state::standard_applications,
};

use crate::shop::{NOW, time};

const PASSPHRASE: &str = "correct horse";

/// A ledger with a currency, and an issuer's key file.
struct Scene {
    stage: Stage,
    crown: AssetId,
    key: File,
    _folder: tempfile::TempDir,
}

fn people<const N: usize>(names: [&str; N]) -> [Person; N] {
    names.map(|name| Person::new(name, &mut OsRng))
}

impl Scene {
    /// Each of these people has 10.00.
    fn new(rich: &[&Person]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let applications = standard_applications().with(Market::default()).unwrap();
        let name = Origin::new("ledger.test").unwrap();
        let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(NOW)).unwrap();
        let notes: Vec<_> = rich.iter().map(|one| (one.address(0), NoteValue(1_000))).collect();
        let crown = stage.issue(&SigningKey::generate(&mut OsRng), ("Crown", 2), &notes).unwrap();
        Self { stage, crown, key: issuer_file(PASSPHRASE), _folder: folder }
    }

    #[track_caller]
    fn done(&mut self, by: &mut Person, form: &str, values: &Values) -> Outcome {
        self.stage.done(by, &MarketDesk, form, values).outcome
    }

    #[track_caller]
    fn refused(&mut self, by: &mut Person, form: &str, values: &Values) -> Refusal {
        self.stage.refused(by, &MarketDesk, form, values)
    }

    /// That a form is refused at a field.
    #[track_caller]
    fn refused_at(&mut self, by: &mut Person, form: &str, values: &Values, field: &str) {
        self.stage.refused_at(by, &MarketDesk, form, values, field);
    }

    fn market(&self) -> &Market {
        self.stage.ledger.state().application().unwrap()
    }

    fn licences(&self, person: &Person, work: WorkId) -> u128 {
        let licence = licence_of(self.stage.ledger.state(), &work).unwrap();
        self.stage.balance(person, licence).unwrap()
    }

    /// What the seller fills in, but for holders and passphrase.
    fn draft(&self) -> Values {
        Values::new()
            .with("title", "Song of the Marsh")
            .with("artist", "Ann")
            .with("payment", hex::encode(self.crown.to_bytes()))
            .with("licence", "Song of the Marsh, licence")
            .with("edition", 100)
            .with("royalty", "10")
            .with("minimum", "2.00")
            .with_file("key", self.key.clone())
    }

    fn line(&mut self, person: &mut Person, role: &str) -> String {
        let name = person.name().to_owned();
        let keys = self.done(person, "keys", &Values::new().with("name", name).with("role", role));
        shown(&keys, "Line for the seller")
    }

    /// Ann has 60 % and Ben 40 %.
    fn registered(&mut self, shop: &mut Person, ann: &mut Person, ben: &mut Person) -> WorkId {
        let lines = [self.line(ann, "MainArtist"), self.line(ben, "Producer")];
        let holders = format!("60 | {}\n40 | {}", lines[0], lines[1]);
        let values = self.draft().with("holders", holders).with("passphrase", PASSPHRASE);
        let mut file = self.done(shop, "draft-registration", &values).files.remove(0);
        for (holder, share) in [(&mut *ann, "60"), (&mut *ben, "40")] {
            let values = Values::new().with_file("registration", file).with("share", share);
            file = self.done(holder, "sign-registration", &values).files.remove(0);
        }
        let registered = self.done(ben, "submit-registration", &Values::new().with_file("registration", file));
        shown(&registered, "Work").parse().unwrap()
    }

    /// Sold for 5.00, two licences.
    fn sold(&mut self, shop: &mut Person, buyer: &mut Person, work: WorkId) {
        let wanted =
            Values::new().with("work", work).with("licences", 2).with("price", "5.00").with("asset", self.crown);
        let order = self.done(buyer, "buy", &wanted).files.remove(0);
        self.done(shop, "sell", &self.agreed(order, work, "5.00"));
    }

    /// The seller agrees to two licences.
    fn agreed(&self, order: File, work: WorkId, price: &str) -> Values {
        let agreed = Values::new().with_file("order", order).with("work", work).with("licences", 2);
        agreed.with("price", price).with_file("key", self.key.clone()).with("passphrase", PASSPHRASE)
    }
}

#[test]
fn work_is_registered_by_forms_once_all_have_agreed_to_it() {
    let [mut shop, mut ann, mut ben] = people(["Shop", "Ann", "Ben"]);
    let mut scene = Scene::new(&[&shop]);
    let lines = [scene.line(&mut ann, "MainArtist"), scene.line(&mut ben, "Producer")];
    let bar = Values::new().with("name", "Ann | Ben").with("role", "MainArtist");
    scene.refused_at(&mut ann, "keys", &bar, "name");

    // Shares that are no whole, a line that was cut off, and a wrong passphrase.
    let draft = scene.draft();
    let with =
        |holders: String, passphrase: &str| draft.clone().with("holders", holders).with("passphrase", passphrase);
    let whole = format!("60 % | {}\n\n40 | {}", lines[0], lines[1]);
    let short = scene.refused(
        &mut shop,
        "draft-registration",
        &with(format!("60 | {}\n30.5 | {}", lines[0], lines[1]), PASSPHRASE),
    );
    assert_eq!(short.field.as_deref(), Some("holders"));
    assert!(short.message.contains("90.50 %"), "{}", short.message);
    let cut = with(format!("100 | {}", &lines[0][..60]), PASSPHRASE);
    scene.refused_at(&mut shop, "draft-registration", &cut, "holders");
    scene.refused_at(&mut shop, "draft-registration", &with(whole.clone(), "wrong"), "passphrase");
    let royalty = with(whole.clone(), PASSPHRASE).with("royalty", "101");
    scene.refused_at(&mut shop, "draft-registration", &royalty, "royalty");
    let drafted = scene.done(&mut shop, "draft-registration", &with(whole, PASSPHRASE));
    let [registration, names] = <[File; 2]>::try_from(drafted.files).unwrap();

    // What it says is looked at; other names are no names of this work.
    let look = Values::new().with_file("registration", registration.clone()).with_file("names", names.clone());
    let seen = scene.done(&mut ann, "review-registration", &look);
    assert_eq!(shown(&seen, "Least price of a licence"), "2.00 Crown");
    assert_eq!(shown(&seen, "Royalty of resales"), "10.00 %");
    assert_eq!(shown(&seen, "Signed by the seller"), "true");
    let holders = rows(&seen, "Holders");
    assert_eq!((holders[0][0].as_str(), holders[0][1].as_str()), ("60.00 %", "Ann (MainArtist)"));
    assert_eq!((holders[1][1].as_str(), holders[1][3].as_str()), ("Ben (Producer)", "false"));
    let mut lie = names;
    lie.bytes = String::from_utf8(lie.bytes).unwrap().replace("Producer", "Composer").into_bytes();
    let lied = look.clone().with_file("names", lie).with("share", "60");
    scene.refused_at(&mut ann, "sign-registration", &lied, "names");

    // Nobody signs for another share, or without one.
    let sign = |file: &File, share: &str| Values::new().with_file("registration", file.clone()).with("share", share);
    scene.refused_at(&mut ann, "sign-registration", &sign(&registration, "66.67"), "share");
    scene.refused_at(&mut shop, "sign-registration", &sign(&registration, "60"), "registration");
    let by_ann = scene.done(&mut ann, "sign-registration", &sign(&registration, "60")).files.remove(0);
    let submit = |file: &File| Values::new().with_file("registration", file.clone());
    scene.refused_at(&mut ann, "submit-registration", &submit(&by_ann), "registration");
    let by_both = scene.done(&mut ben, "sign-registration", &sign(&by_ann, "40 %")).files.remove(0);
    let registered = scene.done(&mut ann, "submit-registration", &submit(&by_both));
    let work: WorkId = shown(&registered, "Work").parse().unwrap();
    let state = scene.market().work(&work).unwrap();
    assert_eq!((state.work.royalty, state.work.minimum, state.work.holders[0].share), (1_000, 200, 6_000));
    assert_eq!(state.work.holders[1].party, MarketKeys::of_seed(&ben.seed, 0).party());
}

#[test]
fn licences_are_sold_and_holders_paid_by_forms() {
    let [mut shop, mut ann, mut ben, mut buyer] = people(["Shop", "Ann", "Ben", "Buyer"]);
    let mut scene = Scene::new(&[&buyer]);
    let work = scene.registered(&mut shop, &mut ann, &mut ben);
    let crown = scene.crown;
    let wanted =
        |price: &str| Values::new().with("work", work).with("licences", 2).with("price", price).with("asset", crown);
    // An asset of the same name is not the one that is meant.
    let twin = scene.stage.issue(&buyer.key, ("Crown", 2), &[(buyer.address(0), NoteValue(1_000))]).unwrap();
    scene.refused_at(&mut buyer, "buy", &wanted("5.00").with("asset", twin), "asset");
    scene.refused_at(&mut buyer, "buy", &wanted("3.99"), "price");
    scene.refused_at(&mut buyer, "buy", &wanted("five"), "price");
    let poor = scene.refused(&mut buyer, "buy", &wanted("10.01"));
    assert!(poor.message.contains("10.00 Crown can be spent"), "{}", poor.message);
    let invoice = "0a".repeat(32);
    let order = scene.done(&mut buyer, "buy", &wanted("5.00").with("invoice", &invoice)).files.remove(0);

    // The seller looks, and signs for this price and this invoice with the right key only.
    let seen = scene.done(&mut shop, "review-order", &Values::new().with_file("order", order.clone()));
    assert_eq!((shown(&seen, "Licences"), shown(&seen, "Price")), ("2".into(), "5.00 Crown".into()));
    let sold = scene.agreed(order, work, "5.00");
    scene.refused_at(&mut shop, "sell", &sold, "invoice");
    scene.refused_at(&mut shop, "sell", &sold.clone().with("invoice", "0b".repeat(32)), "invoice");
    let sold = sold.with("invoice", invoice);
    scene.refused_at(&mut shop, "sell", &sold.clone().with("price", "6.00"), "price");
    scene.refused_at(&mut shop, "sell", &sold.clone().with_file("key", issuer_file(PASSPHRASE)), "key");
    scene.done(&mut shop, "sell", &sold);
    buyer.read(&scene.stage).unwrap();
    assert_eq!((scene.licences(&buyer, work), scene.stage.balance(&buyer, scene.crown).unwrap()), (2, 500));
    // The order is used.
    scene.refused_at(&mut shop, "sell", &sold, "order");

    // What Ann was credited with is collected on the way to her wallet.
    let balance = scene.done(&mut ann, "balance", &Values::new());
    assert_eq!(rows(&balance, "Balances")[0][1..3], ["3 Crown", "0 Crown"]);
    assert_eq!(rows(&balance, "Sales")[0][2..], ["sale", "2", "5.00 Crown", "3 Crown"]);
    let withdraw = Values::new().with("work", work);
    scene.refused_at(&mut ann, "withdraw", &withdraw.clone().with("amount", "3.01"), "amount");
    scene.refused_at(&mut shop, "withdraw", &withdraw, "work");
    let withdrawn = scene.done(&mut ann, "withdraw", &withdraw.clone().with("amount", "1.00"));
    assert_eq!(shown(&withdrawn, "Stays in the account"), "2 Crown");
    let to = hex::encode(work.0);
    scene.refused_at(&mut ann, "withdraw", &withdraw.clone().with("to", to), "to");
    scene.done(&mut ann, "withdraw", &withdraw.clone().with("public", "yes").with("to", buyer.address(0)));
    buyer.read(&scene.stage).unwrap();
    assert_eq!(scene.stage.balance(&ann, scene.crown).unwrap(), 100);
    assert_eq!(scene.stage.balance(&buyer, scene.crown).unwrap(), 700);
    let empty = scene.refused(&mut ann, "withdraw", &withdraw);
    assert!(empty.message.contains("no whole unit"), "{}", empty.message);
    assert!(scene.market().audit(&work).unwrap().holds);
}

#[test]
fn income_is_proved_and_reported_by_forms() {
    let [mut shop, mut ann, mut ben, mut buyer] = people(["Shop", "Ann", "Ben", "Buyer"]);
    let mut scene = Scene::new(&[&buyer]);
    let work = scene.registered(&mut shop, &mut ann, &mut ben);
    scene.sold(&mut shop, &mut buyer, work);
    let period = Values::new().with("work", work).with("from", NOW);
    scene.refused_at(&mut ann, "statement", &period.clone().with("before", NOW - 1), "before");
    let stated = scene.done(&mut ann, "statement", &period).files.remove(0);
    let check = |file: File| Values::new().with_file("statement", file);
    let believed = scene.done(&mut buyer, "check-statement", &check(stated.clone()));
    assert_eq!((shown(&believed, "Total"), shown(&believed, "Credits")), ("3 Crown".into(), "1".into()));
    let mut lie: IncomeStatement = decode(&stated.bytes).unwrap();
    lie.income.parts += 1;
    let lie = File { name: "income.tabella".into(), bytes: encode(&lie) };
    scene.refused_at(&mut buyer, "check-statement", &check(lie), "statement");

    // The names are those of the work, which the draft gave.
    let names = |bytes: &[u8]| File { name: "names.json".into(), bytes: bytes.to_vec() };
    let report = |names: File| {
        let report = Values::new().with("work", work).with_file("names", names).with("currency", "KRW");
        let report = report.with("sender", "PADPIDA2026000001A").with("sender-name", "Shop");
        report.with("recipient", "PADPIDA2026000002B").with("recipient-name", "Ann")
    };
    scene.refused_at(&mut ann, "report", &report(names(b"{}")), "names");
    let [line, other] = [scene.line(&mut ann, "MainArtist"), scene.line(&mut ben, "Producer")];
    let holders = format!("60 | {line}\n40 | {other}");
    let again = scene.draft().with("licence", "Another").with("holders", holders).with("passphrase", PASSPHRASE);
    let drafted = scene.done(&mut shop, "draft-registration", &again);
    let [registration, names] = <[File; 2]>::try_from(drafted.files).unwrap();
    scene.refused_at(&mut ann, "report", &report(names.clone()), "names");
    let mut file = registration;
    for (holder, share) in [(&mut ann, "60"), (&mut ben, "40")] {
        let values = Values::new().with_file("registration", file).with("share", share);
        file = scene.done(holder, "sign-registration", &values).files.remove(0);
    }
    let registered = scene.done(&mut ann, "submit-registration", &Values::new().with_file("registration", file));
    let second: WorkId = shown(&registered, "Work").parse().unwrap();
    scene.refused_at(&mut ann, "report", &report(names.clone()).with("work", second), "work");
    scene.sold(&mut shop, &mut buyer, second);
    let written = scene.done(&mut ann, "report", &report(names).with("work", second)).files.remove(0);
    let written = String::from_utf8(written.bytes).unwrap();
    let summary: Vec<&str> = written.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!((summary[0], summary[8], summary[10], summary[11]), ("SY01.03", "2", "KRW", "3"));
    assert!(written.lines().next().unwrap().contains("\t2027-01-15\t2027-01-15\t"));
}

#[test]
fn licences_are_shown_and_sold_again_by_forms() {
    let [mut shop, mut ann, mut ben, mut buyer, mut second] = people(["Shop", "Ann", "Ben", "Buyer", "Second"]);
    let mut scene = Scene::new(&[&buyer, &second]);
    let work = scene.registered(&mut shop, &mut ann, &mut ben);
    scene.sold(&mut shop, &mut buyer, work);

    // A licence is shown to whoever asks, and is no answer to anybody else.
    let [mine, other] =
        [(); 2].map(|()| shown(&scene.done(&mut second, "ask-for-licence", &Values::new()), "Challenge"));
    let asked = Values::new().with("work", work).with("challenge", &mine);
    let none = scene.refused(&mut second, "show-licence", &asked);
    assert!(none.message.contains("0 Song of the Marsh, licence can be spent"), "{}", none.message);
    let answer = scene.done(&mut buyer, "show-licence", &asked).files.remove(0);
    let check = asked.with_file("presentation", answer);
    assert_eq!(shown(&scene.done(&mut second, "check-licence", &check), "Holds a licence now"), "true");
    scene.refused_at(&mut second, "check-licence", &check.with("challenge", other), "challenge");

    // One is offered to anybody for 2.50.
    let offer = Values::new().with("work", work).with("licences", 1);
    let open = shown(&scene.done(&mut buyer, "offer", &offer.clone().with("ask", "2.50")), "Offer");
    let pay = Values::new().with("offer", &open).with("asset", scene.crown);
    scene.refused_at(&mut second, "buy-offer", &pay.clone().with("price", "2.00"), "price");
    scene.done(&mut second, "buy-offer", &pay.clone().with("price", "2.50"));
    assert_eq!((scene.licences(&second, work), scene.stage.balance(&second, scene.crown).unwrap()), (1, 750));
    scene.refused_at(&mut second, "buy-offer", &pay, "offer");

    // The other one by agreement: offered, taken back, and offered again.
    let first = shown(&scene.done(&mut buyer, "offer", &offer), "Offer");
    let back = Values::new().with("offer", first);
    scene.refused_at(&mut second, "take-back", &back, "offer");
    scene.done(&mut buyer, "take-back", &back);
    assert_eq!(scene.licences(&buyer, work), 1);
    let agreed = shown(&scene.done(&mut buyer, "offer", &offer), "Offer");
    let mine = scene.done(&mut buyer, "licences", &Values::new());
    assert!(rows(&mine, "Licences in the wallet").is_empty());
    assert_eq!(rows(&mine, "Offered again")[0][1..], ["1".to_owned(), "by agreement".to_owned(), agreed.clone()]);
    let pay = Values::new().with("offer", &agreed).with("asset", scene.crown);
    scene.refused_at(&mut second, "buy-offer", &pay, "price");
    let order = scene.done(&mut second, "buy-offer", &pay.with("price", "3.00")).files.remove(0);
    let accept = |price: &str| {
        let accept = Values::new().with_file("order", order.clone()).with("offer", &agreed);
        accept.with("licences", 1).with("price", price)
    };
    scene.refused_at(&mut buyer, "accept", &accept("3.50"), "price");
    scene.refused_at(&mut buyer, "accept", &accept("3.00").with("licences", 2), "licences");
    scene.refused_at(&mut ann, "accept", &accept("3.00"), "order");
    scene.done(&mut buyer, "accept", &accept("3.00"));
    second.read(&scene.stage).unwrap();
    assert_eq!((scene.licences(&second, work), scene.stage.balance(&second, scene.crown).unwrap()), (2, 450));

    // 90 % of both resales for the reseller, 60 % of the rest for Ann.
    let balance = scene.done(&mut buyer, "balance", &Values::new());
    assert_eq!(rows(&balance, "Balances")[0][1], "4.95 Crown");
    let balance = scene.done(&mut ann, "balance", &Values::new());
    assert_eq!(rows(&balance, "Balances")[0][1], "3.33 Crown");
    scene.done(&mut buyer, "withdraw", &Values::new().with("work", work));
    assert_eq!(scene.stage.balance(&buyer, scene.crown).unwrap(), 500 + 495);
    assert!(scene.market().audit(&work).unwrap().holds);
}

#[test]
fn price_is_published_only_if_seller_and_reseller_say_that_it_may_be() {
    let [mut shop, mut ann, mut ben, mut buyer, mut liar] = people(["Shop", "Ann", "Ben", "Buyer", "Liar"]);
    let mut scene = Scene::new(&[&buyer, &liar, &liar, &liar]);
    let work = scene.registered(&mut shop, &mut ann, &mut ben);
    scene.sold(&mut shop, &mut buyer, work);
    let wanted = Values::new().with("work", work).with("licences", 2).with("price", "5.00").with("asset", scene.crown);
    // A hidden price was spoken of, and the order publishes it.
    let order = scene.done(&mut liar, "buy", &wanted.clone().with("public", "yes")).files.remove(0);
    let sold = scene.agreed(order.clone(), work, "5.00");
    scene.refused_at(&mut shop, "sell", &sold, "public");
    // A public price was spoken of, and the order hides it.
    let hidden = scene.done(&mut liar, "buy", &wanted).files.remove(0);
    let hidden = scene.agreed(hidden, work, "5.00").with("public", "yes");
    scene.refused_at(&mut shop, "sell", &hidden, "public");
    let seen = scene.done(&mut shop, "sell", &sold.with("public", "yes"));
    assert_eq!(shown(&seen, "Everybody sees the price"), "true");

    // The same of an offer.
    let offer = Values::new().with("work", work).with("licences", 1);
    let offer = shown(&scene.done(&mut buyer, "offer", &offer), "Offer");
    let pay = Values::new().with("offer", &offer).with("price", "3.00").with("asset", scene.crown);
    let order = scene.done(&mut liar, "buy-offer", &pay.with("public", "yes")).files.remove(0);
    let accept =
        Values::new().with_file("order", order).with("offer", &offer).with("licences", 1).with("price", "3.00");
    scene.refused_at(&mut buyer, "accept", &accept, "public");
    scene.done(&mut buyer, "accept", &accept.with("public", "yes"));
}

#[test]
fn order_for_other_licences_than_were_agreed_to_is_not_signed() {
    let [mut shop, mut ann, mut ben, mut buyer, mut liar] = people(["Shop", "Ann", "Ben", "Buyer", "Liar"]);
    // An order that nobody signs keeps its notes for an hour.
    let mut scene = Scene::new(&[&buyer, &liar, &liar, &liar, &liar, &liar, &liar, &liar, &liar]);
    let work = scene.registered(&mut shop, &mut ann, &mut ben);
    let lines = [scene.line(&mut ann, "MainArtist"), scene.line(&mut ben, "Producer")];
    let holders = format!("60 | {}\n40 | {}", lines[0], lines[1]);
    let rare = scene.draft().with("licence", "Rare").with("holders", holders).with("passphrase", PASSPHRASE);
    let mut file = scene.done(&mut shop, "draft-registration", &rare).files.remove(0);
    for (holder, share) in [(&mut ann, "60"), (&mut ben, "40")] {
        let values = Values::new().with_file("registration", file).with("share", share);
        file = scene.done(holder, "sign-registration", &values).files.remove(0);
    }
    let registered = scene.done(&mut ann, "submit-registration", &Values::new().with_file("registration", file));
    let rare: WorkId = shown(&registered, "Work").parse().unwrap();

    // Two licences for 6.00 were spoken of. The liar's files say three, or two of the rarer work.
    let crown = scene.crown;
    let wanted = |work: WorkId, licences: u32| {
        Values::new().with("work", work).with("licences", licences).with("price", "6.00").with("asset", crown)
    };
    for (of, licences, field) in [(work, 3, "licences"), (rare, 2, "work")] {
        let order = scene.done(&mut liar, "buy", &wanted(of, licences)).files.remove(0);
        let values = scene.agreed(order, work, "6.00");
        scene.refused_at(&mut shop, "sell", &values, field);
    }
    let missing = scene.agreed(File { name: "order".into(), bytes: Vec::new() }, work, "6.00").with("licences", "");
    scene.refused_at(&mut shop, "sell", &missing, "licences");

    // A reseller of two offers for the same price gives away the one that was spoken of.
    scene.sold(&mut shop, &mut buyer, work);
    let offer = Values::new().with("work", work).with("licences", 1);
    let [first, second] = [(); 2].map(|()| shown(&scene.done(&mut buyer, "offer", &offer), "Offer"));
    let pay = Values::new().with("offer", &second).with("price", "3.00").with("asset", crown);
    let order = scene.done(&mut liar, "buy-offer", &pay).files.remove(0);
    let accept = Values::new().with_file("order", order).with("licences", 1).with("price", "3.00");
    scene.refused_at(&mut buyer, "accept", &accept.clone().with("offer", &first), "offer");
    scene.refused_at(&mut buyer, "accept", &accept, "offer");
    let sale = scene.done(&mut liar, "buy", &wanted(work, 1)).files.remove(0);
    let swapped = accept.clone().with("offer", &first).with_file("order", sale).with("price", "6.00");
    scene.refused_at(&mut buyer, "accept", &swapped, "order");
    let accepted = scene.done(&mut buyer, "accept", &accept.with("offer", &second));
    assert_eq!(shown(&accepted, "Offer"), second);
    assert_eq!((scene.licences(&liar, rare), scene.licences(&buyer, work)), (0, 0));
}

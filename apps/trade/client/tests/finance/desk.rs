//! The same stories by forms alone, as pages show them.

mod invoices;
mod settled;

use rand_core::OsRng;
use tabella_desk::{File, Values};
use tabella_payments::{
    holder::Holder,
    plan::{PlanKeys, SealedCopy},
};
use tabella_protocol::{note::NoteValue, transaction::ApplicationId};
use tabella_stage::{
    Done, Person, Stage,
    testing::{file, rows, shown},
};
use tabella_trade::{TradeDesk, exchange::Offer, files::TradeFile as _, kept::KeptOffer, letters::LetterFile};
use tabella_trade_rules::letter::LetterId;
use tabella_verifier::files::{decode, encode};

use crate::scene::{AMOUNT, BILL, DAY, INVOICE, Scene, day};

const CLAIMED: &str = "Claimed in this transaction";

#[track_caller]
fn done(stage: &mut Stage, by: &mut Person, form: &str, values: &Values) -> Done {
    stage.done(by, &TradeDesk, form, values)
}

/// Refused at a field, with some words.
#[track_caller]
fn refused(stage: &mut Stage, by: &mut Person, form: &str, values: &Values, (field, words): (&str, &str)) {
    let message = stage.refused_at(by, &TradeDesk, form, values, field);
    assert!(message.contains(words), "{message}");
}

fn key(stage: &mut Stage, of: &mut Person) -> String {
    shown(&done(stage, of, "key", &Values::new()), "Your key")
}

fn of(content: &[u8]) -> File {
    File { name: "document".into(), bytes: content.to_vec() }
}

/// A letter of 950.00 euros, as its applicant fills it in: ship within 20 days, present within 30, claim within 60.
fn draft(scene: &mut Scene) -> Values {
    let Scene { stage, bank, adviser, seller, carrier, examiner, euro, .. } = scene;
    let sellers = done(stage, &mut seller.person, "key", &Values::new());
    Values::new()
        .with("issuing-bank", key(stage, &mut bank.person))
        .with("advising-bank", key(stage, &mut adviser.person))
        .with("beneficiary", shown(&sellers, "Your key"))
        .with("examiner", key(stage, &mut examiner.person))
        .with("pay-to", shown(&sellers, "An address for one letter of credit"))
        .with("asset", *euro)
        .with("amount", "950.00")
        .with("description", "400 bags of coffee, Santos to Hamburg")
        .with("bill-of-lading", key(stage, &mut carrier.person))
        .with("commercial-invoice", shown(&sellers, "Your key"))
        .with("latest-shipment", day(20).seconds())
        .with("expiry", day(30).seconds())
        .with("claim-until", day(60).seconds())
}

/// What an issuing bank fills in of a letter that it has read.
fn issue(stage: &mut Stage, bank: &mut Person, letter: &File) -> Values {
    let read = done(stage, bank, "review-letter", &Values::new().with_file("letter", letter.clone()));
    Values::new()
        .with_file("letter", letter.clone())
        .with("id", shown(&read, "Letter of credit"))
        .with("pay-to", shown(&read, "Address of the seller"))
        .with("amount", "950")
}

/// A letter on the ledger: its id as text, and its file.
fn issued() -> (Scene, String, File) {
    let mut scene = Scene::new();
    let values = draft(&mut scene);
    let Scene { stage, buyer, bank, .. } = &mut scene;
    let drafted = done(stage, &mut buyer.person, "draft", &values);
    let letter = file(&drafted, "letter");
    let issue = issue(stage, &mut bank.person, &letter);
    let issued = done(stage, &mut bank.person, "issue", &issue);
    assert!(issued.accepted.is_some());
    assert_eq!(shown(&issued, "Examiner"), values.text("examiner").unwrap());
    (scene, shown(&drafted, "Letter of credit"), letter)
}

/// An amendment as a party fills it in that has read it.
fn read(stage: &mut Stage, by: &mut Person, amendment: &File) -> Values {
    let one = Values::new().with_file("amendment", amendment.clone());
    let digest = shown(&done(stage, by, "review-amendment", &one), "Digest of the amendment");
    one.with("digest", digest)
}

const PRESENTED: &str = "Digest of the presentation";
const STANDING: &str = "Digest of the letter as it stands";

/// A letter as a party fills it in that has read how it stands.
fn as_read(stage: &mut Stage, by: &mut Person, one: &Values, label: &str) -> Values {
    let digest = shown(&done(stage, by, "show", one), label);
    one.clone().with("digest", digest)
}

/// Bill of lading and invoice are signed and presented.
fn present(scene: &mut Scene, letter: &str, shipped: u64) -> [File; 2] {
    let Scene { stage, seller, carrier, .. } = scene;
    let bill =
        Values::new().with("letter", letter).with("kind", "bill-of-lading").with("shipped", day(shipped).seconds());
    let bill = done(stage, &mut carrier.person, "endorse", &bill.with_file("content", of(BILL)));
    let invoice = Values::new().with("letter", letter).with("kind", "commercial-invoice");
    let invoice = done(stage, &mut seller.person, "endorse", &invoice.with_file("content", of(INVOICE)));
    let files = [file(&bill, "bill-of-lading"), file(&invoice, "commercial-invoice")];
    let values = Values::new().with("letter", letter).with_files("documents", files.to_vec());
    done(stage, &mut seller.person, "present", &values);
    files
}

#[test]
fn letter_is_drafted_issued_advised_presented_accepted_and_claimed_by_forms() {
    let (mut scene, letter, letter_file) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, bank, adviser, seller, stranger, .. } = &mut scene;
    let read = Values::new().with_file("letter", letter_file.clone());
    let review = done(stage, &mut stranger.person, "review-letter", &read);
    assert_eq!(shown(&review, "Amount"), "950.00 Euro");
    assert_eq!(rows(&review, "Documents")[1][..2], ["2", "bill of lading"]);
    done(stage, &mut adviser.person, "advise", &one);
    refused(stage, &mut stranger.person, "advise", &one, ("letter", "advising bank"));
    // The seller's wallet has opened the amount; a stranger sees none.
    let seen = done(stage, &mut seller.person, "show", &one);
    assert!(shown(&seen, "What is locked").starts_with("opens"));
    assert_eq!((shown(&seen, "Amount"), shown(&seen, "Your part")), ("950.00 Euro".into(), "seller".into()));
    assert_eq!(shown(&done(stage, &mut stranger.person, "show", &one), "Amount"), "hidden");
    let with_file = one.clone().with_file("file", letter_file);
    assert_eq!(
        shown(&done(stage, &mut bank.person, "show", &with_file), "For"),
        "400 bags of coffee, Santos to Hamburg"
    );

    stage.advance(10 * DAY);
    let [bill, invoice] = present(&mut scene, &letter, 8);
    let Scene { stage, bank, seller, examiner, stranger, .. } = &mut scene;
    // The examiner compares each document with what was presented.
    let compare = one.clone().with_file("document", bill.clone());
    refused(
        stage,
        &mut examiner.person,
        "examine",
        &compare.clone().with_file("content", of(INVOICE)),
        ("content", "not that of the bill-of-lading"),
    );
    let compared = done(stage, &mut examiner.person, "examine", &compare.with_file("content", of(BILL)));
    assert_eq!(shown(&compared, "Number of the document"), "2");
    refused(
        stage,
        &mut seller.person,
        "present",
        &one.clone().with_files("documents", vec![invoice]),
        ("documents", "bill-of-lading"),
    );
    refused(stage, &mut seller.person, "claim", &one, ("letter", "not been accepted"));
    refused(stage, &mut stranger.person, "accept", &one, ("letter", "examiner"));
    done(stage, &mut examiner.person, "accept", &one);
    refused(stage, &mut bank.person, "claim", &one, ("letter", "nothing to claim"));
    refused(stage, &mut bank.person, "refund", &one, ("letter", "not yet"));
    assert_eq!(shown(&done(stage, &mut seller.person, "claim", &one), CLAIMED), "950.00 Euro");
    let mine = rows(&done(stage, &mut bank.person, "mine", &Values::new()), "Your letters of credit");
    assert_eq!(mine[0][..4], [letter.as_str(), "issuing bank", "paid", "Euro"]);
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT));
}

#[test]
fn amendment_and_waiver_need_the_consents_that_forms_give() {
    let (mut scene, letter, letter_file) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, buyer, bank, seller, stranger, .. } = &mut scene;
    let wanted = one.clone().with("expiry", day(45).seconds()).with("latest-shipment", day(35).seconds());
    refused(
        stage,
        &mut buyer.person,
        "draft-amendment",
        &wanted.clone().with("expiry", day(60).seconds()),
        ("expiry", "follow"),
    );
    let drafted = done(stage, &mut buyer.person, "draft-amendment", &wanted.with("increase", "10"));
    let amendment = read(stage, &mut seller.person, &file(&drafted, "amendment"));
    let one_file = Values::new().with_file("amendment", file(&drafted, "amendment"));
    let reviewed = done(stage, &mut seller.person, "review-amendment", &one_file);
    assert_eq!(shown(&reviewed, "The amount grows by"), "10.00 Euro");
    // Whoever agrees says to how much.
    let agree = amendment.clone().with("increase", "10");
    refused(
        stage,
        &mut seller.person,
        "agree-amendment",
        &amendment.clone().with("increase", "100"),
        ("increase", "10.00 Euro"),
    );
    refused(stage, &mut stranger.person, "agree-amendment", &agree, ("amendment", "neither"));
    let of_buyer = file(&done(stage, &mut buyer.person, "agree-amendment", &agree), "consent-amendment");
    let of_seller = file(&done(stage, &mut seller.person, "agree-amendment", &agree), "consent-amendment");
    let amend = agree.with_file("letter", letter_file.clone()).with_files("consents", vec![of_buyer.clone()]);
    let to = shown(
        &done(stage, &mut bank.person, "review-letter", &Values::new().with_file("letter", letter_file)),
        "Address of the seller",
    );
    let elsewhere = amend.clone().with("pay-to", stranger.person.address(0));
    refused(stage, &mut bank.person, "amend", &elsewhere, ("pay-to", "another address"));
    let amend = amend.with("pay-to", to);
    refused(stage, &mut bank.person, "amend", &amend, ("consents", "beneficiary"));
    done(stage, &mut bank.person, "amend", &amend.with_files("consents", vec![of_seller, of_buyer.clone()]));

    stage.advance(40 * DAY);
    // Too late also for the amended letter: the examiner says so, and those who pay take it.
    present(&mut scene, &letter, 36);
    let Scene { stage, buyer, bank, seller, examiner, .. } = &mut scene;
    let wrong = one.clone().with("late-shipment", "2").with("other", "1, 2");
    refused(stage, &mut examiner.person, "refuse", &wrong.clone().with("other", "3"), ("other", "from 1 to 2"));
    done(stage, &mut examiner.person, "refuse", &wrong);
    let seen = done(stage, &mut seller.person, "show", &one);
    assert_eq!(shown(&seen, "State"), "refused");
    assert_eq!(rows(&seen, "Refused because")[1], ["2", "Shipped too late"]);
    let read = as_read(stage, &mut buyer.person, &one, PRESENTED);
    let waive = read.clone().with_files("consents", vec![of_buyer]);
    refused(stage, &mut bank.person, "waive", &waive, ("consents", "applicant"));
    let agreed = done(stage, &mut buyer.person, "agree-waiver", &read);
    assert_eq!(rows(&agreed, "Refused because").len(), 3, "what is taken as it is is shown");
    let consent = file(&agreed, "consent-waiver");
    done(stage, &mut bank.person, "waive", &waive.with_file("consents", consent));
    // Both escrows at once.
    assert_eq!(shown(&done(stage, &mut seller.person, "claim", &one), CLAIMED), "960.00 Euro");
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(AMOUNT) + 1_000);
}

#[test]
fn amendment_in_the_place_of_the_one_that_was_read_is_not_signed() {
    let (mut scene, letter, _) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, buyer, bank, seller, stranger, .. } = &mut scene;
    let wanted = one.clone().with("expiry", day(45).seconds()).with("latest-shipment", day(35).seconds());
    let drafted = done(stage, &mut buyer.person, "draft-amendment", &wanted);
    let agreed = read(stage, &mut seller.person, &file(&drafted, "amendment"));
    // The same increase, none; but another expiry, or documents that somebody else signs.
    let sooner = wanted.clone().with("expiry", day(44).seconds());
    let others = wanted.with("bill-of-lading", key(stage, &mut stranger.person));
    for lie in [sooner, others] {
        let lie = file(&done(stage, &mut stranger.person, "draft-amendment", &lie), "amendment");
        let values = agreed.clone().with_file("amendment", lie.clone());
        refused(stage, &mut seller.person, "agree-amendment", &values, ("digest", "not the amendment"));
        let values = values.with_file("consents", lie);
        refused(stage, &mut bank.person, "amend", &values, ("digest", "not the amendment"));
    }
    let consent = done(stage, &mut seller.person, "agree-amendment", &agreed);
    assert_eq!(shown(&consent, "Digest of the amendment"), shown(&drafted, "Digest of the amendment"));
    assert_eq!(rows(&consent, "Documents").len(), 2, "the conditions that were signed are shown");
    let of_buyer = done(stage, &mut buyer.person, "agree-amendment", &agreed);
    let consents = [of_buyer, consent].map(|consent| file(&consent, "consent-amendment"));
    let amended = done(stage, &mut bank.person, "amend", &agreed.with_files("consents", consents.to_vec()));
    assert!(amended.accepted.is_some());
    assert_eq!(rows(&amended, "Documents").len(), 2);
    let id: LetterId = letter.parse().unwrap();
    assert_eq!(scene.letter(id).conditions.expiry, day(45));
}

#[test]
fn presentation_in_the_place_of_the_one_that_was_read_is_not_taken_nor_the_letter_ended() {
    let (mut scene, letter, _) = issued();
    let one = Values::new().with("letter", &letter);
    let Scene { stage, buyer, .. } = &mut scene;
    let nothing = one.clone().with("digest", &letter);
    refused(stage, &mut buyer.person, "agree-waiver", &nothing, ("letter", "nothing has been presented"));
    let unread = as_read(stage, &mut buyer.person, &one, STANDING);
    stage.advance(10 * DAY);
    present(&mut scene, &letter, 8);
    let Scene { stage, buyer, examiner, .. } = &mut scene;
    refused(stage, &mut buyer.person, "agree-cancellation", &unread, ("digest", "not as you have read it"));
    let waive = as_read(stage, &mut buyer.person, &one, PRESENTED);
    let cancel = as_read(stage, &mut buyer.person, &one, STANDING);
    // While they think about it, the seller presents something else.
    done(stage, &mut examiner.person, "refuse", &one.clone().with("other", "1"));
    assert_eq!(
        as_read(stage, &mut buyer.person, &one, PRESENTED).text("digest").unwrap(),
        waive.text("digest").unwrap()
    );
    present(&mut scene, &letter, 9);
    let Scene { stage, buyer, bank, .. } = &mut scene;
    refused(stage, &mut buyer.person, "agree-waiver", &waive, ("digest", "number 2"));
    refused(stage, &mut buyer.person, "agree-cancellation", &cancel, ("digest", "not as you have read it"));
    let read = as_read(stage, &mut buyer.person, &one, PRESENTED);
    // What is signed for the one is not for the other.
    refused(stage, &mut buyer.person, "agree-cancellation", &read, ("digest", "not as you have read it"));
    let consent = file(&done(stage, &mut buyer.person, "agree-waiver", &read), "consent-waiver");
    let [old, ended, new] = [waive, cancel, read].map(|values| values.with_file("consents", consent.clone()));
    refused(stage, &mut bank.person, "waive", &old, ("digest", "number 2"));
    refused(stage, &mut bank.person, "cancel", &ended, ("digest", "not as you have read it"));
    done(stage, &mut bank.person, "waive", &new);
    // There is nothing more to agree to.
    let seen = done(stage, &mut buyer.person, "show", &one);
    assert!(seen.outcome.shown.iter().all(|line| ![PRESENTED, STANDING].contains(&line.label.en)));
}

#[test]
fn letter_in_the_place_of_the_one_that_was_read_is_not_issued() {
    let mut scene = Scene::new();
    let values = draft(&mut scene);
    let Scene { stage, buyer, bank, stranger, .. } = &mut scene;
    let letter = file(&done(stage, &mut buyer.person, "draft", &values), "letter");
    let read = issue(stage, &mut bank.person, &letter);
    // The same digits of an amount: of another seller, another examiner, another time.
    let foreign = key(stage, &mut stranger.person);
    let lies =
        [("beneficiary", foreign.clone()), ("examiner", foreign), ("claim-until", day(61).seconds().to_string())];
    for (field, lie) in lies {
        let lie = done(stage, &mut buyer.person, "draft", &values.clone().with(field, lie));
        let swapped = read.clone().with_file("letter", file(&lie, "letter"));
        refused(stage, &mut bank.person, "issue", &swapped, ("id", "not the id"));
    }
    let elsewhere = read.clone().with("pay-to", stranger.person.address(0));
    refused(stage, &mut bank.person, "issue", &elsewhere, ("pay-to", "another address"));
    // The id commits to the owner of the seller's address; the key under which the note is sealed is another's.
    let mut unreadable = LetterFile::from_file(&letter.bytes).unwrap();
    let mut parts = borsh::to_vec(&unreadable.claimant).unwrap();
    let others = borsh::to_vec(&stranger.person.address(0)).unwrap();
    parts[43..].copy_from_slice(&others[43..]);
    unreadable.claimant = borsh::from_slice(&parts).unwrap();
    let unreadable = File { name: letter.name.clone(), bytes: unreadable.to_file() };
    let unreadable = read.clone().with_file("letter", unreadable);
    refused(stage, &mut bank.person, "issue", &unreadable, ("pay-to", "another address"));
    assert!(done(stage, &mut bank.person, "issue", &read).accepted.is_some());
}

#[test]
fn wrong_entries_of_a_letter_are_refused_at_their_fields() {
    let mut scene = Scene::new();
    let values = draft(&mut scene);
    let Scene { stage, buyer, bank, carrier, stranger, .. } = &mut scene;
    let buyer = &mut buyer.person;
    refused(stage, buyer, "draft", &values.clone().with("latest-shipment", ""), ("latest-shipment", "exactly if"));
    refused(stage, buyer, "draft", &values.clone().with("expiry", day(60).seconds()), ("expiry", "follow each other"));
    refused(stage, buyer, "draft", &values.clone().with("silence-days", 30), ("silence-days", "accepted before"));
    refused(stage, buyer, "draft", &values.clone().with("beneficiary", "abc"), ("beneficiary", "64 characters"));
    refused(stage, buyer, "draft", &values.clone().with("amount", "9.505"), ("amount", "digits after the point"));
    let letter = file(&done(stage, buyer, "draft", &values), "letter");
    let issue = issue(stage, &mut bank.person, &letter);
    refused(stage, &mut bank.person, "issue", &issue.clone().with("amount", "95"), ("amount", "950.00 Euro"));
    refused(stage, &mut stranger.person, "issue", &issue, ("letter", "issuing bank"));
    // One byte of the applicant's consent is another one.
    let mut altered = letter;
    *altered.bytes.last_mut().unwrap() ^= 1;
    refused(stage, &mut bank.person, "issue", &issue.with_file("letter", altered), ("letter", "not agreed"));
    let document = Values::new().with("letter", "00".repeat(32)).with_file("content", of(BILL));
    refused(
        stage,
        &mut carrier.person,
        "endorse",
        &document.clone().with("kind", "bill-of-lading"),
        ("shipped", "when the goods were shipped"),
    );
    let early = document.with("kind", "packing-list").with("shipped", day(1).seconds());
    refused(stage, &mut carrier.person, "endorse", &early, ("shipped", "no other document"));
}

#[test]
fn invoice_is_confirmed_offered_sold_and_bought_by_forms_and_not_twice() {
    let mut scene = Scene::new();
    let Scene { stage, buyer, bank, adviser, seller, stranger, euro, .. } = &mut scene;
    let debtor = key(stage, &mut buyer.person);
    let confirm = Values::new()
        .with("seller", "DE811907980")
        .with("invoice", "2026-117")
        .with("asset", *euro)
        .with("amount", "950.00")
        .with("issued", day(0).seconds())
        .with("due", day(90).seconds())
        .with_file("document", of(INVOICE))
        .with("to", seller.person.address(0));
    refused(stage, &mut buyer.person, "confirm", &confirm, ("number", "register"));
    done(stage, &mut buyer.person, "register", &Values::new());
    refused(stage, &mut buyer.person, "register", &Values::new(), ("number", "already"));
    refused(
        stage,
        &mut buyer.person,
        "confirm",
        &confirm.clone().with("invoice", "2026 117"),
        ("invoice", "without spaces"),
    );
    let confirmed = done(stage, &mut buyer.person, "confirm", &confirm);
    let confirmation = file(&confirmed, "confirmation");
    // Asked again, only the file is made again; saying something else, it is refused.
    assert!(done(stage, &mut buyer.person, "confirm", &confirm).accepted.is_none());
    refused(stage, &mut buyer.person, "confirm", &confirm.with("amount", "951"), ("invoice", "confirmed before"));

    let shown_to_bank = Values::new().with_file("confirmation", confirmation).with("debtor", &debtor);
    let whole = shown_to_bank.clone().with_file("document", of(INVOICE));
    let unit = shown(&done(stage, &mut bank.person, "check-invoice", &whole), "Unit");
    let other = whole.clone().with_file("document", of(BILL));
    refused(stage, &mut bank.person, "check-invoice", &other, ("document", "not the document"));
    let foreign = whole.clone().with("debtor", "00".repeat(32));
    refused(stage, &mut bank.person, "check-invoice", &foreign, ("debtor", "another debtor"));

    let offer =
        whole.with("unit", &unit).with("asset", *euro).with("price", "930").with("to", seller.person.address(0));
    let offered = done(stage, &mut bank.person, "offer", &offer);
    assert!(offered.accepted.is_none(), "nothing is paid yet");
    let second = done(stage, &mut adviser.person, "offer", &offer);
    let sell = |offered: &Done, least: &str| {
        let confirmed = Values::new().with_file("confirmation", shown_to_bank.files("confirmation")[0].clone());
        let confirmed = confirmed.with("unit", &unit).with("asset", *euro);
        confirmed.with_file("offer", file(offered, "offer")).with("at-least", least)
    };
    refused(stage, &mut seller.person, "sell", &sell(&offered, "940"), ("at-least", "930.00 Euro"));
    refused(stage, &mut stranger.person, "sell", &sell(&offered, "900"), ("offer", "does not bring"));
    let answer = file(&done(stage, &mut seller.person, "sell", &sell(&offered, "900")), "answer");
    // The unit is promised: it cannot be sold to the other bank as well.
    refused(stage, &mut seller.person, "sell", &sell(&second, "900"), ("confirmation", "does not hold"));

    // The page was closed in between, and the ledger has gone on: the seed is left, and the file.
    let other = [(stranger.person.address(0), NoteValue(1))];
    stage.issue(&stranger.person.key, ("Other", 0), &other).unwrap();
    bank.person.holder = Holder::new(&bank.person.seed, 0);
    let buy = Values::new().with_file("copy", file(&offered, "my-copy")).with_file("answer", answer);
    let others = buy.clone().with_file("copy", file(&second, "my-copy"));
    refused(stage, &mut bank.person, "buy", &others, ("copy", "not one that this wallet"));
    refused(stage, &mut adviser.person, "buy", &others, ("answer", "does not bring"));
    let mut altered = file(&offered, "my-copy");
    *altered.bytes.last_mut().unwrap() ^= 1;
    refused(stage, &mut bank.person, "buy", &buy.clone().with_file("copy", altered), ("copy", "altered"));
    // A copy of another application, in which other checks are made before anything is paid.
    let keys = |application: &[u8; 8]| PlanKeys::of_seed(&bank.person.seed, ApplicationId(*application));
    let sealed: SealedCopy = decode(&file(&offered, "my-copy").bytes).unwrap();
    let kept = KeptOffer::open(&keys(b"trade\0\0\0"), &sealed).unwrap();
    let foreign = kept.seal(&keys(b"origin\0\0"), &mut OsRng);
    let foreign = File { name: "copy".into(), bytes: encode(&foreign) };
    refused(stage, &mut bank.person, "buy", &buy.clone().with_file("copy", foreign), ("copy", "another application"));
    // Whoever is handed the copy in place of the offer reads none of it; it goes to an address that nobody has.
    let offer: Offer = Offer::from_file(&file(&offered, "offer").bytes).unwrap();
    assert_eq!(offer, kept.offer());
    assert_ne!(offer.deliver_to, bank.person.address(0));
    let nullifier = borsh::to_vec(&offer.payment.nullifiers()[0]).unwrap();
    let copy = file(&offered, "my-copy").bytes;
    assert!(!copy.windows(nullifier.len()).any(|part| part == nullifier), "the copy is sealed");
    assert!(done(stage, &mut bank.person, "buy", &buy).accepted.is_some());
    refused(stage, &mut bank.person, "buy", &buy, ("copy", "spent"));
    let held = rows(&done(stage, &mut bank.person, "invoices", &Values::new()), "Your invoices");
    assert_eq!(held, [[unit, debtor]]);
    assert!(rows(&done(stage, &mut seller.person, "invoices", &Values::new()), "Your invoices").is_empty());
    assert_eq!(scene.balance(|scene| &scene.seller), 93_000);
    assert_eq!(scene.balance(|scene| &scene.bank), 500_000 + u128::from(AMOUNT) - 93_000);
}

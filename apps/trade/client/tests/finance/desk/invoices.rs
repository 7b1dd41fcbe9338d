//! Invoices that lie in the place of the one that was checked.

use tabella_desk::Values;
use tabella_protocol::note::NoteValue;
use tabella_trade::{exchange::Offer, files::TradeFile as _};

use super::{done, file, of, refused, shown};
use crate::scene::{AMOUNT, INVOICE, Scene, day};

#[test]
fn invoice_in_the_place_of_the_one_that_was_checked_is_neither_bought_nor_sold() {
    let mut scene = Scene::new();
    let Scene { stage, buyer, bank, adviser, seller, stranger, euro, .. } = &mut scene;
    let to = seller.person.address(0);
    // An asset of somebody else's, of the same name.
    let notes = [(stranger.person.address(0), NoteValue(AMOUNT))];
    let token = stage.issue(&stranger.person.key, ("Euro", 2), &notes).unwrap();
    for debtor in [&mut *buyer, &mut *stranger] {
        done(stage, &mut debtor.person, "register", &Values::new());
    }
    let confirm = Values::new()
        .with("seller", "DE811907980")
        .with("invoice", "2026-117")
        .with("asset", *euro)
        .with("amount", "950.00")
        .with("issued", day(0).seconds())
        .with("due", day(90).seconds())
        .with_file("document", of(INVOICE))
        .with("to", to);
    let confirmed = file(&done(stage, &mut buyer.person, "confirm", &confirm), "confirmation");
    let one = Values::new().with_file("confirmation", confirmed);
    let checked = done(stage, &mut bank.person, "check-invoice", &one);
    let read =
        one.clone().with("unit", shown(&checked, "Unit")).with("asset", *euro).with("price", "930").with("to", to);

    // Of another debtor; smaller; due later; in the asset of the same name.
    let mut lies = vec![done(stage, &mut stranger.person, "confirm", &confirm)];
    let numbered = |number: &str| confirm.clone().with("invoice", number);
    let smaller = numbered("2026-118").with("amount", "9.50");
    let later = numbered("2026-119").with("due", day(900).seconds());
    for lie in [smaller, later, numbered("2026-120").with("asset", token)] {
        lies.push(done(stage, &mut buyer.person, "confirm", &lie));
    }
    for lie in &lies {
        let swapped = read.clone().with_file("confirmation", file(lie, "confirmation"));
        refused(stage, &mut bank.person, "offer", &swapped, ("unit", "another invoice"));
    }
    let meant = read.clone().with("asset", token);
    refused(stage, &mut bank.person, "offer", &meant, ("asset", "another asset"));

    let offered = file(&done(stage, &mut bank.person, "offer", &read), "offer");
    let unit = shown(&checked, "Unit");
    // The right invoice, paid for in the asset of the same name; and two of it, of which there is one.
    let honest = Offer::from_file(&offered.bytes).unwrap();
    let priced = of(&Offer { asset: token, ..honest.clone() }.to_file());
    let two = of(&Offer { quantity: NoteValue(2), ..honest }.to_file());
    let sell = one.with_file("offer", offered).with("unit", &unit).with("at-least", "930");
    // Another of her invoices, with an offer for that one at the least price of this one.
    let later = file(&lies[2], "confirmation");
    let other = Values::new().with_file("confirmation", later.clone());
    let its_unit = shown(&done(stage, &mut bank.person, "check-invoice", &other), "Unit");
    assert_ne!(its_unit, unit);
    let other = read.clone().with_file("confirmation", later.clone()).with("unit", its_unit);
    let other = file(&done(stage, &mut adviser.person, "offer", &other), "offer");
    let swapped = sell.clone().with("asset", *euro).with_file("confirmation", later);
    for swapped in [swapped.clone().with_file("offer", other.clone()), swapped] {
        refused(stage, &mut seller.person, "sell", &swapped, ("unit", "another invoice"));
    }
    refused(stage, &mut seller.person, "sell", &sell.clone().with("asset", token), ("asset", "another asset"));
    for lie in [priced, two, other] {
        let lie = sell.clone().with("asset", *euro).with_file("offer", lie);
        refused(stage, &mut seller.person, "sell", &lie, ("offer", "something else"));
    }
    done(stage, &mut seller.person, "sell", &sell.with("asset", *euro));
}

//! What becomes of an order that nobody signs, of one that is paid twice, and of one too many; and how large a sale is.

use rand_core::OsRng;
use tabella_market::{
    keys::MarketKeys,
    order::{self, licence_of},
    price::Priced,
    work::Registration,
};
use tabella_market_rules::work::{Holder, Work, WorkId};
use tabella_protocol::{asset::AssetClass, keys::Seed, note::NoteValue};
use tabella_prover::builder::Blinding;
use tabella_verifier::{assets::IssueRejection, shielded::ShieldedRejection, state::LedgerRejection};

use crate::shop::{NOW, Shop, keys, no_proof, time};

/// What the buyer can pay with.
fn crowns(shop: &Shop) -> u128 {
    let pool = shop.state.pool(AssetClass::Ordinary).id();
    shop.buyer.wallet().balance(pool, shop.crown, time(shop.now)).spendable
}

/// Sales and licences sold.
fn sold(shop: &Shop, work: WorkId) -> (u64, u64) {
    let state = shop.market().work(&work).unwrap();
    (state.sales, state.licences)
}

// The seller has the order, and neither signs it nor says so.
#[test]
fn order_that_the_seller_keeps_pays_nothing_and_its_note_is_free_when_the_window_ends() {
    let (mut shop, work) = Shop::new();
    let order = shop.order(work, 1, 100);
    assert_eq!(crowns(&shop), 9_000, "one of ten notes is set aside");
    shop.now = NOW + 3_600;
    assert_eq!(crowns(&shop), 10_000);
    // What he signs now is too late.
    let late = order.approve(&shop.state, &shop.seller).unwrap();
    let window = ShieldedRejection::Window { transfer: 0, time: shop.now };
    assert_eq!(shop.submit(late), Err(LedgerRejection::Shielded(window)));
    assert_eq!(sold(&shop, work), (0, 0));
    shop.sell(work, 1, 100);
    assert_eq!((crowns(&shop), sold(&shop, work)), (9_900, (1, 1)));
}

#[test]
fn sale_beyond_the_edition_is_refused() {
    let mut shop = Shop::empty();
    let mut work = shop.work();
    work.licence.cap = 3;
    let work = shop.register(work);
    shop.sell(work, 2, 200);
    let sale = shop.sale(work, 2, 200);
    match shop.submit(sale) {
        Err(LedgerRejection::Shielded(ShieldedRejection::Application(rejection))) => {
            assert_eq!(rejection.reason(), Some(&IssueRejection::Cap(3)));
        }
        other => panic!("{other:?}"),
    }
    shop.sell(work, 1, 100);
    assert_eq!(sold(&shop, work), (2, 3));
}

// The buyer's wallet sets the note aside; one that lies orders of two sellers with it.
#[test]
fn note_that_is_spent_in_two_orders_pays_for_one() {
    let (mut shop, work) = Shop::new();
    let other = Work { licence: shop.licence("Another song"), nonce: [8; 32], ..shop.work() };
    let other = shop.register(other);
    let first = shop.sale(work, 1, 100);
    shop.buyer.release(&first.effects);
    let second = shop.sale(other, 1, 100);
    let spent = first.effects.transfers[0].nullifiers();
    let shared = second.effects.transfers[0].nullifiers().iter().find(|nullifier| spent.contains(nullifier));
    let nullifier = *shared.expect("the same note");
    shop.honest(first);
    let twice = ShieldedRejection::Spent { transfer: 0, nullifier };
    assert_eq!(shop.submit(second), Err(LedgerRejection::Shielded(twice)));
    assert_eq!((sold(&shop, work), sold(&shop, other)), ((1, 1), (0, 0)));
}

/// A work that so many share: all alike, and what is left over of the whole goes to the last.
fn shared_by(shop: &mut Shop, count: u16) -> (WorkId, Vec<(MarketKeys, u16)>) {
    let of = |number: u16| MarketKeys::of_seed(&Seed::new([21; 32]), number.into());
    let each = 10_000 / count;
    let rest = 10_000 - each * (count - 1);
    let holders: Vec<_> =
        (0..count).map(|number| (of(number), if number + 1 == count { rest } else { each })).collect();
    let listed = holders.iter().map(|(keys, share)| Holder { party: keys.party(), share: *share });
    let work = Work { holders: listed.collect(), ..shop.work() };
    let mut registration = Registration::new(shop.state.id(), work).unwrap();
    for (keys, share) in &holders {
        assert_eq!(registration.sign(keys), Ok(*share));
    }
    registration.sign_as_seller(&shop.seller).unwrap();
    shop.honest(registration.finish().unwrap());
    (registration.id(), holders)
}

#[test]
fn sale_is_one_transfer_however_many_holders_share_it() {
    for count in [1, 2, 32] {
        let mut shop = Shop::empty();
        let (work, holders) = shared_by(&mut shop, count);
        let sale = shop.sale(work, 1, 900);
        assert_eq!((sale.effects.transfers.len(), sale.effects.actions.len()), (1, 2), "{count} holders");
        shop.honest(sale);
        for (keys, share) in &holders {
            assert_eq!(shop.own(keys, work).incoming, 900 * u128::from(*share) * 10_000);
        }
        let audit = shop.market().audit(&work).unwrap();
        assert_eq!((audit.accounts, audit.holds), (holders.len(), true));

        // Sold again, with one party more: the price out, the licence in.
        let reseller = keys(5);
        let listing = shop.offer(work, 1, None);
        let price = Priced::new(NoteValue(100), false, &mut OsRng);
        let payment = shop.exit(shop.crown, 100, price.blinding());
        let licence = licence_of(&shop.state, &work).unwrap();
        let licence = shop.entry(licence, 1, Blinding::Public);
        let paid = (payment, &price);
        let order = order::order_offered(&shop.state, &shop.buyer, listing, paid, licence, &no_proof, &mut OsRng);
        let resale = order.unwrap().approve_resale(&shop.state, &reseller).unwrap();
        assert_eq!((resale.effects.transfers.len(), resale.effects.actions.len()), (2, 1), "{count} holders");
        shop.honest(resale);
        for (keys, share) in &holders {
            assert_eq!(shop.own(keys, work).incoming, u128::from(*share) * (900 * 10_000 + 100 * 500));
        }
        assert_eq!(shop.own(&reseller, work).incoming, 100 * 9_500 * 10_000);
        let audit = shop.market().audit(&work).unwrap();
        assert_eq!((audit.accounts, audit.holds), (holders.len() + 1, true));
    }
}

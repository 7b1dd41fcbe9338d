//! Showing a licence: who holds one can, and nobody else; and no ledger accepts what shows it.

use rand_core::OsRng;
use tabella_market::{
    licence::{Presentation, PresentationError, order_address, present},
    order::{self, OrderError, Wanted, licence_of},
    price::Priced,
};
use tabella_market_rules::{MarketRejection, work::WorkId};
use tabella_payments::{
    holder::{Holder, PaymentError},
    log::pool_entries,
    viewing::{ViewingKey, incoming_notes},
};
use tabella_protocol::{asset::AssetClass, keys::Seed, note::NoteValue};
use tabella_prover::{builder::Blinding, parameters::Parameters};
use tabella_verifier::{groth16::VerifyingKeys, shielded::ShieldedRejection, state::LedgerRejection};

use crate::shop::{NOW, Shop, no_proof, proving_keys, rule, time};

fn shown<E: tabella_prover::builder::ProvingEngine>(
    shop: &mut Shop,
    work: WorkId,
    challenge: [u8; 32],
    engine: &E,
) -> Result<Presentation, PaymentError> {
    let licence = licence_of(&shop.state, &work).unwrap();
    let at = (&shop.state, proving_keys());
    present(&mut shop.buyer, at, (work, licence), challenge, engine, &mut OsRng)
}

#[test]
fn licence_is_shown_to_whoever_asks_and_to_nobody_else() {
    let (mut shop, work) = Shop::new();
    assert!(matches!(shown(&mut shop, work, [1; 32], &no_proof), Err(PaymentError::Insufficient { .. })));
    shop.sell(work, 1, 100);
    let keys = VerifyingKeys::development();
    let parameters = Parameters::development().unwrap();
    let presentation = shown(&mut shop, work, [1; 32], &parameters).unwrap();
    let check = |shop: &Shop, presentation: &Presentation, work, challenge| {
        presentation.check(&shop.state, &keys, work, challenge, &mut OsRng)
    };
    let first = check(&shop, &presentation, work, [1; 32]).unwrap();
    assert_eq!(check(&shop, &presentation, work, [2; 32]), Err(PresentationError::Challenge));
    assert_eq!(check(&shop, &presentation, WorkId([1; 32]), [1; 32]), Err(PresentationError::Work(work)));
    // The same licence is known again.
    let again = shown(&mut shop, work, [3; 32], &parameters).unwrap();
    let second = check(&shop, &again, work, [3; 32]).unwrap();
    assert!(second.iter().any(|nullifier| first.contains(nullifier)));
    // The challenge of another presentation; no proof.
    let mut moved = presentation.clone();
    moved.transaction.effects.actions.clone_from(&again.transaction.effects.actions);
    assert_eq!(check(&shop, &moved, work, [3; 32]), Err(PresentationError::Proof));
    let empty = shown(&mut shop, work, [1; 32], &no_proof).unwrap();
    assert_eq!(check(&shop, &empty, work, [1; 32]), Err(PresentationError::Proof));
    let sale = Presentation { transaction: shop.log.last().unwrap().transaction.clone() };
    assert_eq!(check(&shop, &sale, work, [1; 32]), Err(PresentationError::Form));
    // No ledger accepts it: it is not good before the year 36,000, and says itself what it is.
    let outcome = shop.submit(presentation.transaction.clone());
    assert!(matches!(outcome, Err(LedgerRejection::Shielded(ShieldedRejection::Window { .. }))));
    let licence = licence_of(&shop.state, &work).unwrap();
    let exit = shop.exit(licence, 1, Blinding::Public);
    let action = tabella_market_rules::action::MarketAction::Present { work, transfer: 0, challenge: [0; 32] };
    let early = shop.transaction(vec![exit], &[action], |_| vec![Default::default()]);
    let effects = early.effects.clone();
    assert_eq!(rule(shop.submit(early)), MarketRejection::Presentation);
    shop.buyer.release(&effects);
    // Once it is offered, it is nobody's to show.
    shop.offer(work, 1, None);
    let outcome = check(&shop, &presentation, work, [1; 32]);
    assert!(matches!(
        outcome,
        Err(PresentationError::Ledger(LedgerRejection::Shielded(ShieldedRejection::Spent { .. })))
    ));
}

#[test]
fn orders_that_wait_at_once_name_no_address_twice() {
    let mut shop = Shop::empty();
    let crown = shop.crown;
    // Forty, in four currencies of ten notes each.
    let others = ["Mark", "Franc", "Pound"].map(|name| shop.issue_crowns(name));
    let mut owners = Vec::new();
    for asset in [[crown].as_slice(), &others].concat().repeat(10) {
        let payment = shop.exit(asset, 1_000, Blinding::Random);
        owners.push(order_address(shop.buyer.wallet(), &payment).unwrap().owner().to_bytes());
        // Nor is a payment that somebody else makes the buyer's.
        let other = Holder::new(&Seed::new([5; 32]), 0);
        assert!(matches!(order_address(other.wallet(), &payment), Err(OrderError::Foreign)));
    }
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 40);
}

#[test]
fn orders_name_no_address_twice_and_24_words_find_what_was_issued_to_each() {
    let (mut shop, work) = Shop::new();
    let licence = licence_of(&shop.state, &work).unwrap();
    let mut owners = Vec::new();
    for _ in 0..12 {
        let priced = Priced::new(NoteValue(10), false, &mut OsRng);
        let payment = shop.exit(shop.crown, 10, priced.blinding());
        let to = order_address(shop.buyer.wallet(), &payment).unwrap();
        owners.push(to.owner().to_bytes());
        let wanted = Wanted { to, ..shop.wanted(work, 1) };
        let order = order::order(&shop.state, &shop.buyer, &wanted, (payment, &priced), &no_proof, &mut OsRng).unwrap();
        shop.honest(order.approve(&shop.state, &shop.seller).unwrap());
    }
    owners.push(shop.buyer.wallet().address(0).owner().to_bytes());
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 13);
    let mut restored = Holder::new(&Seed::new([4; 32]), 0);
    restored.read_log(&shop.state, &shop.log).unwrap();
    let pool = shop.state.pool(AssetClass::Named).id();
    assert_eq!(restored.wallet().balance(pool, licence, time(NOW)).spendable, 12);

    // So does an auditor with an incoming viewing key, as text; and another's key sees none of them.
    let pools = AssetClass::ALL.map(|class| pool_entries(shop.state.pool(class), &shop.log).unwrap());
    let bought = |holder: &Holder| {
        let key = ViewingKey::Incoming(holder.wallet().key().incoming().clone()).encode();
        assert!(key.starts_with("tabviewin1"));
        let ViewingKey::Incoming(key) = key.parse().unwrap() else { panic!("an incoming key") };
        let notes = incoming_notes(&key, &pools).into_iter().filter(|note| note.asset == licence);
        notes.map(|note| (note.value.0, note.change, note.escrow)).collect::<Vec<_>>()
    };
    assert_eq!(bought(&shop.buyer), [(1, false, false); 12]);
    assert!(bought(&Holder::new(&Seed::new([5; 32]), 0)).is_empty());
}

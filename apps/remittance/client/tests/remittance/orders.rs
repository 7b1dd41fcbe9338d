//! Orders and answers: each side checks the other's before it signs, so that nobody is bound to what was not agreed.

use rand_core::OsRng;
use tabella_payments::holder::LockOrder;
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Terms},
    note_encryption::Memo,
    ristretto::CanonicalScalar,
    transaction::{SignatureBytes, TransactionEffects, TransferStatement},
};
use tabella_prover::{
    builder::{SpendPath, TransactionBuilder},
    wallet::NoteKind,
};
use tabella_remittance::{
    Agreed, Notice, Order, OrderError, Payee, SignedQuote,
    notice::{NoticeError, escrow},
    rules::{Corridor, CorridorId, terms::travel_digest},
    travel::{TravelError, TravelMessage},
};

use crate::scene::{EXPIRES, HOUR, Scene, Who, no_proof, time, told};

/// What the provider says to an order that was altered.
fn refused(scene: &Scene, order: &Order, alter: impl FnOnce(&mut Order)) -> String {
    let mut altered = order.clone();
    alter(&mut altered);
    scene.check(&altered).expect_err("the order was altered").to_string()
}

#[test]
fn provider_takes_no_order_that_is_not_its_quote() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let payment = scene.payment(&agreed);
    let order = agreed.order(&payment);
    scene.check(&order).unwrap();
    let one = CanonicalScalar(curve25519_dalek::scalar::Scalar::ONE);
    assert!(refused(&scene, &order, |order| order.paid_blinding = one).contains("their amounts"));
    assert!(refused(&scene, &order, |order| order.delivered_blinding = one).contains("their amounts"));
    let later = |order: &mut Order| order.terms.claim_until = time(order.terms.claim_until.seconds() - 1);
    assert!(refused(&scene, &order, later).contains("their times"));
    let earlier = |order: &mut Order| {
        order.terms.refund_from = time(order.terms.refund_from.seconds() + 1);
    };
    assert!(refused(&scene, &order, earlier).contains("their times"));
    let (own, other) = (order.terms.provider, order.terms.receiver);
    assert!(refused(&scene, &order, |order| order.terms.provider = other).contains("different addresses"));
    let stranger = scene.stranger.person.address(0);
    assert!(refused(&scene, &order, |order| order.terms.provider = stranger.owner()).contains("who claims"));
    assert!(refused(&scene, &order, |order| order.receiver = stranger).contains("receiver's address"));
    assert_ne!(own, other);
    assert!(refused(&scene, &order, |order| order.terms.quote[0] ^= 1).contains("another quote"));
    assert!(refused(&scene, &order, |order| order.travel.push(0)).contains("travel-rule message"));
    assert!(refused(&scene, &order, |order| order.quote.signature = SignatureBytes([0; 64])).contains("not signed"));
    // The transfer is of these terms and no others.
    assert!(refused(&scene, &order, |order| order.terms.nonce[0] ^= 1).contains("sender's transfer"));
    // Another provider cannot use it.
    let at = (scene.id(), &scene.corridor, scene.stage.now().unwrap());
    let wrong = order.check(&scene.stranger.keys, at, scene.state(), &scene.stranger.person.holder);
    assert!(matches!(wrong, Err(OrderError::NotMine)));
}

#[test]
fn provider_sees_when_less_is_paid_or_paid_to_somebody_else() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let euro = scene.euro;
    let right = agreed.lock_order(Memo::empty()).unwrap();
    let less = LockOrder { amount: NoteValue(9_999), ..right.clone() };
    let less = scene.leg(euro, &less);
    assert!(matches!(scene.check(&agreed.order(&less)), Err(OrderError::Transfer("sender"))));
    scene.sender.person.holder.release(&TransactionEffects::new(scene.id(), vec![less.effects().clone()], vec![]));
    let elsewhere = LockOrder { claimant: scene.stranger.person.address(0), ..right.clone() };
    let elsewhere = scene.leg(euro, &elsewhere);
    assert!(matches!(scene.check(&agreed.order(&elsewhere)), Err(OrderError::Transfer("sender"))));
    scene.sender.person.holder.release(&TransactionEffects::new(scene.id(), vec![elsewhere.effects().clone()], vec![]));
    let untagged = LockOrder { is_tagged: false, ..right };
    let untagged = scene.leg(euro, &untagged);
    assert!(matches!(scene.check(&agreed.order(&untagged)), Err(OrderError::Transfer("sender"))));
}

// A message of another exchange, put under new terms, tells of another quote.
#[test]
fn travel_rule_message_is_bound_to_its_exchange() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let payment = scene.payment(&agreed);
    let mut order = agreed.order(&payment);
    let other = scene.quote();
    let recipients = [scene.provider.keys.recipient(), scene.receiver.keys.recipient()];
    let foreign = TravelMessage::new(&other.quote, &scene.corridor, told()).unwrap().seal(&recipients).unwrap();
    order.travel.clone_from(&foreign);
    order.terms.travel = travel_digest(&foreign);
    assert!(matches!(scene.check(&order), Err(OrderError::Travel(TravelError::Other("quote")))));
    // Nobody else opens it.
    assert_eq!(TravelMessage::open(&scene.stranger.keys, &foreign, time(EXPIRES)).unwrap_err(), TravelError::NotForUs);
    let only_provider = TravelMessage::new(&other.quote, &scene.corridor, told()).unwrap();
    let sealed = only_provider.seal(&recipients[..1]).unwrap();
    assert_eq!(TravelMessage::open(&scene.receiver.keys, &sealed, time(EXPIRES)).unwrap_err(), TravelError::NotForUs);
    assert!(matches!(
        TravelMessage::open(&scene.provider.keys, &sealed[..40], time(EXPIRES)),
        Err(TravelError::Damaged(_))
    ));
}

#[test]
fn sender_signs_nothing_when_the_provider_delivers_something_else() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let payment = scene.payment(&agreed);
    let order = agreed.order(&payment);
    let right = order.lock_order(Memo::empty()).unwrap();
    let (won, euro) = (scene.won, scene.euro);
    let answer = |scene: &mut Scene, order: &Order, asset, lock: &LockOrder| {
        let delivery = scene.leg(asset, lock);
        let effects = TransactionEffects::new(scene.id(), vec![delivery.effects().clone()], vec![]);
        let answer = order.answer(&scene.provider.keys, &scene.provider.person.holder, delivery, &no_proof, &mut OsRng);
        scene.provider.person.holder.release(&effects);
        answer
    };
    // A unit less: the provider cannot even show the amount.
    let less = LockOrder { amount: NoteValue(right.amount.0 - 1), ..right.clone() };
    assert!(matches!(answer(&mut scene, &order, won, &less), Err(OrderError::Bridge(_))));
    // And what is shown of another amount is not taken.
    let mut cheap = order.clone();
    cheap.quote.quote.priced.deliver.0 -= 1;
    let shown = answer(&mut scene, &cheap, won, &less).unwrap();
    let outcome = scene.complete(&agreed, payment.clone(), &shown, false);
    assert!(matches!(outcome, Err(OrderError::Delivered(_))), "{outcome:?}");
    // To somebody else.
    let elsewhere = LockOrder { claimant: scene.stranger.person.address(0), ..right.clone() };
    let elsewhere = answer(&mut scene, &order, won, &elsewhere).unwrap();
    let outcome = scene.complete(&agreed, payment.clone(), &elsewhere, false);
    assert!(matches!(outcome, Err(OrderError::Transfer("provider"))), "{outcome:?}");
    // In the sender's own asset: the provider has none, so the sender's wallet stands in for it.
    let same = scene.leg(euro, &right);
    let same = order.answer(&scene.provider.keys, &scene.sender.person.holder, same, &no_proof, &mut OsRng).unwrap();
    let outcome = scene.complete(&agreed, payment.clone(), &same, false);
    assert!(matches!(outcome, Err(OrderError::Transfer("provider"))), "{outcome:?}");
    // A signature for another transaction.
    let other = scene.agreed();
    let honest = answer(&mut scene, &order, won, &right).unwrap();
    let foreign = other.order(&payment);
    let lock = foreign.lock_order(Memo::empty()).unwrap();
    let foreign = answer(&mut scene, &foreign, won, &lock).unwrap();
    let mixed = tabella_remittance::Answer { authorization: foreign.authorization, ..honest.clone() };
    let outcome = scene.complete(&agreed, payment.clone(), &mixed, false);
    assert!(matches!(outcome, Err(OrderError::Signing(_))), "{outcome:?}");
    let unsigned = tabella_remittance::Answer { quote: foreign.quote, ..honest };
    let outcome = scene.complete(&agreed, payment, &unsigned, false);
    assert!(matches!(outcome, Err(OrderError::Unsigned)), "{outcome:?}");
}

// A provider who has the order and keeps silent has nothing: the sender's notes are free again when the window ends.
#[test]
fn order_that_is_never_answered_locks_nothing() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let euro = scene.euro;
    let before = scene.balance(Who::Sender, euro);
    let payment = scene.payment(&agreed);
    let order = agreed.order(&payment);
    assert!(scene.balance(Who::Sender, euro) < before, "reserved");
    scene.stage.advance(48 * HOUR);
    assert_eq!(scene.balance(Who::Sender, euro), before);
    assert!(matches!(scene.check(&order), Err(OrderError::Quote(_))));
}

#[test]
fn receiver_believes_no_notice_that_tells_something_else() {
    let (scene, id, notice) = Scene::locked();
    assert_eq!(scene.believe(&notice), Ok(()));
    let altered = |alter: fn(&mut Notice)| {
        let mut altered = notice.clone();
        alter(&mut altered);
        scene.believe(&altered)
    };
    assert_eq!(altered(|notice| notice.delivered.0 += 1), Err(NoticeError::Amount));
    assert_eq!(altered(|notice| notice.paid.0 += 1), Err(NoticeError::Amount));
    assert_eq!(altered(|notice| notice.travel.push(0)), Err(NoticeError::OtherMessage));
    assert!(matches!(altered(|notice| notice.terms.nonce[0] ^= 1), Err(NoticeError::NotLocked(_))));
    assert!(matches!(altered(|notice| notice.ledger.0[0] ^= 1), Err(NoticeError::Ledger(_))));
    let (state, wallet) = (scene.state(), scene.receiver.person.holder.wallet());
    let check = |payee: &Payee| notice.check(&scene.receiver.keys, payee, state, wallet).unwrap_err();
    // Another payee of the same institution, and another corridor than the one that it trusts.
    let elsewhere = Payee { address: scene.receiver.person.address(3), ..scene.payee() };
    assert_eq!(check(&elsewhere), NoticeError::NotMine(id));
    let other = Payee { corridor: CorridorId([1; 32]), ..scene.payee() };
    assert_eq!(check(&other), NoticeError::Corridor(notice.terms.corridor));
    let foreign = notice.check(&scene.stranger.keys, &scene.payee(), state, wallet);
    assert_eq!(foreign.unwrap_err(), NoticeError::NotMine(id));
    // What does not open in the receiver's wallet could not be claimed.
    let lost = notice.check(&scene.receiver.keys, &scene.payee(), state, scene.stranger.person.holder.wallet());
    assert_eq!(lost.unwrap_err(), NoticeError::NoEscrow);
}

// Anybody can make an escrow that names the remittance's guard, with times as he likes: it is none of its legs.
#[test]
fn escrow_under_the_same_guard_is_not_taken_for_a_leg() {
    let (mut scene, id, notice) = Scene::locked();
    let (euro, won) = (scene.euro, scene.won);
    let guard = id.guard().unwrap();
    let gone = Terms { claim_until: time(1), refund_from: time(0), burn_only: false };
    let decoy = |claimant, amount| LockOrder {
        claimant,
        terms: gone,
        guard,
        amount: NoteValue(amount),
        memo: Memo::empty(),
        is_tagged: false,
    };
    // The provider makes one of the same amount for the receiver, whose wallet opens it; the sender one for the provider.
    let for_receiver = decoy(scene.receiver.person.address(2), 152_880);
    let for_provider = decoy(scene.provider.person.address(5), 1);
    for (asset, order) in [(won, for_receiver), (euro, for_provider)] {
        let transfer = scene.leg(asset, &order);
        let mut builder = TransactionBuilder::new(scene.id());
        builder.add(transfer);
        let holder = if asset == euro { &scene.sender.person.holder } else { &scene.provider.person.holder };
        let transaction = holder.authorize(builder.build().unwrap(), scene.stage.parameters(), &mut OsRng).unwrap();
        scene.stage.submit(transaction).unwrap();
    }
    scene.read_all();
    for (party, asset) in [(Who::Receiver, won), (Who::Provider, euro)] {
        let person = &scene.party(party).person;
        assert_eq!(person.escrows(NoteKind::EscrowToClaim, asset).len(), 2);
        let leg = escrow(person.holder.wallet(), scene.state().remittance(&id).unwrap(), NoteKind::EscrowToClaim);
        assert_eq!(leg.map(|note| note.note().value.0), Some(if asset == won { 152_880 } else { 10_000 }));
    }
    scene.believe(&notice).unwrap();
    scene.say(Who::Receiver, id, true).unwrap();
    scene.settle(Who::Provider, id, SpendPath::Claim, true).unwrap();
    scene.settle(Who::Receiver, id, SpendPath::Claim, true).unwrap();
    assert_eq!(scene.balance(Who::Provider, euro), 10_000);
    assert_eq!(scene.balance(Who::Receiver, won), 152_880);
}

// The provider's real leg opens nowhere, and a decoy of the same asset and amount does.
#[test]
fn decoy_in_place_of_a_leg_that_does_not_open_is_not_accepted() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let payment = scene.payment(&agreed);
    let order = agreed.order(&payment);
    // To the receiver's owner commitment, and sealed to somebody else: nobody but its maker opens it.
    let mut lock = order.lock_order(Memo::empty()).unwrap();
    lock.claimant = sealed_to_another(&lock.claimant, &scene.stranger.person.address(7));
    let won = scene.won;
    let delivery = scene.leg(won, &lock);
    let (keys, holder) = (&scene.provider.keys, &scene.provider.person.holder);
    let answer = order.answer(keys, holder, delivery, scene.stage.parameters(), &mut OsRng).unwrap();
    let transaction = scene.complete(&agreed, payment, &answer, true).unwrap();
    scene.stage.submit(transaction).unwrap();
    let guard = agreed.id().guard().unwrap();
    let terms = Terms { claim_until: time(1), refund_from: time(0), burn_only: false };
    let decoy = LockOrder { claimant: scene.payee().address, terms, guard, is_tagged: false, ..lock };
    let decoy = scene.leg(won, &decoy);
    let mut builder = TransactionBuilder::new(scene.id());
    builder.add(decoy);
    let holder = &scene.provider.person.holder;
    let decoy = holder.authorize(builder.build().unwrap(), scene.stage.parameters(), &mut OsRng).unwrap();
    scene.stage.submit(decoy).unwrap();
    scene.read_all();
    assert_eq!(scene.receiver.person.escrows(NoteKind::EscrowToClaim, won).len(), 1, "the decoy opens");
    assert_eq!(scene.believe(&agreed.notice()), Err(NoticeError::NoEscrow));
}

/// An address with the owner commitment of one and the transmission key of another.
fn sealed_to_another(owner: &Address, other: &Address) -> Address {
    let (bytes, other) = (borsh::to_vec(owner).unwrap(), borsh::to_vec(other).unwrap());
    // Whichever part of the encoding leaves the owner commitment as it is and changes what is sealed to.
    for start in (0..bytes.len()).rev() {
        let mut mixed = bytes.clone();
        mixed[start..].copy_from_slice(&other[start..]);
        if let Ok(mixed) = borsh::from_slice::<Address>(&mixed)
            && mixed.owner() == owner.owner()
            && mixed.transmission_key() == borsh::from_slice::<Address>(&other).unwrap().transmission_key()
        {
            return mixed;
        }
    }
    panic!("no such address")
}

// An order without ciphertexts, from somebody with a quote.
#[test]
fn order_whose_transfer_has_no_ciphertexts_is_refused() {
    let mut scene = Scene::new();
    let agreed = scene.agreed();
    let payment = scene.payment(&agreed);
    let order = agreed.order(&payment);
    let empty = |order: &mut Order| match &mut order.payment.statement {
        TransferStatement::Transfer { ciphertexts, .. } => ciphertexts.clear(),
        TransferStatement::Cast(_) => panic!("a transfer"),
    };
    assert!(refused(&scene, &order, empty).contains("sender's transfer"));
}

#[test]
fn quote_in_another_corridor_than_the_payees_is_not_taken() {
    let scene = Scene::new();
    // Anybody opens a corridor of the same name and assets, and a threshold as he likes.
    let lenient = Corridor { below: NoteValue(u64::MAX), ..scene.corridor.clone() };
    let payee = scene.payee();
    let mut request = scene.request(10_000);
    request.corridor = lenient.id(scene.id());
    let quote = SignedQuote::new(&scene.provider.keys, scene.id(), &lenient, &request, &mut OsRng).unwrap();
    let at = (scene.id(), &lenient, scene.stage.now().unwrap());
    let outcome = Agreed::new(quote, at, &payee, told(), &mut OsRng);
    assert!(matches!(outcome, Err(OrderError::Corridor { .. })), "{outcome:?}");
}

#[test]
fn quote_is_used_once() {
    let mut scene = Scene::new();
    let quote = scene.quote();
    let first = scene.agree(quote.clone()).unwrap();
    let transaction = scene.exchange(&first, true);
    scene.stage.submit(transaction).unwrap();
    scene.read_all();
    let second = scene.agree(quote).unwrap();
    let payment = scene.payment(&second);
    assert!(matches!(scene.check(&second.order(&payment)), Err(OrderError::Used)));
}

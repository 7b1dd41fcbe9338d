//! An invoice is sold for money: both or nothing, and once.

use rand_core::OsRng;
use tabella_payments::holder::{PaymentError, PaymentOrder};
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    statement::Mode,
    transaction::{LedgerId, TransferStatement},
};
use tabella_prover::builder::{SigningError, UnprovenTransfer};
use tabella_stage::{Person, Stage, StageError};
use tabella_trade::exchange::{Answer, ExchangeError, Offer};
use tabella_verifier::shielded::ShieldedRejection;

use crate::{
    invoices::invoice,
    scene::{Party, Scene, no_proof, refused_by_pool},
};

const PRICE: NoteValue = NoteValue(93_000);

fn send(stage: &mut Stage, from: &mut Party, to: &Person, asset: AssetId, amount: NoteValue) -> UnprovenTransfer {
    let order = PaymentOrder { to: to.address(0), asset, amount, memo: Memo::empty() };
    stage.ready(&mut from.person, |person, at| person.holder.prepare_send(at, &order, &mut OsRng)).unwrap()
}

/// A bank's offer for an invoice, and the transfer that it keeps.
fn offer(scene: &mut Scene, by_adviser: bool, wanted: AssetId, paid: NoteValue) -> (Offer, UnprovenTransfer) {
    let Scene { stage, bank, adviser, seller, euro, .. } = scene;
    let bank = if by_adviser { adviser } else { bank };
    let payment = send(stage, bank, &seller.person, *euro, paid);
    let offer = Offer {
        ledger: stage.ledger.id(),
        payment: payment.effects().clone(),
        asset: *euro,
        price: PRICE,
        wanted,
        quantity: NoteValue(1),
        deliver_to: bank.person.address(0),
    };
    (offer, payment)
}

fn answer(scene: &mut Scene, offer: &Offer, is_proved: bool) -> Result<Answer, ExchangeError> {
    let Scene { stage, bank, adviser, seller, .. } = scene;
    let to = if offer.deliver_to == bank.person.address(0) { &bank.person } else { &adviser.person };
    let delivery = send(stage, seller, to, offer.wanted, NoteValue(1));
    let (holder, ledger) = (&seller.person.holder, stage.ledger.id());
    if is_proved {
        offer.answer(holder, ledger, delivery, stage.parameters(), &mut OsRng)
    } else {
        offer.answer(holder, ledger, delivery, &no_proof, &mut OsRng)
    }
}

#[test]
fn invoice_is_sold_in_one_transaction_and_not_twice() {
    let mut scene = Scene::registered();
    let confirmation = scene.confirmed(invoice(&scene, &scene.buyer));
    let asset = scene.check(&confirmation).unwrap();
    // Two banks that know nothing of each other make an offer; the seller answers both.
    let (first, payment) = offer(&mut scene, false, asset, PRICE);
    let (second, other_payment) = offer(&mut scene, true, asset, PRICE);
    scene.read_all();
    let to_first = answer(&mut scene, &first, true).unwrap();
    scene.seller.person.holder.release(&effects(&scene, &to_first));
    let to_second = answer(&mut scene, &second, false).unwrap();
    let sale =
        first.complete(&scene.bank.person.holder, payment, &to_first, scene.stage.parameters(), &mut OsRng).unwrap();
    // The public sees two transfers that hide everything, and no action.
    assert!(sale.effects.actions.is_empty());
    assert!(sale.effects.transfers.iter().all(|transfer| matches!(&transfer.statement,
        TransferStatement::Transfer { instance, .. } if instance.mode == Mode::Internal && !instance.reveal)));
    scene.stage.submit(sale).unwrap();
    scene.read_all();
    assert_eq!(scene.stage.balance(&scene.bank.person, asset).unwrap(), 1);
    assert_eq!(scene.balance(|scene| &scene.seller), u128::from(PRICE.0));
    // The second bank gets nothing, and pays nothing.
    let adviser = &scene.adviser.person.holder;
    let again = second.complete(adviser, other_payment, &to_second, &no_proof, &mut OsRng).unwrap();
    let nullifier = again.effects.transfers[1].nullifiers()[0];
    let effects = again.effects.clone();
    let outcome = scene.stage.submit(again);
    scene.adviser.person.holder.release(&effects);
    refused_by_pool(&outcome, &ShieldedRejection::Spent { transfer: 1, nullifier });
    assert_eq!(scene.balance(|scene| &scene.adviser), 500_000);
    // Nor can the seller sell what it has no longer, to the same bank.
    let (third, _) = offer(&mut scene, false, asset, PRICE);
    scene.read_all();
    let Scene { stage, bank, seller, .. } = &mut scene;
    let order = PaymentOrder { to: bank.person.address(0), asset, amount: NoteValue(1), memo: Memo::empty() };
    let none = stage.ready(&mut seller.person, |person, at| person.holder.prepare_send(at, &order, &mut OsRng));
    assert!(matches!(none, Err(StageError::Payment(PaymentError::Insufficient { available: 0, .. }))));
    drop(third);
}

/// The effects of a delivery alone, to make its note available again.
fn effects(scene: &Scene, answer: &Answer) -> tabella_protocol::transaction::TransactionEffects {
    tabella_protocol::transaction::TransactionEffects::new(scene.id(), vec![answer.delivery.clone()], Vec::new())
}

#[test]
fn exchange_that_brings_something_else_is_refused_by_the_other_side() {
    let mut scene = Scene::registered();
    let confirmation = scene.confirmed(invoice(&scene, &scene.buyer));
    let asset = scene.check(&confirmation).unwrap();
    // The bank pays a unit less than it says.
    let (low, _) = offer(&mut scene, false, asset, NoteValue(PRICE.0 - 1));
    scene.read_all();
    let error = answer(&mut scene, &low, false).unwrap_err();
    assert!(matches!(error, ExchangeError::NotAsAgreed { amount: 93_000, .. }), "{error}");
    let elsewhere = Offer { ledger: LedgerId([9; 32]), ..low };
    assert!(matches!(elsewhere.check(&scene.seller.person.holder, scene.id()), Err(ExchangeError::Ledger)));

    let mut scene = Scene::registered();
    let confirmation = scene.confirmed(invoice(&scene, &scene.buyer));
    let asset = scene.check(&confirmation).unwrap();
    let (fair, payment) = offer(&mut scene, false, asset, PRICE);
    scene.read_all();
    // The seller delivers the bank's own euros, or the invoice to somebody else.
    let Scene { stage, adviser, bank, seller, euro, .. } = &mut scene;
    let euros = send(stage, adviser, &bank.person, *euro, NoteValue(1));
    let error = deliver(&fair, stage, adviser, euros, &bank.person, payment.clone());
    assert!(matches!(error, ExchangeError::NotAsAgreed { amount: 1, .. }), "{error}");
    let invoice = send(stage, seller, &adviser.person, asset, NoteValue(1));
    let error = deliver(&fair, stage, seller, invoice, &bank.person, payment);
    assert!(matches!(error, ExchangeError::NotAsAgreed { amount: 1, .. }), "{error}");
}

/// Answers with some transfer, and gives why the bank does not complete it.
fn deliver(
    offer: &Offer,
    stage: &Stage,
    by: &Party,
    delivery: UnprovenTransfer,
    bank: &Person,
    payment: UnprovenTransfer,
) -> ExchangeError {
    let mut builder = tabella_prover::builder::TransactionBuilder::new(stage.ledger.id());
    builder.add_foreign(offer.payment.clone());
    let effects = delivery.effects().clone();
    builder.add(delivery);
    let authorized = by.person.holder.authorize_own(builder.build().unwrap(), &no_proof, &mut OsRng).unwrap();
    let answer = Answer { delivery: effects, authorization: authorized.authorizations()[1].unwrap() };
    offer.complete(&bank.holder, payment, &answer, &no_proof, &mut OsRng).unwrap_err()
}

#[test]
fn answer_is_good_for_its_own_transaction_only() {
    let mut scene = Scene::registered();
    let confirmation = scene.confirmed(invoice(&scene, &scene.buyer));
    let asset = scene.check(&confirmation).unwrap();
    let (fair, _) = offer(&mut scene, false, asset, PRICE);
    scene.read_all();
    let answered = answer(&mut scene, &fair, false).unwrap();
    // The bank takes the delivery, and puts a smaller payment beside it.
    let (low, small) = offer(&mut scene, true, asset, NoteValue(1));
    let low = Offer { deliver_to: fair.deliver_to, ..low };
    let error =
        low.complete(&scene.adviser.person.holder, small.clone(), &answered, &no_proof, &mut OsRng).unwrap_err();
    assert!(matches!(error, ExchangeError::NotAsAgreed { .. } | ExchangeError::Signing(_)), "{error}");
    let to_adviser = Offer { deliver_to: scene.bank.person.address(0), ..low };
    let error = to_adviser.complete(&scene.bank.person.holder, small, &answered, &no_proof, &mut OsRng).unwrap_err();
    assert!(matches!(error, ExchangeError::Signing(SigningError::Signature(1)) | ExchangeError::Payment(_)), "{error}");
}

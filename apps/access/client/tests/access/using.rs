//! Lies when a right is used.

use rand_core::OsRng;
use tabella_access::{
    AccessError, AccessKeys,
    build::{self, action, proof_bytes},
    rules::{AccessAction, AccessProof, AccessRejection as Rejection, RentalId, Stage},
};
use tabella_payments::holder::{Holder, Moment, PaymentOrder, Step};
use tabella_protocol::{note::NoteValue, note_encryption::Memo, statement::Mode};
use tabella_prover::builder::{Blinding, Settlement, SpendPath, TransactionBuilder, UnprovenTransfer};
use tabella_verifier::{application::UseError, shielded::ShieldedRejection};

use crate::scene::{Outcome, SECONDS, Scene, UNIT_SECONDS, USABLE, accepted, no_proof, pool_rule, rule, seed, time};

/// Uses a rental's right, by a transfer of the liar's.
fn use_with(scene: &mut Scene, id: RentalId, transfer: UnprovenTransfer) -> Outcome {
    let body = AccessAction::Use(scene.use_of(id));
    scene.attempt(vec![transfer], vec![action(&body)], |_, _| vec![proof_bytes(&AccessProof::Use)])
}

#[test]
fn right_is_used_once() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    let spent = |outcome| assert!(matches!(pool_rule(outcome), ShieldedRejection::Spent { .. }));
    spent(scene.use_as(id, |_| ()));
    scene.now += SECONDS;
    spent(scene.use_as(id, |_| ()));
    // For another rental, which has a right of its own.
    let other = scene.accepted_rental(false);
    let again = scene.consume(id);
    spent(use_with(&mut scene, other, again));
    // And without the note, the rental says so itself.
    scene.read();
    let foreign = scene.consume(other);
    assert_eq!(rule(use_with(&mut scene, id, foreign)), Rejection::NotUsable);
}

#[test]
fn right_of_another_rental_or_no_right_at_all_uses_nothing() {
    let mut scene = Scene::new();
    let (one, two) = (scene.accepted_rental(false), scene.accepted_rental(false));
    scene.read();
    let foreign = scene.consume(two);
    assert_eq!(rule(use_with(&mut scene, one, foreign)), Rejection::Use(UseError::Asset(0)));
    // Money.
    let money = scene.consume_asset(scene.asset);
    assert_eq!(rule(use_with(&mut scene, one, money)), Rejection::Use(UseError::Asset(0)));
    let exit = scene.exit(scene.asset, 1);
    let wrong = UseError::Mode { transfer: 0, expected: Mode::Consume };
    assert_eq!(rule(use_with(&mut scene, one, exit)), Rejection::Use(wrong));
    let body = AccessAction::Use(scene.use_of(one));
    let outcome = scene.attempt(Vec::new(), vec![action(&body)], |_, _| vec![proof_bytes(&AccessProof::Use)]);
    assert_eq!(rule(outcome), Rejection::Use(UseError::NoSuchTransfer(0)));
    // One note for two rentals.
    let right = scene.consume(one);
    let uses = [one, two].map(|id| action(&AccessAction::Use(scene.use_of(id))));
    let outcome = scene.attempt(vec![right], uses.to_vec(), |_, _| vec![proof_bytes(&AccessProof::Use); 2]);
    assert!(matches!(rule(outcome), Rejection::Busy(_) | Rejection::Use(_)));
    accepted(scene.use_as(one, |_| ()));
}

#[test]
fn use_names_exactly_what_was_let() {
    let mut scene = Scene::new();
    let id = scene.accepted_rental(false);
    assert_eq!(rule(scene.use_as(id, |used| used.device = [8; 32])), Rejection::UseDiffers("device"));
    assert_eq!(rule(scene.use_as(id, |used| used.owner = [8; 32])), Rejection::UseDiffers("owner"));
    // An extension that was not paid.
    for seconds in [SECONDS + u64::from(UNIT_SECONDS), SECONDS - 1, 0, u64::MAX] {
        let outcome = scene.use_as(id, |used| used.seconds = seconds);
        assert_eq!(rule(outcome), Rejection::UseDiffers("number of seconds"));
    }
    let (owner, renter) = (scene.owner.signer(), scene.renter.signer());
    for key in [owner, renter, scene.arbiter.signer(), scene.device] {
        assert_eq!(rule(scene.use_as(id, |used| used.key = key)), Rejection::KeyReused);
    }
    let unknown = scene.use_as(id, |used| used.rental = [1; 32]);
    assert_eq!(rule(unknown), Rejection::UnknownRental(RentalId([1; 32])));
    accepted(scene.use_as(id, |_| ()));
}

#[test]
fn right_is_not_used_before_the_owner_accepts_after_its_time_or_when_all_is_settled() {
    let mut scene = Scene::new();
    let unaccepted = scene.rented(false);
    assert_eq!(rule(scene.use_as(unaccepted, |_| ())), Rejection::NotUsable);
    let settled = scene.accepted_rental(false);
    accepted(scene.settle(settled, 0));
    assert_eq!(rule(scene.use_as(settled, |_| ())), Rejection::NotUsable);
    let late = scene.accepted_rental(false);
    scene.now += USABLE;
    assert_eq!(rule(scene.use_as(late, |_| ())), Rejection::NotUsable);
    assert_eq!(
        rule(scene.submit(build::accept(&scene.owner, scene.ledger(), unaccepted))),
        Rejection::Stage("a rental is accepted once, before the time to use it is over")
    );
}

#[test]
fn device_is_used_by_one_at_a_time_and_nobody_occupies_anothers() {
    let mut scene = Scene::new();
    let (one, two) = (scene.accepted_rental(false), scene.accepted_rental(false));
    accepted(scene.use_as(one, |_| ()));
    let until = scene.now + SECONDS;
    scene.now = until - 1;
    assert_eq!(rule(scene.use_as(two, |_| ())), Rejection::Busy(until));
    scene.now = until;
    accepted(scene.use_as(two, |_| ()));
    // Somebody lets the same device to themselves: it is not the owner's, and does not stop the owner's next renter.
    let owner = std::mem::replace(&mut scene.owner, AccessKeys::of_seed(&seed(4), 0));
    let pretended = scene.accepted_rental(false);
    scene.owner = owner;
    scene.now = until + SECONDS;
    let third = scene.accepted_rental(false);
    accepted(scene.use_as(pretended, |_| ()));
    accepted(scene.use_as(third, |_| ()));
}

#[test]
fn rent_is_not_claimed_before_the_right_was_used() {
    let mut scene = Scene::new();
    let id = scene.accepted_rental(false);
    scene.read();
    let rental = scene.stored(&id).clone();
    let (pool, position, _) = build::find_rent(scene.owner_holder.wallet(), &rental).unwrap();
    let to = Settlement::Exit(Blinding::Random);
    let mut owner = Holder::new(&seed(2), 0);
    owner.read_log(&scene.state, &scene.log).unwrap();
    let path = SpendPath::Claim;
    let claim = owner.prepare_settlement(&scene.at(), (pool, position), path, to, &mut OsRng).unwrap();
    let mut builder = TransactionBuilder::new(scene.ledger());
    builder.add(claim);
    let transaction = owner.authorize(builder.build().unwrap(), &no_proof, &mut OsRng).unwrap();
    assert_eq!(pool_rule(scene.submit(transaction)), ShieldedRejection::Guard(0));
}

#[test]
fn right_is_passed_on_inside_the_pool() {
    let mut scene = Scene::new();
    let id = scene.accepted_rental(false);
    scene.read();
    let right = scene.stored(&id).terms().right(id).id().unwrap();
    // To a friend, who uses it with keys of its own.
    let friend = Holder::new(&seed(6), 0);
    let order =
        PaymentOrder { to: friend.wallet().address(0), asset: right, amount: NoteValue(1), memo: Memo::empty() };
    let (state, now) = (scene.state.clone(), time(scene.now));
    let at = Moment { state: &state, keys: scene.at().keys, now };
    let step = scene.holder.prepare(&at, &order, &mut OsRng).unwrap();
    let Step::Pay(pay) = step else { panic!() };
    let paid = scene.holder.authorize(pay, &no_proof, &mut OsRng).unwrap();
    accepted(scene.submit(paid));
    let mut friend = friend;
    friend.read_log(&scene.state, &scene.log).unwrap();
    let keys = AccessKeys::of_seed(&seed(6), 0);
    let terms = scene.stored(&id).terms().clone();
    let with = build::use_right(&keys, &friend, &scene.at(), (id, &terms), &mut OsRng).unwrap();
    let used = friend.authorize_with(with.transaction, &no_proof, &mut OsRng, |_| with.proofs).unwrap();
    accepted(scene.submit(used));
    assert!(matches!(scene.stage_of(&id), Stage::Used { .. }));
    // The renter's own note of it is gone.
    scene.read();
    let gone = build::use_right(&scene.renter, &scene.holder, &scene.at(), (id, &terms), &mut OsRng);
    assert!(matches!(gone, Err(AccessError::NoRight(found)) if found == id));
}

//! Lies before a rental.

use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_access::{
    AccessKeys, Offer, OfferError, OfferOrder, Prices,
    build::{self, Payment, action, proof_bytes},
    rules::{AccessAction, AccessProof, AccessRejection as Rejection, Party, TermsError, terms::MAX_USABLE_SECONDS},
};
use tabella_payments::{holder::LockOrder, issuer::next_issue};
use tabella_protocol::{
    account::Amount,
    asset::{self, issuer_message},
    note::{Guard, NoteValue, Terms},
    statement::Mode,
    transaction::{Action, LedgerId, SignatureBytes},
};
use tabella_prover::{account::AmountOpening, builder::UnprovenTransfer};
use tabella_verifier::{application::UseError, shielded::ShieldedRejection};

use crate::scene::{
    At, Crossing, Draft, NOW, Outcome, PART, PARTS, PRICE, Scene, USABLE, accepted, only_the_bridge, pool_rule, rule,
    seed, time,
};

/// Rents with the honest proof after somebody has changed it, with or without the issue of the right.
fn rent_with(
    scene: &mut Scene,
    draft: Draft,
    rights: Option<u64>,
    twist: impl FnOnce(&Scene, &At, &mut AccessProof),
) -> Outcome {
    let Draft { offer, prices, payment: Payment { rent, deposit } } = draft;
    let (terms, id) = (offer.terms.clone(), offer.rental());
    let crossings = [Crossing::of(&rent), Crossing::of(&deposit)];
    let mut actions = vec![action(&AccessAction::Rent { terms: Box::new(terms.clone()), rent: 0, deposit: 1 })];
    let to = scene.holder.wallet().address(1);
    if let Some(value) = rights {
        let notes = vec![(to, NoteValue(1)); usize::try_from(value).unwrap()];
        let (_, issue) = next_issue(scene.state.assets(), terms.right(id), &notes, true, &mut OsRng).unwrap();
        actions.push(Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() });
    }
    scene.attempt(vec![rent, deposit], actions, |scene, at| {
        let mut proof = AccessProof::Rent {
            renter: scene.renter.sign(at.digest),
            owner: offer.consent,
            rent: crossings[0].bridge(at, 0, &prices.rent(&terms).unwrap()),
            deposit: Box::new(crossings[1].bridge(at, 0, &prices.share(terms.parts).unwrap())),
        };
        twist(scene, at, &mut proof);
        let mut proofs = vec![proof_bytes(&proof)];
        proofs.extend(rights.map(|_| scene.renter.issue(at.digest).0.to_vec()));
        proofs
    })
}

fn honest(_: &Scene, _: &At, _: &mut AccessProof) {}

#[test]
fn rental_that_the_owner_did_not_agree_to_is_refused() {
    let mut scene = Scene::new();
    let stranger = AccessKeys::of_seed(&seed(4), 0);
    let another = scene.offer(false).0;
    for lie in [SignatureBytes([7; 64]), another.consent, stranger.consent(another.rental())] {
        let draft = scene.draft(false);
        let outcome = rent_with(&mut scene, draft, Some(1), |_, _, proof| {
            let AccessProof::Rent { owner, .. } = proof else { panic!() };
            *owner = lie;
        });
        assert_eq!(rule(outcome), Rejection::Consent);
    }
    // What the owner has signed, and the renter changes.
    let mut draft = scene.draft(true);
    draft.offer.terms.delay_seconds += 1;
    assert_eq!(rule(rent_with(&mut scene, draft, Some(1), honest)), Rejection::Consent);
    let draft = scene.draft(false);
    accepted(rent_with(&mut scene, draft, Some(1), honest));
}

#[test]
fn nobody_rents_in_anothers_name_and_an_offer_is_good_once() {
    let mut scene = Scene::new();
    let draft = scene.draft(false);
    let outcome = rent_with(&mut scene, draft, Some(1), |_, at, proof| {
        let AccessProof::Rent { renter, .. } = proof else { panic!() };
        *renter = AccessKeys::of_seed(&seed(4), 0).sign(at.digest);
    });
    assert_eq!(rule(outcome), Rejection::Signature(Party::Renter));
    let first = scene.draft(true);
    let (offer, prices) = (first.offer.clone(), first.prices.clone());
    accepted(rent_with(&mut scene, first, Some(1), honest));
    let again = scene.draft(true);
    let again = Draft { offer: offer.clone(), prices, ..again };
    assert_eq!(rule(rent_with(&mut scene, again, None, honest)), Rejection::Exists(offer.rental()));
    let late = scene.draft(true);
    scene.now += USABLE;
    let Draft { offer, prices, .. } = late;
    let order = prices.lock_order(&offer.terms, offer.rental()).unwrap();
    let rent = scene.lock(offer.terms.asset, &order);
    let deposit = scene.exit(offer.terms.asset, prices.share(PARTS).unwrap().value().0);
    let late = Draft { offer, prices, payment: Payment { rent, deposit } };
    assert_eq!(rule(rent_with(&mut scene, late, Some(1), honest)), Rejection::OfferExpired);
}

/// An owner that never accepts cannot keep a deposit for centuries.
#[test]
fn right_that_could_be_used_in_years_is_not_let() {
    let mut scene = Scene::new();
    for (seconds, good) in
        [(MAX_USABLE_SECONDS, true), (MAX_USABLE_SECONDS + 1, false), (100 * MAX_USABLE_SECONDS, false)]
    {
        let order = OfferOrder { use_until: time(scene.now + seconds), ..scene.order(true) };
        let offer = Offer::new(&scene.owner, scene.ledger(), &order, &mut OsRng).unwrap();
        let checked = offer.check(&scene.renter, scene.ledger(), time(scene.now));
        assert_eq!(checked.as_ref().err(), (!good).then_some(&OfferError::TooFar));
        // Whoever pays without the wallet's check.
        let Draft { prices, .. } = scene.draft(true);
        let lock = prices.lock_order(&offer.terms, offer.rental()).unwrap();
        let rent = scene.lock(offer.terms.asset, &lock);
        let deposit = scene.exit(offer.terms.asset, prices.share(PARTS).unwrap().value().0);
        let outcome =
            rent_with(&mut scene, Draft { offer, prices, payment: Payment { rent, deposit } }, Some(1), honest);
        if good {
            accepted(outcome);
            scene.read();
        } else {
            assert_eq!(rule(outcome), Rejection::OfferTooFar);
        }
    }
}

/// The draft, with another lock of the rent.
fn with_lock(scene: &mut Scene, draft: Draft, change: impl FnOnce(&mut LockOrder)) -> Draft {
    let mut order = draft.prices.lock_order(&draft.offer.terms, draft.offer.rental()).unwrap();
    change(&mut order);
    let rent = scene.lock(scene.asset, &order);
    Draft { payment: Payment { rent, ..draft.payment }, ..draft }
}

#[test]
fn rent_under_any_other_contract_is_refused() {
    let mut scene = Scene::new();
    let mine = scene.holder.wallet().address(7);
    let changes: [&dyn Fn(&mut LockOrder); 5] = [
        // To the renter, without the rental's guard, sooner back, claimed for a shorter time, burnt.
        &|order| order.claimant = mine,
        &|order| order.guard = Guard::of(b"access\0\0", &[1; 32]).unwrap(),
        &|order| order.terms = Terms { refund_from: time(NOW), ..order.terms },
        &|order| order.terms = Terms { claim_until: time(NOW + 60), ..order.terms },
        &|order| order.terms = Terms { burn_only: true, ..order.terms },
    ];
    for change in changes {
        let draft = scene.draft(false);
        let draft = with_lock(&mut scene, draft, change);
        assert_eq!(rule(rent_with(&mut scene, draft, Some(1), honest)), Rejection::Contract(0));
    }
}

/// The draft, with another transfer for rent or deposit.
fn with_payment(draft: Draft, rent: Option<UnprovenTransfer>, deposit: Option<UnprovenTransfer>) -> Draft {
    let Payment { rent: honest_rent, deposit: honest_deposit } = draft.payment;
    let payment = Payment { rent: rent.unwrap_or(honest_rent), deposit: deposit.unwrap_or(honest_deposit) };
    Draft { payment, ..draft }
}

#[test]
fn rent_and_deposit_of_less_are_refused() {
    let mut scene = Scene::new();
    for public in [true, false] {
        // The liar bridges what is really paid; the terms stay those that the owner has signed.
        let mut draft = scene.draft(public);
        let less = scene.exit(scene.asset, (PART - 1) * u64::from(PARTS));
        draft.prices.part = AmountOpening::public(NoteValue(PART - 1));
        let draft = with_payment(draft, None, Some(less));
        only_the_bridge(rent_with(&mut scene, draft, Some(1), honest));
        let mut draft = scene.draft(public);
        draft.prices.price = AmountOpening::public(NoteValue(PRICE - 1));
        let draft = with_lock(&mut scene, draft, |_| ());
        only_the_bridge(rent_with(&mut scene, draft, Some(1), honest));
        // The same amount, by the bridge of the other transfer.
        let draft = scene.draft(public);
        let outcome = rent_with(&mut scene, draft, Some(1), |_, _, proof| {
            let AccessProof::Rent { rent, deposit, .. } = proof else { panic!() };
            std::mem::swap(rent, deposit);
        });
        only_the_bridge(outcome);
    }
}

#[test]
fn payment_of_another_asset_or_by_the_wrong_transfer_is_refused() {
    let mut scene = Scene::new();
    let draft = scene.draft(true);
    let (other, all) = (scene.other, draft.prices.share(PARTS).unwrap().value().0);
    let foreign = scene.exit(other, all);
    let draft = with_payment(draft, None, Some(foreign));
    assert_eq!(rule(rent_with(&mut scene, draft, Some(1), honest)), Rejection::Use(UseError::Asset(1)));
    // The rent leaves the pool instead of being locked.
    let draft = scene.draft(true);
    let (asset, rent) = (scene.asset, draft.prices.rent(&draft.offer.terms).unwrap().value().0);
    let exit = scene.exit(asset, rent);
    let draft = with_payment(draft, Some(exit), None);
    let wrong = UseError::Mode { transfer: 0, expected: Mode::Tag };
    assert_eq!(rule(rent_with(&mut scene, draft, Some(1), honest)), Rejection::Use(wrong));
    // The deposit is only locked.
    let draft = scene.draft(true);
    let order = draft.prices.lock_order(&draft.offer.terms, draft.offer.rental()).unwrap();
    let locked = scene.lock(asset, &LockOrder { amount: NoteValue(all), ..order });
    let draft = with_payment(draft, None, Some(locked));
    let wrong = UseError::Mode { transfer: 1, expected: Mode::Exit };
    assert_eq!(rule(rent_with(&mut scene, draft, Some(1), honest)), Rejection::Use(wrong));
}

#[test]
fn right_comes_into_being_once_and_only_with_the_rental() {
    let mut scene = Scene::new();
    // Without the right, and with two.
    let draft = scene.draft(true);
    assert_eq!(pool_rule(rent_with(&mut scene, draft, None, honest)), ShieldedRejection::IssueMissing);
    let draft = scene.draft(true);
    assert!(rent_with(&mut scene, draft, Some(2), honest).is_err());
    // Before it is paid: the rental cannot be made any more, and the right uses nothing.
    let draft = scene.draft(true);
    let right = draft.offer.terms.right(draft.offer.rental());
    let to = scene.holder.wallet().address(1);
    let (id, issue) = next_issue(scene.state.assets(), right.clone(), &[(to, NoteValue(1))], true, &mut OsRng).unwrap();
    let issue = Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() };
    accepted(scene.attempt(Vec::new(), vec![issue], |scene, at| vec![scene.renter.issue(at.digest).0.to_vec()]));
    let outcome = rent_with(&mut scene, draft, None, honest);
    assert_eq!(rule(outcome), Rejection::Use(UseError::NotNew(id)));
    // Once more, after the rental.
    let rented = scene.rented(true);
    let terms = scene.stored(&rented).terms().clone();
    let (_, mut issue) =
        next_issue(scene.state.assets(), terms.right(rented), &[(to, NoteValue(1))], false, &mut OsRng).unwrap();
    issue.sequence = 1;
    let issue = Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() };
    let again = scene.attempt(Vec::new(), vec![issue], |scene, at| vec![scene.renter.issue(at.digest).0.to_vec()]);
    assert!(again.is_err());
    // By somebody who has not the renter's key.
    let draft = scene.draft(true);
    let (offer, terms) = (draft.offer.clone(), draft.offer.terms.clone());
    let stranger = SigningKey::from_bytes(&[5; 32]);
    let with = build::rent(&scene.renter, &scene.at(), (&offer, &draft.prices), draft.payment, to, &mut OsRng).unwrap();
    let mut transaction = scene.finish(with);
    transaction.action_proofs[1] = stranger.sign(&issuer_message(transaction.effects.digest())).to_bytes().to_vec();
    assert!(scene.submit(transaction).is_err());
    assert_eq!(terms.renter, scene.renter.public());
}

#[test]
fn one_transfer_pays_one_rental() {
    let mut scene = Scene::new();
    let (one, two) = (scene.draft(true), scene.draft(true));
    let ids = [one.offer.rental(), two.offer.rental()];
    let crossings = [Crossing::of(&one.payment.rent), Crossing::of(&one.payment.deposit)];
    let to = scene.holder.wallet().address(1);
    let mut actions = Vec::new();
    for (offer, id) in [(&one.offer, ids[0]), (&two.offer, ids[1])] {
        actions.push(action(&AccessAction::Rent { terms: Box::new(offer.terms.clone()), rent: 0, deposit: 1 }));
        let right = offer.terms.right(id);
        let (_, issue) = next_issue(scene.state.assets(), right, &[(to, NoteValue(1))], true, &mut OsRng).unwrap();
        actions.push(Action { application: asset::APPLICATION, body: borsh::to_vec(&issue).unwrap() });
    }
    let Payment { rent, deposit } = one.payment;
    let consents = [one.offer.consent, two.offer.consent];
    let prices = one.prices;
    let terms = one.offer.terms;
    // The second names the first's escrow, whose contract is the first's; and the deposit that the first has used.
    let outcome = scene.attempt(vec![rent, deposit], actions, |scene, at| {
        let proof = |consent, index| {
            proof_bytes(&AccessProof::Rent {
                renter: scene.renter.sign(at.digest),
                owner: consent,
                rent: crossings[0].bridge(at, index, &prices.rent(&terms).unwrap()),
                deposit: Box::new(crossings[1].bridge(at, index, &prices.share(PARTS).unwrap())),
            })
        };
        let issue = scene.renter.issue(at.digest).0.to_vec();
        vec![proof(consents[0], 0), issue.clone(), proof(consents[1], 2), issue]
    });
    assert_eq!(rule(outcome), Rejection::Use(UseError::Used(0)));
}

#[test]
fn only_the_owner_accepts_and_only_once() {
    let mut scene = Scene::new();
    let id = scene.rented(false);
    for stranger in [&AccessKeys::of_seed(&seed(1), 0), &AccessKeys::of_seed(&seed(3), 0)] {
        let outcome = scene.submit(build::accept(stranger, scene.ledger(), id));
        assert_eq!(rule(outcome), Rejection::Signature(Party::Owner));
    }
    let accept = build::accept(&scene.owner, scene.ledger(), id);
    accepted(scene.submit(accept));
    let owner = AccessKeys::of_seed(&seed(2), 0);
    let again = scene.act(AccessAction::Accept { rental: id }, |_, at| AccessProof::Party(owner.sign(at.digest)));
    assert!(again.is_err());
}

#[test]
fn renter_takes_no_offer_that_lies_or_is_for_somebody_else() {
    let scene = Scene::new();
    let (ledger, now) = (scene.ledger(), time(scene.now));
    let (offer, _) = scene.offer(false);
    let sign = |mut offer: Offer| {
        offer.consent = scene.owner.consent(offer.rental());
        offer
    };
    let check = |offer: &Offer| offer.check(&scene.renter, ledger, now).map(|_| ());
    assert_eq!(check(&offer), Ok(()));
    // Another price than the sealed one; openings that are those of the other amount.
    let mut lie = offer.clone();
    lie.terms.price = AmountOpening::hidden(NoteValue(99), &mut OsRng).amount();
    assert_eq!(check(&sign(lie)), Err(OfferError::Sealed));
    let mut lie = offer.clone();
    std::mem::swap(&mut lie.terms.price, &mut lie.terms.part);
    assert_eq!(check(&sign(lie)), Err(OfferError::Sealed));
    let mut lie = offer.clone();
    lie.terms.price = Amount::Public(NoteValue(1));
    assert_eq!(check(&sign(lie)), Err(OfferError::Terms(TermsError::Sealed)));
    let mut lie = offer.clone();
    lie.terms.units += 1;
    assert_eq!(check(&lie), Err(OfferError::Consent));
    let stranger = AccessKeys::of_seed(&seed(1), 1);
    assert_eq!(offer.check(&stranger, ledger, now).map(|_| ()), Err(OfferError::Renter));
    let elsewhere = LedgerId([9; 32]);
    assert_eq!(offer.check(&scene.renter, elsewhere, now).map(|_| ()), Err(OfferError::Ledger(ledger)));
    let late = time(scene.now + USABLE);
    assert_eq!(offer.check(&scene.renter, ledger, late).map(|_| ()), Err(OfferError::Expired));
    let mut free = scene.order(false);
    free.price = NoteValue(0);
    assert_eq!(Offer::new(&scene.owner, ledger, &free, &mut OsRng).map(|_| ()), Err(OfferError::Price));
    let mut dear = scene.order(false);
    dear.part = NoteValue(u64::MAX / 9);
    assert_eq!(Offer::new(&scene.owner, ledger, &dear, &mut OsRng).map(|_| ()), Err(OfferError::Price));
}

/// What the prices come to is told to nobody by `Debug`.
#[test]
fn secrets_are_not_printed() {
    let scene = Scene::new();
    let prices: Prices = scene.offer(false).1;
    assert_eq!(format!("{prices:?}"), "Prices { price: AmountOpening(<secret>), part: AmountOpening(<secret>) }");
    assert_eq!(format!("{:?}", scene.renter), "AccessKeys(<secret>)");
}

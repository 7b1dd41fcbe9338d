//! Lies about the deposit.

use tabella_access::{
    AccessError, AccessKeys, Decision, Division,
    build::{self, action, proof_bytes},
    rules::{
        AccessAction, AccessProof, AccessRejection as Rejection, Party, Stage, Standing,
        terms::{decision_message, division_message},
    },
};
use tabella_protocol::{note::NoteValue, transaction::LedgerId};
use tabella_prover::account::AmountOpening;
use tabella_verifier::{application::UseError, state::LedgerRejection};

use crate::scene::{
    Crossing, DELAY, NOW, PART, PARTS, SECONDS, Scene, USABLE, accepted, only_the_bridge, rule, seed, time,
};

const CLAIMED_ONCE: Rejection = Rejection::Stage(
    "the owner claims once, after the right was used and before the delay after the paid time is over",
);
const DISPUTED_ONCE: Rejection = Rejection::Stage("a claim is disputed before its delay is over, and once");
const DECIDED_ONCE: Rejection =
    Rejection::Stage("the arbiter decides once, on a disputed claim, before the delay is over");
const DIVIDED: Rejection = Rejection::Stage("the deposit is divided already");
const NOT_DIVIDED: Rejection = Rejection::Stage("the deposit is not divided yet");

#[test]
fn owner_claims_no_more_than_the_deposit_and_only_once() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    let too_many = Rejection::TooManyParts { parts: PARTS + 1, max: PARTS };
    assert_eq!(rule(scene.claim(id, PARTS + 1)), too_many);
    assert_eq!(rule(scene.settle(id, PARTS + 1)), too_many);
    assert_eq!(rule(scene.claim(id, 0)), Rejection::EmptyClaim);
    accepted(scene.claim(id, 4));
    for parts in [3, 5, PARTS] {
        assert_eq!(rule(scene.claim(id, parts)), CLAIMED_ONCE);
    }
    scene.now += SECONDS + DELAY;
    assert_eq!(rule(scene.claim(id, 5)), CLAIMED_ONCE);
    assert_eq!(scene.stage_of(&id), Stage::Settled { parts: 4 });
}

/// An owner that claims while the renter still uses the device does not make the delays run out before the time is over.
#[test]
fn delays_of_claim_and_dispute_begin_after_the_paid_time() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    let until = time(NOW + SECONDS + DELAY);
    accepted(scene.claim(id, 4));
    assert_eq!(scene.stage_of(&id), Stage::Claimed { parts: 4, until });
    // A delay after the claim, and in the last second, the renter may still dispute it.
    scene.now = NOW + DELAY;
    assert_eq!(scene.stage_of(&id), Stage::Claimed { parts: 4, until });
    assert_eq!(rule(scene.withdraw(id, Party::Owner, 4)), NOT_DIVIDED);
    accepted(scene.dispute(id));
    assert_eq!(scene.stage_of(&id), Stage::Disputed { parts: 4, until });
    scene.now = until.seconds() - 1;
    assert_eq!(rule(scene.withdraw(id, Party::Renter, PARTS)), NOT_DIVIDED);
    accepted(scene.decide(id, 1));
    // All in the last second of each delay: it is over before the rental closes.
    let late = scene.accepted_rental(false);
    let closes = scene.stored(&late).terms().closes().unwrap();
    scene.now += USABLE - 1;
    accepted(scene.use_as(late, |_| ()));
    scene.now += SECONDS + DELAY - 1;
    accepted(scene.claim(late, 4));
    scene.now += DELAY - 1;
    accepted(scene.dispute(late));
    let Stage::Disputed { until, .. } = scene.stage_of(&late) else { panic!() };
    assert_eq!(until, time(scene.now + DELAY));
    assert!(until < closes);
}

#[test]
fn owner_claims_neither_before_the_right_was_used_nor_after_the_delay() {
    let mut scene = Scene::new();
    let id = scene.accepted_rental(false);
    assert_eq!(rule(scene.claim(id, 1)), CLAIMED_ONCE);
    accepted(scene.use_as(id, |_| ()));
    scene.now = NOW + SECONDS + DELAY;
    assert_eq!(rule(scene.claim(id, 1)), CLAIMED_ONCE);
}

#[test]
fn each_party_acts_in_its_own_name() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    let ledger = scene.ledger();
    let strangers = [seed(1), seed(3), seed(4)].map(|seed| AccessKeys::of_seed(&seed, 0));
    for stranger in &strangers {
        let outcome = scene.submit(build::claim(stranger, ledger, id, 1));
        assert_eq!(rule(outcome), Rejection::Signature(Party::Owner));
    }
    accepted(scene.claim(id, 5));
    for stranger in [seed(2), seed(3), seed(4)].map(|seed| AccessKeys::of_seed(&seed, 0)) {
        let outcome = scene.submit(build::dispute(&stranger, ledger, id));
        assert_eq!(rule(outcome), Rejection::Signature(Party::Renter));
    }
    accepted(scene.dispute(id));
    // The same words are the same transaction; said otherwise, the rental refuses them.
    assert_eq!(scene.dispute(id), Err(LedgerRejection::Replayed));
    let twice = vec![action(&AccessAction::Dispute { rental: id }); 2];
    let outcome = scene.attempt(Vec::new(), twice, |scene, at| {
        vec![proof_bytes(&AccessProof::Party(scene.renter.sign(at.digest))); 2]
    });
    assert_eq!(rule(outcome), DISPUTED_ONCE);
    for stranger in [seed(1), seed(2), seed(4)].map(|seed| AccessKeys::of_seed(&seed, 0)) {
        let outcome = scene.submit(build::decide(ledger, &Decision::new(&stranger, id, 1)));
        assert_eq!(rule(outcome), Rejection::Decision);
    }
    accepted(scene.decide(id, 1));
}

#[test]
fn deposit_is_divided_at_once_by_nothing_but_both_signatures_of_one_division() {
    let mut scene = Scene::new();
    let (id, other) = (scene.used(false), scene.rented(false));
    let standing = scene.standing(&id);
    let signed = |keys: &AccessKeys, rental, parts| Division::new(keys, rental, parts, standing).signature;
    let (renter, owner) = (&scene.renter, &scene.owner);
    let honest = (signed(renter, id, 3), signed(owner, id, 3));
    let lies = [
        ((signed(renter, id, 2), honest.1), Party::Renter),
        ((signed(renter, other, 3), honest.1), Party::Renter),
        ((honest.1, honest.1), Party::Renter),
        ((renter.sign_decision(id, 3), honest.1), Party::Renter),
        ((honest.0, signed(owner, id, 4)), Party::Owner),
        ((honest.0, honest.0), Party::Owner),
    ];
    for ((renter, owner), party) in lies {
        let outcome =
            scene.act(AccessAction::Settle { rental: id, parts: 3 }, |_, _| AccessProof::Settle { renter, owner });
        assert_eq!(rule(outcome), Rejection::Division(party));
    }
    let [one, two] =
        [(&scene.renter, 3), (&scene.owner, 4)].map(|(keys, parts)| Division::new(keys, id, parts, standing));
    assert!(matches!(build::settle(scene.ledger(), &one, &two), Err(AccessError::Divisions)));
    accepted(scene.settle(id, 3));
    assert_eq!(rule(scene.settle(id, 2)), DIVIDED);
}

/// A renter keeps the owner's early agreement to keep nothing, does damage, and brings it when that is claimed.
#[test]
fn division_is_not_used_at_another_stage_than_it_was_signed_for() {
    let mut scene = Scene::new();
    let id = scene.rented(false);
    let mut kept: Vec<(Standing, [Division; 2])> = Vec::new();
    for step in 0..5 {
        match step {
            0 => {}
            1 => accepted(scene.submit(build::accept(&scene.owner, scene.ledger(), id))),
            2 => accepted(scene.use_as(id, |_| ())),
            3 => accepted(scene.claim(id, 4)),
            _ => accepted(scene.dispute(id)),
        }
        let standing = scene.standing(&id);
        let now = [&scene.renter, &scene.owner].map(|keys| Division::new(keys, id, 0, standing));
        let terms = scene.stored(&id).terms().clone();
        for (_, [renter, owner]) in &kept {
            let outcome = scene.submit(build::settle(scene.ledger(), renter, owner).unwrap());
            assert_eq!(rule(outcome), Rejection::Division(Party::Renter));
            let outcome = scene.submit(build::settle(scene.ledger(), &now[0], owner).unwrap());
            assert_eq!(rule(outcome), Rejection::Division(Party::Owner));
            assert!(!owner.is_by((id, &terms), standing, Party::Owner));
        }
        assert!(now[1].is_by((id, &terms), standing, Party::Owner));
        kept.push((standing, now));
    }
    // Nor one for another time of use, or for another claim.
    let (standing, [renter, _]) = kept.pop().unwrap();
    let Stage::Disputed { until, .. } = standing.stage else { panic!() };
    for lie in [
        Standing { used: Some(time(NOW + 1)), ..standing },
        Standing { used: None, ..standing },
        Standing { stage: Stage::Disputed { parts: 3, until }, ..standing },
        Standing { stage: Stage::Claimed { parts: 4, until }, ..standing },
    ] {
        let owner = Division::new(&scene.owner, id, 0, lie);
        let outcome = scene.submit(build::settle(scene.ledger(), &renter, &owner).unwrap());
        assert_eq!(rule(outcome), Rejection::Division(Party::Owner));
    }
    accepted(scene.settle(id, 3));
}

#[test]
fn arbiter_decides_disputes_only_within_the_claim_and_for_one_rental() {
    let mut scene = Scene::new();
    let (id, _other) = (scene.used(false), scene.rented(false));
    // Nothing is disputed yet.
    assert_eq!(rule(scene.decide(id, 1)), DECIDED_ONCE);
    accepted(scene.claim(id, 4));
    assert_eq!(rule(scene.decide(id, 1)), DECIDED_ONCE);
    accepted(scene.dispute(id));
    assert_eq!(rule(scene.decide(id, 5)), Rejection::TooManyParts { parts: 5, max: 4 });
    accepted(scene.decide(id, 2));
    assert_eq!(rule(scene.decide(id, 1)), DECIDED_ONCE);
    assert_eq!(rule(scene.settle(id, 1)), DIVIDED);
    // The same decision for another rental of the same terms, or of another ledger, or of another number of parts.
    scene.now += SECONDS;
    let second = scene.used(false);
    accepted(scene.claim(second, 4));
    accepted(scene.dispute(second));
    let elsewhere = scene.stored(&second).terms().id(LedgerId([9; 32]));
    let replayed = [
        scene.arbiter.sign_decision(id, 2),
        scene.arbiter.sign_decision(elsewhere, 2),
        scene.arbiter.sign_decision(second, 3),
        scene.arbiter.sign_division(second, 2, scene.standing(&second)),
    ];
    for signature in replayed {
        let outcome =
            scene.act(AccessAction::Decide { rental: second, parts: 2 }, |_, _| AccessProof::Decide(signature));
        assert_eq!(rule(outcome), Rejection::Decision);
    }
    // Too late.
    scene.now += SECONDS + DELAY;
    assert_eq!(rule(scene.decide(second, 2)), DECIDED_ONCE);
    assert_eq!(scene.stage_of(&second), Stage::Settled { parts: 0 });
    assert_ne!(division_message(id, 2, scene.standing(&id)), decision_message(id, 2));
}

#[test]
fn nothing_is_withdrawn_before_the_deposit_is_divided() {
    let mut scene = Scene::new();
    let id = scene.accepted_rental(false);
    assert_eq!(rule(scene.withdraw(id, Party::Renter, PARTS)), NOT_DIVIDED);
    accepted(scene.use_as(id, |_| ()));
    scene.now = NOW + SECONDS + DELAY - 1;
    assert_eq!(rule(scene.withdraw(id, Party::Renter, PARTS)), NOT_DIVIDED);
    accepted(scene.claim(id, 4));
    for by in [Party::Renter, Party::Owner] {
        assert_eq!(rule(scene.withdraw(id, by, 4)), NOT_DIVIDED);
    }
    accepted(scene.dispute(id));
    assert_eq!(rule(scene.withdraw(id, Party::Owner, 4)), NOT_DIVIDED);
    accepted(scene.decide(id, 4));
    accepted(scene.withdraw(id, Party::Owner, 4));
}

#[test]
fn each_withdraws_its_own_once_and_exactly() {
    let mut scene = Scene::new();
    for public in [true, false] {
        let id = scene.used(public);
        accepted(scene.settle(id, 4));
        let part = scene.prices(id).part;
        let of = |parts: u32| part.times(u64::from(parts)).unwrap();
        for (by, owed, found) in [(Party::Owner, 4, 5), (Party::Owner, 4, PARTS), (Party::Renter, 6, 7)] {
            assert_eq!(rule(scene.withdraw(id, by, found)), Rejection::Owed { party: by, owed, found });
        }
        // In the other's name.
        let outcome = scene.withdraw_as(id, Party::Renter, 6, &of(6), |scene, at| scene.owner.sign(at.digest));
        assert_eq!(rule(outcome), Rejection::Signature(Party::Renter));
        // A transfer of more than the parts.
        let more = AmountOpening::public(NoteValue(PART * 4 + 1));
        let outcome = scene.withdraw_as(id, Party::Owner, 4, &more, |scene, at| scene.owner.sign(at.digest));
        only_the_bridge(outcome);
        accepted(scene.withdraw(id, Party::Owner, 4));
        assert_eq!(rule(scene.withdraw(id, Party::Owner, 4)), Rejection::Paid(Party::Owner));
        accepted(scene.withdraw(id, Party::Renter, PARTS - 4));
        assert_eq!(rule(scene.withdraw(id, Party::Renter, PARTS - 4)), Rejection::Paid(Party::Renter));
        scene.now += SECONDS;
    }
    let id = scene.used(false);
    accepted(scene.settle(id, 0));
    assert_eq!(rule(scene.withdraw(id, Party::Owner, 0)), Rejection::NothingOwed(Party::Owner));
}

#[test]
fn nobody_withdraws_twice_within_one_transaction_or_by_one_transfer() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    accepted(scene.settle(id, 5));
    let amount = scene.prices(id).part.times(5).unwrap();
    let entries = [0, 1].map(|_| scene.entry(scene.asset, amount.value().0));
    let crossings = [Crossing::of(&entries[0]), Crossing::of(&entries[1])];
    let body = |by, transfer| action(&AccessAction::Withdraw { rental: id, by, parts: 5, transfer });
    let outcome = scene.attempt(entries.to_vec(), vec![body(Party::Owner, 0), body(Party::Owner, 1)], |scene, at| {
        let proof = |index: u32| {
            let bridge = crossings[index as usize].bridge(at, index, &amount);
            proof_bytes(&AccessProof::Withdraw { party: scene.owner.sign(at.digest), bridge })
        };
        vec![proof(0), proof(1)]
    });
    assert_eq!(rule(outcome), Rejection::Paid(Party::Owner));
    let outcome =
        scene.attempt(vec![entries[0].clone()], vec![body(Party::Owner, 0), body(Party::Renter, 0)], |scene, at| {
            let proof = |keys: &AccessKeys, index: u32| {
                let bridge = crossings[0].bridge(at, index, &amount);
                proof_bytes(&AccessProof::Withdraw { party: keys.sign(at.digest), bridge })
            };
            vec![proof(&scene.owner, 0), proof(&scene.renter, 1)]
        });
    assert_eq!(rule(outcome), Rejection::Use(UseError::Used(0)));
}

#[test]
fn proof_of_another_action_is_refused() {
    let mut scene = Scene::new();
    let id = scene.used(false);
    let outcome = scene.act(AccessAction::Claim { rental: id, parts: 1 }, |scene, _| {
        AccessProof::Decide(scene.arbiter.sign_decision(id, 1))
    });
    assert_eq!(rule(outcome), Rejection::Proof);
}

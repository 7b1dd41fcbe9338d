//! Lies when money is taken out.

use rand_core::OsRng;
use tabella_protocol::{note::NoteValue, statement::Mode};
use tabella_prover::{account::AmountOpening, builder::Blinding};
use tabella_streaming::rules::{Party, StreamingAction, StreamingProof, StreamingRejection as Rejection};
use tabella_verifier::application::UseError;

use crate::scene::{Crossing, DISPUTE, MAX, RATE, Scene, accepted, only_the_bridge, rule};

const WATCHED: u32 = 20;

#[test]
fn nothing_is_withdrawn_before_the_dispute_delay_has_passed() {
    let mut scene = Scene::new();
    let session = scene.session(false);
    for by in [Party::Viewer, Party::Provider] {
        assert_eq!(rule(scene.withdraw(&session, by, MAX)), Rejection::NotSettled);
    }
    accepted(scene.close(session.0, Party::Viewer, 0));
    scene.now += DISPUTE - 1;
    assert_eq!(rule(scene.withdraw(&session, Party::Viewer, MAX)), Rejection::NotSettled);
    scene.now += 1;
    accepted(scene.withdraw(&session, Party::Viewer, MAX));
}

#[test]
fn each_withdraws_once() {
    for public in [false, true] {
        let mut scene = Scene::new();
        let session = scene.session(public);
        accepted(scene.settle(session.0, WATCHED));
        for (by, ticks) in [(Party::Provider, WATCHED), (Party::Viewer, MAX - WATCHED)] {
            accepted(scene.withdraw(&session, by, ticks));
            assert_eq!(rule(scene.withdraw(&session, by, ticks)), Rejection::Paid(by));
        }
    }
}

#[test]
fn nobody_withdraws_twice_within_one_transaction() {
    let mut scene = Scene::new();
    let (session, rate) = scene.session(false);
    accepted(scene.settle(session, WATCHED));
    let owed = rate.times(WATCHED.into()).unwrap();
    let entries = [0, 1].map(|_| scene.entry(scene.asset, owed.value().0, Blinding::Random));
    let crossings = entries.each_ref().map(Crossing::of);
    let withdraw = |transfer| StreamingAction::Withdraw { session, by: Party::Provider, ticks: WATCHED, transfer };
    let outcome = scene.attempt(entries.to_vec(), &[withdraw(0), withdraw(1)], |scene, at| {
        let proof = |index: u32, crossing: &Crossing| StreamingProof::Withdraw {
            party: scene.provider.sign(at.digest),
            bridge: crossing.bridge(at, index, &owed),
        };
        vec![proof(0, &crossings[0]), proof(1, &crossings[1])]
    });
    assert_eq!(rule(outcome), Rejection::Paid(Party::Provider));
}

#[test]
fn one_transfer_pays_one_party() {
    let mut scene = Scene::new();
    let (session, rate) = scene.session(false);
    accepted(scene.settle(session, MAX / 2));
    let owed = rate.times((MAX / 2).into()).unwrap();
    let entry = scene.entry(scene.asset, owed.value().0, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let actions = [Party::Viewer, Party::Provider].map(|by| StreamingAction::Withdraw {
        session,
        by,
        ticks: MAX / 2,
        transfer: 0,
    });
    let outcome = scene.attempt(vec![entry], &actions, |scene, at| {
        let proof = |index: u32, party: Party| StreamingProof::Withdraw {
            party: scene.keys(party).sign(at.digest),
            bridge: crossing.bridge(at, index, &owed),
        };
        vec![proof(0, Party::Viewer), proof(1, Party::Provider)]
    });
    assert_eq!(rule(outcome), Rejection::Use(UseError::Used(0)));
}

#[test]
fn nobody_withdraws_what_is_the_others() {
    let mut scene = Scene::new();
    let (session, rate) = scene.session(false);
    accepted(scene.settle(session, WATCHED));
    let owed = [(Party::Provider, WATCHED), (Party::Viewer, MAX - WATCHED)];
    for (by, ticks) in owed {
        let other = if by == Party::Viewer { Party::Provider } else { Party::Viewer };
        let amount = rate.times(ticks.into()).unwrap();
        let outcome = scene.withdraw_as(session, by, ticks, &amount, |scene, at| scene.keys(other).sign(at.digest));
        assert_eq!(rule(outcome), Rejection::Signature(by));
    }
}

#[test]
fn nobody_withdraws_another_amount_than_is_owed() {
    for public in [false, true] {
        let mut scene = Scene::new();
        let session = scene.session(public);
        accepted(scene.settle(session.0, WATCHED));
        for (by, owed) in [(Party::Provider, WATCHED), (Party::Viewer, MAX - WATCHED)] {
            // Named openly.
            for found in [0, owed - 1, owed + 1, MAX] {
                assert_eq!(rule(scene.withdraw(&session, by, found)), Rejection::Owed { party: by, owed, found });
            }
            // Or by a transfer of more, or of less, than the action names.
            for amount in [1, u64::from(owed) * RATE - 1, u64::from(owed) * RATE + 1] {
                let lie = AmountOpening::hidden(NoteValue(amount), &mut OsRng);
                let outcome = scene.withdraw_as(session.0, by, owed, &lie, |scene, at| scene.keys(by).sign(at.digest));
                if public {
                    assert_eq!(rule(outcome), Rejection::Use(UseError::Amount(0)));
                } else {
                    only_the_bridge(outcome);
                }
            }
            accepted(scene.withdraw(&session, by, owed));
        }
    }
}

#[test]
fn bridge_of_another_session_transaction_or_action_is_refused() {
    let mut scene = Scene::new();
    let [first, second] = [0, 1].map(|_| scene.session(false));
    for session in [&first, &second] {
        accepted(scene.settle(session.0, WATCHED));
    }
    // The same amount, committed to by the other session.
    let others = second.1.times(WATCHED.into()).unwrap();
    let sign = |scene: &Scene, at: &crate::scene::At| scene.provider.sign(at.digest);
    only_the_bridge(scene.withdraw_as(first.0, Party::Provider, WATCHED, &others, sign));
    // The right one, made for another place.
    let owed = first.1.times(WATCHED.into()).unwrap();
    let entry = scene.entry(scene.asset, owed.value().0, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let withdraw = StreamingAction::Withdraw { session: first.0, by: Party::Provider, ticks: WATCHED, transfer: 0 };
    let places: [fn(&mut crate::scene::At); 3] = [
        |at| at.index = 1,
        |at| at.digest = tabella_protocol::transaction::TransactionDigest([1; 32]),
        |at| at.ledger = tabella_protocol::transaction::LedgerId([1; 32]),
    ];
    for elsewhere in places {
        let outcome = scene.attempt(vec![entry.clone()], std::slice::from_ref(&withdraw), |scene, at| {
            let mut place = *at;
            elsewhere(&mut place);
            let bridge = crossing.bridge(&place, place.index, &owed);
            vec![StreamingProof::Withdraw { party: scene.provider.sign(at.digest), bridge }]
        });
        only_the_bridge(outcome);
    }
    accepted(scene.withdraw(&first, Party::Provider, WATCHED));
}

#[test]
fn withdrawal_in_another_asset_or_by_a_transfer_that_brings_nothing_in_is_refused() {
    let mut scene = Scene::new();
    let (session, rate) = scene.session(false);
    accepted(scene.settle(session, WATCHED));
    let owed = rate.times(WATCHED.into()).unwrap();
    let florins = scene.entry(scene.other, owed.value().0, Blinding::Random);
    let exit = scene.exit(scene.asset, owed.value().0, Blinding::Random);
    let withdraw = StreamingAction::Withdraw { session, by: Party::Provider, ticks: WATCHED, transfer: 0 };
    let refused = [(florins, UseError::Asset(0)), (exit, UseError::Mode { transfer: 0, expected: Mode::Entry })];
    for (transfer, expected) in refused {
        let crossing = Crossing::of(&transfer);
        let outcome = scene.attempt(vec![transfer], std::slice::from_ref(&withdraw), |scene, at| {
            let bridge = crossing.bridge(at, 0, &owed);
            vec![StreamingProof::Withdraw { party: scene.provider.sign(at.digest), bridge }]
        });
        assert_eq!(rule(outcome), Rejection::Use(expected));
    }
}

#[test]
fn who_is_owed_nothing_withdraws_nothing() {
    let mut scene = Scene::new();
    let [none, all] = [0, 1].map(|_| scene.session(false));
    accepted(scene.settle(none.0, 0));
    accepted(scene.settle(all.0, MAX));
    for ticks in [0, 1] {
        assert_eq!(rule(scene.withdraw(&none, Party::Provider, ticks)), Rejection::NothingOwed(Party::Provider));
        assert_eq!(rule(scene.withdraw(&all, Party::Viewer, ticks)), Rejection::NothingOwed(Party::Viewer));
    }
    accepted(scene.withdraw(&none, Party::Viewer, MAX));
    accepted(scene.withdraw(&all, Party::Provider, MAX));
}

#[test]
fn actions_of_one_transaction_take_effect_in_their_order() {
    let mut scene = Scene::new();
    let (session, rate) = scene.session(false);
    let owed = rate.times(WATCHED.into()).unwrap();
    let entry = scene.entry(scene.asset, owed.value().0, Blinding::Random);
    let crossing = Crossing::of(&entry);
    let withdraw = StreamingAction::Withdraw { session, by: Party::Provider, ticks: WATCHED, transfer: 0 };
    let settle = StreamingAction::Settle { session, ticks: WATCHED };
    let paid = |scene: &Scene, at: &crate::scene::At, index| StreamingProof::Withdraw {
        party: scene.provider.sign(at.digest),
        bridge: crossing.bridge(at, index, &owed),
    };
    let outcome = scene.attempt(vec![entry.clone()], &[withdraw.clone(), settle.clone()], |scene, at| {
        vec![paid(scene, at, 0), scene.settle_proof(session, WATCHED)]
    });
    assert_eq!(rule(outcome), Rejection::NotSettled);
    // Settled with less first, and with more afterwards.
    let less = StreamingAction::Settle { session, ticks: 1 };
    let outcome = scene.attempt(Vec::new(), &[less, settle.clone()], |scene, _| {
        vec![scene.settle_proof(session, 1), scene.settle_proof(session, WATCHED)]
    });
    assert_eq!(rule(outcome), Rejection::Settled(1));
    accepted(scene.attempt(vec![entry], &[settle, withdraw], |scene, at| {
        vec![scene.settle_proof(session, WATCHED), paid(scene, at, 1)]
    }));
    assert!(scene.stored(&session).is_paid(Party::Provider));
}

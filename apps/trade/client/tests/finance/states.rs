//! Every step where a letter does not stand so that it can be taken.

use tabella_protocol::keys::Seed;
use tabella_trade::{keys::TradeKeys, letters::alone};
use tabella_trade_rules::{
    TradeRejection,
    action::{Discrepancy, DiscrepancyCode, TradeAction, TradeProof},
    letter::LetterId,
    state::Status,
};

use crate::scene::{DAY, Outcome, Scene, day, refused};

fn examiner() -> TradeKeys {
    TradeKeys::of_seed(&Seed::new([6; 32]), 0)
}

fn accept(scene: &mut Scene, letter: LetterId, presentation: u32) -> Outcome {
    scene.send(&examiner(), &TradeAction::Accept { letter, presentation })
}

fn refuse(scene: &mut Scene, letter: LetterId, presentation: u32, discrepancies: Vec<Discrepancy>) -> Outcome {
    scene.send(&examiner(), &TradeAction::Refuse { letter, presentation, discrepancies })
}

fn goods(document: u8) -> Discrepancy {
    Discrepancy { document, code: DiscrepancyCode::Goods }
}

fn waive(scene: &mut Scene, letter: LetterId, presentation: u32) -> Outcome {
    let consent = tabella_trade_rules::action::Consent::Waive { letter, presentation };
    let consent = scene.buyer.keys.consent(scene.id(), &consent);
    let action = TradeAction::Waive { letter, presentation };
    let transaction = alone(scene.id(), &action, |context| TradeProof {
        consents: vec![consent],
        ..TradeProof::signed(scene.bank.keys.sign(context.digest))
    });
    scene.stage.submit(transaction)
}

fn cancel(scene: &mut Scene, id: LetterId) -> Outcome {
    let consent = scene.on(id).cancellation();
    let consents = [&scene.buyer, &scene.seller].map(|party| scene.consent(&party.keys, consent));
    let transaction = scene.on(id).cancel(&scene.bank.keys, &consents).unwrap();
    scene.stage.submit(transaction)
}

#[test]
fn steps_in_the_wrong_state_are_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    // Nothing is presented.
    for outcome in [accept(&mut scene, id, 1), refuse(&mut scene, id, 1, vec![goods(0)]), waive(&mut scene, id, 1)] {
        refused(&outcome, TradeRejection::NothingPresented);
    }
    let nowhere = LetterId([8; 32]);
    let outcome = accept(&mut scene, nowhere, 1);
    refused(&outcome, TradeRejection::UnknownLetter(nowhere));

    scene.present(id, day(8)).unwrap();
    let outcome = scene.present(id, day(9));
    refused(&outcome, TradeRejection::Waiting);
    for number in [0, 2] {
        let another = TradeRejection::Presentation { expected: 1, found: number };
        for outcome in [
            accept(&mut scene, id, number),
            refuse(&mut scene, id, number, vec![goods(0)]),
            waive(&mut scene, id, number),
        ] {
            refused(&outcome, another);
        }
    }
    let lists = [Vec::new(), vec![goods(1), goods(0)], vec![goods(0), goods(0)], vec![goods(2)]];
    for discrepancies in lists {
        let outcome = refuse(&mut scene, id, 1, discrepancies);
        refused(&outcome, TradeRejection::Discrepancies);
    }
    refuse(&mut scene, id, 1, vec![goods(0), goods(1)]).unwrap();
    // What was refused is not accepted after all, nor refused again: it is presented again, or waived.
    for outcome in [accept(&mut scene, id, 1), refuse(&mut scene, id, 1, vec![goods(0)])] {
        refused(&outcome, TradeRejection::NothingPresented);
    }
    scene.present(id, day(9)).unwrap();
    // An acceptance of the first presentation, held back, is not good for the second.
    let outcome = accept(&mut scene, id, 1);
    refused(&outcome, TradeRejection::Presentation { expected: 2, found: 1 });
    accept(&mut scene, id, 2).unwrap();
    // Open, for good.
    scene.stage.advance(1);
    let outcomes = [
        accept(&mut scene, id, 3),
        refuse(&mut scene, id, 2, vec![goods(0)]),
        waive(&mut scene, id, 2),
        scene.present(id, day(10)),
        cancel(&mut scene, id),
    ];
    for outcome in outcomes {
        refused(&outcome, TradeRejection::Open);
    }
    let advise = TradeAction::Advise { letter: id, version: 0 };
    let outcome = scene.send(&TradeKeys::of_seed(&Seed::new([3; 32]), 0), &advise);
    refused(&outcome, TradeRejection::Open);
}

#[test]
fn cancelled_letter_stays_shut() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    cancel(&mut scene, id).unwrap();
    assert!(matches!(scene.letter(id).status, Status::Cancelled(_)));
    scene.stage.advance(1);
    let outcomes = [accept(&mut scene, id, 1), waive(&mut scene, id, 1), scene.present(id, day(7))];
    for outcome in outcomes {
        refused(&outcome, TradeRejection::Cancelled);
    }
}

#[test]
fn version_is_advised_once_and_never_another_one() {
    let (mut scene, id) = Scene::issued(|_| {});
    let adviser = TradeKeys::of_seed(&Seed::new([3; 32]), 0);
    let outcome = scene.send(&adviser, &TradeAction::Advise { letter: id, version: 1 });
    refused(&outcome, TradeRejection::Version { expected: 0, found: 1 });
    scene.send(&adviser, &TradeAction::Advise { letter: id, version: 0 }).unwrap();
    // The digest is the same: the ledger has it already. Beside another action it is another transaction.
    let twice = TradeAction::Advise { letter: id, version: 0 };
    let (mut transaction, register) =
        (alone(scene.id(), &twice, |_| unsigned()), TradeAction::Accept { letter: id, presentation: 1 });
    let second = alone(scene.id(), &register, |_| unsigned());
    transaction.effects.actions.extend(second.effects.actions);
    let proof = borsh(&TradeProof::signed(adviser.sign(transaction.effects.digest())));
    transaction.action_proofs = vec![proof.clone(), proof];
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Advised(0));
}

#[test]
fn documents_presented_under_earlier_conditions_are_presented_again() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    let stale = scene.on(id).present(&scene.seller.keys, &scene.documents(id, day(8))).unwrap();
    scene.present(id, day(9)).unwrap();
    let mut conditions = scene.letter(id).conditions.clone();
    conditions.expiry = day(40);
    let consent = scene.on(id).amendment(&conditions, None);
    let consents = [&scene.buyer, &scene.seller].map(|party| scene.consent(&party.keys, consent));
    let amendment = scene.on(id).amend(&scene.bank.keys, conditions, &consents).unwrap();
    scene.stage.submit(amendment).unwrap();
    let outcome = accept(&mut scene, id, 1);
    refused(&outcome, TradeRejection::NothingPresented);
    let outcome = scene.stage.submit(stale);
    refused(&outcome, TradeRejection::Version { expected: 1, found: 0 });
    scene.present(id, day(8)).unwrap();
    accept(&mut scene, id, 2).unwrap();
}

#[test]
fn guard_that_silence_opened_is_not_shut() {
    let (mut scene, id) = Scene::issued(|request| request.silence = Some(5 * 86_400));
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.stage.advance(5 * DAY - 1);
    assert!(!scene.letter(id).is_open(scene.stage.now().unwrap()));
    scene.stage.advance(1);
    assert!(scene.letter(id).is_open(scene.stage.now().unwrap()));
    for outcome in [refuse(&mut scene, id, 1, vec![goods(0)]), cancel(&mut scene, id)] {
        refused(&outcome, TradeRejection::Open);
    }
}

#[test]
fn silence_does_not_accept_late_shipment_or_what_was_refused_in_time() {
    let (mut scene, id) = Scene::issued(|request| request.silence = Some(5 * 86_400));
    scene.stage.advance(22 * DAY);
    scene.present(id, day(21)).unwrap();
    assert!(!scene.letter(id).is_open(day(59)));
    let outcome = accept(&mut scene, id, 1);
    refused(&outcome, TradeRejection::LateShipment);
    refuse(&mut scene, id, 1, vec![goods(0)]).unwrap();
    scene.present(id, day(20)).unwrap();
    refuse(&mut scene, id, 2, vec![goods(0)]).unwrap();
    assert!(!scene.letter(id).is_open(day(59)));
}

fn unsigned() -> TradeProof {
    TradeProof::signed(tabella_protocol::transaction::SignatureBytes([0; 64]))
}

fn borsh(proof: &TradeProof) -> Vec<u8> {
    borsh::to_vec(proof).unwrap()
}

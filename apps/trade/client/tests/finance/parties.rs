//! Every step by somebody who may not take it.

use tabella_protocol::{
    keys::Seed,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_trade::{
    keys::TradeKeys,
    letters::{LetterError, alone},
};
use tabella_trade_rules::{
    TradeRejection,
    action::{Consent, Discrepancy, DiscrepancyCode, TradeAction, TradeProof},
    error::Role,
    letter::LetterId,
};

use crate::scene::{DAY, Outcome, Scene, day, refused};

const SIGNATURE: fn(Role) -> TradeRejection = TradeRejection::Signature;

/// 1 buyer, 2 bank, 3 adviser, 4 seller, 5 carrier, 6 examiner, 7 stranger.
fn party(number: u8) -> TradeKeys {
    TradeKeys::of_seed(&Seed::new([number; 32]), 0)
}

fn refusal(letter: LetterId) -> TradeAction {
    let discrepancies = vec![Discrepancy { document: 0, code: DiscrepancyCode::Other }];
    TradeAction::Refuse { letter, presentation: 1, discrepancies }
}

/// An action that needs consents, with these.
fn send_with(scene: &mut Scene, action: &TradeAction, consents: Vec<SignatureBytes>) -> Outcome {
    let transaction = alone(scene.id(), action, |context| TradeProof {
        consents,
        ..TradeProof::signed(scene.bank.keys.sign(context.digest))
    });
    scene.stage.submit(transaction)
}

#[test]
fn steps_by_the_wrong_party_are_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    let all_but = |one: u8| (1..=7).filter(move |number| *number != one).map(party);
    for other in all_but(3) {
        let outcome = scene.send(&other, &TradeAction::Advise { letter: id, version: 0 });
        refused(&outcome, SIGNATURE(Role::AdvisingBank));
    }
    scene.stage.advance(10 * DAY);
    let documents = scene.documents(id, day(8));
    let present =
        TradeAction::Present { letter: id, version: 0, documents: vec![documents[1].document, documents[0].document] };
    for other in all_but(4) {
        let outcome = scene.send(&other, &present);
        refused(&outcome, SIGNATURE(Role::Beneficiary));
    }
    scene.present(id, day(8)).unwrap();
    for other in all_but(6) {
        let outcome = scene.send(&other, &TradeAction::Accept { letter: id, presentation: 1 });
        refused(&outcome, SIGNATURE(Role::Examiner));
        let outcome = scene.send(&other, &refusal(id));
        refused(&outcome, SIGNATURE(Role::Examiner));
    }
    let cancel = TradeAction::Cancel { letter: id, version: 0, presentations: 1 };
    let amend =
        TradeAction::Amend { letter: id, version: 0, conditions: scene.letter(id).conditions.clone(), increase: None };
    for other in all_but(2) {
        for action in [&TradeAction::Waive { letter: id, presentation: 1 }, &cancel, &amend] {
            let outcome = scene.send(&other, action);
            refused(&outcome, SIGNATURE(Role::IssuingBank));
        }
    }
    // The client says so before anything is sent.
    let error = scene.on(id).accept(&scene.bank.keys).unwrap_err();
    assert!(matches!(error, LetterError::NotParty(Role::Examiner)), "{error}");
}

#[test]
fn waiver_without_both_who_pay_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(10 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.send(&party(6), &refusal(id)).unwrap();
    let waive = TradeAction::Waive { letter: id, presentation: 1 };
    let missing = TradeRejection::Proof("each party besides the sender agrees once");
    let outcome = send_with(&mut scene, &waive, Vec::new());
    refused(&outcome, missing);
    let consent = scene.on(id).waiver().unwrap();
    let own = scene.bank.keys.consent(scene.id(), &consent);
    let sellers = scene.seller.keys.consent(scene.id(), &consent);
    for signature in [own, sellers] {
        let outcome = send_with(&mut scene, &waive, vec![signature]);
        refused(&outcome, TradeRejection::Consent(Role::Applicant));
    }
    // The buyer alone cannot send it, though it agrees.
    let agreed = scene.buyer.keys.consent(scene.id(), &consent);
    let outcome = scene.send(&party(1), &waive);
    refused(&outcome, SIGNATURE(Role::IssuingBank));
    // Nor is a consent good for another presentation, or another ledger.
    let other = Consent::Waive { letter: id, presentation: 2 };
    let for_another = scene.buyer.keys.consent(scene.id(), &other);
    let elsewhere = scene.buyer.keys.consent(LedgerId([9; 32]), &consent);
    for signature in [for_another, elsewhere] {
        let outcome = send_with(&mut scene, &waive, vec![signature]);
        refused(&outcome, TradeRejection::Consent(Role::Applicant));
    }
    assert!(!scene.letter(id).is_open(scene.stage.now().unwrap()));
    let outcome = send_with(&mut scene, &waive, vec![agreed]);
    outcome.unwrap();
    assert!(scene.letter(id).is_open(scene.stage.now().unwrap()));
}

#[test]
fn amendment_or_cancellation_without_every_consent_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    let mut conditions = scene.letter(id).conditions.clone();
    conditions.expiry = day(40);
    let amend = TradeAction::Amend { letter: id, version: 0, conditions: conditions.clone(), increase: None };
    let cancel = TradeAction::Cancel { letter: id, version: 0, presentations: 0 };
    let amendment = scene.on(id).amendment(&conditions, None);
    let cancellation = scene.on(id).cancellation();
    for (action, consent) in [(&amend, amendment), (&cancel, cancellation)] {
        let [buyer, seller, stranger] = [1, 4, 7].map(|number| party(number).consent(scene.id(), &consent));
        let outcome = send_with(&mut scene, action, vec![buyer]);
        refused(&outcome, TradeRejection::Proof("each party besides the sender agrees once"));
        for (signatures, role) in [
            (vec![stranger, seller], Role::Applicant),
            (vec![buyer, stranger], Role::Beneficiary),
            (vec![seller, buyer], Role::Applicant),
        ] {
            let outcome = send_with(&mut scene, action, signatures);
            refused(&outcome, TradeRejection::Consent(role));
        }
    }
    // The seller agreed to a later expiry, not to another list of documents.
    let mut altered = conditions.clone();
    altered.documents.truncate(1);
    altered.latest_shipment = None;
    let signatures = [1, 4].map(|number| party(number).consent(scene.id(), &amendment)).to_vec();
    let action = TradeAction::Amend { letter: id, version: 0, conditions: altered, increase: None };
    let outcome = send_with(&mut scene, &action, signatures.clone());
    refused(&outcome, TradeRejection::Consent(Role::Applicant));
    send_with(&mut scene, &amend, signatures.clone()).unwrap();
    // Consents are good once.
    let again = TradeAction::Amend { letter: id, version: 1, conditions, increase: None };
    let outcome = send_with(&mut scene, &again, signatures);
    refused(&outcome, TradeRejection::Consent(Role::Applicant));
    let stale = scene.consent(&party(1), cancellation);
    let outcome = send_with(&mut scene, &cancel, vec![stale.signature, stale.signature]);
    refused(&outcome, TradeRejection::Version { expected: 1, found: 0 });
}

#[test]
fn superfluous_part_of_a_proof_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    let advise = TradeAction::Advise { letter: id, version: 0 };
    let transaction = alone(scene.id(), &advise, |context| {
        let signature = scene.adviser.keys.sign(context.digest);
        TradeProof { consents: vec![signature], ..TradeProof::signed(signature) }
    });
    let outcome = scene.stage.submit(transaction);
    refused(&outcome, TradeRejection::Proof("there is a part that it does not need"));
}

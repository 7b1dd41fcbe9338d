//! Every step at the wrong time.

use tabella_protocol::keys::Seed;
use tabella_trade::{
    keys::TradeKeys,
    letters::{LetterError, LetterFile, alone},
};
use tabella_trade_rules::{
    TradeRejection,
    action::{Consent, TradeAction, TradeProof},
    letter::{Conditions, DocumentKind, LetterTerms, Requirement, TermsError},
};

use crate::scene::{DAY, NOW, Proofs, Scene, day, refused, time};

#[test]
fn presentation_at_expiry_is_refused_and_a_second_earlier_is_not() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(30 * DAY);
    let outcome = scene.present(id, day(8));
    refused(&outcome, TradeRejection::Expired { expiry: NOW + 30 * DAY, now: NOW + 30 * DAY });
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(30 * DAY - 1);
    scene.present(id, day(8)).unwrap();
}

#[test]
fn what_was_presented_in_time_is_accepted_until_claims_end_and_not_later() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(29 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.stage.advance(31 * DAY);
    let ended = TradeRejection::ClaimsEnded { until: NOW + 60 * DAY, now: NOW + 60 * DAY };
    let outcome = scene.accept(id);
    refused(&outcome, ended);
    let consent = scene.consent(&scene.buyer.keys, Consent::Waive { letter: id, presentation: 1 });
    let waiver = scene.on(id).waive(&scene.bank.keys, &[consent]).unwrap();
    let outcome = scene.stage.submit(waiver);
    refused(&outcome, ended);
    let conditions = scene.letter(id).conditions.clone();
    let consent = scene.on(id).amendment(&conditions, None);
    let consents = [&scene.buyer, &scene.seller].map(|party| scene.consent(&party.keys, consent));
    let amendment = scene.on(id).amend(&scene.bank.keys, conditions, &consents).unwrap();
    let outcome = scene.stage.submit(amendment);
    refused(&outcome, ended);
}

#[test]
fn presentation_in_time_is_accepted_after_expiry() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(29 * DAY);
    scene.present(id, day(8)).unwrap();
    scene.stage.advance(10 * DAY);
    scene.accept(id).unwrap();
}

#[test]
fn shipment_after_the_latest_or_in_the_future_is_not_accepted() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(15 * DAY);
    let outcome = scene.present(id, time(NOW + 15 * DAY + 1));
    refused(&outcome, TradeRejection::Shipped(1));
    scene.stage.advance(8 * DAY);
    scene.present(id, time(NOW + 20 * DAY + 1)).unwrap();
    let outcome = scene.accept(id);
    refused(&outcome, TradeRejection::LateShipment);
}

#[test]
fn amendment_to_an_expiry_that_has_passed_or_reaches_the_end_of_claims_is_refused() {
    let (mut scene, id) = Scene::issued(|_| {});
    scene.stage.advance(25 * DAY);
    let send = |scene: &mut Scene, conditions: &Conditions| {
        let consent = scene.on(id).amendment(conditions, None);
        let consents =
            [1, 4].map(|n| TradeKeys::of_seed(&Seed::new([n; 32]), 0).consent(scene.id(), &consent)).to_vec();
        let action = TradeAction::Amend { letter: id, version: 0, conditions: conditions.clone(), increase: None };
        let transaction = alone(scene.id(), &action, |context| TradeProof {
            consents,
            ..TradeProof::signed(scene.bank.keys.sign(context.digest))
        });
        scene.stage.submit(transaction)
    };
    let mut conditions = scene.letter(id).conditions.clone();
    conditions.expiry = day(25);
    let outcome = send(&mut scene, &conditions);
    refused(&outcome, TradeRejection::Expired { expiry: NOW + 25 * DAY, now: NOW + 25 * DAY });
    conditions.expiry = day(60);
    let outcome = send(&mut scene, &conditions);
    refused(&outcome, TradeRejection::Terms(TermsError::Times));
}

#[test]
fn impossible_terms_are_refused() {
    let scene = Scene::new();
    let altered = |change: fn(&mut LetterTerms)| {
        let mut terms = scene.draft(scene.request()).terms;
        change(&mut terms);
        terms.check().unwrap_err()
    };
    assert_eq!(altered(|terms| terms.refund_from = day(59)), TermsError::Times);
    assert_eq!(altered(|terms| terms.claim_until = day(30)), TermsError::Times);
    assert_eq!(altered(|terms| terms.conditions.latest_shipment = Some(day(31))), TermsError::Times);
    assert_eq!(altered(|terms| terms.conditions.latest_shipment = None), TermsError::Shipment);
    assert_eq!(altered(|terms| terms.conditions.documents.clear()), TermsError::Documents);
    assert_eq!(altered(|terms| terms.conditions.documents.reverse()), TermsError::Documents);
    assert_eq!(altered(|terms| terms.conditions.documents[1] = terms.conditions.documents[0]), TermsError::Documents);
    assert_eq!(altered(|terms| terms.conditions.documents.truncate(1)), TermsError::Shipment);
    assert_eq!(altered(|terms| terms.conditions.silence = Some(0)), TermsError::Silence);
    assert_eq!(altered(|terms| terms.conditions.silence = Some(30 * 86_400)), TermsError::Silence);
    let many = (0..17).map(|signer| Requirement { kind: DocumentKind::Other, signer: [signer; 32] }).collect();
    let request = tabella_trade::letters::LetterRequest { documents: many, ..scene.request() };
    let error = LetterFile::draft(&scene.buyer.keys, scene.id(), request, &mut rand_core::OsRng).unwrap_err();
    assert!(matches!(error, LetterError::Terms(TermsError::Documents)), "{error}");
}

#[test]
fn letter_that_has_expired_is_not_issued() {
    let mut scene = Scene::new();
    let letter = scene.draft(scene.request());
    scene.stage.advance(30 * DAY);
    let outcome = scene.issue_by(&letter, Proofs::None);
    refused(&outcome, TradeRejection::Expired { expiry: NOW + 30 * DAY, now: NOW + 30 * DAY });
}

//! Who answers, when; who claims, when.

use tabella_prover::builder::SpendPath;
use tabella_remittance::rules::{RemittanceId, RemittanceRejection};
use tabella_verifier::shielded::ShieldedRejection;

use crate::scene::{ANSWER, CLAIM, EXPIRES, NOW, Scene, Who, refused, refused_by_pool, refused_by_wallet};

#[test]
fn nobody_answers_but_the_receivers_institution_once_and_in_time() {
    let (mut scene, id, _) = Scene::locked();
    let unsigned = RemittanceRejection::Signature("receiver's institution");
    for stranger in [Who::Sender, Who::Provider, Who::Stranger] {
        let outcome = scene.say(stranger, id, true);
        refused(&outcome, unsigned);
    }
    let unknown = RemittanceId([5; 32]);
    let outcome = scene.say(Who::Receiver, unknown, true);
    refused(&outcome, RemittanceRejection::UnknownRemittance(unknown));
    scene.say(Who::Receiver, id, false).unwrap();
    let outcome = scene.say(Who::Receiver, id, true);
    refused(&outcome, RemittanceRejection::Answered(id));

    let (mut late, id, _) = Scene::locked();
    late.stage.advance(EXPIRES + u64::from(ANSWER) - NOW);
    let outcome = late.say(Who::Receiver, id, true);
    refused(&outcome, RemittanceRejection::TooLate(id));
}

// A signature names a transaction, so it is good for no other: not for the opposite answer, and not for another remittance.
#[test]
fn signature_of_one_answer_is_good_for_no_other() {
    let (mut scene, id, _) = Scene::locked();
    let decline = scene.receiver.keys.answer(scene.id(), id, false);
    let mut accept = scene.receiver.keys.answer(scene.id(), id, true);
    accept.action_proofs = decline.action_proofs;
    let outcome = scene.stage.submit(accept);
    refused(&outcome, RemittanceRejection::Signature("receiver's institution"));
}

#[test]
fn neither_leg_is_claimed_before_the_answer_or_after_the_end_or_once_declined() {
    let (mut scene, id, _) = Scene::locked();
    for party in [Who::Provider, Who::Receiver] {
        let outcome = scene.settle(party, id, SpendPath::Claim, false);
        refused_by_pool(&outcome, &ShieldedRejection::Guard(0));
    }
    scene.say(Who::Receiver, id, false).unwrap();
    scene.stage.advance(3 * 3_600);
    let outcome = scene.settle(Who::Provider, id, SpendPath::Claim, false);
    refused_by_pool(&outcome, &ShieldedRejection::Guard(0));

    let (mut late, id, _) = Scene::locked();
    late.say(Who::Receiver, id, true).unwrap();
    let end = EXPIRES + u64::from(ANSWER) + u64::from(CLAIM);
    late.stage.advance(end - NOW);
    let outcome = late.settle(Who::Provider, id, SpendPath::Claim, false);
    refused_by_pool(&outcome, &ShieldedRejection::Window { transfer: 0, time: end });
}

// Once accepted, neither payer takes its leg back while the other may claim.
#[test]
fn no_leg_goes_back_before_claims_have_ended() {
    let (mut scene, id, _) = Scene::locked();
    scene.say(Who::Receiver, id, true).unwrap();
    scene.stage.advance(EXPIRES + u64::from(ANSWER) + u64::from(CLAIM) - NOW - 7_200);
    for party in [Who::Sender, Who::Provider] {
        refused_by_wallet(&scene.settle(party, id, SpendPath::Refund, false));
    }
}

//! Claims and refunds at the wrong time, and milestones that are not reached.

use rand_core::OsRng;
use tabella_crowdfunding::{
    keys::ReleaseKey,
    settle::{self, Takable},
};
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignId, CrowdfundingRejection as Rule, Milestone, Proof, shown::Stage,
};
use tabella_payments::holder::PaymentError;
use tabella_protocol::{
    keys::Seed,
    transaction::{Transaction, TransactionEffects},
};
use tabella_prover::builder::SpendPath;
use tabella_verifier::shielded::ShieldedRejection;

use crate::scene::{
    CLAIM_UNTIL, DEADLINE, NOW, REFUND_FROM, Refused, SECOND_MILESTONE, Scene, assert_refused, no_proof, time,
};

fn of_milestone(scene: &Scene, id: CampaignId, milestone: u8) -> Vec<Takable> {
    scene.all_escrows(id).into_iter().filter(|each| each.milestone == milestone).collect()
}

fn release(scene: &mut Scene, id: CampaignId, milestone: u8) -> Result<(), Refused> {
    let released = scene.release.release(scene.state.id(), id, milestone);
    scene.submit(released)
}

#[test]
fn claim_before_success_is_refused() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    let escrows = of_milestone(&scene, id, 0);
    assert_eq!(escrows.len(), 2);
    for now in [NOW, DEADLINE] {
        scene.now = now;
        assert!(settle::claimable(&scene.state, scene.campaigner.wallet(), id, time(now)).is_empty());
        assert_eq!(scene.claim_these(&escrows), Err(Refused::shielded(ShieldedRejection::Guard(0))));
    }
    scene.succeed(id).unwrap();
    assert_eq!(scene.claim(id), Ok(360 + 300));
    assert_eq!(scene.balance(&scene.campaigner), 660);
}

#[test]
fn later_milestone_is_not_claimed_before_its_time_and_its_release() {
    let (mut scene, id) = Scene::with_success();
    let second = of_milestone(&scene, id, 1);
    let shut = || Refused::shielded(ShieldedRejection::Guard(0));
    assert_eq!(scene.claim_these(&second), Err(shut()));
    let early = Rule::MilestoneTooEarly { milestone: 1, not_before: SECOND_MILESTONE, now: DEADLINE };
    assert_refused(release(&mut scene, id, 1), early);
    scene.now = SECOND_MILESTONE;
    assert_eq!(scene.claim_these(&second), Err(shut()));
    release(&mut scene, id, 1).unwrap();
    // Now both milestones, of both backers.
    assert_eq!(scene.claim(id), Ok(1_100));
}

#[test]
fn milestone_is_released_once() {
    let (mut scene, id) = Scene::with_success();
    scene.now = SECOND_MILESTONE;
    // The same transaction again would be a replay; twice in one transaction, and again beside something else.
    let actions = vec![Action::Release { campaign: id, milestone: 1 }.encode(); 2];
    let effects = TransactionEffects::new(scene.state.id(), Vec::new(), actions);
    let proof = Proof::signed(scene.release.sign(effects.digest())).encode();
    let twice = Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof; 2] };
    assert_refused(scene.submit(twice.clone()), Rule::Released(1));
    release(&mut scene, id, 1).unwrap();
    assert_refused(scene.submit(twice), Rule::Released(1));
}

#[test]
fn milestone_is_released_by_its_key_only() {
    let (mut scene, id) = Scene::with_success();
    scene.now = SECOND_MILESTONE;
    let stranger = ReleaseKey::of_seed(&Seed::new([8; 32]), 0).release(scene.state.id(), id, 1);
    assert_refused(scene.submit(stranger), Rule::Signature);
    // Not by the campaign either.
    assert_refused(scene.signed(&Action::Release { campaign: id, milestone: 1 }), Rule::Signature);
    assert_refused(release(&mut scene, id, 0), Rule::NoReleaseKey(0));
    assert_refused(release(&mut scene, id, 2), Rule::UnknownMilestone(2));
    let unknown = CampaignId([7; 32]);
    assert_refused(release(&mut scene, unknown, 1), Rule::UnknownCampaign(unknown));
    scene.now = CLAIM_UNTIL;
    assert_refused(release(&mut scene, id, 1), Rule::TooLate(id));
    let (mut scene, id) = Scene::with_counted([600, 500]);
    scene.now = SECOND_MILESTONE;
    assert_refused(release(&mut scene, id, 1), Rule::NotSucceeded(id));
}

#[test]
fn milestones_are_released_in_order() {
    let mut scene = Scene::new();
    let key = Some(scene.release.key());
    let milestone = |share, release_key| Milestone { share, not_before: time(NOW), release_key };
    let milestones = vec![milestone(3_000, key), milestone(3_000, None), milestone(4_000, key)];
    let id = scene.open(Campaign { milestones, ..scene.terms() }).unwrap();
    for (backer, amount) in [(0, 600), (1, 500)] {
        scene.pledge(backer, id, amount).unwrap();
    }
    scene.acknowledge(id).unwrap();
    scene.now = DEADLINE;
    scene.succeed(id).unwrap();
    assert_refused(release(&mut scene, id, 2), Rule::OutOfOrder(2));
    // The second needs nobody's consent, but waits for the first.
    let second = of_milestone(&scene, id, 1);
    assert_eq!(scene.claim_these(&second), Err(Refused::shielded(ShieldedRejection::Guard(0))));
    release(&mut scene, id, 0).unwrap();
    assert_eq!(scene.claim(id), Ok(180 + 180 + 150 + 150));
    release(&mut scene, id, 2).unwrap();
    assert_eq!(scene.claim(id), Ok(240 + 200));
}

#[test]
fn claim_after_the_end_of_claims_is_refused() {
    let (mut scene, id) = Scene::with_success();
    let first = of_milestone(&scene, id, 0);
    scene.now = CLAIM_UNTIL - 10;
    let moment = Scene::moment(&scene.state, scene.now);
    let prepared = settle::prepare(&mut scene.campaigner, &moment, &first, SpendPath::Claim, &mut OsRng).unwrap();
    let claim = scene.campaigner.authorize(prepared, &no_proof, &mut OsRng).unwrap();
    // Its window ends with the claims: nothing else can be proved.
    scene.now = CLAIM_UNTIL;
    let late = ShieldedRejection::Window { transfer: 0, time: CLAIM_UNTIL };
    assert_eq!(scene.submit(claim), Err(Refused::shielded(late)));
    let moment = Scene::moment(&scene.state, CLAIM_UNTIL + 600);
    let refused = settle::prepare(&mut scene.campaigner, &moment, &first, SpendPath::Claim, &mut OsRng);
    assert!(matches!(refused, Err(PaymentError::Window(_))), "{refused:?}");
    assert!(settle::claimable(&scene.state, scene.campaigner.wallet(), id, time(CLAIM_UNTIL)).is_empty());
    assert_eq!(scene.standing(id).stage(time(CLAIM_UNTIL)), Stage::Ended);
}

#[test]
fn refund_before_its_time_is_refused_and_then_needs_nobody() {
    // The goal is not reached; the campaign counts, and does nothing more.
    let (mut scene, id) = Scene::with_counted([600, 300]);
    let mine = settle::refundable(&scene.state, scene.backers[0].wallet(), None, time(REFUND_FROM));
    assert_eq!(mine.iter().map(|each| each.value.0).sum::<u64>(), 600);
    scene.now = CLAIM_UNTIL;
    assert!(settle::refundable(&scene.state, scene.backers[0].wallet(), None, time(scene.now)).is_empty());
    // A window that a refund allows begins with the refunds, so that the block's time is not in it …
    let moment = Scene::moment(&scene.state, REFUND_FROM - 60);
    let early = settle::prepare(&mut scene.backers[0], &moment, &mine, SpendPath::Refund, &mut OsRng).unwrap();
    let outcome = scene.submit_of(0, early, Vec::new());
    let early = ShieldedRejection::Window { transfer: 0, time: CLAIM_UNTIL };
    assert_eq!(outcome, Err(Refused::shielded(early)));
    // … and none can be made that would end before.
    let moment = Scene::moment(&scene.state, NOW);
    let refused = settle::prepare(&mut scene.backers[0], &moment, &mine, SpendPath::Refund, &mut OsRng);
    assert!(matches!(refused, Err(PaymentError::Window(_))), "{refused:?}");
    scene.now = REFUND_FROM;
    assert_eq!(scene.standing(id).stage(time(scene.now)), Stage::Failed);
    for (backer, pledged) in [(0, 600), (1, 300)] {
        let wallet = scene.backers[backer].wallet();
        let mine = settle::refundable(&scene.state, wallet, Some(id), time(scene.now));
        let moment = Scene::moment(&scene.state, scene.now);
        let back = settle::prepare(&mut scene.backers[backer], &moment, &mine, SpendPath::Refund, &mut OsRng).unwrap();
        assert_eq!(scene.balance(&scene.backers[backer]), 1_500 - pledged);
        scene.submit_of(backer, back, Vec::new()).unwrap();
        assert_eq!(scene.balance(&scene.backers[backer]), 1_500);
    }
    // Nothing is left for the campaign, and nothing comes back twice.
    assert!(scene.all_escrows(id).is_empty());
}

#[test]
fn what_a_failed_campaign_was_pledged_is_never_claimed() {
    let (mut scene, id) = Scene::with_counted([600, 300]);
    let first = of_milestone(&scene, id, 0);
    scene.now = CLAIM_UNTIL - 10;
    assert_eq!(scene.claim_these(&first), Err(Refused::shielded(ShieldedRejection::Guard(0))));
}

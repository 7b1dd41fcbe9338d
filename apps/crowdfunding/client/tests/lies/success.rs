//! Successes that are none.

use curve25519_dalek::scalar::Scalar;
use rand_core::OsRng;
use tabella_crowdfunding::{
    campaign::{CampaignerError, GoalProof, Raised},
    keys::CampaignKeys,
};
use tabella_crowdfunding_rules::{
    Action, Campaign, CrowdfundingRejection as Rule, Proof,
    action::{bridge_statement, goal_statement},
};
use tabella_protocol::{note::NoteValue, secret::Secret};
use tabella_prover::{
    account::{AmountOpening, prove_range},
    bridge::{BridgeOpening, prove_bridge},
};

use crate::scene::{CLAIM_UNTIL, DEADLINE, GOAL, Refused, Scene, assert_refused, campaign_seed};

/// 999 counted, one below the goal, after the deadline.
fn short() -> (Scene, tabella_crowdfunding_rules::CampaignId) {
    let (mut scene, id) = Scene::with_counted([600, 399]);
    scene.now = DEADLINE;
    (scene, id)
}

#[test]
fn success_below_the_goal_cannot_be_proved() {
    let (scene, id) = short();
    let refused = scene.book(id).succeed(&scene.keys, scene.state.id(), &mut OsRng).unwrap_err();
    assert_eq!(refused, CampaignerError::NotReached { raised: 999, goal: GOAL });
}

#[test]
fn success_under_a_forged_bridge_is_refused() {
    let (mut scene, id) = short();
    // The sum is said to be 1,000; the bridge is that of another sum.
    let raised = scene.book(id).raised();
    let said = Raised { value: 1_000, ..raised };
    let goal = GoalProof::new(said.clone(), NoteValue(GOAL), &mut OsRng).unwrap();
    let honest = goal.prove(&context(&scene), id, scene.standing(id), &mut OsRng).unwrap_err();
    assert!(matches!(honest, CampaignerError::Bridge(_)), "{honest:?}");
    let outcome = scene.succeed_with(id, &goal, |context, standing| {
        // A sum that does hold 1,000, in place of the ledger's.
        let opening = BridgeOpening::new(1_000, *said.blinding.expose(), Scalar::ZERO);
        let mut pretended = standing.clone();
        pretended.sum = opening.statement(standing.terms().unwrap()).jubjub;
        goal.prove(context, id, &pretended, &mut OsRng).unwrap()
    });
    assert_eq!(outcome, Err(Refused::Bridge));
}

#[test]
fn success_under_a_forged_range_is_refused() {
    let (mut scene, id) = short();
    // The true sum crosses the bridge; what is proved to be in range is not the sum less the goal.
    let (raised, blinding) = (scene.book(id).raised(), Scalar::from(5_u64));
    let commitment = AmountOpening::new(NoteValue(999), blinding).commitment();
    let standing = scene.standing(id).clone();
    let action = Action::Succeed { campaign: id, counted: standing.counted, raised: commitment };
    let keys = CampaignKeys::of_seed(&campaign_seed(), 0);
    // -1 modulo 2^64, 0, and the sum itself.
    for pretended in [u64::MAX, 0, 999] {
        let outcome = scene.act(&action, |context| {
            let opening = BridgeOpening::new(999, *raised.blinding.expose(), blinding);
            let statement = bridge_statement(standing.sum, standing.terms().unwrap(), commitment);
            let bridge = prove_bridge(context, &statement, &opening, &mut OsRng).unwrap();
            let statement = goal_statement(id, standing.campaign.goal, standing.counted, &commitment);
            let above = AmountOpening::new(NoteValue(pretended), blinding);
            let range = prove_range(context, &statement, &[above], &mut OsRng).unwrap();
            Proof { bridge: Some(bridge), range: Some(range), ..Proof::signed(keys.sign(context.digest)) }
        });
        assert_eq!(outcome, Err(Refused::Range));
    }
}

#[test]
fn success_of_another_campaigns_sum_is_refused() {
    let mut scene = Scene::new();
    let rich = scene.open(scene.terms()).unwrap();
    let poor = scene.open(Campaign { title: "Another one".into(), ..scene.terms() }).unwrap();
    for (campaign, amounts) in [(rich, [600, 500]), (poor, [2, 2])] {
        for (backer, amount) in amounts.into_iter().enumerate() {
            scene.pledge(backer, campaign, amount).unwrap();
        }
        scene.acknowledge(campaign).unwrap();
    }
    scene.now = DEADLINE;
    let goal = GoalProof::new(scene.book(rich).raised(), NoteValue(GOAL), &mut OsRng).unwrap();
    let theirs = scene.standing(rich).clone();
    let outcome = scene.succeed_with(poor, &goal, |context, _| goal.prove(context, poor, &theirs, &mut OsRng).unwrap());
    assert_eq!(outcome, Err(Refused::Bridge));
    scene.succeed(rich).unwrap();
}

#[test]
fn proof_of_success_is_good_in_one_place_only() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    scene.now = DEADLINE;
    let goal = GoalProof::new(scene.book(id).raised(), NoteValue(GOAL), &mut OsRng).unwrap();
    let elsewhere = goal.prove(&context(&scene), id, scene.standing(id), &mut OsRng).unwrap();
    assert_eq!(scene.succeed_with(id, &goal, |_, _| elsewhere.clone()), Err(Refused::Bridge));
    let ranges = scene.succeed_with(id, &goal, |context, standing| {
        let here = goal.prove(context, id, standing, &mut OsRng).unwrap();
        Proof { range: elsewhere.range.clone(), ..here }
    });
    assert_eq!(ranges, Err(Refused::Range));
    for missing in ["there is no bridge", "there is no range proof"] {
        let outcome = scene.succeed_with(id, &goal, |context, standing| {
            let mut proof = goal.prove(context, id, standing, &mut OsRng).unwrap();
            if missing == "there is no bridge" {
                proof.bridge = None
            } else {
                proof.range = None
            }
            proof
        });
        assert_refused(outcome, Rule::Proof(missing));
    }
}

#[test]
fn success_is_shown_between_deadline_and_end_of_claims_and_once() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    scene.now = DEADLINE - 1;
    assert_refused(scene.succeed(id), Rule::TooEarly(id));
    scene.now = CLAIM_UNTIL;
    assert_refused(scene.succeed(id), Rule::TooLate(id));
    scene.now = DEADLINE;
    scene.succeed(id).unwrap();
    assert_refused(scene.succeed(id), Rule::Succeeded(id));
}

#[test]
fn success_is_about_the_pledges_that_are_counted_now() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    let early = scene.book(id).succeed(&scene.keys, scene.state.id(), &mut OsRng).unwrap();
    scene.pledge(1, id, 100).unwrap();
    scene.acknowledge(id).unwrap();
    scene.now = DEADLINE;
    assert_refused(scene.submit(early), Rule::Stale { expected: 3, found: 2 });
    let (mut scene, id) = Scene::with_campaign();
    scene.now = DEADLINE;
    let nothing = Raised { value: u128::from(GOAL), blinding: Secret::new(0_u64.into()) };
    let goal = GoalProof::new(nothing, NoteValue(GOAL), &mut OsRng).unwrap();
    assert_refused(scene.succeed_with(id, &goal, |_, _| Proof::default()), Rule::NothingCounted);
}

#[test]
fn success_is_signed_by_the_campaign() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    scene.now = DEADLINE;
    let stranger = CampaignKeys::of_seed(&tabella_protocol::keys::Seed::new([8; 32]), 0);
    let forged = scene.book(id).succeed(&stranger, scene.state.id(), &mut OsRng).unwrap();
    assert_refused(scene.submit(forged), Rule::Signature);
}

#[test]
fn campaign_that_closes_at_its_goal_succeeds_early_and_takes_no_more_pledges() {
    let mut scene = Scene::new();
    let terms = Campaign { closes_at_goal: true, ..scene.terms() };
    let id = scene.open(terms).unwrap();
    for (backer, amount) in [(0, 600), (1, 500)] {
        scene.pledge(backer, id, amount).unwrap();
    }
    let (asset, orders) = (scene.asset, [scene.lock_order(id, 0, 60), scene.lock_order(id, 1, 40)]);
    scene.acknowledge(id).unwrap();
    scene.succeed(id).unwrap();
    let transfers = orders.iter().map(|order| scene.lock(asset, order)).collect();
    let pledge = Action::Pledge { campaign: id, transfers: vec![0, 1] };
    assert_refused(scene.submit_transfers(transfers, &[pledge]), Rule::Succeeded(id));
}

#[test]
fn sum_that_overflows_is_no_success() {
    // No asset has so much; the range proof would refuse it, and nobody can make one.
    let raised = |value| Raised { value, blinding: Secret::new(0_u64.into()) };
    let above = u128::from(GOAL) + (1 << 64);
    let refused = GoalProof::new(raised(above), NoteValue(GOAL), &mut OsRng).unwrap_err();
    assert_eq!(refused, CampaignerError::Overflow);
    assert!(GoalProof::new(raised(above - 1), NoteValue(GOAL), &mut OsRng).is_ok());
    let refused = GoalProof::new(raised(0), NoteValue(u64::MAX), &mut OsRng).unwrap_err();
    assert_eq!(refused, CampaignerError::NotReached { raised: 0, goal: u64::MAX });
}

/// Some place that is not the one of any transaction.
fn context(scene: &Scene) -> tabella_protocol::transcript::ProofContext {
    let digest = tabella_protocol::transaction::TransactionDigest([5; 32]);
    tabella_protocol::transcript::ProofContext { ledger: scene.state.id(), digest, index: 0 }
}

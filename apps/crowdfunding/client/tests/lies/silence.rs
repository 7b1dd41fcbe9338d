//! A campaign that does nothing, or less than it could; one note for two campaigns; and more pledges than one action counts.

use rand_core::OsRng;
use tabella_crowdfunding::settle;
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignId, CrowdfundingRejection as Rule, Milestone, PledgeId, shown::Stage,
};
use tabella_protocol::transaction::TransactionEffects;
use tabella_prover::builder::SpendPath;
use tabella_verifier::shielded::ShieldedRejection;

use crate::scene::{CLAIM_UNTIL, REFUND_FROM, Refused, Scene, assert_refused, time};

/// The campaign can claim nothing, and both backers take back what they pledged, alone.
fn goes_back(mut scene: Scene, id: CampaignId, pledged: [u128; 2]) {
    let all = scene.all_escrows(id);
    scene.now = CLAIM_UNTIL - 10;
    assert!(settle::claimable(&scene.state, scene.campaigner.wallet(), id, time(scene.now)).is_empty());
    assert_eq!(scene.claim_these(&all), Err(Refused::shielded(ShieldedRejection::Guard(0))));
    scene.now = REFUND_FROM;
    assert_eq!(scene.standing(id).stage(time(scene.now)), Stage::Failed);
    for (backer, pledged) in pledged.into_iter().enumerate() {
        assert_eq!(scene.balance(&scene.backers[backer]), 1_500 - pledged);
        let mine = settle::refundable(&scene.state, scene.backers[backer].wallet(), Some(id), time(scene.now));
        let moment = Scene::moment(&scene.state, scene.now);
        let back = settle::prepare(&mut scene.backers[backer], &moment, &mine, SpendPath::Refund, &mut OsRng).unwrap();
        scene.submit_of(backer, back, Vec::new()).unwrap();
        assert_eq!(scene.balance(&scene.backers[backer]), 1_500);
    }
    assert!(scene.all_escrows(id).is_empty());
}

#[test]
fn campaign_that_acknowledges_nobody_gives_everything_back() {
    let (mut scene, id) = Scene::with_campaign();
    for (backer, amount) in [600, 500].into_iter().enumerate() {
        scene.pledge(backer, id, amount).unwrap();
    }
    assert_eq!((scene.standing(id).pledges, scene.standing(id).counted), (2, 0));
    goes_back(scene, id, [600, 500]);
}

#[test]
fn campaign_that_does_not_show_its_success_gives_everything_back() {
    // The goal is 1,000.
    let (scene, id) = Scene::with_counted([600, 500]);
    assert_eq!(scene.book(id).raised().value, 1_100);
    goes_back(scene, id, [600, 500]);
}

#[test]
fn note_is_pledged_to_one_of_two_campaigns() {
    let mut scene = Scene::new();
    let whole = vec![Milestone { share: 10_000, not_before: time(0), release_key: None }];
    let terms = |title: &str| Campaign { title: title.into(), milestones: whole.clone(), ..scene.terms() };
    let both = ["A well", "A tower"].map(terms).map(|terms| scene.open(terms).unwrap());
    let asset = scene.asset;
    let orders = both.map(|id| scene.lock_order(id, 0, 60));
    let first = scene.lock(asset, &orders[0]);
    // The wallet sets the note aside; one that lies takes it again.
    let effects = TransactionEffects::new(scene.state.id(), vec![first.effects().clone()], Vec::new());
    scene.backers[0].release(&effects);
    let second = scene.lock(asset, &orders[1]);
    let spent = first.effects().nullifiers();
    let shared = second.effects().nullifiers().iter().find(|nullifier| spent.contains(nullifier));
    let nullifier = *shared.expect("the same note");
    let pledge = |campaign| [Action::Pledge { campaign, transfers: vec![0] }];
    scene.submit_transfers(vec![first], &pledge(both[0])).unwrap();
    let twice = ShieldedRejection::Spent { transfer: 0, nullifier };
    assert_eq!(scene.submit_transfers(vec![second], &pledge(both[1])), Err(Refused::shielded(twice)));
    assert_eq!(both.map(|id| scene.standing(id).pledges), [1, 0]);
}

#[test]
fn more_pledges_than_1024_are_not_acknowledged_in_one_action() {
    let (mut scene, campaign) = Scene::with_campaign();
    let mut acknowledge = |count: usize| {
        let pledges = (0..count).map(|number| {
            let mut id = [7; 32];
            id[..8].copy_from_slice(&(number as u64).to_le_bytes());
            PledgeId(id)
        });
        scene.signed(&Action::Acknowledge { campaign, pledges: pledges.collect() })
    };
    assert_refused(acknowledge(1_025), Rule::Count);
    // So many are looked at one by one; nobody has pledged these.
    let mut first = [7; 32];
    first[..8].fill(0);
    assert_refused(acknowledge(1_024), Rule::UnknownPledge(PledgeId(first)));
}

//! Pledges that are none.

use tabella_crowdfunding::backer::{PledgeError, PledgeOrder, own_pledges, prepare_pledge};
use tabella_crowdfunding::memo::PledgeMemo;
use tabella_crowdfunding_rules::{Action, Campaign, CampaignId, CrowdfundingRejection as Rule};
use tabella_payments::holder::{LockOrder, PaymentError};
use tabella_protocol::{
    note::{NoteValue, Terms},
    statement::Mode,
};
use tabella_verifier::application::UseError;

use rand_core::OsRng;

use crate::scene::{CLAIM_UNTIL, DEADLINE, NOW, REFUND_FROM, Scene, assert_refused, time};

fn pledge(campaign: CampaignId, transfers: &[u32]) -> Action {
    Action::Pledge { campaign, transfers: transfers.to_vec() }
}

#[test]
fn pledge_under_another_contract_is_refused() {
    let (mut scene, id) = Scene::with_campaign();
    let other = Campaign { title: "Another one".into(), ..scene.terms() };
    let other = scene.open(other).unwrap();
    let right = [scene.lock_order(id, 0, 60), scene.lock_order(id, 1, 40)];
    let terms = right[1].terms;
    let stranger = scene.backers[1].wallet().address(0);
    let guards = [right[0].guard, scene.standing(other).contracts[1].guard, tabella_protocol::note::Guard::none()];
    let lies = [
        LockOrder { claimant: stranger, ..right[1].clone() },
        LockOrder { terms: Terms { claim_until: time(CLAIM_UNTIL - 1), ..terms }, ..right[1].clone() },
        LockOrder { terms: Terms { refund_from: time(REFUND_FROM - 1), ..terms }, ..right[1].clone() },
        LockOrder { terms: Terms { refund_from: time(NOW), ..terms }, ..right[1].clone() },
        LockOrder { terms: Terms { burn_only: true, ..terms }, ..right[1].clone() },
        LockOrder { guard: guards[0], ..right[1].clone() },
        LockOrder { guard: guards[1], ..right[1].clone() },
        LockOrder { guard: guards[2], ..right[1].clone() },
    ];
    let asset = scene.asset;
    for lie in lies {
        let transfers = vec![scene.lock(asset, &right[0]), scene.lock(asset, &lie)];
        assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 1])]), Rule::Contract(1));
    }
    // The right ones, in the wrong order.
    let transfers = vec![scene.lock(asset, &right[0]), scene.lock(asset, &right[1])];
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[1, 0])]), Rule::Contract(0));
    assert_eq!(scene.standing(id).pledges, 0);
}

#[test]
fn pledge_of_another_asset_or_without_a_tag_is_refused() {
    let (mut scene, id) = Scene::with_campaign();
    let (asset, other) = (scene.asset, scene.other_asset);
    let right = [scene.lock_order(id, 0, 60), scene.lock_order(id, 1, 40)];
    let transfers = vec![scene.lock(asset, &right[0]), scene.lock(other, &right[1])];
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 1])]), Rule::Use(UseError::Asset(1)));
    let untagged = LockOrder { is_tagged: false, ..right[1].clone() };
    let transfers = vec![scene.lock(asset, &right[0]), scene.lock(asset, &untagged)];
    // A transfer in mode internal carries no value out, and so is used from the beginning.
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 1])]), Rule::Use(UseError::Used(1)));
    let moment = Scene::moment(&scene.state, scene.now);
    let exit = scene.backers[0].prepare_exit(
        &moment,
        asset,
        NoteValue(40),
        tabella_prover::builder::Blinding::Random,
        &mut OsRng,
    );
    let tabella_payments::holder::Next::Transfer(exit) = exit.unwrap() else { panic!("one note suffices") };
    let transfers = vec![scene.lock(asset, &right[0]), *exit];
    let expected = UseError::Mode { transfer: 1, expected: Mode::Tag };
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 1])]), Rule::Use(expected));
}

#[test]
fn transfer_is_part_of_one_pledge_only() {
    let (mut scene, id) = Scene::with_campaign();
    let whole = Campaign {
        milestones: vec![tabella_crowdfunding_rules::Milestone {
            share: 10_000,
            not_before: time(0),
            release_key: None,
        }],
        ..scene.terms()
    };
    let whole = scene.open(whole).unwrap();
    let asset = scene.asset;
    let order = scene.lock_order(whole, 0, 60);
    let transfers = vec![scene.lock(asset, &order)];
    let twice = [pledge(whole, &[0]), pledge(whole, &[0])];
    assert_refused(scene.submit_transfers(transfers, &twice), Rule::Use(UseError::Used(0)));
    let order = scene.lock_order(id, 0, 60);
    let transfers = vec![scene.lock(asset, &order)];
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 0])]), Rule::Use(UseError::Used(0)));
    let transfers = vec![scene.lock(asset, &order)];
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 9])]), Rule::Use(UseError::NoSuchTransfer(9)));
    // Two pledges of two transfers are two pledges.
    let order = scene.lock_order(whole, 0, 60);
    let transfers = vec![scene.lock(asset, &order), scene.lock(asset, &order)];
    scene.submit_transfers(transfers, &[pledge(whole, &[0]), pledge(whole, &[1])]).unwrap();
    assert_eq!(scene.standing(whole).pledges, 2);
}

#[test]
fn pledge_has_a_part_for_each_milestone() {
    let (mut scene, id) = Scene::with_campaign();
    let (asset, order) = (scene.asset, scene.lock_order(id, 0, 60));
    for transfers in [&[][..], &[0], &[0, 1, 2]] {
        let expected = Rule::Parts { expected: 2, found: transfers.len() };
        let lock = vec![scene.lock(asset, &order)];
        assert_refused(scene.submit_transfers(lock, &[pledge(id, transfers)]), expected);
    }
    let unknown = CampaignId([7; 32]);
    let lock = vec![scene.lock(asset, &order)];
    assert_refused(scene.submit_transfers(lock, &[pledge(unknown, &[0, 1])]), Rule::UnknownCampaign(unknown));
}

#[test]
fn pledge_after_the_deadline_is_refused() {
    let (mut scene, id) = Scene::with_campaign();
    scene.pledge(0, id, 100).unwrap();
    let (asset, orders) = (scene.asset, [scene.lock_order(id, 0, 60), scene.lock_order(id, 1, 40)]);
    scene.now = DEADLINE;
    let transfers = orders.iter().map(|order| scene.lock(asset, order)).collect();
    assert_refused(scene.submit_transfers(transfers, &[pledge(id, &[0, 1])]), Rule::Closed(id));
    let order = PledgeOrder { campaign: id, amount: NoteValue(100), memo: PledgeMemo::default() };
    let moment = Scene::moment(&scene.state, scene.now);
    let refused = prepare_pledge(&mut scene.backers[0], &moment, &order, &mut OsRng);
    assert!(matches!(refused, Err(PledgeError::Closed(_))), "{refused:?}");
}

#[test]
fn wallet_splits_a_pledge_to_the_last_unit() {
    let (mut scene, id) = Scene::with_campaign();
    for amount in [2, 3, 7, 99, 101] {
        scene.pledge(0, id, amount).unwrap();
    }
    let pledges = own_pledges(&scene.state, scene.backers[0].wallet());
    let mut amounts: Vec<_> =
        pledges.iter().map(|pledge| pledge.parts.iter().map(|part| part.value.0).collect()).collect();
    amounts.sort_by_key(|parts: &Vec<u64>| parts.iter().sum::<u64>());
    assert_eq!(amounts, [vec![1, 1], vec![1, 2], vec![4, 3], vec![59, 40], vec![60, 41]]);
    assert!(own_pledges(&scene.state, scene.backers[1].wallet()).is_empty());
    assert_eq!(scene.balance(&scene.backers[0]), 1_500 - 2 - 3 - 7 - 99 - 101);
    let mut order = PledgeOrder { campaign: id, amount: NoteValue(1), memo: PledgeMemo::default() };
    let moment = Scene::moment(&scene.state, scene.now);
    let refused = prepare_pledge(&mut scene.backers[0], &moment, &order, &mut OsRng);
    assert!(matches!(refused, Err(PledgeError::TooSmall { least: 2 })), "{refused:?}");
    order.amount = NoteValue(1_500);
    let refused = prepare_pledge(&mut scene.backers[0], &moment, &order, &mut OsRng);
    let insufficient =
        matches!(refused, Err(PledgeError::Payment(PaymentError::Insufficient { available: 1_288, .. })));
    assert!(insufficient, "{refused:?}");
    // All that is left, whatever notes it is in.
    scene.pledge(0, id, 1_288).unwrap();
    assert_eq!(scene.balance(&scene.backers[0]), 0);
}

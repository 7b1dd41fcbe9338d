//! Pledges that are counted twice, by somebody else, or at the wrong time.

use rand_core::OsRng;
use tabella_crowdfunding::{
    campaign::{CampaignerError, Unacceptable},
    keys::CampaignKeys,
};
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignId, CrowdfundingRejection as Rule, MAX_ACKNOWLEDGED, PledgeId, Proof,
};
use tabella_payments::holder::LockOrder;
use tabella_protocol::{
    keys::{Address, Seed},
    note::NoteValue,
    transaction::{Transaction, TransactionEffects},
};

use crate::scene::{CLAIM_UNTIL, DEADLINE, Refused, Scene, assert_refused, campaign_seed};

fn acknowledge(campaign: CampaignId, pledges: &[PledgeId]) -> Action {
    Action::Acknowledge { campaign, pledges: pledges.to_vec() }
}

/// Several actions that the campaign's key signs, in one transaction.
fn together(scene: &mut Scene, actions: &[Action]) -> Result<(), Refused> {
    let keys = CampaignKeys::of_seed(&campaign_seed(), 0);
    let encoded = actions.iter().map(Action::encode).collect();
    let effects = TransactionEffects::new(scene.state.id(), Vec::new(), encoded);
    let proof = Proof::signed(keys.sign(effects.digest())).encode();
    scene.submit(Transaction { effects, transfers: Vec::new(), action_proofs: vec![proof; actions.len()] })
}

#[test]
fn pledge_counts_once() {
    let (mut scene, id) = Scene::with_campaign();
    let [first, second] = [(0, 600), (1, 500)].map(|(backer, amount)| scene.pledge(backer, id, amount).unwrap());
    assert_refused(scene.signed(&acknowledge(id, &[first, second, first])), Rule::Counted(first));
    let twice = [acknowledge(id, &[first]), acknowledge(id, &[second, first])];
    assert_refused(together(&mut scene, &twice), Rule::Counted(first));
    scene.signed(&acknowledge(id, &[first])).unwrap();
    assert_refused(scene.signed(&acknowledge(id, &[second, first])), Rule::Counted(first));
    scene.signed(&acknowledge(id, &[second])).unwrap();
    assert_eq!(scene.standing(id).counted, 2);
    assert_eq!(scene.book(id).raised().value, 1_100);
    let nothing = scene.book(id).acknowledge(&scene.keys, scene.state.id()).unwrap_err();
    assert_eq!(nothing, CampaignerError::NothingNew);
}

#[test]
fn pledge_is_acknowledged_by_the_campaigns_key_only() {
    let (mut scene, id) = Scene::with_campaign();
    let pledge = scene.pledge(0, id, 100).unwrap();
    let stranger = CampaignKeys::of_seed(&Seed::new([8; 32]), 0);
    let action = acknowledge(id, &[pledge]);
    assert_refused(scene.act(&action, |context| Proof::signed(stranger.sign(context.digest))), Rule::Signature);
    // The campaign's own signature, under another transaction.
    let (keys, other) =
        (CampaignKeys::of_seed(&campaign_seed(), 0), tabella_protocol::transaction::TransactionDigest([1; 32]));
    assert_refused(scene.act(&action, |_| Proof::signed(keys.sign(other))), Rule::Signature);
    assert_refused(scene.act(&action, |_| Proof::default()), Rule::Proof("there is no signature"));
    let more = scene.act(&action, |context| Proof {
        range: Some(tabella_protocol::range::RangeProofBytes(Vec::new())),
        ..Proof::signed(keys.sign(context.digest))
    });
    assert_refused(more, Rule::Proof("there is a part that it does not need"));
    assert_eq!(scene.standing(id).counted, 0);
}

#[test]
fn pledge_to_another_campaign_or_to_none_is_not_counted() {
    let (mut scene, id) = Scene::with_campaign();
    let other = Campaign { title: "Another one".into(), ..scene.terms() };
    let other = scene.open(other).unwrap();
    let pledge = scene.pledge(0, other, 100).unwrap();
    assert_refused(scene.signed(&acknowledge(id, &[pledge])), Rule::UnknownPledge(pledge));
    let invented = PledgeId([7; 32]);
    assert_refused(scene.signed(&acknowledge(id, &[invented])), Rule::UnknownPledge(invented));
    assert_refused(scene.signed(&acknowledge(id, &[])), Rule::Count);
    assert_refused(scene.signed(&acknowledge(id, &vec![invented; MAX_ACKNOWLEDGED + 1])), Rule::Count);
}

#[test]
fn nothing_is_counted_after_success_or_after_the_end_of_claims() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    let late = scene.pledge(1, id, 100).unwrap();
    scene.now = DEADLINE;
    scene.succeed(id).unwrap();
    assert_refused(scene.signed(&acknowledge(id, &[late])), Rule::Succeeded(id));
    let (mut scene, id) = Scene::with_campaign();
    let late = scene.pledge(1, id, 100).unwrap();
    // After the deadline it is not too late to count what was pledged before.
    scene.now = CLAIM_UNTIL;
    assert_refused(scene.signed(&acknowledge(id, &[late])), Rule::TooLate(id));
    scene.now = CLAIM_UNTIL - 1;
    scene.signed(&acknowledge(id, &[late])).unwrap();
}

#[test]
fn campaign_does_not_acknowledge_a_wrong_split() {
    let (mut scene, id) = Scene::with_campaign();
    let asset = scene.asset;
    // 61 and 39 of 100, where the shares ask for 60 and 40: the ledger cannot see it, the campaign does.
    let orders = [scene.lock_order(id, 0, 61), scene.lock_order(id, 1, 39)];
    let transfers = orders.iter().map(|order| scene.lock(asset, order)).collect();
    scene.submit_transfers(transfers, &[Action::Pledge { campaign: id, transfers: vec![0, 1] }]).unwrap();
    let book = scene.book(id);
    assert!(book.opened().is_empty());
    assert_eq!(book.refused().iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Unacceptable::Split]);
    assert_eq!(book.acknowledge(&scene.keys, scene.state.id()).unwrap_err(), CampaignerError::NothingNew);
}

#[test]
fn campaign_does_not_acknowledge_what_it_cannot_open() {
    let (mut scene, id) = Scene::with_campaign();
    let asset = scene.asset;
    // To the campaign's owner commitment, encrypted to somebody else.
    let mut mixed = borsh::to_vec(&scene.standing(id).campaign.claimant).unwrap();
    mixed[43..].copy_from_slice(&borsh::to_vec(&scene.backers[1].wallet().address(0)).unwrap()[43..]);
    let claimant: Address = borsh::from_slice(&mixed).unwrap();
    let orders = [scene.lock_order(id, 0, 60), LockOrder { claimant, ..scene.lock_order(id, 1, 40) }];
    let transfers = orders.iter().map(|order| scene.lock(asset, order)).collect();
    scene.submit_transfers(transfers, &[Action::Pledge { campaign: id, transfers: vec![0, 1] }]).unwrap();
    let book = scene.book(id);
    let (hidden, why) = book.refused()[0];
    assert_eq!(why, Unacceptable::Unopened(1));
    // If it is counted nevertheless, by mistake, the campaign's own wallet says so before anything is proved.
    scene.signed(&acknowledge(id, &[hidden])).unwrap();
    let read = tabella_crowdfunding::campaign::Book::read(&scene.state, scene.campaigner.wallet(), id);
    assert_eq!(read.unwrap_err(), CampaignerError::Missing(hidden));
}

#[test]
fn rewards_are_sent_once_to_each_backer_who_counts() {
    let (mut scene, id) = Scene::with_counted([600, 500]);
    scene.pledge(0, id, 100).unwrap();
    let to = scene.campaigner.wallet().address(0);
    let token = scene.issue("Thanks", tabella_protocol::asset::AssetClass::Ordinary, &[(to, NoteValue(5))]);
    scene.read();
    let amount = NoteValue(1);
    assert_eq!(scene.book(id).rewards_due(scene.campaigner.wallet(), token, amount).unwrap().len(), 2);
    for _ in 0..2 {
        let due = scene.book(id).rewards_due(scene.campaigner.wallet(), token, amount).unwrap();
        let moment = Scene::moment(&scene.state, scene.now);
        let step = scene.campaigner.prepare(&moment, &due[0].order, &mut OsRng).unwrap();
        let tabella_payments::holder::Step::Pay(pay) = step else { panic!("one note suffices") };
        let pay = scene.campaigner.authorize(pay, &crate::scene::no_proof, &mut OsRng).unwrap();
        scene.submit(pay).unwrap();
        scene.read();
    }
    assert!(scene.book(id).rewards_due(scene.campaigner.wallet(), token, amount).unwrap().is_empty());
    let pool = scene.state.shielded().id();
    for backer in &scene.backers {
        assert_eq!(backer.wallet().balance(pool, token, crate::scene::time(scene.now)).spendable, 1);
    }
}

#[test]
fn reward_to_the_campaigns_own_wallet_is_not_sent() {
    let (mut scene, id) = Scene::with_campaign();
    // What a backer finds on the ledger, and two addresses that the wallet has given to payers or not yet.
    let wallet = scene.campaigner.wallet();
    let own = [scene.standing(id).campaign.claimant, wallet.address(0), wallet.address(7)];
    let liars: Vec<_> = own.iter().map(|to| scene.pledge_for(0, id, 100, Some(*to)).unwrap()).collect();
    scene.pledge(1, id, 500).unwrap();
    // Nobody's wallet takes what is sent to half of an address: it counts as sent.
    let mut mixed = borsh::to_vec(&own[1]).unwrap();
    mixed[43..].copy_from_slice(&borsh::to_vec(&scene.backers[1].wallet().address(0)).unwrap()[43..]);
    scene.pledge_for(0, id, 100, Some(borsh::from_slice(&mixed).unwrap())).unwrap();
    scene.acknowledge(id).unwrap();
    let to = scene.campaigner.wallet().address(0);
    let token = scene.issue("Thanks", tabella_protocol::asset::AssetClass::Ordinary, &[(to, NoteValue(5))]);
    scene.read();
    let mut sent = 0;
    loop {
        let due = scene.book(id).rewards_due(scene.campaigner.wallet(), token, NoteValue(1)).unwrap();
        let Some(reward) = due.first() else { break };
        assert!(sent < 2 && !liars.contains(&reward.pledge));
        let moment = Scene::moment(&scene.state, scene.now);
        let step = scene.campaigner.prepare(&moment, &reward.order, &mut OsRng).unwrap();
        let tabella_payments::holder::Step::Pay(pay) = step else { panic!("one note suffices") };
        let pay = scene.campaigner.authorize(pay, &crate::scene::no_proof, &mut OsRng).unwrap();
        scene.submit(pay).unwrap();
        scene.read();
        sent += 1;
    }
    assert_eq!(sent, 2);
    let mut left_out: Vec<_> = scene.book(id).rewards_to_itself(scene.campaigner.wallet()).collect();
    let mut expected = liars;
    left_out.sort_unstable();
    expected.sort_unstable();
    assert_eq!(left_out, expected);
}

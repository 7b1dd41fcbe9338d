//! Campaigns that cannot be.

use tabella_crowdfunding::{campaign, keys::CampaignKeys};
use tabella_crowdfunding_rules::{
    Action, Campaign, CampaignError, CrowdfundingRejection as Rule, Proof, campaign::MAX_MILESTONES,
};
use tabella_protocol::{
    asset::AssetClass,
    keys::{Address, Seed},
    note::{AssetId, NoteValue},
};

use crate::scene::{CLAIM_UNTIL, DEADLINE, REFUND_FROM, Scene, assert_refused, time};

fn refused(change: impl FnOnce(&mut Campaign), rule: CampaignError) {
    let mut scene = Scene::new();
    let mut terms = scene.terms();
    change(&mut terms);
    assert_eq!(campaign::open(&scene.keys, scene.state.id(), terms.clone()).unwrap_err(), rule.into());
    assert_refused(scene.open(terms), rule.into());
}

#[test]
fn campaign_of_impossible_times_is_refused() {
    refused(|terms| terms.claim_until = time(DEADLINE), CampaignError::Times);
    refused(|terms| terms.refund_from = time(CLAIM_UNTIL - 1), CampaignError::Times);
    refused(|terms| terms.milestones[1].not_before = time(CLAIM_UNTIL), CampaignError::MilestoneTime(1));
    refused(|terms| terms.milestones[0].not_before = time(REFUND_FROM), CampaignError::MilestoneTime(0));
    refused(|terms| terms.milestones.swap(0, 1), CampaignError::MilestoneTime(1));
    let mut scene = Scene::new();
    scene.now = DEADLINE;
    assert_refused(scene.open(scene.terms()), Rule::Deadline);
}

#[test]
fn campaign_of_impossible_shares_is_refused() {
    refused(|terms| terms.milestones[0].share = 6_001, CampaignError::Shares(10_001));
    refused(|terms| terms.milestones[1].share = 3_999, CampaignError::Shares(9_999));
    let zero = |terms: &mut Campaign| {
        terms.milestones[0].share = 0;
        terms.milestones[1].share = 10_000;
    };
    refused(zero, CampaignError::Shares(10_000));
    refused(|terms| terms.milestones.clear(), CampaignError::Milestones);
    let many = |terms: &mut Campaign| terms.milestones = vec![terms.milestones[0].clone(); MAX_MILESTONES + 1];
    refused(many, CampaignError::Milestones);
}

#[test]
fn campaign_without_title_goal_or_readable_address_is_refused() {
    refused(|terms| terms.title = " ".into(), CampaignError::Title);
    refused(|terms| terms.title = "a".repeat(129), CampaignError::Title);
    refused(|terms| terms.goal = NoteValue(0), CampaignError::Goal);
    let unreadable = |terms: &mut Campaign| {
        let mut bytes = borsh(&terms.claimant);
        bytes[43..].fill(0);
        terms.claimant = from_borsh::<Address>(&bytes);
    };
    refused(unreadable, CampaignError::Claimant);
}

fn borsh(address: &Address) -> Vec<u8> {
    ::borsh::to_vec(address).unwrap()
}

fn from_borsh<T: ::borsh::BorshDeserialize>(bytes: &[u8]) -> T {
    ::borsh::from_slice(bytes).unwrap()
}

#[test]
fn campaign_in_a_named_or_unknown_asset_is_refused() {
    let mut scene = Scene::new();
    let to = scene.campaigner.wallet().address(0);
    let named = scene.issue("Stone", AssetClass::Named, &[(to, NoteValue(1))]);
    for asset in [named, AssetId::new(7_u64.into())] {
        let terms = Campaign { asset, ..scene.terms() };
        assert_refused(scene.open(terms), Rule::Asset);
    }
}

#[test]
fn campaign_is_opened_once_and_by_its_key() {
    let (mut scene, id) = Scene::with_campaign();
    scene.now += 1;
    // In a transaction with another one, so that it is no replay.
    let other = Campaign { title: "Another one".into(), ..scene.terms() };
    let (keys, terms) = (CampaignKeys::of_seed(&crate::scene::campaign_seed(), 0), scene.terms());
    let again = |scene: &mut Scene, actions: [Campaign; 2]| {
        let actions = actions.map(|terms| Action::Open(Box::new(terms)).encode()).to_vec();
        let effects = tabella_protocol::transaction::TransactionEffects::new(scene.state.id(), Vec::new(), actions);
        let proof = Proof::signed(keys.sign(effects.digest())).encode();
        let action_proofs = vec![proof; 2];
        scene.submit(tabella_protocol::transaction::Transaction { effects, transfers: Vec::new(), action_proofs })
    };
    assert_refused(again(&mut scene, [other.clone(), terms]), Rule::Exists(id));
    // Twice in one transaction.
    let twice = other.id(scene.state.id());
    assert_refused(again(&mut scene, [other.clone(), other.clone()]), Rule::Exists(twice));
    let stranger = CampaignKeys::of_seed(&Seed::new([8; 32]), 0);
    let open = Action::Open(Box::new(other.clone()));
    let forged = scene.act(&open, |context| Proof::signed(stranger.sign(context.digest)));
    assert_refused(forged, Rule::Signature);
    assert_refused(scene.act(&open, |_| Proof::default()), Rule::Proof("there is no signature"));
    let wrong = campaign::open(&stranger, scene.state.id(), other).unwrap_err();
    assert_eq!(wrong, campaign::CampaignerError::OtherKey);
}

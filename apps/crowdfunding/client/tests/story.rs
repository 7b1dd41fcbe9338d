//! Two campaigns from beginning to end, with real proofs: one reaches its goal, the other does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where something unforeseen happens")]

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tabella_crowdfunding::{
    backer::{self, PledgeOrder, PledgeStep, own_pledges, prepare_pledge},
    campaign::{self, Book},
    keys::{CampaignKeys, ReleaseKey},
    memo::PledgeMemo,
    settle,
};
use tabella_crowdfunding_rules::{
    Campaign, CampaignId, Crowdfunding, Milestone, audit::Audit, shown::Stage as CampaignStage,
};
use tabella_payments::{
    holder::Holder,
    log::{LogError, read_entries},
};
use tabella_protocol::{
    keys::Seed,
    note::{AssetId, NoteValue, Timestamp},
};
use tabella_prover::builder::{PreparedTransaction, SpendPath, Unproven};
use tabella_stage::Stage;
use tabella_verifier::{application::Readable as _, groth16::VerifyingKeys, log::Origin, state::standard_applications};

const START: u64 = 1_800_000_000;

fn time(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds).unwrap()
}

struct Play {
    stage: Stage,
    _folder: tempfile::TempDir,
    asset: AssetId,
}

impl Play {
    fn submit(&mut self, by: &mut Holder, prepared: PreparedTransaction<Unproven>, proofs: Vec<Vec<u8>>) {
        let transaction = by.authorize_with(prepared, self.stage.parameters(), &mut OsRng, |_| proofs).unwrap();
        self.stage.submit(transaction).unwrap();
        by.read(&self.stage.ledger).unwrap();
    }

    fn pledge(&mut self, by: &mut Holder, campaign: CampaignId, amount: u64) {
        let memo = PledgeMemo { reward_to: Some(by.wallet().address(1)), message: "Good luck!".into() };
        let order = PledgeOrder { campaign, amount: NoteValue(amount), memo };
        by.read(&self.stage.ledger).unwrap();
        loop {
            let moment = self.stage.moment().unwrap();
            match prepare_pledge(by, &moment, &order, &mut OsRng).unwrap() {
                PledgeStep::First(first) => self.submit(by, first, Vec::new()),
                PledgeStep::Pledge(pledge) => return self.submit(by, pledge, vec![backer::no_proof()]),
            }
        }
    }

    fn take(&mut self, by: &mut Holder, escrows: &[settle::Takable], path: SpendPath) {
        let moment = self.stage.moment().unwrap();
        let prepared = settle::prepare(by, &moment, escrows, path, &mut OsRng).unwrap();
        self.submit(by, prepared, Vec::new());
    }

    fn stage_of(&self, id: CampaignId) -> CampaignStage {
        let rules = self.stage.ledger.state().application::<Crowdfunding>().unwrap();
        rules.campaign(&id).unwrap().stage(self.stage.now().unwrap())
    }

    fn balance(&self, holder: &Holder) -> u128 {
        let (state, now) = (self.stage.ledger.state(), self.stage.now().unwrap());
        holder.wallet().balance(state.shielded().id(), self.asset, now).spendable
    }
}

#[test]
fn one_campaign_reaches_its_goal_and_the_other_gives_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let applications = standard_applications().with(Crowdfunding::default()).unwrap();
    let name = Origin::new("ledger.test").unwrap();
    let mut stage = Stage::new(&folder.path().join("ledger"), name, applications, time(0)).unwrap();
    let seeds = [1, 2, 3].map(|byte| Seed::new([byte; 32]));
    let [mut village, mut anna, mut ben] = seeds.each_ref().map(|seed| Holder::new(seed, 0));
    let notes = [(anna.wallet().address(0), NoteValue(1_000)), (ben.wallet().address(0), NoteValue(1_000))];
    let asset = stage.issue(&SigningKey::from_bytes(&[3; 32]), ("Crown", 0), &notes).unwrap();
    let mut play = Play { stage, _folder: folder, asset };
    let (keys, surveyor) = (CampaignKeys::of_seed(&seeds[0], 0), ReleaseKey::of_seed(&Seed::new([4; 32]), 0));
    let well = Campaign {
        key: keys.key(),
        title: "A well for the village".into(),
        description: [0; 32],
        asset,
        goal: NoteValue(900),
        deadline: time(1_000),
        closes_at_goal: false,
        claim_until: time(50_000),
        refund_from: time(50_000),
        claimant: keys.claimant(village.wallet().key()),
        milestones: vec![
            Milestone { share: 6_667, not_before: time(0), release_key: None },
            Milestone { share: 3_333, not_before: time(2_000), release_key: Some(surveyor.key()) },
        ],
    };
    let whole = Milestone { share: 10_000, not_before: time(0), release_key: None };
    let tower = Campaign { title: "A tower".into(), milestones: vec![whole], ..well.clone() };
    let ledger = play.stage.ledger.id();
    let [well, tower] = [well, tower].map(|campaign| {
        let id = campaign.id(ledger);
        play.stage.submit(campaign::open(&keys, ledger, campaign).unwrap()).unwrap();
        id
    });
    play.pledge(&mut anna, well, 500);
    play.pledge(&mut ben, well, 401);
    play.pledge(&mut ben, tower, 99);
    assert_eq!((play.balance(&anna), play.balance(&ben)), (500, 500));

    // The campaign's wallet, made again from its words alone, opens what was pledged.
    village.read(&play.stage.ledger).unwrap();
    for (id, raised) in [(well, 901), (tower, 99)] {
        let book = Book::read(play.stage.ledger.state(), village.wallet(), id).unwrap();
        assert!(book.refused().is_empty());
        assert!(book.opened().iter().all(|pledge| pledge.memo.message == "Good luck!" && !pledge.counted));
        play.stage.submit(book.acknowledge(&keys, ledger).unwrap()).unwrap();
        assert_eq!(Book::read(play.stage.ledger.state(), village.wallet(), id).unwrap().raised().value, raised);
    }
    play.stage.advance(1_000);
    assert_eq!([well, tower].map(|id| play.stage_of(id)), [CampaignStage::Counting; 2]);
    let book = |play: &Play, holder: &Holder, id| Book::read(play.stage.ledger.state(), holder.wallet(), id).unwrap();
    book(&play, &village, tower).succeed(&keys, ledger, &mut OsRng).unwrap_err();
    let success = book(&play, &village, well).succeed(&keys, ledger, &mut OsRng).unwrap();
    play.stage.submit(success).unwrap();

    let now = play.stage.now().unwrap();
    let first = settle::claimable(play.stage.ledger.state(), village.wallet(), well, now);
    assert_eq!(first.iter().map(|each| each.value.0).sum::<u64>(), 333 + 267);
    play.take(&mut village, &first, SpendPath::Claim);
    assert_eq!(play.balance(&village), 600);
    play.stage.advance(1_000);
    play.stage.submit(surveyor.release(ledger, well, 1)).unwrap();
    let second = settle::claimable(play.stage.ledger.state(), village.wallet(), well, play.stage.now().unwrap());
    play.take(&mut village, &second, SpendPath::Claim);
    assert_eq!(play.balance(&village), 901);

    // The other campaign: nobody needs to do anything but the backer.
    play.stage.advance(48_000);
    assert_eq!([well, tower].map(|id| play.stage_of(id)), [CampaignStage::Ended, CampaignStage::Failed]);
    ben.read(&play.stage.ledger).unwrap();
    // From the words alone.
    let mut ben = Holder::new(&seeds[2], 0);
    ben.read(&play.stage.ledger).unwrap();
    let pledges = own_pledges(play.stage.ledger.state(), ben.wallet());
    assert_eq!(pledges.len(), 2);
    let back = settle::refundable(play.stage.ledger.state(), ben.wallet(), None, play.stage.now().unwrap());
    assert_eq!(back.iter().map(|each| (each.campaign, each.value.0)).collect::<Vec<_>>(), [(tower, 99)]);
    play.take(&mut ben, &back, SpendPath::Refund);
    assert_eq!((play.balance(&anna), play.balance(&ben), play.balance(&village)), (500, 599, 901));

    // Anybody checks both from the entries alone, proofs of the pledges' transfers included.
    let accepted = VerifyingKeys::development();
    for (id, counted, commitments, has_succeeded) in [(well, 2, 4, true), (tower, 1, 1, false)] {
        let mut audit = Audit::with_proofs(ledger, id, &accepted);
        let read = read_entries(&play.stage.ledger, |number, logged| {
            audit.read(number, &logged, &mut OsRng).unwrap();
            Ok::<_, LogError>(())
        });
        read.unwrap();
        let report = audit.finish(&mut OsRng).unwrap();
        assert_eq!((report.counted, report.commitments), (counted, commitments));
        assert_eq!((report.succeeded_at.is_some(), report.proofs), (has_succeeded, commitments as usize));
    }
    // What readers are shown has no amount but the goal.
    let rules = play.stage.ledger.state().application::<Crowdfunding>().unwrap();
    let ids: Vec<_> = rules.instances(None).collect();
    assert_eq!(ids.len(), 2);
    let shown =
        serde_json::to_value(rules.row(&tabella_verifier::application::InstanceId(well.0), now).unwrap()).unwrap();
    assert_eq!(shown["goal"], 900);
}

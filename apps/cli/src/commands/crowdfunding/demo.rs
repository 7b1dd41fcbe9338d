//! The demonstration: a well that is dug and a tower that is not, on a ledger of their own, with all proofs.

use std::{fmt, time::Instant};

use anyhow::Context as _;
use clap::Args;
use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_crowdfunding::{
    backer::{PledgeOrder, PledgeStep, no_proof, prepare_pledge},
    campaign::{self, Book},
    keys::{CampaignKeys, ReleaseKey},
    memo::PledgeMemo,
    settle,
};
use tabella_crowdfunding_rules::{Campaign, CampaignId, Milestone};
use tabella_payments::{
    amount,
    holder::{Holder, Step},
};
use tabella_protocol::note::{AssetId, NoteValue, Timestamp};
use tabella_prover::builder::{PreparedTransaction, SpendPath, Unproven};
use tabella_stage::Stage;
use tabella_verifier::{groth16::VerifyingKeys, log::Origin};

use super::check::{Checked, check};
use crate::{
    cli::Context,
    commands::demonstration::{self, seed},
};

/// Digits after the point of the demonstration's money.
const DECIMALS: u8 = 2;
/// 2027-01-15, 08:00.
const START: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

/// Arguments of `crowdfunding demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// Who did what, and what everybody else saw of it.
#[derive(Serialize)]
struct Told {
    day: u64,
    who: &'static str,
    what: String,
    public: String,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "day {:>2}  {:<9}{}", self.day, self.who, self.what)?;
        writeln!(f, "        public   {}", self.public)
    }
}

#[derive(Serialize)]
struct Report {
    story: Vec<Told>,
    checks: Vec<Checked>,
    seconds: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nThe public checks, from the ledger's entries alone:\n")?;
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        writeln!(
            f,
            "All of it took {} seconds, and every proof was a real one (under development parameters).",
            self.seconds
        )
    }
}

/// A ledger and its people.
struct Scene<'a> {
    context: &'a Context,
    stage: Stage,
    story: Vec<Told>,
    asset: AssetId,
}

/// So many seconds after the beginning.
fn time(seconds: u64) -> anyhow::Result<Timestamp> {
    demonstration::time(START + seconds)
}

fn euro(units: u128) -> String {
    format!("{} Euro", amount::format(units, DECIMALS))
}

impl Scene<'_> {
    fn tell(&mut self, who: &'static str, what: impl Into<String>, public: impl Into<String>) -> anyhow::Result<()> {
        let day = self.stage.now()?.seconds().saturating_sub(START) / DAY;
        let told = Told { day, who, what: what.into(), public: public.into() };
        if !self.context.output.is_json() {
            self.context.output.show(&told)?;
        }
        self.story.push(told);
        Ok(())
    }

    fn prove(
        &mut self,
        by: &mut Holder,
        prepared: PreparedTransaction<Unproven>,
        proofs: Vec<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let task = self.context.progress.spin("proving");
        let transaction = by.authorize_with(prepared, self.stage.parameters(), &mut OsRng, |_| proofs)?;
        task.finish();
        self.stage.submit(transaction)?;
        Ok(by.read(&self.stage.ledger)?)
    }

    fn pledge(
        &mut self,
        (who, by): (&'static str, &mut Holder),
        campaign: (CampaignId, &str),
        units: u64,
        message: &str,
    ) -> anyhow::Result<()> {
        by.read(&self.stage.ledger)?;
        let memo = PledgeMemo { reward_to: Some(by.wallet().address(1)), message: message.to_owned() };
        let order = PledgeOrder { campaign: campaign.0, amount: NoteValue(units), memo };
        loop {
            let step = prepare_pledge(by, &self.stage.moment()?, &order, &mut OsRng)?;
            match step {
                PledgeStep::First(first) => self.prove(by, first, Vec::new())?,
                PledgeStep::Pledge(pledge) => break self.prove(by, pledge, vec![no_proof()])?,
            }
        }
        let what = format!("pledges {} to {}: \"{message}\"", euro(units.into()), campaign.1);
        self.tell(who, what, format!("somebody has pledged something to {}", campaign.1))
    }

    /// Takes all that can be taken; how much it was.
    fn take(&mut self, by: &mut Holder, escrows: &[settle::Takable], path: SpendPath) -> anyhow::Result<u128> {
        let prepared = settle::prepare(by, &self.stage.moment()?, escrows, path, &mut OsRng)?;
        self.prove(by, prepared, Vec::new())?;
        Ok(escrows.iter().map(|each| u128::from(each.value.0)).sum())
    }

    fn book(&self, wallet: &Holder, id: CampaignId) -> anyhow::Result<Book> {
        Ok(Book::read(self.stage.ledger.state(), wallet.wallet(), id)?)
    }

    fn claimable(&self, wallet: &Holder, id: CampaignId) -> anyhow::Result<Vec<settle::Takable>> {
        Ok(settle::claimable(self.stage.ledger.state(), wallet.wallet(), id, self.stage.now()?))
    }
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (begin, folder) = (Instant::now(), tempfile::tempdir()?);
        let name = Origin::new("crowdfunding.example").context("a name for the ledger")?;
        let mut stage = Stage::new(&folder.path().join("ledger"), name, catalogue().applications(), time(0)?)?;
        let (village_seed, surveyor) = (seed(), ReleaseKey::of_seed(&seed(), 0));
        let (keys, mut village) = (CampaignKeys::of_seed(&village_seed, 0), Holder::new(&village_seed, 0));
        let [mut anna, mut ben, mut cleo] = std::array::from_fn(|_| Holder::new(&seed(), 0));
        let notes = [(&anna, 50_000), (&ben, 80_000), (&cleo, 40_000)];
        let notes = notes.map(|(holder, units)| (holder.wallet().address(0), NoteValue(units)));
        let asset = stage.issue(&SigningKey::generate(&mut OsRng), ("Euro", DECIMALS), &notes)?;
        let mut scene = Scene { context, stage, story: Vec::new(), asset };
        let [well, tower] = scene.open(&keys, &village, &surveyor)?;

        scene.pledge(("Anna", &mut anna), well, 30_000, "For the children.")?;
        scene.pledge(("Ben", &mut ben), well, 45_001, "Dig deep!")?;
        scene.pledge(("Cleo", &mut cleo), well, 30_000, "")?;
        scene.pledge(("Cleo", &mut cleo), tower, 5_000, "A view at last.")?;
        scene.stage.advance(10 * DAY);
        village.read(&scene.stage.ledger)?;
        for (id, title) in [well, tower] {
            let acknowledged = scene.book(&village, id)?.acknowledge(&keys, scene.stage.ledger.id())?;
            scene.stage.submit(acknowledged)?;
            let book = scene.book(&village, id)?;
            let (counted, raised) = (book.standing().counted, euro(book.raised().value));
            let what = format!("opens the pledges to {title}: {raised} in all");
            scene.tell("village", what, format!("{counted} pledges to {title} count; not how much they are"))?;
        }
        scene.stage.advance(20 * DAY);
        scene.succeed(&keys, &mut village, well, tower, &surveyor)?;
        scene.reward(&mut village, well)?;

        scene.stage.advance(70 * DAY);
        // What the village has claimed meanwhile is no longer hers to take.
        cleo.read(&scene.stage.ledger)?;
        let back = settle::refundable(scene.stage.ledger.state(), cleo.wallet(), None, scene.stage.now()?);
        let amount = scene.take(&mut cleo, &back, SpendPath::Refund)?;
        let what = format!("takes {} back from {}, and needs nobody's help", euro(amount), tower.1);
        scene.tell("Cleo", what, "somebody has taken an escrow back; not whose or of what")?;

        let accepted = VerifyingKeys::development();
        let mut checks = Vec::new();
        for (id, _) in [well, tower] {
            checks.push(check(&scene.stage.ledger, id, Some(&accepted))?);
        }
        context.output.show(&Report { story: scene.story, checks, seconds: begin.elapsed().as_secs() })
    }
}

impl Scene<'_> {
    fn open(
        &mut self,
        keys: &CampaignKeys,
        village: &Holder,
        surveyor: &ReleaseKey,
    ) -> anyhow::Result<[(CampaignId, &'static str); 2]> {
        let first = Milestone { share: 6_000, not_before: Timestamp::ZERO, release_key: None };
        let second = Milestone { share: 4_000, not_before: time(35 * DAY)?, release_key: Some(surveyor.key()) };
        let whole = Milestone { share: 10_000, ..first.clone() };
        let well = Campaign {
            key: keys.key(),
            title: "A well for the village".to_owned(),
            description: [0; 32],
            asset: self.asset,
            goal: NoteValue(100_000),
            deadline: time(30 * DAY)?,
            closes_at_goal: false,
            claim_until: time(90 * DAY)?,
            refund_from: time(90 * DAY)?,
            claimant: keys.claimant(village.wallet().key()),
            milestones: vec![first, second],
        };
        let title = "A tower with a view".to_owned();
        let tower = Campaign { title, goal: NoteValue(900_000), milestones: vec![whole], ..well.clone() };
        let mut open = |campaign: Campaign, name| {
            let (id, ledger) = (campaign.id(self.stage.ledger.id()), self.stage.ledger.id());
            self.stage.submit(campaign::open(keys, ledger, campaign)?)?;
            anyhow::Ok((id, name))
        };
        let both = [open(well, "the well")?, open(tower, "the tower")?];
        let what = "opens two campaigns: a well for 1000.00 Euro, a tower for 9000.00 Euro";
        let public = "goal, deadline (day 30), milestones (the well: 60 %, then 40 % once a surveyor agrees)";
        self.tell("village", what, public)?;
        Ok(both)
    }

    fn succeed(
        &mut self,
        keys: &CampaignKeys,
        village: &mut Holder,
        (well, _): (CampaignId, &str),
        (tower, _): (CampaignId, &str),
        surveyor: &ReleaseKey,
    ) -> anyhow::Result<()> {
        let ledger = self.stage.ledger.id();
        let success = self.book(village, well)?.succeed(keys, ledger, &mut OsRng)?;
        self.stage.submit(success)?;
        self.tell("village", "shows that the well's goal is reached", "the pledges come to 1000.00 Euro or more")?;
        let book = self.book(village, tower)?;
        anyhow::ensure!(book.succeed(keys, ledger, &mut OsRng).is_err(), "the tower's goal must not be reached");
        let (raised, goal) = (book.raised().value, u128::from(book.standing().campaign.goal.0));
        let what = format!("cannot show it for the tower: {} of {} came together", euro(raised), euro(goal));
        self.tell("village", what, "nothing")?;
        let open = self.claimable(village, well)?;
        let amount = self.take(village, &open, SpendPath::Claim)?;
        let public = format!("{} claims for the first milestone; not of whose pledges", open.len());
        self.tell("village", format!("claims 60 % of every pledge: {}", euro(amount)), public)?;
        self.stage.advance(10 * DAY);
        self.stage.submit(surveyor.release(ledger, well, 1))?;
        self.tell("surveyor", "has seen water, and releases the second milestone", "the surveyor agrees")?;
        let open = self.claimable(village, well)?;
        let amount = self.take(village, &open, SpendPath::Claim)?;
        let public = format!("{} claims for the second milestone", open.len());
        self.tell("village", format!("claims the rest, to the last cent: {}", euro(amount)), public)
    }

    fn reward(&mut self, village: &mut Holder, (well, _): (CampaignId, &str)) -> anyhow::Result<()> {
        let to = [(village.wallet().address(0), NoteValue(3))];
        let token = self.stage.issue(&SigningKey::generate(&mut OsRng), ("Bucket of water", 0), &to)?;
        village.read(&self.stage.ledger)?;
        let mut sent = 0;
        while let Some(reward) =
            self.book(village, well)?.rewards_due(village.wallet(), token, NoteValue(1))?.into_iter().next()
        {
            let step = village.prepare(&self.stage.moment()?, &reward.order, &mut OsRng)?;
            let (Step::Pay(prepared) | Step::Merge(prepared)) = step;
            self.prove(village, prepared, Vec::new())?;
            sent += 1;
        }
        let what =
            format!("sends a bucket of water to each of {sent} backers, at the address that came with the pledge");
        self.tell("village", what, "3 buckets were issued; not who has one")
    }
}

//! The campaign, and whoever releases its milestones.

use std::{fmt, fs, path::PathBuf, str::FromStr};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_crowdfunding::{
    campaign::{self, Book, CampaignerError},
    keys::{CampaignKeys, ReleaseKey},
    settle,
};
use tabella_crowdfunding_rules::{Campaign, Crowdfunding as Rules, Milestone, campaign::describe};
use tabella_payments::amount;
use tabella_protocol::note::{NoteValue, Timestamp};
use tabella_prover::builder::SpendPath;

use super::{KeyFile, Of, Work, count, show::Opened};
use crate::{
    assets::{AssetLabel, resolve},
    bytes::bytes32,
    cli::Context,
    elections::time::{Time, parse},
    output::visible,
};

/// Arguments of `crowdfunding start`.
#[derive(Args, Debug)]
pub struct Start {
    #[command(flatten)]
    file: KeyFile,
    /// Title, 1 to 128 bytes
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// File with the longer text; the campaign commits to its digest
    #[arg(long, value_name = "FILE")]
    description: Option<PathBuf>,
    /// Id of the asset that is pledged, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// What all pledges must reach together, as in 1000.00
    #[arg(long, value_name = "AMOUNT")]
    goal: String,
    /// Pledges are made before this: 2026-12-01T08:00:00Z, or local time without an offset
    #[arg(long, value_name = "TIME")]
    deadline: String,
    /// The goal is shown to be reached, and pledges are claimed, before this
    #[arg(long, value_name = "TIME")]
    claim_until: String,
    /// What was not claimed goes back from this on [default: the end of claims]
    #[arg(long, value_name = "TIME")]
    refund_from: Option<String>,
    /// The campaign may close as soon as its goal is reached
    #[arg(long)]
    closes_at_goal: bool,
    /// A milestone: its share in percent, then if wanted the time before which it is not claimed, and the key that must agree
    /// (`tabella crowdfunding release-key`); several in order, adding up to 100 [default: 100]
    #[arg(long = "milestone", value_name = "PERCENT[,from=TIME][,key=KEY]")]
    milestones: Vec<MilestoneText>,
}

/// A milestone as it is written.
#[derive(Clone, Debug)]
struct MilestoneText {
    share: u16,
    from: Option<String>,
    key: Option<[u8; 32]>,
}

impl FromStr for MilestoneText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let share = parts.next().unwrap_or_default();
        let share = amount::parse(share.trim_end_matches('%'), 2).map_err(|error| error.to_string())?;
        let share = u16::try_from(share).map_err(|_| "a share is at most 100 percent".to_owned())?;
        let mut milestone = Self { share, from: None, key: None };
        for part in parts {
            match part.split_once('=') {
                Some(("from", time)) => milestone.from = Some(time.to_owned()),
                Some(("key", key)) => {
                    let form = "a release key is 64 hexadecimal digits: `tabella crowdfunding release-key` shows it";
                    milestone.key = Some(bytes32(key).ok_or(form)?);
                }
                _ => return Err(format!("\"{part}\": a milestone is PERCENT, PERCENT,from=TIME or PERCENT,key=KEY")),
            }
        }
        Ok(milestone)
    }
}

impl Start {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.title.trim() != self.title || visible(&self.title) != self.title {
            bail!("the title of a campaign has no invisible characters, and no spaces around it");
        }
        let mut work = Work::begin(context, &self.file)?;
        let (asset, _) = resolve(work.node.state().assets(), &self.asset)?;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let keys = unused(&work)?;
        let claim_until = parse(&self.claim_until, None)?;
        let description = match &self.description {
            Some(path) => describe(&fs::read(path).with_context(|| format!("cannot read {}", path.display()))?),
            None => [0; 32],
        };
        let campaign = Campaign {
            key: keys.key(),
            title: self.title.clone(),
            description,
            asset,
            goal: NoteValue(amount::parse(&self.goal, label.decimals)?),
            deadline: parse(&self.deadline, None)?,
            closes_at_goal: self.closes_at_goal,
            claim_until,
            refund_from: self.refund_from.as_deref().map_or(Ok(claim_until), |text| parse(text, None))?,
            claimant: keys.claimant(work.holder.wallet().key()),
            milestones: self.milestones()?,
        };
        let id = campaign.id(work.node.id());
        let accepted = work.submit(campaign::open(&keys, work.node.id(), campaign)?)?;
        let shown = work.standing(id)?.shown(id, accepted.time);
        context.output.show(&Opened { shown, label, transaction: accepted.digest.to_string() })
    }

    fn milestones(&self) -> anyhow::Result<Vec<Milestone>> {
        if self.milestones.is_empty() {
            return Ok(vec![Milestone { share: 10_000, not_before: Timestamp::ZERO, release_key: None }]);
        }
        let each = self.milestones.iter().map(|text| {
            let not_before = text.from.as_deref().map_or(Ok(Timestamp::ZERO), |time| parse(time, None))?;
            Ok(Milestone { share: text.share, not_before, release_key: text.key })
        });
        each.collect()
    }
}

/// The first keys of the wallet under which no campaign was opened.
fn unused(work: &Work<'_>) -> anyhow::Result<CampaignKeys> {
    let rules = work.node.state().application::<Rules>();
    let taken: Vec<_> =
        rules.into_iter().flat_map(|rules| rules.campaigns(None)).map(|(_, it)| it.campaign.key).collect();
    let mut all = (0..=count(&work.node)).map(|number| CampaignKeys::of_seed(&work.seed, number));
    all.find(|keys| !taken.contains(&keys.key())).context("this wallet has no key left for a campaign")
}

/// Arguments of `crowdfunding acknowledge`.
#[derive(Args, Debug)]
pub struct Acknowledge {
    #[command(flatten)]
    of: Of,
}

#[derive(Serialize)]
struct Acknowledged {
    campaign: String,
    #[serde(flatten)]
    label: AssetLabel,
    /// How many are acknowledged now.
    acknowledged: usize,
    /// Pledges that are not, with the reason.
    refused: Vec<(String, String)>,
    /// How many count in all.
    counted: u32,
    /// What they come to; only this wallet knows.
    raised: String,
    goal: String,
    transactions: Vec<String>,
}

impl fmt::Display for Acknowledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.label.name);
        writeln!(f, "acknowledged  {}\ncounted       {} in all", self.acknowledged, self.counted)?;
        writeln!(f, "raised        {} {name} of {} {name} (only you know)", self.raised, self.goal)?;
        for (pledge, why) in &self.refused {
            writeln!(f, "left out      {pledge}: {why}")?;
        }
        self.transactions.iter().try_for_each(|transaction| writeln!(f, "transaction   {transaction}"))
    }
}

impl Acknowledge {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        let (keys, label) = (work.keys(id)?, work.label(id)?);
        let before = work.standing(id)?.counted;
        let mut transactions = Vec::new();
        let book = loop {
            let book = Book::read(work.node.state(), work.holder.wallet(), id)?;
            match book.acknowledge(&keys, work.node.id()) {
                Ok(transaction) => transactions.push(work.submit(transaction)?.digest.to_string()),
                Err(CampaignerError::NothingNew) if !transactions.is_empty() => break book,
                Err(error) => return Err(error.into()),
            }
        };
        let (counted, goal) = (book.standing().counted, book.standing().campaign.goal);
        context.output.show(&Acknowledged {
            campaign: id.to_string(),
            acknowledged: usize::try_from(counted.saturating_sub(before))?,
            refused: book.refused().iter().map(|(pledge, why)| (pledge.to_string(), why.to_string())).collect(),
            counted,
            raised: label.amount(book.raised().value),
            goal: label.amount(u128::from(goal.0)),
            label,
            transactions,
        })
    }
}

/// Arguments of `crowdfunding succeed`.
#[derive(Args, Debug)]
pub struct Succeed {
    #[command(flatten)]
    of: Of,
}

#[derive(Serialize)]
struct Succeeded {
    campaign: String,
    counted: u32,
    time: Time,
    transaction: String,
}

impl fmt::Display for Succeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "succeeded    {} counted pledges reach the goal", self.counted)?;
        writeln!(f, "time         {}\ntransaction  {}", self.time, self.transaction)?;
        writeln!(
            f,
            "\nEverybody can check it, and nobody learns by how much. `tabella crowdfunding claim` gets what is open."
        )
    }
}

impl Succeed {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        let (keys, label) = (work.keys(id)?, work.label(id)?);
        let book = Book::read(work.node.state(), work.holder.wallet(), id)?;
        let success = book.succeed(&keys, work.node.id(), &mut OsRng).map_err(|error| match error {
            CampaignerError::NotReached { raised, goal } => anyhow!(
                "{} are counted, and the goal is {}: `tabella crowdfunding acknowledge` counts what waits",
                label.amount_and_name(raised),
                label.amount_and_name(u128::from(goal))
            ),
            other => other.into(),
        })?;
        let accepted = work.submit(success)?;
        let (counted, time) = (book.standing().counted, Time(accepted.time));
        context.output.show(&Succeeded {
            campaign: id.to_string(),
            counted,
            time,
            transaction: accepted.digest.to_string(),
        })
    }
}

/// Arguments of `crowdfunding release-key`.
#[derive(Args, Debug)]
pub struct ShowReleaseKey {
    #[command(flatten)]
    file: KeyFile,
    /// Which of the wallet's release keys
    #[arg(long, value_name = "N", default_value_t = 0)]
    number: u32,
}

#[derive(Serialize)]
struct ShownReleaseKey {
    release_key: String,
}

impl fmt::Display for ShownReleaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.release_key)
    }
}

impl ShowReleaseKey {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = super::read_key(&self.file.path(context)?, context)?;
        let release_key = hex::encode(ReleaseKey::of_seed(key.seed(), self.number).key());
        context.output.show(&ShownReleaseKey { release_key })
    }
}

/// Arguments of `crowdfunding release`.
#[derive(Args, Debug)]
pub struct Release {
    #[command(flatten)]
    of: Of,
    /// Which milestone, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    milestone: u8,
    /// Which of the wallet's release keys
    #[arg(long, value_name = "N", default_value_t = 0)]
    number: u32,
}

#[derive(Serialize)]
struct Released {
    campaign: String,
    milestone: u8,
    transaction: String,
}

impl fmt::Display for Released {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "released     milestone {}\ntransaction  {}", self.milestone, self.transaction)
    }
}

impl Release {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        work.standing(id)?;
        let key = ReleaseKey::of_seed(&work.seed, self.number);
        let accepted = work.submit(key.release(work.node.id(), id, self.milestone.saturating_sub(1)))?;
        let (milestone, transaction) = (self.milestone, accepted.digest.to_string());
        context.output.show(&Released { campaign: id.to_string(), milestone, transaction })
    }
}

/// Arguments of `crowdfunding claim`.
#[derive(Args, Debug)]
pub struct Claim {
    #[command(flatten)]
    of: Of,
}

impl Claim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        let label = work.label(id)?;
        let open = settle::claimable(work.node.state(), work.holder.wallet(), id, work.node.now()?);
        if open.is_empty() {
            bail!("nothing can be claimed now: `tabella crowdfunding show` tells which milestones are open");
        }
        let transactions = work.take(&open, SpendPath::Claim, "proving the claims")?;
        let amount = open.iter().map(|each| u128::from(each.value.0)).sum();
        context.output.show(&super::show::Taken {
            amount: label.amount(amount),
            label,
            escrows: open.len(),
            transactions,
        })
    }
}

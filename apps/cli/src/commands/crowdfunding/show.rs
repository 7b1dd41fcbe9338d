//! Campaigns as they are shown.

use std::fmt;

use clap::Args;
use serde::Serialize;
use tabella_crowdfunding::{
    backer::{OwnPledge, PartState, own_pledges},
    campaign::Book,
};
use tabella_crowdfunding_rules::{
    Crowdfunding as Rules,
    shown::{ShownCampaign, Stage},
};
use tabella_protocol::note::Timestamp;

use super::{Of, Work, ledger, standing};
use crate::{
    assets::AssetLabel,
    cli::Context,
    elections::time::Time,
    output::{Table, visible},
};

/// Arguments of `crowdfunding show`.
#[derive(Args, Debug)]
pub struct ShowCampaign {
    #[command(flatten)]
    of: Of,
    /// Also what your wallet knows: of all pledges if the campaign is yours, else of your own
    #[arg(long)]
    mine: bool,
}

const fn in_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open for pledges",
        Stage::Counting => "deadline passed; success not shown yet",
        Stage::Succeeded => "goal reached",
        Stage::Ended => "goal reached; claims have ended",
        Stage::Failed => "failed: everything goes back",
    }
}

fn time(seconds: u64) -> Time {
    Time(Timestamp::new(seconds).unwrap_or(Timestamp::MAX))
}

/// A campaign, with amounts as its asset shows them.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) shown: ShownCampaign,
    pub(super) label: AssetLabel,
    #[serde(skip_serializing_if = "Option::is_none")]
    mine: Option<Mine>,
}

/// What a wallet knows.
#[derive(Serialize)]
#[serde(untagged)]
enum Mine {
    Campaign { raised: String, pledges: Vec<PledgeRow> },
    Backer { pledged: String, pledges: Vec<OwnRow> },
}

#[derive(Serialize)]
struct PledgeRow {
    pledge: String,
    time: Time,
    amount: Option<String>,
    state: String,
    message: String,
}

#[derive(Serialize)]
struct OwnRow {
    pledge: String,
    time: Time,
    amount: String,
    counted: bool,
    /// Milestones whose part is no longer under its escrow: claimed, or taken back.
    settled: Vec<u8>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (it, name) = (&self.shown, visible(&self.label.name));
        let amount = |units: u64| self.label.amount(u128::from(units));
        writeln!(f, "{}\n", visible(&it.title))?;
        writeln!(f, "campaign     {}\nstate        {}", it.campaign, in_words(it.stage))?;
        writeln!(f, "goal         {} {name}  (asset {})", amount(it.goal), it.asset)?;
        writeln!(f, "pledges      {}, of which {} count", it.pledges, it.counted)?;
        writeln!(f, "least        {} {name} a pledge", amount(it.least_pledge))?;
        let early = if it.closes_at_goal { ", or until the goal is reached" } else { "" };
        writeln!(f, "pledge       before {}{early}", time(it.deadline))?;
        writeln!(f, "claims end   {}\nrefunds      from {}", time(it.claim_until), time(it.refund_from))?;
        if let Some(description) = &it.description {
            writeln!(f, "description  {description}")?;
        }
        if let Some(at) = it.succeeded_at {
            writeln!(f, "succeeded    {}", time(at))?;
        }
        let mut table = Table::new(&[">milestone", ">share", "not before", "release key", "state"]);
        for (number, milestone) in (1..).zip(&it.milestones) {
            let share = format!("{}.{:02} %", milestone.share / 100, milestone.share % 100);
            let from = if milestone.not_before == 0 { "-".to_owned() } else { time(milestone.not_before).to_string() };
            let key = milestone.release_key.as_deref().unwrap_or("-");
            let state = match (milestone.open, milestone.released) {
                (true, _) => "open",
                (false, true) => "released",
                (false, false) => "shut",
            };
            table.row([number.to_string().as_str(), &share, &from, key, state]);
        }
        write!(f, "\n{table}")?;
        match &self.mine {
            None => Ok(()),
            Some(Mine::Campaign { raised, pledges }) => {
                writeln!(f, "\nYour campaign has counted {raised} {name}; nobody else knows.")?;
                let mut table = Table::new(&["time", ">amount", "state", "message", "pledge"]);
                for row in pledges {
                    let (at, amount) = (row.time.to_string(), row.amount.as_deref().unwrap_or("?"));
                    table.row([at.as_str(), amount, &row.state, &visible(&row.message), &row.pledge]);
                }
                write!(f, "{table}")
            }
            Some(Mine::Backer { pledged, pledges }) => {
                writeln!(f, "\nYou have pledged {pledged} {name}.")?;
                let mut table = Table::new(&["time", ">amount", "counted", "settled", "pledge"]);
                for row in pledges {
                    let settled: Vec<String> = row.settled.iter().map(u8::to_string).collect();
                    let counted = if row.counted { "yes" } else { "not yet" };
                    table.row([row.time.to_string().as_str(), &row.amount, counted, &settled.join(", "), &row.pledge]);
                }
                write!(f, "{table}")
            }
        }
    }
}

impl ShowCampaign {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let id = self.of.campaign;
        if !self.mine {
            let node = ledger::open(context)?;
            let standing = standing(&node, id)?;
            let label = AssetLabel::of(node.state().assets(), &standing.campaign.asset);
            return context.output.show(&Shown { shown: standing.shown(id, node.now()?), label, mine: None });
        }
        let work = Work::begin(context, &self.of.file)?;
        let (label, shown) = (work.label(id)?, work.standing(id)?.shown(id, work.node.now()?));
        let mine =
            if work.keys(id).is_ok() { campaigns_view(&work, id, &label)? } else { backers_view(&work, id, &label) };
        context.output.show(&Shown { shown, label, mine: Some(mine) })
    }
}

fn campaigns_view(work: &Work<'_>, id: super::CampaignId, label: &AssetLabel) -> anyhow::Result<Mine> {
    let book = Book::read(work.node.state(), work.holder.wallet(), id)?;
    let mut pledges: Vec<PledgeRow> = Vec::new();
    for pledge in book.opened() {
        pledges.push(PledgeRow {
            pledge: pledge.id.to_string(),
            time: Time(pledge.at),
            amount: Some(label.amount(u128::from(pledge.amount.0))),
            state: if pledge.counted { "counted" } else { "waits" }.to_owned(),
            message: pledge.memo.message.clone(),
        });
    }
    let rules = work.node.state().application::<Rules>();
    for (pledge, why) in book.refused() {
        let at = rules.and_then(|rules| rules.pledges(id).find(|(of, _)| of == pledge)).map(|(_, pledge)| pledge.at);
        let (time, message) = (Time(at.unwrap_or(Timestamp::ZERO)), String::new());
        pledges.push(PledgeRow { pledge: pledge.to_string(), time, amount: None, state: why.to_string(), message });
    }
    pledges.sort_by_key(|row| row.time.0);
    Ok(Mine::Campaign { raised: label.amount(book.raised().value), pledges })
}

fn backers_view(work: &Work<'_>, id: super::CampaignId, label: &AssetLabel) -> Mine {
    let own = own_pledges(work.node.state(), work.holder.wallet());
    let own: Vec<OwnPledge> = own.into_iter().filter(|pledge| pledge.campaign == id).collect();
    let pledges = own.iter().map(|pledge| OwnRow {
        pledge: pledge.id.to_string(),
        time: Time(pledge.at),
        amount: label.amount(pledge.amount()),
        counted: pledge.counted,
        settled: pledge
            .parts
            .iter()
            .filter(|part| part.state == PartState::Spent)
            .map(|part| part.milestone.saturating_add(1))
            .collect(),
    });
    Mine::Backer { pledges: pledges.collect(), pledged: label.amount(own.iter().map(OwnPledge::amount).sum()) }
}

#[derive(Serialize)]
struct Listed {
    campaigns: Vec<ListedCampaign>,
}

#[derive(Serialize)]
struct ListedCampaign {
    #[serde(flatten)]
    shown: ShownCampaign,
    label: AssetLabel,
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.campaigns.is_empty() {
            return writeln!(f, "There is no campaign on this ledger: `tabella crowdfunding start` opens one.");
        }
        let mut table = Table::new(&["title", ">goal", "of", "deadline", ">pledges", "state", "campaign"]);
        for ListedCampaign { shown, label } in &self.campaigns {
            let (title, name) = (visible(&shown.title), visible(&label.name));
            let (goal, deadline) = (label.amount(u128::from(shown.goal)), time(shown.deadline).to_string());
            let pledges = shown.pledges.to_string();
            table.row([title.as_str(), &goal, &name, &deadline, &pledges, in_words(shown.stage), &shown.campaign]);
        }
        write!(f, "{table}")
    }
}

/// Lists the campaigns.
pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let now = node.now()?;
    let rules = node.state().application::<Rules>();
    let all = rules.into_iter().flat_map(|rules| rules.campaigns(None));
    let campaigns = all.map(|(id, standing)| ListedCampaign {
        shown: standing.shown(*id, now),
        label: AssetLabel::of(node.state().assets(), &standing.campaign.asset),
    });
    context.output.show(&Listed { campaigns: campaigns.collect() })
}

/// A campaign that was opened.
#[derive(Serialize)]
pub(super) struct Opened {
    #[serde(flatten)]
    pub(super) shown: ShownCampaign,
    pub(super) label: AssetLabel,
    pub(super) transaction: String,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goal = self.label.amount_and_name(u128::from(self.shown.goal));
        writeln!(f, "campaign     {}\ntitle        {}", self.shown.campaign, visible(&self.shown.title))?;
        writeln!(f, "goal         {goal}\ndeadline     {}", time(self.shown.deadline))?;
        writeln!(f, "transaction  {}", self.transaction)?;
        writeln!(f, "\nBackers pledge with this id. Your 24 words and the ledger give the campaign back.")
    }
}

/// Escrows that were claimed or taken back.
#[derive(Serialize)]
pub(super) struct Taken {
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) escrows: usize,
    pub(super) transactions: Vec<String>,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "received     {} {}", self.amount, visible(&self.label.name))?;
        writeln!(f, "from         {} escrows", self.escrows)?;
        self.transactions.iter().try_for_each(|transaction| writeln!(f, "transaction  {transaction}"))
    }
}

//! The backer.

use std::fmt;

use anyhow::{anyhow, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use tabella_crowdfunding::{
    backer::{PledgeError, PledgeOrder, PledgeStep, no_proof, prepare_pledge},
    memo::PledgeMemo,
    settle,
};
use tabella_crowdfunding_rules::{CampaignId, PledgeId};
use tabella_payments::{amount, holder::Moment};
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Timestamp},
};
use tabella_prover::builder::SpendPath;

use super::{
    super::work::{explain, proving_keys},
    KeyFile, Of, Work,
    show::Taken,
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::time::Time,
    output::visible,
};

/// Arguments of `crowdfunding pledge`.
#[derive(Args, Debug)]
pub struct PledgeTo {
    #[command(flatten)]
    of: Of,
    /// Id of the asset that you give, or its name if no other asset has it: nothing is pledged if the campaign takes another one
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Amount, as in 12.34
    #[arg(long, value_name = "AMOUNT")]
    amount: String,
    /// Message that only the campaign reads
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    /// Address for a reward [default: one of the wallet's that was given to nobody]
    #[arg(long, value_name = "ADDRESS")]
    reward_to: Option<Address>,
    /// Ask for no reward
    #[arg(long, conflicts_with = "reward_to")]
    no_reward: bool,
}

#[derive(Serialize)]
struct Pledged {
    campaign: String,
    pledge: String,
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    refund_from: Time,
    /// Transactions that split or merged notes first.
    prepared_by: Vec<String>,
    transaction: String,
}

impl fmt::Display for Pledged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "pledged      {} {}\nto           {}", self.amount, visible(&self.label.name), self.campaign)?;
        writeln!(f, "pledge       {}\ntransaction  {}", self.pledge, self.transaction)?;
        for transaction in &self.prepared_by {
            writeln!(f, "prepared by  {transaction}")?;
        }
        let (from, refund) = (self.refund_from, "`tabella crowdfunding refund`");
        writeln!(
            f,
            "\nIt counts once the campaign acknowledges it. What is not claimed comes back from {from} on: {refund}."
        )
    }
}

impl PledgeTo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        let (label, refund_from) = (work.label(id)?, work.standing(id)?.campaign.refund_from);
        let (asset, _) = resolve(work.node.state().assets(), &self.asset)?;
        if asset != work.standing(id)?.campaign.asset {
            bail!(
                "this campaign takes another asset, \"{}\" {}: nothing is pledged",
                visible(&label.name),
                label.asset
            );
        }
        let value = NoteValue(amount::parse(&self.amount, label.decimals)?);
        // Any of 2^31 that nothing counts up to: no two campaigns are given the same one.
        let own = work.holder.wallet().address(OsRng.next_u32() | 1 << 31);
        let reward_to = (!self.no_reward).then(|| self.reward_to.unwrap_or(own));
        let memo = PledgeMemo { reward_to, message: self.message.clone() };
        let order = PledgeOrder { campaign: id, amount: value, memo };
        let mut prepared_by = Vec::new();
        let accepted = loop {
            let keys = proving_keys(work.context)?;
            let at = Moment { state: work.node.state(), keys, now: work.node.now()? };
            match prepare_pledge(&mut work.holder, &at, &order, &mut OsRng).map_err(|error| describe(error, &label))? {
                PledgeStep::First(first) => {
                    if prepared_by.is_empty() {
                        context
                            .output
                            .remark("The pledge needs a note for each milestone: notes are split or merged first.");
                    }
                    prepared_by
                        .push(work.prove(first, "proving a payment to yourself", Vec::new())?.digest.to_string());
                }
                PledgeStep::Pledge(pledge) => break work.prove(pledge, "proving the pledge", vec![no_proof()])?,
            }
        };
        context.output.show(&Pledged {
            campaign: id.to_string(),
            pledge: PledgeId::derive(id, accepted.digest, 0).to_string(),
            amount: label.amount(u128::from(value.0)),
            label,
            refund_from: Time(refund_from),
            prepared_by,
            transaction: accepted.digest.to_string(),
        })
    }
}

/// With amounts as the asset shows them.
fn describe(error: PledgeError, label: &AssetLabel) -> anyhow::Error {
    match error {
        PledgeError::Payment(error) => explain(error, label),
        PledgeError::TooSmall { least } => anyhow!(
            "the least pledge to this campaign is {}: every milestone gets a share of it",
            label.amount_and_name(u128::from(least))
        ),
        other => other.into(),
    }
}

/// Arguments of `crowdfunding refund`.
#[derive(Args, Debug)]
pub struct Refund {
    /// Id of the campaign [default: all]
    #[arg(value_name = "CAMPAIGN_ID")]
    campaign: Option<CampaignId>,
    #[command(flatten)]
    file: KeyFile,
}

impl Refund {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.file)?;
        let now = work.node.now()?;
        let find = |now| settle::refundable(work.node.state(), work.holder.wallet(), self.campaign, now);
        let (back, all) = (find(now), find(Timestamp::MAX));
        // One asset at a time: its amounts are added up.
        let Some(first) = back.first().or_else(|| all.first()).copied() else {
            bail!("this wallet has pledged nothing that is still under an escrow");
        };
        if back.is_empty() {
            let from = Time(work.standing(first.campaign)?.campaign.refund_from);
            bail!("nothing can be taken back yet: refunds of campaign {} begin at {from}", first.campaign);
        }
        let asset = work.standing(first.campaign)?.campaign.asset;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let mut same = Vec::new();
        for each in back {
            if work.standing(each.campaign)?.campaign.asset == asset {
                same.push(each);
            }
        }
        let transactions = work.take(&same, SpendPath::Refund, "proving the refunds")?;
        let amount = same.iter().map(|each| u128::from(each.value.0)).sum();
        context.output.show(&Taken { amount: label.amount(amount), label, escrows: same.len(), transactions })
    }
}

//! Rewards for backers.

use std::fmt;

use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_crowdfunding::campaign::Book;
use tabella_payments::{
    amount,
    holder::{Moment, Step},
};
use tabella_protocol::note::NoteValue;

use super::{
    super::work::{explain, proving_keys},
    Of, Work,
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    output::visible,
};

/// Arguments of `crowdfunding rewards`.
#[derive(Args, Debug)]
pub struct Rewards {
    #[command(flatten)]
    of: Of,
    /// Id of the asset that backers are rewarded with, or its name if no other asset has it (`tabella asset issue` makes it)
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// What each of them gets
    #[arg(long, value_name = "AMOUNT", default_value = "1")]
    amount: String,
}

#[derive(Serialize)]
struct Rewarded {
    campaign: String,
    #[serde(flatten)]
    label: AssetLabel,
    amount: String,
    /// Pledges that were rewarded, with the transaction.
    rewards: Vec<(String, String)>,
    /// Pledges that get no reward, with the reason.
    left_out: Vec<(String, String)>,
}

impl fmt::Display for Rewarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.left_out.iter().try_for_each(|(pledge, why)| writeln!(f, "left out     {pledge}: {why}"))?;
        if self.rewards.is_empty() {
            return writeln!(f, "Every counted backer who asks for a reward has one.");
        }
        writeln!(
            f,
            "rewarded     {} backers with {} {} each",
            self.rewards.len(),
            self.amount,
            visible(&self.label.name)
        )?;
        self.rewards.iter().try_for_each(|(_, transaction)| writeln!(f, "transaction  {transaction}"))
    }
}

impl Rewards {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = Work::begin(context, &self.of.file)?;
        let id = self.of.campaign;
        work.keys(id)?;
        let (asset, _) = resolve(work.node.state().assets(), &self.asset)?;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let value = NoteValue(amount::parse(&self.amount, label.decimals)?);
        let mut rewards = Vec::new();
        let left_out = loop {
            // What was sent is in the wallet's history, so that nobody is rewarded twice for a pledge.
            let book = Book::read(work.node.state(), work.holder.wallet(), id)?;
            let due = book.rewards_due(work.holder.wallet(), asset, value)?;
            let Some(reward) = due.first() else {
                let to_itself = book.rewards_to_itself(work.holder.wallet());
                let why = "its address for a reward is one of this wallet's own";
                break to_itself.map(|pledge| (pledge.to_string(), why.to_owned())).collect();
            };
            let keys = proving_keys(work.context)?;
            let at = Moment { state: work.node.state(), keys, now: work.node.now()? };
            let step = work.holder.prepare(&at, &reward.order, &mut OsRng).map_err(|error| explain(error, &label))?;
            match step {
                Step::Merge(merge) => {
                    work.prove(merge, "proving a merge", Vec::new())?;
                }
                Step::Pay(pay) => {
                    let accepted = work.prove(pay, "proving a reward", Vec::new())?;
                    rewards.push((reward.pledge.to_string(), accepted.digest.to_string()));
                }
            }
        };
        let amount = label.amount(u128::from(value.0));
        context.output.show(&Rewarded { campaign: id.to_string(), label, amount, rewards, left_out })
    }
}

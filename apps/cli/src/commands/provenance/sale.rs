//! A sale: the thing against money, in one transaction.

use std::{fmt, path::PathBuf};

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use tabella_protocol::{keys::Address, note::AssetId};

use super::{super::work::Sent, Owner, Work, rules, thing};
use crate::{
    cli::Context,
    commands::exchange::{Price, Purchase, Sale, Words},
    output::{ExitKind, visible},
    paths::refuse_existing,
};

const WORDS: Words = Words {
    seller: "owner",
    sell: "tabella provenance sell",
    thing: "thing",
    not_held: "this wallet does not hold the thing",
};

/// Arguments of `provenance buy`.
#[derive(Args, Debug)]
pub struct Buy {
    /// The thing, by the id of its asset
    #[arg(value_name = "THING", value_parser = thing)]
    thing: AssetId,
    /// What is paid for it
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// Id of the asset in which it is paid, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Address of the owner
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Where the offer is written: for the owner
    #[arg(long, value_name = "FILE")]
    offer: PathBuf,
    /// Where the owner's answer is expected
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
    /// Minutes to wait for it
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=50))]
    wait: u64,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance sell`.
#[derive(Args, Debug)]
pub struct Sell {
    /// The thing, by the id of its asset
    #[arg(value_name = "THING", value_parser = thing)]
    thing: AssetId,
    /// The buyer's offer
    #[arg(long, value_name = "FILE")]
    offer: PathBuf,
    /// The least that is taken for it
    #[arg(long, value_name = "AMOUNT")]
    at_least: String,
    /// Id of the asset in which it is paid, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Where the answer is written: for the buyer
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

/// A thing that can be sold: registered, its note made, and not stolen.
fn sellable(work: &Work<'_>, asset: AssetId) -> anyhow::Result<()> {
    let stone = rules(&work.node)?.stone(&asset);
    let stone = stone.ok_or_else(|| ExitKind::missing(format!("no thing is registered as asset {asset}")))?;
    if stone.theft.is_some() {
        bail!("the thing is reported as stolen: it does not move, and nobody should pay for it");
    }
    if !stone.is_claimed {
        bail!("the note of the thing is not made yet: its owner claims it by `tabella provenance claim`");
    }
    Ok(())
}

#[derive(Serialize)]
struct Sold {
    #[serde(skip)]
    what: &'static str,
    thing: String,
    price: String,
    asset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(flatten)]
    sent: Option<Sent>,
}

impl Sold {
    fn new(what: &'static str, thing: AssetId, price: Price, file: Option<PathBuf>, sent: Option<Sent>) -> Self {
        Self { what, thing: thing.to_string(), price: price.amount, asset: price.label.name, file, sent }
    }
}

impl fmt::Display for Sold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, thing, price, asset, file, sent } = self;
        writeln!(f, "{what:12} {thing}\nfor          {price} {}", visible(asset))?;
        if let Some(sent) = sent {
            write!(f, "{sent}")?;
        }
        match file {
            Some(file) => writeln!(
                f,
                "answer in    {}\n\nThe buyer completes the sale with it: you are paid and the thing is the buyer's, or neither.",
                file.display()
            ),
            None => Ok(()),
        }
    }
}

impl Buy {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.offer)?;
        // It could not be the answer to this offer.
        refuse_existing(&self.answer)?;
        let mut work = self.owner.begin(context)?;
        sellable(&work, self.thing)?;
        let purchase = Purchase {
            words: &WORDS,
            wanted: self.thing,
            asset: &self.asset,
            price: &self.price,
            to: self.to,
            offer: &self.offer,
            answer: &self.answer,
            minutes: self.wait,
        };
        let (price, sent) = purchase.run(&mut work)?;
        context.output.show(&Sold::new("bought", self.thing, price, None, Some(sent)))
    }
}

impl Sell {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.answer)?;
        let mut work = self.owner.begin(context)?;
        sellable(&work, self.thing)?;
        let sale = Sale {
            words: &WORDS,
            sold: self.thing,
            asset: &self.asset,
            at_least: &self.at_least,
            offer: &self.offer,
            answer: &self.answer,
        };
        let price = sale.run(&mut work)?;
        context.output.show(&Sold::new("offered", self.thing, price, Some(self.answer), None))
    }
}

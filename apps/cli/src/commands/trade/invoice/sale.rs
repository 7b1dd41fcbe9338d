//! An invoice is sold: a bank offers, the seller answers, the bank completes.

use std::{fmt, path::PathBuf};

use clap::Args;
use serde::Serialize;
use tabella_protocol::{keys::Address, note::AssetId};

use super::{
    super::{Me, Sent},
    Confirmed, Row,
};
use crate::{
    bytes::asset_id,
    cli::Context,
    commands::exchange::{Purchase, Sale, Words},
    output::visible,
    paths::refuse_existing,
};

const WORDS: Words = Words {
    seller: "seller",
    sell: "tabella trade invoice sell",
    thing: "invoice",
    not_held: "this wallet does not hold the invoice's unit: it was sold, or sent elsewhere",
};

/// Arguments of `trade invoice factor`.
#[derive(Args, Debug)]
pub struct Factor {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    confirmed: Confirmed,
    /// Id of the invoice's unit, as `trade invoice check` shows it beside debtor, amount and due date; another invoice is not bought
    #[arg(long, value_name = "ID", value_parser = unit)]
    unit: AssetId,
    /// Asset in which invoice and price are paid, by its id, or its name if no other asset has it; nothing is paid in another
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// What is paid for it
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// Address of the seller
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Where the offer is written: for the seller
    #[arg(long, value_name = "FILE")]
    offer: PathBuf,
    /// Where the seller's answer is expected
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
    /// Minutes to wait for it
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=50))]
    wait: u64,
}

/// Arguments of `trade invoice sell`.
#[derive(Args, Debug)]
pub struct Sell {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    confirmed: Confirmed,
    /// Id of the invoice's unit, as `trade invoice check` shows it beside debtor, amount and due date; another invoice is not sold
    #[arg(long, value_name = "ID", value_parser = unit)]
    unit: AssetId,
    /// The bank's offer
    #[arg(long, value_name = "FILE")]
    offer: PathBuf,
    /// The least that is taken for it
    #[arg(long, value_name = "AMOUNT")]
    at_least: String,
    /// Asset in which invoice and price are paid, by its id, or its name if no other asset has it; nothing is sold for another
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Where the answer is written: for the bank
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
}

/// A unit on the command line: 64 hexadecimal digits of an asset's id.
fn unit(text: &str) -> Result<AssetId, String> {
    let form = "a unit is 64 hexadecimal digits: `tabella trade invoice check` shows that of an invoice";
    asset_id(text).ok_or_else(|| form.to_owned())
}

#[derive(Serialize)]
struct Bought {
    price: String,
    unit: String,
    #[serde(flatten)]
    row: Row,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Bought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.row.label.name);
        write!(f, "{}bought for   {} {name}\nunit         {}\n{}", self.row, self.price, self.unit, self.sent)
    }
}

impl Factor {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.offer)?;
        // It could not be the answer to this offer.
        refuse_existing(&self.answer)?;
        let mut work = self.me.begin(context)?;
        let confirmation = self.confirmed.check_before(self.unit, "offered", &work.node)?;
        self.confirmed.check_asset(&confirmation.invoice, &self.asset, &work.node)?;
        let purchase = Purchase {
            words: &WORDS,
            wanted: self.unit,
            asset: &self.asset,
            price: &self.price,
            to: self.to,
            offer: &self.offer,
            answer: &self.answer,
            minutes: self.wait,
        };
        let (price, sent) = purchase.run(&mut work)?;
        let row = Row::new(&confirmation.invoice, &work.node);
        context.output.show(&Bought { price: price.amount, unit: self.unit.to_string(), row, sent })
    }
}

#[derive(Serialize)]
struct Sold {
    file: PathBuf,
    price: String,
    #[serde(flatten)]
    row: Row,
}

impl fmt::Display for Sold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = visible(&self.row.label.name);
        write!(f, "{}offered      {} {name}\nanswer in    {}\n", self.row, self.price, self.file.display())?;
        writeln!(f, "\nThe bank completes the sale with it: you are paid and the invoice is the bank's, or neither.")
    }
}

impl Sell {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.answer)?;
        let mut work = self.me.begin(context)?;
        let confirmation = self.confirmed.check_before(self.unit, "sold", &work.node)?;
        self.confirmed.check_asset(&confirmation.invoice, &self.asset, &work.node)?;
        let sale = Sale {
            words: &WORDS,
            sold: self.unit,
            asset: &self.asset,
            at_least: &self.at_least,
            offer: &self.offer,
            answer: &self.answer,
        };
        let price = sale.run(&mut work)?;
        let row = Row::new(&confirmation.invoice, &work.node);
        context.output.show(&Sold { file: self.answer, price: price.amount, row })
    }
}

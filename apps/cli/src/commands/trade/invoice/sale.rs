//! An invoice is sold: a bank offers, the seller answers, the bank completes.

use std::{
    fmt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_payments::{amount, holder::PaymentOrder, plan::fresh_address};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
};
use tabella_trade::exchange::{Answer, Offer};

use super::{
    super::{Me, Sent, read_file, write_file},
    Confirmed, Row,
};
use crate::{assets::AssetLabel, cli::Context, output::visible, paths::refuse_existing};

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
    let mut bytes = [0; 32];
    let unit = hex::decode_to_slice(text.trim(), &mut bytes).ok().and_then(|()| AssetId::from_bytes(&bytes));
    unit.ok_or_else(|| "a unit is 64 hexadecimal digits: `tabella trade invoice check` shows that of an invoice".into())
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
        let unit = self.unit;
        self.confirmed.check_asset(&confirmation.invoice, &self.asset, &work.node)?;
        let asset = confirmation.invoice.asset;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let price = NoteValue(amount::parse(&self.price, label.decimals)?);
        let mut holder = work.holder()?;
        let order = PaymentOrder { to: self.to, asset, amount: price, memo: Memo::empty() };
        let payment = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
        let offer = Offer {
            ledger: work.node.id(),
            payment: payment.effects().clone(),
            asset,
            price,
            wanted: unit,
            quantity: NoteValue(1),
            deliver_to: fresh_address(holder.wallet(), &mut OsRng),
        };
        write_file(&self.offer, &offer)?;
        context.output.remark(&format!(
            "The offer is in {}: give it to the seller, who answers by `tabella trade invoice sell`. Waiting for {} …",
            self.offer.display(),
            self.answer.display()
        ));
        let answer = wait_for(&self.answer, Duration::from_secs(self.wait * 60))?;
        let parameters = work.parameters()?;
        let task = context.progress.spin("proving the payment");
        let transaction = offer.complete(&holder, payment, &answer, &parameters, &mut OsRng)?;
        task.finish();
        work.node.catch_up()?;
        let sent = work.send(transaction)?;
        let row = Row::new(&confirmation.invoice, &work.node);
        let price = label.amount(u128::from(price.0));
        context.output.show(&Bought { price, unit: unit.to_string(), row, sent })
    }
}

/// Waits until a file is there and whole.
fn wait_for(path: &Path, time: Duration) -> anyhow::Result<Answer> {
    let start = Instant::now();
    loop {
        if path.try_exists().unwrap_or(false) {
            // It may be in the middle of being written.
            match read_file(path) {
                Ok(answer) => return Ok(answer),
                Err(error) if start.elapsed() > time => return Err(error),
                Err(_) => {}
            }
        } else if start.elapsed() > time {
            bail!("no answer came to {}; nothing was paid", path.display());
        }
        thread::sleep(Duration::from_millis(200));
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
        let unit = self.unit;
        let offer: Offer = read_file(&self.offer)?;
        self.confirmed.check_asset(&confirmation.invoice, &self.asset, &work.node)?;
        let asset = confirmation.invoice.asset;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let least = NoteValue(amount::parse(&self.at_least, label.decimals)?);
        if offer.wanted != unit || offer.quantity != NoteValue(1) || offer.asset != asset {
            bail!("the offer is for something else than this invoice, or in another asset");
        }
        if offer.price < least {
            bail!("the offer is of {}, less than {}", label.amount_and_name(u128::from(offer.price.0)), self.at_least);
        }
        let mut holder = work.holder()?;
        offer.check(&holder, work.node.id())?;
        let order = PaymentOrder { to: offer.deliver_to, asset: unit, amount: NoteValue(1), memo: Memo::empty() };
        let delivery = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng));
        let delivery =
            delivery.context("this wallet does not hold the invoice's unit: it was sold, or sent elsewhere")?;
        let parameters = work.parameters()?;
        let task = context.progress.spin("proving the delivery");
        let answer = offer.answer(&holder, work.node.id(), delivery, &parameters, &mut OsRng)?;
        task.finish();
        write_file(&self.answer, &answer)?;
        let row = Row::new(&confirmation.invoice, &work.node);
        context.output.show(&Sold { file: self.answer, price: label.amount(u128::from(offer.price.0)), row })
    }
}

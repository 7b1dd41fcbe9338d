//! A sale: the thing against money, in one transaction. The exchange is the one of trade finance.

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
use tabella_trade::{
    exchange::{Answer, Offer},
    files::TradeFile,
};

use super::{super::work::Sent, Owner, Work, missing, rules, thing};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::files::read_bytes,
    paths::{Readers, refuse_existing, write_new},
};

/// The longest offer or answer that is read.
const MAX_BYTES: u64 = 1 << 20;

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

fn read<T: TradeFile>(path: &Path) -> anyhow::Result<T> {
    let bytes = read_bytes(path, MAX_BYTES)?;
    T::from_file(&bytes).with_context(|| format!("{} is not used", path.display()))
}

fn write(path: &Path, file: &impl TradeFile) -> anyhow::Result<()> {
    write_new(path, &file.to_file(), Readers::Owner)
}

/// A thing that can be sold: registered, its note made, and not stolen.
fn sellable(work: &Work<'_>, asset: AssetId) -> anyhow::Result<()> {
    let stone = rules(&work.node)?.stone(&asset);
    let stone = stone.ok_or_else(|| missing(format!("no thing is registered as asset {asset}")))?;
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

impl fmt::Display for Sold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, thing, price, asset, file, sent } = self;
        writeln!(f, "{what:12} {thing}\nfor          {price} {}", crate::output::visible(asset))?;
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
        refuse_existing(&self.answer)?;
        refuse_existing(&self.offer)?;
        let mut work = self.owner.begin(context)?;
        sellable(&work, self.thing)?;
        let (asset, _) = resolve(work.node.state().assets(), &self.asset)?;
        let label: AssetLabel = work.label(&asset);
        let price = NoteValue(amount::parse(&self.price, label.decimals)?);
        let mut holder = work.holder()?;
        let order = PaymentOrder { to: self.to, asset, amount: price, memo: Memo::empty() };
        let payment = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
        let offer = Offer {
            ledger: work.node.id(),
            payment: payment.effects().clone(),
            asset,
            price,
            wanted: self.thing,
            quantity: NoteValue(1),
            deliver_to: fresh_address(holder.wallet(), &mut OsRng),
        };
        write(&self.offer, &offer)?;
        context.output.remark(&format!(
            "The offer is in {}: give it to the owner, who answers by `tabella provenance sell`. Waiting for {} …",
            self.offer.display(),
            self.answer.display()
        ));
        let answer = wait_for(&self.answer, Duration::from_secs(self.wait * 60))?;
        let parameters = work.parameters()?;
        let task = context.progress.spin("proving the payment");
        let transaction = offer.complete(&holder, payment, &answer, &parameters, &mut OsRng)?;
        task.finish();
        work.node.catch_up()?;
        let sent = Some(work.send(transaction)?);
        let (thing, price) = (self.thing.to_string(), label.amount(u128::from(price.0)));
        context.output.show(&Sold { what: "bought", thing, price, asset: label.name, file: None, sent })
    }
}

/// Waits until an answer is there and whole.
fn wait_for(path: &Path, time: Duration) -> anyhow::Result<Answer> {
    let start = Instant::now();
    loop {
        let is_over = start.elapsed() > time;
        match path.try_exists().unwrap_or(false).then(|| read(path)) {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) if is_over => return Err(error),
            None if is_over => bail!("no answer came to {}; nothing was paid", path.display()),
            // Not there, or in the middle of being written.
            _ => thread::sleep(Duration::from_millis(200)),
        }
    }
}

impl Sell {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.answer)?;
        let mut work = self.owner.begin(context)?;
        sellable(&work, self.thing)?;
        let offer: Offer = read(&self.offer)?;
        let (asset, _) = resolve(work.node.state().assets(), &self.asset)?;
        let label = work.label(&asset);
        let least = NoteValue(amount::parse(&self.at_least, label.decimals)?);
        if offer.wanted != self.thing || offer.quantity != NoteValue(1) || offer.asset != asset {
            bail!("the offer is for something else than this thing, or in another asset");
        }
        if offer.price < least {
            bail!("the offer is of {}, less than {}", label.amount_and_name(u128::from(offer.price.0)), self.at_least);
        }
        let mut holder = work.holder()?;
        offer.check(&holder, work.node.id())?;
        let order = PaymentOrder { to: offer.deliver_to, asset: self.thing, amount: NoteValue(1), memo: Memo::empty() };
        let delivery = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng));
        let delivery = delivery.context("this wallet does not hold the thing")?;
        let parameters = work.parameters()?;
        let task = context.progress.spin("proving the delivery");
        let answer = offer.answer(&holder, work.node.id(), delivery, &parameters, &mut OsRng)?;
        task.finish();
        write(&self.answer, &answer)?;
        let (thing, price) = (self.thing.to_string(), label.amount(u128::from(offer.price.0)));
        let file = Some(self.answer);
        context.output.show(&Sold { what: "offered", thing, price, asset: label.name, file, sent: None })
    }
}

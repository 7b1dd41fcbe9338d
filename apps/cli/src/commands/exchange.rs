//! A sale by files: the buyer offers a payment and waits, the seller answers with the delivery, and the buyer completes both in
//! one transaction, or nothing is paid. What may be sold is for the application to say.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rand_core::OsRng;
use tabella_payments::{amount, holder::PaymentOrder, plan::fresh_address};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
};
use tabella_trade::{
    exchange::{Answer, Offer},
    files::{MAX_FILE_BYTES, TradeFile},
};

use super::work::{Sent, Work};
use crate::{
    assets::{AssetLabel, resolve},
    elections::files::read_bytes,
    paths::{Readers, write_new},
};

/// What an application says of its sales.
pub(super) struct Words {
    /// Who sells.
    pub(super) seller: &'static str,
    /// The command by which the seller answers.
    pub(super) sell: &'static str,
    /// What is sold.
    pub(super) thing: &'static str,
    /// Why the seller's wallet cannot deliver it.
    pub(super) not_held: &'static str,
}

/// A price, and how amounts of its asset are shown.
pub(super) struct Price {
    pub(super) amount: String,
    pub(super) label: AssetLabel,
}

impl Price {
    fn new(value: NoteValue, label: AssetLabel) -> Self {
        Self { amount: label.amount(u128::from(value.0)), label }
    }
}

/// What a buyer says.
pub(super) struct Purchase<'a> {
    pub(super) words: &'a Words,
    /// One unit of it is bought.
    pub(super) wanted: AssetId,
    /// In which asset it is paid, by id or name.
    pub(super) asset: &'a str,
    pub(super) price: &'a str,
    /// The seller's address.
    pub(super) to: Address,
    /// Where the offer is written.
    pub(super) offer: &'a Path,
    /// Where the answer is expected.
    pub(super) answer: &'a Path,
    /// How long it is waited for.
    pub(super) minutes: u64,
}

/// What a seller says.
pub(super) struct Sale<'a> {
    pub(super) words: &'a Words,
    /// One unit of it is sold.
    pub(super) sold: AssetId,
    /// In which asset it is paid, by id or name.
    pub(super) asset: &'a str,
    pub(super) at_least: &'a str,
    /// The buyer's offer.
    pub(super) offer: &'a Path,
    /// Where the answer is written.
    pub(super) answer: &'a Path,
}

/// Reads a file of a kind.
pub(super) fn read_file<T: TradeFile>(path: &Path) -> anyhow::Result<T> {
    let bytes = read_bytes(path, MAX_FILE_BYTES as u64)?;
    T::from_file(&bytes).with_context(|| format!("{} is not used", path.display()))
}

/// Writes a new file, which only its owner can read.
pub(super) fn write_file(path: &Path, file: &impl TradeFile) -> anyhow::Result<()> {
    write_new(path, &file.to_file(), Readers::Owner)
}

/// Waits until an answer is there and whole.
fn wait_for(path: &Path, time: Duration) -> anyhow::Result<Answer> {
    let start = Instant::now();
    loop {
        let is_over = start.elapsed() > time;
        match path.try_exists().unwrap_or(false).then(|| read_file(path)) {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) if is_over => return Err(error),
            None if is_over => bail!("no answer came to {}; nothing was paid", path.display()),
            // Not there, or in the middle of being written.
            _ => thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// The asset that is meant, and an amount of it.
fn amount_of<K>(work: &Work<'_, K>, asset: &str, text: &str) -> anyhow::Result<(AssetId, AssetLabel, NoteValue)> {
    let (asset, _) = resolve(work.node.state().assets(), asset)?;
    let label = work.label(&asset);
    let value = NoteValue(amount::parse(text, label.decimals)?);
    Ok((asset, label, value))
}

impl Purchase<'_> {
    /// Offers, waits for the answer, and pays what is shown then.
    pub(super) fn run<K>(&self, work: &mut Work<'_, K>) -> anyhow::Result<(Price, Sent)> {
        let (asset, label, price) = amount_of(work, self.asset, self.price)?;
        let mut holder = work.holder()?;
        let order = PaymentOrder { to: self.to, asset, amount: price, memo: Memo::empty() };
        let payment = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
        let offer = Offer {
            ledger: work.node.id(),
            payment: payment.effects().clone(),
            asset,
            price,
            wanted: self.wanted,
            quantity: NoteValue(1),
            deliver_to: fresh_address(holder.wallet(), &mut OsRng),
        };
        write_file(self.offer, &offer)?;
        let Words { seller, sell, .. } = self.words;
        let (written, expected) = (self.offer.display(), self.answer.display());
        work.context.output.remark(&format!(
            "The offer is in {written}: give it to the {seller}, who answers by `{sell}`. Waiting for {expected} …"
        ));
        let answer = wait_for(self.answer, Duration::from_secs(self.minutes * 60))?;
        let parameters = work.parameters()?;
        let task = work.context.progress.spin("proving the payment");
        let transaction = offer.complete(&holder, payment, &answer, &parameters, &mut OsRng)?;
        task.finish();
        work.node.catch_up()?;
        Ok((Price::new(price, label), work.send(transaction)?))
    }
}

impl Sale<'_> {
    /// Answers the offer if it is for this, in this asset, of enough, and really pays that; returns what it pays.
    pub(super) fn run<K>(&self, work: &mut Work<'_, K>) -> anyhow::Result<Price> {
        let offer: Offer = read_file(self.offer)?;
        let (asset, label, least) = amount_of(work, self.asset, self.at_least)?;
        let Words { thing, not_held, .. } = self.words;
        if !offer.is_for(self.sold, asset) {
            bail!("the offer is for something else than this {thing}, or in another asset");
        }
        if offer.price < least {
            bail!("the offer is of {}, less than {}", label.amount_and_name(u128::from(offer.price.0)), self.at_least);
        }
        let mut holder = work.holder()?;
        offer.check(&holder, work.node.id())?;
        let order = PaymentOrder { to: offer.deliver_to, asset: self.sold, amount: NoteValue(1), memo: Memo::empty() };
        let delivery = work.ready(&mut holder, |holder, at| holder.prepare_send(at, &order, &mut OsRng));
        let delivery = delivery.context(*not_held)?;
        let parameters = work.parameters()?;
        let task = work.context.progress.spin("proving the delivery");
        let answer = offer.answer(&holder, work.node.id(), delivery, &parameters, &mut OsRng)?;
        task.finish();
        write_file(self.answer, &answer)?;
        Ok(Price::new(offer.price, label))
    }
}

//! Invoices: confirmed by their debtor, checked and bought by a bank, sold by their seller.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use serde::Serialize;
use tabella_payments::{amount, holder::PaymentOrder, plan::fresh_address};
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_trade::{
    debtor,
    exchange::{Answer, Offer},
};
use tabella_trade_rules::{
    confirmation::Confirmation,
    invoice::{Invoice as Content, InvoiceIdentity, Reference, document_digest},
};

use super::{Me, Sent, key, moment, read_file, write_file};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::time::Time,
    output::visible,
};

/// What can be done with invoices.
#[derive(Debug, Subcommand)]
pub enum Invoice {
    /// Debtor: register the key under which this wallet confirms invoices, once and for good
    Register(Register),
    /// Debtor: confirm an invoice to its seller; it can be financed once, by whomever
    Confirm(Box<Confirm>),
    /// Bank: check a confirmation against the ledger
    Check(Check),
    /// Bank: buy a confirmed invoice; waits for the seller's answer, and pays only if the invoice comes in the same transaction
    Factor(Box<Factor>),
    /// Seller: sell a confirmed invoice to a bank that has made an offer
    Sell(Sell),
}

/// Arguments of `trade invoice register`.
#[derive(Args, Debug)]
pub struct Register {
    #[command(flatten)]
    me: Me,
}

/// Arguments of `trade invoice confirm`.
#[derive(Args, Debug)]
pub struct Confirm {
    #[command(flatten)]
    me: Me,
    /// The seller, by the identifier that the law knows it by (VAT number, LEI)
    #[arg(long, value_name = "ID")]
    seller: Reference,
    /// The seller's number of the invoice
    #[arg(long, value_name = "NUMBER")]
    invoice: Reference,
    /// Id of the asset in which it is to be paid, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Amount, as in 950.00
    #[arg(long, value_name = "AMOUNT")]
    amount: String,
    /// When it was written
    #[arg(long, value_name = "TIME", value_parser = moment)]
    issued: Timestamp,
    /// When it is due
    #[arg(long, value_name = "TIME", value_parser = moment)]
    due: Timestamp,
    /// The document
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// Address of the seller
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Where the confirmation is written: for the seller
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args, Debug)]
struct Confirmed {
    /// File of the confirmation
    #[arg(value_name = "CONFIRMATION")]
    confirmation: PathBuf,
    /// The document, to see that it is the one that was confirmed
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// Key of the company that must owe it, as you know it
    #[arg(long, value_name = "KEY", value_parser = key)]
    debtor: Option<[u8; 32]>,
}

/// Arguments of `trade invoice check`.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    confirmed: Confirmed,
}

/// Arguments of `trade invoice factor`.
#[derive(Args, Debug)]
pub struct Factor {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    confirmed: Confirmed,
    /// What is paid for it, in the invoice's asset
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
    /// The bank's offer
    #[arg(long, value_name = "FILE")]
    offer: PathBuf,
    /// The least that is taken for it
    #[arg(long, value_name = "AMOUNT")]
    at_least: String,
    /// Where the answer is written: for the bank
    #[arg(long, value_name = "FILE")]
    answer: PathBuf,
}

impl Invoice {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Register(register) => register.run(context),
            Self::Confirm(confirm) => confirm.run(context),
            Self::Check(check) => check.run(context),
            Self::Factor(factor) => factor.run(context),
            Self::Sell(sell) => sell.run(context),
        }
    }
}

/// The digest of a document that an invoice holds; the invoice itself is blinded.
fn digest(path: &Path) -> anyhow::Result<[u8; 32]> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(document_digest(&bytes))
}

/// An invoice, as the parties see it.
#[derive(Serialize)]
struct Row {
    debtor: String,
    seller: String,
    invoice: String,
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    issued: Time,
    due: Time,
}

impl Row {
    fn new(invoice: &Content, work: &tabella_ledger::node::Ledger) -> Self {
        let label = AssetLabel::of(work.state().assets(), &invoice.asset);
        Self {
            debtor: hex::encode(invoice.identity.debtor),
            seller: invoice.identity.seller.to_string(),
            invoice: invoice.identity.number.to_string(),
            amount: label.amount(u128::from(invoice.amount.0)),
            label,
            issued: Time(invoice.issued),
            due: Time(invoice.due),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { debtor, seller, invoice, amount, label, issued, due } = self;
        let name = visible(&label.name);
        writeln!(f, "invoice      {invoice} of {seller}\namount       {amount} {name}\nowed by      {debtor}")?;
        writeln!(f, "written      {issued}\ndue          {due}")
    }
}

#[derive(Serialize)]
struct Registered {
    debtor: String,
    key: String,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "registered   {}\nfor debtor   {}\n{}", self.key, self.debtor, self.sent)?;
        writeln!(f, "\nIt is the one key of this debtor, for good. It follows from the wallet's 24 words.")
    }
}

impl Register {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let transaction = debtor::register(&work.keys, work.node.id(), &mut OsRng);
        let sent = work.send(transaction)?;
        let (debtor, key) = (hex::encode(work.keys.party()), hex::encode(work.keys.confirming_key().as_bytes()));
        context.output.show(&Registered { debtor, key, sent })
    }
}

#[derive(Serialize)]
struct ConfirmedInvoice {
    file: PathBuf,
    #[serde(flatten)]
    row: Row,
    /// None if it was confirmed before, and only the file was made again.
    #[serde(flatten)]
    sent: Option<Sent>,
}

impl fmt::Display for ConfirmedInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}confirmed in {}", self.row, self.file.display())?;
        match &self.sent {
            Some(sent) => write!(f, "{sent}"),
            None => writeln!(f, "It was confirmed before: the file is made again, and nothing else has changed."),
        }
    }
}

impl Confirm {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        if self.out.try_exists().unwrap_or(false) {
            bail!("there is a file {} already; nothing was confirmed", self.out.display());
        }
        let (asset, known) = resolve(work.node.state().assets(), &self.asset)?;
        let invoice = Content {
            identity: InvoiceIdentity { debtor: work.keys.party(), seller: self.seller, number: self.invoice },
            asset,
            amount: NoteValue(amount::parse(&self.amount, known.description.decimals)?),
            issued: self.issued,
            due: self.due,
            document: digest(&self.document)?,
        };
        let known = (work.trade()?, work.node.state().assets());
        let confirmed = debtor::confirm(&work.keys, work.node.id(), known, invoice, self.to, &mut OsRng)?;
        let sent = confirmed.transaction.map(|transaction| work.send(transaction)).transpose()?;
        write_file(&self.out, &confirmed.confirmation)?;
        let row = Row::new(&confirmed.confirmation.invoice, &work.node);
        context.output.show(&ConfirmedInvoice { file: self.out, row, sent })
    }
}

#[derive(Serialize)]
struct Checked {
    confirmed: bool,
    unit: String,
    #[serde(flatten)]
    row: Row,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}unit         {}", self.row, self.unit)?;
        writeln!(
            f,
            "\nThe debtor has confirmed exactly this, and there is one unit of it. Whoever buys it buys the unit, in one"
        )?;
        writeln!(f, "transaction with the payment: that it was not sold before, only that transaction shows.")
    }
}

impl Confirmed {
    /// Everything that can be checked without the unit.
    fn check(
        &self,
        node: &tabella_ledger::node::Ledger,
    ) -> anyhow::Result<(Confirmation, tabella_protocol::note::AssetId)> {
        let confirmation: Confirmation = read_file(&self.confirmation)?;
        if self.debtor.is_some_and(|debtor| debtor != confirmation.invoice.identity.debtor) {
            bail!("the invoice is owed by another debtor, {}", hex::encode(confirmation.invoice.identity.debtor));
        }
        let unit = confirmation.check(node.id(), super::state(node)?, node.state().assets())?;
        if let Some(path) = &self.document
            && digest(path)? != confirmation.invoice.document
        {
            bail!("{} is not the document that was confirmed", path.display());
        }
        Ok((confirmation, unit))
    }
}

impl Check {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = crate::commands::ledger::open(context)?;
        let (confirmation, unit) = self.confirmed.check(&node)?;
        let row = Row::new(&confirmation.invoice, &node);
        context.output.show(&Checked { confirmed: true, unit: unit.to_string(), row })
    }
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
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let (confirmation, unit) = self.confirmed.check(&work.node)?;
        let asset = confirmation.invoice.asset;
        let label = AssetLabel::of(work.node.state().assets(), &asset);
        let price = NoteValue(amount::parse(&self.price, label.decimals)?);
        if self.answer.try_exists().unwrap_or(false) {
            bail!("there is a file {} already: it cannot be the answer to this offer", self.answer.display());
        }
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
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.me.begin(context)?;
        let (confirmation, unit) = self.confirmed.check(&work.node)?;
        let offer: Offer = read_file(&self.offer)?;
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

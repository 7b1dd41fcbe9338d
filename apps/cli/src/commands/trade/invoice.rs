//! Invoices: confirmed by their debtor, checked and bought by a bank, sold by their seller.

mod sale;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::amount;
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
};
use tabella_trade::{debtor, reading::held_invoices};
use tabella_trade_rules::{
    confirmation::Confirmation,
    invoice::{Invoice as Content, InvoiceIdentity, Reference, document_digest},
};

use super::{Me, Sent, key, moment, read_file, write_file};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    elections::time::Time,
    output::{Table, visible},
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
    Factor(Box<sale::Factor>),
    /// Seller: sell a confirmed invoice to a bank that has made an offer
    Sell(sale::Sell),
    /// Seller, bank: list the invoices whose units this wallet holds
    List(List),
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

/// Arguments of `trade invoice list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    me: Me,
}

impl Invoice {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Register(register) => register.run(context),
            Self::Confirm(confirm) => confirm.run(context),
            Self::Check(check) => check.run(context),
            Self::Factor(factor) => factor.run(context),
            Self::Sell(sell) => sell.run(context),
            Self::List(list) => list.run(context),
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
    fn new(invoice: &Content, node: &Ledger) -> Self {
        let label = AssetLabel::of(node.state().assets(), &invoice.asset);
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
        writeln!(f, "invoice      {invoice} of {seller}\namount       {amount} {name}\nasset        {}", label.asset)?;
        writeln!(f, "owed by      {debtor}")?;
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
    fn check(&self, node: &Ledger) -> anyhow::Result<(Confirmation, AssetId)> {
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

    /// The same, of the invoice whose unit is meant; otherwise nothing is done with it.
    fn check_before(&self, meant: AssetId, done: &str, node: &Ledger) -> anyhow::Result<Confirmation> {
        let (confirmation, unit) = self.check(node)?;
        if unit != meant {
            bail!(
                "{} is of another invoice, whose unit is {unit}, and you mean {meant}: nothing is {done}; `tabella trade invoice \
                 check` shows what it says",
                self.confirmation.display()
            );
        }
        Ok(confirmation)
    }

    /// That the invoice is paid in the asset that is meant.
    fn check_asset(&self, invoice: &Content, meant: &str, node: &Ledger) -> anyhow::Result<()> {
        let (meant, _) = resolve(node.state().assets(), meant)?;
        if invoice.asset != meant {
            let file = self.confirmation.display();
            bail!("the invoice of {file} is paid in another asset, {}, and you mean {meant}", invoice.asset);
        }
        Ok(())
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
struct Held {
    unit: String,
    debtor: String,
}

#[derive(Serialize)]
struct HeldInvoices {
    invoices: Vec<Held>,
}

impl fmt::Display for HeldInvoices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.invoices.is_empty() {
            return writeln!(
                f,
                "This wallet holds no invoice's unit: a debtor makes one by `tabella trade invoice confirm`."
            );
        }
        let mut table = Table::new(&["unit", "owed by"]);
        for held in &self.invoices {
            table.row([&held.unit, &held.debtor]);
        }
        write!(f, "{table}")
    }
}

impl List {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let holder = work.holder()?;
        let held = held_invoices(holder.wallet(), work.node.state().assets())
            .map(|(unit, debtor)| Held { unit: unit.to_string(), debtor: hex::encode(debtor) });
        context.output.show(&HeldInvoices { invoices: held.collect() })
    }
}

//! Sending: to one, to many at once, and what a payment request asks for.

use std::{
    fmt,
    io::{self, BufRead as _, Read as _},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_ledger::node::{Accepted, Ledger};
use tabella_payments::{
    holder::{Holder, Moment, PaymentOrder, ProvingKeys, submit},
    many::{SendError, Sending},
    order::OrderError,
    request::{self, PaymentRequest},
};
use tabella_protocol::{asset::AssetClass, note::AssetId, transaction::TransactionDigest};

use super::{
    KeyFile,
    order::{Recipients, Wanted, usage},
    read_key,
    view::show_memo,
};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::{ledger, work::proving_keys},
    elections::time::Time,
    output::{ExitKind, Table, visible},
};

/// Whose money, and how far to go.
#[derive(Args, Debug)]
struct Spending {
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0)]
    account: u32,
    /// Show what would happen, and prove and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `wallet send`.
#[derive(Args, Debug)]
pub struct Send {
    #[command(flatten)]
    spending: Spending,
    #[command(flatten)]
    recipients: Recipients,
    /// Pay what a table says: columns address and amount, and perhaps asset and memo, named in the first row; a memo that begins with a digit in quotation marks
    #[arg(long, value_name = "FILE", conflicts_with = "to", required_unless_present = "to")]
    csv: Option<PathBuf>,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME", required_unless_present = "csv")]
    asset: Option<String>,
    /// Amount for the one recipient, as in 12.34
    #[arg(long, value_name = "AMOUNT", conflicts_with = "csv")]
    amount: Option<String>,
    /// Message for the one recipient, up to 512 bytes
    #[arg(long, value_name = "TEXT", conflicts_with = "csv")]
    memo: Option<String>,
}

/// Arguments of `wallet pay`.
#[derive(Args, Debug)]
pub struct Pay {
    /// The request, as `wallet request` writes it; `-` reads it from standard input
    #[arg(value_name = "REQUEST")]
    request: String,
    #[command(flatten)]
    spending: Spending,
    /// Pay without asking
    #[arg(long)]
    yes: bool,
}

impl Send {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let wanted = match &self.csv {
            Some(path) => Wanted::read(path, self.asset.as_deref())?,
            None => Wanted::of(&self.recipients()?, self.asset.as_deref().unwrap_or_default())?,
        };
        let node = ledger::open(context)?;
        let orders = wanted.iter().map(|wanted| wanted.order(&node)).collect::<Result<_, _>>()?;
        let payment = self.spending.begin(context, node, orders)?;
        if self.spending.dry_run {
            return context.output.show(&payment.plan()?);
        }
        payment.pay()
    }

    /// With `--amount` and `--memo`, which belong to the one recipient.
    fn recipients(&self) -> anyhow::Result<Recipients> {
        let mut recipients = self.recipients.clone();
        if self.amount.is_none() && self.memo.is_none() {
            return Ok(recipients);
        }
        let [values] = recipients.0.as_mut_slice() else {
            return Err(usage("with several recipients, each --to names its own amount and memo".into()));
        };
        match (values.len(), &self.amount) {
            (1, Some(amount)) => values.push(amount.clone()),
            (2, None) => {}
            _ => return Err(usage("the amount stands after the address or after --amount, once".into())),
        }
        values.extend(self.memo.clone());
        Ok(recipients)
    }
}

impl Pay {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let request: PaymentRequest = self.text()?.trim().parse()?;
        let node = ledger::open(context)?;
        if let Some(other) = request.ledger().filter(|id| *id != node.id()) {
            bail!("the request is to be paid on ledger {other}, and this is ledger {}: the wrong --ledger?", node.id());
        }
        let orders = request.orders(node.id(), node.state().assets()).map_err(|error| match error {
            missing @ OrderError::Asset { .. } => ExitKind::missing(missing.to_string()),
            other => other.into(),
        })?;
        let mut payment = self.spending.begin(context, node, orders)?;
        for (shown, wanted) in payment.payments.iter_mut().zip(request.payments()) {
            shown.label_by_payee.clone_from(&wanted.label);
            shown.message.clone_from(&wanted.message);
        }
        if self.spending.dry_run {
            return context.output.show(&payment.plan()?);
        }
        if !self.yes {
            context.output.ask(&payment.plan()?)?;
            context.output.remark("Labels and messages are the payee's words. Type \"pay\" to pay:");
            let mut line = String::new();
            io::stdin().lock().take(64).read_line(&mut line).context("cannot read the answer from standard input")?;
            if line.trim() != "pay" {
                return Err(usage("not \"pay\": nothing was sent".into()));
            }
        }
        payment.pay()
    }

    fn text(&self) -> anyhow::Result<String> {
        if self.request != "-" {
            return Ok(self.request.clone());
        }
        let mut line = String::new();
        let limit = request::MAX_BYTES as u64 + 2;
        io::stdin().lock().take(limit).read_line(&mut line).context("cannot read the request from standard input")?;
        Ok(line)
    }
}

impl Spending {
    /// Reads the wallet, and plans: if there is not enough for all, nothing is done.
    fn begin<'a>(&self, context: &'a Context, node: Ledger, orders: Vec<PaymentOrder>) -> anyhow::Result<Payment<'a>> {
        let key = read_key(&self.file.path(context)?, context)?;
        let mut holder = Holder::new(key.seed(), self.account);
        holder.read(&node)?;
        let keys = proving_keys(context)?;
        let payments = orders.iter().map(|order| ShownPayment::new(&node, order)).collect();
        let at = Moment { state: node.state(), keys, now: node.now()? };
        let sending = holder.plan(&at, orders).map_err(|error| explain(error, &node))?;
        Ok(Payment { context, node, holder, keys, sending, payments })
    }
}

/// Payments under way.
struct Payment<'a> {
    context: &'a Context,
    node: Ledger,
    holder: Holder,
    keys: ProvingKeys,
    sending: Sending,
    payments: Vec<ShownPayment>,
}

impl Payment<'_> {
    /// What would happen.
    fn plan(&self) -> anyhow::Result<Planned> {
        let (state, now) = (self.node.state(), self.node.now()?);
        let mut totals: Vec<Total> = Vec::new();
        for order in self.sending.orders() {
            let amount = u128::from(order.amount.0);
            if let Some(total) = totals.iter_mut().find(|total| total.id == order.asset) {
                total.units.1 += amount;
                continue;
            }
            let class = state.assets().get(&order.asset).map_or(AssetClass::Ordinary, |known| known.description.class);
            let held = self.holder.wallet().balance(state.pool(class).id(), order.asset, now).spendable;
            totals.push(Total::new(order.asset, AssetLabel::of(state.assets(), &order.asset), (held, amount)));
        }
        for total in &mut totals {
            total.write();
        }
        let transfers = self.sending.transfers();
        Ok(Planned { payments: self.payments.clone(), totals, transactions: transfers, sent: false })
    }

    /// Makes one transaction after the other; the last one pays.
    fn pay(mut self) -> anyhow::Result<()> {
        let rounds = self.sending.transfers();
        if rounds.len() > 1 {
            self.context.output.remark(&format!(
                "{}. Whatever happens, nobody is paid before the last one, and your notes stay yours.",
                in_words(&rounds)
            ));
        }
        let parameters = self.context.parameters.load(self.context)?;
        let mut preparations = Vec::new();
        loop {
            let at = Moment { state: self.node.state(), keys: self.keys, now: self.node.now()? };
            let round = self.holder.prepare_next(&mut self.sending, &at, &mut OsRng);
            let round = round.map_err(|error| explain(error, &self.node))?;
            let round = round.context("a plan ends with the payment")?;
            let title = if round.pays { "proving the payment" } else { "proving what prepares the notes" };
            let task = self.context.progress.spin(title);
            let transaction = self.holder.authorize(round.transaction, &parameters, &mut OsRng)?;
            task.finish();
            let accepted = submit(&mut self.node, transaction)?;
            if round.pays {
                return self.show(&accepted, &preparations);
            }
            preparations.push(accepted.digest);
            self.holder.read(&self.node)?;
        }
    }

    fn show(self, accepted: &Accepted, preparations: &[TransactionDigest]) -> anyhow::Result<()> {
        self.context.output.show(&Sent {
            payments: self.payments,
            fee: None,
            preparations: preparations.iter().map(TransactionDigest::to_string).collect(),
            time: Time(accepted.time),
            transaction: accepted.digest.to_string(),
            development_parameters: self.context.parameters.is_development()?,
        })
    }
}

/// With amounts as the asset shows them.
pub(super) fn explain(error: SendError, node: &Ledger) -> anyhow::Error {
    match error {
        SendError::Insufficient { asset, available, needed } => {
            let label = AssetLabel::of(node.state().assets(), &asset);
            anyhow!(
                "{} can be spent, and {} is needed: nothing was sent",
                label.amount_and_name(available),
                label.amount_and_name(needed)
            )
        }
        other => other.into(),
    }
}

/// The transactions of a plan, by their numbers of transfers, in words.
pub(super) fn in_words(rounds: &[usize]) -> String {
    let transfers = |n: &usize| if *n == 1 { "1 transfer".to_owned() } else { format!("{n} transfers") };
    match rounds {
        [only] => format!("1 transaction: {} for everybody at once, or nobody", transfers(only)),
        [before @ .., last] => format!(
            "{} transactions: first the payer's own notes are brought into shape ({}), then {} for everybody at once, or nobody",
            rounds.len(),
            before.iter().map(transfers).collect::<Vec<_>>().join(", "),
            transfers(last)
        ),
        [] => "nothing is to be done".into(),
    }
}

/// One payment in a result.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ShownPayment {
    pub(super) to: String,
    pub(super) amount: String,
    #[serde(flatten)]
    pub(super) label: AssetLabel,
    pub(super) memo: Option<String>,
    /// What a request called the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    label_by_payee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl ShownPayment {
    pub(super) fn new(node: &Ledger, order: &PaymentOrder) -> Self {
        let label = AssetLabel::of(node.state().assets(), &order.asset);
        Self {
            to: order.to.to_string(),
            amount: label.amount(u128::from(order.amount.0)),
            label,
            memo: show_memo(&order.memo),
            label_by_payee: None,
            message: None,
        }
    }
}

impl fmt::Display for ShownPayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "pays         {} {}\nto           {}", self.amount, visible(&self.label.name), self.to)?;
        for (name, text) in [("memo", &self.memo), ("label", &self.label_by_payee), ("message", &self.message)] {
            if let Some(text) = text {
                writeln!(f, "{name:13}{}", visible(text))?;
            }
        }
        Ok(())
    }
}

/// What payments come to in one asset.
#[derive(Clone, Debug, Serialize)]
struct Total {
    #[serde(skip)]
    id: AssetId,
    /// What the wallet can spend, and what is paid.
    #[serde(skip)]
    units: (u128, u128),
    #[serde(flatten)]
    label: AssetLabel,
    spendable: String,
    paid: String,
    left: String,
}

impl Total {
    const fn new(id: AssetId, label: AssetLabel, units: (u128, u128)) -> Self {
        Self { id, units, label, spendable: String::new(), paid: String::new(), left: String::new() }
    }

    fn write(&mut self) {
        let (held, paid) = self.units;
        self.spendable = self.label.amount(held);
        self.paid = self.label.amount(paid);
        self.left = self.label.amount(held.saturating_sub(paid));
    }
}

#[derive(Serialize)]
struct Planned {
    payments: Vec<ShownPayment>,
    totals: Vec<Total>,
    /// Transfers of each transaction; the last one pays.
    transactions: Vec<usize>,
    /// Nothing was sent.
    sent: bool,
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for payment in &self.payments {
            writeln!(f, "{payment}")?;
        }
        let mut table = Table::new(&["asset", ">spendable", ">paid", ">left", "id"]);
        for total in &self.totals {
            let name = visible(&total.label.name);
            table.row([&name, &total.spendable, &total.paid, &total.left, &total.label.asset]);
        }
        writeln!(f, "{table}\n{}.\nNothing was sent yet.", in_words(&self.transactions))
    }
}

#[derive(Serialize)]
struct Sent {
    payments: Vec<ShownPayment>,
    /// No ledger asks for one yet.
    fee: Option<String>,
    /// Transactions before it, which brought the wallet's own notes into shape.
    preparations: Vec<String>,
    time: Time,
    transaction: String,
    /// Proved under parameters under which anybody can forge.
    development_parameters: bool,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for payment in &self.payments {
            write!(f, "{payment}")?;
        }
        writeln!(f, "fee          none\ntime         {}", self.time)?;
        for transaction in &self.preparations {
            writeln!(f, "prepared by  {transaction}")?;
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

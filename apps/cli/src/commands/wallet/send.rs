//! Sending.

use std::fmt;

use anyhow::{anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_payments::{
    amount,
    holder::{Holder, Moment, PaymentError, PaymentOrder, ProvingKeys, Step, submit},
};
use tabella_protocol::{
    keys::Address, note::NoteValue, note_encryption::Memo, statement::Shape, transaction::TransactionDigest,
};
use tabella_prover::builder::{PreparedTransaction, Unproven};

use super::{KeyFile, read_key};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    commands::ledger,
    elections::time::Time,
    output::visible,
};

/// Arguments of `wallet send`.
#[derive(Args, Debug)]
pub struct Send {
    #[command(flatten)]
    file: KeyFile,
    /// Account of payments
    #[arg(long, value_name = "N", default_value_t = 0)]
    account: u32,
    /// Address of the recipient
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Amount, as in 12.34
    #[arg(long, value_name = "AMOUNT")]
    amount: String,
    /// Message that only the recipient reads, up to 512 bytes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    memo: String,
}

impl Send {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let assets = node.state().assets();
        let (asset, _) = resolve(assets, &self.asset)?;
        let label = AssetLabel::of(assets, &asset);
        let value = NoteValue(amount::parse(&self.amount, label.decimals)?);
        let order = PaymentOrder { to: self.to, asset, amount: value, memo: Memo::from_text(&self.memo)? };
        let key = read_key(&self.file.path(context)?, context)?;
        let mut holder = Holder::new(key.seed(), self.account);
        holder.read(&node)?;
        let key_of = |shape| context.parameters.proving_key(shape);
        let keys = ProvingKeys { transfer: key_of(Shape::Transfer)?, cast: key_of(Shape::Cast)? };
        let mut payment = Payment { context, holder, keys, order, label, parameters: None, merges: Vec::new() };
        let accepted = payment.pay(&mut node)?;
        let Payment { label, merges, .. } = payment;
        context.output.show(&Sent {
            amount: label.amount(u128::from(value.0)),
            label,
            to: self.to.to_string(),
            fee: None,
            memo: Some(self.memo).filter(|memo| !memo.is_empty()),
            merges: merges.iter().map(TransactionDigest::to_string).collect(),
            time: Time(accepted.time),
            transaction: accepted.digest.to_string(),
            development_parameters: context.parameters.is_development()?,
        })
    }
}

/// A payment under way.
struct Payment<'a> {
    context: &'a Context,
    holder: Holder,
    keys: ProvingKeys,
    order: PaymentOrder,
    label: AssetLabel,
    /// Loaded once it is known that there is something to prove.
    parameters: Option<tabella_prover::parameters::Parameters>,
    merges: Vec<TransactionDigest>,
}

impl Payment<'_> {
    /// Merges notes as long as needed, then pays.
    fn pay(&mut self, node: &mut Ledger) -> anyhow::Result<tabella_ledger::node::Accepted> {
        loop {
            let now = node.now()?;
            let step =
                self.holder.prepare(&Moment { state: node.state(), keys: self.keys, now }, &self.order, &mut OsRng);
            let step = step.map_err(|error| self.explain(error))?;
            if self.parameters.is_none() {
                self.parameters = Some(self.context.parameters.load(self.context)?);
            }
            match step {
                Step::Pay(transaction) => return self.submit(node, transaction, "proving the payment"),
                Step::Merge(transaction) => {
                    if self.merges.is_empty() {
                        let text = "This payment needs more than two of the wallet's notes: they are merged first, two by two.";
                        self.context.output.remark(text);
                    }
                    let accepted = self.submit(node, transaction, "proving a merge")?;
                    self.merges.push(accepted.digest);
                    self.holder.read(node)?;
                }
            }
        }
    }

    fn submit(
        &mut self,
        node: &mut Ledger,
        transaction: PreparedTransaction<Unproven>,
        title: &'static str,
    ) -> anyhow::Result<tabella_ledger::node::Accepted> {
        let Some(parameters) = &self.parameters else { bail!("there are no parameters to prove with") };
        let task = self.context.progress.spin(title);
        let transaction = self.holder.authorize(transaction, parameters, &mut OsRng)?;
        task.finish();
        Ok(submit(node, transaction)?)
    }

    /// With amounts as the asset shows them.
    fn explain(&self, error: PaymentError) -> anyhow::Error {
        match error {
            PaymentError::Insufficient { available, amount } => anyhow!(
                "{} can be spent, and {} is needed",
                self.label.amount_and_name(available),
                self.label.amount_and_name(u128::from(amount))
            ),
            other => other.into(),
        }
    }
}

#[derive(Serialize)]
struct Sent {
    amount: String,
    #[serde(flatten)]
    label: AssetLabel,
    to: String,
    memo: Option<String>,
    /// There are no fees.
    fee: Option<String>,
    /// Transactions that merged notes first.
    merges: Vec<String>,
    time: Time,
    transaction: String,
    /// Whether proofs are under development parameters, under which anybody can forge.
    development_parameters: bool,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sent         {} {}\nto           {}", self.amount, visible(&self.label.name), self.to)?;
        if let Some(memo) = &self.memo {
            writeln!(f, "memo         {}", visible(memo))?;
        }
        writeln!(f, "fee          none\ntime         {}", self.time)?;
        for merge in &self.merges {
            writeln!(f, "merged by    {merge}")?;
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

//! What the commands of applications have in common: a party with a wallet at work on a ledger.

use std::{fmt, marker::PhantomData};

use anyhow::anyhow;
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_ledger::node::{Accepted, Ledger};
use tabella_payments::holder::{Holder, Moment, Next, PaymentError, ProvingKeys, submit};
use tabella_protocol::{keys::Seed, note::AssetId, statement::Shape, transaction::Transaction};
use tabella_prover::{
    account::AccountKeys,
    builder::{PreparedTransaction, Unproven, UnprovenTransfer},
    keyfile::WalletKey,
    parameters::Parameters,
};

use super::{
    ledger,
    wallet::{KeyFile, read_key},
};
use crate::{assets::AssetLabel, cli::Context, elections::time::Time};

/// Keys that a wallet has in an application: a set of them for each number.
pub(super) trait NumberedKeys: fmt::Debug {
    /// What the option `--number` says of them.
    const NUMBER: &'static str =
        "Which of the wallet's keys in this application; those of different numbers cannot be linked";

    fn of_seed(seed: &Seed, number: u32) -> Self;
}

macro_rules! numbered_keys {
    ($($keys:ty $(: $number:literal)?),+ $(,)?) => {$(
        impl NumberedKeys for $keys {
            $(const NUMBER: &'static str = $number;)?

            fn of_seed(seed: &Seed, number: u32) -> Self {
                Self::of_seed(seed, number)
            }
        }
    )+};
}

numbered_keys! {
    tabella_access::AccessKeys,
    tabella_energy::EnergyKeys,
    tabella_market::keys::MarketKeys: "Under which of the wallet's numbers; keys of different numbers cannot be linked",
    tabella_notary::AuthorKeys,
    tabella_provenance::ProvenanceKeys:
        "Which of the wallet's sets of keys for provenance; sets of different numbers cannot be linked",
    AccountKeys: "Which of the wallet's accounts; accounts of different numbers cannot be linked",
    tabella_remittance::RemittanceKeys,
    tabella_streaming::StreamingKeys,
    tabella_trade::keys::TradeKeys,
}

/// Whose keys.
#[derive(Args, Debug)]
pub(super) struct Owner<K: NumberedKeys> {
    #[command(flatten)]
    file: KeyFile,
    #[arg(long, value_name = "N", default_value_t = 0, help = K::NUMBER)]
    pub(super) number: u32,
    #[arg(skip)]
    keys: PhantomData<K>,
}

impl<K: NumberedKeys> Owner<K> {
    pub(super) const fn new(file: KeyFile, number: u32) -> Self {
        Self { file, number, keys: PhantomData }
    }

    pub(super) fn open(&self, context: &Context) -> anyhow::Result<(WalletKey, K)> {
        let wallet = read_key(&self.file.path(context)?, context)?;
        let keys = K::of_seed(wallet.seed(), self.number);
        Ok((wallet, keys))
    }

    pub(super) fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<Work<'a, K>> {
        let node = ledger::open(context)?;
        let (wallet, keys) = self.open(context)?;
        Ok(Work { context, node, wallet, keys })
    }
}

/// A party at work on a ledger, with the keys that it has in an application.
pub(super) struct Work<'a, K> {
    pub(super) context: &'a Context,
    pub(super) node: Ledger,
    pub(super) wallet: WalletKey,
    pub(super) keys: K,
}

impl<K> Work<'_, K> {
    pub(super) fn label(&self, asset: &AssetId) -> AssetLabel {
        AssetLabel::of(self.node.state().assets(), asset)
    }

    /// The wallet's holder, at the ledger's present state.
    pub(super) fn holder(&self) -> anyhow::Result<Holder> {
        let mut holder = Holder::new(self.wallet.seed(), 0);
        holder.read(&self.node)?;
        Ok(holder)
    }

    pub(super) fn moment(&self) -> anyhow::Result<Moment<'_>> {
        Ok(Moment { state: self.node.state(), keys: proving_keys(self.context)?, now: self.node.now()? })
    }

    pub(super) fn parameters(&self) -> anyhow::Result<Parameters> {
        self.context.parameters.load(self.context)
    }

    /// Prepares a transfer, and makes the merges that it needs on the way.
    pub(super) fn ready<E>(
        &mut self,
        holder: &mut Holder,
        mut prepare: impl FnMut(&mut Holder, &Moment<'_>) -> Result<Next, E>,
    ) -> anyhow::Result<UnprovenTransfer>
    where
        anyhow::Error: From<E>,
    {
        loop {
            match prepare(holder, &self.moment()?)? {
                Next::Transfer(transfer) => return Ok(*transfer),
                Next::Merge(merge) => {
                    let remark = "More than two of the wallet's notes are needed: they are merged first.";
                    self.context.output.remark(remark);
                    let merge = self.prove(holder, merge, Vec::new())?;
                    self.submit(merge)?;
                    holder.read(&self.node)?;
                }
            }
        }
    }

    /// Proves and signs. `proofs` are those of the actions.
    pub(super) fn prove(
        &self,
        holder: &Holder,
        prepared: PreparedTransaction<Unproven>,
        proofs: Vec<Vec<u8>>,
    ) -> anyhow::Result<Transaction> {
        let parameters = self.parameters()?;
        let task = self.context.progress.spin("proving");
        let transaction = holder.authorize_with(prepared, &parameters, &mut OsRng, |_| proofs)?;
        task.finish();
        Ok(transaction)
    }

    pub(super) fn submit(&mut self, transaction: Transaction) -> anyhow::Result<Accepted> {
        Ok(submit(&mut self.node, transaction)?)
    }

    /// Submits, and says where it is.
    pub(super) fn send(&mut self, transaction: Transaction) -> anyhow::Result<Sent> {
        let accepted = self.submit(transaction)?;
        Ok(Sent { time: Time(accepted.time), transaction: accepted.digest.to_string() })
    }
}

/// What transfers and casts are proved with.
pub(super) fn proving_keys(context: &Context) -> anyhow::Result<ProvingKeys> {
    let key_of = |shape| context.parameters.proving_key(shape);
    Ok(ProvingKeys { transfer: key_of(Shape::Transfer)?, cast: key_of(Shape::Cast)? })
}

/// Why a payment is not made, with amounts as the asset shows them.
pub(super) fn explain(error: PaymentError, label: &AssetLabel) -> anyhow::Error {
    match error {
        PaymentError::Insufficient { available, amount } => anyhow!(
            "{} can be spent, and {} is needed",
            label.amount_and_name(available),
            label.amount_and_name(u128::from(amount))
        ),
        other => other.into(),
    }
}

/// Where a transaction is.
#[derive(Serialize)]
pub(super) struct Sent {
    pub(super) time: Time,
    pub(super) transaction: String,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "time         {}\ntransaction  {}", self.time, self.transaction)
    }
}

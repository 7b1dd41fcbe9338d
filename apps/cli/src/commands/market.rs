//! The marketplace: works with their shares, licences, sales and what comes of them. Nothing is kept of it but the wallet's seed.

mod demo;
mod income;
mod licence;
mod show;
mod trade;
mod work;

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use tabella_ledger::node::{Accepted, Ledger};
use tabella_market::{
    history::{MarketHistory, OwnAccount, read_history},
    keys::MarketKeys,
    report::format_parts,
};
use tabella_market_rules::{Market as Rules, work::WorkId};
use tabella_payments::holder::{Holder, Moment, Next, PaymentError, ProvingKeys, submit};
use tabella_protocol::{statement::Shape, transaction::Transaction};
use tabella_prover::{builder::UnprovenTransfer, keyfile::WalletKey, parameters::Parameters};

use super::{
    ledger,
    wallet::{KeyFile, read_key},
};
use crate::{assets::AssetLabel, cli::Context, output::ExitKind};

/// What can be done in the marketplace.
#[derive(Debug, Subcommand)]
pub enum Market {
    /// Show the wallet's keys, which whoever drafts a work needs of each holder
    Keys(work::Keys),
    /// Register a work: draft it, have every holder sign, and put it on the ledger
    #[command(subcommand)]
    Register(work::Register),
    /// List the works of the ledger
    List,
    /// Show a work: shares, terms, offers, and whether its accounts add up
    Show(work::Show),
    /// Buy licences: of the seller by an order, or such as are offered again
    Buy(Box<trade::Buy>),
    /// Look at a buyer's order and sell (seller)
    Sell(trade::Sell),
    /// Offer licences again, agree to a buyer's order, or take an offer back
    #[command(subcommand)]
    Resell(trade::Resell),
    /// Show what the wallet was credited with, work by work
    Balance(income::Balance),
    /// Take what was credited into the wallet's notes
    Withdraw(Box<income::Withdraw>),
    /// State what a period has brought, with a proof that shows no single price
    Statement(income::Statement),
    /// Check a statement that somebody has made
    CheckStatement(income::CheckStatement),
    /// Write a report of sales in the flat-file form of DDEX (DSR, Basic Audio Profile)
    Report(Box<income::Report>),
    /// Show a licence to somebody who has given a challenge
    ShowLicence(licence::ShowLicence),
    /// Check a licence that somebody shows in answer to a challenge
    CheckLicence(licence::CheckLicence),
    /// Try out: a song with three holders, from its registration to the statement, on a ledger of its own
    Demo(demo::Demo),
}

#[derive(Args, Debug)]
struct Owner {
    #[command(flatten)]
    file: KeyFile,
    /// Under which of the wallet's numbers; keys of different numbers cannot be linked
    #[arg(long, value_name = "N", default_value_t = 0)]
    number: u32,
    /// How far a price is searched for that was masked wrongly: below 2^BITS smallest units
    #[arg(long, value_name = "BITS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(8..=44))]
    search_bits: u32,
}

impl Market {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Keys(keys) => keys.run(context),
            Self::Register(register) => register.run(context),
            Self::List => work::list(context),
            Self::Show(show) => show.run(context),
            Self::Buy(buy) => buy.run(context),
            Self::Sell(sell) => sell.run(context),
            Self::Resell(resell) => resell.run(context),
            Self::Balance(balance) => balance.run(context),
            Self::Withdraw(withdraw) => withdraw.run(context),
            Self::Statement(statement) => statement.run(context),
            Self::CheckStatement(check) => check.run(context),
            Self::Report(report) => report.run(context),
            Self::ShowLicence(show) => show.run(context),
            Self::CheckLicence(check) => check.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Somebody at work with a wallet.
struct Work<'a> {
    context: &'a Context,
    node: Ledger,
    wallet: WalletKey,
    keys: MarketKeys,
    search_bits: u32,
}

impl Owner {
    fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<Work<'a>> {
        let node = ledger::open(context)?;
        let wallet = read_key(&self.file.path(context)?, context)?;
        let keys = MarketKeys::of_seed(wallet.seed(), self.number);
        Ok(Work { context, node, wallet, keys, search_bits: self.search_bits })
    }
}

impl Work<'_> {
    fn history(&self) -> anyhow::Result<MarketHistory<'_>> {
        Ok(read_history(&self.keys, &self.node, self.search_bits)?)
    }

    fn account(&self, work: &WorkId) -> anyhow::Result<OwnAccount> {
        let missing = || anyhow!(ExitKind::NoInput).context("these keys were never credited for this work");
        self.history()?.account(work).cloned().ok_or_else(missing)
    }

    fn holder(&self) -> anyhow::Result<Holder> {
        let mut holder = Holder::new(self.wallet.seed(), 0);
        holder.read(&self.node)?;
        Ok(holder)
    }

    fn proving_keys(&self) -> anyhow::Result<ProvingKeys> {
        let key_of = |shape| self.context.parameters.proving_key(shape);
        Ok(ProvingKeys { transfer: key_of(Shape::Transfer)?, cast: key_of(Shape::Cast)? })
    }

    fn parameters(&self) -> anyhow::Result<Parameters> {
        self.context.parameters.load(self.context)
    }

    fn submit(&mut self, transaction: Transaction) -> anyhow::Result<Accepted> {
        Ok(submit(&mut self.node, transaction)?)
    }

    /// Prepares a transfer, and makes the merges that it needs on the way.
    fn ready(
        &mut self,
        holder: &mut Holder,
        label: &AssetLabel,
        mut prepare: impl FnMut(&mut Holder, &Moment<'_>) -> Result<Next, PaymentError>,
    ) -> anyhow::Result<UnprovenTransfer> {
        let keys = self.proving_keys()?;
        loop {
            let at = Moment { state: self.node.state(), keys, now: self.node.now()? };
            match prepare(holder, &at).map_err(|error| explain(error, label))? {
                Next::Transfer(transfer) => return Ok(*transfer),
                Next::Merge(merge) => {
                    self.context
                        .output
                        .remark("More than two of the wallet's notes are needed: they are merged first.");
                    let merge = holder.authorize(merge, &self.parameters()?, &mut OsRng)?;
                    self.submit(merge)?;
                    holder.read(&self.node)?;
                }
            }
        }
    }
}

fn explain(error: PaymentError, label: &AssetLabel) -> anyhow::Error {
    match error {
        PaymentError::Insufficient { available, amount } => anyhow!(
            "{} can be spent, and {} is needed",
            label.amount_and_name(available),
            label.amount_and_name(u128::from(amount))
        ),
        other => other.into(),
    }
}

fn rules(node: &Ledger) -> anyhow::Result<&Rules> {
    node.state().application::<Rules>().context("this ledger has no marketplace")
}

/// The payment asset of a work, as amounts of it are shown.
fn payment_label(node: &Ledger, id: &WorkId) -> anyhow::Result<AssetLabel> {
    let missing =
        || anyhow!(ExitKind::NoInput).context(format!("there is no work {id}: `tabella market list` has them"));
    let state = rules(node)?.work(id).ok_or_else(missing)?;
    Ok(AssetLabel::of(node.state().assets(), &state.work.payment))
}

/// An amount in parts of 1/10^8, with the asset's name.
fn parts_and_name(parts: u128, label: &AssetLabel) -> String {
    format!("{} {}", format_parts(parts, label.decimals), crate::output::visible(&label.name))
}

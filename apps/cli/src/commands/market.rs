//! The marketplace: works with their shares, licences, sales and what comes of them. Nothing is kept of it but the wallet's seed.

mod demo;
mod income;
mod licence;
mod show;
mod trade;
mod work;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tabella_ledger::node::Ledger;
use tabella_market::{
    history::{MarketHistory, OwnAccount, read_history},
    keys::MarketKeys,
    report::format_parts,
};
use tabella_market_rules::{Market as Rules, work::WorkId};

use super::work as common;
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

/// Whose keys, and how far they search for prices.
#[derive(Args, Debug)]
// Its first field is a group of the same name.
#[group(skip)]
struct Owner {
    #[command(flatten)]
    keys: common::Owner<MarketKeys>,
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

/// A holder, a seller or a buyer at work.
type Work<'a> = common::Work<'a, Party>;

/// The wallet's keys, and how far they search for prices.
struct Party {
    market: MarketKeys,
    search_bits: u32,
}

impl Owner {
    fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<Work<'a>> {
        let common::Work { context, node, wallet, keys } = self.keys.begin(context)?;
        Ok(Work { context, node, wallet, keys: Party { market: keys, search_bits: self.search_bits } })
    }
}

impl Work<'_> {
    fn history(&self) -> anyhow::Result<MarketHistory<'_>> {
        Ok(read_history(&self.keys.market, &self.node, self.keys.search_bits)?)
    }

    fn account(&self, work: &WorkId) -> anyhow::Result<OwnAccount> {
        let missing = || ExitKind::missing("these keys were never credited for this work");
        self.history()?.account(work).cloned().ok_or_else(missing)
    }
}

fn rules(node: &Ledger) -> anyhow::Result<&Rules> {
    node.state().application::<Rules>().context("this ledger has no marketplace")
}

/// The payment asset of a work, as amounts of it are shown.
fn payment_label(node: &Ledger, id: &WorkId) -> anyhow::Result<AssetLabel> {
    let missing = || ExitKind::missing(format!("there is no work {id}: `tabella market list` has them"));
    let state = rules(node)?.work(id).ok_or_else(missing)?;
    Ok(AssetLabel::of(node.state().assets(), &state.work.payment))
}

/// An amount in parts of 1/10^8, with the asset's name.
fn parts_and_name(parts: u128, label: &AssetLabel) -> String {
    format!("{} {}", format_parts(parts, label.decimals), crate::output::visible(&label.name))
}

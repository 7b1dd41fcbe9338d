//! A market of neighbours for energy: meters, sealed bids, one price, proved totals. Nothing is kept of readings and bids but the
//! wallet's seed; a device has a key file of its own.

mod chart;
mod demo;
mod market;
mod meter;
mod show;
mod trade;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use tabella_energy::{
    EnergyKeys,
    build::WithTransfers,
    rules::{EnergyMarkets, MarketId, MarketTerms, state::Market},
};
use tabella_ledger::node::Ledger;
use tabella_payments::holder::Holder;
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue},
};
use tabella_prover::builder::{Blinding, UnprovenTransfer};

use super::work::{self, Sent};
use crate::{
    cli::Context,
    output::{ExitKind, visible},
};

/// What operators, households and collectors do.
#[derive(Debug, Subcommand)]
pub enum Energy {
    /// Show the keys that a household's meter, or an operator who names a collector, needs
    Key(market::Key),
    /// Operator: open a market
    Open(Box<market::Open>),
    /// Anyone: list the markets of the ledger
    List,
    /// Anyone: show a market, its latest intervals, and meters that were stopped
    Show(market::ShowMarket),
    /// Anyone: draw price, production and consumption of a market's intervals, as SVG
    Chart(chart::Chart),
    /// Household: make the key file of a meter, and ask a certifier to certify it
    NewMeter(meter::NewMeter),
    /// Certifier: certify a meter
    Certify(meter::Certify),
    /// Certifier: stop a meter from an interval on, and leave its readings out of totals that are not told yet
    Stop(meter::Stop),
    /// Household: register a certified meter
    Register(meter::Register),
    /// The meter: sign readings, of Green Button or CSV files or as given
    Sign(meter::Sign),
    /// Household: put signed readings on the ledger
    Attest(meter::Attest),
    /// Anyone: show two different readings of one interval, which stops a cloned meter
    Expose(meter::Expose),
    /// Household: list what its meters have read
    Readings(meter::OwnReadings),
    /// Household: make notes of what its meters have read as produced
    Mint(meter::Mint),
    /// Bid at the auction of an interval, sealed
    Bid(Box<trade::MakeBid>),
    /// List the wallet's bids, and what they come to
    Bids(trade::ListBids),
    /// Reveal the wallet's bids, after the close
    Reveal(trade::Reveal),
    /// Anyone: clear the auction of an interval
    Clear(market::Clear),
    /// Anyone: list the revealed bids of an auction, compute its result again, and compare it with the ledger's
    Auction(market::CheckAuction),
    /// Take what the wallet's bids came to, and clear the auction first if nobody has
    Take(trade::Take),
    /// Take back what backs bids that were not revealed, less the penalty
    Reclaim(trade::Reclaim),
    /// Collector: tell the sums of its shares of an interval
    Collect(market::Collect),
    /// Operator: take the penalties of bids that were not revealed
    Penalties(market::Penalties),
    /// Try out: a street that sells its sun, with a cloned meter, a false total and a bid that nothing backs
    Demo(demo::Demo),
}

impl Energy {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Key(key) => key.run(context),
            Self::Open(open) => open.run(context),
            Self::List => market::list(context),
            Self::Show(show) => show.run(context),
            Self::Chart(chart) => chart.run(context),
            Self::NewMeter(new) => new.run(context),
            Self::Certify(certify) => certify.run(context),
            Self::Stop(stop) => stop.run(context),
            Self::Register(register) => register.run(context),
            Self::Sign(sign) => sign.run(context),
            Self::Attest(attest) => attest.run(context),
            Self::Expose(expose) => expose.run(context),
            Self::Readings(readings) => readings.run(context),
            Self::Mint(mint) => mint.run(context),
            Self::Bid(bid) => bid.run(context),
            Self::Bids(bids) => bids.run(context),
            Self::Reveal(reveal) => reveal.run(context),
            Self::Clear(clear) => clear.run(context),
            Self::Auction(auction) => auction.run(context),
            Self::Take(take) => take.run(context),
            Self::Reclaim(reclaim) => reclaim.run(context),
            Self::Collect(collect) => collect.run(context),
            Self::Penalties(penalties) => penalties.run(context),
            Self::Demo(demo) => demo.run(context),
        }
    }
}

/// Whose keys.
type Owner = work::Owner<EnergyKeys>;

/// A household, a collector or an operator at work.
type Work<'a> = work::Work<'a, EnergyKeys>;

/// Which market.
#[derive(Args, Debug)]
struct MarketChoice {
    /// Id of the market, or its name if no other market has it
    #[arg(value_name = "MARKET")]
    market: String,
}

impl MarketChoice {
    fn find(&self, node: &Ledger) -> anyhow::Result<(MarketId, MarketTerms)> {
        find(node, &self.market)
    }
}

/// Whose keys, and in which market.
#[derive(Args, Debug)]
struct AtMarket {
    #[command(flatten)]
    owner: Owner,
    #[command(flatten)]
    market: MarketChoice,
}

impl AtMarket {
    fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<(Work<'a>, MarketId, MarketTerms)> {
        let work = self.owner.begin(context)?;
        let (id, terms) = self.market.find(&work.node)?;
        Ok((work, id, terms))
    }
}

fn markets(node: &Ledger) -> anyhow::Result<&EnergyMarkets> {
    node.state().application().ok_or_else(|| anyhow!("the ledger has no markets for energy"))
}

/// The market that a text names.
fn find(node: &Ledger, text: &str) -> anyhow::Result<(MarketId, MarketTerms)> {
    let state = markets(node)?;
    let missing = || {
        let text = format!("there is no market \"{}\" on this ledger: `tabella energy list`", visible(text));
        ExitKind::missing(text)
    };
    let terms = |market: &Market| market.terms.clone();
    if let Ok(id) = text.parse::<MarketId>() {
        return Ok((id, state.market(&id).map(terms).ok_or_else(missing)?));
    }
    let named: Vec<_> = state.markets().filter(|(_, market)| market.terms.name == text).collect();
    match named.as_slice() {
        [(id, market)] => Ok((*id, terms(market))),
        [] => Err(missing()),
        several => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            bail!("{} markets have this name: give the id of one, {}", ids.len(), ids.join(" or "))
        }
    }
}

impl Work<'_> {
    /// Proves, signs and submits.
    fn settle(&mut self, holder: &Holder, with: WithTransfers) -> anyhow::Result<Sent> {
        let transaction = self.prove(holder, with.transaction, with.proofs)?;
        self.send(transaction)
    }

    /// A transfer that brings an amount into the pool, if it is one.
    fn entry(
        &self,
        holder: &mut Holder,
        (asset, amount): (AssetId, u64),
        to: Option<Address>,
        blinding: Blinding,
    ) -> anyhow::Result<Option<UnprovenTransfer>> {
        if amount == 0 {
            return Ok(None);
        }
        let to = to.unwrap_or_else(|| holder.wallet().address(0));
        let value = NoteValue(amount);
        Ok(Some(holder.prepare_entry(&self.moment()?, asset, to, value, blinding, &mut rand_core::OsRng)?))
    }
}

/// Several transactions, with what each of them did.
#[derive(Serialize)]
struct Done {
    /// In words, for people.
    #[serde(skip)]
    nothing: &'static str,
    done: Vec<DoneRow>,
}

#[derive(Serialize)]
struct DoneRow {
    what: String,
    interval: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    energy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    money: Option<String>,
    transaction: String,
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.done.is_empty() {
            return writeln!(f, "{}", self.nothing);
        }
        for DoneRow { what, interval, energy, money, transaction } in &self.done {
            writeln!(f, "interval {interval}: {what}")?;
            for amount in [energy, money].into_iter().flatten() {
                writeln!(f, "  {amount}")?;
            }
            writeln!(f, "  transaction {transaction}")?;
        }
        Ok(())
    }
}

//! Bids of the wallet: made, revealed, taken, reclaimed.

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use rand_core::OsRng;
use tabella_energy::{
    OwnBid, build,
    rules::{BidTerms, MarketId, MarketTerms, Side, bid::Stage, stage_name, state::Outcome},
};
use tabella_payments::amount;
use tabella_protocol::{keys::Address, note::Timestamp};
use tabella_prover::builder::Blinding;

use super::{
    AtMarket, Done, DoneRow, Work, markets,
    show::{BidRow, BidsShown, Placed},
};
use crate::{assets::resolve, cli::Context, commands::work::explain, elections::time::Time, output::visible};

/// Which side.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SideChoice {
    /// Locks money, and wants energy
    Buy,
    /// Locks energy, and wants money
    Sell,
}

/// Arguments of `energy bid`.
#[derive(Args, Debug)]
pub struct MakeBid {
    #[command(flatten)]
    at: AtMarket,
    /// Buy or sell
    #[arg(value_enum)]
    side: SideChoice,
    /// How many lots
    #[arg(long, value_name = "N")]
    lots: u32,
    /// What the price is meant in, which is what the market is paid in: id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
    /// Price of a lot: at most so much if you buy, at least so much if you sell
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// Which interval's auction [default: the latest that has ended]
    #[arg(long, value_name = "INTERVAL")]
    interval: Option<u32>,
}

/// Arguments of `energy bids`.
#[derive(Args, Debug)]
pub struct ListBids {
    #[command(flatten)]
    at: AtMarket,
}

/// Arguments of `energy reveal`.
#[derive(Args, Debug)]
pub struct Reveal {
    #[command(flatten)]
    at: AtMarket,
}

/// Arguments of `energy take`.
#[derive(Args, Debug)]
pub struct Take {
    #[command(flatten)]
    at: AtMarket,
    /// Address for energy and money [default: the wallet's]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

/// Arguments of `energy reclaim`.
#[derive(Args, Debug)]
pub struct Reclaim {
    #[command(flatten)]
    at: AtMarket,
    /// Address for what comes back [default: the wallet's]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl MakeBid {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let now = work.node.now()?;
        let latest = terms.interval_at(now).and_then(|running| running.checked_sub(1));
        let interval = self.interval.or(latest).context("no interval has ended yet: bids are taken after it")?;
        let label = work.label(&terms.payment);
        if resolve(work.node.state().assets(), &self.asset)?.0 != terms.payment {
            let paid = format!("{} ({})", visible(&label.name), label.asset);
            bail!("the market is paid in another asset than --asset names: {paid}");
        }
        let price = amount::parse(&self.price, label.decimals)?;
        let side = match self.side {
            SideChoice::Buy => Side::Buy,
            SideChoice::Sell => Side::Sell,
        };
        let said = BidTerms { lots: self.lots, price };
        let own = OwnBid::new(&work.keys, (id, &terms), (interval, side), said, now, &mut OsRng)?;
        let (asset, locked) = (own.asset(&terms)?, own.locked(&terms));
        let mut holder = work.holder()?;
        let value = locked.value();
        let locked_label = work.label(&asset);
        let exit = work.ready(&mut holder, |holder, at| {
            let exit = holder.prepare_exit(at, asset, value, Blinding::Random, &mut OsRng);
            exit.map_err(|error| explain(error, &locked_label))
        })?;
        let with = build::bid(work.node.id(), &own, &locked, exit, &mut OsRng)?;
        let sent = work.settle(&holder, with)?;
        let time = |time: Option<Timestamp>| Time(time.unwrap_or(Timestamp::MAX));
        context.output.show(&Placed {
            interval,
            side: side.to_string(),
            lots: said.lots,
            limit: label.amount_and_name(u128::from(said.price)),
            locked: locked_label.amount_and_name(u128::from(value.0)),
            reveal_from: time(terms.closes(interval)),
            reveal_until: time(terms.revealed_by(interval)),
            transaction: sent.transaction,
        })
    }
}

impl ListBids {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (work, id, terms) = self.at.begin(context)?;
        let state = markets(&work.node)?;
        let (energy, payment) = (work.label(&terms.energy_id()?), work.label(&terms.payment));
        let row = |(own, stage): (OwnBid, Stage)| {
            let number = own.id?.number;
            let interval = state.interval(id, own.sealed.interval)?;
            let payout = interval.payout(number, terms.lot);
            let price = match &interval.outcome {
                Outcome::Cleared(clearing) => Some(payment.amount(u128::from(clearing.price))),
                Outcome::Open | Outcome::Nothing => None,
            };
            Some(BidRow {
                interval: own.sealed.interval,
                number,
                side: own.sealed.side.to_string(),
                lots: own.said().lots,
                limit: payment.amount(u128::from(own.said().price)),
                stage: stage_name(&stage),
                price,
                energy: payout.map(|payout| energy.amount(u128::from(payout.energy))),
                money: payout.map(|payout| payment.amount(u128::from(payout.money))),
            })
        };
        let bids = OwnBid::of_market(&work.keys, state, id).filter_map(row).collect();
        context.output.show(&BidsShown { bids })
    }
}

/// The wallet's bids of a market that are to be dealt with now.
fn due(work: &Work<'_>, id: MarketId, is_due: impl Fn(&OwnBid, Stage) -> bool) -> anyhow::Result<Vec<OwnBid>> {
    let state = markets(&work.node)?;
    let all = OwnBid::of_market(&work.keys, state, id).filter(|(own, stage)| is_due(own, *stage));
    Ok(all.map(|(own, _)| own).collect())
}

fn has_come(time: Option<Timestamp>, now: Timestamp) -> bool {
    time.is_some_and(|time| now >= time)
}

impl Reveal {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let now = work.node.now()?;
        let is_due = |own: &OwnBid, stage: Stage| {
            let interval = own.sealed.interval;
            stage == Stage::Sealed
                && has_come(terms.closes(interval), now)
                && !has_come(terms.revealed_by(interval), now)
        };
        let mut done = Vec::new();
        for own in due(&work, id, is_due)? {
            let sent = work.send(build::reveal(work.node.id(), &own)?)?;
            let BidTerms { lots, .. } = own.said();
            let what = format!("a bid is revealed, to {} {lots} lots", own.sealed.side);
            let interval = own.sealed.interval;
            done.push(DoneRow { what, interval, energy: None, money: None, transaction: sent.transaction });
        }
        context.output.show(&Done {
            nothing: "No bid of these keys is to be revealed now: `tabella energy bids` lists them.",
            done,
        })
    }
}

impl Take {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let mut done = Vec::new();
        for own in due(&work, id, |_, stage| matches!(stage, Stage::Revealed(_)))? {
            let number = own.id.context("the bid is on the ledger")?.number;
            let interval = own.sealed.interval;
            let now = work.node.now()?;
            let of = markets(&work.node)?.interval(id, interval).context("the interval is there")?;
            // Bids are still revealed.
            let Some((cleared, clear)) = build::settled((id, &terms), (interval, of), now) else { continue };
            let payout = cleared.payout(number, terms.lot).context("the bid was revealed")?;
            let mut holder = work.holder()?;
            let assets = (terms.energy_id()?, terms.payment);
            let energy = work.entry(&mut holder, (assets.0, payout.energy), self.to, Blinding::Public)?;
            let money = work.entry(&mut holder, (assets.1, payout.money), self.to, Blinding::Public)?;
            let with = build::take(work.node.id(), &own, clear, energy, money)?;
            let sent = work.settle(&holder, with)?;
            let shown =
                |asset, amount: u64| (amount > 0).then(|| work.label(asset).amount_and_name(u128::from(amount)));
            done.push(DoneRow {
                what: format!("what a bid to {} came to is in the wallet", own.sealed.side),
                interval,
                energy: shown(&assets.0, payout.energy),
                money: shown(&assets.1, payout.money),
                transaction: sent.transaction,
            });
        }
        context.output.show(&Done {
            nothing: "Nothing is to be taken now: a bid comes to something once it is revealed and the time of revealing is over. \
                      `tabella energy bids` lists the wallet's.",
            done,
        })
    }
}

impl Reclaim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let now = work.node.now()?;
        let is_due = |own: &OwnBid, stage: Stage| {
            stage == Stage::Sealed && has_come(terms.revealed_by(own.sealed.interval), now)
        };
        let mut done = Vec::new();
        for own in due(&work, id, is_due)? {
            done.push(reclaim(&mut work, &terms, &own, self.to)?);
        }
        context.output.show(&Done { nothing: "Nothing is to be reclaimed.", done })
    }
}

fn reclaim(work: &mut Work<'_>, terms: &MarketTerms, own: &OwnBid, to: Option<Address>) -> anyhow::Result<DoneRow> {
    let (asset, locked) = (own.asset(terms)?, own.locked(terms).value());
    let Some(back) = locked.0.checked_sub(terms.penalty_of(locked.0)) else { bail!("the penalty is more than all") };
    let mut holder = work.holder()?;
    let entry = work.entry(&mut holder, (asset, back), to, Blinding::Public)?;
    let with = build::reclaim(work.node.id(), own, locked, entry)?;
    let sent = work.settle(&holder, with)?;
    let shown = Some(work.label(&asset).amount_and_name(u128::from(back)));
    let (energy, money) = match own.sealed.side {
        Side::Buy => (None, shown),
        Side::Sell => (shown, None),
    };
    let what = "what backed a bid that was not revealed came back, less the penalty".to_owned();
    Ok(DoneRow { what, interval: own.sealed.interval, energy, money, transaction: sent.transaction })
}

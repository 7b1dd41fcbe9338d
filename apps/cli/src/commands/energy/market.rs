//! Markets: opened, shown, cleared, added up.

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use tabella_energy::{
    Readings,
    audit::Auction,
    build, reading,
    rules::{
        EnergyMarkets, MarketTerms, PartyKeys, Side,
        state::Outcome,
        terms::{ENERGY_DECIMALS, MIN_GROUP, WHOLE},
    },
};
use tabella_payments::{amount, holder::submit};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    keys::Address,
    note::NoteValue,
};
use tabella_prover::builder::Blinding;
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{
    AtMarket, Done, DoneRow, MarketChoice, Owner, markets,
    show::{AuctionRow, AuctionShown, ClearedShown, ListedMarket, MarketShown, Markets, Opened, OwnKeys, Told},
};
use crate::{
    assets::{AssetLabel, resolve},
    bytes::bytes32,
    cli::Context,
    commands::{asset::IssuerFile, ledger},
    elections::time,
};

/// Arguments of `energy key`.
#[derive(Args, Debug)]
pub struct Key {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `energy open`.
#[derive(Args, Debug)]
pub struct Open {
    #[command(flatten)]
    operator: IssuerFile,
    /// Name of the market, which its asset of energy has too
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Id of the asset of payment, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    payment: String,
    /// Keys of a collector, as `tabella energy key` shows them; 2 to 4 of them, who do not tell each other what they learn
    #[arg(long = "collector", value_name = "KEYS", required = true)]
    collectors: Vec<PartyKeys>,
    /// Ed25519 key that certifies meters; several are allowed [default: the operator's]
    #[arg(long = "certifier", value_name = "HEX", value_parser = hex_key)]
    certifiers: Vec<[u8; 32]>,
    /// When interval 0 begins, as in 2026-12-01T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Length of an interval in minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    interval: u32,
    /// For how many minutes after an interval its readings and bids are taken, at most the interval [default: the interval]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=43_200))]
    bidding: Option<u32>,
    /// For how many minutes after that bids are revealed
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    revealing: u32,
    /// How many watt-hours a lot is
    #[arg(long, value_name = "WH", default_value_t = 100)]
    lot: u32,
    /// Step of prices of a lot, as in 0.0005
    #[arg(long, value_name = "AMOUNT")]
    tick: String,
    /// Highest price of a lot
    #[arg(long, value_name = "AMOUNT")]
    max_price: String,
    /// Most bids of an interval
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_bids: u32,
    /// How many hundredths of a percent of its lock a bid loses that is not revealed
    #[arg(long, value_name = "BASIS_POINTS", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(0..=i64::from(WHOLE)))]
    penalty: u16,
    /// Of how many readings a total is made at least
    #[arg(long, value_name = "N", default_value_t = MIN_GROUP)]
    smallest_group: u32,
}

/// Arguments of `energy show`.
#[derive(Args, Debug)]
pub struct ShowMarket {
    #[command(flatten)]
    market: MarketChoice,
}

/// Arguments of `energy clear`.
#[derive(Args, Debug)]
pub struct Clear {
    #[command(flatten)]
    market: MarketChoice,
    /// Which interval
    #[arg(value_name = "INTERVAL")]
    interval: u32,
}

/// Arguments of `energy auction`.
#[derive(Args, Debug)]
pub struct CheckAuction {
    #[command(flatten)]
    market: MarketChoice,
    /// Which interval
    #[arg(value_name = "INTERVAL")]
    interval: u32,
}

/// Arguments of `energy collect`.
#[derive(Args, Debug)]
pub struct Collect {
    #[command(flatten)]
    at: AtMarket,
    /// Which interval
    #[arg(value_name = "INTERVAL")]
    interval: u32,
}

/// Arguments of `energy penalties`.
#[derive(Args, Debug)]
pub struct Penalties {
    #[command(flatten)]
    at: AtMarket,
    #[command(flatten)]
    operator: IssuerFile,
    /// Address for them [default: the wallet's]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

pub(super) fn hex_key(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "an Ed25519 key is 64 hexadecimal digits".to_owned())
}

impl Key {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (_, keys) = self.owner.open(context)?;
        context.output.show(&OwnKeys { keys: keys.public().to_string() })
    }
}

impl Open {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let key = self.operator.key(context)?;
        let terms = self.terms(&node, key.verifying_key().to_bytes())?;
        terms.check()?;
        let id = terms.id(node.id());
        let transaction = build::open(&key, node.id(), &terms);
        let accepted = submit(&mut node, transaction)?;
        context.output.show(&Opened {
            market: id.to_string(),
            energy: AssetLabel::of(node.state().assets(), &terms.energy_id()?),
            start: time::Time(terms.start),
            transaction: accepted.digest.to_string(),
        })
    }

    fn terms(self, node: &tabella_ledger::node::Ledger, operator: [u8; 32]) -> anyhow::Result<MarketTerms> {
        let assets = node.state().assets();
        let (payment, state) = resolve(assets, &self.payment)?;
        let decimals = state.description.decimals;
        let mut nonce = [0; 32];
        OsRng.fill_bytes(&mut nonce);
        Ok(MarketTerms {
            energy: AssetDescription {
                issuer: operator,
                name: format!("kWh of {}", self.name),
                decimals: ENERGY_DECIMALS,
                // Sealed before any is issued: no cap is ever reached.
                cap: 1,
                class: AssetClass::Ordinary,
                uid: None,
                body: nonce,
            },
            name: self.name,
            operator,
            certifiers: if self.certifiers.is_empty() { vec![operator] } else { self.certifiers },
            collectors: self.collectors,
            payment,
            start: match &self.start {
                Some(text) => time::parse(text, None)?,
                None => node.now()?,
            },
            interval_seconds: self.interval.saturating_mul(60),
            bid_seconds: self.bidding.unwrap_or(self.interval).saturating_mul(60),
            reveal_seconds: self.revealing.saturating_mul(60),
            lot: self.lot,
            tick: amount::parse(&self.tick, decimals)?,
            max_price: amount::parse(&self.max_price, decimals)?,
            max_bids: self.max_bids,
            penalty: self.penalty,
            smallest_group: self.smallest_group,
            nonce,
        })
    }
}

pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let node = ledger::open(context)?;
    let state = markets(&node)?;
    let listed = state.markets().map(|(id, market)| ListedMarket {
        market: id.to_string(),
        name: market.terms.name.clone(),
        meters: state.meters(id).count(),
        intervals: state.intervals(id).count(),
    });
    context.output.show(&Markets { markets: listed.collect() })
}

impl ShowMarket {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (id, terms) = self.market.find(&node)?;
        let row = markets(&node)?.row(&InstanceId(id.0), node.now()?).context("the market is not there")?;
        context.output.show(&MarketShown {
            market: id.to_string(),
            payment: AssetLabel::of(node.state().assets(), &terms.payment),
            row,
        })
    }
}

impl Clear {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let (id, terms) = self.market.find(&node)?;
        let found = |state: &EnergyMarkets| state.interval(id, self.interval).cloned();
        let interval =
            found(markets(&node)?).with_context(|| format!("there are no bids in interval {}", self.interval))?;
        let transaction = build::clear(node.id(), (id, self.interval), &interval, terms.tick);
        let accepted = submit(&mut node, transaction)?;
        let outcome = found(markets(&node)?).map(|interval| interval.outcome);
        let traded = match outcome {
            Some(Outcome::Cleared(clearing)) => Some((clearing.price, clearing.lots)),
            _ => None,
        };
        let label = AssetLabel::of(node.state().assets(), &terms.payment);
        context.output.show(&ClearedShown {
            interval: self.interval,
            price: traded.map(|(price, _)| label.amount(u128::from(price))),
            lots: traded.map(|(_, lots)| lots),
            lot: terms.lot,
            payment: label,
            transaction: accepted.digest.to_string(),
        })
    }
}

impl CheckAuction {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (id, terms) = self.market.find(&node)?;
        let number = self.interval;
        let interval = markets(&node)?.interval(id, number).filter(|interval| interval.bids.size() > 0);
        let interval = interval.with_context(|| format!("there are no bids in interval {number}"))?;
        let audit = Auction::of_ledger(&node, (id, number))?.check(node.id(), &terms, interval);
        let label = AssetLabel::of(node.state().assets(), &terms.payment);
        let price = |units: u64| label.amount(u128::from(units));
        let row = |bid: &tabella_energy::audit::AuditRow| AuctionRow {
            bid: bid.number,
            side: bid.side.to_string(),
            lots: bid.said.map(|said| said.lots),
            limit: bid.said.map(|said| price(said.price)),
            filled: bid.said.map(|_| bid.filled),
        };
        let differs = !audit.differences.is_empty();
        context.output.show(&AuctionShown {
            interval: number,
            bids: audit.bids.iter().map(row).collect(),
            price: audit.found.map(|traded| price(traded.price)),
            lots: audit.found.map(|traded| traded.lots),
            lot: terms.lot,
            cleared: audit.is_cleared,
            agrees: (audit.is_cleared || differs).then_some(!differs),
            differences: audit.differences.iter().map(ToString::to_string).collect(),
            payment: label,
        })?;
        if differs {
            bail!(
                "the ledger's auction of interval {number} is not what its bids come to: show its operator the differences"
            );
        }
        Ok(())
    }
}

impl Collect {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, _) = self.at.begin(context)?;
        let readings = Readings::of_ledger(&work.node, id)?;
        let told =
            reading::subtotal(&work.keys, markets(&work.node)?, &readings, self.interval, work.node.state().time())?;
        let sent = work.send(build::subtotal(&work.keys, work.node.id(), (id, self.interval), told))?;
        let interval = markets(&work.node)?.interval(id, self.interval).context("the interval is not there")?;
        let totals = interval.totals.total();
        let show = |watt_hours: u64| amount::format(u128::from(watt_hours), ENERGY_DECIMALS);
        context.output.show(&Told {
            interval: self.interval,
            collector: told.0,
            readings: interval.totals.readings(),
            produced: totals.map(|[produced, _]| show(produced)),
            consumed: totals.map(|[_, consumed]| show(consumed)),
            transaction: sent.transaction,
        })
    }
}

impl Penalties {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let (mut work, id, terms) = self.at.begin(context)?;
        let key = self.operator.key(context)?;
        let waiting = markets(&work.node)?.market(&id).context("the market is not there")?.penalties;
        let sides = [(Side::Buy, terms.payment), (Side::Sell, terms.energy_id()?)];
        let mut done = Vec::new();
        for ((side, asset), amount) in sides.into_iter().zip(waiting) {
            let mut holder = work.holder()?;
            let Some(entry) = work.entry(&mut holder, (asset, amount), self.to, Blinding::Public)? else { continue };
            let with = build::penalties(&key, work.node.id(), id, (side, NoteValue(amount)), entry)?;
            let sent = work.settle(&holder, with)?;
            let shown = Some(work.label(&asset).amount_and_name(u128::from(amount)));
            let (energy, money) = if side == Side::Buy { (None, shown) } else { (shown, None) };
            let what = format!("penalties of {side}s");
            done.push(DoneRow { what, interval: 0, energy, money, transaction: sent.transaction });
        }
        context.output.show(&Done { nothing: "No penalties wait.", done })
    }
}

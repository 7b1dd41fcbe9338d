//! What everybody may know of a market.

use serde::Serialize;
use tabella_protocol::note::Timestamp;

use crate::{
    bid::Stage,
    state::{EnergyMarkets, Interval, Outcome},
    terms::{MarketId, MarketTerms},
};

/// How many intervals a market's row shows: the latest.
const SHOWN_INTERVALS: usize = 96;
/// How many stopped meters it shows.
const SHOWN_METERS: usize = 100;

/// What everybody may know of an interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalRow {
    /// Its number.
    pub interval: u32,
    /// When it ends, in seconds after 1970.
    pub ends: u64,
    /// How many meters were read, without those that were left out.
    pub readings: u32,
    /// Of how many meters the reading was left out, because their certifier has stopped them.
    pub left_out: u32,
    /// How many of these were minted before: their energy is in notes, and in no total.
    pub left_out_minted: u32,
    /// What all of them produced, in Wh, as text; none before all collectors have told their sums.
    pub produced: Option<String>,
    /// What all of them consumed, in Wh, as text.
    pub consumed: Option<String>,
    /// How many bids there are.
    pub bids: usize,
    /// How many of them were revealed.
    pub revealed: usize,
    /// `bidding`, `revealing`, `to clear`, `nothing traded` or `cleared`.
    pub stage: &'static str,
    /// The price of a lot in smallest units, as text; none if nothing was traded.
    pub price: Option<String>,
    /// How many lots were traded, as text.
    pub lots: Option<String>,
}

impl IntervalRow {
    /// An interval at a time.
    #[must_use]
    pub fn new(terms: &MarketTerms, (number, interval): (u32, &Interval), now: Timestamp) -> Self {
        let text = |total: u64| total.to_string();
        let totals = interval.totals.total();
        let is_before = |time: Option<Timestamp>| time.is_some_and(|time| now < time);
        let (stage, clearing) = match &interval.outcome {
            Outcome::Cleared(clearing) => ("cleared", Some(clearing)),
            Outcome::Nothing => ("nothing traded", None),
            Outcome::Open if is_before(terms.closes(number)) => ("bidding", None),
            Outcome::Open if is_before(terms.revealed_by(number)) => ("revealing", None),
            Outcome::Open => ("to clear", None),
        };
        Self {
            interval: number,
            ends: terms.ends(number).map_or(0, Timestamp::seconds),
            readings: interval.totals.readings(),
            left_out: interval.totals.left_out(),
            left_out_minted: interval.totals.left_out_minted(),
            produced: totals.map(|[produced, _]| text(produced)),
            consumed: totals.map(|[_, consumed]| text(consumed)),
            bids: interval.bids.size(),
            revealed: interval.bids.values().filter(|bid| bid.revealed().is_some()).count(),
            stage,
            price: clearing.map(|clearing| text(clearing.price)),
            lots: clearing.map(|clearing| text(clearing.lots)),
        }
    }
}

/// A meter that was stopped, with what shows why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoppedRow {
    /// The meter's signer.
    pub meter: String,
    /// For which interval it has signed two readings.
    pub interval: u32,
    /// What it has signed.
    pub messages: [String; 2],
    /// Its signatures.
    pub signatures: [String; 2],
}

/// A meter that its certifier has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndedRow {
    /// The meter's signer.
    pub meter: String,
    /// The key of the certifier.
    pub certifier: String,
    /// The first interval that it does not read.
    pub from: u32,
}

/// What everybody may know of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarketRow {
    /// Its name.
    pub name: String,
    /// The operator's key.
    pub operator: String,
    /// The asset of energy.
    pub energy: String,
    /// The asset of payment.
    pub payment: String,
    /// When interval 0 begins, in seconds after 1970.
    pub start: u64,
    /// Length of an interval, in seconds.
    pub interval_seconds: u32,
    /// For how long bids are taken, in seconds.
    pub bid_seconds: u32,
    /// For how long they are revealed, in seconds.
    pub reveal_seconds: u32,
    /// Watt-hours of a lot.
    pub lot: u32,
    /// The tick of prices, in smallest units, as text.
    pub tick: String,
    /// The highest price, as text.
    pub max_price: String,
    /// The penalty of unrevealed bids, in basis points.
    pub penalty: u16,
    /// How many collectors add up readings.
    pub collectors: usize,
    /// Of how many readings a total is made at least.
    pub smallest_group: u32,
    /// How many meters there are.
    pub meters: usize,
    /// Those that were stopped because they have signed two readings of an interval, 100 at most.
    pub stopped: Vec<StoppedRow>,
    /// Those that their certifier has stopped, 100 at most.
    pub ended: Vec<EndedRow>,
    /// The latest 96 intervals in which something has happened, the first of them first.
    pub intervals: Vec<IntervalRow>,
}

impl MarketRow {
    pub(crate) fn new(state: &EnergyMarkets, id: MarketId, now: Timestamp) -> Option<Self> {
        let terms = &state.market(&id)?.terms;
        let stopped = state.meters(id).filter_map(|meter| {
            let evidence = meter.stopped?;
            Some(StoppedRow {
                meter: hex::encode(meter.record.meter.signer),
                interval: evidence.interval,
                messages: evidence.messages.map(hex::encode),
                signatures: evidence.signatures.map(|signature| hex::encode(signature.0)),
            })
        });
        let ended = state.meters(id).filter_map(|meter| {
            Some(EndedRow {
                meter: hex::encode(meter.record.meter.signer),
                certifier: terms.certifiers.get(usize::from(meter.certifier)).map(hex::encode)?,
                from: meter.until?,
            })
        });
        let latest = state.intervals(id).rev().take(SHOWN_INTERVALS);
        let mut intervals: Vec<_> = latest.map(|interval| IntervalRow::new(terms, interval, now)).collect();
        intervals.reverse();
        Some(Self {
            name: terms.name.clone(),
            operator: hex::encode(terms.operator),
            energy: terms.energy_id().ok()?.to_string(),
            payment: terms.payment.to_string(),
            start: terms.start.seconds(),
            interval_seconds: terms.interval_seconds,
            bid_seconds: terms.bid_seconds,
            reveal_seconds: terms.reveal_seconds,
            lot: terms.lot,
            tick: terms.tick.to_string(),
            max_price: terms.max_price.to_string(),
            penalty: terms.penalty,
            collectors: terms.collectors.len(),
            smallest_group: terms.smallest_group,
            meters: state.meters(id).count(),
            stopped: stopped.take(SHOWN_METERS).collect(),
            ended: ended.take(SHOWN_METERS).collect(),
            intervals,
        })
    }
}

/// The word for how far a bid has come.
#[must_use]
pub const fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Sealed => "sealed",
        Stage::Revealed(_) => "revealed",
        Stage::Paid(_) => "paid out",
    }
}

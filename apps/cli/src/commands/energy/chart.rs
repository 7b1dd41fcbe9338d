//! The chart of a market.

use std::{fmt, path::PathBuf};

use clap::Args;
use serde::Serialize;
use tabella_energy::{
    chart::{Point, Words, chart},
    rules::{EnergyMarkets, MarketId, MarketTerms, state::Outcome},
};

use super::{MarketChoice, markets};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    elections::time::Time,
    paths::{Readers, write_new},
};

/// Most intervals of a chart.
const MAX_INTERVALS: usize = 96;

/// Arguments of `energy chart`.
#[derive(Args, Debug)]
pub struct Chart {
    #[command(flatten)]
    market: MarketChoice,
    /// File of the chart, SVG
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

impl Chart {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (id, terms) = self.market.find(&node)?;
        let label = AssetLabel::of(node.state().assets(), &terms.payment);
        let (intervals, svg) = draw(markets(&node)?, (id, &terms), &label);
        write_new(&self.output, svg.as_bytes(), Readers::Default)?;
        context.output.show(&Drawn { intervals, file: self.output })
    }
}

/// The latest intervals of a market, and how many they are.
pub(super) fn draw(
    state: &EnergyMarkets,
    (id, terms): (MarketId, &MarketTerms),
    payment: &AssetLabel,
) -> (usize, String) {
    let mut latest: Vec<_> = state.intervals(id).rev().take(MAX_INTERVALS).collect();
    latest.reverse();
    let points: Vec<Point> = latest
        .into_iter()
        .map(|(number, interval)| Point {
            label: label(terms, number),
            price: match &interval.outcome {
                Outcome::Cleared(clearing) => Some(clearing.price),
                Outcome::Open | Outcome::Nothing => None,
            },
            energy: interval.totals.total(),
        })
        .collect();
    let words = Words {
        title: format!("{}: price, production and consumption", terms.name),
        price: format!("price of {} Wh, {}", terms.lot, payment.name),
        decimals: payment.decimals,
    };
    (points.len(), chart(&words, &points))
}

/// When an interval begins: the hour alone, of `2026-12-01T12:15:00Z`, the day where it changes.
fn label(terms: &MarketTerms, number: u32) -> String {
    let start = terms.ends(number).and_then(|end| {
        tabella_protocol::note::Timestamp::new(end.seconds().saturating_sub(u64::from(terms.interval_seconds)))
    });
    let text = start.map_or_else(|| number.to_string(), |start| Time(start).to_string());
    match (text.get(5..10), text.get(11..16)) {
        (Some(day), Some("00:00")) => day.to_owned(),
        (_, Some(hour)) => hour.to_owned(),
        _ => text,
    }
}

#[derive(Serialize)]
struct Drawn {
    intervals: usize,
    file: PathBuf,
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} intervals are drawn in {}", self.intervals, self.file.display())
    }
}

//! The chart of a market.

use std::{fmt, path::PathBuf};

use clap::Args;
use serde::Serialize;
use tabella_energy::{
    chart::of_market,
    rules::{EnergyMarkets, MarketId, MarketTerms},
};

use super::{MarketChoice, markets};
use crate::{
    assets::AssetLabel,
    cli::Context,
    commands::ledger,
    paths::{Readers, write_new},
};

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
pub(super) fn draw(state: &EnergyMarkets, market: (MarketId, &MarketTerms), payment: &AssetLabel) -> (usize, String) {
    of_market(state, market, (payment.name.as_str(), payment.decimals), "price, production and consumption")
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

//! What the commands of markets show.

use std::{fmt, path::PathBuf};

use serde::Serialize;
use tabella_energy::rules::{IntervalRow, MarketRow};
use tabella_payments::amount;

use crate::{
    assets::AssetLabel,
    elections::time::{Time, span},
    output::{Table, visible},
};

const DASH: &str = "-";

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| DASH.to_owned())
}

#[derive(Serialize)]
pub(super) struct OwnKeys {
    pub(super) keys: String,
}

impl fmt::Display for OwnKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.keys)?;
        writeln!(
            f,
            "\n`tabella energy new-meter --household …` and `open --collector …` need these. They are no secret."
        )
    }
}

#[derive(Serialize)]
pub(super) struct Opened {
    pub(super) market: String,
    pub(super) energy: AssetLabel,
    pub(super) start: Time,
    pub(super) transaction: String,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "market       {}", self.market)?;
        writeln!(f, "energy       {}, asset {}", visible(&self.energy.name), self.energy.asset)?;
        writeln!(f, "interval 0   begins at {}", self.start)?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct ListedMarket {
    pub(super) market: String,
    pub(super) name: String,
    pub(super) meters: usize,
    pub(super) intervals: usize,
}

#[derive(Serialize)]
pub(super) struct Markets {
    pub(super) markets: Vec<ListedMarket>,
}

impl fmt::Display for Markets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.markets.is_empty() {
            return writeln!(f, "The ledger has no market for energy: `tabella energy open` opens one.");
        }
        let mut table = Table::new(&["market", "name", ">meters", ">intervals"]);
        for market in &self.markets {
            table.row([
                market.market.clone(),
                visible(&market.name),
                market.meters.to_string(),
                market.intervals.to_string(),
            ]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
pub(super) struct MarketShown {
    pub(super) market: String,
    #[serde(skip)]
    pub(super) payment: AssetLabel,
    #[serde(flatten)]
    pub(super) row: MarketRow,
}

impl MarketShown {
    /// A price of the row.
    fn price(&self, text: &str) -> String {
        text.parse().map_or_else(|_| text.to_owned(), |units| self.payment.amount(units))
    }
}

fn kilowatt_hours(text: Option<&String>) -> String {
    or_dash(text.and_then(|text| Some(amount::format(text.parse().ok()?, 3))))
}

impl fmt::Display for MarketShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        let seconds = |seconds: u32| span(u64::from(seconds));
        writeln!(f, "market       {}, {}", visible(&row.name), self.market)?;
        writeln!(f, "operator     {}", row.operator)?;
        let (tick, most) = (self.price(&row.tick), self.price(&row.max_price));
        writeln!(f, "price        of {} Wh, {tick} to {most} {}", row.lot, visible(&self.payment.name))?;
        writeln!(f, "energy       asset {}", row.energy)?;
        writeln!(
            f,
            "intervals    of {}; bids for {}, revealed for {}; unrevealed bids lose {} of 10,000",
            seconds(row.interval_seconds),
            seconds(row.bid_seconds),
            seconds(row.reveal_seconds),
            row.penalty
        )?;
        writeln!(
            f,
            "meters       {}; totals of at least {}, told by {} collectors together",
            row.meters, row.smallest_group, row.collectors
        )?;
        for stopped in &row.stopped {
            writeln!(f, "\nStopped: meter {} has signed two readings of interval {}", stopped.meter, stopped.interval)?;
            for (message, signature) in stopped.messages.iter().zip(&stopped.signatures) {
                writeln!(f, "  reading {message}\n  signed  {signature}")?;
            }
        }
        for ended in &row.ended {
            writeln!(f, "\nStopped by its certifier: meter {}, from interval {} on", ended.meter, ended.from)?;
        }
        if row.intervals.is_empty() {
            return writeln!(f, "\nNothing has happened in it yet.");
        }
        let mut table = Table::new(&[
            ">interval",
            ">read",
            ">left out",
            ">minted",
            ">kWh produced",
            ">kWh consumed",
            ">bids",
            "stage",
            ">price",
            ">lots",
        ]);
        for one in &row.intervals {
            let IntervalRow { interval, readings, left_out, bids, stage, price, lots, .. } = one;
            table.row([
                interval.to_string(),
                readings.to_string(),
                left_out.to_string(),
                one.left_out_minted.to_string(),
                kilowatt_hours(one.produced.as_ref()),
                kilowatt_hours(one.consumed.as_ref()),
                bids.to_string(),
                (*stage).to_owned(),
                or_dash(price.as_ref().map(|price| self.price(price))),
                or_dash(lots.clone()),
            ]);
        }
        write!(f, "\n{table}")
    }
}

#[derive(Serialize)]
pub(super) struct ClearedShown {
    pub(super) interval: u32,
    pub(super) price: Option<String>,
    pub(super) lots: Option<u64>,
    pub(super) lot: u32,
    pub(super) payment: AssetLabel,
    pub(super) transaction: String,
}

impl fmt::Display for ClearedShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.price, self.lots) {
            (Some(price), Some(lots)) => {
                let name = visible(&self.payment.name);
                writeln!(f, "interval {}: {lots} lots of {} Wh at {price} {name} each", self.interval, self.lot)?;
            }
            _ => writeln!(f, "interval {}: no buy met a sell", self.interval)?,
        }
        writeln!(f, "transaction  {}\n\n`tabella energy take` pays out.", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct AuctionRow {
    pub(super) bid: u32,
    pub(super) side: String,
    /// None if it was not revealed, and of the next two.
    pub(super) lots: Option<u32>,
    pub(super) limit: Option<String>,
    pub(super) filled: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct AuctionShown {
    pub(super) interval: u32,
    pub(super) bids: Vec<AuctionRow>,
    pub(super) price: Option<String>,
    pub(super) lots: Option<u64>,
    pub(super) lot: u32,
    pub(super) cleared: bool,
    /// None before the ledger has a result.
    pub(super) agrees: Option<bool>,
    pub(super) differences: Vec<String>,
    pub(super) payment: AssetLabel,
}

impl fmt::Display for AuctionShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&[">bid", "side", ">lots", ">limit", ">filled"]);
        let number = |number: Option<u32>| or_dash(number.map(|number| number.to_string()));
        for row in &self.bids {
            let limit = row.limit.clone().unwrap_or_else(|| "not revealed".to_owned());
            table.row([row.bid.to_string(), row.side.clone(), number(row.lots), limit, number(row.filled)]);
        }
        writeln!(f, "{table}")?;
        match (&self.price, self.lots) {
            (Some(price), Some(lots)) => {
                let name = visible(&self.payment.name);
                writeln!(f, "computed     {lots} lots of {} Wh at {price} {name} each", self.lot)?;
            }
            _ => writeln!(f, "computed     no buy meets a sell")?,
        }
        let ledger = match self.agrees {
            None => "has no result yet: `tabella energy clear` states it",
            Some(true) => "has the same result",
            Some(false) => "differs:",
        };
        writeln!(f, "the ledger   {ledger}")?;
        self.differences.iter().try_for_each(|difference| writeln!(f, "  {difference}"))
    }
}

#[derive(Serialize)]
pub(super) struct Told {
    pub(super) interval: u32,
    pub(super) collector: u8,
    pub(super) readings: u32,
    pub(super) produced: Option<String>,
    pub(super) consumed: Option<String>,
    pub(super) transaction: String,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "interval {}: the sums of collector {} over {} meters",
            self.interval, self.collector, self.readings
        )?;
        match (&self.produced, &self.consumed) {
            (Some(produced), Some(consumed)) => {
                writeln!(f, "produced     {produced} kWh\nconsumed     {consumed} kWh")?
            }
            _ => writeln!(f, "totals       are known when every collector has told its sums")?,
        }
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct NewMeterShown {
    pub(super) meter: String,
    pub(super) key_file: PathBuf,
    pub(super) request: PathBuf,
}

impl fmt::Display for NewMeterShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "meter        {}\nkey file     {}", self.meter, self.key_file.display())?;
        writeln!(f, "request      {}", self.request.display())?;
        writeln!(f, "\nGive the request to a certifier. Do not copy the key file: a meter that signs twice is stopped.")
    }
}

#[derive(Serialize)]
pub(super) struct Certified {
    pub(super) meter: String,
    pub(super) household: String,
    pub(super) first: u32,
    pub(super) ceiling: String,
    pub(super) file: PathBuf,
}

impl fmt::Display for Certified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "meter        {}\nhousehold    {}", self.meter, self.household)?;
        writeln!(f, "reads        from interval {} on, at most {} kWh in one", self.first, self.ceiling)?;
        writeln!(f, "certificate  {}", self.file.display())
    }
}

#[derive(Serialize)]
pub(super) struct Registered {
    pub(super) meter: String,
    pub(super) transaction: String,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "meter        {}\ntransaction  {}", self.meter, self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct Ended {
    pub(super) meter: String,
    pub(super) from: u32,
    /// Of which intervals its reading is left out now.
    pub(super) left_out: Vec<u32>,
    pub(super) transactions: Vec<String>,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "meter {} reads and mints nothing from interval {} on", self.meter, self.from)?;
        for interval in &self.left_out {
            writeln!(f, "its reading of interval {interval} is left out of the total")?;
        }
        self.transactions.iter().try_for_each(|transaction| writeln!(f, "transaction  {transaction}"))
    }
}

#[derive(Serialize)]
pub(super) struct Signed {
    pub(super) readings: Vec<PathBuf>,
    pub(super) signed_before: usize,
    /// Left out, because their readings are not taken any more.
    pub(super) closed: Vec<u32>,
    /// Left out, because they are above what the meter is certified for.
    pub(super) over: Vec<u32>,
    pub(super) incomplete: Vec<u32>,
    pub(super) next: u32,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.readings {
            writeln!(f, "{}", path.display())?;
        }
        writeln!(f, "{} readings are signed; the meter's next interval is {}", self.readings.len(), self.next)?;
        if self.signed_before > 0 {
            writeln!(f, "{} intervals come before it, and are not signed any more", self.signed_before)?;
        }
        for interval in &self.closed {
            writeln!(f, "interval {interval} is left out: its readings are not taken any more, it is lost")?;
        }
        for interval in &self.over {
            writeln!(f, "interval {interval} is left out: it is more than the meter is certified for")?;
        }
        for interval in &self.incomplete {
            writeln!(f, "interval {interval} is left out: the file does not cover all of it")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
pub(super) struct ReadingRow {
    pub(super) meter: String,
    pub(super) interval: u32,
    pub(super) produced: String,
    pub(super) consumed: String,
    pub(super) minted: bool,
    /// Whether it counts in no total, because the meter's certifier has stopped it.
    pub(super) left_out: bool,
}

#[derive(Serialize)]
pub(super) struct ReadingsShown {
    pub(super) readings: Vec<ReadingRow>,
}

impl fmt::Display for ReadingsShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.readings.is_empty() {
            return writeln!(f, "No meter of these keys has a reading on the ledger.");
        }
        let mut table = Table::new(&["meter", ">interval", ">kWh produced", ">kWh consumed", "minted", "left out"]);
        for row in &self.readings {
            let word = |is_so| if is_so { "yes" } else { "no" };
            table.row([
                row.meter.clone(),
                row.interval.to_string(),
                row.produced.clone(),
                row.consumed.clone(),
                word(row.minted).to_owned(),
                word(row.left_out).to_owned(),
            ]);
        }
        write!(f, "{table}")
    }
}

#[derive(Serialize)]
pub(super) struct Placed {
    pub(super) interval: u32,
    pub(super) side: String,
    pub(super) lots: u32,
    pub(super) limit: String,
    pub(super) locked: String,
    pub(super) reveal_from: Time,
    pub(super) reveal_until: Time,
    pub(super) transaction: String,
}

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "a bid to {} in the auction of interval {}, sealed", self.side, self.interval)?;
        writeln!(f, "lots         {}, at {} each", self.lots, self.limit)?;
        writeln!(f, "locked       {}", self.locked)?;
        writeln!(f, "reveal it    from {} until {}: `tabella energy reveal`", self.reveal_from, self.reveal_until)?;
        writeln!(f, "transaction  {}", self.transaction)
    }
}

#[derive(Serialize)]
pub(super) struct BidRow {
    pub(super) interval: u32,
    pub(super) number: u32,
    pub(super) side: String,
    pub(super) lots: u32,
    pub(super) limit: String,
    pub(super) stage: &'static str,
    pub(super) price: Option<String>,
    pub(super) energy: Option<String>,
    pub(super) money: Option<String>,
}

#[derive(Serialize)]
pub(super) struct BidsShown {
    pub(super) bids: Vec<BidRow>,
}

impl fmt::Display for BidsShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bids.is_empty() {
            return writeln!(f, "These keys have no bid: `tabella energy bid` makes one.");
        }
        let mut table =
            Table::new(&[">interval", ">bid", "side", ">lots", ">limit", "stage", ">price", ">kWh", ">money"]);
        for row in &self.bids {
            table.row([
                row.interval.to_string(),
                row.number.to_string(),
                row.side.clone(),
                row.lots.to_string(),
                row.limit.clone(),
                row.stage.to_owned(),
                or_dash(row.price.clone()),
                or_dash(row.energy.clone()),
                or_dash(row.money.clone()),
            ]);
        }
        write!(f, "{table}")
    }
}

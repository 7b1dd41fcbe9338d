//! Files of real meters: Green Button (ESPI, XML) and CSV, and what they give for the intervals of a market.
//!
//! Reading is strict: what a file does not say clearly is refused, with its line and what to do. Nothing is estimated. Files may
//! count in fractions of a watt-hour; what an interval has beyond whole ones is carried over to the next.

mod comma;
mod green_button;
mod xml;

use std::collections::BTreeMap;

use tabella_energy_rules::{reading::Flow, terms::MarketTerms};
use tabella_protocol::note::Timestamp;
use thiserror::Error;

/// Longest file, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Parts of a watt-hour that are counted with.
const MICRO: u128 = 1_000_000;

/// Why a file is not read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// Too long.
    #[error("the file has {0} bytes, and at most {MAX_BYTES} are read: split it")]
    Size(usize),
    /// A place in the file is not as it must be.
    #[error("line {line}: {what}")]
    Line {
        /// Its line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// Nothing is in it.
    #[error("the file has no reading: export at least one interval of energy in Wh")]
    Empty,
}

impl DataError {
    fn at(line: usize, what: impl Into<String>) -> Self {
        Self::Line { line, what: what.into() }
    }
}

/// The energy of a span of time in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: u64,
    seconds: u64,
    /// In 1/1,000,000 Wh.
    micro: u128,
    /// Where it stands in the file.
    line: usize,
}

/// What a meter has counted, by time and direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeterData {
    produced: BTreeMap<u64, Span>,
    consumed: BTreeMap<u64, Span>,
}

/// How an interval stands to a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not ended.
    Running,
    /// Its readings are taken.
    Open,
    /// Its readings are not taken any more.
    Closed,
}

impl Standing {
    /// That of an interval; after the end of time, none ends.
    #[must_use]
    pub fn of(terms: &MarketTerms, interval: u32, now: Timestamp) -> Self {
        let has_come = |time: Option<Timestamp>| time.is_some_and(|time| now >= time);
        match (has_come(terms.ends(interval)), has_come(terms.closes(interval))) {
            (_, true) => Self::Closed,
            (true, false) => Self::Open,
            (false, false) => Self::Running,
        }
    }
}

/// What a file gives for the intervals of a market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketData {
    /// What was produced and consumed, in Wh, for intervals that the file covers wholly.
    pub readings: BTreeMap<u32, [u64; 2]>,
    /// Intervals that it covers in part: they are left out.
    pub incomplete: Vec<u32>,
}

impl MeterData {
    /// Reads a file, whichever of the two forms it has.
    ///
    /// # Errors
    /// [`DataError`] names the line.
    pub fn read(text: &str) -> Result<Self, DataError> {
        if text.len() > MAX_BYTES {
            return Err(DataError::Size(text.len()));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let data = if text.trim_start().starts_with('<') { green_button::read(text)? } else { comma::read(text)? };
        if data.produced.is_empty() && data.consumed.is_empty() { Err(DataError::Empty) } else { Ok(data) }
    }

    const fn flow(&self, flow: Flow) -> &BTreeMap<u64, Span> {
        match flow {
            Flow::Produced => &self.produced,
            Flow::Consumed => &self.consumed,
        }
    }

    /// Adds a span, which overlaps no other of its direction.
    fn add(&mut self, flow: Flow, span: Span) -> Result<(), DataError> {
        if span.seconds == 0 {
            return Err(DataError::at(span.line, "a reading lasts at least a second: give its duration"));
        }
        let end = span.start.checked_add(span.seconds).filter(|end| *end <= Timestamp::MAX.seconds());
        let end =
            end.ok_or_else(|| DataError::at(span.line, "the reading ends after the last time that a ledger knows"))?;
        let spans = match flow {
            Flow::Produced => &mut self.produced,
            Flow::Consumed => &mut self.consumed,
        };
        let before = spans.range(..end).next_back().filter(|(_, before)| before.start + before.seconds > span.start);
        if let Some((_, before)) = before {
            let what = format!(
                "the reading of {} overlaps that of line {}: export each span once, and directions apart",
                shown(span.start),
                before.line
            );
            return Err(DataError::at(span.line, what));
        }
        spans.insert(span.start, span);
        Ok(())
    }

    /// What it gives for the intervals of a market. Of a direction that the file does not have at all, nothing was counted.
    ///
    /// # Errors
    /// If a span lies in two intervals, or an interval has 2^64 Wh.
    pub fn by_interval(&self, terms: &MarketTerms) -> Result<MarketData, DataError> {
        let length = u64::from(terms.interval_seconds);
        let mut data = MarketData::default();
        let mut covered: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
        let mut sums: BTreeMap<u32, [u128; 2]> = BTreeMap::new();
        for (index, flow) in Flow::BOTH.into_iter().enumerate() {
            for span in self.flow(flow).values() {
                let interval = |time| Timestamp::new(time).and_then(|time| terms.interval_at(time));
                let (first, last) = (interval(span.start), interval(span.start + span.seconds - 1));
                if first != last {
                    let what = format!(
                        "the reading of {} lasts {} s and does not fit in one interval of the market, which has {length} s: export \
                         shorter readings",
                        shown(span.start),
                        span.seconds
                    );
                    return Err(DataError::at(span.line, what));
                }
                // Before the market began.
                let Some(interval) = first else { continue };
                if let Some(seconds) = covered.entry(interval).or_default().get_mut(index) {
                    *seconds += span.seconds;
                }
                if let Some(sum) = sums.entry(interval).or_default().get_mut(index) {
                    *sum += span.micro;
                }
            }
        }
        let has = Flow::BOTH.map(|flow| !self.flow(flow).is_empty());
        let mut carried = [0_u128; 2];
        for (interval, sums) in sums {
            let seconds = covered.get(&interval).copied().unwrap_or_default();
            if seconds.iter().zip(has).any(|(seconds, has)| has && *seconds != length) {
                data.incomplete.push(interval);
                continue;
            }
            let mut reading = [0; 2];
            for ((sum, carried), reading) in sums.into_iter().zip(&mut carried).zip(&mut reading) {
                let sum = sum + *carried;
                *carried = sum % MICRO;
                let too_much =
                    || DataError::at(1, format!("interval {interval} has more energy than a reading can hold"));
                *reading = u64::try_from(sum / MICRO).map_err(|_| too_much())?;
            }
            data.readings.insert(interval, reading);
        }
        Ok(data)
    }
}

/// A time as messages show it.
pub(crate) fn shown(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.to_string())
}

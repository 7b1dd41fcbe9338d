//! What others make of readings: the household opens its own, a collector adds up its shares of all.

use tabella_energy_rules::{
    EnergyMarkets,
    action::{APPLICATION, EnergyAction},
    reading::{Flow, MeterRecord, Opening, Reading},
    terms::MarketId,
};
use tabella_protocol::{
    note::{NoteValue, Timestamp},
    transaction::{LoggedTransaction, Transaction},
};
use tabella_prover::account::AmountOpening;
use thiserror::Error;

use crate::keys::{EnergyKeys, Which};

/// Why readings are not found, or not added up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Log(#[from] tabella_payments::log::LogError),
    /// An action that the ledger cannot have accepted.
    #[error("an entry holds an action of energy that does not decode")]
    Entries,
    /// There is none.
    #[error("there is no market {0} on this ledger")]
    UnknownMarket(MarketId),
    /// Somebody else.
    #[error("these keys are no collector's of the market")]
    NoCollector,
    /// Too few.
    #[error(
        "{found} meters were read, and a total is of at least {needed}: of fewer it would tell what each household used"
    )]
    SmallGroup {
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: u32,
    },
    /// Other readings than the ledger's.
    #[error("these readings are not those that the ledger has added up")]
    Incomplete,
    /// Readings may still come, or be left out.
    #[error(
        "all shares of interval {interval} open, of {readings} readings; more are taken before {closes} (seconds after 1970), and sums \
         are told as soon as a block's time is {from} or later, when no reading is left out any more"
    )]
    Waiting {
        /// The interval.
        interval: u32,
        /// How many readings there are.
        readings: usize,
        /// Until when there may be more.
        closes: u64,
        /// From when on.
        from: u64,
    },
    /// Meters have signed other shares than they share.
    #[error(
        "the shares that these meters have signed for interval {interval} are not those that they share with this collector: {}; \
         before {until} (seconds after 1970) their certifiers can stop them from this interval on with `tabella energy stop`, \
         which leaves the readings out; later this interval has no total, and the meters are stopped from the next",
        meters.iter().map(hex::encode).collect::<Vec<_>>().join(", ")
    )]
    Shares {
        /// All of the meters, in the order of the ledger.
        meters: Vec<[u8; 32]>,
        /// The interval.
        interval: u32,
        /// Until when their readings can be left out.
        until: u64,
    },
}

/// A reading as its household reads it.
#[derive(Clone, Debug)]
pub struct OwnReading {
    /// The meter's signer.
    pub meter: [u8; 32],
    /// Which interval.
    pub interval: u32,
    /// What was produced, with what opens its commitment.
    pub produced: AmountOpening,
    /// What was consumed.
    pub consumed: AmountOpening,
    /// What opens the meter's ceiling less each of both; none if the meter has read more.
    pub below: Option<[AmountOpening; 2]>,
}

/// The readings of a market, in the order of the ledger.
#[derive(Clone, Debug)]
pub struct Readings {
    market: MarketId,
    readings: Vec<Reading>,
}

impl Readings {
    /// Before the first entry.
    #[must_use]
    pub const fn new(market: MarketId) -> Self {
        Self { market, readings: Vec::new() }
    }

    /// Those of all entries of a ledger.
    ///
    /// # Errors
    /// [`ReadingError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(ledger: &tabella_ledger::node::Ledger, market: MarketId) -> Result<Self, ReadingError> {
        let mut readings = Self::new(market);
        tabella_payments::log::read_entries(ledger, |_, logged| readings.read(&logged.transaction))?;
        Ok(readings)
    }

    /// Those of all entries of a log.
    ///
    /// # Errors
    /// [`ReadingError::Entries`].
    pub fn of_log(log: &[LoggedTransaction], market: MarketId) -> Result<Self, ReadingError> {
        let mut readings = Self::new(market);
        log.iter().try_for_each(|logged| readings.read(&logged.transaction))?;
        Ok(readings)
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`ReadingError::Entries`].
    pub fn read(&mut self, transaction: &Transaction) -> Result<(), ReadingError> {
        let own = transaction.effects.actions.iter().filter(|action| action.application == APPLICATION);
        for action in own {
            let action = borsh::from_slice(&action.body).map_err(|_| ReadingError::Entries)?;
            if let EnergyAction::Attest(reading) = action
                && reading.market == self.market
            {
                self.readings.push(*reading);
            }
        }
        Ok(())
    }

    /// Those of an interval.
    pub fn of_interval(&self, interval: u32) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(move |reading| reading.interval == interval)
    }

    /// Those of a meter, from an interval on, that count in totals: what a certifier leaves out who stops it.
    pub fn counted<'r>(
        &'r self,
        state: &'r EnergyMarkets,
        meter: [u8; 32],
        from: u32,
    ) -> impl Iterator<Item = &'r Reading> {
        let of_meter = self.readings.iter().filter(move |reading| reading.meter == meter && reading.interval >= from);
        of_meter.filter(|reading| counts(state, reading))
    }

    /// The household's own, opened. Readings that its keys do not open are left out: no meter that works signs them.
    pub fn own<'r>(&'r self, keys: &'r EnergyKeys, state: &'r EnergyMarkets) -> impl Iterator<Item = OwnReading> + 'r {
        let own = keys.public();
        self.readings.iter().filter_map(move |reading| {
            let record = &state.meter(&reading.meter)?.record;
            (record.household == own).then(|| open(keys, record, reading))?
        })
    }
}

/// Whether the ledger has a reading and has not left it out.
fn counts(state: &EnergyMarkets, reading: &Reading) -> bool {
    state.reading(&reading.meter, reading.interval).is_some_and(|stored| !stored.is_left_out)
}

impl OwnReading {
    /// Whether its meter may still mint it.
    #[must_use]
    pub fn is_good(&self, state: &EnergyMarkets) -> bool {
        state.meter(&self.meter).is_some_and(|meter| meter.runs(self.interval))
    }
}

/// A reading, as the household of its meter reads it; `None` if it does not open.
#[must_use]
pub fn open(keys: &EnergyKeys, record: &MeterRecord, reading: &Reading) -> Option<OwnReading> {
    let shared = keys.share(&record.meter.reader);
    let open = |flow| {
        let which = Which { market: reading.market, meter: reading.meter, interval: reading.interval, flow };
        let register = reading.register(flow);
        let value = u64::from_le_bytes(shared.mask(which, register.masked));
        let blinding = shared.blinding(which);
        let opening = AmountOpening::new(NoteValue(value), *blinding);
        let below = record.ceiling.checked_sub(value).map(|below| AmountOpening::new(NoteValue(below), -*blinding));
        (opening.commitment() == register.commitment()).then_some((opening, below))
    };
    let ((produced, below_produced), (consumed, below_consumed)) = (open(Flow::Produced)?, open(Flow::Consumed)?);
    let below = below_produced.zip(below_consumed).map(|(produced, consumed)| [produced, consumed]);
    Some(OwnReading { meter: reading.meter, interval: reading.interval, produced, consumed, below })
}

/// The openings of a collector's shares of a reading; `None` if the meter has signed others than it shares.
fn shares(keys: &EnergyKeys, state: &EnergyMarkets, reading: &Reading, collector: usize) -> Option<[Opening; 2]> {
    let shared = keys.share(&state.meter(&reading.meter)?.record.meter.reader);
    let Reading { market, meter, interval, .. } = *reading;
    let openings = Flow::BOTH.map(|flow| shared.opening(Which { market, meter, interval, flow }));
    let is_signed = |(flow, opening): (Flow, &Opening)| {
        reading.register(flow).shares.get(collector).is_some_and(|share| opening.point() == *share.point())
    };
    Flow::BOTH.into_iter().zip(&openings).all(is_signed).then_some(openings)
}

/// What a collector tells of an interval: its number, and the sums of its shares. It tells nothing of fewer readings than the
/// market's smallest group, and nothing before the last block's time `now` is past the end of revealing: until then readings may come
/// or be left out, and the difference to another set's sums would be somebody's reading. Whether the shares open that are on the
/// ledger it says before all that and at any time, so that meters whose shares do not can still be stopped.
///
/// # Errors
/// [`ReadingError`].
pub fn subtotal(
    keys: &EnergyKeys,
    state: &EnergyMarkets,
    readings: &Readings,
    interval: u32,
    now: Timestamp,
) -> Result<(u8, [Opening; 2]), ReadingError> {
    let terms = &state.market(&readings.market).ok_or(ReadingError::UnknownMarket(readings.market))?.terms;
    let own = keys.public();
    let collector = terms.collectors.iter().position(|party| *party == own).ok_or(ReadingError::NoCollector)?;
    let (mut sums, mut found, mut meters) = ([Opening::ZERO; 2], 0, Vec::new());
    for reading in readings.of_interval(interval).filter(|reading| counts(state, reading)) {
        found += 1;
        match shares(keys, state, reading, collector) {
            Some(openings) => sums.iter_mut().zip(&openings).for_each(|(sum, opening)| *sum = sum.plus(opening)),
            None => meters.push(reading.meter),
        }
    }
    let seconds = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MAX).seconds();
    let (closes, until) = (seconds(terms.closes(interval)), seconds(terms.revealed_by(interval)));
    if !meters.is_empty() {
        return Err(ReadingError::Shares { meters, interval, until });
    }
    if now.seconds() < until {
        return Err(ReadingError::Waiting { interval, readings: found, closes, from: until });
    }
    let needed = terms.smallest_group;
    if u32::try_from(found).is_ok_and(|found| found < needed) {
        return Err(ReadingError::SmallGroup { found, needed });
    }
    // Two sums that differ by one reading would tell it: nothing is told of another set than the ledger's.
    let stored = state.interval(readings.market, interval);
    if !stored.is_some_and(|stored| stored.totals.is_opened_by(collector, &sums)) {
        return Err(ReadingError::Incomplete);
    }
    Ok((u8::try_from(collector).map_err(|_| ReadingError::NoCollector)?, sums))
}

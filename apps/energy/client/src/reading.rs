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
    /// Readings may still come.
    #[error("readings of this interval are still taken: it is added up when a later block shows that they are not")]
    Open,
    /// Other readings than the ledger's.
    #[error("these readings are not those that the ledger has added up")]
    Incomplete,
    /// The meter has signed another share than it shares.
    #[error("the share that meter {} has signed is not the one that it shares with this collector: tell the certifier", hex::encode(.0))]
    Share([u8; 32]),
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

    /// The household's own, opened. Readings that its keys do not open are left out: no meter that works signs them.
    pub fn own<'r>(&'r self, keys: &'r EnergyKeys, state: &'r EnergyMarkets) -> impl Iterator<Item = OwnReading> + 'r {
        let own = keys.public();
        self.readings.iter().filter_map(move |reading| {
            let record = &state.meter(&reading.meter)?.record;
            (record.household == own).then(|| open(keys, record, reading))?
        })
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
        let opening = AmountOpening::new(NoteValue(value), *shared.blinding(which));
        (opening.commitment() == register.commitment()).then_some(opening)
    };
    let (produced, consumed) = (open(Flow::Produced)?, open(Flow::Consumed)?);
    Some(OwnReading { meter: reading.meter, interval: reading.interval, produced, consumed })
}

/// What a collector tells of an interval: its number, and the sums of its shares. It tells nothing of fewer readings than the
/// market's smallest group, and nothing before the last block's time `now` is past the interval's close: of a set that is not
/// whole, the difference to the whole would be somebody's reading.
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
    if terms.closes(interval).is_none_or(|closes| now < closes) {
        return Err(ReadingError::Open);
    }
    let all: Vec<&Reading> = readings.of_interval(interval).collect();
    let needed = terms.smallest_group;
    if u32::try_from(all.len()).is_ok_and(|found| found < needed) {
        return Err(ReadingError::SmallGroup { found: all.len(), needed });
    }
    let mut sums = [Opening::ZERO; 2];
    for reading in all {
        let wrong = || ReadingError::Share(reading.meter);
        let shared = keys.share(&state.meter(&reading.meter).ok_or_else(wrong)?.record.meter.reader);
        for (flow, sum) in Flow::BOTH.into_iter().zip(&mut sums) {
            let which = Which { market: reading.market, meter: reading.meter, interval, flow };
            let opening = shared.opening(which);
            let share = reading.register(flow).shares.get(collector).ok_or_else(wrong)?;
            if opening.point() != *share.point() {
                return Err(wrong());
            }
            *sum = sum.plus(&opening);
        }
    }
    // Two sums that differ by one reading would tell it: nothing is told of another set than the ledger's.
    let stored = state.interval(readings.market, interval);
    if !stored.is_some_and(|stored| stored.totals.is_opened_by(collector, &sums)) {
        return Err(ReadingError::Incomplete);
    }
    Ok((u8::try_from(collector).map_err(|_| ReadingError::NoCollector)?, sums))
}

//! An auction computed again by whoever doubts it: from the bids as they were made and opened in the log, without the state that the
//! ledger has made of them.

use std::{collections::BTreeMap, fmt};

use tabella_energy_rules::{
    BidTerms, Clearing, Interval, MarketId, MarketTerms, Order, Side,
    action::{APPLICATION, EnergyAction, Traded},
    bid::{SealedBid, lock, seal},
    clearing::clear,
    state::Outcome,
};
use tabella_protocol::{
    note::Timestamp,
    ristretto::CanonicalScalar,
    transaction::{LedgerId, LoggedTransaction},
};

use crate::reading::ReadingError;

/// A bid of the log.
#[derive(Clone, Copy, Debug)]
struct Made {
    at: Timestamp,
    sealed: SealedBid,
    opened: Option<Opened>,
}

/// How it was opened.
#[derive(Clone, Copy, Debug)]
struct Opened {
    at: Timestamp,
    said: BidTerms,
    blinding: CanonicalScalar,
}

impl Made {
    fn said(&self) -> Option<BidTerms> {
        self.opened.map(|opened| opened.said)
    }
}

/// The auction of an interval, as the log has it.
#[derive(Clone, Debug)]
pub struct Auction {
    market: MarketId,
    interval: u32,
    bids: Vec<Made>,
    /// When, and what.
    stated: Option<(Timestamp, Option<Traded>)>,
}

/// A bid, and what it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, in the order of the ledger.
    pub number: u32,
    /// Which side.
    pub side: Side,
    /// What it says; none if it was not revealed.
    pub said: Option<BidTerms>,
    /// How many lots of it are filled.
    pub filled: u32,
}

/// In what the ledger differs from what the log gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The terms are not the market's.
    Terms,
    /// A bid that was made out of its time.
    Made(u32),
    /// A bid that was opened out of its time.
    Opened(u32),
    /// A result that was stated before bids were no longer revealed.
    Early,
    /// Whether there is a result.
    Cleared {
        /// By the ledger.
        ledger: bool,
        /// By the log.
        log: bool,
    },
    /// A bid that was opened to something that it was not sealed with, or that it does not lock.
    Opening(u32),
    /// How many bids there are.
    Bids {
        /// By the ledger.
        ledger: usize,
        /// By the log.
        log: usize,
    },
    /// What a bid says.
    Bid(u32),
    /// Price and lots that the log states.
    Stated {
        /// As stated.
        stated: Option<Traded>,
        /// As computed.
        found: Option<Traded>,
    },
    /// Price and lots that the ledger has.
    Result {
        /// By the ledger.
        ledger: Option<Traded>,
        /// As computed.
        found: Option<Traded>,
    },
    /// How many lots of a bid are filled.
    Fill {
        /// The bid.
        number: u32,
        /// By the ledger.
        ledger: u32,
        /// As computed.
        found: u32,
    },
}

/// Lots and price in words.
struct Said(Option<Traded>);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Traded { price, lots }) => write!(f, "{lots} lots at {price}"),
            None => f.write_str("nothing traded"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Terms => f.write_str("these terms are not those that the market was opened with"),
            Self::Made(number) => write!(f, "bid {number} was made when no bids were taken"),
            Self::Opened(number) => write!(f, "bid {number} was opened when no bids were revealed"),
            Self::Early => f.write_str("the log states a result while bids were still revealed"),
            Self::Cleared { ledger, log } => {
                let has = |is_there| if is_there { "a result" } else { "none" };
                write!(f, "the ledger has {}, and the log states {}", has(ledger), has(log))
            }
            Self::Opening(number) => write!(f, "bid {number} was opened to what it neither seals nor locks"),
            Self::Bids { ledger, log } => write!(f, "the ledger has {ledger} bids, and the log {log}"),
            Self::Bid(number) => write!(f, "bid {number} is another one in the log than on the ledger"),
            Self::Stated { stated, found } => {
                write!(f, "the log states {}, and the bids come to {}", Said(stated), Said(found))
            }
            Self::Result { ledger, found } => {
                write!(f, "the ledger has {}, and the bids come to {}", Said(ledger), Said(found))
            }
            Self::Fill { number, ledger, found } => {
                write!(f, "{ledger} lots of bid {number} are filled by the ledger, and {found} by the bids")
            }
        }
    }
}

/// What an auction comes to for whoever computes it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The bids, in the order of the ledger.
    pub bids: Vec<AuditRow>,
    /// What they come to: price and lots; none if no buy meets a sell.
    pub found: Option<Traded>,
    /// Whether the ledger has stated a result.
    pub is_cleared: bool,
    /// In what the ledger differs. Nothing is compared of a result that neither ledger nor log states.
    pub differences: Vec<Difference>,
}

impl Auction {
    /// Before the first entry.
    #[must_use]
    pub const fn new(market: MarketId, interval: u32) -> Self {
        Self { market, interval, bids: Vec::new(), stated: None }
    }

    /// That of all entries of a ledger.
    ///
    /// # Errors
    /// [`ReadingError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(
        ledger: &tabella_ledger::node::Ledger,
        (market, interval): (MarketId, u32),
    ) -> Result<Self, ReadingError> {
        let mut auction = Self::new(market, interval);
        tabella_payments::log::read_entries(ledger, |_, logged| auction.read(&logged))?;
        Ok(auction)
    }

    /// That of all entries of a log.
    ///
    /// # Errors
    /// [`ReadingError::Entries`].
    pub fn of_log(log: &[LoggedTransaction], (market, interval): (MarketId, u32)) -> Result<Self, ReadingError> {
        let mut auction = Self::new(market, interval);
        log.iter().try_for_each(|logged| auction.read(logged))?;
        Ok(auction)
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`ReadingError::Entries`].
    pub fn read(&mut self, logged: &LoggedTransaction) -> Result<(), ReadingError> {
        let at = logged.time;
        let own = logged.transaction.effects.actions.iter().filter(|action| action.application == APPLICATION);
        let place = (self.market, self.interval);
        for action in own {
            match borsh::from_slice(&action.body).map_err(|_| ReadingError::Entries)? {
                EnergyAction::Bid { bid, .. } if (bid.market, bid.interval) == place => {
                    self.bids.push(Made { at, sealed: *bid, opened: None });
                }
                EnergyAction::Reveal { bid, said, blinding } if (bid.market, bid.interval) == place => {
                    let made = usize::try_from(bid.number).ok().and_then(|number| self.bids.get_mut(number));
                    made.ok_or(ReadingError::Entries)?.opened = Some(Opened { at, said, blinding });
                }
                EnergyAction::Clear { market, interval, traded } if (market, interval) == place => {
                    self.stated = Some((at, traded));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What was done out of its time.
    fn untimely(&self, terms: &MarketTerms) -> impl Iterator<Item = Difference> {
        let time = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MAX);
        let (ends, closes) = (time(terms.ends(self.interval)), time(terms.closes(self.interval)));
        let over = time(terms.revealed_by(self.interval));
        let of_bid = move |(number, made): (u32, &Made)| {
            let is_late = |opened: Opened| !(closes..over).contains(&opened.at);
            let made_so = (!(ends..closes).contains(&made.at)).then_some(Difference::Made(number));
            made_so.into_iter().chain(made.opened.is_some_and(is_late).then_some(Difference::Opened(number)))
        };
        let is_early = self.stated.is_some_and(|(at, _)| at < over);
        (0..).zip(&self.bids).flat_map(of_bid).chain(is_early.then_some(Difference::Early))
    }

    /// Computes it again, and compares with what a ledger has: terms that are the market's, times, bids, result.
    #[must_use]
    pub fn check(&self, id: LedgerId, terms: &MarketTerms, ledger: &Interval) -> Audit {
        let is_other = terms.id(id) != self.market;
        let mut differences: Vec<_> = is_other.then_some(Difference::Terms).into_iter().collect();
        differences.extend(self.untimely(terms));
        let mut orders = [Vec::new(), Vec::new()];
        for (number, made) in (0..).zip(&self.bids) {
            let said = made.said();
            if made.opened.is_some_and(|opened| !opens(&made.sealed, &opened, terms)) {
                differences.push(Difference::Opening(number));
            }
            let stored = ledger.bids.get(&number).map(|bid| (bid.sealed, bid.revealed()));
            if stored != Some((made.sealed, said)) {
                differences.push(Difference::Bid(number));
            }
            let Some(BidTerms { lots, price }) = said else { continue };
            let [buys, sells] = &mut orders;
            let side = if made.sealed.side == Side::Buy { buys } else { sells };
            side.push(Order { number, lots, price });
        }
        if ledger.bids.size() != self.bids.len() {
            differences.push(Difference::Bids { ledger: ledger.bids.size(), log: self.bids.len() });
        }
        let [buys, sells] = orders;
        let clearing = clear(buys, sells, terms.tick);
        let found = clearing.as_ref().map(traded);
        let fills = clearing.map(|clearing| clearing.fills).unwrap_or_default();
        let filled = |fills: &BTreeMap<u32, u32>, number| fills.get(&number).copied().unwrap_or(0);
        let of_ledger = match &ledger.outcome {
            Outcome::Open => None,
            Outcome::Nothing => Some((None, BTreeMap::new())),
            Outcome::Cleared(clearing) => Some((Some(traded(clearing)), clearing.fills.clone())),
        };
        let (is_cleared, is_stated) = (of_ledger.is_some(), self.stated.is_some());
        if is_cleared != is_stated {
            differences.push(Difference::Cleared { ledger: is_cleared, log: is_stated });
        }
        if let Some((_, stated)) = self.stated.filter(|(_, stated)| *stated != found) {
            differences.push(Difference::Stated { stated, found });
        }
        if let Some((result, stored)) = &of_ledger {
            if *result != found {
                differences.push(Difference::Result { ledger: *result, found });
            }
            let numbers: std::collections::BTreeSet<u32> = fills.keys().chain(stored.keys()).copied().collect();
            let all = numbers.into_iter().map(|number| (number, filled(stored, number), filled(&fills, number)));
            let other = all.filter(|(_, ledger, found)| ledger != found);
            differences.extend(other.map(|(number, ledger, found)| Difference::Fill { number, ledger, found }));
        }
        let row = |(number, made): (u32, &Made)| AuditRow {
            number,
            side: made.sealed.side,
            said: made.said(),
            filled: filled(&fills, number),
        };
        let bids = (0..).zip(&self.bids).map(row).collect();
        Audit { bids, found, is_cleared, differences }
    }
}

const fn traded(clearing: &Clearing) -> Traded {
    Traded { price: clearing.price, lots: clearing.lots }
}

/// Whether a bid was sealed with this, and has locked it.
fn opens(sealed: &SealedBid, Opened { said, blinding, .. }: &Opened, terms: &MarketTerms) -> bool {
    let place = (sealed.market, sealed.interval, sealed.side);
    seal(place, &sealed.bidder, said, blinding) == sealed.seal
        && said.is_within(terms)
        && lock(said.amount(sealed.side, terms.lot), &blinding.0) == sealed.lock
}

//! The rules: who may do what, when, and with what.
//!
//! Nothing is made or lost. Energy comes from readings alone: each is minted once, by a transfer of exactly what its commitment
//! holds (the bridge ties the amount of the circuit, below 2^64, to it as an integer). Every lock is opened to its exact amount
//! before anything is paid of it, and what bids come to adds up to what they have locked: the same lots on both sides, at one
//! price.

mod auction;
mod meters;

use std::ops::Bound;

use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteValue, Timestamp},
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::application::{Application, InstanceId, Place, Readable, UseError, signed_by};
use thiserror::Error;

use crate::{
    action::{APPLICATION, BidId, EnergyAction, EnergyProof, NAME},
    bid::{Payout, Side},
    reading::MAX_CEILING,
    row::MarketRow,
    state::{Changes, EnergyMarkets, Interval, Market},
    terms::{MarketId, MarketTerms, TermsError, party_message},
};

/// Why an action on a market is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnergyRejection {
    /// A transfer cannot be used so; or the asset of energy exists already.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The proof is of another kind of action.
    #[error("the proof is of another kind of action")]
    Proof,
    /// Opened before.
    #[error("market {0} is open already")]
    Exists(MarketId),
    /// There is none.
    #[error("there is no market {0} on this ledger")]
    UnknownMarket(MarketId),
    /// The asset of payment is not on the ledger, or not ordinary.
    #[error("asset {0} is no ordinary asset of this ledger: nobody can pay with it")]
    Payment(AssetId),
    /// Not signed by who may.
    #[error("the transaction is not signed by the {0}")]
    Signature(&'static str),
    /// No such certifier.
    #[error("the market has no certifier {0}")]
    Certifier(u8),
    /// A device is in one market of a ledger: else it would sell the same energy twice.
    #[error("this meter is registered already, in market {0}")]
    Registered(MarketId),
    /// There is none.
    #[error("there is no meter {} in this market: register it with its certificate", hex::encode(.0))]
    UnknownMeter([u8; 32]),
    /// The certified ceiling is out of bounds.
    #[error("a meter is certified for 1 to {MAX_CEILING} Wh in an interval, and not for {0}")]
    Ceiling(u64),
    /// Its certifier has stopped it.
    #[error("this meter is stopped by its certifier: it reads and mints nothing from interval {0} on")]
    StoppedFrom(u32),
    /// Its certifier has not stopped it, or from a later interval on.
    #[error("the meter is not stopped in interval {0}: its reading counts")]
    NotStopped(u32),
    /// Not what the meter's reading of the interval is.
    #[error("this is not the meter's reading of interval {0} that is on the ledger")]
    OtherReading(u32),
    /// Taken out of the totals before.
    #[error("the meter's reading of interval {0} is left out already")]
    LeftOut(u32),
    /// It was shown to have signed two readings of one interval.
    #[error("this meter is stopped: it has signed two different readings of interval {0}")]
    Stopped(u32),
    /// Not signed by the meter, or of another meter, market or interval.
    #[error("the reading is not signed by its meter for this market and interval")]
    ReadingSignature,
    /// Not as many shares as collectors.
    #[error("a reading has one share for each of the {0} collectors")]
    Shares(usize),
    /// Of an interval for which there is one.
    #[error(
        "the meter's reading of interval {interval} is on the ledger already ({}); this one is {}: if they differ, show both \
         with `tabella energy expose`",
        hex::encode(before),
        hex::encode(now)
    )]
    AlreadyRead {
        /// The interval.
        interval: u32,
        /// What was signed first.
        before: [u8; 32],
        /// What was signed now.
        now: [u8; 32],
    },
    /// Of an interval before one that was read.
    #[error("readings come in order: the meter's next one is of interval {expected} or later, and this is of {found}")]
    Order {
        /// The next that may be read.
        expected: u32,
        /// In the reading.
        found: u32,
    },
    /// Before the time.
    #[error("too early: {what} from {from} on (seconds after 1970)")]
    Early {
        /// What may be done.
        what: &'static str,
        /// From when on.
        from: u64,
    },
    /// After the time.
    #[error("too late: {what} before {until} (seconds after 1970)")]
    Late {
        /// What could be done.
        what: &'static str,
        /// Until when.
        until: u64,
    },
    /// No two readings of one meter, market and interval that differ.
    #[error("these are not two different readings that one meter has signed for one interval")]
    NoEvidence,
    /// Nothing was read.
    #[error("the meter has no reading of interval {0}")]
    NotRead(u32),
    /// Made a note of before.
    #[error("what was produced in interval {0} is minted already")]
    Minted(u32),
    /// As many as there may be.
    #[error("the auction of interval {0} has all the bids that it can have")]
    Full(u32),
    /// There is none.
    #[error("there is no bid {number} in the auction of interval {interval}")]
    UnknownBid {
        /// The interval.
        interval: u32,
        /// The number.
        number: u32,
    },
    /// Opened before.
    #[error("bid {0} is revealed already")]
    Revealed(u32),
    /// Not opened, in time.
    #[error("bid {0} was not revealed: what it has locked is reclaimed")]
    NotRevealed(u32),
    /// Not what was sealed.
    #[error("this is not what bid {0} was sealed with")]
    OtherBid(u32),
    /// Lots or price out of bounds.
    #[error("bid {0} is out of the market's bounds: lots, ticks or the highest price")]
    OutOfBounds(u32),
    /// The lock holds another amount.
    #[error("bid {number} is not backed: its lock does not hold exactly {amount} smallest units")]
    Unbacked {
        /// The bid.
        number: u32,
        /// What it comes to at most.
        amount: u64,
    },
    /// Another result than the bids have.
    #[error("the auction of interval {interval} came to something else: {lots} lots at a price of {price}")]
    OtherResult {
        /// The interval.
        interval: u32,
        /// What was traded.
        lots: u64,
        /// At which price.
        price: u64,
    },
    /// Stated before.
    #[error("the auction of interval {0} is cleared already")]
    Cleared(u32),
    /// Not stated yet.
    #[error("the auction of interval {0} is not cleared: `tabella energy clear` does it")]
    NotCleared(u32),
    /// Paid out before.
    #[error("bid {0} was paid out already")]
    Paid(u32),
    /// A transfer is missing or superfluous.
    #[error("{what} comes to {amount}: an amount has a transfer, and nothing has none")]
    Transfer {
        /// What is paid.
        what: &'static str,
        /// How much.
        amount: u64,
    },
    /// Too few to add up.
    #[error("{found} readings, and a total is of at least {needed}: of fewer it would tell what each household used")]
    SmallGroup {
        /// How many there are.
        found: u32,
        /// How many there must be.
        needed: u32,
    },
    /// No such collector.
    #[error("the market has no collector {0}")]
    Collector(u8),
    /// Told before.
    #[error("collector {0} has told its sums already")]
    Told(u8),
    /// The sums open something else.
    #[error("these are not the sums of the shares of collector {0}")]
    Subtotal(u8),
    /// More than there is.
    #[error("penalties of {0} wait, and no more can be taken")]
    Penalties(u64),
}

impl Application for EnergyMarkets {
    const ID: ApplicationId = APPLICATION;
    type Body = EnergyAction;
    type Proof = EnergyProof;
    type Changes = Changes;
    type Error = EnergyRejection;

    fn check(
        &self,
        changes: &mut Changes,
        action: EnergyAction,
        proof: EnergyProof,
        place: &mut Place<'_>,
    ) -> Result<(), EnergyRejection> {
        use {EnergyAction as A, EnergyProof as P};
        let mut check = Check { state: self, changes, place };
        match (action, proof) {
            (A::Open(terms), P::Signature(operator)) => check.open(*terms, &operator),
            (A::Register { record, certifier }, P::Two(signatures)) => check.register(*record, certifier, &signatures),
            (A::Attest(reading), P::Reading(signatures, range)) => check.attest(&reading, signatures, range),
            (A::Stop { meter, interval }, P::Signature(certifier)) => check.stop(meter, interval, &certifier),
            (A::LeaveOut(reading), P::None) => check.leave_out(&reading),
            (A::Expose(readings), P::Two(signatures)) => check.expose(&readings, signatures),
            (A::Mint { meter, interval, transfer }, P::Mint(household, bridge)) => {
                check.mint((meter, interval), &household, (transfer, bridge))
            }
            (A::Bid { bid, transfer }, P::Bridge(bridge)) => check.bid(*bid, (transfer, bridge)),
            (A::Reveal { bid, said, blinding }, P::None) => check.reveal(bid, said, blinding),
            (A::Clear { market, interval, traded }, P::None) => check.clear(market, interval, traded),
            (A::Take { bid, energy, money }, P::Signature(bidder)) => check.take(bid, (energy, money), &bidder),
            (A::Reclaim { bid, amount, blinding, transfer }, P::Signature(bidder)) => {
                check.reclaim(bid, (amount, blinding), transfer, &bidder)
            }
            (A::Subtotal { market, interval, collector, sums }, P::Signature(signature)) => {
                check.subtotal((market, interval), collector, sums, &signature)
            }
            (A::Penalties { market, side, amount, transfer }, P::Signature(operator)) => {
                check.penalties(market, (side, amount), transfer, &operator)
            }
            _ => Err(EnergyRejection::Proof),
        }
    }

    fn execute(&mut self, changes: Changes) {
        self.apply(changes);
    }

    fn governs(&self, asset: &AssetId) -> bool {
        self.energies.contains(&asset.to_bytes())
    }
}

impl Readable for EnergyMarkets {
    const NAME: &'static str = NAME;
    type Row = MarketRow;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(MarketId(id.0)));
        self.markets.range((start, Bound::Unbounded)).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<MarketRow> {
        MarketRow::new(self, MarketId(id.0), now)
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a EnergyMarkets,
    changes: &'a mut Changes,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn open(&mut self, terms: MarketTerms, operator: &SignatureBytes) -> Result<(), EnergyRejection> {
        terms.check()?;
        let id = terms.id(self.place.ledger());
        if self.market(id).is_ok() {
            return Err(EnergyRejection::Exists(id));
        }
        if self.place.class_of(&terms.payment) != Some(AssetClass::Ordinary) {
            return Err(EnergyRejection::Payment(terms.payment));
        }
        self.signed(&terms.operator, "operator", operator)?;
        let energy = terms.energy_id()?;
        // No unit of it was ever issued, and none will be: it comes from readings alone.
        self.place.govern(energy)?;
        self.changes.energies.push(energy);
        self.changes.markets.insert(id, Market { terms, penalties: [0; 2] });
        Ok(())
    }

    fn penalties(
        &mut self,
        id: MarketId,
        (side, amount): (Side, NoteValue),
        transfer: u32,
        operator: &SignatureBytes,
    ) -> Result<(), EnergyRejection> {
        let mut market = self.market(id)?.clone();
        self.signed(&market.terms.operator, "operator", operator)?;
        let asset = locked_asset(&market.terms, side)?;
        let waiting = market.penalty(side);
        *waiting = waiting.checked_sub(amount.0).ok_or(EnergyRejection::Penalties(*waiting))?;
        self.place.use_public(transfer, Mode::Entry, asset, amount)?;
        self.changes.markets.insert(id, market);
        Ok(())
    }

    fn market(&self, id: MarketId) -> Result<&Market, EnergyRejection> {
        let known = self.changes.markets.get(&id).or_else(|| self.state.market(&id));
        known.ok_or(EnergyRejection::UnknownMarket(id))
    }

    /// An interval as it stands, to be changed.
    fn interval(&self, market: &MarketTerms, key: (MarketId, u32)) -> Interval {
        let known = self.changes.intervals.get(&key).or_else(|| self.state.intervals.get(&key));
        known.cloned().unwrap_or_else(|| Interval::new(market.collectors.len()))
    }

    fn signed(&self, key: &[u8; 32], who: &'static str, signature: &SignatureBytes) -> Result<(), EnergyRejection> {
        if signed_by(key, &party_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(EnergyRejection::Signature(who))
        }
    }

    /// That it is this late.
    fn from(&self, from: Option<Timestamp>, what: &'static str) -> Result<(), EnergyRejection> {
        let from = from.unwrap_or(Timestamp::MAX);
        if self.place.time() < from {
            return Err(EnergyRejection::Early { what, from: from.seconds() });
        }
        Ok(())
    }

    /// That it is not that late.
    fn until(&self, until: Option<Timestamp>, what: &'static str) -> Result<(), EnergyRejection> {
        let until = until.unwrap_or(Timestamp::MAX);
        if self.place.time() >= until {
            return Err(EnergyRejection::Late { what, until: until.seconds() });
        }
        Ok(())
    }

    /// Pays a public amount: by a transfer, or by none if it is nothing.
    fn pay(
        &mut self,
        (what, asset): (&'static str, AssetId),
        amount: u64,
        transfer: Option<u32>,
    ) -> Result<(), EnergyRejection> {
        match (amount, transfer) {
            (0, None) => Ok(()),
            (0, Some(_)) | (_, None) => Err(EnergyRejection::Transfer { what, amount }),
            (_, Some(transfer)) => {
                self.place.use_public(transfer, Mode::Entry, asset, NoteValue(amount))?;
                Ok(())
            }
        }
    }

    fn pay_both(
        &mut self,
        terms: &MarketTerms,
        payout: Payout,
        (energy, money): (Option<u32>, Option<u32>),
    ) -> Result<(), EnergyRejection> {
        self.pay(("the energy", terms.energy_id()?), payout.energy, energy)?;
        self.pay(("the money", terms.payment), payout.money, money)
    }
}

/// What the bids of a side lock.
fn locked_asset(terms: &MarketTerms, side: Side) -> Result<AssetId, TermsError> {
    match side {
        Side::Buy => Ok(terms.payment),
        Side::Sell => terms.energy_id(),
    }
}

const fn unknown_bid(bid: BidId) -> EnergyRejection {
    EnergyRejection::UnknownBid { interval: bid.interval, number: bid.number }
}

//! What a market is: its parties, its assets, its times and its limits.

use std::{fmt, io, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription, AssetError},
    hash::blake2b_256,
    hash_newtype,
    list::read_list,
    note::{AssetId, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::domain;

/// Longest name of a market, in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Most keys that may certify meters.
pub const MAX_CERTIFIERS: usize = 8;
/// Fewest collectors: with one, the collector would read every meter.
pub const MIN_COLLECTORS: usize = 2;
/// Most collectors.
pub const MAX_COLLECTORS: usize = 4;
/// Shortest interval, and shortest window, in seconds.
pub const MIN_SECONDS: u32 = 60;
/// Longest interval, and longest window, in seconds: 30 days.
pub const MAX_SECONDS: u32 = 30 * 86_400;
/// Most bids of an interval.
pub const MAX_BIDS: u32 = 4_096;
/// Most lots of a bid.
pub const MAX_LOTS: u32 = 1 << 20;
/// Highest price that a market may allow for a lot, in smallest units of the asset of payment: 2^40.
pub const MAX_PRICE: u64 = 1 << 40;
/// Fewest readings that a total is made of: of two, each household would learn the other's.
pub const MIN_GROUP: u32 = 3;
/// A whole, in basis points.
pub const WHOLE: u16 = 10_000;
/// Decimals of energy: its smallest unit is the watt-hour, and it is shown in kWh.
pub const ENERGY_DECIMALS: u8 = 3;

hash_newtype! {
    /// Which market: hash of its ledger and its terms.
    MarketId
}

/// Public keys of a household, a collector or a meter. Text form: 128 hexadecimal digits, signer and reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PartyKeys {
    /// Ed25519 key that signs.
    pub signer: [u8; 32],
    /// With which a secret is shared: `k·B`, never the identity.
    #[borsh(deserialize_with = "read_reader")]
    pub reader: Element,
}

/// A key that is not the identity: with that one, a "secret" is shared with everybody.
fn read_reader<R: io::Read>(reader: &mut R) -> io::Result<Element> {
    let element = Element::deserialize_reader(reader)?;
    if element.is_identity() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the identity is nobody's key"));
    }
    Ok(element)
}

impl fmt::Display for PartyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", hex::encode(self.signer), hex::encode(self.reader.as_bytes()))
    }
}

/// The text is not that of somebody's keys.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("keys are 128 hexadecimal digits, as `tabella energy key` shows them")]
pub struct PartyKeysError;

impl FromStr for PartyKeys {
    type Err = PartyKeysError;

    fn from_str(text: &str) -> Result<Self, PartyKeysError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| PartyKeysError)?;
        borsh::from_slice(&bytes).map_err(|_| PartyKeysError)
    }
}

/// Why terms are none, whoever signs them.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsError {
    /// Name empty or too long.
    #[error("a market's name has 1 to {MAX_NAME_BYTES} bytes")]
    Name,
    /// Nobody certifies meters, or one key twice.
    #[error("a market has 1 to {MAX_CERTIFIERS} certifiers, each once")]
    Certifiers,
    /// Too few or too many add up, or one twice.
    #[error("a market has {MIN_COLLECTORS} to {MAX_COLLECTORS} collectors, each once")]
    Collectors,
    /// The description of the asset of energy.
    #[error("the asset of energy: {0}")]
    Energy(#[from] AssetError),
    /// It is another kind of asset.
    #[error(
        "the asset of energy is an ordinary one of {ENERGY_DECIMALS} decimals, without uid, whose issuer is the operator"
    )]
    EnergyKind,
    /// A hash that is 0.
    #[error("this description of energy has no asset id: take another name")]
    EnergyId,
    /// Paid for with itself.
    #[error("energy is not paid for with energy")]
    Payment,
    /// An interval or a window out of bounds.
    #[error("the {0} lasts {MIN_SECONDS} to {MAX_SECONDS} seconds")]
    Length(&'static str),
    /// Readings and bids of two intervals at once.
    #[error("the window of bids is at most as long as an interval")]
    Overlap,
    /// No lot.
    #[error("a lot is at least 1 Wh")]
    Lot,
    /// Prices out of bounds, or not in ticks.
    #[error("the highest price is a multiple of the tick, which is at least 1, and at most {MAX_PRICE}")]
    Price,
    /// No bid, or too many.
    #[error("an interval has 2 to {MAX_BIDS} bids at most")]
    Bids,
    /// More than all.
    #[error("the penalty is 0 to {WHOLE} basis points of what was locked")]
    Penalty,
    /// Totals of too few.
    #[error("a total is of at least {MIN_GROUP} readings: of fewer it would tell what each household used")]
    Group,
    /// After the end of time.
    #[error("the market begins after the last time that a ledger knows")]
    Start,
}

/// The terms of a market. Its id commits to all of them; the operator signs the transaction that opens it.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MarketTerms {
    /// Name, 1 to 128 bytes.
    pub name: String,
    /// Ed25519 key of the grid operator.
    pub operator: [u8; 32],
    /// Ed25519 keys that certify meters, 1 to 8; the operator's may be among them.
    #[borsh(deserialize_with = "read_list::<MAX_CERTIFIERS, [u8; 32], _>")]
    pub certifiers: Vec<[u8; 32]>,
    /// The collectors, 2 to 4: all together they add up readings, and all but one of them learn nothing. They sign what they tell.
    #[borsh(deserialize_with = "read_list::<MAX_COLLECTORS, PartyKeys, _>")]
    pub collectors: Vec<PartyKeys>,
    /// The asset of energy: ordinary, three decimals, issued by nobody but meters.
    pub energy: AssetDescription,
    /// The asset of payment.
    pub payment: AssetId,
    /// When interval 0 begins.
    pub start: Timestamp,
    /// Length of an interval in seconds.
    pub interval_seconds: u32,
    /// For how long after an interval its readings and bids are taken, in seconds.
    pub bid_seconds: u32,
    /// For how long after that bids are revealed, in seconds.
    pub reveal_seconds: u32,
    /// How many watt-hours a lot is; lots are traded whole.
    pub lot: u32,
    /// Prices of a lot are multiples of this, in smallest units of the asset of payment.
    pub tick: u64,
    /// The highest price of a lot.
    pub max_price: u64,
    /// Most bids of an interval, of both sides together.
    pub max_bids: u32,
    /// How much of its lock an unrevealed bid loses to the operator, in basis points, rounded up.
    pub penalty: u16,
    /// Of how many readings a total is made at least.
    pub smallest_group: u32,
    /// Random.
    pub nonce: [u8; 32],
}

fn are_distinct<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().all(|(index, item)| !items.iter().take(index).any(|before| before == item))
}

impl MarketTerms {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`TermsError`] names the rule.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.name.trim().is_empty() || self.name.len() > MAX_NAME_BYTES {
            return Err(TermsError::Name);
        }
        if !(1..=MAX_CERTIFIERS).contains(&self.certifiers.len()) || !are_distinct(&self.certifiers) {
            return Err(TermsError::Certifiers);
        }
        let collectors = &self.collectors;
        let (signers, readers): (Vec<_>, Vec<_>) = collectors.iter().map(|keys| (keys.signer, keys.reader)).unzip();
        if !(MIN_COLLECTORS..=MAX_COLLECTORS).contains(&collectors.len())
            || !are_distinct(&signers)
            || !are_distinct(&readers)
            || readers.iter().any(Element::is_identity)
        {
            return Err(TermsError::Collectors);
        }
        self.energy.check()?;
        let energy = &self.energy;
        let is_ordinary = energy.class == AssetClass::Ordinary && energy.uid.is_none();
        if !is_ordinary || energy.decimals != ENERGY_DECIMALS || energy.issuer != self.operator {
            return Err(TermsError::EnergyKind);
        }
        if self.energy_id()? == self.payment {
            return Err(TermsError::Payment);
        }
        let lengths = [
            ("interval", self.interval_seconds),
            ("window of bids", self.bid_seconds),
            ("window of revealing", self.reveal_seconds),
        ];
        if let Some((what, _)) = lengths.iter().find(|(_, length)| !(MIN_SECONDS..=MAX_SECONDS).contains(length)) {
            return Err(TermsError::Length(what));
        }
        // Else readings of two intervals would be due at once, and whoever orders transactions could have one refused.
        if self.bid_seconds > self.interval_seconds {
            return Err(TermsError::Overlap);
        }
        if self.lot == 0 {
            return Err(TermsError::Lot);
        }
        let is_price = (1..=MAX_PRICE).contains(&self.max_price);
        if self.tick == 0 || !is_price || !self.max_price.is_multiple_of(self.tick) {
            return Err(TermsError::Price);
        }
        if !(2..=MAX_BIDS).contains(&self.max_bids) {
            return Err(TermsError::Bids);
        }
        if self.penalty > WHOLE {
            return Err(TermsError::Penalty);
        }
        if self.smallest_group < MIN_GROUP {
            return Err(TermsError::Group);
        }
        self.revealed_by(0).map(|_| ()).ok_or(TermsError::Start)
    }

    /// The market's id on a ledger: `BLAKE2b-256("Energy_MarketId_", ledger || borsh of the terms)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> MarketId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        MarketId(blake2b_256(domain::MARKET, &[ledger.as_bytes(), &bytes]))
    }

    /// The asset of energy.
    ///
    /// # Errors
    /// [`TermsError::EnergyId`], with negligible probability.
    pub fn energy_id(&self) -> Result<AssetId, TermsError> {
        self.energy.id().ok_or(TermsError::EnergyId)
    }

    /// When an interval ends; `None` after the end of time. From then on its readings and bids are taken.
    #[must_use]
    pub fn ends(&self, interval: u32) -> Option<Timestamp> {
        // Below 2^40 + 2^32·2^22.
        Timestamp::new(self.start.seconds() + (u64::from(interval) + 1) * u64::from(self.interval_seconds))
    }

    /// When its readings and bids are no longer taken, and bids are revealed from.
    #[must_use]
    pub fn closes(&self, interval: u32) -> Option<Timestamp> {
        Timestamp::new(self.ends(interval)?.seconds() + u64::from(self.bid_seconds))
    }

    /// When its bids are no longer revealed.
    #[must_use]
    pub fn revealed_by(&self, interval: u32) -> Option<Timestamp> {
        Timestamp::new(self.closes(interval)?.seconds() + u64::from(self.reveal_seconds))
    }

    /// The interval that a time is in; `None` before the first, and after the last that has a number.
    #[must_use]
    pub fn interval_at(&self, time: Timestamp) -> Option<u32> {
        let since = time.seconds().checked_sub(self.start.seconds())?;
        u32::try_from(since.checked_div(u64::from(self.interval_seconds))?).ok()
    }

    /// What an unrevealed bid loses of an amount: `ceil(amount·penalty / 10,000)`. Rounded up, so that bids of next to nothing are not
    /// free.
    #[must_use]
    pub fn penalty_of(&self, amount: u64) -> u64 {
        let penalty = (u128::from(amount) * u128::from(self.penalty.min(WHOLE))).div_ceil(u128::from(WHOLE));
        u64::try_from(penalty).unwrap_or(amount)
    }
}

/// What a party signs for its actions: `BLAKE2b-256("Energy_Party____", digest of the transaction)`.
#[must_use]
pub fn party_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::PARTY, &[digest.as_bytes()])
}

//! What a meter signs: for each interval, what was produced and what was consumed, hidden.
//!
//! A reading w is committed to in `P = w·B + s·B~`. P is not sent, but the parts that it is the sum of: for each collector j a
//! commitment `P_j` whose opening that collector alone shares with the meter, and the opening of the rest, in clear:
//!
//! ```text
//! P = m_w·B + m_s·B~ + P_1 + ... + P_k       w = m_w + r_1 + ... + r_k,   s = m_s + t_1 + ... + t_k,   P_j = r_j·B + t_j·B~
//! ```
//!
//! The openings (r_j, t_j) are uniform. So m_w and m_s tell nothing of w to whoever lacks one of them, and each P_j tells
//! nothing at all. A collector who adds up its (r_j, t_j) over all meters tells the sum, which anybody checks against the sum of
//! the P_j; with all collectors' sums the total of w is known, and nothing else.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, ristretto::RistrettoPoint, scalar::Scalar};
use tabella_protocol::{
    hash::blake2b_256,
    list::read_list,
    range::RangeStatement,
    ristretto::{CanonicalScalar, Element, blinding_base},
};

use crate::{
    domain,
    terms::{MAX_COLLECTORS, MarketId, PartyKeys},
};

/// Most watt-hours of an interval that a meter may be certified for: 2^40. No total of fewer than 2^24 meters leaves 64 bits.
pub const MAX_CEILING: u64 = 1 << 40;

/// Which of the two registers of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Flow {
    /// What the household fed into the grid.
    Produced,
    /// What it took from the grid.
    Consumed,
}

impl Flow {
    /// Both, in the order of their numbers.
    pub const BOTH: [Self; 2] = [Self::Produced, Self::Consumed];

    /// 0 or 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Produced => 0,
            Self::Consumed => 1,
        }
    }
}

/// What opens `w·B + s·B~`, for everybody to see: a part of a reading, or a sum of such parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// w.
    pub value: CanonicalScalar,
    /// s.
    pub blinding: CanonicalScalar,
}

impl Opening {
    /// Of nothing.
    pub const ZERO: Self = Self { value: CanonicalScalar(Scalar::ZERO), blinding: CanonicalScalar(Scalar::ZERO) };

    /// What takes it out of a sum.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { value: CanonicalScalar(-self.value.0), blinding: CanonicalScalar(-self.blinding.0) }
    }

    /// What it opens.
    #[must_use]
    pub fn point(&self) -> RistrettoPoint {
        &self.value.0 * RISTRETTO_BASEPOINT_TABLE + self.blinding.0 * blinding_base()
    }

    /// The opening of the sum of two commitments.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            value: CanonicalScalar(self.value.0 + other.value.0),
            blinding: CanonicalScalar(self.blinding.0 + other.blinding.0),
        }
    }
}

/// One register of a meter over an interval, hidden.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Register {
    /// `P_j` of each collector, in their order.
    #[borsh(deserialize_with = "read_list::<MAX_COLLECTORS, Element, _>")]
    pub shares: Vec<Element>,
    /// `(m_w, m_s)`: the opening of the rest.
    pub rest: Opening,
    /// w, masked for the household: it finds its readings again with its keys and the ledger.
    pub masked: [u8; 8],
}

impl Register {
    /// `P`.
    #[must_use]
    pub fn commitment(&self) -> Element {
        self.shares.iter().fold(self.rest.point(), |sum, share| sum + share.point()).into()
    }
}

/// What a meter has read over one interval.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reading {
    /// Of which market.
    pub market: MarketId,
    /// The meter's signer.
    pub meter: [u8; 32],
    /// Which interval.
    pub interval: u32,
    /// What was produced, in Wh.
    pub produced: Register,
    /// What was consumed, in Wh.
    pub consumed: Register,
}

impl Reading {
    /// One of the two.
    #[must_use]
    pub const fn register(&self, flow: Flow) -> &Register {
        match flow {
            Flow::Produced => &self.produced,
            Flow::Consumed => &self.consumed,
        }
    }

    /// What the meter signs: `BLAKE2b-256("Energy_Reading__", borsh of the reading)`.
    #[must_use]
    pub fn message(&self) -> [u8; 32] {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        blake2b_256(domain::READING, &[&bytes])
    }
}

/// What a meter is: whose, from when on, and how much it can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MeterRecord {
    /// Of which market.
    pub market: MarketId,
    /// The keys in the device.
    pub meter: PartyKeys,
    /// The keys of the household, to which its energy belongs.
    pub household: PartyKeys,
    /// The first interval that it reads.
    pub first: u32,
    /// The most that it can read in an interval, in Wh, of what is produced and of what is consumed: what its connection carries.
    pub ceiling: u64,
}

impl MeterRecord {
    /// What a certifier signs, and the device: `BLAKE2b-256("Energy_Meter____", borsh of the record)`.
    #[must_use]
    pub fn message(&self) -> [u8; 32] {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        blake2b_256(domain::METER, &[&bytes])
    }

    /// What the range proof of a reading is about, whose commitments these are: that w and `ceiling - w` of both registers are
    /// below 2^64. So w is an integer from 0 to the ceiling, and not a number beyond it or below 0 modulo l.
    #[must_use]
    pub fn ceiling_statement(&self, interval: u32, commitments: &[Element; 2]) -> RangeStatement {
        let most = &Scalar::from(self.ceiling) * RISTRETTO_BASEPOINT_TABLE;
        let below = commitments.iter().map(|commitment| Element::from(most - commitment.point()));
        let purpose = [domain::CEILING, self.market.0.as_slice(), &self.meter.signer, &interval.to_le_bytes()];
        RangeStatement { purpose: purpose.concat(), commitments: commitments.iter().copied().chain(below).collect() }
    }
}

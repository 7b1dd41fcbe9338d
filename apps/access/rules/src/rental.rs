//! A rental on the ledger, and what everybody is shown of it.

use serde::Serialize;
use tabella_protocol::{
    account::Amount,
    note::{NoteCommitment, Timestamp},
};

use crate::terms::{Party, RentalTerms};

/// How far a rental has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Paid; the owner has not said that the rent's escrow opens in its wallet.
    Rented,
    /// The right can be used.
    Accepted,
    /// The right was used.
    Used {
        /// Until when the owner may claim parts of the deposit.
        claim_until: Timestamp,
    },
    /// The owner claims parts of the deposit.
    Claimed {
        /// How many.
        parts: u32,
        /// Until when the renter may dispute it; then the claim stands.
        until: Timestamp,
    },
    /// The renter disputes the claim.
    Disputed {
        /// How many parts were claimed.
        parts: u32,
        /// Until when the arbiter may decide; then the renter has all of them.
        until: Timestamp,
    },
    /// The deposit is divided for good.
    Settled {
        /// How many parts the owner keeps.
        parts: u32,
    },
}

impl Stage {
    /// Its byte in what both sign to divide the deposit: 0 to 5, in the order above.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::Rented => 0,
            Self::Accepted => 1,
            Self::Used { .. } => 2,
            Self::Claimed { .. } => 3,
            Self::Disputed { .. } => 4,
            Self::Settled { .. } => 5,
        }
    }

    /// How many parts the owner claims; 0 unless it is claimed or disputed.
    #[must_use]
    pub const fn claimed(self) -> u32 {
        match self {
            Self::Claimed { parts, .. } | Self::Disputed { parts, .. } => parts,
            _ => 0,
        }
    }
}

/// What a party knows of a rental when it agrees to a division: the agreement is for this, and for nothing that comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The stage, as time has it.
    pub stage: Stage,
    /// When the right was used, if it was.
    pub used: Option<Timestamp>,
}

/// A rental.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rental {
    terms: RentalTerms,
    escrow: NoteCommitment,
    stage: Stage,
    used: Option<Timestamp>,
    renter_paid: bool,
    owner_paid: bool,
}

impl Rental {
    pub(crate) const fn new(terms: RentalTerms, escrow: NoteCommitment) -> Self {
        Self { terms, escrow, stage: Stage::Rented, used: None, renter_paid: false, owner_paid: false }
    }

    /// What the parties agreed to.
    #[must_use]
    pub const fn terms(&self) -> &RentalTerms {
        &self.terms
    }

    /// The note that holds the rent.
    #[must_use]
    pub const fn escrow(&self) -> NoteCommitment {
        self.escrow
    }

    /// When the right was used, if it was. From then on the owner may claim the rent.
    #[must_use]
    pub const fn used(&self) -> Option<Timestamp> {
        self.used
    }

    /// Where it stands at a time: time settles what nobody does.
    #[must_use]
    pub fn stage(&self, now: Timestamp) -> Stage {
        match self.stage {
            Stage::Rented | Stage::Accepted if now >= self.terms.use_until => Stage::Settled { parts: 0 },
            Stage::Used { claim_until } if now >= claim_until => Stage::Settled { parts: 0 },
            Stage::Claimed { parts, until } if now >= until => Stage::Settled { parts },
            Stage::Disputed { until, .. } if now >= until => Stage::Settled { parts: 0 },
            stage => stage,
        }
    }

    /// What a division that is signed at this time is for.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        Standing { stage: self.stage(now), used: self.used }
    }

    /// The end of a delay that starts now, but not before the paid time is over: nobody has to answer for damage that is still
    /// to come.
    pub(crate) fn after_delay(&self, now: Timestamp) -> Timestamp {
        let ends = self.used.map_or(0, |used| used.seconds().saturating_add(self.terms.seconds()));
        self.terms.after_delay(now.max(Timestamp::new(ends).unwrap_or(Timestamp::MAX)))
    }

    /// How many parts of the deposit a party is owed, once the owner keeps so many.
    #[must_use]
    pub const fn share(&self, party: Party, kept: u32) -> u32 {
        match party {
            Party::Owner => kept,
            Party::Renter => self.terms.parts.saturating_sub(kept),
        }
    }

    /// Whether a party has taken its parts of the deposit.
    #[must_use]
    pub const fn is_paid(&self, party: Party) -> bool {
        match party {
            Party::Renter => self.renter_paid,
            Party::Owner => self.owner_paid,
        }
    }

    pub(crate) fn use_right(&mut self, now: Timestamp) {
        self.used = Some(now);
        self.stage = Stage::Used { claim_until: self.after_delay(now) };
    }

    pub(crate) const fn advance(&mut self, stage: Stage) {
        self.stage = stage;
    }

    pub(crate) const fn pay(&mut self, party: Party) {
        match party {
            Party::Renter => self.renter_paid = true,
            Party::Owner => self.owner_paid = true,
        }
    }
}

/// What everybody may know of a rental.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RentalRow {
    /// The renter's key, which is of this rental alone.
    pub renter: String,
    /// The owner's key.
    pub owner: String,
    /// The arbiter's key.
    pub arbiter: String,
    /// The device's key.
    pub device: String,
    /// The asset that is paid with.
    pub asset: String,
    /// The price of a unit of time in smallest units, as text; none if it is hidden.
    pub price: Option<String>,
    /// How many units of time are paid.
    pub units: u32,
    /// Length of a unit in seconds.
    pub unit_seconds: u32,
    /// The value of a part of the deposit in smallest units, as text; none if it is hidden.
    pub part: Option<String>,
    /// How many parts the deposit has.
    pub parts: u32,
    /// Until when the right can be used, in seconds after 1970.
    pub use_until: u64,
    /// The delay for claim, dispute and decision, in seconds.
    pub delay_seconds: u32,
    /// When the right was used, in seconds after 1970.
    pub used: Option<u64>,
    /// `rented`, `accepted`, `used`, `claimed`, `disputed` or `settled`.
    pub stage: &'static str,
    /// How many parts of the deposit are claimed, or kept once it is settled.
    pub owner_parts: Option<u32>,
    /// When the present stage ends by itself, in seconds after 1970; none once it is settled.
    pub until: Option<u64>,
    /// Whether the renter has taken its parts.
    pub renter_paid: bool,
    /// Whether the owner has taken its parts.
    pub owner_paid: bool,
}

impl RentalRow {
    pub(crate) fn new(rental: &Rental, now: Timestamp) -> Self {
        let terms = rental.terms();
        let (stage, owner_parts, until) = match rental.stage(now) {
            Stage::Rented => ("rented", None, Some(terms.use_until)),
            Stage::Accepted => ("accepted", None, Some(terms.use_until)),
            Stage::Used { claim_until } => ("used", None, Some(claim_until)),
            Stage::Claimed { parts, until } => ("claimed", Some(parts), Some(until)),
            Stage::Disputed { parts, until } => ("disputed", Some(parts), Some(until)),
            Stage::Settled { parts } => ("settled", Some(parts), None),
        };
        let public = |amount| match amount {
            Amount::Public(amount) => Some(amount.0.to_string()),
            Amount::Hidden(_) => None,
        };
        Self {
            renter: hex::encode(terms.renter.signer),
            owner: hex::encode(terms.owner),
            arbiter: hex::encode(terms.arbiter),
            device: hex::encode(terms.device),
            asset: terms.asset.to_string(),
            price: public(terms.price),
            units: terms.units,
            unit_seconds: terms.unit_seconds,
            part: public(terms.part),
            parts: terms.parts,
            use_until: terms.use_until.seconds(),
            delay_seconds: terms.delay_seconds,
            used: rental.used.map(Timestamp::seconds),
            stage,
            owner_parts,
            until: until.map(Timestamp::seconds),
            renter_paid: rental.renter_paid,
            owner_paid: rental.owner_paid,
        }
    }
}

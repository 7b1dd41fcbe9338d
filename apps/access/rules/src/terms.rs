//! What owner and renter agree to before a rental: device, keys, price, deposit, times.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use tabella_access_lock::right::MAX_SECONDS;
use tabella_protocol::{
    account::{Amount, SealedOpening},
    asset::{AssetClass, AssetDescription},
    hash::blake2b_256,
    hash_newtype,
    keys::Address,
    note::{AssetId, Contract, Guard, NoteValue, Terms, Timestamp},
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::{action::APPLICATION, domain, rental::Standing};

/// Most units of time of a rental.
pub const MAX_UNITS: u32 = 1 << 16;
/// Longest unit of time, in seconds: 31 days.
pub const MAX_UNIT_SECONDS: u32 = 31 * 86_400;
/// Most parts of a deposit.
pub const MAX_PARTS: u32 = 10_000;
/// Shortest delay for a claim, a dispute or a decision, in seconds.
pub const MIN_DELAY_SECONDS: u32 = 60;
/// Longest such delay, in seconds: 30 days.
pub const MAX_DELAY_SECONDS: u32 = 30 * 86_400;
/// How long after it is made a rental may still wait for its use, in seconds: 366 days. An owner who never accepts holds the
/// deposit no longer than this.
pub const MAX_USABLE_SECONDS: u64 = 366 * 86_400;
/// The name of every right's asset.
pub const RIGHT_NAME: &str = "Access right";

hash_newtype! {
    /// Which rental: hash of its ledger and its terms.
    RentalId
}

impl RentalId {
    /// The guard of the rent's escrow; `None` with negligible probability.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        Guard::of(&APPLICATION.0, &self.0)
    }
}

/// One of the two between whom the deposit is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Party {
    /// Pays rent and deposit.
    Renter,
    /// Lets the device.
    Owner,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Renter => "renter",
            Self::Owner => "owner",
        })
    }
}

/// Public keys of a renter, made for one rental, which the owner is told. Text form: 128 hexadecimal digits, signer and reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RenterKeys {
    /// Ed25519 key that signs, and issues the right.
    pub signer: [u8; 32],
    /// To which the openings of hidden prices are sealed: `k·B`.
    pub reader: Element,
}

impl fmt::Display for RenterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", hex::encode(self.signer), hex::encode(self.reader.as_bytes()))
    }
}

/// The text is not that of a renter's keys.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("keys of a renter are 128 hexadecimal digits, as `tabella access key` shows them")]
pub struct RenterKeysError;

impl FromStr for RenterKeys {
    type Err = RenterKeysError;

    fn from_str(text: &str) -> Result<Self, RenterKeysError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| RenterKeysError)?;
        borsh::from_slice(&bytes).map_err(|_| RenterKeysError)
    }
}

/// Why terms are none, whoever signs them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsError {
    /// One key for two roles.
    #[error("renter, owner, arbiter and device have different keys")]
    SameKey,
    /// No unit, or too many.
    #[error("a rental has 1 to {MAX_UNITS} units of time")]
    Units,
    /// A unit of no length, or too long.
    #[error("a unit of time lasts 1 to {MAX_UNIT_SECONDS} seconds, and all of them together at most a year")]
    UnitLength,
    /// No part, or too many.
    #[error("a deposit has 1 to {MAX_PARTS} parts")]
    Parts,
    /// A delay out of bounds.
    #[error("the delay for claim, dispute and decision is {MIN_DELAY_SECONDS} to {MAX_DELAY_SECONDS} seconds")]
    Delay,
    /// A public amount of 0, or one that no note can hold.
    #[error("public prices are at least 1, and rent and deposit come to less than 2^64 each")]
    Price,
    /// Hidden amounts whose openings are not sealed, a sealed opening of public ones, or one of each.
    #[error("prices are both hidden, and their openings sealed to the renter, or both public")]
    Sealed,
    /// After the end of time.
    #[error("the rental would end after the last time that a ledger knows")]
    End,
    /// A hash that is 0.
    #[error("the terms hash to 0: take another nonce")]
    Hash,
}

/// The openings of hidden prices, sealed by the owner to the renter's reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealedPrices {
    /// Of the price of a unit of time.
    pub price: SealedOpening,
    /// Of a part of the deposit.
    pub part: SealedOpening,
}

/// The terms of a rental. The owner signs them; the renter rents with them.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RentalTerms {
    /// The renter's keys, of this rental alone.
    pub renter: RenterKeys,
    /// Ed25519 key that the owner signs with, and that the device knows.
    pub owner: [u8; 32],
    /// Where the owner claims the rent: an address of this rental alone.
    pub payee: Address,
    /// Ed25519 key of whoever decides disputes.
    pub arbiter: [u8; 32],
    /// Ed25519 key of the device.
    pub device: [u8; 32],
    /// What is paid with.
    pub asset: AssetId,
    /// What a unit of time costs. A fixed price is that of one unit.
    pub price: Amount,
    /// How many are paid, 1 to 2^16.
    pub units: u32,
    /// How long one is: 1 second to 31 days.
    pub unit_seconds: u32,
    /// What a part of the deposit is worth.
    pub part: Amount,
    /// How many parts the deposit has, 1 to 10,000.
    pub parts: u32,
    /// The openings of hidden prices.
    pub sealed: Option<SealedPrices>,
    /// The right is used before this, or not at all: at most 366 days after the rental is made.
    pub use_until: Timestamp,
    /// How long after the paid time the owner may claim, how long the renter may dispute that, how long the arbiter has, in
    /// seconds. None of the three ends sooner than this after the paid time, however early the one before was made.
    pub delay_seconds: u32,
    /// Random: two rentals of the same terms differ, and one signature of the owner makes one rental.
    pub nonce: [u8; 32],
}

impl RentalTerms {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`TermsError`] names the rule.
    pub fn check(&self) -> Result<(), TermsError> {
        let keys = [self.renter.signer, self.owner, self.arbiter, self.device];
        if keys.iter().enumerate().any(|(i, key)| keys.iter().take(i).any(|before| before == key)) {
            return Err(TermsError::SameKey);
        }
        if self.units == 0 || self.units > MAX_UNITS {
            return Err(TermsError::Units);
        }
        if self.unit_seconds == 0 || self.unit_seconds > MAX_UNIT_SECONDS || self.seconds() > MAX_SECONDS {
            return Err(TermsError::UnitLength);
        }
        if self.parts == 0 || self.parts > MAX_PARTS {
            return Err(TermsError::Parts);
        }
        if !(MIN_DELAY_SECONDS..=MAX_DELAY_SECONDS).contains(&self.delay_seconds) {
            return Err(TermsError::Delay);
        }
        match (self.price, self.part, self.sealed) {
            (Amount::Public(price), Amount::Public(part), None) => {
                for (amount, times) in [(price, self.units), (part, self.parts)] {
                    amount.0.checked_mul(u64::from(times)).filter(|sum| *sum != 0).ok_or(TermsError::Price)?;
                }
            }
            (Amount::Hidden(_), Amount::Hidden(_), Some(_)) => {}
            _ => return Err(TermsError::Sealed),
        }
        self.closes().ok_or(TermsError::End)?;
        Ok(())
    }

    /// Whether the time to use the right ends soon enough, for a rental that is made at this time.
    #[must_use]
    pub const fn is_near(&self, now: Timestamp) -> bool {
        self.use_until.seconds() <= now.seconds().saturating_add(MAX_USABLE_SECONDS)
    }

    /// How long the paid time is, in seconds.
    #[must_use]
    pub const fn seconds(&self) -> u64 {
        self.units as u64 * self.unit_seconds as u64
    }

    /// When everything is over at the latest: used in the last second, claimed, disputed and decided in the last second of each
    /// delay. The rent is claimed before this, and taken back from this on. `None` after the end of time.
    #[must_use]
    pub const fn closes(&self) -> Option<Timestamp> {
        Timestamp::new(self.use_until.seconds() + self.seconds() + 3 * self.delay_seconds as u64)
    }

    /// The end of a delay that starts at a time: never after the end of time, for terms that were checked.
    #[must_use]
    pub fn after_delay(&self, start: Timestamp) -> Timestamp {
        Timestamp::new(start.seconds().saturating_add(u64::from(self.delay_seconds))).unwrap_or(Timestamp::MAX)
    }

    /// The rent: `units·price`. `None` if it is public and not below 2^64, which checked terms exclude.
    #[must_use]
    pub fn rent(&self) -> Option<Amount> {
        times(self.price, self.units)
    }

    /// So many parts of the deposit: `parts·part`. `None` as for the rent.
    #[must_use]
    pub fn share(&self, parts: u32) -> Option<Amount> {
        times(self.part, parts)
    }

    /// `BLAKE2b-256("Access_Rental_Id", ledger || borsh of the terms)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> RentalId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        RentalId(blake2b_256(domain::RENTAL, &[ledger.as_bytes(), &bytes]))
    }

    /// The contract of the rent's escrow; `None` with negligible probability, or after the end of time.
    #[must_use]
    pub fn contract(&self, rental: RentalId) -> Option<Contract> {
        let closes = self.closes()?;
        let terms = Terms { claim_until: closes, refund_from: closes, burn_only: false };
        Some(Contract { claimant: self.payee.owner(), terms, guard: rental.guard()? })
    }

    /// The right to use the device once: an asset of one unit, which the renter's key issues, and which names the rental.
    #[must_use]
    pub fn right(&self, rental: RentalId) -> AssetDescription {
        AssetDescription {
            issuer: self.renter.signer,
            name: RIGHT_NAME.to_owned(),
            decimals: 0,
            cap: 1,
            class: AssetClass::Ordinary,
            uid: None,
            body: rental.0,
        }
    }

    /// The Ed25519 key that a party signs with.
    #[must_use]
    pub const fn signer(&self, party: Party) -> &[u8; 32] {
        match party {
            Party::Renter => &self.renter.signer,
            Party::Owner => &self.owner,
        }
    }
}

fn times(amount: Amount, factor: u32) -> Option<Amount> {
    Some(match amount {
        Amount::Public(amount) => Amount::Public(NoteValue(amount.0.checked_mul(u64::from(factor))?)),
        Amount::Hidden(amount) => Amount::Hidden((Scalar::from(factor) * amount.point()).into()),
    })
}

/// What the owner signs: `BLAKE2b-256("Access_Offer____", rental)`. A rental is made once, so it is good once.
#[must_use]
pub fn consent_message(rental: RentalId) -> [u8; 32] {
    blake2b_256(domain::CONSENT, &[&rental.0])
}

/// What both sign to divide the deposit at once: `BLAKE2b-256("Access_Division_", rental || parts of the owner (4 bytes) || tag of
/// the stage (1 byte) || when the right was used (8 bytes, 0 if it was not) || parts that are claimed (4 bytes, 0 if none))`.
///
/// The stage is in it so that nobody is held to what they agreed to before the use, the damage or the claim.
#[must_use]
pub fn division_message(rental: RentalId, parts: u32, standing: Standing) -> [u8; 32] {
    let Standing { stage, used } = standing;
    let used = used.map_or(0, Timestamp::seconds).to_le_bytes();
    let claimed = stage.claimed().to_le_bytes();
    blake2b_256(domain::DIVISION, &[&rental.0, &parts.to_le_bytes(), &[stage.tag()], &used, &claimed])
}

/// What the arbiter signs: `BLAKE2b-256("Access_Decision_", rental || parts of the owner (4 bytes))`.
#[must_use]
pub fn decision_message(rental: RentalId, parts: u32) -> [u8; 32] {
    blake2b_256(domain::DECISION, &[&rental.0, &parts.to_le_bytes()])
}

/// What a party signs for its actions: `BLAKE2b-256("Access_Party____", digest of the transaction)`.
#[must_use]
pub fn party_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::PARTY, &[digest.as_bytes()])
}

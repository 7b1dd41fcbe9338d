//! What a corridor allows, and what the parties to a remittance agree to.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use tabella_protocol::{
    hash::blake2b_256,
    hash_newtype,
    keys::OwnerCommitment,
    note::{AssetId, Contract, Guard, NoteValue, Terms, Timestamp},
    range::RangeStatement,
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::domain;

/// Longest name of a corridor, in bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// Shortest time between the last answer and the end of claims, in seconds: who is answered can still claim.
pub const MIN_CLAIM_SECONDS: u64 = 3_600;

hash_newtype! {
    /// Which corridor: `BLAKE2b-256("Remit_Corridor__", ledger || borsh of the corridor)`.
    CorridorId
}

hash_newtype! {
    /// Which remittance: `BLAKE2b-256("Remit_Remittance", ledger || borsh of the terms)`. It is the digest that the guard of both
    /// escrows commits to.
    RemittanceId
}

/// A pair of assets, and the threshold below which a payment from the one to the other stays.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Corridor {
    /// Ed25519 key of who opens it.
    pub operator: [u8; 32],
    /// 1 to 64 bytes, not blank.
    pub name: String,
    /// What senders pay in: an ordinary asset.
    pub pays: AssetId,
    /// What receivers get: another ordinary asset.
    pub receives: AssetId,
    /// Each payment is below this, in smallest units of `pays`; at least 2.
    pub below: NoteValue,
}

/// Why a corridor is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorridorError {
    /// No name, or one that is too long.
    #[error("a corridor's name has 1 to {MAX_NAME_BYTES} bytes and is not blank")]
    Name,
    /// Nothing is exchanged.
    #[error("a corridor is between two assets")]
    SameAsset,
    /// Nothing could be paid.
    #[error("a corridor's threshold is at least 2: payments are below it, and at least 1")]
    Threshold,
}

impl Corridor {
    /// Checks what can be said of a corridor alone.
    ///
    /// # Errors
    /// [`CorridorError`]: one variant for each rule.
    pub fn check(&self) -> Result<(), CorridorError> {
        if self.name.trim().is_empty() || self.name.len() > MAX_NAME_BYTES {
            return Err(CorridorError::Name);
        }
        if self.pays == self.receives {
            return Err(CorridorError::SameAsset);
        }
        if self.below < NoteValue(2) { Err(CorridorError::Threshold) } else { Ok(()) }
    }

    /// The id on a ledger.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> CorridorId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        CorridorId(blake2b_256(domain::CORRIDOR, &[ledger.as_bytes(), &bytes]))
    }

    /// What the range proof of a remittance is about: that `(below - 1)·B - paid` holds a value below 2^64. The transfer's proof
    /// bounds the paid amount, so that the difference is that of integers.
    #[must_use]
    pub fn limit_statement(&self, id: RemittanceId, paid: &Element) -> RangeStatement {
        let most = Scalar::from(self.below.0.saturating_sub(1));
        let room = &most * RISTRETTO_BASEPOINT_TABLE - paid.point();
        RangeStatement { purpose: [domain::LIMIT.as_slice(), &id.0].concat(), commitments: vec![room.into()] }
    }
}

/// What is agreed to before both legs are locked. Amounts are committed to, and told by the sender to the provider and by the
/// sender to the receiver off the ledger.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RemittanceTerms {
    /// In which corridor.
    pub corridor: CorridorId,
    /// Digest of the provider's quote ([`quote_digest`]), which has a nonce: nobody finds a quote by trying.
    pub quote: [u8; 32],
    /// Ed25519 key of the quote, made for it alone: its provider signs with it what locks both legs, once.
    pub quote_key: [u8; 32],
    /// Both legs are locked before this.
    pub quote_expires: Timestamp,
    /// What is paid, `w·B + s·B~`.
    pub paid: Element,
    /// What is delivered, `w·B + s·B~`.
    pub delivered: Element,
    /// Who may claim what is paid: an address of the provider's, made for this quote alone.
    pub provider: OwnerCommitment,
    /// Who may claim what is delivered: an address of the receiver's, made for this remittance alone.
    pub receiver: OwnerCommitment,
    /// Ed25519 key of who answers for the receiver, made for this remittance alone.
    pub answerer: [u8; 32],
    /// Digest of the travel-rule message that is sealed to both institutions ([`travel_digest`]).
    pub travel: [u8; 32],
    /// It is answered before this.
    pub answer_until: Timestamp,
    /// Both legs are claimed before this.
    pub claim_until: Timestamp,
    /// Both legs are taken back from this on, if they were not claimed.
    pub refund_from: Timestamp,
    /// Random: two remittances of the same terms differ.
    pub nonce: [u8; 32],
}

/// Why terms are none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsError {
    /// Times that cannot be.
    #[error(
        "the times of a remittance are in order: expiry of the quote < end of answers < end of claims <= begin of refunds, and \
         claims end at least {MIN_CLAIM_SECONDS} s after answers"
    )]
    Times,
    /// One party on both sides.
    #[error("provider and receiver claim under different addresses")]
    SameClaimant,
}

impl RemittanceTerms {
    /// Checks what can be said of the terms alone.
    ///
    /// # Errors
    /// [`TermsError`]: one variant for each rule.
    pub fn check(&self) -> Result<(), TermsError> {
        let room = self.claim_until.seconds().saturating_sub(self.answer_until.seconds());
        if self.quote_expires >= self.answer_until || room < MIN_CLAIM_SECONDS || self.claim_until > self.refund_from {
            return Err(TermsError::Times);
        }
        if self.provider == self.receiver { Err(TermsError::SameClaimant) } else { Ok(()) }
    }

    /// The id on a ledger.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> RemittanceId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        RemittanceId(blake2b_256(domain::REMITTANCE, &[ledger.as_bytes(), &bytes]))
    }

    /// Until when and from when both escrows are claimed and taken back.
    #[must_use]
    pub const fn lock(&self) -> Terms {
        Terms { claim_until: self.claim_until, refund_from: self.refund_from, burn_only: false }
    }

    /// The contracts of what is paid and of what is delivered; `None` with negligible probability.
    #[must_use]
    pub fn contracts(&self, ledger: LedgerId) -> Option<[Contract; 2]> {
        let guard = self.id(ledger).guard()?;
        Some([self.provider, self.receiver].map(|claimant| Contract { claimant, terms: self.lock(), guard }))
    }
}

impl RemittanceId {
    /// The guard of both escrows; `None` with negligible probability.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        Guard::of(&crate::action::APPLICATION.0, &self.0)
    }
}

/// The digest of a quote's canonical bytes, nonce included: what its provider signs, and what terms name.
#[must_use]
pub fn quote_digest(quote: &[u8]) -> [u8; 32] {
    blake2b_256(domain::QUOTE, &[quote])
}

/// The digest of a sealed travel-rule message.
#[must_use]
pub fn travel_digest(sealed: &[u8]) -> [u8; 32] {
    blake2b_256(domain::TRAVEL, &[sealed])
}

/// What a party signs for its actions: `BLAKE2b-256("Remit_Party_____", digest of the transaction)`.
#[must_use]
pub fn party_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::PARTY, &[digest.as_bytes()])
}

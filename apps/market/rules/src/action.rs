//! What the parties of a marketplace do, and with which proofs.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use tabella_protocol::{
    bridge::BridgeProof,
    hash::blake2b_256,
    list::read_list,
    note::{NoteValue, Timestamp},
    range::{RangeProofBytes, RangeStatement},
    ristretto::Element,
    transaction::{Action, SignatureBytes, TransactionDigest},
};

use crate::{
    APPLICATION,
    domain::personal,
    price::{CreditProof, Price},
    rest::{Rest, RestProof},
    work::{AccountId, ListingId, MAX_HOLDERS, Party, Work, WorkId},
};

/// The body of an action of the application `market`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[expect(clippy::large_enum_variant, reason = "read once an action")]
pub enum MarketAction {
    /// A work is registered. Signed by every holder, and by the seller.
    Register(Box<Work>),
    /// Licences are sold. Signed by the seller, who issues them by a later action of the same transaction.
    Sale(Sale),
    /// Licences leave their pool, to be sold again. Whoever spends the notes decides who is paid.
    List(List),
    /// Licences that are offered go back into the pool. Signed by the reseller.
    Unlist {
        /// Which.
        listing: ListingId,
        /// Index of the transfer, in mode entry.
        transfer: u32,
    },
    /// Licences that are offered are sold. Signed by the reseller, unless they are offered at a public price.
    Resale(Resale),
    /// What was credited is taken into the balance that is withdrawn from. Signed by the owner.
    Collect {
        /// Of which work.
        work: WorkId,
        /// Which account.
        account: AccountId,
        /// Its version; one more afterwards.
        version: u64,
    },
    /// Value enters a pool. Signed by the owner.
    Withdraw(Withdrawal),
    /// Shows that somebody holds a licence, to one who asks with a challenge. Such a transaction is never submitted: it is
    /// good at [`presentation_time`] only, and whoever asks checks it against the state as if it were that late.
    Present {
        /// Of which work.
        work: WorkId,
        /// Index of the transfer of one licence, in mode exit.
        transfer: u32,
        /// Whatever was asked.
        challenge: [u8; 32],
    },
}

/// From when on a presentation is good: 2^40 - 2^20 seconds, which is in the year 36,000 or so.
#[must_use]
pub fn presentation_time() -> Timestamp {
    Timestamp::new((1 << 40) - (1 << 20)).unwrap_or(Timestamp::MAX)
}

/// A sale of licences.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sale {
    /// Of which work.
    pub work: WorkId,
    /// Index of the transfer of the price, in mode exit.
    pub transfer: u32,
    /// How many licences, at least 1.
    pub licences: u32,
    /// The price of all together; a part for each holder.
    pub price: Price,
    /// Digest of an invoice, or zeros.
    pub invoice: [u8; 32],
}

/// Licences to be sold again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct List {
    /// Of which work.
    pub work: WorkId,
    /// Index of the transfer of the licences, in mode exit.
    pub transfer: u32,
    /// How many.
    pub licences: u32,
    /// Who is paid.
    pub reseller: Party,
    /// The price of all together, for which anybody may have them; none if the reseller agrees to a buyer's.
    pub ask: Option<NoteValue>,
}

/// A sale of licences that are offered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Resale {
    /// Which.
    pub listing: ListingId,
    /// Index of the transfer of the price, in mode exit.
    pub payment: u32,
    /// Index of the transfer of the licences, in mode entry.
    pub licence: u32,
    /// The price; a part for each holder, and one for the reseller.
    pub price: Price,
}

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Withdrawal {
    /// Of which work.
    pub work: WorkId,
    /// From which account.
    pub account: AccountId,
    /// Its version; one more afterwards.
    pub version: u64,
    /// Index of the transfer, in mode entry.
    pub transfer: u32,
    /// How much; a hidden amount has one part, for the owner.
    pub amount: Price,
    /// What remains.
    pub rest: Rest,
}

impl MarketAction {
    /// The action as a transaction carries it.
    #[must_use]
    pub fn action(&self) -> Action {
        Action { application: APPLICATION, body: borsh::to_vec(self).expect("writing to memory") }
    }
}

/// The proof of an action: exactly what the action needs, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MarketProof {
    /// Ed25519 signatures of [`party_message`]: of a registration those of the holders, in their order, and the seller's; else at
    /// most one.
    #[borsh(deserialize_with = "read_list::<{ MAX_HOLDERS + 1 }, SignatureBytes, _>")]
    pub signatures: Vec<SignatureBytes>,
    /// From C to a hidden price.
    pub bridge: Option<BridgeProof>,
    /// That the handles of a hidden price are right.
    pub credit: Option<CreditProof>,
    /// That the parts of a rest are those of the balance.
    pub rest: Option<RestProof>,
    /// That the parts of a rest, or a hidden price without its minimum, are below 2^64.
    pub range: Option<RangeProofBytes>,
}

/// What parties sign: `BLAKE2b-256("Tabella_MktSign_", digest of the transaction)`.
#[must_use]
pub fn party_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::SIGN, &[digest.as_bytes()])
}

/// What the range proof of a hidden price is about that has a minimum: `C' - minimum·B`.
#[must_use]
pub fn minimum_statement(work: WorkId, commitment: &Element, minimum: u64) -> RangeStatement {
    let purpose = [APPLICATION.0.as_slice(), b"minimum", &work.0, &minimum.to_le_bytes()].concat();
    let above = commitment.point() - &Scalar::from(minimum) * RISTRETTO_BASEPOINT_TABLE;
    RangeStatement { purpose, commitments: vec![above.into()] }
}

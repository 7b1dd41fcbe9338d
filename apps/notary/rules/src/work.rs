//! A work: what its author says of it, once and for all. It is a note of an asset that commits to all of this, and of which there
//! is one.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_market_rules::work::{Holder, MAX_HOLDERS, WorkError, check_split};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    hash::blake2b_256,
    list::read_list,
    note::AssetId,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::{
    domain,
    id::{ContentDigest, WorkId},
};

/// Longest title, and longest licence, in bytes.
pub const MAX_TEXT_BYTES: usize = 128;
/// Pictures whose hashes differ in at most so many of their 64 bits are near by default.
pub const NEAR: u32 = 10;

/// A perceptual hash of a picture (dHash): bit `8·row + column` (the lowest is bit 0) says whether the brightness of a picture of
/// 9 times 8 pixels grows from the column to the next. Pictures that look alike have hashes that differ in few bits.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PictureHash(pub u64);

impl PictureHash {
    /// In how many bits two hashes differ, 0 to 64.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PictureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for PictureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureHash({self})")
    }
}

/// A work. Its id and its asset commit to all of it. The split is that of the marketplace: whoever sells licences of the work
/// there takes the holders over as they are.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Work {
    /// Title, 1 to 128 bytes without control characters.
    pub title: String,
    /// Ed25519 key under which the author is known for this work: signs the registration and proofs of authorship.
    pub author: [u8; 32],
    /// On what terms others may use it: an SPDX expression or an address, 1 to 128 bytes without control characters.
    pub licence: String,
    /// 1 to 32 holders, whose shares add up to 10,000.
    #[borsh(deserialize_with = "read_list::<MAX_HOLDERS, Holder, _>")]
    pub holders: Vec<Holder>,
    /// Of the work's file.
    pub digest: ContentDigest,
    /// Of a picture: its perceptual hash, as the author computed it.
    pub picture: Option<PictureHash>,
}

/// Why a work is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkFault {
    /// The title.
    #[error("a work's title has 1 to {MAX_TEXT_BYTES} bytes and no control characters")]
    Title,
    /// The licence.
    #[error("a work's licence has 1 to {MAX_TEXT_BYTES} bytes and no control characters")]
    Licence,
    /// The holders.
    #[error(transparent)]
    Split(#[from] WorkError),
}

/// Whether a text can stand in a line.
pub(crate) fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control)
}

impl Work {
    /// Checks everything that the work says of itself.
    ///
    /// # Errors
    /// [`WorkFault`] names the rule.
    pub fn check(&self) -> Result<(), WorkFault> {
        if !is_line(&self.title) {
            return Err(WorkFault::Title);
        }
        if !is_line(&self.licence) {
            return Err(WorkFault::Licence);
        }
        Ok(check_split(&self.holders)?)
    }

    /// `BLAKE2b-256("Notary_Work_____", ledger || borsh of the work)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> WorkId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        WorkId(blake2b_256(domain::WORK, &[ledger.as_bytes(), &bytes]))
    }

    /// The asset of the one note. Its body is the work's id, its issuer the author, and it is ordinary: when it changes hands,
    /// nobody sees even that.
    #[must_use]
    pub fn description(&self, ledger: LedgerId) -> AssetDescription {
        AssetDescription {
            issuer: self.author,
            name: self.title.clone(),
            decimals: 0,
            cap: 1,
            class: AssetClass::Ordinary,
            uid: None,
            body: self.id(ledger).0,
        }
    }

    /// The id of [`Self::description`]. `None` with negligible probability.
    #[must_use]
    pub fn asset(&self, ledger: LedgerId) -> Option<AssetId> {
        self.description(ledger).id()
    }
}

/// What the author signs to register: `BLAKE2b-256("Notary_Register_", digest of the transaction)`.
#[must_use]
pub fn register_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(domain::REGISTER, &[digest.as_bytes()])
}

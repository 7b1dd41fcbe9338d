//! A work: who has a share in it, what its licences are, and what is paid for them.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    asset::{AssetClass, AssetDescription, AssetError},
    hash::blake2b_256,
    hash_newtype,
    list::read_list,
    note::AssetId,
    ristretto::Element,
    transaction::{LedgerId, TransactionDigest},
};
use thiserror::Error;

use crate::domain::personal;

/// Most holders of a work.
pub const MAX_HOLDERS: usize = 32;
/// Longest title, in bytes.
pub const MAX_TITLE_BYTES: usize = 128;
/// A whole, in basis points.
pub const WHOLE: u16 = 10_000;
/// How many parts the smallest unit of the payment asset is divided into in accounts: a share of a royalty, each in basis
/// points, is a whole number of them.
pub const PARTS_PER_UNIT: u64 = 100_000_000;

hash_newtype! {
    /// Which work.
    WorkId
}
hash_newtype! {
    /// Which account of a work.
    AccountId
}
hash_newtype! {
    /// Which licences that are offered again.
    ListingId
}

impl ListingId {
    /// `BLAKE2b-256("Tabella_MktList_", digest of the transaction || index of the action (4 bytes))`.
    #[must_use]
    pub fn derive(digest: TransactionDigest, action: u32) -> Self {
        Self(blake2b_256(personal::LISTING_ID, &[digest.as_bytes(), &action.to_le_bytes()]))
    }
}

/// The key under which a party reads and spends what is credited: `K = k·B~`; never the identity.
///
/// Encoding: 32 bytes, a canonical Ristretto255 encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct ViewerKey(Element);

impl ViewerKey {
    /// A key, unless the element is the identity.
    #[must_use]
    pub fn new(element: Element) -> Option<Self> {
        (!element.is_identity()).then_some(Self(element))
    }

    /// `K`.
    #[must_use]
    pub const fn element(&self) -> &Element {
        &self.0
    }
}

impl BorshDeserialize for ViewerKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Self::new(Element::deserialize_reader(reader)?)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the identity is no viewer key"))
    }
}

/// The keys of somebody who is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Party {
    /// Ed25519 key that signs.
    pub owner: [u8; 32],
    /// Reads what is credited.
    pub viewer: ViewerKey,
}

impl Party {
    /// The party's account of a work: `BLAKE2b-256("Tabella_MktAcct_", work || owner || viewer)`.
    #[must_use]
    pub fn account(&self, work: WorkId) -> AccountId {
        AccountId(blake2b_256(personal::ACCOUNT_ID, &[&work.0, &self.owner, self.viewer.element().as_bytes()]))
    }
}

/// Somebody with a share in a work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holder {
    /// Who.
    pub party: Party,
    /// How much of each price, in basis points, 1 to 10,000.
    pub share: u16,
}

/// A work, and on what terms it is licensed. Its id commits to all of it. All holders sign its registration, and so does the
/// seller: the issuer of the licences.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Work {
    /// Title, 1 to 128 bytes.
    pub title: String,
    /// Digest of what is said of it beside the ledger, with names and roles: [`crate::metadata::Metadata::digest`].
    pub metadata: [u8; 32],
    /// 1 to 32 holders; the shares add up to 10,000.
    #[borsh(deserialize_with = "read_list::<MAX_HOLDERS, Holder, _>")]
    pub holders: Vec<Holder>,
    /// What a licence is: a named asset without decimals, of which nothing was issued yet. Its issuer sells.
    pub licence: AssetDescription,
    /// In which asset prices are paid.
    pub payment: AssetId,
    /// How much of the price of a resale goes to the holders, in basis points, 0 to 10,000.
    pub royalty: u16,
    /// The least price of one licence, in smallest units of the payment asset; 0 for none.
    pub minimum: u64,
    /// The least price of one licence that is sold again.
    pub resale_minimum: u64,
    /// Random.
    pub nonce: [u8; 32],
}

/// Why a work is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkError {
    /// Title empty or too long.
    #[error("a work's title has 1 to {MAX_TITLE_BYTES} bytes")]
    Title,
    /// No holders, or too many.
    #[error("a work has 1 to {MAX_HOLDERS} holders")]
    Holders,
    /// A holder twice.
    #[error("holder {0} is listed before: add up the shares")]
    Repeated(usize),
    /// Shares that are no split.
    #[error("shares are 1 to {WHOLE} basis points each and add up to {WHOLE}; these add up to {0}")]
    Shares(u32),
    /// A royalty above the price.
    #[error("a royalty is 0 to {WHOLE} basis points")]
    Royalty,
    /// The description of the licence.
    #[error("the licence: {0}")]
    Licence(#[from] AssetError),
    /// A licence that moves in hiding, or in fractions.
    #[error("a licence is an asset of class named without decimals: its transfers show that they are of it")]
    LicenceClass,
    /// A hash that is 0.
    #[error("this description of the licence has no asset id: take another name")]
    LicenceId,
    /// Paid for in licences.
    #[error("licences are not paid for with licences")]
    Payment,
}

/// Checks that these are 1 to 32 different holders whose shares, none of them 0, add up to a whole.
///
/// # Errors
/// [`WorkError`] names the rule.
pub fn check_split(holders: &[Holder]) -> Result<(), WorkError> {
    if holders.is_empty() || holders.len() > MAX_HOLDERS {
        return Err(WorkError::Holders);
    }
    for (index, holder) in holders.iter().enumerate() {
        if holders.iter().take(index).any(|before| before.party.owner == holder.party.owner) {
            return Err(WorkError::Repeated(index));
        }
    }
    let sum = holders.iter().map(|holder| u32::from(holder.share)).sum();
    if sum != u32::from(WHOLE) || holders.iter().any(|holder| holder.share == 0) {
        return Err(WorkError::Shares(sum));
    }
    Ok(())
}

impl Work {
    /// The work's id on a ledger: `BLAKE2b-256("Tabella_MktWork_", ledger || borsh of the work)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> WorkId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        WorkId(blake2b_256(personal::WORK_ID, &[ledger.as_bytes(), &bytes]))
    }

    /// Who signs sales: the issuer of the licences.
    #[must_use]
    pub const fn seller(&self) -> &[u8; 32] {
        &self.licence.issuer
    }

    /// The asset of its licences.
    ///
    /// # Errors
    /// [`WorkError::LicenceId`], with negligible probability.
    pub fn licence_id(&self) -> Result<AssetId, WorkError> {
        self.licence.id().ok_or(WorkError::LicenceId)
    }

    /// Checks everything that the work says of itself.
    ///
    /// # Errors
    /// [`WorkError`] names the rule.
    pub fn check(&self) -> Result<(), WorkError> {
        if self.title.trim().is_empty() || self.title.len() > MAX_TITLE_BYTES {
            return Err(WorkError::Title);
        }
        check_split(&self.holders)?;
        if self.royalty > WHOLE {
            return Err(WorkError::Royalty);
        }
        self.licence.check()?;
        if self.licence.class != AssetClass::Named || self.licence.decimals != 0 {
            return Err(WorkError::LicenceClass);
        }
        if self.licence_id()? == self.payment { Err(WorkError::Payment) } else { Ok(()) }
    }

    /// What each holder is credited with for each unit of the price of a sale, in parts: `share · 10^4`. They add up to 10^8.
    #[must_use]
    pub fn weights_of_sale(&self) -> Vec<u64> {
        self.holders.iter().map(|holder| u64::from(holder.share) * u64::from(WHOLE)).collect()
    }

    /// The same of a resale: `share · royalty` for each holder, and `(10^4 - royalty) · 10^4` for the reseller, who is last.
    #[must_use]
    pub fn weights_of_resale(&self) -> Vec<u64> {
        let holders = self.holders.iter().map(|holder| u64::from(holder.share) * u64::from(self.royalty));
        holders.chain([u64::from(WHOLE - self.royalty.min(WHOLE)) * u64::from(WHOLE)]).collect()
    }
}

//! What the packages add up to: the joint key and every trustee's verifying share.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, traits::Identity};
use thiserror::Error;

use super::{CeremonyId, HashUse, MAX_TRUSTEES, Round1Package, TrusteeIndex};
use crate::{
    domain::personal, elgamal::ElectionKey, hash::blake2b_256, list::read_list, ristretto::Element,
    transaction::hash_newtype,
};

hash_newtype! {
    /// What trustees acknowledge: BLAKE2b-256 (`Tabella_Ceremony`) of `6 || ceremony || Y || every Y_i`.
    OutcomeHash
}

/// The packages add up to the identity, which encrypts nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the joint key or a verifying share is the identity")]
pub struct IdentityKey;

/// Y and every Y_i. Encoding: borsh of (Y, list of Y_i).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct JointKey {
    key: ElectionKey,
    #[borsh(deserialize_with = "read_list::<MAX_TRUSTEES, Element, _>")]
    shares: Vec<Element>,
}

impl JointKey {
    /// `Y = Σ φ_(l,0)` and `Y_i = Σ_l Σ_k i^k·φ_(l,k)`, from the packages of all trustees in order.
    ///
    /// # Errors
    /// [`IdentityKey`].
    pub fn from_packages<'a>(
        packages: impl IntoIterator<Item = &'a Round1Package, IntoIter: Clone>,
    ) -> Result<Self, IdentityKey> {
        let packages = packages.into_iter();
        let mut sums: Vec<RistrettoPoint> = Vec::new();
        for package in packages.clone() {
            let commitments = package.commitments();
            sums.resize(sums.len().max(commitments.len()), RistrettoPoint::identity());
            for (sum, commitment) in sums.iter_mut().zip(commitments) {
                *sum += commitment.point();
            }
        }
        let evaluate = |index: TrusteeIndex| {
            let at = index.scalar();
            sums.iter().rev().fold(RistrettoPoint::identity(), |value, sum| value * at + sum)
        };
        let key = Element::new(sums.first().copied().unwrap_or_else(RistrettoPoint::identity));
        let shares: Vec<_> =
            (0..packages.count()).map_while(TrusteeIndex::at).map(|index| Element::new(evaluate(index))).collect();
        if shares.iter().any(Element::is_identity) {
            return Err(IdentityKey);
        }
        Ok(Self { key: ElectionKey::new(key).ok_or(IdentityKey)?, shares })
    }

    /// The joint key Y.
    #[must_use]
    pub const fn key(&self) -> &ElectionKey {
        &self.key
    }

    /// A trustee's verifying share Y_i.
    #[must_use]
    pub fn share(&self, index: TrusteeIndex) -> Option<&Element> {
        self.shares.get(index.position())
    }

    /// Every verifying share, in order of the trustees.
    #[must_use]
    pub fn shares(&self) -> &[Element] {
        &self.shares
    }

    /// What an acknowledgement signs.
    #[must_use]
    pub fn hash(&self, ceremony: CeremonyId) -> OutcomeHash {
        let body = borsh::to_vec(&(ceremony, self)).expect("writing to memory");
        OutcomeHash(blake2b_256(personal::CEREMONY, &[&[HashUse::Outcome as u8], &body]))
    }
}

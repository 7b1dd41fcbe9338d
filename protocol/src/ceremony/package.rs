//! A trustee's round-1 package: commitments to its polynomial, and a proof that it knows the constant term.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{ristretto::RistrettoPoint, traits::Identity};
use thiserror::Error;

use super::{CeremonyId, HashUse, MAX_TRUSTEES, TrusteeIndex, invalid};
use crate::{
    domain::personal,
    hash::blake2b_256,
    list::read_list,
    ristretto::{CanonicalScalar, Element},
    transaction::hash_newtype,
};

hash_newtype! {
    /// A package's commitment: BLAKE2b-256 (`Tabella_Ceremony`) of `4 || ceremony || trustee || package`. It hides the
    /// package, which holds at least two group elements of full entropy.
    PackageHash
}

/// Why a package is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackageError {
    /// There are no commitments, or more than trustees can be.
    #[error("a package has 2 to {MAX_TRUSTEES} commitments")]
    Count,
    /// A commitment, or the proof's, is the identity.
    #[error("a commitment of a package is never the identity")]
    Identity,
}

/// A Schnorr proof of knowledge of the constant term, in commitment form: `R = z·B - c·φ_0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProofOfKnowledge {
    /// R.
    pub commitment: Element,
    /// z.
    pub response: CanonicalScalar,
}

/// Commitments `φ_k = a_k·B` to a polynomial's coefficients, constant term first, with a proof of knowledge of `a_0`.
/// None is the identity. Encoding: borsh of (list of elements, R, z).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Round1Package {
    commitments: Vec<Element>,
    proof: ProofOfKnowledge,
}

impl Round1Package {
    /// Checks and makes a package. That there are exactly as many commitments as the threshold says is for the ceremony
    /// to check.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn new(commitments: Vec<Element>, proof: ProofOfKnowledge) -> Result<Self, PackageError> {
        if !(2..=MAX_TRUSTEES).contains(&commitments.len()) {
            return Err(PackageError::Count);
        }
        if proof.commitment.is_identity() || commitments.iter().any(Element::is_identity) {
            return Err(PackageError::Identity);
        }
        Ok(Self { commitments, proof })
    }

    /// The commitments, constant term first; at least two.
    #[must_use]
    pub fn commitments(&self) -> &[Element] {
        &self.commitments
    }

    /// The commitment to the constant term, φ_0.
    #[must_use]
    pub fn constant(&self) -> &Element {
        &self.commitments[0]
    }

    /// The proof of knowledge of the constant term.
    #[must_use]
    pub const fn proof(&self) -> &ProofOfKnowledge {
        &self.proof
    }

    /// `f(i)·B`: what the share for trustee `i` must be the discrete logarithm of.
    #[must_use]
    pub fn evaluate(&self, index: TrusteeIndex) -> RistrettoPoint {
        let at = index.scalar();
        self.commitments.iter().rev().fold(RistrettoPoint::identity(), |sum, commitment| sum * at + commitment.point())
    }

    /// What the trustee commits to in round 0.
    #[must_use]
    pub fn hash(&self, ceremony: CeremonyId, trustee: TrusteeIndex) -> PackageHash {
        let body = borsh::to_vec(&(ceremony, trustee, self)).expect("writing to memory");
        PackageHash(blake2b_256(personal::CEREMONY, &[&[HashUse::Package as u8], &body]))
    }
}

impl BorshDeserialize for Round1Package {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let commitments = read_list::<MAX_TRUSTEES, Element, R>(reader)?;
        Self::new(commitments, ProofOfKnowledge::deserialize_reader(reader)?).map_err(invalid)
    }
}

//! Verification of a key ceremony's record. Spec § 6.
//!
//! Everything is recomputed from the record: signatures, commitments, proofs of knowledge, the joint key Y and every
//! verifying share Y_i. What a record cannot show is whether each trustee still holds its share when the tally comes: that
//! is what the rehearsal is for ([`crate::decryption::verify_canaries`]).

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use sha2::{Digest, Sha512};
use tabella_protocol::{
    ceremony::{
        CeremonyHash, CeremonyRecord, Culprit, IdentityKey, JointKey, MessageError, Round1Package, TranscriptHash,
        TrusteeIndex, check_round,
    },
    elgamal::ElectionKey,
    ristretto::Element,
};
use thiserror::Error;

/// Why a ceremony's record is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// A message is missing, out of order or not rightly signed.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A package differs from what its trustee committed to before it saw the others'.
    #[error("the package of {0} is not the one that it committed to")]
    PackageChanged(Culprit),
    /// A package has another number of commitments than the threshold.
    #[error("the package of {trustee} has {found} commitments, and the threshold is {threshold}")]
    Degree {
        /// Whose package.
        trustee: Culprit,
        /// How many commitments it has.
        found: usize,
        /// How many it must have.
        threshold: u16,
    },
    /// The proof of knowledge does not verify.
    #[error("{0} has not proved that it knows the secret of its package")]
    ProofOfKnowledge(Culprit),
    /// A trustee confirmed other packages than the record shows.
    #[error("{0} confirmed other packages than the record shows")]
    Confirmation(Culprit),
    /// A trustee acknowledged another key.
    #[error("{0} acknowledged another joint key or other verifying shares")]
    Acknowledgement(Culprit),
    /// The packages add up to the identity.
    #[error(transparent)]
    IdentityKey(#[from] IdentityKey),
}

/// What a verified ceremony has made; only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeremonyOutcome {
    hash: CeremonyHash,
    joint: JointKey,
    threshold: u16,
    names: Vec<String>,
}

impl CeremonyOutcome {
    /// The hash of the record, which the manifest must name.
    #[must_use]
    pub const fn hash(&self) -> CeremonyHash {
        self.hash
    }

    /// The joint key Y.
    #[must_use]
    pub const fn key(&self) -> &ElectionKey {
        self.joint.key()
    }

    /// A trustee's verifying share Y_i.
    #[must_use]
    pub fn verifying_share(&self, index: TrusteeIndex) -> Option<&Element> {
        self.joint.share(index)
    }

    /// Every verifying share in order.
    #[must_use]
    pub fn verifying_shares(&self) -> &[Element] {
        self.joint.shares()
    }

    /// How many trustees decrypt together.
    #[must_use]
    pub const fn threshold(&self) -> u16 {
        self.threshold
    }

    /// The trustees' names in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The trustees' indices in order.
    pub fn trustees(&self) -> impl Iterator<Item = TrusteeIndex> {
        (0..self.names.len()).map_while(TrusteeIndex::at)
    }

    /// A trustee's index and name, for messages.
    #[must_use]
    pub fn culprit(&self, index: TrusteeIndex) -> Culprit {
        let name = self.names.get(index.position()).map_or("unknown", String::as_str);
        Culprit { index, name: name.to_owned() }
    }
}

/// Verifies a record and recomputes what it made.
///
/// # Errors
/// [`CeremonyError`], naming the culprit and the round.
pub fn verify(record: &CeremonyRecord) -> Result<CeremonyOutcome, CeremonyError> {
    let setup = &record.setup;
    let id = setup.id();
    check_round(setup, &record.commitments)?;
    check_round(setup, &record.packages)?;
    check_round(setup, &record.confirmations)?;
    check_round(setup, &record.acknowledgements)?;

    for (commitment, reveal) in record.commitments.iter().zip(&record.packages) {
        let package = &reveal.payload.package;
        if package.hash(id, reveal.trustee) != commitment.payload.package {
            return Err(CeremonyError::PackageChanged(setup.culprit(reveal.trustee)));
        }
        let found = package.commitments().len();
        if found != usize::from(setup.threshold()) {
            let trustee = setup.culprit(reveal.trustee);
            return Err(CeremonyError::Degree { trustee, found, threshold: setup.threshold() });
        }
        verify_proof_of_knowledge(reveal.trustee, package)
            .map_err(|_| CeremonyError::ProofOfKnowledge(setup.culprit(reveal.trustee)))?;
    }

    let transcript = TranscriptHash::new(id, &record.commitments, &record.packages);
    if let Some(other) = record.confirmations.iter().find(|message| message.payload.transcript != transcript) {
        return Err(CeremonyError::Confirmation(setup.culprit(other.trustee)));
    }

    let joint = JointKey::from_packages(record.packages.iter().map(|reveal| &reveal.payload.package))?;
    let outcome = joint.hash(id);
    if let Some(other) = record.acknowledgements.iter().find(|message| message.payload.outcome != outcome) {
        return Err(CeremonyError::Acknowledgement(setup.culprit(other.trustee)));
    }

    let names = setup.trustees().map(|(_, card)| card.name().to_string()).collect();
    Ok(CeremonyOutcome { hash: record.hash(), joint, threshold: setup.threshold(), names })
}

/// The proof of knowledge does not verify.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the proof of knowledge does not verify")]
pub struct BadProofOfKnowledge;

/// Verifies a package's proof of knowledge: `R = z·B - c·φ_0`.
///
/// # Errors
/// [`BadProofOfKnowledge`].
pub fn verify_proof_of_knowledge(index: TrusteeIndex, package: &Round1Package) -> Result<(), BadProofOfKnowledge> {
    let proof = package.proof();
    let challenge = proof_of_knowledge_challenge(index, package);
    let expected =
        RistrettoPoint::vartime_double_scalar_mul_basepoint(&-challenge, package.constant().point(), &proof.response.0);
    if expected == *proof.commitment.point() { Ok(()) } else { Err(BadProofOfKnowledge) }
}

/// frost-ristretto255's `HDKG`: SHA-512 of `"FROST-RISTRETTO255-SHA512-v1" || "dkg" || i (32 bytes, little-endian) || φ_0
/// || R`, modulo the group order. It does not name the ceremony; that the round-0 commitment and the signature do.
fn proof_of_knowledge_challenge(index: TrusteeIndex, package: &Round1Package) -> Scalar {
    let mut hash = Sha512::new();
    hash.update(b"FROST-RISTRETTO255-SHA512-v1");
    hash.update(b"dkg");
    hash.update(index.scalar().as_bytes());
    hash.update(package.constant().as_bytes());
    hash.update(package.proof().commitment.as_bytes());
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

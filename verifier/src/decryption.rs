//! Verification and combination of partial decryptions, and of the rehearsal. Spec § 6.

use std::sync::Arc;

use curve25519_dalek::{
    constants::{RISTRETTO_BASEPOINT_POINT, RISTRETTO_BASEPOINT_TABLE},
    ristretto::RistrettoPoint,
    scalar::Scalar,
    traits::{IsIdentity, VartimeMultiscalarMul},
};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::{Culprit, TrusteeIndex},
    decryption::{
        CanaryProof, DecryptionContext, DecryptionStatement, PartialDecryption, Purpose, canary, challenge,
        lagrange_coefficients, vartime_weighted_sum,
    },
    elgamal::Ciphertext,
    ristretto::Element,
    transaction::LedgerId,
};
use thiserror::Error;

use crate::ceremony::CeremonyOutcome;

/// Why a partial decryption is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecryptionError {
    /// The context's joint key is not the ceremony's.
    #[error("the decryption is under another joint key than the ceremony's")]
    Key,
    /// The ceremony has no such trustee.
    #[error("a partial decryption by trustee {0}, whom the ceremony does not name")]
    UnknownTrustee(TrusteeIndex),
    /// A trustee comes twice.
    #[error("{0} comes twice")]
    Duplicate(Culprit),
    /// Not one share for each ciphertext.
    #[error("{trustee} gives {found} shares for {expected} ciphertexts")]
    Count {
        /// Who.
        trustee: Culprit,
        /// How many shares there are.
        found: usize,
        /// How many ciphertexts there are.
        expected: usize,
    },
    /// The proof does not verify: a wrong share, or a proof made for another ledger, election, purpose, key, trustee or list.
    #[error("the decryption proof of {0} does not verify")]
    Proof(Culprit),
}

/// A partial decryption that has been verified; made only here.
#[derive(Clone, Debug)]
pub struct VerifiedPartial {
    trustee: TrusteeIndex,
    context: DecryptionContext,
    ciphertexts: Arc<[Ciphertext]>,
    shares: Vec<Element>,
}

impl VerifiedPartial {
    /// The trustee.
    #[must_use]
    pub const fn trustee(&self) -> TrusteeIndex {
        self.trustee
    }
}

/// Verifies the partial decryptions of several trustees for one list of ciphertexts, all proofs in one multiscalar
/// multiplication with random weights. If that fails, each is checked alone, to name the culprit.
///
/// # Errors
/// [`DecryptionError`].
pub fn verify_partials(
    context: &DecryptionContext,
    outcome: &CeremonyOutcome,
    ciphertexts: &[Ciphertext],
    partials: &[PartialDecryption],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Vec<VerifiedPartial>, DecryptionError> {
    if context.key != *outcome.key() {
        return Err(DecryptionError::Key);
    }
    let mut seen = Vec::with_capacity(partials.len());
    let mut claims = Vec::with_capacity(partials.len());
    for partial in partials {
        if seen.contains(&partial.trustee) {
            return Err(DecryptionError::Duplicate(outcome.culprit(partial.trustee)));
        }
        seen.push(partial.trustee);
        claims.push(Claim::new(*context, outcome, ciphertexts, partial)?);
    }
    verify_claims(&claims, outcome, rng)?;
    let shared: Arc<[Ciphertext]> = ciphertexts.into();
    Ok(partials
        .iter()
        .map(|partial| VerifiedPartial {
            trustee: partial.trustee,
            context: *context,
            ciphertexts: Arc::clone(&shared),
            shares: partial.shares.clone(),
        })
        .collect())
}

/// Why an election may not open.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RehearsalError {
    /// Trustees have not shown that they can decrypt.
    #[error("no rehearsal by {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Missing(Vec<Culprit>),
    /// A rehearsal is wrong.
    #[error("rehearsal: {0}")]
    Proof(#[from] DecryptionError),
}

/// Verifies the rehearsal: every trustee has decrypted its canary, each exactly once. Without this an election does not
/// open.
///
/// # Errors
/// [`RehearsalError`], naming who is missing or wrong.
pub fn verify_canaries(
    ledger: LedgerId,
    election: &[u8; 32],
    outcome: &CeremonyOutcome,
    proofs: &[CanaryProof],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), RehearsalError> {
    let context = DecryptionContext { ledger, election: *election, purpose: Purpose::Canary, key: *outcome.key() };
    let mut seen = Vec::with_capacity(proofs.len());
    let mut inputs = Vec::with_capacity(proofs.len());
    for proof in proofs {
        if seen.contains(&proof.trustee) {
            return Err(DecryptionError::Duplicate(outcome.culprit(proof.trustee)).into());
        }
        seen.push(proof.trustee);
        inputs.push(([canary(election, outcome.key(), proof.trustee)], proof.partial()));
    }
    let claims = inputs
        .iter()
        .map(|(ciphertexts, partial)| Claim::new(context, outcome, ciphertexts, partial))
        .collect::<Result<Vec<_>, _>>()?;
    verify_claims(&claims, outcome, rng)?;
    let missing: Vec<_> =
        outcome.trustees().filter(|index| !seen.contains(index)).map(|index| outcome.culprit(index)).collect();
    if missing.is_empty() { Ok(()) } else { Err(RehearsalError::Missing(missing)) }
}

/// One trustee's claim with everything that its two equations need.
struct Claim<'a> {
    statement: DecryptionStatement<'a>,
    partial: &'a PartialDecryption,
    weights: Vec<Scalar>,
    challenge: Scalar,
}

impl<'a> Claim<'a> {
    fn new(
        context: DecryptionContext,
        outcome: &CeremonyOutcome,
        ciphertexts: &'a [Ciphertext],
        partial: &'a PartialDecryption,
    ) -> Result<Self, DecryptionError> {
        let trustee = partial.trustee;
        let verifying_share = *outcome.verifying_share(trustee).ok_or(DecryptionError::UnknownTrustee(trustee))?;
        if partial.shares.len() != ciphertexts.len() {
            let (found, expected) = (partial.shares.len(), ciphertexts.len());
            return Err(DecryptionError::Count { trustee: outcome.culprit(trustee), found, expected });
        }
        let statement = DecryptionStatement { context, trustee, verifying_share, ciphertexts };
        let (mut transcript, weights) = statement.transcript(&partial.shares);
        let proof = &partial.proof;
        let challenge = challenge(&mut transcript, &proof.base_commitment, &proof.sum_commitment);
        Ok(Self { statement, partial, weights, challenge })
    }

    /// `z·B = R_B + c·Y_i` and `z·C = R_C + c·D`.
    fn holds(&self) -> bool {
        let (proof, c) = (&self.partial.proof, self.challenge);
        let z = proof.response.0;
        let base = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-c, self.statement.verifying_share.point(), &z);
        let bases = vartime_weighted_sum(&self.weights, self.statement.ciphertexts.iter().map(|each| &each.c1));
        let shares = vartime_weighted_sum(&self.weights, &self.partial.shares);
        base == *proof.base_commitment.point() && z * bases - c * shares == *proof.sum_commitment.point()
    }
}

/// All claims at once. Each equation has a 128-bit weight of its own, drawn after the claims are fixed.
fn verify_claims(
    claims: &[Claim<'_>],
    outcome: &CeremonyOutcome,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(), DecryptionError> {
    let mut scalars = vec![Scalar::ZERO];
    let mut points = vec![RISTRETTO_BASEPOINT_POINT];
    for claim in claims {
        let (proof, c) = (&claim.partial.proof, claim.challenge);
        let (base_weight, sum_weight) = (random_weight(rng), random_weight(rng));
        scalars[0] += base_weight * proof.response.0;
        scalars.extend([-base_weight, -base_weight * c, -sum_weight]);
        points.extend([
            *proof.base_commitment.point(),
            *claim.statement.verifying_share.point(),
            *proof.sum_commitment.point(),
        ]);
        let (of_base, of_share) = (sum_weight * proof.response.0, -sum_weight * c);
        for ((weight, ciphertext), share) in
            claim.weights.iter().zip(claim.statement.ciphertexts).zip(&claim.partial.shares)
        {
            scalars.extend([of_base * weight, of_share * weight]);
            points.extend([*ciphertext.c1.point(), *share.point()]);
        }
    }
    if RistrettoPoint::vartime_multiscalar_mul(scalars, points).is_identity() {
        return Ok(());
    }
    match claims.iter().find(|claim| !claim.holds()) {
        Some(claim) => Err(DecryptionError::Proof(outcome.culprit(claim.partial.trustee))),
        // Both equations of every claim hold exactly, so the sum does: it cannot have differed from the identity.
        None => Ok(()),
    }
}

fn random_weight(rng: &mut (impl RngCore + CryptoRng)) -> Scalar {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    Scalar::from(u128::from_le_bytes(bytes))
}

/// Why partial decryptions do not combine.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CombineError {
    /// Fewer than the threshold.
    #[error("decryptions by trustees: {found}; needed: {threshold}, so {} more", threshold - found)]
    TooFew {
        /// How many there are.
        found: u16,
        /// How many are needed.
        threshold: u16,
    },
    /// A trustee comes twice.
    #[error("{0} comes twice")]
    Duplicate(Culprit),
    /// Two partial decryptions are of different lists, elections or purposes, or of another ceremony's key.
    #[error("{0} decrypted something else than the others")]
    Mismatch(Culprit),
}

/// A list of ciphertexts with `s·c1` of each, s being the joint secret; made only by [`combine`].
#[derive(Clone, Debug)]
pub struct Decryption {
    ciphertexts: Arc<[Ciphertext]>,
    shared: Vec<Element>,
}

impl Decryption {
    /// `s·c1 = r·Y` of each ciphertext: the key of a ranked ballot.
    #[must_use]
    pub fn shared(&self) -> &[Element] {
        &self.shared
    }

    /// The first so many of the ciphertexts, and `s·c1` of the others; all of them, and none, if there are fewer.
    #[must_use]
    pub fn split_at(mut self, count: usize) -> (Self, Vec<Element>) {
        let rest = self.shared.split_off(count.min(self.shared.len()));
        self.ciphertexts = self.ciphertexts.iter().take(count).copied().collect();
        (self, rest)
    }

    /// `c2 - s·c1 = m·B` of each ciphertext.
    #[must_use]
    pub fn messages(&self) -> Vec<Element> {
        self.ciphertexts
            .iter()
            .zip(&self.shared)
            .map(|(ciphertext, shared)| Element::new(ciphertext.c2.point() - shared.point()))
            .collect()
    }

    /// Checks claimed totals: `c2 - s·c1 = m·B` for each.
    ///
    /// # Errors
    /// [`TotalError`].
    pub fn check_totals(&self, totals: &[u64]) -> Result<(), TotalError> {
        if totals.len() != self.ciphertexts.len() {
            return Err(TotalError::Count { found: totals.len(), expected: self.ciphertexts.len() });
        }
        for (index, (message, total)) in self.messages().iter().zip(totals).enumerate() {
            if *message.point() != &Scalar::from(*total) * RISTRETTO_BASEPOINT_TABLE {
                return Err(TotalError::Wrong { index });
            }
        }
        Ok(())
    }
}

/// Why claimed totals are refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TotalError {
    /// Not one total for each ciphertext.
    #[error("{found} totals for {expected} ciphertexts")]
    Count {
        /// How many totals there are.
        found: usize,
        /// How many ciphertexts there are.
        expected: usize,
    },
    /// A total is not what the ciphertext decrypts to.
    #[error("total {index} is not what its ciphertext decrypts to")]
    Wrong {
        /// Which, from 0.
        index: usize,
    },
}

/// Combines verified partial decryptions by Lagrange interpolation at 0. With more than the threshold those of the lowest
/// indices are used; any others give the same.
///
/// # Errors
/// [`CombineError`].
pub fn combine(outcome: &CeremonyOutcome, partials: &[VerifiedPartial]) -> Result<Decryption, CombineError> {
    let mut partials: Vec<&VerifiedPartial> = partials.iter().collect();
    partials.sort_by_key(|partial| partial.trustee);
    for pair in partials.windows(2) {
        if let [one, other] = pair
            && one.trustee == other.trustee
        {
            return Err(CombineError::Duplicate(outcome.culprit(other.trustee)));
        }
    }
    let threshold = outcome.threshold();
    let too_few = || CombineError::TooFew { found: u16::try_from(partials.len()).unwrap_or(u16::MAX), threshold };
    let used = partials.get(..usize::from(threshold)).ok_or_else(too_few)?;
    let first = used.first().ok_or_else(too_few)?;
    let same = |other: &&&VerifiedPartial| {
        other.context == first.context && other.context.key == *outcome.key() && other.ciphertexts == first.ciphertexts
    };
    if let Some(other) = partials.iter().find(|other| !same(other)) {
        return Err(CombineError::Mismatch(outcome.culprit(other.trustee)));
    }
    let indices: Vec<TrusteeIndex> = used.iter().map(|partial| partial.trustee).collect();
    let coefficients = lagrange_coefficients(&indices).expect("the indices were just found to differ");
    let shared = (0..first.ciphertexts.len())
        .map(|position| {
            let shares: Vec<_> =
                used.iter().filter_map(|partial| partial.shares.get(position)).map(Element::point).collect();
            Element::new(RistrettoPoint::vartime_multiscalar_mul(&coefficients, shares))
        })
        .collect();
    Ok(Decryption { ciphertexts: Arc::clone(&first.ciphertexts), shared })
}

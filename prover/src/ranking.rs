//! Seals a ranking and proves that its randomness is known. Spec § 6.8.

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    elgamal::ElectionKey,
    ranking::{Ranking, RankingProof, RankingRule, RankingStatement, SealedRanking, SealingPlace, challenge},
    ristretto::{CanonicalScalar, Element},
    secret::Secret,
};
use zeroize::Zeroizing;

/// r of a sealed ranking: whoever has it can open the ranking.
#[derive(Clone, Debug)]
pub struct RankingOpening(Secret<Scalar>);

impl RankingOpening {
    /// `r`.
    #[must_use]
    pub const fn randomness(&self) -> &Secret<Scalar> {
        &self.0
    }
}

/// Seals a ranking with fresh randomness.
#[must_use]
pub fn seal(
    place: &SealingPlace<'_>,
    rule: &RankingRule,
    key: &ElectionKey,
    ranking: &Ranking,
    rng: &mut (impl RngCore + CryptoRng),
) -> (SealedRanking, RankingOpening) {
    let r = Scalar::random(rng);
    let c1 = Element::new(&r * RISTRETTO_BASEPOINT_TABLE);
    let shared = Element::new(r * key.point());
    (SealedRanking::seal(place, rule, ranking, c1, &shared), RankingOpening(Secret::new(r)))
}

/// Proves knowledge of r. The nonce depends on the statement, on r and on fresh randomness.
pub fn prove(
    statement: &RankingStatement<'_>,
    opening: &RankingOpening,
    rng: &mut (impl RngCore + CryptoRng),
) -> RankingProof {
    let r = opening.0.expose();
    let mut transcript = statement.transcript();
    let mut rng = transcript.build_rng().rekey_with_witness_bytes(b"r", r.as_bytes()).finalize(rng);
    let nonce = Zeroizing::new(Scalar::random(&mut rng));
    let commitment = Element::new(&*nonce * RISTRETTO_BASEPOINT_TABLE);
    let c = challenge(&mut transcript, &commitment);
    RankingProof { nonce: commitment, response: CanonicalScalar(*nonce + c * r) }
}

#[cfg(test)]
mod tests;

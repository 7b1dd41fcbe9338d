//! Seals a ranking and proves that its randomness is known. Spec § 6.8.

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use merlin::Transcript;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    domain::{FORMAT_VERSION, randomness},
    elgamal::ElectionKey,
    ranking::{Ranking, RankingProof, RankingRule, RankingStatement, SealedRanking, SealingPlace, challenge},
    ristretto::{CanonicalScalar, Element},
    secret::Secret,
    transcript::TranscriptProtocol as _,
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

/// Seals a ranking. r depends on the ranking and its place as well as on fresh randomness: a generator that repeats itself
/// must not seal two rankings under one key.
#[must_use]
pub fn seal(
    place: &SealingPlace<'_>,
    rule: &RankingRule,
    key: &ElectionKey,
    ranking: &Ranking,
    rng: &mut (impl RngCore + CryptoRng),
) -> (SealedRanking, RankingOpening) {
    let mut transcript = Transcript::new(randomness::RANKING);
    transcript.append_message(b"version", &[FORMAT_VERSION]);
    transcript.append_message(b"election", place.election);
    transcript.append_message(b"nullifier", &place.nullifier.to_bytes());
    transcript.append_u64(b"question", u64::from(place.question));
    transcript.append_element(b"key", key.element());
    transcript.append_message(b"rule", &borsh::to_vec(rule).expect("writing to memory"));
    let witness = ranking.to_plaintext(rule);
    let mut rng = transcript.build_rng().rekey_with_witness_bytes(b"ranking", &witness).finalize(rng);
    let r = Scalar::random(&mut rng);
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

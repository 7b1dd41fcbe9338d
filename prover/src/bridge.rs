//! Proves that a value commitment on Jubjub and one on Ristretto hold the same value. Spec § 5; the protocol is in
//! [`tabella_protocol::bridge`].
//!
//! Ristretto's side is computed in constant time; arkworks' scalar multiplication on Jubjub is not.

use ark_ff::UniformRand;
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use merlin::{Transcript, TranscriptRng};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::WeightOpening,
    bridge::{BridgeNonces, BridgeProof, BridgeStatement, JubjubAnswer, MaskedValue},
    jubjub::{self, JubjubPoint, JubjubScalar},
    ristretto::{self, CanonicalScalar},
    secret::Secret,
    transcript::ProofContext,
};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// What both commitments open to: `C = w·V + r·R` and `C' = w·B + s·B~`.
#[derive(Clone, Debug)]
pub struct BridgeOpening {
    value: Secret<u128>,
    jubjub: Secret<JubjubScalar>,
    ristretto: Secret<Scalar>,
}

impl BridgeOpening {
    /// The opening of value w with blinding factors r and s. For a sum of commitments on Jubjub, w and r are the sums.
    #[must_use]
    pub const fn new(value: u128, jubjub: JubjubScalar, ristretto: Scalar) -> Self {
        Self { value: Secret::new(value), jubjub: Secret::new(jubjub), ristretto: Secret::new(ristretto) }
    }

    /// The opening that connects the `C = w·V + r·R` of a consumed right with the weight commitment of its ballot.
    #[must_use]
    pub fn of_weight(weight: &WeightOpening, jubjub: JubjubScalar) -> Self {
        Self::new(u128::from(*weight.weight().expose()), jubjub, *weight.blinding().expose())
    }

    /// The statement of which this is the opening, with the number of commitments that C is the sum of.
    #[must_use]
    pub fn statement(&self, terms: std::num::NonZeroU32) -> BridgeStatement {
        let (value, r, s) = (*self.value.expose(), self.jubjub.expose(), self.ristretto.expose());
        BridgeStatement {
            jubjub: JubjubPoint::new(*jubjub::value_base() * JubjubScalar::from(value) + *jubjub::blinding_base() * r),
            ristretto: (&Scalar::from(value) * RISTRETTO_BASEPOINT_TABLE + s * ristretto::blinding_base()).into(),
            terms,
        }
    }
}

/// Why a bridge cannot be proved.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BridgeProveError {
    /// The value is more than the commitments can hold: 2^64 - 1 each.
    #[error("the value is out of the range of the value commitments")]
    Value,
    /// C or C' opens to something else.
    #[error("the opening is not of these commitments")]
    Opening,
}

/// Proves a bridge at one place.
///
/// # Errors
/// [`BridgeProveError`] if the opening is not of the statement's commitments.
pub fn prove_bridge(
    context: &ProofContext,
    statement: &BridgeStatement,
    opening: &BridgeOpening,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<BridgeProof, BridgeProveError> {
    if *opening.value.expose() >= statement.value_limit() {
        return Err(BridgeProveError::Value);
    }
    if opening.statement(statement.terms) != *statement {
        return Err(BridgeProveError::Opening);
    }
    let transcript = statement.transcript(context);
    let mut rng = nonce_rng(&transcript, opening, rng);
    loop {
        let masks = Masks::random(&mut rng);
        // What is refused here is never shown; the chance does not depend on the value.
        if let Some(proof) = masks.answer(statement, &transcript, opening) {
            return Ok(proof);
        }
    }
}

/// Nonces depend on the statement, on all secrets and on fresh randomness: a repeated state of `rng` repeats none.
fn nonce_rng(transcript: &Transcript, opening: &BridgeOpening, rng: &mut (impl RngCore + CryptoRng)) -> TranscriptRng {
    let value = Zeroizing::new(opening.value.expose().to_le_bytes());
    let r = Zeroizing::new(jubjub::scalar_to_bytes(opening.jubjub.expose()));
    transcript
        .build_rng()
        .rekey_with_witness_bytes(b"w", value.as_slice())
        .rekey_with_witness_bytes(b"r", r.as_slice())
        .rekey_with_witness_bytes(b"s", opening.ristretto.expose().as_bytes())
        .finalize(rng)
}

/// k, a and b; wiped on drop.
struct Masks {
    value: [u8; 31],
    jubjub: JubjubScalar,
    ristretto: Scalar,
}

impl Masks {
    fn random(rng: &mut TranscriptRng) -> Self {
        let mut value = [0; 31];
        rng.fill_bytes(&mut value);
        Self { value, jubjub: JubjubScalar::rand(rng), ristretto: Scalar::random(rng) }
    }

    fn nonces(&self) -> BridgeNonces {
        let k = MaskedValue::from_bytes(self.value);
        let jubjub = *jubjub::value_base() * k.jubjub_scalar() + *jubjub::blinding_base() * self.jubjub;
        let ristretto = &k.ristretto_scalar() * RISTRETTO_BASEPOINT_TABLE + self.ristretto * ristretto::blinding_base();
        BridgeNonces { jubjub: JubjubPoint::new(jubjub), ristretto: ristretto.into() }
    }

    /// The proof; `None` if z is out of its range.
    fn answer(
        &self,
        statement: &BridgeStatement,
        transcript: &Transcript,
        opening: &BridgeOpening,
    ) -> Option<BridgeProof> {
        let nonces = self.nonces();
        let c = statement.challenge(transcript.clone(), &nonces);
        let value = MaskedValue::masking(&MaskedValue::from_bytes(self.value), c, *opening.value.expose())?;
        value.reaches_floor(statement).then(|| BridgeProof {
            nonces,
            value,
            jubjub: JubjubAnswer(self.jubjub + JubjubScalar::from(c) * opening.jubjub.expose()),
            ristretto: CanonicalScalar(self.ristretto + Scalar::from(c) * opening.ristretto.expose()),
        })
    }
}

impl Drop for Masks {
    fn drop(&mut self) {
        self.value.zeroize();
        self.jubjub.zeroize();
        self.ristretto.zeroize();
    }
}

#[cfg(test)]
mod tests;

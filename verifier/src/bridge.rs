//! Verifies bridges, one by one or many at once. Spec § 5; the argument is in [`tabella_protocol::bridge`].
//!
//! The caller vouches that C is the value commitment of a verified transfer (or a sum of such, with their number in
//! `terms`): only the circuit proves that its value is below 2^64.

use ark_ec::VariableBaseMSM;
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::Zero;
use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    bridge::{BridgeProof, BridgeStatement},
    jubjub::{JubjubScalar, blinding_base, value_base},
    transcript::ProofContext,
};
use thiserror::Error;

use crate::{batch::BatchError, sigma::Equation, sigma::all_hold};

/// Why a bridge is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BridgeError {
    /// z is below the floor.
    #[error("the masked value of the bridge is out of its range")]
    Range,
    /// Neither equation holds: the proof is of something else, or was altered.
    #[error("the bridge's proof does not belong to this statement at this place, or was altered")]
    NotThisStatement,
    /// The equation on Jubjub does not hold.
    #[error("the bridge's value is not the one in the transfer's commitment")]
    Jubjub,
    /// The equation on Ristretto does not hold.
    #[error("the bridge's value is not the one in the transparent commitment")]
    Ristretto,
}

/// One bridge of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BridgeItem<'a> {
    /// Where it stands.
    pub context: ProofContext,
    /// What it connects.
    pub statement: BridgeStatement,
    /// Its proof.
    pub proof: &'a BridgeProof,
}

/// Verifies one bridge.
///
/// # Errors
/// [`BridgeError`] names the check that fails.
pub fn verify_bridge(
    context: &ProofContext,
    statement: &BridgeStatement,
    proof: &BridgeProof,
) -> Result<(), BridgeError> {
    let checks = Checks::new(&BridgeItem { context: *context, statement: *statement, proof })?;
    let mut jubjub = JubjubSum::default();
    jubjub.add(&JubjubScalar::from(1_u8), &checks);
    match (jubjub.vanishes(), checks.ristretto.holds()) {
        (true, true) => Ok(()),
        (false, true) => Err(BridgeError::Jubjub),
        (true, false) => Err(BridgeError::Ristretto),
        (false, false) => Err(BridgeError::NotThisStatement),
    }
}

/// Verifies many bridges with one multiscalar multiplication in each group; where that fails, one by one.
///
/// `rng` must be unpredictable to the authors of the proofs. It is used after the batch is given.
///
/// # Errors
/// [`BatchError`] names all bridges that [`verify_bridge`] refuses.
pub fn verify_bridges(batch: &[BridgeItem<'_>], rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
    let checks: Option<Vec<Checks>> = batch.iter().map(|item| Checks::new(item).ok()).collect();
    if let Some(checks) = checks {
        let mut jubjub = JubjubSum::default();
        for checks in &checks {
            let mut weight = [0; 16];
            rng.fill_bytes(&mut weight);
            jubjub.add(&JubjubScalar::from(u128::from_le_bytes(weight)), checks);
        }
        if jubjub.vanishes() && all_hold(checks.iter().map(|checks| &checks.ristretto), rng) {
            return Ok(());
        }
    }
    let culprits: Vec<usize> = batch
        .iter()
        .enumerate()
        .filter(|(_, item)| verify_bridge(&item.context, &item.statement, item.proof).is_err())
        .map(|(index, _)| index)
        .collect();
    if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
}

/// What must hold for one bridge whose z is in range.
struct Checks {
    /// z, z_a: coefficients of V and R.
    bases: [JubjubScalar; 2],
    /// K and C with their coefficients.
    points: [(JubjubScalar, EdwardsAffine); 2],
    /// The equation on Ristretto.
    ristretto: Equation,
}

impl Checks {
    fn new(item: &BridgeItem<'_>) -> Result<Self, BridgeError> {
        let BridgeItem { context, statement, proof } = item;
        if !proof.value.reaches_floor(statement) {
            return Err(BridgeError::Range);
        }
        let c = statement.challenge(statement.transcript(context), &proof.nonces);
        let jubjub_c = JubjubScalar::from(c);
        Ok(Self {
            bases: [proof.value.jubjub_scalar(), proof.jubjub.0],
            points: [
                (-JubjubScalar::from(1_u8), *proof.nonces.jubjub.affine()),
                (-jubjub_c, *statement.jubjub.affine()),
            ],
            ristretto: Equation {
                base: proof.value.ristretto_scalar(),
                blinding: proof.ristretto.0,
                terms: vec![
                    (-Scalar::ONE, *proof.nonces.ristretto.point()),
                    (-Scalar::from(c), *statement.ristretto.point()),
                ],
                ..Equation::default()
            },
        })
    }
}

/// A weighted sum of equations on Jubjub.
#[derive(Default)]
struct JubjubSum {
    bases: [JubjubScalar; 2],
    scalars: Vec<JubjubScalar>,
    points: Vec<EdwardsAffine>,
}

impl JubjubSum {
    fn add(&mut self, weight: &JubjubScalar, checks: &Checks) {
        for (sum, coefficient) in self.bases.iter_mut().zip(checks.bases) {
            *sum += *weight * coefficient;
        }
        self.scalars.extend(checks.points.iter().map(|(coefficient, _)| *weight * coefficient));
        self.points.extend(checks.points.iter().map(|(_, point)| point));
    }

    /// Whether 8 times the sum is 0. The scalars are meant modulo r_J, and points outside of the prime-order subgroup have
    /// another order; 8 times them do not, so that one bridge and a batch decide alike.
    fn vanishes(mut self) -> bool {
        self.scalars.extend(self.bases);
        self.points.extend([*value_base(), *blinding_base()]);
        let sum = EdwardsProjective::msm_unchecked(&self.points, &self.scalars);
        let doubled = sum + sum;
        let fourfold = doubled + doubled;
        (fourfold + fourfold).is_zero()
    }
}

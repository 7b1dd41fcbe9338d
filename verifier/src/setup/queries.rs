//! What the second phase makes for a shape: the parts of the parameters that are divided by δ.

use ark_bls12_381::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use rand_core::{CryptoRng, RngCore};
use thiserror::Error;

use super::{
    circuit::{Circuit, CircuitDescription},
    encoding::{DecodeError, Identities, Reader, put_points},
    points::{pairings_equal, sum, weights},
    powers::Powers,
};

/// The queries of one shape. `Q_j = β·A_j(τ) + α·B_j(τ) + C_j(τ)` for the polynomials of variable j.
///
/// Encoding: the lists in this order, points compressed; their lengths follow from the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queries {
    /// `Q_j` of the instance variables (γ = 1): the input points of the verifying key.
    pub inputs: Vec<G1Affine>,
    /// `τ^i·(τ^n - 1)/δ` for i from 0 to n - 2, n the size of the domain.
    pub h: Vec<G1Affine>,
    /// `Q_j/δ` of the witness variables. The identity for a variable that no matrix mentions.
    pub l: Vec<G1Affine>,
}

/// Why queries are not those of circuit, powers and δ.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum QueryError {
    /// A list has another length.
    #[error("the list {0} has another length than the circuit asks for")]
    Length(&'static str),
    /// A list is not that of this circuit, these powers and this δ.
    #[error("the list {0} is not made of these matrices, powers and delta")]
    Content(&'static str),
}

impl Queries {
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put_points(out, &self.inputs);
        put_points(out, &self.h);
        put_points(out, &self.l);
    }

    pub(super) fn read(reader: &mut Reader<'_>, circuit: &CircuitDescription) -> Result<Self, DecodeError> {
        Ok(Self {
            inputs: reader.points("input points", circuit.instance as usize, Identities::Refused)?,
            h: reader.points("h query", circuit.domain() - 1, Identities::Refused)?,
            l: reader.points("l query", circuit.witness as usize, Identities::Allowed)?,
        })
    }

    /// Whether these are the queries of a circuit for the powers (which were checked) and δ in G2.
    ///
    /// Each list is compared in one random combination: `Σ w_j·Q_j` takes no Lagrange basis, because the combination of the
    /// polynomials is interpolated as scalars.
    ///
    /// # Errors
    /// [`QueryError`].
    pub(super) fn check(
        &self,
        circuit: &Circuit,
        powers: &Powers,
        delta: G2Affine,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), QueryError> {
        let description = circuit.description();
        let size = description.domain();
        for (list, found, expected) in [
            ("input points", self.inputs.len(), description.instance as usize),
            ("h query", self.h.len(), size - 1),
            ("l query", self.l.len(), description.witness as usize),
        ] {
            if found != expected {
                return Err(QueryError::Length(list));
            }
        }
        let g2 = G2Affine::generator();

        let mut all = weights(circuit.instance(), rng);
        let found = sum(&self.inputs, &all);
        all.resize(circuit.variables(), Fr::zero());
        if found != combination(circuit, powers, &all) {
            return Err(QueryError::Content("input points"));
        }

        let mut all = vec![Fr::zero(); circuit.instance()];
        all.extend(weights(self.l.len(), rng));
        let found = sum(&self.l, all.get(circuit.instance()..).unwrap_or_default());
        if !pairings_equal(found, delta, combination(circuit, powers, &all), g2) {
            return Err(QueryError::Content("l query"));
        }

        let drawn = weights(self.h.len(), rng);
        let mut scalars = vec![Fr::zero(); size];
        scalars.extend(&drawn);
        for (scalar, weight) in scalars.iter_mut().zip(&drawn) {
            *scalar -= weight;
        }
        let expected = sum(&powers.tau_g1, &scalars);
        if pairings_equal(sum(&self.h, &drawn), delta, expected, g2) {
            Ok(())
        } else {
            Err(QueryError::Content("h query"))
        }
    }
}

/// `Σ_j weight_j·Q_j`.
fn combination(circuit: &Circuit, powers: &Powers, weights: &[Fr]) -> G1Affine {
    let [a, b, c] = circuit.combine(weights);
    let sum = sum(&powers.beta_g1, &a) + sum(&powers.alpha_g1, &b) + sum(&powers.tau_g1, &c);
    sum.into_affine()
}

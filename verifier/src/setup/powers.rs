//! What the first phase makes: powers of τ in both groups, alone and times α and β.

use ark_bls12_381::{Fr, G1Affine, G2Affine};
use ark_ec::{
    AffineRepr,
    short_weierstrass::{Affine, SWCurveConfig},
};
use ark_ff::Zero;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{domain::personal, hash::blake2b_256};
use thiserror::Error;

use super::{
    encoding::{DecodeError, Identities, Reader, put_points},
    points::{pairings_equal, sum, weights},
};

/// Powers of a secret τ for domains up to size n.
///
/// Encoding: the lists in this order, points compressed; their lengths follow from n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Powers {
    /// `τ^i` in G1 for i from 0 to 2n - 2.
    pub tau_g1: Vec<G1Affine>,
    /// `τ^i` in G2 for i from 0 to n - 1.
    pub tau_g2: Vec<G2Affine>,
    /// `α·τ^i` in G1 for i from 0 to n - 1.
    pub alpha_g1: Vec<G1Affine>,
    /// `β·τ^i` in G1 for i from 0 to n - 1.
    pub beta_g1: Vec<G1Affine>,
}

/// Why powers are not those of the secrets that the last contribution shows.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PowersError {
    /// A list has another length.
    #[error("the list {0} of the powers has another length than the circuits ask for")]
    Length(&'static str),
    /// The first points are not the generator and what the last contribution shows.
    #[error("the list {0} of the powers does not begin with what the last contribution shows")]
    Start(&'static str),
    /// Two neighbours do not differ by the factor τ.
    #[error("the list {0} of the powers does not go up by the factor tau")]
    Step(&'static str),
}

impl Powers {
    /// The powers before any contribution: τ = α = β = 1.
    #[must_use]
    pub fn initial(size: usize) -> Self {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let long = (2 * size).saturating_sub(1);
        Self { tau_g1: vec![g1; long], tau_g2: vec![g2; size], alpha_g1: vec![g1; size], beta_g1: vec![g1; size] }
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_points(&mut out, &self.tau_g1);
        put_points(&mut out, &self.tau_g2);
        put_points(&mut out, &self.alpha_g1);
        put_points(&mut out, &self.beta_g1);
        out
    }

    pub(super) fn read(reader: &mut Reader<'_>, size: usize) -> Result<Self, DecodeError> {
        let none = Identities::Refused;
        Ok(Self {
            tau_g1: reader.points("tau in G1", 2 * size - 1, none)?,
            tau_g2: reader.points("tau in G2", size, none)?,
            alpha_g1: reader.points("alpha", size, none)?,
            beta_g1: reader.points("beta", size, none)?,
        })
    }

    /// The digest that a contribution names: `BLAKE2b-256("Tabella_SetupCer", 01 || encoding)`.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        blake2b_256(personal::SETUP, &[&[1], &self.to_bytes()])
    }

    /// Whether these are powers of one τ, alone and times one α and β, those that stand in the last contribution.
    ///
    /// # Errors
    /// [`PowersError`].
    pub(super) fn check(
        &self,
        size: usize,
        tau: (G1Affine, G2Affine),
        alpha: G1Affine,
        beta: G1Affine,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(), PowersError> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        starts_with("tau in G1", &self.tau_g1, 2 * size - 1, &[g1, tau.0])?;
        starts_with("tau in G2", &self.tau_g2, size, &[g2, tau.1])?;
        starts_with("alpha", &self.alpha_g1, size, &[alpha])?;
        starts_with("beta", &self.beta_g1, size, &[beta])?;
        // If Σ w_i·x_(i+1) = τ·Σ w_i·x_i for weights drawn after the x_i are fixed, then each x_(i+1) = τ·x_i.
        for (list, points) in [("tau in G1", &self.tau_g1), ("alpha", &self.alpha_g1), ("beta", &self.beta_g1)] {
            let (lower, upper) = neighbours(points, rng);
            if !pairings_equal(lower, tau.1, upper, g2) {
                return Err(PowersError::Step(list));
            }
        }
        let (lower, upper) = neighbours(&self.tau_g2, rng);
        if pairings_equal(tau.0, lower, g1, upper) { Ok(()) } else { Err(PowersError::Step("tau in G2")) }
    }
}

/// The same random combination of all points but the last, and of all but the first.
fn neighbours<P>(points: &[Affine<P>], rng: &mut (impl RngCore + CryptoRng)) -> (Affine<P>, Affine<P>)
where
    P: SWCurveConfig<ScalarField = Fr>,
    ark_ec::short_weierstrass::Projective<P>: ark_ec::VariableBaseMSM<MulBase = Affine<P>, ScalarField = Fr>,
{
    let mut weights = weights(points.len().saturating_sub(1), rng);
    let lower = sum(points, &weights);
    weights.insert(0, Fr::zero());
    (lower, sum(points, &weights))
}

fn starts_with<P: PartialEq>(list: &'static str, points: &[P], length: usize, start: &[P]) -> Result<(), PowersError> {
    if points.len() != length {
        return Err(PowersError::Length(list));
    }
    if points.starts_with(start) { Ok(()) } else { Err(PowersError::Start(list)) }
}

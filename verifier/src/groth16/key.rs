//! Verifying keys.

use std::{fmt, sync::Arc};

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{Pairing, PairingOutput};
use tabella_arithmetic::msm::{G1, PreparedBases};
use tabella_protocol::{domain::personal, hash::blake2b_256, statement::Shape, transaction::VerifyingKeyId};
use thiserror::Error;

use super::point::{self, PointError};

/// Memory for multiples of a key's input points: with 4 MiB all windows share one set of buckets.
const INPUT_TABLES: usize = 4 << 20;

/// A verifying key of one shape, parsed and prepared. Cloning is cheap.
///
/// Encoding: α (G1, 48 bytes), β, γ, δ (G2, 96 bytes each), then one G1 point for the constant 1 and one for each public
/// input; all compressed. The length follows from the shape.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    shape: Shape,
    id: VerifyingKeyId,
    bytes: Vec<u8>,
    alpha: G1Affine,
    inputs: PreparedBases<G1>,
    beta: G2Affine,
    minus_gamma: G2Affine,
    minus_delta: G2Affine,
    alpha_beta: PairingOutput<Bls12_381>,
}

/// A point of a verifying key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPoint {
    /// α in G1.
    Alpha,
    /// β in G2.
    Beta,
    /// γ in G2.
    Gamma,
    /// δ in G2.
    Delta,
    /// The point of the constant 1 (index 0) or of a public input (from index 1).
    Input(usize),
}

impl fmt::Display for KeyPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alpha => f.write_str("alpha"),
            Self::Beta => f.write_str("beta"),
            Self::Gamma => f.write_str("gamma"),
            Self::Delta => f.write_str("delta"),
            Self::Input(index) => write!(f, "input point {index}"),
        }
    }
}

/// Why bytes are not a verifying key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum VerifyingKeyError {
    /// A key of this shape has another length: it has another number of public inputs.
    #[error("a verifying key of shape {} has {expected} bytes, not {found}", shape.name())]
    Length {
        /// The shape.
        shape: Shape,
        /// Its length, in bytes.
        expected: usize,
        /// The given length.
        found: usize,
    },
    /// A point is not canonical, not on the curve, the identity, or outside the subgroup.
    #[error("{point} of the verifying key is {error}")]
    Point {
        /// Which point.
        point: KeyPoint,
        /// What is wrong with it.
        error: PointError,
    },
    /// γ = ±δ, as in a setup whose second phase never took place: anybody could forge proofs.
    #[error("gamma and delta of the verifying key are equal up to sign: anybody could forge proofs under it")]
    GammaIsDelta,
    /// Two public inputs have the same point up to sign, so that values could move from one to the other.
    #[error("input points {first} and {second} of the verifying key are equal up to sign")]
    RepeatedInputPoint {
        /// The lower index.
        first: usize,
        /// The higher index.
        second: usize,
    },
}

impl VerifyingKey {
    /// The length of a key of some shape, in bytes.
    #[must_use]
    pub const fn encoded_length(shape: Shape) -> usize {
        48 + 3 * 96 + 48 * (shape.public_inputs() + 1)
    }

    /// Reads and prepares a key.
    ///
    /// # Errors
    /// [`VerifyingKeyError`], one variant for each rule.
    pub fn from_bytes(shape: Shape, bytes: &[u8]) -> Result<Self, VerifyingKeyError> {
        let expected = Self::encoded_length(shape);
        if bytes.len() != expected {
            return Err(VerifyingKeyError::Length { shape, expected, found: bytes.len() });
        }
        let mut rest = bytes;
        let at = |point| move |error| VerifyingKeyError::Point { point, error };
        let alpha: G1Affine = point::read(&mut rest).map_err(at(KeyPoint::Alpha))?;
        let beta: G2Affine = point::read(&mut rest).map_err(at(KeyPoint::Beta))?;
        let gamma: G2Affine = point::read(&mut rest).map_err(at(KeyPoint::Gamma))?;
        let delta: G2Affine = point::read(&mut rest).map_err(at(KeyPoint::Delta))?;
        let inputs = (0..=shape.public_inputs())
            .map(|index| point::read(&mut rest).map_err(at(KeyPoint::Input(index))))
            .collect::<Result<Vec<_>, _>>()?;
        if gamma == delta || gamma == -delta {
            return Err(VerifyingKeyError::GammaIsDelta);
        }
        for (second, point) in inputs.iter().enumerate() {
            if let Some(first) = inputs.iter().take(second).position(|other| other == point || *other == -*point) {
                return Err(VerifyingKeyError::RepeatedInputPoint { first, second });
            }
        }
        let name = shape.name().as_bytes();
        let id = blake2b_256(personal::VERIFYING_KEY, &[&(name.len() as u64).to_le_bytes(), name, bytes]);
        Ok(Self(Arc::new(Inner {
            shape,
            id: VerifyingKeyId(id),
            bytes: bytes.to_vec(),
            alpha,
            inputs: PreparedBases::with_tables(&inputs, INPUT_TABLES),
            alpha_beta: Bls12_381::pairing(alpha, beta),
            beta,
            minus_gamma: -gamma,
            minus_delta: -delta,
        })))
    }

    /// The key of a setup, after the same checks as [`Self::from_bytes`].
    ///
    /// # Errors
    /// [`VerifyingKeyError`].
    pub fn from_setup(shape: Shape, key: &ark_groth16::VerifyingKey<Bls12_381>) -> Result<Self, VerifyingKeyError> {
        let mut bytes = point::write(&key.alpha_g1);
        for point in [&key.beta_g2, &key.gamma_g2, &key.delta_g2] {
            bytes.extend(point::write(point));
        }
        for point in &key.gamma_abc_g1 {
            bytes.extend(point::write(point));
        }
        Self::from_bytes(shape, &bytes)
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.0.shape
    }

    /// `BLAKE2b-256("Tabella_VerKeyId", length of the shape's name (8 bytes) || name || key)`.
    #[must_use]
    pub fn id(&self) -> VerifyingKeyId {
        self.0.id
    }

    /// The canonical encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    pub(super) fn alpha(&self) -> &G1Affine {
        &self.0.alpha
    }

    pub(super) fn beta(&self) -> G2Affine {
        self.0.beta
    }

    pub(super) fn minus_gamma(&self) -> G2Affine {
        self.0.minus_gamma
    }

    pub(super) fn minus_delta(&self) -> G2Affine {
        self.0.minus_delta
    }

    pub(super) fn alpha_beta(&self) -> &PairingOutput<Bls12_381> {
        &self.0.alpha_beta
    }

    /// `scale·I_0 + Σ inputs_i·I_i`. The caller has checked the count of the inputs.
    pub(super) fn combine_inputs(&self, scale: Fr, inputs: &[Fr]) -> G1Projective {
        debug_assert_eq!(inputs.len() + 1, self.0.inputs.len(), "the count is checked before");
        let scalars: Vec<Fr> = std::iter::once(scale).chain(inputs.iter().copied()).collect();
        self.0.inputs.msm(&scalars)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.shape == other.0.shape && self.0.bytes == other.0.bytes
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("shape", &self.0.shape).field("id", &self.0.id).finish()
    }
}

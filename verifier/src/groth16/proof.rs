//! Proofs, one at a time.

use std::fmt;

use ark_bls12_381::{Bls12_381, Fq12, Fr, G1Affine, G2Affine};
use ark_ec::{
    CurveGroup,
    pairing::{MillerLoopOutput, Pairing},
};
use ark_ff::One;
use tabella_arithmetic::{
    AnyBackend,
    pairing::{multi_miller_loop, multi_miller_loop_in_g2},
    points::{are_in_g1, solve_g1, solve_g2},
};
use tabella_protocol::{
    statement::{Shape, Statement},
    transaction::ProofBytes,
};
use thiserror::Error;

use super::{
    VerifyingKey,
    point::{self, PointError},
};

/// A point of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofPoint {
    /// A in G1.
    A,
    /// B in G2.
    B,
    /// C in G1.
    C,
}

impl fmt::Display for ProofPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        })
    }
}

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// The key is of another shape than the statement.
    #[error("a statement of shape {} under a verifying key of shape {}", statement.name(), key.name())]
    Shape {
        /// Shape of the statement.
        statement: Shape,
        /// Shape of the key.
        key: Shape,
    },
    /// Too many or too few public inputs.
    #[error("{found} public inputs where the verifying key takes {expected}")]
    InputCount {
        /// What the key takes.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// A point is not canonical, not on the curve, the identity, or outside the subgroup.
    #[error("{point} of the proof is {error}")]
    Point {
        /// Which point.
        point: ProofPoint,
        /// What is wrong with it.
        error: PointError,
    },
    /// The pairing equation does not hold: the proof is not of this statement.
    #[error("the proof does not prove this statement")]
    Invalid,
}

/// A proof whose points are canonical, in the prime-order subgroups and not the identity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) a: G1Affine,
    pub(super) b: G2Affine,
    pub(super) c: G1Affine,
}

/// A proof whose points are canonical and not the identity. They are on the curves; whether they are in the prime-order
/// subgroups is seen where they are multiplied.
#[derive(Clone, Copy, Debug)]
pub(super) struct CurveProof {
    pub(super) a: G1Affine,
    pub(super) b: G2Affine,
    pub(super) c: G1Affine,
}

impl Proof {
    pub(super) fn read(bytes: &ProofBytes) -> Result<Self, ProofError> {
        let mut rest: &[u8] = &bytes.0;
        let at = |point| move |error| ProofError::Point { point, error };
        let a = point::read(&mut rest).map_err(at(ProofPoint::A))?;
        let b = point::read(&mut rest).map_err(at(ProofPoint::B))?;
        let c = point::read(&mut rest).map_err(at(ProofPoint::C))?;
        Ok(Self { a, b, c })
    }
}

impl CurveProof {
    /// Reads many proofs together. An entry is `None` where [`Proof::read`] has to say what is wrong, or whether it is.
    pub(super) fn read_all(backend: AnyBackend, proofs: &[ProofBytes]) -> Vec<Option<Self>> {
        let (mut ones, mut twos) = (Vec::with_capacity(2 * proofs.len()), Vec::with_capacity(proofs.len()));
        for proof in proofs {
            let (a, b, c) = split(proof);
            ones.extend([a, c]);
            twos.push(b);
        }
        solve_g1(backend, &ones)
            .chunks_exact(2)
            .zip(solve_g2(backend, &twos))
            .map(|(ones, b)| match (ones, b) {
                (&[Some(a), Some(c)], Some(b)) => Some(Self { a, b, c }),
                _ => None,
            })
            .collect()
    }
}

impl From<Proof> for CurveProof {
    fn from(Proof { a, b, c }: Proof) -> Self {
        Self { a, b, c }
    }
}

/// The encodings of A, B and C.
fn split(proof: &ProofBytes) -> ([u8; 48], [u8; 96], [u8; 48]) {
    let (mut a, mut b, mut c) = ([0; 48], [0; 96], [0; 48]);
    for (source, target) in proof.0.iter().zip(a.iter_mut().chain(&mut b).chain(&mut c)) {
        *target = *source;
    }
    (a, b, c)
}

impl VerifyingKey {
    /// Verifies a proof of the statement that the public inputs (without the constant 1) make.
    ///
    /// # Errors
    /// [`ProofError`]: that of the first point that is wrong, then that of the equation.
    pub fn verify(&self, public_inputs: &[Fr], proof: &ProofBytes) -> Result<(), ProofError> {
        self.check_count(public_inputs)?;
        let backend = AnyBackend::selected();
        let points = CurveProof::read_all(backend, &[*proof]).pop().flatten();
        let product = points
            .filter(|points| are_in_g1(backend, &[points.a, points.c]) == [true; 2])
            .and_then(|points| multi_miller_loop_in_g2(backend, &self.pairs(public_inputs, &points)).ok());
        let holds = match product {
            Some(product) => self.equals_alpha_beta(product),
            None => self.equation_holds(public_inputs, &Proof::read(proof)?),
        };
        if holds { Ok(()) } else { Err(ProofError::Invalid) }
    }

    /// Verifies a proof of a statement of this key's shape.
    ///
    /// # Errors
    /// [`ProofError::Shape`] for a statement of another shape, else as [`Self::verify`].
    pub fn verify_statement<S: Statement>(&self, statement: &S, proof: &ProofBytes) -> Result<(), ProofError> {
        self.check_shape(S::SHAPE)?;
        self.verify(&statement.public_inputs(), proof)
    }

    pub(super) fn check_shape(&self, statement: Shape) -> Result<(), ProofError> {
        if statement == self.shape() { Ok(()) } else { Err(ProofError::Shape { statement, key: self.shape() }) }
    }

    pub(super) fn check_count(&self, public_inputs: &[Fr]) -> Result<(), ProofError> {
        let (expected, found) = (self.shape().public_inputs(), public_inputs.len());
        if found == expected { Ok(()) } else { Err(ProofError::InputCount { expected, found }) }
    }

    /// `e(A, B) · e(inputs, -γ) · e(C, -δ) = e(α, β)`.
    pub(super) fn equation_holds(&self, public_inputs: &[Fr], proof: &Proof) -> bool {
        self.equals_alpha_beta(multi_miller_loop(AnyBackend::selected(), &self.pairs(public_inputs, &(*proof).into())))
    }

    /// The pairs on the left side of the equation.
    fn pairs(&self, public_inputs: &[Fr], points: &CurveProof) -> [(G1Affine, G2Affine); 3] {
        let inputs = self.combine_inputs(Fr::one(), public_inputs).into_affine();
        [(points.a, points.b), (inputs, self.minus_gamma()), (points.c, self.minus_delta())]
    }

    /// Whether the left side's Miller loops come to the right side.
    fn equals_alpha_beta(&self, product: Fq12) -> bool {
        Bls12_381::final_exponentiation(MillerLoopOutput(product)).is_some_and(|product| product == *self.alpha_beta())
    }
}

//! A range proof as one equation, and sums of such. Spec § 5.3; Bulletproofs (Bünz et al. 2018, eprint 2017/1066): 4.3 for
//! the proof, 3.1 for the inner-product argument without rounds, 6 for batches.
//!
//! The transcript and the meaning of every byte are those of the crate `bulletproofs` 5. With its challenges y, z, x, w and
//! `u_r`, for m commitments `V_j` and i = 64·j + k from 0 to 64·m - 1, a proof is true if
//!
//! ```text
//! value      (delta - t_x)·B - t~·B~ + Σ_j z^(2+j)·V_j + x·T_1 + x²·T_2 = 0
//! argument   A + x·S - e~·B~ + w·(t_x - a·b)·B + Σ_r (u_r²·L_r + u_r^-2·R_r)
//!              + Σ_i (-z - a·s_i)·G_i + Σ_i (z + y^-i·(z^(2+j)·2^k - b/s_i))·H_i = 0
//! delta      (z - z²)·Σ_i y^i - (2^64 - 1)·Σ_j z^(3+j)
//! s_i        Π_r u_r if the bit of i for round r is 1, else 1/u_r; the first round's bit is the highest
//! ```
//!
//! *value* binds `t_x`, which is `<l, r>`, to the commitments: only if all digits are bits and make up the values does its
//! part without x equal `delta + Σ_j z^(2+j)·v_j`. *argument* shows that `t_x` is the inner product of the l and r in A and S.

use std::iter::{once, successors};

use borsh::BorshDeserialize;
use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT, ristretto::RistrettoPoint, scalar::Scalar, traits::VartimeMultiscalarMul,
};
use merlin::Transcript;
use rayon::prelude::*;
use tabella_protocol::{
    range::{MAX_RANGE_COMMITMENTS, RANGE_BITS, RangeProofBytes, RangeStatement},
    ristretto::{CanonicalScalar, Element, blinding_base},
    transcript::{ProofContext, TranscriptProtocol},
};

use super::{RangeError, generators::generators};

/// *value* and *argument* of one proof, each times its weight, as one sum that must be the identity.
#[derive(Debug)]
pub(super) struct RangeEquation {
    /// Coefficient of `B`.
    base: Scalar,
    /// Coefficient of `B~`.
    blinding: Scalar,
    /// Coefficients of the first `G_i` and `H_i`.
    generators: Vec<[Scalar; 2]>,
    /// Coefficients of points of the proof and its statement.
    terms: Vec<(Scalar, RistrettoPoint)>,
}

impl RangeEquation {
    /// Reads a proof, recomputes its challenges, and weighs *value* and *argument*, in this order. The weights must not be known
    /// to whoever wrote the proof, nor be equal but by chance: errors in the two equations could cancel.
    ///
    /// # Errors
    /// [`RangeError::Count`], [`RangeError::Encoding`]; [`RangeError::Proof`] if a point of the proof is the identity, which the
    /// crate refuses, too.
    pub(super) fn new(
        context: &ProofContext,
        statement: &RangeStatement,
        proof: &RangeProofBytes,
        [value, argument]: [Scalar; 2],
    ) -> Result<Self, RangeError> {
        let parts = Parts::read(proof, statement.commitments.len())?;
        let Challenges { y, z, x, w, rounds } = parts.challenges(context, statement).ok_or(RangeError::Proof)?;
        let ([bits, masks, t_1, t_2], [t_x, t_blinding, e_blinding], [a, b]) =
            (parts.points, parts.scalars, parts.ends);

        let size = 1 << rounds.len();
        // All inverses by one inversion; the product of all of them is 1/y times s_0.
        let mut inverses: Vec<Scalar> = once(y).chain(rounds.iter().copied()).collect();
        let mut s = vec![y * Scalar::batch_invert(&mut inverses)];
        let squares: Vec<Scalar> = rounds.iter().map(|u| u * u).collect();
        for square in squares.iter().rev() {
            s.extend_from_within(..);
            let half = s.len() / 2;
            s[half..].iter_mut().for_each(|s| *s *= square);
        }
        let z_powers: Vec<Scalar> =
            successors(Some(z * z), |power| Some(power * z)).take(statement.commitments.len()).collect();

        // z^(2+j)·2^k and y^-i, with the weight; 1/s_i is s from behind.
        let places = z_powers
            .iter()
            .flat_map(|power| successors(Some(argument * power), |place| Some(place + place)).take(RANGE_BITS));
        let y_powers = successors(Some(Scalar::ONE), |power| Some(power * inverses[0]));
        let [a_weighed, b_weighed, z_weighed] = [a, b, z].map(|scalar| argument * scalar);
        let generators = (s.iter().zip(s.iter().rev()).zip(places).zip(y_powers))
            .map(|(((s, inverse), place), y_power)| {
                [-z_weighed - a_weighed * s, z_weighed + y_power * (place - b_weighed * inverse)]
            })
            .collect();

        let mut terms = vec![
            (argument, *bits.point()),
            (argument * x, *masks.point()),
            (value * x, *t_1.point()),
            (value * x * x, *t_2.point()),
        ];
        for ((square, inverse), [left, right]) in squares.iter().zip(&inverses[1..]).zip(&parts.rounds) {
            terms.push((argument * square, *left.point()));
            terms.push((argument * inverse * inverse, *right.point()));
        }
        terms.extend(z_powers.iter().zip(&statement.commitments).map(|(power, v)| (value * power, *v.point())));

        let largest = Scalar::from(u64::MAX);
        let delta = (z - z * z) * sum_of_powers(y, size) - largest * z * z_powers.iter().sum::<Scalar>();
        Ok(Self {
            base: value * (delta - t_x) + argument * w * (t_x - a * b),
            blinding: -(value * t_blinding + argument * e_blinding),
            generators,
            terms,
        })
    }
}

/// The sum of equations, which is the identity if all are true: one multiscalar multiplication, divided among the cores, in which
/// every generator occurs once.
pub(super) fn sum<'a>(equations: impl IntoIterator<Item = &'a RangeEquation>) -> RistrettoPoint {
    let (mut base, mut blinding) = (Scalar::ZERO, Scalar::ZERO);
    let mut coefficients: Vec<[Scalar; 2]> = Vec::new();
    let mut terms = Vec::new();
    for equation in equations {
        base += equation.base;
        blinding += equation.blinding;
        if coefficients.len() < equation.generators.len() {
            coefficients.resize(equation.generators.len(), [Scalar::ZERO; 2]);
        }
        for (total, coefficient) in coefficients.as_flattened_mut().iter_mut().zip(equation.generators.as_flattened()) {
            *total += coefficient;
        }
        terms.extend_from_slice(&equation.terms);
    }
    terms.extend([(base, RISTRETTO_BASEPOINT_POINT), (blinding, *blinding_base())]);
    let of_generators = coefficients.as_flattened().iter().copied().zip(generators().as_flattened().iter().copied());
    terms.extend(of_generators);
    let parts = (terms.len() / LEAST_PART).clamp(1, rayon::current_num_threads().max(1));
    terms
        .par_chunks(terms.len().div_ceil(parts))
        .map(|terms| {
            let (scalars, points) = (terms.iter().map(|(scalar, _)| scalar), terms.iter().map(|(_, point)| point));
            RistrettoPoint::vartime_multiscalar_mul(scalars, points)
        })
        .sum()
}

/// Least points for a core: a multiplication of fewer costs more for each.
const LEAST_PART: usize = 512;

/// A proof's bytes, in their order.
struct Parts {
    /// A, S, `T_1`, `T_2`.
    points: [Element; 4],
    /// `t_x`, `t~`, `e~`.
    scalars: [Scalar; 3],
    /// L and R of each round.
    rounds: Vec<[Element; 2]>,
    /// a, b.
    ends: [Scalar; 2],
}

impl Parts {
    /// Refuses another length and whatever is not the canonical form of an element or a scalar.
    fn read(proof: &RangeProofBytes, commitments: usize) -> Result<Self, RangeError> {
        if !commitments.is_power_of_two() || commitments > MAX_RANGE_COMMITMENTS {
            return Err(RangeError::Count);
        }
        if proof.0.len() != RangeProofBytes::length(commitments) {
            return Err(RangeError::Encoding);
        }
        let rounds = (RANGE_BITS * commitments).ilog2();
        Self::decode(&mut proof.0.as_slice(), rounds).map_err(|_| RangeError::Encoding)
    }

    fn decode(bytes: &mut &[u8], rounds: u32) -> std::io::Result<Self> {
        Ok(Self {
            points: BorshDeserialize::deserialize(bytes)?,
            scalars: <[CanonicalScalar; 3]>::deserialize(bytes)?.map(|scalar| scalar.0),
            rounds: (0..rounds).map(|_| BorshDeserialize::deserialize(bytes)).collect::<Result<_, _>>()?,
            ends: <[CanonicalScalar; 2]>::deserialize(bytes)?.map(|scalar| scalar.0),
        })
    }

    /// Replays the transcript, under the labels of the crate. `None` if a point of the proof is the identity.
    fn challenges(&self, context: &ProofContext, statement: &RangeStatement) -> Option<Challenges> {
        let [bits, masks, t_1, t_2] = &self.points;
        let mut transcript = statement.transcript(context);
        transcript.append_message(b"dom-sep", b"rangeproof v1");
        transcript.append_u64(b"n", RANGE_BITS as u64);
        transcript.append_u64(b"m", statement.commitments.len() as u64);
        for commitment in &statement.commitments {
            transcript.append_element(b"V", commitment);
        }
        append(&mut transcript, b"A", bits)?;
        append(&mut transcript, b"S", masks)?;
        let (y, z) = (transcript.challenge_scalar(b"y"), transcript.challenge_scalar(b"z"));
        append(&mut transcript, b"T_1", t_1)?;
        append(&mut transcript, b"T_2", t_2)?;
        let x = transcript.challenge_scalar(b"x");
        for (label, scalar) in [b"t_x".as_slice(), b"t_x_blinding", b"e_blinding"].into_iter().zip(self.scalars) {
            transcript.append_scalar(label, &CanonicalScalar(scalar));
        }
        let w = transcript.challenge_scalar(b"w");
        transcript.append_message(b"dom-sep", b"ipp v1");
        transcript.append_u64(b"n", 1 << self.rounds.len());
        let mut rounds = Vec::with_capacity(self.rounds.len());
        for [left, right] in &self.rounds {
            append(&mut transcript, b"L", left)?;
            append(&mut transcript, b"R", right)?;
            rounds.push(transcript.challenge_scalar(b"u"));
        }
        Some(Challenges { y, z, x, w, rounds })
    }
}

struct Challenges {
    y: Scalar,
    z: Scalar,
    x: Scalar,
    w: Scalar,
    /// u of each round.
    rounds: Vec<Scalar>,
}

/// Absorbs a point of a proof, if it is not the identity.
fn append(transcript: &mut Transcript, label: &'static [u8], point: &Element) -> Option<()> {
    (!point.is_identity()).then(|| transcript.append_element(label, point))
}

/// `1 + x + … + x^(size - 1)`, for a power of 2: `(1 + x)·(1 + x²)·(1 + x⁴)·…`.
fn sum_of_powers(x: Scalar, size: usize) -> Scalar {
    successors(Some(x), |power| Some(power * power))
        .take(size.ilog2() as usize)
        .map(|power| Scalar::ONE + power)
        .product()
}

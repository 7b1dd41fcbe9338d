//! Linear equations over Ristretto, checked one by one or as a batch. Spec § 9.
//!
//! Sigma proofs are checked in commitment form: each becomes some equations `Σ coefficient·point = 0` whose challenges were
//! recomputed from the commitments. A batch multiplies every equation by a random weight of 128 bits of its own and checks
//! that the sum is 0, with one multiscalar multiplication in which the coefficients of fixed bases are added up first.
//! If an equation is false, at most one value of its weight in 2^128 makes the sum 0, whatever the other equations are. So
//! weights must not be known to whoever wrote the proofs: they are drawn here, after the batch is given.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT,
    ristretto::RistrettoPoint,
    scalar::Scalar,
    traits::{IsIdentity, VartimeMultiscalarMul},
};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{ballot::compressed::vector_bases, elgamal::ElectionKey, ristretto::blinding_base};

/// `base·B + blinding·B~ + key·Y + Σ vector_k·G_k + Σ coefficient·point = 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equation {
    /// Coefficient of `B`.
    pub base: Scalar,
    /// Coefficient of `B~`.
    pub blinding: Scalar,
    /// Coefficient of an election key.
    pub key: Option<(Scalar, ElectionKey)>,
    /// Coefficients of the first bases `G_1, G_2, …` of ballots.
    pub vector: Vec<Scalar>,
    /// Coefficients of points of the proof and its statement.
    pub terms: Vec<(Scalar, RistrettoPoint)>,
}

impl Default for Equation {
    fn default() -> Self {
        Self { base: Scalar::ZERO, blinding: Scalar::ZERO, key: None, vector: Vec::new(), terms: Vec::new() }
    }
}

impl Equation {
    /// Whether the equation holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        let mut sum = Accumulator::default();
        sum.add(&Scalar::ONE, self);
        sum.vanishes()
    }
}

/// Whether all equations hold (if they do not, it says so but with probability 2^-128). Each gets its own weight.
///
/// `rng` must be unpredictable to the authors of the equations: the operating system's, or seeded from it.
#[must_use]
pub fn all_hold<'a>(equations: impl IntoIterator<Item = &'a Equation>, rng: &mut (impl RngCore + CryptoRng)) -> bool {
    let mut sum = Accumulator::default();
    for equation in equations {
        sum.add(&draw_weight(rng), equation);
    }
    sum.vanishes()
}

/// A weight: uniform in [0, 2^128).
pub(crate) fn draw_weight(rng: &mut (impl RngCore + CryptoRng)) -> Scalar {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    Scalar::from(u128::from_le_bytes(bytes))
}

/// A weighted sum of equations. Not public: its user must draw the weights after the equations are fixed, each once.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    base: Scalar,
    blinding: Scalar,
    keys: Vec<(Scalar, ElectionKey)>,
    vector: Vec<Scalar>,
    scalars: Vec<Scalar>,
    points: Vec<RistrettoPoint>,
}

impl Accumulator {
    /// Adds `weight` times an equation.
    pub(crate) fn add(&mut self, weight: &Scalar, equation: &Equation) {
        self.base += weight * equation.base;
        self.blinding += weight * equation.blinding;
        if let Some((coefficient, key)) = &equation.key {
            let coefficient = weight * coefficient;
            match self.keys.iter_mut().find(|(_, known)| known == key) {
                Some((sum, _)) => *sum += coefficient,
                None => self.keys.push((coefficient, *key)),
            }
        }
        if self.vector.len() < equation.vector.len() {
            self.vector.resize(equation.vector.len(), Scalar::ZERO);
        }
        for (sum, coefficient) in self.vector.iter_mut().zip(&equation.vector) {
            *sum += weight * coefficient;
        }
        self.scalars.extend(equation.terms.iter().map(|(coefficient, _)| weight * coefficient));
        self.points.extend(equation.terms.iter().map(|(_, point)| point));
    }

    /// Whether the sum is 0: one multiscalar multiplication.
    pub(crate) fn vanishes(mut self) -> bool {
        self.scalars.extend([self.base, self.blinding]);
        self.points.extend([RISTRETTO_BASEPOINT_POINT, *blinding_base()]);
        self.scalars.extend(self.keys.iter().map(|(coefficient, _)| coefficient));
        self.points.extend(self.keys.iter().map(|(_, key)| key.point()));
        self.points.extend(vector_bases(self.vector.len()));
        self.scalars.append(&mut self.vector);
        if self.scalars.len() != self.points.len() {
            return false; // more coefficients than there are bases
        }
        RistrettoPoint::vartime_multiscalar_mul(&self.scalars, &self.points).is_identity()
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn false_equation(coefficient: Scalar) -> Equation {
        Equation { base: coefficient, ..Equation::default() }
    }

    #[test]
    fn true_equations_hold() {
        let point = Scalar::from(6_u64) * RISTRETTO_BASEPOINT_POINT + Scalar::from(2_u64) * blinding_base();
        let equation = Equation {
            base: Scalar::from(12_u64),
            blinding: Scalar::from(4_u64),
            terms: vec![(-Scalar::from(2_u64), point)],
            ..Equation::default()
        };
        assert!(equation.holds());
        assert!(all_hold([&equation, &equation], &mut ChaCha20Rng::seed_from_u64(1)));
    }

    // Attack 29: with one weight for both, these two false equations add up to a true one.
    #[test]
    fn false_equations_that_cancel_do_not_hold_together() {
        let (plus, minus) = (false_equation(Scalar::ONE), false_equation(-Scalar::ONE));
        assert!(!plus.holds() && !minus.holds());
        assert!(!all_hold([&plus, &minus], &mut ChaCha20Rng::seed_from_u64(1)));
        let key = |coefficient, y: u64| Equation {
            key: Some((
                coefficient,
                ElectionKey::new((Scalar::from(y) * RISTRETTO_BASEPOINT_POINT).into()).expect("a key"),
            )),
            ..Equation::default()
        };
        let (two, minus_one) = (key(Scalar::from(2_u64), 3), key(-Scalar::ONE, 6));
        assert!(!all_hold([&two, &minus_one], &mut ChaCha20Rng::seed_from_u64(1)));
    }

    #[test]
    fn weights_have_128_bits_and_differ() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (first, second) = (draw_weight(&mut rng), draw_weight(&mut rng));
        assert_ne!(first, second);
        assert!(first.as_bytes()[16..].iter().all(|byte| *byte == 0) && first.as_bytes()[15] != 0);
    }
}

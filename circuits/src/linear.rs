//! A linear combination of allocated variables, with its value where the witness is known.

use std::ops::{Add, Neg, Sub};

use ark_bls12_381::Fr;
use ark_ff::{One, Zero};
use ark_relations::gr1cs::{LinearCombination, Variable};

/// A linear combination. The terms never name a symbolic linear combination, so that nothing is inlined later.
#[derive(Clone)]
pub(crate) struct Linear {
    terms: Vec<(Fr, Variable)>,
    /// `None` during setup.
    value: Option<Fr>,
}

impl Linear {
    pub(crate) fn variable(variable: Variable, value: Option<Fr>) -> Self {
        Self { terms: vec![(Fr::one(), variable)], value }
    }

    pub(crate) fn constant(value: Fr) -> Self {
        let terms = if value.is_zero() { Vec::new() } else { vec![(value, Variable::One)] };
        Self { terms, value: Some(value) }
    }

    pub(crate) fn one() -> Self {
        Self::constant(Fr::one())
    }

    /// `Σ coefficient·term`.
    pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Self)>) -> Self {
        let mut sum = Self::constant(Fr::zero());
        for (coefficient, part) in parts {
            sum.terms.extend(part.terms.iter().map(|(k, variable)| (*k * coefficient, *variable)));
            sum.value = sum.value.zip(part.value).map(|(a, b)| a + coefficient * b);
        }
        sum
    }

    /// `Σ 2^i·bit_i`.
    pub(crate) fn from_bits(bits: &[Self]) -> Self {
        let mut power = Fr::one();
        Self::sum(bits.iter().map(|bit| {
            let coefficient = power;
            power += power;
            (coefficient, bit)
        }))
    }

    pub(crate) fn scale(&self, coefficient: Fr) -> Self {
        Self::sum([(coefficient, self)])
    }

    /// The value; `None` during setup unless it is constant.
    pub(crate) const fn value(&self) -> Option<Fr> {
        self.value
    }

    /// The value, if no variable occurs once like terms are added up.
    pub(crate) fn as_constant(&self) -> Option<Fr> {
        let row = self.row();
        row.iter().all(|(_, variable)| variable.is_one()).then(|| row.iter().map(|(constant, _)| constant).sum())
    }

    /// The row of a matrix: sorted by variable, each one once, no zero coefficients.
    pub(crate) fn row(&self) -> LinearCombination<Fr> {
        let mut row = LinearCombination(self.terms.clone());
        row.compactify();
        row.0.retain(|(coefficient, _)| !coefficient.is_zero());
        row
    }
}

impl Add for &Linear {
    type Output = Linear;

    fn add(self, other: &Linear) -> Linear {
        Linear::sum([(Fr::one(), self), (Fr::one(), other)])
    }
}

impl Sub for &Linear {
    type Output = Linear;

    fn sub(self, other: &Linear) -> Linear {
        Linear::sum([(Fr::one(), self), (-Fr::one(), other)])
    }
}

impl Neg for &Linear {
    type Output = Linear;

    fn neg(self) -> Linear {
        self.scale(-Fr::one())
    }
}

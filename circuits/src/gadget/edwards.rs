//! Points of Jubjub in Edwards form, `-x² + y² = 1 + d·x²·y²`.
//!
//! The addition law is complete on all points of the curve, because a = -1 is a square and d is not: its denominators
//! `1 ± d·x1·x2·y1·y2` are never 0, so that the sum is determined. Every point here is shown to be on the curve, or is the sum
//! of two that are, or is a public input that the verifier's type puts there and that equals such a sum.

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, twisted_edwards::TECurveConfig};
use ark_ed_on_bls12_381::{EdwardsAffine, JubjubConfig};
use ark_ff::{Field, One};

use crate::{
    builder::{Builder, Result},
    linear::Linear,
};

/// Coordinates in the circuit.
#[derive(Clone)]
pub(crate) struct Point {
    pub(crate) x: Linear,
    pub(crate) y: Linear,
}

impl Point {
    /// Given x and y, on the curve. 3 constraints.
    pub(crate) fn witness(builder: &mut Builder, point: Option<&EdwardsAffine>) -> Result<Self> {
        let x = builder.given(point.map(|point| point.x))?;
        let y = builder.given(point.map(|point| point.y))?;
        let x2 = builder.product(&x, &x)?;
        let y2 = builder.product(&y, &y)?;
        let right = &(&y2 - &x2) - &Linear::one();
        builder.enforce_product(&x2.scale(JubjubConfig::COEFF_D), &y2, &right)?;
        Ok(Self { x, y })
    }

    /// The sum as new witnesses. 6 constraints.
    pub(crate) fn add(&self, builder: &mut Builder, other: &Self) -> Result<Self> {
        let value = self.value().zip(other.value()).and_then(|(p, q)| sum(p, q));
        let x = builder.witness(value.map(|sum| sum.0))?;
        let y = builder.witness(value.map(|sum| sum.1))?;
        let sum = Self { x, y };
        self.enforce_sum(builder, other, &sum)?;
        Ok(sum)
    }

    /// `self + other = sum`. 6 constraints.
    pub(crate) fn enforce_sum(&self, builder: &mut Builder, other: &Self, sum: &Self) -> Result<()> {
        // (x1 + y1)·(x2 + y2) - x1·y2 - y1·x2 = x1·x2 + y1·y2.
        let all = builder.product(&(&self.x + &self.y), &(&other.x + &other.y))?;
        let left = builder.product(&self.x, &other.y)?;
        let right = builder.product(&self.y, &other.x)?;
        let denominator = builder.product(&left.scale(JubjubConfig::COEFF_D), &right)?;
        let cross = &left + &right;
        builder.enforce_product(&sum.x, &(&Linear::one() + &denominator), &cross)?;
        builder.enforce_product(&sum.y, &(&Linear::one() - &denominator), &(&all - &cross))
    }

    /// `self + constant = sum`, for a constant on the curve. 3 constraints.
    pub(crate) fn enforce_sum_with_constant(
        &self,
        builder: &mut Builder,
        constant: &EdwardsAffine,
        sum: &Self,
    ) -> Result<()> {
        let product = builder.product(&self.x, &self.y)?;
        let denominator = product.scale(JubjubConfig::COEFF_D * constant.x * constant.y);
        let x = Linear::sum([(constant.y, &self.x), (constant.x, &self.y)]);
        let y = Linear::sum([(constant.y, &self.y), (constant.x, &self.x)]);
        builder.enforce_product(&sum.x, &(&Linear::one() + &denominator), &x)?;
        builder.enforce_product(&sum.y, &(&Linear::one() - &denominator), &y)
    }

    fn value(&self) -> Option<(Fr, Fr)> {
        self.x.value().zip(self.y.value())
    }
}

/// The addition law on coordinates that need not be on the curve (the native type would assume it).
fn sum((x1, y1): (Fr, Fr), (x2, y2): (Fr, Fr)) -> Option<(Fr, Fr)> {
    let denominator = JubjubConfig::COEFF_D * x1 * x2 * y1 * y2;
    let x = (x1 * y2 + y1 * x2) * (Fr::one() + denominator).inverse()?;
    let y = (x1 * x2 + y1 * y2) * (Fr::one() - denominator).inverse()?;
    Some((x, y))
}

/// The negative of a point.
pub(crate) fn negative(point: &EdwardsAffine) -> EdwardsAffine {
    debug_assert!(!point.is_zero(), "the constants of the circuits are generators");
    EdwardsAffine::new_unchecked(-point.x, point.y)
}

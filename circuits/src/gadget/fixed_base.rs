//! Multiplication of a constant base by a secret scalar: signed windows of 3 bits, additions in Montgomery form.
//!
//! A window has bits (sign, m0, m1) and the odd digit `±(1 + 2·m0 + 4·m1)`; the scalar is `Σ 8^i·digit_i`. A window costs 3 for
//! the bits, 1 for m0·m1, 1 for the sign (which negates the Montgomery ordinate), and 3 for the addition.
//!
//! **Why the incomplete Montgomery additions are sound.** Let B be the base, of prime order r_J (not the identity; a test
//! checks all three). After windows 0 … j-1 the accumulator is [s]B with s odd and |s| <= 7·(8^j - 1)/7 < 8^j, and the next
//! term is [e]B with 8^j <= |e| <= 7·8^j. The addition λ·(u2 - u1) = v2 - v1 leaves λ free only if u1 = u2, that is, if
//! [s]B = ±[e]B, that is, if r_J divides s ∓ e. But 0 < |s ∓ e| < 8^(j+1), and 8^(j+1) <= 8^83 = 2^249 < r_J for every
//! window up to j = 82. So λ, and with it the sum, is determined, and the sum [s + e]B is again an odd multiple below
//! 8^(j+1) < r_J in absolute value: never the identity, which has no Montgomery form. Window 83 of a full scalar could meet
//! the exception, so its term is added in Edwards form, where the addition is complete.
//!
//! **The way back**, `x·v = u` and `y·(u + 1) = u - 1`: v = 0 only for the point of order 2, u = -1 for no point of the curve
//! over Fr; an odd multiple of B is neither, so x and y are determined.

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup, twisted_edwards::MontCurveConfig};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective, JubjubConfig};
use ark_ff::{Field, One, PrimeField, Zero};
use tabella_protocol::jubjub::{JubjubScalar, blinding_base, spend_authority_base, value_base};

use crate::{
    builder::{Builder, Result},
    gadget::{edwards::Point, range::lowest_bits},
    linear::Linear,
};

/// Windows of a full scalar: 252 bits.
const SCALAR_WINDOWS: usize = 84;
/// Windows of 2v + 1 for a 64-bit v: 66 bits, of which the two highest are constant.
const VALUE_WINDOWS: usize = 22;

/// The multiples 1, 3, 5, 7 of 8^i·B, in Edwards and in Montgomery coordinates.
struct Window {
    edwards: [(Fr, Fr); 4],
    montgomery: [(Fr, Fr); 4],
}

/// The table of a base.
pub(crate) struct FixedBase {
    base: EdwardsAffine,
    windows: Vec<Window>,
}

impl FixedBase {
    fn new(base: EdwardsAffine, windows: usize) -> Self {
        let mut power = EdwardsProjective::from(base);
        let windows = (0..windows)
            .map(|_| {
                let double = power + power;
                let multiples: [EdwardsProjective; 4] = {
                    let three = power + double;
                    let five = three + double;
                    [power, three, five, five + double]
                };
                power = double + double;
                power += power;
                let edwards = multiples.map(|point| point.into_affine());
                Window {
                    edwards: edwards.map(|point| (point.x, point.y)),
                    montgomery: edwards.map(|point| to_montgomery(&point)),
                }
            })
            .collect();
        Self { base, windows }
    }

    /// G, for `α·G`.
    pub(crate) fn spend_authority() -> &'static Self {
        static TABLE: OnceLock<FixedBase> = OnceLock::new();
        TABLE.get_or_init(|| Self::new(*spend_authority_base(), SCALAR_WINDOWS))
    }

    /// R, for `r·R`.
    pub(crate) fn blinding() -> &'static Self {
        static TABLE: OnceLock<FixedBase> = OnceLock::new();
        TABLE.get_or_init(|| Self::new(*blinding_base(), SCALAR_WINDOWS))
    }

    /// V/2, that is, `(1/2 mod r_J)·V`, for `(2v + 1)·V/2 = v·V + V/2`.
    pub(crate) fn half_value() -> &'static Self {
        static TABLE: OnceLock<FixedBase> = OnceLock::new();
        TABLE.get_or_init(|| {
            let half = JubjubScalar::from(2u64).inverse().expect("r_J is odd");
            Self::new((*value_base() * half).into_affine(), VALUE_WINDOWS)
        })
    }

    /// The base.
    pub(crate) const fn base(&self) -> &EdwardsAffine {
        &self.base
    }

    /// `k·B` for a free scalar k: 674 constraints. The bits are not unique, for 2^252 > r_J; nothing else may depend on them.
    pub(crate) fn multiply(&self, builder: &mut Builder, scalar: Option<JubjubScalar>) -> Result<Point> {
        // Σ 8^i·digit_i = Σ 2^j·(2·b_j - 1) = 2·k' - (2^252 - 1), so the bits are those of k' = (k + 2^252 - 1) / 2 mod r_J.
        let bits = scalar.map(|scalar| {
            let two = JubjubScalar::from(2u64);
            let shifted = (scalar + two.pow([252]) - JubjubScalar::one()) * two.inverse().expect("r_J is odd");
            lowest_bits::<252>(&shifted.into_bigint())
        });
        let (last, windows) = self.windows.split_last().expect("a table has windows");
        let mut sum: Option<Montgomery> = None;
        for (i, window) in windows.iter().enumerate() {
            let digit = Digit::new(builder, bits.as_ref().map(|bits| [bits[3 * i], bits[3 * i + 1], bits[3 * i + 2]]))?;
            let term = digit.montgomery(builder, window)?;
            sum = Some(match sum {
                None => term,
                Some(sum) => sum.add(builder, &term)?,
            });
        }
        let i = windows.len();
        let digit = Digit::new(builder, bits.as_ref().map(|bits| [bits[3 * i], bits[3 * i + 1], bits[3 * i + 2]]))?;
        let term = digit.edwards(builder, last)?;
        sum.expect("a table has windows").into_edwards(builder)?.add(builder, &term)
    }
}

/// `v·V + V/2`, and v is in [0, 2^64). 193 constraints.
///
/// With u = v + 2^65, a number of 66 bits, `Σ 8^i·digit_i = 2·u - (2^66 - 1) = 2·v + 1`. Bit 64 of u is 0 and bit 65 is 1, so
/// the highest window has the sign + and m1 = 0. Conversely, any bits give an odd sum from 8^21 - (8^21 - 1) = 1 to
/// 3·8^21 + 8^21 - 1 = 2^65 - 1, and different bits give different sums, so `2·v + 1 = Σ` in Fr (where 2 is invertible and
/// nothing wraps) says that v is an integer in [0, 2^64) and determines the bits.
pub(crate) fn multiply_value(builder: &mut Builder, v: &Linear) -> Result<Point> {
    // A value out of range has no such bits; those of its low limb make the last equation fail.
    let bits = v.value().map(|v| lowest_bits::<64>(&v.into_bigint()));
    let table = FixedBase::half_value();
    let (last, windows) = table.windows.split_last().expect("a table has windows");
    let mut digits = Vec::with_capacity(VALUE_WINDOWS);
    let mut sum: Option<Montgomery> = None;
    for (i, window) in windows.iter().enumerate() {
        let digit = Digit::new(builder, bits.as_ref().map(|bits| [bits[3 * i], bits[3 * i + 1], bits[3 * i + 2]]))?;
        let term = digit.montgomery(builder, window)?;
        digits.push(digit.value(builder)?);
        sum = Some(match sum {
            None => term,
            Some(sum) => sum.add(builder, &term)?,
        });
    }
    let highest = builder.boolean(bits.as_ref().map(|bits| bits[63]))?;
    let [one, three, ..] = last.montgomery;
    let between = |a: Fr, b: Fr| Linear::sum([(a, &Linear::one()), (b - a, &highest)]);
    let term = Montgomery { u: between(one.0, three.0), v: between(one.1, three.1) };
    digits.push(between(Fr::one(), Fr::from(3u64)));
    let mut power = Fr::one();
    let total = Linear::sum(digits.iter().map(|digit| {
        let coefficient = power;
        power *= Fr::from(8u64);
        (coefficient, digit)
    }));
    builder.enforce_equal(&total, &(&v.scale(Fr::from(2u64)) + &Linear::one()))?;
    sum.expect("a table has windows").add(builder, &term)?.into_edwards(builder)
}

/// The bits of one window.
struct Digit {
    sign: Linear,
    m0: Linear,
    m1: Linear,
    m01: Linear,
}

impl Digit {
    /// Three bits b0, b1, b2 of the shifted scalar mean `(2·b0 - 1) + 2·(2·b1 - 1) + 4·(2·b2 - 1)`: the sign is b2, and the
    /// magnitude has the other bits, negated under the sign -. 4 constraints.
    fn new(builder: &mut Builder, bits: Option<[bool; 3]>) -> Result<Self> {
        let sign = builder.boolean(bits.map(|[_, _, b2]| b2))?;
        let m0 = builder.boolean(bits.map(|[b0, _, b2]| b0 == b2))?;
        let m1 = builder.boolean(bits.map(|[_, b1, b2]| b1 == b2))?;
        let m01 = builder.product(&m0, &m1)?;
        Ok(Self { sign, m0, m1, m01 })
    }

    /// The entry of a table of four that the magnitude names. No constraint.
    fn lookup(&self, table: [Fr; 4]) -> Linear {
        let [t0, t1, t2, t3] = table;
        Linear::sum([(t0, &Linear::one()), (t1 - t0, &self.m0), (t2 - t0, &self.m1), (t3 - t2 - t1 + t0, &self.m01)])
    }

    /// `±x` by the sign. 1 constraint.
    fn signed(&self, builder: &mut Builder, x: &Linear) -> Result<Linear> {
        let factor = &self.sign.scale(Fr::from(2u64)) - &Linear::one();
        builder.product(&factor, x)
    }

    /// The term in Montgomery form. 1 constraint.
    fn montgomery(&self, builder: &mut Builder, window: &Window) -> Result<Montgomery> {
        let v = self.lookup(window.montgomery.map(|point| point.1));
        Ok(Montgomery { u: self.lookup(window.montgomery.map(|point| point.0)), v: self.signed(builder, &v)? })
    }

    /// The term in Edwards form. 1 constraint.
    fn edwards(&self, builder: &mut Builder, window: &Window) -> Result<Point> {
        let x = self.lookup(window.edwards.map(|point| point.0));
        Ok(Point { x: self.signed(builder, &x)?, y: self.lookup(window.edwards.map(|point| point.1)) })
    }

    /// The digit itself, in {±1, ±3, ±5, ±7}. 1 constraint.
    fn value(&self, builder: &mut Builder) -> Result<Linear> {
        let magnitude =
            Linear::sum([(Fr::one(), &Linear::one()), (Fr::from(2u64), &self.m0), (Fr::from(4u64), &self.m1)]);
        self.signed(builder, &magnitude)
    }
}

/// A point on `B·v² = u³ + A·u² + u`, the Montgomery form of Jubjub.
struct Montgomery {
    u: Linear,
    v: Linear,
}

impl Montgomery {
    /// The sum, where the caller's argument excludes u1 = u2. 3 constraints.
    fn add(&self, builder: &mut Builder, other: &Self) -> Result<Self> {
        let (a, b) = (<JubjubConfig as MontCurveConfig>::COEFF_A, <JubjubConfig as MontCurveConfig>::COEFF_B);
        let slope = builder.quotient(&(&other.v - &self.v), &(&other.u - &self.u))?;
        let u_value = slope.value().zip(self.u.value()).zip(other.u.value());
        let u = builder.witness(u_value.map(|((slope, u1), u2)| b * slope.square() - a - u1 - u2))?;
        let total = &(&u + &Linear::constant(a)) + &(&self.u + &other.u);
        builder.enforce_product(&slope.scale(b), &slope, &total)?;
        let difference = &self.u - &u;
        let v_value = slope.value().zip(difference.value()).zip(self.v.value());
        let v = builder.witness(v_value.map(|((slope, difference), v1)| slope * difference - v1))?;
        builder.enforce_product(&slope, &difference, &(&v + &self.v))?;
        Ok(Self { u, v })
    }

    /// `x = u / v`, `y = (u - 1) / (u + 1)`. 2 constraints.
    fn into_edwards(self, builder: &mut Builder) -> Result<Point> {
        let x = builder.quotient(&self.u, &self.v)?;
        let y = builder.quotient(&(&self.u - &Linear::one()), &(&self.u + &Linear::one()))?;
        Ok(Point { x, y })
    }
}

/// `u = (1 + y) / (1 - y)`, `v = u / x`.
fn to_montgomery(point: &EdwardsAffine) -> (Fr, Fr) {
    debug_assert!(!point.is_zero(), "odd multiples of a base of odd prime order");
    let u = (Fr::one() + point.y) * (Fr::one() - point.y).inverse().unwrap_or(Fr::zero());
    (u, u * point.x.inverse().unwrap_or(Fr::zero()))
}

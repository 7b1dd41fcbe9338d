//! What the permutation computes with: one element in 64-bit words, or eight in lanes.

use ark_bls12_381::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig};

#[cfg(target_arch = "x86_64")]
use crate::lanes::{
    FieldLanes,
    ifma::{Fr8, Fr8Constant},
};

pub(super) trait Number: Copy {
    /// The form of constants.
    type Constant: std::fmt::Debug + Send + Sync;

    fn constant(element: &Fr) -> Self::Constant;
    fn zero(self) -> Self;
    fn add_constant(self, constant: &Self::Constant) -> Self;
    fn mul_constant(self, constant: &Self::Constant) -> Self;
    /// For lanes the bounds add up.
    fn add_loose(self, other: Self) -> Self;
    /// `self⁵`. For lanes: takes values below 5p, and returns tight ones.
    fn fifth(self) -> Self;
    /// Both lists' values (not `self`, which says where), at most eight, each times its factor, and the constant. For lanes: takes values below 5p; the
    /// result is below 3p.
    fn combine(self, values: [&[Self]; 2], factors: &[Self::Constant], plus: &Self::Constant) -> Self;
}

impl Number for Fr {
    type Constant = Fr;

    fn constant(element: &Fr) -> Fr {
        *element
    }

    #[inline(always)]
    fn zero(self) -> Self {
        Fr::ZERO
    }

    #[inline(always)]
    fn add_constant(self, constant: &Fr) -> Self {
        self + constant
    }

    #[inline(always)]
    fn mul_constant(self, constant: &Fr) -> Self {
        self * constant
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn fifth(self) -> Self {
        self.square().square() * self
    }

    /// Montgomery multiplication of sums: word by word of the factors, the partial products of all values are added before
    /// one step of reduction.
    #[inline(always)]
    fn combine(self, [first, second]: [&[Self]; 2], factors: &[Fr], plus: &Fr) -> Self {
        let (for_first, for_second) = factors.split_at(first.len());
        let mut sum = [0u64; 6];
        for word in 0..4 {
            for (value, factor) in first.iter().zip(for_first) {
                add_product(&mut sum, &value.0.0, factor.0.0[word]);
            }
            for (value, factor) in second.iter().zip(for_second) {
                add_product(&mut sum, &value.0.0, factor.0.0[word]);
            }
            // This multiple of the modulus makes the lowest word zero.
            let multiple = sum[0].wrapping_mul(FrConfig::INV);
            add_product(&mut sum, &FrConfig::MODULUS.0, multiple);
            sum = [sum[1], sum[2], sum[3], sum[4], sum[5], 0];
        }
        // Below 8 p² / 2^256 + p < 4.7 p, and the constant.
        let [a, b, c, d, top, _] = sum;
        let mut number = [a, b, c, d, top];
        let mut carry = 0;
        for (word, added) in number.iter_mut().zip(plus.0.0.iter().chain(&[0])) {
            (*word, carry) = add_with_carry(*word, *added, carry);
        }
        for multiple in &MULTIPLES {
            number = subtract_if_greater(number, multiple);
        }
        let [a, b, c, d, _] = number;
        Fr::new_unchecked(BigInt([a, b, c, d]))
    }
}

/// Four, two and one times the modulus.
const MULTIPLES: [[u64; 5]; 3] = [modulus_shifted(2), modulus_shifted(1), modulus_shifted(0)];

const fn modulus_shifted(bits: u32) -> [u64; 5] {
    let [a, b, c, d] = FrConfig::MODULUS.0;
    let words = [a, b, c, d, 0];
    let mut result = [0; 5];
    let mut i = 0;
    while i < 5 {
        let below = if i > 0 && bits > 0 { words[i - 1] >> (64 - bits) } else { 0 };
        result[i] = words[i] << bits | below;
        i += 1;
    }
    result
}

/// Adds `value · word` to the sum.
#[inline(always)]
fn add_product(sum: &mut [u64; 6], value: &[u64; 4], word: u64) {
    let mut carry = 0u64;
    for (place, limb) in sum.iter_mut().zip(value) {
        // The largest product and two more words fit in 128 bits.
        let total = u128::from(*limb) * u128::from(word) + u128::from(*place) + u128::from(carry);
        (*place, carry) = (total as u64, (total >> 64) as u64);
    }
    let (top, overflow) = sum[4].overflowing_add(carry);
    sum[4] = top;
    sum[5] += u64::from(overflow);
}

#[inline(always)]
fn add_with_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let total = u128::from(a) + u128::from(b) + u128::from(carry);
    (total as u64, (total >> 64) as u64)
}

#[inline(always)]
fn subtract_if_greater(number: [u64; 5], multiple: &[u64; 5]) -> [u64; 5] {
    let mut difference = number;
    let mut borrow = false;
    for (word, subtracted) in difference.iter_mut().zip(multiple) {
        let (partial, first) = word.overflowing_sub(*subtracted);
        let (result, second) = partial.overflowing_sub(u64::from(borrow));
        *word = result;
        borrow = first | second;
    }
    let mask = u64::from(borrow).wrapping_neg();
    let mut result = number;
    for (word, less) in result.iter_mut().zip(difference) {
        *word = (*word & mask) | (less & !mask);
    }
    result
}

#[cfg(target_arch = "x86_64")]
impl Number for Fr8 {
    type Constant = Fr8Constant;

    fn constant(element: &Fr) -> Fr8Constant {
        Fr8Constant::new(element)
    }

    #[inline(always)]
    fn zero(self) -> Self {
        FieldLanes::zero(self.backend())
    }

    #[inline(always)]
    fn add_constant(self, constant: &Fr8Constant) -> Self {
        FieldLanes::add_loose(self, constant.splat(self.backend()))
    }

    #[inline(always)]
    fn mul_constant(self, constant: &Fr8Constant) -> Self {
        self.mul(constant.splat(self.backend()))
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        FieldLanes::add_loose(self, other)
    }

    #[inline(always)]
    fn fifth(self) -> Self {
        self.square().square().mul(self)
    }

    #[inline(always)]
    fn combine(self, values: [&[Self]; 2], factors: &[Fr8Constant], plus: &Fr8Constant) -> Self {
        Fr8::combine(self.backend(), values, factors, plus)
    }
}

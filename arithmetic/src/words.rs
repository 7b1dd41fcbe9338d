//! One element of the scalar field in 64-bit words: products, and sums of products.

use ark_bls12_381::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig};

/// `a b`. In WebAssembly arkworks' own multiplication calls a function for each product of words, see [`wide`].
#[inline(always)]
pub(crate) fn mul(a: Fr, b: Fr) -> Fr {
    if cfg!(target_arch = "wasm32") { combine(&[a], &[b], &Fr::ZERO) } else { a * b }
}

/// `a²`, as [`mul`].
#[inline(always)]
pub(crate) fn square(a: Fr) -> Fr {
    if cfg!(target_arch = "wasm32") { mul(a, a) } else { a.square() }
}

/// The values, at most eight, each times its factor, and `plus`.
///
/// Montgomery multiplication of sums: word by word of the factors, the partial products of all values are added before
/// one step of reduction.
#[inline(always)]
pub(crate) fn combine(values: &[Fr], factors: &[Fr], plus: &Fr) -> Fr {
    let mut sum = [0u64; 6];
    for word in 0..4 {
        for (value, factor) in values.iter().zip(factors) {
            add_product(&mut sum, &value.0.0, factor.0.0[word]);
        }
        // This multiple of the modulus makes the lowest word zero.
        let multiple = sum[0].wrapping_mul(FrConfig::INV);
        add_product(&mut sum, &FrConfig::MODULUS.0, multiple);
        sum = [sum[1], sum[2], sum[3], sum[4], sum[5], 0];
    }
    // Below 8 p² / 2^256 + p < 4.7 p, and the constant.
    let [a, b, c, d, top, _] = sum;
    add_and_reduce([a, b, c, d, top], plus)
}

/// A sum of at most eight products, from elsewhere, and `plus`: what [`combine`] gives of the factors.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn reduce_sum(mut number: [u64; 9], plus: &Fr) -> Fr {
    let mut above = 0;
    for word in 0..4 {
        // This multiple of the modulus makes the word zero.
        let multiple = number[word].wrapping_mul(FrConfig::INV);
        let mut carry = 0u64;
        for (place, limb) in number[word..].iter_mut().zip(&FrConfig::MODULUS.0) {
            let total = wide(*limb, multiple) + u128::from(*place) + u128::from(carry);
            (*place, carry) = (total as u64, (total >> 64) as u64);
        }
        (number[word + 4], above) = add_with_carry(number[word + 4], carry, above);
    }
    let [_, _, _, _, a, b, c, d, top] = number;
    add_and_reduce([a, b, c, d, top + above], plus)
}

/// A number below 4.7 p and another, modulo p.
#[inline(always)]
fn add_and_reduce(mut number: [u64; 5], plus: &Fr) -> Fr {
    let mut carry = 0;
    for (word, added) in number.iter_mut().zip(plus.0.0.iter().chain(&[0])) {
        (*word, carry) = add_with_carry(*word, *added, carry);
    }
    Fr::new_unchecked(BigInt(reduce(number)))
}

/// A number below 6p modulo p = 28.98 · 2^250: less a multiple of p that is at most itself, the rest of which is below 1.005 p, and
/// less p where that leaves nothing negative.
#[inline(always)]
fn reduce(number: [u64; 5]) -> [u64; 4] {
    let [a, b, c, d, top] = number;
    // The bits from 2^250 on, at most 173, divided by 29.
    let quotient = ((top << 6 | d >> 58) * 565) >> 14;
    let (mut words, mut carry, mut borrow) = ([a, b, c, d], 0, 0);
    for (word, modulus) in words.iter_mut().zip(&FrConfig::MODULUS.0) {
        let product = wide(*modulus, quotient) + u128::from(carry);
        carry = (product >> 64) as u64;
        (*word, borrow) = subtract_with_borrow(*word, product as u64, borrow);
    }
    let (mut less, mut borrow) = (words, 0);
    for (word, modulus) in less.iter_mut().zip(&FrConfig::MODULUS.0) {
        (*word, borrow) = subtract_with_borrow(*word, *modulus, borrow);
    }
    let mask = borrow.wrapping_neg();
    for (less, word) in less.iter_mut().zip(words) {
        *less = (word & mask) | (*less & !mask);
    }
    less
}

/// `a b` of words.
#[inline(always)]
fn wide(a: u64, b: u64) -> u128 {
    if cfg!(target_arch = "wasm32") { wide_by_halves(a, b) } else { u128::from(a) * u128::from(b) }
}

/// As [`wide`], for WebAssembly: it cannot multiply to 128 bits, and what the compiler does instead is a call that answers in
/// memory.
#[inline(always)]
fn wide_by_halves(a: u64, b: u64) -> u128 {
    let half = |word: u64| (word & u64::from(u32::MAX), word >> 32);
    let ((a_low, a_high), (b_low, b_high)) = (half(a), half(b));
    let (lowest, carry) = half(a_low * b_low);
    let ((first_low, first_high), (second_low, second_high)) = (half(a_low * b_high), half(a_high * b_low));
    let middle = carry + first_low + second_low;
    let high = a_high * b_high + first_high + second_high + (middle >> 32);
    u128::from(high) << 64 | u128::from(middle << 32 | lowest)
}

/// Adds `value · word` to the sum.
#[inline(always)]
fn add_product(sum: &mut [u64; 6], value: &[u64; 4], word: u64) {
    let mut carry = 0u64;
    for (place, limb) in sum.iter_mut().zip(value) {
        // The largest product and two more words fit in 128 bits.
        let total = wide(*limb, word) + u128::from(*place) + u128::from(carry);
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
fn subtract_with_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let total = u128::from(a).wrapping_sub(u128::from(b)).wrapping_sub(u128::from(borrow));
    (total as u64, (total >> 127) as u64)
}

#[cfg(test)]
mod tests {
    use ark_ff::BigInteger;

    use super::*;

    #[test]
    fn products_by_halves_are_whole() {
        let words =
            [0, 1, 2, u64::from(u32::MAX), 1 << 32, (1 << 32) + 1, 0x0123_4567_89ab_cdef, u64::MAX - 1, u64::MAX];
        for a in words {
            for b in words {
                assert_eq!(wide_by_halves(a, b), u128::from(a) * u128::from(b));
            }
        }
        let one_seventh = Fr::from(7u64).inverse().expect("not zero");
        let mut greatest = FrConfig::MODULUS;
        greatest.sub_with_borrow(&BigInt::from(1u64));
        let numbers = [
            Fr::ZERO,
            Fr::ONE,
            -Fr::ONE,
            one_seventh,
            -one_seventh,
            Fr::new_unchecked(greatest),
            Fr::new_unchecked(BigInt([u64::MAX, u64::MAX, u64::MAX, 0])),
        ];
        for a in numbers {
            for b in numbers {
                assert_eq!(combine(&[a], &[b], &Fr::ZERO), a * b);
            }
        }
    }

    /// Sums of up to eight products of the greatest numbers and the least, in both forms.
    #[test]
    fn greatest_sums_of_products_are_reduced() {
        let mut greatest = FrConfig::MODULUS;
        greatest.sub_with_borrow(&BigInt::from(1u64));
        let raw = |words| Fr::new_unchecked(BigInt(words));
        let numbers = [
            Fr::new_unchecked(greatest),
            Fr::new_unchecked(greatest),
            raw([0; 4]),
            raw([1, 0, 0, 0]),
            raw([0, 0, 0, 1 << 62]),
            raw([u64::MAX, u64::MAX, u64::MAX, 0]),
            raw([0, 1 << 63, 0, 0]),
        ];
        for count in 0..=8 {
            for first in 0..numbers.len() {
                for step in 0..numbers.len() {
                    let chosen = |step: usize| -> Vec<Fr> {
                        (0..count).map(|i| numbers[(first + i * step) % numbers.len()]).collect()
                    };
                    let (values, factors) = (chosen(step), chosen(step / 2));
                    let plus = numbers[step];
                    let expected = values.iter().zip(&factors).map(|(a, b)| *a * b).sum::<Fr>() + plus;
                    assert_eq!(combine(&values, &factors, &plus), expected);
                    #[cfg(target_arch = "x86_64")]
                    {
                        let mut sum = [0u64; 9];
                        for (value, factor) in values.iter().zip(&factors) {
                            for (place, word) in factor.0.0.iter().enumerate() {
                                let mut carry = 0u128;
                                for (i, sum) in sum[place..].iter_mut().enumerate() {
                                    carry += u128::from(*sum);
                                    carry += value.0.0.get(i).map_or(0, |limb| u128::from(*limb) * u128::from(*word));
                                    (*sum, carry) = (carry as u64, carry >> 64);
                                }
                            }
                        }
                        assert_eq!(reduce_sum(sum, &plus), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_around_the_multiples_of_the_modulus_are_reduced() {
        let modulus = FrConfig::MODULUS;
        for multiple in 0..6u64 {
            for (beside, expected) in [(0i64, 0i64), (1, 1), (-1, -1), (5, 5), (1 << 40, 1 << 40)] {
                if multiple == 0 && beside < 0 {
                    continue;
                }
                let mut number = [0u64; 5];
                let mut carry = 0u128;
                for (word, limb) in number.iter_mut().zip(modulus.0.iter().chain(&[0])) {
                    carry += u128::from(*limb) * u128::from(multiple);
                    (*word, carry) = (carry as u64, carry >> 64);
                }
                let delta = i128::from(beside);
                let mut sum = delta;
                for word in &mut number {
                    sum += i128::from(*word);
                    (*word, sum) = (sum as u64, sum >> 64);
                }
                let expected = if expected < 0 {
                    let mut less = modulus;
                    less.sub_with_borrow(&BigInt::from(1u64));
                    less
                } else {
                    BigInt::from(expected as u64)
                };
                assert_eq!(reduce(number), expected.0, "{multiple} p + {beside}");
            }
        }
        // The greatest of which `reduce` speaks, and values where the quotient's estimate is one too small.
        for top in 0..=173u64 {
            for low in [0, u64::MAX] {
                // 174 · 2^250 is more than 6p.
                if top == 173 && low > 0 {
                    continue;
                }
                let number = [low, low, low, (top << 58) | (low >> 6), top >> 6];
                let [a, b, c, d] = reduce(number);
                assert!(BigInt([a, b, c, d]) < modulus);
            }
        }
    }
}

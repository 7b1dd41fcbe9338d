//! Inverses in the base field.
//!
//! The division steps of Bernstein and Yang (eprint 2019/266), 62 of them on single words before all limbs follow, where
//! several at once make the lowest bits of `g` zero. The time depends on the number.

use ark_bls12_381::{Fq, FqConfig};
use ark_ff::{BigInt, Field, MontConfig, PrimeField};

/// How many bits a limb has.
const BITS: u32 = 62;
const MASK: i64 = (1 << BITS) - 1;
const LIMBS: usize = 7;

/// A number in limbs of 62 bits from the lowest. All are below 2^62 and not negative, but for the highest, which has the sign.
type Limbs = [i64; LIMBS];

const MODULUS: Limbs = to_limbs(Fq::MODULUS.0);

/// The inverse; `None` of zero.
pub(crate) fn inverse(element: &Fq) -> Option<Fq> {
    // Newton's iteration: p is its own inverse modulo 8, and each step doubles the bits that are right: 6, 12, 24, 48, 96.
    const LOWEST: u64 = MODULUS[0].cast_unsigned();
    const MODULUS_INVERSE: u64 = {
        let mut inverse = LOWEST;
        let mut step = 0;
        while step < 5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(LOWEST.wrapping_mul(inverse)));
            step += 1;
        }
        inverse
    };
    let (mut f, mut g) = (MODULUS, to_limbs(element.0.0));
    // d ≡ f / element and e ≡ g / element, both between -2p and p.
    let (mut d, mut e) = ([0; LIMBS], [0; LIMBS]);
    e[0] = 1;
    let mut eta = -1;
    while g != [0; LIMBS] {
        let matrix;
        (eta, matrix) = divide(eta, f[0].cast_unsigned(), g[0].cast_unsigned());
        let [first, second] = matrix;
        (f, g) = (combine(first, &f, &g, 0), combine(second, &f, &g, 0));
        let multiple = |[u, v]: [i64; 2]| {
            // p once for each negative number, so that the sum is not below -2p; and what makes the lowest limb zero.
            let signs = (u & (d[LIMBS - 1] >> 63)) + (v & (e[LIMBS - 1] >> 63));
            let lowest = u.wrapping_mul(d[0]).wrapping_add(v.wrapping_mul(e[0])).cast_unsigned();
            let left = MODULUS_INVERSE.wrapping_mul(lowest).wrapping_add(signs.cast_unsigned());
            signs - (left.cast_signed() & MASK)
        };
        let [for_first, for_second] = [multiple(first), multiple(second)];
        (d, e) = (combine(first, &d, &e, for_first), combine(second, &d, &e, for_second));
        debug_assert!([d, e].into_iter().all(is_in_range), "between -2p and p");
    }
    // f is the greatest common divisor: ±1, or ±p if the element is zero.
    let negative = f[LIMBS - 1] < 0;
    if absolute(f, negative) != [1, 0, 0, 0, 0, 0, 0] {
        return None;
    }
    let number = not_negative(absolute(not_negative(d), negative));
    // What was inverted is the element times 2^384, and so is what arkworks keeps of the inverse.
    let r_squared = Fq::new_unchecked(FqConfig::R2).square();
    Some(Fq::new_unchecked(BigInt(to_words(number))) * r_squared)
}

/// 62 division steps, on the lowest words of `f`, which is odd, and `g`: the matrix by rows that leads to 2^62 times the next `f`
/// and `g`. `eta` is `-δ`.
fn divide(mut eta: i64, mut f: u64, mut g: u64) -> (i64, [[i64; 2]; 2]) {
    let ([mut u, mut v], [mut q, mut r]) = ([1u64, 0], [0u64, 1]);
    let mut left = BITS;
    loop {
        // Steps that only halve g; bits from `left` on are not zeros.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        (u, v) = (u << zeros, v << zeros);
        eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            return (eta, [[u, v], [q, r]].map(|row| row.map(u64::cast_signed)));
        }
        let negative = eta < 0;
        if negative {
            eta = -eta;
            (f, g) = (g, f.wrapping_neg());
            (u, v, q, r) = (q, r, u.wrapping_neg(), v.wrapping_neg());
        }
        // A multiple of f makes the lowest bits of g zero: at most as many as there are steps left, and before eta changes
        // its sign. -1/f modulo 64 is f (f² - 2), and modulo 16 it is -f, with bit 3 turned if f is 3 or 5 modulo 8.
        let limit = (eta + 1).min(i64::from(left)).cast_unsigned() as u32;
        let below = u64::MAX >> (64 - limit);
        let multiple = if negative {
            f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & below & 63
        } else {
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            inverse.wrapping_neg().wrapping_mul(g) & below & 15
        };
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
}

/// `(u a + v b + multiple p) / 2^62`, which must divide.
fn combine([u, v]: [i64; 2], a: &Limbs, b: &Limbs, multiple: i64) -> Limbs {
    let wide = |x: i64, y: i64| i128::from(x) * i128::from(y);
    let mut result = [0; LIMBS];
    let mut carry = 0i128;
    for (i, ((a, b), modulus)) in a.iter().zip(b).zip(&MODULUS).enumerate() {
        carry += wide(u, *a) + wide(v, *b) + wide(multiple, *modulus);
        if i > 0 {
            result[i - 1] = carry as i64 & MASK;
        } else {
            debug_assert_eq!(carry as i64 & MASK, 0, "2^62 divides");
        }
        carry >>= BITS;
    }
    result[LIMBS - 1] = carry as i64;
    result
}

/// The number, negated if it is negative.
fn absolute(number: Limbs, negative: bool) -> Limbs {
    if negative { carried(number.map(|limb| -limb)) } else { number }
}

/// p more, if the number is negative.
fn not_negative(number: Limbs) -> Limbs {
    if number[LIMBS - 1] >= 0 {
        return number;
    }
    let mut sum = number;
    sum.iter_mut().zip(&MODULUS).for_each(|(limb, modulus)| *limb += modulus);
    carried(sum)
}

/// Whether the number is above -2p and below p.
fn is_in_range(number: Limbs) -> bool {
    let plus = |number: Limbs, sign: i64| {
        let mut sum = number;
        sum.iter_mut().zip(&MODULUS).for_each(|(limb, modulus)| *limb += sign * modulus);
        carried(sum)
    };
    let above = plus(plus(number, 1), 1);
    above[LIMBS - 1] >= 0 && above != [0; LIMBS] && plus(number, -1)[LIMBS - 1] < 0
}

/// With all limbs but the highest from 0 to 2^62.
fn carried(mut number: Limbs) -> Limbs {
    for i in 0..LIMBS - 1 {
        number[i + 1] += number[i] >> BITS;
        number[i] &= MASK;
    }
    number
}

const fn to_limbs(words: [u64; 6]) -> Limbs {
    let mut limbs = [0; LIMBS];
    let mut i = 0;
    while i < LIMBS {
        let (word, shift) = (62 * i / 64, 62 * i % 64);
        let mut limb = words[word] >> shift;
        if shift > 2 && word + 1 < 6 {
            limb |= words[word + 1] << (64 - shift);
        }
        limbs[i] = limb.cast_signed() & MASK;
        i += 1;
    }
    limbs
}

/// The words of a number below 2^384 that is not negative.
fn to_words(limbs: Limbs) -> [u64; 6] {
    std::array::from_fn(|word| {
        let (limb, shift) = (64 * word / 62, 64 * word % 62);
        let [low, high] = [limbs[limb], limbs[limb + 1]].map(i64::cast_unsigned);
        low >> shift | high << (62 - shift)
    })
}

#[cfg(test)]
mod tests {
    use ark_ff::{AdditiveGroup, UniformRand};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn inverses_are_those_of_arkworks() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let mut elements: Vec<Fq> = (0..3_000).map(|_| Fq::rand(&mut rng)).collect();
        for exponent in 0..384u64 {
            let power = Fq::from(2u64).pow([exponent]);
            let raw = Fq::new_unchecked(BigInt(std::array::from_fn(|word| {
                if word as u64 == exponent / 64 {
                    1u64 << (exponent % 64).min(if word == 5 { 59 } else { 63 })
                } else {
                    0
                }
            })));
            for near in [power, raw] {
                elements.extend([near, -near, near + Fq::ONE, near - Fq::ONE]);
            }
        }
        for element in elements {
            assert_eq!(inverse(&element), element.inverse(), "{element}");
        }
        assert_eq!(inverse(&Fq::ZERO), None);
    }

    #[test]
    fn limbs_are_the_words() {
        for words in [[0; 6], [u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX >> 3], [1, 2, 3, 4, 5, 6]] {
            assert_eq!(to_words(to_limbs(words)), words);
        }
    }
}

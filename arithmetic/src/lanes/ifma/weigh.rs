//! Eight numbers that are weighed and summed: one a lane.

use super::words::{Words, transpose};
use crate::backend::Ifma;
use crate::lanes::constants::to_limbs;
use crate::lanes::{LANES, unroll};

/// Eight numbers below 2^256.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    limbs: [Words; 5],
}

/// What each of them is multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Weights([[u64; LANES]; 5]);

impl Weights {
    /// From at most eight numbers in 64-bit words; the others are zero.
    #[must_use]
    pub fn new(numbers: &[[u64; 4]]) -> Self {
        assert!(numbers.len() <= LANES, "at most eight numbers");
        let mut limbs = [[0; LANES]; 5];
        for (lane, number) in numbers.iter().enumerate() {
            for (limb, own) in limbs.iter_mut().zip(to_limbs::<52, 4, 5>(*number)) {
                limb[lane] = own;
            }
        }
        Self(limbs)
    }
}

impl Numbers {
    /// Eight times zero.
    #[inline(always)]
    #[must_use]
    pub fn zero(backend: Ifma) -> Self {
        Self { limbs: [Words::zero(backend); 5] }
    }

    /// Puts a number in 64-bit words in a lane.
    #[inline(always)]
    pub fn put(&mut self, lane: usize, number: [u64; 4]) {
        const MASK: u64 = (1 << 52) - 1;
        let [a, b, c, d] = number;
        // As `to_limbs`, which would be a loop here.
        let limbs =
            [a & MASK, (a >> 52 | b << 12) & MASK, (b >> 40 | c << 24) & MASK, (c >> 28 | d << 36) & MASK, d >> 16];
        unroll!(I in [0 1 2 3 4] {
            self.limbs[I] = self.limbs[I].with_lane(lane, limbs[I]);
        });
    }

    /// `Σ numberᵢ weightᵢ` in 64-bit words.
    #[inline(always)]
    #[must_use]
    pub fn weigh(&self, weights: &Weights) -> [u64; 9] {
        let backend = self.limbs[0].backend();
        let zero = Words::zero(backend);
        let mut columns = [zero; 10];
        unroll!(I in [0 1 2 3 4] {
            let weight = Words::from_row(backend, &weights.0[I]);
            unroll!(J in [0 1 2 3 4] {
                columns[I + J] = columns[I + J].add_product_low(self.limbs[J], weight);
                columns[I + J + 1] = columns[I + J + 1].add_product_high(self.limbs[J], weight);
            });
        });
        let [a, b, c, d, e, f, g, h, i, j] = columns;
        // Sums of eight columns of eight lanes: a lane of a sum is a column's.
        let (first, second) =
            (transpose([a, b, c, d, e, f, g, h]), transpose([i, j, zero, zero, zero, zero, zero, zero]));
        let [mut low, mut high] = [first[0], second[0]];
        unroll!(LANE in [1 2 3 4 5 6 7] {
            low = low.add(first[LANE]);
            high = high.add(second[LANE]);
        });
        let (low, high) = (low.to_array(), high.to_array());
        let [a, b, c, d, e, f, g, h] = low;
        let mut limbs = [a, b, c, d, e, f, g, h, high[0], high[1]];
        // Columns are below 80 · 2^52.
        unroll!(I in [0 1 2 3 4 5 6 7 8] {
            limbs[I + 1] += limbs[I] >> 52;
            limbs[I] &= (1 << 52) - 1;
        });
        let [a, b, c, d, e, f, g, h, i, j] = limbs;
        [
            a | b << 52,
            b >> 12 | c << 40,
            c >> 24 | d << 28,
            d >> 36 | e << 16,
            e >> 48 | f << 4 | g << 56,
            g >> 8 | h << 44,
            h >> 20 | i << 32,
            i >> 32 | j << 20,
            j >> 44,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Backend, KernelOn};

    struct Weigh(Vec<[u64; 4]>, Weights);

    impl KernelOn<Ifma> for Weigh {
        type Output = [u64; 9];

        #[inline(always)]
        fn run(self, backend: Ifma) -> [u64; 9] {
            let mut numbers = Numbers::zero(backend);
            for (lane, number) in self.0.into_iter().enumerate() {
                // What stood there before leaves nothing.
                numbers.put(lane, [u64::MAX; 4]);
                numbers.put(lane, number);
            }
            numbers.weigh(&self.1)
        }
    }

    fn by_words(numbers: &[[u64; 4]], weights: &[[u64; 4]]) -> [u64; 9] {
        let mut sum = [0u64; 9];
        for (number, weight) in numbers.iter().zip(weights) {
            for (place, word) in weight.iter().enumerate() {
                let mut carry = 0u128;
                for (i, sum) in sum[place..].iter_mut().enumerate() {
                    carry += u128::from(*sum) + number.get(i).map_or(0, |limb| u128::from(*limb) * u128::from(*word));
                    (*sum, carry) = (carry as u64, carry >> 64);
                }
            }
        }
        sum
    }

    #[test]
    fn sums_are_those_of_words() {
        let Some(backend) = Ifma::detect() else { return };
        let check = |numbers: &[[u64; 4]], weights: &[[u64; 4]]| {
            let sum = backend.call(Weigh(numbers.to_vec(), Weights::new(weights)));
            assert_eq!(sum, by_words(numbers, weights), "{numbers:x?} {weights:x?}");
        };
        let ones = [u64::MAX; 4];
        check(&[ones; LANES], &[ones; LANES]);
        for bit in 0..256 {
            let mut single = [0; 4];
            single[bit / 64] = 1 << (bit % 64);
            check(&[single; LANES], &[ones; LANES]);
            check(&[ones; LANES], &[single; LANES]);
            check(&[single], &[single; LANES]);
        }
        // A number in one lane and a weight in another are nothing to each other.
        for i in 0..LANES {
            for j in 0..LANES {
                let (mut numbers, mut weights) = ([[0; 4]; LANES], [[0; 4]; LANES]);
                numbers[i] = ones;
                weights[j] = [3, 1, 4, 1];
                check(&numbers, &weights[..=j]);
            }
        }
    }
}

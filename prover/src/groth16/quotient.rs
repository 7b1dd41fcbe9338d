//! The quotient h = (a·b - c) / (xⁿ - 1) of polynomials that are given by their values on the n-th roots of unity.
//!
//! Six transforms, none of which sorts: the inverse ones take values in order to coefficients in bit-reversed order, the
//! forward ones take those back to values in order, and the coefficients of h stay bit-reversed (the proving key's points
//! are put in that order once).
//!
//! Write a·b = p + xⁿ·h with p, h of degree below n. On the roots of unity xⁿ = 1, so c, which equals a·b there, has the
//! coefficients p + h. On their coset by the 2n-th root of unity xⁿ = -1, so there a·b has p - h. Half the difference is h.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, FftField, Field, One};
use rayon::prelude::*;
use zeroize::Zeroizing;

/// The domain of the n-th roots of unity, with what transforms over it need.
pub(super) struct Domain {
    size: usize,
    /// For each gap m = 1, 2, 4, …, n/2, at `m..2m`: the inverses of the first m of the 2m-th roots of unity.
    inverse: Vec<Fr>,
    /// For each gap m, at `m..2m`: those odd powers 1, 3, 5, … of the primitive 4m-th root of unity, m of them.
    coset: Vec<Fr>,
    /// n².
    scale_c: Fr,
    /// 1 / (2·n³).
    scale_h: Fr,
}

/// From this length on, a transform is shared among threads.
const PARALLEL: usize = 1 << 12;

impl Domain {
    /// The domain of a size that is a power of two, at least 2; `None` if Fr has no such roots of unity.
    pub(super) fn new(size: usize) -> Option<Self> {
        if size < 2 || !size.is_power_of_two() {
            return None;
        }
        let double = u64::try_from(size).ok()?.checked_mul(2)?;
        let mut odd_root = Fr::get_root_of_unity(double)?;
        let mut root = odd_root.square().inverse()?;
        let (mut inverse, mut coset) = (vec![Fr::one(); size], vec![Fr::one(); size]);
        let mut gap = size / 2;
        while gap > 0 {
            fill_powers(&mut inverse[gap..2 * gap], Fr::one(), root);
            fill_powers(&mut coset[gap..2 * gap], odd_root, odd_root.square());
            root.square_in_place();
            odd_root.square_in_place();
            gap /= 2;
        }
        let n = Fr::from(u64::try_from(size).ok()?);
        let scale_h = (n * n * n).double().inverse()?;
        Some(Self { size, inverse, coset, scale_c: n * n, scale_h })
    }

    /// The coefficients of h in bit-reversed order, from the values of a, b and c. The last one is 0 where `a·b = c`.
    pub(super) fn quotient(&self, [mut a, mut b, mut c]: [Zeroizing<Vec<Fr>>; 3]) -> Zeroizing<Vec<Fr>> {
        debug_assert!([&a, &b, &c].iter().all(|values| values.len() == self.size), "values on all of the domain");
        let to_coset = |values: &mut [Fr]| {
            self.inverse_transform(values);
            self.coset_transform(values);
        };
        rayon::join(
            || {
                rayon::join(|| to_coset(&mut a), || to_coset(&mut b));
                a.par_iter_mut().zip(b.par_iter()).with_min_len(PARALLEL).for_each(|(a, b)| *a *= b);
                self.inverse_coset_transform(&mut a);
            },
            || {
                c.par_iter_mut().with_min_len(PARALLEL).for_each(|c| *c *= self.scale_c);
                self.inverse_transform(&mut c);
            },
        );
        // a is n³·(p - h), c is n³·(p + h).
        c.par_iter_mut().zip(a.par_iter()).with_min_len(PARALLEL).for_each(|(c, a)| *c = (*c - a) * self.scale_h);
        c
    }

    /// From values in order to n times the coefficients in bit-reversed order.
    fn inverse_transform(&self, values: &mut [Fr]) {
        decimate_in_frequency(values, &|low, high, gap| {
            for ((low, high), root) in low.iter_mut().zip(high).zip(&self.inverse[gap..]) {
                let difference = *low - *high;
                *low += *high;
                *high = difference * root;
            }
        });
    }

    /// The same from values on the coset. The inverse of the odd power 2i + 1 is minus the odd power 2·(m - 1 - i) + 1.
    fn inverse_coset_transform(&self, values: &mut [Fr]) {
        decimate_in_frequency(values, &|low, high, gap| {
            for ((low, high), root) in low.iter_mut().zip(high).zip(self.coset[gap..2 * gap].iter().rev()) {
                let difference = *high - *low;
                *low += *high;
                *high = difference * root;
            }
        });
    }

    /// From coefficients in bit-reversed order to values on the coset in order.
    fn coset_transform(&self, values: &mut [Fr]) {
        decimate_in_time(values, &|low, high, gap| {
            for ((low, high), root) in low.iter_mut().zip(high).zip(&self.coset[gap..]) {
                let product = *high * root;
                *high = *low - product;
                *low += product;
            }
        });
    }
}

/// One layer of butterflies between two halves of a given length.
type Layer<'l> = dyn Fn(&mut [Fr], &mut [Fr], usize) + Sync + 'l;

/// The layers of gaps n/2, n/4, …, 1. By halves, so that what fits a cache is finished in it.
fn decimate_in_frequency(values: &mut [Fr], layer: &Layer<'_>) {
    let gap = values.len() / 2;
    if gap == 0 {
        return;
    }
    let parallel = values.len() >= PARALLEL;
    let (low, high) = values.split_at_mut(gap);
    layer(low, high, gap);
    if parallel {
        rayon::join(|| decimate_in_frequency(low, layer), || decimate_in_frequency(high, layer));
    } else {
        decimate_in_frequency(low, layer);
        decimate_in_frequency(high, layer);
    }
}

/// The layers of gaps 1, 2, …, n/2.
fn decimate_in_time(values: &mut [Fr], layer: &Layer<'_>) {
    let gap = values.len() / 2;
    if gap == 0 {
        return;
    }
    let parallel = values.len() >= PARALLEL;
    let (low, high) = values.split_at_mut(gap);
    if parallel {
        rayon::join(|| decimate_in_time(low, layer), || decimate_in_time(high, layer));
    } else {
        decimate_in_time(low, layer);
        decimate_in_time(high, layer);
    }
    layer(low, high, gap);
}

fn fill_powers(powers: &mut [Fr], first: Fr, ratio: Fr) {
    let mut power = first;
    for slot in powers {
        *slot = power;
        power *= ratio;
    }
}

/// The order in which coefficients come out: position i holds coefficient `bit_reversed(i)`, and the reverse.
pub(super) fn bit_reversed<T>(values: &mut [T]) {
    debug_assert!(values.len().is_power_of_two(), "as many values as the domain has points");
    let shift = (values.len() as u64).leading_zeros() + 1;
    for index in 0..values.len() {
        let reversed = ((index as u64).reverse_bits() >> shift) as usize;
        if index < reversed {
            values.swap(index, reversed);
        }
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::{UniformRand, Zero};
    use ark_poly::{DenseUVPolynomial, EvaluationDomain, GeneralEvaluationDomain, univariate::DensePolynomial};
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn quotient_times_vanishing_polynomial_and_c_is_the_product() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for log_size in 1..=13 {
            let size = 1 << log_size;
            let domain = GeneralEvaluationDomain::<Fr>::new(size).unwrap();
            let values = || Zeroizing::new((0..size).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>());
            let [a, b] = std::array::from_fn(|_| ()).map({
                let mut values = values;
                move |()| values()
            });
            let c = Zeroizing::new(a.iter().zip(b.iter()).map(|(a, b)| *a * b).collect::<Vec<_>>());
            let polynomial = |values: &[Fr]| DensePolynomial::from_coefficients_vec(domain.ifft(values));
            let difference = &polynomial(&a) * &polynomial(&b) - polynomial(&c);
            let (expected, remainder) = difference.divide_by_vanishing_poly(domain);
            assert!(remainder.is_zero());
            let mut found = Domain::new(size).unwrap().quotient([a, b, c]);
            bit_reversed(&mut found);
            assert_eq!(DensePolynomial::from_coefficients_slice(&found), expected);
        }
    }

    #[test]
    fn size_without_roots_of_unity_is_refused() {
        assert!(Domain::new(0).is_none());
        assert!(Domain::new(1).is_none());
        assert!(Domain::new(24).is_none());
    }
}

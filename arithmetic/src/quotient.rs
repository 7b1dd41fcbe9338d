//! The quotient h = (a·b - c) / (xⁿ - 1) of polynomials that are given by their values on the n-th roots of unity.
//!
//! Six transforms, none of which sorts: the inverse ones take values in order to coefficients in bit-reversed order, the
//! forward ones take those back to values in order, and the coefficients of h stay in the order in which they come (whoever
//! uses them puts his points in that order once).
//!
//! Write a·b = p + xⁿ·h with p, h of degree below n. On the roots of unity xⁿ = 1, so c, which equals a·b there, has the
//! coefficients p + h. On their coset by the 2n-th root of unity xⁿ = -1, so there a·b has p - h. Half the difference is h.

mod lanes;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, FftField, Field, One};
use rayon::prelude::*;

use crate::backend::AnyBackend;
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
#[cfg(any(target_arch = "wasm32", debug_assertions))]
use crate::backend::Quads;
use crate::wiped::Wiped;

/// The domain of the n-th roots of unity, with what transforms over it need.
#[derive(Debug)]
pub struct QuotientDomain {
    size: usize,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Scalar(Scalar),
    #[cfg(target_arch = "x86_64")]
    Ifma(Box<lanes::Lanes<Ifma>>),
    #[cfg(any(target_arch = "wasm32", debug_assertions))]
    Quads(Box<lanes::Lanes<Quads>>),
}

impl QuotientDomain {
    /// The domain of a size that is a power of two, at least 2, on the backend of this process; `None` if Fr has no such
    /// roots of unity.
    #[must_use]
    pub fn new(size: usize) -> Option<Self> {
        Self::on(AnyBackend::selected(), size)
    }

    /// The same on a given backend.
    #[must_use]
    pub fn on(backend: AnyBackend, size: usize) -> Option<Self> {
        let scalar = Scalar::new(size)?;
        let engine = match backend {
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Ifma(ifma) if size >= lanes::LEAST_SIZE => {
                Engine::Ifma(Box::new(lanes::Lanes::new(ifma, &scalar)))
            }
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            AnyBackend::Quads(quads) if size >= lanes::LEAST_SIZE => {
                Engine::Quads(Box::new(lanes::Lanes::new(quads, &scalar)))
            }
            _ => Engine::Scalar(scalar),
        };
        Some(Self { size, engine })
    }

    /// The number of points.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The coefficients of h, in the order of [`Self::order`], from the values of a, b and c. The highest one
    /// is 0 where `a·b = c`.
    ///
    /// # Panics
    /// If there are not as many values as the domain has points.
    #[must_use]
    pub fn quotient(&self, values: [&[Fr]; 3]) -> Vec<Fr> {
        assert!(values.iter().all(|values| values.len() == self.size), "values on all of the domain");
        match &self.engine {
            Engine::Scalar(scalar) => scalar.quotient(values),
            #[cfg(target_arch = "x86_64")]
            Engine::Ifma(lanes) => lanes.quotient(values),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Engine::Quads(lanes) => lanes.quotient(values),
        }
    }

    /// For each position of [`Self::quotient`], which coefficient it has. The highest coefficient is last.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        match &self.engine {
            Engine::Scalar(_) => Scalar::order(self.size),
            #[cfg(target_arch = "x86_64")]
            Engine::Ifma(_) => lanes::Lanes::<Ifma>::order(self.size),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Engine::Quads(_) => lanes::Lanes::<Quads>::order(self.size),
        }
    }
}

/// One element at a time, with arkworks' arithmetic.
#[derive(Debug)]
struct Scalar {
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

impl Scalar {
    fn new(size: usize) -> Option<Self> {
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
        Some(Self { inverse, coset, scale_c: n * n, scale_h })
    }

    fn quotient(&self, values: [&[Fr]; 3]) -> Vec<Fr> {
        let [mut a, mut b, mut c] = values.map(|values| Wiped::new(values.to_vec(), Fr::ZERO));
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
        (&*c, &*a).into_par_iter().with_min_len(PARALLEL).map(|(c, a)| (*c - a) * self.scale_h).collect()
    }

    fn order(size: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..size).collect();
        bit_reversed(&mut order);
        order
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

/// Moves what is at each index to the index with the reversed bits.
fn bit_reversed<T>(values: &mut [T]) {
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
mod tests;

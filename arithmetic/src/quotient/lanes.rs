//! The same quotient, eight elements at a time.
//!
//! Element 8k + i of a polynomial is lane i of pack k, so that all layers with gaps of 8 and more are between packs. For
//! the gaps 4, 2 and 1 blocks of eight packs are turned over: then lane k of pack i has what was lane i of pack k, and
//! these layers are between packs too. What was turned over stays so until the way back, or for good.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use super::Scalar;
use crate::{
    backend::{Backend, KernelOn},
    lanes::{FieldLanes, LANES, TurnedLanes},
    wiped::Wiped,
};

/// The smallest domain: one block of eight packs.
pub(super) const LEAST_SIZE: usize = LANES * LANES;

/// From this many packs on, a transform is shared among threads.
const PARALLEL: usize = 512;

/// A domain for the lanes of one backend.
#[derive(Debug)]
pub(super) struct Lanes<B: Backend> {
    backend: B,
    inverse: Roots<B>,
    inverse_coset: Roots<B>,
    coset: Roots<B>,
    scale_c: B::Fr8,
    scale_h: B::Fr8,
}

/// The factors of a transform's layers.
#[derive(Debug)]
struct Roots<B: Backend> {
    /// For each gap of m packs, at `m..2m`.
    between_packs: Vec<B::Fr8>,
    /// The gap 4, then 2, then 1, where every lane has the same factor.
    within_packs: [B::Fr8; 7],
}

impl<B: Backend> Roots<B> {
    /// From the factors of all gaps, those of gap m at `m..2m`.
    fn new(backend: B, roots: &[Fr]) -> Self {
        // Gaps of 8 and more: gap m begins at element m, which is pack m / 8.
        let mut between_packs = vec![splat(backend, Fr::ZERO); roots.len() / LANES];
        backend.call(Load { packs: &mut between_packs, values: roots });
        let within_packs = [4, 5, 6, 7, 2, 3, 1].map(|index| splat(backend, roots[index]));
        Self { between_packs, within_packs }
    }
}

struct Splat(Fr);

impl<B: Backend> KernelOn<B> for Splat {
    type Output = B::Fr8;

    #[inline(always)]
    fn run(self, backend: B) -> B::Fr8 {
        B::Fr8::splat(backend, self.0)
    }
}

/// The same element in every lane, as a call: what is outside of a kernel is compiled without the backend's instructions.
fn splat<B: Backend>(backend: B, element: Fr) -> B::Fr8 {
    backend.call(Splat(element))
}

impl<B: Backend> Lanes<B> {
    /// The scalar domain's numbers, of a size of at least [`LEAST_SIZE`].
    pub(super) fn new(backend: B, scalar: &Scalar) -> Self {
        // Minus the odd powers in the opposite order are the inverses of the odd powers.
        let mut inverse_coset = scalar.coset.clone();
        let mut gap = 1;
        while gap < inverse_coset.len() {
            inverse_coset[gap..2 * gap].reverse();
            gap *= 2;
        }
        inverse_coset.iter_mut().for_each(|root| *root = -*root);
        Self {
            backend,
            inverse: Roots::new(backend, &scalar.inverse),
            inverse_coset: Roots::new(backend, &inverse_coset),
            coset: Roots::new(backend, &scalar.coset),
            scale_c: splat(backend, scalar.scale_c),
            scale_h: splat(backend, scalar.scale_h),
        }
    }

    /// As [`super::QuotientDomain::quotient`].
    pub(super) fn quotient(&self, [a, b, c]: [&[Fr]; 3]) -> Vec<Fr> {
        let to_coset = |values: &[Fr]| {
            let mut packs = self.load(values);
            self.in_frequency(&mut packs, &self.inverse);
            self.in_time(&mut packs, &self.coset);
            packs
        };
        let (a, c) = rayon::join(
            || {
                let (mut a, b) = rayon::join(|| to_coset(a), || to_coset(b));
                a.par_chunks_mut(PARALLEL)
                    .zip(b.par_chunks(PARALLEL))
                    .for_each(|(a, b)| self.backend.call(Multiply { a, b }));
                self.in_frequency(&mut a, &self.inverse_coset);
                a
            },
            || {
                let mut c = self.load(c);
                c.par_chunks_mut(PARALLEL).for_each(|packs| self.backend.call(Scale { packs, factor: self.scale_c }));
                self.in_frequency(&mut c, &self.inverse);
                c
            },
        );
        let mut h = vec![Fr::ZERO; LANES * c.len()];
        (h.par_chunks_mut(LANES * PARALLEL), c.par_chunks(PARALLEL), a.par_chunks(PARALLEL))
            .into_par_iter()
            .for_each(|(h, c, a)| self.backend.call(Finish { h, c, a, factor: self.scale_h }));
        h
    }

    /// Which coefficient comes out at each position.
    pub(super) fn order(size: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..size).collect();
        super::bit_reversed(&mut order);
        for block in order.chunks_exact_mut(LEAST_SIZE) {
            let before: [usize; LEAST_SIZE] = std::array::from_fn(|i| block[i]);
            for (i, slot) in block.iter_mut().enumerate() {
                *slot = before[LANES * (i % LANES) + i / LANES];
            }
        }
        order
    }

    fn load(&self, values: &[Fr]) -> Wiped<B::Fr8> {
        let zero = splat(self.backend, Fr::ZERO);
        let mut packs = Wiped::new(vec![zero; values.len() / LANES], zero);
        packs
            .par_chunks_mut(PARALLEL)
            .zip(values.par_chunks(LANES * PARALLEL))
            .for_each(|(packs, values)| self.backend.call(Load { packs, values }));
        packs
    }

    /// From values to coefficients.
    fn in_frequency(&self, packs: &mut [B::Fr8], roots: &Roots<B>) {
        if packs.len() < PARALLEL {
            return self.backend.call(InFrequency { packs, roots });
        }
        let gap = packs.len() / 2;
        let (low, high) = packs.split_at_mut(gap);
        (
            low.par_chunks_mut(PARALLEL),
            high.par_chunks_mut(PARALLEL),
            roots.between_packs[gap..2 * gap].par_chunks(PARALLEL),
        )
            .into_par_iter()
            .for_each(|(low, high, roots)| self.backend.call(LayerInFrequency { low, high, roots }));
        rayon::join(|| self.in_frequency(low, roots), || self.in_frequency(high, roots));
    }

    /// From coefficients to values.
    fn in_time(&self, packs: &mut [B::Fr8], roots: &Roots<B>) {
        if packs.len() < PARALLEL {
            return self.backend.call(InTime { packs, roots });
        }
        let gap = packs.len() / 2;
        let (low, high) = packs.split_at_mut(gap);
        rayon::join(|| self.in_time(low, roots), || self.in_time(high, roots));
        (
            low.par_chunks_mut(PARALLEL),
            high.par_chunks_mut(PARALLEL),
            roots.between_packs[gap..2 * gap].par_chunks(PARALLEL),
        )
            .into_par_iter()
            .for_each(|(low, high, roots)| self.backend.call(LayerInTime { low, high, roots }));
    }
}

struct Load<'a, B: Backend> {
    packs: &'a mut [B::Fr8],
    values: &'a [Fr],
}

impl<B: Backend> KernelOn<B> for Load<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, backend: B) {
        let (chunks, _) = self.values.as_chunks::<LANES>();
        for (pack, chunk) in self.packs.iter_mut().zip(chunks) {
            *pack = B::Fr8::load(backend, chunk);
        }
    }
}

struct Scale<'a, B: Backend> {
    packs: &'a mut [B::Fr8],
    factor: B::Fr8,
}

impl<B: Backend> KernelOn<B> for Scale<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: B) {
        for pack in self.packs {
            *pack = pack.mul(self.factor);
        }
    }
}

struct Multiply<'a, B: Backend> {
    a: &'a mut [B::Fr8],
    b: &'a [B::Fr8],
}

impl<B: Backend> KernelOn<B> for Multiply<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: B) {
        for (a, b) in self.a.iter_mut().zip(self.b) {
            *a = a.mul(*b);
        }
    }
}

/// `(c - a)·factor`.
struct Finish<'a, B: Backend> {
    h: &'a mut [Fr],
    c: &'a [B::Fr8],
    a: &'a [B::Fr8],
    factor: B::Fr8,
}

impl<B: Backend> KernelOn<B> for Finish<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: B) {
        let (chunks, _) = self.h.as_chunks_mut::<LANES>();
        for ((h, c), a) in chunks.iter_mut().zip(self.c).zip(self.a) {
            *h = c.sub_loose(*a).mul(self.factor).store();
        }
    }
}

/// A whole transform, small enough for a near cache.
struct InFrequency<'a, B: Backend> {
    packs: &'a mut [B::Fr8],
    roots: &'a Roots<B>,
}

impl<B: Backend> KernelOn<B> for InFrequency<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, backend: B) {
        let mut gap = self.packs.len() / 2;
        while gap > 0 {
            for pair in self.packs.chunks_exact_mut(2 * gap) {
                let (low, high) = pair.split_at_mut(gap);
                LayerInFrequency::<B> { low, high, roots: &self.roots.between_packs[gap..2 * gap] }.run(backend);
            }
            gap /= 2;
        }
        let roots = &self.roots.within_packs;
        let (blocks, _) = self.packs.as_chunks_mut::<LANES>();
        for block in blocks {
            *block = B::Fr8::transpose(*block);
            let mut gap = LANES / 2;
            while gap > 0 {
                let first = LANES - 2 * gap;
                for low in 0..LANES {
                    if low & gap == 0 {
                        let root = roots[first + low % gap];
                        let (x, y) = (block[low], block[low + gap]);
                        block[low] = x.add(y);
                        block[low + gap] = x.sub_loose(y).mul(root);
                    }
                }
                gap /= 2;
            }
        }
    }
}

struct LayerInFrequency<'a, B: Backend> {
    low: &'a mut [B::Fr8],
    high: &'a mut [B::Fr8],
    roots: &'a [B::Fr8],
}

impl<B: Backend> KernelOn<B> for LayerInFrequency<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: B) {
        for ((low, high), root) in self.low.iter_mut().zip(self.high).zip(self.roots) {
            let (x, y) = (*low, *high);
            *low = x.add(y);
            *high = x.sub_loose(y).mul(*root);
        }
    }
}

/// The way back.
struct InTime<'a, B: Backend> {
    packs: &'a mut [B::Fr8],
    roots: &'a Roots<B>,
}

impl<B: Backend> KernelOn<B> for InTime<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, backend: B) {
        let roots = &self.roots.within_packs;
        let (blocks, _) = self.packs.as_chunks_mut::<LANES>();
        for block in blocks {
            let mut gap = 1;
            while gap < LANES {
                let first = LANES - 2 * gap;
                for low in 0..LANES {
                    if low & gap == 0 {
                        let (x, y) = (block[low], block[low + gap].mul(roots[first + low % gap]));
                        block[low] = x.add(y);
                        block[low + gap] = x.sub(y);
                    }
                }
                gap *= 2;
            }
            *block = B::Fr8::transpose(*block);
        }
        let mut gap = 1;
        while gap < self.packs.len() {
            for pair in self.packs.chunks_exact_mut(2 * gap) {
                let (low, high) = pair.split_at_mut(gap);
                LayerInTime::<B> { low, high, roots: &self.roots.between_packs[gap..2 * gap] }.run(backend);
            }
            gap *= 2;
        }
    }
}

struct LayerInTime<'a, B: Backend> {
    low: &'a mut [B::Fr8],
    high: &'a mut [B::Fr8],
    roots: &'a [B::Fr8],
}

impl<B: Backend> KernelOn<B> for LayerInTime<'_, B> {
    type Output = ();

    #[inline(always)]
    fn run(self, _: B) {
        for ((low, high), root) in self.low.iter_mut().zip(self.high).zip(self.roots) {
            let (x, y) = (*low, high.mul(*root));
            *low = x.add(y);
            *high = x.sub(y);
        }
    }
}

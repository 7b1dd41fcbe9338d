//! Miller loops, eight pairs of points at a time.
//!
//! A batch of Groth16 proofs takes one Miller loop for each proof and one final exponentiation for all; the loops do
//! not depend on one another. Formulas are those of arkworks (homogeneous coordinates and line functions of
//! eprint 2013/722), so that the result is the same element, not only the same pairing.

mod tower;

use ark_bls12_381::{Fq, Fq2, Fq12, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, CyclotomicMultSubgroup, Field};
use rayon::prelude::*;

use crate::backend::{AnyBackend, Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, Mask, QuadraticLanes};
use crate::msm::{X, frobenius};
use tower::{Fq12x8, product, square};

/// How many groups of eight pairs share the squarings of one loop.
const GROUPS: usize = 4;

/// `Π f(P, Q)`: the product of the Miller loops of all pairs, before the final exponentiation. What arkworks'
/// `multi_miller_loop` gives. A pair with a point at infinity contributes 1. Runs on all threads of the pool.
#[must_use]
pub fn multi_miller_loop(backend: AnyBackend, pairs: &[(G1Affine, G2Affine)]) -> Fq12 {
    let chunks = pairs.par_chunks(LANES * GROUPS);
    conjugate(
        chunks.map(|pairs| product_of(backend.run(Miller { pairs, ends: None }))).reduce(|| Fq12::ONE, |a, b| a * b),
    )
}

/// As [`multi_miller_loop`], where of each Q nobody knows more than that it is a point of the twist. A loop ends at `|x|·Q`,
/// which tells whether Q is in the subgroup of prime order, where the Frobenius endomorphism multiplies by the negative x
/// (eprint 2021/1130, section 4). The steps' formulas are not complete, but a step that they do not cover, which only points of
/// small order meet, leaves the coordinate z zero to the end: such a Q is outside.
///
/// # Errors
/// The indices of the pairs whose Q is outside of the subgroup, increasing. Infinity is inside.
pub fn multi_miller_loop_in_g2(backend: AnyBackend, pairs: &[(G1Affine, G2Affine)]) -> Result<Fq12, Vec<usize>> {
    let chunks: Vec<(Fq12, [Mask; GROUPS])> = pairs
        .par_chunks(LANES * GROUPS)
        .map(|pairs| {
            let mut members = [0; GROUPS];
            let products = backend.run(Miller { pairs, ends: Some(&mut members) });
            (product_of(products), members)
        })
        .collect();
    let members = chunks
        .iter()
        .flat_map(|(_, members)| members)
        .flat_map(|group| (0..LANES).map(move |lane| group >> lane & 1 == 1));
    let outside: Vec<usize> = pairs
        .iter()
        .zip(members)
        .enumerate()
        .filter(|(_, ((_, q), member))| !member && !q.is_zero())
        .map(|(index, _)| index)
        .collect();
    if outside.is_empty() { Ok(conjugate(chunks.iter().map(|(product, _)| product).product())) } else { Err(outside) }
}

/// `f(P, Q)` of each pair.
#[must_use]
pub fn miller_loops(backend: AnyBackend, pairs: &[(G1Affine, G2Affine)]) -> Vec<Fq12> {
    pairs
        .par_chunks(LANES)
        .flat_map_iter(|pairs| {
            pairs.iter().zip(backend.run(Miller { pairs, ends: None })).map(|(_, value)| conjugate(value))
        })
        .collect()
}

fn product_of(lanes: [Fq12; LANES]) -> Fq12 {
    lanes.into_iter().product()
}

/// What the loop of the negative x is, where that of its absolute value is given.
fn conjugate(mut value: Fq12) -> Fq12 {
    value.cyclotomic_inverse_in_place();
    value
}

fn is_finite((p, q): &(G1Affine, G2Affine)) -> bool {
    !p.is_zero() && !q.is_zero()
}

/// One group of eight pairs: the multiples of Q so far, and what stays the same.
#[derive(Clone, Copy, Debug)]
struct Group<B: Backend> {
    /// The lanes that hold a pair of finite points.
    used: Mask,
    px: B::Fq8,
    py: B::Fq8,
    qx: B::Fq2x8,
    qy: B::Fq2x8,
    x: B::Fq2x8,
    y: B::Fq2x8,
    z: B::Fq2x8,
}

impl<B: Backend> Group<B> {
    #[inline(always)]
    fn load(backend: B, pairs: &[(G1Affine, G2Affine)]) -> Self {
        let mut g1 = [[Fq::ZERO; LANES]; 2];
        let mut g2 = [[Fq2::ZERO; LANES]; 2];
        let mut used = 0;
        for (lane, (p, q)) in pairs.iter().take(LANES).enumerate() {
            (g1[0][lane], g1[1][lane]) = (p.x, p.y);
            (g2[0][lane], g2[1][lane]) = (q.x, q.y);
            used |= Mask::from(is_finite(&(*p, *q))) << lane;
        }
        let (qx, qy) = (B::Fq2x8::load(backend, &g2[0]), B::Fq2x8::load(backend, &g2[1]));
        Self {
            used,
            px: B::Fq8::load(backend, &g1[0]),
            py: B::Fq8::load(backend, &g1[1]),
            qx,
            qy,
            x: qx,
            y: qy,
            z: B::Fq2x8::one(backend),
        }
    }

    /// The lanes in which the multiple, which has come to `|x|·Q`, is the opposite of Q's image under Frobenius.
    #[inline(always)]
    fn ends_in_g2(&self, pairs: &[(G1Affine, G2Affine)], backend: B) -> Mask {
        let mut images = [[Fq2::ZERO; LANES]; 2];
        for (lane, (_, q)) in pairs.iter().take(LANES).enumerate() {
            let image = frobenius(q);
            (images[0][lane], images[1][lane]) = (image.x, image.y);
        }
        let (x, y) = (B::Fq2x8::load(backend, &images[0]), B::Fq2x8::load(backend, &images[1]));
        let same_x = product(backend, x, self.z).equals(self.x);
        let opposite_y = product(backend, y, self.z).add(self.y).is_zero();
        // After a step that the formulas do not cover all three are zero, and this alone tells it.
        same_x & opposite_y & !self.z.is_zero()
    }

    /// A line at P; the line 1 in lanes that hold no pair.
    #[inline(always)]
    fn evaluate(&self, [c0, c1, c4]: [B::Fq2x8; 3], backend: B) -> [B::Fq2x8; 3] {
        let (zero, one) = (B::Fq2x8::zero(backend), B::Fq2x8::one(backend));
        [
            B::Fq2x8::select(self.used, c0, one),
            B::Fq2x8::select(self.used, c1.mul_base(self.px), zero),
            B::Fq2x8::select(self.used, c4.mul_base(self.py), zero),
        ]
    }

    /// Doubles the multiple of Q; the tangent's line.
    #[inline(always)]
    fn double(&mut self, half: B::Fq8, backend: B) -> [B::Fq2x8; 3] {
        let a = product(backend, self.x, self.y).mul_base(half);
        let b = square(backend, self.y);
        let c = square(backend, self.z);
        // The twist is y² = x³ + 4 (1 + u).
        let e = c.double().add(c).double().double().mul_by_one_plus_u();
        let f = e.double().add(e);
        let g = b.add(f).mul_base(half);
        let h = square(backend, self.y.add_loose(self.z)).sub(b.add(c));
        let j = square(backend, self.x);
        let e_squared = square(backend, e);
        self.x = product(backend, a, b.sub(f));
        self.y = square(backend, g).sub(e_squared.double().add(e_squared));
        self.z = product(backend, b, h);
        self.evaluate([e.sub(b), j.double().add(j), h.neg()], backend)
    }

    /// Adds Q to its multiple; the chord's line.
    #[inline(always)]
    fn add(&mut self, backend: B) -> [B::Fq2x8; 3] {
        let theta = self.y.sub(product(backend, self.qy, self.z));
        let lambda = self.x.sub(product(backend, self.qx, self.z));
        let c = square(backend, theta);
        let d = square(backend, lambda);
        let e = product(backend, lambda, d);
        let f = product(backend, self.z, c);
        let g = product(backend, self.x, d);
        let h = e.add(f).sub(g.double());
        self.x = product(backend, lambda, h);
        self.y = product(backend, theta, g.sub(h)).sub(product(backend, e, self.y));
        self.z = product(backend, self.z, e);
        let j = product(backend, theta, self.qx).sub(product(backend, lambda, self.qy));
        self.evaluate([j, theta.neg(), lambda], backend)
    }
}

/// The loops of up to `8 GROUPS` pairs: of each group's pairs in the same lane their product.
struct Miller<'a> {
    pairs: &'a [(G1Affine, G2Affine)],
    /// Where it is asked for: of each group, the lanes whose loop ended where that of a point of G2 does.
    ends: Option<&'a mut [Mask; GROUPS]>,
}

impl Kernel for Miller<'_> {
    type Output = [Fq12; LANES];

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> [Fq12; LANES] {
        let mut groups: Vec<Group<B>> = Vec::with_capacity(GROUPS);
        for pairs in self.pairs.chunks(LANES) {
            groups.push(Group::load(backend, pairs));
        }
        let half = B::Fq8::splat(backend, Fq::ONE.double().inverse().unwrap_or(Fq::ZERO));
        let mut f = Fq12x8::<B::Fq2x8>::one(backend);
        let highest = 63 - X.leading_zeros();
        for bit in (0..highest).rev() {
            if bit + 1 != highest {
                f = backend.call(SquareTower(backend, &f));
            }
            for group in &mut groups {
                f = backend.call(Double(backend, &f, group, half));
            }
            if X >> bit & 1 == 1 {
                for group in &mut groups {
                    f = backend.call(Add(backend, &f, group));
                }
            }
        }
        if let Some(ends) = self.ends {
            for ((end, group), pairs) in ends.iter_mut().zip(&groups).zip(self.pairs.chunks(LANES)) {
                *end = group.ends_in_g2(pairs, backend);
            }
        }
        f.store(backend)
    }
}

struct SquareTower<'a, L: Backend>(L, &'a Fq12x8<L::Fq2x8>);

impl<L: Backend> Kernel for SquareTower<'_, L> {
    type Output = Fq12x8<L::Fq2x8>;

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> Fq12x8<L::Fq2x8> {
        self.1.square(self.0)
    }
}

struct Double<'a, L: Backend>(L, &'a Fq12x8<L::Fq2x8>, &'a mut Group<L>, L::Fq8);

impl<L: Backend> Kernel for Double<'_, L> {
    type Output = Fq12x8<L::Fq2x8>;

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> Fq12x8<L::Fq2x8> {
        let line = self.2.double(self.3, self.0);
        self.1.mul_by_line(line, self.0)
    }
}

struct Add<'a, L: Backend>(L, &'a Fq12x8<L::Fq2x8>, &'a mut Group<L>);

impl<L: Backend> Kernel for Add<'_, L> {
    type Output = Fq12x8<L::Fq2x8>;

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> Fq12x8<L::Fq2x8> {
        let line = self.2.add(self.0);
        self.1.mul_by_line(line, self.0)
    }
}

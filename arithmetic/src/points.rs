//! What many points need each on its own: square roots for decompression, membership of the subgroup, a weight.
//!
//! Points are added by the complete formulas of Renes, Costello and Batina (eprint 2015/1060, algorithms 7 to 9):
//! the curve has odd order, so that they hold for all points, whatever somebody sends.

mod decompress;
mod weights;

use ark_bls12_381::{Fq, Fq2, G1Affine, g1};
use ark_ec::AffineRepr;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use rayon::prelude::*;

pub use decompress::{solve_g1, solve_g2};
pub use weights::{Weight, weigh_in_g1};

use crate::backend::{AnyBackend, Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, Mask, QuadraticLanes};
use crate::msm::X_SQUARED;

/// The square root of each element, of either sign; `None` where there is none, and in the rare case that the formula
/// does not cover (elements of the base field that have no root there).
#[must_use]
pub fn square_roots_in_fq(backend: AnyBackend, elements: &[Fq]) -> Vec<Option<Fq>> {
    in_eights(elements, Fq::ZERO, |chunk| backend.run(RootsInFq(chunk)))
}

/// As [`square_roots_in_fq`], in the extension field.
#[must_use]
pub fn square_roots_in_fq2(backend: AnyBackend, elements: &[Fq2]) -> Vec<Option<Fq2>> {
    in_eights(elements, Fq2::ZERO, |chunk| backend.run(RootsInFq2(chunk)))
}

/// Whether each point of the curve is in the subgroup of prime order. Infinity is.
#[must_use]
pub fn are_in_g1(backend: AnyBackend, points: &[G1Affine]) -> Vec<bool> {
    in_eights(points, G1Affine::generator(), |chunk| bits(backend.run(MembersOfG1(chunk))))
        .into_iter()
        .zip(points)
        .map(|(member, point)| member || point.is_zero())
        .collect()
}

/// Runs `each` on eight items at a time, on all threads; the last eight are filled up.
pub(crate) fn in_eights<T: Copy + Send + Sync, R: Send>(
    items: &[T],
    filler: T,
    each: impl Fn(&[T; LANES]) -> [R; LANES] + Send + Sync,
) -> Vec<R> {
    let mut results: Vec<R> = items
        .par_chunks(LANES)
        .flat_map_iter(|chunk| {
            let mut eight = [filler; LANES];
            eight[..chunk.len()].copy_from_slice(chunk);
            each(&eight)
        })
        .collect();
    results.truncate(items.len());
    results
}

fn bits(mask: Mask) -> [bool; LANES] {
    std::array::from_fn(|lane| mask >> lane & 1 == 1)
}

/// `base^((p-3)/4)`.
#[inline(always)]
fn root_exponent<L: FieldLanes<Element = Fq>>(backend: L::Backend, base: L) -> L {
    // (p - 3) / 4 is (p - 1) / 2 / 2 rounded down, since p is 3 modulo 4.
    let mut exponent = Fq::MODULUS_MINUS_ONE_DIV_TWO.0;
    for i in 0..exponent.len() {
        let above = if i + 1 < exponent.len() { exponent[i + 1] } else { 0 };
        exponent[i] = exponent[i] >> 1 | above << 63;
    }
    power(backend, base, &exponent)
}

/// `base^exponent` for one public exponent, words from the lowest, in windows of four bits.
#[inline(always)]
pub(crate) fn power<L: FieldLanes>(backend: L::Backend, base: L, exponent: &[u64]) -> L {
    let mut table = [L::one(backend); 16];
    for i in 1..16 {
        table[i] = table[i - 1].mul(base);
    }
    let mut power = L::one(backend);
    for word in exponent.iter().rev() {
        for window in (0..16).rev() {
            for _ in 0..4 {
                power = power.square();
            }
            power = power.mul(table[(word >> (4 * window) & 15) as usize]);
        }
    }
    power
}

struct RootsInFq<'a>(&'a [Fq; LANES]);

impl Kernel for RootsInFq<'_> {
    type Output = [Option<Fq>; LANES];

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Self::Output {
        let element = B::Fq8::load(backend, self.0);
        let root = root_exponent(backend, element).mul(element);
        let right = root.square().equals(element);
        let roots = root.store();
        std::array::from_fn(|lane| (right >> lane & 1 == 1).then_some(roots[lane]))
    }
}

struct RootsInFq2<'a>(&'a [Fq2; LANES]);

impl Kernel for RootsInFq2<'_> {
    type Output = [Option<Fq2>; LANES];

    /// With `s² = a0² + a1²`, `t = (a0 + s) / 2` and `e = t^((p-3)/4)`: if `(t e)² = t`, then `1 / (t e) = e` and the
    /// root is `t e + (a1 e / 2) u`; if `(t e)² = -t`, then it is `-a1 e / 2 + t e u`.
    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Self::Output {
        let element = B::Fq2x8::load(backend, self.0);
        let (a0, a1) = element.coordinates();
        let half = B::Fq8::splat(backend, Fq::ONE.double().inverse().unwrap_or(Fq::ZERO));
        let norm = a0.square().add(a1.square());
        let s = root_exponent(backend, norm).mul(norm);
        let t = a0.add(s).mul(half);
        let e = root_exponent(backend, t);
        let x = t.mul(e);
        let y = a1.mul(e).mul(half);
        let first = x.square().equals(t);
        let root = B::Fq2x8::from_coordinates(B::Fq8::select(first, x, y.neg()), B::Fq8::select(first, y, x));
        let right = root.square().equals(element);
        let roots = root.store();
        std::array::from_fn(|lane| (right >> lane & 1 == 1).then_some(roots[lane]))
    }
}

/// Eight points in homogeneous coordinates.
#[derive(Clone, Copy, Debug)]
struct Points<L> {
    x: L,
    y: L,
    z: L,
}

/// `3 b · value`, where the curve is `y² = x³ + b` and b = 4.
#[inline(always)]
fn mul_by_3b<L: FieldLanes>(value: L) -> L {
    value.double().add(value).double().double()
}

impl<L: FieldLanes> Points<L> {
    #[inline(always)]
    fn affine(backend: L::Backend, x: L, y: L) -> Self {
        Self { x, y, z: L::one(backend) }
    }

    /// Algorithm 9.
    #[inline(always)]
    fn double(self) -> Self {
        let y_squared = self.y.square();
        let y_squared_8 = y_squared.double().double().double();
        let z_squared_3b = mul_by_3b(self.z.square());
        let difference = y_squared.sub(z_squared_3b.double().add(z_squared_3b));
        Self {
            x: difference.mul(self.x.mul(self.y)).double(),
            y: difference.mul(y_squared.add_loose(z_squared_3b)).add(z_squared_3b.mul(y_squared_8)),
            z: self.y.mul(self.z).mul(y_squared_8),
        }
    }

    /// Algorithm 8: adds finite points `(x, y)`.
    #[inline(always)]
    fn add_affine(self, x: L, y: L) -> Self {
        let xx = self.x.mul(x);
        let yy = self.y.mul(y);
        let xy = x.add_loose(y).mul(self.x.add_loose(self.y)).sub(xx.add(yy));
        let yz = y.mul(self.z).add(self.y);
        let xz_3b = mul_by_3b(x.mul(self.z).add(self.x));
        let xx_3 = xx.double().add(xx);
        let z_3b = mul_by_3b(self.z);
        let (sum, difference) = (yy.add(z_3b), yy.sub(z_3b));
        Self {
            x: xy.mul(difference).sub(yz.mul(xz_3b)),
            y: difference.mul(sum).add(xz_3b.mul(xx_3)),
            z: sum.mul(yz).add(xx_3.mul(xy)),
        }
    }

    /// Algorithm 7: adds any points.
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let xx = self.x.mul(other.x);
        let yy = self.y.mul(other.y);
        let zz = self.z.mul(other.z);
        let xy = other.x.add_loose(other.y).mul(self.x.add_loose(self.y)).sub(xx.add(yy));
        let yz = other.y.add_loose(other.z).mul(self.y.add_loose(self.z)).sub(yy.add(zz));
        let xz = other.x.add_loose(other.z).mul(self.x.add_loose(self.z)).sub(xx.add(zz));
        let xz_3b = mul_by_3b(xz);
        let xx_3 = xx.double().add(xx);
        let zz_3b = mul_by_3b(zz);
        let (sum, difference) = (yy.add(zz_3b), yy.sub(zz_3b));
        Self {
            x: xy.mul(difference).sub(yz.mul(xz_3b)),
            y: difference.mul(sum).add(xz_3b.mul(xx_3)),
            z: sum.mul(yz).add(xx_3.mul(xy)),
        }
    }

    /// The points of `yes` in the lanes that are in `mask`, those of `no` in the others.
    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        Self { x: L::select(mask, yes.x, no.x), y: L::select(mask, yes.y, no.y), z: L::select(mask, yes.z, no.z) }
    }

    /// The lanes in which these are the finite points `(x, y)`.
    #[inline(always)]
    fn equals_affine(self, x: L, y: L) -> Mask {
        // Where z is zero these are equal only if x and y are zero too, and no such point exists.
        self.x.equals(x.mul(self.z)) & self.y.equals(y.mul(self.z)) & !self.z.is_zero()
    }
}

/// `factor · (x, y)` for one public factor. Its bits steer the loop.
#[inline(always)]
fn multiple<L: FieldLanes>(backend: L::Backend, x: L, y: L, factor: u128) -> Points<L> {
    let mut sum = Points::affine(backend, x, y);
    for bit in (0..127 - factor.leading_zeros()).rev() {
        sum = sum.double();
        if factor >> bit & 1 == 1 {
            sum = sum.add_affine(x, y);
        }
    }
    sum
}

struct MembersOfG1<'a>(&'a [G1Affine; LANES]);

impl Kernel for MembersOfG1<'_> {
    type Output = Mask;

    /// Whether the endomorphism `(x, y) -> (ζ x, -y)` multiplies by `x²`, as it does in the subgroup and nowhere else
    /// (eprint 2021/1130, section 6).
    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Mask {
        let x = B::Fq8::load(backend, &self.0.map(|point| point.x));
        let y = B::Fq8::load(backend, &self.0.map(|point| point.y));
        let root = B::Fq8::splat(backend, g1::Config::ENDO_COEFFS[0]);
        multiple(backend, x, y, X_SQUARED).equals_affine(x.mul(root), y.neg())
    }
}

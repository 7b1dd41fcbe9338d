//! Square roots of ratios in the scalar field, whose order less one is divisible by 2^32.
//!
//! Let r - 1 = 2^32 t with t odd, a = u v and w = a^((t-1)/2). Then a w² = a^t is g^k for a root of unity g of order 2^32. If k is
//! even, `w g^(-k/2)` is a root of 1/a, and `u w g^(-k/2)` one of u/v: nothing is inverted. If k is odd there is no root. k is found
//! by bytes from tables, the lowest first (Sarkar, eprint 2020/1407).

use std::array::from_fn;
use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, BigInt, FftField, Field, PrimeField};

use crate::backend::{AnyBackend, Backend, Kernel};
use crate::lanes::{FieldLanes, LANES};
use crate::points::{in_eights, power};
use crate::words;

/// A root of `u / v`, of either sign; `None` where there is none, and where v is 0 and u is not.
pub(crate) fn root_of_ratio(u: Fr, v: Fr) -> Option<Fr> {
    let a = mul(u, v);
    let w = power_of_one(a, &HALF_OF_ODD_PART.0);
    Candidate::new(w, mul(mul(w, w), a)).root(u, v)
}

/// [`root_of_ratio`] of each of many pairs.
pub(crate) fn roots_of_ratios(backend: AnyBackend, ratios: &[(Fr, Fr)]) -> Vec<Option<Fr>> {
    in_eights(ratios, (Fr::ZERO, Fr::ONE), |chunk| {
        let candidates = backend.run(Candidates(chunk));
        from_fn(|lane| candidates[lane].root(chunk[lane].0, chunk[lane].1))
    })
}

/// `(t - 1) / 2`.
const HALF_OF_ODD_PART: BigInt<4> = Fr::TRACE_MINUS_ONE_DIV_TWO;

/// Not inlined: its code is long where a product of words is.
#[inline(never)]
fn mul(a: Fr, b: Fr) -> Fr {
    words::mul(a, b)
}

/// As [`power`], for one element.
fn power_of_one(base: Fr, exponent: &[u64]) -> Fr {
    let mut table = [Fr::ONE; 16];
    for i in 1..16 {
        table[i] = mul(table[i - 1], base);
    }
    let mut power = Fr::ONE;
    for word in exponent.iter().rev() {
        for window in (0..16).rev() {
            for _ in 0..4 {
                power = words::square(power);
            }
            power = mul(power, table[(word >> (4 * window) & 15) as usize]);
        }
    }
    power
}

/// What is known of a ratio before k is.
#[derive(Clone, Copy)]
struct Candidate {
    w: Fr,
    /// `g^k` to the power 2^24, 2^16, 2^8 and 1.
    powers: [Fr; 4],
}

impl Candidate {
    fn new(w: Fr, last: Fr) -> Self {
        let mut powers = [last; 4];
        for i in (0..3).rev() {
            powers[i] = (0..8).fold(powers[i + 1], |power, _| words::square(power));
        }
        Self { w, powers }
    }

    fn root(&self, u: Fr, v: Fr) -> Option<Fr> {
        if u == Fr::ZERO {
            return Some(u);
        }
        let tables = tables();
        let mut digits = [0u8; 4];
        for i in 0..4 {
            // What the lower bytes of k contribute is taken away; the higher ones are gone, as g has order 2^32.
            let rest =
                (0..i).fold(self.powers[i], |rest, j| mul(rest, tables.inverse[3 - i + j][usize::from(digits[j])]));
            digits[i] = tables.logarithm(rest)?;
        }
        let k = u32::from_le_bytes(digits);
        if k % 2 == 1 {
            return None;
        }
        let half = (k / 2).to_le_bytes();
        let inverse_root = (0..4).fold(self.w, |root, i| mul(root, tables.inverse[i][usize::from(half[i])]));
        let root = mul(u, inverse_root);
        (mul(mul(root, root), v) == u).then_some(root)
    }
}

struct Candidates<'a>(&'a [(Fr, Fr); LANES]);

impl Kernel for Candidates<'_> {
    type Output = [Candidate; LANES];

    #[inline(always)]
    fn run<B: Backend>(self, backend: B) -> Self::Output {
        let u = B::Fr8::load(backend, &self.0.map(|(u, _)| u));
        let v = B::Fr8::load(backend, &self.0.map(|(_, v)| v));
        let a = u.mul(v);
        let w = power(backend, a, &HALF_OF_ODD_PART.0);
        let mut last = w.square().mul(a);
        let mut stored = [[Fr::ZERO; LANES]; 4];
        for (i, powers) in stored.iter_mut().rev().enumerate() {
            if i > 0 {
                for _ in 0..8 {
                    last = last.square();
                }
            }
            *powers = last.store();
        }
        let w = w.store();
        from_fn(|lane| Candidate { w: w[lane], powers: stored.map(|powers| powers[lane]) })
    }
}

struct Tables {
    /// `inverse[i][j]` is `g^(-j 2^(8 i))`.
    inverse: [[Fr; 256]; 4],
    /// The lowest word of `g^(j 2^24)` and j, in order.
    logarithms: [(u64, u8); 256],
}

impl Tables {
    /// j of `g^(j 2^24)`; of another element something or nothing.
    fn logarithm(&self, element: Fr) -> Option<u8> {
        let word = element.0.0[0];
        let index = self.logarithms.binary_search_by_key(&word, |entry| entry.0).ok()?;
        Some(self.logarithms[index].1)
    }
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let g = Fr::TWO_ADIC_ROOT_OF_UNITY;
        let powers = |base: Fr| {
            let mut power = Fr::ONE;
            from_fn(|_| {
                let this = power;
                power = mul(power, base);
                this
            })
        };
        let step = |base: Fr| base.pow([1 << 8]);
        let first = g.inverse().unwrap_or(Fr::ONE);
        let second = step(first);
        let third = step(second);
        let inverse = [first, second, third, step(third)].map(powers);
        let of_order_256: [Fr; 256] = powers(step(step(step(g))));
        let mut logarithms = from_fn(|j| (of_order_256[j].0.0[0], j as u8));
        logarithms.sort_unstable();
        Tables { inverse, logarithms }
    })
}

#[cfg(test)]
mod tests {
    use ark_ff::UniformRand;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn logarithms_of_all_bytes_are_told_apart() {
        let words: std::collections::BTreeSet<_> = tables().logarithms.iter().map(|(word, _)| word).collect();
        assert_eq!(words.len(), 256);
    }

    #[test]
    fn roots_are_those_of_arkworks() {
        let mut rng = StdRng::seed_from_u64(1);
        let g = Fr::TWO_ADIC_ROOT_OF_UNITY;
        let mut ratios = vec![(Fr::ZERO, Fr::ONE), (Fr::ZERO, Fr::ZERO), (Fr::ONE, Fr::ZERO), (-Fr::ONE, Fr::ONE)];
        for k in [
            0u64,
            1,
            2,
            3,
            255,
            256,
            257,
            0xff00,
            0x1_0000,
            0x1_0001,
            0xff_ff00,
            0x100_0000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_fffe,
            0xffff_ffff,
        ] {
            ratios.push((g.pow([k]), Fr::ONE));
            let (odd, v) = (Fr::rand(&mut rng).pow([1 << 32]), Fr::rand(&mut rng));
            ratios.push((g.pow([k]) * odd * v, v));
        }
        ratios.extend((0..40).map(|_| (Fr::rand(&mut rng), Fr::rand(&mut rng))));
        ratios.extend((0..9).map(|_| (Fr::rand(&mut rng).square(), Fr::ONE)));
        for backend in AnyBackend::available() {
            let roots = roots_of_ratios(backend, &ratios);
            assert_eq!(roots.len(), ratios.len());
            for ((u, v), root) in ratios.iter().zip(roots) {
                assert_eq!(root, root_of_ratio(*u, *v), "{backend:?}");
                let ratio = if *u == Fr::ZERO { Some(*u) } else { v.inverse().map(|inverse| *u * inverse) };
                assert_eq!(root.map(|root| root.square()), ratio.filter(|ratio| ratio.sqrt().is_some()));
            }
        }
    }
}

//! Multi-scalar multiplication gives what arkworks gives, on every backend: for random scalars and bases, and for those
//! that batched affine addition gets wrong when it is done carelessly.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::Fr;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, UniformRand};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::AnyBackend;
use tabella_arithmetic::msm::{Compiled, G1, G2, PreparedBases};

/// Different points, cheaply: multiples of the generator with a random step.
fn bases<G: Compiled>(count: usize, seed: u64) -> Vec<Affine<G::Config>> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let step = Affine::<G::Config>::generator() * Fr::rand(&mut rng);
    let points: Vec<_> = std::iter::successors(Some(step.double()), |last: &Projective<G::Config>| Some(*last + step))
        .take(count)
        .collect();
    Projective::normalize_batch(&points)
}

fn random_scalars(count: usize, seed: u64) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| Fr::rand(&mut rng)).collect()
}

/// No tables; some, if there are so few bases; tables for all windows.
const BUDGETS: [usize; 3] = [0, 1 << 14, 1 << 26];

#[track_caller]
fn check<G: Compiled>(bases: &[Affine<G::Config>], scalars: &[Fr], what: &str) {
    check_with::<G>(bases, scalars, &BUDGETS, what);
}

#[track_caller]
fn check_with<G: Compiled>(bases: &[Affine<G::Config>], scalars: &[Fr], budgets: &[usize], what: &str) {
    let expected = Projective::<G::Config>::msm_unchecked(bases, scalars);
    for backend in AnyBackend::available() {
        for &budget in budgets {
            let sum = PreparedBases::<G>::on(backend, bases, budget).msm(scalars);
            assert_eq!(sum, expected, "{what}, {} bases, {budget} bytes, {backend:?}", bases.len());
        }
    }
}

fn sizes<G: Compiled>() {
    for count in [0, 1, 2, 3, 7, 8, 9, 31, 100, 1000, 5000] {
        check::<G>(&bases::<G>(count, 1), &random_scalars(count, 2), "random");
    }
    // The longer of both is cut.
    check::<G>(&bases::<G>(20, 1), &random_scalars(13, 2), "fewer scalars");
    check::<G>(&bases::<G>(13, 1), &random_scalars(20, 2), "fewer bases");
}

#[test]
fn sums_of_all_sizes_agree_with_arkworks_in_g1() {
    sizes::<G1>();
}

#[test]
fn sums_of_all_sizes_agree_with_arkworks_in_g2() {
    sizes::<G2>();
}

/// Scalars whose parts under the endomorphisms are the longest there are: half of x² or x, and near it.
fn longest_parts<G: Compiled>(multipliers: &[u128]) {
    let half = Fr::from(2u64).inverse().unwrap();
    let mut scalars = vec![half, -half];
    for multiplier in multipliers {
        let multiplier = Fr::from(*multiplier);
        // The lower part, the higher, and both.
        for place in [Fr::ONE, multiplier, multiplier + Fr::ONE] {
            for near in 0..3u64 {
                let long = (multiplier * half - Fr::from(near)) * place;
                scalars.extend([long, -long, long + Fr::ONE]);
            }
        }
    }
    // Few bases, because the windows are narrow then.
    for count in 1..6 {
        let bases = bases::<G>(count, 11);
        for scalar in &scalars {
            check_with::<G>(&bases, &vec![*scalar; count], &[0, 1 << 14], "longest parts");
        }
    }
}

#[test]
fn scalars_with_the_longest_parts_are_multiplied_correctly() {
    const X: u128 = 0xd201_0000_0001_0000;
    longest_parts::<G1>(&[X * X, X]);
    longest_parts::<G2>(&[X * X, X]);
}

/// Every kind of scalar against every kind of base list.
fn special_values<G: Compiled>(count: usize) {
    let distinct = bases::<G>(count, 3);
    let base_lists = [
        ("distinct", distinct.clone()),
        ("all equal", vec![distinct[0]; count]),
        ("two values", (0..count).map(|i| distinct[i % 2]).collect()),
        ("a base and its negation", (0..count).map(|i| if i % 2 == 0 { distinct[0] } else { -distinct[0] }).collect()),
        ("pairs of opposites", (0..count).map(|i| if i % 2 == 0 { distinct[i] } else { -distinct[i - 1] }).collect()),
        ("pairs of equals", (0..count).map(|i| distinct[i - i % 2]).collect()),
        ("multiples", (0..count).map(|i| (distinct[0] * Fr::from(i as u64 % 5)).into_affine()).collect()),
        ("all infinity", vec![Affine::identity(); count]),
        ("some infinity", (0..count).map(|i| if i % 3 == 0 { Affine::identity() } else { distinct[i] }).collect()),
    ];
    let x = Fr::from(0xd201_0000_0001_0000u64);
    let random = random_scalars(count, 4);
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let scalar_lists: [(&str, Vec<Fr>); 13] = [
        ("zero", vec![Fr::ZERO; count]),
        ("one", vec![Fr::ONE; count]),
        ("minus one", vec![-Fr::ONE; count]),
        ("plus and minus one", (0..count).map(|i| if i % 2 == 0 { Fr::ONE } else { -Fr::ONE }).collect()),
        ("boolean", (0..count).map(|_| Fr::from(rng.gen_bool(0.5))).collect()),
        ("bytes", (0..count).map(|i| Fr::from(i as u8)).collect()),
        ("negated bytes", (0..count).map(|i| -Fr::from(i as u8)).collect()),
        ("64 bits", (0..count).map(|_| Fr::from(rng.r#gen::<u64>())).collect()),
        ("all equal", vec![random[0]; count]),
        ("opposites", (0..count).map(|i| if i % 2 == 0 { random[i] } else { -random[i - 1] }).collect()),
        ("powers of two", (0..count).map(|i| Fr::from(2u64).pow([i as u64])).collect()),
        (
            "near multiples of x",
            (0..count).map(|i| x.pow([i as u64 % 4]) * random[i % 3] + Fr::from(i as u64)).collect(),
        ),
        ("halves", vec![Fr::from(2u64).inverse().unwrap(); count]),
    ];
    for (base_kind, bases) in &base_lists {
        for (scalar_kind, scalars) in &scalar_lists {
            check::<G>(bases, scalars, &format!("bases {base_kind}, scalars {scalar_kind}"));
        }
    }
}

#[test]
fn equal_opposite_and_infinite_points_are_added_correctly_in_g1() {
    special_values::<G1>(3);
    special_values::<G1>(64);
    special_values::<G1>(301);
}

#[test]
fn equal_opposite_and_infinite_points_are_added_correctly_in_g2() {
    special_values::<G2>(3);
    special_values::<G2>(130);
}

/// More points in one bucket than are summed at once.
#[test]
fn a_bucket_larger_than_a_segment_is_summed_from_pieces() {
    let count = 20_000;
    let distinct = bases::<G1>(count, 6);
    check_with::<G1>(&distinct, &vec![random_scalars(1, 7)[0]; count], &[0], "all equal");
    check_with::<G1>(&vec![distinct[0]; count], &vec![-Fr::ONE; count], &[0], "all equal");
    let opposites: Vec<_> = (0..count).map(|i| if i % 2 == 0 { distinct[i] } else { -distinct[i - 1] }).collect();
    check_with::<G1>(&opposites, &vec![Fr::ONE; count], &[0], "pieces of infinity");
    check_with::<G2>(&bases::<G2>(6000, 8), &vec![random_scalars(1, 9)[0]; 6000], &[0], "all equal");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Few different bases, signs and scalars, so that every kind of meeting happens in every round.
    #[test]
    fn sums_over_few_values_agree_with_arkworks(
        choices in prop::collection::vec((0..5usize, any::<bool>(), 0..6usize), 0..200),
        seed in any::<u64>(),
    ) {
        let few = bases::<G1>(4, seed);
        let mut scalars = random_scalars(3, seed);
        scalars.extend([Fr::ONE, Fr::from(2u64), -Fr::ONE]);
        let (bases, scalars): (Vec<_>, Vec<_>) = choices
            .into_iter()
            .map(|(base, negate, scalar)| {
                let base = few.get(base).copied().unwrap_or(Affine::identity());
                (if negate { -base } else { base }, scalars[scalar])
            })
            .unzip();
        check::<G1>(&bases, &scalars, "few values");
    }
}

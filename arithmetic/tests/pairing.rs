//! Miller loops on every backend give the element that arkworks gives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::{Bls12_381, Fq2, Fq12, Fr, G1Affine, G1Projective, G2Affine, G2Projective, g2};
use ark_ec::{AffineRepr as _, CurveConfig as _, CurveGroup, pairing::Pairing, short_weierstrass::SWCurveConfig as _};
use ark_ff::{Field, PrimeField as _, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{
    AnyBackend,
    pairing::{miller_loops, multi_miller_loop, multi_miller_loop_in_g2},
};

fn pairs(count: usize, seed: u64) -> Vec<(G1Affine, G2Affine)> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut point = || (G1Projective::rand(&mut rng).into_affine(), G2Projective::rand(&mut rng).into_affine());
    (0..count).map(|_| point()).collect()
}

fn by_arkworks(pairs: &[(G1Affine, G2Affine)]) -> Fq12 {
    Bls12_381::multi_miller_loop(pairs.iter().map(|pair| pair.0), pairs.iter().map(|pair| pair.1)).0
}

#[test]
fn product_of_any_number_of_loops_is_that_of_arkworks() {
    let all = pairs(70, 1);
    for backend in AnyBackend::available() {
        for count in [0, 1, 2, 7, 8, 9, 31, 32, 33, 70] {
            assert_eq!(multi_miller_loop(backend, &all[..count]), by_arkworks(&all[..count]), "{count} pairs");
        }
    }
}

#[test]
fn loop_of_each_pair_is_that_of_arkworks() {
    let mut all = pairs(11, 6);
    all[4].0 = G1Affine::identity();
    let expected: Vec<Fq12> = all.iter().map(|pair| by_arkworks(std::slice::from_ref(pair))).collect();
    for backend in AnyBackend::available() {
        assert_eq!(miller_loops(backend, &all), expected);
    }
}

#[test]
fn pair_with_a_point_at_infinity_contributes_one() {
    let mut some = pairs(3, 2);
    some[1].0 = G1Affine::identity();
    some[2].1 = G2Affine::identity();
    for backend in AnyBackend::available() {
        assert_eq!(multi_miller_loop(backend, &some), by_arkworks(&some[..1]));
        assert_eq!(multi_miller_loop(backend, &some[1..]), Fq12::ONE);
    }
}

#[test]
fn equal_and_opposite_pairs_are_handled() {
    let [pair] = pairs(1, 3)[..] else { panic!("one pair") };
    let repeated = vec![pair; 9];
    let opposite = [pair, (-pair.0, pair.1), (pair.0, -pair.1)];
    for backend in AnyBackend::available() {
        assert_eq!(multi_miller_loop(backend, &repeated), by_arkworks(&repeated));
        assert_eq!(multi_miller_loop(backend, &opposite), by_arkworks(&opposite));
    }
}

#[test]
fn pairing_is_bilinear() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let [(p, q)] = pairs(1, 5)[..] else { panic!("one pair") };
    let (a, b) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
    let balanced = [((p * a).into_affine(), (q * b).into_affine()), ((p * -(a * b)).into_affine(), q)];
    for backend in AnyBackend::available() {
        let product = multi_miller_loop(backend, &balanced);
        let one = Bls12_381::final_exponentiation(ark_ec::pairing::MillerLoopOutput(product)).unwrap();
        assert_eq!(one.0, Fq12::ONE);
    }
}

/// A number, given by words, divided by a small one; and the remainder.
fn divide(number: &[u64], by: u64) -> (Vec<u64>, u64) {
    let (mut quotient, mut remainder) = (number.to_vec(), 0);
    for word in quotient.iter_mut().rev() {
        let value = u128::from(remainder) << 64 | u128::from(*word);
        *word = (value / u128::from(by)) as u64;
        remainder = (value % u128::from(by)) as u64;
    }
    (quotient, remainder)
}

/// Points of the twist whose order is a power of a small prime factor of the cofactor, with some multiples.
fn of_small_order() -> Vec<G2Affine> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut all = Vec::new();
    for prime in [13u64, 23, 2_713, 11_953, 262_069] {
        // The cofactor without this prime.
        let mut part = g2::Config::COFACTOR.to_vec();
        while let (quotient, 0) = divide(&part, prime) {
            part = quotient;
        }
        assert_ne!(part, g2::Config::COFACTOR);
        let point = std::iter::repeat_with(|| Fq2::rand(&mut rng))
            .filter_map(|x| G2Affine::get_point_from_x_unchecked(x, false))
            .map(|point| g2::Config::mul_affine(&point, Fr::MODULUS.as_ref()).into_affine())
            .map(|point| g2::Config::mul_affine(&point, &part).into_affine())
            .find(|point| !point.is_zero())
            .unwrap();
        all.extend((1..13u64).map(|factor| g2::Config::mul_affine(&point, &[factor]).into_affine()));
    }
    all
}

#[test]
fn loops_name_the_points_that_are_outside_of_g2() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let mut all = pairs(40, 9);
    all[5].1 = G2Affine::identity();
    all[6].0 = G1Affine::identity();
    for backend in AnyBackend::available() {
        assert_eq!(multi_miller_loop_in_g2(backend, &all), Ok(by_arkworks(&all)));
        assert_eq!(multi_miller_loop_in_g2(backend, &[]), Ok(Fq12::ONE));
    }
    // Alone, and behind a point of the subgroup; beside points that are inside.
    let anywhere = std::iter::repeat_with(|| Fq2::rand(&mut rng))
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(x, true))
        .take(9);
    let mut outside = Vec::new();
    for point in of_small_order().into_iter().chain(anywhere).collect::<Vec<_>>() {
        assert!(point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve());
        for q in [point, (point + all[0].1).into_affine()] {
            outside.push(all.len());
            all.push((all[0].0, q));
        }
        all.push(all[1]);
    }
    // Nor does a point at infinity on the other side hide it.
    all[outside[3]].0 = G1Affine::identity();
    for backend in AnyBackend::available() {
        assert_eq!(multi_miller_loop_in_g2(backend, &all), Err(outside.clone()));
    }
}

//! Miller loops on every backend give the element that arkworks gives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::{Bls12_381, Fq12, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{CurveGroup, pairing::Pairing};
use ark_ff::{Field, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{
    AnyBackend,
    pairing::{miller_loops, multi_miller_loop},
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

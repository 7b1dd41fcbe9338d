//! Roots, membership and multiples on every backend are those of arkworks, also for points outside the subgroup.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::{Fq, Fq2, G1Affine, g1, g2};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr as _, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use ark_serialize::CanonicalSerialize;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{
    AnyBackend,
    points::{Weight, are_in_g1, solve_g1, solve_g2, square_roots_in_fq, square_roots_in_fq2, weigh_in_g1},
};

/// Points of the whole curve: of the subgroup, outside it, of small order.
fn points_of<C: SWCurveConfig>(seed: u64) -> Vec<Affine<C>> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let anywhere: Vec<Affine<C>> = std::iter::repeat_with(|| C::BaseField::rand(&mut rng))
        .filter_map(|x| Affine::get_point_from_x_unchecked(x, false))
        .take(13)
        .collect();
    let mut all: Vec<Affine<C>> = anywhere.iter().map(|point| point.clear_cofactor()).collect();
    // r times a point is of the cofactor's order, and its multiples by parts of the cofactor are of small order.
    let order: Vec<u64> = num_order::<C>();
    let outside: Vec<Affine<C>> = anywhere.iter().map(|point| C::mul_affine(point, &order).into_affine()).collect();
    let first = all[0];
    all.extend(outside.iter().map(|point| (*point + first).into_affine()));
    all.extend(outside);
    all.extend(anywhere);
    all.push(Affine::identity());
    all
}

fn num_order<C: SWCurveConfig>() -> Vec<u64> {
    C::ScalarField::MODULUS.as_ref().to_vec()
}

/// A point of order 3 of the curve: x = 0.
fn of_order_three() -> G1Affine {
    let point = G1Affine::new_unchecked(Fq::ZERO, Fq::from(2u64));
    assert!(point.is_on_curve());
    point
}

#[test]
fn members_of_the_subgroup_are_those_of_arkworks() {
    let mut ones = points_of::<g1::Config>(1);
    ones.extend([of_order_three(), -of_order_three()]);
    let expected_ones: Vec<bool> = ones.iter().map(G1Affine::is_in_correct_subgroup_assuming_on_curve).collect();
    assert!(expected_ones.contains(&true) && expected_ones.contains(&false));
    for backend in AnyBackend::available() {
        assert_eq!(are_in_g1(backend, &ones), expected_ones);
    }
}

#[test]
fn members_are_weighed_as_by_arkworks_and_others_are_not() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut points = points_of::<g1::Config>(4);
    points.extend([of_order_three(), -of_order_three()]);
    points.extend([G1Affine::generator(); 16]);
    let mut bits: Vec<u128> =
        points.iter().map(|_| u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())).collect();
    // Every digit at the lowest and at the highest place, and in all places.
    let last = bits.len() - 16;
    bits[..3].copy_from_slice(&[0, u128::MAX, 1 << 127]);
    for (digit, bits) in (0..).zip(&mut bits[last..]) {
        *bits = if digit % 2 == 0 { u128::MAX / 15 * digit } else { digit << 124 | digit };
    }
    let pairs: Vec<(G1Affine, Weight)> = points.iter().copied().zip(bits.into_iter().map(Weight::new)).collect();
    for backend in AnyBackend::available() {
        for ((point, weight), product) in pairs.iter().zip(weigh_in_g1(backend, &pairs)) {
            let member = point.is_in_correct_subgroup_assuming_on_curve() && !point.is_zero();
            assert_eq!(product, member.then(|| *point * weight.scalar()));
        }
        assert!(weigh_in_g1(backend, &[]).is_empty());
    }
}

#[test]
fn roots_square_to_the_element_and_exist_where_they_should() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let mut ones: Vec<Fq> = (0..20).map(|_| Fq::rand(&mut rng)).collect();
    ones.extend([Fq::ZERO, Fq::ONE, -Fq::ONE, Fq::from(4u64)]);
    let mut twos: Vec<Fq2> = (0..20).map(|_| Fq2::rand(&mut rng)).collect();
    twos.extend([Fq2::ZERO, Fq2::ONE, Fq2::new(Fq::ZERO, Fq::ONE), Fq2::new(Fq::ZERO, -Fq::from(3u64))]);
    for backend in AnyBackend::available() {
        for (element, root) in ones.iter().zip(square_roots_in_fq(backend, &ones)) {
            assert_eq!(root.is_some(), element.sqrt().is_some());
            assert!(root.is_none_or(|root| root.square() == *element));
        }
        for (element, root) in twos.iter().zip(square_roots_in_fq2(backend, &twos)) {
            assert_eq!(root.is_some(), element.sqrt().is_some(), "{element}");
            assert!(root.is_none_or(|root| root.square() == *element));
        }
    }
}

#[test]
fn points_at_infinity_stay_there() {
    for backend in AnyBackend::available() {
        assert_eq!(are_in_g1(backend, &[G1Affine::identity()]), [true]);
    }
}

fn encode<P: CanonicalSerialize, const N: usize>(point: &P) -> [u8; N] {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes.try_into().unwrap()
}

#[test]
fn encodings_of_finite_points_are_solved() {
    let ones = points_of::<g1::Config>(6);
    let twos = points_of::<g2::Config>(7);
    for backend in AnyBackend::available() {
        let encodings: Vec<[u8; 48]> = ones.iter().map(encode).collect();
        for (point, solved) in ones.iter().zip(solve_g1(backend, &encodings)) {
            assert_eq!(solved, (!point.is_zero()).then_some(*point));
        }
        let encodings: Vec<[u8; 96]> = twos.iter().map(encode).collect();
        for (point, solved) in twos.iter().zip(solve_g2(backend, &encodings)) {
            assert_eq!(solved, (!point.is_zero()).then_some(*point));
        }
    }
}

#[test]
fn altered_encodings_are_refused_or_are_those_of_the_opposite_point() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let (one, two) = (points_of::<g1::Config>(9)[0], points_of::<g2::Config>(10)[0]);
    let modulus: Vec<u8> = Fq::MODULUS.0.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
    let plain: [u8; 48] = encode(&one);
    let mut ones = vec![plain; 6];
    ones[0][0] ^= 0x80;
    ones[1][0] |= 0x40;
    ones[2][0] ^= 0x20;
    ones[3] = modulus.clone().try_into().unwrap();
    ones[3][0] |= 0x80;
    ones[4] = [0xff; 48];
    rng.fill_bytes(&mut ones[5]);
    ones[5][0] |= 0xdf;
    let wide: [u8; 96] = encode(&two);
    let mut twos = vec![wide; 5];
    twos[0][0] ^= 0x80;
    twos[1][0] |= 0x40;
    twos[2][0] ^= 0x20;
    twos[3][48..].copy_from_slice(&modulus);
    twos[4][48] |= 0x80;
    for backend in AnyBackend::available() {
        assert_eq!(solve_g1(backend, &ones), [None, None, Some(-one), None, None, None]);
        assert_eq!(solve_g2(backend, &twos), [None, None, Some(-two), None, None]);
    }
}

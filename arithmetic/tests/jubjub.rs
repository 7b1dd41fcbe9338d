//! Points of Jubjub and their weighted sums on every backend are those of arkworks, also for points of any order.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _, twisted_edwards::TECurveConfig as _};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective, Fr as Scalar, JubjubConfig};
use ark_ff::{AdditiveGroup as _, BigInt, BigInteger as _, Field as _, PrimeField as _, UniformRand as _};
use rand::{RngCore as _, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{
    AnyBackend,
    jubjub::{solve, solve_each, weighted_sum},
};

fn encode(point: &EdwardsAffine) -> [u8; 32] {
    let mut bytes: [u8; 32] = point.y.into_bigint().to_bytes_le().try_into().unwrap();
    bytes[31] |= u8::from(point.x.into_bigint().is_odd()) << 7;
    bytes
}

/// A point of the curve by its y, of either order; `None` for half of them.
fn with_y(y: Fr) -> Option<EdwardsAffine> {
    let square = (y.square() - Fr::ONE) / (JubjubConfig::COEFF_D * y.square() + Fr::ONE);
    Some(EdwardsAffine::new_unchecked(square.sqrt()?, y))
}

/// Points of the whole curve, of the subgroup, and all eight of small order.
fn points(rng: &mut ChaCha20Rng) -> Vec<EdwardsAffine> {
    let anywhere: Vec<_> =
        std::iter::repeat_with(|| Fr::rand(rng)).filter_map(with_y).take(11).collect::<Vec<EdwardsAffine>>();
    let torsion = anywhere
        .iter()
        .map(|point| JubjubConfig::mul_affine(point, Scalar::MODULUS.as_ref()).into_affine())
        .find(|torsion| !(torsion.into_group().double().double()).into_affine().is_zero())
        .unwrap();
    let small: Vec<EdwardsAffine> = (0..8u64).map(|i| JubjubConfig::mul_affine(&torsion, &[i]).into_affine()).collect();
    let members: Vec<_> = anywhere.iter().map(EdwardsAffine::clear_cofactor).collect();
    [anywhere, members, small].concat()
}

#[test]
fn points_are_read_as_they_were_written_and_nothing_else_is() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut cases: Vec<([u8; 32], Option<EdwardsAffine>)> = Vec::new();
    for point in points(&mut rng) {
        assert!(point.is_on_curve());
        for point in [point, -point] {
            cases.push((encode(&point), Some(point)));
            // y + r is no second encoding, where it has 255 bits.
            let mut above = point.y.into_bigint();
            if !above.add_with_carry(&Fr::MODULUS) && above.num_bits() <= 255 {
                let mut bytes: [u8; 32] = above.to_bytes_le().try_into().unwrap();
                bytes[31] |= encode(&point)[31] & 0x80;
                cases.push((bytes, None));
            }
            // x = 0 has no sign.
            if point.x == Fr::ZERO {
                let mut bytes = encode(&point);
                bytes[31] |= 0x80;
                cases.push((bytes, None));
            }
        }
    }
    let strangers: Vec<Fr> =
        std::iter::repeat_with(|| Fr::rand(&mut rng)).filter(|y| with_y(*y).is_none()).take(13).collect();
    for y in strangers {
        cases.push((y.into_bigint().to_bytes_le().try_into().unwrap(), None));
    }
    cases.push(([0xff; 32], None));
    assert!(cases.iter().filter(|(_, expected)| expected.is_none()).count() > 20);
    let encodings: Vec<_> = cases.iter().map(|(bytes, _)| *bytes).collect();
    for (bytes, expected) in &cases {
        assert_eq!(solve(bytes), *expected);
    }
    for backend in AnyBackend::available() {
        let expected: Vec<_> = cases.iter().map(|(_, expected)| *expected).collect();
        assert_eq!(solve_each(backend, &encodings), expected, "{backend:?}");
        for few in [0, 1, 7, 8, 9] {
            assert_eq!(solve_each(backend, &encodings[..few]), expected[..few]);
        }
    }
}

#[test]
fn weighted_sums_are_those_of_arkworks() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let some = points(&mut rng);
    let mut greatest = BigInt([u64::MAX; 4]);
    greatest.0[3] >>= 1;
    let edges = [
        BigInt([0; 4]),
        BigInt([1, 0, 0, 0]),
        BigInt([7, 0, 0, 0]),
        BigInt([8, 0, 0, 0]),
        BigInt([9, 0, 0, 0]),
        // Digits of 4, and of 8 with its carries.
        BigInt([0x4444_4444_4444_4444; 4]),
        BigInt([0x8888_8888_8888_8888, 0x8888_8888_8888_8888, 0x8888_8888_8888_8888, 0x0888_8888_8888_8888]),
        BigInt([u64::MAX, u64::MAX, 0, 0]),
        Scalar::MODULUS,
        Fr::MODULUS,
        greatest,
    ];
    let mut cases: Vec<(EdwardsAffine, BigInt<4>)> = Vec::new();
    for (i, point) in some.iter().enumerate() {
        // Twice the same, and its negative: sums and doubles in the same lane, too.
        for weight in [edges[i % edges.len()], edges[(i * 7 + 3) % edges.len()]] {
            cases.push((*point, weight));
        }
        let mut random = BigInt([rng.next_u64(), rng.next_u64(), rng.next_u64(), rng.next_u64()]);
        random.0[3] >>= 1;
        cases.push((-*point, random));
    }
    for edge in edges {
        cases.push((some[0], edge));
    }
    // The same multiple in the same lane, and its negative.
    for _ in 0..4 {
        cases.extend(some[..8].iter().map(|point| (*point, edges[4])));
    }
    cases.extend(some[..8].iter().map(|point| (-*point, edges[4])));
    let by_arkworks = |cases: &[(EdwardsAffine, BigInt<4>)]| -> EdwardsProjective {
        cases.iter().map(|(point, weight)| JubjubConfig::mul_affine(point, weight.as_ref())).sum()
    };
    for backend in AnyBackend::available() {
        for count in [0, 1, 7, 8, 9, 63, 64, 65, cases.len()] {
            let (points, weights): (Vec<_>, Vec<_>) = cases[..count].iter().copied().unzip();
            let sum = weighted_sum(backend, &points, &weights);
            assert_eq!(sum.into_affine(), by_arkworks(&cases[..count]).into_affine(), "{backend:?}, {count}");
            assert_eq!(sum.t * sum.z, sum.x * sum.y);
        }
        for (point, weight) in &cases {
            let sum = weighted_sum(backend, &[*point], &[*weight]);
            assert_eq!(sum.into_affine(), by_arkworks(&[(*point, *weight)]).into_affine(), "{backend:?}, {weight}");
        }
    }
}

#[test]
#[should_panic(expected = "weights are below 2^255")]
fn weight_of_256_bits_is_refused() {
    let _ = weighted_sum(AnyBackend::selected(), &[EdwardsAffine::zero()], &[BigInt([0, 0, 0, 1 << 63])]);
}

#[test]
#[should_panic(expected = "a weight for each point")]
fn point_without_a_weight_is_refused() {
    let _ = weighted_sum(AnyBackend::selected(), &[EdwardsAffine::zero()], &[]);
}

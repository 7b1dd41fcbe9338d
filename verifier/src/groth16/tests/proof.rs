use ark_bls12_381::Fq;
use ark_ff::{BigInteger, BigInteger384, One, PrimeField};
use ark_groth16::prepare_verifying_key;

use super::*;
use crate::groth16::{PointError, ProofError, ProofPoint};

#[test]
fn honest_proofs_of_each_shape_are_accepted() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for shape in Shape::ALL {
        let (inputs, proof) = honest(shape, &mut rng);
        assert_eq!(setup(shape).key.verify(&inputs, &encode(&proof)), Ok(()));
    }
}

#[test]
fn proof_of_another_statement_is_refused_for_each_input() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    for index in 0..inputs.len() {
        let mut other = inputs.clone();
        other[index] += Fr::one();
        assert_eq!(setup(Shape::Cast).key.verify(&other, &encode(&proof)), Err(ProofError::Invalid), "input {index}");
    }
}

// Attack 2. The stock verifier accepts all three.
#[test]
fn proof_with_another_count_of_inputs_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let stock = prepare_verifying_key(&setup(Shape::Cast).proving_key.vk);
    let longer: Vec<Fr> = inputs.iter().copied().chain([Fr::from(5)]).collect();
    for wrong in [&inputs[..inputs.len() - 1], &longer] {
        assert!(Groth16::<Bls12_381>::verify_proof(&stock, &proof, wrong).unwrap(), "the hazard is still there");
        let refused = Err(ProofError::InputCount { expected: inputs.len(), found: wrong.len() });
        assert_eq!(setup(Shape::Cast).key.verify(wrong, &encode(&proof)), refused);
    }
    assert!(matches!(setup(Shape::Cast).key.verify(&[], &encode(&proof)), Err(ProofError::InputCount { .. })));
}

#[test]
fn proof_under_the_key_of_another_shape_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let refused = setup(Shape::Transfer).key.verify(&inputs, &encode(&proof));
    assert_eq!(refused, Err(ProofError::InputCount { expected: 14, found: 10 }));
}

// Attack 21: nothing but exactly 192 bytes is a proof.
#[test]
fn padded_and_truncated_proofs_are_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let (_, proof) = honest(Shape::Cast, &mut rng);
    let bytes = borsh::to_vec(&encode(&proof)).unwrap();
    assert_eq!(bytes.len(), 192);
    assert!(borsh::from_slice::<ProofBytes>(&bytes).is_ok());
    assert!(borsh::from_slice::<ProofBytes>(&bytes[..191]).is_err());
    assert!(borsh::from_slice::<ProofBytes>(&[&bytes[..], &[0]].concat()).is_err());
}

// Attack 21: a proof can be re-randomised by anybody, and is then as good as before; it identifies nothing.
#[test]
fn rerandomised_proof_is_accepted_and_has_other_bytes() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let Setup { key, proving_key } = setup(Shape::Cast);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let other = Groth16::<Bls12_381>::rerandomize_proof(&proving_key.vk, &proof, &mut rng);
    assert_ne!(encode(&proof), encode(&other));
    assert_eq!(key.verify(&inputs, &encode(&other)), Ok(()));
}

/// Offsets and lengths of the three points.
const POINTS: [(ProofPoint, usize, usize); 3] =
    [(ProofPoint::A, 0, 48), (ProofPoint::B, 48, 96), (ProofPoint::C, 144, 48)];

fn refused_at(inputs: &[Fr], proof: &ProofBytes, point: ProofPoint, error: PointError) {
    assert_eq!(setup(Shape::Cast).key.verify(inputs, proof), Err(ProofError::Point { point, error }));
}

// Attack 20.
#[test]
fn proof_with_a_point_at_infinity_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    for (point, offset, length) in POINTS {
        let mut bytes = encode(&proof);
        bytes.0[offset..offset + length].fill(0);
        bytes.0[offset] = 0xc0;
        refused_at(&inputs, &bytes, point, PointError::Identity);
        // Infinity with a sign, or with a coordinate, is a second encoding of the same point.
        bytes.0[offset] = 0xe0;
        refused_at(&inputs, &bytes, point, PointError::Encoding);
        bytes.0[offset] = 0xc0;
        bytes.0[offset + length - 1] = 1;
        refused_at(&inputs, &bytes, point, PointError::Encoding);
    }
}

// Attack 20.
#[test]
fn proof_with_a_non_canonical_or_off_curve_point_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    for (point, offset, length) in POINTS {
        let mut bytes = encode(&proof);
        bytes.0[offset] &= 0x7f; // the flag of an uncompressed encoding
        refused_at(&inputs, &bytes, point, PointError::Encoding);
        let off_curve = (0..=255u8).find_map(|last| {
            let mut bytes = encode(&proof);
            bytes.0[offset + length - 1] = last;
            let refused = setup(Shape::Cast).key.verify(&inputs, &bytes);
            (refused == Err(ProofError::Point { point, error: PointError::Encoding })).then_some(())
        });
        assert!(off_curve.is_some(), "half of all coordinates are of no point");
    }
}

// Attack 20: x + p names the same point as x, if it fits in 381 bits.
#[test]
fn proof_with_a_coordinate_above_the_modulus_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let Setup { key, proving_key } = setup(Shape::Cast);
    let (inputs, mut proof) = honest(Shape::Cast, &mut rng);
    let bytes = loop {
        let mut x = proof.a.x.into_bigint();
        let overflow = x.add_with_carry(&Fq::MODULUS);
        if !overflow && x < BigInteger384::from(1u8) << 381 {
            let mut bytes = encode(&proof);
            let sign = bytes.0[0] & 0xe0;
            bytes.0[..48].copy_from_slice(&x.to_bytes_be());
            bytes.0[0] |= sign;
            break bytes;
        }
        proof = Groth16::<Bls12_381>::rerandomize_proof(&proving_key.vk, &proof, &mut rng);
    };
    assert_eq!(key.verify(&inputs, &encode(&proof)), Ok(()));
    refused_at(&inputs, &bytes, ProofPoint::A, PointError::Encoding);
}

// Attack 20: points outside the subgroup, alone and hidden behind an honest point.
#[test]
fn proof_with_a_point_outside_the_subgroup_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(10);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let order_three = G1Affine::new_unchecked(Fq::from(0u8), Fq::from(2u8));
    assert!(order_three.is_on_curve());
    let mut small_g1 = vec![order_three];
    for _ in 0..10 {
        small_g1.push(torsion_g1(&mut rng));
    }
    // Points whose order is one of the small prime factors of the cofactor.
    let cofactor = 0x396c_8c00_5555_e156_8c00_aaab_0000_aaab_u128;
    for prime in [11, 10177, 859_267, 52_437_899] {
        let order = cofactor / prime;
        let scalar = ark_ff::BigInt::<2>([order as u64, (order >> 64) as u64]);
        let torsion: G1Affine = double_and_add(torsion_g1(&mut rng).into_group(), scalar).into();
        if !torsion.is_zero() {
            small_g1.push(torsion);
        }
    }
    for torsion in small_g1 {
        assert!(torsion.is_on_curve() && !torsion.is_zero());
        for altered in [torsion, (proof.a + torsion).into()] {
            let bytes = encode(&Proof { a: altered, ..proof.clone() });
            refused_at(&inputs, &bytes, ProofPoint::A, PointError::Subgroup);
        }
        for altered in [torsion, (proof.c + torsion).into()] {
            let bytes = encode(&Proof { c: altered, ..proof.clone() });
            refused_at(&inputs, &bytes, ProofPoint::C, PointError::Subgroup);
        }
    }
    for _ in 0..20 {
        let torsion = torsion_g2(&mut rng);
        assert!(torsion.is_on_curve() && !torsion.is_zero());
        for altered in [torsion, (proof.b + torsion).into()] {
            let bytes = encode(&Proof { b: altered, ..proof.clone() });
            refused_at(&inputs, &bytes, ProofPoint::B, PointError::Subgroup);
        }
    }
}

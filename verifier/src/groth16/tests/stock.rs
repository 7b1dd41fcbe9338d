//! Our verdict beside arkworks' own, on proofs that are true, moved, altered and broken.

use ark_ff::One;
use ark_groth16::prepare_verifying_key;
use ark_serialize::CanonicalDeserialize;

use super::*;
use crate::groth16::ProofBatch;

/// What arkworks says of the bytes of a proof.
fn stock(shape: Shape, inputs: &[Fr], bytes: &ProofBytes) -> bool {
    let key = prepare_verifying_key(&setup(shape).proving_key.vk);
    Proof::deserialize_compressed(bytes.0.as_slice())
        .is_ok_and(|proof| Groth16::<Bls12_381>::verify_proof(&key, &proof, inputs).unwrap_or(false))
}

/// Alone, in a batch, and by arkworks.
#[track_caller]
fn agree(shape: Shape, inputs: &[Fr], bytes: &ProofBytes, rng: &mut ChaCha20Rng) -> bool {
    let key = &setup(shape).key;
    let alone = key.verify(inputs, bytes).is_ok();
    let mut batch = ProofBatch::new();
    batch.push(key, inputs.to_vec(), *bytes);
    assert_eq!(batch.verify(rng).is_ok(), alone, "a batch of one is as strict as the proof alone");
    assert_eq!(stock(shape, inputs, bytes), alone, "arkworks says otherwise of {}", hex::encode(bytes.0));
    alone
}

#[test]
fn true_and_re_randomised_proofs_are_accepted_by_both() {
    let mut rng = ChaCha20Rng::seed_from_u64(41);
    for shape in Shape::ALL {
        for _ in 0..4 {
            let (inputs, proof) = honest(shape, &mut rng);
            assert!(agree(shape, &inputs, &encode(&proof), &mut rng));
            let moved = Groth16::<Bls12_381>::rerandomize_proof(&setup(shape).proving_key.vk, &proof, &mut rng);
            assert_ne!(encode(&moved), encode(&proof));
            assert!(agree(shape, &inputs, &encode(&moved), &mut rng));
        }
    }
}

#[test]
fn altered_statements_and_points_are_refused_by_both() {
    let mut rng = ChaCha20Rng::seed_from_u64(42);
    for shape in Shape::ALL {
        let (inputs, proof) = honest(shape, &mut rng);
        for index in 0..inputs.len() {
            for delta in [Fr::one(), Fr::rand(&mut rng)] {
                let mut other = inputs.clone();
                other[index] += delta;
                assert!(!agree(shape, &other, &encode(&proof), &mut rng), "public input {index}");
            }
        }
        let (one, two) = (G1Affine::rand(&mut rng), G2Affine::rand(&mut rng));
        let altered = [
            Proof { a: -proof.a, ..proof.clone() },
            Proof { b: -proof.b, ..proof.clone() },
            Proof { c: -proof.c, ..proof.clone() },
            Proof { a: (proof.a + one).into(), ..proof.clone() },
            Proof { b: (proof.b + two).into(), ..proof.clone() },
            Proof { c: (proof.c + one).into(), ..proof.clone() },
            Proof { a: proof.c, c: proof.a, ..proof.clone() },
            Proof { a: one, b: two, c: one },
            Proof { a: G1Affine::zero(), ..proof.clone() },
            Proof { b: G2Affine::zero(), ..proof.clone() },
            Proof { c: G1Affine::zero(), ..proof.clone() },
        ];
        for proof in altered {
            assert!(!agree(shape, &inputs, &encode(&proof), &mut rng));
        }
        // Both of A and B negated is the same equation.
        assert!(agree(shape, &inputs, &encode(&Proof { a: -proof.a, b: -proof.b, c: proof.c }), &mut rng));
    }
}

#[test]
fn broken_encodings_are_refused_by_both() {
    let mut rng = ChaCha20Rng::seed_from_u64(43);
    let (inputs, proof) = honest(Shape::Cast, &mut rng);
    let bytes = encode(&proof).0;
    // The flags of each point, and a bit of every third byte.
    let flags = [0, 48, 144].into_iter().flat_map(|byte| (5..8).map(move |bit| (byte, bit)));
    for (byte, bit) in flags.chain((0..bytes.len()).step_by(3).map(|byte| (byte, byte % 8))) {
        let mut broken = bytes;
        broken[byte] ^= 1 << bit;
        assert!(!agree(Shape::Cast, &inputs, &ProofBytes(broken), &mut rng), "bit {bit} of byte {byte}");
    }
}

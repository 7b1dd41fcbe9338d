//! Hashes: Poseidon over the circuit's field, and BLAKE2b for everything outside the circuit.

pub mod poseidon;

use ark_bls12_381::Fr;
use ark_ff::{PrimeField, Zero};

use crate::domain::{self, Use};

/// `H_use` of one to four field elements: Poseidon with state `[tag, x1, x2, …]`, missing lanes 0, result lane 1.
/// Up to two inputs use width 3, three or four use width 5. The tag is `256·use + length`.
///
/// # Panics
/// Never: the length is bounded by the type of its callers (1 to 4 inputs, checked at compile time).
#[must_use]
pub fn poseidon_hash<const N: usize>(purpose: Use, inputs: [Fr; N]) -> Fr {
    const { assert!(N >= 1 && N <= 4, "Poseidon takes one to four inputs") };
    let tag = poseidon_tag(purpose, N);
    if N <= 2 {
        let mut state = [Fr::zero(); 3];
        state[0] = tag;
        state[1..=N].copy_from_slice(&inputs);
        poseidon::width3().permute(&mut state);
        state[1]
    } else {
        let mut state = [Fr::zero(); 5];
        state[0] = tag;
        state[1..=N].copy_from_slice(&inputs);
        poseidon::width5().permute(&mut state);
        state[1]
    }
}

/// [`poseidon_hash`] of each of many inputs, several at a time where the processor can, and on all threads of the pool.
#[must_use]
pub fn poseidon_hash_each<const N: usize>(purpose: Use, inputs: &[[Fr; N]]) -> Vec<Fr> {
    const { assert!(N >= 1 && N <= 4, "Poseidon takes one to four inputs") };
    fn states<const N: usize, const T: usize>(tag: Fr, inputs: &[[Fr; N]]) -> Vec<[Fr; T]> {
        let state = |inputs: &[Fr; N]| {
            let mut state = [Fr::zero(); T];
            state[0] = tag;
            state[1..=N].copy_from_slice(inputs);
            state
        };
        inputs.iter().map(state).collect()
    }
    let tag = poseidon_tag(purpose, N);
    if N <= 2 {
        let mut states = states::<N, 3>(tag, inputs);
        poseidon::width3().permute_each(&mut states);
        states.into_iter().map(|state| state[1]).collect()
    } else {
        let mut states = states::<N, 5>(tag, inputs);
        poseidon::width5().permute_each(&mut states);
        states.into_iter().map(|state| state[1]).collect()
    }
}

/// The tag in lane 0: `256·use + length`.
#[must_use]
pub fn poseidon_tag(purpose: Use, length: usize) -> Fr {
    Fr::from(256 * purpose as u64 + length as u64)
}

/// 32-byte BLAKE2b with a 16-byte personalisation. The parts are hashed as one string: callers see to it that no two
/// lists of parts are one string, by fixed lengths or by encodings that tell theirs.
#[must_use]
pub fn blake2b_256(personal: &[u8; 16], parts: &[&[u8]]) -> [u8; 32] {
    let mut state = blake2b_simd::Params::new().hash_length(32).personal(personal).to_state();
    for part in parts {
        state.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(state.finalize().as_bytes());
    out
}

/// 64-byte BLAKE2b with a 16-byte personalisation. Parts are as in [`blake2b_256`].
#[must_use]
pub fn blake2b_512(personal: &[u8; 16], parts: &[&[u8]]) -> [u8; 64] {
    let mut state = blake2b_simd::Params::new().hash_length(64).personal(personal).to_state();
    for part in parts {
        state.update(part);
    }
    *state.finalize().as_array()
}

/// Bytes to field: BLAKE2b-512 of `label length (1 byte) || label || parts…`, as a little-endian integer mod r.
/// Each part is preceded by its length (8 bytes, little-endian), so that no two lists of parts collide.
/// Zero is refused (it has negligible probability), because zero means "absent" in the circuit.
#[must_use]
pub fn bytes_to_field(label: &'static str, parts: &[&[u8]]) -> Option<Fr> {
    let label_length = [u8::try_from(label.len()).ok()?];
    let mut state = blake2b_simd::Params::new().hash_length(64).personal(domain::personal::TO_FIELD).to_state();
    state.update(&label_length).update(label.as_bytes());
    for part in parts {
        state.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let element = Fr::from_le_bytes_mod_order(state.finalize().as_bytes());
    (!element.is_zero()).then_some(element)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ark_ff::Field;

    use super::*;
    use crate::{
        jubjub::hash_to_jubjub,
        ristretto::{Element, hash_to_ristretto},
    };

    const USES: [Use; 7] =
        [Use::OwnerKey, Use::Owner, Use::Note, Use::Nullifier, Use::Contract, Use::Escrow, Use::Node];

    fn each_is_one_by_one<const N: usize>() {
        for count in [0, 1, 2, 7, 8, 9, 21] {
            let element = |i: usize, j: usize| Fr::from((i * 5 + j) as u64) - Fr::from(40u64);
            let inputs: Vec<[Fr; N]> = (0..count).map(|i| std::array::from_fn(|j| element(i, j))).collect();
            let one_by_one: Vec<Fr> = inputs.iter().map(|inputs| poseidon_hash(Use::Note, *inputs)).collect();
            assert_eq!(poseidon_hash_each(Use::Note, &inputs), one_by_one);
        }
    }

    #[test]
    fn many_hashes_are_those_of_one_at_a_time() {
        each_is_one_by_one::<1>();
        each_is_one_by_one::<2>();
        each_is_one_by_one::<3>();
        each_is_one_by_one::<4>();
    }

    // Missing lanes are 0: but for the tag, [5] and [5, 0] would be one state.
    #[test]
    fn list_with_zeros_appended_has_another_hash_at_both_widths() {
        let (five, zero) = (Fr::from(5u64), Fr::zero());
        let mut untagged = [[zero, five, zero], [zero, five, zero]];
        for (state, inputs) in untagged.iter_mut().zip([&[five][..], &[five, zero]]) {
            state[1..=inputs.len()].copy_from_slice(inputs);
            poseidon::width3().permute(state);
        }
        assert_eq!(untagged[0], untagged[1], "what the tag is for");
        let mut seen = HashSet::new();
        for purpose in USES {
            let hashes = [
                poseidon_hash(purpose, [five]),
                poseidon_hash(purpose, [five, zero]),
                poseidon_hash(purpose, [five, zero, zero]),
                poseidon_hash(purpose, [five, zero, zero, zero]),
            ];
            let many = [
                poseidon_hash_each(purpose, &[[five]]),
                poseidon_hash_each(purpose, &[[five, zero]]),
                poseidon_hash_each(purpose, &[[five, zero, zero]]),
                poseidon_hash_each(purpose, &[[five, zero, zero, zero]]),
            ];
            assert_eq!(many.concat(), hashes);
            assert!(hashes.into_iter().all(|hash| seen.insert(hash)), "{purpose:?}");
        }
    }

    #[test]
    fn bytes_with_zeros_appended_or_moved_to_another_part_have_another_hash() {
        let lists: [&[&[u8]]; 9] = [
            &[],
            &[&[]],
            &[&[5]],
            &[&[5, 0]],
            &[&[5], &[]],
            &[&[], &[5]],
            &[&[5], &[0]],
            &[&[5], &[0, 0]],
            &[&[5, 0], &[0]],
        ];
        let (mut elements, mut points) = (HashSet::new(), HashSet::new());
        for list in lists {
            for label in ["a", "a\0", "a\0\0"] {
                assert!(elements.insert(bytes_to_field(label, list).unwrap()), "{label:?} {list:?}");
                assert!(points.insert(*Element::new(hash_to_ristretto(label, list)).as_bytes()), "{label:?} {list:?}");
            }
        }
        let personal = domain::personal::TO_FIELD;
        assert_ne!(blake2b_256(personal, &[&[5]]), blake2b_256(personal, &[&[5, 0]]));
        assert_ne!(blake2b_512(personal, &[&[5]]), blake2b_512(personal, &[&[5, 0]]));
        assert_ne!(hash_to_jubjub(&[5]), hash_to_jubjub(&[5, 0]));
    }

    // 2^256 is 2.2 r: 28 of 100 remainders of 32 bytes are below 2^256 - 2r, and 21 of 100 elements.
    #[test]
    fn bias_of_reducing_32_bytes_is_not_there() {
        let bound = Fr::from(2u64).pow([256u64]).into_bigint();
        let (mut below, mut below_of_short) = (0, 0);
        for number in 0u64..4000 {
            let part = number.to_le_bytes();
            let bytes = blake2b_512(domain::personal::TO_FIELD, &[&[1], b"l", &8u64.to_le_bytes(), &part]);
            let element = bytes_to_field("l", &[&part]).unwrap();
            assert_eq!(element, Fr::from_le_bytes_mod_order(&bytes));
            below += u32::from(element.into_bigint() < bound);
            below_of_short += u32::from(Fr::from_le_bytes_mod_order(&bytes[..32]).into_bigint() < bound);
        }
        assert!((730..940).contains(&below), "{below}: 834 are expected, give or take 26");
        assert!(below_of_short > 1040, "{below_of_short}: the bias would be seen");
    }
}

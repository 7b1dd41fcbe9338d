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

/// 32-byte BLAKE2b with a 16-byte personalisation.
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

/// 64-byte BLAKE2b with a 16-byte personalisation.
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
    use super::*;

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
}

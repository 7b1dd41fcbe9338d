//! Poseidon hashes of four elements: one after the other, and many that are known together.

use std::hint::black_box;

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::{CryptographicSponge, FieldBasedCryptographicSponge, poseidon::PoseidonSponge};
use ark_ff::UniformRand;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    domain::Use,
    hash::{poseidon_hash, poseidon_hash_each},
};

use crate::{
    chain::config,
    measure::{Question, compare_each, time},
};

const HASHES: usize = 2_000;

pub(crate) fn compare() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let inputs: Vec<[Fr; 4]> = (0..HASHES).map(|_| std::array::from_fn(|_| Fr::rand(&mut rng))).collect();
    let config = config(4, 60);
    let question = |name: &str| Question {
        name: name.into(),
        against: "ark-crypto-primitives 0.6",
        bar: 5.0,
        differs: "the same permutation; ours puts a tag in lane 0, arkworks leaves it empty",
    };
    let theirs = || {
        time(|| {
            for four in &inputs {
                let mut sponge = PoseidonSponge::new(&config);
                sponge.absorb(&four.as_slice());
                black_box(sponge.squeeze_native_field_elements(1));
            }
        })
    };
    let one_by_one = || {
        time(|| {
            for four in &inputs {
                black_box(poseidon_hash(Use::Node, *four));
            }
        })
    };
    compare_each(&question("Poseidon, width 5, one hash after the other"), HASHES, None, one_by_one, theirs);
    let together = || time(|| black_box(poseidon_hash_each(Use::Node, &inputs)));
    compare_each(&question("Poseidon, width 5, many hashes at once, each"), HASHES, None, together, theirs);
}

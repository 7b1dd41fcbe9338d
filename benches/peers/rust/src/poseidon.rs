//! One Poseidon hash of four elements.

use std::hint::black_box;

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::{CryptographicSponge, FieldBasedCryptographicSponge, poseidon::PoseidonSponge};
use ark_ff::UniformRand;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{domain::Use, hash::poseidon_hash};

use crate::{
    chain::config,
    measure::{Question, compare_each, time},
};

const HASHES: usize = 2_000;

pub(crate) fn compare() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let inputs: Vec<[Fr; 4]> = (0..HASHES).map(|_| std::array::from_fn(|_| Fr::rand(&mut rng))).collect();
    let config = config(4, 60);
    let question = Question {
        name: "Poseidon, width 5, one hash".into(),
        against: "ark-crypto-primitives 0.6",
        bar: 5.0,
        differs: "the same permutation; ours puts a tag in lane 0, arkworks leaves it empty",
    };
    compare_each(
        &question,
        HASHES,
        None,
        || {
            time(|| {
                for four in &inputs {
                    black_box(poseidon_hash(Use::Node, *four));
                }
            })
        },
        || {
            time(|| {
                for four in &inputs {
                    let mut sponge = PoseidonSponge::new(&config);
                    sponge.absorb(&four.as_slice());
                    black_box(sponge.squeeze_native_field_elements(1));
                }
            })
        },
    );
}

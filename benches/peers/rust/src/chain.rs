//! A circuit of any size that is nobody's own: a chain of Poseidon permutations by arkworks' gadget.

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::{
    constraints::CryptographicSpongeVar,
    poseidon::{PoseidonConfig, constraints::PoseidonSpongeVar, find_poseidon_ark_and_mds},
};
use ark_ff::UniformRand;
use ark_r1cs_std::{
    alloc::AllocVar,
    fields::{FieldVar, fp::FpVar},
};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::statement::Shape;

/// Poseidon of width 3 again and again from a random start, then squares up to the exact number of constraints. Every value
/// is of full size, as in a circuit of hashes. As many public inputs as a Transfer.
#[derive(Clone)]
pub(crate) struct Chain {
    constraints: usize,
    start: Fr,
    config: PoseidonConfig<Fr>,
}

impl Chain {
    pub(crate) fn new(constraints: usize) -> Self {
        let start = Fr::rand(&mut ChaCha20Rng::seed_from_u64(7));
        Self { constraints, start, config: config(2, 57) }
    }
}

impl ConstraintSynthesizer<Fr> for Chain {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        for i in 0..Shape::Transfer.public_inputs() {
            let _ = FpVar::new_input(cs.clone(), || Ok(self.start + Fr::from(i as u64)))?;
        }
        let mut last = FpVar::new_witness(cs.clone(), || Ok(self.start))?;
        while cs.num_constraints() + PERMUTATION <= self.constraints {
            let mut sponge = PoseidonSpongeVar::new(cs.clone(), &self.config);
            sponge.absorb(&last)?;
            // The output is a long sum: a witness of its own keeps the next sums short.
            let out = sponge.squeeze_field_elements(1)?.swap_remove(0);
            last = FpVar::new_witness(cs.clone(), || ark_r1cs_std::GR1CSVar::value(&out))?;
            ark_r1cs_std::eq::EqGadget::enforce_equal(&out, &last)?;
        }
        while cs.num_constraints() < self.constraints {
            last = last.square()?;
        }
        Ok(())
    }
}

/// More constraints than one permutation with its output makes.
const PERMUTATION: usize = 250;

/// Our constants, in arkworks' form.
pub(crate) fn config(rate: usize, partial_rounds: usize) -> PoseidonConfig<Fr> {
    let (ark, mds) = find_poseidon_ark_and_mds(255, rate, 8, partial_rounds as u64, 0);
    PoseidonConfig { full_rounds: 8, partial_rounds, alpha: 5, ark, mds, rate, capacity: 1 }
}

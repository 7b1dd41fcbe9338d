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
use tabella_circuits::matrices::Matrices;
use tabella_protocol::statement::Shape;

/// Poseidon of width 3 again and again from a random start, then squares up to the exact number of constraints. Every value
/// is of full size, as in a circuit of hashes. As many public inputs as a Transfer.
#[derive(Clone)]
pub(crate) struct Chain {
    permutations: usize,
    squares: usize,
    start: Fr,
    config: PoseidonConfig<Fr>,
}

impl Chain {
    pub(crate) fn new(constraints: usize) -> Result<Self, SynthesisError> {
        let start = Fr::rand(&mut ChaCha20Rng::seed_from_u64(7));
        let chain = |permutations, squares| Self { permutations, squares, start, config: config(2, 57) };
        // While a witness is made, a constraint system counts no constraints: they are counted here.
        let of = |permutations| Ok(Matrices::of_setup(chain(permutations, 0))?.constraints());
        let (one, two) = (of(1)?, of(2)?);
        let permutations = constraints.saturating_sub(one).checked_div(two - one).map_or(0, |more| more + 1);
        let permutations = if constraints < one { 0 } else { permutations };
        Ok(chain(permutations, constraints - of(permutations)?))
    }
}

impl ConstraintSynthesizer<Fr> for Chain {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        for i in 0..Shape::Transfer.public_inputs() {
            let _ = FpVar::new_input(cs.clone(), || Ok(self.start + Fr::from(i as u64)))?;
        }
        let mut last = FpVar::new_witness(cs.clone(), || Ok(self.start))?;
        for _ in 0..self.permutations {
            let mut sponge = PoseidonSpongeVar::new(cs.clone(), &self.config);
            sponge.absorb(&last)?;
            // The output is a long sum: a witness of its own keeps the next sums short.
            let out = sponge.squeeze_field_elements(1)?.swap_remove(0);
            last = FpVar::new_witness(cs.clone(), || ark_r1cs_std::GR1CSVar::value(&out))?;
            ark_r1cs_std::eq::EqGadget::enforce_equal(&out, &last)?;
        }
        for _ in 0..self.squares {
            last = last.square()?;
        }
        Ok(())
    }
}

/// Our constants, in arkworks' form.
pub(crate) fn config(rate: usize, partial_rounds: usize) -> PoseidonConfig<Fr> {
    let (ark, mds) = find_poseidon_ark_and_mds(255, rate, 8, partial_rounds as u64, 0);
    PoseidonConfig { full_rounds: 8, partial_rounds, alpha: 5, ark, mds, rate, capacity: 1 }
}

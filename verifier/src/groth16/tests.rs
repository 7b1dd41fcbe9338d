//! Honest proofs of a small circuit with as many public inputs as each shape, and those who try something else.

mod batch;
mod key;
mod proof;
mod registry;
mod stock;

use std::sync::OnceLock;

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{UniformRand, Zero};
use ark_groth16::{Groth16, Proof, ProvingKey};
use ark_relations::{
    gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError, Variable},
    lc,
};
use ark_serialize::CanonicalSerialize;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{statement::Shape, transaction::ProofBytes};

use super::{VerifyingKey, point};

/// I know the square root of public input 0. The other inputs are bound to the proof and otherwise free.
struct Root {
    root: Option<Fr>,
    inputs: Vec<Fr>,
}

impl ConstraintSynthesizer<Fr> for Root {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let root = cs.new_witness_variable(|| self.root.ok_or(SynthesisError::AssignmentMissing))?;
        for (index, input) in self.inputs.iter().enumerate() {
            let input = cs.new_input_variable(|| Ok(*input))?;
            let other = if index == 0 { root } else { Variable::One };
            let left = if index == 0 { root } else { input };
            cs.enforce_r1cs_constraint(|| lc!() + left, || lc!() + other, || lc!() + input)?;
        }
        Ok(())
    }
}

struct Setup {
    proving_key: ProvingKey<Bls12_381>,
    key: VerifyingKey,
}

fn setup(shape: Shape) -> &'static Setup {
    static SETUPS: OnceLock<[Setup; 2]> = OnceLock::new();
    let setups = SETUPS.get_or_init(|| {
        [Shape::Transfer, Shape::Cast].map(|shape| {
            let circuit = Root { root: None, inputs: vec![Fr::zero(); shape.public_inputs()] };
            let mut rng = ChaCha20Rng::seed_from_u64(7);
            let proving_key =
                Groth16::<Bls12_381>::generate_random_parameters_with_reduction(circuit, &mut rng).unwrap();
            let key = VerifyingKey::from_setup(shape, &proving_key.vk).unwrap();
            Setup { proving_key, key }
        })
    });
    match shape {
        Shape::Transfer => &setups[0],
        Shape::Cast => &setups[1],
    }
}

/// A true statement with its last input 0 and a proof of it.
fn honest(shape: Shape, rng: &mut ChaCha20Rng) -> (Vec<Fr>, Proof<Bls12_381>) {
    let root = Fr::rand(rng);
    let mut inputs: Vec<Fr> = (0..shape.public_inputs()).map(|_| Fr::rand(rng)).collect();
    inputs[0] = root * root;
    *inputs.last_mut().unwrap() = Fr::zero();
    let circuit = Root { root: Some(root), inputs: inputs.clone() };
    let proof =
        Groth16::<Bls12_381>::create_random_proof_with_reduction(circuit, &setup(shape).proving_key, rng).unwrap();
    (inputs, proof)
}

fn encode(proof: &Proof<Bls12_381>) -> ProofBytes {
    let mut bytes = [0; 192];
    proof.serialize_compressed(bytes.as_mut_slice()).unwrap();
    ProofBytes(bytes)
}

/// Points on the curve whose order divides the cofactor: what is left of a random point times r.
fn torsion_g1(rng: &mut ChaCha20Rng) -> G1Affine {
    loop {
        let x = ark_bls12_381::Fq::rand(rng);
        if let Some(point) = G1Affine::get_point_from_x_unchecked(x, true) {
            return double_and_add(point.into_group(), MODULUS).into();
        }
    }
}

fn torsion_g2(rng: &mut ChaCha20Rng) -> G2Affine {
    loop {
        let x = ark_bls12_381::Fq2::rand(rng);
        if let Some(point) = G2Affine::get_point_from_x_unchecked(x, true) {
            return double_and_add(point.into_group(), MODULUS).into();
        }
    }
}

const MODULUS: ark_ff::BigInt<4> = <Fr as ark_ff::PrimeField>::MODULUS;

/// Plain multiplication: arkworks' own may reduce the scalar modulo r, or use an endomorphism that holds in the subgroup only.
fn double_and_add<G: ark_ec::PrimeGroup>(point: G, scalar: impl ark_ff::BigInteger) -> G {
    let mut sum = G::zero();
    for bit in scalar.to_bits_be() {
        sum.double_in_place();
        if bit {
            sum += point;
        }
    }
    sum
}

//! Our side: the development parameters and one statement of each shape.

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::UniformRand;
use ark_groth16::{Groth16, Proof, ProvingKey, r1cs_to_qap::LibsnarkReduction};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, SynthesisError, SynthesisMode};
use rand::rngs::OsRng;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_circuits::{
    CastCircuit, TransferCircuit,
    matrices::Matrices,
    testing::{SpendKind, random_cast, random_transfer},
};
use tabella_protocol::{
    statement::{Mode, Shape, Statement},
    transaction::ProofBytes,
};
use tabella_prover::groth16::Prover;

pub(crate) type Stock = Groth16<Bls12_381, LibsnarkReduction>;

/// A statement with its witness.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of cases")]
pub(crate) enum Case {
    Transfer(Vec<Fr>, TransferCircuit),
    Cast(Vec<Fr>, CastCircuit),
}

impl Case {
    /// A payment of two notes to two notes, within the pool.
    pub(crate) fn transfer() -> Self {
        let case = random_transfer(Mode::Internal, SpendKind::Plain, &mut ChaCha20Rng::seed_from_u64(1));
        Self::Transfer(case.instance.public_inputs(), TransferCircuit::new(case.instance, case.witness))
    }

    /// A right that is cast.
    pub(crate) fn cast() -> Self {
        let case = random_cast(SpendKind::Plain, &mut ChaCha20Rng::seed_from_u64(1));
        Self::Cast(case.instance.public_inputs(), CastCircuit::new(case.instance, case.witness))
    }

    pub(crate) fn public_inputs(&self) -> &[Fr] {
        match self {
            Self::Transfer(inputs, _) | Self::Cast(inputs, _) => inputs,
        }
    }

    /// Everything from the witness to a proof that was checked.
    pub(crate) fn prove(&self, prover: &Prover) -> ProofBytes {
        match self {
            Self::Transfer(_, circuit) => prover.prove(circuit.clone(), &mut OsRng),
            Self::Cast(_, circuit) => prover.prove(circuit.clone(), &mut OsRng),
        }
        .expect("the witness is valid")
    }

    pub(crate) const fn shape(&self) -> Shape {
        match self {
            Self::Transfer(..) => Shape::Transfer,
            Self::Cast(..) => Shape::Cast,
        }
    }

    pub(crate) fn matrices(&self) -> Result<Matrices, SynthesisError> {
        match self {
            Self::Transfer(..) => Matrices::of_setup(TransferCircuit::blank()),
            Self::Cast(..) => Matrices::of_setup(CastCircuit::blank()),
        }
    }
}

/// The values of a circuit's variables: 1, public inputs, witnesses.
pub(crate) fn values(circuit: impl ConstraintSynthesizer<Fr>) -> Vec<Fr> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
    circuit.generate_constraints(cs.clone()).expect("the witness is whole");
    let system = cs.borrow().expect("it was just made");
    [system.instance_assignment().expect("made"), system.witness_assignment().expect("made")].concat()
}

/// arkworks' proof from an assignment.
pub(crate) fn prove_stock(key: &ProvingKey<Bls12_381>, matrices: &Matrices, values: &[Fr]) -> Proof<Bls12_381> {
    let (r, s) = (Fr::rand(&mut OsRng), Fr::rand(&mut OsRng));
    Stock::create_proof_with_reduction_and_matrices(
        key,
        r,
        s,
        matrices.abc(),
        matrices.instance_variables(),
        matrices.constraints(),
        values,
    )
    .expect("the lengths fit")
}

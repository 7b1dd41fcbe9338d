//! Ceremonies for circuits small enough for a test, and those who cheat in them.

mod honest;
mod lies;
mod malformed;

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use ark_relations::{
    gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError, Variable},
    lc,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tabella_circuits::matrices::Matrices;
use tabella_protocol::statement::Shape;
use tabella_verifier::setup::{Beacon, CeremonyError, Circuit, Text, Transcript, check};

use super::{Contribution, contribute, start};

/// I know the square root of public input 0. The other inputs are bound to the proof and otherwise free; one witness is
/// mentioned nowhere, and coefficients other than 0 and 1 stand in all matrices.
#[derive(Clone)]
struct Root {
    root: Option<Fr>,
    inputs: Vec<Fr>,
}

impl Root {
    fn blank(shape: Shape) -> Self {
        Self { root: None, inputs: vec![Fr::zero(); shape.public_inputs()] }
    }
}

impl ConstraintSynthesizer<Fr> for Root {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let root = cs.new_witness_variable(|| self.root.ok_or(SynthesisError::AssignmentMissing))?;
        let square = cs.new_witness_variable(|| {
            let root = self.root.ok_or(SynthesisError::AssignmentMissing)?;
            Ok(root * root)
        })?;
        let _mentioned_nowhere = cs.new_witness_variable(|| Ok(Fr::from(5)))?;
        let three = Fr::from(3);
        cs.enforce_r1cs_constraint(
            || lc!() + (three, root),
            || lc!() + (three, root),
            || lc!() + (Fr::from(9), square),
        )?;
        for (index, input) in self.inputs.iter().enumerate() {
            let input = cs.new_input_variable(|| Ok(*input))?;
            let other = if index == 0 { square } else { input };
            let sum = || lc!() + (three, input) + (-Fr::from(2), other);
            cs.enforce_r1cs_constraint(sum, || lc!() + Variable::One, || lc!() + input)?;
        }
        Ok(())
    }
}

fn matrices(shape: Shape) -> Matrices {
    Matrices::of_setup(Root::blank(shape)).unwrap()
}

fn circuit_of(shape: Shape, matrices: &Matrices) -> Circuit {
    let variables = (matrices.instance_variables(), matrices.witness_variables());
    Circuit::new(shape, matrices.digest(), variables, matrices.abc().clone()).unwrap()
}

fn circuits() -> [Circuit; 2] {
    Shape::ALL.map(|shape| circuit_of(shape, &matrices(shape)))
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn person(name: &str) -> Contribution<'_> {
    Contribution::Person { name: text(name), entropy: name.as_bytes() }
}

fn beacon() -> Beacon {
    Beacon::new(text("a die thrown in public"), vec![4; 32], 10).unwrap()
}

fn add(transcript: Transcript, contribution: Contribution<'_>) -> Transcript {
    contribute(transcript, &circuits(), contribution, &mut rng(1), &|_| ()).unwrap()
}

fn examine(transcript: &Transcript) -> Result<(), CeremonyError> {
    check(transcript, &circuits(), &mut rng(2), &|_| ()).map(|_| ())
}

/// Each stage of an honest ceremony: nothing, two contributions, beacon, two contributions, beacon.
fn stages() -> &'static [Transcript] {
    static STAGES: OnceLock<Vec<Transcript>> = OnceLock::new();
    STAGES.get_or_init(|| {
        let mut stages = vec![start(text("test"), &circuits())];
        for phase in 0..2 {
            for contribution in [person("Ada"), person("Bertha"), Contribution::Beacon(beacon())] {
                let last = stages.last().cloned().unwrap();
                stages.push(add(last, contribution));
            }
            assert_eq!(stages.len(), 4 + 3 * phase);
        }
        stages
    })
}

/// After the second person of the first phase, and of the second.
fn two_powers() -> Transcript {
    stages()[2].clone()
}

fn two_queries() -> Transcript {
    stages()[5].clone()
}

fn complete() -> Transcript {
    stages()[6].clone()
}

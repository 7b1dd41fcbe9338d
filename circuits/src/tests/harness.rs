//! Runs a circuit without arkworks' own check: an assignment from a proving synthesis, the matrices from a setup synthesis.

use std::{collections::BTreeSet, sync::OnceLock};

use ark_bls12_381::Fr;
use ark_ff::Zero;
use ark_relations::gr1cs::{ConstraintSystem, ConstraintSystemRef, OptimizationGoal, SynthesisMode};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::{
    domain::Use,
    hash::poseidon_hash,
    note::NoteCommitment,
    tree::{ARITY, Anchor, MerklePath, NoteCommitmentTree, Position},
};

use crate::{Blocks, CastCircuit, TransferCircuit, builder::Result, matrices::Matrices};

pub(super) trait Circuit: Clone {
    fn blank() -> Self;
    fn synthesize(&self, cs: ConstraintSystemRef<Fr>) -> Result<Blocks>;
    fn setup() -> &'static Setup;
}

impl Circuit for TransferCircuit {
    fn blank() -> Self {
        Self::blank()
    }

    fn synthesize(&self, cs: ConstraintSystemRef<Fr>) -> Result<Blocks> {
        self.synthesize(cs)
    }

    fn setup() -> &'static Setup {
        static SETUP: OnceLock<Setup> = OnceLock::new();
        SETUP.get_or_init(Setup::new::<Self>)
    }
}

impl Circuit for CastCircuit {
    fn blank() -> Self {
        Self::blank()
    }

    fn synthesize(&self, cs: ConstraintSystemRef<Fr>) -> Result<Blocks> {
        self.synthesize(cs)
    }

    fn setup() -> &'static Setup {
        static SETUP: OnceLock<Setup> = OnceLock::new();
        SETUP.get_or_init(Setup::new::<Self>)
    }
}

/// What setup knows of a circuit.
pub(super) struct Setup {
    pub(super) matrices: Matrices,
    pub(super) blocks: Blocks,
    /// For each column, the rows in which it occurs.
    rows_of: Vec<Vec<usize>>,
}

impl Setup {
    fn new<C: Circuit>() -> Self {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        let blocks = C::blank().synthesize(cs.clone()).unwrap();
        cs.finalize();
        let matrices = Matrices::of_system(&cs).unwrap();
        let mut rows_of = vec![Vec::new(); matrices.instance_variables() + matrices.witness_variables()];
        for matrix in matrices.abc() {
            for (index, row) in matrix.iter().enumerate() {
                for (_, column) in row {
                    rows_of[*column].push(index);
                }
            }
        }
        for rows in &mut rows_of {
            rows.sort_unstable();
            rows.dedup();
        }
        Self { matrices, blocks, rows_of }
    }

    /// Whether the rows in which a column occurs hold.
    pub(super) fn holds_around(&self, column: usize, z: &[Fr]) -> bool {
        self.rows_of[column].iter().all(|index| self.matrices.holds(*index, z))
    }

    /// The blocks of the constraints that do not hold.
    pub(super) fn broken(&self, z: &[Fr]) -> BTreeSet<&'static str> {
        self.matrices.unsatisfied(z).map(|index| self.blocks.of_constraint(index)).collect()
    }
}

/// `1 || public inputs || witness`, synthesised as the prover does, without matrices.
pub(super) fn assignment<C: Circuit>(circuit: &C) -> Vec<Fr> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
    circuit.synthesize(cs.clone()).unwrap();
    let mut z = cs.instance_assignment().unwrap();
    z.extend(cs.witness_assignment().unwrap());
    z
}

/// The matrices of a proving synthesis.
pub(super) fn proving_matrices<C: Circuit>(circuit: &C) -> Matrices {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    circuit.synthesize(cs.clone()).unwrap();
    cs.finalize();
    Matrices::of_system(&cs).unwrap()
}

/// The rules whose constraints the circuit's own assignment breaks.
pub(super) fn broken<C: Circuit>(circuit: &C) -> BTreeSet<&'static str> {
    C::setup().broken(&assignment(circuit))
}

/// Asserts that the blocks that are broken are those of the given rules and no others. A block may state several rules,
/// which its name lists.
pub(super) fn assert_breaks<C: Circuit>(circuit: &C, rules: &[&str]) {
    let broken = broken(circuit);
    let states = |block: &str, rule: &str| block.split(' ').any(|name| name == rule);
    let expected = broken.iter().all(|block| rules.iter().any(|rule| states(block, rule)))
        && rules.iter().all(|rule| broken.iter().any(|block| states(block, rule)));
    assert!(expected, "expected {rules:?} to be broken, but these are: {broken:?}");
}

/// The root of the empty tree, and the path to it from an empty leaf.
pub(super) fn empty_leaf() -> (Anchor, MerklePath) {
    let mut node = Fr::zero();
    let children = std::array::from_fn(|_| {
        let row = [node; ARITY];
        node = poseidon_hash(Use::Node, row);
        row
    });
    let path = MerklePath::new(Position(5), children);
    let anchor = NoteCommitmentTree::new().root();
    assert_eq!(path.root(NoteCommitment::new(Fr::zero())), anchor, "an empty leaf holds 0");
    (anchor, path)
}

pub(super) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Whether `TABELLA_EXHAUSTIVE=1` asks for every case.
pub(super) fn exhaustive() -> bool {
    std::env::var_os("TABELLA_EXHAUSTIVE").is_some_and(|value| value == "1")
}

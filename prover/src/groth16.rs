//! The Groth16 prover: key and matrices prepared once for each shape, and for each proof only the witness. Spec § 4.
//!
//! arkworks' proving is not constant-time, and copies of the witness inside its multiplications are not wiped; the
//! assignment itself is. The prover checks what arkworks does not: that the witness satisfies every constraint before it
//! proves, and that the finished proof verifies before it gives it away.

mod assignment;
mod create;
mod plan;
mod prepared;

use std::fmt;

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::{PrimeField, UniformRand};
use ark_groth16::{Proof, ProvingKey};
use ark_relations::gr1cs::{ConstraintSynthesizer, SynthesisError};
use ark_serialize::CanonicalSerialize;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use tabella_arithmetic::{AnyBackend, quotient::QuotientDomain};
use tabella_circuits::{Blocks, matrices::Matrices};
use tabella_protocol::{
    domain::personal,
    statement::{Shape, Statement},
    transaction::ProofBytes,
};
use tabella_verifier::groth16::{VerifyingKey, VerifyingKeyError};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cores;

pub(crate) use plan::Plan;
use prepared::PreparedKey;

pub use assignment::Assignment;

/// Why there is no proof.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProveError {
    /// The circuit could not be synthesised, for example because a part of the witness is missing.
    #[error("the witness could not be computed: {0}")]
    Synthesis(SynthesisError),
    /// The circuit is not the one of this prover's key.
    #[error("the circuit has {found} {kind} where the parameters of shape {} have {expected}", shape.name())]
    OtherCircuit {
        /// The shape of the prover.
        shape: Shape,
        /// What was counted.
        kind: &'static str,
        /// The count of the key.
        expected: usize,
        /// The count of the circuit.
        found: usize,
    },
    /// The witness breaks a constraint: what it claims is not true.
    #[error("the statement is not true: the witness breaks rule {rule:?} of shape {} (constraint {constraint})", shape.name())]
    Unsatisfied {
        /// The shape.
        shape: Shape,
        /// The first broken constraint, in the order of the circuit.
        constraint: usize,
        /// The name of its block, that is of the rule of the native relation; empty if the circuit names none.
        rule: &'static str,
    },
    /// The circuit's public inputs are not those of the statement.
    #[error("public input {index} of the witness is not that of the statement")]
    OtherStatement {
        /// The first public input (from 0) that differs.
        index: usize,
    },
    /// The statement is of another shape than the prover.
    #[error("a statement of shape {} for a prover of shape {}", statement.name(), prover.name())]
    Shape {
        /// Shape of the statement.
        statement: Shape,
        /// Shape of the prover.
        prover: Shape,
    },
    /// The finished proof does not verify: damaged parameters or a fault of the machine. It is not given away.
    #[error("the finished proof does not verify: the parameters are damaged or the machine is faulty")]
    SelfCheck,
}

/// Why a proving key and a circuit do not fit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProverError {
    /// The verifying key inside the proving key is refused.
    #[error(transparent)]
    VerifyingKey(#[from] VerifyingKeyError),
    /// The circuit's matrices name a variable that they do not have, or are too large to prove.
    #[error("the circuit's matrices are inconsistent or too large")]
    Matrices,
    /// A part of the proving key has another length than the circuit asks for.
    #[error("the proving key has {found} points in its {query} query where the circuit asks for {expected}")]
    QueryLength {
        /// Which part.
        query: &'static str,
        /// What the circuit asks for.
        expected: usize,
        /// What the key has.
        found: usize,
    },
}

/// What a prover may spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProverOptions {
    /// Memory in bytes for tables of multiples of the key's points. They make each proof faster, but take longer to compute
    /// than some proofs: they are for a process that makes many. 0 for none.
    pub table_budget: usize,
}

/// The prover of one shape.
pub struct Prover {
    key: PreparedKey,
    verifying_key: VerifyingKey,
    plan: Plan,
    domain: QuotientDomain,
    blocks: Option<Blocks>,
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover").field("verifying_key", &self.verifying_key).field("plan", &self.plan).finish()
    }
}

impl Prover {
    /// Joins a proving key and the matrices of its circuit. Without tables.
    ///
    /// # Errors
    /// [`ProverError`] when they do not fit.
    pub fn new(shape: Shape, key: ProvingKey<Bls12_381>, matrices: &Matrices) -> Result<Self, ProverError> {
        Self::with_options(ProverOptions::default(), shape, key, matrices)
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_options(
        options: ProverOptions,
        shape: Shape,
        key: ProvingKey<Bls12_381>,
        matrices: &Matrices,
    ) -> Result<Self, ProverError> {
        Self::on(AnyBackend::selected(), options, shape, key, matrices)
    }

    fn on(
        backend: AnyBackend,
        options: ProverOptions,
        shape: Shape,
        key: ProvingKey<Bls12_381>,
        matrices: &Matrices,
    ) -> Result<Self, ProverError> {
        Self::of_plan(backend, options, shape, key, Plan::new(matrices)?)
    }

    /// Joins a proving key and the plan of its circuit.
    pub(crate) fn of_plan(
        backend: AnyBackend,
        options: ProverOptions,
        shape: Shape,
        key: ProvingKey<Bls12_381>,
        plan: Plan,
    ) -> Result<Self, ProverError> {
        let verifying_key = VerifyingKey::from_setup(shape, &key.vk)?;
        let (inputs, witnesses) = (plan.instance_variables(), plan.witness_variables());
        // arkworks' multiplications stop at the shorter of points and scalars, so that a wrong length would go unnoticed.
        for (query, expected, found) in [
            ("input", inputs, key.vk.gamma_abc_g1.len()),
            ("a", inputs + witnesses, key.a_query.len()),
            ("b in G1", inputs + witnesses, key.b_g1_query.len()),
            ("b in G2", inputs + witnesses, key.b_g2_query.len()),
            ("h", plan.domain_size() - 1, key.h_query.len()),
            ("l", witnesses, key.l_query.len()),
        ] {
            if expected != found {
                return Err(ProverError::QueryLength { query, expected, found });
            }
        }
        let domain = QuotientDomain::on(backend, plan.domain_size()).ok_or(ProverError::Matrices)?;
        Ok(Self {
            key: PreparedKey::new(backend, key, &domain, options.table_budget),
            verifying_key,
            plan,
            domain,
            blocks: None,
        })
    }

    /// Gives names to the circuit's constraints, for the errors.
    #[must_use]
    pub fn with_blocks(self, blocks: Blocks) -> Self {
        Self { blocks: Some(blocks), ..self }
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.verifying_key.shape()
    }

    /// The key under which the proofs verify.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying_key
    }

    /// Computes the witness of a circuit and checks every constraint; the first part of [`Self::prove`].
    ///
    /// # Errors
    /// As [`Self::prove`], without [`ProveError::SelfCheck`].
    pub fn assign<C: ConstraintSynthesizer<Fr>>(&self, circuit: C) -> Result<Assignment, ProveError> {
        let mut assignment = Assignment::of(circuit, &self.plan).map_err(ProveError::Synthesis)?;
        self.check_lengths(&assignment)?;
        assignment.evaluate(&self.plan);
        if let Some(constraint) = self.plan.first_unsatisfied(assignment.values()) {
            let rule = self.blocks.as_ref().map_or("", |blocks| blocks.of_constraint(constraint));
            return Err(ProveError::Unsatisfied { shape: self.shape(), constraint, rule });
        }
        Ok(assignment)
    }

    fn check_lengths(&self, assignment: &Assignment) -> Result<(), ProveError> {
        for (kind, expected, found) in [
            ("instance variables", self.plan.instance_variables(), assignment.num_inputs()),
            ("variables", self.plan.variables(), assignment.variables().len()),
        ] {
            if expected != found {
                return Err(ProveError::OtherCircuit { shape: self.shape(), kind, expected, found });
            }
        }
        Ok(())
    }

    /// Proves the statement that the circuit's public inputs make.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove<C: ConstraintSynthesizer<Fr>>(
        &self,
        circuit: C,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<ProofBytes, ProveError> {
        let assignment = self.assign(circuit)?;
        self.prove_assignment(&assignment, rng)
    }

    /// Proves many statements, as [`Self::prove`] each, with a generator of its own for each proof. As many proofs are under
    /// way, and in memory, as there are cores (threads of the rayon pool that calls).
    pub fn prove_batch<C: ConstraintSynthesizer<Fr> + Send>(
        &self,
        circuits: impl IntoIterator<Item = C>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Vec<Result<ProofBytes, ProveError>> {
        let job = |circuit| {
            let mut seed = Zeroizing::new([0; 32]);
            rng.fill_bytes(seed.as_mut_slice());
            (circuit, seed)
        };
        let jobs = circuits.into_iter().map(job).collect();
        cores::each(jobs, |(circuit, seed)| self.prove(circuit, &mut ChaCha20Rng::from_seed(*seed)))
    }

    /// Proves a statement, after a check that the circuit makes just that statement.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove_statement<S: Statement, C: ConstraintSynthesizer<Fr>>(
        &self,
        statement: &S,
        circuit: C,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<ProofBytes, ProveError> {
        if S::SHAPE != self.shape() {
            return Err(ProveError::Shape { statement: S::SHAPE, prover: self.shape() });
        }
        let assignment = self.assign(circuit)?;
        let inputs = statement.public_inputs();
        if let Some(index) = inputs.iter().zip(assignment.public_inputs()).position(|(stated, used)| stated != used) {
            return Err(ProveError::OtherStatement { index });
        }
        self.prove_assignment(&assignment, rng)
    }

    /// Proves from an assignment of this prover's [`Self::assign`]; the second part of [`Self::prove`].
    ///
    /// # Errors
    /// [`ProveError::OtherCircuit`] for an assignment of another circuit, [`ProveError::SelfCheck`].
    pub fn prove_assignment(
        &self,
        assignment: &Assignment,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<ProofBytes, ProveError> {
        self.check_lengths(assignment)?;
        let (expected, found) = (self.plan.rows(), assignment.values().len() - assignment.variables().len());
        if expected != found {
            return Err(ProveError::OtherCircuit { shape: self.shape(), kind: "different rows", expected, found });
        }
        let blinding = blinding(self.shape(), assignment, rng);
        let proof = create::create_proof(&self.key, &self.plan, &self.domain, assignment, *blinding);
        let bytes = encode(&proof);
        self.verifying_key.verify(assignment.public_inputs(), &bytes).map_err(|_| ProveError::SelfCheck)?;
        Ok(bytes)
    }
}

/// r and s of a proof. They depend on the statement and the witness as well as on fresh randomness: with `rng` alone, a
/// generator that repeats itself (a copied or restored machine) blinds two witnesses alike, and the difference of the
/// proofs shows that of the witnesses.
fn blinding(shape: Shape, assignment: &Assignment, rng: &mut (impl RngCore + CryptoRng)) -> Zeroizing<[Fr; 2]> {
    let mut fresh = Zeroizing::new([0; 32]);
    rng.fill_bytes(fresh.as_mut_slice());
    let mut state = blake2b_simd::Params::new().hash_length(32).personal(personal::PROOF_BLINDING).to_state();
    state.update(fresh.as_slice()).update(shape.name().as_bytes());
    // The variables begin with the public inputs; the shape fixes how many there are.
    let mut bytes = Zeroizing::new([0; 32]);
    for value in assignment.variables() {
        for (to, limb) in bytes.chunks_exact_mut(8).zip(value.into_bigint().0) {
            to.copy_from_slice(&limb.to_le_bytes());
        }
        state.update(bytes.as_slice());
    }
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(state.finalize().as_bytes());
    let mut rng = ChaCha20Rng::from_seed(*seed);
    Zeroizing::new([Fr::rand(&mut rng), Fr::rand(&mut rng)])
}

fn encode(proof: &Proof<Bls12_381>) -> ProofBytes {
    let mut bytes = [0; 192];
    proof.serialize_compressed(bytes.as_mut_slice()).expect("a proof has 192 bytes");
    ProofBytes(bytes)
}

#[cfg(test)]
mod tests;

//! A circuit's constraints as matrices, and an assignment of its variables.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::{Field, Zero};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::{
    gr1cs::{
        ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, R1CS_PREDICATE_LABEL, SynthesisError, SynthesisMode,
    },
    utils::matrix::Matrix,
};
use tabella_protocol::{domain::personal, field};
use zeroize::{Zeroize, Zeroizing};

/// BLAKE2b-256 of a circuit's matrices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MatricesDigest(pub [u8; 32]);

impl fmt::Debug for MatricesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MatricesDigest({self})")
    }
}

impl fmt::Display for MatricesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The matrices of `A·z ∘ B·z = C·z`, z being (1, public inputs, witnesses).
pub struct Matrices {
    rows: [Matrix<Fr>; 3],
    num_inputs: usize,
    num_witnesses: usize,
}

impl fmt::Debug for Matrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrices")
            .field("constraints", &self.num_constraints())
            .field("inputs", &self.num_inputs)
            .field("witnesses", &self.num_witnesses)
            .finish()
    }
}

impl Matrices {
    /// Builds the matrices in the mode of the setup, which asks for no witness.
    ///
    /// # Errors
    /// What the circuit's synthesis gives; [`SynthesisError::PolynomialDegreeTooLarge`] beyond 2^32 constraints.
    pub fn of<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<Self, SynthesisError> {
        Self::synthesize(circuit, SynthesisMode::Setup)
    }

    /// Builds the matrices in the mode of proving, which computes the witness too: to compare with those of the setup.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_proving<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<Self, SynthesisError> {
        Self::synthesize(circuit, SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false })
    }

    fn synthesize<C: ConstraintSynthesizer<Fr>>(circuit: C, mode: SynthesisMode) -> Result<Self, SynthesisError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(mode);
        circuit.generate_constraints(cs.clone())?;
        cs.finalize();
        let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL).ok_or(SynthesisError::PredicateNotFound)?;
        // Other kinds of constraints would be silently dropped by the reduction to a QAP.
        if cs.get_all_predicates_num_constraints().iter().any(|(label, n)| label != R1CS_PREDICATE_LABEL && *n != 0) {
            return Err(SynthesisError::PredicateNotFound);
        }
        let rows: [Matrix<Fr>; 3] = matrices.try_into().map_err(|_| SynthesisError::ArityMismatch)?;
        let built = Self { rows, num_inputs: cs.num_instance_variables(), num_witnesses: cs.num_witness_variables() };
        GeneralEvaluationDomain::<Fr>::new(built.num_constraints() + built.num_inputs)
            .ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        Ok(built)
    }

    /// The number of public inputs with the constant 1.
    #[must_use]
    pub const fn num_inputs(&self) -> usize {
        self.num_inputs
    }

    /// The number of witnesses.
    #[must_use]
    pub const fn num_witnesses(&self) -> usize {
        self.num_witnesses
    }

    /// The number of constraints.
    #[must_use]
    pub fn num_constraints(&self) -> usize {
        self.rows[0].len()
    }

    /// The size of the domain: the power of two that holds constraints and inputs.
    #[must_use]
    pub fn domain_size(&self) -> usize {
        (self.num_constraints() + self.num_inputs).next_power_of_two()
    }

    /// The three matrices.
    #[must_use]
    pub const fn rows(&self) -> &[Matrix<Fr>; 3] {
        &self.rows
    }

    /// BLAKE2b-256 with personalisation `Tabella_Matrices` of the counts of inputs, witnesses and constraints, then for each
    /// matrix and row its length and its entries (variable, coefficient), in the order of the variables.
    /// All integers are 8 bytes little-endian, coefficients 32 bytes.
    #[must_use]
    pub fn digest(&self) -> MatricesDigest {
        let mut state = blake2b_simd::Params::new().hash_length(32).personal(personal::MATRICES).to_state();
        for count in [self.num_inputs, self.num_witnesses, self.num_constraints()] {
            state.update(&(count as u64).to_le_bytes());
        }
        for row in self.rows.iter().flatten() {
            let mut row: Vec<_> = row.iter().filter(|(coefficient, _)| !coefficient.is_zero()).collect();
            row.sort_by_key(|(_, variable)| *variable);
            state.update(&(row.len() as u64).to_le_bytes());
            for (coefficient, variable) in row {
                state.update(&(*variable as u64).to_le_bytes()).update(&field::to_bytes(coefficient));
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(state.finalize().as_bytes());
        MatricesDigest(digest)
    }

    /// The first constraint that an assignment breaks. The assignment has as many variables as the matrices.
    #[must_use]
    pub(super) fn first_unsatisfied(&self, assignment: &Assignment) -> Option<usize> {
        let [a, b, c] = &self.rows;
        let value = |row: &[(Fr, usize)]| -> Fr {
            row.iter().map(|(coefficient, variable)| product(coefficient, assignment.values.get(*variable))).sum()
        };
        a.iter().zip(b).zip(c).position(|((a, b), c)| value(a) * value(b) != value(c))
    }
}

fn product(coefficient: &Fr, value: Option<&Fr>) -> Fr {
    let value = value.copied().unwrap_or_else(Fr::zero);
    if *coefficient == Fr::ONE { value } else { value * coefficient }
}

/// The values of all variables: 1, public inputs, witnesses. Wiped when dropped.
pub struct Assignment {
    values: Zeroizing<Vec<Fr>>,
    num_inputs: usize,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assignment({} variables)", self.values.len())
    }
}

impl Assignment {
    /// Computes the values without building any matrix.
    pub(super) fn of<C: ConstraintSynthesizer<Fr>>(circuit: C) -> Result<Self, SynthesisError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
        let synthesized = circuit.generate_constraints(cs.clone());
        let mut system = cs.borrow_mut().ok_or(SynthesisError::MissingCS)?;
        let assignments = &mut system.assignments;
        let num_inputs = assignments.instance_assignment.len();
        let mut values = Zeroizing::new(Vec::with_capacity(num_inputs + assignments.witness_assignment.len()));
        values.extend_from_slice(&assignments.instance_assignment);
        values.extend_from_slice(&assignments.witness_assignment);
        assignments.witness_assignment.zeroize();
        assignments.lc_assignment.zeroize();
        synthesized.map(|()| Self { values, num_inputs })
    }

    /// All values.
    #[must_use]
    pub(super) fn values(&self) -> &[Fr] {
        &self.values
    }

    /// The number of variables.
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The number of public inputs with the constant 1.
    #[must_use]
    pub(super) const fn num_inputs(&self) -> usize {
        self.num_inputs
    }

    /// The public inputs without the constant 1.
    #[must_use]
    pub fn public_inputs(&self) -> &[Fr] {
        self.values.get(1..self.num_inputs).unwrap_or_default()
    }
}

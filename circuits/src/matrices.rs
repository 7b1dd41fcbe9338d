//! The matrices of a circuit: their digest, which setup and proving must agree on, and evaluation row by row.

use std::fmt;

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, Matrix, OptimizationGoal, SynthesisError,
    SynthesisMode, predicate::polynomial_constraint::R1CS_PREDICATE_LABEL,
};
use tabella_protocol::{domain::personal, field};

/// The matrices A, B, C of a finalised constraint system: row i says `⟨A_i, z⟩·⟨B_i, z⟩ = ⟨C_i, z⟩`, where z is
/// `1 || public inputs || witness`.
#[derive(Clone)]
pub struct Matrices {
    abc: [Matrix<Fr>; 3],
    instance_variables: usize,
    witness_variables: usize,
}

impl fmt::Debug for Matrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matrices")
            .field("constraints", &self.constraints())
            .field("instance_variables", &self.instance_variables)
            .field("witness_variables", &self.witness_variables)
            .finish()
    }
}

impl Matrices {
    /// The matrices that setup builds for a circuit.
    ///
    /// # Errors
    /// [`SynthesisError`] if the circuit asks for a witness.
    pub fn of_setup(circuit: impl ConstraintSynthesizer<Fr>) -> Result<Self, SynthesisError> {
        Ok(Self::of_synthesis(|cs| circuit.generate_constraints(cs))?.0)
    }

    /// The same, and what the synthesis itself tells: the names of the rows, for example.
    ///
    /// # Errors
    /// As [`Self::of_setup`].
    pub fn of_synthesis<T>(
        synthesize: impl FnOnce(ConstraintSystemRef<Fr>) -> Result<T, SynthesisError>,
    ) -> Result<(Self, T), SynthesisError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Setup);
        let told = synthesize(cs.clone())?;
        cs.finalize();
        Ok((Self::of_system(&cs)?, told))
    }

    /// The matrices of a finalised system that was built with matrices.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] if the system was built without matrices.
    pub fn of_system(cs: &ConstraintSystemRef<Fr>) -> Result<Self, SynthesisError> {
        if !cs.should_construct_matrices() {
            return Err(SynthesisError::AssignmentMissing);
        }
        let abc = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL).ok_or(SynthesisError::PredicateNotFound)?;
        let abc = abc.try_into().map_err(|_| SynthesisError::ArityMismatch)?;
        Ok(Self { abc, instance_variables: cs.num_instance_variables(), witness_variables: cs.num_witness_variables() })
    }

    /// The number of constraints.
    #[must_use]
    pub fn constraints(&self) -> usize {
        self.abc[0].len()
    }

    /// The number of instance variables, the constant 1 included.
    #[must_use]
    pub const fn instance_variables(&self) -> usize {
        self.instance_variables
    }

    /// The number of witness variables.
    #[must_use]
    pub const fn witness_variables(&self) -> usize {
        self.witness_variables
    }

    /// Constraints and instance variables: what the domain must hold.
    #[must_use]
    pub fn domain_size(&self) -> usize {
        self.constraints() + self.instance_variables
    }

    /// A, B and C.
    #[must_use]
    pub const fn abc(&self) -> &[Matrix<Fr>; 3] {
        &self.abc
    }

    /// BLAKE2b-256 of: instance variables, witness variables, constraints; then for A, B, C and each row: its number of
    /// entries, and by ascending column: column, coefficient. Numbers are 8 bytes and coefficients 32, little-endian.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut state = blake2b_simd::Params::new().hash_length(32).personal(personal::MATRICES).to_state();
        let number = |state: &mut blake2b_simd::State, n: usize| {
            state.update(&(n as u64).to_le_bytes());
        };
        number(&mut state, self.instance_variables);
        number(&mut state, self.witness_variables);
        number(&mut state, self.constraints());
        for row in self.abc.iter().flatten() {
            let mut row: Vec<_> = row.iter().collect();
            row.sort_by_key(|(_, column)| *column);
            number(&mut state, row.len());
            for (coefficient, column) in row {
                number(&mut state, *column);
                state.update(&field::to_bytes(coefficient));
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(state.finalize().as_bytes());
        digest
    }

    /// Whether row `index` holds for `z`. A row that does not exist, or a z that is too short, does not hold.
    #[must_use]
    pub fn holds(&self, index: usize, z: &[Fr]) -> bool {
        let product = |matrix: &Matrix<Fr>| -> Option<Fr> {
            let row = matrix.get(index)?;
            row.iter().map(|(coefficient, column)| z.get(*column).map(|x| *coefficient * x)).sum()
        };
        let [a, b, c] = &self.abc;
        product(a).zip(product(b)).zip(product(c)).is_some_and(|((a, b), c)| a * b == c)
    }

    /// The rows that do not hold for `z = 1 || public inputs || witness`.
    pub fn unsatisfied<'a>(&'a self, z: &'a [Fr]) -> impl Iterator<Item = usize> + 'a {
        (0..self.constraints()).filter(|index| !self.holds(*index, z))
    }
}

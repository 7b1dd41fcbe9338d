//! The values of a circuit's variables.

use std::fmt;

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, OptimizationGoal, SynthesisError, SynthesisMode};
use zeroize::{Zeroize, Zeroizing};

use super::plan::Plan;

/// The values of all variables: 1, public inputs, witnesses; and with them, those of the matrices' rows. Wiped when dropped.
pub struct Assignment {
    /// The variables, then what [`Plan::evaluate`] adds.
    values: Zeroizing<Vec<Fr>>,
    variables: usize,
    num_inputs: usize,
}

impl fmt::Debug for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assignment({} variables)", self.variables)
    }
}

impl Assignment {
    /// Computes the values of the variables without building any matrix. They need not be as many as in the plan.
    pub(super) fn of<C: ConstraintSynthesizer<Fr>>(circuit: C, plan: &Plan) -> Result<Self, SynthesisError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
        let synthesized = circuit.generate_constraints(cs.clone());
        let mut system = cs.borrow_mut().ok_or(SynthesisError::MissingCS)?;
        let assignments = &mut system.assignments;
        let num_inputs = assignments.instance_assignment.len();
        let variables = num_inputs + assignments.witness_assignment.len();
        let mut values = Zeroizing::new(Vec::with_capacity(variables + plan.rows()));
        values.extend_from_slice(&assignments.instance_assignment);
        values.extend_from_slice(&assignments.witness_assignment);
        assignments.witness_assignment.zeroize();
        assignments.lc_assignment.zeroize();
        synthesized.map(|()| Self { values, variables, num_inputs })
    }

    /// Evaluates the rows. The assignment has as many variables as the plan.
    pub(super) fn evaluate(&mut self, plan: &Plan) {
        plan.evaluate(&mut self.values);
    }

    /// The values of the variables.
    #[must_use]
    pub(super) fn variables(&self) -> &[Fr] {
        &self.values[..self.variables]
    }

    /// The values of the variables and rows.
    #[must_use]
    pub(super) fn values(&self) -> &[Fr] {
        &self.values
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

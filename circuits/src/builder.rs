//! What the circuits say to arkworks: allocate, multiply, equate. Also remembers which rule a constraint belongs to.

use ark_bls12_381::Fr;
use ark_ff::{Field, Zero};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

use crate::linear::Linear;

/// Where a block of constraints and witnesses begins. It ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The rule: the variant of the native relation's error, or what the block computes, in lower case.
    pub name: &'static str,
    /// Index of its first constraint.
    pub first_constraint: usize,
    /// Index of its first witness variable.
    pub first_witness: usize,
}

/// The blocks of a circuit in order, and which witnesses the prover gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    blocks: Vec<Block>,
    given: Vec<usize>,
}

impl Blocks {
    /// All blocks.
    #[must_use]
    pub fn as_slice(&self) -> &[Block] {
        &self.blocks
    }

    /// Indices of the witness variables that the prover gives: keys, openings of notes and escrows, paths. Every other
    /// witness is a bit or follows from these, which a test shows.
    #[must_use]
    pub fn given(&self) -> &[usize] {
        &self.given
    }

    /// The name of the block that holds a constraint.
    #[must_use]
    pub fn of_constraint(&self, index: usize) -> &'static str {
        let end = self.blocks.partition_point(|block| block.first_constraint <= index);
        self.blocks[..end].last().map_or("", |block| block.name)
    }

    /// The name of the block that allocated a witness variable.
    #[must_use]
    pub fn of_witness(&self, index: usize) -> &'static str {
        let end = self.blocks.partition_point(|block| block.first_witness <= index);
        self.blocks[..end].last().map_or("", |block| block.name)
    }
}

pub(crate) type Result<T> = std::result::Result<T, SynthesisError>;

pub(crate) struct Builder {
    cs: ConstraintSystemRef<Fr>,
    blocks: Vec<Block>,
    given: Vec<usize>,
}

impl Builder {
    pub(crate) const fn new(cs: ConstraintSystemRef<Fr>) -> Self {
        Self { cs, blocks: Vec::new(), given: Vec::new() }
    }

    pub(crate) fn into_blocks(self) -> Blocks {
        Blocks { blocks: self.blocks, given: self.given }
    }

    /// Begins the block of a rule.
    pub(crate) fn block(&mut self, name: &'static str) {
        self.blocks.push(Block {
            name,
            first_constraint: self.cs.num_constraints(),
            first_witness: self.cs.num_witness_variables(),
        });
    }

    /// Allocates the next public input.
    pub(crate) fn input(&mut self, value: Option<Fr>) -> Result<Linear> {
        let variable = self.cs.new_input_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
        Ok(Linear::variable(variable, value))
    }

    /// Allocates a witness that the prover gives: part of a key, an opening or a path.
    pub(crate) fn given(&mut self, value: Option<Fr>) -> Result<Linear> {
        self.given.push(self.cs.num_witness_variables());
        self.witness(value)
    }

    /// Allocates a witness variable. The caller constrains it: it is a bit, or a hint that other variables determine.
    pub(crate) fn witness(&mut self, value: Option<Fr>) -> Result<Linear> {
        let variable = self.cs.new_witness_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
        Ok(Linear::variable(variable, value))
    }

    /// Names a row, so that constraints that share it store it once.
    pub(crate) fn shared_row(&mut self, row: impl FnOnce() -> LinearCombination<Fr>) -> Result<Variable> {
        self.cs.new_lc(row)
    }

    /// `a·b = c`, of rows or variables.
    pub(crate) fn enforce_rows(&mut self, a: Variable, b: Variable, c: Variable) -> Result<()> {
        self.cs.enforce_r1cs_constraint(|| a.into(), || b.into(), || c.into())
    }

    /// Allocates a witness and returns its variable.
    pub(crate) fn witness_variable(&mut self, value: Option<Fr>) -> Result<Variable> {
        self.cs.new_witness_variable(|| value.ok_or(SynthesisError::AssignmentMissing))
    }

    /// `a·b = c`. 1 constraint.
    pub(crate) fn enforce_product(&mut self, a: &Linear, b: &Linear, c: &Linear) -> Result<()> {
        self.cs.enforce_r1cs_constraint(|| a.row(), || b.row(), || c.row())
    }

    /// `a·b` as a new witness. 1 constraint.
    pub(crate) fn product(&mut self, a: &Linear, b: &Linear) -> Result<Linear> {
        let product = self.witness(a.value().zip(b.value()).map(|(a, b)| a * b))?;
        self.enforce_product(a, b, &product)?;
        Ok(product)
    }

    /// `a / b` as a new witness, for a divisor that is not 0. 1 constraint.
    ///
    /// The caller shows that an honest divisor is never 0 and that a false one gains nothing: for `b = a = 0` the quotient is free.
    pub(crate) fn quotient(&mut self, a: &Linear, b: &Linear) -> Result<Linear> {
        let quotient = self.witness(a.value().zip(b.value()).map(|(a, b)| a * b.inverse().unwrap_or_default()))?;
        self.enforce_product(&quotient, b, a)?;
        Ok(quotient)
    }

    /// `a = b`. 1 constraint. Constants are compared here, for a constraint of constants alone would say nothing.
    pub(crate) fn enforce_equal(&mut self, a: &Linear, b: &Linear) -> Result<()> {
        let difference = a - b;
        match difference.as_constant() {
            Some(constant) if constant.is_zero() => Ok(()),
            Some(_) => Err(SynthesisError::Unsatisfiable),
            None => self.enforce_product(&difference, &Linear::one(), &Linear::constant(Fr::zero())),
        }
    }

    /// `a = 0 or b = 0`. 1 constraint.
    pub(crate) fn enforce_either_zero(&mut self, a: &Linear, b: &Linear) -> Result<()> {
        self.enforce_product(a, b, &Linear::constant(Fr::zero()))
    }

    /// `bit` is 0 or 1. 1 constraint.
    pub(crate) fn enforce_boolean(&mut self, bit: &Linear) -> Result<()> {
        self.enforce_product(bit, bit, bit)
    }

    /// A new witness that is 0 or 1. 1 constraint.
    pub(crate) fn boolean(&mut self, value: Option<bool>) -> Result<Linear> {
        let bit = self.witness(value.map(Fr::from))?;
        self.enforce_boolean(&bit)?;
        Ok(bit)
    }

    /// A new witness that is 1 if `x != 0` and 0 if `x = 0`. 3 constraints, and no witness is left free: the hint is the
    /// inverse of x, or 0 for x = 0.
    pub(crate) fn is_nonzero(&mut self, x: &Linear) -> Result<Linear> {
        let inverse = self.witness(x.value().map(|x| x.inverse().unwrap_or_default()))?;
        let nonzero = self.product(x, &inverse)?;
        let zero = &Linear::one() - &nonzero;
        self.enforce_either_zero(x, &zero)?;
        self.enforce_either_zero(&inverse, &zero)?;
        Ok(nonzero)
    }

    /// `x != 0` if `condition`, a bit, is 1. 2 constraints; the hint is the inverse of x, or 0 where nothing is asked.
    pub(crate) fn enforce_nonzero_if(&mut self, condition: &Linear, x: &Linear) -> Result<()> {
        let hint = x.value().zip(condition.value()).map(|(x, condition)| condition * x.inverse().unwrap_or_default());
        let inverse = self.witness(hint)?;
        self.enforce_product(x, &inverse, condition)?;
        self.enforce_either_zero(&inverse, &(&Linear::one() - condition))
    }

    /// `x != 0`. 1 constraint; the hint is the inverse.
    pub(crate) fn enforce_nonzero(&mut self, x: &Linear) -> Result<()> {
        let inverse = self.witness(x.value().map(|x| x.inverse().unwrap_or_default()))?;
        self.enforce_product(x, &inverse, &Linear::one())
    }
}

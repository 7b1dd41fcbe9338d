//! How the rows of a circuit's matrices are evaluated: once for each different row, and without searching.
//!
//! Most rows of A, B and C are single variables, and many are equal (an S-box names its input three times). So the plan has
//! each longer row once, in compressed form, and for each constraint only three indices into `z || values of rows`.

use std::{collections::HashMap, fmt};

use ark_bls12_381::Fr;
use ark_ff::{One, Zero};
use rayon::prelude::*;
use tabella_circuits::matrices::Matrices;
use zeroize::Zeroizing;

use super::ProverError;

/// The plan of one circuit. Indices have 32 bits: a circuit has far fewer variables and rows.
pub(crate) struct Plan {
    instance_variables: usize,
    witness_variables: usize,
    /// The indices of `⟨A_i, z⟩`, `⟨B_i, z⟩`, `⟨C_i, z⟩` in `z || values of rows`.
    constraints: Vec<[u32; 3]>,
    /// The different coefficients; the first two are [`ONE`] and [`MINUS_ONE`].
    coefficients: Vec<Fr>,
    terms: Vec<Term>,
    /// Where each row's terms end; they begin where those of the row before end.
    ends: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Term {
    column: u32,
    coefficient: u32,
}

/// Index of the coefficient 1, which needs no multiplication.
const ONE: u32 = 0;
/// Index of the coefficient -1.
const MINUS_ONE: u32 = 1;
/// Rows that one task evaluates.
const ROWS_OF_TASK: usize = 256;

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("constraints", &self.constraints.len())
            .field("instance_variables", &self.instance_variables)
            .field("witness_variables", &self.witness_variables)
            .field("rows", &self.ends.len())
            .field("terms", &self.terms.len())
            .finish()
    }
}

impl Plan {
    pub(crate) fn new(matrices: &Matrices) -> Result<Self, ProverError> {
        let variables = matrices.instance_variables() + matrices.witness_variables();
        let mut builder = Builder::new(variables);
        let [a, b, c] = matrices.abc();
        let constraints = (a.iter().zip(b).zip(c))
            .map(|((a, b), c)| Some([builder.row(a)?, builder.row(b)?, builder.row(c)?]))
            .collect::<Option<Vec<_>>>()
            .filter(|constraints| constraints.len() == matrices.constraints())
            .ok_or(ProverError::Matrices)?;
        Ok(Self {
            instance_variables: matrices.instance_variables(),
            witness_variables: matrices.witness_variables(),
            constraints,
            coefficients: builder.coefficients,
            terms: builder.terms,
            ends: builder.ends,
        })
    }

    /// The number of instance variables, the constant 1 included.
    pub(super) const fn instance_variables(&self) -> usize {
        self.instance_variables
    }

    /// The number of witness variables.
    pub(super) const fn witness_variables(&self) -> usize {
        self.witness_variables
    }

    /// The size of the domain: the power of two that holds constraints and instance variables.
    pub(super) fn domain_size(&self) -> usize {
        (self.constraints.len() + self.instance_variables).next_power_of_two()
    }

    /// The number of variables.
    pub(super) const fn variables(&self) -> usize {
        self.instance_variables + self.witness_variables
    }

    /// The number of rows that are more than one variable.
    pub(super) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Adds the values of the rows to those of the variables, of which there are as many as the circuit has.
    pub(super) fn evaluate(&self, values: &mut Vec<Fr>) {
        debug_assert_eq!(values.len(), self.variables(), "an assignment of this circuit");
        values.resize(self.variables() + self.rows(), Fr::zero());
        let (z, rows) = values.split_at_mut(self.variables());
        rows.par_chunks_mut(ROWS_OF_TASK).enumerate().for_each(|(task, rows)| {
            let first = task * ROWS_OF_TASK;
            let mut start = if first == 0 { 0 } else { self.ends[first - 1] as usize };
            for (row, end) in rows.iter_mut().zip(&self.ends[first..]) {
                let end = *end as usize;
                *row = self.sum(&self.terms[start..end], z);
                start = end;
            }
        });
    }

    fn sum(&self, terms: &[Term], z: &[Fr]) -> Fr {
        let mut sum = Fr::zero();
        for term in terms {
            let x = z[term.column as usize];
            match term.coefficient {
                ONE => sum += x,
                MINUS_ONE => sum -= x,
                coefficient => sum += self.coefficients[coefficient as usize] * x,
            }
        }
        sum
    }

    /// The first constraint that does not hold.
    pub(super) fn first_unsatisfied(&self, values: &[Fr]) -> Option<usize> {
        self.constraints.par_iter().with_min_len(ROWS_OF_TASK).position_first(|constraint| {
            let [a, b, c] = constraint.map(|index| values[index as usize]);
            a * b != c
        })
    }

    /// `⟨A_i, z⟩` and the public inputs after it (the inputs' own constraints `input·0 = 0`, which make them independent),
    /// `⟨B_i, z⟩`, `⟨C_i, z⟩`, each filled up with zeros to the size of the domain.
    pub(super) fn products(&self, values: &[Fr]) -> [Zeroizing<Vec<Fr>>; 3] {
        let column = |matrix: usize| {
            let mut products = Zeroizing::new(Vec::with_capacity(self.domain_size()));
            products.extend(self.constraints.iter().map(|constraint| values[constraint[matrix] as usize]));
            if matrix == 0 {
                products.extend_from_slice(&values[..self.instance_variables]);
            }
            products.resize(self.domain_size(), Fr::zero());
            products
        };
        [column(0), column(1), column(2)]
    }
}

/// Collects different rows and coefficients.
struct Builder {
    variables: usize,
    coefficients: Vec<Fr>,
    index_of_coefficient: HashMap<Fr, u32>,
    terms: Vec<Term>,
    ends: Vec<u32>,
    index_of_row: HashMap<Vec<Term>, u32>,
}

impl Builder {
    fn new(variables: usize) -> Self {
        let coefficients = vec![Fr::one(), -Fr::one()];
        let index_of_coefficient = [(Fr::one(), ONE), (-Fr::one(), MINUS_ONE)].into();
        let index_of_row = HashMap::new();
        Self { variables, coefficients, index_of_coefficient, terms: Vec::new(), ends: Vec::new(), index_of_row }
    }

    /// The index of a row's value; `None` if it names a variable that does not exist, or if there are too many.
    fn row(&mut self, row: &[(Fr, usize)]) -> Option<u32> {
        let mut terms = Vec::with_capacity(row.len());
        for (coefficient, column) in row.iter().filter(|(coefficient, _)| !coefficient.is_zero()) {
            if *column >= self.variables {
                return None;
            }
            let next = u32::try_from(self.coefficients.len()).ok()?;
            let index = *self.index_of_coefficient.entry(*coefficient).or_insert(next);
            if index == next {
                self.coefficients.push(*coefficient);
            }
            terms.push(Term { column: u32::try_from(*column).ok()?, coefficient: index });
        }
        if let [Term { column, coefficient: ONE }] = terms[..] {
            return Some(column);
        }
        terms.sort_unstable();
        let index = u32::try_from(self.variables + self.ends.len()).ok()?;
        if let Some(known) = self.index_of_row.get(&terms) {
            return Some(*known);
        }
        self.terms.extend_from_slice(&terms);
        self.ends.push(u32::try_from(self.terms.len()).ok()?);
        self.index_of_row.insert(terms, index);
        Some(index)
    }
}

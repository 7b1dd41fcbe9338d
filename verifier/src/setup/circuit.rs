//! What a ceremony is for: the matrices of the circuits.

use ark_bls12_381::Fr;
use ark_ff::Zero;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use tabella_protocol::statement::Shape;
use thiserror::Error;

/// Largest domain of a circuit: twice that of a transfer.
pub const MAX_DOMAIN: usize = 1 << 15;

/// What a transcript says of a circuit.
///
/// Encoding: shape (1 byte), digest of the matrices (32 bytes), instance variables with the constant 1, witness variables,
/// constraints (4 bytes each, little-endian).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitDescription {
    /// The shape.
    pub shape: Shape,
    /// Digest of its matrices.
    pub matrices: [u8; 32],
    /// Instance variables, the constant 1 included.
    pub instance: u32,
    /// Witness variables.
    pub witness: u32,
    /// Constraints.
    pub constraints: u32,
}

impl CircuitDescription {
    /// The size of the domain: the least power of two that holds constraints and instance variables.
    #[must_use]
    pub const fn domain(&self) -> usize {
        (self.constraints as usize + self.instance as usize).next_power_of_two()
    }

    /// Whether the sizes are possible for the shape.
    #[must_use]
    pub const fn is_plausible(&self) -> bool {
        self.constraints as usize <= MAX_DOMAIN
            && self.instance as usize == self.shape.public_inputs() + 1
            && self.domain() <= MAX_DOMAIN
            && self.domain() >= 2
            && self.witness as usize <= 2 * MAX_DOMAIN
    }
}

/// Why matrices are not those of a circuit that parameters can be made for.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CircuitError {
    /// Too large, empty, or another number of public inputs than the shape has.
    #[error("the circuit of shape {} has impossible sizes", .0.name())]
    Sizes(Shape),
    /// A row mentions a variable that does not exist, or the matrices have different numbers of rows.
    #[error("the matrices of shape {} are not well formed", .0.name())]
    Matrices(Shape),
}

/// A circuit with its matrices A, B, C: row i says `⟨A_i, z⟩·⟨B_i, z⟩ = ⟨C_i, z⟩` for `z = 1 || public inputs || witness`.
///
/// Whoever makes one vouches that the digest is that of the matrices, and that it is the circuit he wants.
#[derive(Clone, Debug)]
pub struct Circuit {
    description: CircuitDescription,
    abc: [Vec<Vec<(Fr, usize)>>; 3],
}

impl Circuit {
    /// A circuit.
    ///
    /// # Errors
    /// [`CircuitError`].
    pub fn new(
        shape: Shape,
        matrices: [u8; 32],
        (instance, witness): (usize, usize),
        abc: [Vec<Vec<(Fr, usize)>>; 3],
    ) -> Result<Self, CircuitError> {
        let constraints = abc[0].len();
        let size = |count: usize| u32::try_from(count).map_err(|_| CircuitError::Sizes(shape));
        let (instance, witness) = (size(instance)?, size(witness)?);
        let description = CircuitDescription { shape, matrices, instance, witness, constraints: size(constraints)? };
        if !description.is_plausible() {
            return Err(CircuitError::Sizes(shape));
        }
        let circuit = Self { description, abc };
        let variables = circuit.variables();
        let well_formed = circuit.abc.iter().all(|matrix| {
            matrix.len() == constraints && matrix.iter().flatten().all(|(_, column)| *column < variables)
        });
        if well_formed { Ok(circuit) } else { Err(CircuitError::Matrices(shape)) }
    }

    /// What a transcript says of it.
    #[must_use]
    pub const fn description(&self) -> &CircuitDescription {
        &self.description
    }

    /// The shape.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.description.shape
    }

    /// Instance variables, the constant 1 included.
    #[must_use]
    pub const fn instance(&self) -> usize {
        self.description.instance as usize
    }

    /// Instance and witness variables.
    #[must_use]
    pub const fn variables(&self) -> usize {
        self.description.instance as usize + self.description.witness as usize
    }

    /// A, B and C by columns, with the rows that arkworks' reduction adds to A: row `constraints + j` holds the instance
    /// variable j, so that the polynomials of the instance variables are independent.
    #[must_use]
    pub fn columns(&self) -> [Vec<Vec<(Fr, usize)>>; 3] {
        let mut columns = [const { Vec::new() }; 3];
        for (columns, matrix) in columns.iter_mut().zip(&self.abc) {
            columns.resize(self.variables(), Vec::new());
            for (index, row) in matrix.iter().enumerate() {
                for (coefficient, column) in row {
                    if let Some(column) = columns.get_mut(*column) {
                        column.push((*coefficient, index));
                    }
                }
            }
        }
        for (variable, column) in columns[0].iter_mut().take(self.instance()).enumerate() {
            column.push((Fr::from(1), self.abc[0].len() + variable));
        }
        columns
    }

    /// For each matrix, the coefficients of the polynomial `Σ_j weight_j · M_j(X)`, where M_j is the polynomial of column
    /// j over the domain.
    pub(super) fn combine(&self, weights: &[Fr]) -> [Vec<Fr>; 3] {
        let size = self.description.domain();
        let domain = Radix2EvaluationDomain::<Fr>::new(size).expect("the size is a power of two below 2^32");
        let mut combined = [const { Vec::new() }; 3];
        for (values, matrix) in combined.iter_mut().zip(&self.abc) {
            values.extend(matrix.iter().map(|row| -> Fr {
                row.iter().filter_map(|(coefficient, column)| Some(*coefficient * weights.get(*column)?)).sum()
            }));
        }
        combined[0].extend(weights.iter().take(self.instance()));
        combined.map(|mut values| {
            values.resize(size, Fr::zero());
            domain.ifft_in_place(&mut values);
            values
        })
    }
}

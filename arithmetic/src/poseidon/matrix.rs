//! Small matrices over Fr, for deriving constants.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

/// A square matrix, by rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matrix(pub(super) Vec<Vec<Fr>>);

impl Matrix {
    /// `self · column`.
    pub(super) fn apply(&self, column: &[Fr]) -> Vec<Fr> {
        self.0.iter().map(|row| inner(row, column)).collect()
    }

    /// `row · self`.
    pub(super) fn apply_to_row(&self, row: &[Fr]) -> Vec<Fr> {
        let mut result = vec![Fr::ZERO; row.len()];
        for (factor, line) in row.iter().zip(&self.0) {
            for (sum, entry) in result.iter_mut().zip(line) {
                *sum += *factor * entry;
            }
        }
        result
    }

    /// By elimination; `None` if there is none.
    pub(super) fn inverse(&self) -> Option<Self> {
        let size = self.0.len();
        let unit = |i: usize| (0..size).map(move |j| Fr::from(u8::from(i == j)));
        let mut rows: Vec<Vec<Fr>> =
            self.0.iter().enumerate().map(|(i, row)| row.iter().copied().chain(unit(i)).collect()).collect();
        for column in 0..size {
            let pivot = (column..size).find(|&row| rows[row][column] != Fr::ZERO)?;
            rows.swap(column, pivot);
            let scale = rows[column][column].inverse()?;
            rows[column].iter_mut().for_each(|entry| *entry *= scale);
            let line = rows[column].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
                let factor = row[column];
                row.iter_mut().zip(&line).for_each(|(entry, above)| *entry -= factor * above);
            }
        }
        Some(Self(rows.into_iter().map(|mut row| row.split_off(size)).collect()))
    }
}

/// The inner product.
pub(super) fn inner(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_times_matrix_is_one_and_singular_matrices_have_none() {
        let matrix = |rows: [[u64; 3]; 3]| Matrix(rows.map(|row| row.map(Fr::from).to_vec()).to_vec());
        // The first pivot is zero.
        let regular = matrix([[0, 2, 5], [7, 1, 3], [4, 4, 9]]);
        let inverse = regular.inverse().unwrap();
        for i in 0..3 {
            let unit: Vec<Fr> = (0..3).map(|j| Fr::from(u8::from(i == j))).collect();
            assert_eq!(inverse.apply(&regular.apply(&unit)), unit);
            assert_eq!(inverse.apply_to_row(&regular.apply_to_row(&unit)), unit);
        }
        assert_eq!(matrix([[1, 2, 3], [2, 4, 6], [0, 1, 1]]).inverse(), None);
    }
}

//! The permutation, on any kind of number.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

use super::number::Number;
use super::recurrence::{Layer, Recurrence};
use crate::lanes::LANES;

/// The constants in the form in which `N` reads them.
#[derive(Debug)]
pub(super) struct Rounds<N: Number, const T: usize> {
    start: [N::Constant; T],
    first: Vec<Linear<N>>,
    /// A row for each partial round.
    partial: Linear<N>,
    unscale: N::Constant,
    leave: Linear<N>,
    last: Vec<Linear<N>>,
}

/// Sums: the factors row by row, and what is added to each.
#[derive(Debug)]
struct Linear<N: Number>(Vec<(N::Weights, N::Constant)>);

impl<N: Number> Linear<N> {
    fn new<'r>(rows: impl Iterator<Item = (&'r Vec<Fr>, &'r Fr)>) -> Self {
        let row = |(factors, added): (&Vec<Fr>, &Fr)| {
            let mut weights = [Fr::ZERO; LANES];
            weights[..factors.len()].copy_from_slice(factors);
            (N::weights(weights), N::constant(added))
        };
        Self(rows.map(row).collect())
    }

    fn of(layer: &Layer) -> Self {
        Self::new(layer.rows.iter().zip(&layer.constants))
    }
}

impl<N: Number, const T: usize> Rounds<N, T> {
    pub(super) fn new(recurrence: &Recurrence) -> Self {
        let Recurrence { start, first, partial, unscale, leave, last } = recurrence;
        Self {
            start: std::array::from_fn(|i| N::constant(&start[i])),
            first: first.iter().map(Linear::of).collect(),
            partial: Linear::new(partial.iter().map(|(factors, added)| (factors, added))),
            unscale: N::constant(unscale),
            leave: Linear::of(leave),
            last: last.iter().map(Linear::of).collect(),
        }
    }

    /// Applies the permutation. For lanes: takes tight values.
    #[inline(always)]
    pub(super) fn permute(&self, mut state: [N; T]) -> [N; T] {
        for (element, constant) in state.iter_mut().zip(&self.start) {
            *element = element.add_constant(constant);
        }
        for layer in &self.first {
            state = full_round(state, layer);
        }

        // The value of index i is at place i mod T - 1, and the result T - 1 places after.
        let mut history = state[0].zeros();
        state[1].put(0, &mut history);
        for place in 1..T - 1 {
            state[T - place].put(place, &mut history);
        }
        let mut newest = state[0];
        let mut place = 0;
        for (weights, added) in &self.partial.0 {
            let rest = newest.weigh(&history, 2 * (T - 1), weights, added);
            let result = newest.fifth();
            newest = result.add_loose(rest);
            result.put(T - 1 + place, &mut history);
            place = if place + 2 < T { place + 1 } else { 0 };
            newest.put(place, &mut history);
        }
        state[0] = newest.mul_constant(&self.unscale);
        for (element, (weights, added)) in state[1..].iter_mut().zip(&self.leave.0) {
            *element = newest.weigh(&history, 2 * (T - 1), weights, added);
        }

        for layer in &self.last {
            state = full_round(state, layer);
        }
        state
    }
}

/// The S-box on all elements, then the layer.
#[inline(always)]
fn full_round<N: Number, const T: usize>(mut state: [N; T], layer: &Linear<N>) -> [N; T] {
    let mut several = state[0].zeros();
    for (place, element) in state.iter().enumerate() {
        element.fifth().put(place, &mut several);
    }
    for (element, (weights, added)) in state.iter_mut().zip(&layer.0) {
        *element = element.weigh(&several, T, weights, added);
    }
    state
}

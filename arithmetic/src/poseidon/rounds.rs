//! The permutation, on any kind of number.

use super::number::Number;
use super::recurrence::{Layer, Recurrence};

/// The constants in the form in which `N` reads them.
#[derive(Debug)]
pub(super) struct Rounds<N: Number, const T: usize> {
    start: [N::Constant; T],
    first: Vec<FullRound<N::Constant, T>>,
    /// One after the other the factors of each round, `2 (T - 1)` of them.
    factors: Vec<N::Constant>,
    /// What each round adds.
    added: Vec<N::Constant>,
    unscale: N::Constant,
    leave: FullRound<N::Constant, T>,
    last: Vec<FullRound<N::Constant, T>>,
}

/// A linear layer: the factors row by row, and what is added.
#[derive(Debug)]
struct FullRound<C, const T: usize> {
    factors: Vec<C>,
    added: Vec<C>,
}

impl<C, const T: usize> FullRound<C, T> {
    fn new<N: Number<Constant = C>>(layer: &Layer) -> Self {
        Self {
            factors: layer.rows.iter().flatten().map(N::constant).collect(),
            added: layer.constants.iter().map(N::constant).collect(),
        }
    }

    #[inline(always)]
    fn apply<N: Number<Constant = C>>(&self, mut state: [N; T]) -> [N; T] {
        for element in &mut state {
            *element = element.fifth();
        }
        let mut mixed = state;
        for ((element, row), added) in mixed.iter_mut().zip(self.factors.chunks_exact(T)).zip(&self.added) {
            *element = state[0].combine([&state, &[]], row, added);
        }
        mixed
    }
}

impl<N: Number, const T: usize> Rounds<N, T> {
    pub(super) fn new(recurrence: &Recurrence) -> Self {
        let Recurrence { start, first, partial, unscale, leave, last } = recurrence;
        Self {
            start: std::array::from_fn(|i| N::constant(&start[i])),
            first: first.iter().map(FullRound::<N::Constant, T>::new::<N>).collect(),
            factors: partial.iter().flat_map(|(factors, _)| factors).map(N::constant).collect(),
            added: partial.iter().map(|(_, added)| N::constant(added)).collect(),
            unscale: N::constant(unscale),
            leave: FullRound::<N::Constant, T>::new::<N>(leave),
            last: last.iter().map(FullRound::<N::Constant, T>::new::<N>).collect(),
        }
    }

    /// Applies the permutation. For lanes: takes tight values.
    #[inline(always)]
    pub(super) fn permute(&self, mut state: [N; T]) -> [N; T] {
        for (element, constant) in state.iter_mut().zip(&self.start) {
            *element = element.add_constant(constant);
        }
        for round in &self.first {
            state = round.apply(state);
        }

        // The value of index i is at place i mod T - 1.
        let (mut values, mut results) = (state, [state[0].zero(); T]);
        values[0] = state[1];
        for place in 1..T - 1 {
            values[place] = state[T - place];
        }
        let mut newest = state[0];
        let mut place = 0;
        for (factors, added) in self.factors.chunks_exact(2 * (T - 1)).zip(&self.added) {
            let rest = newest.combine([&values[..T - 1], &results[..T - 1]], factors, added);
            let result = newest.fifth();
            newest = result.add_loose(rest);
            results[place] = result;
            place = if place + 2 < T { place + 1 } else { 0 };
            values[place] = newest;
        }
        state[0] = newest.mul_constant(&self.unscale);
        let rows = self.leave.factors.chunks_exact(2 * (T - 1)).zip(&self.leave.added);
        for (element, (row, added)) in state[1..].iter_mut().zip(rows) {
            *element = newest.combine([&values[..T - 1], &results[..T - 1]], row, added);
        }

        for round in &self.last {
            state = round.apply(state);
        }
        state
    }
}

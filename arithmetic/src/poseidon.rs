//! The Poseidon permutation over Fr with S-box x^5, in a form with few multiplications.
//!
//! In a partial round only one element of the state passes the S-box; the others are mixed linearly. So the elements
//! that enter the S-boxes of the partial rounds, p₀, p₁, …, obey a linear recurrence: with t elements in the state, each
//! follows from the t - 1 last of them and the t last results s of the S-box (theorem of Cayley and Hamilton). The values
//! are scaled so that the newest s has the factor 1. That leaves 2 (t - 1) products in place of t², summed before one
//! reduction, and only the S-box lies on the way from one round to the next.
//!
//! [`Permutation::new`] derives the factors from round constants and matrix (`recurrence`, `matrix`). One permutation is
//! computed with 64-bit words, and where there is IFMA with the products of a sum in lanes; many, eight at a time where there are vector instructions.

mod matrix;
mod number;
mod recurrence;
mod rounds;

use ark_bls12_381::Fr;
use rayon::prelude::*;

use crate::backend::{AnyBackend, Backend, Kernel};
#[cfg(target_arch = "x86_64")]
use crate::lanes::FieldLanes;
use crate::lanes::LANES;
#[cfg(target_arch = "x86_64")]
use crate::lanes::ifma::Fr8;
#[cfg(target_arch = "x86_64")]
use number::Single;
use recurrence::Recurrence;
use rounds::Rounds;

/// A permutation of states of `T` elements.
#[derive(Debug)]
pub struct Permutation<const T: usize> {
    words: Rounds<Fr, T>,
    #[cfg(target_arch = "x86_64")]
    lanes: Rounds<Fr8, T>,
    #[cfg(target_arch = "x86_64")]
    single: Rounds<Single, T>,
}

/// From this many states on, eight at a time is faster than one after the other.
#[cfg(target_arch = "x86_64")]
const WORTH_LANES: usize = 4;
/// Groups of eight that one task computes.
const GROUPS_OF_TASK: usize = 4;

impl<const T: usize> Permutation<T> {
    /// From the constants that are added before each round, and the matrix by rows. Half of `full_rounds` come before the
    /// partial rounds and half after them. `None` if there are fewer than `T` partial rounds or an odd number of full
    /// ones, or for a matrix that the form does not cover: one with a vanishing first element or with an invariant
    /// subspace that no S-box of a partial round sees, which are unfit for the permutation too.
    #[must_use]
    pub fn new(round_constants: &[[Fr; T]], mds: &[[Fr; T]; T], full_rounds: usize) -> Option<Self> {
        // The sums of partial rounds have 2 (T - 1) products.
        const { assert!(T >= 2 && 2 * (T - 1) <= LANES, "from 2 to 5 elements") };
        let recurrence = Recurrence::derive(round_constants, mds, full_rounds)?;
        Some(Self {
            words: Rounds::new(&recurrence),
            #[cfg(target_arch = "x86_64")]
            lanes: Rounds::new(&recurrence),
            #[cfg(target_arch = "x86_64")]
            single: Rounds::new(&recurrence),
        })
    }

    /// Applies the permutation.
    pub fn permute(&self, state: &mut [Fr; T]) {
        self.permute_on(AnyBackend::selected(), state);
    }

    /// The same on a given backend.
    pub fn permute_on(&self, backend: AnyBackend, state: &mut [Fr; T]) {
        *state = match backend {
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Ifma(ifma) => ifma.call(OneByLanes { permutation: self, state }),
            _ => backend.run(One { permutation: self, state }),
        };
    }

    /// Applies the permutation to each state. Runs on all threads of the pool.
    pub fn permute_each(&self, states: &mut [[Fr; T]]) {
        self.permute_each_on(AnyBackend::selected(), states);
    }

    /// The same on a given backend.
    pub fn permute_each_on(&self, backend: AnyBackend, states: &mut [[Fr; T]]) {
        states.par_chunks_mut(LANES * GROUPS_OF_TASK).for_each(|states| match backend {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            AnyBackend::Portable(_) => states.iter_mut().for_each(|state| self.permute_on(backend, state)),
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Avx2(_) => states.iter_mut().for_each(|state| self.permute_on(backend, state)),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            AnyBackend::Quads(_) => states.iter_mut().for_each(|state| self.permute_on(backend, state)),
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Ifma(ifma) => {
                let mut groups = states.chunks_exact_mut(LANES);
                for group in &mut groups {
                    ifma.call(Eight { permutation: self, states: group });
                }
                match groups.into_remainder() {
                    few if few.len() < WORTH_LANES => few.iter_mut().for_each(|state| self.permute_on(backend, state)),
                    many => ifma.call(Eight { permutation: self, states: many }),
                }
            }
        });
    }
}

struct One<'a, const T: usize> {
    permutation: &'a Permutation<T>,
    state: &'a [Fr; T],
}

impl<const T: usize> Kernel for One<'_, T> {
    type Output = [Fr; T];

    #[inline(always)]
    fn run<B: Backend>(self, _: B) -> [Fr; T] {
        self.permutation.words.permute(*self.state)
    }
}

/// One state on a processor with IFMA.
#[cfg(target_arch = "x86_64")]
struct OneByLanes<'a, const T: usize> {
    permutation: &'a Permutation<T>,
    state: &'a [Fr; T],
}

#[cfg(target_arch = "x86_64")]
impl<const T: usize> crate::backend::KernelOn<crate::backend::Ifma> for OneByLanes<'_, T> {
    type Output = [Fr; T];

    #[inline(always)]
    fn run(self, ifma: crate::backend::Ifma) -> [Fr; T] {
        let mut state = [Single(ifma, Fr::default()); T];
        for (single, element) in state.iter_mut().zip(self.state) {
            single.1 = *element;
        }
        let mut permuted = *self.state;
        for (element, single) in permuted.iter_mut().zip(self.permutation.single.permute(state)) {
            *element = single.1;
        }
        permuted
    }
}

/// Up to eight states.
#[cfg(target_arch = "x86_64")]
struct Eight<'a, const T: usize> {
    permutation: &'a Permutation<T>,
    states: &'a mut [[Fr; T]],
}

#[cfg(target_arch = "x86_64")]
impl<const T: usize> crate::backend::KernelOn<crate::backend::Ifma> for Eight<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self, ifma: crate::backend::Ifma) {
        let mut columns = [[Fr::default(); LANES]; T];
        for (lane, state) in self.states.iter().enumerate().take(LANES) {
            for (column, element) in columns.iter_mut().zip(state) {
                column[lane] = *element;
            }
        }
        let mut state = [Fr8::zero(ifma); T];
        for (lanes, column) in state.iter_mut().zip(&columns) {
            *lanes = Fr8::load(ifma, column);
        }
        state = self.permutation.lanes.permute(state);
        for (column, lanes) in columns.iter_mut().zip(state) {
            *column = lanes.store();
        }
        for (lane, state) in self.states.iter_mut().enumerate().take(LANES) {
            for (column, element) in columns.iter().zip(state) {
                *element = column[lane];
            }
        }
    }
}

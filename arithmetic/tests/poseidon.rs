//! The fast form of Poseidon beside the definition.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by stopping")]

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, UniformRand};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tabella_arithmetic::{AnyBackend, poseidon::Permutation};

struct Definition<const T: usize> {
    constants: Vec<[Fr; T]>,
    mds: [[Fr; T]; T],
    full: usize,
}

impl<const T: usize> Definition<T> {
    fn random(seed: u64, full: usize, partial: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut row = || std::array::from_fn(|_| Fr::rand(&mut rng));
        Self { constants: (0..full + partial).map(|_| row()).collect(), mds: std::array::from_fn(|_| row()), full }
    }

    fn fast(&self) -> Option<Permutation<T>> {
        Permutation::new(&self.constants, &self.mds, self.full)
    }

    fn permute(&self, mut state: [Fr; T]) -> [Fr; T] {
        let rounds = self.constants.len();
        for (round, constants) in self.constants.iter().enumerate() {
            for (element, constant) in state.iter_mut().zip(constants) {
                *element += constant;
            }
            let full = round < self.full / 2 || round >= rounds - self.full / 2;
            for element in state.iter_mut().take(if full { T } else { 1 }) {
                *element = element.square().square() * *element;
            }
            state = self.mds.map(|row| row.iter().zip(&state).map(|(m, x)| *m * x).sum());
        }
        state
    }
}

/// Random states and those of the field's edges.
fn states<const T: usize>(count: usize, seed: u64) -> Vec<[Fr; T]> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let edges = [Fr::ZERO, Fr::ONE, -Fr::ONE, -Fr::from(2u64), Fr::from(u64::MAX)];
    (0..count)
        .map(|i| {
            std::array::from_fn(
                |j| if i.is_multiple_of(3) { edges[(i / 3 + j) % edges.len()] } else { Fr::rand(&mut rng) },
            )
        })
        .collect()
}

fn agrees<const T: usize>(full: usize, partial: usize, count: usize, seed: u64) {
    let definition = Definition::<T>::random(seed, full, partial);
    let fast = definition.fast().unwrap();
    let states = states::<T>(count, seed + 1);
    let expected: Vec<[Fr; T]> = states.iter().map(|state| definition.permute(*state)).collect();
    for backend in AnyBackend::available() {
        let mut many = states.clone();
        fast.permute_each_on(backend, &mut many);
        assert_eq!(many, expected, "{backend:?}, {T} elements, {full} and {partial} rounds, {count} states");
        for (state, expected) in states.iter().zip(&expected) {
            let mut one = *state;
            fast.permute_on(backend, &mut one);
            assert_eq!(one, *expected, "{backend:?}, {T} elements, {full} and {partial} rounds");
        }
    }
    for (state, expected) in states.iter().zip(expected) {
        let mut one = *state;
        fast.permute(&mut one);
        assert_eq!(one, expected);
    }
}

#[test]
fn the_fast_form_gives_what_the_definition_gives() {
    for count in [0, 1, 3, 4, 8, 11, 12, 33, 100] {
        agrees::<3>(8, 57, count, 10 + count as u64);
        agrees::<5>(8, 60, count, 20 + count as u64);
    }
    agrees::<2>(8, 56, 40, 1);
    agrees::<3>(2, 3, 40, 2);
    agrees::<4>(2, 4, 40, 4);
    agrees::<5>(2, 5, 40, 3);
}

/// The largest factors, constants and states: every number is p - 1 or near it.
#[test]
fn sums_of_the_largest_products_do_not_overflow() {
    let near = |i: u64| -Fr::from(1 + i % 2);
    for seed in 0..32u64 {
        let mut definition = Definition::<5>::random(seed, 8, 60);
        definition.constants.iter_mut().flatten().for_each(|constant| *constant = near(0));
        for (i, entry) in definition.mds.iter_mut().flatten().enumerate() {
            *entry = near((seed >> (i % 5)) ^ (i as u64 / 3)) - Fr::from(((i * i) as u64 ^ seed) % 5);
        }
        let Some(fast) = definition.fast() else { continue };
        let states = vec![[near(0); 5]; 9];
        for backend in AnyBackend::available() {
            let mut many = states.clone();
            fast.permute_each_on(backend, &mut many);
            assert_eq!(many, vec![definition.permute(states[0]); 9]);
        }
    }
}

#[test]
fn matrices_and_rounds_that_the_form_does_not_cover_are_refused() {
    assert!(Definition::<3>::random(1, 8, 2).fast().is_none());
    assert!(Definition::<3>::random(1, 7, 57).fast().is_none());
    let mut without_first = Definition::<3>::random(1, 8, 57);
    without_first.mds[0][0] = Fr::ZERO;
    assert!(without_first.fast().is_none());
    let mut singular = Definition::<3>::random(1, 8, 57);
    singular.mds[2] = singular.mds[1];
    assert!(singular.fast().is_none());
    // The first element never sees the last one: no inner matrix with an eigenvector at its row.
    let mut unseen = Definition::<3>::random(1, 8, 57);
    unseen.mds[0][2] = Fr::ZERO;
    unseen.mds[1][2] = Fr::ZERO;
    assert!(unseen.fast().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_constants_agree(seed in any::<u64>(), partial in 5..40usize, half in 1..5usize, count in 0..20usize) {
        agrees::<5>(2 * half, partial, count, seed >> 1);
        agrees::<4>(2 * half, partial, count, seed >> 1);
    }
}

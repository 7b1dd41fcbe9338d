//! The Poseidon permutation over the scalar field of BLS12-381 (Grassi et al., eprint 2019/458).
//!
//! S-box x^5, width 3 with 8 full and 57 partial rounds, width 5 with 8 and 60; round constants and MDS matrix from the
//! Grain LFSR of the reference implementation, as `poseidonperm_x5_255_3` and `poseidonperm_x5_255_5`. Computed in the fast
//! form of `tabella_arithmetic::poseidon`, which is derived from these.

use std::sync::OnceLock;

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::poseidon::find_poseidon_ark_and_mds;
use tabella_arithmetic::poseidon::Permutation;

/// Number of full rounds, half of them before and half after the partial rounds.
pub const FULL_ROUNDS: usize = 8;
/// Partial rounds at width 3.
pub const PARTIAL_ROUNDS_3: usize = 57;
/// Partial rounds at width 5.
pub const PARTIAL_ROUNDS_5: usize = 60;

/// Round constants and MDS matrix of the permutation of width `T`.
#[derive(Debug)]
pub struct Parameters<const T: usize> {
    /// One row of constants for each round.
    pub round_constants: Vec<[Fr; T]>,
    /// The MDS matrix, by rows: output lane i is the product of row i with the state.
    pub mds: [[Fr; T]; T],
    /// The same permutation in its fast form.
    fast: Permutation<T>,
}

impl<const T: usize> Parameters<T> {
    fn generate(partial_rounds: usize) -> Self {
        let (constants, mds) =
            find_poseidon_ark_and_mds::<Fr>(255, T - 1, FULL_ROUNDS as u64, partial_rounds as u64, 0);
        let row = |row: Vec<Fr>| -> [Fr; T] { std::array::from_fn(|i| row[i]) };
        let round_constants: Vec<[Fr; T]> = constants.into_iter().map(row).collect();
        let mds = std::array::from_fn(|i| row(mds[i].clone()));
        let fast = Permutation::new(&round_constants, &mds, FULL_ROUNDS).expect("these matrices have the fast form");
        Self { round_constants, mds, fast }
    }

    /// Applies the permutation.
    pub fn permute(&self, state: &mut [Fr; T]) {
        self.fast.permute(state);
    }

    /// Applies the permutation to each state: several at a time where the processor can, and on all threads of the pool.
    pub fn permute_each(&self, states: &mut [[Fr; T]]) {
        self.fast.permute_each(states);
    }
}

/// The parameters of width 3.
pub fn width3() -> &'static Parameters<3> {
    static PARAMETERS: OnceLock<Parameters<3>> = OnceLock::new();
    PARAMETERS.get_or_init(|| Parameters::generate(PARTIAL_ROUNDS_3))
}

/// The parameters of width 5.
pub fn width5() -> &'static Parameters<5> {
    static PARAMETERS: OnceLock<Parameters<5>> = OnceLock::new();
    PARAMETERS.get_or_init(|| Parameters::generate(PARTIAL_ROUNDS_5))
}

#[cfg(test)]
mod tests {
    use ark_ff::{BigInteger, Field, PrimeField};

    use super::*;

    /// The definition: every round as it is written.
    fn permute_by_definition<const T: usize>(parameters: &Parameters<T>, mut state: [Fr; T]) -> [Fr; T] {
        let rounds = parameters.round_constants.len();
        for (round, constants) in parameters.round_constants.iter().enumerate() {
            for (lane, constant) in state.iter_mut().zip(constants) {
                *lane += constant;
            }
            let full = round < FULL_ROUNDS / 2 || round >= rounds - FULL_ROUNDS / 2;
            for lane in state.iter_mut().take(if full { T } else { 1 }) {
                *lane = lane.square().square() * *lane;
            }
            state = parameters.mds.map(|row| row.iter().zip(&state).map(|(m, x)| *m * x).sum());
        }
        state
    }

    fn fast_form_is_the_definition<const T: usize>(parameters: &Parameters<T>) {
        let near_the_edges = |i: u64| if i.is_multiple_of(2) { Fr::from(i / 2) } else { -Fr::from(i / 2 + 1) };
        let state = |i: u64| std::array::from_fn(|lane| near_the_edges(i * 7 % 13 + lane as u64).pow([1 + i % 5]));
        let mut states: Vec<[Fr; T]> = (0..37).map(state).collect();
        let expected: Vec<_> = states.iter().map(|state| permute_by_definition(parameters, *state)).collect();
        for (state, expected) in states.iter().zip(&expected) {
            let mut one = *state;
            parameters.permute(&mut one);
            assert_eq!(one, *expected);
        }
        parameters.permute_each(&mut states);
        assert_eq!(states, expected);
    }

    #[test]
    fn the_fast_form_is_the_definition() {
        fast_form_is_the_definition(width3());
        fast_form_is_the_definition(width5());
    }

    fn hex_be(x: Fr) -> String {
        hex::encode(x.into_bigint().to_bytes_be())
    }

    // Source: hadeshash repository, code/test_vectors.txt (permutation of 0, 1, 2, …), big-endian hexadecimal.
    #[test]
    fn reference_vector_poseidonperm_x5_255_3() {
        let mut state: [Fr; 3] = std::array::from_fn(|i| Fr::from(i as u64));
        width3().permute(&mut state);
        assert_eq!(
            state.map(hex_be),
            [
                "28ce19420fc246a05553ad1e8c98f5c9d67166be2c18e9e4cb4b4e317dd2a78a",
                "51f3e312c95343a896cfd8945ea82ba956c1118ce9b9859b6ea56637b4b1ddc4",
                "3b2b69139b235626a0bfb56c9527ae66a7bf486ad8c11c14d1da0c69bbe0f79a",
            ]
        );
    }

    #[test]
    fn reference_vector_poseidonperm_x5_255_5() {
        let mut state: [Fr; 5] = std::array::from_fn(|i| Fr::from(i as u64));
        width5().permute(&mut state);
        assert_eq!(
            state.map(hex_be),
            [
                "2a918b9c9f9bd7bb509331c81e297b5707f6fc7393dcee1b13901a0b22202e18",
                "65ebf8671739eeb11fb217f2d5c5bf4a0c3f210e3f3cd3b08b5db75675d797f7",
                "2cc176fc26bc70737a696a9dfd1b636ce360ee76926d182390cdb7459cf585ce",
                "4dc4e29d283afd2a491fe6aef122b9a968e74eff05341f3cc23fda1781dcb566",
                "03ff622da276830b9451b88b85e6184fd6ae15c8ab3ee25a5667be8592cce3b1",
            ]
        );
    }
}

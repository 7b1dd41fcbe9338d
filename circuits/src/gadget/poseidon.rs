//! Poseidon, flat: 240 constraints at width 3 and 297 at width 5 (3 fewer for each further lane that is constant).
//!
//! Each S-box is `x·x = x2`, `x2·x = x3`, `x2·x3 = x5`, where x is a linear combination of earlier witnesses; in this order
//! x3 never stands in A and x2 never in B. Between the full rounds, where only lane 0 has an S-box, every lane is linear in
//! the T outputs of the last full round and the outputs of the partial rounds so far. Those coefficients depend on the width
//! alone, so they are computed once.
//!
//! Sound because each S-box output is a function of its input: all witnesses are determined by the inputs.

use std::{iter, sync::OnceLock};

use ark_bls12_381::Fr;
use ark_ff::{Field, One, Zero};
use ark_relations::gr1cs::{LinearCombination, Variable};
use tabella_protocol::{
    domain::Use,
    hash::{
        poseidon::{FULL_ROUNDS, PARTIAL_ROUNDS_3, PARTIAL_ROUNDS_5, Parameters, width3, width5},
        poseidon_tag,
    },
};

use crate::{
    builder::{Builder, Result},
    linear::Linear,
};

/// `H_use` of one to four elements, as `tabella_protocol::hash::poseidon_hash`.
pub(crate) fn hash<const N: usize>(builder: &mut Builder, purpose: Use, inputs: [&Linear; N]) -> Result<Linear> {
    const { assert!(N >= 1 && N <= 4, "Poseidon takes one to four inputs") };
    let tag = Linear::constant(poseidon_tag(purpose, N));
    let absent = Linear::constant(Fr::zero());
    let lane = |i: usize| if i == 0 { tag.clone() } else { inputs.get(i - 1).map_or(absent.clone(), |x| (*x).clone()) };
    if N <= 2 {
        permute(builder, schedule3(), std::array::from_fn::<_, 3, _>(lane)).map(|[_, out, _]| out)
    } else {
        permute(builder, schedule5(), std::array::from_fn::<_, 5, _>(lane)).map(|[_, out, ..]| out)
    }
}

/// An affine function of the basis: the T outputs of the last full round, then those of the partial rounds.
#[derive(Clone)]
struct Row {
    constant: Fr,
    coefficients: Vec<Fr>,
}

impl Row {
    fn combination(&self, basis: &[Variable]) -> LinearCombination<Fr> {
        let constant = iter::once((self.constant, Variable::One));
        let terms = self.coefficients.iter().copied().zip(basis.iter().copied());
        LinearCombination(constant.chain(terms).filter(|(k, _)| !k.is_zero()).collect())
    }
}

/// The permutation, with its linear layers between the S-boxes of partial rounds multiplied out.
struct Schedule<const T: usize> {
    parameters: &'static Parameters<T>,
    /// The S-box input of each partial round.
    partial: Vec<Row>,
    /// The state after the partial rounds.
    after: Vec<Row>,
}

impl<const T: usize> Schedule<T> {
    fn new(parameters: &'static Parameters<T>, partial_rounds: usize) -> Self {
        let size = T + partial_rounds;
        let unit = |i: usize| {
            let mut coefficients = vec![Fr::zero(); size];
            coefficients[i] = Fr::one();
            Row { constant: Fr::zero(), coefficients }
        };
        let mix = |state: &[Row]| -> Vec<Row> {
            let combine = |weights: &[Fr; T]| {
                let mut row = Row { constant: Fr::zero(), coefficients: vec![Fr::zero(); size] };
                for (weight, lane) in weights.iter().zip(state) {
                    row.constant += *weight * lane.constant;
                    for (sum, k) in row.coefficients.iter_mut().zip(&lane.coefficients) {
                        *sum += *weight * k;
                    }
                }
                row
            };
            parameters.mds.iter().map(combine).collect()
        };
        let mut state = mix(&(0..T).map(unit).collect::<Vec<_>>());
        let mut partial = Vec::with_capacity(partial_rounds);
        let constants = parameters.round_constants.iter().skip(FULL_ROUNDS / 2).take(partial_rounds);
        for (round, constants) in constants.enumerate() {
            for (lane, constant) in state.iter_mut().zip(constants) {
                lane.constant += constant;
            }
            let mut input = state[0].clone();
            input.coefficients.truncate(T + round);
            partial.push(input);
            state[0] = unit(T + round);
            state = mix(&state);
        }
        Self { parameters, partial, after: state }
    }
}

fn schedule3() -> &'static Schedule<3> {
    static SCHEDULE: OnceLock<Schedule<3>> = OnceLock::new();
    SCHEDULE.get_or_init(|| Schedule::new(width3(), PARTIAL_ROUNDS_3))
}

fn schedule5() -> &'static Schedule<5> {
    static SCHEDULE: OnceLock<Schedule<5>> = OnceLock::new();
    SCHEDULE.get_or_init(|| Schedule::new(width5(), PARTIAL_ROUNDS_5))
}

fn permute<const T: usize>(
    builder: &mut Builder,
    schedule: &Schedule<T>,
    mut state: [Linear; T],
) -> Result<[Linear; T]> {
    let Parameters { round_constants, mds, .. } = schedule.parameters;
    let half = FULL_ROUNDS / 2;
    let mut outputs: Vec<Linear> = state.to_vec();
    for (round, constants) in round_constants.iter().take(half).enumerate() {
        if round > 0 {
            state = mix(mds, &outputs);
        }
        outputs = full_round(builder, &state, constants)?;
    }

    // The basis of the partial rounds. The outputs of the fourth full round are single variables: by then no lane is constant.
    let mut basis: Vec<Variable> = Vec::with_capacity(T + schedule.partial.len());
    for output in &outputs {
        basis.extend(output.row().0.first().map(|(_, variable)| *variable));
    }
    // The values are computed round by round, which takes fewer multiplications than evaluating the rows.
    let mut values =
        outputs.iter().map(Linear::value).collect::<Option<Vec<Fr>>>().map(|outputs| mix_values(mds, &outputs));
    for (row, constants) in schedule.partial.iter().zip(round_constants.iter().skip(half)) {
        if let Some(values) = values.as_mut() {
            for (value, constant) in values.iter_mut().zip(constants) {
                *value += constant;
            }
        }
        let combination = builder.shared_row(|| row.combination(&basis))?;
        let (output, value) = quintic(builder, combination, values.map(|values| values[0]))?;
        basis.push(output);
        values = values.zip(value).map(|(mut values, value)| {
            values[0] = value;
            mix_values(mds, &values)
        });
    }

    let last_rounds = round_constants.iter().skip(half + schedule.partial.len());
    for (round, constants) in last_rounds.enumerate() {
        if round > 0 {
            outputs = full_round(builder, &mix(mds, &outputs), constants)?;
            continue;
        }
        outputs = Vec::with_capacity(T);
        for (i, (row, constant)) in schedule.after.iter().zip(constants).enumerate() {
            let input = values.map(|values| values[i] + constant);
            let shifted = || Row { constant: row.constant + constant, ..row.clone() }.combination(&basis);
            let combination = builder.shared_row(shifted)?;
            let (output, value) = quintic(builder, combination, input)?;
            outputs.push(Linear::variable(output, value));
        }
    }
    Ok(mix(mds, &outputs))
}

fn mix<const T: usize>(mds: &[[Fr; T]; T], state: &[Linear]) -> [Linear; T] {
    std::array::from_fn(|i| Linear::sum(mds[i].iter().copied().zip(state)))
}

fn mix_values<const T: usize>(mds: &[[Fr; T]; T], state: &[Fr]) -> [Fr; T] {
    std::array::from_fn(|i| mds[i].iter().zip(state).map(|(k, x)| *k * x).sum())
}

fn full_round<const T: usize>(builder: &mut Builder, state: &[Linear; T], constants: &[Fr; T]) -> Result<Vec<Linear>> {
    let mut outputs = Vec::with_capacity(T);
    for (lane, constant) in state.iter().zip(constants) {
        let input = lane + &Linear::constant(*constant);
        outputs.push(match input.as_constant() {
            Some(x) => Linear::constant(x.square().square() * x),
            None => {
                let combination = builder.shared_row(|| input.row())?;
                let (output, value) = quintic(builder, combination, input.value())?;
                Linear::variable(output, value)
            }
        });
    }
    Ok(outputs)
}

/// `x^5`. 3 constraints.
fn quintic(builder: &mut Builder, x: Variable, value: Option<Fr>) -> Result<(Variable, Option<Fr>)> {
    let square_value = value.map(|x| x.square());
    let cube_value = value.zip(square_value).map(|(x, x2)| x * x2);
    let fifth_value = square_value.zip(cube_value).map(|(x2, x3)| x2 * x3);
    let square = builder.witness_variable(square_value)?;
    builder.enforce_rows(x, x, square)?;
    let cube = builder.witness_variable(cube_value)?;
    builder.enforce_rows(square, x, cube)?;
    let fifth = builder.witness_variable(fifth_value)?;
    builder.enforce_rows(square, cube, fifth)?;
    Ok((fifth, fifth_value))
}

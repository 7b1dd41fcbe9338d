//! Round constants and matrix to the recurrence of the partial rounds.
//!
//! Write the matrix as `m v / w N`: a number, a row, a column, a matrix of d = t - 1. What is added to the elements that
//! pass no S-box is moved through the linear layers to the end. Let q_i be the first element before round i, c_i what is
//! then added to it, p_i = q_i + c_i, s_i = p_i⁵, and x the d others at the beginning. Then
//! `q_{i+1} = v Nⁱ x + Σ_{j ≤ i} h_{i-j} s_j` with `h_0 = m`, `h_k = v N^{k-1} w`. With N^d = Σ a_k N^{d-k},
//! `q_{i+1} = Σ_{k=1..d} a_k q_{i+1-k} + Σ_{k=0..d} b_k s_{i-k}`, where `b_k = h_k - Σ_{j=1..k} a_j h_{k-j}`,
//! if the values before the first are `q_{1-k} = v N^{-k} x` and `s = 0`.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::matrix::{Matrix, inner};

/// A linear layer with what is added after it.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// By rows; each has as many factors as the layer has inputs.
    pub(super) rows: Vec<Vec<Fr>>,
    pub(super) constants: Vec<Fr>,
}

/// The permutation. A history is the last d values of p, then the last d of s; the value of index i is at place i mod d of
/// its half. All are scaled: p_i stands for `α_i` times what is kept, s_i for `α_i⁵` times.
#[derive(Debug)]
pub(super) struct Recurrence {
    /// What is added before the first round.
    pub(super) start: Vec<Fr>,
    /// The full rounds' S-box on all elements, then the layer. After the last layer the first element is p_0, the others
    /// are the values before it from the newest: of index 0 (which is not p_0), -1, ….
    pub(super) first: Vec<Layer>,
    /// `p_{i+1}` is s_i, plus the history weighed with these factors, plus a constant. p_0 itself is not in the history.
    pub(super) partial: Vec<(Vec<Fr>, Fr)>,
    /// The first element of the state is the last p times this.
    pub(super) unscale: Fr,
    /// The other elements, from the history.
    pub(super) leave: Layer,
    /// The full rounds at the end.
    pub(super) last: Vec<Layer>,
}

impl Recurrence {
    pub(super) fn derive<const T: usize>(
        round_constants: &[[Fr; T]],
        mds: &[[Fr; T]; T],
        full_rounds: usize,
    ) -> Option<Self> {
        let (d, half) = (T.checked_sub(1).filter(|d| *d > 0)?, full_rounds / 2);
        let rounds = round_constants.len().checked_sub(full_rounds).filter(|rounds| *rounds >= T)?;
        if full_rounds % 2 == 1 || half == 0 {
            return None;
        }
        let middle = Middle::derive(mds)?;
        let (added, rest) = move_constants(&round_constants[half..=half + rounds], mds);
        let scales = Scales::new(mds[0][0], rounds)?;
        let place = |index: isize| index.rem_euclid(d.cast_signed()).unsigned_abs();
        // What was added to a value; nothing to those before the first.
        let added_to = |index: isize| if index < 1 { Fr::ZERO } else { added[index.unsigned_abs()] };

        let mut partial = Vec::with_capacity(rounds);
        for i in 0..rounds {
            let (mut factors, mut constant) = (vec![Fr::ZERO; 2 * d], added[i + 1]);
            for k in 1..=d {
                let (p, s) = ((i + 1).cast_signed() - k.cast_signed(), i.cast_signed() - k.cast_signed());
                factors[place(p)] = middle.a[k - 1] * scales.of_p(p) * scales.inverse[i + 1];
                factors[d + place(s)] = middle.b[k] * scales.of_s(s) * scales.inverse[i + 1];
                constant -= middle.a[k - 1] * added_to(p);
            }
            partial.push((factors, constant * scales.inverse[i + 1]));
        }

        let mut leave = Layer { rows: vec![vec![Fr::ZERO; 2 * d]; d], constants: rest };
        for back in 0..d {
            let (p, s) = (rounds.cast_signed() - back.cast_signed(), rounds.cast_signed() - 1 - back.cast_signed());
            let (from_p, from_s) =
                (middle.state_from(back, Fr::ONE, Fr::ZERO), middle.state_from(back, Fr::ZERO, Fr::ONE));
            for (k, (row, constant)) in leave.rows.iter_mut().zip(&mut leave.constants).enumerate() {
                row[place(p)] = from_p[k] * scales.of_p(p);
                row[d + place(s)] = from_s[k] * scales.of_s(s);
                *constant -= from_p[k] * added_to(p);
            }
        }

        let layer = |constants: &[Fr; T]| Layer {
            rows: mds.iter().map(|row| row.to_vec()).collect(),
            constants: constants.to_vec(),
        };
        let mut first: Vec<Layer> = round_constants[1..half].iter().map(layer).collect();
        first.push(middle.enter(mds, added[0]));
        let mut last: Vec<Layer> = round_constants[half + rounds + 1..].iter().map(layer).collect();
        last.push(layer(&[Fr::ZERO; T]));
        let unscale = scales.of_p(rounds.cast_signed());
        Some(Self { start: round_constants[0].to_vec(), first, partial, unscale, leave, last })
    }
}

/// What is added to the first element before each partial round and the full round after them, and what is added there to
/// the others.
fn move_constants<const T: usize>(constants: &[[Fr; T]], mds: &[[Fr; T]; T]) -> (Vec<Fr>, Vec<Fr>) {
    let mut moved = [Fr::ZERO; T];
    let mut added = Vec::with_capacity(constants.len());
    for constants in constants {
        let before = moved;
        for ((moved, constant), row) in moved.iter_mut().zip(constants).zip(mds) {
            // The first element's constant does not go through the layer.
            *moved = *constant + inner(&row[1..], &before[1..]);
        }
        added.push(moved[0]);
    }
    (added, moved[1..].to_vec())
}

/// The recurrence, without constants and scales.
struct Middle {
    /// `a_1, …, a_d`.
    a: Vec<Fr>,
    /// `b_0, …, b_d`.
    b: Vec<Fr>,
    v: Vec<Fr>,
    inverse_n: Matrix,
    /// From the values that come next if all further s are 0 to the state's elements but the first.
    state: Matrix,
}

impl Middle {
    fn derive<const T: usize>(mds: &[[Fr; T]; T]) -> Option<Self> {
        let d = T - 1;
        let (m, v) = (mds[0][0], mds[0][1..].to_vec());
        let w: Vec<Fr> = mds[1..].iter().map(|row| row[0]).collect();
        let n = Matrix(mds[1..].iter().map(|row| row[1..].to_vec()).collect());
        // v, v N, …, v N^d.
        let mut powers = vec![v.clone()];
        for k in 0..d {
            powers.push(n.apply_to_row(&powers[k]));
        }
        let state = Matrix(powers[..d].to_vec()).inverse()?;
        let mut a = state.apply_to_row(&powers[d]);
        a.reverse();
        let h: Vec<Fr> = std::iter::once(m).chain(powers.iter().map(|row| inner(row, &w))).collect();
        let b = (0..=d).map(|k| h[k] - (1..=k).map(|j| a[j - 1] * h[k - j]).sum::<Fr>()).collect();
        Some(Self { a, b, v, inverse_n: n.inverse()?, state })
    }

    /// The last full round's layer before the partial rounds.
    fn enter<const T: usize>(&self, mds: &[[Fr; T]; T], first_constant: Fr) -> Layer {
        let others = Matrix(mds[1..].iter().map(|row| row.to_vec()).collect());
        let mut rows = vec![mds[0].to_vec()];
        let mut row = self.v.clone();
        for _ in 1..T {
            row = self.inverse_n.apply_to_row(&row);
            let mut combined = vec![Fr::ZERO; T];
            for (factor, line) in row.iter().zip(&others.0) {
                combined.iter_mut().zip(line).for_each(|(sum, entry)| *sum += *factor * entry);
            }
            rows.push(combined);
        }
        let constants = std::iter::once(first_constant).chain(vec![Fr::ZERO; T - 1]).collect();
        Layer { rows, constants }
    }

    /// The part of the state after the last round that comes from the value q and from the result s of so many rounds back
    /// (0 for the last of each).
    fn state_from(&self, back: usize, q: Fr, s: Fr) -> Vec<Fr> {
        let d = self.a.len();
        let mut next: Vec<Fr> = Vec::with_capacity(d);
        for ahead in 0..d {
            // The next value but so many is made of those that come before it, and of what is back - ahead further away.
            let known: Fr = (1..=ahead).map(|k| self.a[k - 1] * next[ahead - k]).sum();
            let k = ahead + back + 1;
            let old = if k <= d { self.a[k - 1] * q + self.b[k] * s } else { Fr::ZERO };
            next.push(known + old);
        }
        self.state.apply(&next)
    }
}

/// The numbers by which values are divided: each result of the S-box then has the factor 1 in the next value.
struct Scales {
    scales: Vec<Fr>,
    inverse: Vec<Fr>,
}

impl Scales {
    fn new(m: Fr, rounds: usize) -> Option<Self> {
        let series = |m: Fr| -> Vec<Fr> {
            std::iter::successors(Some(Fr::ONE), |scale| Some(m * fifth(*scale))).take(rounds + 1).collect()
        };
        Some(Self { scales: series(m), inverse: series(m.inverse()?) })
    }

    fn of_p(&self, index: isize) -> Fr {
        usize::try_from(index).map_or(Fr::ONE, |index| self.scales[index])
    }

    fn of_s(&self, index: isize) -> Fr {
        fifth(self.of_p(index))
    }
}

fn fifth(x: Fr) -> Fr {
    x.square().square() * x
}

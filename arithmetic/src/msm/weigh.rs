//! From the sum of each bucket to `Σ j Bⱼ`.

use ark_ec::short_weierstrass::Projective;
use ark_ff::AdditiveGroup;

use super::add::{Point, Signed};
use super::curve::Curve;
use super::digits::Sorted;
use super::sum::sum_by_key;
use crate::backend::Backend;

/// Sums to be weighed: `2^exponent Σ j Bⱼ`, with `j` from zero.
#[derive(Debug)]
pub(super) struct Weighed<B: Backend, G: Curve> {
    pub(super) exponent: u32,
    pub(super) sums: Vec<Point<B, G>>,
}

/// So few sums are weighed one after the other.
const FEW: usize = 9;

/// The total of all.
pub(super) fn weigh<B: Backend, G: Curve>(backend: B, mut sets: Vec<Weighed<B, G>>) -> Projective<G::Config> {
    while sets.iter().any(|set| set.sums.len() > FEW) {
        sets = halve(backend, sets);
    }
    sets.sort_by_key(|set| std::cmp::Reverse(set.exponent));
    let mut total = Projective::<G::Config>::ZERO;
    let mut exponent = sets.first().map_or(0, |set| set.exponent);
    for set in sets {
        while exponent > set.exponent {
            total.double_in_place();
            exponent -= 1;
        }
        total += running_sum(backend, &set.sums);
    }
    while exponent > 0 {
        total.double_in_place();
        exponent -= 1;
    }
    total
}

/// The first step of [`weigh`] for one set, so that the sums of many sets need not be kept beside each other.
pub(super) fn weigh_first<B: Backend, G: Curve>(backend: B, set: Weighed<B, G>) -> Vec<Weighed<B, G>> {
    if set.sums.len() > FEW { halve(backend, vec![set]) } else { vec![set] }
}

/// With `j = a 2^h + b`: the sums over all `b`, which weigh `a` at `2^h` times the set's factor, and the sums over all
/// `a`, which weigh `b`.
fn halve<B: Backend, G: Curve>(backend: B, sets: Vec<Weighed<B, G>>) -> Vec<Weighed<B, G>> {
    let mut shapes = Vec::with_capacity(sets.len());
    let mut bases = Vec::with_capacity(sets.iter().map(|set| set.sums.len()).sum());
    let mut sorted = Sorted { entries: Vec::new(), ends: Vec::new() };
    for set in sets {
        let columns_log = set.sums.len().ilog2().div_ceil(2);
        let columns = 1 << columns_log;
        let rows = set.sums.len().div_ceil(columns);
        let start = bases.len();
        let finite: Vec<bool> = set.sums.iter().map(|sum| !sum.is_infinity()).collect();
        bases.extend(set.sums);
        let mut list = |indices: &mut dyn Iterator<Item = usize>| {
            let finite = indices.filter(|&index| finite[index]);
            sorted.entries.extend(finite.map(|index| ((start + index) as Signed) << 1));
            sorted.ends.push(sorted.entries.len() as u32);
        };
        // What has weight zero is left out.
        list(&mut std::iter::empty());
        for row in 1..rows {
            list(&mut (row * columns..finite.len().min((row + 1) * columns)));
        }
        list(&mut std::iter::empty());
        for column in 1..columns {
            list(&mut (column..finite.len()).step_by(columns));
        }
        shapes.push((set.exponent, columns_log, rows, columns));
    }
    let mut sums = sum_by_key(backend, &bases, &sorted).into_iter();
    let mut halves = Vec::with_capacity(2 * shapes.len());
    for (exponent, columns_log, rows, columns) in shapes {
        halves.push(Weighed { exponent: exponent + columns_log, sums: sums.by_ref().take(rows).collect() });
        halves.push(Weighed { exponent, sums: sums.by_ref().take(columns).collect() });
    }
    halves
}

/// `Σ j Bⱼ`: the sum of all sums from `j` upwards.
fn running_sum<B: Backend, G: Curve>(backend: B, sums: &[Point<B, G>]) -> Projective<G::Config> {
    let mut running = Projective::<G::Config>::ZERO;
    let mut total = Projective::<G::Config>::ZERO;
    for sum in sums.iter().skip(1).rev() {
        running += sum.unpack(backend);
        total += running;
    }
    total
}

//! The sums of many independent lists of points.

use rayon::prelude::*;

use super::add::{AddPairs, Addition, Operands, Point, Signed};
use super::curve::Curve;
use super::digits::Sorted;
use crate::backend::Backend;
use crate::lanes::LANES;

/// How many points are summed at once at most: enough that the inversions of the rounds do not matter, few enough that
/// the sums stay in the cache.
pub(super) const LARGEST_SEGMENT: usize = 1 << 14;
/// Below this many points another thread is not worth its inversions.
const SMALLEST_SEGMENT: usize = 1 << 11;

/// The sum of the points under each key. No point of `bases` that is named may be infinity; sums may be.
pub(super) fn sum_by_key<B: Backend, G: Curve>(backend: B, bases: &[Point<B, G>], sorted: &Sorted) -> Vec<Point<B, G>> {
    let mut sums = vec![Point::infinity(backend); sorted.ends.len()];
    let segments = cut(sorted);
    let pieces: Vec<Vec<Point<B, G>>> = segments
        .par_iter()
        .map_init(Scratch::default, |scratch, segment| scratch.sum(backend, bases, &sorted.entries, segment))
        .collect();

    // A key at the border of two segments has several pieces.
    let mut several = Sorted { entries: Vec::new(), ends: Vec::new() };
    let mut shared = Vec::new();
    let mut keys: Vec<u32> = Vec::new();
    let mut pieces = segments.iter().zip(&pieces).flat_map(|(segment, sums)| segment.runs.iter().zip(sums)).peekable();
    while let Some((run, piece)) = pieces.next() {
        let again = pieces.peek().is_some_and(|(next, _)| next.key == run.key);
        if again || keys.last() == Some(&run.key) {
            if keys.last() != Some(&run.key) {
                keys.push(run.key);
                several.ends.push(several.entries.len() as u32);
            }
            // An infinite piece adds nothing.
            if !piece.is_infinity() {
                several.entries.push((shared.len() as Signed) << 1);
                shared.push(*piece);
            }
            if let Some(end) = several.ends.last_mut() {
                *end = several.entries.len() as u32;
            }
        } else {
            sums[run.key as usize] = *piece;
        }
    }
    if !keys.is_empty() {
        for (key, sum) in keys.iter().zip(sum_by_key(backend, &shared, &several)) {
            sums[*key as usize] = sum;
        }
    }
    sums
}

/// Doubles each point so many times. None may be infinity.
pub(super) fn double_times<B: Backend, G: Curve>(backend: B, points: &mut [Point<B, G>], times: u32) {
    let mut additions: Vec<Addition> =
        (0..points.len() as u32).map(|i| Addition { first: i << 1, second: i << 1, sum: i }).collect();
    let Some(&last) = additions.last() else { return };
    additions.resize(additions.len().next_multiple_of(LANES), last);
    let mut products = Vec::new();
    for _ in 0..times {
        let products = &mut products;
        AddPairs { operands: Operands::Sums, additions: &additions, sums: points, products, checked: true }
            .run_on(backend);
    }
}

/// Consecutive entries of one key.
#[derive(Debug)]
struct Run {
    key: u32,
    length: u32,
}

/// Consecutive entries that are summed together.
#[derive(Debug)]
struct Segment {
    start: usize,
    runs: Vec<Run>,
}

fn cut(sorted: &Sorted) -> Vec<Segment> {
    let target = (sorted.entries.len() / (4 * rayon::current_num_threads())).clamp(SMALLEST_SEGMENT, LARGEST_SEGMENT);
    let mut segments = Vec::with_capacity(sorted.entries.len() / target + 1);
    let mut segment = Segment { start: 0, runs: Vec::new() };
    let mut room = target;
    let mut position = 0;
    for (key, &end) in sorted.ends.iter().enumerate() {
        while position < end as usize {
            let length = room.min(end as usize - position);
            segment.runs.push(Run { key: key as u32, length: length as u32 });
            position += length;
            room -= length;
            if room == 0 {
                segments.push(std::mem::replace(&mut segment, Segment { start: position, runs: Vec::new() }));
                room = target;
            }
        }
    }
    if !segment.runs.is_empty() {
        segments.push(segment);
    }
    segments
}

/// Memory that one thread uses for segment after segment.
struct Scratch<B: Backend, G: Curve> {
    additions: Vec<Addition>,
    sums: Vec<Point<B, G>>,
    products: Vec<G::Lanes<B>>,
}

impl<B: Backend, G: Curve> Default for Scratch<B, G> {
    fn default() -> Self {
        Self { additions: Vec::new(), sums: Vec::new(), products: Vec::new() }
    }
}

impl<B: Backend, G: Curve> Scratch<B, G> {
    /// The sum of each run.
    fn sum(&mut self, backend: B, bases: &[Point<B, G>], entries: &[Signed], segment: &Segment) -> Vec<Point<B, G>> {
        let places = segment.runs.iter().map(|run| run.length.div_ceil(2) as usize).sum();
        self.sums.resize(places, Point::infinity(backend));
        self.additions.clear();
        // Points alone in their pair are carried over; the sign is applied by adding nothing, below.
        let mut single = Vec::new();
        let mut place = 0;
        let mut rest = &entries[segment.start..];
        for run in &segment.runs {
            let (run, after) = rest.split_at(run.length as usize);
            rest = after;
            let (pairs, odd) = run.as_chunks::<2>();
            for &[first, second] in pairs {
                self.additions.push(Addition { first, second, sum: place });
                place += 1;
            }
            if let [entry] = odd {
                single.push((*entry, place));
                place += 1;
            }
        }
        for (entry, place) in single {
            let point = bases[entry as usize >> 1];
            self.sums[place as usize] = if entry & 1 == 1 { point.negated(backend) } else { point };
        }
        let mut checked = self.add(backend, Operands::Bases(bases), false);

        // Now run by run the sums of pairs; each round halves them in place.
        let mut stride = 1;
        loop {
            self.additions.clear();
            let mut start = 0;
            for run in &segment.runs {
                let length = run.length.div_ceil(2);
                let mut offset = 0;
                while offset + stride < length {
                    let first = start + offset;
                    self.additions.push(Addition { first: first << 1, second: (first + stride) << 1, sum: first });
                    offset += 2 * stride;
                }
                start += length;
            }
            if self.additions.is_empty() {
                break;
            }
            checked = self.add(backend, Operands::Sums, checked);
            stride *= 2;
        }

        let mut start = 0;
        let mut results = Vec::with_capacity(segment.runs.len());
        for run in &segment.runs {
            results.push(self.sums[start as usize]);
            start += run.length.div_ceil(2);
        }
        results
    }

    /// One round. Returns whether later rounds must be checked: infinity may have come up.
    fn add(&mut self, backend: B, operands: Operands<'_, B, G>, checked: bool) -> bool {
        let Some(&last) = self.additions.last() else { return checked };
        // The same addition twice in one group of eight gives the same sum twice.
        let full = self.additions.len().next_multiple_of(LANES);
        self.additions.resize(full, last);
        let mut round = |checked| {
            let Self { additions, sums, products } = self;
            AddPairs { operands, additions, sums, products, checked }.run_on(backend)
        };
        if checked || !round(false) { round(true) } else { false }
    }
}

//! From `m·B` to m: discrete logarithms of bounded results, by baby steps and giant steps. Totals are public, so nothing
//! here is constant time.

use std::collections::HashMap;

use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::Identity,
};
use tabella_protocol::ristretto::Element;
use thiserror::Error;

/// The bound is above 2^40.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("results up to 2^40 can be found, and {0} is more")]
pub struct BoundTooHigh(pub u64);

/// An element is no `m·B` with m up to the bound.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no result from 0 to {bound} fits element {index}")]
pub struct NoSuchResult {
    /// Which element, from 0.
    pub index: usize,
    /// The bound.
    pub bound: u64,
}

/// A table of baby steps for results from 0 to a bound: about its square root of entries (2^20 for the highest bound).
/// Any number of look-ups share it.
#[derive(Clone, Debug)]
pub struct DiscreteLogTable {
    bound: u64,
    steps: u64,
    /// The first 16 bytes of the encoding of `j·B`, for j below `steps`.
    baby: HashMap<[u8; 16], u32>,
    /// `-(steps/2)·B`, in halves like all points here.
    giant: RistrettoPoint,
}

/// The greatest bound.
pub const MAX_BOUND: u64 = 1 << 40;
const BATCH: u64 = 256;

impl DiscreteLogTable {
    /// Computes the table.
    ///
    /// # Errors
    /// [`BoundTooHigh`].
    pub fn new(bound: u64) -> Result<Self, BoundTooHigh> {
        if bound > MAX_BOUND {
            return Err(BoundTooHigh(bound));
        }
        let root = (bound + 1).isqrt();
        let steps = if root * root == bound + 1 { root } else { root + 1 };
        // Encoding many doubled points shares one inversion, so half of each point is kept: 2·(j/2)·B = j·B.
        let half = RistrettoPoint::mul_base(&half_of(&Scalar::ONE));
        let mut baby = HashMap::with_capacity(usize::try_from(steps).unwrap_or_default());
        let mut point = RistrettoPoint::identity();
        let mut next = 0_u32;
        while u64::from(next) < steps {
            let size = BATCH.min(steps - u64::from(next));
            for encoding in encodings(&mut point, &half, size) {
                baby.insert(prefix(&encoding), next);
                next += 1;
            }
        }
        let giant = -RistrettoPoint::mul_base(&half_of(&Scalar::from(steps)));
        Ok(Self { bound, steps, baby, giant })
    }

    /// The greatest result that is found.
    #[must_use]
    pub const fn bound(&self) -> u64 {
        self.bound
    }

    /// m with `element = m·B` and `0 <= m <= bound`; `None` if there is none.
    #[must_use]
    pub fn solve(&self, element: &Element) -> Option<u64> {
        let mut point = element.point() * half_of(&Scalar::ONE);
        let giants = self.bound / self.steps + 1;
        let mut done = 0;
        while done < giants {
            let size = BATCH.min(giants - done);
            for (offset, encoding) in (done..).zip(encodings(&mut point, &self.giant, size)) {
                if let Some(baby) = self.baby.get(&prefix(&encoding)) {
                    let result = offset * self.steps + u64::from(*baby);
                    // The table keeps half of each encoding; the whole is compared here.
                    let found = RistrettoPoint::mul_base(&Scalar::from(result)) == *element.point();
                    if found && result <= self.bound {
                        return Some(result);
                    }
                }
            }
            done += size;
        }
        None
    }

    /// The results of several elements.
    ///
    /// # Errors
    /// [`NoSuchResult`], naming the first element without one.
    pub fn solve_all(&self, elements: &[Element]) -> Result<Vec<u64>, NoSuchResult> {
        elements
            .iter()
            .enumerate()
            .map(|(index, element)| self.solve(element).ok_or(NoSuchResult { index, bound: self.bound }))
            .collect()
    }
}

fn half_of(scalar: &Scalar) -> Scalar {
    scalar * Scalar::from(2_u64).invert()
}

fn prefix(encoding: &CompressedRistretto) -> [u8; 16] {
    let mut prefix = [0; 16];
    prefix.copy_from_slice(&encoding.as_bytes()[..16]);
    prefix
}

/// The encodings of twice `point`, `point + step`, … (`size` of them); moves `point` beyond the last one.
fn encodings(point: &mut RistrettoPoint, step: &RistrettoPoint, size: u64) -> Vec<CompressedRistretto> {
    let points: Vec<_> = (0..size)
        .map(|_| {
            let present = *point;
            *point += step;
            present
        })
        .collect();
    RistrettoPoint::double_and_compress_batch(&points)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element(result: u64) -> Element {
        Element::new(RistrettoPoint::mul_base(&Scalar::from(result)))
    }

    #[test]
    fn every_result_up_to_a_small_bound_is_found_and_none_above() {
        for bound in [0, 1, 2, 3, 8, 9, 10, 99, 1000] {
            let table = DiscreteLogTable::new(bound).unwrap();
            assert!(table.baby.len() as u64 <= bound.isqrt() + 1, "small bounds have small tables");
            for result in 0..=bound {
                assert_eq!(table.solve(&element(result)), Some(result), "of {bound}");
            }
            for result in bound + 1..bound + 50 {
                assert_eq!(table.solve(&element(result)), None, "of {bound}");
            }
        }
    }

    #[test]
    fn negative_result_is_not_found() {
        let table = DiscreteLogTable::new(10_000).unwrap();
        assert_eq!(table.solve(&Element::new(-element(1).point())), None);
        let elements = [element(7), Element::new(-element(7).point())];
        assert_eq!(table.solve_all(&elements), Err(NoSuchResult { index: 1, bound: 10_000 }));
        assert_eq!(table.solve_all(&[element(7), element(0), element(10_000)]), Ok(vec![7, 0, 10_000]));
    }

    #[test]
    fn bound_above_the_limit_is_refused() {
        assert_eq!(DiscreteLogTable::new(MAX_BOUND + 1).unwrap_err(), BoundTooHigh(MAX_BOUND + 1));
    }

    #[test]
    fn greatest_bound_finds_its_greatest_result() {
        let table = DiscreteLogTable::new(MAX_BOUND).unwrap();
        for result in [0, 1, (1 << 20) - 1, 1 << 20, 123_456_789_012, MAX_BOUND] {
            assert_eq!(table.solve(&element(result)), Some(result));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn results_are_found_under_any_bound((bound, result) in (0_u64..1 << 24).prop_flat_map(|b| (Just(b), 0..=b))) {
            prop_assert_eq!(DiscreteLogTable::new(bound).unwrap().solve(&element(result)), Some(result));
        }
    }
}

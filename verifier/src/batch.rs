//! What batches of proofs and of signatures have in common.

use thiserror::Error;

/// Some members of a batch are invalid; all others are valid.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid members of the batch: {culprits:?}")]
pub struct BatchError {
    /// The indices of all invalid members, in the order of pushing, ascending and never empty.
    pub culprits: Vec<usize>,
}

/// Finds the invalid members of `start..end`, a range whose joint equation is known not to hold.
///
/// `holds` is the joint equation of a range, `valid` the equation of one member alone, so that nobody is accused by chance.
pub(crate) fn bisect(
    start: usize,
    end: usize,
    holds: &mut impl FnMut(std::ops::Range<usize>) -> bool,
    valid: &mut impl FnMut(usize) -> bool,
    culprits: &mut Vec<usize>,
) {
    if end - start <= 1 {
        culprits.extend((start..end).filter(|&member| !valid(member)));
        return;
    }
    let middle = start + (end - start) / 2;
    let left_holds = holds(start..middle);
    if !left_holds {
        bisect(start, middle, holds, valid, culprits);
    }
    // When the left half holds, the fault is in the right half: its equation needs no evaluation.
    if left_holds || !holds(middle..end) {
        bisect(middle, end, holds, valid, culprits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_culprit_is_found_wherever_it_stands() {
        for size in 1..9usize {
            for set in 1u32..1 << size {
                let bad: Vec<usize> = (0..size).filter(|i| set >> i & 1 == 1).collect();
                let mut found = Vec::new();
                bisect(
                    0,
                    size,
                    &mut |r| r.into_iter().all(|i| !bad.contains(&i)),
                    &mut |i| !bad.contains(&i),
                    &mut found,
                );
                assert_eq!(found, bad);
            }
        }
    }
}

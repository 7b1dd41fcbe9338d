//! A value from `v·B`, where whoever masked it has lied: baby steps and giant steps.

use std::collections::HashMap;

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT,
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
};

/// Most bits: a table of 2^22 entries, some 300 MB, and a minute or so.
const MAX_BITS: u32 = 44;

/// The v below 2^bits with `v·B` = point; not in constant time, since what it depends on is an attack by somebody else.
pub(crate) fn find_value(point: &RistrettoPoint, bits: u32) -> Option<u64> {
    let half = bits.min(MAX_BITS).div_ceil(2);
    let steps = 1_u64 << half;
    let mut table: HashMap<CompressedRistretto, u64> = HashMap::new();
    let mut baby = Scalar::ZERO * RISTRETTO_BASEPOINT_POINT;
    for step in 0..steps {
        table.insert(baby.compress(), step);
        baby += RISTRETTO_BASEPOINT_POINT;
    }
    // `baby` is 2^half·B now.
    let mut rest = *point;
    for giant in 0..steps {
        if let Some(step) = table.get(&rest.compress()) {
            return Some((giant << half) + step);
        }
        rest -= baby;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_up_to_the_bound_and_not_beyond() {
        for value in [0, 1, 255, 256, 65_535] {
            let point = Scalar::from(value) * RISTRETTO_BASEPOINT_POINT;
            assert_eq!(find_value(&point, 16), Some(value));
        }
        assert_eq!(find_value(&(Scalar::from(65_536_u64) * RISTRETTO_BASEPOINT_POINT), 16), None);
        assert_eq!(find_value(&-RISTRETTO_BASEPOINT_POINT, 16), None);
    }
}

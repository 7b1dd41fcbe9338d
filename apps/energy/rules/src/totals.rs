//! What the meters of an interval add up to: found by all collectors together, and by nobody else.

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity as _};

use crate::reading::{Flow, Opening, Reading};

/// The readings of an interval, added up as far as they are hidden, and what the collectors have told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    readings: u32,
    /// How many were taken out again.
    left_out: u32,
    /// Of how many of these the energy was minted before.
    left_out_minted: u32,
    /// Of each flow, what is in clear.
    rest: [Opening; 2],
    /// Of each collector and each flow, the sum of the commitments.
    shares: Vec<[RistrettoPoint; 2]>,
    /// Of each collector and each flow, its opening.
    subtotals: Vec<Option<[Opening; 2]>>,
}

impl Totals {
    /// Of no reading, for so many collectors.
    #[must_use]
    pub fn new(collectors: usize) -> Self {
        Self {
            readings: 0,
            left_out: 0,
            left_out_minted: 0,
            rest: [Opening::ZERO; 2],
            shares: vec![[RistrettoPoint::identity(); 2]; collectors],
            subtotals: vec![None; collectors],
        }
    }

    /// How many readings there are.
    #[must_use]
    pub const fn readings(&self) -> u32 {
        self.readings
    }

    /// How many readings were taken out again.
    #[must_use]
    pub const fn left_out(&self) -> u32 {
        self.left_out
    }

    /// Of how many of these a note was made before: what is minted stays minted.
    #[must_use]
    pub const fn left_out_minted(&self) -> u32 {
        self.left_out_minted
    }

    /// Adds a reading, which has a share for each collector.
    pub(crate) fn add(&mut self, reading: &Reading) {
        self.readings = self.readings.saturating_add(1);
        self.count(reading, true);
    }

    /// Takes out a reading that was added. A meter that is stopped mints no more, so that whether it was minted stays as it is.
    pub(crate) fn leave_out(&mut self, reading: &Reading, is_minted: bool) {
        self.readings = self.readings.saturating_sub(1);
        self.left_out = self.left_out.saturating_add(1);
        self.left_out_minted = self.left_out_minted.saturating_add(u32::from(is_minted));
        self.count(reading, false);
    }

    fn count(&mut self, reading: &Reading, is_in: bool) {
        for (index, (flow, rest)) in Flow::BOTH.into_iter().zip(&mut self.rest).enumerate() {
            let register = reading.register(flow);
            *rest = rest.plus(&if is_in { register.rest } else { register.rest.negated() });
            for (sums, share) in self.shares.iter_mut().zip(&register.shares) {
                let Some(sum) = sums.get_mut(index) else { continue };
                if is_in {
                    *sum += share.point();
                } else {
                    *sum -= share.point();
                }
            }
        }
    }

    /// Whether these are the sums of a collector's shares, of both flows.
    #[must_use]
    pub fn is_opened_by(&self, collector: usize, sums: &[Opening; 2]) -> bool {
        self.shares
            .get(collector)
            .is_some_and(|shares| shares.iter().zip(sums).all(|(share, opening)| opening.point() == *share))
    }

    /// Whether a collector has told its sums.
    #[must_use]
    pub fn is_told(&self, collector: usize) -> bool {
        self.subtotals.get(collector).is_some_and(Option::is_some)
    }

    /// Keeps the sums of a collector that were checked.
    pub(crate) fn tell(&mut self, collector: usize, sums: [Opening; 2]) {
        if let Some(subtotal) = self.subtotals.get_mut(collector) {
            *subtotal = Some(sums);
        }
    }

    /// What was produced and what was consumed, in Wh, as soon as all collectors have told their sums. `None` besides of
    /// 2^64 Wh or more, which no fewer than 2^24 meters reach.
    ///
    /// Each subtotal opens the sum of its commitments, and the rest is in clear. So the result opens the sum of the P of all
    /// readings. That a meter's shares are not chosen to cancel those of others is each collector's to see: it signs no sums but of
    /// shares that it has opened one by one.
    #[must_use]
    pub fn total(&self) -> Option<[u64; 2]> {
        let sum = |index: usize| {
            let rest = self.rest.get(index)?.value.0;
            let values = self.subtotals.iter().map(|told| Some(told.as_ref()?.get(index)?.value.0));
            small(values.sum::<Option<Scalar>>()? + rest)
        };
        Some([sum(0)?, sum(1)?])
    }
}

/// A scalar below 2^64.
fn small(scalar: Scalar) -> Option<u64> {
    let (low, high) = scalar.as_bytes().split_at_checked(8)?;
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    Some(u64::from_le_bytes(low.try_into().ok()?))
}

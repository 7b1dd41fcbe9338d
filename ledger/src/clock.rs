//! Time of blocks: never decreases, and within a minute of the clock of whoever signs. Spec § 9.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use tabella_protocol::note::Timestamp;
use thiserror::Error;

/// How far a block's time may be from the signer's clock, in seconds.
pub const TOLERANCE: u64 = 60;

/// Tells the time.
pub trait Clock {
    /// The present time, in whole seconds.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 or beyond 2^40 seconds is wrong; at either end it is too far from any honest block's time.
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Timestamp::new(seconds).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands still until it is moved: for rehearsals, which run days of an election in a minute.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `time`.
    #[must_use]
    pub const fn new(time: Timestamp) -> Self {
        Self(AtomicU64::new(time.seconds()))
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.seconds(), Ordering::SeqCst);
    }

    /// Moves the clock forwards, at most to [`Timestamp::MAX`].
    pub fn advance(&self, seconds: u64) {
        let last = Timestamp::MAX.seconds();
        let advance = |now: u64| Some(now.saturating_add(seconds).min(last));
        // The closure always gives a value, so the update cannot fail.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, advance);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// Why a block's time was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockTimeError {
    /// Earlier than the block before.
    #[error("the block's time {} is before the last block's {}", time.seconds(), last.seconds())]
    Decreases {
        /// The last block's time.
        last: Timestamp,
        /// The block's time.
        time: Timestamp,
    },
    /// More than [`TOLERANCE`] seconds from the clock.
    #[error("the block's time {} is more than {TOLERANCE} s from this computer's clock, which shows {}", time.seconds(), now.seconds())]
    FarFromClock {
        /// The block's time.
        time: Timestamp,
        /// The clock's time.
        now: Timestamp,
    },
}

/// Checks a block's time against the last block and the signer's clock.
///
/// # Errors
/// [`BlockTimeError`], one variant for each rule.
pub fn check_block_time(last: Timestamp, time: Timestamp, clock: &dyn Clock) -> Result<(), BlockTimeError> {
    if time < last {
        return Err(BlockTimeError::Decreases { last, time });
    }
    let now = clock.now();
    if time.seconds().abs_diff(now.seconds()) > TOLERANCE {
        return Err(BlockTimeError::FarFromClock { time, now });
    }
    Ok(())
}

/// The time for a block made now: the clock's, or the last block's while the clock is slightly behind it.
///
/// # Errors
/// [`BlockTimeError::FarFromClock`] when the clock is more than [`TOLERANCE`] seconds behind the last block.
pub fn next_block_time(last: Timestamp, clock: &dyn Clock) -> Result<Timestamp, BlockTimeError> {
    let time = clock.now().max(last);
    check_block_time(last, time, clock)?;
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    #[test]
    fn block_time_never_decreases() {
        let clock = ManualClock::new(at(1_000));
        let refused = BlockTimeError::Decreases { last: at(1_000), time: at(999) };
        assert_eq!(check_block_time(at(1_000), at(999), &clock), Err(refused));
        assert_eq!(check_block_time(at(1_000), at(1_000), &clock), Ok(()));
    }

    #[test]
    fn block_time_is_within_a_minute_of_the_clock() {
        let clock = ManualClock::new(at(1_000));
        for (time, accepted) in [(939, false), (940, true), (1_060, true), (1_061, false)] {
            let refused = BlockTimeError::FarFromClock { time: at(time), now: at(1_000) };
            let expected = if accepted { Ok(()) } else { Err(refused) };
            assert_eq!(check_block_time(Timestamp::ZERO, at(time), &clock), expected);
        }
    }

    #[test]
    fn next_time_waits_for_a_clock_that_went_back_a_little_and_refuses_one_that_went_back_far() {
        let clock = ManualClock::new(at(1_000));
        assert_eq!(next_block_time(at(900), &clock), Ok(at(1_000)));
        assert_eq!(next_block_time(at(1_030), &clock), Ok(at(1_030)));
        let refused = BlockTimeError::FarFromClock { time: at(1_100), now: at(1_000) };
        assert_eq!(next_block_time(at(1_100), &clock), Err(refused));
        clock.advance(60);
        assert_eq!(next_block_time(at(1_100), &clock), Ok(at(1_100)));
        clock.advance(u64::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }
}

//! What an exchange costs. Two rules of rounding, both against whoever asked for the other amount, and no unit is lost: what is
//! paid is the fee and what is exchanged; what is delivered is rounded down, the fee is rounded up.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::note::NoteValue;
use thiserror::Error;

/// Of how many parts a part is one basis point.
pub const WHOLE: u64 = 10_000;

/// How many smallest units of the one asset are given for how many of the other: exact, no floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rate {
    /// So many units are delivered,
    pub delivered: u64,
    /// for so many that are exchanged. Not 0.
    pub exchanged: u64,
}

/// What a provider asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Price {
    /// The rate.
    pub rate: Rate,
    /// A fee in any case, in smallest units of what is paid.
    pub fixed_fee: NoteValue,
    /// And so many basis points of what is paid, rounded up. Below 10,000.
    pub fee_points: u16,
}

/// An exchange at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Priced {
    /// What the sender pays in all.
    pub pay: NoteValue,
    /// How much of it is the fee.
    pub fee: NoteValue,
    /// What the receiver gets.
    pub deliver: NoteValue,
}

/// Why there is no such exchange.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PriceError {
    /// No rate.
    #[error("a rate gives at least one unit for at least one")]
    Rate,
    /// Everything is fee.
    #[error("a fee is below the whole: less than 10,000 basis points")]
    Fee,
    /// Nothing is left.
    #[error("so little is used up by the fee of {fee}, or by rounding: nothing would be delivered")]
    TooLittle {
        /// The fee.
        fee: u64,
    },
    /// More than there can be.
    #[error("so much is more than there can be of an asset")]
    TooMuch,
    /// No decimal number, or one that is no rate.
    #[error("a rate is a number above 0 as in 0.9137, with no more digits than the two assets allow")]
    Decimal,
}

impl Rate {
    /// The rate that people write as so many whole units of the one asset for one of the other, whose digits after the point are
    /// given: as a ratio of smallest units.
    ///
    /// # Errors
    /// [`PriceError::Decimal`].
    pub fn between(text: &str, pays: u8, receives: u8) -> Result<Self, PriceError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || text.ends_with('.') {
            return Err(PriceError::Decimal);
        }
        let rate = || {
            let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
            let power = |digits: usize| 10_u64.checked_pow(u32::try_from(digits).ok()?);
            let delivered = digits.checked_mul(power(receives.into())?)?;
            let exchanged = power(fraction.len())?.checked_mul(power(pays.into())?)?;
            let divisor = greatest_common_divisor(delivered, exchanged);
            (delivered > 0).then(|| Self { delivered: delivered / divisor, exchanged: exchanged / divisor })
        };
        rate().ok_or(PriceError::Decimal)
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Price {
    /// The exchange in which so much is paid in all.
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn paying(&self, pay: NoteValue) -> Result<Priced, PriceError> {
        self.check()?;
        let fee = self.fee(pay.0)?;
        let exchanged = pay.0.checked_sub(fee).ok_or(PriceError::TooLittle { fee })?;
        let delivered = u128::from(exchanged) * u128::from(self.rate.delivered) / u128::from(self.rate.exchanged);
        let deliver = u64::try_from(delivered).map_err(|_| PriceError::TooMuch)?;
        if deliver == 0 {
            return Err(PriceError::TooLittle { fee });
        }
        Ok(Priced { pay, fee: NoteValue(fee), deliver: NoteValue(deliver) })
    }

    /// The cheapest exchange that delivers so much: exactly so much is delivered.
    ///
    /// # Errors
    /// [`PriceError`].
    pub fn delivering(&self, deliver: NoteValue) -> Result<Priced, PriceError> {
        self.check()?;
        if deliver == NoteValue(0) {
            return Err(PriceError::TooLittle { fee: self.fixed_fee.0 });
        }
        let exchanged = (u128::from(deliver.0) * u128::from(self.rate.exchanged)).div_ceil(self.rate.delivered.into());
        let exchanged = u64::try_from(exchanged).map_err(|_| PriceError::TooMuch)?;
        // The least payment of which so much is left after the fee: found by halving, as what is left never falls when more is paid.
        let leaves = |pay: u64| self.fee(pay).ok().and_then(|fee| pay.checked_sub(fee)).unwrap_or(0);
        let (mut low, mut high) = (exchanged, u64::MAX);
        if leaves(high) < exchanged {
            return Err(PriceError::TooMuch);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if leaves(middle) >= exchanged { high = middle } else { low = middle + 1 }
        }
        let fee = self.fee(low)?;
        Ok(Priced { pay: NoteValue(low), fee: NoteValue(fee), deliver })
    }

    /// Whether an exchange is the one of this price: whichever amount was asked for.
    #[must_use]
    pub fn fits(&self, priced: &Priced) -> bool {
        self.paying(priced.pay) == Ok(*priced) || self.delivering(priced.deliver) == Ok(*priced)
    }

    const fn check(&self) -> Result<(), PriceError> {
        if self.rate.delivered == 0 || self.rate.exchanged == 0 {
            return Err(PriceError::Rate);
        }
        if self.fee_points as u64 >= WHOLE { Err(PriceError::Fee) } else { Ok(()) }
    }

    fn fee(&self, pay: u64) -> Result<u64, PriceError> {
        let share = (u128::from(pay) * u128::from(self.fee_points)).div_ceil(u128::from(WHOLE));
        let fee = u128::from(self.fixed_fee.0) + share;
        u64::try_from(fee).map_err(|_| PriceError::TooMuch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(delivered: u64, exchanged: u64, fixed: u64, points: u16) -> Price {
        Price { rate: Rate { delivered, exchanged }, fixed_fee: NoteValue(fixed), fee_points: points }
    }

    #[test]
    fn rate_between_whole_units_is_a_ratio_of_smallest_units() {
        let ratio = |text, pays, receives| {
            Rate::between(text, pays, receives).ok().map(|rate| (rate.delivered, rate.exchanged))
        };
        assert_eq!(ratio("1560", 2, 0), Some((78, 5)));
        assert_eq!(ratio("0.9137", 2, 2), Some((9_137, 10_000)));
        assert_eq!(ratio("0.00064", 0, 2), Some((8, 125)));
        for text in ["", "0", "0.0", ".5", "1.", "1,5", "-1", "1e3", "99999999999999999999"] {
            assert_eq!(ratio(text, 2, 0), None, "{text}");
        }
    }

    #[test]
    fn fee_is_rounded_up_and_delivery_down() {
        // 100.00 less 1.50 and 0.5 % (0.50) is 98.00, at 0.9137.
        let priced = price(9_137, 10_000, 150, 50).paying(NoteValue(10_000)).unwrap();
        assert_eq!(priced, Priced { pay: NoteValue(10_000), fee: NoteValue(200), deliver: NoteValue(8_954) });
        assert_eq!(price(1, 1, 0, 1).paying(NoteValue(10)).unwrap().fee, NoteValue(1));
    }

    #[test]
    fn what_cannot_be_exchanged_is_refused() {
        assert_eq!(price(0, 1, 0, 0).paying(NoteValue(5)), Err(PriceError::Rate));
        assert_eq!(price(1, 0, 0, 0).paying(NoteValue(5)), Err(PriceError::Rate));
        assert_eq!(price(1, 1, 0, 10_000).paying(NoteValue(5)), Err(PriceError::Fee));
        assert_eq!(price(1, 1, 5, 0).paying(NoteValue(5)), Err(PriceError::TooLittle { fee: 5 }));
        assert_eq!(price(1, 1, 5, 0).paying(NoteValue(4)), Err(PriceError::TooLittle { fee: 5 }));
        assert_eq!(price(1, 100, 0, 0).paying(NoteValue(99)), Err(PriceError::TooLittle { fee: 0 }));
        assert_eq!(price(2, 1, 0, 0).paying(NoteValue(u64::MAX)), Err(PriceError::TooMuch));
        assert_eq!(price(1, 2, 0, 0).delivering(NoteValue(u64::MAX)), Err(PriceError::TooMuch));
        assert_eq!(price(1, 1, 1, 0).delivering(NoteValue(u64::MAX)), Err(PriceError::TooMuch));
        assert_eq!(price(1, 1, 3, 0).delivering(NoteValue(0)), Err(PriceError::TooLittle { fee: 3 }));
    }

    proptest! {
        // No unit is lost or made: fee and exchanged are what is paid, and the next greater delivery would cost more.
        #[test]
        fn exchange_loses_no_unit(
            delivered in 1u64..1 << 20, exchanged in 1u64..1 << 20, fixed in 0u64..10_000, points in 0u16..9_999, pay in 1u64..1 << 40,
        ) {
            let price = price(delivered, exchanged, fixed, points);
            if let Ok(priced) = price.paying(NoteValue(pay)) {
                let left = pay - priced.fee.0;
                prop_assert!(u128::from(priced.deliver.0) * u128::from(exchanged) <= u128::from(left) * u128::from(delivered));
                prop_assert!((u128::from(priced.deliver.0) + 1) * u128::from(exchanged) > u128::from(left) * u128::from(delivered));
                prop_assert!(price.fits(&priced));
                // Who asks for what that delivers pays no more, and gets exactly it.
                let again = price.delivering(priced.deliver).unwrap();
                prop_assert!(again.pay <= priced.pay && again.deliver == priced.deliver);
                prop_assert!(price.paying(again.pay).unwrap().deliver >= again.deliver);
                if again.pay.0 > 1 {
                    prop_assert!(price.paying(NoteValue(again.pay.0 - 1)).map_or(0, |less| less.deliver.0) < again.deliver.0);
                }
                let better = Priced { deliver: NoteValue(priced.deliver.0 + 1), ..priced };
                prop_assert!(!price.fits(&better));
            }
        }
    }
}

//! Amounts as people write them: exact decimals, never floating point.

use std::fmt::Write as _;

use thiserror::Error;

/// Most digits after the point, as for assets.
pub const MAX_DECIMALS: u8 = 18;

/// Why a text is no amount.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountError {
    /// Something but digits with at most one point between them.
    #[error("\"{0}\" is not an amount: write digits, and a point before decimals, as in 12.34")]
    Form(String),
    /// More digits after the point than the asset has.
    #[error("\"{text}\" has {found} digits after the point, and this asset has {decimals}")]
    Decimals {
        /// The text.
        text: String,
        /// Its digits after the point.
        found: usize,
        /// The asset's.
        decimals: u8,
    },
    /// Above 2^64 - 1 of the smallest unit.
    #[error("\"{0}\" is more than there can be of an asset")]
    TooLarge(String),
}

/// An amount in the asset's smallest unit, from digits with at most one point between them.
///
/// # Errors
/// [`AmountError`]: nothing is rounded, cut off or guessed.
pub fn parse(text: &str, decimals: u8) -> Result<u64, AmountError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(AmountError::Form(text.into())),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(AmountError::Form(text.into()));
    }
    let missing = usize::from(decimals).checked_sub(fraction.len());
    let missing =
        missing.ok_or_else(|| AmountError::Decimals { text: text.into(), found: fraction.len(), decimals })?;
    let zeros = std::iter::repeat_n(b'0', missing);
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(zeros)
        .try_fold(0u64, |units, digit| units.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .ok_or_else(|| AmountError::TooLarge(text.into()))
}

/// The amount with all of the asset's digits after the point: `1000.00`.
#[must_use]
pub fn format(units: u128, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let mut text = units.to_string();
    if decimals == 0 {
        return text;
    }
    if text.len() <= decimals {
        text.insert_str(0, &"0".repeat(decimals + 1 - text.len()));
    }
    let (whole, fraction) = text.split_at(text.len() - decimals);
    let mut amount = String::with_capacity(text.len() + 1);
    // Writing to a String cannot fail.
    let _ = write!(amount, "{whole}.{fraction}");
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (text, decimals, units, shown) in [
            ("250.25", 2, 25_025, "250.25"),
            ("250", 2, 25_000, "250.00"),
            ("0.1", 18, 100_000_000_000_000_000, "0.100000000000000000"),
            ("0.07", 2, 7, "0.07"),
            ("007", 0, 7, "7"),
            ("0", 2, 0, "0.00"),
            ("18446744073709551615", 0, u64::MAX, "18446744073709551615"),
            ("18.446744073709551615", 18, u64::MAX, "18.446744073709551615"),
        ] {
            assert_eq!(parse(text, decimals), Ok(units), "{text}");
            assert_eq!(format(u128::from(units), decimals), shown);
        }
        assert_eq!(format(u128::MAX, 2), "3402823669209384634633746074317682114.55");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for decimals in 0..=MAX_DECIMALS {
            for units in [0, 1, 9, 10, 99, 100, 12_345, u64::MAX / 10, u64::MAX - 1, u64::MAX] {
                assert_eq!(parse(&format(u128::from(units), decimals), decimals), Ok(units));
            }
        }
    }

    #[test]
    fn anything_but_a_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1,5", "1_000", "1e3", " 1", "1 ", "1.2.3", "0x10", "٣", "NaN"] {
            assert_eq!(parse(text, 2), Err(AmountError::Form(text.into())), "{text}");
        }
        let long = AmountError::Decimals { text: "1.234".into(), found: 3, decimals: 2 };
        assert_eq!(parse("1.234", 2), Err(long));
        assert_eq!(parse("1.0", 0), Err(AmountError::Decimals { text: "1.0".into(), found: 1, decimals: 0 }));
        for (text, decimals) in [("18446744073709551616", 0), ("184467440737095516.16", 2), ("1", 20)] {
            assert_eq!(parse(text, decimals), Err(AmountError::TooLarge(text.into())));
        }
        assert!(matches!(parse(&"9".repeat(10_000), 2), Err(AmountError::TooLarge(_))));
    }
}

//! Ranges by bits.

use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField};

use crate::{
    builder::{Builder, Result},
    linear::Linear,
};

/// `N` new bits, least significant first. N constraints.
pub(crate) fn bits<const N: usize>(builder: &mut Builder, value: Option<u64>) -> Result<[Linear; N]> {
    const { assert!(N <= 64, "a u64 has 64 bits") };
    let bits = (0..N).map(|i| builder.boolean(value.map(|value| value >> i & 1 == 1))).collect::<Result<Vec<_>>>()?;
    Ok(std::array::from_fn(|i| bits[i].clone()))
}

/// `x` is in [0, 2^N). N + 1 constraints. N is far below 254, so that the bits are unique.
pub(crate) fn enforce_range<const N: usize>(builder: &mut Builder, x: &Linear) -> Result<()> {
    const { assert!(N <= 64, "the low limb holds the bits") };
    // A value out of range has no bits that sum to it; its low limb makes the constraints fail, as they should.
    let low = x.value().map(|x| x.into_bigint().as_ref()[0]);
    let bits = bits::<N>(builder, low)?;
    builder.enforce_equal(&Linear::from_bits(&bits), x)
}

/// The `N` lowest bits of a canonical integer.
pub(crate) fn lowest_bits<const N: usize>(integer: &impl BigInteger) -> [bool; N] {
    std::array::from_fn(|i| integer.get_bit(i))
}

/// `2^exponent`.
pub(crate) fn power_of_two(exponent: u64) -> Fr {
    use ark_ff::Field;
    Fr::from(2u64).pow([exponent])
}

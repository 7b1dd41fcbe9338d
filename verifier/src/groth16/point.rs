//! The encoding of points: compressed, big-endian, three flag bits (the "ZCash format" of BLS12-381).

use ark_ec::{
    AffineRepr,
    short_weierstrass::{Affine, SWCurveConfig},
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use thiserror::Error;

/// Why bytes are not a point of a proof or key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PointError {
    /// Not the one canonical compressed encoding of a point on the curve.
    #[error("not a canonical encoding of a point on the curve")]
    Encoding,
    /// The point at infinity, which no honest proof or key holds.
    #[error("the point at infinity")]
    Identity,
    /// On the curve, outside the subgroup of prime order.
    #[error("a point outside the prime-order subgroup")]
    Subgroup,
}

/// Splits off and reads one point of G1 (48 bytes) or G2 (96 bytes).
pub(crate) fn read<P: SWCurveConfig>(bytes: &mut &[u8]) -> Result<Affine<P>, PointError> {
    let point = read_or_identity(bytes)?;
    if point.is_zero() { Err(PointError::Identity) } else { Ok(point) }
}

/// As [`read`], for the queries of a proving key: the point of a variable that a matrix does not mention is the identity.
#[expect(clippy::disallowed_methods, reason = "the subgroup is checked below, with its own error")]
pub(crate) fn read_or_identity<P: SWCurveConfig>(bytes: &mut &[u8]) -> Result<Affine<P>, PointError> {
    let (head, tail) = bytes.split_at_checked(Affine::<P>::identity().compressed_size()).ok_or(PointError::Encoding)?;
    *bytes = tail;
    // Decompression solves the curve's equation for y, so that the result is on the curve.
    let point = Affine::<P>::deserialize_compressed_unchecked(head).map_err(|_| PointError::Encoding)?;
    // The decoder's own rules for flags are not relied upon: whatever it accepts must encode back to the same bytes.
    if write(&point) != head {
        return Err(PointError::Encoding);
    }
    if !point.is_in_correct_subgroup_assuming_on_curve() {
        return Err(PointError::Subgroup);
    }
    Ok(point)
}

/// The canonical encoding.
pub(crate) fn write<P: CanonicalSerialize>(point: &P) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(point.compressed_size());
    point.serialize_compressed(&mut bytes).expect("writing to memory");
    bytes
}

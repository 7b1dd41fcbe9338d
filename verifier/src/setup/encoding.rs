//! Reading and writing the bytes of a transcript: every length is known or bounded before anything is allocated.

use ark_bls12_381::Fr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::PrimeField;
use rayon::prelude::*;
use tabella_protocol::field;
use thiserror::Error;

use super::TextError;
use crate::groth16::{PointError, point};

/// Why bytes are not a transcript.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Another kind of file, or another version.
    #[error("not a setup transcript of format {}", super::transcript::FORMAT)]
    Header,
    /// The file ends too early.
    #[error("the transcript ends in the middle of {0}")]
    Truncated(&'static str),
    /// Bytes follow the end.
    #[error("{0} bytes follow the end of the transcript")]
    Trailing(usize),
    /// A circuit has impossible sizes, or the circuits are not one of each shape in order.
    #[error("the transcript describes an impossible circuit")]
    Circuit,
    /// A number or a mark that has no meaning there.
    #[error("{0} of the transcript has no meaning")]
    Value(&'static str),
    /// Too many records.
    #[error("the transcript has {0} contributions in one phase, more than allowed")]
    TooMany(usize),
    /// A name or description.
    #[error("{what} of the transcript: {error}")]
    Text {
        /// Which text.
        what: &'static str,
        /// What is wrong with it.
        error: TextError,
    },
    /// A point is not canonical, the identity where that must not be, or outside the subgroup.
    #[error("point {index} of {list} is {error}")]
    Point {
        /// Which list.
        list: &'static str,
        /// Index in the list.
        index: usize,
        /// What is wrong with it.
        error: PointError,
    },
}

/// What is left to read.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, what: &'static str, length: usize) -> Result<&'b [u8], DecodeError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(DecodeError::Truncated(what))?;
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        self.take(what, N)?.try_into().map_err(|_| DecodeError::Truncated(what))
    }

    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    /// A canonical scalar.
    pub(super) fn scalar(&mut self, what: &'static str) -> Result<Fr, DecodeError> {
        let bytes: [u8; 32] = self.array(what)?;
        let scalar = Fr::from_le_bytes_mod_order(&bytes);
        if field::to_bytes(&scalar) == bytes { Ok(scalar) } else { Err(DecodeError::Value(what)) }
    }

    pub(super) fn point<P: SWCurveConfig>(&mut self, list: &'static str) -> Result<Affine<P>, DecodeError> {
        let bytes = self.take(list, width::<P>())?;
        point::read(&mut &*bytes).map_err(|error| DecodeError::Point { list, index: 0, error })
    }

    /// A list of known length. The checks of the points take most of the time of reading, so they run side by side.
    pub(super) fn points<P: SWCurveConfig>(
        &mut self,
        list: &'static str,
        count: usize,
        identities: Identities,
    ) -> Result<Vec<Affine<P>>, DecodeError> {
        let bytes = self.take(list, count.saturating_mul(width::<P>()))?;
        let read = |(index, mut bytes): (usize, &[u8])| {
            let read = match identities {
                Identities::Refused => point::read(&mut bytes),
                Identities::Allowed => point::read_or_identity(&mut bytes),
            };
            read.map_err(|error| DecodeError::Point { list, index, error })
        };
        bytes.par_chunks(width::<P>()).enumerate().map(read).collect()
    }
}

/// Whether a list may hold the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Identities {
    Refused,
    Allowed,
}

/// The length of a compressed point.
fn width<P: SWCurveConfig>() -> usize {
    ark_serialize::CanonicalSerialize::compressed_size(&Affine::<P>::identity())
}

pub(super) fn put_points<P: SWCurveConfig>(out: &mut Vec<u8>, points: &[Affine<P>]) {
    out.reserve(points.len() * width::<P>());
    for point in points {
        out.extend(point::write(point));
    }
}

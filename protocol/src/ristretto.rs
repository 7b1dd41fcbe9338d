//! The transparent world's group: Ristretto255 with generators `B` and `B~`.

use std::{fmt, io, sync::OnceLock};

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::Identity,
};

use crate::{domain::personal, hash::blake2b_512};

/// A group element with its canonical 32-byte encoding, decoded once and kept with it.
///
/// Encoding: the 32 bytes of RFC 9496, section 4.3.2; anything else is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element {
    point: RistrettoPoint,
    bytes: CompressedRistretto,
}

impl Element {
    /// The element of a point.
    #[must_use]
    pub fn new(point: RistrettoPoint) -> Self {
        Self { bytes: point.compress(), point }
    }

    /// Reads a canonical encoding; `None` for other bytes.
    #[must_use]
    pub fn decode(bytes: [u8; 32]) -> Option<Self> {
        let bytes = CompressedRistretto(bytes);
        Some(Self { point: bytes.decompress()?, bytes })
    }

    /// The point.
    #[must_use]
    pub const fn point(&self) -> &RistrettoPoint {
        &self.point
    }

    /// The canonical encoding.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.bytes.as_bytes()
    }

    /// Whether this is the identity.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.point == RistrettoPoint::identity()
    }
}

impl From<RistrettoPoint> for Element {
    fn from(point: RistrettoPoint) -> Self {
        Self::new(point)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({})", hex::encode(self.as_bytes()))
    }
}

impl BorshSerialize for Element {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for Element {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::decode(bytes)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a canonical Ristretto255 encoding"))
    }
}

/// A scalar on the wire: 32 bytes, little-endian, below the group order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CanonicalScalar(pub Scalar);

impl fmt::Debug for CanonicalScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scalar({})", hex::encode(self.0.as_bytes()))
    }
}

impl BorshSerialize for CanonicalScalar {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.0.as_bytes())
    }
}

impl BorshDeserialize for CanonicalScalar {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Option::from(Scalar::from_canonical_bytes(bytes))
            .map(Self)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "scalar not below the order of Ristretto255"))
    }
}

/// `B~`, the base of blinding factors: `bulletproofs::PedersenGens::default().B_blinding`. (`B` is the base point.)
pub fn blinding_base() -> &'static RistrettoPoint {
    static BASE: OnceLock<RistrettoPoint> = OnceLock::new();
    BASE.get_or_init(|| bulletproofs::PedersenGens::default().B_blinding)
}

/// Hash to group: BLAKE2b-512 of `label length (1 byte) || label || (length (8 bytes) || part)…`, then the one-way map
/// of RFC 9496, section 4.3.4.
///
/// # Panics
/// Never for labels of up to 255 bytes; labels are constants of this crate and its users.
#[must_use]
pub fn hash_to_ristretto(label: &'static str, parts: &[&[u8]]) -> RistrettoPoint {
    assert!(label.len() < 256, "labels are short constants");
    let mut input = vec![label.len() as u8];
    input.extend_from_slice(label.as_bytes());
    for part in parts {
        input.extend_from_slice(&(part.len() as u64).to_le_bytes());
        input.extend_from_slice(part);
    }
    RistrettoPoint::from_uniform_bytes(&blake2b_512(personal::RISTRETTO_GROUP, &[&input]))
}

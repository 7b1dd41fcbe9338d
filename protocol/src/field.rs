//! Elements of the circuit's field Fr on the wire: 32 bytes, little-endian, below the modulus.

use std::io;

use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField};

/// The canonical encoding.
#[must_use]
pub fn to_bytes(element: &Fr) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(&element.into_bigint().to_bytes_le());
    out
}

/// Reads a canonical encoding; a value at or above the modulus is refused (attack: several nullifiers for one note).
#[must_use]
pub fn from_bytes(bytes: &[u8; 32]) -> Option<Fr> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    Fr::from_bigint(ark_ff::BigInt(limbs))
}

pub(crate) fn read<R: io::Read>(reader: &mut R) -> io::Result<Fr> {
    let mut bytes = [0; 32];
    reader.read_exact(&mut bytes)?;
    from_bytes(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "field element not below the modulus"))
}

pub(crate) fn write<W: io::Write>(element: &Fr, writer: &mut W) -> io::Result<()> {
    writer.write_all(&to_bytes(element))
}

/// Defines a newtype over Fr with canonical borsh encoding and hexadecimal `Display`.
macro_rules! field_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub(crate) ark_bls12_381::Fr);

        impl $name {
            /// Wraps a field element.
            #[must_use]
            pub const fn new(element: ark_bls12_381::Fr) -> Self {
                Self(element)
            }

            /// The field element.
            #[must_use]
            pub const fn element(&self) -> ark_bls12_381::Fr {
                self.0
            }

            /// The canonical 32-byte little-endian encoding.
            #[must_use]
            pub fn to_bytes(&self) -> [u8; 32] {
                $crate::field::to_bytes(&self.0)
            }

            /// Reads the canonical encoding; a value at or above the modulus gives `None`.
            #[must_use]
            pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
                $crate::field::from_bytes(bytes).map(Self)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), hex::encode(self.to_bytes()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.to_bytes()))
            }
        }

        impl borsh::BorshSerialize for $name {
            fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
                $crate::field::write(&self.0, writer)
            }
        }

        impl borsh::BorshDeserialize for $name {
            fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
                $crate::field::read(reader).map(Self)
            }
        }
    };
}
pub(crate) use field_newtype;

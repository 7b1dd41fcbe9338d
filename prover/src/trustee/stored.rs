//! Encodings of secrets that only ever stand in encrypted files.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::scalar::Scalar;
use tabella_protocol::{ristretto::CanonicalScalar, secret::Secret};
use zeroize::Zeroizing;

pub(super) fn invalid(reason: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_string())
}

/// A secret scalar: 32 bytes, canonical.
#[derive(Clone, Debug)]
pub(super) struct SecretScalar(pub(super) Secret<Scalar>);

impl SecretScalar {
    pub(super) const fn expose(&self) -> &Scalar {
        self.0.expose()
    }
}

impl From<Scalar> for SecretScalar {
    fn from(scalar: Scalar) -> Self {
        Self(Secret::new(scalar))
    }
}

impl BorshSerialize for SecretScalar {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.expose().as_bytes())
    }
}

impl BorshDeserialize for SecretScalar {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        Ok(CanonicalScalar::deserialize_reader(reader)?.0.into())
    }
}

/// A secret string of bytes, at most 16 KiB.
#[derive(Clone, Debug)]
pub(crate) struct SecretBytes(Secret<Vec<u8>>);

impl SecretBytes {
    const MAX: usize = 1 << 14;

    pub(crate) const fn new(bytes: Vec<u8>) -> Self {
        Self(Secret::new(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl BorshSerialize for SecretBytes {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.expose().serialize(writer)
    }
}

impl BorshDeserialize for SecretBytes {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let length = u32::deserialize_reader(reader)? as usize;
        if length > Self::MAX {
            return Err(invalid("a stored secret is too long"));
        }
        let mut bytes = Zeroizing::new(vec![0; length]);
        reader.read_exact(&mut bytes)?;
        Ok(Self::new(std::mem::take(&mut *bytes)))
    }
}

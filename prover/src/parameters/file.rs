//! The file of a shape's parameters.

use std::fmt;

use ark_bls12_381::Bls12_381;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use tabella_protocol::{domain::personal, hash::blake2b_256, statement::Shape};
use tabella_verifier::groth16::ParametersOrigin;
use thiserror::Error;

/// BLAKE2b-256 of a whole parameters file, with personalisation `Tabella_Paramete`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ParametersDigest(pub [u8; 32]);

impl ParametersDigest {
    /// The digest of a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake2b_256(personal::PARAMETERS, &[bytes]))
    }
}

impl fmt::Debug for ParametersDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParametersDigest({self})")
    }
}

impl fmt::Display for ParametersDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A proving key and what it says of itself.
///
/// Encoding: `"TabellaP"`, format version (1 byte), origin (1 byte), shape (1 byte), digest of the circuit's matrices
/// (32 bytes), proving key (arkworks, uncompressed) to the end.
#[derive(Clone, Debug)]
pub struct ParametersFile {
    /// Where the key comes from.
    pub origin: ParametersOrigin,
    /// Its shape.
    pub shape: Shape,
    /// The digest of the matrices that it was made for.
    pub matrices: [u8; 32],
    /// The proving key.
    pub key: ProvingKey<Bls12_381>,
}

/// Why bytes are not the wanted parameters.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FileError {
    /// Larger than any parameters.
    #[error("it is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// Not the pinned hash: damaged, or another file.
    #[error("its hash is {found}, but {pinned} is pinned; the file is damaged or another one")]
    Digest {
        /// The hash of the file.
        found: ParametersDigest,
        /// The pinned hash.
        pinned: ParametersDigest,
    },
    /// Not a parameters file of this format.
    #[error("it is not a parameters file of format {FILE_VERSION}")]
    Header,
    /// The file is of another origin or shape than the pin says.
    #[error("it holds {origin} parameters of shape {}", shape.name())]
    Kind {
        /// Its origin.
        origin: ParametersOrigin,
        /// Its shape.
        shape: Shape,
    },
    /// The proving key does not decode.
    #[error("its proving key does not decode")]
    Key,
}

/// Limit of a file, in bytes: about seven times the largest.
pub(super) const MAX_FILE_BYTES: u64 = 64 << 20;

const MAGIC: [u8; 8] = *b"TabellaP";
const FILE_VERSION: u8 = 1;
const HEADER_LENGTH: usize = 8 + 3 + 32;

impl ParametersFile {
    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = (MAGIC, FILE_VERSION, self.origin, self.shape, self.matrices);
        let mut bytes = borsh::to_vec(&header).expect("writing to memory");
        bytes.reserve_exact(self.key.uncompressed_size());
        self.key.serialize_uncompressed(&mut bytes).expect("writing to memory");
        bytes
    }

    /// Reads a file whose hash is pinned. The key's points are not checked one by one (that takes seconds): whoever pinned
    /// the hash has made or checked them.
    ///
    /// # Errors
    /// [`FileError`]: the hash first, before anything is decoded.
    #[expect(clippy::disallowed_methods, reason = "the hash of the bytes was compared with the pinned one")]
    pub fn from_pinned_bytes(bytes: &[u8], pinned: ParametersDigest) -> Result<Self, FileError> {
        let found = ParametersDigest::of(bytes);
        if found != pinned {
            return Err(FileError::Digest { found, pinned });
        }
        let (header, mut key) = bytes.split_at_checked(HEADER_LENGTH).ok_or(FileError::Header)?;
        let (magic, version, origin, shape, matrices) =
            borsh::from_slice::<([u8; 8], u8, ParametersOrigin, Shape, [u8; 32])>(header)
                .map_err(|_| FileError::Header)?;
        if magic != MAGIC || version != FILE_VERSION {
            return Err(FileError::Header);
        }
        let key_read = ProvingKey::deserialize_uncompressed_unchecked(&mut key).map_err(|_| FileError::Key)?;
        if !key.is_empty() {
            return Err(FileError::Key);
        }
        Ok(Self { origin, shape, matrices, key: key_read })
    }

    /// The file itself, if it is of an origin and shape.
    pub(super) fn require(self, origin: ParametersOrigin, shape: Shape) -> Result<Self, FileError> {
        if self.origin == origin && self.shape == shape {
            Ok(self)
        } else {
            Err(FileError::Kind { origin: self.origin, shape: self.shape })
        }
    }
}

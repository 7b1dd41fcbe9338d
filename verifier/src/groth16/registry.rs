//! Which verifying keys are accepted, and where they come from. Spec § 8.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::OnceLock,
};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{statement::Shape, transaction::VerifyingKeyId};
use thiserror::Error;

use super::{VerifyingKey, VerifyingKeyError};

/// Where parameters come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum ParametersOrigin {
    /// A setup from a public seed. Anybody can forge proofs under it: for tests and demonstrations only.
    Development,
    /// A ceremony, sound if one of its contributors was honest.
    Ceremony,
}

impl fmt::Display for ParametersOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Ceremony => "ceremony",
        })
    }
}

/// A verifying key with its origin, as it stands in a file.
///
/// Encoding: `"TabellaV"`, format version (1 byte), origin (1 byte), shape (1 byte), key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKeyFile {
    /// Where the key says it comes from. Only a registry's owner can vouch for it.
    pub origin: ParametersOrigin,
    /// The key.
    pub key: VerifyingKey,
}

/// Why bytes are not a file of a verifying key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VerifyingKeyFileError {
    /// Another kind of file, another format version, an unknown origin or shape.
    #[error("not a verifying key file of format {FILE_VERSION}")]
    Header,
    /// The key is refused.
    #[error(transparent)]
    Key(#[from] VerifyingKeyError),
}

const MAGIC: &[u8; 8] = b"TabellaV";
const FILE_VERSION: u8 = 1;
const HEADER_LENGTH: usize = 11;

impl VerifyingKeyFile {
    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = (*MAGIC, FILE_VERSION, self.origin, self.key.shape());
        let mut bytes = borsh::to_vec(&header).expect("writing to memory");
        bytes.extend_from_slice(self.key.as_bytes());
        bytes
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`VerifyingKeyFileError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VerifyingKeyFileError> {
        let (header, key) = bytes.split_at_checked(HEADER_LENGTH).ok_or(VerifyingKeyFileError::Header)?;
        let (magic, version, origin, shape) = borsh::from_slice::<([u8; 8], u8, ParametersOrigin, Shape)>(header)
            .map_err(|_| VerifyingKeyFileError::Header)?;
        if magic != *MAGIC || version != FILE_VERSION {
            return Err(VerifyingKeyFileError::Header);
        }
        Ok(Self { origin, key: VerifyingKey::from_bytes(shape, key)? })
    }
}

/// The verifying keys that a ledger accepts, each with its origin.
#[derive(Clone, Debug, Default)]
pub struct VerifyingKeys {
    keys: BTreeMap<(Shape, VerifyingKeyId), VerifyingKeyFile>,
}

/// Why keys cannot be accepted together.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RegistryError {
    /// One key under two origins.
    #[error("the verifying key {id} of shape {} is listed under two origins", shape.name())]
    TwoOrigins {
        /// Its shape.
        shape: Shape,
        /// The key.
        id: VerifyingKeyId,
    },
}

/// A key of a development setup where only ceremonies are accepted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the verifying key {id} of shape {} comes from a development setup, under which anybody can forge proofs", shape.name())]
pub struct DevelopmentKey {
    /// Its shape.
    pub shape: Shape,
    /// The key.
    pub id: VerifyingKeyId,
}

impl VerifyingKeys {
    /// No key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys of the development setup, one for each shape. They are embedded; a test of the prover makes them again.
    ///
    /// # Panics
    /// Never: tests read the embedded files.
    #[must_use]
    pub fn development() -> Self {
        static KEYS: OnceLock<VerifyingKeys> = OnceLock::new();
        let read = || {
            let mut keys = Self::new();
            for file in DEVELOPMENT_FILES {
                let file = VerifyingKeyFile::from_bytes(file).expect("a test reads the embedded files");
                keys.insert(file).expect("the embedded files hold one key for each shape");
            }
            keys
        };
        KEYS.get_or_init(read).clone()
    }

    /// Accepts a key. Accepting it again changes nothing.
    ///
    /// # Errors
    /// [`RegistryError::TwoOrigins`] when it was accepted under another origin, or is the development key of this version
    /// under the name of a ceremony.
    pub fn insert(&mut self, file: VerifyingKeyFile) -> Result<(), RegistryError> {
        let (shape, id) = (file.key.shape(), file.key.id());
        if file.origin != ParametersOrigin::Development && development_ids().contains(&(shape, id)) {
            return Err(RegistryError::TwoOrigins { shape, id });
        }
        match self.keys.get(&(shape, id)) {
            Some(known) if known.origin != file.origin => Err(RegistryError::TwoOrigins { shape, id }),
            _ => {
                self.keys.insert((shape, id), file);
                Ok(())
            }
        }
    }

    /// Retires a key: proofs under it are refused from now on.
    pub fn retire(&mut self, shape: Shape, id: VerifyingKeyId) -> Option<VerifyingKeyFile> {
        self.keys.remove(&(shape, id))
    }

    /// The accepted key of a shape with an id.
    #[must_use]
    pub fn key(&self, shape: Shape, id: VerifyingKeyId) -> Option<&VerifyingKey> {
        self.keys.get(&(shape, id)).map(|file| &file.key)
    }

    /// The accepted keys of a shape, ordered by id.
    pub fn of_shape(&self, shape: Shape) -> impl Iterator<Item = &VerifyingKey> {
        self.iter().map(|file| &file.key).filter(move |key| key.shape() == shape)
    }

    /// Where an accepted key comes from.
    #[must_use]
    pub fn origin(&self, shape: Shape, id: VerifyingKeyId) -> Option<ParametersOrigin> {
        self.keys.get(&(shape, id)).map(|file| file.origin)
    }

    /// Whether no key is accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// All accepted keys, ordered by shape and id.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKeyFile> {
        self.keys.values()
    }

    /// What a node in production mode asks of its keys.
    ///
    /// # Errors
    /// [`DevelopmentKey`] names a key of a development setup.
    pub fn require_production(&self) -> Result<(), DevelopmentKey> {
        match self.iter().find(|file| file.origin == ParametersOrigin::Development) {
            Some(file) => Err(DevelopmentKey { shape: file.key.shape(), id: file.key.id() }),
            None => Ok(()),
        }
    }
}

/// The keys of the embedded files, whatever anybody says of their origin.
fn development_ids() -> &'static BTreeSet<(Shape, VerifyingKeyId)> {
    static IDS: OnceLock<BTreeSet<(Shape, VerifyingKeyId)>> = OnceLock::new();
    IDS.get_or_init(|| VerifyingKeys::development().keys.into_keys().collect())
}

/// Made by `cargo run -p tabella-prover --example pin-development-parameters`.
const DEVELOPMENT_FILES: [&[u8]; 2] =
    [include_bytes!("../../keys/development-transfer.vk"), include_bytes!("../../keys/development-cast.vk")];

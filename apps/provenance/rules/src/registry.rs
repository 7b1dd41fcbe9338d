//! A registry: whom its users trust to say who issues certificates.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{hash::blake2b_256, transaction::LedgerId};
use thiserror::Error;

use crate::domain;

/// Longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text.trim(), &mut bytes)?;
                Ok(Self(bytes))
            }
        }
    };
}

id! {
    /// Which registry.
    RegistryId
}
id! {
    /// Which batch of which issuer.
    BatchId
}
id! {
    /// What identifies a thing, hashed under the key of a registry's marks.
    Mark
}

impl BatchId {
    /// `BLAKE2b-256("Tabella_OriBatch", registry || issuer || number (8 bytes))`.
    #[must_use]
    pub fn derive(registry: RegistryId, issuer: &[u8; 32], number: u64) -> Self {
        Self(blake2b_256(domain::BATCH, &[&registry.0, issuer, &number.to_le_bytes()]))
    }
}

/// A registry, as it is founded. Its registrar signs that.
///
/// Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Registry {
    /// Name, 1 to 128 bytes.
    pub name: String,
    /// Ed25519 key of whoever says who issues.
    pub registrar: [u8; 32],
    /// Digest of the key under which its issuers hash what identifies a thing.
    pub mark_key: [u8; 32],
    /// Random.
    pub nonce: [u8; 32],
}

/// A name that is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a name has 1 to {MAX_NAME_BYTES} bytes")]
pub struct NameError;

/// Checks the name of a registry or an issuer.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    if name.trim().is_empty() || name.len() > MAX_NAME_BYTES { Err(NameError) } else { Ok(()) }
}

impl Registry {
    /// The registry's id on a ledger: `BLAKE2b-256("Tabella_OriRegis", ledger || borsh of the registry)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> RegistryId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        RegistryId(blake2b_256(domain::REGISTRY, &[ledger.as_bytes(), &bytes]))
    }

    /// Checks the limits.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn check(&self) -> Result<(), NameError> {
        check_name(&self.name)
    }
}

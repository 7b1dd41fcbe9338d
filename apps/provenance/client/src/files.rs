//! Files that the parties hand to one another, besides certificates, claims, presentations and custody.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::transaction::Transaction;
use tabella_provenance_rules::{action::MAX_STONES, registry::RegistryId};
use tabella_verifier::files::PublicFile;

use crate::{certificate::Certificate, identity::MarkKey};

/// The key of a registry's marks, for its issuers. Whoever has it can find out which stones are registered.
#[derive(Clone, Debug)]
pub struct MarkKeyFile {
    /// The registry.
    pub registry: RegistryId,
    /// The key.
    pub key: MarkKey,
}

impl BorshSerialize for MarkKeyFile {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.registry.serialize(writer)?;
        self.key.expose().serialize(writer)
    }
}

impl BorshDeserialize for MarkKeyFile {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let registry = RegistryId::deserialize_reader(reader)?;
        Ok(Self { registry, key: MarkKey::new(<[u8; 32]>::deserialize_reader(reader)?) })
    }
}

impl PublicFile for MarkKeyFile {
    const KIND: &'static str = "provenance mark key";
}

/// The certificates of a batch, for whoever may claim its things.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct Certificates {
    /// In the order of the batch, at most 4096.
    #[borsh(deserialize_with = "read_certificates")]
    pub certificates: Vec<Certificate>,
}

fn read_certificates<R: io::Read>(reader: &mut R) -> io::Result<Vec<Certificate>> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX_STONES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a batch has at most 4096 certificates"));
    }
    (0..length).map(|_| Certificate::deserialize_reader(reader)).collect()
}

impl PublicFile for Certificates {
    const KIND: &'static str = "provenance certificates";
}

/// A batch that the registrar is to approve.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct BatchForApproval {
    /// Signed by its issuer.
    pub transaction: Transaction,
}

impl PublicFile for BatchForApproval {
    const KIND: &'static str = "provenance batch";
}

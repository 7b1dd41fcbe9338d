//! What authority and trustees keep in key files.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::SigningKey;
use tabella_prover::{keyfile::KeyFileContent, trustee::CeremonyState};
use zeroize::Zeroizing;

/// The authority's signing key, as its key file holds it.
#[derive(Debug)]
pub struct AuthorityKey(pub SigningKey);

impl BorshSerialize for AuthorityKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.0.as_bytes())
    }
}

impl BorshDeserialize for AuthorityKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        reader.read_exact(seed.as_mut())?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }
}

impl KeyFileContent for AuthorityKey {
    const KIND: &'static str = "authority key";
}

/// A trustee's ceremony between two steps: what the next round needs, and the last message, to be given out again if it was
/// lost: always the same bytes.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct StoredCeremony {
    /// `None` once the key is made.
    pub state: Option<CeremonyState>,
    /// The bytes of the last message's file.
    pub message: Vec<u8>,
}

impl KeyFileContent for StoredCeremony {
    const KIND: &'static str = "trustee ceremony";
}

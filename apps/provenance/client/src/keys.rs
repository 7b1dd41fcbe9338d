//! Keys of a party: one for each role that it may have. A seed has as many sets as there are numbers, and sets of different
//! numbers cannot be linked.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use tabella_protocol::{
    hash::{blake2b_256, blake2b_512},
    keys::Seed,
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use tabella_provenance_rules::{
    action::{Role, message},
    domain,
    registry::BatchId,
};
use zeroize::Zeroizing;

use crate::identity::MarkKey;

/// The keys of a party. `Debug` prints nothing.
pub struct ProvenanceKeys {
    registrar: SigningKey,
    issuer: SigningKey,
    holder: SigningKey,
    marks: MarkKey,
    secrets: Secret<[u8; 32]>,
}

/// The first half of `BLAKE2b-512("Tabella_OriKeys_", seed || number (4 bytes) || label)`.
fn derive(seed: &Seed, number: u32, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let bytes = Zeroizing::new(blake2b_512(domain::KEYS, &[seed.expose(), &number.to_le_bytes(), label]));
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

impl ProvenanceKeys {
    /// The keys that a seed has under a number.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let signer = |label: &[u8]| SigningKey::from_bytes(&derive(seed, number, label));
        Self {
            registrar: signer(b"registrar"),
            issuer: signer(b"issuer"),
            holder: signer(b"holder"),
            marks: MarkKey::new(*derive(seed, number, b"marks")),
            secrets: Secret::new(*derive(seed, number, b"secrets")),
        }
    }

    /// The key of the marks of a registry that this party founds.
    #[must_use]
    pub const fn mark_key(&self) -> &MarkKey {
        &self.marks
    }

    const fn signer(&self, role: Role) -> &SigningKey {
        match role {
            Role::Registrar => &self.registrar,
            Role::Issuer => &self.issuer,
            Role::Holder => &self.holder,
        }
    }

    /// The public key of a role.
    #[must_use]
    pub fn public(&self, role: Role) -> [u8; 32] {
        self.signer(role).verifying_key().to_bytes()
    }

    /// Signs in a role for what a transaction does.
    #[must_use]
    pub fn sign(&self, role: Role, digest: TransactionDigest) -> SignatureBytes {
        SignatureBytes(self.signer(role).sign(&message(role, digest)).to_bytes())
    }

    /// Signs the issue of a note, as the application `asset` asks for it.
    #[must_use]
    pub(crate) fn sign_issue(&self, digest: TransactionDigest) -> SignatureBytes {
        SignatureBytes(self.issuer.sign(&tabella_protocol::asset::issuer_message(digest)).to_bytes())
    }

    /// The secret of the certificate of an index in a batch of this issuer: `BLAKE2b-256("Tabella_OriSecrt", secret || batch ||
    /// index (4 bytes))`. The issuer finds it again from its seed.
    #[must_use]
    pub(crate) fn certificate_secret(&self, batch: BatchId, index: u32) -> Secret<[u8; 32]> {
        Secret::new(blake2b_256(domain::SECRET, &[self.secrets.expose(), &batch.0, &index.to_le_bytes()]))
    }
}

impl fmt::Debug for ProvenanceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvenanceKeys(<secret>)")
    }
}

//! Keys of a viewer or provider: one signs, one reads hidden rates. A seed has as many pairs as there are numbers, and pairs of
//! different numbers cannot be linked.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use tabella_protocol::{
    hash::blake2b_512,
    keys::Seed,
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use tabella_prover::account::AccountKeys;
use tabella_streaming_rules::{
    domain,
    terms::{SessionId, ViewerKeys, consent_message, final_message, party_message, tick_message},
};
use zeroize::Zeroizing;

/// The keys of a party. `Debug` prints nothing.
pub struct StreamingKeys {
    signer: SigningKey,
    pub(crate) reader: AccountKeys,
}

/// The first half of `BLAKE2b-512("Streaming_Keys__", seed || number (4 bytes) || label)`.
fn derive(seed: &Seed, number: u32, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let bytes = Zeroizing::new(blake2b_512(domain::KEYS, &[seed.expose(), &number.to_le_bytes(), label]));
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

impl StreamingKeys {
    /// The keys that a seed has under a number: with the log, 24 words give all sessions back.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        Self {
            signer: SigningKey::from_bytes(&derive(seed, number, b"signer")),
            reader: AccountKeys::new(&Secret::new(*derive(seed, number, b"reader"))),
        }
    }

    /// The public key that signs.
    #[must_use]
    pub fn signer(&self) -> [u8; 32] {
        self.signer.verifying_key().to_bytes()
    }

    /// What a provider is told of a viewer.
    #[must_use]
    pub fn public(&self) -> ViewerKeys {
        ViewerKeys { signer: self.signer(), reader: self.reader.viewer() }
    }

    /// Signs for what a transaction does in this party's name.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&party_message(digest))
    }

    /// Agrees, as the provider, to the terms of a session.
    #[must_use]
    pub fn consent(&self, session: SessionId) -> SignatureBytes {
        self.sign_message(&consent_message(session))
    }

    /// Signs, as the viewer, that so many ticks were watched.
    #[must_use]
    pub fn sign_tick(&self, session: SessionId, ticks: u32) -> SignatureBytes {
        self.sign_message(&tick_message(session, ticks))
    }

    /// Agrees to end a session with so many ticks.
    #[must_use]
    pub fn sign_final(&self, session: SessionId, ticks: u32) -> SignatureBytes {
        self.sign_message(&final_message(session, ticks))
    }

    fn sign_message(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.signer.sign(message).to_bytes())
    }
}

impl fmt::Debug for StreamingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamingKeys(<secret>)")
    }
}

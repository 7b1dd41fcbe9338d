//! Keys of an author: a key for each number, so that works of different numbers cannot be linked.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use tabella_notary_rules::domain;
use tabella_protocol::{hash::blake2b_512, keys::Seed, transaction::SignatureBytes};
use zeroize::Zeroizing;

/// The key of an author for one work. `Debug` prints nothing.
pub struct AuthorKeys(SigningKey);

impl AuthorKeys {
    /// The key that a seed has under a number: the first half of `BLAKE2b-512("Notary_Keys_____", seed || number (4 bytes))`.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let wide = Zeroizing::new(blake2b_512(domain::KEYS, &[seed.expose(), &number.to_le_bytes()]));
        let mut half = Zeroizing::new([0; 32]);
        half.copy_from_slice(&wide[..32]);
        Self(SigningKey::from_bytes(&half))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for AuthorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorKeys(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // tests/vectors/applications/notary.json: computed by another program.
    #[test]
    fn keys_of_a_seed_are_those_of_the_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/applications/notary.json")).unwrap();
        let keys = AuthorKeys::of_seed(&Seed::new([9; 32]), 1);
        assert_eq!(vectors["author_secret"], hex::encode(keys.0.to_bytes()));
        assert_eq!(format!("{keys:?}"), "AuthorKeys(<secret>)");
        assert_ne!(keys.public(), AuthorKeys::of_seed(&Seed::new([9; 32]), 2).public());
    }
}

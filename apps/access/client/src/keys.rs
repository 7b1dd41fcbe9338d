//! Keys of a party: one signs, one reads hidden prices, and each right that is used has one of its own. A seed has as many sets as
//! there are numbers, and sets of different numbers cannot be linked: a renter takes another number for each rental.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use tabella_access_lock::{Interval, right::opening_message};
use tabella_access_rules::{
    Standing, UsedRight, domain,
    terms::{RentalId, RenterKeys, consent_message, decision_message, division_message, party_message},
};
use tabella_protocol::{
    asset::issuer_message,
    hash::blake2b_512,
    keys::Seed,
    secret::Secret,
    transaction::{LedgerId, SignatureBytes, TransactionDigest},
};
use tabella_prover::account::AccountKeys;
use zeroize::Zeroizing;

/// The keys of a party. `Debug` prints nothing.
pub struct AccessKeys {
    signer: SigningKey,
    pub(crate) reader: AccountKeys,
    uses: Secret<[u8; 32]>,
}

/// The first half of `BLAKE2b-512("Access_Keys_____", secret || parts)`.
fn derive(secret: &[u8; 32], parts: [&[u8]; 2]) -> Zeroizing<[u8; 32]> {
    let bytes = Zeroizing::new(blake2b_512(domain::KEYS, &[secret, parts[0], parts[1]]));
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

impl AccessKeys {
    /// The keys that a seed has under a number: with the log, 24 words give all rentals back.
    ///
    /// Each of the three is the first half of `BLAKE2b-512("Access_Keys_____", seed || number (4 bytes) || label)`.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let number = number.to_le_bytes();
        let derive = |label: &[u8]| derive(seed.expose(), [&number, label]);
        Self {
            signer: SigningKey::from_bytes(&derive(b"signer")),
            reader: AccountKeys::new(&Secret::new(*derive(b"reader"))),
            uses: Secret::new(*derive(b"uses")),
        }
    }

    /// The public key that signs.
    #[must_use]
    pub fn signer(&self) -> [u8; 32] {
        self.signer.verifying_key().to_bytes()
    }

    /// What an owner is told of a renter.
    #[must_use]
    pub fn public(&self) -> RenterKeys {
        RenterKeys { signer: self.signer(), reader: self.reader.viewer() }
    }

    /// Signs for what a transaction does in this party's name.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&party_message(digest))
    }

    /// Issues the right of a rental, as its renter.
    #[must_use]
    pub fn issue(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&issuer_message(digest))
    }

    /// Agrees, as the owner, to the terms of a rental.
    #[must_use]
    pub fn consent(&self, rental: RentalId) -> SignatureBytes {
        self.sign_message(&consent_message(rental))
    }

    /// Agrees to a division of the deposit, as the rental stands now.
    #[must_use]
    pub fn sign_division(&self, rental: RentalId, parts: u32, standing: Standing) -> SignatureBytes {
        self.sign_message(&division_message(rental, parts, standing))
    }

    /// Divides the deposit, as the arbiter.
    #[must_use]
    pub fn sign_decision(&self, rental: RentalId, parts: u32) -> SignatureBytes {
        self.sign_message(&decision_message(rental, parts))
    }

    /// The public key that will answer the device, once the right of a rental is used by these keys.
    #[must_use]
    pub fn use_key(&self, rental: RentalId) -> [u8; 32] {
        self.key_of_use(rental).verifying_key().to_bytes()
    }

    /// Signs the answer to a nonce of the device.
    #[must_use]
    pub fn sign_opening(
        &self,
        ledger: LedgerId,
        used: &UsedRight,
        nonce: &[u8; 32],
        interval: Interval,
    ) -> SignatureBytes {
        let message = opening_message(ledger.as_bytes(), &used.rental, &used.device, nonce, interval);
        SignatureBytes(self.key_of_use(RentalId(used.rental)).sign(&message).to_bytes())
    }

    fn key_of_use(&self, rental: RentalId) -> SigningKey {
        SigningKey::from_bytes(&derive(self.uses.expose(), [&rental.0, b"use"]))
    }

    fn sign_message(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.signer.sign(message).to_bytes())
    }
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKeys(<secret>)")
    }
}

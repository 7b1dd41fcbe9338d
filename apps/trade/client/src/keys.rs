//! A party's keys: one signs, one confirms invoices, one blinds.

use std::fmt;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_protocol::{
    hash::{blake2b_256, blake2b_512},
    keys::Seed,
    ristretto::Element,
    secret::Secret,
    transaction::{LedgerId, SignatureBytes, TransactionDigest},
};
use tabella_trade_rules::{
    action::{Consent, sender_message},
    domain::personal,
};
use zeroize::Zeroizing;

/// The keys of a party, from its wallet's seed. `Debug` prints nothing.
pub struct TradeKeys {
    party: SigningKey,
    confirming: Secret<Scalar>,
    blinding: Secret<[u8; 32]>,
}

fn expand(seed: &Seed, number: u32, label: &[u8]) -> Zeroizing<[u8; 64]> {
    Zeroizing::new(blake2b_512(personal::KEYS, &[seed.expose(), &number.to_le_bytes(), label]))
}

fn first_half(bytes: &Zeroizing<[u8; 64]>) -> Zeroizing<[u8; 32]> {
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

impl TradeKeys {
    /// The keys that a seed has under a number. Keys of different numbers cannot be linked.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        Self {
            party: SigningKey::from_bytes(&first_half(&expand(seed, number, b"party"))),
            confirming: Secret::new(Scalar::from_bytes_mod_order_wide(&expand(seed, number, b"confirming"))),
            blinding: Secret::new(*first_half(&expand(seed, number, b"blinding"))),
        }
    }

    /// The public key that a seed has under a number.
    #[must_use]
    pub fn party_of(seed: &Seed, number: u32) -> [u8; 32] {
        SigningKey::from_bytes(&first_half(&expand(seed, number, b"party"))).verifying_key().to_bytes()
    }

    /// The keys among those of some numbers by which a party is named.
    #[must_use]
    pub fn find(seed: &Seed, party: &[u8; 32], numbers: impl IntoIterator<Item = u32>) -> Option<Self> {
        let number = numbers.into_iter().find(|number| Self::party_of(seed, *number) == *party)?;
        Some(Self::of_seed(seed, number))
    }

    /// The public key by which letters and invoices name this party.
    #[must_use]
    pub fn party(&self) -> [u8; 32] {
        self.party.verifying_key().to_bytes()
    }

    /// `K = sk·B`, which a debtor registers.
    #[must_use]
    pub fn confirming_key(&self) -> Element {
        Element::new(self.confirming.expose() * RISTRETTO_BASEPOINT_TABLE)
    }

    pub(crate) const fn confirming(&self) -> &Secret<Scalar> {
        &self.confirming
    }

    pub(crate) const fn signing(&self) -> &SigningKey {
        &self.party
    }

    /// Signs a transaction as its sender.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&sender_message(digest))
    }

    /// Agrees to what another party will send.
    #[must_use]
    pub fn consent(&self, ledger: LedgerId, consent: &Consent) -> SignatureBytes {
        self.sign_message(&consent.message(ledger))
    }

    pub(crate) fn sign_message(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.party.sign(message).to_bytes())
    }

    /// A blinding factor that only these keys can find again.
    pub(crate) fn blinding_of(&self, what: &[&[u8]]) -> [u8; 32] {
        let mut parts: Vec<&[u8]> = vec![self.blinding.expose()];
        let lengths: Vec<[u8; 8]> = what.iter().map(|part| (part.len() as u64).to_le_bytes()).collect();
        for (length, part) in lengths.iter().zip(what) {
            parts.extend([length.as_slice(), part]);
        }
        blake2b_256(personal::BLINDING, &parts)
    }
}

impl fmt::Debug for TradeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TradeKeys(<secret>)")
    }
}

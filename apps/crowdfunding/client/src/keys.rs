//! Keys that derive from a seed: 24 words give a campaign back.

use std::{convert::Infallible, fmt};

use ed25519_dalek::{Signer as _, SigningKey};
use tabella_crowdfunding_rules::{Action, CampaignId, Proof, action::signed_message, domain};
use tabella_protocol::{
    hash::blake2b_512,
    keys::{Address, Diversifier, FullViewingKey, Seed},
    transaction::{LedgerId, SignatureBytes, Transaction, TransactionDigest},
};
use zeroize::Zeroizing;

use crate::alone;

/// BLAKE2b-512 (`Crowdfund_Keys__`) of seed || label || number.
fn expand(seed: &Seed, label: &[u8], number: u32) -> Zeroizing<[u8; 64]> {
    Zeroizing::new(blake2b_512(domain::KEYS, &[seed.expose(), label, &number.to_le_bytes()]))
}

fn signing_key(bytes: &Zeroizing<[u8; 64]>) -> SigningKey {
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(&bytes[..32]);
    SigningKey::from_bytes(&secret)
}

fn sign(key: &SigningKey, digest: TransactionDigest) -> SignatureBytes {
    SignatureBytes(key.sign(&signed_message(digest)).to_bytes())
}

/// The keys of one campaign. `Debug` prints nothing.
pub struct CampaignKeys {
    key: SigningKey,
    claimant: Diversifier,
}

impl CampaignKeys {
    /// The keys that a seed has for its campaign of a number.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let mut claimant = [0; 11];
        claimant.copy_from_slice(&expand(seed, b"claimant", number)[..11]);
        // A wallet's own diversifiers end in 0 and 1.
        claimant[10] = 2;
        Self { key: signing_key(&expand(seed, b"campaign", number)), claimant: Diversifier(claimant) }
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The address of the campaign in a wallet: it receives all pledges and nothing else.
    #[must_use]
    pub fn claimant(&self, wallet: &FullViewingKey) -> Address {
        wallet.incoming().address(self.claimant)
    }

    /// Signs for all that a transaction does with the campaign.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        sign(&self.key, digest)
    }
}

impl fmt::Debug for CampaignKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CampaignKeys(<secret>)")
    }
}

/// The key of somebody who says when a milestone is reached. `Debug` prints nothing.
pub struct ReleaseKey(SigningKey);

impl ReleaseKey {
    /// The key that a seed has under a number.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        Self(signing_key(&expand(seed, b"release", number)))
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs for all that a transaction releases.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        sign(&self.0, digest)
    }

    /// Says that a milestone is reached: a transaction that does nothing else.
    #[must_use]
    pub fn release(&self, ledger: LedgerId, campaign: CampaignId, milestone: u8) -> Transaction {
        let action = Action::Release { campaign, milestone };
        let signed = alone(ledger, &action, |context| Ok::<_, Infallible>(Proof::signed(self.sign(context.digest))));
        match signed {
            Ok(transaction) => transaction,
            Err(never) => match never {},
        }
    }
}

impl fmt::Debug for ReleaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReleaseKey(<secret>)")
    }
}

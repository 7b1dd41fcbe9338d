//! Spend-authority signatures: re-randomised Schnorr on Jubjub (RedJubjub), over a transaction's digest. Spec § 2 and § 4.
//!
//! Both ways of verifying are cofactored: they ask that `8·(s·G - c·rk - R)` is the identity, and so agree on every input.
//! reddsa accepts keys of small order, under which any signature holds: [`RandomizedValidatingKey`] does not.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::Field as _;
use rand_core::{CryptoRng, RngCore};
use reddsa::sapling::{Binding, SpendAuth};
use tabella_protocol::{
    field,
    jubjub::{JubjubPoint, scalar_from_bytes},
    transaction::{SignatureBytes, TransactionDigest},
};
use thiserror::Error;

use crate::batch::{BatchError, bisect};

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureError {
    /// `rk` is not a canonical encoding of a point on Jubjub.
    #[error("rk is not a canonical encoding of a point on Jubjub")]
    KeyEncoding,
    /// `rk` is of small order: anybody could sign.
    #[error("rk is of small order: anybody could sign under it")]
    SmallOrderKey,
    /// `R` is not a canonical encoding of a point on Jubjub.
    #[error("R of the signature is not a canonical encoding of a point on Jubjub")]
    NonceEncoding,
    /// `s` is not below the order of the group.
    #[error("s of the signature is not below the order of the group")]
    ScalarRange,
    /// The equation does not hold: not signed by the holder of `rk`, or another digest was signed.
    #[error("the signature is not of this digest by the holder of rk")]
    Invalid,
}

/// `rk`: a point on Jubjub, not of small order.
#[derive(Clone, Copy, PartialEq)]
pub struct RandomizedValidatingKey(reddsa::VerificationKey<SpendAuth>);

impl RandomizedValidatingKey {
    /// Takes the `rk` of a statement.
    ///
    /// # Errors
    /// [`SignatureError::SmallOrderKey`].
    pub fn new(rk: &JubjubPoint) -> Result<Self, SignatureError> {
        if rk.is_small_order() {
            return Err(SignatureError::SmallOrderKey);
        }
        reddsa::VerificationKey::try_from(rk.to_bytes()).map(Self).map_err(|_| SignatureError::KeyEncoding)
    }

    /// Reads a canonical encoding (32 bytes, ZIP 216).
    ///
    /// # Errors
    /// [`SignatureError::KeyEncoding`], [`SignatureError::SmallOrderKey`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        Self::new(&JubjubPoint::from_bytes(bytes).ok_or(SignatureError::KeyEncoding)?)
    }

    /// Verifies one signature of a digest.
    ///
    /// # Errors
    /// [`SignatureError`], one variant for each rule.
    pub fn verify(&self, digest: &TransactionDigest, signature: &SignatureBytes) -> Result<(), SignatureError> {
        check_encoding(signature)?;
        self.0.verify(digest.as_bytes(), &signature.signature()).map_err(|_| SignatureError::Invalid)
    }
}

impl fmt::Debug for RandomizedValidatingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RandomizedValidatingKey({})", hex::encode(<[u8; 32]>::from(self.0)))
    }
}

/// Verifies one signature by the `rk` of a statement.
///
/// # Errors
/// [`SignatureError`], one variant for each rule.
pub fn verify(rk: &JubjubPoint, digest: &TransactionDigest, signature: &SignatureBytes) -> Result<(), SignatureError> {
    RandomizedValidatingKey::new(rk)?.verify(digest, signature)
}

/// Signatures of a block, waiting to be verified together.
#[derive(Clone, Debug, Default)]
pub struct SignatureBatch {
    entries: Vec<Entry>,
}

type Item = reddsa::batch::Item<SpendAuth, Binding>;

#[derive(Clone, Debug)]
enum Entry {
    Queued(Item),
    /// Refused by an encoding or key rule when it was pushed.
    Refused,
}

impl SignatureBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a signature by the `rk` of a statement; returns its index.
    /// What [`verify`] refuses without its equation is found when the batch is verified.
    pub fn push(&mut self, rk: &JubjubPoint, digest: &TransactionDigest, signature: &SignatureBytes) -> usize {
        let entry = if rk.is_small_order() || !has_one_form(signature) {
            Entry::Refused
        } else {
            let key = reddsa::VerificationKeyBytes::from(rk.to_bytes());
            Entry::Queued(Item::from_spendauth(key, signature.signature(), digest.as_bytes()))
        };
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// How many signatures wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Verifies all signatures, with 128-bit weights from `rng`, which must be the operating system's (or seeded by it
    /// after the batch was fixed).
    ///
    /// # Errors
    /// [`BatchError`] with the indices of all signatures that [`verify`] would refuse.
    pub fn verify(self, rng: &mut (impl RngCore + CryptoRng)) -> Result<(), BatchError> {
        let mut culprits = Vec::new();
        let mut items = Vec::with_capacity(self.entries.len());
        for (index, entry) in self.entries.into_iter().enumerate() {
            match entry {
                Entry::Queued(item) => items.push((index, item)),
                Entry::Refused => culprits.push(index),
            }
        }
        let mut holds = |range: std::ops::Range<usize>| {
            let mut verifier = reddsa::batch::Verifier::new();
            for (_, item) in items.get(range).unwrap_or_default() {
                verifier.queue(item.clone());
            }
            verifier.verify(&mut *rng).is_ok()
        };
        if !holds(0..items.len()) {
            let mut valid =
                |member: usize| items.get(member).is_none_or(|(_, item)| item.clone().verify_single().is_ok());
            let mut members = Vec::new();
            bisect(0, items.len(), &mut holds, &mut valid, &mut members);
            culprits.extend(members.into_iter().filter_map(|member| items.get(member)).map(|(index, _)| *index));
            culprits.sort_unstable();
        }
        if culprits.is_empty() { Ok(()) } else { Err(BatchError { culprits }) }
    }
}

/// What [`check_encoding`] asks for without the square root that decodes R: a batch decodes R for its equation, and there finds
/// whether it is a point. That R and s are the only encodings of themselves does not rest on a dependency's version.
fn has_one_form(signature: &SignatureBytes) -> bool {
    let (mut nonce, mut scalar) = ([0; 32], [0; 32]);
    nonce.copy_from_slice(&signature.0[..32]);
    scalar.copy_from_slice(&signature.0[32..]);
    let sign = nonce[31] >> 7 == 1;
    nonce[31] &= 0x7f;
    // x is 0 where y is 1 or -1, and 0 has no sign (ZIP 216).
    let y = field::from_bytes(&nonce);
    scalar_from_bytes(&scalar).is_some() && y.is_some_and(|y| !(sign && y.square() == Fr::ONE))
}

/// reddsa checks both encodings too; here they have names, and do not rest on a dependency's version.
fn check_encoding(signature: &SignatureBytes) -> Result<(), SignatureError> {
    let (mut nonce, mut scalar) = ([0; 32], [0; 32]);
    nonce.copy_from_slice(&signature.0[..32]);
    scalar.copy_from_slice(&signature.0[32..]);
    scalar_from_bytes(&scalar).ok_or(SignatureError::ScalarRange)?;
    JubjubPoint::from_bytes(&nonce).ok_or(SignatureError::NonceEncoding)?;
    Ok(())
}

#[cfg(test)]
mod tests;

//! Release guards: an escrow that may be claimed once some of several people have agreed. Spec § 3.6.
//!
//! An examiner of documents, an arbiter, two of three trustees of a deposit: each is a list of keys and a threshold. An
//! escrow's contract names the guard; the refund path never asks for it.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    domain::personal,
    hash::blake2b_256,
    note::{Guard, Timestamp},
    transaction::{ApplicationId, LedgerId, SignatureBytes, TransactionDigest},
};

/// The application's name in actions and in guards.
pub const APPLICATION: ApplicationId = ApplicationId(*b"release\0");
/// Most keys of one guard.
pub const MAX_RELEASE_KEYS: usize = 32;

/// All that decides about one guard. The guard commits to it; it becomes public when the guard is opened.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReleaseParameters {
    /// Ed25519 keys, 1 to 32, in ascending order of their bytes, each once.
    pub keys: Vec<[u8; 32]>,
    /// How many of them must agree, 1 to their number.
    pub threshold: u16,
    /// The guard is not opened before this.
    pub not_before: Timestamp,
    /// Random, so that two guards of the same people differ, and nobody recognises one before it opens.
    pub nonce: [u8; 32],
    /// Digest of what the people agree to (documents, a contract's text), if they want it to be found later.
    pub memo: Option<[u8; 32]>,
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseParametersError {
    /// No key, too many, out of order or repeated.
    #[error("a release guard has 1 to {MAX_RELEASE_KEYS} keys in ascending order, each once")]
    Keys,
    /// A threshold that cannot be reached, or none.
    #[error("the threshold of a release guard is from 1 to the number of its keys")]
    Threshold,
}

impl ReleaseParameters {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`ReleaseParametersError`] names the rule.
    pub fn check(&self) -> Result<(), ReleaseParametersError> {
        let ascending = self.keys.iter().zip(self.keys.iter().skip(1)).all(|(a, b)| a < b);
        if self.keys.is_empty() || self.keys.len() > MAX_RELEASE_KEYS || !ascending {
            return Err(ReleaseParametersError::Keys);
        }
        if self.threshold == 0 || usize::from(self.threshold) > self.keys.len() {
            return Err(ReleaseParametersError::Threshold);
        }
        Ok(())
    }

    /// BLAKE2b-256 (`Tabella_RelGuard`) of the canonical parameters.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        blake2b_256(personal::RELEASE, &[&borsh::to_vec(self).expect("writing to memory")])
    }

    /// The guard that a contract names. `None` with negligible probability.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        Guard::of(&APPLICATION.0, &self.digest())
    }
}

/// The body of an action of the application `release`: the guard opens, for good.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenRelease {
    /// Which guard.
    pub parameters: ReleaseParameters,
}

/// The proof of the action: exactly `threshold` signatures of [`consent_message`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Consents {
    /// Index of a key, ascending, each once, and the signature under it.
    pub signatures: Vec<(u16, SignatureBytes)>,
}

/// What those who agree sign: BLAKE2b-256 (`Tabella_RelSigns`) of ledger || guard || digest of the transaction.
///
/// A transaction that does nothing but open the guard holds no randomness, so each of them computes its digest alone.
#[must_use]
pub fn consent_message(ledger: LedgerId, guard: &Guard, digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::RELEASE_CONSENT, &[ledger.as_bytes(), &guard.to_bytes(), digest.as_bytes()])
}

//! The file of a ballot that was opened instead of cast.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    ballot::AuditOpening,
    election::{AuditRanking, ElectionManifest, MAX_QUESTIONS, ManifestError, OpenedBallot},
    transaction::{TransactionDigest, TransactionEffects},
};
use thiserror::Error;

use super::PublicFile;
use crate::ballot::{AuditError, audit_opened_ballot};

/// A ballot that was opened instead of cast. It holds neither a proof nor a signature.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct AuditFile {
    /// The manifest, which names options and key.
    pub manifest: ElectionManifest,
    /// The tracker that was shown before the voter chose to audit.
    pub tracker: TransactionDigest,
    /// What the tracker is the digest of.
    pub effects: TransactionEffects,
    /// The choice and all randomness.
    pub opening: AuditOpening,
    /// The rankings and their randomness.
    #[borsh(deserialize_with = "read_rankings")]
    pub rankings: Vec<AuditRanking>,
}

/// As many as a ballot has questions.
fn read_rankings<R: io::Read>(reader: &mut R) -> io::Result<Vec<AuditRanking>> {
    let count = u32::deserialize_reader(reader)? as usize;
    if count > MAX_QUESTIONS {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "more rankings than a ballot has questions"));
    }
    (0..count).map(|_| AuditRanking::deserialize_reader(reader)).collect()
}

impl PublicFile for AuditFile {
    const KIND: &'static str = "opened ballot";
}

/// Why an opened ballot shows nothing good of the device that made it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFileError {
    /// The manifest breaks a rule.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The ballot is of another ledger.
    #[error("the ballot is of another ledger than the manifest in the file")]
    Ledger,
    /// The ballot is not what it is said to be.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl AuditFile {
    /// Recomputes everything from the opening: the tracker, each ciphertext and each sealed ranking. Returns for each
    /// question the points of each option, or its rank. That the election is the one that was announced is for the caller to compare.
    ///
    /// # Errors
    /// [`AuditFileError`] tells how the device deviated.
    pub fn check(&self) -> Result<Vec<Vec<u16>>, AuditFileError> {
        self.manifest.check()?;
        if self.effects.ledger != self.manifest.ledger {
            return Err(AuditFileError::Ledger);
        }
        let rules = self.manifest.answer_rules()?;
        let opened = OpenedBallot {
            effects: self.effects.clone(),
            opening: self.opening.clone(),
            rankings: self.rankings.clone(),
        };
        Ok(audit_opened_ballot(self.tracker, self.manifest.id(), &self.manifest.key, &rules, &opened)?)
    }
}

//! Files of authority and trustees.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    ceremony::{
        Acknowledgement, CeremonyId, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Reveal, RoundPayload,
        Shares, Signed, TrusteeCard,
    },
    decryption::{CanaryProof, PartialDecryption},
    election::{ElectionId, ElectionManifest, ManifestError, Roll, RollError},
};
use thiserror::Error;

use super::{FileError, PublicFile, decode};
use crate::ceremony::{self, CeremonyError, CeremonyOutcome};

/// The messages of one round of a ceremony: one trustee's, or those of several.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct RoundFile<P> {
    /// Which ceremony.
    pub ceremony: CeremonyId,
    /// The messages.
    pub messages: Vec<Signed<P>>,
}

/// What trustees rehearse on and voters read: everything of the opening but the canaries.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct ManifestFile {
    /// The manifest. Its hash is the election's id.
    pub manifest: ElectionManifest,
    /// The trustees' ceremony.
    pub ceremony: CeremonyRecord,
    /// The roll.
    pub roll: Roll,
}

/// A trustee's rehearsal on one election.
#[derive(Clone, Copy, Debug, BorshSerialize, BorshDeserialize)]
pub struct CanaryFile {
    /// The election.
    pub election: ElectionId,
    /// The decrypted canary.
    pub canary: CanaryProof,
}

/// A trustee's part of the tally of one election.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct PartialFile {
    /// The election.
    pub election: ElectionId,
    /// The decrypted shares.
    pub partial: PartialDecryption,
}

/// The viewing key of the distributing address of an election of hidden weights: whoever has it learns every weight.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub struct ViewingKeyFile {
    /// The election.
    pub election: ElectionId,
    /// `FullViewingKey::to_bytes`.
    pub key: [u8; 128],
}

impl std::fmt::Debug for ViewingKeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewingKeyFile").field("election", &self.election).finish_non_exhaustive()
    }
}

macro_rules! public_files {
    ($($content:ty = $kind:literal),* $(,)?) => {
        $(impl PublicFile for $content {
            const KIND: &'static str = $kind;
        })*
    };
}

public_files! {
    TrusteeCard = "trustee card",
    CeremonySetup = "ceremony setup",
    RoundFile<Commitment> = "ceremony commitments",
    RoundFile<Reveal> = "ceremony packages",
    RoundFile<Confirmation> = "ceremony confirmations",
    RoundFile<Shares> = "ceremony shares",
    RoundFile<Acknowledgement> = "ceremony acknowledgements",
    CeremonyRecord = "ceremony record",
    ManifestFile = "election manifest",
    CanaryFile = "trustee rehearsal",
    PartialFile = "partial decryption",
    ViewingKeyFile = "distribution viewing key",
}

/// Why the file of a manifest is refused: whoever made it is dishonest or in error.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestFileError {
    /// The manifest breaks a rule.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The ceremony does not verify.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The manifest is of another ceremony.
    #[error("the manifest names another ceremony or key than the record beside it")]
    OtherCeremony,
    /// The manifest is of another roll.
    #[error("the manifest names another roll than the one beside it")]
    OtherRoll,
    /// The roll breaks a rule.
    #[error(transparent)]
    Roll(#[from] RollError),
}

impl ManifestFile {
    /// Checks manifest, ceremony and roll, and that they belong together.
    ///
    /// # Errors
    /// [`ManifestFileError`] names what does not.
    pub fn check(&self) -> Result<CeremonyOutcome, ManifestFileError> {
        let Self { manifest, ceremony, roll } = self;
        manifest.check()?;
        let outcome = ceremony::verify(ceremony)?;
        if outcome.hash() != manifest.ceremony || *outcome.key() != manifest.key {
            return Err(ManifestFileError::OtherCeremony);
        }
        if roll.digest() != manifest.roll {
            return Err(ManifestFileError::OtherRoll);
        }
        roll.check(manifest.rules.weights)?;
        Ok(outcome)
    }
}

/// Why files give no messages of a round.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoundFileError {
    /// One of the files.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of another ceremony.
    #[error("a file of ceremony {found} is among those of {expected}")]
    OtherCeremony {
        /// Whose messages are needed.
        expected: CeremonyId,
        /// The file's.
        found: CeremonyId,
    },
}

/// Reads the messages of one round of a ceremony from files.
///
/// # Errors
/// [`RoundFileError`].
pub fn decode_round<P: RoundPayload>(
    files: &[impl AsRef<[u8]>],
    ceremony: CeremonyId,
) -> Result<Vec<Signed<P>>, RoundFileError>
where
    RoundFile<P>: PublicFile,
{
    let mut messages = Vec::new();
    for bytes in files {
        let file: RoundFile<P> = decode(bytes.as_ref())?;
        if file.ceremony != ceremony {
            return Err(RoundFileError::OtherCeremony { expected: ceremony, found: file.ceremony });
        }
        messages.extend(file.messages);
    }
    Ok(messages)
}

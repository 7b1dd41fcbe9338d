//! Files that the parties of an election hand to one another. They are public but for [`ViewingKeyFile`], which one auditor
//! is given.
//!
//! Form: a line of text `tabella <kind> 1`, then borsh of the content. The line lets a person see what a file is, and a
//! command say which file it was given instead of the one it needs.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use borsh::{BorshDeserialize, BorshSerialize};
use tabella_election::authority::Draft;
use tabella_protocol::{
    ballot::AuditOpening,
    ceremony::{
        Acknowledgement, CeremonyId, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Reveal, RoundPayload,
        Shares, Signed, TrusteeCard,
    },
    decryption::{CanaryProof, PartialDecryption},
    election::{ElectionId, ElectionManifest, Roll},
    transaction::{TransactionDigest, TransactionEffects},
};
use tabella_verifier::log::InclusionProof;

use crate::paths::{Readers, write_new};

/// The longest public file that is read.
const MAX_BYTES: u64 = 1 << 28;

/// Content of a public file.
pub trait PublicFile: BorshSerialize + BorshDeserialize {
    /// The kind, in the words of messages.
    const KIND: &'static str;
}

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
}

/// That a ballot is in the log. It verifies from itself: the election's id is the hash of the manifest, which names the
/// ledger, whose id is the hash of name and key, which signed the checkpoint.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub struct ReceiptFile {
    /// The manifest.
    pub manifest: ElectionManifest,
    /// Name of the ledger.
    pub ledger_name: String,
    /// Ed25519 key of the ledger.
    pub ledger_key: [u8; 32],
    /// The tracker.
    pub tracker: TransactionDigest,
    /// The entry: borsh of the logged transaction.
    pub leaf: Vec<u8>,
    /// That the entry is in the log.
    pub inclusion: InclusionProof,
    /// The signed checkpoint.
    pub checkpoint: Vec<u8>,
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
    Draft = "election draft",
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
    AuditFile = "opened ballot",
    ReceiptFile = "ballot receipt",
    ViewingKeyFile = "distribution viewing key",
}

/// The bytes of a file.
#[must_use]
pub fn encode<T: PublicFile>(content: &T) -> Vec<u8> {
    let mut bytes = header(T::KIND).into_bytes();
    content.serialize(&mut bytes).expect("writing to memory");
    bytes
}

/// Writes a new file.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub fn write<T: PublicFile>(path: &Path, content: &T) -> anyhow::Result<()> {
    write_new(path, &encode(content), Readers::Default)
}

/// Reads a file.
///
/// # Errors
/// If there is none, or it is of another kind, or damaged: the message names the file and what it is.
pub fn read<T: PublicFile>(path: &Path) -> anyhow::Result<T> {
    decode(&read_bytes(path, MAX_BYTES)?, &path.display().to_string())
}

/// Reads the bytes of a file; `name` is for messages.
///
/// # Errors
/// If they are of another kind, or damaged.
pub fn decode<T: PublicFile>(bytes: &[u8], name: &str) -> anyhow::Result<T> {
    let Some(content) = bytes.strip_prefix(header(T::KIND).as_bytes()) else {
        let needed = format!("a file \"{}\" is needed", T::KIND);
        match kind_of(bytes) {
            Some(found) => bail!("{name} is a file \"{found}\", and {needed}"),
            None => bail!("{name} is no file of tabella, and {needed}"),
        }
    };
    borsh::from_slice(content).map_err(|error| anyhow!("{name} is damaged: {error}"))
}

/// Reads files of one kind.
///
/// # Errors
/// As [`read`].
pub fn read_all<T: PublicFile>(paths: &[PathBuf]) -> anyhow::Result<Vec<T>> {
    paths.iter().map(|path| read(path)).collect()
}

/// The kind that a file states.
///
/// # Errors
/// If the file cannot be read, or states none.
pub fn kind(path: &Path) -> anyhow::Result<String> {
    let head = read_head(path)?;
    kind_of(&head).ok_or_else(|| anyhow!("{} is no file of tabella", path.display()))
}

/// Reads the messages of one round from files.
///
/// # Errors
/// As [`read`]; also if a message is of another ceremony.
pub fn read_round<P: RoundPayload>(paths: &[PathBuf], ceremony: CeremonyId) -> anyhow::Result<Vec<Signed<P>>>
where
    RoundFile<P>: PublicFile,
{
    let mut messages = Vec::new();
    for path in paths {
        let file: RoundFile<P> = read(path)?;
        if file.ceremony != ceremony {
            bail!("{} is of ceremony {}, and not of {ceremony}", path.display(), file.ceremony);
        }
        messages.extend(file.messages);
    }
    Ok(messages)
}

/// Reads a whole file that has at most `limit` bytes.
///
/// # Errors
/// If it cannot be read or is longer.
pub fn read_bytes(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() as u64 > limit {
        bail!("{} is longer than {limit} bytes", path.display());
    }
    Ok(bytes)
}

fn read_head(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut head))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(head)
}

/// The line with which a file of a kind begins.
#[must_use]
pub fn header(kind: &str) -> String {
    format!("tabella {kind} 1\n")
}

fn kind_of(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(64))?;
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    if line.chars().any(char::is_control) {
        return None;
    }
    // An election record has no line of its own, but 16 bytes that read like one.
    if bytes.starts_with(tabella_protocol::election::MAGIC) {
        return Some("election record".to_owned());
    }
    Some(line.strip_prefix("tabella ")?.strip_suffix(" 1")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary_free_round() -> RoundFile<Commitment> {
        RoundFile { ceremony: CeremonyId([7; 32]), messages: Vec::new() }
    }

    #[test]
    fn file_of_another_kind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("round");
        write(&path, &canary_free_round()).unwrap();
        let error = read::<RoundFile<Reveal>>(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("is a file \"ceremony commitments\", and a file \"ceremony packages\" is needed"),
            "{error}"
        );
        assert_eq!(kind(&path).unwrap(), "ceremony commitments");
    }

    #[test]
    fn trailing_bytes_and_foreign_ceremonies_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("round");
        let mut bytes = encode(&canary_free_round());
        bytes.push(0);
        std::fs::write(&path, bytes).unwrap();
        assert!(read::<RoundFile<Commitment>>(&path).unwrap_err().to_string().contains("is damaged"));
        let good = folder.path().join("good");
        write(&good, &canary_free_round()).unwrap();
        let error = read_round::<Commitment>(&[good], CeremonyId([8; 32])).unwrap_err().to_string();
        assert!(error.contains("is of ceremony"), "{error}");
    }
}

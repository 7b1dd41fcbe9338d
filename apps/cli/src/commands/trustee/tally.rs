//! The rehearsal and the tally: all that a trustee ever decrypts.

use std::{
    cell::Cell,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::{
    log,
    trustee::{TallyJournal, TrusteeError, decrypt_tally},
};
use tabella_ledger::clock::Clock as _;
use tabella_protocol::{
    ceremony::CeremonyId,
    election::{ElectionId, ElectionRecord, MAX_RECORD_BYTES},
    note::Timestamp,
};
use tabella_prover::trustee::TrusteeKey;
use tabella_verifier::log::SignedCheckpoint;

use super::Folder;
use crate::{
    cli::Context,
    elections::{
        clock::CommandClock,
        files::{self, CanaryFile, ManifestFile, PartialFile, read_bytes},
        keys,
        ledger::accepted_keys,
        time::Time,
    },
    parameters::warn_of_record,
    paths::{Readers, refuse_existing, write_new},
};

/// One entry has 68 bytes.
const MAX_JOURNAL_BYTES: u64 = 4096;

/// Arguments of `trustee rehearse`.
#[derive(Args, Debug)]
pub struct Rehearse {
    /// The election's manifest
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    #[command(flatten)]
    key: KeyPlace,
    /// File of the rehearsal
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `trustee decrypt`.
#[derive(Args, Debug)]
pub struct Decrypt {
    /// Record of the closed election
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// Id of the election, as it was announced
    #[arg(long, value_name = "ELECTION_ID")]
    election: ElectionId,
    /// The checkpoint that another trustee's `trustee decrypt` showed: nothing is decrypted if this record has another one
    #[arg(long, value_name = "SIZE:ROOT")]
    checkpoint: Option<String>,
    #[command(flatten)]
    key: KeyPlace,
    /// File of the partial decryption
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Args, Debug)]
struct KeyPlace {
    #[command(flatten)]
    folder: Folder,
    /// Key file in another place: a copy, for example
    #[arg(long, value_name = "FILE", conflicts_with = "directory")]
    key_file: Option<PathBuf>,
}

impl KeyPlace {
    fn path(&self, ceremony: CeremonyId, context: &Context) -> anyhow::Result<PathBuf> {
        match &self.key_file {
            Some(path) => Ok(path.clone()),
            None => Ok(self.folder.open(context)?.key(ceremony)),
        }
    }

    fn open(&self, ceremony: CeremonyId, context: &Context) -> anyhow::Result<TrusteeKey> {
        let path = self.path(ceremony, context)?;
        let remedy = "`tabella trustee restore` puts a copy in its place";
        Ok(keys::ask_and_open(&path, remedy, context)?.0)
    }
}

impl Rehearse {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let file: ManifestFile = files::read(&self.manifest)?;
        let outcome = file.check().with_context(|| format!("{} is refused", self.manifest.display()))?;
        let ManifestFile { manifest, ceremony, roll } = file;
        let key = self.key.open(ceremony.setup.id(), context)?;
        key.check_record(&ceremony)?;
        let election = manifest.id();
        let canary = key.rehearse(manifest.ledger, election.as_bytes(), &manifest.key, &mut OsRng)?;
        files::write(&self.output, &CanaryFile { election, canary })?;
        context.output.show(&Rehearsed {
            election: election.to_string(),
            title: manifest.title,
            opens: Time(manifest.opens),
            closes: Time(manifest.closes),
            voters: roll.voters(),
            trustee: outcome.culprit(key.trustee()).to_string(),
            file: self.output,
        })
    }
}

impl Decrypt {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let bytes = read_bytes(&self.record, MAX_RECORD_BYTES)?;
        let record =
            ElectionRecord::decode(&bytes).with_context(|| format!("cannot read {}", self.record.display()))?;
        let ceremony = ceremony_of(&record, &self.record)?;
        let checkpoint = checkpoint_of(&record).with_context(|| format!("cannot read {}", self.record.display()))?;
        if let Some(expected) = &self.checkpoint
            && *expected != checkpoint
        {
            bail!(
                "{} has the checkpoint {checkpoint}, and the other trustee's was {expected}: there are two records of this election. Decrypt neither, and show both to everybody",
                self.record.display()
            );
        }
        let key = self.key.open(ceremony, context)?;
        let journal_path = journal_of(&self.key.path(ceremony, context)?);
        let mut journal = read_journal(&journal_path)?;
        let first = journal == TallyJournal::new();
        warn_of_record(context, &record);
        let task = context.progress.spin("verifying the record");
        let steps = Cell::new(0u64);
        let tell = |_| {
            steps.set(steps.get() + 1);
            task.set(steps.get());
        };
        let (keys, now) = (accepted_keys(context)?, CommandClock::new(context)?.now());
        let partial = decrypt_tally(&key, &mut journal, self.election, &bytes, &keys, now, &mut OsRng, tell);
        let partial = partial.map_err(|error| explain(error, &self.record))?;
        task.finish();
        // Before anybody sees the decryption. A key has one tally, so that the journal is written once.
        if first {
            let journal = borsh::to_vec(&journal).expect("writing to memory");
            write_new(&journal_path, &journal, Readers::Owner)?;
        }
        let totals = partial.shares.len();
        files::write(&self.output, &PartialFile { election: self.election, partial })?;
        context.output.show(&Decrypted {
            election: self.election.to_string(),
            trustee: key.trustee().get(),
            totals,
            checkpoint,
            file: self.output,
        })
    }
}

/// Beside the key file: what was decrypted with it.
fn journal_of(key: &Path) -> PathBuf {
    let mut path = key.as_os_str().to_owned();
    path.push(".decrypted");
    path.into()
}

fn read_journal(path: &Path) -> anyhow::Result<TallyJournal> {
    match path.try_exists() {
        Ok(false) => Ok(TallyJournal::new()),
        _ => borsh::from_slice(&read_bytes(path, MAX_JOURNAL_BYTES)?)
            .with_context(|| format!("{} is damaged: it tells which tally was decrypted", path.display())),
    }
}

fn explain(error: TrusteeError, record: &Path) -> anyhow::Error {
    let error = match error {
        TrusteeError::TooEarly { closes, now } => {
            let time = |seconds| Time(Timestamp::new(seconds).unwrap_or(Timestamp::MAX));
            anyhow!(
                "the election takes ballots until {}, and this computer's clock shows {}: the times of the record are false, or the clock is",
                time(closes),
                time(now)
            )
        }
        other => other.into(),
    };
    error.context(format!("nothing of {} was decrypted", record.display()))
}

/// Whose key is needed; whether the record is right is checked afterwards.
fn ceremony_of(record: &ElectionRecord, path: &Path) -> anyhow::Result<CeremonyId> {
    let Some(opening) = record.entries.first().and_then(log::opening) else {
        bail!("{} does not begin with the opening of an election", path.display());
    };
    Ok(opening.ceremony.setup.id())
}

/// Size and root of the log that a record holds, as it states them; that it has them is checked with the record.
fn checkpoint_of(record: &ElectionRecord) -> anyhow::Result<String> {
    let signed = SignedCheckpoint::from_bytes(record.checkpoint.as_bytes())?;
    Ok(format!("{}:{}", signed.unverified().size(), signed.unverified().root()))
}

#[derive(Serialize)]
struct Rehearsed {
    election: String,
    title: String,
    opens: Time,
    closes: Time,
    voters: usize,
    trustee: String,
    file: PathBuf,
}

impl fmt::Display for Rehearsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        writeln!(f, "open         {} to {}", self.opens, self.closes)?;
        writeln!(f, "voters       {}", self.voters)?;
        writeln!(f, "election id  {}", self.election)?;
        writeln!(f, "{} can decrypt: the key fits the ceremony that the manifest names", self.trustee)?;
        writeln!(f, "file         {}\n", self.file.display())?;
        writeln!(f, "Compare title, times, voters and id with what was announced, then give the file to the authority.")
    }
}

#[derive(Serialize)]
struct Decrypted {
    election: String,
    trustee: u16,
    totals: usize,
    /// Of the log that the record holds: entries, and root.
    checkpoint: String,
    file: PathBuf,
}

impl fmt::Display for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The record of election {} verifies.", self.election)?;
        writeln!(f, "Trustee {} has decrypted its part of {} totals, and nothing else.", self.trustee, self.totals)?;
        writeln!(f, "checkpoint  {}", self.checkpoint)?;
        writeln!(f, "file        {}\n", self.file.display())?;
        writeln!(
            f,
            "Compare the checkpoint with the other trustees, then give the file to the authority. If theirs differ,"
        )?;
        writeln!(f, "there are two records of this election: keep the file.")
    }
}

//! Stamps, certificates, and the checkpoints that verifiers keep.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_ledger::node::Ledger;
use tabella_notary::{
    ConsistencyFile, StampCertificate,
    certificate::{StampDraft, new_stamp, stamp},
    entry::agree,
    rules::{ContentDigest, StampOpening},
};
use tabella_payments::holder::submit;
use tabella_verifier::log::{Checkpoint, CheckpointVerifier, SignedCheckpoint};

use super::{
    Author, Trust, digest_of, rules,
    show::{Stamped, Verified, WrittenCheckpoint},
};
use crate::{
    cli::Context,
    commands::ledger,
    elections::{
        files::{encode, read, read_bytes, write},
        time::Time,
    },
    paths::{Readers, refuse_existing, write_new},
};

/// The longest checkpoint that is read, in bytes.
const MAX_CHECKPOINT: u64 = 1 << 16;

/// Arguments of `notary stamp`.
#[derive(Args, Debug)]
pub struct Stamp {
    /// The file; it is read, and stays where it is
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Stamp it for the wallet's key of --number, which may then register it as a work
    #[arg(long)]
    author: bool,
    #[command(flatten)]
    keys: Author,
    /// File of the certificate; until it is written, a draft is kept beside it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `notary verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its certificate
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    #[command(flatten)]
    trust: Trust,
    /// A checkpoint of the ledger that you keep: the certificate must be of the same log
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The consistency proof between that checkpoint and the certificate's
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    consistency: Option<PathBuf>,
}

/// Arguments of `notary checkpoint`.
#[derive(Args, Debug)]
pub struct WriteCheckpoint {
    /// File of the checkpoint
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Also prove that the log continues that of an older checkpoint, or of the checkpoint in a certificate
    #[arg(long, value_name = "FILE", requires = "consistency")]
    since: Option<PathBuf>,
    /// File of that proof
    #[arg(long, value_name = "FILE", requires = "since")]
    consistency: Option<PathBuf>,
}

impl Stamp {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let (digest, bytes) = digest_of(&self.file)?;
        let (mut node, author) = if self.author {
            let work = self.keys.begin(context)?;
            (work.node, Some(work.keys.public()))
        } else {
            (ledger::open(context)?, None)
        };
        let draft = draft_of(&self.output);
        let opening = kept_opening(&draft, digest, author)?;
        let id = opening.id();
        let certificate = if rules(&node)?.stamp(&id).is_none() {
            let transaction = stamp(node.id(), &opening);
            let accepted = submit(&mut node, transaction)?;
            StampCertificate::of_ledger(&node, opening, accepted.digest)?
        } else {
            context
                .output
                .remark("This stamp is in the log already: a run before this one has not written its certificate.");
            StampCertificate::of_stamp(&node, opening)?.context("the ledger knows the stamp, and its log has none")?
        };
        let time = rules(&node)?.stamp(&id).context("the ledger has accepted the stamp, and does not know it")?;
        write(&self.output, &certificate)?;
        fs::remove_file(&draft).with_context(|| format!("cannot remove {}", draft.display()))?;
        context.output.show(&Stamped {
            digest: digest.to_string(),
            bytes,
            stamp: id.to_string(),
            author: author.map(hex::encode),
            time: Time(time),
            certificate: self.output,
        })
    }
}

fn draft_of(certificate: &Path) -> PathBuf {
    let mut name = certificate.as_os_str().to_owned();
    name.push(".draft");
    PathBuf::from(name)
}

/// The opening of a new stamp, which is on the medium before anything is submitted; or that of a run that was interrupted.
fn kept_opening(path: &Path, digest: ContentDigest, author: Option<[u8; 32]>) -> anyhow::Result<StampOpening> {
    if path.symlink_metadata().is_ok() {
        let StampDraft { opening } = read(path)?;
        if (opening.digest, opening.author) != (digest, author) {
            bail!(
                "{} was left by an interrupted stamp of another file or for another key: finish that one first, or choose \
                 another --output",
                path.display()
            );
        }
        return Ok(opening);
    }
    let draft = StampDraft { opening: new_stamp(digest, author, &mut OsRng) };
    write_new(path, &encode(&draft), Readers::Owner)?;
    Ok(draft.opening)
}

impl Verify {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let certificate: StampCertificate = read(&self.certificate)?;
        let (digest, _) = digest_of(&self.file)?;
        let verifier = self.trust.verifier(context)?;
        let proved = certificate
            .check_file(&verifier, digest)
            .with_context(|| format!("{} proves nothing of {}", self.certificate.display(), self.file.display()))?;
        if let Some(path) = &self.checkpoint {
            let kept = read_checkpoint(path, &verifier)?;
            let proof = self.consistency.as_deref().map(read::<ConsistencyFile>).transpose()?;
            agree(&kept, proved.checkpoint(), proof.as_ref().map(|file| &file.proof))
                .with_context(|| format!("the certificate is not of the log of {}", path.display()))?;
        }
        context.output.show(&Verified {
            digest: digest.to_string(),
            time: Time(proved.time()),
            stamp: proved.stamp().to_string(),
            author: proved.author().map(hex::encode),
            ledger: verifier.to_string(),
            entries: proved.checkpoint().size(),
            same_log: self.checkpoint.is_some(),
        })
    }
}

impl WriteCheckpoint {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let store = node.store();
        let signed = store.latest_checkpoint(node.name())?.context("the ledger has no entry yet, and no checkpoint")?;
        let entries = store.verifier().verify(&signed, node.name())?.size();
        if let (Some(since), Some(output)) = (&self.since, &self.consistency) {
            refuse_existing(output)?;
            let older = older_checkpoint(since, &node)?;
            if older.size() > entries {
                bail!("{} is of a longer log, of {} entries", since.display(), older.size());
            }
            let proof = store.consistency_proof(node.name(), older.size(), entries)?;
            write(output, &ConsistencyFile { proof })?;
        }
        write_new(&self.output, &signed.to_bytes(), Readers::Default)?;
        context.output.show(&WrittenCheckpoint {
            ledger: store.verifier().to_string(),
            entries,
            checkpoint: self.output,
            consistency: self.consistency,
        })
    }
}

/// The checkpoint in a file, or in the certificate that a file is.
fn older_checkpoint(path: &Path, node: &Ledger) -> anyhow::Result<Checkpoint> {
    let verifier = node.store().verifier();
    match read::<StampCertificate>(path) {
        Ok(certificate) => Ok(certificate.check(verifier)?.checkpoint().clone()),
        Err(_) => read_checkpoint(path, verifier),
    }
}

fn read_checkpoint(path: &Path, verifier: &CheckpointVerifier) -> anyhow::Result<Checkpoint> {
    let place = || format!("{} is no checkpoint of the ledger", path.display());
    let signed = SignedCheckpoint::from_bytes(&read_bytes(path, MAX_CHECKPOINT)?).with_context(place)?;
    Ok(verifier.verify(&signed, verifier.name()).with_context(place)?.clone())
}

//! What a registrar approves and an issuer grants: looked at first, and signed by the digest of what was seen.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use serde::Serialize;
use tabella_ledger::node::Ledger;
use tabella_protocol::transaction::{Transaction, TransactionDigest};
use tabella_provenance::{
    build::{self, BuildError, ClaimRequest},
    files::BatchForApproval,
    rules::action::{Batch, ProvenanceAction},
};

use super::{super::work::Sent, Owner, known, rules};
use crate::{cli::Context, commands::ledger, elections::files, output::visible};

/// Arguments of `provenance review-batch`.
#[derive(Args, Debug)]
pub struct ReviewBatch {
    /// The batch, from its issuer
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `provenance approve`.
#[derive(Args, Debug)]
pub struct Approve {
    /// The batch, from its issuer
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Digest of the batch, as `tabella provenance review-batch` shows it: any other is refused
    #[arg(long, value_name = "DIGEST")]
    digest: TransactionDigest,
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `provenance review-claim`.
#[derive(Args, Debug)]
pub struct ReviewClaim {
    /// The claim, from the owner
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `provenance grant`.
#[derive(Args, Debug)]
pub struct Grant {
    /// The claim, from the owner
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Digest of the claim, as `tabella provenance review-claim` shows it: any other is refused
    #[arg(long, value_name = "DIGEST")]
    digest: TransactionDigest,
    #[command(flatten)]
    owner: Owner,
}

#[derive(Serialize)]
struct BatchShown {
    digest: String,
    registry: String,
    registry_name: String,
    issuer: String,
    issuer_name: Option<String>,
    kind: String,
    things: usize,
    /// Things of the same measures as others before them.
    look_alikes: usize,
    /// Things that lack measures: nobody can count what looks like them.
    unmeasured: usize,
    holder: String,
}

impl BatchShown {
    fn new(node: &Ledger, batch: &Batch, digest: TransactionDigest) -> anyhow::Result<Self> {
        let known = known(node, batch.registry)?;
        let likenesses = batch.stones.iter().filter_map(|stone| stone.likeness);
        Ok(Self {
            digest: digest.to_string(),
            registry: batch.registry.to_string(),
            registry_name: known.registry.name.clone(),
            issuer: hex::encode(batch.issuer),
            issuer_name: known.issuers.get(&batch.issuer).map(|issuer| issuer.name.clone()),
            kind: batch.schema.to_string(),
            things: batch.stones.len(),
            look_alikes: likenesses.filter(|likeness| likeness.told_apart > 0).count(),
            unmeasured: batch.unmeasured(),
            holder: hex::encode(batch.holder),
        })
    }
}

impl fmt::Display for BatchShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuer = self.issuer_name.as_deref().map_or_else(|| "(not authorised)".into(), visible);
        writeln!(f, "digest       {}", self.digest)?;
        writeln!(f, "registry     {} ({})", self.registry, visible(&self.registry_name))?;
        writeln!(f, "issuer       {} ({issuer})", self.issuer)?;
        writeln!(f, "things       {} of kind {}", self.things, self.kind)?;
        writeln!(f, "look-alikes  {} of the same measures as others before them", self.look_alikes)?;
        writeln!(f, "unmeasured   {} that may look like any other", self.unmeasured)?;
        writeln!(f, "holder       {}", self.holder)
    }
}

#[derive(Serialize)]
struct ClaimShown {
    digest: String,
    things: usize,
    assets: Vec<String>,
}

impl ClaimShown {
    fn new(request: &ClaimRequest, digest: TransactionDigest) -> Self {
        let assets = request.issues.iter().filter_map(|issue| issue.asset.id());
        Self {
            digest: digest.to_string(),
            things: request.issues.len(),
            assets: assets.map(|asset| asset.to_string()).collect(),
        }
    }
}

impl fmt::Display for ClaimShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "digest       {}", self.digest)?;
        for asset in &self.assets {
            writeln!(f, "thing        {asset}")?;
        }
        Ok(())
    }
}

/// What was looked at, and how it is signed.
#[derive(Serialize)]
struct Reviewed<T> {
    #[serde(flatten)]
    what: T,
    #[serde(skip)]
    next: &'static str,
}

impl<T: fmt::Display> fmt::Display for Reviewed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n", self.what, self.next)
    }
}

/// What was signed, and where it is on the ledger.
#[derive(Serialize)]
struct Done<T> {
    #[serde(skip)]
    done: &'static str,
    #[serde(flatten)]
    what: T,
    #[serde(flatten)]
    sent: Sent,
}

impl<T: fmt::Display> fmt::Display for Done<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}{}", self.done, self.what, self.sent)
    }
}

/// That a file holds what was looked at.
fn compare(what: &str, found: TransactionDigest, expected: TransactionDigest) -> anyhow::Result<()> {
    if found != expected {
        bail!("the file holds another {what} than {expected}: look at it before you sign");
    }
    Ok(())
}

/// The batch of a file, the transaction that registers it, and its digest.
fn read_batch(path: &Path, node: &Ledger) -> anyhow::Result<(Batch, Transaction, TransactionDigest)> {
    let BatchForApproval { transaction } = files::read(path)?;
    if transaction.effects.ledger != node.id() {
        bail!("{} is for another ledger", path.display());
    }
    let body = transaction.effects.actions.first().and_then(|action| borsh::from_slice(&action.body).ok());
    let digest = transaction.effects.digest();
    match body {
        Some(ProvenanceAction::Register(batch)) => Ok((*batch, transaction, digest)),
        _ => Err(anyhow!("{} holds no batch", path.display())),
    }
}

/// The claim of a file, and its digest.
fn read_claim(path: &Path, node: &Ledger) -> anyhow::Result<(ClaimRequest, TransactionDigest)> {
    let request: ClaimRequest = files::read(path)?;
    if request.ledger != node.id() {
        return Err(BuildError::Ledger.into());
    }
    let digest = request.digest().with_context(|| format!("{} holds no claim", path.display()))?;
    Ok((request, digest))
}

impl ReviewBatch {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (batch, _, digest) = read_batch(&self.file, &node)?;
        let next = "Nothing is signed. Compare what looks alike, and ask why the rest was not measured; then `tabella provenance approve` \
             takes file and --digest.";
        context.output.show(&Reviewed { what: BatchShown::new(&node, &batch, digest)?, next })
    }
}

impl Approve {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let (batch, mut transaction, digest) = read_batch(&self.file, &work.node)?;
        compare("batch", digest, self.digest)?;
        let what = BatchShown::new(&work.node, &batch, digest)?;
        build::approve(&work.keys, &mut transaction)?;
        let sent = work.send(transaction)?;
        work.context.output.show(&Done { done: "approved", what, sent })
    }
}

impl ReviewClaim {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (request, digest) = read_claim(&self.file, &node)?;
        let next = "Nothing is signed. `tabella provenance grant` takes the file and --digest.";
        context.output.show(&Reviewed { what: ClaimShown::new(&request, digest), next })
    }
}

impl Grant {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let (request, digest) = read_claim(&self.file, &work.node)?;
        compare("claim", digest, self.digest)?;
        let transaction = request.grant(&work.keys, work.node.id(), rules(&work.node)?)?;
        let sent = work.send(transaction)?;
        work.context.output.show(&Done { done: "granted", what: ClaimShown::new(&request, digest), sent })
    }
}

//! Receipts: that the log of an election holds a ballot.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_protocol::{
    election::{ElectionId, ElectionRecord, MAX_RECORD_BYTES},
    transaction::TransactionDigest,
};
use tabella_verifier::{files::ProvedReceipt, record::verify_record, report::CheckId};

use crate::{
    cli::Context,
    elections::{
        files::{self, ReceiptFile, read_bytes},
        ledger::{self, accepted_keys},
        time::Time,
    },
};

/// Arguments of `voter receipt`.
#[derive(Args, Debug)]
pub struct WriteReceipt {
    /// The ballot's tracker
    #[arg(value_name = "TRACKER")]
    tracker: TransactionDigest,
    /// Id of the election
    #[arg(long, value_name = "ELECTION_ID")]
    election: ElectionId,
    /// File of the receipt
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `voter check-receipt`.
#[derive(Args, Debug)]
pub struct CheckReceipt {
    /// File of the receipt
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Id of the election, as it was announced
    #[arg(long, value_name = "ELECTION_ID")]
    election: Option<ElectionId>,
    /// Election record: check that it holds the ballot too, and whether the ballot counts in it
    #[arg(long, value_name = "RECORD")]
    record: Option<PathBuf>,
}

impl WriteReceipt {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let ledger = ledger::open(context)?;
        let manifest = ledger::election(&ledger, self.election)?.manifest().clone();
        let receipt = ledger.receipt(self.election, self.tracker)?;
        let receipt = receipt.ok_or_else(|| anyhow!("the log of the election holds no ballot {}", self.tracker))?;
        let file = ReceiptFile {
            manifest,
            ledger_name: ledger.name().as_str().to_owned(),
            ledger_key: ledger.store().verifier().key().to_bytes(),
            tracker: receipt.tracker,
            leaf: receipt.leaf,
            inclusion: receipt.inclusion,
            checkpoint: receipt.checkpoint.to_bytes(),
        };
        // What is handed out verifies.
        let proved = file.check()?;
        files::write(&self.output, &file)?;
        context.output.show(&ShownReceipt::new(&file, &proved, Some(self.output), None))
    }
}

impl CheckReceipt {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let file: ReceiptFile = files::read(&self.file)?;
        let place = || format!("the receipt {} is not valid", self.file.display());
        let proved = file.check().with_context(place)?;
        let election = file.manifest.id();
        if let Some(expected) = self.election
            && expected != election
        {
            return Err(anyhow!("it is of election {election}, and not of {expected}").context(place()));
        }
        let in_record = match &self.record {
            Some(path) => Some(look_up(&file, &proved, path, context)?),
            None => None,
        };
        context.output.show(&ShownReceipt::new(&file, &proved, None, in_record))
    }
}

/// Looks the ballot up in a record that verifies; tells whether it counts there.
fn look_up(
    file: &ReceiptFile,
    proved: &ProvedReceipt,
    path: &std::path::Path,
    context: &Context,
) -> anyhow::Result<bool> {
    let bytes = read_bytes(path, MAX_RECORD_BYTES)?;
    let verification = verify_record(&bytes, &accepted_keys(context)?, &mut OsRng, |_| ());
    let report = &verification.report;
    if !report.holds_but_for(CheckId::TallyResult) {
        let reason = report.first_failure().map(|check| check.detail.clone()).unwrap_or_default();
        bail!("the record {} is not valid: {reason}", path.display());
    }
    let record = ElectionRecord::decode(&bytes)?;
    let election = verification.election.context("the record holds no election")?;
    file.look_up(proved, &election, &record.ledger_key).with_context(|| format!("the record {}", path.display()))
}

#[derive(Serialize)]
struct ShownReceipt {
    valid: bool,
    election: String,
    title: String,
    tracker: String,
    accepted: Time,
    entry: u64,
    log_size: u64,
    log_root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// Whether the ballot counts in the record, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<bool>,
}

impl ShownReceipt {
    fn new(receipt: &ReceiptFile, proved: &ProvedReceipt, file: Option<PathBuf>, counts: Option<bool>) -> Self {
        Self {
            valid: true,
            election: receipt.manifest.id().to_string(),
            title: receipt.manifest.title.clone(),
            tracker: receipt.tracker.to_string(),
            accepted: Time(proved.time),
            entry: receipt.inclusion.leaf(),
            log_size: proved.checkpoint.size(),
            log_root: proved.checkpoint.root().to_string(),
            file,
            counts,
        }
    }
}

impl fmt::Display for ShownReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nelection id  {}\ntracker      {}", self.title, self.election, self.tracker)?;
        writeln!(f, "accepted     {}", self.accepted)?;
        writeln!(f, "entry        {} of {} in the log, root {}", self.entry, self.log_size, self.log_root)?;
        if let Some(file) = &self.file {
            writeln!(f, "receipt      {}", file.display())?;
        }
        match self.counts {
            Some(true) => writeln!(f, "\nThe record holds the ballot, and it counts."),
            Some(false) => {
                writeln!(f, "\nThe record holds the ballot; it does not count, because a later one took its place.")
            }
            None => writeln!(f, "\nThe ledger has signed that its log holds the ballot."),
        }
    }
}

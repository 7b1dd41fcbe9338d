//! Verifies an election record: for anyone, with nothing but the file.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_protocol::{
    election::{ElectionId, Weights},
    transaction::TransactionDigest,
};
use tabella_verifier::{
    election::{ElectionPool, Stage},
    record::{RecordRefusal, VerifiedElection, verify_record},
    report::{Check, CheckId, Report},
};

use crate::{
    ballot_proofs::BallotProofs,
    cli::Context,
    output::{ExitKind, Table},
    progress::Task,
    runoff::Runoff,
};

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The election record
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// The election id that was announced: the record must be of this election
    #[arg(long, value_name = "ID")]
    election: Option<ElectionId>,
    /// Look up a ballot by its tracker
    #[arg(long, value_name = "TRACKER")]
    tracker: Option<TransactionDigest>,
    /// Verifying key of a ceremony that you trust; may be repeated
    #[arg(long = "verifying-key", value_name = "FILE")]
    verifying_keys: Vec<PathBuf>,
}

impl Verify {
    /// Runs the command.
    ///
    /// # Errors
    /// If the record cannot be read, is not valid, or is of another election.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let path = self.record.display();
        let bytes = fs::read(&self.record).with_context(|| format!("cannot read the record {path}"))?;
        let accepted = context.parameters.accepted_keys(&self.verifying_keys)?;
        let mut shown: Option<(CheckId, Task)> = None;
        let verification = verify_record(&bytes, &accepted, &mut OsRng, |progress| {
            if shown.as_ref().is_none_or(|(check, _)| *check != progress.check) {
                let title = progress_title(progress.check);
                shown = Some((progress.check, context.progress.count(title, "items", progress.total)));
            }
            if let Some((_, task)) = &shown {
                task.set(progress.done);
            }
        });
        drop(shown);
        let verdict = Verdict::new(verification.report, verification.election, self.election, self.tracker);
        context.output.show(&verdict)?;
        if verdict.valid {
            Ok(())
        } else {
            Err(anyhow!(ExitKind::Refused).context(format!("{path} is not a valid record: see the checks above")))
        }
    }
}

const fn progress_title(check: CheckId) -> &'static str {
    match check {
        CheckId::EntriesSignatures => "checking signatures",
        CheckId::EntriesBallots => "checking ballots",
        CheckId::EntriesProofs => "checking proofs",
        _ => "replaying the log",
    }
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verdict {
    valid: bool,
    checks: Vec<Check>,
    #[serde(skip_serializing_if = "Option::is_none")]
    election: Option<ElectionSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracker: Option<TrackerSummary>,
}

#[derive(Debug, Serialize)]
struct ElectionSummary {
    id: String,
    title: String,
    development_parameters: bool,
    voters: usize,
    ballots: u64,
    counted: u64,
    ballot_proofs: BallotProofs,
    /// Where weights are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<WeightSummary>,
    questions: Vec<QuestionSummary>,
}

#[derive(Debug, Serialize)]
struct WeightSummary {
    total: u64,
    transfers_before_opening: u64,
    transfers_of_distribution: u64,
}

impl WeightSummary {
    fn of(pool: &ElectionPool) -> Option<Self> {
        (pool.manifest().rules.weights == Weights::Hidden).then(|| Self {
            total: pool.total_weight(),
            transfers_before_opening: pool.early_transfers(),
            transfers_of_distribution: pool.distribution_transfers(),
        })
    }
}

impl fmt::Display for WeightSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, needed) = (self.transfers_before_opening, self.transfers_of_distribution);
        write!(
            f,
            "hidden weights, {} in all; {found} transfers before the opening, and the distribution takes {needed}",
            self.total
        )?;
        match found.cmp(&needed) {
            std::cmp::Ordering::Less => write!(f, ": not every voter had a right when it opened"),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => write!(f, ": {} moved rights otherwise", found - needed),
        }
    }
}

#[derive(Debug, Serialize)]
struct QuestionSummary {
    title: String,
    /// Option id to weight or points, or, of a ranked question, to first preferences; absent before the result is out.
    tally: Option<BTreeMap<String, u64>>,
    /// Of a ranked question.
    #[serde(flatten)]
    runoff: Option<Runoff>,
    #[serde(skip)]
    rows: Vec<(String, String, u64)>,
}

#[derive(Debug, Serialize)]
struct TrackerSummary {
    tracker: String,
    found: bool,
    entry: Option<u64>,
    counts: bool,
}

impl Verdict {
    fn new(
        report: Report,
        election: Option<VerifiedElection>,
        expected: Option<ElectionId>,
        tracker: Option<TransactionDigest>,
    ) -> Self {
        let Report { mut valid, mut checks } = report;
        let tracker = tracker.map(|tracker| {
            let found = election.as_ref().and_then(|election| election.find(tracker));
            TrackerSummary {
                tracker: tracker.to_string(),
                found: found.is_some(),
                entry: found.map(|found| found.entry),
                counts: found.is_some_and(|found| found.counts),
            }
        });
        if let (Some(expected), Some(election)) = (expected, &election)
            && election.pool.id() != expected
        {
            valid = false;
            let other = RecordRefusal::OtherElection { expected, found: election.pool.id() };
            for check in checks.iter_mut().filter(|check| check.id == CheckId::OpeningManifest) {
                check.refuse(&other);
            }
        }
        Self { valid, checks, election: election.as_ref().map(ElectionSummary::new), tracker }
    }
}

impl ElectionSummary {
    fn new(election: &VerifiedElection) -> Self {
        let (pool, manifest) = (&election.pool, election.pool.manifest());
        let results = match pool.stage() {
            Stage::Published(results) => Some(results),
            Stage::Open | Stage::Closed => None,
        };
        let mut results = results.into_iter().flat_map(|results| results.by_question(&manifest.questions));
        let questions = manifest.questions.iter().map(|question| {
            let result = results.next();
            let rows: Vec<(String, String, u64)> = result
                .map(|result| question.options.iter().zip(result.votes()))
                .into_iter()
                .flatten()
                .map(|(option, total)| (option.id.clone(), option.name.clone(), *total))
                .collect();
            let tally = result.map(|_| rows.iter().map(|(id, _, total)| (id.clone(), *total)).collect());
            let runoff = result.and_then(|result| Runoff::of(question, result));
            QuestionSummary { title: question.title.clone(), tally, runoff, rows }
        });
        Self {
            id: pool.id().to_string(),
            title: manifest.title.clone(),
            development_parameters: election.development,
            voters: pool.voters(),
            ballots: pool.ballots(),
            counted: pool.counted(),
            ballot_proofs: manifest.rules.ballot_proofs.into(),
            weights: WeightSummary::of(pool),
            questions: questions.collect(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = match (check.ok, check.reached) {
                (true, _) => "ok    ",
                (false, true) => "FAILED",
                (false, false) => "-     ",
            };
            writeln!(f, "{mark}  {:20} {}", check.id.to_string(), check.id.title())?;
            if !check.detail.is_empty() {
                writeln!(f, "{:8}{:20} {}", "", "", check.detail)?;
            }
        }
        writeln!(f)?;
        if let Some(election) = &self.election {
            writeln!(f, "{}\nelection {}", election.title, election.id)?;
            writeln!(
                f,
                "voters {}, ballots {}, of which {} count",
                election.voters, election.ballots, election.counted
            )?;
            writeln!(f, "ballot proofs: {}", election.ballot_proofs)?;
            if let Some(weights) = &election.weights {
                writeln!(f, "{weights}")?;
            }
            writeln!(f)?;
            for question in election.questions.iter().filter(|question| question.tally.is_some()) {
                if question.title != election.title {
                    writeln!(f, "{}", question.title)?;
                }
                let mut table = Table::new(&["option", ">votes", "name"]);
                for (id, name, total) in &question.rows {
                    table.row([id.clone(), total.to_string(), name.clone()]);
                }
                writeln!(f, "{table}")?;
                if let Some(runoff) = &question.runoff {
                    writeln!(f, "{runoff}")?;
                }
            }
            if election.development_parameters {
                writeln!(f, "Made under DEVELOPMENT parameters: anybody can forge proofs under them.\n")?;
            }
        }
        if let Some(tracker) = &self.tracker {
            match tracker.entry {
                Some(entry) if tracker.counts => {
                    writeln!(f, "Ballot {} is entry {entry}, and counts.", tracker.tracker)?
                }
                Some(entry) => {
                    writeln!(f, "Ballot {} is entry {entry}; a later ballot took its place.", tracker.tracker)?;
                }
                None => writeln!(f, "Ballot {} is not in this record.", tracker.tracker)?,
            }
        }
        writeln!(f, "{}", if self.valid { "VALID: every check passed." } else { "NOT VALID." })
    }
}

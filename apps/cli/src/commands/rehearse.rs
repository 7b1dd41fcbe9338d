//! Rehearsals: a whole election on ballots from a file, and its plain count.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Serialize;
use tabella_election::{
    count::PlainCount,
    rehearsal::{Observer, Outcome, RehearsalPlan, StageName, rehearse},
    voter::ProvingKeys,
};
use tabella_forms::ballots::BallotFile;
use tabella_protocol::election::{QuestionKind, QuestionOption};
use tabella_verifier::groth16::ParametersOrigin;

use crate::{
    ballot_proofs::BallotProofs,
    cli::Context,
    output::{ExitKind, Table},
    progress::{Progress, Task},
    runoff::Runoff,
};

/// Arguments of `rehearse`.
#[derive(Args, Debug)]
pub struct Rehearse {
    /// Ballot file: Pabulib (.pb) or a table (.csv); see docs/ballot-files.md
    #[arg(long, value_name = "FILE")]
    ballots: PathBuf,
    /// Only the first so many ballots
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How many voters of a hundred delegate their right
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=90))]
    delegate: u8,
    /// How ballots are proved
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    ballot_proofs: BallotProofs,
    /// Folder for the ledger and the record; must not exist yet [default: rehearsal, rehearsal-2, …]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Only check the file and count it in plain, beside the published counts
    #[arg(long)]
    count: bool,
}

impl Rehearse {
    /// Runs the command.
    ///
    /// # Errors
    /// If the file is wrong, a step fails, or the result is not the plain count.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = BallotFile::read(&self.ballots, self.limit)?;
        if self.count {
            return count(context, &file);
        }
        let directory = self.directory.map_or_else(|| free_directory("rehearsal"), Ok)?;
        let report = run(context, &file, self.delegate, self.ballot_proofs, directory)?;
        context.output.show(&report)?;
        report.verdict()
    }
}

/// A folder of this name that does not exist, numbered if need be.
///
/// # Errors
/// If the file system does not answer.
pub fn free_directory(name: &str) -> anyhow::Result<PathBuf> {
    let mut directory = PathBuf::from(name);
    let mut number = 1;
    while directory.try_exists().with_context(|| format!("cannot look for {}", directory.display()))? {
        number += 1;
        directory = PathBuf::from(format!("{name}-{number}"));
    }
    Ok(directory)
}

/// Runs a whole election on the ballots of a file.
///
/// # Errors
/// If a step fails.
pub fn run(
    context: &Context,
    file: &BallotFile,
    delegate_percent: u8,
    proofs: BallotProofs,
    directory: PathBuf,
) -> anyhow::Result<RehearsalReport> {
    let parameters = context.parameters.load_for_many(context)?;
    let keys = ProvingKeys::of(|shape| parameters.verifying_key(shape).id());
    let plan = RehearsalPlan {
        title: file.title.clone(),
        options: file
            .options
            .iter()
            .map(|option| QuestionOption { id: option.id.clone(), name: option.name.clone() })
            .collect(),
        kind: file.kind,
        ballots: file.ballots.clone(),
        weights: file.weights.clone(),
        ballot_proofs: proofs.into(),
        delegate_percent,
    };
    if directory.exists() {
        return Err(anyhow!(ExitKind::Exists)
            .context(format!("{} exists already; choose another folder with --directory", directory.display())));
    }
    fs::create_dir_all(&directory).with_context(|| format!("cannot make the folder {}", directory.display()))?;
    let accepted = context.parameters.accepted_keys(&[])?;
    let mut observer = ShownProgress { progress: context.progress, task: None };
    let outcome = rehearse(&plan, &directory, &parameters, keys, &accepted, &mut observer)?;
    let development = parameters.origin() == ParametersOrigin::Development;
    Ok(RehearsalReport::new(file, proofs, directory, outcome, development))
}

/// Shows each stage as a task.
struct ShownProgress {
    progress: Progress,
    task: Option<Task>,
}

impl Observer for ShownProgress {
    fn begin(&mut self, stage: StageName, steps: u64) {
        let (title, items) = match stage {
            StageName::Ceremony => ("key ceremony", "ceremonies"),
            StageName::Roll => ("making the roll", "voters"),
            StageName::Opening => ("opening", "elections"),
            StageName::Distribution => ("distributing weights", "transfers"),
            StageName::Delegation => ("delegating, recalling", "transfers"),
            StageName::Casting => ("casting", "ballots"),
            StageName::Revoting => ("voting again", "ballots"),
            StageName::Tally => ("tallying", "results"),
            StageName::Record => ("writing the record", "records"),
            StageName::Verification => ("verifying the record", "proofs"),
        };
        self.task = Some(self.progress.count(title, items, steps));
    }

    fn done(&mut self, steps: u64) {
        if let Some(task) = &self.task {
            task.set(steps);
        }
    }

    fn end(&mut self) {
        if let Some(task) = self.task.take() {
            task.finish();
        }
    }
}

/// What a rehearsal gave.
#[derive(Debug, Serialize)]
pub struct RehearsalReport {
    record: PathBuf,
    /// For each option the votes or points, or, of a ranked question, the first preferences.
    tally: BTreeMap<String, u64>,
    /// Of a ranked question.
    #[serde(flatten)]
    runoff: Option<Runoff>,
    ballots: usize,
    /// The sum of all weights, if the file has weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u64>,
    ballot_proofs: BallotProofs,
    seconds: BTreeMap<&'static str, f64>,
    election: String,
    accepted: u64,
    delegated: usize,
    recalled: usize,
    overridden: usize,
    revoted: usize,
    record_bytes: u64,
    /// Whether proofs are under development parameters, under which anybody can forge.
    development_parameters: bool,
    /// Whether the record verifies.
    valid: bool,
    /// Whether the result is the plain count of the file.
    agrees: bool,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    directory: PathBuf,
    #[serde(skip)]
    rows: Vec<[String; 5]>,
    #[serde(skip)]
    times: Vec<(&'static str, f64)>,
    #[serde(skip)]
    failure: Option<String>,
}

impl RehearsalReport {
    fn new(
        file: &BallotFile,
        ballot_proofs: BallotProofs,
        directory: PathBuf,
        outcome: Outcome,
        development_parameters: bool,
    ) -> Self {
        let published = |index: usize| {
            let count = file.published.as_ref().and_then(|published| published.get(index));
            count.map_or_else(|| "-".to_owned(), u64::to_string)
        };
        let counts = outcome.result.votes().iter().zip(outcome.plain_count.votes());
        let rows = file.options.iter().zip(counts).enumerate().map(|(index, (option, (result, plain)))| {
            [option.id.clone(), result.to_string(), plain.to_string(), published(index), option.name.clone()]
        });
        Self {
            record: outcome.record,
            tally: file
                .options
                .iter()
                .zip(outcome.result.votes())
                .map(|(option, total)| (option.id.clone(), *total))
                .collect(),
            runoff: runoff(file, &outcome.result, outcome.spoiled),
            ballots: file.ballots.len(),
            weight: file.total_weight(),
            ballot_proofs,
            seconds: outcome.seconds.iter().map(|(stage, seconds)| (stage.as_str(), *seconds)).collect(),
            election: outcome.election.to_string(),
            accepted: outcome.ballots,
            delegated: outcome.parts.delegations.len(),
            recalled: outcome.parts.recalls.len(),
            overridden: outcome.parts.overrides.len(),
            revoted: outcome.parts.revotes.len(),
            record_bytes: outcome.record_bytes,
            development_parameters,
            valid: outcome.report.valid,
            agrees: outcome.result == outcome.plain_count,
            title: file.title.clone(),
            directory,
            rows: rows.collect(),
            times: outcome.seconds.iter().map(|(stage, seconds)| (stage.as_str(), *seconds)).collect(),
            failure: outcome.report.first_failure().map(|check| format!("{}: {}", check.id, check.detail)),
        }
    }

    /// An error if the record does not verify or the result is not the plain count.
    ///
    /// # Errors
    /// So.
    pub fn verdict(&self) -> anyhow::Result<()> {
        let refused = |text: String| Err(anyhow!(ExitKind::Refused).context(text));
        match &self.failure {
            Some(failure) => refused(format!("the record does not verify: {failure}")),
            None if !self.agrees => refused("the result is not the plain count of the file".into()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RehearsalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\nelection {}\nballot proofs: {}\n", self.title, self.election, self.ballot_proofs)?;
        let mut table = Table::new(&["option", ">result", ">plain count", ">published", "name"]);
        for row in &self.rows {
            table.row(row.iter());
        }
        writeln!(f, "{table}")?;
        if let Some(runoff) = &self.runoff {
            writeln!(f, "{runoff}")?;
        }
        let mut facts = Table::new(&["what", ">how many"]);
        facts.row(["voters", &self.ballots.to_string()]);
        if let Some(weight) = self.weight {
            facts.row(["  of a weight, hidden, in all", &weight.to_string()]);
        }
        facts.row(["ballots accepted", &self.accepted.to_string()]);
        facts.row(["rights delegated", &self.delegated.to_string()]);
        facts.row(["  of them recalled", &self.recalled.to_string()]);
        facts.row(["  of them overridden by their voter", &self.overridden.to_string()]);
        facts.row(["voters who voted again", &self.revoted.to_string()]);
        facts.row(["trustees missing at the tally", "1 of 3"]);
        facts.row(["bytes of the record", &self.record_bytes.to_string()]);
        writeln!(f, "{facts}")?;
        let mut times = Table::new(&["stage", ">seconds"]);
        for (stage, seconds) in &self.times {
            times.row([(*stage).to_owned(), format!("{seconds:.2}")]);
        }
        writeln!(f, "{times}")?;
        writeln!(f, "ledger  {}", self.directory.join("ledger").display())?;
        writeln!(f, "record  {}", self.record.display())?;
        writeln!(f, "verify it again: tabella verify {}\n", self.record.display())?;
        if self.development_parameters {
            writeln!(f, "Made under DEVELOPMENT parameters: anybody can forge proofs under them.")?;
        }
        let valid = if self.valid { "The record is valid." } else { "The record is NOT valid." };
        let agrees = if self.agrees { "The result is the plain count." } else { "The result is NOT the plain count." };
        writeln!(f, "{valid} {agrees}")
    }
}

/// The rounds, if options are ranked.
fn runoff(file: &BallotFile, count: &PlainCount, spoiled: u64) -> Option<Runoff> {
    let ids: Vec<&str> = file.options.iter().map(|option| option.id.as_str()).collect();
    match count {
        PlainCount::Totals(_) => None,
        PlainCount::Ranked(count) => Some(Runoff::new(&ids, count, spoiled)),
    }
}

fn count(context: &Context, file: &BallotFile) -> anyhow::Result<()> {
    let count = FileCount::of(file);
    context.output.show(&count)?;
    match count.agrees {
        Some(false) => Err(anyhow!(ExitKind::Refused).context("the plain count differs from the published one")),
        _ => Ok(()),
    }
}

/// The plain count of a file, beside the published one.
#[derive(Debug, Serialize)]
struct FileCount {
    title: String,
    ballots: usize,
    /// The sum of all weights, if the file has weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u64>,
    #[serde(flatten)]
    limits: Limits,
    options: Vec<OptionCount>,
    /// Of a ranked question.
    #[serde(flatten)]
    runoff: Option<Runoff>,
    /// Whether all counts are the published ones, if there are any.
    agrees: Option<bool>,
}

/// What a ballot may say.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Limits {
    /// Choose `min` to `max` options.
    Choose { min: u16, max: u16 },
    /// 0 to `most` points for each.
    Score { most: u16 },
    /// `min` to `max` points in all, up to `most` for each.
    Split { most: u16, min: u32, max: u32 },
    /// Rank `min` to `max` options.
    Rank { min: u16, max: u16 },
}

impl From<QuestionKind> for Limits {
    fn from(kind: QuestionKind) -> Self {
        match kind {
            QuestionKind::Choose { min, max } => Self::Choose { min, max },
            QuestionKind::Score { most, .. } => Self::Score { most },
            QuestionKind::Split { most, min, max } => Self::Split { most, min, max },
            QuestionKind::Rank { min, max } => Self::Rank { min, max },
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Choose { min, max } => write!(f, "each for {min} to {max}"),
            Self::Rank { min, max } => write!(f, "each a ranking of {min} to {max}"),
            Self::Score { most } => write!(f, "each with 0 to {most} points for each"),
            Self::Split { most, min, max } => {
                write!(f, "each with {min} to {max} points, up to {most} for each")
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct OptionCount {
    id: String,
    name: String,
    votes: u64,
    published: Option<u64>,
}

impl FileCount {
    fn of(file: &BallotFile) -> Self {
        let count = file.plain_count();
        let published = |index: usize| file.published.as_ref().and_then(|counts| counts.get(index).copied());
        let options = file.options.iter().zip(count.votes()).enumerate().map(|(index, (option, votes))| OptionCount {
            id: option.id.clone(),
            name: option.name.clone(),
            votes: *votes,
            published: published(index),
        });
        Self {
            title: file.title.clone(),
            ballots: file.ballots.len(),
            weight: file.total_weight(),
            limits: file.kind.into(),
            options: options.collect(),
            runoff: runoff(file, &count, 0),
            agrees: file.published.as_ref().map(|published| published.as_slice() == count.votes()),
        }
    }
}

impl fmt::Display for FileCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, ballots, weight, limits, options, runoff, agrees } = self;
        let weight = weight.map_or_else(String::new, |weight| format!(" of a weight of {weight} in all"));
        writeln!(f, "{title}\n{ballots} ballots{weight}, {limits} of {} options\n", options.len())?;
        let mut table = Table::new(&["option", ">votes", ">published", "name"]);
        for option in options {
            let published = option.published.map_or_else(|| "-".to_owned(), |votes| votes.to_string());
            table.row([option.id.clone(), option.votes.to_string(), published, option.name.clone()]);
        }
        writeln!(f, "{table}")?;
        if let Some(runoff) = runoff {
            writeln!(f, "{runoff}")?;
        }
        match agrees {
            Some(true) => writeln!(f, "Every count is the published one."),
            Some(false) => writeln!(f, "The counts differ from the published ones."),
            None => Ok(()),
        }
    }
}

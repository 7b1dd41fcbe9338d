//! The election on the ledger: opening, turnout, close, result.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_election::{
    authority::{close_election, open_election, publish_result, replay_for_close},
    trustee::combine_result,
};
use tabella_ledger::node::Ledger;
use tabella_protocol::election::{ElectionId, Weights};
use tabella_verifier::{
    ceremony,
    decryption::{verify_canaries, verify_partials},
    election::{ElectionPool, Stage},
};

use super::Folder;
use crate::{
    cli::Context,
    elections::{
        files::{self, CanaryFile, ManifestFile, PartialFile},
        ledger,
        time::{Time, span},
    },
    output::Table,
    parameters::{accepted_origin, warn_of_accepted, warn_of_record},
    paths::{Readers, write_new},
    runoff::Runoff,
};

/// Arguments of `authority open`.
#[derive(Args, Debug)]
pub struct Open {
    #[command(flatten)]
    folder: Folder,
    /// The rehearsals of all trustees
    #[arg(value_name = "REHEARSAL", required = true)]
    rehearsals: Vec<PathBuf>,
}

/// Arguments of `authority status`.
#[derive(Args, Debug)]
pub struct Status {
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `authority close`.
#[derive(Args, Debug)]
pub struct Close {
    #[command(flatten)]
    folder: Folder,
}

/// Arguments of `authority publish`.
#[derive(Args, Debug)]
pub struct Publish {
    #[command(flatten)]
    folder: Folder,
    /// The trustees' partial decryptions
    #[arg(value_name = "PARTIAL")]
    partials: Vec<PathBuf>,
}

impl Open {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let ManifestFile { manifest, ceremony, roll } = folder.manifest()?;
        let election = manifest.id();
        let mut canaries = Vec::with_capacity(self.rehearsals.len());
        for path in &self.rehearsals {
            let file: CanaryFile = files::read(path)?;
            if file.election != election {
                bail!("{} is a rehearsal of election {}, and not of {election}", path.display(), file.election);
            }
            canaries.push(file.canary);
        }
        canaries.sort_by_key(|canary| canary.trustee);
        let trustees = ceremony::verify(&ceremony)?;
        verify_canaries(manifest.ledger, election.as_bytes(), &trustees, &canaries, &mut OsRng).context(
            "the election cannot open: every trustee must show that its key works, and rehearse on this manifest",
        )?;
        let mut ledger = ledger::open(context)?;
        if ledger.state().election(&election).is_some() {
            bail!("election {election} is open already");
        }
        let now = ledger.now()?;
        if now >= manifest.closes {
            bail!("the closing time {} in the manifest is past: begin another election", Time(manifest.closes));
        }
        let hidden = manifest.rules.weights == Weights::Hidden;
        if hidden && now >= manifest.opens {
            bail!(
                "the opening time {} in the manifest is past, and rights of hidden weight are distributed before it: begin another election",
                Time(manifest.opens)
            );
        }
        let transfers = hidden.then(|| roll.voters().saturating_sub(1).max(1));
        let key = folder.key(context)?;
        warn_of_accepted(context, ledger.state().keys());
        let (opens, closes) = (Time(manifest.opens), Time(manifest.closes));
        let opening = open_election(&key, manifest, ceremony, canaries, roll);
        let accepted = ledger::submit(&mut ledger, "the opening", opening)?;
        context.output.show(&Opened {
            election: election.to_string(),
            at: Time(accepted.time),
            opens,
            closes,
            transfers,
            directory: folder.directory().to_owned(),
        })
    }
}

impl Status {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let election = self.folder.open()?.election()?;
        let ledger = ledger::open(context)?;
        let pool = ledger::election(&ledger, election)?;
        let manifest = pool.manifest();
        let now = ledger.now()?;
        let stage = match pool.stage() {
            Stage::Open if now < manifest.opens => "not yet open for ballots",
            Stage::Open if now < manifest.closes => "open",
            Stage::Open => "over, to be closed",
            Stage::Closed => "closed, to be tallied",
            Stage::Published(_) => "published",
        };
        let left = manifest.closes.seconds().saturating_sub(now.seconds());
        context.output.show(&Turnout {
            election: election.to_string(),
            title: manifest.title.clone(),
            stage,
            voters: pool.voters(),
            ballots: pool.ballots(),
            counted: pool.counted(),
            rights_moved: pool.transfers(),
            distribution: distribution_of(pool),
            opens: Time(manifest.opens),
            closes: Time(manifest.closes),
            seconds_left: left,
            questions: shown_results(pool),
            parameters: accepted_origin(ledger.state().keys()).to_string(),
        })
    }
}

impl Close {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let election = folder.election()?;
        let mut ledger = ledger::open(context)?;
        let pool = ledger::election(&ledger, election)?;
        // Closed already without a record: the command ended between the two.
        if *pool.stage() == Stage::Open {
            let (now, closes) = (ledger.now()?, pool.manifest().closes);
            if now < closes {
                let left = span(closes.seconds() - now.seconds());
                bail!("the election cannot close before {} as its manifest says: {left} left", Time(closes));
            }
            if folder.closed_path().exists() {
                let record = folder.closed_path();
                bail!(
                    "{} is the record of this election's close, and the ledger has no close: it was restored from an older copy, or shows another log. Do not close again; compare the two",
                    record.display()
                );
            }
            let key = folder.key(context)?;
            let record = ledger.record(election)?;
            warn_of_record(context, &record);
            let record = record.encode();
            // What is signed is what this command replayed from the bytes, and not what the ledger counted.
            let replayed = replay_for_close(&record, election, &ledger::accepted_keys(context)?, &mut OsRng)?;
            let close = close_election(&key, &replayed);
            ledger::submit(&mut ledger, "the close", close)?;
        } else if folder.closed_path().exists() {
            bail!("election {election} is closed already; {} is its record", folder.closed_path().display());
        }
        let record = ledger.record(election)?.encode();
        write_new(&folder.closed_path(), &record, Readers::Default)?;
        let pool = ledger::election(&ledger, election)?;
        let (counted, smallest) = (pool.counted(), pool.manifest().rules.smallest_group);
        let threshold = pool.trustees().threshold();
        let election = election.to_string();
        let record = folder.closed_path();
        context.output.show(&Closed { election, counted, smallest_group: smallest, threshold, record })
    }
}

impl Publish {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let election = folder.election()?;
        let mut ledger = ledger::open(context)?;
        let pool = ledger::election(&ledger, election)?;
        match pool.stage() {
            Stage::Open => bail!("the election is not closed yet: `tabella authority close` closes it"),
            Stage::Closed => self.publish(&mut ledger, election, context)?,
            // Published already without a record: the command ended between the two.
            Stage::Published(_) if folder.record_path().exists() => {
                bail!("the result is published already; {} is the record", folder.record_path().display());
            }
            Stage::Published(_) => {}
        }
        let record = ledger.record(election)?;
        write_new(&folder.record_path(), &record.encode(), Readers::Default)?;
        let pool = ledger::election(&ledger, election)?;
        let development = warn_of_record(context, &record);
        context.output.show(&PublishedResult::of(pool, folder.record_path(), development))
    }

    fn publish(&self, ledger: &mut Ledger, election: ElectionId, context: &Context) -> anyhow::Result<()> {
        let pool = ledger::election(ledger, election)?;
        let mut partials = Vec::with_capacity(self.partials.len());
        for path in &self.partials {
            let file: PartialFile = files::read(path)?;
            if file.election != election {
                bail!("{} is of election {}, and not of {election}", path.display(), file.election);
            }
            partials.push(file.partial);
        }
        partials.sort_by_key(|partial| partial.trustee);
        // All are verified, those beyond the threshold too: a wrong one is worth knowing of.
        let (statement, ciphertexts) = pool.tally_statement();
        verify_partials(&statement, pool.trustees(), &ciphertexts, &partials, &mut OsRng)?;
        partials.truncate(usize::from(pool.trustees().threshold()));
        let results = combine_result(pool, &partials, &mut OsRng)?;
        let publication = publish_result(&self.folder.open()?.key(context)?, pool, partials, results);
        ledger::submit(ledger, "the result", publication)?;
        Ok(())
    }
}

#[derive(Serialize)]
struct Opened {
    election: String,
    at: Time,
    opens: Time,
    closes: Time,
    /// How many the distribution takes, where weights are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfers: Option<usize>,
    #[serde(skip)]
    directory: PathBuf,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "election {} is on the ledger since {}", self.election, self.at)?;
        writeln!(f, "ballots are accepted from {} to {}", self.opens, self.closes)?;
        match self.transfers {
            None => Ok(()),
            Some(transfers) => {
                writeln!(f, "\nNow hand out the rights, {transfers} transfers, before {}:", self.opens)?;
                writeln!(f, "`tabella authority distribute {}`", self.directory.display())
            }
        }
    }
}

#[derive(Serialize)]
struct Turnout {
    election: String,
    title: String,
    stage: &'static str,
    voters: usize,
    ballots: u64,
    counted: u64,
    rights_moved: u64,
    /// Where weights are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<Distribution>,
    opens: Time,
    closes: Time,
    seconds_left: u64,
    /// The result, once it is published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    questions: Vec<ShownResult>,
    /// `development` if the ledger accepts proofs that anybody can forge, else `ceremony`.
    parameters: String,
}

/// Transfers before the opening.
#[derive(Serialize)]
struct Distribution {
    /// How many there were: those of the distribution, and any of rights that voters moved on.
    transfers: u64,
    /// How many the distribution takes.
    needed: u64,
}

fn distribution_of(pool: &ElectionPool) -> Option<Distribution> {
    (pool.manifest().rules.weights == Weights::Hidden)
        .then(|| Distribution { transfers: pool.early_transfers(), needed: pool.distribution_transfers() })
}

impl fmt::Display for Turnout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nelection id   {}", self.title, self.election)?;
        writeln!(f, "stage         {}", self.stage)?;
        writeln!(f, "voters        {}", self.voters)?;
        writeln!(f, "ballots       {} accepted, {} count", self.ballots, self.counted)?;
        match &self.distribution {
            None => writeln!(f, "rights moved  {} (delegations and recalls)", self.rights_moved)?,
            Some(Distribution { transfers, needed }) => {
                let later = self.rights_moved.saturating_sub(*transfers);
                writeln!(f, "distribution  {transfers} transfers before the opening; it takes {needed}")?;
                writeln!(f, "rights moved  {later} after the opening (delegations and recalls)")?;
            }
        }
        writeln!(f, "open          {} to {}", self.opens, self.closes)?;
        if self.seconds_left > 0 {
            writeln!(f, "time left     {}", span(self.seconds_left))?;
        }
        write_results(f, &self.questions)?;
        let forgeable = if self.parameters == "development" { " (anybody can forge proofs under them)" } else { "" };
        writeln!(f, "parameters    {}{forgeable}", self.parameters)
    }
}

#[derive(Serialize)]
struct Closed {
    election: String,
    counted: u64,
    smallest_group: u64,
    threshold: u16,
    record: PathBuf,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The election is closed. Ballots that count: {}.", self.counted)?;
        writeln!(f, "record  {}\n", self.record.display())?;
        if self.counted < self.smallest_group {
            return writeln!(
                f,
                "No result will be published: the manifest asks for at least {} ballots.",
                self.smallest_group
            );
        }
        writeln!(f, "{} trustees now decrypt, each from the record:", self.threshold)?;
        writeln!(f, "`tabella trustee decrypt {} --election {}`", self.record.display(), self.election)
    }
}

#[derive(Serialize)]
struct PublishedResult {
    election: String,
    title: String,
    counted: u64,
    questions: Vec<ShownResult>,
    record: PathBuf,
    /// Whether proofs are under development parameters, under which anybody can forge.
    development_parameters: bool,
}

#[derive(Serialize)]
struct ShownResult {
    title: String,
    options: Vec<OptionResult>,
    /// Of a ranked question.
    #[serde(flatten)]
    runoff: Option<Runoff>,
}

#[derive(Serialize)]
struct OptionResult {
    id: String,
    name: String,
    /// Votes, points, or first preferences.
    votes: u64,
}

/// The result of each question, if it is published.
fn shown_results(pool: &ElectionPool) -> Vec<ShownResult> {
    let questions = &pool.manifest().questions;
    let results = match pool.stage() {
        Stage::Published(results) => Some(results.by_question(questions)),
        _ => None,
    };
    let shown = questions.iter().zip(results.into_iter().flatten()).map(|(question, result)| ShownResult {
        title: question.title.clone(),
        options: question
            .options
            .iter()
            .zip(result.votes())
            .map(|(option, votes)| OptionResult { id: option.id.clone(), name: option.name.clone(), votes: *votes })
            .collect(),
        runoff: Runoff::of(question, result),
    });
    shown.collect()
}

/// The tables of a result.
fn write_results(f: &mut fmt::Formatter<'_>, questions: &[ShownResult]) -> fmt::Result {
    for question in questions {
        let mut table = Table::new(&["option", ">votes", "name"]);
        for option in &question.options {
            table.row([option.id.clone(), option.votes.to_string(), option.name.clone()]);
        }
        writeln!(f, "{}\n{table}", question.title)?;
        if let Some(runoff) = &question.runoff {
            writeln!(f, "{runoff}")?;
        }
    }
    Ok(())
}

impl PublishedResult {
    fn of(pool: &ElectionPool, record: PathBuf, development_parameters: bool) -> Self {
        Self {
            election: pool.id().to_string(),
            title: pool.manifest().title.clone(),
            counted: pool.counted(),
            questions: shown_results(pool),
            record,
            development_parameters,
        }
    }
}

impl fmt::Display for PublishedResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nballots that count: {}\n", self.title, self.counted)?;
        write_results(f, &self.questions)?;
        writeln!(f, "record  {}", self.record.display())?;
        writeln!(f, "Anybody verifies it: `tabella verify {}`", self.record.display())
    }
}

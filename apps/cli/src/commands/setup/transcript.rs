//! Transcripts: reading, checking, telling what they hold.

use std::{
    fmt,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Instant,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_prover::setup;
use tabella_verifier::setup::{
    Author, Checked, Circuit, Part, Phase, Progress, State, Transcript, TranscriptHash, check,
};

use crate::{
    cli::Context,
    output::{ExitKind, Table, visible},
    progress::Task,
};

/// Limit of a transcript, in bytes: several times the largest.
const MAX_BYTES: u64 = 64 << 20;

/// Arguments of `setup verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The transcript
    #[arg(value_name = "TRANSCRIPT")]
    transcript: PathBuf,
    /// The hash that was announced: of the whole transcript, or the one that you were told after your contribution
    #[arg(long, value_name = "HASH")]
    hash: Option<TranscriptHash>,
}

impl Verify {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let began = Instant::now();
        let (transcript, circuits) = (read(&self.transcript, context)?, setup::circuits()?);
        let report = with_progress(context, |progress| -> anyhow::Result<TranscriptReport> {
            let checked = check(&transcript, &circuits, &mut OsRng, progress).map_err(refused)?;
            Ok(TranscriptReport::new(&checked))
        })?;
        if let Some(wanted) = self.hash
            && !report.hashes().any(|hash| hash == wanted.to_string())
        {
            let text = format!(
                "the transcript is in itself right, but it does not contain the state {wanted}: it is another one"
            );
            return Err(anyhow!(ExitKind::Refused).context(text));
        }
        context.output.remark(&format!("checked in {:.1} s", began.elapsed().as_secs_f64()));
        context.output.show(&report)
    }
}

/// Reads a transcript; every point is checked.
pub(super) fn read(path: &Path, context: &Context) -> anyhow::Result<Transcript> {
    let cannot = || format!("cannot read the transcript {}", path.display());
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)).with_context(cannot)?;
    let task = context.progress.spin("reading the points");
    let transcript = Transcript::from_bytes(&bytes).with_context(|| format!("{} is refused", path.display()))?;
    task.finish();
    Ok(transcript)
}

/// Reads a transcript and the circuits that it must be for.
pub(super) fn read_with_circuits(path: &Path, context: &Context) -> anyhow::Result<(Transcript, [Circuit; 2])> {
    Ok((read(path, context)?, setup::circuits()?))
}

pub(super) fn refused(error: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    anyhow::Error::new(error).context("the transcript is refused")
}

/// Runs something long, and shows how far it has come.
pub(super) fn with_progress<T>(context: &Context, run: impl FnOnce(&(dyn Fn(Progress) + Sync)) -> T) -> T {
    let task: Mutex<Option<Task>> = Mutex::new(None);
    let tell = |event| {
        // A thread that panicked while it held the lock ends the run anyway.
        let Ok(mut task) = task.lock() else { return };
        match event {
            Progress::Begin(part, total) => {
                let (title, items) = match part {
                    Part::Beacon => ("hashing the beacon", "blocks of hashes"),
                    Part::Powers => ("checking the powers", "parts"),
                    Part::Queries => ("checking the queries", "shapes"),
                    Part::Contributing => ("multiplying", "points"),
                    Part::Deriving => ("deriving queries", "points"),
                };
                if let Some(ended) = task.take() {
                    ended.finish();
                }
                *task = Some(context.progress.count(title, items, total));
            }
            Progress::Done(steps) => {
                if let Some(task) = &*task {
                    task.advance(steps);
                }
            }
        }
    };
    let outcome = run(&tell);
    if let Ok(Some(task)) = task.into_inner() {
        task.finish();
    }
    outcome
}

/// What a transcript holds.
#[derive(Serialize)]
pub(super) struct TranscriptReport {
    name: String,
    /// Hash of the whole transcript.
    hash: String,
    /// `phase 1`, `phase 2` or `complete`.
    state: String,
    contributions: Vec<ContributionReport>,
    /// Of a complete ceremony: transfer, cast.
    #[serde(skip_serializing_if = "Option::is_none")]
    verifying_keys: Option<[String; 2]>,
}

#[derive(Serialize)]
struct ContributionReport {
    phase: u8,
    number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beacon: Option<BeaconReport>,
    /// Hash of the transcript after it.
    hash: String,
}

#[derive(Serialize)]
struct BeaconReport {
    description: String,
    value: String,
    rounds_log2: u8,
}

impl TranscriptReport {
    pub(super) fn new(checked: &Checked<'_>) -> Self {
        let transcript = checked.transcript();
        let (mut hash, mut contributions) = (transcript.initial_hash(), Vec::new());
        for phase in [Phase::Powers, Phase::Queries] {
            for (number, record) in (1..).zip(transcript.records(phase)) {
                hash = hash.after(phase, record);
                let (contributor, beacon) = match &record.author {
                    Author::Contributor(name) => (Some(name.as_str().to_owned()), None),
                    Author::Beacon(beacon) => {
                        let description = beacon.description.as_str().to_owned();
                        let value = hex::encode(beacon.value());
                        (None, Some(BeaconReport { description, value, rounds_log2: beacon.rounds_log2() }))
                    }
                };
                let phase = phase.number();
                contributions.push(ContributionReport { phase, number, contributor, beacon, hash: hash.to_string() });
            }
        }
        let (state, verifying_keys) = match checked.state() {
            State::Open(phase) => (phase.to_string(), None),
            State::Complete(keys) => ("complete".into(), Some(keys.each_ref().map(|key| key.id().to_string()))),
        };
        let name = transcript.name.as_str().to_owned();
        Self { name, hash: checked.hash().to_string(), state, contributions, verifying_keys }
    }

    fn hashes(&self) -> impl Iterator<Item = &str> {
        self.contributions.iter().map(|contribution| contribution.hash.as_str()).chain([self.hash.as_str()])
    }
}

impl fmt::Display for TranscriptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", visible(&self.name))?;
        let mut table = Table::new(&["phase", ">no.", "by", "hash of the transcript after it"]);
        for contribution in &self.contributions {
            let by = match (&contribution.contributor, &contribution.beacon) {
                (Some(name), _) => visible(name),
                (None, Some(beacon)) => format!("beacon: {}", visible(&beacon.description)),
                (None, None) => String::new(),
            };
            let (phase, number) = (contribution.phase.to_string(), contribution.number.to_string());
            table.row([phase, number, by, contribution.hash.clone()]);
        }
        writeln!(f, "{table}")?;
        for beacon in self.contributions.iter().filter_map(|contribution| contribution.beacon.as_ref()) {
            writeln!(f, "beacon value {}, hashed 2^{} times", beacon.value, beacon.rounds_log2)?;
        }
        writeln!(f, "\nhash   {}\nstate  {}", self.hash, self.state)?;
        if let Some([transfer, cast]) = &self.verifying_keys {
            writeln!(f, "\nverifying key, transfer  {transfer}\nverifying key, cast      {cast}")?;
        }
        writeln!(f, "\nEvery contribution was checked. It is sound if one contributor of each phase was honest:")?;
        writeln!(f, "ask those whom you know whether they published the hash that stands beside their name.")
    }
}

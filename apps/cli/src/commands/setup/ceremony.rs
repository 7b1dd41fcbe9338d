//! Taking part in a ceremony.

use std::{fmt, path::PathBuf, time::Instant};

use anyhow::{Context as _, anyhow};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_prover::setup::{self, Contribution, contribute};
use tabella_verifier::setup::{Beacon as PublicValue, Phase, ROUNDS_LOG2, Text, Transcript};
use zeroize::Zeroizing;

use super::transcript::{read_with_circuits, with_progress};
use crate::{
    cli::Context,
    output::{ExitKind, visible},
    paths::{Readers, write_new},
};

/// Arguments of `setup start`.
#[derive(Args, Debug)]
pub struct Start {
    /// What the ceremony is called
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// The new transcript
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

/// Arguments of `setup contribute`.
#[derive(Args, Debug)]
pub struct Contribute {
    /// The transcript as you got it
    #[arg(value_name = "TRANSCRIPT")]
    transcript: PathBuf,
    /// The transcript with your contribution
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Your name, as everybody will read it in the transcript
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// File with something that nobody can guess (dice, noise), mixed with the randomness of this computer; destroy it afterwards
    #[arg(long, value_name = "FILE")]
    entropy: Option<PathBuf>,
}

/// Arguments of `setup beacon`.
#[derive(Args, Debug)]
pub struct Beacon {
    /// The transcript after the last contribution of a phase
    #[arg(value_name = "TRANSCRIPT")]
    transcript: PathBuf,
    /// The transcript with the phase ended
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The public value, hexadecimal: one that nobody could know when the last contribution was made
    #[arg(long, value_name = "HEX")]
    value: String,
    /// Where the value comes from, so that everybody can look it up
    #[arg(long, value_name = "TEXT")]
    description: String,
    /// The value is hashed 2^N times
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u8).range(i64::from(*ROUNDS_LOG2.start())..=i64::from(*ROUNDS_LOG2.end())))]
    rounds: u8,
}

impl Start {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let name = Text::new(self.name)?;
        let transcript = setup::start(name, &setup::circuits()?);
        write(&self.output, &transcript)?;
        context.output.show(&Written::new(self.output, &transcript, "Send it to the first contributor."))
    }
}

impl Contribute {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let began = Instant::now();
        refuse_existing(&self.output)?;
        let name = Text::new(self.name)?;
        let entropy = match &self.entropy {
            Some(path) => std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => Vec::new(),
        };
        let entropy = Zeroizing::new(entropy);
        let (transcript, circuits) = read_with_circuits(&self.transcript, context)?;
        let contribution = Contribution::Person { name, entropy: &entropy };
        let transcript =
            with_progress(context, |progress| contribute(transcript, &circuits, contribution, &mut OsRng, progress))?;
        write(&self.output, &transcript)?;
        context.output.remark(&format!("contributed in {:.1} s", began.elapsed().as_secs_f64()));
        let advice = "Publish this hash under your name, wherever people know you: it stands for your contribution and all before \
                      it.\nPass the new transcript on. Your secrets are wiped; destroy the entropy, and switch the machine off.";
        context.output.show(&Written::new(self.output, &transcript, advice))
    }
}

impl Beacon {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        refuse_existing(&self.output)?;
        let value = hex::decode(&self.value).context("the value is not hexadecimal")?;
        let beacon = PublicValue::new(Text::new(self.description)?, value, self.rounds);
        let beacon = beacon.context("a beacon's value has 1 to 256 bytes")?;
        let (transcript, circuits) = read_with_circuits(&self.transcript, context)?;
        let transcript = with_progress(context, |progress| {
            contribute(transcript, &circuits, Contribution::Beacon(beacon), &mut OsRng, progress)
        })?;
        write(&self.output, &transcript)?;
        let advice = match transcript.phase() {
            Some(Phase::Queries) => {
                "The first phase has ended. Send the transcript to the first contributor of the second."
            }
            _ => "The ceremony is complete. Publish the transcript and its hash: `tabella setup import` takes them.",
        };
        context.output.show(&Written::new(self.output, &transcript, advice))
    }
}

/// Whole or not at all, never over another file.
fn write(path: &std::path::Path, transcript: &Transcript) -> anyhow::Result<()> {
    write_new(path, &transcript.to_bytes(), Readers::Default)
}

/// Before minutes of work, not after.
fn refuse_existing(path: &std::path::Path) -> anyhow::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(anyhow!(ExitKind::Exists).context(format!("{} exists already; nothing was done", path.display())));
    }
    Ok(())
}

/// A transcript that was written.
#[derive(Serialize)]
struct Written {
    name: String,
    transcript: PathBuf,
    bytes: usize,
    /// Hash of the whole transcript.
    hash: String,
    /// The phase that the next contribution belongs to, or `complete`.
    state: String,
    #[serde(skip)]
    advice: &'static str,
}

impl Written {
    fn new(path: PathBuf, transcript: &Transcript, advice: &'static str) -> Self {
        Self {
            name: transcript.name.as_str().to_owned(),
            transcript: path,
            bytes: transcript.to_bytes().len(),
            hash: transcript.hash().to_string(),
            state: transcript.phase().map_or_else(|| "complete".to_owned(), |phase| phase.to_string()),
            advice,
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\ntranscript  {}, {} bytes", visible(&self.name), self.transcript.display(), self.bytes)?;
        writeln!(f, "hash        {}\nstate       {}\n\n{}", self.hash, self.state, self.advice)
    }
}

//! Rehearsals with ballots from a file.

use std::{fmt, path::PathBuf};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    ballots::BallotFile,
    cli::Context,
    output::{ExitKind, Table},
};

/// What can be rehearsed.
#[derive(Debug, Subcommand)]
pub enum Rehearse {
    /// Check a ballot file and count it in plain, to compare with the published counts
    Count(Count),
}

/// Arguments of `rehearse count`.
#[derive(Args, Debug)]
pub struct Count {
    /// Ballot file: Pabulib (.pb) or a table of 0 and 1 (.csv); see docs/ballot-files.md
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Read only so many ballots
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Rehearse {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Count(count) => count.run(context),
        }
    }
}

impl Count {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = BallotFile::read(&self.file, self.limit)?;
        let count = PlainCount::of(&file);
        context.output.show(&count)?;
        match count.agrees {
            Some(false) => Err(anyhow!(ExitKind::Refused).context("the plain count differs from the published one")),
            _ => Ok(()),
        }
    }
}

/// The plain count of a file, beside the published one.
#[derive(Debug, Serialize)]
struct PlainCount {
    title: String,
    ballots: usize,
    min: usize,
    max: usize,
    options: Vec<OptionCount>,
    /// Whether all counts are the published ones, if there are any.
    agrees: Option<bool>,
}

#[derive(Debug, Serialize)]
struct OptionCount {
    id: String,
    name: String,
    votes: u64,
    published: Option<u64>,
}

impl PlainCount {
    fn of(file: &BallotFile) -> Self {
        let count = file.plain_count();
        let published = |index: usize| file.published.as_ref().and_then(|counts| counts.get(index).copied());
        let options = file.options.iter().zip(&count).enumerate().map(|(index, (option, votes))| OptionCount {
            id: option.id.clone(),
            name: option.name.clone(),
            votes: *votes,
            published: published(index),
        });
        Self {
            title: file.title.clone(),
            ballots: file.ballots.len(),
            min: file.min,
            max: file.max,
            options: options.collect(),
            agrees: file.published.as_ref().map(|published| *published == count),
        }
    }
}

impl fmt::Display for PlainCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, ballots, min, max, options, agrees } = self;
        writeln!(f, "{title}\n{ballots} ballots, each for {min} to {max} of {} options\n", options.len())?;
        let mut table = Table::new(&["option", ">votes", ">published", "name"]);
        for option in options {
            let published = option.published.map_or_else(|| "-".to_owned(), |votes| votes.to_string());
            table.row([option.id.clone(), option.votes.to_string(), published, option.name.clone()]);
        }
        writeln!(f, "{table}")?;
        match agrees {
            Some(true) => writeln!(f, "Every count is the published one."),
            Some(false) => writeln!(f, "The counts differ from the published ones."),
            None => Ok(()),
        }
    }
}

//! The roll: voters' addresses, of which nobody needs to know here whose they are; where weights are hidden, each with its
//! weight.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use tabella_forms::roll::{Entry, Placed, check, read_table};
use tabella_protocol::{election::Weights, keys::AddressKind};

use super::{ElectionFolder, Folder};
use crate::cli::Context;

/// What can be done with a roll.
#[derive(Debug, Subcommand)]
pub enum RollCommand {
    /// Add voters' addresses (tabvote1…): all of them, or none if one is wrong or comes twice
    Add(Add),
}

/// Arguments of `authority roll add`.
#[derive(Args, Debug)]
pub struct Add {
    #[command(flatten)]
    folder: Folder,
    /// Addresses; with hidden weights ADDRESS=WEIGHT
    #[arg(value_name = "ADDRESS", required_unless_present = "csv")]
    addresses: Vec<String>,
    /// Table of addresses: the column named "address", else the first one; with hidden weights also a column named "weight"
    #[arg(long, value_name = "FILE", conflicts_with = "addresses")]
    csv: Option<PathBuf>,
}

impl RollCommand {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run(context),
        }
    }
}

impl Add {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let weights = folder.draft()?.rules.weights;
        let given: Vec<Placed> = match &self.csv {
            Some(path) => read_table(path, weights)?,
            None => (1..).zip(&self.addresses).map(|(n, text)| argument(n, text, weights)).collect::<Result<_, _>>()?,
        };
        let _lock = folder.lock()?;
        folder.require_not_frozen()?;
        let old = roll_lines(&folder, weights)?;
        let before = old.len();
        let entries = check(old.into_iter().chain(given)).context("nothing was added to the roll")?;
        let lines: Vec<String> = entries.iter().map(|entry| line(entry, weights)).collect();
        folder.replace_roll(&lines)?;
        let total = (weights == Weights::Hidden).then(|| entries.iter().map(|entry| entry.weight).sum());
        context.output.show(&Grown {
            added: entries.len() - before,
            voters: entries.len(),
            total,
            roll: folder.roll_path(),
        })
    }
}

fn argument(number: usize, text: &str, weights: Weights) -> anyhow::Result<Placed> {
    let place = format!("address {number}");
    let (address, weight) = match (weights, text.split_once('=')) {
        (Weights::One, None) => (text, None),
        (Weights::Hidden, Some((address, weight))) => (address, Some(weight.to_owned())),
        (Weights::Hidden, None) => bail!("{place} has no weight: write ADDRESS=WEIGHT, or give a table with --csv"),
        (Weights::One, Some(_)) => bail!("{place} has a weight, and this election gives every voter one vote"),
    };
    Ok(Placed { weight_place: place.clone(), place, address: address.to_owned(), weight })
}

/// The lines of the roll's file.
fn roll_lines(folder: &ElectionFolder, weights: Weights) -> anyhow::Result<Vec<Placed>> {
    let lines = folder.roll_lines()?;
    let placed = (1..).zip(lines).map(|(number, line)| {
        let place = format!("line {number} of the roll");
        let (address, weight) = match weights {
            Weights::One => (line, None),
            Weights::Hidden => {
                let (address, weight) = line.split_once(' ').unwrap_or((&line, ""));
                (address.to_owned(), Some(weight.to_owned()))
            }
        };
        Placed { weight_place: place.clone(), place, address, weight }
    });
    Ok(placed.collect())
}

fn line(entry: &Entry, weights: Weights) -> String {
    let address = entry.address.encode(AddressKind::Election);
    match weights {
        Weights::One => address,
        Weights::Hidden => format!("{address} {}", entry.weight),
    }
}

/// The entries of the roll, checked again.
pub(super) fn entries(folder: &ElectionFolder, weights: Weights) -> anyhow::Result<Vec<Entry>> {
    check(roll_lines(folder, weights)?).with_context(|| format!("{} is damaged", folder.roll_path().display()))
}

#[derive(Serialize)]
struct Grown {
    added: usize,
    voters: usize,
    /// The sum of all weights, where they are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    roll: PathBuf,
}

impl fmt::Display for Grown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} added; voters on the roll: {} ({})", self.added, self.voters, self.roll.display())?;
        match self.total {
            None => writeln!(f, "Compare that number with your register before you freeze it."),
            Some(total) => {
                writeln!(f, "Their weights add up to {total}.")?;
                writeln!(f, "Compare both numbers with your register before you freeze them. The total will be public.")
            }
        }
    }
}

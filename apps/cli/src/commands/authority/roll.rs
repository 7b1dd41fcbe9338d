//! The roll: voters' addresses, of which nobody needs to know here whose they are.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use csv::ReaderBuilder;
use serde::Serialize;
use tabella_protocol::{
    election::RollEntry,
    keys::{Address, AddressKind},
};

use super::{ElectionFolder, Folder};
use crate::{cli::Context, elections::files::read_bytes};

/// The longest table of addresses that is read.
const MAX_BYTES: u64 = 1 << 30;
/// Mistakes that are named in one message.
const NAMED: usize = 10;

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
    /// Addresses
    #[arg(value_name = "ADDRESS", required_unless_present = "csv")]
    addresses: Vec<String>,
    /// Table of addresses: the column named "address", else the first one; other columns are not looked at
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

/// An address and where it stands, in words.
type Placed = (String, String);

impl Add {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let folder = self.folder.open()?;
        let given: Vec<Placed> = match &self.csv {
            Some(path) => read_table(path)?,
            None => (1..).zip(self.addresses).map(|(n, text)| (format!("address {n}"), text)).collect(),
        };
        let _lock = folder.lock()?;
        folder.require_not_frozen()?;
        let mut lines = folder.roll_lines()?;
        let before = lines.len();
        let old = (1..).zip(lines.drain(..)).map(|(n, text)| (format!("line {n} of the roll"), text));
        lines = check(old.chain(given))?;
        folder.replace_roll(&lines)?;
        context.output.show(&Grown { added: lines.len() - before, voters: lines.len(), roll: folder.roll_path() })
    }
}

/// The entries of the roll, checked again.
pub(super) fn entries(folder: &ElectionFolder) -> anyhow::Result<Vec<RollEntry>> {
    let lines = folder.roll_lines()?;
    check((1..).zip(lines).map(|(n, text)| (format!("line {n} of the roll"), text)))?
        .iter()
        .map(|text| Ok(RollEntry { owner: Address::decode(text, AddressKind::Election)?.owner(), weight: 1 }))
        .collect()
}

/// Checks that every text is an address of a voter and that none comes twice, and returns them in canonical form.
fn check(addresses: impl Iterator<Item = Placed>) -> anyhow::Result<Vec<String>> {
    let mut seen: BTreeMap<[u8; 32], String> = BTreeMap::new();
    let mut checked = Vec::new();
    let mut mistakes = Vec::new();
    for (place, text) in addresses {
        match Address::decode(&text, AddressKind::Election) {
            Ok(address) => match seen.get(&address.owner().to_bytes()) {
                Some(first) => mistakes.push(format!("{place}: the same address as {first}")),
                None => {
                    seen.insert(address.owner().to_bytes(), place);
                    checked.push(address.encode(AddressKind::Election));
                }
            },
            Err(error) => mistakes.push(format!("{place}: {error}")),
        }
    }
    if mistakes.is_empty() {
        return Ok(checked);
    }
    let more = mistakes.len().saturating_sub(NAMED);
    mistakes.truncate(NAMED);
    if more > 0 {
        mistakes.push(format!("and {more} more"));
    }
    bail!("nothing was added to the roll:\n  {}", mistakes.join("\n  "))
}

fn read_table(path: &std::path::Path) -> anyhow::Result<Vec<Placed>> {
    let bytes = read_bytes(path, MAX_BYTES)?;
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes.as_slice());
    let mut column = 0;
    let mut addresses = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("{}: no table", path.display()))?;
        if index == 0
            && let Some(named) = record.iter().position(|cell| cell.eq_ignore_ascii_case("address"))
        {
            column = named;
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("{}:{line}", path.display());
        let cell = record.get(column).ok_or_else(|| anyhow!("{place}: there is no column {}", column + 1))?;
        addresses.push((place, cell.to_owned()));
    }
    if addresses.is_empty() {
        bail!("{} holds no address", path.display());
    }
    Ok(addresses)
}

#[derive(Serialize)]
struct Grown {
    added: usize,
    voters: usize,
    roll: PathBuf,
}

impl fmt::Display for Grown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} added; the roll now has {} voters ({})", self.added, self.voters, self.roll.display())?;
        writeln!(f, "Compare that number with your register before you freeze it.")
    }
}

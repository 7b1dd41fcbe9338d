//! Ballot files for rehearsals: Pabulib (`.pb`) and a table of 0 and 1 (`.csv`). Formats: `docs/ballot-files.md`.
//!
//! A file holds plain votes. It is read whole and checked; every error names file, line and, where there is one, column.

mod pabulib;
mod table;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Files larger than this are refused: 256 MiB, some ten million ballots.
const MAXIMUM_BYTES: u64 = 256 << 20;

/// The content of a ballot file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotFile {
    /// What was voted on.
    pub title: String,
    /// The options, in the order of the file.
    pub options: Vec<BallotOption>,
    /// The least number of options that a ballot may choose.
    pub min: usize,
    /// The greatest number of options that a ballot may choose.
    pub max: usize,
    /// For each ballot the indices of the chosen options, ascending, each once.
    pub ballots: Vec<Vec<usize>>,
    /// The weight of each ballot, in the same order, if they differ.
    pub weights: Option<Vec<u64>>,
    /// The published votes of each option, if the file has them and all of its ballots were read.
    pub published: Option<Vec<u64>>,
}

/// One option of a ballot file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotOption {
    /// The short name by which votes refer to it, unique in its file.
    pub id: String,
    /// What people read.
    pub name: String,
}

impl BallotFile {
    /// Reads a file: as Pabulib if its first line is `META` or its name ends in `.pb`, else as a table. With `limit`,
    /// only so many ballots from the beginning.
    ///
    /// # Errors
    /// [`BallotFileError`]
    pub fn read(path: &Path, limit: Option<usize>) -> Result<Self, BallotFileError> {
        let fault = |fault| BallotFileError { file: path.to_owned(), place: Place::default(), fault };
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAXIMUM_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|error| fault(Fault::Read(error)))?;
        if bytes.len() as u64 > MAXIMUM_BYTES {
            return Err(fault(Fault::TooLarge));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_pabulib = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pb"));
        Self::parse(&bytes, &stem, is_pabulib, limit).map_err(|(place, fault)| BallotFileError {
            file: path.to_owned(),
            place,
            fault,
        })
    }

    /// Reads the text of a Pabulib file that this program carries; `name` is for messages.
    ///
    /// # Errors
    /// [`BallotFileError`]
    pub fn from_pabulib(name: &str, text: &str, limit: Option<usize>) -> Result<Self, BallotFileError> {
        let refused = |(place, fault)| BallotFileError { file: PathBuf::from(name), place, fault };
        Self::parse(text.as_bytes(), name, true, limit).map_err(refused)
    }

    fn parse(bytes: &[u8], stem: &str, is_pabulib: bool, limit: Option<usize>) -> Result<Self, (Place, Fault)> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (Place::line(1 + valid.iter().filter(|byte| **byte == b'\n').count() as u64), Fault::NotUtf8)
        })?;
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut file = if is_pabulib || first.trim().eq_ignore_ascii_case("META") {
            pabulib::parse(text, stem, limit)?
        } else {
            table::parse(text, stem, limit)?
        };
        file.ballots.iter_mut().for_each(|ballot| ballot.sort_unstable());
        Ok(file)
    }

    /// How many ballots choose each option, each ballot counted with its weight.
    #[must_use]
    pub fn plain_count(&self) -> Vec<u64> {
        let mut count = vec![0; self.options.len()];
        for (index, ballot) in self.ballots.iter().enumerate() {
            let weight = self.weights.as_ref().map_or(Some(1), |weights| weights.get(index).copied()).unwrap_or(1);
            for choice in ballot {
                if let Some(votes) = count.get_mut(*choice) {
                    *votes += weight;
                }
            }
        }
        count
    }

    /// The sum of all weights, if ballots have weights.
    #[must_use]
    pub fn total_weight(&self) -> Option<u64> {
        self.weights.as_ref().map(|weights| weights.iter().sum())
    }
}

/// Why a ballot file was refused: where, what, and what to do about it.
#[derive(Debug, Error)]
#[error("{}{place}: {fault}", file.display())]
pub struct BallotFileError {
    /// The file.
    pub file: PathBuf,
    /// The place in it.
    pub place: Place,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

/// A place in a file. Shown as `:line`, and the column if one is to blame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1, and its heading.
    pub column: Option<(usize, String)>,
}

impl Place {
    fn line(line: u64) -> Self {
        Self { line: Some(line), column: None }
    }

    /// A field of a line; `index` counts from 0.
    fn field(line: u64, index: usize, heading: &str) -> Self {
        Self { line: Some(line), column: Some((index + 1, heading.to_owned())) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some((column, heading)) = &self.column {
            write!(f, ": column {column} ({heading})")?;
        }
        Ok(())
    }
}

/// What is wrong in a ballot file, with the remedy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Read(#[source] io::Error),
    /// The file is larger than any ballot file.
    #[error("the file is larger than 256 MiB: split it")]
    TooLarge,
    /// Not text.
    #[error("this line is not UTF-8 text: save the file with the encoding UTF-8")]
    NotUtf8,
    /// The file has no line.
    #[error("the file is empty")]
    Empty,
    /// A section of Pabulib is absent.
    #[error(
        "the section {0} is missing: a Pabulib file has META, PROJECTS and VOTES, each on a line of its own; a quotation mark that is never closed also hides what follows it"
    )]
    MissingSection(&'static str),
    /// Text before the first section.
    #[error("this line stands before the first section: begin the file with META")]
    OutsideSection,
    /// The same section, key or option twice.
    #[error("{0} occurs twice: remove one")]
    Duplicate(String),
    /// A column that is needed is absent.
    #[error("the column {column} is missing from the headings of {section}: add it")]
    MissingColumn {
        /// The section.
        section: &'static str,
        /// The column's heading.
        column: &'static str,
    },
    /// A row has too few fields.
    #[error(
        "this row has {found} fields and needs {expected}: put text that contains the separator in quotation marks"
    )]
    Fields {
        /// Fields found.
        found: usize,
        /// Fields needed.
        expected: usize,
    },
    /// Not a number.
    #[error("\"{0}\" is not a whole number")]
    Number(String),
    /// A kind of ballot that is not read.
    #[error("ballots of the type \"{0}\" cannot be read: approval and choose-1 can")]
    VoteType(String),
    /// An option without a name.
    #[error("the id of an option is empty: name it")]
    EmptyId,
    /// Too few or no options.
    #[error("there are {0} options and at least 2 are needed")]
    Options(usize),
    /// Limits that no ballot can meet.
    #[error("a ballot is to choose from {min} to {max} of {options} options, which is impossible: correct the limits")]
    Limits {
        /// The least number.
        min: usize,
        /// The greatest number.
        max: usize,
        /// The number of options.
        options: usize,
    },
    /// A vote for what is not an option.
    #[error("the vote names \"{0}\", which is none of the options: correct it or add the option")]
    UnknownOption(String),
    /// A vote that names an option twice.
    #[error("the vote names \"{0}\" twice: remove one")]
    Repeated(String),
    /// A ballot with too few or too many choices.
    #[error("the ballot chooses {found} options and the limits are {min} to {max}: correct the ballot or the limits")]
    Choices {
        /// Options chosen.
        found: usize,
        /// The least number.
        min: usize,
        /// The greatest number.
        max: usize,
    },
    /// A cell of a table that is neither 0 nor 1.
    #[error("\"{0}\" is neither 0 (not chosen) nor 1 (chosen)")]
    Cell(String),
    /// The column that the setting `weight` names.
    #[error("no column has the heading \"{0}\", which the setting weight names")]
    WeightColumn(String),
    /// A weight that is none.
    #[error("\"{0}\" is no weight: a whole number of at least 1 is")]
    Weight(String),
    /// Weights beyond what an election can have.
    #[error("the weights add up to more than 2^40 here: divide them all by a common number")]
    TotalWeight,
    /// A line of settings that is not known.
    #[error("\"{0}\" is no setting: title, min, max, option, weight and published are")]
    Setting(String),
    /// The published counts do not fit the options.
    #[error("there are {found} published counts for {expected} options: give one for each, separated by commas")]
    Published {
        /// Counts found.
        found: usize,
        /// Options.
        expected: usize,
    },
}

/// Checks what both formats have in common: options, limits.
fn check_options(options: &[BallotOption], min: usize, max: usize, place: Place) -> Result<(), (Place, Fault)> {
    if options.len() < 2 {
        return Err((place, Fault::Options(options.len())));
    }
    if min > max || max > options.len() || max == 0 {
        return Err((place, Fault::Limits { min, max, options: options.len() }));
    }
    Ok(())
}

fn number<T: std::str::FromStr>(text: &str, place: impl FnOnce() -> Place) -> Result<T, (Place, Fault)> {
    text.trim().parse().map_err(|_| (place(), Fault::Number(text.trim().to_owned())))
}

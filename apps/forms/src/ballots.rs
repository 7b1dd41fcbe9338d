//! Ballot files for rehearsals: Pabulib (`.pb`) and a table of one row for each ballot (`.csv`). Formats: `docs/ballot-files.md`.
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

use tabella_election::count::PlainCount;
use tabella_protocol::{
    election::{AnswerError, AnswerRule, QuestionKind},
    ranking::{Ranking, RankingError, count_rankings},
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
    /// What a ballot says of them. Every ballot keeps to it.
    pub kind: QuestionKind,
    /// For each ballot the points of each option, 1 if it is chosen; or its rank from 1, and 0 if it is not ranked.
    pub ballots: Vec<Vec<u16>>,
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

    /// Reads the text of a table; `name` is for messages.
    ///
    /// # Errors
    /// [`BallotFileError`]
    pub fn from_table(name: &str, text: &str, limit: Option<usize>) -> Result<Self, BallotFileError> {
        let refused = |(place, fault)| BallotFileError { file: PathBuf::from(name), place, fault };
        Self::parse(text.as_bytes(), name, false, limit).map_err(refused)
    }

    fn parse(bytes: &[u8], stem: &str, is_pabulib: bool, limit: Option<usize>) -> Result<Self, (Place, Fault)> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (Place::line(1 + valid.iter().filter(|byte| **byte == b'\n').count() as u64), Fault::NotUtf8)
        })?;
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        if is_pabulib || first.trim().eq_ignore_ascii_case("META") {
            pabulib::parse(text, stem, limit)
        } else {
            table::parse(text, stem, limit)
        }
    }

    /// The plain count: the points of each option from all ballots, or how many choose it, each ballot counted with its
    /// weight; of rankings the instant runoff.
    #[must_use]
    pub fn plain_count(&self) -> PlainCount {
        if let Some(AnswerRule::Ranking(rule)) = self.kind.rule(self.options.len()) {
            let rankings: Vec<Ranking> =
                self.ballots.iter().filter_map(|ballot| Ranking::from_ranks(&rule, ballot).ok()).collect();
            return PlainCount::Ranked(count_rankings(rule.options(), &rankings));
        }
        let mut count = vec![0; self.options.len()];
        for (index, ballot) in self.ballots.iter().enumerate() {
            let weight = self.weights.as_ref().map_or(Some(1), |weights| weights.get(index).copied()).unwrap_or(1);
            for (votes, points) in count.iter_mut().zip(ballot) {
                *votes += weight * u64::from(*points);
            }
        }
        PlainCount::Totals(count)
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
    #[error("ballots of the type \"{0}\" cannot be read: approval, choose-1, scoring, cumulative and ordinal can")]
    VoteType(String),
    /// A type of table that is not read.
    #[error("\"{0}\" is no type of ballot: choose, score, split and rank are")]
    TableType(String),
    /// Neither yes nor no.
    #[error("\"{0}\" is neither yes nor no")]
    YesNo(String),
    /// A number that this type of ballot needs is not given.
    #[error("ballots of the type {kind} need {key}: add it")]
    MissingLimit {
        /// The type.
        kind: &'static str,
        /// What is missing.
        key: &'static str,
    },
    /// A limit that this type of ballot does not have.
    #[error("ballots of the type {kind} have no {key}: remove it")]
    NoSuchLimit {
        /// The type.
        kind: &'static str,
        /// What is too much.
        key: &'static str,
    },
    /// An option without a name.
    #[error("the id of an option is empty: name it")]
    EmptyId,
    /// Too few or no options.
    #[error("there are {0} options and at least 2 are needed")]
    Options(usize),
    /// Limits that no ballot can meet.
    #[error(
        "a ballot is to choose or rank from {min} to {max} of {options} options, which is impossible: correct the limits"
    )]
    Limits {
        /// The least number.
        min: usize,
        /// The greatest number.
        max: usize,
        /// The number of options.
        options: usize,
    },
    /// Limits of points that no ballot can meet, or that no election can have.
    #[error(
        "a ballot is to give each of {options} options up to {most} points, {min} to {max} in all, which is impossible or too much: correct the limits"
    )]
    PointLimits {
        /// The most points of an option.
        most: u64,
        /// The least sum.
        min: u64,
        /// The greatest sum.
        max: u64,
        /// The number of options.
        options: usize,
    },
    /// Points beyond what an option may have.
    #[error("\"{text}\" is no number of points from {least} to {most}")]
    Points {
        /// What stands there.
        text: String,
        /// The least.
        least: u16,
        /// The most.
        most: u16,
    },
    /// No ranking.
    #[error("{0}: give the ranks 1, 2, 3 and so on, each to one option, and 0 to options that are not ranked")]
    Ranking(#[source] RankingError),
    /// Rankings with weights.
    #[error("rankings cannot have hidden weights: an election publishes them one by one; remove the setting weight")]
    RankedWeights,
    /// The sum of points of a ballot.
    #[error(
        "the ballot gives {found} points in all and the limits are {min} to {max}: correct the ballot or the limits"
    )]
    Sum {
        /// Points given.
        found: u64,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Not as many points as projects.
    #[error(
        "the vote names {expected} options and gives points to {found}: give one number for each, separated by commas"
    )]
    PointCount {
        /// Numbers found.
        found: usize,
        /// Options named.
        expected: usize,
    },
    /// A vote for what is not an option.
    #[error("the vote names \"{0}\", which is none of the options: correct it or add the option")]
    UnknownOption(String),
    /// A vote that names an option twice.
    #[error("the vote names \"{0}\" twice: remove one")]
    Repeated(String),
    /// A ballot with too few or too many choices.
    #[error("the ballot names {found} options and the limits are {min} to {max}: correct the ballot or the limits")]
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
    #[error("\"{0}\" is no setting: title, type, most, min, max, blank, option, weight and published are")]
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
fn check_options(options: &[BallotOption], kind: QuestionKind, place: Place) -> Result<(), (Place, Fault)> {
    if options.len() < 2 {
        return Err((place, Fault::Options(options.len())));
    }
    if kind.rule(options.len()).is_some() {
        return Ok(());
    }
    let options = options.len();
    Err((
        place,
        match kind {
            QuestionKind::Choose { min, max } | QuestionKind::Rank { min, max } => {
                Fault::Limits { min: min.into(), max: max.into(), options }
            }
            QuestionKind::Score { most, .. } => {
                Fault::PointLimits { most: most.into(), min: 0, max: options as u64 * u64::from(most), options }
            }
            QuestionKind::Split { most, min, max } => {
                Fault::PointLimits { most: most.into(), min: min.into(), max: max.into(), options }
            }
        },
    ))
}

/// Checks one ballot against the rule of its question.
fn check_ballot(kind: QuestionKind, row: &[u16]) -> Result<(), Fault> {
    // Limits that make no rule were refused before any ballot.
    let Some(rule) = kind.rule(row.len()) else { return Ok(()) };
    let choices = |min: u16, max: u16| {
        let found = row.iter().filter(|number| **number > 0).count();
        Fault::Choices { found, min: min.into(), max: max.into() }
    };
    rule.check(row).map_err(|error| match (error, kind) {
        (AnswerError::Points { points, most, .. }, _) => Fault::Points { text: points.to_string(), least: 0, most },
        (AnswerError::Sum { .. }, QuestionKind::Choose { min, max }) => choices(min, max),
        (AnswerError::Sum { sum, min, max }, _) => Fault::Sum { found: sum, min, max },
        (AnswerError::Ranking(RankingError::Ranks { min, max }), _) => choices(min, max),
        (AnswerError::Ranking(error), _) => Fault::Ranking(error),
        (_, _) => Fault::Fields { found: row.len(), expected: rule.options().into() },
    })
}

fn number<T: std::str::FromStr>(text: &str, place: impl FnOnce() -> Place) -> Result<T, (Place, Fault)> {
    text.trim().parse().map_err(|_| (place(), Fault::Number(text.trim().to_owned())))
}

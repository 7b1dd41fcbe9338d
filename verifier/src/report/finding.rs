//! What a check found, in parts: whoever shows it can say it in any language.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use tabella_protocol::reason::{Reason, ReasonCode, Reasoned, Value};

use super::CheckId;

/// How many wrong entries are named.
pub(crate) const NAMED: usize = 10;

/// What a check found. `Display` says it in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// No more than that the check passed.
    Passed,
    /// So many entries in so many bytes.
    File {
        /// Entries of the record.
        entries: usize,
        /// Length of the record.
        bytes: usize,
    },
    /// Whose parameters the proofs are under.
    Parameters {
        /// Whether anyone can forge proofs under one of them.
        development: bool,
    },
    /// The ledger.
    Ledger {
        /// Its name.
        name: String,
        /// Its id in hexadecimal.
        id: String,
    },
    /// The checkpoint of the log.
    Log {
        /// Entries.
        size: u64,
        /// Root in hexadecimal.
        root: String,
    },
    /// Who signed the opening.
    Signer {
        /// The authority's Ed25519 key in hexadecimal.
        key: String,
    },
    /// The election.
    Manifest {
        /// Its title.
        title: String,
        /// Its id in hexadecimal.
        id: String,
    },
    /// How many trustees can decrypt.
    Trustees {
        /// So many are enough,
        threshold: u16,
        /// of so many.
        count: usize,
    },
    /// So many trustees showed that they can decrypt.
    Canaries {
        /// Trustees.
        count: usize,
    },
    /// The roll.
    Roll {
        /// Voters.
        voters: usize,
        /// Weight of all rights together.
        weight: u64,
    },
    /// What the replay counted.
    Replayed {
        /// Ballots that were accepted.
        ballots: u64,
        /// Ballots that count.
        counted: u64,
        /// Transfers of rights.
        moved: u64,
        /// With hidden weights, transfers before the opening: to be compared with the n - 1 that a distribution to n voters takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        early: Option<u64>,
    },
    /// Items that were verified together.
    Batches {
        /// One for each kind of item.
        batches: Vec<Batch>,
    },
    /// So many ballots count.
    Counted {
        /// Ballots.
        ballots: u64,
    },
    /// So many trustees decrypted the result.
    Decrypted {
        /// Trustees.
        trustees: u16,
    },
    /// The election was not closed.
    NotClosed,
    /// No result is published.
    NotPublished,
    /// The check was not made.
    NotReached {
        /// The check that failed before it.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<CheckId>,
    },
    /// What is wrong.
    Refused {
        /// The entry that it was found in, if in one.
        #[serde(skip_serializing_if = "Option::is_none")]
        entry: Option<u64>,
        /// Why, in English.
        reason: String,
        /// By which rule: its stable code.
        #[serde(serialize_with = "as_code")]
        code: ReasonCode,
        /// What the rule's words need, by name; `detail` is English of an error below.
        #[serde(serialize_with = "by_name")]
        values: Vec<(&'static str, Value)>,
    },
}

impl Finding {
    /// A refusal, with the entry that it was found in, if in one.
    pub(super) fn refused(entry: Option<u64>, error: &impl Reasoned) -> Self {
        let Reason { code, values } = error.reason();
        Self::Refused { entry, reason: error.to_string(), code, values }
    }
}

fn as_code<S: Serializer>(code: &ReasonCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

fn by_name<S: Serializer>(values: &[(&'static str, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(values.len()))?;
    for (name, value) in values {
        match value {
            Value::Number(number) => map.serialize_entry(name, number)?,
            Value::Text(text) => map.serialize_entry(name, text)?,
        }
    }
    map.end()
}

/// Items of one kind that were verified together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Of which kind.
    pub items: Items,
    /// How many there are.
    pub count: usize,
    /// How many entries have a wrong one.
    pub wrong: usize,
    /// The first of these entries, at most ten, ascending.
    pub entries: Vec<u64>,
}

/// Kinds of items that are verified together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Items {
    /// Groth16 proofs.
    Proofs,
    /// Spend-authority signatures.
    Signatures,
    /// Proofs of ballots.
    Ballots,
    /// Proofs of sealed rankings.
    Rankings,
    /// Bridges from a right's weight.
    Bridges,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => Ok(()),
            Self::File { entries, bytes } => write!(f, "{entries} entries in {bytes} bytes"),
            Self::Parameters { development: true } => f.write_str(
                "DEVELOPMENT parameters: whoever likes can forge proofs under them; for tests and demonstrations only",
            ),
            Self::Parameters { development: false } => f.write_str("parameters of a public ceremony"),
            Self::Ledger { name, id } => write!(f, "ledger \"{name}\", id {id}"),
            Self::Log { size, root } => write!(f, "checkpoint of {size} entries, root {root}"),
            Self::Signer { key } => write!(f, "signed by {key}"),
            Self::Manifest { title, id } => write!(f, "\"{title}\", election id {id}"),
            Self::Trustees { threshold, count } => write!(f, "{threshold} of {count} trustees can decrypt"),
            Self::Canaries { count } => write!(f, "{count} canaries"),
            Self::Roll { voters, weight } => write!(f, "{voters} voters, total weight {weight}"),
            Self::Replayed { ballots, counted, moved, early } => {
                write!(f, "{ballots} ballots accepted, {counted} count, {moved} rights moved")?;
                early.map_or(Ok(()), |early| write!(f, ", {early} of them before the opening"))
            }
            Self::Batches { batches } => {
                let is_wrong = batches.iter().any(|batch| batch.wrong > 0);
                let told = batches.iter().filter(|batch| !is_wrong || batch.wrong > 0);
                for (index, batch) in told.enumerate() {
                    let separator = if is_wrong { "; " } else { ", " };
                    write!(f, "{}{batch}", if index == 0 { "" } else { separator })?;
                }
                Ok(())
            }
            Self::Counted { ballots } => write!(f, "ballots that count: {ballots}"),
            Self::Decrypted { trustees } => write!(f, "decrypted by {trustees} trustees"),
            Self::NotClosed => f.write_str("the election was not closed"),
            Self::NotPublished => f.write_str("no result is published"),
            Self::NotReached { after: Some(failed) } => write!(f, "not reached after {failed} failed"),
            Self::NotReached { after: None } => f.write_str("not reached after an earlier failure"),
            Self::Refused { entry: Some(entry), reason, .. } => write!(f, "entry {entry}: {reason}"),
            Self::Refused { entry: None, reason, .. } => f.write_str(reason),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { items, count, wrong, entries } = self;
        if *wrong == 0 {
            return write!(f, "{count} {items}");
        }
        let named: Vec<String> = entries.iter().map(u64::to_string).collect();
        let more = if *wrong > entries.len() { ", …" } else { "" };
        write!(f, "{wrong} of {count} {items} wrong: entries {}{more}", named.join(", "))
    }
}

impl fmt::Display for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proofs => "zero-knowledge proofs",
            Self::Signatures => "spend-authority signatures",
            Self::Ballots => "ballot proofs",
            Self::Rankings => "proofs of sealed rankings",
            Self::Bridges => "bridges from a right's weight",
        })
    }
}

//! What a verification found: one line for each check, under a stable id.

mod finding;
mod reasons;

use std::fmt;

use serde::Serialize;
use tabella_protocol::reason::Reasoned;

pub(crate) use finding::NAMED;
pub use finding::{Batch, Finding, Items};

/// A check of an election record. The ids are stable: tools may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CheckId {
    /// The file decodes, canonically.
    RecordEncoding,
    /// Proofs are under verifying keys that this verifier accepts.
    RecordParameters,
    /// Every entry names the ledger of the record.
    RecordLedger,
    /// The ledger signed the log that the entries make.
    RecordLog,
    /// The opening is signed by the authority that the manifest names.
    OpeningAuthority,
    /// The manifest is well formed.
    OpeningManifest,
    /// The trustees' ceremony verifies and made the manifest's key.
    OpeningCeremony,
    /// Every trustee has shown before the opening that it can decrypt.
    OpeningCanaries,
    /// The roll is the one that the manifest names, and adds up.
    OpeningRoll,
    /// Every entry obeys the election's rules.
    EntriesRules,
    /// Every zero-knowledge proof verifies.
    EntriesProofs,
    /// Every spend-authority signature verifies.
    EntriesSignatures,
    /// Every ballot is a valid encrypted choice.
    EntriesBallots,
    /// The election was closed, and nothing came after.
    TallyClosed,
    /// The published result is the decryption of the sum of the ballots that count.
    TallyResult,
}

impl CheckId {
    /// All checks in the order in which they are reported.
    pub const ALL: [Self; 15] = [
        Self::RecordEncoding,
        Self::RecordParameters,
        Self::RecordLedger,
        Self::RecordLog,
        Self::OpeningAuthority,
        Self::OpeningManifest,
        Self::OpeningCeremony,
        Self::OpeningCanaries,
        Self::OpeningRoll,
        Self::EntriesRules,
        Self::EntriesProofs,
        Self::EntriesSignatures,
        Self::EntriesBallots,
        Self::TallyClosed,
        Self::TallyResult,
    ];

    /// The stable id.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordEncoding => "record.encoding",
            Self::RecordParameters => "record.parameters",
            Self::RecordLedger => "record.ledger",
            Self::RecordLog => "record.log",
            Self::OpeningAuthority => "opening.authority",
            Self::OpeningManifest => "opening.manifest",
            Self::OpeningCeremony => "opening.ceremony",
            Self::OpeningCanaries => "opening.canaries",
            Self::OpeningRoll => "opening.roll",
            Self::EntriesRules => "entries.rules",
            Self::EntriesProofs => "entries.proofs",
            Self::EntriesSignatures => "entries.signatures",
            Self::EntriesBallots => "entries.ballots",
            Self::TallyClosed => "tally.closed",
            Self::TallyResult => "tally.result",
        }
    }

    /// What the check says, in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::RecordEncoding => "The file is a complete election record",
            Self::RecordParameters => "The proofs are under accepted verifying keys",
            Self::RecordLedger => "Every entry was made for this ledger",
            Self::RecordLog => "The ledger has signed exactly these entries",
            Self::OpeningAuthority => "The authority has signed the opening",
            Self::OpeningManifest => "The manifest is well formed",
            Self::OpeningCeremony => "The trustees made the election's key together",
            Self::OpeningCanaries => "Every trustee showed before the opening that it can decrypt",
            Self::OpeningRoll => "The roll is the announced one and adds up",
            Self::EntriesRules => "Every entry obeys the election's rules",
            Self::EntriesProofs => "Every zero-knowledge proof is valid",
            Self::EntriesSignatures => "Every right was used by its holder",
            Self::EntriesBallots => "Every ballot holds a valid choice",
            Self::TallyClosed => "The election was closed and nothing came after",
            Self::TallyResult => "The result is the sum of the ballots that count",
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CheckId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One check and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check.
    pub id: CheckId,
    /// Whether it passed.
    pub ok: bool,
    /// Whether it was made: an earlier failure can leave nothing to check.
    pub reached: bool,
    /// What was found, in English; names the culprit if it failed.
    pub detail: String,
    /// The same, to be said in another language.
    pub finding: Finding,
}

impl Check {
    fn new(id: CheckId, ok: bool, reached: bool, finding: Finding) -> Self {
        Self { id, ok, reached, detail: finding.to_string(), finding }
    }

    /// Fails the check for something that the record alone does not show, such as that it is of another election than the
    /// announced one.
    pub fn refuse(&mut self, error: &impl Reasoned) {
        *self = Self::new(self.id, false, true, Finding::refused(None, error));
    }
}

/// All checks of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every check passed.
    pub valid: bool,
    /// The checks in the order of [`CheckId::ALL`].
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether every check passed but one.
    #[must_use]
    pub fn holds_but_for(&self, exception: CheckId) -> bool {
        self.checks.iter().all(|check| check.ok || check.id == exception)
    }

    /// The first check that was made and failed.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.failures().next()
    }

    /// The checks that were made and failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.reached && !check.ok)
    }
}

/// Collects checks as a verification goes on.
#[derive(Debug, Default)]
pub(crate) struct ReportBuilder {
    checks: Vec<Check>,
}

impl ReportBuilder {
    pub(crate) fn pass(&mut self, id: CheckId, finding: Finding) {
        self.checks.push(Check::new(id, true, true, finding));
    }

    pub(crate) fn fail(&mut self, id: CheckId, finding: Finding) {
        self.checks.push(Check::new(id, false, true, finding));
    }

    /// Fails for a reason, found in no entry.
    pub(crate) fn refuse(&mut self, id: CheckId, error: &impl Reasoned) {
        self.fail(id, Finding::refused(None, error));
    }

    /// Fails for a reason that was found in an entry.
    pub(crate) fn refuse_entry(&mut self, id: CheckId, entry: u64, error: &impl Reasoned) {
        self.fail(id, Finding::refused(Some(entry), error));
    }

    /// The report. A check that was not reached has failed: it says after which failure.
    pub(crate) fn finish(self) -> Report {
        let after = self.checks.iter().find(|check| !check.ok).map(|check| check.id);
        let checks: Vec<Check> = CheckId::ALL
            .into_iter()
            .map(|id| {
                let found = self.checks.iter().filter(|check| check.id == id).min_by_key(|check| check.ok).cloned();
                found.unwrap_or_else(|| Check::new(id, false, false, Finding::NotReached { after }))
            })
            .collect();
        Report { valid: checks.iter().all(|check| check.ok), checks }
    }
}

//! Verifies an election record from itself: replays every entry from the opening to the publication.
//!
//! What the record cannot say of itself is which election it should be: compare the election id that the verification
//! reports with the one that was announced, and, with a receipt, that the log contains what you saw.

mod outcome;

use std::{collections::BTreeMap, num::NonZeroU32};

use ed25519_dalek::VerifyingKey;
use outcome::{rejection_check, report_culprits, report_opening, report_refused_opening, report_tally};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    election::{ElectionId, ElectionRecord, Weights},
    statement::Shape,
    transaction::{LedgerId, TransactionDigest, VerifyingKeyId},
};

use crate::{
    election::{BallotState, ElectionPool, election_log, open},
    groth16::{ParametersOrigin, VerifyingKeyFile, VerifyingKeys},
    log::{CheckpointVerifier, CompactTree, LogHash, Origin, SignedCheckpoint},
    obligations::{Counts, Culprits, Obligations},
    report::{CheckId, Finding, Report, ReportBuilder},
};

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being checked.
    pub check: CheckId,
    /// Items done.
    pub done: u64,
    /// Items in all.
    pub total: u64,
}

/// What a record that was read tells, whether valid or not.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The checks.
    pub report: Report,
    /// What was verified; `None` if the record did not get as far as its opening.
    pub election: Option<VerifiedElection>,
}

/// What a verification learned of the election. Rely on it only if the report is valid.
#[derive(Clone, Debug)]
pub struct VerifiedElection {
    /// The election as the entries left it. Compare its id with the one that was announced.
    pub pool: ElectionPool,
    /// Whether proofs are under development parameters, which anyone can forge under.
    pub development: bool,
    /// Root of the log after each entry: `roots[i]` is that of the first i + 1 entries.
    pub roots: Vec<LogHash>,
    /// Each entry's digest; that of a ballot is its tracker.
    pub trackers: Vec<TransactionDigest>,
}

/// Where a ballot stands in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundBallot {
    /// Index of its entry.
    pub entry: u64,
    /// Whether it counts; otherwise a later ballot took its place.
    pub counts: bool,
}

impl VerifiedElection {
    /// Where the ballot of a tracker stands.
    #[must_use]
    pub fn find(&self, tracker: TransactionDigest) -> Option<FoundBallot> {
        let entry = self.trackers.iter().position(|other| *other == tracker)? as u64;
        let counts = self
            .pool
            .nullifier_states()
            .any(|state| matches!(state, BallotState::Holds(counted) if counted.entry == entry));
        Some(FoundBallot { entry, counts })
    }
}

/// Verifies the bytes of a record against the verifying keys that the caller accepts.
///
/// Never fails: what is wrong is in the report. `progress` is called from time to time.
pub fn verify_record(
    bytes: &[u8],
    accepted: &VerifyingKeys,
    rng: &mut (impl RngCore + CryptoRng),
    mut progress: impl FnMut(Progress),
) -> Verification {
    let replay = RecordReplay::new(bytes, accepted, &mut progress);
    let culprits = replay.check_part(0, NonZeroU32::MIN, accepted, rng, progress);
    replay.finish(&culprits)
}

/// A record whose cheap checks were made. The proofs, signatures and ballots in it are left: they can be checked in parts,
/// each on another core or another computer that replayed the same bytes.
#[derive(Debug)]
pub struct RecordReplay {
    report: ReportBuilder,
    election: Option<ReplayedElection>,
}

#[derive(Debug)]
struct ReplayedElection {
    election: VerifiedElection,
    rules_hold: bool,
    obligations: Obligations,
}

impl RecordReplay {
    /// Decodes a record and replays it.
    pub fn new(bytes: &[u8], accepted: &VerifyingKeys, mut progress: impl FnMut(Progress)) -> Self {
        let mut report = ReportBuilder::default();
        let election = replay(bytes, accepted, &mut progress, &mut report);
        Self { report, election }
    }

    /// What the record tells of its election so far; `None` if it did not get as far as its opening.
    #[must_use]
    pub fn election(&self) -> Option<&VerifiedElection> {
        self.election.as_ref().map(|replayed| &replayed.election)
    }

    /// How many items are left to be checked.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.election.as_ref().map(|replayed| replayed.obligations.counts()).unwrap_or_default()
    }

    /// Checks part `part` (from 0) of `parts`: all parts together are everything. A part beyond the last is empty.
    pub fn check_part(
        &self,
        part: u32,
        parts: NonZeroU32,
        accepted: &VerifyingKeys,
        rng: &mut (impl RngCore + CryptoRng),
        mut progress: impl FnMut(Progress),
    ) -> Culprits {
        let Some(replayed) = &self.election else { return Culprits::default() };
        let tell = |check, done, total| progress(Progress { check, done, total });
        replayed.obligations.verify_part(part, parts, accepted, rng, tell)
    }

    /// The verification, given what is wrong in all parts together.
    #[must_use]
    pub fn finish(self, culprits: &Culprits) -> Verification {
        let Self { mut report, election } = self;
        let election = election.map(|ReplayedElection { election, rules_hold, obligations }| {
            report_culprits(culprits, obligations.counts(), &mut report);
            if rules_hold {
                report_tally(&election.pool, &mut report);
            }
            election
        });
        Verification { report: report.finish(), election }
    }
}

fn replay(
    bytes: &[u8],
    accepted: &VerifyingKeys,
    progress: &mut impl FnMut(Progress),
    report: &mut ReportBuilder,
) -> Option<ReplayedElection> {
    let record = match ElectionRecord::decode(bytes) {
        Ok(record) => record,
        Err(error) => {
            report.refuse(CheckId::RecordEncoding, error.to_string());
            return None;
        }
    };
    report.pass(CheckId::RecordEncoding, Finding::File { entries: record.entries.len(), bytes: bytes.len() });
    let development = check_parameters(&record, accepted, report)?;
    let ledger = LedgerId::derive(&record.ledger_name, &record.ledger_key);
    if let Some(index) = record.entries.iter().position(|entry| entry.transaction.effects.ledger != ledger) {
        report.refuse_entry(
            CheckId::RecordLedger,
            index as u64,
            format!("it was made for another ledger than {ledger}"),
        );
        return None;
    }
    report.pass(CheckId::RecordLedger, Finding::Ledger { name: record.ledger_name.clone(), id: ledger.to_string() });
    let Some((opening, entries)) = record.entries.split_first() else {
        report.refuse(CheckId::OpeningAuthority, "the record has no entries");
        return None;
    };
    let mut pool = match open(opening, ledger, accepted) {
        Ok(pool) => pool,
        Err(error) => {
            report_refused_opening(&error, report);
            return None;
        }
    };
    report_opening(&pool, report);
    let roots = check_log(&record, pool.id(), report);

    let mut obligations = Obligations::new();
    let mut trackers = vec![opening.transaction.effects.digest()];
    let total = record.entries.len() as u64;
    let mut rules_hold = true;
    for (index, entry) in (1..).zip(entries) {
        progress(Progress { check: CheckId::EntriesRules, done: index, total });
        let outcome = pool.check(entry, accepted, index, &mut obligations).and_then(|checked| {
            trackers.push(checked.digest());
            pool.execute(checked)
        });
        if let Err(rejection) = outcome {
            report.refuse_entry(rejection_check(&rejection), index, rejection.to_string());
            rules_hold = false;
            break;
        }
    }
    if rules_hold {
        report.pass(CheckId::EntriesRules, replayed(&pool));
    }
    let election = VerifiedElection { pool, development, roots: roots.unwrap_or_default(), trackers };
    Some(ReplayedElection { election, rules_hold, obligations })
}

/// What the replay counted.
fn replayed(pool: &ElectionPool) -> Finding {
    let early = (pool.manifest().rules.weights == Weights::Hidden).then(|| pool.early_transfers());
    Finding::Replayed { ballots: pool.ballots(), counted: pool.counted(), moved: pool.transfers(), early }
}

/// The record lists exactly the keys that its entries name, each once and each one that the caller accepts; tells whether any
/// is a development key.
fn check_parameters(record: &ElectionRecord, accepted: &VerifyingKeys, report: &mut ReportBuilder) -> Option<bool> {
    let mut listed: BTreeMap<(Shape, VerifyingKeyId), ParametersOrigin> = BTreeMap::new();
    for (index, bytes) in record.verifying_keys.iter().enumerate() {
        let file = match VerifyingKeyFile::from_bytes(bytes) {
            Ok(file) => file,
            Err(error) => {
                report.refuse(CheckId::RecordParameters, format!("verifying key {index}: {error}"));
                return None;
            }
        };
        let (shape, id) = (file.key.shape(), file.key.id());
        match accepted.origin(shape, id) {
            Some(origin) if origin == file.origin => {
                if listed.last_key_value().is_some_and(|(last, _)| *last > (shape, id)) {
                    let reason = format!("verifying key {index} ({id}) is not listed in the order of shapes and ids");
                    report.refuse(CheckId::RecordParameters, reason);
                    return None;
                }
                if listed.insert((shape, id), origin).is_some() {
                    report.refuse(CheckId::RecordParameters, format!("verifying key {index} ({id}) is listed twice"));
                    return None;
                }
            }
            Some(_) => {
                report.refuse(CheckId::RecordParameters, format!("verifying key {index} ({id}) misstates its origin"));
                return None;
            }
            None => {
                let advice = match file.origin {
                    ParametersOrigin::Ceremony => {
                        "give the key of the ceremony that made it, if you trust that ceremony"
                    }
                    ParametersOrigin::Development => "it is a development key, which is not accepted here",
                };
                report.refuse(
                    CheckId::RecordParameters,
                    format!("verifying key {index} ({id}) for {} is not known: {advice}", shape.name()),
                );
                return None;
            }
        }
    }
    for (index, entry) in record.entries.iter().enumerate() {
        for transfer in &entry.transaction.effects.transfers {
            let key = (transfer.shape(), transfer.verifying_key);
            if !listed.contains_key(&key) {
                let reason =
                    format!("it is under verifying key {}, which the record does not list", transfer.verifying_key);
                report.refuse_entry(CheckId::RecordParameters, index as u64, reason);
                return None;
            }
        }
    }
    let named = |key: &(Shape, VerifyingKeyId)| {
        let mut transfers = record.entries.iter().flat_map(|entry| &entry.transaction.effects.transfers);
        transfers.any(|transfer| (transfer.shape(), transfer.verifying_key) == *key)
    };
    if let Some((shape, id)) = listed.keys().find(|key| !named(key)) {
        let reason = format!("verifying key {id} for {} is listed, and no entry names it", shape.name());
        report.refuse(CheckId::RecordParameters, reason);
        return None;
    }
    let development = listed.values().any(|origin| *origin == ParametersOrigin::Development);
    report.pass(CheckId::RecordParameters, Finding::Parameters { development });
    Some(development)
}

/// Recomputes the log and compares it with the signed checkpoint. Returns the root after each entry.
fn check_log(record: &ElectionRecord, election: ElectionId, report: &mut ReportBuilder) -> Option<Vec<LogHash>> {
    let mut tree = CompactTree::new();
    let mut roots = Vec::with_capacity(record.entries.len());
    for entry in &record.entries {
        let leaf = borsh::to_vec(entry).expect("writing to memory");
        if tree.append(&leaf).is_err() {
            report.refuse(CheckId::RecordLog, "the log is full");
            return None;
        }
        roots.push(tree.root());
    }
    match check_checkpoint(record, election, &tree) {
        Ok(log) => report.pass(CheckId::RecordLog, log),
        Err(reason) => report.refuse(CheckId::RecordLog, reason),
    }
    Some(roots)
}

fn check_checkpoint(record: &ElectionRecord, election: ElectionId, tree: &CompactTree) -> Result<Finding, String> {
    let name = Origin::new(&record.ledger_name).map_err(|error| format!("the ledger's name: {error}"))?;
    let log = election_log(&name, election).map_err(|error| format!("the ledger's name: {error}"))?;
    let key = VerifyingKey::from_bytes(&record.ledger_key).map_err(|_| "the ledger's key is not an Ed25519 key")?;
    let verifier = CheckpointVerifier::new(name, key).map_err(|error| format!("the ledger's key: {error}"))?;
    let signed = SignedCheckpoint::from_bytes(record.checkpoint.as_bytes())
        .map_err(|error| format!("the checkpoint: {error}"))?;
    let checkpoint = verifier.verify(&signed, &log).map_err(|error| format!("the checkpoint: {error}"))?;
    if checkpoint.size() != tree.size() {
        return Err(format!("the checkpoint is of {} entries, and the record has {}", checkpoint.size(), tree.size()));
    }
    if checkpoint.root() != tree.root() {
        return Err("the checkpoint's root is not that of the record's entries".into());
    }
    Ok(Finding::Log { size: tree.size(), root: tree.root().to_string() })
}

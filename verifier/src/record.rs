//! Verifies an election record from itself: replays every entry from the opening to the publication.
//!
//! What the record cannot say of itself is which election it should be: compare the election id that the verification
//! reports with the one that was announced, and, with a receipt, that the log contains what you saw.

mod outcome;
mod refusal;

use std::{collections::BTreeMap, num::NonZeroU32};

use ed25519_dalek::VerifyingKey;
use outcome::{rejection_check, report_culprits, report_opening, report_refused_opening, report_tally};
use rand_core::{CryptoRng, RngCore};
pub use refusal::RecordRefusal;
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
            report.refuse(CheckId::RecordEncoding, &RecordRefusal::Decode(error));
            return None;
        }
    };
    report.pass(CheckId::RecordEncoding, Finding::File { entries: record.entries.len(), bytes: bytes.len() });
    let development = check_parameters(&record, accepted, report)?;
    let ledger = LedgerId::derive(&record.ledger_name, &record.ledger_key);
    let mut ledgers = (0..).zip(record.entries.iter().map(|entry| entry.transaction.effects.ledger));
    if let Some((index, found)) = ledgers.find(|(_, found)| *found != ledger) {
        let refusal = RecordRefusal::OtherLedger { expected: ledger, found };
        report.refuse_entry(CheckId::RecordLedger, index, &refusal);
        return None;
    }
    report.pass(CheckId::RecordLedger, Finding::Ledger { name: record.ledger_name.clone(), id: ledger.to_string() });
    let Some((opening, entries)) = record.entries.split_first() else {
        report.refuse(CheckId::OpeningAuthority, &RecordRefusal::Empty);
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
            report.refuse_entry(rejection_check(&rejection), index, &rejection);
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
    match list_keys(record, accepted) {
        Ok(listed) => {
            let development = listed.values().any(|origin| *origin == ParametersOrigin::Development);
            report.pass(CheckId::RecordParameters, Finding::Parameters { development });
            Some(development)
        }
        Err((None, refusal)) => {
            report.refuse(CheckId::RecordParameters, &refusal);
            None
        }
        Err((Some(entry), refusal)) => {
            report.refuse_entry(CheckId::RecordParameters, entry, &refusal);
            None
        }
    }
}

type ListedKeys = BTreeMap<(Shape, VerifyingKeyId), ParametersOrigin>;

/// The keys that the record lists with their origins; or what is wrong, with the entry if it is in one.
fn list_keys(record: &ElectionRecord, accepted: &VerifyingKeys) -> Result<ListedKeys, (Option<u64>, RecordRefusal)> {
    let mut listed = ListedKeys::new();
    for (index, bytes) in record.verifying_keys.iter().enumerate() {
        // A key that is accepted was read already.
        let known = accepted.iter().find(|file| file.to_bytes() == *bytes).cloned();
        let file = known.map_or_else(|| VerifyingKeyFile::from_bytes(bytes), Ok);
        let file = file.map_err(|error| (None, RecordRefusal::KeyFile { index, error }))?;
        let (shape, id) = (file.key.shape(), file.key.id());
        let refusal = match (accepted.origin(shape, id), file.origin) {
            (Some(origin), stated) if origin != stated => RecordRefusal::KeyOrigin { index, id },
            (Some(_), _) if listed.last_key_value().is_some_and(|(last, _)| *last > (shape, id)) => {
                RecordRefusal::KeyOrder { index, id }
            }
            (Some(_), _) if listed.contains_key(&(shape, id)) => RecordRefusal::KeyTwice { index, id },
            (Some(origin), _) => {
                listed.insert((shape, id), origin);
                continue;
            }
            (None, ParametersOrigin::Ceremony) => RecordRefusal::UnknownKey { index, id, shape },
            (None, ParametersOrigin::Development) => RecordRefusal::DevelopmentKey { index, id, shape },
        };
        return Err((None, refusal));
    }
    for (index, entry) in (0..).zip(&record.entries) {
        for transfer in &entry.transaction.effects.transfers {
            if !listed.contains_key(&(transfer.shape(), transfer.verifying_key)) {
                return Err((Some(index), RecordRefusal::UnlistedKey(transfer.verifying_key)));
            }
        }
    }
    let named = |key: &(Shape, VerifyingKeyId)| {
        let mut transfers = record.entries.iter().flat_map(|entry| &entry.transaction.effects.transfers);
        transfers.any(|transfer| (transfer.shape(), transfer.verifying_key) == *key)
    };
    match listed.keys().copied().find(|key| !named(key)) {
        Some((shape, id)) => Err((None, RecordRefusal::UnusedKey { id, shape })),
        None => Ok(listed),
    }
}

/// Recomputes the log and compares it with the signed checkpoint. Returns the root after each entry.
fn check_log(record: &ElectionRecord, election: ElectionId, report: &mut ReportBuilder) -> Option<Vec<LogHash>> {
    let mut tree = CompactTree::new();
    let mut roots = Vec::with_capacity(record.entries.len());
    for entry in &record.entries {
        let leaf = borsh::to_vec(entry).expect("writing to memory");
        if tree.append(&leaf).is_err() {
            report.refuse(CheckId::RecordLog, &RecordRefusal::LogFull);
            return None;
        }
        roots.push(tree.root());
    }
    match check_checkpoint(record, election, &tree) {
        Ok(log) => report.pass(CheckId::RecordLog, log),
        Err(refusal) => report.refuse(CheckId::RecordLog, &refusal),
    }
    Some(roots)
}

fn check_checkpoint(
    record: &ElectionRecord,
    election: ElectionId,
    tree: &CompactTree,
) -> Result<Finding, RecordRefusal> {
    let name = Origin::new(&record.ledger_name).map_err(RecordRefusal::LedgerName)?;
    let log = election_log(&name, election).map_err(RecordRefusal::LedgerName)?;
    let key = VerifyingKey::from_bytes(&record.ledger_key).map_err(|_| RecordRefusal::LedgerKey)?;
    let verifier = CheckpointVerifier::new(name, key).map_err(|_| RecordRefusal::LedgerKey)?;
    let signed = SignedCheckpoint::from_bytes(record.checkpoint.as_bytes())?;
    let checkpoint = verifier.verify(&signed, &log)?;
    let (found, expected) = (checkpoint.size(), tree.size());
    if found != expected {
        return Err(RecordRefusal::CheckpointSize { found, expected });
    }
    let (found, expected) = (checkpoint.root(), tree.root());
    if found != expected {
        return Err(RecordRefusal::CheckpointRoot { found, expected });
    }
    Ok(Finding::Log { size: tree.size(), root: tree.root().to_string() })
}

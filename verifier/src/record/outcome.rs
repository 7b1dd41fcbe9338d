//! Which check each refusal belongs to, and what each check says when it passes.

use std::collections::BTreeSet;

use crate::{
    election::{ElectionPool, OpenError, Rejection, Stage},
    obligations::{Counts, Culprits},
    report::{CheckId, ReportBuilder},
};

/// Checks of an opening in the order in which [`crate::election::open`] makes them.
const OPENING: [CheckId; 5] = [
    CheckId::OpeningAuthority,
    CheckId::OpeningManifest,
    CheckId::OpeningCeremony,
    CheckId::OpeningCanaries,
    CheckId::OpeningRoll,
];

/// Reports an opening that was refused: the checks before the one that failed have passed.
pub(super) fn report_refused_opening(error: &OpenError, report: &mut ReportBuilder) {
    let failed = match error {
        OpenError::Structure(_) | OpenError::Form | OpenError::Decode(_) | OpenError::Signature => {
            CheckId::OpeningAuthority
        }
        OpenError::Manifest(_) | OpenError::TooLate | OpenError::NoDistribution | OpenError::Ledger => {
            CheckId::OpeningManifest
        }
        OpenError::CeremonyHash { .. } | OpenError::Ceremony(_) | OpenError::Key => CheckId::OpeningCeremony,
        OpenError::Canary(_) => CheckId::OpeningCanaries,
        OpenError::RollDigest { .. } | OpenError::Roll(_) => CheckId::OpeningRoll,
    };
    for id in OPENING.into_iter().take_while(|id| *id != failed) {
        report.pass(id, "");
    }
    report.fail(failed, error.to_string());
}

/// Reports an opening that was accepted.
pub(super) fn report_opening(pool: &ElectionPool, report: &mut ReportBuilder) {
    let trustees = pool.trustees();
    let details = [
        format!("signed by {}", hex::encode(pool.manifest().authority)),
        format!("\"{}\", election id {}", pool.manifest().title, pool.id()),
        format!("{} of {} trustees can decrypt", trustees.threshold(), trustees.names().len()),
        format!("{} canaries", trustees.names().len()),
        format!("{} voters, total weight {}", pool.voters(), pool.total_weight()),
    ];
    for (id, detail) in OPENING.into_iter().zip(details) {
        report.pass(id, detail);
    }
}

/// Which check a refused entry fails.
pub(super) const fn rejection_check(rejection: &Rejection) -> CheckId {
    match rejection {
        Rejection::CloseRoot { .. } | Rejection::CloseMismatch { .. } => CheckId::TallyClosed,
        Rejection::SmallGroup { .. } | Rejection::Tally(_) => CheckId::TallyResult,
        _ => CheckId::EntriesRules,
    }
}

/// Reports the batches of proofs, signatures, and ballots with their bridges.
pub(super) fn report_culprits(culprits: &Culprits, counts: Counts, report: &mut ReportBuilder) {
    let proofs = Batch { wrong: &culprits.proofs, count: counts.proofs, noun: "zero-knowledge proofs" };
    let signatures =
        Batch { wrong: &culprits.signatures, count: counts.signatures, noun: "spend-authority signatures" };
    let ballots = Batch { wrong: &culprits.ballots, count: counts.ballots, noun: "ballot proofs" };
    let bridges = Batch { wrong: &culprits.bridges, count: counts.bridges, noun: "bridges from a right's weight" };
    report_batches(CheckId::EntriesProofs, &[proofs], report);
    report_batches(CheckId::EntriesSignatures, &[signatures], report);
    let rankings = Batch { wrong: &culprits.rankings, count: counts.rankings, noun: "proofs of sealed rankings" };
    let mut batches = vec![ballots];
    batches.extend((counts.rankings > 0).then_some(rankings));
    batches.extend((counts.bridges > 0).then_some(bridges));
    report_batches(CheckId::EntriesBallots, &batches, report);
}

/// Items of one kind, and the entries whose items are wrong.
struct Batch<'a> {
    wrong: &'a BTreeSet<u64>,
    count: usize,
    noun: &'static str,
}

/// Reports the batches that one check is made of: it passes if all of them do.
fn report_batches(id: CheckId, batches: &[Batch<'_>], report: &mut ReportBuilder) {
    let failures: Vec<String> = batches.iter().filter_map(Batch::failure).collect();
    if failures.is_empty() {
        let counts: Vec<String> = batches.iter().map(|batch| format!("{} {}", batch.count, batch.noun)).collect();
        report.pass(id, counts.join(", "));
    } else {
        report.fail(id, failures.join("; "));
    }
}

impl Batch<'_> {
    /// Names the first few wrong entries; `None` if all are right.
    fn failure(&self) -> Option<String> {
        let Self { wrong, count, noun } = self;
        if wrong.is_empty() {
            return None;
        }
        let named: Vec<String> = wrong.iter().take(10).map(u64::to_string).collect();
        let more = if wrong.len() > 10 { ", …" } else { "" };
        Some(format!("{} of {count} {noun} wrong: entries {}{more}", wrong.len(), named.join(", ")))
    }
}

/// Reports the stage that the record ends in.
pub(super) fn report_tally(pool: &ElectionPool, report: &mut ReportBuilder) {
    match pool.stage() {
        Stage::Open => report.fail(CheckId::TallyClosed, "the election was not closed"),
        Stage::Closed => {
            report.pass(CheckId::TallyClosed, format!("ballots that count: {}", pool.counted()));
            report.fail(CheckId::TallyResult, "no result is published");
        }
        Stage::Published(_) => {
            report.pass(CheckId::TallyClosed, format!("ballots that count: {}", pool.counted()));
            report.pass(CheckId::TallyResult, format!("decrypted by {} trustees", pool.trustees().threshold()));
        }
    }
}

//! Which check each refusal belongs to, and what each check says when it passes.

use std::collections::BTreeSet;

use crate::{
    election::{ElectionPool, OpenError, Rejection, Stage},
    obligations::{Counts, Culprits},
    report::{Batch, CheckId, Finding, Items, NAMED, ReportBuilder},
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
        OpenError::Canary(_) | OpenError::CanaryOrder => CheckId::OpeningCanaries,
        OpenError::RollDigest { .. } | OpenError::Roll(_) => CheckId::OpeningRoll,
    };
    for id in OPENING.into_iter().take_while(|id| *id != failed) {
        report.pass(id, Finding::Passed);
    }
    report.refuse(failed, error);
}

/// Reports an opening that was accepted.
pub(super) fn report_opening(pool: &ElectionPool, report: &mut ReportBuilder) {
    let (manifest, trustees) = (pool.manifest(), pool.trustees());
    let count = trustees.names().len();
    let findings = [
        Finding::Signer { key: hex::encode(manifest.authority) },
        Finding::Manifest { title: manifest.title.clone(), id: pool.id().to_string() },
        Finding::Trustees { threshold: trustees.threshold(), count },
        Finding::Canaries { count },
        Finding::Roll { voters: pool.voters(), weight: pool.total_weight() },
    ];
    for (id, finding) in OPENING.into_iter().zip(findings) {
        report.pass(id, finding);
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
    let rankings = (counts.rankings > 0).then(|| batch(Items::Rankings, &culprits.rankings, counts.rankings));
    let bridges = (counts.bridges > 0).then(|| batch(Items::Bridges, &culprits.bridges, counts.bridges));
    let ballots = batch(Items::Ballots, &culprits.ballots, counts.ballots);
    let checks = [
        (CheckId::EntriesProofs, vec![batch(Items::Proofs, &culprits.proofs, counts.proofs)]),
        (CheckId::EntriesSignatures, vec![batch(Items::Signatures, &culprits.signatures, counts.signatures)]),
        (CheckId::EntriesBallots, [Some(ballots), rankings, bridges].into_iter().flatten().collect()),
    ];
    for (id, batches) in checks {
        // A check of several batches passes if all of them do.
        if batches.iter().all(|batch| batch.wrong == 0) {
            report.pass(id, Finding::Batches { batches });
        } else {
            report.fail(id, Finding::Batches { batches });
        }
    }
}

fn batch(items: Items, wrong: &BTreeSet<u64>, count: usize) -> Batch {
    Batch { items, count, wrong: wrong.len(), entries: wrong.iter().copied().take(NAMED).collect() }
}

/// Reports the stage that the record ends in.
pub(super) fn report_tally(pool: &ElectionPool, report: &mut ReportBuilder) {
    let counted = Finding::Counted { ballots: pool.counted() };
    match pool.stage() {
        Stage::Open => report.fail(CheckId::TallyClosed, Finding::NotClosed),
        Stage::Closed => {
            report.pass(CheckId::TallyClosed, counted);
            report.fail(CheckId::TallyResult, Finding::NotPublished);
        }
        Stage::Published(_) => {
            report.pass(CheckId::TallyClosed, counted);
            report.pass(CheckId::TallyResult, Finding::Decrypted { trustees: pool.trustees().threshold() });
        }
    }
}

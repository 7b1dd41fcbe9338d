//! What anybody can check.

use rand_core::OsRng;
use tabella_crowdfunding_rules::audit::{Audit, AuditReport};
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, words};

use super::{ANYBODY, CAMPAIGN, SHOWN_GOAL, SHOWN_TITLE, campaign_of};

pub(super) const CHECK: Form = Form {
    id: "check",
    role: ANYBODY,
    title: words("Check a campaign", "캠페인 검증"),
    about: words(
        "Goes through the ledger’s entries: that pledges are counted once each, and whether the goal is proved.",
        "원장의 모든 기록을 따라 약정을 한 번씩만 세었는지, 증명이 목표 달성을 보이는지 확인합니다.",
    ),
    fields: &[
        CAMPAIGN,
        Field::new("proofs", words("Verify the proofs of the pledges too", "약정의 증명도 검증"), Kind::Flag)
            .hint(words("It takes longer.", "시간이 더 걸립니다."))
            .optional(),
    ],
    proves: false,
};

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, _) = campaign_of(values, work)?;
    let ledger = work.state.id();
    let mut audit =
        if values.flag("proofs") { Audit::with_proofs(ledger, id, work.state.keys()) } else { Audit::new(ledger, id) };
    for (number, logged) in (0..).zip(work.log) {
        audit.read(number, logged, &mut OsRng)?;
    }
    let AuditReport { campaign, pledges, counted, commitments, succeeded_at, proofs, .. } = audit.finish(&mut OsRng)?;
    let outcome = Outcome::new()
        .show(SHOWN_TITLE, campaign.title.as_str())
        .show(SHOWN_GOAL, work.amount_and_name(&campaign.asset, campaign.goal.0))
        .show(words("Pledges", "약정"), Value::number(pledges))
        .show(words("Counted, each once", "한 번씩 센 약정"), Value::number(counted))
        .show(words("Commitments added up", "더한 커밋먼트"), Value::number(commitments))
        .show(words("Goal proved to be reached", "목표 달성이 증명됨"), succeeded_at.is_some());
    let outcome = match succeeded_at {
        Some(at) => outcome.show(words("Shown at", "증명한 시각"), at),
        None => outcome,
    };
    Ok(outcome.show(words("Proofs of pledges verified", "검증한 약정 증명"), Value::number(proofs)))
}

//! What a wallet is known by, and what is its own of the remittances on the ledger.

use tabella_desk::{Form, Outcome, Stop, Value, Words, Work, words};
use tabella_prover::wallet::NoteKind;
use tabella_remittance_rules::Remittance;

use super::{ANYBODY, SHOWN_CLAIM, SHOWN_REFUND, SHOWN_REMITTANCE, keys, shown_id, state, units};
use crate::notice::{OwnPart, own_parts};

pub(super) const KEY: Form = Form {
    id: "key",
    role: ANYBODY,
    title: words("Show my key", "나의 키 보기"),
    about: words(
        "The key by which others know you as a provider or an operator. A sender compares it with the one in a quote.",
        "제공자나 운영자로서 다른 사람이 귀하를 알아보는 키입니다. 보내는 사람은 이 키를 견적에 있는 키와 비교합니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const MINE: Form = Form {
    id: "mine",
    role: ANYBODY,
    title: words("List my remittances", "나의 송금 목록"),
    about: words(
        "What you have locked, and what you may claim. Only your wallet can tell.",
        "귀하가 잠근 금액과 수령할 수 있는 금액입니다. 귀하의 지갑만 알 수 있습니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) fn key(work: &Work<'_>) -> Outcome {
    let keys = keys(work);
    Outcome::new()
        .show(words("Your key", "나의 키"), Value::code(hex::encode(keys.signer())))
        .show(words("Travel-rule data are sealed to", "송금인·수취인 정보를 받는 키"), Value::code(keys.recipient()))
}

fn stage(remittance: &Remittance, work: &Work<'_>) -> Words {
    match remittance.stage(work.now) {
        "accepted" => words("accepted", "수락됨"),
        "declined" => words("declined", "거절됨"),
        "expired" => words("not answered in time", "기한 내 응답 없음"),
        _ => words("waits for an answer", "응답 대기"),
    }
}

/// What has become of an escrow.
fn outcome(part: &OwnPart<'_>) -> Words {
    match part.outcome() {
        "claimed" => words("claimed", "수령됨"),
        "taken back" => words("taken back", "반환됨"),
        _ => words("locked", "잠김"),
    }
}

fn row(part: OwnPart<'_>, work: &Work<'_>) -> Vec<Value> {
    let (note, remittance) = (part.note.note(), part.remittance);
    let whose = match part.note.kind() {
        NoteKind::EscrowToClaim => words("for you to claim", "귀하가 수령할 금액"),
        _ => words("locked by you", "귀하가 잠근 금액"),
    };
    vec![
        shown_id(part.id),
        whose.into(),
        units(work, &note.asset, note.value).into(),
        stage(remittance, work).into(),
        outcome(&part).into(),
        remittance.terms().claim_until.into(),
        remittance.terms().refund_from.into(),
    ]
}

pub(super) fn mine(work: &Work<'_>) -> Result<Outcome, Stop> {
    let rows = own_parts(work.holder.wallet(), state(work)?).map(|part| row(part, work)).collect();
    let columns = vec![
        SHOWN_REMITTANCE,
        words("Part", "구분"),
        words("Amount", "금액"),
        words("Answer", "응답"),
        words("State", "상태"),
        SHOWN_CLAIM,
        SHOWN_REFUND,
    ];
    Ok(Outcome::new().show(words("Your remittances", "나의 송금"), Value::Table { columns, rows }))
}

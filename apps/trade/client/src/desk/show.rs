//! A wallet's key and letters, and one letter as a party reads it.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, words};
use tabella_payments::plan::fresh_address;
use tabella_protocol::note::Timestamp;
use tabella_trade_rules::{
    letter::{LetterId, Requirement},
    readable::LetterRow,
    state::{Letter, Status},
};

use super::{
    ANYBODY, LETTER, MOST_NUMBER, NUMBER, PRESENTED, SHOWN_AMOUNT, SHOWN_LETTER, STANDING, documents,
    draft::{self, show_conditions, show_parties},
    keys, letter, trade,
};
use crate::{
    keys::TradeKeys,
    letters::OnLedger,
    reading::{acknowledge, claims, locked},
};

pub(super) const KEY: Form = Form {
    id: "key",
    role: ANYBODY,
    title: words("Show my key", "나의 키 보기"),
    about: words(
        "The key by which letters of credit and invoices name you, and an address for one letter of credit.",
        "신용장과 송장에서 귀하를 가리키는 키와, 신용장 하나에 쓸 주소입니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) const MINE: Form = Form {
    id: "mine",
    role: ANYBODY,
    title: words("List my letters of credit", "나의 신용장 목록"),
    about: words(
        "The letters that name your wallet, and your part in them.",
        "귀하의 지갑이 당사자인 신용장과 귀하의 역할입니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const SHOW: Form = Form {
    id: "show",
    role: ANYBODY,
    title: words("Show a letter of credit", "신용장 보기"),
    about: words(
        "Where it stands, and what your wallet knows of it. A seller sees whether the amount opens in its wallet, \
         before it ships.",
        "진행 상태와 귀하의 지갑이 아는 내용입니다. 판매자는 선적하기 전에 금액이 지갑에서 열리는지 확인할 수 있습니다.",
    ),
    fields: &[
        LETTER,
        Field::new("file", words("File of the letter", "신용장 파일"), Kind::File)
            .hint(words("With it the amount and the words are shown.", "파일을 고르면 금액과 설명도 보여 줍니다."))
            .optional(),
    ],
    proves: false,
};

pub(super) fn key(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let address = fresh_address(work.holder.wallet(), &mut OsRng);
    Ok(Outcome::new()
        .show(words("Your key", "나의 키"), Value::code(hex::encode(keys(values, work)?.party())))
        .show(words("An address for one letter of credit", "신용장 하나에 쓸 주소"), Value::code(address)))
}

fn roles(letter: &Letter, own: &[[u8; 32]]) -> Vec<Words> {
    let parties = &letter.terms.parties;
    let signs = |required: &Requirement| own.contains(&required.signer);
    let parts = [
        (own.contains(&parties.applicant), words("applicant", "개설의뢰인")),
        (own.contains(&parties.issuing_bank), words("issuing bank", "개설은행")),
        (own.contains(&parties.advising_bank), words("advising bank", "통지은행")),
        (own.contains(&parties.beneficiary), words("seller", "판매자")),
        (own.contains(&parties.examiner), words("examiner", "심사자")),
        (letter.conditions.documents.iter().any(signs), words("signer of documents", "서류 서명자")),
    ];
    parts.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
}

fn own(work: &Work<'_>) -> Vec<[u8; 32]> {
    (0..=MOST_NUMBER).map(|number| TradeKeys::party_of(work.seed, number)).collect()
}

fn status(id: LetterId, letter: &Letter, work: &Work<'_>) -> Words {
    if claimed(id, work) > 0 {
        return words("paid", "지급됨");
    }
    match LetterRow::new(&id, letter, work.now).status {
        "presented" => words("presented", "서류 제시됨"),
        "refused" => words("refused", "서류 거절됨"),
        "accepted" => words("accepted", "서류 수락됨"),
        "accepted-by-silence" => words("accepted by silence", "무응답으로 수락됨"),
        "waived" => words("taken as it is", "하자 수용됨"),
        "cancelled" => words("cancelled", "취소됨"),
        "expired" => words("expired", "기한 지남"),
        _ => words("waits for documents", "서류 제시 대기"),
    }
}

/// How many escrows of a letter were claimed, as everybody sees.
fn claimed(id: LetterId, work: &Work<'_>) -> usize {
    let Some(guard) = id.guard() else { return 0 };
    work.log.iter().map(|logged| claims(&logged.transaction.effects, &guard)).sum()
}

pub(super) fn mine(work: &Work<'_>) -> Result<Outcome, Stop> {
    let own = own(work);
    let mut rows = Vec::new();
    for (id, letter) in trade(work)?.letters() {
        for role in roles(letter, &own) {
            let asset = work.state.assets().get(&letter.terms.asset).map_or("", |known| &known.description.name);
            rows.push(vec![
                Value::code(id),
                role.into(),
                status(id, letter, work).into(),
                asset.into(),
                letter.conditions.expiry.into(),
                letter.terms.claim_until.into(),
            ]);
        }
    }
    let columns = vec![
        SHOWN_LETTER,
        words("Your part", "나의 역할"),
        words("State", "상태"),
        words("Asset", "자산"),
        words("Present before", "제시 기한"),
        words("Claim before", "수령 기한"),
    ];
    Ok(Outcome::new().show(words("Your letters of credit", "나의 신용장"), Value::Table { columns, rows }))
}

pub(super) fn show(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let letter = on.letter;
    let file = if values.is_given("file") { Some(draft::file(values, "file", work)?) } else { None };
    if file.as_ref().is_some_and(|file| file.id() != on.id) {
        return Err(Stop::at("file", words("this is the file of another letter", "다른 신용장의 파일입니다")));
    }
    let own = own(work);
    let wallet = work.holder.wallet();
    let is_seller = own.contains(&letter.terms.parties.beneficiary);
    let opened = (is_seller && claimed(on.id, work) == 0).then(|| acknowledge(wallet, on.id, letter));
    let held: u128 = locked(wallet, on.id).iter().map(|value| u128::from(value.0)).sum();
    let of_wallet = match &opened {
        Some(Ok(amount)) => Some(*amount),
        _ => Some(held).filter(|held| *held > 0),
    };
    // The file's amount is that of the issue: an increase is known to who holds the notes.
    let of_file = file.as_ref().filter(|_| letter.escrows.len() == 1).map(|file| u128::from(file.amount.0));
    let mut outcome =
        Outcome::new().show(SHOWN_LETTER, Value::code(on.id)).show(words("State", "상태"), status(on.id, letter, work));
    for role in roles(letter, &own) {
        outcome = outcome.show(words("Your part", "나의 역할"), role);
    }
    outcome = match of_wallet.or(of_file) {
        Some(amount) => outcome.show(SHOWN_AMOUNT, work.amount_and_name(&letter.terms.asset, amount)),
        None => outcome.show(SHOWN_AMOUNT, words("hidden", "비공개")),
    };
    if let Some(opened) = opened {
        let text = match opened {
            Ok(_) => words(
                "opens in your wallet: it can be claimed once documents are accepted",
                "귀하의 지갑에서 열립니다. 서류가 수락되면 수령할 수 있습니다",
            ),
            Err(_) => {
                words("does NOT open in your wallet: do not ship", "귀하의 지갑에서 열리지 않습니다. 선적하지 마십시오")
            }
        };
        outcome = outcome.show(words("What is locked", "잠긴 금액"), text);
    }
    if let Some(file) = file.filter(|file| file.terms.conditions.description == letter.conditions.description) {
        outcome = outcome.show(words("For", "내용"), file.description);
    }
    outcome = show_parties(outcome, &letter.terms.parties)
        .show(words("Issued", "개설"), letter.issued)
        .show(words("Advised", "통지됨"), letter.advised == Some(letter.version))
        .show(words("Times amended", "조건변경 횟수"), Value::number(letter.version))
        .show(words("The seller claims before", "판매자 수령 기한"), letter.terms.claim_until)
        .show(words("The bank takes the amount back from", "은행 반환 시작"), letter.terms.refund_from);
    Ok(show_presentation(show_conditions(outcome, &letter.conditions), &on, work.now))
}

/// What was presented last, and the digests that are signed by whoever takes it as it is or ends the letter.
pub(super) fn show_presentation(outcome: Outcome, on: &OnLedger<'_>, now: Timestamp) -> Outcome {
    let digests = [PRESENTED, STANDING].into_iter().zip(on.to_agree(now));
    let shown = digests.filter_map(|(field, digest)| Some((field.label, Value::code(hex::encode(digest?)))));
    shown.fold(presented(outcome, on.letter, now), |outcome, (label, digest)| outcome.show(label, digest))
}

fn presented(mut outcome: Outcome, letter: &Letter, now: Timestamp) -> Outcome {
    let Some(presentation) = letter.status.presentation() else { return outcome };
    outcome = outcome
        .show(words("Presented", "서류 제시"), presentation.at)
        .show(words("Presentation", "제시 회차"), Value::number(presentation.number));
    if let Some(shipped) = presentation.documents.iter().filter_map(|document| document.shipped).max() {
        outcome = outcome.show(words("Shipped", "선적"), shipped).show(words("Too late", "지연"), presentation.is_late);
    }
    if let (Status::Presented(_), Some(from)) = (&letter.status, presentation.accepted_by_silence)
        && now < from
    {
        outcome = outcome.show(words("Silence accepts from", "무응답 수락 시각"), from);
    }
    if let Status::Refused(_, found) = &letter.status {
        let row = |wrong: &tabella_trade_rules::action::Discrepancy| {
            vec![Value::number(u16::from(wrong.document) + 1), documents::code_words(wrong.code).into()]
        };
        let columns = vec![words("Document", "서류"), words("What is wrong", "하자")];
        let rows = found.iter().map(row).collect();
        outcome = outcome.show(words("Refused because", "거절 사유"), Value::Table { columns, rows });
    }
    outcome
}

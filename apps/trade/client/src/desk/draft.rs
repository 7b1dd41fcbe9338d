//! Drafting a letter of credit as its applicant, and reading one before it is issued.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, words};
use tabella_trade_rules::letter::{Conditions, Parties};

use super::{
    ANYBODY, APPLICANT, NEXT, NUMBER, SHOWN_ADDRESS, SHOWN_AMOUNT, SHOWN_LETTER, documents, keys, letter_stop,
    optional_time, read, short, terms_stop,
};
use crate::letters::{LetterError, LetterFile, LetterRequest};

pub(super) const DRAFT: Form = Form {
    id: "draft",
    role: APPLICANT,
    title: words("Write a letter of credit", "신용장 작성"),
    about: words(
        "You are given a file with the terms and your consent. Give it to the issuing bank, the advising bank, the \
         seller and the examiner, and to nobody else: it tells the amount.",
        "조건과 귀하의 동의가 담긴 파일을 받습니다. 개설은행, 통지은행, 판매자, 심사자에게만 주십시오. 파일에 금액이 적혀 있습니다.",
    ),
    fields: &[
        Field::new("issuing-bank", words("Key of the issuing bank", "개설은행의 키"), Kind::Id)
            .hint(words("It locks the amount.", "금액을 잠그는 은행입니다.")),
        Field::new("advising-bank", words("Key of the advising bank", "통지은행의 키"), Kind::Id).hint(words(
            "It tells the seller that the letter is genuine.",
            "판매자에게 신용장이 진짜임을 알리는 은행입니다.",
        )),
        Field::new("beneficiary", words("Key of the seller", "판매자의 키"), Kind::Id),
        Field::new("examiner", words("Key of the examiner", "심사자의 키"), Kind::Id)
            .hint(words("Empty: the issuing bank examines the documents.", "비워 두면 개설은행이 서류를 심사합니다."))
            .optional(),
        Field::new("pay-to", words("Address of the seller", "판매자의 주소"), Kind::Address).hint(words(
            "Made for this letter alone: it becomes public.",
            "이 신용장만을 위해 만든 주소여야 합니다. 공개됩니다.",
        )),
        Field::new("asset", words("Asset", "자산"), Kind::Asset),
        Field::new("amount", words("Amount", "금액"), Kind::Amount),
        Field::new("description", words("Goods and documents, in words", "물품과 서류에 대한 설명"), Kind::Lines)
            .hint(words("Only a digest is public.", "요약값만 공개됩니다.")),
        documents::INVOICE,
        documents::BILL,
        documents::AIR,
        documents::WAYBILL,
        documents::PACKING,
        documents::INSURANCE,
        documents::ORIGIN,
        documents::INSPECTION,
        documents::OTHER,
        Field::new("latest-shipment", words("Latest shipment", "선적 기일"), Kind::Time)
            .hint(words(
                "Needed if a bill of lading or a waybill is asked for.",
                "선하증권이나 운송장을 요구할 때 필요합니다.",
            ))
            .optional(),
        Field::new("expiry", words("Documents are presented before", "서류 제시 기한"), Kind::Time),
        Field::new("claim-until", words("The seller claims before", "판매자 수령 기한"), Kind::Time),
        Field::new("refund-from", words("The bank takes the amount back from", "은행 반환 시작"), Kind::Time)
            .hint(words("Empty: from the end of claims on.", "비워 두면 수령 기한부터입니다."))
            .optional(),
        Field::new(
            "silence-days",
            words("Silence accepts after, in days", "무응답 시 수락 (일)"),
            Kind::Number { least: 1, most: 365 },
        )
        .hint(words(
            "Documents count as accepted if the examiner says nothing for so long. Empty: never.",
            "심사자가 이 기간 동안 답하지 않으면 서류가 수락된 것으로 봅니다. 비워 두면 적용하지 않습니다.",
        ))
        .optional(),
        NUMBER,
    ],
    proves: false,
};

pub(super) const REVIEW: Form = Form {
    id: "review-letter",
    role: ANYBODY,
    title: words("Read a letter of credit", "신용장 파일 확인"),
    about: words(
        "Shows what a letter's file says and checks it: the issuing bank before it locks the amount, all others \
         before they rely on it.",
        "신용장 파일의 내용을 보여 주고 검사합니다. 개설은행은 금액을 잠그기 전에, 다른 당사자는 신뢰하기 전에 확인하십시오.",
    ),
    fields: &[Field::new("letter", words("File of the letter", "신용장 파일"), Kind::File)],
    proves: false,
};

pub(super) fn draft(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys(values, work)?;
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let issuing_bank = values.bytes32("issuing-bank")?;
    let claim_until = values.time("claim-until")?;
    let days = values.optional::<u32>("silence-days")?;
    let request = LetterRequest {
        parties: Parties {
            applicant: keys.party(),
            issuing_bank,
            advising_bank: values.bytes32("advising-bank")?,
            beneficiary: values.bytes32("beneficiary")?,
            examiner: if values.is_given("examiner") { values.bytes32("examiner")? } else { issuing_bank },
        },
        asset,
        amount: values.amount("amount", work.state.assets(), &asset)?,
        claimant: values.address("pay-to")?,
        claim_until,
        refund_from: optional_time(values, "refund-from")?.unwrap_or(claim_until),
        latest_shipment: optional_time(values, "latest-shipment")?,
        expiry: values.time("expiry")?,
        documents: documents::requirements(values)?,
        description: values.text("description")?.to_owned(),
        silence: days.map(|days| days.saturating_mul(86_400)),
    };
    if work.now >= request.expiry {
        return Err(Stop::at("expiry", words("this time is over", "이미 지난 시각입니다")));
    }
    let letter = LetterFile::draft(&keys, work.state.id(), request, &mut OsRng).map_err(|error| match error {
        LetterError::Terms(error) => terms_stop(error),
        other => other.into(),
    })?;
    let outcome = Outcome::new().show(SHOWN_LETTER, Value::code(letter.id())).show(
        NEXT,
        words(
            "Give the file to the parties. The bank issues the letter with it.",
            "파일을 당사자들에게 주십시오. 은행이 이 파일로 신용장을 개설합니다.",
        ),
    );
    Ok(outcome.give(format!("letter-{}.tabella", short(letter.id())), crate::files::TradeFile::to_file(&letter)))
}

/// A letter's file, whole and for this ledger.
pub(super) fn file(values: &Values, field: &str, work: &Work<'_>) -> Result<LetterFile, Stop> {
    let letter: LetterFile = read(values, field)?;
    if letter.ledger != work.state.id() {
        return Err(Stop::at(field, words("this letter is for another ledger", "다른 원장의 신용장입니다")));
    }
    letter.check().map_err(|error| match error {
        LetterError::Terms(error) => Stop::at(field, error),
        other => letter_stop(other),
    })?;
    Ok(letter)
}

/// The parties, by their keys.
pub(super) fn show_parties(outcome: Outcome, parties: &Parties) -> Outcome {
    let parts: [(Words, &[u8; 32]); 5] = [
        (words("Applicant", "개설의뢰인"), &parties.applicant),
        (words("Issuing bank", "개설은행"), &parties.issuing_bank),
        (words("Advising bank", "통지은행"), &parties.advising_bank),
        (words("Seller", "판매자"), &parties.beneficiary),
        (words("Examiner", "심사자"), &parties.examiner),
    ];
    parts.into_iter().fold(outcome, |outcome, (label, key)| outcome.show(label, Value::code(hex::encode(key))))
}

/// What must be presented, and until when.
pub(super) fn show_conditions(mut outcome: Outcome, conditions: &Conditions) -> Outcome {
    if let Some(latest) = conditions.latest_shipment {
        outcome = outcome.show(words("Latest shipment", "선적 기일"), latest);
    }
    outcome = outcome.show(words("Documents are presented before", "서류 제시 기한"), conditions.expiry);
    if let Some(silence) = conditions.silence {
        let days = silence / 86_400;
        outcome = if days * 86_400 == silence {
            outcome.show(words("Silence accepts after, in days", "무응답 시 수락 (일)"), Value::number(days))
        } else {
            outcome.show(words("Silence accepts after, in seconds", "무응답 시 수락 (초)"), Value::number(silence))
        };
    }
    outcome.show(words("Documents", "서류"), documents::table(&conditions.documents))
}

/// All that a letter's file says.
pub(super) fn show(outcome: Outcome, letter: &LetterFile, work: &Work<'_>) -> Outcome {
    let terms = &letter.terms;
    let outcome = outcome
        .show(SHOWN_LETTER, Value::code(letter.id()))
        .show(SHOWN_AMOUNT, work.amount_and_name(&terms.asset, letter.amount.0))
        .show(words("Asset", "자산"), Value::code(terms.asset))
        .show(words("For", "내용"), letter.description.clone());
    let outcome = show_parties(outcome, &terms.parties)
        .show(SHOWN_ADDRESS, Value::code(letter.claimant))
        .show(words("The seller claims before", "판매자 수령 기한"), terms.claim_until)
        .show(words("The bank takes the amount back from", "은행 반환 시작"), terms.refund_from);
    show_conditions(outcome, &terms.conditions)
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let letter = file(values, "letter", work)?;
    Ok(show(Outcome::new(), &letter, work)
        .show(words("The applicant has agreed", "개설의뢰인의 동의"), true)
        .show(words("It is on the ledger", "원장에 있음"), super::trade(work)?.letter(&letter.id()).is_some()))
}

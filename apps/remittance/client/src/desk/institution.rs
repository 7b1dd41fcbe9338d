//! What a receiver's institution does.

use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, words};
use tabella_remittance_rules::{Remittance, RemittanceId};

use super::{
    CORRIDOR, INSTITUTION, MOST_NUMBER, NEXT, REMITTANCE, SHOWN_ANSWER, SHOWN_CLAIM, SHOWN_CORRIDOR, SHOWN_DELIVERED,
    SHOWN_INFORMATION, SHOWN_PAID, SHOWN_RECEIVER, SHOWN_REFERENCE, SHOWN_REFUND, SHOWN_REMITTANCE, SHOWN_SENDER, at,
    corridor, fresh_address, keys_of, names, shown_id, state, stored, units,
};
use crate::{Notice, Payee, RemittanceKeys, travel::TravelMessage};

const NOTICE: Field = Field::new("notice", words("Notice", "통지"), Kind::File)
    .hint(words("The file that the sender gave you.", "보내는 사람이 준 파일입니다."));
const PAYEE_COPY: Field = Field::new("payee", words("Payee file", "수취 정보 파일"), Kind::File)
    .hint(words("Your own copy of what you gave the sender.", "보내는 사람에게 준 파일의 나의 사본입니다."));

pub(super) const PAYEE: Form = Form {
    id: "payee",
    role: INSTITUTION,
    title: words("Say where to deliver", "수취 정보 만들기"),
    about: words(
        "A file for the sender of one remittance, like an account's number. Keep a copy: you check what arrives with \
         it.",
        "송금 한 건을 위해 보내는 사람에게 줄 파일로, 계좌 번호와 같습니다. 사본을 보관하십시오. 도착한 송금을 이 파일로 확인합니다.",
    ),
    fields: &[
        CORRIDOR,
        Field::new(
            "number",
            words("Number of this payee", "수취 정보 번호"),
            Kind::Number { least: 0, most: MOST_NUMBER as u64 },
        )
        .hint(words(
            "Another one for each remittance, as in 1, 2, 3: so nobody can link two of them.",
            "송금마다 1, 2, 3처럼 다른 번호를 쓰십시오. 그러면 아무도 두 송금을 연결하지 못합니다.",
        )),
    ],
    proves: false,
};

pub(super) const CHECK: Form = Form {
    id: "check",
    role: INSTITUTION,
    title: words("Check what arrived", "도착한 송금 확인"),
    about: words(
        "Shows who sends how much to whom, and whether your wallet can claim it. Nothing is signed.",
        "누가 누구에게 얼마를 보냈는지, 귀하의 지갑이 수령할 수 있는지 보여 줍니다. 서명은 하지 않습니다.",
    ),
    fields: &[NOTICE, PAYEE_COPY],
    proves: false,
};

pub(super) const ACCEPT: Form = Form {
    id: "accept",
    role: INSTITUTION,
    title: words("Accept a remittance", "송금 수락"),
    about: words(
        "Checks everything once more and accepts. Then you claim what is delivered, and the provider what was paid.",
        "모든 것을 다시 확인하고 수락합니다. 그러면 귀하는 보내온 금액을, 제공자는 지불된 금액을 수령할 수 있습니다.",
    ),
    fields: &[NOTICE, PAYEE_COPY],
    proves: false,
};

pub(super) const DECLINE: Form = Form {
    id: "decline",
    role: INSTITUTION,
    title: words("Decline a remittance", "송금 거절"),
    about: words(
        "Both amounts go back to who locked them, at the time that the remittance names. It cannot be undone.",
        "두 금액은 송금에 정해진 시각에 잠근 사람에게 돌아갑니다. 되돌릴 수 없습니다.",
    ),
    fields: &[REMITTANCE],
    proves: false,
};

pub(super) fn payee(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = values.parse("corridor")?;
    corridor(work, &id, "corridor")?;
    let number: u32 = values.parse("number")?;
    let keys = RemittanceKeys::of_seed(work.seed, number);
    let payee = Payee::new(&keys, work.state.id(), id, fresh_address(work));
    if state(work)?.remittances().any(|(_, other)| other.terms().answerer == payee.answerer) {
        return Err(Stop::at(
            "number",
            words(
                "you have answered for a remittance under this number: take another one",
                "이 번호로 이미 다른 송금에 답했습니다. 다른 번호를 쓰십시오",
            ),
        ));
    }
    Ok(Outcome::new()
        .show(words("Number", "번호"), Value::number(number))
        .show(words("Answered by the key", "응답하는 키"), Value::code(hex::encode(payee.answerer)))
        .show(
            NEXT,
            words(
                "Give the file to the sender, for one remittance, and keep a copy.",
                "송금 한 건을 위해 보내는 사람에게 파일을 주고 사본을 보관하십시오.",
            ),
        )
        .give_file(format!("payee-{number}.tabella"), &payee))
}

/// A notice, and the payee file that it is to fit.
pub(super) fn read(values: &Values, work: &Work<'_>) -> Result<(Notice, Payee, RemittanceKeys), Stop> {
    let (notice, payee): (Notice, Payee) = (values.decode("notice")?, values.decode("payee")?);
    if payee.ledger != work.state.id() {
        return Err(Stop::at("payee", words("the payee file is for another ledger", "다른 원장의 받는 쪽 파일입니다")));
    }
    let keys = keys_of(work, &payee.answerer, "payee")?;
    Ok((notice, payee, keys))
}

fn show(outcome: Outcome, notice: &Notice, told: &TravelMessage, work: &Work<'_>) -> Result<Outcome, Stop> {
    let corridor = corridor(work, &notice.terms.corridor, "notice")?;
    let outcome = outcome
        .show(SHOWN_REMITTANCE, shown_id(notice.id()))
        .show(SHOWN_DELIVERED, units(work, &corridor.receives, notice.delivered))
        .show(SHOWN_PAID, units(work, &corridor.pays, notice.paid))
        .show(words("Asset that is delivered", "받는 자산"), Value::code(corridor.receives))
        .show(SHOWN_CORRIDOR, Value::code(notice.terms.corridor))
        .show(SHOWN_SENDER, names(&told.ivms101.originator.originator_persons))
        .show(SHOWN_RECEIVER, names(&told.ivms101.beneficiary.beneficiary_persons))
        .show(SHOWN_REFERENCE, told.reference.clone());
    let outcome = match &told.information {
        Some(information) => outcome.show(SHOWN_INFORMATION, information.clone()),
        None => outcome,
    };
    Ok(outcome.show(SHOWN_ANSWER, notice.terms.answer_until).show(SHOWN_CLAIM, notice.terms.claim_until))
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (notice, payee, keys) = read(values, work)?;
    let told = notice.check(&keys, &payee, state(work)?, work.holder.wallet()).map_err(at("notice"))?;
    Ok(show(Outcome::new(), &notice, &told, work)?.show(
        words("State", "상태"),
        words(
            "Both amounts are locked, and what is delivered opens in this wallet.",
            "두 금액이 모두 잠겨 있고, 받을 금액이 이 지갑에서 열립니다.",
        ),
    ))
}

/// That a remittance can still be answered.
fn open(remittance: &Remittance, field: &str, work: &Work<'_>) -> Result<(), Stop> {
    if remittance.answer().is_some() {
        return Err(Stop::at(
            field,
            words("this remittance is answered, for good", "이미 답한 송금이며 바꿀 수 없습니다"),
        ));
    }
    if work.now >= remittance.terms().answer_until {
        return Err(Stop::at(
            field,
            words(
                "the time for an answer is over: both amounts go back",
                "답할 기한이 지났습니다. 두 금액이 모두 돌아갑니다",
            ),
        ));
    }
    Ok(())
}

pub(super) fn accept(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (notice, payee, keys) = read(values, work)?;
    // What could not be claimed is not accepted.
    let told = notice.check(&keys, &payee, state(work)?, work.holder.wallet()).map_err(at("notice"))?;
    open(stored(work, &notice.id(), "notice")?, "notice", work)?;
    let outcome = Outcome::submit(keys.answer(work.state.id(), notice.id(), true));
    Ok(show(outcome, &notice, &told, work)?.show(
        NEXT,
        words("Claim what is delivered, before the time is over.", "기한이 지나기 전에 금액을 수령하십시오."),
    ))
}

pub(super) fn decline(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id: RemittanceId = values.parse("remittance")?;
    let remittance = stored(work, &id, "remittance")?;
    open(remittance, "remittance", work)?;
    let keys = keys_of(work, &remittance.terms().answerer, "remittance")?;
    Ok(Outcome::submit(keys.answer(work.state.id(), id, false))
        .show(SHOWN_REMITTANCE, shown_id(id))
        .show(SHOWN_REFUND, remittance.terms().refund_from))
}

//! What issuing and advising banks do.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_protocol::{note_encryption::Memo, transaction::Transaction};
use tabella_trade_rules::error::Role;

use super::{
    ADVISING_BANK, CONSENTS, DIGEST, ISSUING_BANK, LETTER, NEXT, PRESENTED, SHOWN_ADDRESS, SHOWN_LETTER, STANDING, at,
    consent, draft, keys_as, letter, letter_stop, read_all, role_name, trade,
};
use crate::letters::{LetterFile, OnLedger};

const PAY_TO: Field = Field::new("pay-to", SHOWN_ADDRESS, Kind::Address).hint(words(
    "To which the amount goes, as the seller or the applicant gave it to you.",
    "금액이 갈 주소입니다. 판매자나 개설의뢰인에게서 받은 대로 적으십시오.",
));

pub(super) const ISSUE: Form = Form {
    id: "issue",
    role: ISSUING_BANK,
    title: words("Issue a letter of credit", "신용장 개설"),
    about: words(
        "You lock the amount. The seller claims it once documents are accepted; else it comes back to you at its time.",
        "금액을 잠급니다. 서류가 수락되면 판매자가 수령하고, 그렇지 않으면 정해진 시각에 귀하에게 돌아옵니다.",
    ),
    fields: &[
        Field::new("letter", words("File of the letter", "신용장 파일"), Kind::File)
            .hint(words("Read it first.", "먼저 파일 내용을 확인하십시오.")),
        Field::new("id", words("Id of the letter", "신용장 번호"), Kind::Id).hint(words(
            "As \"Read a letter of credit\" has shown it, beside the terms that you agree to.",
            "‘신용장 파일 확인’에서 조건과 함께 표시된 번호를 적으십시오.",
        )),
        Field::new("amount", words("Amount, as you have agreed to it", "합의한 금액"), Kind::Amount),
        PAY_TO,
    ],
    proves: true,
};

pub(super) const ADVISE: Form = Form {
    id: "advise",
    role: ADVISING_BANK,
    title: words("Advise a letter", "신용장 통지"),
    about: words(
        "You say that the letter is genuine, as it stands now. It gates nothing.",
        "지금의 신용장이 진짜임을 알립니다. 다른 절차를 막거나 열지는 않습니다.",
    ),
    fields: &[LETTER],
    proves: false,
};

pub(super) const WAIVE: Form = Form {
    id: "waive",
    role: ISSUING_BANK,
    title: words("Take documents as they are", "하자 수용"),
    about: words(
        "With the applicant's consent: the seller may claim then. It cannot be undone.",
        "개설의뢰인의 동의를 받아 서류를 있는 그대로 받아들입니다. 판매자가 수령할 수 있게 되며 되돌릴 수 없습니다.",
    ),
    fields: &[LETTER, PRESENTED, CONSENTS],
    proves: false,
};

pub(super) const AMEND: Form = Form {
    id: "amend",
    role: ISSUING_BANK,
    title: words("Amend a letter", "신용장 조건변경"),
    about: words(
        "With the consents of applicant and seller. If the amount grows, you lock the rest.",
        "개설의뢰인과 판매자의 동의를 받아 조건을 바꿉니다. 금액이 늘면 늘어난 만큼 더 잠급니다.",
    ),
    fields: &[
        Field::new("amendment", words("Amendment", "조건변경 파일"), Kind::File)
            .hint(words("Read it first.", "먼저 파일 내용을 확인하십시오.")),
        DIGEST,
        CONSENTS,
        Field::new("increase", words("By how much the amount grows", "늘어나는 금액"), Kind::Amount)
            .hint(words(
                "As you have agreed to it. Empty: it stays.",
                "합의한 금액을 적으십시오. 그대로면 비워 두십시오.",
            ))
            .optional(),
        Field::new("letter", words("File of the letter", "신용장 파일"), Kind::File)
            .hint(words("Needed if the amount grows.", "금액이 늘 때 필요합니다."))
            .optional(),
        PAY_TO.optional(),
    ],
    proves: true,
};

pub(super) const CANCEL: Form = Form {
    id: "cancel",
    role: ISSUING_BANK,
    title: words("Cancel a letter", "신용장 취소"),
    about: words(
        "With the consents of applicant and seller. The amount stays locked until its time to come back.",
        "개설의뢰인과 판매자의 동의를 받아 취소합니다. 금액은 반환 시각까지 잠겨 있습니다.",
    ),
    fields: &[LETTER, STANDING, CONSENTS],
    proves: false,
};

/// That a letter's file sends to the address that the form says. The letter's id commits to its owner only, not to
/// the key under which the note is sealed.
fn sent_to(values: &Values, letter: &LetterFile) -> Result<(), Stop> {
    if values.address("pay-to")? == letter.claimant {
        return Ok(());
    }
    let message = say!(
        "the letter's file sends the amount to another address, {}",
        "신용장 파일이 금액을 보내는 주소가 다릅니다: {}",
        letter.claimant
    );
    Err(Stop::at("pay-to", message))
}

/// A transaction on a letter.
pub(super) fn step(transaction: Transaction, on: &OnLedger<'_>) -> Outcome {
    Outcome::submit(transaction).show(SHOWN_LETTER, Value::code(on.id))
}

pub(super) fn issue(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let letter = draft::file(values, "letter", work)?;
    let (id, asset) = (letter.id(), letter.terms.asset);
    let keys = keys_as(work, &letter.terms.parties.issuing_bank, role_name(Role::IssuingBank))?;
    if values.amount("amount", work.state.assets(), &asset)? != letter.amount {
        let amount = work.amount_and_name(&asset, letter.amount.0);
        return Err(Stop::at("amount", say!("the letter is of {amount}", "신용장의 금액은 {amount}입니다")));
    }
    if values.bytes32("id")? != id.0 {
        let message = words(
            "this is not the id of the letter in this file: read the file, and compare its terms",
            "이 파일에 있는 신용장의 ID가 아닙니다. 파일을 읽고 조건을 비교하십시오",
        );
        return Err(Stop::at("id", message));
    }
    sent_to(values, &letter)?;
    if trade(work)?.letter(&id).is_some() {
        return Err(Stop::at("letter", words("this letter is issued already", "이미 개설된 신용장입니다")));
    }
    if work.now >= letter.terms.conditions.expiry {
        return Err(Stop::at(
            "letter",
            words(
                "the time to present documents is over: the applicant writes another letter",
                "서류를 제시할 기한이 지났습니다. 개설의뢰인이 새 신용장을 써야 합니다",
            ),
        ));
    }
    work.afford(&asset, letter.amount)?;
    let order = letter.lock_order(Memo::from_text("letter of credit")?)?;
    let transfer = work.ready(|holder, at| holder.prepare_lock(at, asset, &order, &mut OsRng))?;
    let with = letter.issue(&keys, transfer, &mut OsRng).map_err(letter_stop)?;
    let transaction = work.prove(with.transaction, vec![with.proof])?;
    Ok(draft::show(Outcome::submit(transaction), &letter, work).show(
        NEXT,
        words(
            "The seller's wallet shows whether the amount opens in it.",
            "판매자의 지갑에서 금액이 열리는지 확인할 수 있습니다.",
        ),
    ))
}

pub(super) fn advise(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let keys = keys_as(work, &on.letter.terms.parties.advising_bank, role_name(Role::AdvisingBank))?;
    Ok(step(on.advise(&keys).map_err(letter_stop)?, &on))
}

pub(super) fn waive(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (on, consents) = (letter(values, work)?, read_all(values, "consents")?);
    let keys = keys_as(work, &on.letter.terms.parties.issuing_bank, role_name(Role::IssuingBank))?;
    on.waiver_read(&values.bytes32("digest")?).map_err(letter_stop)?;
    Ok(step(on.waive(&keys, &consents).map_err(letter_stop)?, &on))
}

pub(super) fn cancel(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (on, consents) = (letter(values, work)?, read_all(values, "consents")?);
    let keys = keys_as(work, &on.letter.terms.parties.issuing_bank, role_name(Role::IssuingBank))?;
    on.cancellation_read(&values.bytes32("digest")?).map_err(letter_stop)?;
    let outcome = step(on.cancel(&keys, &consents).map_err(letter_stop)?, &on);
    Ok(outcome.show(words("The amount comes back from", "금액 반환 시작"), on.letter.terms.refund_from))
}

pub(super) fn amend(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (amendment, on) = consent::amendment_read(values, work)?;
    let consents = read_all(values, "consents")?;
    let asset = on.letter.terms.asset;
    let keys = keys_as(work, &on.letter.terms.parties.issuing_bank, role_name(Role::IssuingBank))?;
    let conditions = amendment.conditions.clone();
    let Some(opening) = amendment.opening() else {
        let transaction = on.amend(&keys, conditions, &consents).map_err(letter_stop)?;
        return Ok(consent::show(Outcome::submit(transaction), &amendment, &on, work));
    };
    if !values.is_given("letter") {
        return Err(Stop::at(
            "letter",
            words(
                "the increase is sent to the seller's address, which the letter's file holds",
                "늘린 금액은 판매자의 주소로 보내며, 그 주소는 신용장 파일에 있습니다. 그 파일을 고르십시오",
            ),
        ));
    }
    let file = draft::file(values, "letter", work)?;
    if file.id() != on.id {
        return Err(Stop::at("letter", words("the amendment is of another letter", "다른 신용장의 변경입니다")));
    }
    sent_to(values, &file)?;
    work.afford(&asset, opening.value())?;
    let order = on.increase_order(file.claimant, opening.value()).map_err(at("letter"))?;
    let transfer = work.ready(|holder, at| holder.prepare_lock(at, asset, &order, &mut OsRng))?;
    let with = on.amend_and_increase(&keys, conditions, (transfer, &opening), &consents, &mut OsRng);
    let with = with.map_err(letter_stop)?;
    let transaction = work.prove(with.transaction, vec![with.proof])?;
    Ok(consent::show(Outcome::submit(transaction), &amendment, &on, work)
        .show(words("Locked besides", "추가로 잠근 금액"), work.amount_and_name(&asset, opening.value().0))
        .show(SHOWN_ADDRESS, Value::code(file.claimant)))
}

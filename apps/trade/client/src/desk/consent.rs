//! What is done by consent: waiver, amendment, cancellation.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_trade_rules::{action::Consent, letter::TermsError};

use super::{
    ANYBODY, BOTH, DIGEST, LETTER, NEXT, PRESENTED, SHOWN_LETTER, STANDING, at, documents, draft::show_conditions,
    keys_among, letter, letter_stop, on_ledger, optional_time, read, short, show::show_presentation,
};
use crate::{
    files::TradeFile as _,
    letters::{AmendmentFile, Change, LetterError, OnLedger, SignedConsent},
};

const FILE: Field = Field::new("amendment", words("Amendment", "조건변경 파일"), Kind::File);

pub(super) const DRAFT: Form = Form {
    id: "draft-amendment",
    role: ANYBODY,
    title: words("Write an amendment", "조건변경 작성"),
    about: words(
        "What is left empty stays as it is. Applicant and seller agree to the file, and the issuing bank sends it. \
         The time for claims, and what is locked already, cannot be changed.",
        "비워 둔 항목은 그대로 둡니다. 개설의뢰인과 판매자가 파일에 동의하면 개설은행이 보냅니다. 수령 기한과 이미 잠근 금액은 바꿀 수 없습니다.",
    ),
    fields: &[
        LETTER,
        Field::new("latest-shipment", words("Latest shipment", "선적 기일"), Kind::Time).optional(),
        Field::new("expiry", words("Documents are presented before", "서류 제시 기한"), Kind::Time).optional(),
        Field::new("description", words("Goods and documents, in words", "물품과 서류에 대한 설명"), Kind::Lines)
            .optional(),
        Field::new("increase", words("By how much the amount grows", "늘어나는 금액"), Kind::Amount).optional(),
        documents::INVOICE.hint(words(
            "If one document is filled in, these take the place of all that the letter asks for.",
            "서류를 하나라도 적으면 신용장이 요구하던 서류 전체를 대신합니다.",
        )),
        documents::BILL,
        documents::AIR,
        documents::WAYBILL,
        documents::PACKING,
        documents::INSURANCE,
        documents::ORIGIN,
        documents::INSPECTION,
        documents::OTHER,
    ],
    proves: false,
};

pub(super) const REVIEW: Form = Form {
    id: "review-amendment",
    role: ANYBODY,
    title: words("Read an amendment", "조건변경 확인"),
    about: words(
        "Shows what would hold from then on, and the digest that whoever agrees signs. Nothing is signed here.",
        "변경 후의 조건과, 동의할 때 서명하는 확인값을 보여 줍니다. 여기서는 서명하지 않습니다.",
    ),
    fields: &[FILE],
    proves: false,
};

pub(super) const WAIVER: Form = Form {
    id: "agree-waiver",
    role: BOTH,
    title: words("Agree to take documents as they are", "하자 수용 동의"),
    about: words(
        "As applicant, to the presentation that you have read. Give the file to the issuing bank.",
        "개설의뢰인으로서 확인한 서류 제시를 있는 그대로 받아들이는 데 동의합니다. 파일을 개설은행에 주십시오.",
    ),
    fields: &[LETTER, PRESENTED],
    proves: false,
};

pub(super) const AMENDMENT: Form = Form {
    id: "agree-amendment",
    role: BOTH,
    title: words("Agree to an amendment", "조건변경 동의"),
    about: words(
        "As applicant or seller. Read the amendment first. Give the file to the issuing bank.",
        "개설의뢰인이나 판매자로서 동의합니다. 먼저 조건변경 내용을 확인하십시오. 파일을 개설은행에 주십시오.",
    ),
    fields: &[
        FILE,
        DIGEST,
        Field::new("increase", words("By how much the amount grows", "늘어나는 금액"), Kind::Amount)
            .hint(words("As you have read it. Empty: it stays.", "확인한 금액을 적으십시오. 그대로면 비워 두십시오."))
            .optional(),
    ],
    proves: false,
};

pub(super) const CANCELLATION: Form = Form {
    id: "agree-cancellation",
    role: BOTH,
    title: words("Agree to end a letter", "신용장 취소 동의"),
    about: words(
        "As applicant or seller, to the letter as you have read it. Give the file to the issuing bank.",
        "개설의뢰인이나 판매자로서 확인한 상태의 신용장을 끝내는 데 동의합니다. 파일을 개설은행에 주십시오.",
    ),
    fields: &[LETTER, STANDING],
    proves: false,
};

pub(super) fn draft(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let asset = on.letter.terms.asset;
    let increase =
        if values.is_given("increase") { Some(values.amount("increase", work.state.assets(), &asset)?) } else { None };
    let change = Change {
        latest_shipment: optional_time(values, "latest-shipment")?,
        expiry: optional_time(values, "expiry")?,
        documents: documents::requirements(values)?,
    };
    let description = values.optional_text("description").map(str::to_owned);
    let amendment = AmendmentFile::new(&on, |conditions| change.apply(conditions), description, increase, &mut OsRng)
        .map_err(|error| match error {
        LetterError::Terms(TermsError::Silence) => Stop::at(
            "expiry",
            words(
                "documents of the last day must be accepted before the time for claims is over",
                "마지막 날의 서류도 수령 기한이 끝나기 전에 승인되어야 합니다",
            ),
        ),
        other => letter_stop(other),
    })?;
    amendment.check(&on).map_err(letter_stop)?;
    let outcome = show(Outcome::new(), &amendment, &on, work);
    let next = words(
        "Applicant and seller agree to the file, and the issuing bank sends it.",
        "개설의뢰인과 판매자가 파일에 동의하면 개설은행이 보냅니다.",
    );
    Ok(outcome.show(NEXT, next).give(format!("amendment-{}.tabella", short(on.id)), amendment.to_file()))
}

/// All that an amendment says, and what is signed by whoever agrees.
pub(super) fn show(outcome: Outcome, amendment: &AmendmentFile, on: &OnLedger<'_>, work: &Work<'_>) -> Outcome {
    let mut outcome = outcome.show(SHOWN_LETTER, Value::code(on.id));
    let grows = words("The amount grows by", "늘어나는 금액");
    outcome = match amendment.increase {
        Some((increase, _)) => outcome.show(grows, work.amount_and_name(&on.letter.terms.asset, increase.0)),
        None => outcome.show(grows, words("nothing", "없음")),
    };
    outcome = match &amendment.description {
        Some((text, _)) => outcome.show(words("For", "내용"), text.clone()),
        None => outcome.show(words("For", "내용"), words("as before", "이전과 같음")),
    };
    show_conditions(outcome, &amendment.conditions).show(DIGEST.label, Value::code(hex::encode(amendment.digest())))
}

/// An amendment of a letter as it stands.
fn amendment_of<'a>(values: &Values, work: &Work<'a>) -> Result<(AmendmentFile, OnLedger<'a>), Stop> {
    let amendment: AmendmentFile = read(values, "amendment")?;
    let on = on_ledger(amendment.letter, "amendment", work)?;
    amendment.check(&on).map_err(at("amendment"))?;
    Ok((amendment, on))
}

/// The same, of which the form says the digest and the increase: so it is the one that was read.
pub(super) fn amendment_read<'a>(values: &Values, work: &Work<'a>) -> Result<(AmendmentFile, OnLedger<'a>), Stop> {
    let (amendment, on) = amendment_of(values, work)?;
    let asset = on.letter.terms.asset;
    match amendment.opening() {
        None if values.is_given("increase") => {
            return Err(Stop::at(
                "increase",
                words(
                    "the amount stays in this amendment: leave this empty",
                    "금액이 그대로인 변경입니다. 비워 두십시오",
                ),
            ));
        }
        Some(opening) if values.amount("increase", work.state.assets(), &asset)? != opening.value() => {
            let increase = work.amount_and_name(&asset, opening.value().0);
            return Err(Stop::at(
                "increase",
                say!(
                    "the amount grows by {increase} in this amendment",
                    "이 변경으로 늘어나는 금액은 {increase}입니다"
                ),
            ));
        }
        _ => {}
    }
    if values.bytes32("digest")? != amendment.digest() {
        let message = words(
            "this file is not the amendment of which you have read this digest: read the file, and compare",
            "이 요약값의 변경이 아닙니다. 파일을 읽고 비교하십시오",
        );
        return Err(Stop::at("digest", message));
    }
    Ok((amendment, on))
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (amendment, on) = amendment_of(values, work)?;
    Ok(show(Outcome::new(), &amendment, &on, work))
}

/// Signs a consent as applicant or seller, to what an outcome shows.
fn agree(
    outcome: Outcome,
    consent: Consent,
    (what, field): (&str, &str),
    on: &OnLedger<'_>,
    work: &Work<'_>,
) -> Result<Outcome, Stop> {
    let parties = [on.letter.terms.parties.applicant, on.letter.terms.parties.beneficiary];
    let keys = keys_among(work, &parties).ok_or_else(|| {
        Stop::at(
            field,
            words(
                "only applicant and seller of the letter are asked for their consent, and this wallet is neither",
                "동의는 신용장의 개설의뢰인과 판매자만 합니다. 이 지갑은 둘 다 아닙니다",
            ),
        )
    })?;
    let signed = SignedConsent::new(&keys, work.state.id(), consent);
    let next = words(
        "Give the file to the issuing bank. It is good for this one thing, as the letter stands now.",
        "파일을 개설은행에 주십시오. 지금의 신용장에 대해 이 한 가지에만 유효합니다.",
    );
    let who: String = hex::encode(keys.party()).chars().take(4).collect();
    let name = format!("consent-{what}-{}-{who}.tabella", short(on.id));
    Ok(outcome.show(NEXT, next).give(name, signed.to_file()))
}

pub(super) fn waiver(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let consent = on.waiver_read(&values.bytes32("digest")?).map_err(letter_stop)?;
    let outcome = Outcome::new().show(SHOWN_LETTER, Value::code(on.id));
    agree(show_presentation(outcome, &on, work.now), consent, ("waiver", "letter"), &on, work)
}

pub(super) fn amendment(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (amendment, on) = amendment_read(values, work)?;
    let outcome = show(Outcome::new(), &amendment, &on, work);
    agree(outcome, amendment.consent(), ("amendment", "amendment"), &on, work)
}

pub(super) fn cancellation(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let consent = on.cancellation_read(&values.bytes32("digest")?).map_err(letter_stop)?;
    let outcome = show_conditions(Outcome::new().show(SHOWN_LETTER, Value::code(on.id)), &on.letter.conditions);
    agree(show_presentation(outcome, &on, work.now), consent, ("cancellation", "letter"), &on, work)
}

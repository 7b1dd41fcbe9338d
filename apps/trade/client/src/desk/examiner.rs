//! Documents: signed, presented, examined, accepted or refused.

use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, words};
use tabella_trade_rules::{error::Role, letter::LetterId};

use super::{
    EXAMINER, LETTER, NEXT, SELLER, SHOWN_LETTER, SIGNER, at, bank::step, documents, keys_among, keys_as, letter,
    letter_stop, optional_time, read, read_all, role_name, short, trade,
};
use crate::{
    documents::{SignedDocument, endorse as sign},
    files::TradeFile as _,
    keys::TradeKeys,
};

pub(super) const ENDORSE: Form = Form {
    id: "endorse",
    role: SIGNER,
    title: words("Sign a document", "서류 서명"),
    about: words(
        "As carrier, seller or whoever the letter names. Give the file to the seller together with the document; \
         whoever has both can present it.",
        "운송인, 판매자 등 신용장에 지정된 사람이 서명합니다. 서명 파일을 서류와 함께 판매자에게 주십시오. 둘을 가진 사람이 제시할 수 있습니다.",
    ),
    fields: &[
        LETTER,
        documents::KIND,
        Field::new("content", words("The document", "서류"), Kind::File).hint(words(
            "It stays with you: only a blinded digest is signed.",
            "서류는 공개되지 않으며 가려진 요약값에만 서명합니다.",
        )),
        Field::new("shipped", words("When the goods were shipped", "선적 시각"), Kind::Time)
            .hint(words(
                "For a bill of lading or a waybill, and no other document.",
                "선하증권이나 운송장에만 적으십시오.",
            ))
            .optional(),
    ],
    proves: false,
};

pub(super) const PRESENT: Form = Form {
    id: "present",
    role: SELLER,
    title: words("Present documents", "서류 제시"),
    about: words(
        "All documents that the letter asks for, at once. Only blinded digests are public; give the documents \
         themselves to the examiner.",
        "신용장이 요구하는 모든 서류를 한꺼번에 제시합니다. 가려진 요약값만 공개됩니다. 서류 자체는 심사자에게 주십시오.",
    ),
    fields: &[
        LETTER,
        Field::new("documents", words("Signed documents", "서명 파일"), Kind::Files)
            .hint(words("The files of those who have signed.", "서명한 사람이 준 파일입니다.")),
    ],
    proves: false,
};

pub(super) const EXAMINE: Form = Form {
    id: "examine",
    role: EXAMINER,
    title: words("Compare a document", "서류 대조"),
    about: words(
        "Whether a document is the one that was presented. What it says is yours to judge.",
        "서류가 제시된 서류와 같은지 확인합니다. 내용은 직접 판단하십시오.",
    ),
    fields: &[
        LETTER,
        Field::new("document", words("Signed document", "서명 파일"), Kind::File),
        Field::new("content", words("The document", "서류"), Kind::File),
    ],
    proves: false,
};

pub(super) const ACCEPT: Form = Form {
    id: "accept",
    role: EXAMINER,
    title: words("Accept documents", "서류 수락"),
    about: words(
        "What was presented last complies: the seller may claim. It cannot be undone.",
        "마지막으로 제시된 서류가 조건에 맞습니다. 판매자가 수령할 수 있게 되며 되돌릴 수 없습니다.",
    ),
    fields: &[LETTER],
    proves: false,
};

pub(super) const REFUSE: Form = Form {
    id: "refuse",
    role: EXAMINER,
    title: words("Refuse documents", "서류 거절"),
    about: words(
        "You say what is wrong, and with which documents, by the numbers that the letter shows.",
        "어느 서류에 어떤 하자가 있는지 신용장에 표시된 번호로 적으십시오.",
    ),
    fields: &[
        LETTER,
        documents::WRONG[0],
        documents::WRONG[1],
        documents::WRONG[2],
        documents::WRONG[3],
        documents::WRONG[4],
        documents::WRONG[5],
        documents::WRONG[6],
        documents::WRONG[7],
        documents::WRONG[8],
    ],
    proves: false,
};

pub(super) fn endorse(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id: LetterId = values.parse("letter")?;
    let kind = documents::kind(values)?;
    let shipped = optional_time(values, "shipped")?;
    if shipped.is_some() != kind.is_transport() {
        let message = words(
            "a bill of lading or a waybill, and no other document, says when the goods were shipped",
            "선적 시각은 선하증권이나 운송장에만 적습니다",
        );
        return Err(Stop::at("shipped", message));
    }
    let content = &values.file("content")?.bytes;
    // The letter may not be issued yet.
    let found = trade(work)?.letter(&id);
    let asked = found.into_iter().flat_map(|letter| &letter.conditions.documents);
    let signers: Vec<_> = asked.filter(|required| required.kind == kind).map(|required| required.signer).collect();
    let known = keys_among(work, &signers);
    let is_asked = known.is_some();
    let keys = known.unwrap_or_else(|| TradeKeys::of_seed(work.seed, 0));
    let document = sign(&keys, work.state.id(), id, kind, shipped, content);
    let next = if is_asked || found.is_none() {
        words("Give the file to the seller together with the document.", "파일을 서류와 함께 판매자에게 주십시오.")
    } else {
        words(
            "Careful: the letter asks for no such document under your key.",
            "주의: 이 신용장은 귀하의 키로 서명된 이런 서류를 요구하지 않습니다.",
        )
    };
    Ok(Outcome::new()
        .show(SHOWN_LETTER, Value::code(id))
        .show(words("Signed by", "서명자"), Value::code(hex::encode(keys.party())))
        .show(NEXT, next)
        .give(format!("{}-{}.tabella", kind.name(), short(id)), document.to_file()))
}

pub(super) fn present(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let documents: Vec<SignedDocument> = read_all(values, "documents")?;
    let on = letter(values, work)?;
    let keys = keys_as(work, &on.letter.terms.parties.beneficiary, role_name(Role::Beneficiary))?;
    let outcome = step(on.present(&keys, &documents).map_err(letter_stop)?, &on);
    Ok(outcome.show(
        NEXT,
        words("Give the signed files and the documents to the examiner.", "서명 파일과 서류를 심사자에게 주십시오."),
    ))
}

pub(super) fn examine(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let document: SignedDocument = read(values, "document")?;
    document.check().map_err(at("document"))?;
    document.check_content(&values.file("content")?.bytes).map_err(at("content"))?;
    let presented = on.letter.status.presentation();
    let presented = presented.ok_or_else(|| {
        Stop::at(
            "letter",
            words("nothing has been presented under this letter", "이 신용장으로 제시된 서류가 없습니다"),
        )
    })?;
    let asked = &on.letter.conditions.documents;
    let found = asked
        .iter()
        .zip(&presented.documents)
        .position(|(required, digest)| *required == document.requirement && *digest == document.document);
    let found = found.filter(|_| document.letter == on.id && document.ledger == on.ledger);
    let index = found.ok_or_else(|| {
        Stop::at(
            "document",
            words("it is signed, but it is not the one that was presented", "서명은 맞지만 제시된 서류가 아닙니다"),
        )
    })?;
    Ok(Outcome::new()
        .show(SHOWN_LETTER, Value::code(on.id))
        .show(words("Presentation", "제시 회차"), Value::number(presented.number))
        .show(words("Number of the document", "서류 번호"), Value::number(index + 1))
        .show(words("Document", "서류"), documents::kind_words(document.requirement.kind))
        .show(
            words("Result", "결과"),
            words(
                "This is the document that was presented, signed by the key that the letter names.",
                "제시된 서류와 같으며, 신용장에 지정된 키로 서명되었습니다.",
            ),
        ))
}

pub(super) fn accept(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let keys = keys_as(work, &on.letter.terms.parties.examiner, role_name(Role::Examiner))?;
    Ok(step(on.accept(&keys).map_err(letter_stop)?, &on))
}

pub(super) fn refuse(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let keys = keys_as(work, &on.letter.terms.parties.examiner, role_name(Role::Examiner))?;
    let found = documents::discrepancies(values, on.letter.conditions.documents.len())?;
    Ok(step(on.refuse(&keys, found).map_err(letter_stop)?, &on))
}

//! Kinds of documents and what can be wrong with them, as pages name them.

use tabella_desk::{Choice, Field, Kind, Stop, Value, Values, Words, say, words};
use tabella_trade_rules::{
    action::{Discrepancy, DiscrepancyCode},
    letter::{DocumentKind, Requirement},
};

/// A kind of document, and the key of who must sign it.
const fn signer(id: &'static str, label: Words) -> Field {
    Field::new(id, label, Kind::Id)
        .hint(words(
            "Key of who must sign it. Empty: not asked for.",
            "서명할 사람의 키입니다. 요구하지 않으면 비워 두십시오.",
        ))
        .optional()
}

/// A document for each kind; the field is named like the kind.
pub(super) const INVOICE: Field =
    signer("commercial-invoice", words("Commercial invoice, signed by", "상업송장 서명자"));
pub(super) const BILL: Field = signer("bill-of-lading", words("Bill of lading, signed by", "선하증권 서명자"));
pub(super) const AIR: Field = signer("air-waybill", words("Air waybill, signed by", "항공화물운송장 서명자"));
pub(super) const WAYBILL: Field = signer("waybill", words("Waybill, signed by", "화물운송장 서명자"));
pub(super) const PACKING: Field = signer("packing-list", words("Packing list, signed by", "포장명세서 서명자"));
pub(super) const INSURANCE: Field =
    signer("insurance-certificate", words("Insurance certificate, signed by", "보험증명서 서명자"));
pub(super) const ORIGIN: Field =
    signer("certificate-of-origin", words("Certificate of origin, signed by", "원산지증명서 서명자"));
pub(super) const INSPECTION: Field =
    signer("inspection-certificate", words("Inspection certificate, signed by", "검사증명서 서명자"));
pub(super) const OTHER: Field = signer("other", words("Another document, signed by", "기타 서류 서명자"));

/// One of the kinds.
pub(super) const KIND: Field = Field::new(
    "kind",
    words("Kind of document", "서류 종류"),
    Kind::Choice {
        of: &[
            choice(DocumentKind::CommercialInvoice),
            choice(DocumentKind::BillOfLading),
            choice(DocumentKind::AirWaybill),
            choice(DocumentKind::Waybill),
            choice(DocumentKind::PackingList),
            choice(DocumentKind::InsuranceCertificate),
            choice(DocumentKind::CertificateOfOrigin),
            choice(DocumentKind::InspectionCertificate),
            choice(DocumentKind::Other),
        ],
    },
);

const fn choice(kind: DocumentKind) -> Choice {
    Choice { id: kind.name(), label: kind_words(kind) }
}

pub(super) const fn kind_words(kind: DocumentKind) -> Words {
    match kind {
        DocumentKind::CommercialInvoice => words("commercial invoice", "상업송장"),
        DocumentKind::BillOfLading => words("bill of lading", "선하증권"),
        DocumentKind::AirWaybill => words("air waybill", "항공화물운송장"),
        DocumentKind::Waybill => words("waybill", "화물운송장"),
        DocumentKind::PackingList => words("packing list", "포장명세서"),
        DocumentKind::InsuranceCertificate => words("insurance certificate", "보험증명서"),
        DocumentKind::CertificateOfOrigin => words("certificate of origin", "원산지증명서"),
        DocumentKind::InspectionCertificate => words("inspection certificate", "검사증명서"),
        DocumentKind::Other => words("another document", "기타 서류"),
    }
}

/// The kind that was chosen.
pub(super) fn kind(values: &Values) -> Result<DocumentKind, Stop> {
    let name = values.choice("kind", &DocumentKind::ALL.map(DocumentKind::name))?;
    let known = DocumentKind::ALL.into_iter().find(|kind| kind.name() == name);
    known.ok_or_else(|| Stop::at("kind", words("there is no such document", "그런 서류는 없습니다")))
}

/// The documents that are asked for, by the keys of who must sign them.
pub(super) fn requirements(values: &Values) -> Result<Vec<Requirement>, Stop> {
    let given = DocumentKind::ALL.into_iter().filter(|kind| values.is_given(kind.name()));
    given.map(|kind| Ok(Requirement { kind, signer: values.bytes32(kind.name())? })).collect()
}

/// What a letter asks for.
pub(super) fn table(documents: &[Requirement]) -> Value {
    let row = |(index, required): (usize, &Requirement)| {
        let signer = Value::code(hex::encode(required.signer));
        vec![Value::number(index + 1), kind_words(required.kind).into(), signer]
    };
    let columns = vec![words("Number", "번호"), words("Document", "서류"), words("Signed by", "서명자")];
    Value::Table { columns, rows: documents.iter().enumerate().map(row).collect() }
}

/// Something that is wrong, and the numbers of the documents with which it is.
const fn wrong(id: &'static str, label: Words) -> Field {
    Field::new(id, label, Kind::Text)
        .hint(words("Numbers of the documents, as in 1, 3. Empty: none.", "서류 번호. 예: 1, 3. 없으면 비워 두십시오."))
        .optional()
}

/// A field for each code; it is named like the code.
pub(super) const WRONG: [Field; 9] = [
    wrong("late-shipment", words("Shipped too late", "선적 지연")),
    wrong("goods", words("Other goods than in the letter", "신용장과 다른 물품")),
    wrong("inconsistent", words("Contradicts another document", "다른 서류와 모순")),
    wrong("amount", words("Another amount or quantity", "금액이나 수량 불일치")),
    wrong("wrong-document", words("Not the document that is asked for", "요구와 다른 서류")),
    wrong("incomplete", words("Incomplete, or no original", "불완전하거나 원본이 아님")),
    wrong("transport", words("Not on board, or another transport", "미적재 또는 다른 운송")),
    wrong("insurance", words("Not insured as asked for", "보험 조건 불충족")),
    wrong("other", words("Anything else", "기타 하자")),
];

pub(super) fn code_words(code: DiscrepancyCode) -> Words {
    let at = DiscrepancyCode::ALL.into_iter().position(|(known, _)| known == code);
    at.and_then(|at| WRONG.get(at)).map_or(words("Anything else", "기타 하자"), |field| field.label)
}

/// What was found wrong, with documents of which there are so many.
pub(super) fn discrepancies(values: &Values, documents: usize) -> Result<Vec<Discrepancy>, Stop> {
    let mut found = Vec::new();
    for (code, field) in DiscrepancyCode::ALL {
        for number in values.optional_text(field).into_iter().flat_map(|text| text.split(',')) {
            let number = number.trim().parse::<u8>().ok().filter(|number| usize::from(*number) <= documents);
            let document = number.and_then(|number| number.checked_sub(1)).ok_or_else(|| {
                Stop::at(
                    field,
                    say!(
                        "write numbers of documents from 1 to {documents}, as in 1, 2",
                        "서류의 번호를 1부터 {documents}까지의 수로 적으십시오. 예: 1, 2"
                    ),
                )
            })?;
            found.push(Discrepancy { document, code });
        }
    }
    if found.is_empty() {
        return Err(Stop::refuse(words(
            "write what is wrong, and with which document",
            "무엇이 잘못되었는지, 어느 서류인지 적으십시오",
        )));
    }
    Ok(found)
}

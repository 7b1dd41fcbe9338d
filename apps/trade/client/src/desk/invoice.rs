//! Invoices: confirmed by their debtor, checked by whoever is to buy them.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_protocol::note::AssetId;
use tabella_trade_rules::{
    confirmation::Confirmation,
    invoice::{Invoice, InvoiceIdentity, document_digest},
};

use super::{DEBTOR, FINANCIER, HOLDER, NEXT, NUMBER, at, keys, read, short, trade};
use crate::{
    debtor::{self, ConfirmError},
    files::TradeFile as _,
    reading::held_invoices,
};

pub(super) const CONFIRMATION: Field = Field::new("confirmation", words("Confirmation", "확인 파일"), Kind::File)
    .hint(words("The file with which the debtor confirmed the invoice.", "채무자가 송장을 확인해 준 파일입니다."));
pub(super) const DOCUMENT: Field = Field::new("document", words("The invoice itself", "송장 원본"), Kind::File)
    .hint(words("To see that it is the one that was confirmed.", "확인된 송장과 같은지 검사합니다."))
    .optional();
pub(super) const OWED_BY: Field = Field::new("debtor", words("Key of the debtor", "채무자의 키"), Kind::Id)
    .hint(words("As you know it, not as the file says it.", "파일에서 옮기지 말고 따로 알고 있는 키를 적으십시오."))
    .optional();
/// An invoice that was checked, as whoever buys or sells it says: debtor and content follow from it.
pub(super) const CHECKED: Field = Field::new("unit", words("Unit of the invoice", "송장 증표"), Kind::Id).hint(words(
    "As \"Check a confirmed invoice\" has shown it, beside debtor, amount and due date.",
    "‘확인된 송장 검사’에서 채무자, 금액, 만기와 함께 표시된 값을 적으십시오.",
));
/// In which an invoice is paid, as whoever buys or sells it means it.
pub(super) const PAID_IN: Field = Field::new("asset", words("Asset that it is paid in", "지급 자산"), Kind::Asset)
    .hint(words(
        "Of the invoice and of its price. Assets of one name can be different ones.",
        "송장과 가격의 자산입니다. 이름이 같아도 다른 자산일 수 있습니다.",
    ));

pub(super) const REGISTER: Form = Form {
    id: "register",
    role: DEBTOR,
    title: words("Register as a debtor", "채무자 등록"),
    about: words(
        "The key under which you confirm invoices, once and for good. It follows from your wallet's words.",
        "송장을 확인하는 키를 한 번 등록하며 바꿀 수 없습니다. 키는 지갑의 단어에서 나옵니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) const CONFIRM: Form = Form {
    id: "confirm",
    role: DEBTOR,
    title: words("Confirm an invoice", "송장 확인"),
    about: words(
        "You say that you owe it, once. The seller is given one unit of it, which it can sell once. You pay whoever \
         holds the unit when it is due.",
        "이 송장의 채무를 한 번 확인합니다. 판매자는 한 번만 팔 수 있는 송장 증표를 받습니다. 만기에 증표를 가진 사람에게 지급하게 됩니다.",
    ),
    fields: &[
        Field::new("seller", words("Seller", "판매자"), Kind::Text).hint(words(
            "Its VAT number or LEI, in capital letters and digits.",
            "사업자등록번호나 LEI를 대문자와 숫자로 적으십시오.",
        )),
        Field::new("invoice", words("Number of the invoice", "송장 번호"), Kind::Text),
        Field::new("asset", words("Asset in which it is paid", "지급 자산"), Kind::Asset),
        Field::new("amount", words("Amount", "금액"), Kind::Amount),
        Field::new("issued", words("Written", "작성일"), Kind::Time),
        Field::new("due", words("Due", "만기"), Kind::Time),
        Field::new("document", words("The invoice itself", "송장 원본"), Kind::File),
        Field::new("to", words("Address of the seller", "판매자의 주소"), Kind::Address).hint(words(
            "One of the first addresses of its wallet.",
            "판매자 지갑의 앞쪽 주소 가운데 하나여야 합니다.",
        )),
        NUMBER,
    ],
    proves: false,
};

pub(super) const MINE: Form = Form {
    id: "invoices",
    role: HOLDER,
    title: words("List my invoices", "나의 송장 목록"),
    about: words(
        "The units of confirmed invoices that your wallet holds.",
        "귀하의 지갑에 있는 확인된 송장의 증표입니다.",
    ),
    fields: &[],
    proves: false,
};

pub(super) const CHECK: Form = Form {
    id: "check-invoice",
    role: FINANCIER,
    title: words("Check a confirmed invoice", "확인된 송장 검사"),
    about: words(
        "Whether its debtor has confirmed exactly this on this ledger. Whether it was sold before, only the purchase \
         shows.",
        "채무자가 이 원장에서 정확히 이 송장을 확인했는지 검사합니다. 이미 팔렸는지는 매입할 때에만 알 수 있습니다.",
    ),
    fields: &[CONFIRMATION, DOCUMENT, OWED_BY],
    proves: false,
};

pub(super) fn register(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys(values, work)?;
    if trade(work)?.debtor(&keys.party()).is_some() {
        return Err(Stop::at(
            "number",
            words("you are registered already, for good", "이미 등록되었으며 바꿀 수 없습니다"),
        ));
    }
    let transaction = debtor::register(&keys, work.state.id(), &mut OsRng);
    Ok(Outcome::submit(transaction)
        .show(words("Debtor", "채무자"), Value::code(hex::encode(keys.party())))
        .show(words("Key of confirmations", "확인 키"), Value::code(hex::encode(keys.confirming_key().as_bytes()))))
}

pub(super) fn show(outcome: Outcome, invoice: &Invoice, work: &Work<'_>) -> Outcome {
    outcome
        .show(words("Number of the invoice", "송장 번호"), invoice.identity.number.to_string())
        .show(words("Seller", "판매자"), invoice.identity.seller.to_string())
        .show(words("Amount", "금액"), work.amount_and_name(&invoice.asset, invoice.amount.0))
        .show(words("Asset", "자산"), Value::code(invoice.asset))
        .show(words("Owed by", "채무자"), Value::code(hex::encode(invoice.identity.debtor)))
        .show(words("Written", "작성일"), invoice.issued)
        .show(words("Due", "만기"), invoice.due)
}

pub(super) fn confirm(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys(values, work)?;
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let invoice = Invoice {
        identity: InvoiceIdentity {
            debtor: keys.party(),
            seller: values.parse("seller")?,
            number: values.parse("invoice")?,
        },
        asset,
        amount: values.amount("amount", work.state.assets(), &asset)?,
        issued: values.time("issued")?,
        due: values.time("due")?,
        document: document_digest(&values.file("document")?.bytes),
    };
    let (known, to) = ((trade(work)?, work.state.assets()), values.address("to")?);
    let confirmed = debtor::confirm(&keys, work.state.id(), known, invoice, to, &mut OsRng);
    let confirmed = confirmed.map_err(|error| match error {
        ConfirmError::Content => {
            Stop::at("due", words("an invoice is due after it was written", "송장의 지급 기일은 작성한 뒤여야 합니다"))
        }
        ConfirmError::Confirmed { .. } => Stop::at("invoice", error),
        ConfirmError::NotRegistered => Stop::at(
            "number",
            words(
                "this key is not registered: register as a debtor first",
                "등록되지 않은 키입니다. 먼저 채무자로 등록하십시오",
            ),
        ),
        other => other.into(),
    })?;
    let next = if confirmed.transaction.is_some() {
        words("Give the file to the seller.", "파일을 판매자에게 주십시오.")
    } else {
        words(
            "It was confirmed before: the file is made again, and nothing else has changed.",
            "이미 확인한 송장입니다. 파일만 다시 만들었으며 달라진 것은 없습니다.",
        )
    };
    let outcome = Outcome { transaction: confirmed.transaction, ..Outcome::new() };
    let confirmation = &confirmed.confirmation;
    // The number stays between those whom it concerns: files are named by what is public.
    let name = format!("confirmation-{}.tabella", short(hex::encode(confirmation.tag.as_bytes())));
    Ok(show(outcome, &confirmation.invoice, work).show(NEXT, next).give(name, confirmation.to_file()))
}

/// A confirmation, and the unit that it is about, with everything that can be checked without the unit.
fn checked(values: &Values, work: &Work<'_>) -> Result<(Confirmation, AssetId), Stop> {
    let confirmation: Confirmation = read(values, "confirmation")?;
    let debtor = confirmation.invoice.identity.debtor;
    if values.is_given("debtor") && values.bytes32("debtor")? != debtor {
        return Err(Stop::at(
            "debtor",
            say!("the invoice is owed by another debtor, {}", "다른 채무자의 송장입니다: {}", hex::encode(debtor)),
        ));
    }
    let unit = confirmation.check(work.state.id(), trade(work)?, work.state.assets()).map_err(at("confirmation"))?;
    if values.is_given("document") && document_digest(&values.file("document")?.bytes) != confirmation.invoice.document
    {
        return Err(Stop::at(
            "document",
            words("this is not the document that was confirmed", "확인된 문서가 아닙니다"),
        ));
    }
    Ok((confirmation, unit))
}

/// That an invoice is paid in the asset that is meant.
fn check_asset(values: &Values, invoice: &Invoice, work: &Work<'_>) -> Result<(), Stop> {
    let (meant, _) = values.asset("asset", work.state.assets())?;
    if meant == invoice.asset {
        return Ok(());
    }
    Err(Stop::at(
        "asset",
        say!("the invoice is to be paid in another asset, {}", "송장은 다른 자산으로 지급합니다: {}", invoice.asset),
    ))
}

/// The same as [`checked`], of which the form says unit and asset: so it is the invoice that was read.
pub(super) fn checked_before(values: &Values, work: &Work<'_>) -> Result<(Confirmation, AssetId), Stop> {
    let (confirmation, unit) = checked(values, work)?;
    if AssetId::from_bytes(&values.bytes32("unit")?) != Some(unit) {
        let message = words(
            "this confirmation is of another invoice than the one of this unit: check the file, and compare",
            "이 증서의 송장이 아닌 다른 송장의 확인서입니다. 파일을 확인하고 비교하십시오",
        );
        return Err(Stop::at("unit", message));
    }
    check_asset(values, &confirmation.invoice, work)?;
    Ok((confirmation, unit))
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (confirmation, unit) = checked(values, work)?;
    Ok(show(Outcome::new(), &confirmation.invoice, work).show(words("Unit", "송장 증표"), Value::code(unit)).show(
        words("Result", "결과"),
        words(
            "The debtor has confirmed exactly this, and there is one unit of it.",
            "채무자가 정확히 이 송장을 확인했으며, 증표는 하나뿐입니다.",
        ),
    ))
}

pub(super) fn mine(work: &Work<'_>) -> Outcome {
    let row = |(unit, debtor): (AssetId, [u8; 32])| vec![Value::code(unit), Value::code(hex::encode(debtor))];
    let rows = held_invoices(work.holder.wallet(), work.state.assets()).map(row).collect();
    let columns = vec![words("Unit", "송장 증표"), words("Owed by", "채무자")];
    Outcome::new().show(words("Your invoices", "나의 송장"), Value::Table { columns, rows })
}

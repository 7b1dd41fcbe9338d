//! Messages of banks, ISO 20022, in and out.

use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::amount;
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_prover::wallet::{NoteKind, ReceivedNote};
use tabella_remittance_rules::{Corridor, RemittanceId};

use super::{
    INSTITUTION, PROVIDER, SENDER, SHOWN_INFORMATION, SHOWN_RECEIVER, SHOWN_REFERENCE, SHOWN_REMITTANCE, SHOWN_SENDER,
    at, corridor, decimals, digits, institution, keys, short, shown_id, state, stored, units,
};
use crate::{
    Order, OrderError, Quote,
    iso20022::{CurrencyAmount, InstructedAmount, Instruction, Party, Told, read_pain001},
    notice::escrow,
    travel::{Person, TravelMessage},
};

const DEBTOR_AGENT: Field =
    Field::new("debtor-agent", words("Name of the sender's institution", "보내는 쪽 기관 이름"), Kind::Text)
        .hint(words("Empty: as in the data of sender and receiver.", "비워 두면 송금인·수취인 정보의 이름을 씁니다."))
        .optional();
const CREDITOR_AGENT: Field =
    Field::new("creditor-agent", words("Name of the receiver's institution", "받는 쪽 기관 이름"), Kind::Text)
        .hint(words("Empty: as in the data of sender and receiver.", "비워 두면 송금인·수취인 정보의 이름을 씁니다."))
        .optional();

pub(super) const PAIN001: Form = Form {
    id: "pain001",
    role: SENDER,
    title: words("Read a bank message (pain.001)", "은행 전문 읽기 (pain.001)"),
    about: words("Lists the orders that a message holds.", "전문에 들어 있는 주문을 보여 줍니다."),
    fields: &[Field::new("message", words("Message", "전문"), Kind::File)],
    proves: false,
};

pub(super) const PACS008: Form = Form {
    id: "pacs008",
    role: PROVIDER,
    title: words("Write a bank message (pacs.008)", "은행 전문 쓰기 (pacs.008)"),
    about: words(
        "The credit transfer between institutions, of a remittance that is locked.",
        "잠긴 송금에 대한 기관 간 이체 전문입니다.",
    ),
    fields: &[
        Field::new("order", words("Order", "송금 주문"), Kind::File)
            .hint(words("The one that you have answered.", "귀하가 응답한 주문입니다.")),
        DEBTOR_AGENT,
        CREDITOR_AGENT,
    ],
    proves: false,
};

pub(super) const CAMT054: Form = Form {
    id: "camt054",
    role: INSTITUTION,
    title: words("Write a bank message (camt.054)", "은행 전문 쓰기 (camt.054)"),
    about: words(
        "The credit to the receiver, once you have claimed what was delivered.",
        "보내온 금액을 수령한 뒤, 받는 사람에게 보내는 입금 통지 전문입니다.",
    ),
    fields: &[
        Field::new("notice", words("Notice", "통지"), Kind::File),
        Field::new("payee", words("Payee file", "수취 정보 파일"), Kind::File)
            .hint(words("Your own copy of what you gave the sender.", "보내는 사람에게 준 파일의 나의 사본입니다.")),
        DEBTOR_AGENT,
        CREDITOR_AGENT,
    ],
    proves: false,
};

fn orders(values: &Values, field: &str) -> Result<Vec<Instruction>, Stop> {
    let text = std::str::from_utf8(&values.file(field)?.bytes).map_err(at(field))?;
    read_pain001(text).map_err(at(field))
}

pub(super) fn pain001(values: &Values) -> Result<Outcome, Stop> {
    let row = |order: Instruction| {
        let (amount, arrives_in) = match order.amount {
            InstructedAmount::Instructed(amount) => (amount, String::new()),
            InstructedAmount::Equivalent { paid, arrives_in } => (paid, arrives_in),
        };
        vec![
            order.end_to_end.into(),
            format!("{} {}", amount.amount(), amount.currency()).into(),
            arrives_in.into(),
            order.debtor.name.into(),
            order.creditor.name.into(),
            order.information.unwrap_or_default().into(),
        ]
    };
    let rows = orders(values, "message")?.into_iter().map(row).collect();
    let columns = vec![
        SHOWN_REFERENCE,
        words("Amount", "금액"),
        words("Arrives in", "받는 통화"),
        SHOWN_SENDER,
        SHOWN_RECEIVER,
        SHOWN_INFORMATION,
    ];
    Ok(Outcome::new().show(words("Orders", "주문"), Value::Table { columns, rows }))
}

/// The order of a pain.001 message, which must be of what is quoted.
pub(super) fn instruction(
    values: &Values,
    quote: &Quote,
    corridor: &Corridor,
    work: &Work<'_>,
) -> Result<Instruction, Stop> {
    let wanted = values.optional_text("end-to-end");
    let all = orders(values, "pain001")?;
    let mut fitting = all.into_iter().filter(|order| wanted.is_none_or(|wanted| wanted == order.end_to_end));
    let order = match (fitting.next(), fitting.next()) {
        (Some(order), None) => order,
        (None, _) => {
            return Err(Stop::at("end-to-end", words("the message has no such order", "전문에 없는 주문입니다")));
        }
        (Some(_), Some(_)) => {
            return Err(Stop::at(
                "end-to-end",
                words(
                    "the message has several orders: name one by its EndToEndId",
                    "전문에 주문이 여러 개 있습니다. EndToEndId로 하나를 고르십시오",
                ),
            ));
        }
    };
    let name = |asset: &AssetId| work.state.assets().get(asset).map_or("", |known| &known.description.name);
    let (pays, receives) = (&corridor.pays, &corridor.receives);
    let is = |amount: &CurrencyAmount, value: NoteValue, asset: &AssetId| {
        let units = amount::parse(amount.amount(), decimals(work, asset));
        amount.currency() == name(asset) && units.is_ok_and(|units| units == value.0)
    };
    let (pay, deliver) = (quote.priced.pay, quote.priced.deliver);
    let fits = match &order.amount {
        InstructedAmount::Instructed(amount) => is(amount, pay, pays) || is(amount, deliver, receives),
        InstructedAmount::Equivalent { paid, arrives_in } => is(paid, pay, pays) && arrives_in == name(receives),
    };
    if fits {
        return Ok(order);
    }
    let quoted = format!("{} for {}", units(work, pays, pay), units(work, receives, deliver));
    Err(Stop::at(
        "pain001",
        say!(
            "the message orders another amount or currency than the quote's {quoted}",
            "전문의 금액이나 통화가 견적({quoted})과 다릅니다"
        ),
    ))
}

fn party(persons: &[Person], accounts: &[String]) -> Result<Party, Stop> {
    let person = persons.first().ok_or_else(|| {
        Stop::refuse(words(
            "the data of sender and receiver name nobody",
            "보내는 사람과 받는 사람의 자료에 이름이 없습니다",
        ))
    })?;
    let (addresses, country) = match person {
        Person::NaturalPerson(person) => (&person.geographic_address, &person.country_of_residence),
        Person::LegalPerson(person) => (&person.geographic_address, &person.country_of_registration),
    };
    let country = addresses.first().map(|address| address.country.clone()).or_else(|| country.clone());
    let account = accounts.first().cloned();
    Ok(Party { name: person.name(), account, country: country.filter(|code| code != "XX") })
}

fn told(
    values: &Values,
    work: &Work<'_>,
    (id, corridor): (RemittanceId, &Corridor),
    message: &TravelMessage,
    (paid, fee, delivered): (NoteValue, Option<NoteValue>, NoteValue),
) -> Result<Told, Stop> {
    let amount = |asset: &AssetId, units: NoteValue| {
        let name = work.state.assets().get(asset).map_or("", |known| &known.description.name);
        CurrencyAmount::new(name, &digits(work, asset, units))
    };
    let agent = |field: &str, vasp: Option<&Person>| {
        let name = values.optional_text(field).map(str::to_owned).or_else(|| vasp.map(Person::name));
        name.ok_or_else(|| {
            Stop::at(
                field,
                words(
                    "write its name: the data of sender and receiver do not tell it",
                    "이름을 적으십시오. 보내는 사람과 받는 사람의 자료에 나오지 않습니다",
                ),
            )
        })
    };
    let data = &message.ivms101;
    Ok(Told {
        id,
        end_to_end: message.reference.clone(),
        paid: amount(&corridor.pays, paid)?,
        fee: fee.map(|fee| amount(&corridor.pays, fee)).transpose()?,
        delivered: amount(&corridor.receives, delivered)?,
        rate: None,
        debtor: party(&data.originator.originator_persons, &data.originator.account_number)?,
        debtor_agent: agent("debtor-agent", data.originating_vasp.as_ref().map(|vasp| &vasp.person))?,
        creditor: party(&data.beneficiary.beneficiary_persons, &data.beneficiary.account_number)?,
        creditor_agent: agent("creditor-agent", data.beneficiary_vasp.as_ref().map(|vasp| &vasp.person))?,
        information: message.information.clone(),
    })
}

fn now(work: &Work<'_>) -> Result<jiff::Timestamp, Stop> {
    let seconds = i64::try_from(work.now.seconds())?;
    Ok(jiff::Timestamp::from_second(seconds)?)
}

pub(super) fn pacs008(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let order: Order = values.decode("order")?;
    let id = order.id();
    // Banks are told of what is locked.
    stored(work, &id, "order")?;
    let corridor = corridor(work, &order.terms.corridor, "order")?;
    let message = order.verify(&keys(work), work.state.id(), corridor).map_err(|error| match error {
        OrderError::NotMine => Stop::at(
            "order",
            words(
                "the quote in this order was not made by this wallet in this place",
                "이 주문의 견적은 이 지갑이 이 자리에서 만든 것이 아닙니다",
            ),
        ),
        other => Stop::at("order", other),
    })?;
    let priced = order.quote.quote.priced;
    let told = told(values, work, (id, corridor), &message, (priced.pay, Some(priced.fee), priced.deliver))?;
    let xml = told.pacs008(now(work)?)?;
    let outcome = Outcome::new().show(SHOWN_REMITTANCE, shown_id(id));
    Ok(outcome.give(format!("pacs008-{}.xml", short(id)), xml.into_bytes()))
}

pub(super) fn camt054(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (notice, payee, keys) = institution::read(values, work)?;
    let id = notice.id();
    let message = notice.verify(&keys, &payee, state(work)?).map_err(at("notice"))?;
    let remittance = stored(work, &id, "notice")?;
    let corridor = corridor(work, &notice.terms.corridor, "notice")?;
    // Before refunds begin only a claim spends the escrow.
    let escrow = escrow(work.holder.wallet(), remittance, NoteKind::EscrowToClaim);
    let is_claimed = escrow.and_then(ReceivedNote::spent).is_some_and(|at| at.time < notice.terms.refund_from);
    if !is_claimed {
        return Err(Stop::at(
            "notice",
            words(
                "what it delivers is not claimed: its receiver is not credited",
                "전달한 금액을 아직 받아 가지 않아 받는 사람에게 입금되지 않았습니다",
            ),
        ));
    }
    let told = told(values, work, (id, corridor), &message, (notice.paid, None, notice.delivered))?;
    let xml = told.camt054(now(work)?)?;
    let outcome = Outcome::new().show(SHOWN_REMITTANCE, shown_id(id));
    Ok(outcome.give(format!("camt054-{}.xml", short(id)), xml.into_bytes()))
}

//! What a corridor's operator and a provider do.

use rand_core::OsRng;
use tabella_desk::{Choice, Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::amount;
use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteValue, Timestamp},
    note_encryption::Memo,
};
use tabella_remittance_rules::{Corridor, CorridorError, CorridorId};

use super::{
    CORRIDOR, NEXT, OPERATOR, PROVIDER, SHOWN_CORRIDOR, SHOWN_DELIVERED, SHOWN_INFORMATION, SHOWN_PAID, SHOWN_RECEIVER,
    SHOWN_REFERENCE, SHOWN_REMITTANCE, SHOWN_SENDER, at, corridor, decimals, fresh_address, keys, names, number,
    sender::show_quote, short, shown_id, state, units,
};
use crate::{Order, OrderError, Price, QuoteError, QuoteRequest, Rate, SignedQuote, travel::TravelMessage};

pub(super) const OPEN: Form = Form {
    id: "open-corridor",
    role: OPERATOR,
    title: words("Open a corridor", "경로 열기"),
    about: words(
        "A corridor is from one asset to another, with a threshold below which each payment stays. It is open for \
         good, and everybody sees it.",
        "경로는 한 자산에서 다른 자산으로 가는 길이며, 모든 지불은 정해진 한도보다 작습니다. 한번 연 경로는 계속 열려 있고 누구나 볼 수 있습니다.",
    ),
    fields: &[
        Field::new("name", words("Name", "이름"), Kind::Text)
            .hint(words("As in \"Poland to Korea\".", "예: \"폴란드에서 한국으로\"")),
        Field::new("pays", words("What senders pay in", "보내는 사람이 내는 자산"), Kind::Asset),
        Field::new("receives", words("What receivers get", "받는 사람이 얻는 자산"), Kind::Asset),
        Field::new("below", words("Each payment is below", "지불 한도 (미만)"), Kind::Amount)
            .hint(words("In the asset that senders pay in.", "보내는 사람이 내는 자산으로 적으십시오.")),
    ],
    proves: false,
};

pub(super) const QUOTE: Form = Form {
    id: "quote",
    role: PROVIDER,
    title: words("Quote an exchange", "견적 내기"),
    about: words(
        "You offer an exchange at a price, for a time. The sender is given the file, and you deliver at exactly this \
         price if it orders in time.",
        "정해진 시간 동안 유효한 환전 가격을 제시합니다. 파일을 보내는 사람에게 주십시오. 제때 주문하면 정확히 이 가격으로 보내게 됩니다.",
    ),
    fields: &[
        CORRIDOR,
        Field::new(
            "given",
            words("The amount is", "금액의 종류"),
            Kind::Choice {
                of: &[
                    Choice {
                        id: "pay", label: words("what the sender pays in all", "보내는 사람이 내는 총액")
                    },
                    Choice { id: "deliver", label: words("what the receiver gets", "받는 사람이 얻는 금액") },
                ],
            },
        ),
        Field::new("amount", words("Amount", "금액"), Kind::Amount),
        Field::new("rate", words("Rate", "환율"), Kind::Text).hint(words(
            "How much is delivered for one that is exchanged, as in 1560.",
            "1 단위를 바꿀 때 보내는 금액. 예: 1560",
        )),
        Field::new("fee", words("Fixed fee", "고정 수수료"), Kind::Amount)
            .hint(words("In the asset that is paid. Empty: none.", "내는 자산으로 적습니다. 비워 두면 없습니다."))
            .optional(),
        Field::new(
            "fee-points",
            words("Fee in hundredths of a percent", "수수료 (0.01% 단위)"),
            Kind::Number { least: 0, most: 9_999 },
        )
        .hint(words("50 is half a percent of what is paid.", "50은 내는 금액의 0.5%입니다."))
        .optional(),
        Field::new(
            "minutes",
            words("Holds for, in minutes", "유효 시간 (분)"),
            Kind::Number { least: 1, most: 10_080 },
        )
        .hint(words("Empty: 15.", "비워 두면 15분입니다."))
        .optional(),
        Field::new(
            "answer-hours",
            words("Then answered within, in hours", "그 뒤 응답 시간 (시간)"),
            Kind::Number { least: 1, most: 720 },
        )
        .hint(words("Empty: 24.", "비워 두면 24시간입니다."))
        .optional(),
        Field::new(
            "claim-hours",
            words("Then claimed within, in hours", "그 뒤 수령 시간 (시간)"),
            Kind::Number { least: 1, most: 720 },
        )
        .hint(words(
            "Empty: 48. What is not claimed then goes back.",
            "비워 두면 48시간입니다. 그때까지 수령하지 않으면 반환됩니다.",
        ))
        .optional(),
    ],
    proves: false,
};

const ORDER: Field = Field::new("order", words("Order", "송금 주문"), Kind::File)
    .hint(words("The file that the sender gave you.", "보내는 사람이 준 파일입니다."));

pub(super) const REVIEW: Form = Form {
    id: "review-order",
    role: PROVIDER,
    title: words("Look at an order", "송금 주문 확인"),
    about: words(
        "Checks that an order is of your quote, to the last unit, and shows who sends and who receives. Nothing is \
         signed.",
        "주문이 귀하의 견적과 정확히 같은지 확인하고, 보내는 사람과 받는 사람을 보여 줍니다. 서명은 하지 않습니다.",
    ),
    fields: &[ORDER],
    proves: false,
};

pub(super) const ANSWER: Form = Form {
    id: "answer",
    role: PROVIDER,
    title: words("Answer an order", "송금 주문에 응답"),
    about: words(
        "You sign the exchange that the order describes, with your side of it. The sender completes it: both amounts \
         are locked in one transaction, or neither is.",
        "주문에 적힌 교환에 귀하의 금액을 더해 서명합니다. 보내는 사람이 마무리하면 두 금액이 한 거래에서 함께 잠기거나, 둘 다 잠기지 않습니다.",
    ),
    fields: &[ORDER],
    proves: true,
};

/// An ordinary asset of the ledger, which a corridor can have.
fn ordinary(values: &Values, field: &str, work: &Work<'_>) -> Result<AssetId, Stop> {
    let (asset, known) = values.asset(field, work.state.assets())?;
    if known.description.class == AssetClass::Ordinary {
        Ok(asset)
    } else {
        Err(Stop::at(
            field,
            words(
                "a corridor is between ordinary assets, and this one is not",
                "송금 경로는 일반 자산 사이에서만 열 수 있습니다",
            ),
        ))
    }
}

pub(super) fn open(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys(work);
    let (pays, receives) = (ordinary(values, "pays", work)?, ordinary(values, "receives", work)?);
    let below = values.amount("below", work.state.assets(), &pays)?;
    let corridor = Corridor { operator: keys.signer(), name: values.text("name")?.to_owned(), pays, receives, below };
    corridor.check().map_err(|error| {
        let field = match error {
            CorridorError::SameAsset => "receives",
            CorridorError::Threshold => "below",
            _ => "name",
        };
        Stop::at(field, error)
    })?;
    let id = corridor.id(work.state.id());
    if state(work)?.corridor(&id).is_some() {
        return Err(Stop::at(
            "name",
            words("you have opened exactly this corridor already", "똑같은 송금 경로를 이미 열었습니다"),
        ));
    }
    let transaction = keys.open(work.state.id(), corridor);
    Ok(Outcome::submit(transaction).show(SHOWN_CORRIDOR, Value::code(id)))
}

/// To the minute: the second would be a mark of the provider's clock.
fn expiry(now: Timestamp, minutes: u32) -> Result<Timestamp, Stop> {
    let seconds = now.seconds().saturating_add(u64::from(minutes) * 60 + 59) / 60 * 60;
    Timestamp::new(seconds).ok_or_else(|| Stop::at("minutes", words("there is no such time", "그런 시각은 없습니다")))
}

pub(super) fn quote(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id: CorridorId = values.parse("corridor")?;
    let corridor = corridor(work, &id, "corridor")?;
    let assets = work.state.assets();
    let fee = match values.optional_text("fee") {
        Some(text) => amount::parse(text, decimals(work, &corridor.pays)).map_err(at("fee"))?,
        None => 0,
    };
    let points = number(values, "fee-points", 0)?;
    let rate = Rate::between(values.text("rate")?, decimals(work, &corridor.pays), decimals(work, &corridor.receives));
    let price = Price {
        rate: rate.map_err(at("rate"))?,
        fixed_fee: NoteValue(fee),
        fee_points: u16::try_from(points).map_err(at("fee-points"))?,
    };
    let priced = match values.choice("given", &["pay", "deliver"])? {
        "pay" => price.paying(values.amount("amount", assets, &corridor.pays)?),
        _ => price.delivering(values.amount("amount", assets, &corridor.receives)?),
    };
    let priced = priced.map_err(at("amount"))?;
    let request = QuoteRequest {
        corridor: id,
        price,
        priced,
        claim: fresh_address(work),
        expires: expiry(work.now, number(values, "minutes", 15)?)?,
        answer_seconds: number(values, "answer-hours", 24)?.saturating_mul(3_600),
        claim_seconds: number(values, "claim-hours", 48)?.saturating_mul(3_600),
    };
    work.afford(&corridor.receives, priced.deliver)?;
    let quote = SignedQuote::new(&keys(work), work.state.id(), corridor, &request, &mut OsRng);
    let quote = quote.map_err(|error| match error {
        QuoteError::Threshold { .. } => {
            let below = units(work, &corridor.pays, corridor.below);
            Stop::at(
                "amount",
                say!(
                    "{} would be paid, and payments are below {below} here",
                    "내는 금액이 {}이(가) 되는데, 이 경로의 송금은 {below}보다 적어야 합니다",
                    units(work, &corridor.pays, priced.pay)
                ),
            )
        }
        other => other.into(),
    })?;
    let outcome = Outcome::new().give_file(format!("quote-{}.tabella", short(hex::encode(quote.quote.nonce))), &quote);
    Ok(show_quote(outcome, &quote.quote, corridor, work)
        .show(NEXT, words("Give the file to the sender.", "파일을 보내는 사람에게 주십시오.")))
}

/// An order, and its corridor.
fn read<'a>(values: &Values, work: &Work<'a>) -> Result<(Order, &'a Corridor), Stop> {
    let order: Order = values.decode("order")?;
    let corridor = corridor(work, &order.quote.quote.corridor, "order")?;
    Ok((order, corridor))
}

/// That an order is this wallet's quote, and what is paid reaches the wallet.
fn checked(order: &Order, corridor: &Corridor, work: &Work<'_>) -> Result<TravelMessage, Stop> {
    let here = (work.state.id(), corridor, work.now);
    let told = order.check(&keys(work), here, state(work)?, work.holder);
    told.map_err(|error| match error {
        OrderError::NotMine => Stop::at(
            "order",
            words(
                "the quote in this order was not made by this wallet in this place",
                "이 주문의 견적은 이 지갑이 이 자리에서 만든 것이 아닙니다",
            ),
        ),
        other => Stop::at("order", other),
    })
}

fn show(outcome: Outcome, order: &Order, corridor: &Corridor, told: &TravelMessage, work: &Work<'_>) -> Outcome {
    let priced = order.quote.quote.priced;
    let outcome = outcome
        .show(SHOWN_REMITTANCE, shown_id(order.id()))
        .show(SHOWN_PAID, units(work, &corridor.pays, priced.pay))
        .show(SHOWN_DELIVERED, units(work, &corridor.receives, priced.deliver))
        .show(SHOWN_SENDER, names(&told.ivms101.originator.originator_persons))
        .show(SHOWN_RECEIVER, names(&told.ivms101.beneficiary.beneficiary_persons))
        .show(SHOWN_REFERENCE, told.reference.clone());
    match &told.information {
        Some(information) => outcome.show(SHOWN_INFORMATION, information.clone()),
        None => outcome,
    }
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (order, corridor) = read(values, work)?;
    let told = checked(&order, corridor, work)?;
    Ok(show(Outcome::new(), &order, corridor, &told, work))
}

pub(super) fn answer(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (order, corridor) = read(values, work)?;
    let told = checked(&order, corridor, work)?;
    work.afford(&corridor.receives, order.quote.quote.priced.deliver)?;
    let lock = order.lock_order(Memo::empty())?;
    let delivery = work.ready(|holder, at| holder.prepare_lock(at, corridor.receives, &lock, &mut OsRng))?;
    let answer = order.answer(&keys(work), work.holder, delivery, &work.engine, &mut OsRng)?;
    let outcome = Outcome::new().give_file(format!("answer-{}.tabella", short(order.id())), &answer);
    Ok(show(outcome, &order, corridor, &told, work).show(
        NEXT,
        words(
            "Give the file to the sender, soon: its transfer can be completed for an hour at most.",
            "파일을 보내는 사람에게 곧바로 주십시오. 한 시간 안에 마무리해야 합니다.",
        ),
    ))
}

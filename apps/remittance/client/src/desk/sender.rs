//! What a sender does.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::plan::{Maker, PlanKeys};
use tabella_protocol::note_encryption::Memo;
use tabella_remittance_rules::{Corridor, action::APPLICATION};

use super::{
    NEXT, SENDER, SHOWN_ANSWER, SHOWN_CLAIM, SHOWN_CORRIDOR, SHOWN_DELIVERED, SHOWN_PAID, SHOWN_REMITTANCE, at,
    corridor, messages::instruction, pool, short, shown_id, stored, travel, units,
};
use crate::{
    Agreed, Answer, OrderError, Payee, Quote, SignedQuote,
    order::kept::KeptOrder,
    travel::{Particulars, TravelError},
};

const QUOTE: Field = Field::new("quote", words("Quote", "견적"), Kind::File)
    .hint(words("The file that the provider gave you.", "환전 제공자가 준 파일입니다."));
const COPY: Field = Field::new("copy", words("Your copy of the order", "나의 주문 사본"), Kind::File)
    .hint(words("The file that you kept when you ordered.", "주문할 때 보관해 둔 파일입니다."));

pub(super) const CHECK: Form = Form {
    id: "check-quote",
    role: SENDER,
    title: words("Look at a quote", "견적 확인"),
    about: words(
        "Shows what an exchange costs and until when it holds, and checks the provider's signature. Nothing is signed.",
        "환전 비용과 유효 기한을 보여 주고 제공자의 서명을 확인합니다. 서명은 하지 않습니다.",
    ),
    fields: &[QUOTE],
    proves: false,
};

pub(super) const ORDER: Form = Form {
    id: "order",
    role: SENDER,
    title: words("Order a remittance", "송금 주문"),
    about: words(
        "Takes a quote. You are given two files: the order, for the provider, and your own copy, with which you \
         complete it once the provider has answered. Nothing is paid yet.",
        "견적을 받아들입니다. 제공자에게 줄 주문 파일과, 제공자가 응답한 뒤 마무리할 때 쓸 나의 사본, 두 파일을 받습니다. 아직 아무것도 지불되지 않습니다.",
    ),
    fields: &[
        QUOTE,
        Field::new("most", words("Pay at most", "최대 지불액"), Kind::Amount)
            .hint(words("In all, the fee included.", "수수료를 포함한 총액입니다.")),
        Field::new("least", words("Deliver at least", "최소 받는 금액"), Kind::Amount),
        Field::new("provider", words("Key of the provider", "환전 제공자의 키"), Kind::Id).hint(words(
            "As you know it, not as the quote says it.",
            "견적에서 옮기지 말고 따로 알고 있는 키를 적으십시오.",
        )),
        Field::new("payee", words("Payee file", "수취 정보 파일"), Kind::File).hint(words(
            "From the receiver's institution, in a way that you trust: who gets another file in its place is paid.",
            "믿을 수 있는 경로로 받는 쪽 기관에서 받으십시오. 파일이 바뀌면 다른 사람이 돈을 받습니다.",
        )),
        Field::new("travel", words("Sender and receiver", "송금인·수취인 정보"), Kind::File).hint(words(
            "The file about both that you have written down here, or another in IVMS101. Both institutions read \
                 it, nobody else.",
            "여기서 작성한 파일이나 IVMS101 형식의 파일입니다. 양쪽 기관만 읽습니다.",
        )),
        Field::new("reference", words("Reference", "참조 번호"), Kind::Text)
            .hint(words(
                "At most 35 characters. Empty if a bank message is chosen.",
                "35자까지. 은행 전문을 고르면 비워 두십시오.",
            ))
            .optional(),
        Field::new("information", words("For the receiver", "받는 사람에게 전하는 말"), Kind::Text)
            .hint(words("At most 140 characters.", "140자까지입니다."))
            .optional(),
        Field::new("pain001", words("Bank message pain.001", "은행 전문 pain.001"), Kind::File)
            .hint(words(
                "It must be of what is quoted; its reference and information are used.",
                "견적과 같은 내용이어야 하며, 전문의 참조 번호와 전하는 말을 씁니다.",
            ))
            .optional(),
        Field::new("end-to-end", words("Order of the message", "전문 안의 주문"), Kind::Text)
            .hint(words("Its EndToEndId, if there are several.", "주문이 여럿이면 EndToEndId를 적으십시오."))
            .optional(),
    ],
    proves: true,
};

pub(super) const SEND: Form = Form {
    id: "send",
    role: SENDER,
    title: words("Complete a remittance", "송금 마무리"),
    about: words(
        "Checks the provider's answer and signs the whole: both amounts are locked in one transaction, or neither. \
         You are given a notice for the receiver's institution.",
        "제공자의 응답을 확인하고 전체에 서명합니다. 두 금액이 한 거래에서 함께 잠기거나, 둘 다 잠기지 않습니다. 받는 쪽 기관에 줄 통지 파일을 받습니다.",
    ),
    fields: &[
        COPY,
        Field::new("answer", words("Answer", "응답"), Kind::File)
            .hint(words("The file with which the provider answered.", "제공자가 응답으로 준 파일입니다.")),
    ],
    proves: true,
};

pub(super) const NOTICE: Form = Form {
    id: "notice",
    role: SENDER,
    title: words("Get the notice again", "통지 파일 다시 받기"),
    about: words(
        "For the receiver's institution, if it has got none: without a notice it cannot accept.",
        "받는 쪽 기관이 통지를 받지 못했을 때 쓰십시오. 통지가 없으면 수락할 수 없습니다.",
    ),
    fields: &[COPY],
    proves: false,
};

/// What a quote says, as both sides see it.
pub(super) fn show_quote(outcome: Outcome, quote: &Quote, corridor: &Corridor, work: &Work<'_>) -> Outcome {
    let priced = quote.priced;
    let outcome = outcome
        .show(words("Name of the corridor", "경로 이름"), corridor.name.clone())
        .show(SHOWN_PAID, units(work, &corridor.pays, priced.pay))
        .show(words("Of it the fee", "그중 수수료"), units(work, &corridor.pays, priced.fee))
        .show(SHOWN_DELIVERED, units(work, &corridor.receives, priced.deliver))
        .show(words("Holds until", "유효 기한"), quote.expires);
    let outcome = match (quote.answer_until(), quote.claim_until()) {
        (Some(answer), Some(claim)) => outcome.show(SHOWN_ANSWER, answer).show(SHOWN_CLAIM, claim),
        _ => outcome,
    };
    outcome
        .show(words("Provider", "환전 제공자"), Value::code(hex::encode(quote.provider)))
        .show(SHOWN_CORRIDOR, Value::code(quote.corridor))
        .show(words("Asset that is paid", "내는 자산"), Value::code(corridor.pays))
        .show(words("Asset that is delivered", "받는 자산"), Value::code(corridor.receives))
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let quote: SignedQuote = values.decode("quote")?;
    let corridor = corridor(work, &quote.quote.corridor, "quote")?;
    quote.check(work.state.id(), corridor, work.now).map_err(at("quote"))?;
    Ok(show_quote(Outcome::new(), &quote.quote, corridor, work))
}

pub(super) fn order(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let quote: SignedQuote = values.decode("quote")?;
    let corridor = corridor(work, &quote.quote.corridor, "quote")?;
    let (assets, priced) = (work.state.assets(), quote.quote.priced);
    if priced.pay > values.amount("most", assets, &corridor.pays)? {
        return Err(Stop::at(
            "most",
            say!("the quote is of {}", "견적의 금액은 {}입니다", units(work, &corridor.pays, priced.pay)),
        ));
    }
    if priced.deliver < values.amount("least", assets, &corridor.receives)? {
        let delivered = units(work, &corridor.receives, priced.deliver);
        return Err(Stop::at(
            "least",
            say!("the quote delivers {delivered}", "견적이 전달하는 금액은 {delivered}입니다"),
        ));
    }
    if quote.quote.provider != values.bytes32("provider")? {
        let provider = hex::encode(quote.quote.provider);
        return Err(Stop::at(
            "provider",
            say!("the quote is of another provider, {provider}", "다른 제공자 {provider}의 견적입니다"),
        ));
    }
    let agreed = agree(values, work, quote, corridor)?;
    work.afford(&corridor.pays, priced.pay)?;
    let lock = agreed.lock_order(Memo::empty())?;
    let draft = work.ready(|holder, at| holder.prepare_lock(at, corridor.pays, &lock, &mut OsRng))?;
    let keys = plan_keys(work);
    let kept = KeptOrder::new(&agreed, draft.effects(), &maker(&keys, work), &mut OsRng)?;
    let name = short(agreed.id());
    Ok(Outcome::new()
        .show(SHOWN_REMITTANCE, shown_id(agreed.id()))
        .show(SHOWN_PAID, units(work, &corridor.pays, priced.pay))
        .show(SHOWN_DELIVERED, units(work, &corridor.receives, priced.deliver))
        .show(
            NEXT,
            words(
                "Give the order to the provider and keep the copy. Complete the remittance with the answer within the \
                 hour.",
                "주문 파일을 제공자에게 주고 사본은 보관하십시오. 응답을 받으면 한 시간 안에 송금을 마무리하십시오.",
            ),
        )
        .give_file(format!("order-{name}.tabella"), kept.order())
        .give_file(format!("my-copy-{name}.tabella"), &kept.seal(&keys, &mut OsRng)))
}

/// Of what a wallet's transfer is made again.
fn plan_keys(work: &Work<'_>) -> PlanKeys {
    PlanKeys::of_seed(work.seed, APPLICATION)
}

fn maker<'a>(keys: &'a PlanKeys, work: &'a Work<'_>) -> Maker<'a> {
    Maker { keys, wallet: work.holder.wallet(), pool: pool(work) }
}

fn agree(values: &Values, work: &Work<'_>, quote: SignedQuote, corridor: &Corridor) -> Result<Agreed, Stop> {
    let payee: Payee = values.decode("payee")?;
    let ivms101 = travel::read(values, "travel")?;
    let (reference, information) = if values.is_given("pain001") {
        if let Some(field) = ["reference", "information"].into_iter().find(|field| values.is_given(field)) {
            return Err(Stop::at(
                field,
                words("leave this empty: it is taken from the bank message", "비워 두십시오. 은행 전문에서 가져옵니다"),
            ));
        }
        let order = instruction(values, &quote.quote, corridor, work)?;
        (order.end_to_end, order.information)
    } else if values.is_given("reference") {
        let information = values.optional_text("information").map(str::to_owned);
        (values.text("reference")?.to_owned(), information)
    } else {
        return Err(Stop::at(
            "reference",
            words(
                "write by which name the payment goes, or choose a bank message",
                "지급의 이름을 적거나 은행 전문을 고르십시오",
            ),
        ));
    };
    let told = Particulars { reference, information, ivms101 };
    let agreed = Agreed::new(quote, (work.state.id(), corridor, work.now), &payee, told, &mut OsRng);
    agreed.map_err(|error| {
        let field = match &error {
            OrderError::Quote(_) => "quote",
            OrderError::Ledger(_) | OrderError::Corridor { .. } | OrderError::Receiver | OrderError::Terms(_) => {
                "payee"
            }
            OrderError::Travel(TravelError::Line { most: 35, .. }) => "reference",
            OrderError::Travel(TravelError::Line { .. }) => "information",
            OrderError::Travel(_) => "travel",
            _ => return error.into(),
        };
        Stop::at(field, error)
    })
}

pub(super) fn send(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let keys = plan_keys(work);
    let kept = KeptOrder::open(&keys, &values.decode("copy")?).map_err(at("copy"))?;
    let answer: Answer = values.decode("answer")?;
    let order = kept.order();
    let corridor = corridor(work, &order.terms.corridor, "copy")?;
    order.quote.check(work.state.id(), corridor, work.now).map_err(at("copy"))?;
    let payment = kept.payment(&maker(&keys, work)).map_err(at("copy"))?;
    let agreed = kept.agreed();
    let transaction = agreed.complete(corridor, work.holder, payment, &answer, &work.engine, &mut OsRng);
    let transaction = transaction.map_err(at("answer"))?;
    let (terms, priced) = (agreed.terms(), agreed.quote().priced);
    Ok(Outcome::submit(transaction)
        .show(SHOWN_REMITTANCE, shown_id(agreed.id()))
        .show(SHOWN_PAID, units(work, &corridor.pays, priced.pay))
        .show(SHOWN_DELIVERED, units(work, &corridor.receives, priced.deliver))
        .show(SHOWN_ANSWER, terms.answer_until)
        .show(words("Goes back to you from, if it is not claimed", "수령되지 않으면 돌려받는 시각"), terms.refund_from)
        .show(
            NEXT,
            words(
                "Give the notice to the receiver's institution, which accepts or declines.",
                "통지 파일을 받는 쪽 기관에 주십시오. 기관이 수락하거나 거절합니다.",
            ),
        )
        .give_file(format!("notice-{}.tabella", short(agreed.id())), &agreed.notice()))
}

pub(super) fn notice(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let kept = KeptOrder::open(&plan_keys(work), &values.decode("copy")?).map_err(at("copy"))?;
    let agreed = kept.agreed();
    // Nobody is told of what is not locked.
    stored(work, &agreed.id(), "copy")?;
    let notice = agreed.notice();
    Ok(Outcome::new()
        .show(SHOWN_REMITTANCE, shown_id(agreed.id()))
        .give_file(format!("notice-{}.tabella", short(agreed.id())), &notice))
}

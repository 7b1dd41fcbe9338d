//! An invoice is sold: a bank offers, the seller answers, the bank completes. When it is due, its debtor buys it in
//! the same way.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::{
    holder::PaymentOrder,
    plan::{Maker, PlanKeys, fresh_address},
};
use tabella_protocol::{note::NoteValue, note_encryption::Memo};
use tabella_trade_rules::domain::APPLICATION;

use super::{
    FINANCIER, HOLDER, NEXT, at,
    invoice::{CHECKED, CONFIRMATION, DOCUMENT, OWED_BY, PAID_IN, checked_before, show},
    read, short,
};
use crate::{
    exchange::{Answer, Offer},
    files::TradeFile as _,
    kept::{KeptOffer, Terms},
};

pub(super) const OFFER: Form = Form {
    id: "offer",
    role: FINANCIER,
    title: words("Offer to buy an invoice", "송장 매입 제안"),
    about: words(
        "A bank finances an invoice; a debtor pays it when it is due. Check the invoice first. You are given two files: the offer, for the \
         seller, and your own copy, with which you complete the purchase. Nothing is paid yet.",
        "은행은 송장을 매입하고, 채무자는 만기에 송장을 지급합니다. 먼저 송장을 검사하십시오. 판매자에게 줄 제안 파일과 매입을 마무리할 때 쓸 나의 사본을 받습니다. 아직 아무것도 지불되지 않습니다.",
    ),
    fields: &[
        CONFIRMATION,
        DOCUMENT,
        OWED_BY,
        CHECKED,
        PAID_IN,
        Field::new("price", words("Price", "가격"), Kind::Amount),
        Field::new("to", words("Address of the seller", "판매자의 주소"), Kind::Address),
    ],
    proves: true,
};

pub(super) const SELL: Form = Form {
    id: "sell",
    role: HOLDER,
    title: words("Sell an invoice", "송장 판매"),
    about: words(
        "You answer an offer and sign the exchange. Check the invoice first: you say which one you sell. The buyer completes \
         the sale: you are paid and the invoice is the buyer's, or neither.",
        "제안에 응답하고 교환에 서명합니다. 먼저 송장을 검사하고 어느 송장을 파는지 적으십시오. 매입자가 마무리하면 대금과 송장이 함께 넘어가거나, 둘 다 넘어가지 않습니다.",
    ),
    fields: &[
        CONFIRMATION,
        CHECKED,
        Field::new("offer", words("Offer", "매입 제안"), Kind::File)
            .hint(words("The file that the buyer gave you.", "매입자가 준 파일입니다.")),
        PAID_IN,
        Field::new("at-least", words("The least that you take for it", "최소 판매 가격"), Kind::Amount),
    ],
    proves: true,
};

pub(super) const BUY: Form = Form {
    id: "buy",
    role: FINANCIER,
    title: words("Complete the purchase", "매입 마무리"),
    about: words(
        "Checks the seller's answer, and pays only if the invoice comes in the same transaction.",
        "판매자의 응답을 확인하고, 송장이 같은 거래로 들어올 때에만 지불합니다.",
    ),
    fields: &[
        Field::new("copy", words("Your copy of the offer", "나의 제안 사본"), Kind::File)
            .hint(words("The file that you kept when you made the offer.", "제안할 때 보관해 둔 파일입니다.")),
        Field::new("answer", words("Answer", "응답"), Kind::File)
            .hint(words("The file with which the seller answered.", "판매자가 응답으로 준 파일입니다.")),
    ],
    proves: true,
};

/// Of what a wallet's payment is made again.
fn own(work: &Work<'_>) -> PlanKeys {
    PlanKeys::of_seed(work.seed, APPLICATION)
}

pub(super) fn offer(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (confirmation, unit) = checked_before(values, work)?;
    let asset = confirmation.invoice.asset;
    let (price, to) = (values.amount("price", work.state.assets(), &asset)?, values.address("to")?);
    work.afford(&asset, price)?;
    let order = PaymentOrder { to, asset, amount: price, memo: Memo::empty() };
    let draft = work.ready(|holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
    let (keys, wallet) = (own(work), work.holder.wallet());
    let maker = Maker { keys: &keys, wallet, pool: work.pool(&asset) };
    let terms = Terms { to, asset, price, wanted: unit, deliver_to: fresh_address(wallet, &mut OsRng) };
    let kept = KeptOffer::new((work.state.id(), terms), draft.effects(), &maker, &mut OsRng)?;
    let name = short(unit);
    Ok(show(Outcome::new(), &confirmation.invoice, work)
        .show(words("Price", "가격"), work.amount_and_name(&asset, price.0))
        .show(
            NEXT,
            words(
                "Give the offer to the seller and keep the copy. Complete the purchase with the answer within the \
                 hour.",
                "제안 파일을 판매자에게 주고 사본은 보관하십시오. 응답을 받으면 한 시간 안에 매입을 마무리하십시오.",
            ),
        )
        .give(format!("offer-{name}.tabella"), kept.offer().to_file())
        .give_file(format!("my-copy-{name}.tabella"), &kept.seal(&keys, &mut OsRng)))
}

pub(super) fn sell(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (confirmation, unit) = checked_before(values, work)?;
    let offer: Offer = read(values, "offer")?;
    let asset = confirmation.invoice.asset;
    let least = values.amount("at-least", work.state.assets(), &asset)?;
    if !offer.is_for(unit, asset) {
        return Err(Stop::at(
            "offer",
            words(
                "it is for something else than this invoice, or in another asset",
                "다른 송장의 것이거나 다른 자산으로 하는 것입니다",
            ),
        ));
    }
    if offer.price < least {
        let price = work.amount_and_name(&asset, offer.price.0);
        return Err(Stop::at("at-least", say!("the offer is of {price}", "제안의 금액은 {price}입니다")));
    }
    offer.check(work.holder, work.state.id()).map_err(at("offer"))?;
    let held = work.holder.wallet().balance(work.pool(&unit).id(), unit, work.now).spendable;
    if held == 0 {
        let message = words(
            "this wallet does not hold the invoice's unit: it was sold, or an answer of the last hour holds it",
            "이 지갑에 송장의 증서가 없습니다. 팔았거나 최근 한 시간 안의 응답이 잡고 있습니다",
        );
        return Err(Stop::at("confirmation", message));
    }
    let order = PaymentOrder { to: offer.deliver_to, asset: unit, amount: NoteValue(1), memo: Memo::empty() };
    let delivery = work.ready(|holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
    let answer = offer.answer(work.holder, work.state.id(), delivery, &work.engine, &mut OsRng)?;
    Ok(show(Outcome::new(), &confirmation.invoice, work)
        .show(words("Price", "가격"), work.amount_and_name(&asset, offer.price.0))
        .show(
            NEXT,
            words(
                "Give the file to the buyer, who completes the sale.",
                "파일을 매입자에게 주십시오. 매입자가 거래를 마무리합니다.",
            ),
        )
        .give(format!("answer-{}.tabella", short(unit)), answer.to_file()))
}

pub(super) fn buy(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let keys = own(work);
    let kept = KeptOffer::open(&keys, &values.decode("copy")?).map_err(at("copy"))?;
    let answer: Answer = read(values, "answer")?;
    let offer = kept.offer();
    if offer.ledger != work.state.id() {
        return Err(Stop::at("copy", words("the offer is for another ledger", "다른 원장의 제안입니다")));
    }
    let maker = Maker { keys: &keys, wallet: work.holder.wallet(), pool: work.pool(&offer.asset) };
    let payment = kept.payment(&maker).map_err(at("copy"))?;
    let transaction = offer.complete(work.holder, payment, &answer, &work.engine, &mut OsRng).map_err(at("answer"))?;
    Ok(Outcome::submit(transaction)
        .show(words("Unit", "송장 증표"), Value::code(offer.wanted))
        .show(words("Price", "가격"), work.amount_and_name(&offer.asset, offer.price.0)))
}

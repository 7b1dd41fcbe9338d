//! A sale: the thing against money, in one transaction.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Values, Words, Work, say, short, unread, words};
use tabella_payments::{
    holder::{Moment, PaymentError, PaymentOrder},
    plan::{Maker, PlanError, PlanKeys, fresh_address},
};
use tabella_protocol::{
    asset::AssetClass,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
};
use tabella_provenance_rules::APPLICATION;
use tabella_trade::{
    exchange::{Answer, Offer},
    files::TradeFile,
    kept::{KeptOffer, Terms},
};

use super::{BUYER, OWNER, THING, THING_LABEL, code, stone, thing};

const OFFER: Field = Field::new("offer", words("Offer", "매수 제안"), Kind::File)
    .hint(words("From the buyer.", "구매자가 준 파일입니다."));
/// What is said where the note of a thing cannot be spent: while an answer is out, it is reserved.
const NOT_HELD: Words = words(
    "the thing is not in this wallet, or it is promised in an answer of the last hour",
    "이 지갑에 없거나, 최근 한 시간 안의 응답에서 약속한 물건입니다",
);
const PRICE: Words = words("Price", "가격");

pub(super) const BUY: Form = Form {
    id: "buy",
    role: BUYER,
    title: words("Offer a price for a thing", "물건의 매수 제안"),
    about: words(
        "Nothing is paid yet. Give the offer to the owner and keep the copy: with it and the owner’s answer you \
         complete the purchase, within an hour.",
        "아직 아무것도 내지 않습니다. 제안 파일은 소유자에게 주고 사본은 보관하십시오. 소유자의 답을 받으면 사본과 함께 한 시간 \
         안에 구매를 마칠 수 있습니다.",
    ),
    fields: &[
        THING,
        Field::new("price", words("Price", "가격"), Kind::Amount),
        Field::new("asset", words("Paid in", "지급 자산"), Kind::Asset),
        Field::new("to", words("Address of the owner", "소유자의 주소"), Kind::Address),
    ],
    proves: true,
};

pub(super) const REVIEW: Form = Form {
    id: "review-offer",
    role: OWNER,
    title: words("Look at an offer", "매수 제안 살펴보기"),
    about: words(
        "What is offered for which thing, and whether the payment would come to this wallet. Nothing is signed.",
        "어느 물건에 얼마를 제안했는지, 대금이 이 지갑으로 오는지 봅니다. 아무것도 서명하지 않습니다.",
    ),
    fields: &[OFFER],
    proves: false,
};

pub(super) const SELL: Form = Form {
    id: "sell",
    role: OWNER,
    title: words("Sell a thing", "물건 팔기"),
    about: words(
        "Answers an offer. Give the answer to the buyer, who completes the sale with it: you are paid and the thing is \
         the buyer’s, or neither. Then hand over the certificate.",
        "제안에 답합니다. 답 파일을 구매자에게 주면 구매자가 거래를 마칩니다. 대금이 들어오고 물건이 넘어가거나, 둘 다 이루어지지 \
         않습니다. 그다음 감정서를 넘기십시오.",
    ),
    fields: &[
        THING,
        OFFER,
        Field::new("at-least", words("Least price", "최저 가격"), Kind::Amount),
        Field::new("asset", words("Paid in", "지급 자산"), Kind::Asset),
    ],
    proves: true,
};

pub(super) const COMPLETE: Form = Form {
    id: "complete",
    role: BUYER,
    title: words("Complete a purchase", "구매 마치기"),
    about: words(
        "Pays, and brings the thing into this wallet, in one transaction.",
        "한 거래로 대금을 내고 물건을 이 지갑으로 받습니다.",
    ),
    fields: &[
        Field::new("copy", words("Your copy of the offer", "보관한 제안 사본"), Kind::File),
        Field::new("answer", words("The owner’s answer", "소유자의 답"), Kind::File),
    ],
    proves: true,
};

/// A thing that can be sold: registered, its note made, and not stolen.
fn sellable(field: &str, asset: AssetId, work: &Work<'_>) -> Result<(), Stop> {
    let (stone, _) = stone(field, asset, work)?;
    if stone.theft.is_some() {
        let message = words(
            "the thing is reported as stolen: it does not move, and nobody should pay for it",
            "도난 신고된 물건입니다. 옮길 수 없으며 값을 치르지 마십시오",
        );
        return Err(Stop::at(field, message));
    }
    if !stone.is_claimed {
        return Err(Stop::at(
            field,
            words(
                "the note of the thing is not made yet: its owner asks the issuer for it",
                "물건의 노트가 아직 없습니다. 소유자가 발행자에게 요청해야 합니다",
            ),
        ));
    }
    Ok(())
}

fn read<T: TradeFile>(values: &Values, field: &str) -> Result<T, Stop> {
    let file = values.file(field)?;
    T::from_file(&file.bytes).map_err(|error| Stop::at(field, unread(file, error)))
}

fn show(outcome: Outcome, offer: &Offer, work: &Work<'_>) -> Outcome {
    outcome.show(THING_LABEL, code(offer.wanted)).show(PRICE, work.amount_and_name(&offer.asset, offer.price.0))
}

/// Of what a wallet's payment is made again.
fn own(work: &Work<'_>) -> PlanKeys {
    PlanKeys::of_seed(work.seed, APPLICATION)
}

pub(super) fn buy(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let wanted = thing(values)?;
    sellable("thing", wanted, work)?;
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let amount = values.amount("price", work.state.assets(), &asset)?;
    let order = PaymentOrder { to: values.address("to")?, asset, amount, memo: Memo::empty() };
    let pool = work.pool(&asset);
    let available = work.holder.wallet().balance(pool.id(), asset, work.now).spendable;
    if available < u128::from(amount.0) {
        let shortage = PaymentError::Insufficient { available, amount: amount.0 };
        return Err(work.explain(shortage, &asset).at_field("price"));
    }
    let draft = work.ready(|holder, at| holder.prepare_send(at, &order, &mut OsRng))?;
    let (keys, wallet) = (own(work), work.holder.wallet());
    let terms = Terms { to: order.to, asset, price: amount, wanted, deliver_to: fresh_address(wallet, &mut OsRng) };
    let maker = Maker { keys: &keys, wallet, pool };
    let kept = KeptOffer::new((work.state.id(), terms), draft.effects(), &maker, &mut OsRng)?;
    let offer = kept.offer();
    let name = short(wanted);
    Ok(show(Outcome::new(), &offer, work)
        .show(words("Completed before", "마칠 기한"), offer.payment.window().end())
        .give(format!("{name}.offer"), offer.to_file())
        .give_file(format!("{name}.offer-copy"), &kept.seal(&keys, &mut OsRng)))
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let offer: Offer = read(values, "offer")?;
    offer.check(work.holder, work.state.id()).map_err(|error| Stop::at("offer", error))?;
    sellable("offer", offer.wanted, work)?;
    let pool = work.state.pool(AssetClass::Named).id();
    let is_held = work.holder.wallet().balance(pool, offer.wanted, work.now).spendable > 0;
    Ok(show(Outcome::new(), &offer, work)
        .show(words("The payment comes to this wallet", "대금이 이 지갑으로 옴"), true)
        .show(words("The thing is in this wallet", "물건이 이 지갑에 있음"), is_held)
        .show(words("Completed before", "마칠 기한"), offer.payment.window().end()))
}

pub(super) fn sell(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let wanted = thing(values)?;
    sellable("thing", wanted, work)?;
    let offer: Offer = read(values, "offer")?;
    let (asset, _) = values.asset("asset", work.state.assets())?;
    let least = values.amount("at-least", work.state.assets(), &asset)?;
    if !offer.is_for(wanted, asset) {
        return Err(Stop::at(
            "offer",
            words(
                "the offer is for something else than this thing, or in another asset",
                "다른 물건의 제안이거나 다른 자산으로 하는 제안입니다",
            ),
        ));
    }
    if offer.price < least {
        let (offered, least) = (work.amount_and_name(&asset, offer.price.0), work.amount_and_name(&asset, least.0));
        return Err(Stop::at(
            "offer",
            say!("the offer is of {offered}, less than {least}", "제안한 금액은 {offered}(으)로 {least}보다 적습니다"),
        ));
    }
    let ledger = work.state.id();
    offer.check(work.holder, ledger).map_err(|error| Stop::at("offer", error))?;
    let order = PaymentOrder { to: offer.deliver_to, asset: wanted, amount: NoteValue(1), memo: Memo::empty() };
    let delivery = work.ready(|holder, at: &Moment<'_>| {
        holder.prepare_send(at, &order, &mut OsRng).map_err(|error| match error {
            PaymentError::Insufficient { .. } => Stop::at("thing", NOT_HELD),
            other => other.into(),
        })
    })?;
    let answer = offer.answer(work.holder, ledger, delivery, &work.engine, &mut OsRng)?;
    let name = short(wanted);
    Ok(show(Outcome::new(), &offer, work).give(format!("{name}.answer"), answer.to_file()))
}

pub(super) fn complete(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = own(work);
    let at_copy = |error: PlanError| Stop::at("copy", error);
    let kept = KeptOffer::open(&keys, &values.decode("copy")?).map_err(at_copy)?;
    let answer: Answer = read(values, "answer")?;
    let offer = kept.offer();
    if offer.ledger != work.state.id() {
        return Err(Stop::at("copy", words("the offer is for another ledger", "다른 원장의 제안입니다")));
    }
    sellable("copy", offer.wanted, work)?;
    if work.now >= offer.payment.window().end() {
        return Err(Stop::at(
            "copy",
            words(
                "the time of the offer is over and nothing was paid: make a new one",
                "제안의 기한이 지났고 지급되지 않았습니다. 새로 제안하십시오",
            ),
        ));
    }
    let maker = Maker { keys: &keys, wallet: work.holder.wallet(), pool: work.pool(&offer.asset) };
    let payment = kept.payment(&maker).map_err(at_copy)?;
    let made = offer.complete(work.holder, payment, &answer, &work.engine, &mut OsRng);
    let transaction = made.map_err(|error| Stop::at("answer", error))?;
    Ok(show(Outcome::submit(transaction), &offer, work))
}

//! Buying, selling, and selling again.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_market_rules::{
    market::Listing,
    work::{ListingId, Work as Terms},
};
use tabella_payments::{
    holder::{Next, PaymentError},
    issuer::IssuerKey,
};
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_prover::builder::{Blinding, UnprovenTransfer};

use super::{
    ANYBODY, BUYER, KEY_FILE, NEXT, NUMBER, PASSPHRASE, RESELLER, SELLER, SHOWN_LICENCES, SHOWN_OFFER, SHOWN_PRICE,
    SHOWN_TITLE, SHOWN_WORK, WORK,
};
use crate::{
    agreement::{Agreement, Difference, Goods},
    licence::order_address,
    order::{self, ApprovalError, Order, Review, Wanted, find_listing, find_work},
    price::Priced,
};

const LICENCES: Field =
    Field::new("licences", words("How many licences", "이용권 수"), Kind::Number { least: 1, most: 4_294_967_295 });
const OFFER_ID: Field = Field::new("offer", words("Offer", "재판매 제안"), Kind::Id)
    .hint(words("Its id stands with the work.", "저작물의 ‘다시 내놓은 것’에 있는 식별자입니다."));
const AGREED_WORK: Field = WORK.hint(words(
    "The one whose licences you sell. Nothing is signed if the order says something else.",
    "이용권을 팔 저작물입니다. 주문서와 다르면 서명하지 않습니다.",
));
const AGREED_LICENCES: Field = LICENCES.hint(words(
    "That you agree to. Nothing is signed if the order says something else.",
    "동의하는 수입니다. 주문서와 다르면 서명하지 않습니다.",
));
const ORDER: Field = Field::new("order", words("File of the order", "주문서 파일"), Kind::File);
const AGREED: Field = Field::new("price", words("Price that you agree to", "동의하는 가격"), Kind::Amount).hint(words(
    "Of all licences together. Nothing is signed if the order says something else.",
    "이용권 전부의 가격입니다. 주문서와 다르면 서명하지 않습니다.",
));
const PUBLIC: Field =
    Field::new("public", words("Let everybody see the price", "가격을 모두에게 공개"), Kind::Flag).optional();

const AGREED_PUBLIC: Field =
    Field::new("public", words("Everybody may see the price", "가격이 모두에게 공개되는 데 동의"), Kind::Flag)
        .hint(words(
            "As you have agreed with the buyer. Nothing is signed if the order says something else.",
            "구매자와 합의한 대로 고르십시오. 주문서와 다르면 서명하지 않습니다.",
        ))
        .optional();
const PAYMENT: Field = Field::new("asset", words("Asset that you pay in", "지급할 자산"), Kind::Asset).hint(words(
    "Nothing is paid if the work is sold for another one, of whatever name.",
    "저작물의 지급 자산이 이름만 같고 다른 자산이면 지급하지 않습니다.",
));

const INVOICE: Field = Field::new("invoice", words("Digest of the invoice", "송장의 다이제스트"), Kind::Id)
    .hint(words(
        "Of an invoice that you and the seller have agreed on. Everybody sees the digest. Empty: none.",
        "판매자와 합의한 송장의 값입니다. 모두에게 공개됩니다. 송장이 없으면 비워 두십시오.",
    ))
    .optional();
const AGREED_INVOICE: Field = INVOICE.hint(words(
    "Of the invoice that you agree to. Nothing is signed if the order names another one, or one where this is empty.",
    "동의하는 송장의 값입니다. 주문서와 다르거나, 비워 두었는데 주문서에 있으면 서명하지 않습니다.",
));

pub(super) const SELL: Form = Form {
    id: "sell",
    role: SELLER,
    title: words("Sell to a buyer’s order", "주문서에 따라 판매"),
    about: words(
        "Signs the order: the price is paid, every holder is credited and the licences are issued, all at once.",
        "주문서에 서명합니다. 가격 지급, 모든 권리자의 적립, 이용권 발행이 한 번에 이루어집니다.",
    ),
    fields: &[ORDER, AGREED_WORK, AGREED_LICENCES, AGREED, AGREED_PUBLIC, AGREED_INVOICE, KEY_FILE, PASSPHRASE],
    proves: false,
};

pub(super) const BUY: Form = Form {
    id: "buy",
    role: BUYER,
    title: words("Order licences", "이용권 주문"),
    about: words(
        "Makes an order for the seller, without whose signature nothing is paid. The file tells the price: give it to \
         nobody else.",
        "판매자에게 줄 주문서를 만듭니다. 판매자가 서명하기 전에는 지급되지 않습니다. 파일에 가격이 들어 있으니 \
         판매자에게만 주십시오.",
    ),
    fields: &[
        WORK,
        LICENCES,
        PAYMENT,
        Field::new("price", words("Price of all together", "전부의 가격"), Kind::Amount),
        PUBLIC,
        INVOICE,
    ],
    proves: true,
};

pub(super) const BUY_OFFER: Form = Form {
    id: "buy-offer",
    role: BUYER,
    title: words("Buy licences that are offered again", "다시 내놓은 이용권 구매"),
    about: words(
        "Buys all licences of an offer at its public price. If it has none, this makes an order for the reseller.",
        "공개된 가격이 있으면 제안의 이용권을 모두 바로 삽니다. 없으면 재판매자에게 줄 주문서를 만듭니다.",
    ),
    fields: &[
        OFFER_ID,
        PAYMENT,
        Field::new("price", words("Price that you pay", "지급할 가격"), Kind::Amount)
            .hint(words(
                "Of all together. If the offer has a public price, this may be empty, or is compared with it.",
                "전부의 가격입니다. 공개된 가격이 있으면 비워 두어도 되며, 적으면 그 가격과 비교합니다.",
            ))
            .optional(),
        PUBLIC,
    ],
    proves: true,
};

pub(super) const OFFER: Form = Form {
    id: "offer",
    role: RESELLER,
    title: words("Offer licences again", "이용권 다시 내놓기"),
    about: words(
        "Takes licences out of the wallet until they are bought or you take the offer back. Holders get a royalty.",
        "누가 사거나 제안을 거둘 때까지 이용권을 지갑에서 꺼내 둡니다. 팔리면 권리자가 로열티를 받습니다.",
    ),
    fields: &[
        WORK,
        LICENCES,
        Field::new("ask", words("Public price of all together", "전부의 공개 가격"), Kind::Amount)
            .hint(words("Empty: you agree to each buyer’s price.", "비워 두면 구매자마다 가격에 합의합니다."))
            .optional(),
        NUMBER,
    ],
    proves: true,
};

pub(super) const ACCEPT: Form = Form {
    id: "accept",
    role: RESELLER,
    title: words("Agree to a buyer’s order", "구매자의 주문서에 동의"),
    about: words(
        "Signs an order for your offer: you are credited with the price, less the royalty.",
        "나의 제안에 대한 주문서에 서명합니다. 로열티를 뺀 가격이 적립됩니다.",
    ),
    fields: &[ORDER, OFFER_ID, AGREED_LICENCES, AGREED, AGREED_PUBLIC, NUMBER],
    proves: false,
};

pub(super) const TAKE_BACK: Form = Form {
    id: "take-back",
    role: RESELLER,
    title: words("Take an offer back", "제안 거두기"),
    about: words("The licences go back into the wallet.", "이용권이 지갑으로 돌아옵니다."),
    fields: &[OFFER_ID, NUMBER],
    proves: true,
};

pub(super) const REVIEW: Form = Form {
    id: "review-order",
    role: ANYBODY,
    title: words("Look at an order", "주문서 살펴보기"),
    about: words(
        "Shows all that a signature would be for. Nothing is signed here.",
        "서명하면 무엇에 동의하게 되는지 모두 보여 줍니다. 여기서는 아무것도 서명하지 않습니다.",
    ),
    fields: &[ORDER],
    proves: false,
};

/// A transfer that takes an amount out of its pool, with amounts as people read them if there is not enough.
fn exit(work: &mut Work<'_>, asset: AssetId, amount: NoteValue, blinding: Blinding) -> Result<UnprovenTransfer, Stop> {
    let at = work.moment();
    match work.holder.prepare_exit(&at, asset, amount, blinding, &mut OsRng) {
        Ok(Next::Transfer(transfer)) => Ok(*transfer),
        Ok(Next::Merge(merge)) => Err(Stop::First(Box::new(work.prove(merge, Vec::new())?))),
        Err(error) => Err(work.explain(error, &asset)),
    }
}

/// A transfer that brings licences into the wallet.
fn enter(work: &mut Work<'_>, licence: AssetId, licences: u32) -> Result<UnprovenTransfer, PaymentError> {
    let (at, to) = (work.moment(), work.holder.wallet().address(0));
    work.holder.prepare_entry(&at, licence, to, NoteValue(licences.into()), Blinding::Public, &mut OsRng)
}

fn licences(values: &Values) -> Result<u32, Stop> {
    match values.parse("licences")? {
        0 => Err(Stop::at("licences", words("this is at least 1", "1 이상이어야 합니다"))),
        licences => Ok(licences),
    }
}

/// The digest of the invoice that a form names; zeros if there is none.
fn invoice(values: &Values) -> Result<[u8; 32], Stop> {
    if values.is_given("invoice") { values.bytes32("invoice") } else { Ok([0; 32]) }
}

/// That the work is sold for the asset that the buyer means.
fn check_payment(values: &Values, work: &Work<'_>, terms: &Terms) -> Result<(), Stop> {
    let (meant, _) = values.asset("asset", work.state.assets())?;
    if meant == terms.payment {
        return Ok(());
    }
    Err(Stop::at(
        "asset",
        say!(
            "this work is sold for another asset, {}: nothing is paid",
            "이 저작물은 다른 자산으로 팝니다: {}. 지급하지 않았습니다",
            terms.payment
        ),
    ))
}

/// A price of a form, which must not be below the least price of so many licences.
fn price(values: &Values, work: &Work<'_>, (field, terms): (&str, &Terms), least: u64) -> Result<NoteValue, Stop> {
    let value = values.amount(field, work.state.assets(), &terms.payment)?;
    if value.0 >= least {
        return Ok(value);
    }
    let least = work.amount_and_name(&terms.payment, least);
    Err(Stop::at(
        field,
        say!(
            "so many licences of this work cost at least {least}",
            "이 저작물의 라이선스를 그만큼 사려면 적어도 {least}입니다"
        ),
    ))
}

pub(super) fn buy(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, terms) = super::work_of(values, work)?;
    check_payment(values, work, terms)?;
    let (licences, invoice) = (licences(values)?, invoice(values)?);
    let value = price(values, work, ("price", terms), terms.minimum.saturating_mul(licences.into()))?;
    let price = Priced::new(value, values.flag("public"), &mut OsRng);
    let transfer = exit(work, terms.payment, value, price.blinding())?;
    let to = order_address(work.holder.wallet(), &transfer)?;
    let wanted = Wanted { work: id, licences, to, invoice };
    let order = order::order(work.state, work.holder, &wanted, (transfer, &price), &work.engine, &mut OsRng)?;
    let next = words(
        "Nothing is paid yet. Give the file to the seller alone: it tells the price. It is good for an hour, unless \
         another sale comes first.",
        "아직 지급되지 않았습니다. 파일에 가격이 들어 있으니 판매자에게만 주십시오. 다른 판매가 먼저 이루어지지 \
         않으면 한 시간 동안 유효합니다.",
    );
    hand_over(work, &order, next)
}

/// The terms of the work of which licences are offered.
fn offered<'a>(values: &Values, work: &Work<'a>) -> Result<(ListingId, Listing, &'a Terms), Stop> {
    let (id, state) = (ListingId(values.bytes32("offer")?), work.state);
    let offer = find_listing(state, &id).map_err(|error| Stop::at("offer", error))?;
    Ok((id, offer, find_work(state, &offer.work)?))
}

pub(super) fn buy_offer(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, offer, terms) = offered(values, work)?;
    check_payment(values, work, terms)?;
    let least = terms.resale_minimum.saturating_mul(offer.licences.into());
    let given = values.is_given("price").then(|| price(values, work, ("price", terms), least)).transpose()?;
    let price = match (offer.ask, given) {
        (Some(ask), Some(given)) if ask != given => {
            let show = |value: NoteValue| work.amount_and_name(&terms.payment, value.0);
            let text = say!(
                "these licences are offered for {}, and you pay {}",
                "제안한 값은 {}인데 내려는 값은 {}입니다",
                show(ask),
                show(given)
            );
            return Err(Stop::at("price", text));
        }
        (Some(ask), _) => Priced::Public(ask),
        (None, Some(given)) => Priced::new(given, values.flag("public"), &mut OsRng),
        (None, None) => {
            return Err(Stop::at(
                "price",
                words(
                    "this offer has no public price: write the price that you pay",
                    "값이 공개되지 않은 제안입니다. 낼 값을 적으십시오",
                ),
            ));
        }
    };
    let transfer = exit(work, terms.payment, price.value(), price.blinding())?;
    let entry = enter(work, terms.licence_id()?, offer.licences)?;
    let (state, engine) = (work.state, work.engine);
    let order = order::order_offered(state, work.holder, id, (transfer, &price), entry, &engine, &mut OsRng)?;
    if offer.ask.is_none() {
        let next = words(
            "Nothing is paid yet. Give the file to the reseller alone: it tells the price. It is good for an hour.",
            "아직 지급되지 않았습니다. 파일에 가격이 들어 있으니 재판매자에게만 주십시오. 한 시간 동안 유효합니다.",
        );
        return hand_over(work, &order, next);
    }
    let review = order.review(work.state)?;
    let outcome = Outcome::submit(order.into_transaction());
    shown(outcome, work, &review)
}

fn hand_over(work: &Work<'_>, order: &Order, next: Words) -> Result<Outcome, Stop> {
    let review = order.review(work.state)?;
    Ok(shown(Outcome::new(), work, &review)?.show(NEXT, next).give_file("order.tabella", order))
}

/// What an order asks for.
fn shown(outcome: Outcome, work: &Work<'_>, review: &Review) -> Result<Outcome, Stop> {
    let terms = find_work(work.state, &review.work)?;
    let mut outcome = outcome
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(SHOWN_WORK, Value::code(review.work))
        .show(SHOWN_LICENCES, Value::number(review.licences))
        .show(SHOWN_PRICE, work.amount_and_name(&terms.payment, review.price.0))
        .show(words("Everybody sees the price", "모두가 가격을 봄"), review.is_public);
    if let Some(offer) = review.listing {
        outcome = outcome.show(SHOWN_OFFER, Value::code(offer));
    }
    if review.invoice != [0; 32] {
        let invoice = Value::code(hex::encode(review.invoice));
        outcome = outcome.show(words("Digest of the invoice", "송장의 다이제스트"), invoice);
    }
    Ok(outcome)
}

fn wrong_order(error: ApprovalError) -> Stop {
    Stop::at("order", error)
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let order: Order = values.decode("order")?;
    shown(Outcome::new(), work, &order.review(work.state).map_err(wrong_order)?)
}

fn read_order(values: &Values, work: &Work<'_>) -> Result<(Order, Review), Stop> {
    let order: Order = values.decode("order")?;
    let review = order.review(work.state).map_err(wrong_order)?;
    Ok((order, review))
}

const OTHER_INVOICE: &str = "주문에 적힌 송장이 합의한 것과 다릅니다";

/// That an order says what is agreed to, of goods that are paid in an asset.
fn check_agreed(
    values: &Values,
    work: &Work<'_>,
    review: &Review,
    (goods, payment): (Goods, AssetId),
) -> Result<(), Stop> {
    let price = values.amount("price", work.state.assets(), &payment)?;
    let is_public = values.flag("public");
    let agreement = Agreement { goods, licences: licences(values)?, price, is_public, invoice: invoice(values)? };
    agreement.compare(review).map_err(|difference| {
        let show = |value: NoteValue| work.amount_and_name(&payment, value.0);
        let (field, korean) = match difference {
            Difference::Price(asked, agreed) => {
                let (asked, agreed) = (show(asked), show(agreed));
                let message = say!(
                    "the order is for {asked}, and you agree to {agreed}: nothing is signed",
                    "주문은 {asked}인데 합의한 것은 {agreed}입니다. 서명하지 않았습니다"
                );
                return Stop::at("price", message);
            }
            Difference::Work(id) => ("work", format!("다른 저작물의 라이선스를 사는 주문입니다: {id}")),
            Difference::Offer(id) => ("offer", format!("다른 제안의 주문입니다: {id}")),
            Difference::Licences(asked, agreed) => {
                ("licences", format!("주문의 라이선스는 {asked}개이고 합의한 것은 {agreed}개입니다"))
            }
            Difference::Public => ("public", "값을 공개하는 주문인데 숨기기로 합의했습니다".into()),
            Difference::Hidden => ("public", "값을 숨기는 주문인데 공개하기로 합의했습니다".into()),
            Difference::Invoice if matches!(goods, Goods::Work(_)) => ("invoice", OTHER_INVOICE.into()),
            Difference::Invoice => ("order", OTHER_INVOICE.into()),
            Difference::Sale => ("order", "새 라이선스의 주문이며 판매자가 받아들일 것입니다".into()),
            Difference::Resale => ("order", "되파는 라이선스의 주문이며 되파는 사람이 받아들일 것입니다".into()),
        };
        Stop::at(field, say!("{difference}: nothing is signed", "{korean}. 서명하지 않았습니다"))
    })
}

pub(super) fn sell(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (order, review) = read_order(values, work)?;
    let (id, terms) = super::work_of(values, work)?;
    check_agreed(values, work, &review, (Goods::Work(id), terms.payment))?;
    let key = values.key_file::<IssuerKey>("key", "passphrase")?;
    let transaction = order.approve(work.state, key.key()).map_err(|error| match error {
        ApprovalError::Key if review.listing.is_none() => Stop::at("key", error),
        other => wrong_order(other),
    })?;
    shown(Outcome::submit(transaction), work, &review)
}

pub(super) fn accept(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (order, review) = read_order(values, work)?;
    let (id, _, terms) = offered(values, work)?;
    check_agreed(values, work, &review, (Goods::Offer(id), terms.payment))?;
    let transaction = order.approve_resale(work.state, &super::keys(values, work)?).map_err(wrong_order)?;
    shown(Outcome::submit(transaction), work, &review)
}

pub(super) fn offer(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, terms) = super::work_of(values, work)?;
    let licences = licences(values)?;
    let least = terms.resale_minimum.saturating_mul(licences.into());
    let ask = values.is_given("ask").then(|| price(values, work, ("ask", terms), least)).transpose()?;
    let party = super::keys(values, work)?.party();
    let transfer = exit(work, terms.licence_id()?, NoteValue(licences.into()), Blinding::Public)?;
    let (prepared, proof) = order::offer(work.state.id(), party, (id, licences), ask, transfer)?;
    let offer = ListingId::derive(prepared.digest(), 0);
    let outcome = Outcome::submit(work.prove(prepared, vec![proof])?)
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(SHOWN_LICENCES, Value::number(licences))
        .show(SHOWN_OFFER, Value::code(offer));
    Ok(match ask {
        Some(ask) => outcome.show(SHOWN_PRICE, work.amount_and_name(&terms.payment, ask.0)),
        None => outcome.show(SHOWN_PRICE, words("by agreement with each buyer", "구매자마다 합의")),
    })
}

pub(super) fn take_back(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, offer, terms) = offered(values, work)?;
    let keys = super::keys(values, work)?;
    if offer.reseller != keys.party() {
        return Err(Stop::at(
            "offer",
            words(
                "this is the offer of other keys: is the number of your keys right?",
                "다른 키의 제안입니다. 키의 번호가 맞습니까?",
            ),
        ));
    }
    let entry = enter(work, terms.licence_id()?, offer.licences)?;
    let (prepared, proof) = order::take_back(&keys, work.state.id(), id, entry)?;
    Ok(Outcome::submit(work.prove(prepared, vec![proof])?)
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(SHOWN_LICENCES, Value::number(offer.licences))
        .show(words("Taken back", "거둔 제안"), Value::code(id)))
}

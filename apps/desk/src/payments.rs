//! Payments: asking for them, paying what was asked for, paying many at once, and accounts outside the pools.

mod accounts;
mod forms;

use rand_core::OsRng;
use tabella_payments::{
    holder::PaymentOrder,
    many::SendError,
    order::read_table,
    request::{Decimal, PaymentRequest, RequestDigest, RequestedPayment},
};
use tabella_protocol::{
    note::AssetId,
    note_encryption::{Memo, MemoContent},
    transaction::Transaction,
};

use crate::{Desk, Form, Outcome, Stop, Value, Values, Words, Work, say, words};

/// The desk of payments.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaymentsDesk;

impl Desk for PaymentsDesk {
    fn application(&self) -> &'static str {
        "payments"
    }

    fn forms(&self) -> &'static [Form] {
        forms::FORMS
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "request" => request(values, work),
            "read-request" => read_request(values, work),
            "pay-request" => pay_request(values, work),
            "pay-many" => pay_many(values, work),
            "open-account" => accounts::open(values, work),
            "deposit" => accounts::deposit(values, work),
            "accept" => accounts::accept(values, work),
            "pay-from-account" => accounts::pay(values, work),
            "withdraw" => accounts::withdraw(values, work),
            "give-back" => accounts::give_back(values, work),
            "accounts" => accounts::list(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

fn request(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let assets = work.state.assets();
    let (asset, known) = values.asset("asset", assets)?;
    let units = values.amount("amount", assets, &asset)?;
    let memo = Memo::from_text(values.optional_text("memo").unwrap_or_default());
    let memo = memo.map_err(|error| Stop::at("memo", error))?;
    let text = |field: &str| values.optional_text(field).map(str::to_owned);
    let amount = tabella_payments::amount::format(u128::from(units.0), known.description.decimals);
    let amount = Decimal::new(&amount).map_err(|error| Stop::at("amount", error))?;
    let to = work.holder.next_address();
    let (label, message) = (text("label"), text("message"));
    let payment = RequestedPayment { to, asset, amount, memo, label, message };
    let request = PaymentRequest::new(Some(work.state.id()), vec![payment])?;
    let digest = request.digest();
    Ok(Outcome::new()
        .show(words("Request", "결제 요청"), Value::code(request))
        .show(words("Asked for", "요청 금액"), work.amount_and_name(&asset, units.0))
        .show(words("To your address", "받을 주소"), Value::code(to))
        .show(DIGEST, Value::code(digest)))
}

/// What a request says, if it can be paid here.
fn requested(values: &Values, work: &Work<'_>) -> Result<(PaymentRequest, Vec<PaymentOrder>), Stop> {
    let request: PaymentRequest = values.parse("request")?;
    let orders = request.orders(work.state.id(), work.state.assets());
    Ok((request, orders.map_err(|error| Stop::at("request", error))?))
}

fn asks_for_several_assets(orders: &[PaymentOrder]) -> bool {
    orders.windows(2).any(|pair| pair[0].asset != pair[1].asset)
}

fn read_request(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (request, orders) = requested(values, work)?;
    let text = |text: &Option<String>| Value::Text(text.clone().unwrap_or_default());
    let rows = request.payments().iter().zip(&orders).map(|(wanted, order)| {
        vec![
            Value::Text(work.amount_and_name(&order.asset, order.amount.0)),
            Value::code(order.to),
            Value::Text(memo_text(&order.memo)),
            text(&wanted.label),
            text(&wanted.message),
            Value::code(order.asset),
        ]
    });
    let columns = vec![
        words("Amount", "금액"),
        words("To", "받는 주소"),
        words("Memo", "메모"),
        words("Payee's label", "받는 사람이 붙인 이름"),
        words("Payee's message", "받는 사람의 말"),
        words("Asset", "자산 ID"),
    ];
    let rows = rows.collect();
    let bound = request.ledger().is_some();
    let read = Outcome::new()
        .show(words("Asked for", "요청 내용"), Value::Table { columns, rows })
        .show(DIGEST, Value::code(request.digest()))
        .show(words("Names this ledger", "이 원장을 지정함"), bound);
    Ok(if asks_for_several_assets(&orders) {
        read.show(words("How to pay it", "보내는 방법"), SEVERAL_ASSETS)
    } else {
        read
    })
}

fn pay_request(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (request, orders) = requested(values, work)?;
    if asks_for_several_assets(&orders) {
        return Err(Stop::at(
            "request",
            words(
                "the request asks for several assets at once, and this form pays one: if that was agreed, `tabella wallet pay` pays it; nobody was paid",
                "여러 자산을 한꺼번에 요청하는데 이 양식은 하나만 보냅니다. 합의한 것이면 명령줄의 `tabella wallet pay`로 보내십시오. 아무에게도 보내지 않았습니다",
            ),
        ));
    }
    let assets = work.state.assets();
    let (asset, _) = values.asset("asset", assets)?;
    let agreed = values.amount("amount", assets, &asset)?;
    if let Some(other) = orders.iter().find(|order| order.asset != asset) {
        let asked = work.amount_and_name(&other.asset, other.amount.0);
        let id = other.asset;
        return Err(Stop::at(
            "asset",
            say!(
                "the request asks for {asked}, of asset {id}, and this is another: ask the payee which is right",
                "고른 자산과 다릅니다. 요청한 것은 {asked}(자산 {id})입니다. 어느 쪽이 맞는지 받는 사람에게 확인하십시오"
            ),
        ));
    }
    let total = total(&orders);
    if total != u128::from(agreed.0) {
        let (asked, agreed) = (work.amount_and_name(&asset, total), work.amount_and_name(&asset, agreed.0));
        return Err(Stop::at(
            "amount",
            say!(
                "the request asks for {asked} in all, and {agreed} was agreed: ask the payee which is right",
                "금액이 다릅니다. 요청은 모두 {asked}이고 합의한 것은 {agreed}입니다. 어느 쪽이 맞는지 받는 사람에게 확인하십시오"
            ),
        ));
    }
    // Asset and sum do not say who is paid, or which of them how much.
    let read: RequestDigest = values.parse("digest")?;
    if request.digest() != read {
        return Err(Stop::at(
            "digest",
            words(
                "this is not the request of which you have read this digest: read it, and compare payees and amounts",
                "이 요약값의 요청이 아닙니다. 요청을 읽고 받는 사람과 금액을 비교하십시오",
            ),
        ));
    }
    pay(orders, asset, work)
}

fn pay_many(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let assets = work.state.assets();
    let (asset, known) = values.asset("asset", assets)?;
    let orders = read_table(values.text("table")?, asset, known.description.decimals);
    let orders = orders.map_err(|error| Stop::at("table", error))?;
    let agreed = values.amount("total", assets, &asset)?;
    let total = total(&orders);
    if total != u128::from(agreed.0) {
        let (lines, agreed) = (work.amount_and_name(&asset, total), work.amount_and_name(&asset, agreed.0));
        return Err(Stop::at(
            "total",
            say!(
                "the lines pay {lines} in all, and {agreed} was agreed: look at the amount of each; nobody was paid",
                "표의 합계는 {lines}인데 적은 합계는 {agreed}입니다. 줄마다 금액을 확인하십시오. 아무에게도 보내지 않았습니다"
            ),
        ));
    }
    pay(orders, asset, work)
}

fn total(orders: &[PaymentOrder]) -> u128 {
    orders.iter().map(|order| u128::from(order.amount.0)).sum()
}

/// Pays all in one transaction; transactions that bring the payer's notes into shape come first.
fn pay(orders: Vec<PaymentOrder>, asset: AssetId, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let transaction = together(orders.clone(), work)?;
    let transfers = transaction.transfers.len();
    let rows = orders.iter().map(|order| {
        vec![
            Value::Text(work.amount_and_name(&order.asset, order.amount.0)),
            Value::code(order.to),
            Value::Text(memo_text(&order.memo)),
        ]
    });
    let columns = vec![words("Amount", "금액"), words("To", "받는 주소"), words("Memo", "메모")];
    let rows = rows.collect();
    Ok(Outcome::submit(transaction)
        .show(words("Paid", "보낸 결제"), Value::Table { columns, rows })
        .show(words("In all", "합계"), work.amount_and_name(&asset, total(&orders)))
        .show(words("Transfers in the one transaction", "한 거래에 담긴 이체 수"), Value::number(transfers)))
}

fn together(orders: Vec<PaymentOrder>, work: &mut Work<'_>) -> Result<Transaction, Stop> {
    let moment = work.moment();
    let round = work.holder.prepare_together(&moment, orders, &mut OsRng).map_err(|error| match error {
        SendError::Insufficient { asset, available, needed } => {
            let (available, needed) = (work.amount_and_name(&asset, available), work.amount_and_name(&asset, needed));
            Stop::refuse(say!(
                "{available} can be spent, and {needed} is needed: nobody was paid",
                "잔액이 부족합니다. 쓸 수 있는 금액: {available}, 필요한 금액: {needed}. 아무에게도 보내지 않았습니다"
            ))
        }
        other => other.into(),
    })?;
    let pays = round.pays;
    let transaction = work.prove(round.transaction, Vec::new())?;
    if pays { Ok(transaction) } else { Err(Stop::First(Box::new(transaction))) }
}

fn memo_text(memo: &Memo) -> String {
    match memo.content() {
        MemoContent::Text(text) => text.to_owned(),
        MemoContent::Empty => String::new(),
        _ => hex::encode(memo.as_bytes()),
    }
}

const SEVERAL_ASSETS: Words = words(
    "It asks for several assets at once, which the form does not pay: `tabella wallet pay` does.",
    "여러 자산을 한꺼번에 요청합니다. 이 양식으로는 보낼 수 없으며 명령줄의 `tabella wallet pay`로 보냅니다.",
);
/// Labels that several lines share.
const DIGEST: Words = words("Digest of the request", "결제 요청의 요약값");
const ACCOUNT: Words = words("Account", "계정");

//! What a wallet holds: licences, and offers that are open.

use tabella_desk::{Form, Outcome, Stop, Value, Values, Work, words};
use tabella_market_rules::Market;
use tabella_protocol::asset::AssetClass;

use super::{BUYER, NUMBER, SHOWN_LICENCES, SHOWN_OFFER, SHOWN_PRICE, SHOWN_TITLE, SHOWN_WORK};

pub(super) const LICENCES: Form = Form {
    id: "licences",
    role: BUYER,
    title: words("Show my licences and offers", "나의 이용권과 재판매 제안 보기"),
    about: words(
        "The licences in this wallet, which nobody else sees, and those that you have offered again.",
        "이 지갑의 이용권과 다시 내놓은 이용권입니다. 지갑의 이용권은 본인만 볼 수 있습니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) fn licences(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (market, party) = (work.rules::<Market>()?, super::keys(values, work)?.party());
    let pool = work.state.pool(AssetClass::Named).id();
    let balances = work.holder.wallet().balances(work.now);
    let (mut held, mut offered) = (Vec::new(), Vec::new());
    for (id, state) in market.works() {
        let title = || Value::Text(state.work.title.clone());
        if let Some(balance) = balances.get(&(pool, state.work.licence_id()?.to_bytes())) {
            let all = balance.spendable.saturating_add(balance.reserved);
            held.push(vec![title(), Value::number(all), Value::code(id)]);
        }
        for (offer, listing) in market.offers(*id).filter(|(_, listing)| listing.reseller == party) {
            let ask = match listing.ask {
                Some(ask) => Value::Text(work.amount_and_name(&state.work.payment, ask.0)),
                None => words("by agreement", "합의").into(),
            };
            offered.push(vec![title(), Value::number(listing.licences), ask, Value::code(offer)]);
        }
    }
    let columns = vec![SHOWN_TITLE, SHOWN_LICENCES, SHOWN_WORK];
    let of_offers = vec![SHOWN_TITLE, SHOWN_LICENCES, SHOWN_PRICE, SHOWN_OFFER];
    Ok(Outcome::new()
        .show(words("Licences in the wallet", "지갑의 이용권"), Value::Table { columns, rows: held })
        .show(words("Offered again", "다시 내놓은 것"), Value::Table { columns: of_offers, rows: offered }))
}

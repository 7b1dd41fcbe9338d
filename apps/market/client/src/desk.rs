//! The marketplace as forms that people fill in: they do what the commands do, with the same checks in the same order.
//! What is shown of an account is read from the log each time.

mod errors;
mod income;
mod licence;
mod mine;
mod register;
mod sheet;
mod trade;

use tabella_desk::{Desk, Field, Form, Kind, Outcome, Stop, Values, Words, Work, say, words};
use tabella_market_rules::{
    Market,
    work::{Work as Terms, WorkId},
};
use tabella_protocol::note::{AssetId, Timestamp};
use tabella_verifier::application::Readable as _;

use crate::{
    history::{HistoryError, MarketHistory, OwnAccount, history_of_log},
    keys::MarketKeys,
    order::find_work,
    report::format_parts,
};

const HOLDER: Words = words("Holder of a share", "권리자");
const SELLER: Words = words("Seller", "판매자");
const BUYER: Words = words("Buyer", "구매자");
const RESELLER: Words = words("Reseller", "재판매자");
const ANYBODY: Words = words("Anybody", "누구나");

const WORK: Field = Field::new("work", words("Work", "저작물"), Kind::Instance);
const NUMBER: Field =
    Field::new("number", words("Number of your keys", "나의 키 번호"), Kind::Number { least: 0, most: 4_294_967_295 })
        .hint(words(
            "Leave it empty unless you have chosen one. Nobody can link keys of different numbers.",
            "따로 정한 번호가 없으면 비워 두십시오. 번호가 다른 키는 아무도 서로 연결하지 못합니다.",
        ))
        .optional();
const KEY_FILE: Field = Field::new("key", words("Key file of the issuer", "발행자 키 파일"), Kind::File)
    .hint(words("The key that issues the licences of this work.", "이 저작물의 이용권을 발행하는 키입니다."));
const PASSPHRASE: Field =
    Field::new("passphrase", words("Passphrase of the key file", "키 파일의 암호 문구"), Kind::Passphrase);
const NAMES: Field = Field::new("names", words("File of names and roles", "이름과 역할 파일"), Kind::File);
const FROM: Field = Field::new("from", words("From", "시작"), Kind::Time)
    .hint(words("Empty: from the beginning.", "비워 두면 처음부터입니다."))
    .optional();
const BEFORE: Field = Field::new("before", words("Before", "이 시각 전까지"), Kind::Time)
    .hint(words("Empty: up to now.", "비워 두면 지금까지입니다."))
    .optional();

const NEXT: Words = words("What comes next", "다음에 할 일");
const SHOWN_WORK: Words = words("Work", "저작물");
const SHOWN_TITLE: Words = words("Title", "제목");
const SHOWN_PRICE: Words = words("Price", "가격");
const SHOWN_LICENCES: Words = words("Licences", "이용권 수");
const SHOWN_OFFER: Words = words("Offer", "재판매 제안");

/// How far a price is searched for that was masked wrongly: below 2^32 smallest units, as on the command line.
const SEARCH_BITS: u32 = 32;

static FORMS: [Form; 21] = [
    register::KEYS,
    register::SIGN,
    income::BALANCE,
    income::WITHDRAW,
    income::STATEMENT,
    sheet::REPORT,
    register::DRAFT,
    trade::SELL,
    trade::BUY,
    trade::BUY_OFFER,
    mine::LICENCES,
    licence::SHOW,
    trade::OFFER,
    trade::ACCEPT,
    trade::TAKE_BACK,
    register::REVIEW,
    register::SUBMIT,
    trade::REVIEW,
    income::CHECK,
    licence::ASK,
    licence::CHECK,
];

/// The desk of the marketplace.
#[derive(Clone, Copy, Debug)]
pub struct MarketDesk;

impl Desk for MarketDesk {
    fn application(&self) -> &'static str {
        Market::NAME
    }

    fn forms(&self) -> &'static [Form] {
        &FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "keys" => register::keys(values, work),
            "sign-registration" => register::sign(values, work),
            "balance" => income::balance(values, work),
            "withdraw" => income::withdraw(values, work),
            "statement" => income::statement(values, work),
            "report" => sheet::report_sales(values, work),
            "draft-registration" => register::draft(values, work),
            "sell" => trade::sell(values, work),
            "buy" => trade::buy(values, work),
            "buy-offer" => trade::buy_offer(values, work),
            "licences" => mine::licences(values, work),
            "show-licence" => licence::show(values, work),
            "offer" => trade::offer(values, work),
            "accept" => trade::accept(values, work),
            "take-back" => trade::take_back(values, work),
            "review-registration" => register::review(values, work),
            "submit-registration" => register::submit(values, work),
            "review-order" => trade::review(values, work),
            "check-statement" => income::check(values, work),
            "ask-for-licence" => Ok(licence::ask()),
            "check-licence" => licence::check(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

/// The keys that the wallet has under the number of a form.
fn keys(values: &Values, work: &Work<'_>) -> Result<MarketKeys, Stop> {
    Ok(MarketKeys::of_seed(work.seed, values.optional("number")?.unwrap_or_default()))
}

/// The work that a form names.
fn work_of<'a>(values: &Values, work: &Work<'a>) -> Result<(WorkId, &'a Terms), Stop> {
    let id = WorkId(values.bytes32("work")?);
    let state = work.state;
    Ok((id, find_work(state, &id).map_err(|error| Stop::at("work", error))?))
}

/// What the keys find in the log.
fn history<'k>(keys: &'k MarketKeys, work: &Work<'_>) -> Result<MarketHistory<'k>, Stop> {
    history_of_log(keys, work.state, work.log, SEARCH_BITS).map_err(|error| match error {
        HistoryError::Price { transaction, .. } => Stop::refuse(say!(
            "the price of transaction {transaction} is masked wrongly and is very large: the money is there all the \
             same, and the command line finds the price (`tabella market balance --search-bits 44`)", "거래 {transaction}의 값이 잘못 가려졌고 매우 큽니다. 돈은 그대로 있으며, 값은 명령줄의 `tabella market balance --search-bits 44`로 찾을 수 있습니다"
        )),
        other => other.into(),
    })
}

/// The keys' account of a work.
fn own_account(keys: &MarketKeys, work: &Work<'_>, id: &WorkId) -> Result<OwnAccount, Stop> {
    let missing = || {
        Stop::at(
            "work",
            words("these keys were never credited for this work", "이 키는 이 저작물로 받은 것이 없습니다"),
        )
    };
    history(keys, work)?.account(id).cloned().ok_or_else(missing)
}

/// A period of a form: from a time on and before another.
fn period(values: &Values) -> Result<(Timestamp, Timestamp), Stop> {
    let time = |field: &str, default| if values.is_given(field) { values.time(field) } else { Ok::<_, Stop>(default) };
    let (from, before) = (time("from", Timestamp::ZERO)?, time("before", Timestamp::MAX)?);
    if before < from {
        Err(Stop::at("before", words("this is before the period begins", "기간의 시작보다 앞선 시각입니다")))
    } else {
        Ok((from, before))
    }
}

/// Digits after the point of an asset.
fn decimals(work: &Work<'_>, asset: &AssetId) -> u8 {
    work.state.assets().get(asset).map_or(0, |known| known.description.decimals)
}

/// Parts of 1/10^8 of an asset's smallest unit, with the asset's name.
fn parts_and_name(work: &Work<'_>, asset: &AssetId, parts: u128) -> String {
    let name = work.state.assets().get(asset).map_or("?", |known| &known.description.name);
    format!("{} {name}", format_parts(parts, decimals(work, asset)))
}

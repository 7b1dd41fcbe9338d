//! Before a session: keys, offers, the prepayment.

use std::collections::BTreeSet;

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Work, say, words};
use tabella_payments::holder::PaymentError;
use tabella_protocol::{
    asset::AssetClass,
    note::{NoteValue, Timestamp},
};
use tabella_prover::account::AmountOpening;
use tabella_streaming_rules::{
    Streams,
    terms::{MAX_TICK_SECONDS, MAX_TICKS, TermsError},
};

use super::party::{LAST_NUMBER, SESSION, find_keys};
use crate::{
    build,
    keys::StreamingKeys,
    offer::{Offer, OfferError, OfferOrder},
};

/// A viewer's keys: of the number that was chosen, or of one that no session has.
pub(super) fn viewer_keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let number =
        if values.is_given("number") { values.number("number", (0, LAST_NUMBER), 0)? } else { unused_number(work)? };
    let keys = StreamingKeys::of_seed(work.seed, number).public();
    Ok(Outcome::new()
        .show(words("Keys for the provider", "제공자에게 줄 키"), Value::code(keys))
        .show(words("Number of the keys", "키 번호"), Value::number(number)))
}

/// 0 is for whoever provides, whose key may last.
fn unused_number(work: &Work<'_>) -> Result<u32, Stop> {
    let sessions = work.rules::<Streams>()?.sessions().map(|(_, session)| session.terms());
    let used: BTreeSet<_> = sessions.flat_map(|terms| [terms.viewer.signer, terms.provider]).collect();
    let unused = (1..=LAST_NUMBER).find(|number| !used.contains(&StreamingKeys::of_seed(work.seed, *number).signer()));
    unused.ok_or_else(|| {
        Stop::at(
            "number",
            say!(
                "this wallet has sessions of all numbers up to {LAST_NUMBER}",
                "이 지갑은 {LAST_NUMBER}까지의 번호를 모두 썼습니다"
            ),
        )
    })
}

/// Makes an offer.
pub(super) fn make(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = StreamingKeys::of_seed(work.seed, values.number("number", (0, LAST_NUMBER), 0)?);
    let assets = work.state.assets();
    let (asset, _) = values.asset("asset", assets)?;
    let days = values.number("within-days", (1, 3_650), 7)?;
    let seconds = u64::from(days).saturating_mul(86_400);
    let expires = Timestamp::new(work.now.seconds().saturating_add(seconds));
    let order = OfferOrder {
        viewer: values.parse("viewer").map_err(|_: Stop| {
            Stop::at(
                "viewer",
                words(
                    "the keys of a viewer have 128 characters, 0 to 9 and a to f: copy all of them",
                    "보는 사람의 키는 0–9와 a–f로 된 128자입니다. 빠짐없이 복사하십시오",
                ),
            )
        })?,
        asset,
        rate: values.amount("rate", assets, &asset)?,
        public: values.flag("public"),
        max_ticks: values.number("ticks", (1, MAX_TICKS), 1)?,
        tick_seconds: values.number("tick-seconds", (1, MAX_TICK_SECONDS), 60)?,
        expires: expires.ok_or_else(|| {
            Stop::at(
                "within-days",
                words("a session that expires so late is none", "그렇게 늦게 끝나는 세션은 없습니다"),
            )
        })?,
        dispute_seconds: values.number("dispute-minutes", (1, 43_200), 1_440)?.saturating_mul(60),
    };
    let OfferOrder { max_ticks, tick_seconds, .. } = order;
    if u64::from(max_ticks).saturating_mul(u64::from(tick_seconds)) > seconds {
        let message = say!(
            "{max_ticks} ticks of {tick_seconds} s take longer than the {days} days until it expires",
            "{tick_seconds}초짜리 {max_ticks}틱은 만료까지의 {days}일보다 깁니다"
        );
        return Err(Stop::at("ticks", message));
    }
    let offer = Offer::new(&keys, work.state.id(), &order, &mut OsRng).map_err(|error| match error {
        OfferError::Price => Stop::at("rate", error),
        OfferError::Terms(TermsError::SameKey) => Stop::at("viewer", error),
        other => other.into(),
    })?;
    let rate = AmountOpening::public(order.rate);
    let name = format!("session-{:.8}.offer", offer.session().to_string());
    let outcome = show_price(work, &offer, prepayment(&offer, &rate)?);
    Ok(show_offer(outcome, work, &offer, &rate).give_file(name, &offer))
}

/// Shows an offer to whom it is for.
pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (_, offer, rate) = read_offer(values, work)?;
    let outcome = show_price(work, &offer, prepayment(&offer, &rate)?);
    Ok(show_offer(outcome, work, &offer, &rate))
}

/// Opens a session.
pub(super) fn open(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (keys, offer, rate) = read_offer(values, work)?;
    let (terms, all) = (&offer.terms, prepayment(&offer, &rate)?);
    if values.bytes32("session")? != offer.session().0 {
        return Err(Stop::at(
            "session",
            words(
                "the file is of another session than this: check it before you pay",
                "다른 세션의 파일입니다. 지급하기 전에 확인하십시오",
            ),
        ));
    }
    if values.asset("asset", work.state.assets())?.0 != terms.asset {
        return Err(Stop::at(
            "asset",
            say!("the offer asks for another asset, {}", "제안은 다른 자산을 요구합니다: {}", terms.asset),
        ));
    }
    if all > values.amount("at-most", work.state.assets(), &terms.asset)? {
        let all = work.amount_and_name(&terms.asset, all.0);
        return Err(Stop::at(
            "at-most",
            say!("all ticks together cost {all}, which is more", "모든 틱의 값은 {all}(으)로, 한도보다 많습니다"),
        ));
    }
    let (asset, blinding) = (terms.asset, build::blinding(terms));
    let pool = work.state.pool(AssetClass::Ordinary).id();
    let available = work.holder.wallet().balance(pool, asset, work.now).spendable;
    if available < u128::from(all.0) {
        return Err(work.explain(PaymentError::Insufficient { available, amount: all.0 }, &asset));
    }
    let transfer = work.ready(|holder, at| holder.prepare_exit(at, asset, all, blinding, &mut OsRng))?;
    let with = build::open(&keys, &offer, &rate, transfer, &mut OsRng)?;
    let outcome = Outcome::submit(work.prove(with.transaction, vec![with.proof])?)
        .show(words("Prepaid", "미리 낸 금액"), work.amount_and_name(&asset, all.0));
    Ok(show_offer(outcome, work, &offer, &rate))
}

/// An offer that the wallet may take, and its price.
fn read_offer(values: &Values, work: &Work<'_>) -> Result<(StreamingKeys, Offer, AmountOpening), Stop> {
    let offer: Offer = values.decode("offer")?;
    let keys = find_keys(work.seed, |keys| keys.public() == offer.terms.viewer);
    let keys = keys.unwrap_or_else(|| StreamingKeys::of_seed(work.seed, 0));
    let rate = offer.check(&keys, work.state.id(), work.now).map_err(|error| match error {
        OfferError::Viewer => Stop::at(
            "offer",
            words(
                "it is for another wallet than this: give the provider your own keys",
                "다른 지갑에 주는 제안입니다. 제공자에게 내 키를 주십시오",
            ),
        ),
        other => Stop::at("offer", other),
    })?;
    Ok((keys, offer, rate))
}

fn prepayment(offer: &Offer, rate: &AmountOpening) -> Result<NoteValue, Stop> {
    let too_much = || {
        Stop::at(
            "offer",
            words("all ticks together cost more than can be paid", "모든 틱의 값이 지급할 수 있는 한도를 넘습니다"),
        )
    };
    build::prepayment(&offer.terms, rate).ok_or_else(too_much)
}

fn show_price(work: &Work<'_>, offer: &Offer, all: NoteValue) -> Outcome {
    Outcome::new().show(words("To prepay", "미리 낼 금액"), work.amount_and_name(&offer.terms.asset, all.0))
}

/// All of an offer's terms.
fn show_offer(outcome: Outcome, work: &Work<'_>, offer: &Offer, rate: &AmountOpening) -> Outcome {
    let terms = &offer.terms;
    outcome
        .show(SESSION, Value::code(offer.session()))
        .show(words("Provider", "제공자"), Value::code(hex::encode(terms.provider)))
        .show(words("Price of a tick", "틱당 가격"), work.amount_and_name(&terms.asset, rate.value().0))
        .show(words("Length of a tick, in seconds", "틱 길이(초)"), Value::number(terms.tick_seconds))
        .show(words("Prepaid ticks", "미리 내는 틱"), Value::number(terms.max_ticks))
        .show(words("Asset", "자산"), Value::code(terms.asset))
        .show(words("Everybody sees the price", "가격 공개"), terms.sealed.is_none())
        .show(words("Expires", "만료"), terms.expires)
        .show(
            words("To show a higher tick, in seconds", "더 높은 틱을 보일 기한(초)"),
            Value::number(terms.dispute_seconds),
        )
}

//! Bids of the wallet: made, shown, revealed, taken, reclaimed.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_energy_rules::{
    BidTerms, Interval, MarketTerms, Side,
    bid::{Payout, Stage},
    state::Outcome as Cleared,
    terms::MAX_LOTS,
};
use tabella_protocol::note::{AssetId, Timestamp};
use tabella_prover::builder::Blinding;

use super::{Chosen, entry, kilowatt_hours, one_of, own_keys, settle, shown};
use crate::{
    bid::{BidError, OwnBid},
    build,
};

pub(super) const fn of_side(side: Side) -> Words {
    match side {
        Side::Buy => words("buy", "구매"),
        Side::Sell => words("sell", "판매"),
    }
}

fn has_come(time: Option<Timestamp>, now: Timestamp) -> bool {
    time.is_some_and(|time| now >= time)
}

pub(super) fn bid(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { id, terms, .. } = Chosen::of(values, work)?;
    let keys = own_keys(values, work)?;
    // As it was typed: while notes are merged, the time of another interval may come.
    let interval: u32 = values.parse("interval")?;
    let side = match values.choice("side", &["buy", "sell"])? {
        "buy" => Side::Buy,
        _ => Side::Sell,
    };
    if values.asset("asset", work.state.assets())?.0 != terms.payment {
        return Err(Stop::at(
            "asset",
            say!("this market is paid in another asset, {}", "이 시장은 다른 자산으로 지급합니다: {}", terms.payment),
        ));
    }
    let price = values.amount("price", work.state.assets(), &terms.payment)?.0;
    let said = BidTerms { lots: values.parse("lots")?, price };
    if !(1..=MAX_LOTS).contains(&said.lots) {
        return Err(Stop::at("lots", say!("a bid is of 1 to {MAX_LOTS} lots", "입찰은 1–{MAX_LOTS}단위입니다")));
    }
    if !said.is_within(terms) {
        let [tick, most] = [terms.tick, terms.max_price].map(|price| work.amount_and_name(&terms.payment, price));
        return Err(Stop::at(
            "price",
            say!(
                "the price of a lot is from {tick} to {most}, in steps of {tick}",
                "한 단위의 값은 {tick}부터 {most}까지이며 {tick} 간격입니다"
            ),
        ));
    }
    let own = OwnBid::new(&keys, (id, terms), (interval, side), said, work.now, &mut OsRng);
    let own = own.map_err(|error| match error {
        BidError::Window { interval, .. } => {
            let (from, until) = (shown(terms.ends(interval)), shown(terms.closes(interval)));
            Stop::at(
                "interval",
                say!(
                    "bids for interval {interval} are taken from {from} until {until}",
                    "구간 {interval}의 입찰은 {from}부터 {until}까지 받습니다"
                ),
            )
        }
        other => other.into(),
    })?;
    let (asset, locked) = (own.asset(terms)?, own.locked(terms));
    let at = work.moment();
    let exit = work.holder.prepare_exit(&at, asset, locked.value(), Blinding::Random, &mut OsRng);
    let exit = exit.map_err(|error| work.explain(error, &asset))?;
    let exit = work.ready(|_, _| Ok::<_, Stop>(exit))?;
    let with = build::bid(work.state.id(), &own, &locked, exit, &mut OsRng)?;
    let time = |time: Option<Timestamp>| time.unwrap_or(Timestamp::MAX);
    Ok(Outcome::submit(settle(work, with)?)
        .show(words("Market", "시장"), terms.name.as_str())
        .show(words("In the auction of interval", "경매의 구간"), Value::number(interval))
        .show(words("Bid to", "입찰"), of_side(side))
        .show(words("Lots", "로트"), Value::number(said.lots))
        .show(words("Your limit", "내가 적은 가격"), work.amount_and_name(&terms.payment, said.price))
        .show(words("Asset of payment", "지급 자산"), Value::code(terms.payment))
        .show(words("Locked", "묶어 둔 것"), work.amount_and_name(&asset, locked.value().0))
        .show(words("Reveal it from", "공개 시작"), time(terms.closes(interval)))
        .show(words("Reveal it before", "공개 마감"), time(terms.revealed_by(interval))))
}

/// What is to be done about a bid.
fn next_step(terms: &MarketTerms, own: &OwnBid, stage: &Stage, outcome: &Cleared, now: Timestamp) -> Words {
    let interval = own.sealed.interval;
    let is_over = has_come(terms.revealed_by(interval), now);
    match stage {
        Stage::Paid(_) => words("nothing", "없음"),
        Stage::Sealed if is_over => words("take back, less the penalty", "위약금을 빼고 되찾기"),
        Stage::Sealed if has_come(terms.closes(interval), now) => words("reveal now", "지금 공개"),
        Stage::Sealed => words("reveal after the close", "마감 뒤에 공개"),
        Stage::Revealed(_) if *outcome != Cleared::Open || is_over => words("take", "결과 받기"),
        Stage::Revealed(_) => words("wait", "기다리기"),
    }
}

const fn of_stage(stage: &Stage) -> Words {
    match stage {
        Stage::Sealed => words("sealed", "밀봉됨"),
        Stage::Revealed(_) => words("revealed", "공개됨"),
        Stage::Paid(_) => words("paid out", "지급됨"),
    }
}

/// A bid of the wallet with the interval that it is in.
struct Found<'a> {
    own: OwnBid,
    number: u32,
    stage: Stage,
    interval: &'a Interval,
}

impl Found<'_> {
    fn payout(&self, terms: &MarketTerms) -> Option<Payout> {
        self.interval.payout(self.number, terms.lot)
    }
}

/// The wallet's bids of a market.
fn own_bids<'a>(values: &Values, work: &Work<'_>, chosen: &Chosen<'a>) -> Result<Vec<Found<'a>>, Stop> {
    let keys = own_keys(values, work)?;
    let state = chosen.state;
    let all = OwnBid::of_market(&keys, state, chosen.id).filter_map(|(own, stage)| {
        let (number, interval) = (own.id?.number, state.interval(chosen.id, own.sealed.interval)?);
        Some(Found { own, number, stage, interval })
    });
    Ok(all.collect())
}

/// Those with which something was done already and the first with which it is to be done now; that one; and whether no other
/// is to follow.
fn due<'f, 'a>(
    all: &'f [Found<'a>],
    is_done: impl Fn(&Found<'a>) -> bool,
    is_due: impl Fn(&Found<'a>) -> bool,
    nothing: Words,
) -> Result<(Vec<&'f Found<'a>>, &'f Found<'a>, bool), Stop> {
    let mut due = all.iter().filter(|found| is_due(found));
    let next = due.next().ok_or_else(|| Stop::refuse(nothing))?;
    let is_last = due.next().is_none();
    let mut done: Vec<_> = all.iter().filter(|found| is_done(found)).collect();
    done.push(next);
    Ok((done, next, is_last))
}

pub(super) fn bids(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let chosen = Chosen::of(values, work)?;
    let terms = chosen.terms;
    let money = |amount: u64| Value::from(work.amount_and_name(&terms.payment, amount));
    let dash = || Value::from("–");
    let row = |found: &Found<'_>| {
        let (said, payout) = (found.own.said(), found.payout(terms));
        let price = match &found.interval.outcome {
            Cleared::Cleared(clearing) => money(clearing.price),
            Cleared::Open | Cleared::Nothing => dash(),
        };
        vec![
            Value::number(found.own.sealed.interval),
            of_side(found.own.sealed.side).into(),
            Value::number(said.lots),
            money(said.price),
            of_stage(&found.stage).into(),
            price,
            payout.map_or_else(dash, |payout| kilowatt_hours(payout.energy).into()),
            payout.map_or_else(dash, |payout| money(payout.money)),
            next_step(terms, &found.own, &found.stage, &found.interval.outcome, work.now).into(),
        ]
    };
    let table = Value::Table {
        columns: vec![
            words("Interval", "구간"),
            words("Side", "구분"),
            words("Lots", "로트"),
            words("Your limit", "내가 적은 가격"),
            words("Stage", "상태"),
            words("Price", "낙찰가"),
            words("kWh for you", "받을 전력(kWh)"),
            words("Money for you", "받을 금액"),
            words("Next step", "다음 할 일"),
        ],
        rows: own_bids(values, work, &chosen)?.iter().map(row).collect(),
    };
    Ok(Outcome::new().show(words("Your bids", "내 입찰"), table))
}

pub(super) fn reveal(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let chosen = Chosen::of(values, work)?;
    let terms = chosen.terms;
    let all = own_bids(values, work, &chosen)?;
    let is_now = |found: &Found<'_>| {
        let interval = found.own.sealed.interval;
        has_come(terms.closes(interval), work.now) && !has_come(terms.revealed_by(interval), work.now)
    };
    let (done, next, is_last) = due(
        &all,
        |found| is_now(found) && matches!(found.stage, Stage::Revealed(_)),
        |found| is_now(found) && found.stage == Stage::Sealed,
        words(
            "no bid of these keys is to be revealed now: your bids are listed with their next step",
            "지금 공개할 입찰이 이 키에 없습니다. 입찰 목록에 다음 할 일이 나옵니다",
        ),
    )?;
    let outcome = one_of(build::reveal(work.state.id(), &next.own)?, is_last)?;
    let row = |found: &&Found<'_>| {
        let said = found.own.said();
        vec![
            Value::number(found.own.sealed.interval),
            of_side(found.own.sealed.side).into(),
            Value::number(said.lots),
            work.amount_and_name(&terms.payment, said.price).into(),
        ]
    };
    let table = Value::Table {
        columns: vec![
            words("Interval", "구간"),
            words("Side", "구분"),
            words("Lots", "로트"),
            words("Your limit", "내가 적은 가격"),
        ],
        rows: done.iter().map(row).collect(),
    };
    Ok(outcome.show(words("Revealed", "공개한 입찰"), table))
}

/// What bids came to.
fn paid<'a>(work: &Work<'_>, assets: (AssetId, AssetId), rows: impl Iterator<Item = (&'a OwnBid, Payout)>) -> Value {
    let row = |(own, payout): (&OwnBid, Payout)| {
        vec![
            Value::number(own.sealed.interval),
            of_side(own.sealed.side).into(),
            work.amount_and_name(&assets.0, payout.energy).into(),
            work.amount_and_name(&assets.1, payout.money).into(),
        ]
    };
    Value::Table {
        columns: vec![
            words("Interval", "구간"),
            words("Side", "구분"),
            words("Energy", "전력"),
            words("Money", "금액"),
        ],
        rows: rows.map(row).collect(),
    }
}

pub(super) fn take(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let chosen = Chosen::of(values, work)?;
    let terms = chosen.terms;
    let all = own_bids(values, work, &chosen)?;
    let now = work.now;
    let settled =
        |found: &Found<'_>| build::settled((chosen.id, terms), (found.own.sealed.interval, found.interval), now);
    let (done, next, is_last) = due(
        &all,
        |found| matches!(found.stage, Stage::Paid(Some(_))),
        |found| matches!(found.stage, Stage::Revealed(_)) && settled(found).is_some(),
        words(
            "nothing is to be taken: a bid comes to something once it is revealed and the time of revealing is over",
            "받을 것이 없습니다. 입찰은 공개한 뒤 공개 기간이 끝나야 결과가 납니다",
        ),
    )?;
    let assets = (terms.energy_id()?, terms.payment);
    let (cleared, clear) =
        settled(next).ok_or_else(|| Stop::refuse(words("the auction is not over", "경매가 끝나지 않았습니다")))?;
    let payout = cleared.payout(next.number, terms.lot).unwrap_or_default();
    let energy = entry(values, work, (assets.0, payout.energy), Blinding::Public)?;
    let money = entry(values, work, (assets.1, payout.money), Blinding::Public)?;
    let with = build::take(work.state.id(), &next.own, clear, energy, money)?;
    let outcome = one_of(settle(work, with)?, is_last)?;
    let rows = done.iter().filter_map(|found| Some((&found.own, settled(found)?.0.payout(found.number, terms.lot)?)));
    Ok(outcome.show(words("Taken so far", "지금까지 받은 것"), paid(work, assets, rows)))
}

/// What comes back of a bid that was not revealed.
fn back(terms: &MarketTerms, own: &OwnBid) -> Payout {
    let locked = own.locked(terms).value().0;
    let amount = locked.saturating_sub(terms.penalty_of(locked));
    match own.sealed.side {
        Side::Buy => Payout { energy: 0, money: amount },
        Side::Sell => Payout { energy: amount, money: 0 },
    }
}

pub(super) fn reclaim(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let chosen = Chosen::of(values, work)?;
    let terms = chosen.terms;
    let all = own_bids(values, work, &chosen)?;
    let now = work.now;
    let (done, next, is_last) = due(
        &all,
        |found| found.stage == Stage::Paid(None),
        |found| found.stage == Stage::Sealed && has_come(terms.revealed_by(found.own.sealed.interval), now),
        words("nothing is to be taken back", "돌려받을 것이 없습니다"),
    )?;
    let Payout { energy, money } = back(terms, &next.own);
    let transfer = entry(values, work, (next.own.asset(terms)?, energy.max(money)), Blinding::Public)?;
    let with = build::reclaim(work.state.id(), &next.own, next.own.locked(terms).value(), transfer)?;
    let outcome = one_of(settle(work, with)?, is_last)?;
    let rows = done.iter().map(|found| (&found.own, back(terms, &found.own)));
    let table = paid(work, (terms.energy_id()?, terms.payment), rows);
    Ok(outcome.show(words("Taken back so far, less the penalty", "위약금을 빼고 지금까지 되찾은 것"), table))
}

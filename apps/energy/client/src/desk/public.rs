//! The public: what a market has come to, its chart, its auctions cleared, a cloned meter shown.

use tabella_desk::{Message, Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_energy_rules::{EndedRow, IntervalRow, MarketRow, MarketTerms, StoppedRow, state::Outcome as Cleared};
use tabella_protocol::note::{AssetId, Timestamp};
use tabella_verifier::application::{InstanceId, Readable as _};

use super::{Chosen, auction::of_side, kilowatt_hours, shown};
use crate::{audit::Auction, build, chart, meter::SignedReading};

/// The word for how far an interval has come.
fn of_stage(stage: &'static str) -> Words {
    match stage {
        "bidding" => words("bidding", "입찰 중"),
        "revealing" => words("revealing", "공개 중"),
        "to clear" => words("to clear", "결과 확정 전"),
        "nothing traded" => words("nothing traded", "거래 없음"),
        _ => words("cleared", "결과 확정"),
    }
}

/// A number that a row has as text; a dash for none.
fn cell(text: Option<&String>, show: impl Fn(u64) -> String) -> Value {
    let number = text.and_then(|text| text.parse().ok());
    number.map_or_else(|| Value::from("–"), |number| show(number).into())
}

fn intervals(work: &Work<'_>, payment: &AssetId, rows: &[IntervalRow]) -> Value {
    let row = |row: &IntervalRow| {
        vec![
            Value::number(row.interval),
            Value::Time(row.ends),
            Value::number(row.readings),
            Value::number(row.left_out),
            Value::number(row.left_out_minted),
            cell(row.produced.as_ref(), kilowatt_hours),
            cell(row.consumed.as_ref(), kilowatt_hours),
            Value::Text(format!("{} / {}", row.revealed, row.bids)),
            of_stage(row.stage).into(),
            cell(row.price.as_ref(), |price| work.amount_and_name(payment, price)),
            cell(row.lots.as_ref(), |lots| lots.to_string()),
        ]
    };
    Value::Table {
        columns: vec![
            words("Interval", "구간"),
            words("Ends", "끝"),
            words("Meters read", "측정된 계량기"),
            words("Left out", "제외"),
            words("Of these, minted before", "제외 전 발행됨"),
            words("kWh produced", "생산(kWh)"),
            words("kWh consumed", "소비(kWh)"),
            words("Bids revealed / made", "입찰(공개/전체)"),
            words("Stage", "상태"),
            words("Price of a lot", "로트 가격"),
            words("Lots traded", "거래된 로트"),
        ],
        rows: rows.iter().map(row).collect(),
    }
}

/// Both readings that each of them has signed.
fn stopped(rows: &[StoppedRow]) -> Value {
    let row = |row: &StoppedRow| {
        let both = row.messages.iter().zip(&row.signatures);
        let line = |(message, signature)| {
            vec![Value::code(&row.meter), Value::number(row.interval), Value::code(message), Value::code(signature)]
        };
        both.map(line).collect::<Vec<_>>()
    };
    Value::Table {
        columns: vec![
            words("Meter", "계량기"),
            words("Interval", "구간"),
            words("Reading", "측정값"),
            words("Signature", "서명"),
        ],
        rows: rows.iter().flat_map(row).collect(),
    }
}

/// Meters that their certifier has stopped.
fn ended(rows: &[EndedRow]) -> Value {
    let row = |row: &EndedRow| vec![Value::code(&row.meter), Value::number(row.from), Value::code(&row.certifier)];
    Value::Table {
        columns: vec![words("Meter", "계량기"), words("From interval", "정지 시작 구간"), words("Certifier", "인증자")],
        rows: rows.iter().map(row).collect(),
    }
}

/// The interval whose bids are taken at a time, and until when.
fn open_for_bids(terms: &MarketTerms, now: Timestamp) -> Option<(u32, Timestamp)> {
    let ended = terms.interval_at(now)?.checked_sub(1)?;
    let closes = terms.closes(ended)?;
    (now < closes).then_some((ended, closes))
}

pub(super) fn market(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let row: MarketRow = state
        .row(&InstanceId(id.0), work.now)
        .ok_or_else(|| Stop::at("market", words("there is no such market", "없는 시장입니다")))?;
    let minutes = |seconds: u32| Value::number(seconds / 60);
    let amount = |units: u64| work.amount_and_name(&terms.payment, units);
    let outcome = Outcome::new()
        .show(words("Market", "시장"), row.name)
        .show(words("Operator", "운영자"), Value::code(row.operator))
        .show(words("Asset of energy", "전력 자산"), Value::code(row.energy))
        .show(words("Asset of payment", "지급 자산"), Value::code(row.payment))
        .show(words("A lot, in kWh", "한 로트(kWh)"), kilowatt_hours(u64::from(row.lot)))
        .show(words("Step of prices", "가격 단위"), amount(terms.tick))
        .show(words("Highest price of a lot", "로트의 최고 가격"), amount(terms.max_price))
        .show(words("Interval 0 began", "0번 구간 시작"), terms.start)
        .show(words("Minutes of an interval", "구간 길이(분)"), minutes(row.interval_seconds))
        .show(words("Minutes of bidding", "입찰 기간(분)"), minutes(row.bid_seconds))
        .show(words("Minutes of revealing", "공개 기간(분)"), minutes(row.reveal_seconds))
        .show(words("Lost by a bid that is not revealed", "공개하지 않은 입찰의 위약금"), percent(row.penalty))
        .show(words("Meters", "계량기 수"), Value::number(row.meters))
        .show(words("Collectors", "집계자 수"), Value::number(row.collectors))
        .show(words("Meters of a total at least", "합계의 최소 계량기 수"), Value::number(row.smallest_group))
        .show(words("Intervals", "구간"), intervals(work, &terms.payment, &row.intervals));
    let takes_bids = words("Takes bids now: interval", "지금 입찰을 받는 구간");
    let outcome = match open_for_bids(terms, work.now) {
        Some((interval, closes)) => {
            outcome.show(takes_bids, Value::number(interval)).show(words("Takes them until", "입찰 마감"), closes)
        }
        None => outcome.show(takes_bids, words("none", "없음")),
    };
    let outcome = if row.ended.is_empty() {
        outcome
    } else {
        outcome.show(words("Stopped by their certifier", "인증자가 정지한 계량기"), ended(&row.ended))
    };
    if row.stopped.is_empty() {
        return Ok(outcome);
    }
    let label = words("Stopped: two readings of one interval", "정지됨: 한 구간의 서로 다른 두 측정값");
    Ok(outcome.show(label, stopped(&row.stopped)))
}

/// Basis points as percent.
fn percent(basis_points: u16) -> String {
    format!("{} %", tabella_payments::amount::format(u128::from(basis_points), 2))
}

pub(super) fn chart(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let payment = work.state.assets().get(&terms.payment).map(|asset| &asset.description);
    let payment = payment.map_or(("?", 0), |description| (description.name.as_str(), description.decimals));
    let subject = "price, production and consumption (가격, 생산, 소비)";
    let (drawn, svg) = chart::of_market(state, (id, terms), payment, subject);
    Ok(Outcome::new()
        .show(words("Intervals drawn", "그린 구간 수"), Value::number(drawn))
        .show(words("Price, production and consumption", "가격, 생산, 소비"), Value::Picture(svg.clone()))
        .give("energy-chart.svg", svg.into_bytes()))
}

pub(super) fn clear(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let number: u32 = values.parse("interval")?;
    let refuse = |message: Message| Stop::at("interval", message);
    let interval = state
        .interval(id, number)
        .ok_or_else(|| refuse(say!("there are no bids in interval {number}", "구간 {number}에 입찰이 없습니다")))?;
    if terms.revealed_by(number).is_none_or(|until| work.now < until) {
        let until = shown(terms.revealed_by(number));
        return Err(refuse(say!(
            "bids of interval {number} are revealed until {until}: clear it then",
            "구간 {number}의 입찰은 {until}까지 공개합니다. 그 뒤에 청산하십시오"
        )));
    }
    if interval.outcome != Cleared::Open {
        return Err(refuse(say!(
            "the auction of interval {number} is cleared already",
            "구간 {number}의 경매는 이미 청산되었습니다"
        )));
    }
    let outcome = Outcome::submit(build::clear(work.state.id(), (id, number), interval, terms.tick))
        .show(words("Interval", "구간"), Value::number(number));
    Ok(match interval.clear(terms.tick) {
        Cleared::Cleared(clearing) => outcome
            .show(words("Price of a lot", "로트 가격"), work.amount_and_name(&terms.payment, clearing.price))
            .show(words("Lots traded", "거래된 로트"), Value::number(clearing.lots))
            .show(words("kWh of a lot", "한 로트(kWh)"), kilowatt_hours(u64::from(terms.lot))),
        Cleared::Open | Cleared::Nothing => {
            outcome.show(words("Result", "결과"), words("no buy met a sell", "가격이 맞는 구매와 판매가 없음"))
        }
    })
}

/// The bids of an auction as they were opened, what they come to, and whether that is what the ledger says.
pub(super) fn audit(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let number: u32 = values.parse("interval")?;
    let interval = state.interval(id, number).filter(|interval| interval.bids.size() > 0);
    let interval = interval.ok_or_else(|| {
        Stop::at("interval", say!("there are no bids in interval {number}", "구간 {number}에 입찰이 없습니다"))
    })?;
    let audit = Auction::of_log(work.log, (id, number))?.check(work.state.id(), terms, interval);
    let money = |units: u64| Value::from(work.amount_and_name(&terms.payment, units));
    let rows = audit.bids.iter().map(|bid| {
        let dash = || Value::from("–");
        vec![
            Value::number(bid.number),
            of_side(bid.side).into(),
            bid.said.map_or_else(dash, |said| Value::number(said.lots)),
            bid.said.map_or_else(dash, |said| money(said.price)),
            if bid.said.is_some() {
                Value::number(bid.filled)
            } else {
                words("not revealed", "공개되지 않음").into()
            },
        ]
    });
    let table = Value::Table {
        columns: vec![
            words("Bid", "입찰 번호"),
            words("Side", "구분"),
            words("Lots", "로트"),
            words("Limit", "적은 가격"),
            words("Lots filled", "체결된 로트"),
        ],
        rows: rows.collect(),
    };
    let outcome = Outcome::new().show(words("Bids", "입찰"), table);
    let outcome = match audit.found {
        Some(traded) => outcome
            .show(words("Price of a lot, computed here", "여기서 계산한 로트 가격"), money(traded.price))
            .show(words("Lots traded, computed here", "여기서 계산한 거래 로트"), Value::number(traded.lots)),
        None => outcome.show(
            words("Computed here", "여기서 계산한 결과"),
            words("no buy met a sell", "가격이 맞는 구매와 판매가 없음"),
        ),
    };
    let verdict = match (audit.is_cleared, audit.differences.is_empty()) {
        (_, false) => words("no: it differs", "아니요: 다릅니다"),
        (true, true) => words("yes", "예"),
        (false, true) => words("it has stated no result yet", "아직 결과가 확정되지 않음"),
    };
    let outcome = outcome.show(words("The ledger says the same", "원장의 결과와 같음"), verdict);
    Ok(audit
        .differences
        .iter()
        .fold(outcome, |outcome, difference| outcome.show(words("Difference", "다른 점"), difference.to_string())))
}

pub(super) fn expose(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let both: [SignedReading; 2] = [values.decode("first")?, values.decode("second")?];
    let [first, second] = both.each_ref().map(|signed| &signed.reading);
    let place = |reading: &tabella_energy_rules::Reading| (reading.market, reading.meter, reading.interval);
    if place(first) != place(second) {
        return Err(Stop::at(
            "second",
            words(
                "this is not of the same meter and interval: it shows nothing",
                "같은 계량기와 구간의 것이 아니므로 아무것도 보이지 못합니다",
            ),
        ));
    }
    if first.message() == second.message() {
        return Err(Stop::at(
            "second",
            words(
                "both files hold the same reading: it shows nothing",
                "두 파일의 검침이 같으므로 아무것도 보이지 못합니다",
            ),
        ));
    }
    Ok(Outcome::submit(build::expose(work.state.id(), &both))
        .show(words("Stopped meter", "정지된 계량기"), Value::code(hex::encode(first.meter)))
        .show(words("Interval", "구간"), Value::number(first.interval)))
}

//! A household: its keys, its meters, and what they have read.

use rand_core::OsRng;
use tabella_desk::{Outcome, Stop, Value, Values, Work, at, say, words};
use tabella_energy_rules::MeterRecord;
use tabella_prover::builder::Blinding;

use super::{Chosen, entry, kilowatt_hours, markets, one_of, own_keys, settle, show_meter};
use crate::{
    build,
    data::{DataError, MeterData, Standing},
    meter::{MeterCertificate, SignedReading},
    reading::{OwnReading, Readings},
};

pub(super) fn keys(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = own_keys(values, work)?;
    Ok(Outcome::new().show(words("Your keys for energy", "내 전력 키"), Value::code(keys.public())))
}

pub(super) fn register(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let certificate: MeterCertificate = values.decode("certificate")?;
    let record = certificate.request.record;
    let state = markets(work)?;
    let market = state.market(&record.market);
    let market = market.ok_or_else(|| {
        Stop::at("certificate", words("its market is not on this ledger", "이 원장에 그 시장이 없습니다"))
    })?;
    if state.meter(&record.meter.signer).is_some() {
        return Err(Stop::at("certificate", words("this meter is registered already", "이미 등록된 계량기입니다")));
    }
    let outcome = Outcome::submit(build::register(work.state.id(), &certificate));
    Ok(show_meter(outcome, &market.terms, &record))
}

/// What the file of a real meter gives for the intervals of a market.
pub(super) fn file(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { terms, .. } = Chosen::of(values, work)?;
    let text = std::str::from_utf8(&values.file("file")?.bytes);
    let text = text.map_err(|_| {
        Stop::at(
            "file",
            words(
                "this file is no text: choose Green Button (XML) or CSV",
                "글로 된 파일이 아닙니다. Green Button(XML)이나 CSV 파일을 고르십시오",
            ),
        )
    })?;
    let data = MeterData::read(text).map_err(|error| match error {
        DataError::Line { line, what } => {
            Stop::at("file", say!("line {line}", "{line}번째 줄을 읽을 수 없습니다").detail(what))
        }
        other => Stop::at("file", other),
    })?;
    let data = data.by_interval(terms).map_err(at("file"))?;
    let row = |(interval, [produced, consumed]): (&u32, &[u64; 2])| {
        let standing = match Standing::of(terms, *interval, work.now) {
            Standing::Running => words("not over yet", "아직 끝나지 않음"),
            Standing::Open => words("taken now", "지금 올릴 수 있음"),
            Standing::Closed => words("closed: too late", "마감되어 올릴 수 없음"),
        };
        vec![
            Value::number(interval),
            terms.ends(*interval).map_or_else(|| Value::from("–"), Value::from),
            kilowatt_hours(*produced).into(),
            kilowatt_hours(*consumed).into(),
            standing.into(),
        ]
    };
    let table = Value::Table {
        columns: vec![
            words("Interval", "구간"),
            words("Ends", "끝"),
            words("kWh produced", "생산(kWh)"),
            words("kWh consumed", "소비(kWh)"),
            words("Reading", "측정값"),
        ],
        rows: data.readings.iter().map(row).collect(),
    };
    let left_out: Vec<String> = data.incomplete.iter().map(u32::to_string).collect();
    let outcome = Outcome::new().show(words("What the file gives", "파일에서 읽은 값"), table);
    Ok(if left_out.is_empty() {
        outcome
    } else {
        let label = words("Left out, because the file covers them in part", "일부만 들어 있어 제외한 구간");
        outcome.show(label, left_out.join(", "))
    })
}

/// What a meter is that a reading is of.
fn record(work: &Work<'_>, signed: &SignedReading) -> Result<MeterRecord, Stop> {
    let meter = markets(work)?.meter(&signed.reading.meter);
    let unknown = || {
        say!(
            "meter {} is not registered on this ledger",
            "이 원장에 등록되지 않은 계량기입니다: {}",
            hex::encode(signed.reading.meter)
        )
    };
    Ok(meter.ok_or_else(|| Stop::at("readings", unknown()))?.record)
}

pub(super) fn attest(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = own_keys(values, work)?;
    let mut all: Vec<SignedReading> = values.decode_all("readings")?;
    all.sort_by_key(|signed| (signed.reading.meter, signed.reading.interval));
    let state = markets(work)?;
    all.iter().try_for_each(|signed| record(work, signed).map(|_| ()))?;
    let is_due = |signed: &&SignedReading| {
        let stored = state.reading(&signed.reading.meter, signed.reading.interval);
        stored.is_none_or(|stored| stored.message != signed.reading.message())
    };
    let mut due = all.iter().filter(is_due);
    let next = due.next().ok_or_else(|| {
        Stop::at("readings", words("all of them are on the ledger already", "모두 이미 원장에 있습니다"))
    })?;
    let attest = build::attest(&keys, work.state.id(), &record(work, next)?, next, &mut OsRng);
    let outcome = one_of(attest.map_err(|error| Stop::at("readings", error))?, due.next().is_none())?;
    let row = |signed: &SignedReading| {
        vec![Value::code(hex::encode(signed.reading.meter)), Value::number(signed.reading.interval)]
    };
    let table = Value::Table {
        columns: vec![words("Meter", "계량기"), words("Interval", "구간")],
        rows: all.iter().map(row).collect(),
    };
    Ok(outcome.show(words("Readings on the ledger", "원장에 올린 측정값"), table))
}

pub(super) fn readings(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, .. } = Chosen::of(values, work)?;
    let keys = own_keys(values, work)?;
    let readings = Readings::of_log(work.log, id)?;
    let row = |own: OwnReading| {
        let stored = state.reading(&own.meter, own.interval);
        vec![
            Value::code(hex::encode(own.meter)),
            Value::number(own.interval),
            kilowatt_hours(own.produced.value().0).into(),
            kilowatt_hours(own.consumed.value().0).into(),
            stored.is_some_and(|stored| stored.is_minted).into(),
            stored.is_some_and(|stored| stored.is_left_out).into(),
        ]
    };
    let table = Value::Table {
        columns: vec![
            words("Meter", "계량기"),
            words("Interval", "구간"),
            words("kWh produced", "생산(kWh)"),
            words("kWh consumed", "소비(kWh)"),
            words("In a wallet", "지갑에 담음"),
            words("Left out of the total", "합계에서 빠짐"),
        ],
        rows: readings.own(&keys, state).map(row).collect(),
    };
    Ok(Outcome::new().show(words("What your meters have read", "내 계량기의 측정값"), table))
}

pub(super) fn mint(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let keys = own_keys(values, work)?;
    let chosen: Option<u32> = values.optional("interval")?;
    let readings = Readings::of_log(work.log, id)?;
    let is_minted = |own: &OwnReading| state.reading(&own.meter, own.interval).is_none_or(|stored| stored.is_minted);
    let is_meant =
        |own: &OwnReading| own.produced.value().0 > 0 && chosen.is_none_or(|interval| interval == own.interval);
    let (done, due): (Vec<_>, Vec<_>) = readings.own(&keys, state).filter(is_meant).partition(is_minted);
    // A meter that was stopped keeps no other from minting.
    let (due, stopped): (Vec<_>, Vec<_>) = due.into_iter().partition(|own| own.is_good(state));
    if let (true, Some(own)) = (due.is_empty(), stopped.first()) {
        return Err(Stop::refuse(say!(
            "your meter is stopped, and mints nothing of interval {}",
            "계량기가 정지되어 구간 {}의 토큰을 받을 수 없습니다",
            own.interval
        )));
    }
    let [next, later @ ..] = due.as_slice() else {
        return Err(Stop::refuse(words(
            "nothing of what your meters have read is to be put into a wallet",
            "계량기가 읽은 것 가운데 지갑에 넣을 것이 없습니다",
        )));
    };
    let produced = (terms.energy_id()?, next.produced.value().0);
    let transfer = entry(values, work, produced, Blinding::Random)?;
    let transfer = transfer.ok_or_else(|| Stop::refuse(words("nothing was produced", "생산한 것이 없습니다")))?;
    let with = build::mint(&keys, work.state.id(), next, transfer, &mut OsRng)?;
    let outcome = one_of(settle(work, with)?, later.is_empty())?;
    let row = |own: &OwnReading| vec![Value::number(own.interval), kilowatt_hours(own.produced.value().0).into()];
    let table = Value::Table {
        columns: vec![words("Interval", "구간"), words("kWh produced", "생산(kWh)")],
        rows: done.iter().chain([next]).map(row).collect(),
    };
    Ok(outcome.show(words("In a wallet so far", "지금까지 지갑에 담은 전력"), table))
}

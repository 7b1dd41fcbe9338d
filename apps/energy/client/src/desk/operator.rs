//! The grid operator, who opens a market; certifiers of its meters; collectors of its totals.

use ed25519_dalek::SigningKey;
use rand_core::{OsRng, RngCore as _};
use tabella_desk::{Message, Outcome, Stop, Value, Values, Work, say, words};
use tabella_energy_rules::{
    MarketTerms, PartyKeys, Side, TermsError,
    terms::{ENERGY_DECIMALS, MIN_GROUP},
};
use tabella_payments::issuer::IssuerKey;
use tabella_protocol::{
    asset::{AssetClass, AssetDescription},
    note::NoteValue,
    transaction::MAX_ACTIONS,
};
use tabella_prover::builder::Blinding;

use super::{Chosen, entry, markets, one_of, own_keys, settle, show_meter, shown};
use crate::{
    build,
    meter::{MeterError, MeterRequest},
    reading::{ReadingError, Readings, subtotal},
};

/// The longest interval or window, in minutes.
const MAX_MINUTES: u32 = 43_200;

/// The Ed25519 key of an operator or a certifier.
fn signing_key(values: &Values) -> Result<SigningKey, Stop> {
    Ok(values.key_file::<IssuerKey>("key", "passphrase")?.into_key())
}

/// A length in seconds, of a field in minutes.
fn seconds(values: &Values, field: &str, default: u32) -> Result<u32, Stop> {
    let minutes = values.optional(field)?.unwrap_or(default);
    let is_length = (1..=MAX_MINUTES).contains(&minutes);
    if is_length {
        Ok(minutes * 60)
    } else {
        Err(Stop::at(field, say!("this is 1 to {MAX_MINUTES} minutes", "1–{MAX_MINUTES}분입니다")))
    }
}

/// What each line of a field says.
fn lines<T>(values: &Values, field: &str, read: impl Fn(&str) -> Result<T, Message>) -> Result<Vec<T>, Stop> {
    let lines = values.optional_text(field).unwrap_or_default().lines().map(str::trim).enumerate();
    let given = lines.filter(|(_, line)| !line.is_empty());
    given
        .map(|(index, line)| {
            let place = (format!("line {}", index + 1), format!("{}번째 줄", index + 1));
            read(line).map_err(|message| Stop::at(field, message.at(place)))
        })
        .collect()
}

fn hex_key(text: &str) -> Result<[u8; 32], Message> {
    let mut key = [0; 32];
    hex::decode_to_slice(text, &mut key).map_err(|_| {
        words("a certifier's key has 64 characters, 0 to 9 and a to f", "인증자의 키는 0–9와 a–f로 된 64자입니다")
    })?;
    Ok(key)
}

/// Where what is wrong with the terms was filled in.
fn misfit(error: TermsError) -> Stop {
    let field = match error {
        TermsError::Certifiers => "certifiers",
        TermsError::Collectors => "collectors",
        TermsError::Payment => "payment",
        TermsError::Length("interval") => "interval",
        TermsError::Length("window of revealing") => "revealing",
        TermsError::Length(_) | TermsError::Overlap => "bidding",
        TermsError::Lot => "lot",
        TermsError::Price => "max-price",
        TermsError::Bids => "max-bids",
        TermsError::Penalty => "penalty",
        TermsError::Group => "smallest-group",
        TermsError::Start => "start",
        _ => "name",
    };
    Stop::at(field, error)
}

fn terms(values: &Values, work: &Work<'_>, operator: [u8; 32]) -> Result<MarketTerms, Stop> {
    let assets = work.state.assets();
    let (payment, asset) = values.asset("payment", assets)?;
    if asset.description.class != AssetClass::Ordinary {
        return Err(Stop::at(
            "payment",
            words("a market is paid in an ordinary asset", "시장의 지급 자산은 일반 자산이어야 합니다"),
        ));
    }
    let name = values.text("name")?.to_owned();
    let certifiers = lines(values, "certifiers", hex_key)?;
    let interval_seconds = seconds(values, "interval", 15)?;
    let mut nonce = [0; 32];
    OsRng.fill_bytes(&mut nonce);
    Ok(MarketTerms {
        energy: AssetDescription {
            issuer: operator,
            name: format!("kWh of {name}"),
            decimals: ENERGY_DECIMALS,
            // Sealed before any is issued: no cap is ever reached.
            cap: 1,
            class: AssetClass::Ordinary,
            uid: None,
            body: nonce,
        },
        name,
        operator,
        certifiers: if certifiers.is_empty() { vec![operator] } else { certifiers },
        collectors: lines(values, "collectors", |line| Ok(line.parse::<PartyKeys>()?))?,
        payment,
        start: if values.is_given("start") { values.time("start")? } else { work.now },
        interval_seconds,
        bid_seconds: seconds(values, "bidding", interval_seconds / 60)?,
        reveal_seconds: seconds(values, "revealing", 60)?,
        lot: values.optional("lot")?.unwrap_or(100),
        tick: values.amount("tick", assets, &payment)?.0,
        max_price: values.amount("max-price", assets, &payment)?.0,
        max_bids: values.optional("max-bids")?.unwrap_or(1_000),
        penalty: values.optional("penalty")?.unwrap_or(1_000),
        smallest_group: values.optional("smallest-group")?.unwrap_or(MIN_GROUP),
        nonce,
    })
}

pub(super) fn open(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    markets(work)?;
    let key = signing_key(values)?;
    let terms = terms(values, work, key.verifying_key().to_bytes())?;
    terms.check().map_err(misfit)?;
    let ledger = work.state.id();
    Ok(Outcome::submit(build::open(&key, ledger, &terms))
        .show(words("Market", "시장"), Value::code(terms.id(ledger)))
        .show(words("Energy", "전력 자산"), Value::code(terms.energy_id()?))
        .show(words("Its name", "자산 이름"), terms.energy.name.as_str())
        .show(words("Interval 0 begins", "0번 구간 시작"), terms.start))
}

pub(super) fn penalties(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let key = signing_key(values)?;
    if key.verifying_key().to_bytes() != terms.operator {
        return Err(Stop::at(
            "key",
            words("this is not the key of the market's operator", "이 시장 운영자의 키가 아닙니다"),
        ));
    }
    let waiting = state.market(&id).map_or([0; 2], |market| market.penalties);
    let sides = [(Side::Buy, terms.payment), (Side::Sell, terms.energy_id()?)];
    let mut due = sides.into_iter().zip(waiting).filter(|(_, amount)| *amount > 0);
    let ((side, asset), amount) =
        due.next().ok_or_else(|| Stop::refuse(words("no penalties wait", "기다리는 위약금이 없습니다")))?;
    let transfer = entry(values, work, (asset, amount), Blinding::Public)?;
    let transfer = transfer.ok_or_else(|| Stop::refuse(words("no penalties wait", "기다리는 위약금이 없습니다")))?;
    let with = build::penalties(&key, work.state.id(), id, (side, NoteValue(amount)), transfer)?;
    let outcome = Outcome::submit(settle(work, with)?)
        .show(words("Penalties taken", "받은 위약금"), work.amount_and_name(&asset, amount));
    Ok(match due.next() {
        None => outcome,
        Some(((_, asset), amount)) => outcome.show(
            words("Still waiting: hand the form in again", "남은 위약금: 양식을 다시 제출하십시오"),
            work.amount_and_name(&asset, amount),
        ),
    })
}

/// The request of a meter, and the terms of the market that it is for.
fn request<'a>(values: &Values, work: &Work<'a>) -> Result<(MeterRequest, &'a MarketTerms), Stop> {
    let request: MeterRequest = values.decode("request")?;
    let market = markets(work)?.market(&request.record.market);
    let market = market.ok_or_else(|| {
        Stop::at("request", words("its market is not on this ledger", "이 원장에 그 시장이 없습니다"))
    })?;
    Ok((request, &market.terms))
}

pub(super) fn review(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (request, terms) = request(values, work)?;
    let is_registered = markets(work)?.meter(&request.record.meter.signer).is_some();
    Ok(show_meter(Outcome::new(), terms, &request.record)
        .show(words("Signed by the meter", "계량기가 서명함"), request.is_signed())
        .show(words("Registered already", "이미 등록됨"), is_registered))
}

pub(super) fn certify(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (request, terms) = request(values, work)?;
    let meter = hex::encode(request.record.meter.signer);
    // What was read off the device is compared with what the file says.
    if values.bytes32("meter")? != request.record.meter.signer {
        return Err(Stop::at(
            "meter",
            say!("the request is of another meter, {meter}", "다른 계량기의 요청입니다: {meter}"),
        ));
    }
    let certificate = request.certify(&signing_key(values)?, terms).map_err(|error| match error {
        MeterError::Certifier => Stop::at("key", error),
        other => Stop::at("request", other),
    })?;
    let name = format!("meter-certificate-{}.tabella", meter.get(..8).unwrap_or_default());
    Ok(show_meter(Outcome::new(), terms, &request.record).give_file(name, &certificate))
}

/// Stops a meter from an interval on. A reading of it that is on the ledger already is left out of its total.
pub(super) fn stop(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let (signer, from) = (values.bytes32("meter")?, values.parse("interval")?);
    let meter = state.meter(&signer).filter(|meter| meter.record.market == id);
    let meter = meter.ok_or_else(|| {
        Stop::at("meter", words("there is no such meter in this market", "이 시장에 없는 계량기입니다"))
    })?;
    if terms.revealed_by(from).is_some_and(|until| work.now >= until) {
        let until = shown(terms.revealed_by(from));
        return Err(Stop::at(
            "interval",
            say!(
                "its totals are told since {until}: stop the meter from a later one",
                "이 구간의 합계는 {until}부터 공표되어 있습니다. 더 나중 구간부터 정지하십시오"
            ),
        ));
    }
    let readings = Readings::of_log(work.log, id)?;
    let all: Vec<_> = readings.counted(state, signer, from).collect();
    let is_stopped = meter.until.is_some_and(|until| until <= from);
    if is_stopped && all.is_empty() {
        return Err(Stop::at(
            "meter",
            words(
                "this meter is stopped already, and none of its readings from there on counts",
                "이미 정지된 계량기입니다. 그때부터의 검침은 세지 않습니다",
            ),
        ));
    }
    // One place is for the action that stops it.
    let (now, later) = all.split_at(all.len().min(MAX_ACTIONS - 1));
    let ledger = work.state.id();
    // Anybody leaves readings out of a meter that is stopped already.
    let transaction = if is_stopped {
        build::leave_out(ledger, now.iter().copied())
    } else {
        let key = signing_key(values)?;
        if terms.certifiers.get(usize::from(meter.certifier)) != Some(&key.verifying_key().to_bytes()) {
            return Err(Stop::at(
                "key",
                words(
                    "another key has certified this meter, and stops it",
                    "이 계량기는 다른 키로 인증되었으며 그 키로 정지합니다",
                ),
            ));
        }
        build::stop(&key, ledger, (signer, from), now.iter().copied())
    };
    Ok(one_of(transaction, later.is_empty())?
        .show(words("Stopped meter", "정지된 계량기"), Value::code(hex::encode(signer)))
        .show(words("From interval", "정지 시작 구간"), Value::number(from))
        .show(words("Readings left out of totals", "합계에서 뺀 측정값"), Value::number(now.len())))
}

pub(super) fn collect(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let Chosen { state, id, terms } = Chosen::of(values, work)?;
    let keys = own_keys(values, work)?;
    let number = values.parse("interval")?;
    let readings = Readings::of_log(work.log, id)?;
    let told = subtotal(&keys, state, &readings, number, work.state.time());
    let told = told.map_err(|error| match error {
        ReadingError::Waiting { .. } | ReadingError::Shares { .. } | ReadingError::SmallGroup { .. } => {
            Stop::at("interval", error)
        }
        other => other.into(),
    })?;
    let interval = state.interval(id, number);
    let interval = interval.ok_or_else(|| {
        Stop::at("interval", words("nothing was read in this interval", "이 구간에는 검침이 없습니다"))
    })?;
    let own = usize::from(told.0);
    if interval.totals.is_told(own) {
        return Err(Stop::at(
            "interval",
            words("you have told your sums of this interval already", "이 구간의 합계를 이미 알렸습니다"),
        ));
    }
    let is_whole = (0..terms.collectors.len()).all(|other| other == own || interval.totals.is_told(other));
    Ok(Outcome::submit(build::subtotal(&keys, work.state.id(), (id, number), told))
        .show(words("Interval", "구간"), Value::number(number))
        .show(words("You are collector", "집계자 번호"), Value::number(own + 1))
        .show(words("Readings added up", "더한 측정값"), Value::number(interval.totals.readings()))
        .show(words("The total is known now", "이제 합계가 공개됨"), is_whole))
}

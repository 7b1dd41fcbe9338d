//! The market in a page: what households, certifiers, collectors, the grid operator and the public do.

mod auction;
mod errors;
mod forms;
mod household;
mod operator;
mod public;

use rand_core::OsRng;
use tabella_desk::{Desk, Form, Outcome, Stop, Value, Values, Work, words};
use tabella_energy_rules::{EnergyMarkets, MarketId, MarketTerms, MeterRecord, terms::ENERGY_DECIMALS};
use tabella_payments::amount;
use tabella_protocol::{
    note::{AssetId, NoteValue, Timestamp},
    transaction::Transaction,
};
use tabella_prover::builder::{Blinding, UnprovenTransfer};
use tabella_verifier::{application::Readable as _, state::LedgerState};

use crate::{build::WithTransfers, keys::EnergyKeys};

/// The desk of the market for energy.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnergyDesk;

impl Desk for EnergyDesk {
    fn application(&self) -> &'static str {
        EnergyMarkets::NAME
    }

    fn forms(&self) -> &'static [Form] {
        forms::FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "keys" | "collector-keys" => household::keys(values, work),
            "register" => household::register(values, work),
            "file" => household::file(values, work),
            "attest" => household::attest(values, work),
            "readings" => household::readings(values, work),
            "mint" => household::mint(values, work),
            "bid" => auction::bid(values, work),
            "bids" => auction::bids(values, work),
            "reveal" => auction::reveal(values, work),
            "take" => auction::take(values, work),
            "reclaim" => auction::reclaim(values, work),
            "open" => operator::open(values, work),
            "penalties" => operator::penalties(values, work),
            "review" => operator::review(values, work),
            "certify" => operator::certify(values, work),
            "stop" => operator::stop(values, work),
            "collect" => operator::collect(values, work),
            "market" => public::market(values, work),
            "chart" => public::chart(values, work),
            "clear" => public::clear(values, work),
            "audit" => public::audit(values, work),
            "expose" => public::expose(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

/// The markets of the ledger.
fn markets<'a>(work: &Work<'a>) -> Result<&'a EnergyMarkets, Stop> {
    let state: &'a LedgerState = work.state;
    state
        .application()
        .ok_or_else(|| Stop::refuse(words("this ledger has no markets for energy", "이 원장에는 전력 시장이 없습니다")))
}

/// A market that was chosen.
struct Chosen<'a> {
    state: &'a EnergyMarkets,
    id: MarketId,
    terms: &'a MarketTerms,
}

impl<'a> Chosen<'a> {
    fn of(values: &Values, work: &Work<'a>) -> Result<Self, Stop> {
        let (state, id) = (markets(work)?, MarketId(values.bytes32("market")?));
        let market = state.market(&id).ok_or_else(|| {
            Stop::at("market", words("there is no such market on this ledger", "이 원장에 없는 시장입니다"))
        })?;
        Ok(Self { state, id, terms: &market.terms })
    }
}

/// The wallet's keys of the number that was chosen.
fn own_keys(values: &Values, work: &Work<'_>) -> Result<EnergyKeys, Stop> {
    Ok(EnergyKeys::of_seed(work.seed, values.optional("number")?.unwrap_or(0)))
}

/// A transfer that brings an amount into the pool, if it is one: to the address that was filled in, or to the wallet's.
fn entry(
    values: &Values,
    work: &mut Work<'_>,
    (asset, amount): (AssetId, u64),
    blinding: Blinding,
) -> Result<Option<UnprovenTransfer>, Stop> {
    let to = work.recipient(values, "to")?;
    if amount == 0 {
        return Ok(None);
    }
    let at = work.moment();
    Ok(Some(work.holder.prepare_entry(&at, asset, to, NoteValue(amount), blinding, &mut OsRng)?))
}

/// Proves and signs.
fn settle(work: &Work<'_>, with: WithTransfers) -> Result<Transaction, Stop> {
    work.prove(with.transaction, with.proofs)
}

/// The transaction if it is the last of several; each before it goes to the ledger first.
fn one_of(transaction: Transaction, is_last: bool) -> Result<Outcome, Stop> {
    if is_last { Ok(Outcome::submit(transaction)) } else { Err(Stop::First(Box::new(transaction))) }
}

/// Watt-hours as kilowatt-hours.
fn kilowatt_hours(watt_hours: u64) -> String {
    amount::format(u128::from(watt_hours), ENERGY_DECIMALS)
}

/// A time as refusals tell it.
fn shown(time: Option<Timestamp>) -> String {
    crate::data::shown(time.unwrap_or(Timestamp::MAX).seconds())
}

/// What a meter is.
fn show_meter(outcome: Outcome, terms: &MarketTerms, record: &MeterRecord) -> Outcome {
    outcome
        .show(words("Market", "시장"), terms.name.as_str())
        .show(words("Meter", "계량기"), Value::code(hex::encode(record.meter.signer)))
        .show(words("Household", "가정"), Value::code(record.household))
        .show(words("Reads from interval", "읽기 시작하는 구간"), Value::number(record.first))
        .show(words("Most kWh of an interval", "구간의 최대 전력량(kWh)"), kilowatt_hours(record.ceiling))
}

//! Payments by themselves: requests, disclosures, amounts.

use serde::Serialize;
use tabella_payments::{amount, order::OrderError, request::PaymentRequest};
use tabella_protocol::{disclosure::PaymentDisclosure, keys::AddressKind};
use tabella_verifier::files;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::to_js,
    error::{Code, Coded, EngineError},
    logs::{AssetJson, LedgerLog},
    wallet::{MemoJson, memo},
};

#[derive(Serialize)]
struct DisclosureJson {
    #[serde(flatten)]
    label: AssetJson,
    issuer: Option<String>,
    ledger: String,
    entry: u64,
    transaction: String,
    time: u64,
    to: String,
    amount: String,
    memo: Option<MemoJson>,
}

#[derive(Serialize)]
struct RequestedJson {
    #[serde(flatten)]
    label: AssetJson,
    to: String,
    amount: String,
    memo: Option<MemoJson>,
    payee: Option<String>,
    message: Option<String>,
}

/// Reads a request for payments on the ledger of a log.
///
/// # Errors
/// If it is none, or is to be paid on another ledger, or asks for what this one does not have.
#[wasm_bindgen(js_name = readRequest)]
pub fn read_request(text: &str, log: &LedgerLog) -> Result<JsValue, EngineError> {
    let request: PaymentRequest = text.trim().parse().code(Code::Argument)?;
    let assets = log.state().assets();
    let orders = request.orders(log.state().id(), assets).map_err(|error| {
        let code = if matches!(error, OrderError::Ledger { .. }) { Code::Mismatch } else { Code::Argument };
        EngineError::new(code, error)
    })?;
    let payments = request.payments().iter().zip(&orders).map(|(wanted, order)| RequestedJson {
        label: AssetJson::of(assets, &order.asset),
        to: order.to.encode(AddressKind::Payment),
        amount: order.amount.0.to_string(),
        memo: memo(&order.memo),
        payee: wanted.label.clone(),
        message: wanted.message.clone(),
    });
    to_js(&payments.collect::<Vec<_>>())
}

/// Checks a disclosed payment against a log.
///
/// # Errors
/// If the file is none, or proves no payment of this ledger.
#[wasm_bindgen(js_name = checkDisclosure)]
pub fn check_disclosure(file: &[u8], log: &LedgerLog) -> Result<JsValue, EngineError> {
    let disclosure: PaymentDisclosure = files::decode(file).code(Code::Refused)?;
    let place = (0u64..).zip(log.logged());
    let mut found = place.filter(|(_, logged)| logged.transaction.effects.digest() == disclosure.transaction);
    let unknown = || EngineError::new(Code::Mismatch, "the ledger has no such transaction");
    let (entry, logged) = found.next().ok_or_else(unknown)?;
    let sent = disclosure.check(&logged.transaction.effects).code(Code::Refused)?;
    let assets = log.state().assets();
    to_js(&DisclosureJson {
        label: AssetJson::of(assets, &sent.note.asset),
        issuer: assets.get(&sent.note.asset).map(|state| hex::encode(state.description.issuer)),
        ledger: disclosure.ledger.to_string(),
        entry,
        transaction: disclosure.transaction.to_string(),
        time: logged.time.seconds(),
        to: sent.recipient.encode(AddressKind::Payment),
        amount: sent.note.value.0.to_string(),
        memo: memo(&sent.memo),
    })
}

/// An amount in smallest units.
///
/// # Errors
/// If it is none.
#[wasm_bindgen(js_name = parseAmount)]
pub fn parse_amount(text: &str, decimals: u8) -> Result<String, EngineError> {
    Ok(amount::parse(text, decimals).code(Code::Argument)?.to_string())
}

/// An amount as people write it.
///
/// # Errors
/// If it is no number.
#[wasm_bindgen(js_name = formatAmount)]
pub fn format_amount(units: &str, decimals: u8) -> Result<String, EngineError> {
    let units = units.parse::<u128>();
    let units = units.map_err(|_| EngineError::new(Code::Argument, "an amount is a whole number of smallest units"))?;
    Ok(amount::format(units, decimals))
}

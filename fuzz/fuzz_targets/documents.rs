//! Texts that come from outside: payment requests, bank messages, what meters have counted, travel-rule data, what a lock and
//! its user send each other. Nothing panics, and what is written as it was understood is understood alike.

#![no_main]

use borsh::BorshDeserialize as _;
use libfuzzer_sys::fuzz_target;
use tabella_access_lock::{Challenge, LedgerKey, Opening, entry::Entry};
use tabella_energy::{data::MeterData, rules::MarketTerms};
use tabella_payments::request::{MAX_BYTES, PaymentRequest};
use tabella_protocol::note::Timestamp;
use tabella_remittance::{
    iso20022::read_pain001,
    travel::{TravelMessage, day},
};

/// Few inputs would come upon these by chance.
const ORDER: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId><NbOfTxs>1</NbOfTxs></GrpHdr><PmtInf><Dbtr><Nm>A</Nm></Dbtr><CdtTrfTxInf><PmtId><EndToEndId>E</EndToEndId></PmtId>"#;
const ORDER_END: &str = "</CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>";
const METER: &str = "start,seconds,produced_wh,consumed_wh\n2027-01-15T08:00:00Z,900,";

fn payment_request(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [text, &format!("tabella:{text}")] {
        let Ok(request) = text.parse::<PaymentRequest>() else { continue };
        // A memo without content, and characters that need no percent encoding, are printed in one way; that can be longer.
        let printed = request.to_string();
        if printed.len() <= MAX_BYTES {
            let again = printed.parse::<PaymentRequest>().expect("what is printed is a request");
            assert_eq!(again.to_string(), printed);
        }
    }
}

fn bank_order(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [text, &format!("{ORDER}{text}{ORDER_END}")] {
        let _ = read_pain001(text);
    }
}

/// The terms of a market, then a file of a meter.
fn meter_data(mut bytes: &[u8]) {
    let terms = MarketTerms::deserialize(&mut bytes).ok();
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [text, &format!("{METER}{text}")] {
        if let (Ok(data), Some(terms)) = (MeterData::read(text), &terms) {
            let _ = data.by_interval(terms);
        }
    }
}

fn travel_rule(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<TravelMessage>(bytes) else { return };
    let _ = message.ivms101.check(day(Timestamp::MAX));
    let written = serde_json::to_vec(&message).expect("texts are JSON");
    assert!(serde_json::from_slice::<TravelMessage>(&written).is_ok_and(|again| again == message));
}

fn lock(bytes: &[u8]) {
    if let Ok(challenge) = Challenge::from_json(bytes) {
        let _ = challenge.is_by(&challenge.device);
        assert_eq!(Challenge::from_json(challenge.to_json().as_bytes()), Ok(challenge));
    }
    if let Ok(opening) = Opening::from_json(bytes) {
        let _ = Entry::from_bytes(&opening.entry);
        assert_eq!(Opening::from_json(opening.to_json().as_bytes()), Ok(opening));
    }
}

/// A key in the first line, a checkpoint after it.
fn ledger_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (key, note) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(key) = key.parse::<LedgerKey>() {
        assert_eq!(key.to_string().parse::<LedgerKey>().as_ref(), Ok(&key));
        let _ = key.read(note);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 6 {
        0 => payment_request(bytes),
        1 => bank_order(bytes),
        2 => meter_data(bytes),
        3 => travel_rule(bytes),
        4 => lock(bytes),
        _ => ledger_key(bytes),
    }
});

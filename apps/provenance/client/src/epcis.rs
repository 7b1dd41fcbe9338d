//! The history of a thing as events of EPCIS 2.0 (GS1, 2022) in JSON-LD, each under its hash of CBV 2.0, section 8.9.2.
//!
//! Whoever keeps such events can check with any implementation of the hash that none was altered. The events say where on the
//! ledger they come from; what is on the ledger is the proof, and the event its translation.

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tabella_protocol::{
    keys::{Address, AddressKind},
    note::{AssetId, Timestamp},
};
use tabella_provenance_rules::{Provenance, registry::RegistryId};
use thiserror::Error;

use crate::custody::{Custodian, Event, Step};

/// The JSON-LD context of the standard.
pub const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
/// Where the words of the CBV stand.
const CBV: &str = "https://ref.gs1.org/cbv/";
/// The ledger's times are in UTC.
const OFFSET: &str = "+00:00";

/// Why no events are made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EpcisError {
    /// Not an address under which things can be named.
    #[error(
        "\"{0}\" names nothing: take an address like https://registry.example, with https and without a slash at its end"
    )]
    Base(String),
    /// A time that cannot be written.
    #[error("a time of the ledger is beyond what EPCIS can write")]
    Time,
}

/// What happened, in the words of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum EventType {
    ObjectEvent,
    TransactionEvent,
}

/// A thing of a list, with what sort it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct BizTransaction {
    r#type: &'static str,
    #[serde(rename = "bizTransaction")]
    biz_transaction: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Destination {
    r#type: &'static str,
    destination: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Place {
    id: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpcisEvent {
    r#type: EventType,
    /// Its hash.
    #[serde(rename = "eventID")]
    event_id: String,
    event_time: String,
    event_time_zone_offset: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    certification_info: Option<String>,
    epc_list: Vec<String>,
    action: &'static str,
    biz_step: &'static str,
    disposition: &'static str,
    read_point: Place,
    biz_transaction_list: Vec<BizTransaction>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    destination_list: Vec<Destination>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    event_list: Vec<EpcisEvent>,
}

/// A document of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpcisDocument {
    #[serde(rename = "@context")]
    context: [&'static str; 1],
    r#type: &'static str,
    schema_version: &'static str,
    creation_date: String,
    epcis_body: Body,
}

impl EpcisDocument {
    /// The events.
    #[must_use]
    pub fn events(&self) -> &[EpcisEvent] {
        &self.epcis_body.event_list
    }

    /// The document as text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("text under fixed names")
    }
}

impl EpcisEvent {
    /// Its hash: `ni:///sha-256;<hexadecimal>?ver=CBV2.0`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.event_id
    }

    /// What is hashed: names and values one after the other, in the order of CBV 2.0, bare words as their full addresses. Of
    /// the standard's algorithm this is what our events can have: times are in UTC with milliseconds already, lists of one or two
    /// entries, no extensions, no GS1 keys and no numbers to be brought into one form.
    #[must_use]
    pub fn pre_hash(&self) -> String {
        let mut text = format!("eventType={:?}", self.r#type);
        let mut add = |name: &str, value: &str| {
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        };
        add("eventTime", &self.event_time);
        add("eventTimeZoneOffset", self.event_time_zone_offset);
        if let Some(certification) = &self.certification_info {
            add("certificationInfo", certification);
        }
        let mut epcs: Vec<&String> = self.epc_list.iter().collect();
        epcs.sort();
        for (index, epc) in epcs.into_iter().enumerate() {
            add(if index == 0 { "epcListepc" } else { "epc" }, epc);
        }
        add("action", self.action);
        add("bizStep", &format!("{CBV}BizStep-{}", self.biz_step));
        add("disposition", &format!("{CBV}Disp-{}", self.disposition));
        add("readPointid", &self.read_point.id);
        let pairs = |list: &str, name: &str, prefix: &str, pairs: Vec<(&str, &String)>| {
            let each = pairs.into_iter().map(|(kind, value)| format!("type={CBV}{prefix}-{kind}{name}={value}"));
            let mut each: Vec<String> = each.collect();
            each.sort();
            if each.is_empty() { String::new() } else { format!("{list}{}", each.concat()) }
        };
        let transactions = self.biz_transaction_list.iter().map(|one| (one.r#type, &one.biz_transaction)).collect();
        let destinations = self.destination_list.iter().map(|one| (one.r#type, &one.destination)).collect();
        text.push_str(&pairs("bizTransactionList", "bizTransaction", "BTT", transactions));
        text.push_str(&pairs("destinationList", "destination", "SDT", destinations));
        text
    }

    fn with_id(mut self) -> Self {
        self.event_id = format!("ni:///sha-256;{}?ver=CBV2.0", hex::encode(Sha256::digest(self.pre_hash())));
        self
    }
}

/// A thing, and where its certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The thing.
    pub asset: AssetId,
    /// Its registry.
    pub registry: RegistryId,
    /// Ed25519 key of its certificate's issuer.
    pub issuer: [u8; 32],
}

impl Subject {
    /// A thing as it is registered; `None` if it is not.
    #[must_use]
    pub fn of(state: &Provenance, asset: AssetId) -> Option<Self> {
        let (_, batch) = state.stone_and_batch(&asset)?;
        Some(Self { asset, registry: batch.registry, issuer: batch.issuer })
    }
}

/// What the events of a thing have in common.
struct Translation<'a> {
    base: &'a str,
    epc: String,
    registry: String,
    issuer: String,
}

/// The events of a thing: what everybody sees, and of the hand-overs that are disclosed also to whom. `base` is an address under
/// which the registry names things (CBV 2.0 calls such names private or industry-wide); nothing has to be there.
///
/// # Errors
/// [`EpcisError`].
pub fn document(
    subject: &Subject,
    history: &[Event],
    custody: &[Custodian],
    base: &str,
    created: Timestamp,
) -> Result<EpcisDocument, EpcisError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let host = base.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || base.len() > 200 || !host.bytes().all(is_plain) || host.ends_with('/') {
        return Err(EpcisError::Base(base.to_owned()));
    }
    let Subject { asset, registry, issuer } = subject;
    let translation = Translation {
        base,
        epc: format!("{base}/thing/{asset}"),
        registry: format!("{base}/registry/{registry}"),
        issuer: format!("{base}/issuer/{}", hex::encode(issuer)),
    };
    let mut event_list = Vec::new();
    for (index, event) in history.iter().enumerate() {
        let to = custody.iter().find(|custodian| custodian.event == index).and_then(|custodian| custodian.to);
        translation.translate(event, to, &mut event_list)?;
    }
    Ok(EpcisDocument {
        context: [CONTEXT],
        r#type: "EPCISDocument",
        schema_version: "2.0",
        creation_date: written(created)?,
        epcis_body: Body { event_list },
    })
}

impl Translation<'_> {
    fn translate(&self, event: &Event, to: Option<Address>, list: &mut Vec<EpcisEvent>) -> Result<(), EpcisError> {
        let destination = |address: Address| Destination {
            r#type: "owning_party",
            destination: format!("{}/party/{}", self.base, address.encode(AddressKind::Payment)),
        };
        let order = |kind| {
            vec![BizTransaction {
                r#type: kind,
                biz_transaction: format!("{}/transaction/{}", self.base, event.transaction),
            }]
        };
        let plain = EpcisEvent {
            r#type: EventType::ObjectEvent,
            event_id: String::new(),
            event_time: written(event.time)?,
            event_time_zone_offset: OFFSET,
            certification_info: None,
            epc_list: vec![self.epc.clone()],
            action: "OBSERVE",
            biz_step: "commissioning",
            disposition: "active",
            read_point: Place { id: self.registry.clone() },
            // Where it stands on the ledger. The standard knows no better sort.
            biz_transaction_list: order("cert"),
            destination_list: to.map(destination).into_iter().collect(),
        };
        match &event.step {
            Step::Registered => {
                let certification_info = Some(self.issuer.clone());
                list.push(EpcisEvent { action: "ADD", certification_info, ..plain }.with_id());
            }
            Step::Claimed(_) => {
                list.push(EpcisEvent { biz_step: "receiving", disposition: "in_progress", ..plain }.with_id());
            }
            Step::Moved { is_exchange, .. } => {
                let moved = EpcisEvent { biz_transaction_list: order("po"), ..plain };
                let shipped = EpcisEvent { biz_step: "shipping", disposition: "in_transit", ..moved.clone() };
                let received = EpcisEvent { biz_step: "receiving", disposition: "in_progress", ..moved.clone() };
                list.push(shipped.with_id());
                list.push(received.with_id());
                if *is_exchange {
                    // "An object changes possession and/or ownership."
                    let (biz_step, disposition) = ("accepting", "in_progress");
                    let r#type = EventType::TransactionEvent;
                    list.push(EpcisEvent { r#type, action: "ADD", biz_step, disposition, ..moved }.with_id());
                }
            }
            Step::Reported(_) => {
                list.push(EpcisEvent { biz_step: "holding", disposition: "stolen", ..plain }.with_id());
            }
            Step::Lifted(_) => {
                list.push(EpcisEvent { biz_step: "inspecting", ..plain }.with_id());
            }
        }
        Ok(())
    }
}

/// A time as EPCIS writes it, with milliseconds.
fn written(time: Timestamp) -> Result<String, EpcisError> {
    let seconds = i64::try_from(time.seconds()).map_err(|_| EpcisError::Time)?;
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| EpcisError::Time)?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
}

//! What everybody is shown: registries in a list, and a thing by the id of its asset.

use std::ops::Bound;

use serde::Serialize;
use tabella_protocol::note::{AssetId, Timestamp};
use tabella_verifier::application::{InstanceId, Readable};

use crate::{
    NAME,
    registry::RegistryId,
    state::{Provenance, RegistryState},
};

/// Most issuers that are shown with a registry.
const SHOWN_ISSUERS: usize = 100;

/// A registry or a thing.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Row {
    /// A registry.
    Registry(RegistryRow),
    /// A thing.
    Stone(StoneRow),
}

/// A registry, as everybody sees it.
#[derive(Clone, Debug, Serialize)]
pub struct RegistryRow {
    /// Its name.
    pub name: String,
    /// Ed25519 key of its registrar.
    pub registrar: String,
    /// How often its issuers were changed.
    pub version: u64,
    /// Its issuers; at most 100.
    pub issuers: Vec<IssuerRow>,
    /// How many things are registered.
    pub things: u64,
    /// How many of them are reported as stolen.
    pub stolen: u64,
}

/// An issuer, as everybody sees it.
#[derive(Clone, Debug, Serialize)]
pub struct IssuerRow {
    /// Its name.
    pub name: String,
    /// Its Ed25519 key.
    pub key: String,
    /// Whether it may register.
    pub is_authorised: bool,
    /// How many batches it has registered.
    pub batches: u64,
    /// How many things are in them.
    pub things: u64,
}

/// A thing, as everybody sees it: nothing of its attributes, nothing of its owner.
#[derive(Clone, Debug, Serialize)]
pub struct StoneRow {
    /// Which registry.
    pub registry: String,
    /// Ed25519 key of the issuer of its certificate.
    pub issuer: String,
    /// What kind of thing.
    pub kind: &'static str,
    /// Number of its batch.
    pub batch: u64,
    /// When it was registered, in seconds since 1970.
    pub registered: u64,
    /// Root of the tree of its attributes.
    pub root: String,
    /// Whether it was registered with its measures; `null` if its kind has none. If it was not, nobody has counted its look-alikes,
    /// and the registrar has approved that.
    pub is_measured: Option<bool>,
    /// From how many things of the same measures its issuer has told it apart; 0 if it was not measured.
    pub told_apart: u32,
    /// Whether its note was made.
    pub is_claimed: bool,
    /// How often a theft was reported or lifted.
    pub version: u64,
    /// Since when it is reported as stolen, in seconds since 1970; `null` if it is not.
    pub stolen_since: Option<u64>,
}

impl RegistryRow {
    fn new(state: &RegistryState) -> Self {
        let issuers = state.issuers.iter().take(SHOWN_ISSUERS).map(|(key, issuer)| IssuerRow {
            name: issuer.name.clone(),
            key: hex::encode(key),
            is_authorised: issuer.is_authorised,
            batches: issuer.next,
            things: issuer.stones,
        });
        Self {
            name: state.registry.name.clone(),
            registrar: hex::encode(state.registry.registrar),
            version: state.version,
            issuers: issuers.collect(),
            things: state.issuers.values().map(|issuer| issuer.stones).sum(),
            stolen: state.stolen,
        }
    }
}

impl Provenance {
    /// A thing, as everybody sees it.
    #[must_use]
    pub fn stone_row(&self, asset: &AssetId) -> Option<StoneRow> {
        let (stone, batch) = self.stone_and_batch(asset)?;
        Some(StoneRow {
            registry: batch.registry.to_string(),
            issuer: hex::encode(batch.issuer),
            kind: batch.schema.name(),
            batch: batch.number,
            registered: batch.time.seconds(),
            root: hex::encode(stone.root),
            is_measured: self.is_measured(asset),
            told_apart: stone.told_apart,
            is_claimed: stone.is_claimed,
            version: stone.version,
            stolen_since: stone.theft.map(|theft| theft.since.seconds()),
        })
    }
}

impl Readable for Provenance {
    const NAME: &'static str = NAME;
    type Row = Row;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(RegistryId(id.0)));
        self.registries_from(start).map(|(id, _)| InstanceId(id.0))
    }

    /// A registry by its id, or a thing by the id of its asset.
    fn row(&self, id: &InstanceId, _now: Timestamp) -> Option<Row> {
        if let Some(state) = self.registry(&RegistryId(id.0)) {
            return Some(Row::Registry(RegistryRow::new(state)));
        }
        AssetId::from_bytes(&id.0).and_then(|asset| self.stone_row(&asset)).map(Row::Stone)
    }
}

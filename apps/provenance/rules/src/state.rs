//! What the ledger keeps: registries with their issuers, batches, things, and what identifies them.

use std::collections::BTreeMap;

use rpds::RedBlackTreeMapSync;
use tabella_protocol::{
    note::{AssetId, Timestamp},
    transaction::ApplicationId,
};
use tabella_verifier::application::{Application, Place};

use crate::{
    APPLICATION,
    action::{Authority, ProvenanceAction, ProvenanceProof},
    attribute,
    check::Check,
    registry::{BatchId, Mark, Registry, RegistryId},
    rejection::ProvenanceRejection,
    schema::Schema,
};

/// An issuer in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerState {
    /// Its name.
    pub name: String,
    /// Whether it may register, and report thefts of what it has registered.
    pub is_authorised: bool,
    /// Number of its next batch.
    pub next: u64,
    /// How many things it has registered.
    pub stones: u64,
}

/// A registry and what has become of it.
#[derive(Clone, Debug)]
pub struct RegistryState {
    /// As it was founded.
    pub registry: Registry,
    /// How often its registrar has changed its issuers.
    pub version: u64,
    /// Its issuers, by key; those that may not any more as well.
    pub issuers: RedBlackTreeMapSync<[u8; 32], IssuerState>,
    /// How many things are reported as stolen.
    pub stolen: u64,
}

/// What the things of a batch have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchState {
    /// The registry.
    pub registry: RegistryId,
    /// The issuer.
    pub issuer: [u8; 32],
    /// Its number.
    pub number: u64,
    /// What kind of things.
    pub schema: Schema,
    /// Who may claim them.
    pub holder: [u8; 32],
    /// When it was registered.
    pub time: Timestamp,
}

/// A report of a theft that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theft {
    /// Who has reported it.
    pub by: Authority,
    /// When.
    pub since: Timestamp,
}

/// A thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoneState {
    /// In which batch it was registered.
    pub batch: BatchId,
    /// Root of the tree of its attributes.
    pub root: [u8; 32],
    /// Whether it was registered with its measures.
    pub is_measured: bool,
    /// From how many things of the same measures its issuer has told it apart; 0 if it was not measured.
    pub told_apart: u32,
    /// Whether its note was made.
    pub is_claimed: bool,
    /// How often a theft was reported or lifted.
    pub version: u64,
    /// The theft, if one is reported.
    pub theft: Option<Theft>,
}

/// Things of the same measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Likenesses {
    /// How many.
    pub(crate) count: u32,
    /// The issuer, if all are of one.
    pub(crate) issuer: Option<[u8; 32]>,
}

/// The registries of a ledger, and all that is registered in them.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    registries: RedBlackTreeMapSync<RegistryId, RegistryState>,
    batches: RedBlackTreeMapSync<BatchId, BatchState>,
    /// By the bytes of the asset's id.
    stones: RedBlackTreeMapSync<[u8; 32], StoneState>,
    marks: RedBlackTreeMapSync<(RegistryId, Mark), [u8; 32]>,
    likenesses: RedBlackTreeMapSync<(RegistryId, Mark), Likenesses>,
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct ProvenanceChanges {
    pub(crate) registries: BTreeMap<RegistryId, RegistryState>,
    pub(crate) batches: BTreeMap<BatchId, BatchState>,
    pub(crate) stones: BTreeMap<[u8; 32], StoneState>,
    pub(crate) marks: BTreeMap<(RegistryId, Mark), [u8; 32]>,
    pub(crate) likenesses: BTreeMap<(RegistryId, Mark), Likenesses>,
}

impl Provenance {
    /// A registry.
    #[must_use]
    pub fn registry(&self, id: &RegistryId) -> Option<&RegistryState> {
        self.registries.get(id)
    }

    /// All registries, in the order of their ids.
    pub fn registries(&self) -> impl Iterator<Item = (&RegistryId, &RegistryState)> {
        self.registries.iter()
    }

    pub(crate) fn registries_from(
        &self,
        start: std::ops::Bound<RegistryId>,
    ) -> impl Iterator<Item = (&RegistryId, &RegistryState)> {
        self.registries.range((start, std::ops::Bound::Unbounded))
    }

    /// A batch.
    #[must_use]
    pub fn batch(&self, id: &BatchId) -> Option<&BatchState> {
        self.batches.get(id)
    }

    /// A thing.
    #[must_use]
    pub fn stone(&self, asset: &AssetId) -> Option<&StoneState> {
        self.stones.get(&asset.to_bytes())
    }

    /// A thing, with its batch.
    #[must_use]
    pub fn stone_and_batch(&self, asset: &AssetId) -> Option<(&StoneState, &BatchState)> {
        let stone = self.stone(asset)?;
        Some((stone, self.batch(&stone.batch)?))
    }

    /// All things, by the bytes of their assets' ids.
    pub fn stones(&self) -> impl Iterator<Item = (&[u8; 32], &StoneState)> {
        self.stones.iter()
    }

    /// Whether a thing was registered with its measures; nothing if its kind has none.
    #[must_use]
    pub fn is_measured(&self, asset: &AssetId) -> Option<bool> {
        let (stone, batch) = self.stone_and_batch(asset)?;
        batch.schema.has_measures().then_some(stone.is_measured)
    }

    /// What the asset of a thing is.
    #[must_use]
    pub fn description(&self, asset: &AssetId) -> Option<tabella_protocol::asset::AssetDescription> {
        let (stone, batch) = self.stone_and_batch(asset)?;
        Some(attribute::description(batch.registry, batch.schema, batch.issuer, &stone.root))
    }

    /// The thing that a mark identifies.
    #[must_use]
    pub fn marked(&self, registry: RegistryId, mark: Mark) -> Option<AssetId> {
        self.marks.get(&(registry, mark)).and_then(AssetId::from_bytes)
    }

    /// How many things have the measures of a mark.
    #[must_use]
    pub fn look_alikes(&self, registry: RegistryId, mark: Mark) -> u32 {
        self.likenesses(&(registry, mark)).map_or(0, |likenesses| likenesses.count)
    }

    /// Whether all of them, if there are any, are of one issuer.
    #[must_use]
    pub fn look_alikes_are_of(&self, registry: RegistryId, mark: Mark, issuer: &[u8; 32]) -> bool {
        self.likenesses(&(registry, mark)).is_none_or(|likenesses| likenesses.issuer.as_ref() == Some(issuer))
    }

    pub(crate) fn likenesses(&self, key: &(RegistryId, Mark)) -> Option<&Likenesses> {
        self.likenesses.get(key)
    }

    pub(crate) fn of_mark(&self, key: &(RegistryId, Mark)) -> Option<[u8; 32]> {
        self.marks.get(key).copied()
    }
}

impl Application for Provenance {
    const ID: ApplicationId = APPLICATION;
    type Body = ProvenanceAction;
    type Proof = ProvenanceProof;
    type Changes = ProvenanceChanges;
    type Error = ProvenanceRejection;

    fn check(
        &self,
        changes: &mut ProvenanceChanges,
        action: ProvenanceAction,
        proof: ProvenanceProof,
        place: &mut Place<'_>,
    ) -> Result<(), ProvenanceRejection> {
        Check { state: self, changes, proof, place }.action(action)
    }

    fn execute(&mut self, changes: ProvenanceChanges) {
        for (id, registry) in changes.registries {
            self.registries.insert_mut(id, registry);
        }
        for (id, batch) in changes.batches {
            self.batches.insert_mut(id, batch);
        }
        for (asset, stone) in changes.stones {
            self.stones.insert_mut(asset, stone);
        }
        for (mark, asset) in changes.marks {
            self.marks.insert_mut(mark, asset);
        }
        for (mark, likenesses) in changes.likenesses {
            self.likenesses.insert_mut(mark, likenesses);
        }
    }

    /// A thing that is reported as stolen stands still.
    fn freezes(&self, asset: &AssetId, _now: Timestamp) -> bool {
        self.stone(asset).is_some_and(|stone| stone.theft.is_some())
    }

    /// Until its note is made, which happens once, a thing is in this application's hands: only a claim makes the note. From then
    /// on it moves as any named asset does, and its cap of 1 excludes a second one.
    fn governs(&self, asset: &AssetId) -> bool {
        self.stone(asset).is_some_and(|stone| !stone.is_claimed)
    }
}

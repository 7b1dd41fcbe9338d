//! What readers are told without asking the disk: a picture of the ledger after its last block. The writer makes a new one
//! after each block; readers hold the old one as long as they need it, and nobody waits for anybody.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};
use tabella_ledger::{node::Ledger, store::StoreError};
use tabella_protocol::{
    election::{ElectionId, ElectionManifest},
    note::{AssetId, Timestamp},
    transaction::PoolId,
};
use tabella_verifier::{
    application::{Catalogue, Picture},
    assets::AssetState,
    election::{ElectionPool, Stage, election_log},
    log::{LogHash, Origin},
};

/// How a log is named in URLs: SHA-256 of its origin.
pub(crate) type LogName = [u8; 32];

/// The name of a log in URLs.
pub(crate) fn log_name(origin: &Origin) -> LogName {
    Sha256::digest(origin.as_str()).into()
}

/// What never changes of an election.
#[derive(Debug)]
pub(crate) struct ElectionFacts {
    pub(crate) id: ElectionId,
    pub(crate) manifest: ElectionManifest,
    pub(crate) pool: PoolId,
    pub(crate) log: Origin,
    pub(crate) log_name: LogName,
    pub(crate) voters: usize,
    pub(crate) total_weight: u64,
    pub(crate) trustees: Vec<String>,
    pub(crate) threshold: u16,
    pub(crate) distribution_transfers: u64,
}

/// What changes.
#[derive(Clone, Debug)]
pub(crate) struct ElectionView {
    pub(crate) facts: Arc<ElectionFacts>,
    pub(crate) stage: Stage,
    pub(crate) entries: u64,
    pub(crate) root: LogHash,
    pub(crate) ballots: u64,
    pub(crate) counted: u64,
    pub(crate) transfers: u64,
    pub(crate) early_transfers: u64,
}

impl ElectionView {
    fn new(pool: &ElectionPool, ledger: &Origin) -> Option<Self> {
        let log = election_log(ledger, pool.id()).ok()?;
        let facts = ElectionFacts {
            id: pool.id(),
            manifest: pool.manifest().clone(),
            pool: pool.pool(),
            log_name: log_name(&log),
            log,
            voters: pool.voters(),
            total_weight: pool.total_weight(),
            trustees: pool.trustees().names().to_vec(),
            threshold: pool.trustees().threshold(),
            distribution_transfers: pool.distribution_transfers(),
        };
        Some(Self::with_facts(Arc::new(facts), pool))
    }

    fn with_facts(facts: Arc<ElectionFacts>, pool: &ElectionPool) -> Self {
        Self {
            facts,
            stage: pool.stage().clone(),
            entries: pool.entries(),
            root: pool.log_root(),
            ballots: pool.ballots(),
            counted: pool.counted(),
            transfers: pool.transfers(),
            early_transfers: pool.early_transfers(),
        }
    }

    /// The stage in one word, at a time.
    pub(crate) fn stage_name(&self, now: Timestamp) -> &'static str {
        let manifest = &self.facts.manifest;
        match self.stage {
            Stage::Published(_) => "published",
            Stage::Closed => "closed",
            Stage::Open if now < manifest.opens => "before",
            Stage::Open if now < manifest.closes => "open",
            Stage::Open => "ended",
        }
    }

    /// How many of the voters have a ballot that counts, from 0 to 1.
    pub(crate) fn turnout(&self) -> f64 {
        if self.facts.voters == 0 {
            return 0.0;
        }
        self.counted as f64 / self.facts.voters as f64
    }
}

/// An asset.
#[derive(Clone, Debug)]
pub(crate) struct AssetView {
    pub(crate) id: AssetId,
    pub(crate) state: AssetState,
}

/// The ledger after a block.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) height: u64,
    pub(crate) entries: u64,
    pub(crate) time: Timestamp,
    /// In the order in which they were opened.
    pub(crate) elections: Vec<Arc<ElectionView>>,
    places: BTreeMap<ElectionId, usize>,
    logs: BTreeMap<LogName, usize>,
    /// In the order of their ids.
    pub(crate) assets: Arc<Vec<AssetView>>,
    /// How often applications had changed.
    revision: u64,
    /// Those that are shown, by name.
    applications: BTreeMap<&'static str, Arc<dyn Picture>>,
}

impl View {
    /// The picture of a ledger; what has not changed is taken from an earlier one.
    pub(crate) fn new(ledger: &Ledger, catalogue: &Catalogue, earlier: Option<&Self>) -> Result<Self, StoreError> {
        let state = ledger.state();
        let last = ledger.store().last_block()?;
        let known = |pool: &ElectionPool| earlier.and_then(|view| view.election(&pool.id()));
        let mut elections = Vec::new();
        for pool in state.elections() {
            let view = match known(pool) {
                Some(view) if view.entries == pool.entries() => view.clone(),
                Some(view) => Arc::new(ElectionView::with_facts(view.facts.clone(), pool)),
                None => match ElectionView::new(pool, ledger.name()) {
                    Some(view) => Arc::new(view),
                    None => continue,
                },
            };
            elections.push(view);
        }
        if elections.len() == earlier.map_or(0, |view| view.elections.len()) {
            elections.sort_by_key(|view| earlier.and_then(|earlier| earlier.places.get(&view.facts.id)));
        } else {
            let order: BTreeMap<Origin, usize> =
                ledger.store().logs()?.into_iter().enumerate().map(|(place, origin)| (origin, place)).collect();
            elections.sort_by_key(|view| order.get(&view.facts.log).copied().unwrap_or(usize::MAX));
        }
        let places = elections.iter().enumerate().map(|(place, view)| (view.facts.id, place)).collect();
        let logs = elections.iter().enumerate().map(|(place, view)| (view.facts.log_name, place)).collect();
        let issues = |states: &mut dyn Iterator<Item = &AssetState>| states.map(|state| state.next).sum::<u64>();
        let total = issues(&mut state.assets().iter().map(|(_, state)| state));
        let assets = match earlier {
            Some(view) if issues(&mut view.assets.iter().map(|asset| &asset.state)) == total => view.assets.clone(),
            _ => Arc::new(
                state.assets().iter().map(|(id, state)| AssetView { id, state: state.clone() }).collect::<Vec<_>>(),
            ),
        };
        let revision = state.applications().revision();
        let applications = match earlier {
            Some(view) if view.revision == revision => view.applications.clone(),
            _ => {
                let shown = catalogue.shown().iter();
                shown.filter_map(|shown| Some((shown.name(), shown.picture(state.applications())?))).collect()
            }
        };
        Ok(Self {
            height: last.map_or(0, |block| block.height.get()),
            entries: ledger.entries(),
            time: state.time(),
            elections,
            places,
            logs,
            assets,
            revision,
            applications,
        })
    }

    /// An application that is shown.
    pub(crate) fn application(&self, name: &str) -> Option<&Arc<dyn Picture>> {
        self.applications.get(name)
    }

    /// An election.
    pub(crate) fn election(&self, id: &ElectionId) -> Option<&Arc<ElectionView>> {
        self.elections.get(*self.places.get(id)?)
    }

    /// The election whose log has a name.
    pub(crate) fn election_of_log(&self, name: &LogName) -> Option<&Arc<ElectionView>> {
        self.elections.get(*self.logs.get(name)?)
    }

    /// The elections that are new or have changed since an earlier picture.
    pub(crate) fn changed_since<'a>(&'a self, earlier: &Self) -> Vec<&'a Arc<ElectionView>> {
        let same: BTreeSet<(ElectionId, u64)> =
            earlier.elections.iter().map(|view| (view.facts.id, view.entries)).collect();
        self.elections.iter().filter(|view| !same.contains(&(view.facts.id, view.entries))).collect()
    }
}

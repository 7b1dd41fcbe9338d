//! What the routes work with.

use std::sync::Arc;

use tabella_ledger::clock::Clock;
use tabella_protocol::{note::Timestamp, transaction::LedgerId};
use tabella_verifier::{
    application::Shown,
    groth16::VerifyingKeys,
    log::{CheckpointVerifier, Origin},
};
use tokio::sync::Semaphore;

use crate::{
    board::Boards,
    keys::KeyFiles,
    pages::Pages,
    readers::Readers,
    settings::Settings,
    view::{LogName, View, log_name},
    writer::Shared,
};

/// What never changes of the ledger.
#[derive(Debug)]
pub(crate) struct LedgerFacts {
    pub(crate) id: LedgerId,
    pub(crate) name: Origin,
    pub(crate) log: LogName,
    pub(crate) verifier: CheckpointVerifier,
    pub(crate) production: bool,
    pub(crate) keys: VerifyingKeys,
}

impl LedgerFacts {
    pub(crate) fn new(ledger: &tabella_ledger::node::Ledger) -> Self {
        let keys = ledger.state().keys().clone();
        Self {
            id: ledger.id(),
            name: ledger.name().clone(),
            log: log_name(ledger.name()),
            verifier: ledger.store().verifier().clone(),
            production: !keys.is_empty() && keys.require_production().is_ok(),
            keys,
        }
    }
}

/// The state of the node, shared by all requests.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) facts: LedgerFacts,
    /// The applications that readers are shown.
    pub(crate) shown: Vec<Shown>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) readers: Readers,
    pub(crate) boards: Boards,
    pub(crate) keys: KeyFiles,
    pub(crate) pages: Pages,
    pub(crate) clock: Arc<dyn Clock + Send + Sync>,
    /// Transactions that are decoded at once.
    pub(crate) decoding: Semaphore,
    /// Large bodies that are in memory at once.
    pub(crate) large: Semaphore,
    /// Streams of events.
    pub(crate) listeners: Arc<Semaphore>,
    pub(crate) charts: std::sync::Mutex<crate::routes::elections::Charts>,
    pub(crate) record_keys: std::sync::Mutex<crate::routes::record::RecordKeys>,
    /// Turns true when the node stops: streams end.
    pub(crate) stopping: tokio::sync::watch::Receiver<bool>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The ledger as it is now.
    pub(crate) fn view(&self) -> Arc<View> {
        self.shared.view.load_full()
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

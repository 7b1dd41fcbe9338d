//! A ledger over HTTP, and the board on which an election is prepared. docs/node.md describes every route.
//!
//! The node needs no trust and has no secret but the key that signs its log. It depends on what decides and what remembers,
//! and on nothing that proves: no route could use a witness.
//!
//! Reading order: [`settings`], [`address`] and [`queue`] (who may do how much), `writer`, `view` and `readers` (one writes,
//! the others do not wait), [`board`], `routes`, `server`.

pub mod address;
mod bare;
pub mod board;
mod connections;
mod docs;
mod events;
mod headers;
mod http;
mod keys;
mod metrics;
mod openapi;
mod pages;
pub mod problem;
pub mod queue;
mod readers;
mod routes;
mod server;
pub mod settings;
mod state;
mod view;
mod writer;

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use arc_swap::ArcSwap;
use tabella_ledger::{
    clock::Clock,
    node::{Ledger, NodeError},
    signer::CheckpointSigner,
    store::StoreError,
};
use tabella_verifier::{application::Catalogue, groth16::VerifyingKeys};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    address::RateLimits,
    board::Boards,
    events::Events,
    keys::KeyFiles,
    metrics::Metrics,
    pages::Pages,
    queue::{Capacity, FairQueue},
    readers::Readers,
    settings::Settings,
    state::{App, LedgerFacts, Parts},
    view::View,
    writer::{LedgerSource, Shared, Writer},
};

/// Name of the board's file in the data folder.
pub const BOARD_FILE: &str = "node.db";
/// How often addresses that do nothing are forgotten.
const FORGET: std::time::Duration = std::time::Duration::from_secs(60);
/// Large bodies that are in memory at once.
const LARGE_BODIES: usize = 3;

/// What a node runs on.
pub struct Resources {
    /// The ledger's folder; there is a ledger in it.
    pub ledger: PathBuf,
    /// The file of the board; it is made if it is not there.
    pub board: PathBuf,
    /// The ledger's signing key. None: it is read from the ledger's folder, where it must be plain whenever the ledger is opened.
    pub signer: Option<CheckpointSigner>,
    /// The verifying keys that the ledger accepts.
    pub keys: VerifyingKeys,
    /// The applications of the ledger.
    pub catalogue: Catalogue,
    /// Folder of the files of proving keys, if there is one.
    pub parameters: Option<PathBuf>,
    /// The clock.
    pub clock: Arc<dyn Clock + Send + Sync>,
}

impl std::fmt::Debug for Resources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resources").field("ledger", &self.ledger).field("board", &self.board).finish_non_exhaustive()
    }
}

/// Why a node does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] NodeError),
    /// The ledger's database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The board.
    #[error("the board in {path} cannot be opened: {source}")]
    Board {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        source: rusqlite::Error,
    },
    /// A folder of pages or keys.
    #[error("{path} cannot be read: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What is wrong.
        source: io::Error,
    },
    /// A thread cannot be started, or the numbers not be registered.
    #[error("the node cannot start: {0}")]
    System(String),
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    writer: Option<thread::JoinHandle<()>>,
}

impl Node {
    /// Opens ledger and board, and begins to serve.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(settings: Settings, resources: Resources) -> Result<Self, StartError> {
        let listener = TcpListener::bind(settings.listen)
            .await
            .map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let address =
            listener.local_addr().map_err(|source| StartError::Listen { address: settings.listen, source })?;
        let (stop, stopping) = watch::channel(false);
        let (app, writer) = tokio::task::spawn_blocking(move || prepare(settings, resources, stopping))
            .await
            .map_err(|error| StartError::System(error.to_string()))??;
        let shared = app.shared.clone();
        let writer = thread::Builder::new()
            .name("tabella-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StartError::System(error.to_string()))?;
        let mut stopped = app.stopping.clone();
        let forgetting = shared.clone();
        tokio::spawn(async move {
            let mut time = tokio::time::interval(FORGET);
            loop {
                tokio::select! {
                    _ = time.tick() => forgetting.limits.forget_idle(),
                    _ = stopped.wait_for(|stopping| *stopping) => return,
                }
            }
        });
        let mut told = app.stopping.clone();
        let stop_serving = async move {
            // An error: the node was dropped.
            let _ = told.wait_for(|stopping| *stopping).await;
        };
        // What waits is still written and answered; nothing more is let in.
        let server = tokio::spawn(server::serve(listener, app, stop_serving, move || shared.queue.close()));
        tracing::info!(%address, "listening");
        Ok(Self { address, stop, server, writer: Some(writer) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: lets what has begun end, and returns when the ledger is closed.
    pub async fn stop(mut self) {
        // An error: it has stopped already.
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
        if let Some(writer) = self.writer.take() {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

/// Opens everything. Reading the ledger takes time.
fn prepare(
    settings: Settings,
    resources: Resources,
    stopping: watch::Receiver<bool>,
) -> Result<(App, Writer), StartError> {
    let Resources { ledger: directory, board, signer, keys, catalogue, parameters, clock } = resources;
    let source = LedgerSource { directory: directory.clone(), signer, keys, catalogue, clock: clock.clone() };
    let ledger: Ledger = source.open()?;
    let facts = LedgerFacts::new(&ledger);
    let view = View::new(&ledger, &source.catalogue, None)?;
    let metrics = Metrics::new().map_err(|error| StartError::System(error.to_string()))?;
    metrics.set_ledger(view.height, view.entries);
    let capacity = Capacity {
        items: settings.queue.transactions,
        bytes: settings.queue.mebibytes.saturating_mul(1 << 20),
        items_per_source: settings.queue.transactions_per_address,
    };
    let shared = Arc::new(Shared {
        queue: FairQueue::new(capacity),
        view: ArcSwap::from_pointee(view),
        events: Events::new(),
        limits: RateLimits::new(&settings.limits),
        metrics,
        healthy: AtomicBool::new(true),
    });
    let boards = Boards::open(&board, facts.id, settings.board.clone())
        .map_err(|source| StartError::Board { path: board.clone(), source })?;
    let pages = match &settings.pages {
        Some(folder) => Pages::read(folder).map_err(|source| StartError::Folder { path: folder.clone(), source })?,
        None => Pages::embedded(),
    };
    let key_files = KeyFiles::load(&facts.keys, parameters.as_deref())
        .map_err(|source| StartError::Folder { path: parameters.clone().unwrap_or_default(), source })?;
    let writer = Writer { ledger, source, shared: shared.clone(), block: settings.queue.block.max(1) };
    let cores = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let shown = writer.source.catalogue.shown().to_vec();
    let app = App::new(Parts {
        facts,
        shown,
        shared,
        readers: Readers::new(&directory)?,
        boards,
        keys: key_files,
        pages,
        clock,
        decoding: Semaphore::new(cores),
        large: Semaphore::new(LARGE_BODIES),
        listeners: Arc::new(Semaphore::new(settings.limits.event_streams)),
        charts: std::sync::Mutex::default(),
        record_keys: std::sync::Mutex::default(),
        stopping,
        settings,
    });
    Ok((app, writer))
}

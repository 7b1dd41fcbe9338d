//! Connections for reading: each request has one to itself, and none waits for the writer.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tabella_ledger::store::{Store, StoreError};
use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// Connections that are open at once.
const CONNECTIONS: usize = 8;

/// A pool of connections to the ledger's database, for reading only.
#[derive(Clone, Debug)]
pub(crate) struct Readers(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    directory: PathBuf,
    idle: Mutex<Vec<Store>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// A pool for the ledger of a directory.
    pub(crate) fn new(directory: &Path) -> Result<Self, StoreError> {
        let first = Store::open_for_reading(directory)?;
        Ok(Self(Arc::new(Pool {
            directory: directory.to_owned(),
            idle: Mutex::new(vec![first]),
            permits: Arc::new(Semaphore::new(CONNECTIONS)),
        })))
    }

    /// Reads, on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let pool = self.0.clone();
        let permit = pool.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Problem::new(Kind::Unavailable, "the node is stopping"))?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if nobody waits for it any more.
            let _permit = permit;
            let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let store = match idle {
                Some(store) => store,
                None => Store::open_for_reading(&pool.directory).map_err(store_problem)?,
            };
            let result = work(&store);
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
            result
        });
        done.await.unwrap_or_else(|error| Err(Problem::internal(&error)))
    }
}

/// What a failing store means to a client.
pub(crate) fn store_problem(error: StoreError) -> Problem {
    match error {
        StoreError::NoSuchProof { .. } => Problem::new(Kind::NoSuchProof, error.to_string()),
        StoreError::UnknownLog(_) => Problem::not_found("there is no such log"),
        StoreError::Busy | StoreError::Full => {
            tracing::error!(%error, "the database does not answer");
            Problem::new(Kind::Unavailable, "the database does not answer").retry_after(5)
        }
        error => Problem::internal(&error),
    }
}

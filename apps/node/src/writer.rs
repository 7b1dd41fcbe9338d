//! The one thread that writes to the ledger. It takes what waits, lets the ledger verify it as one batch and commit it as one
//! block, and answers each; meanwhile the next block gathers in the queue.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use serde_json::json;
use tabella_ledger::{
    clock::Clock,
    node::{Accepted, Ledger, NodeError, Refusal},
    signer::CheckpointSigner,
    store::Unlock,
};
use tabella_protocol::transaction::Transaction;
use tabella_verifier::{application::Catalogue, groth16::VerifyingKeys, log::Height};
use tokio::sync::oneshot;

use crate::{
    address::{Doing, RateLimits, Source},
    events::{Events, Topic},
    metrics::Metrics,
    problem::{Kind, Problem},
    queue::{FairQueue, Taken},
    view::View,
};

/// How long the writer waits before it looks for blocks of other processes.
const PATIENCE: Duration = Duration::from_millis(500);
/// Bytes of a block, at most, but for a single larger transaction.
const BLOCK_BYTES: usize = 64 << 20;
/// What a wrong proof costs its sender, in transactions: finding it costs everybody.
const PENALTY: u32 = 20;

/// What a submitter is told.
pub(crate) type Answer = Result<Settled, Problem>;

/// A transaction that is on the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) accepted: Accepted,
    pub(crate) height: u64,
}

/// A transaction that waits.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) transaction: Transaction,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// How the writer opens its ledger again after a fault.
#[derive(Clone)]
pub(crate) struct LedgerSource {
    pub(crate) directory: PathBuf,
    /// None: it is read from the directory, where it must be plain.
    pub(crate) signer: Option<CheckpointSigner>,
    pub(crate) keys: VerifyingKeys,
    pub(crate) catalogue: Catalogue,
    pub(crate) clock: Arc<dyn Clock + Send + Sync>,
}

impl LedgerSource {
    pub(crate) fn open(&self) -> Result<Ledger, NodeError> {
        let (keys, applications, clock) = (self.keys.clone(), self.catalogue.applications(), self.clock.clone());
        let Some(signer) = self.signer.clone() else {
            return Ledger::open_with(&self.directory, keys, applications, clock);
        };
        let unlock: Unlock = Arc::new(move |_: &[u8]| Ok(signer.clone()));
        let mut ledger = Ledger::open_unlocking(&self.directory, unlock, keys, applications, clock)?;
        // Another ledger's key is told now, and not at the first block.
        ledger.unlock()?;
        Ok(ledger)
    }
}

/// What the writer shares with the rest of the node.
pub(crate) struct Shared {
    pub(crate) queue: FairQueue<Job>,
    pub(crate) view: ArcSwap<View>,
    pub(crate) events: Events,
    pub(crate) limits: RateLimits,
    pub(crate) metrics: Metrics,
    /// Whether the last block, or the last look at the database, went well.
    pub(crate) healthy: AtomicBool,
}

pub(crate) struct Writer {
    pub(crate) ledger: Ledger,
    pub(crate) source: LedgerSource,
    pub(crate) shared: Arc<Shared>,
    pub(crate) block: usize,
}

/// Turns false when the writer ends, however it ends.
struct Alive(Arc<Shared>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.healthy.store(false, Ordering::SeqCst);
        self.0.queue.close();
    }
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let shared = self.shared.clone();
        let _alive = Alive(shared.clone());
        loop {
            match shared.queue.take(self.block, BLOCK_BYTES, PATIENCE) {
                Taken::Items(jobs) => self.write(jobs),
                Taken::Nothing => self.follow(),
                Taken::Closed => return,
            }
            let (waiting, bytes) = shared.queue.waiting();
            shared.metrics.set_queue(waiting, bytes);
        }
    }

    /// Reads what other processes have committed.
    fn follow(&mut self) {
        let known = Height::new(self.shared.view.load().height);
        let result = match self.ledger.store().height() {
            Ok(height) if height == known => Ok(()),
            Ok(_) => self.ledger.catch_up(),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &result {
            tracing::error!(%error, "the ledger cannot be read");
        }
        self.shared.healthy.store(result.is_ok(), Ordering::SeqCst);
        self.publish();
    }

    fn write(&mut self, jobs: Vec<(Source, Job)>) {
        let begun = Instant::now();
        let (mut people, mut transactions) = (Vec::new(), Vec::new());
        for (source, Job { transaction, reply }) in jobs {
            people.push((source, reply));
            transactions.push(transaction);
        }
        let count = transactions.len();
        let answers = match self.submit(transactions.clone()) {
            Some(answers) => answers,
            // Something in the block made the program panic. One by one, so that only its sender bears it.
            None => {
                let alone = |transaction| self.submit(vec![transaction]).and_then(|mut answers| answers.pop());
                let panicked = || Err(Problem::new(Kind::Internal, "the node could not verify this transaction"));
                transactions.into_iter().map(alone).map(|answer| answer.unwrap_or_else(panicked)).collect()
            }
        };
        // Whoever has an answer can read what it says.
        self.publish();
        self.shared.metrics.observe_block(count, begun.elapsed());
        for ((source, reply), answer) in people.into_iter().zip(answers) {
            if let Err(problem) = &answer
                && problem.kind() == Kind::Refused
                && costly(problem)
            {
                self.shared.limits.charge(Doing::Submission, source, PENALTY);
            }
            self.shared.metrics.count_submission(answer.as_ref().err().map(Problem::kind));
            // The submitter may have left.
            let _ = reply.send(answer);
        }
    }

    /// Submits a block. `None` if the program panicked; the ledger was opened anew then.
    fn submit(&mut self, transactions: Vec<Transaction>) -> Option<Vec<Answer>> {
        let count = transactions.len();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.ledger.submit(transactions)));
        let unavailable = || Problem::new(Kind::Unavailable, "the ledger cannot take anything now").retry_after(5);
        match outcome {
            Ok(Ok(outcomes)) => {
                self.shared.healthy.store(true, Ordering::SeqCst);
                let height = self.ledger.store().height().map_or(0, Height::get);
                let answer = |outcome| match outcome {
                    Ok(accepted) => Ok(Settled { accepted, height }),
                    Err(refusal) => Err(refused(&refusal)),
                };
                Some(outcomes.into_iter().map(answer).collect())
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "a block could not be written");
                self.shared.healthy.store(false, Ordering::SeqCst);
                Some((0..count).map(|_| Err(unavailable())).collect())
            }
            Err(_) => {
                tracing::error!("a block made the program panic; the ledger is opened anew");
                match self.source.open() {
                    Ok(ledger) => self.ledger = ledger,
                    Err(error) => {
                        tracing::error!(%error, "the ledger cannot be opened");
                        self.shared.healthy.store(false, Ordering::SeqCst);
                        self.shared.queue.close();
                    }
                }
                None
            }
        }
    }

    /// Shows readers the ledger as it is now, and tells listeners what is new.
    fn publish(&self) {
        let before = self.shared.view.load_full();
        let after = match View::new(&self.ledger, &self.source.catalogue, Some(&before)) {
            Ok(view) => Arc::new(view),
            Err(error) => {
                tracing::error!(%error, "the ledger cannot be read");
                return;
            }
        };
        if after.height == before.height {
            return;
        }
        self.shared.view.store(after.clone());
        self.shared.metrics.set_ledger(after.height, after.entries);
        let events = &self.shared.events;
        let blocks = self.ledger.store().blocks_from(Height::new(before.height + 1), 100).unwrap_or_default();
        for block in blocks {
            let data = json!({"height": block.height.get(), "time": block.time.seconds(),
                "first_entry": block.first_entry.get(), "entries": block.entries});
            events.tell(Topic::Block, Some(block.height.get()), data);
        }
        for view in after.changed_since(&before) {
            let id = view.facts.id;
            let earlier = before.election(&id);
            if earlier.is_none_or(|earlier| earlier.stage != view.stage) {
                let stage = view.stage_name(after.time);
                events.tell(Topic::Election(id), None, json!({"id": id.to_string(), "stage": stage}));
            }
            let data = json!({"id": id.to_string(), "ballots": view.ballots, "counted": view.counted,
                "entries": view.entries});
            events.tell(Topic::Turnout(id), None, data);
        }
    }
}

/// A refusal as a client sees it.
fn refused(refusal: &Refusal) -> Problem {
    use tabella_verifier::state::LedgerRejection;
    let rule = match refusal {
        Refusal::Rule(rejection) => match rejection {
            LedgerRejection::Structure(_) => "structure",
            LedgerRejection::Replayed => "duplicate",
            LedgerRejection::Time { .. } => "time",
            LedgerRejection::Open(_) | LedgerRejection::AlreadyOpen(_) => "open",
            LedgerRejection::UnknownElection(_) | LedgerRejection::Election(_) => "election",
            LedgerRejection::Shielded(_) => "assets",
            _ => "other",
        },
        Refusal::Proof => "proof",
        Refusal::Signature => "signature",
        Refusal::Ballot => "ballot",
        Refusal::Ranking => "ranking",
        Refusal::Bridge => "bridge",
        Refusal::Range => "range",
        Refusal::Equation => "equation",
        _ => "other",
    };
    Problem::new(Kind::Refused, refusal.to_string()).with("rule", rule)
}

/// Whether a refusal took a search through the batch.
fn costly(problem: &Problem) -> bool {
    let rule = problem.member("rule").and_then(|rule| rule.as_str());
    rule.is_some_and(|rule| ["proof", "signature", "ballot", "ranking", "bridge", "range", "equation"].contains(&rule))
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    use tabella_ledger::{
        clock::SystemClock,
        store::{KeyFile, Store, StoreError},
    };
    use tabella_verifier::log::Origin;

    use super::*;

    #[test]
    fn ledger_is_opened_again_after_its_key_was_encrypted_by_who_was_given_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("ledger");
        let signer = CheckpointSigner::generate(Origin::new("ledger.test").unwrap(), &mut OsRng);
        Store::create(&directory, signer.clone()).unwrap();
        let source = |signer| LedgerSource {
            directory: directory.clone(),
            signer,
            keys: VerifyingKeys::development(),
            catalogue: Catalogue::standard(),
            clock: Arc::new(SystemClock),
        };
        let (given, read) = (source(Some(signer)), source(None));
        given.open().unwrap();
        read.open().unwrap();
        KeyFile::Encrypted(b"age-encryption.org/v1\n".to_vec()).replace(&directory).unwrap();
        given.open().unwrap();
        assert!(matches!(read.open(), Err(NodeError::Store(StoreError::KeyEncrypted { .. }))));
    }

    #[test]
    fn each_refusal_by_a_proof_has_its_rule_and_is_costly() {
        for (refusal, rule) in [
            (Refusal::Proof, "proof"),
            (Refusal::Signature, "signature"),
            (Refusal::Ballot, "ballot"),
            (Refusal::Ranking, "ranking"),
            (Refusal::Bridge, "bridge"),
            (Refusal::Range, "range"),
            (Refusal::Equation, "equation"),
        ] {
            let problem = refused(&refusal);
            assert_eq!(problem.member("rule").and_then(|rule| rule.as_str()), Some(rule));
            assert!(costly(&problem), "{rule}");
        }
    }
}

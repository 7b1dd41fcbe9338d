//! Logs as this browser has replayed them: that of one election, and the ledger's own.

use ed25519_dalek::VerifyingKey;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_protocol::{
    election::ElectionId,
    note::AssetId,
    transaction::{LedgerId, LoggedTransaction, TransactionDigest},
};
use tabella_verifier::{
    assets::Assets,
    election::{BallotState, ElectionPool, Stage, election_log, open},
    groth16::VerifyingKeys,
    log::{CheckpointVerifier, CompactTree, LogHash, Origin, SignedCheckpoint},
    obligations::Obligations,
    record::FoundBallot,
    state::LedgerState,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{accepted_keys, frames, hash, time, to_js},
    error::{Code, Coded, EngineError},
    json::{QuestionJson, RulesJson, RunoffJson, TrusteesJson, questions, results, runoffs},
    verify::found_to_js,
};

/// Reads a page of entries.
fn entries(bytes: &[u8]) -> Result<Vec<LoggedTransaction>, EngineError> {
    let read = |frame: &[u8]| borsh::from_slice(frame).code(Code::Log);
    frames(bytes)?.into_iter().map(read).collect()
}

/// That a ledger has signed a log of this size and root.
fn check_checkpoint(
    text: &str,
    name: &Origin,
    key: &[u8; 32],
    log: &Origin,
    found: (u64, LogHash),
) -> Result<SignedCheckpoint, EngineError> {
    let key = VerifyingKey::from_bytes(key).code(Code::Argument)?;
    let signed = SignedCheckpoint::from_bytes(text.as_bytes()).code(Code::Log)?;
    let verifier = CheckpointVerifier::new(name.clone(), key).code(Code::Log)?;
    let checkpoint = verifier.verify(&signed, log).code(Code::Log)?;
    if (checkpoint.size(), checkpoint.root()) != found {
        let message =
            format!("the checkpoint is of {} entries and not of the {} that were read", checkpoint.size(), found.0);
        return Err(EngineError::new(Code::Log, message));
    }
    Ok(signed)
}

/// The log of one election.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ElectionLog {
    election: ElectionId,
    accepted: VerifyingKeys,
    pool: Option<ElectionPool>,
    entries: Vec<LoggedTransaction>,
    trackers: Vec<TransactionDigest>,
}

#[derive(Serialize)]
struct StateJson {
    election: String,
    registration: String,
    title: String,
    ledger: String,
    authority: String,
    stage: &'static str,
    opens: u64,
    closes: u64,
    rules: RulesJson,
    questions: Vec<QuestionJson>,
    trustees: TrusteesJson,
    entries: u64,
    log_root: String,
    voters: usize,
    total_weight: u64,
    ballots: u64,
    counted: u64,
    transfers: u64,
    early_transfers: u64,
    distribution_transfers: u64,
    results: Option<Vec<Vec<u64>>>,
    runoffs: Option<Vec<Option<RunoffJson>>>,
}

impl ElectionLog {
    pub(crate) fn pool(&self) -> Result<&ElectionPool, EngineError> {
        self.pool.as_ref().ok_or_else(|| EngineError::new(Code::Log, "the election's opening was not read yet"))
    }

    pub(crate) fn logged(&self) -> &[LoggedTransaction] {
        &self.entries
    }

    fn take(&mut self, entry: LoggedTransaction) -> Result<(), EngineError> {
        let digest = entry.transaction.effects.digest();
        match &mut self.pool {
            None => {
                let pool = open(&entry, entry.transaction.effects.ledger, &self.accepted).code(Code::Log)?;
                if pool.id() != self.election {
                    let message = format!("the log is of election {}, and not of {}", pool.id(), self.election);
                    return Err(EngineError::new(Code::Mismatch, message));
                }
                self.pool = Some(pool);
            }
            Some(pool) => {
                let checked = pool.check(&entry, &self.accepted, pool.entries(), &mut Obligations::new());
                checked.and_then(|checked| pool.execute(checked)).code(Code::Log)?;
            }
        }
        self.trackers.push(digest);
        self.entries.push(entry);
        Ok(())
    }
}

#[wasm_bindgen]
impl ElectionLog {
    /// The empty log of an election.
    ///
    /// # Errors
    /// If the id is none.
    #[wasm_bindgen(constructor)]
    pub fn new(election: &str, accepted: &JsValue) -> Result<ElectionLog, EngineError> {
        Ok(Self {
            election: ElectionId(hash(election, "an election id")?),
            accepted: accepted_keys(accepted)?,
            pool: None,
            entries: Vec::new(),
            trackers: Vec::new(),
        })
    }

    /// How many entries were read.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn entries(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Reads a page of entries.
    ///
    /// # Errors
    /// If an entry breaks a rule; those before it are kept.
    pub fn append(&mut self, frames: &[u8]) -> Result<u32, EngineError> {
        for entry in entries(frames)? {
            self.take(entry)?;
        }
        Ok(self.entries())
    }

    /// Where the election stands.
    ///
    /// # Errors
    /// Before the opening was read.
    pub fn state(&self, now: f64) -> Result<JsValue, EngineError> {
        let (pool, now) = (self.pool()?, time(now)?);
        let manifest = pool.manifest();
        to_js(&StateJson {
            election: pool.id().to_string(),
            registration: manifest.registration.to_string(),
            title: manifest.title.clone(),
            ledger: manifest.ledger.to_string(),
            authority: hex::encode(manifest.authority),
            stage: match pool.stage() {
                Stage::Open if now < manifest.opens => "before",
                Stage::Open if now < manifest.closes => "open",
                Stage::Open => "ended",
                Stage::Closed => "closed",
                Stage::Published(_) => "published",
            },
            opens: manifest.opens.seconds(),
            closes: manifest.closes.seconds(),
            rules: (&manifest.rules).into(),
            questions: questions(manifest),
            trustees: TrusteesJson::of(pool),
            entries: pool.entries(),
            log_root: pool.log_root().to_string(),
            voters: pool.voters(),
            total_weight: pool.total_weight(),
            ballots: pool.ballots(),
            counted: pool.counted(),
            transfers: pool.transfers(),
            early_transfers: pool.early_transfers(),
            distribution_transfers: pool.distribution_transfers(),
            results: results(pool),
            runoffs: runoffs(pool),
        })
    }

    /// That the ledger has signed exactly these entries.
    ///
    /// # Errors
    /// If it has not.
    #[wasm_bindgen(js_name = checkCheckpoint)]
    pub fn check_checkpoint(&self, text: &str, ledger_name: &str, ledger_key: &str) -> Result<(), EngineError> {
        let (pool, key) = (self.pool()?, hash(ledger_key, "a ledger's key")?);
        if LedgerId::derive(ledger_name, &key) != pool.manifest().ledger {
            return Err(EngineError::new(
                Code::Log,
                "the election is on another ledger than that of this name and key",
            ));
        }
        let name = Origin::new(ledger_name).code(Code::Argument)?;
        let log = election_log(&name, pool.id()).code(Code::Argument)?;
        check_checkpoint(text, &name, &key, &log, (pool.entries(), pool.log_root())).map(|_| ())
    }

    /// Where a ballot stands.
    ///
    /// # Errors
    /// If the tracker is none.
    #[wasm_bindgen(js_name = findBallot)]
    pub fn find_ballot(&self, tracker: &str) -> Result<JsValue, EngineError> {
        let tracker = TransactionDigest(hash(tracker, "a tracker")?);
        let place = self.trackers.iter().position(|other| *other == tracker);
        let found = place.zip(self.pool.as_ref()).map(|(entry, pool)| {
            let entry = entry as u64;
            let holds = |state: &BallotState| matches!(state, BallotState::Holds(counted) if counted.entry == entry);
            FoundBallot { entry, counts: pool.nullifier_states().any(holds) }
        });
        found_to_js(found)
    }
}

/// The ledger's own log.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LedgerLog {
    name: Origin,
    key: [u8; 32],
    state: LedgerState,
    tree: CompactTree,
    entries: Vec<LoggedTransaction>,
    signed: Option<SignedCheckpoint>,
}

/// How an asset is shown.
#[derive(Clone, Serialize)]
pub(crate) struct AssetJson {
    pub(crate) asset: String,
    pub(crate) name: String,
    pub(crate) decimals: u8,
}

impl AssetJson {
    pub(crate) fn of(assets: &Assets, id: &AssetId) -> Self {
        let description = assets.get(id).map(|state| &state.description);
        Self {
            asset: id.to_string(),
            name: description.map_or_else(|| "(unknown)".into(), |description| description.name.clone()),
            decimals: description.map_or(0, |description| description.decimals),
        }
    }
}

impl LedgerLog {
    pub(crate) const fn state(&self) -> &LedgerState {
        &self.state
    }

    pub(crate) fn logged(&self) -> &[LoggedTransaction] {
        &self.entries
    }

    /// The newest checkpoint that was checked.
    pub(crate) const fn signed(&self) -> Option<&SignedCheckpoint> {
        self.signed.as_ref()
    }

    /// Whose signature it bears.
    pub(crate) fn verifier(&self) -> Result<CheckpointVerifier, EngineError> {
        let key = VerifyingKey::from_bytes(&self.key).code(Code::Argument)?;
        CheckpointVerifier::new(self.name.clone(), key).code(Code::Log)
    }
}

#[wasm_bindgen]
impl LedgerLog {
    /// The empty log of a ledger.
    ///
    /// # Errors
    /// If name or key are none.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, key: &str, accepted: &JsValue) -> Result<LedgerLog, EngineError> {
        let key = hash(key, "a ledger's key")?;
        let id = LedgerId::derive(name, &key);
        let state = LedgerState::with_applications(id, accepted_keys(accepted)?, catalogue().applications());
        let name = Origin::new(name).code(Code::Argument)?;
        Ok(Self { name, key, state, tree: CompactTree::new(), entries: Vec::new(), signed: None })
    }

    /// The ledger's id.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn id(&self) -> String {
        self.state.id().to_string()
    }

    /// How many entries were read.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn entries(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Reads a page of entries.
    ///
    /// # Errors
    /// If an entry breaks a rule; those before it are kept.
    pub fn append(&mut self, frames: &[u8]) -> Result<u32, EngineError> {
        for entry in entries(frames)? {
            let index = self.entries.len() as u64;
            let checked = self.state.check(&entry, index, &mut Obligations::new()).code(Code::Log)?;
            self.state.execute(checked).code(Code::Log)?;
            self.tree.append(&borsh::to_vec(&entry).code(Code::Internal)?).code(Code::Log)?;
            self.entries.push(entry);
        }
        Ok(self.entries())
    }

    /// That the ledger has signed exactly these entries.
    ///
    /// # Errors
    /// If it has not.
    #[wasm_bindgen(js_name = checkCheckpoint)]
    pub fn check_checkpoint(&mut self, text: &str) -> Result<(), EngineError> {
        let found = (self.tree.size(), self.tree.root());
        self.signed = Some(check_checkpoint(text, &self.name, &self.key, &self.name, found)?);
        Ok(())
    }

    /// The assets.
    ///
    /// # Errors
    /// Never.
    pub fn assets(&self) -> Result<JsValue, EngineError> {
        let assets = self.state.assets();
        to_js(&assets.iter().map(|(id, _)| AssetJson::of(assets, &id)).collect::<Vec<_>>())
    }
}

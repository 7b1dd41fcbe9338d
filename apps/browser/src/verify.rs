//! Verifying: records, receipts, opened ballots.

use std::{hint::black_box, num::NonZeroU32};

use js_sys::Function;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use tabella_protocol::{
    domain::{Use, personal},
    election::{ElectionId, MAGIC},
    hash::{blake2b_256, poseidon, poseidon_hash_each},
    jubjub::{JubjubPoint, spend_authority_base},
    ristretto::{Element, blinding_base},
    transaction::{LedgerId, TransactionDigest},
};
use tabella_verifier::{
    files::{AuditFile, ProvedReceipt, ReceiptFile, decode, kind_of},
    groth16::VerifyingKeys,
    obligations::Culprits,
    record::{FoundBallot, RecordReplay, Verification},
    report::CheckId,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, accepted_keys, from_js, hash, to_js},
    error::{Code, Coded, EngineError},
    json::{ChoiceJson, LedgerJson, VerdictJson, choice},
};

/// A record that is being verified.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RecordVerifier {
    record: Vec<u8>,
    accepted: VerifyingKeys,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    New,
    Replayed(Box<RecordReplay>),
    Verified(Box<Verification>),
}

#[derive(Serialize)]
struct ReplayJson {
    opened: bool,
    entries: u64,
    ballots: usize,
    items: usize,
}

#[derive(Serialize, Deserialize)]
struct CulpritsJson {
    part: u32,
    parts: u32,
    proofs: Vec<u64>,
    signatures: Vec<u64>,
    ballots: Vec<u64>,
    rankings: Vec<u64>,
    bridges: Vec<u64>,
    ranges: Vec<u64>,
    equations: Vec<u64>,
}

impl CulpritsJson {
    fn of(part: u32, parts: u32, culprits: Culprits) -> Self {
        let list = |set: std::collections::BTreeSet<u64>| set.into_iter().collect();
        let Culprits { proofs, signatures, ballots, rankings, bridges, ranges, equations } = culprits;
        Self {
            part,
            parts,
            proofs: list(proofs),
            signatures: list(signatures),
            ballots: list(ballots),
            rankings: list(rankings),
            bridges: list(bridges),
            ranges: list(ranges),
            equations: list(equations),
        }
    }
}

impl From<CulpritsJson> for Culprits {
    fn from(json: CulpritsJson) -> Self {
        let set = |list: Vec<u64>| list.into_iter().collect();
        let CulpritsJson { proofs, signatures, ballots, rankings, bridges, ranges, equations, .. } = json;
        Self {
            proofs: set(proofs),
            signatures: set(signatures),
            ballots: set(ballots),
            rankings: set(rankings),
            bridges: set(bridges),
            ranges: set(ranges),
            equations: set(equations),
        }
    }
}

#[derive(Serialize)]
struct FoundJson {
    entry: u64,
    counts: bool,
}

#[wasm_bindgen]
impl RecordVerifier {
    /// A verifier of the bytes of a record.
    ///
    /// # Errors
    /// If `accepted` holds what is no verifying key.
    #[wasm_bindgen(constructor)]
    pub fn new(record: Vec<u8>, accepted: &JsValue) -> Result<RecordVerifier, EngineError> {
        Ok(Self { record, accepted: accepted_keys(accepted)?, stage: Stage::New })
    }

    /// The cheap checks.
    ///
    /// # Errors
    /// If it was called before.
    pub fn replay(&mut self, progress: Option<Function>) -> Result<JsValue, EngineError> {
        let Stage::New = self.stage else {
            return Err(EngineError::new(Code::Used, "the record was replayed already"));
        };
        let teller = Teller::new(&progress);
        let replay = RecordReplay::new(&self.record, &self.accepted, teller.verification());
        let counts = replay.counts();
        let election = replay.election();
        let told = ReplayJson {
            opened: election.is_some(),
            entries: election.map_or(0, |election| election.pool.entries()),
            ballots: counts.ballots,
            items: counts.proofs
                + counts.signatures
                + counts.ballots
                + counts.rankings
                + counts.bridges
                + counts.ranges
                + counts.equations,
        };
        self.stage = Stage::Replayed(Box::new(replay));
        to_js(&told)
    }

    /// The expensive checks of one part.
    ///
    /// # Errors
    /// If the record was not replayed.
    pub fn check(&self, part: u32, parts: u32, progress: Option<Function>) -> Result<JsValue, EngineError> {
        let Stage::Replayed(replay) = &self.stage else { return Err(out_of_order()) };
        let count = NonZeroU32::new(parts).filter(|parts| part < parts.get());
        let count = count.ok_or_else(|| EngineError::new(Code::Argument, "there is no such part"))?;
        let teller = Teller::new(&progress);
        let culprits = replay.check_part(part, count, &self.accepted, &mut OsRng, teller.verification());
        to_js(&CulpritsJson::of(part, parts, culprits))
    }

    /// The verdict, given what is wrong in each part.
    ///
    /// # Errors
    /// If a part is missing or comes twice.
    pub fn finish(&mut self, culprits: &JsValue) -> Result<JsValue, EngineError> {
        let mut lists: Vec<CulpritsJson> = from_js(culprits, "the culprits of all parts")?;
        let Stage::Replayed(replay) = &self.stage else { return Err(out_of_order()) };
        lists.sort_by_key(|list| list.part);
        let all = lists.len();
        let is_whole = (0..).zip(&lists).all(|(part, list)| list.part == part && list.parts as usize == all);
        if !is_whole || (lists.is_empty() && replay.election().is_some()) {
            return Err(EngineError::new(Code::Argument, "the culprits of each part are needed, each once"));
        }
        let mut together = Culprits::default();
        lists.into_iter().for_each(|list| together.append(list.into()));
        let Stage::Replayed(replay) = std::mem::replace(&mut self.stage, Stage::New) else {
            return Err(out_of_order());
        };
        let verification = replay.finish(&together);
        let verdict = VerdictJson::of(&verification, ledger_of(&self.record).map(|(ledger, _)| ledger).as_ref());
        self.stage = Stage::Verified(Box::new(verification));
        to_js(&verdict)
    }

    /// Where a ballot stands.
    ///
    /// # Errors
    /// If the tracker is none, or the record was not replayed.
    #[wasm_bindgen(js_name = findBallot)]
    pub fn find_ballot(&self, tracker: &str) -> Result<JsValue, EngineError> {
        let tracker = TransactionDigest(hash(tracker, "a tracker")?);
        let election = match &self.stage {
            Stage::New => return Err(out_of_order()),
            Stage::Replayed(replay) => replay.election(),
            Stage::Verified(verification) => verification.election.as_ref(),
        };
        found_to_js(election.and_then(|election| election.find(tracker)))
    }

    /// Checks a receipt against the record.
    ///
    /// # Errors
    /// If the record is not valid but for its result, or does not hold what the ledger signed.
    #[wasm_bindgen(js_name = checkReceipt)]
    pub fn check_receipt(&self, receipt: &[u8]) -> Result<JsValue, EngineError> {
        let Stage::Verified(verification) = &self.stage else { return Err(out_of_order()) };
        let file: ReceiptFile = decode(receipt).code(Code::File)?;
        let proved = file.check().code(Code::Refused)?;
        let report = &verification.report;
        let valid = verification.election.as_ref().filter(|_| report.holds_but_for(CheckId::TallyResult));
        let (Some(election), Some((_, key))) = (valid, ledger_of(&self.record)) else {
            let failed = report.first_failure().map_or("", |check| check.id.as_str());
            return Err(EngineError::new(Code::Record, "the record is not valid").with_detail(failed));
        };
        let counts = file.look_up(&proved, election, &key).code(Code::Refused)?;
        to_js(&ReceiptJson::of(&file, &proved, Some(counts))?)
    }
}

fn out_of_order() -> EngineError {
    EngineError::new(Code::Used, "call replay, then check, then finish")
}

pub(crate) fn found_to_js(found: Option<FoundBallot>) -> Result<JsValue, EngineError> {
    match found {
        Some(FoundBallot { entry, counts }) => to_js(&FoundJson { entry, counts }),
        None => Ok(JsValue::NULL),
    }
}

/// The ledger that a record names: the first two fields after its 16 bytes.
fn ledger_of(record: &[u8]) -> Option<(LedgerJson, [u8; 32])> {
    let mut rest = record.strip_prefix(MAGIC)?;
    let (name, key) = <(String, [u8; 32]) as borsh::BorshDeserialize>::deserialize(&mut rest).ok()?;
    let id = LedgerId::derive(&name, &key).to_string();
    Some((LedgerJson { name, key: hex::encode(key), id }, key))
}

#[derive(Serialize)]
struct LedgerNameJson {
    name: String,
    key: String,
}

#[derive(Serialize)]
struct ReceiptJson {
    election: String,
    title: String,
    tracker: String,
    accepted: u64,
    entry: u64,
    log_size: u64,
    log_root: String,
    path: Vec<String>,
    ledger: LedgerNameJson,
    checkpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<bool>,
}

impl ReceiptJson {
    fn of(file: &ReceiptFile, proved: &ProvedReceipt, counts: Option<bool>) -> Result<Self, EngineError> {
        Ok(Self {
            election: file.manifest.id().to_string(),
            title: file.manifest.title.clone(),
            tracker: file.tracker.to_string(),
            accepted: proved.time.seconds(),
            entry: file.inclusion.leaf(),
            log_size: proved.checkpoint.size(),
            log_root: proved.checkpoint.root().to_string(),
            path: file.inclusion.path().iter().map(ToString::to_string).collect(),
            ledger: LedgerNameJson { name: file.ledger_name.clone(), key: hex::encode(file.ledger_key) },
            checkpoint: String::from_utf8(file.checkpoint.clone()).code(Code::Internal)?,
            counts,
        })
    }
}

/// That what a file is of is the election that was announced.
fn expect_election(expected: Option<String>, found: ElectionId) -> Result<(), EngineError> {
    match expected {
        Some(expected) if ElectionId(hash(&expected, "an election id")?) != found => {
            Err(EngineError::new(Code::Mismatch, format!("it is of election {found}, and not of {expected}")))
        }
        _ => Ok(()),
    }
}

/// Checks a receipt from itself.
///
/// # Errors
/// If it proves nothing, or is of another election.
#[wasm_bindgen(js_name = checkReceipt)]
pub fn check_receipt(receipt: &[u8], election: Option<String>) -> Result<JsValue, EngineError> {
    let file: ReceiptFile = decode(receipt).code(Code::File)?;
    let proved = file.check().code(Code::Refused)?;
    expect_election(election, file.manifest.id())?;
    to_js(&ReceiptJson::of(&file, &proved, None)?)
}

#[derive(Serialize)]
struct AuditJson {
    election: String,
    title: String,
    tracker: String,
    choice: Vec<ChoiceJson>,
}

/// Checks a ballot that was opened.
///
/// # Errors
/// If it is not what it says, or of another election.
#[wasm_bindgen(js_name = checkAudit)]
pub fn check_audit(opened: &[u8], election: Option<String>) -> Result<JsValue, EngineError> {
    let file: AuditFile = decode(opened).code(Code::File)?;
    expect_election(election, file.manifest.id())?;
    let points = file.check().code(Code::Refused)?;
    to_js(&AuditJson {
        election: file.manifest.id().to_string(),
        title: file.manifest.title.clone(),
        tracker: file.tracker.to_string(),
        choice: choice(&file.manifest.questions, &points),
    })
}

/// How often `prepare` computes what a replay computes most: enough for a browser to compile that well.
const WARM_UP: usize = 512;

/// Computes what the first verification would have to wait for: keys, constants of hashes, generators; and has the browser compile what
/// a replay computes for each entry, the hashes of notes and the decoding of points.
#[wasm_bindgen]
pub fn prepare() {
    drop(VerifyingKeys::development());
    poseidon::width3();
    let hashes = poseidon_hash_each(Use::Node, &[[Default::default(); 4]; WARM_UP]);
    black_box(JubjubPoint::from_bytes_each(&[JubjubPoint::new(*spend_authority_base()).to_bytes(); WARM_UP / 8]));
    let encoding = *Element::new(*blinding_base()).as_bytes();
    for _ in 0..WARM_UP {
        black_box(Element::decode(black_box(encoding)));
    }
    black_box(hashes);
}

/// The kind that a file states.
#[wasm_bindgen(js_name = fileKind)]
#[must_use]
pub fn file_kind(bytes: &[u8]) -> JsValue {
    kind_of(bytes).map_or(JsValue::NULL, JsValue::from)
}

/// The hash under which a parameters file is pinned.
#[wasm_bindgen(js_name = keyHash)]
#[must_use]
pub fn key_hash(bytes: &[u8]) -> String {
    hex::encode(blake2b_256(personal::PARAMETERS, &[bytes]))
}

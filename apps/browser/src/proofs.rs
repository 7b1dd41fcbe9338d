//! What a ledger has signed about its logs: checkpoints, that an entry is in a log, that a log only grew.

use serde::Serialize;
use tabella_protocol::transaction::LoggedTransaction;
use tabella_verifier::log::{
    Checkpoint, CheckpointVerifier, ConsistencyProof, InclusionProof, Origin, SignedCheckpoint,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::to_js,
    error::{Code, Coded, EngineError},
};

/// A checkpoint of a log under a ledger's key.
fn signed(text: &str, log: &str, verifier_key: &str) -> Result<Checkpoint, EngineError> {
    let verifier: CheckpointVerifier = verifier_key.parse().code(Code::Argument)?;
    let signed = SignedCheckpoint::from_bytes(text.as_bytes()).code(Code::Log)?;
    let log = Origin::new(log).code(Code::Argument)?;
    Ok(verifier.verify(&signed, &log).code(Code::Log)?.clone())
}

#[derive(Serialize)]
struct CheckpointJson {
    origin: String,
    size: u64,
    root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<BlockJson>,
}

#[derive(Serialize)]
struct BlockJson {
    height: u64,
    time: u64,
}

/// Checks a checkpoint's signature, and that it is of this log.
///
/// # Errors
/// If it is not.
#[wasm_bindgen(js_name = checkCheckpoint)]
pub fn check_checkpoint(text: &str, log: &str, verifier_key: &str) -> Result<JsValue, EngineError> {
    let checkpoint = signed(text, log, verifier_key)?;
    to_js(&CheckpointJson {
        origin: checkpoint.origin().to_string(),
        size: checkpoint.size(),
        root: checkpoint.root().to_string(),
        block: checkpoint.stamp().map(|stamp| BlockJson { height: stamp.height.get(), time: stamp.time.seconds() }),
    })
}

/// Checks that an entry is in the log that a checkpoint signs; gives the digest of its transaction.
///
/// # Errors
/// If the checkpoint is not signed, or the proof does not lead from the entry to its root.
#[wasm_bindgen(js_name = checkInclusion)]
pub fn check_inclusion(
    entry: &[u8],
    proof: &[u8],
    checkpoint: &str,
    log: &str,
    verifier_key: &str,
) -> Result<String, EngineError> {
    let checkpoint = signed(checkpoint, log, verifier_key)?;
    let proof: InclusionProof = borsh::from_slice(proof).code(Code::Log)?;
    proof.verify(entry, &checkpoint).code(Code::Log)?;
    let entry: LoggedTransaction = borsh::from_slice(entry).code(Code::Log)?;
    Ok(entry.transaction.effects.digest().to_string())
}

/// Checks that a log at its newer checkpoint begins with what it was at an older one.
///
/// # Errors
/// If one is not signed, or the log was rewritten.
#[wasm_bindgen(js_name = checkConsistency)]
pub fn check_consistency(
    proof: &[u8],
    older: &str,
    newer: &str,
    log: &str,
    verifier_key: &str,
) -> Result<(), EngineError> {
    let (older, newer) = (signed(older, log, verifier_key)?, signed(newer, log, verifier_key)?);
    let proof: ConsistencyProof = borsh::from_slice(proof).code(Code::Log)?;
    proof.verify(&older, &newer).code(Code::Log)
}

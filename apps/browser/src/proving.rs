//! What proofs are made with.

use js_sys::Function;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;
use tabella_election::voter;
use tabella_payments::holder;
use tabella_protocol::{
    statement::Shape,
    transaction::{ProofBytes, VerifyingKeyId},
};
use tabella_prover::{
    builder::{ProvingEngine, ProvingJob},
    groth16,
    parameters::{CEREMONY, DEVELOPMENT, ParametersDigest, ParametersPin, prover_from_bytes},
};
use tabella_verifier::groth16::ParametersOrigin;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, to_js},
    error::{Code, Coded, EngineError},
};

fn pins() -> impl Iterator<Item = (ParametersOrigin, &'static ParametersPin)> {
    let of = |origin, pins: &'static [ParametersPin]| pins.iter().map(move |pin| (origin, pin));
    of(ParametersOrigin::Ceremony, CEREMONY).chain(of(ParametersOrigin::Development, DEVELOPMENT))
}

#[derive(Serialize)]
struct PinJson {
    shape: &'static str,
    hash: String,
    id: String,
    origin: String,
}

/// The proving keys that this engine knows.
///
/// # Errors
/// Never.
#[wasm_bindgen(js_name = pinnedKeys)]
pub fn pinned_keys() -> Result<JsValue, EngineError> {
    let json = |(origin, pin): (ParametersOrigin, &ParametersPin)| PinJson {
        shape: pin.shape.name(),
        hash: pin.file.to_string(),
        id: pin.verifying_key.to_string(),
        origin: origin.to_string(),
    };
    to_js(&pins().map(json).collect::<Vec<_>>())
}

/// The loaded proving keys.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Prover {
    transfer: Option<groth16::Prover>,
    cast: Option<groth16::Prover>,
}

#[wasm_bindgen]
impl Prover {
    /// Without any key.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Prover {
        Self::default()
    }

    /// Loads a proving key.
    ///
    /// # Errors
    /// If it is not one that this engine knows.
    pub fn load(&mut self, file: &[u8], progress: Option<Function>) -> Result<String, EngineError> {
        let teller = Teller::new(&progress);
        teller.tell("load", 0, 1);
        let digest = ParametersDigest::of(file);
        let (origin, pin) = pins().find(|(_, pin)| pin.file == digest).ok_or_else(|| {
            EngineError::new(Code::File, format!("no proving key of this engine has the hash {digest}"))
        })?;
        let prover = prover_from_bytes(origin, pin, file).code(Code::File)?;
        *self.slot(pin.shape) = Some(prover);
        teller.tell("load", 1, 1);
        Ok(pin.shape.name().to_owned())
    }

    /// Whether the key of a shape is loaded.
    #[wasm_bindgen(js_name = isLoaded)]
    #[must_use]
    pub fn is_loaded(&self, shape: &str) -> bool {
        self.get(Shape::Transfer).filter(|_| shape == Shape::Transfer.name()).is_some()
            || self.get(Shape::Cast).filter(|_| shape == Shape::Cast.name()).is_some()
    }
}

impl Prover {
    const fn slot(&mut self, shape: Shape) -> &mut Option<groth16::Prover> {
        match shape {
            Shape::Transfer => &mut self.transfer,
            Shape::Cast => &mut self.cast,
        }
    }

    const fn get(&self, shape: Shape) -> Option<&groth16::Prover> {
        match shape {
            Shape::Transfer => self.transfer.as_ref(),
            Shape::Cast => self.cast.as_ref(),
        }
    }
}

/// Why a proof is not made here.
#[derive(Debug)]
pub enum EngineProveError {
    /// The key is not loaded.
    Missing(Shape),
    /// It could not be made.
    Prove(groth16::ProveError),
}

impl std::fmt::Display for EngineProveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(shape) => write!(f, "the proving key \"{}\" is not loaded", shape.name()),
            Self::Prove(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EngineProveError {}

impl ProvingEngine for Prover {
    type Error = EngineProveError;

    fn prove(&self, job: ProvingJob<'_>, rng: &mut ChaCha20Rng) -> Result<ProofBytes, Self::Error> {
        let prover = |shape| self.get(shape).ok_or(EngineProveError::Missing(shape));
        let prover = prover(match job {
            ProvingJob::Transfer { .. } => Shape::Transfer,
            ProvingJob::Cast { .. } => Shape::Cast,
        })?;
        prover.prove_job(job, rng).map_err(EngineProveError::Prove)
    }
}

/// That the key which a proof needs is loaded, before anything is prepared.
pub(crate) fn require(prover: &Prover, shape: Shape) -> Result<(), EngineError> {
    match prover.get(shape) {
        Some(_) => Ok(()),
        None => Err(EngineError::new(Code::ProvingKey, EngineProveError::Missing(shape)).with_detail(shape.name())),
    }
}

/// The keys that proofs of an election will be under: those of a ceremony if there are any.
pub(crate) fn voting_keys() -> voter::ProvingKeys {
    voter::ProvingKeys::of(key_of)
}

pub(crate) fn payment_keys() -> holder::ProvingKeys {
    holder::ProvingKeys { transfer: key_of(Shape::Transfer), cast: key_of(Shape::Cast) }
}

fn key_of(shape: Shape) -> VerifyingKeyId {
    pins().find(|(_, pin)| pin.shape == shape).map_or(VerifyingKeyId([0; 32]), |(_, pin)| pin.verifying_key)
}

//! A trustee: its identity, the ceremony, the canary and the tally.

use js_sys::{Function, Uint8Array};
use rand_core::OsRng;
use tabella_election::{
    ceremony::{StepError, begin, step},
    keys::StoredCeremony,
    log,
    trustee::{TallyJournal, TrusteeError, decrypt_tally},
};
use tabella_protocol::{
    ceremony::{CeremonyId, CeremonySetup, Round, TrusteeName},
    election::{ElectionId, ElectionRecord},
};
use tabella_prover::trustee;
use tabella_verifier::{
    files::{CanaryFile, ManifestFile, PartialFile, decode, encode},
    log::SignedCheckpoint,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, accepted_keys, bytes_to_js, files, hash, object, time},
    error::{Code, Coded, EngineError},
    keys::{open, seal},
};

/// A trustee's identity.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trustee(trustee::TrusteeIdentity);

impl Trustee {
    pub(crate) const fn identity(&self) -> &trustee::TrusteeIdentity {
        &self.0
    }
}

#[wasm_bindgen]
impl Trustee {
    /// A new identity.
    ///
    /// # Errors
    /// If the name is none.
    pub fn generate(name: &str) -> Result<Trustee, EngineError> {
        let name = TrusteeName::new(name).code(Code::Argument)?;
        Ok(Self(trustee::TrusteeIdentity::generate(name, &mut OsRng)))
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// If it is none, or the passphrase is wrong.
    pub fn open(file: &[u8], passphrase: &str) -> Result<Trustee, EngineError> {
        Ok(Self(open(file, passphrase)?))
    }

    /// The key file.
    ///
    /// # Errors
    /// If the passphrase is too short.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, EngineError> {
        seal(&self.0, passphrase)
    }

    /// The name.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> String {
        self.0.name().to_string()
    }

    /// The Ed25519 key.
    #[wasm_bindgen(getter, js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> String {
        hex::encode(self.0.card().key().as_bytes())
    }

    /// The file of the card.
    #[must_use]
    pub fn card(&self) -> Vec<u8> {
        encode(&self.0.card())
    }

    /// Begins a ceremony.
    ///
    /// # Errors
    /// If the setup does not name this trustee.
    pub fn begin(&self, setup: &[u8]) -> Result<TrusteeCeremony, EngineError> {
        let setup: CeremonySetup = decode(setup).code(Code::File)?;
        let ceremony = setup.id();
        let stored = begin(&self.0, setup, &mut OsRng).code(Code::Ceremony)?;
        Ok(TrusteeCeremony { ceremony: Some(ceremony), stored, key: None })
    }
}

/// A trustee in a ceremony.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TrusteeCeremony {
    /// Unknown of a ceremony that was finished when its file was opened.
    ceremony: Option<CeremonyId>,
    stored: StoredCeremony,
    key: Option<trustee::TrusteeKey>,
}

const fn round_name(round: Round) -> &'static str {
    match round {
        Round::Commit => "commit",
        Round::Reveal => "reveal",
        Round::Confirm => "confirm",
        Round::Share => "share",
        Round::Finish => "finish",
    }
}

#[wasm_bindgen]
impl TrusteeCeremony {
    /// Opens the file of a ceremony between two steps.
    ///
    /// # Errors
    /// If it is none, or the passphrase is wrong.
    pub fn open(file: &[u8], passphrase: &str) -> Result<TrusteeCeremony, EngineError> {
        let stored: StoredCeremony = open(file, passphrase)?;
        let ceremony = stored.state.as_ref().map(|state| state.setup().id());
        Ok(Self { ceremony, stored, key: None })
    }

    /// The file.
    ///
    /// # Errors
    /// If the passphrase is too short.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, EngineError> {
        seal(&self.stored, passphrase)
    }

    /// The ceremony's id; empty for one that was finished when its file was opened.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn ceremony(&self) -> String {
        self.ceremony.map(|id| id.to_string()).unwrap_or_default()
    }

    /// The round whose messages are waited for.
    #[wasm_bindgen(getter, js_name = waitsFor)]
    #[must_use]
    pub fn waits_for(&self) -> JsValue {
        self.stored.state.as_ref().map_or(JsValue::NULL, |state| round_name(state.waits_for()).into())
    }

    /// The file of the last message.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        self.stored.message.clone()
    }

    /// Takes the next round.
    ///
    /// # Errors
    /// If a message is missing or wrong; nothing was taken then.
    pub fn step(&mut self, identity: &Trustee, messages: Vec<Uint8Array>) -> Result<Vec<u8>, EngineError> {
        let Some(state) = &self.stored.state else {
            return Err(EngineError::new(Code::Used, "the ceremony is finished"));
        };
        let taken = step(state, &identity.0, &files(&messages)).map_err(|error| match error {
            StepError::Files(error) => EngineError::new(Code::File, error),
            StepError::OutOfTurn { .. } => EngineError::new(Code::Used, error),
            other => EngineError::new(Code::Ceremony, other),
        })?;
        self.key = taken.key;
        self.stored = StoredCeremony { state: taken.state, message: taken.message };
        Ok(self.stored.message.clone())
    }

    /// The key, after the last round.
    ///
    /// # Errors
    /// If there is none, or it was taken.
    #[wasm_bindgen(js_name = takeKey)]
    pub fn take_key(&mut self) -> Result<TrusteeKey, EngineError> {
        let key = self.key.take();
        Ok(TrusteeKey(key.ok_or_else(|| EngineError::new(Code::Used, "the key is not made yet, or was taken"))?))
    }
}

/// A trustee's key.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TrusteeKey(trustee::TrusteeKey);

#[wasm_bindgen]
impl TrusteeKey {
    /// Opens a key file.
    ///
    /// # Errors
    /// If it is none, or the passphrase is wrong.
    pub fn open(file: &[u8], passphrase: &str) -> Result<TrusteeKey, EngineError> {
        Ok(Self(open(file, passphrase)?))
    }

    /// The key file.
    ///
    /// # Errors
    /// If the passphrase is too short.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, EngineError> {
        seal(&self.0, passphrase)
    }

    /// The ceremony that made it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn ceremony(&self) -> String {
        self.0.ceremony().to_string()
    }

    /// Number of the trustee, from 1.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn trustee(&self) -> u16 {
        self.0.trustee().get()
    }

    /// The canary.
    ///
    /// # Errors
    /// If the manifest's file is refused, or is of another ceremony.
    pub fn rehearse(&self, manifest: &[u8]) -> Result<Vec<u8>, EngineError> {
        let file: ManifestFile = decode(manifest).code(Code::File)?;
        file.check().code(Code::Manifest)?;
        self.0.check_record(&file.ceremony).code(Code::Mismatch)?;
        let election = file.manifest.id();
        let canary = self.0.rehearse(file.manifest.ledger, election.as_bytes(), &file.manifest.key, &mut OsRng);
        Ok(encode(&CanaryFile { election, canary: canary.code(Code::Mismatch)? }))
    }

    /// Verifies the record of a closed election, and decrypts its totals.
    ///
    /// # Errors
    /// If the record does not verify, is of another election, or another tally was decrypted before.
    pub fn decrypt(
        &self,
        record: &[u8],
        election: &str,
        now: f64,
        journal: Option<Vec<u8>>,
        accepted: &JsValue,
        progress: Option<Function>,
    ) -> Result<JsValue, EngineError> {
        let election = ElectionId(hash(election, "an election id")?);
        let (keys, now, teller) = (accepted_keys(accepted)?, time(now)?, Teller::new(&progress));
        let mut journal: TallyJournal = match journal {
            Some(bytes) if !bytes.is_empty() => borsh::from_slice(&bytes).code(Code::File)?,
            _ => TallyJournal::new(),
        };
        let decoded = ElectionRecord::decode(record).code(Code::File)?;
        if let Some(opening) = decoded.entries.first().and_then(log::opening)
            && opening.ceremony.setup.id() != self.0.ceremony()
        {
            return Err(EngineError::new(Code::Mismatch, "the record is of an election under another ceremony's key"));
        }
        let checkpoint = SignedCheckpoint::from_bytes(decoded.checkpoint.as_bytes()).code(Code::File)?;
        let checkpoint = format!("{}:{}", checkpoint.unverified().size(), checkpoint.unverified().root());
        let told = teller.verification();
        let partial = decrypt_tally(&self.0, &mut journal, election, record, &keys, now, &mut OsRng, told);
        let partial = partial.map_err(|error| {
            let code = match &error {
                TrusteeError::Record(report) => {
                    let failed = report.first_failure().map_or("", |check| check.id.as_str());
                    return EngineError::new(Code::Record, &error).with_detail(failed);
                }
                TrusteeError::OtherElection { .. } | TrusteeError::Share(_) => Code::Mismatch,
                TrusteeError::TooEarly { .. } | TrusteeError::Stage => Code::Time,
                TrusteeError::SecondTally => Code::SecondTally,
                TrusteeError::SmallGroup { .. } => Code::Refused,
                _ => Code::Internal,
            };
            EngineError::new(code, error)
        })?;
        let totals = u32::try_from(partial.shares.len()).unwrap_or(u32::MAX);
        let journal = borsh::to_vec(&journal).code(Code::Internal)?;
        Ok(object(&[
            ("partial", bytes_to_js(&encode(&PartialFile { election, partial }))),
            ("journal", bytes_to_js(&journal)),
            ("checkpoint", checkpoint.into()),
            ("totals", totals.into()),
        ]))
    }
}

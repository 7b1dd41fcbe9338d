//! The authority, and the files that it writes and everybody reads.

use ed25519_dalek::SigningKey;
use js_sys::{Function, Uint8Array};
use rand_core::{OsRng, RngCore as _};
use serde::{Deserialize, Serialize};
use tabella_election::{
    authority::{self, CloseError, close_election, open_election, publish_result, replay_for_close},
    distribution::Recipient,
    keys::AuthorityKey,
    trustee::combine_result,
};
use tabella_protocol::{
    ceremony::{
        Acknowledgement, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Reveal, RoundPayload, Shares,
        TrusteeCard, collect_round,
    },
    election::{ElectionId, RegistrationId, Roll, RollEntry, Weights},
    note::Timestamp,
    transaction::LedgerId,
};
use tabella_verifier::{
    ceremony::verify,
    decryption::{verify_canaries, verify_partials},
    election::Stage,
    files::{CanaryFile, ManifestFile, PartialFile, PublicFile, RoundFile, decode, decode_round, encode, kind_of},
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{
    bridge::{Teller, accepted_keys, bytes_to_js, files, from_js, hash, object, time, to_js},
    distribution::recipients,
    error::{Code, Coded, EngineError},
    json::{QuestionJson, RulesJson, TrusteesJson, counts, questions, votes},
    keys::{open, seal},
    logs::ElectionLog,
    voter::transaction,
};

#[derive(Serialize, Deserialize)]
struct DraftJson {
    title: String,
    questions: Vec<QuestionJson>,
    opens: u64,
    closes: u64,
    rules: RulesJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registration: Option<String>,
}

fn seconds(time: u64) -> Result<Timestamp, EngineError> {
    Timestamp::new(time).ok_or_else(|| EngineError::new(Code::Argument, "a time is seconds since 1970, below 2^40"))
}

/// The file of a draft.
///
/// # Errors
/// If it breaks a rule.
#[wasm_bindgen(js_name = writeDraft)]
pub fn write_draft(draft: &JsValue, registration: &str) -> Result<Vec<u8>, EngineError> {
    let draft: DraftJson = from_js(draft, "the draft")?;
    let draft = authority::Draft {
        registration: RegistrationId(hash(registration, "a registration id")?),
        title: draft.title,
        questions: draft.questions.into_iter().map(Into::into).collect(),
        opens: seconds(draft.opens)?,
        closes: seconds(draft.closes)?,
        rules: draft.rules.into(),
    };
    draft.check().code(Code::Manifest)?;
    Ok(encode(&draft))
}

/// Reads the file of a draft.
///
/// # Errors
/// If it is none.
#[wasm_bindgen(js_name = readDraft)]
pub fn read_draft(file: &[u8]) -> Result<JsValue, EngineError> {
    let draft: authority::Draft = decode(file).code(Code::File)?;
    to_js(&DraftJson {
        title: draft.title,
        questions: draft.questions.iter().map(Into::into).collect(),
        opens: draft.opens.seconds(),
        closes: draft.closes.seconds(),
        rules: (&draft.rules).into(),
        registration: Some(draft.registration.to_string()),
    })
}

#[derive(Serialize)]
struct ManifestJson {
    election: String,
    registration: String,
    ledger: String,
    authority: String,
    title: String,
    questions: Vec<QuestionJson>,
    opens: u64,
    closes: u64,
    rules: RulesJson,
    voters: usize,
    total_weight: u64,
    ceremony: String,
    trustees: TrusteesJson,
}

/// Reads and checks the file of a manifest.
///
/// # Errors
/// If it is none, or breaks a rule.
#[wasm_bindgen(js_name = readManifest)]
pub fn read_manifest(file: &[u8]) -> Result<JsValue, EngineError> {
    let file: ManifestFile = decode(file).code(Code::File)?;
    let outcome = file.check().code(Code::Manifest)?;
    let ManifestFile { manifest, ceremony, roll } = &file;
    to_js(&ManifestJson {
        election: manifest.id().to_string(),
        registration: manifest.registration.to_string(),
        ledger: manifest.ledger.to_string(),
        authority: hex::encode(manifest.authority),
        title: manifest.title.clone(),
        questions: questions(manifest),
        opens: manifest.opens.seconds(),
        closes: manifest.closes.seconds(),
        rules: (&manifest.rules).into(),
        voters: roll.voters(),
        total_weight: roll.check(manifest.rules.weights).code(Code::Manifest)?,
        ceremony: ceremony.setup.id().to_string(),
        trustees: TrusteesJson { threshold: outcome.threshold(), names: outcome.names().to_vec() },
    })
}

#[derive(Serialize)]
struct CardJson {
    name: String,
    key: String,
}

impl CardJson {
    fn of(card: &TrusteeCard) -> Self {
        Self { name: card.name().to_string(), key: hex::encode(card.key().as_bytes()) }
    }
}

#[derive(Serialize)]
struct SetupJson {
    ceremony: String,
    title: String,
    threshold: u16,
    trustees: Vec<CardJson>,
    spare: u16,
    disjoint_quorums: bool,
}

/// Reads the file of a ceremony's setup.
///
/// # Errors
/// If it is none.
#[wasm_bindgen(js_name = readSetup)]
pub fn read_setup(file: &[u8]) -> Result<JsValue, EngineError> {
    let setup: CeremonySetup = decode(file).code(Code::File)?;
    to_js(&SetupJson {
        ceremony: setup.id().to_string(),
        title: setup.title().to_owned(),
        threshold: setup.threshold(),
        trustees: setup.trustees().map(|(_, card)| CardJson::of(card)).collect(),
        spare: setup.spare(),
        disjoint_quorums: 2 * u32::from(setup.threshold()) <= u32::from(setup.count()),
    })
}

/// Reads the file of a trustee's card.
///
/// # Errors
/// If it is none, or not signed by its own key.
#[wasm_bindgen(js_name = readCard)]
pub fn read_card(file: &[u8]) -> Result<JsValue, EngineError> {
    let card: TrusteeCard = decode(file).code(Code::File)?;
    card.verify().code(Code::File)?;
    to_js(&CardJson::of(&card))
}

/// The authority.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Authority(AuthorityKey);

impl Authority {
    pub(crate) const fn key(&self) -> &SigningKey {
        &self.0.0
    }
}

#[wasm_bindgen]
impl Authority {
    /// A new key.
    #[must_use]
    pub fn generate() -> Authority {
        Self(AuthorityKey(SigningKey::generate(&mut OsRng)))
    }

    /// Opens a key file.
    ///
    /// # Errors
    /// If it is none, or the passphrase is wrong.
    pub fn open(file: &[u8], passphrase: &str) -> Result<Authority, EngineError> {
        Ok(Self(open(file, passphrase)?))
    }

    /// The key file.
    ///
    /// # Errors
    /// If the passphrase is too short.
    pub fn seal(&self, passphrase: &str) -> Result<Vec<u8>, EngineError> {
        seal(&self.0, passphrase)
    }

    /// The Ed25519 key.
    #[wasm_bindgen(getter, js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> String {
        hex::encode(self.key().verifying_key().as_bytes())
    }

    /// The file of a ceremony's setup.
    ///
    /// # Errors
    /// If a card is wrong, or the threshold impossible.
    pub fn setup(&self, draft: &[u8], threshold: u16, cards: Vec<Uint8Array>) -> Result<Vec<u8>, EngineError> {
        let draft: authority::Draft = decode(draft).code(Code::File)?;
        let cards = files(&cards).iter().map(|card| decode(card)).collect::<Result<_, _>>().code(Code::File)?;
        let mut nonce = [0; 32];
        OsRng.fill_bytes(&mut nonce);
        let title: String = draft.title.chars().filter(|letter| !letter.is_control()).collect();
        let title = title.get(..title.floor_char_boundary(CeremonySetup::MAX_TITLE_BYTES)).unwrap_or_default();
        Ok(encode(&CeremonySetup::new(title, threshold, cards, nonce).code(Code::Ceremony)?))
    }

    /// All trustees' messages of a round in one file.
    ///
    /// # Errors
    /// If one is missing or wrong.
    pub fn collect(&self, setup: &[u8], messages: Vec<Uint8Array>) -> Result<Vec<u8>, EngineError> {
        let setup: CeremonySetup = decode(setup).code(Code::File)?;
        let messages = files(&messages);
        let kind = messages.first().and_then(|file| kind_of(file)).unwrap_or_default();
        match kind.as_str() {
            <RoundFile<Commitment> as PublicFile>::KIND => collect::<Commitment>(&setup, &messages),
            <RoundFile<Reveal> as PublicFile>::KIND => collect::<Reveal>(&setup, &messages),
            <RoundFile<Confirmation> as PublicFile>::KIND => collect::<Confirmation>(&setup, &messages),
            <RoundFile<Shares> as PublicFile>::KIND => collect::<Shares>(&setup, &messages),
            <RoundFile<Acknowledgement> as PublicFile>::KIND => collect::<Acknowledgement>(&setup, &messages),
            other => {
                Err(EngineError::new(Code::File, format!("a file \"{other}\" is no message of a ceremony's round")))
            }
        }
    }

    /// The file of the ceremony's record.
    ///
    /// # Errors
    /// If it does not verify.
    pub fn assemble(
        &self,
        setup: &[u8],
        commitments: Vec<u8>,
        packages: Vec<u8>,
        confirmations: Vec<u8>,
        acknowledgements: Vec<u8>,
    ) -> Result<Vec<u8>, EngineError> {
        let setup: CeremonySetup = decode(setup).code(Code::File)?;
        let id = setup.id();
        let record = CeremonyRecord::assemble(
            setup,
            &decode_round::<Commitment>(&[commitments], id).code(Code::File)?,
            &decode_round::<Reveal>(&[packages], id).code(Code::File)?,
            &decode_round::<Confirmation>(&[confirmations], id).code(Code::File)?,
            &decode_round::<Acknowledgement>(&[acknowledgements], id).code(Code::File)?,
        );
        let record = record.code(Code::Ceremony)?;
        verify(&record).code(Code::Ceremony)?;
        Ok(encode(&record))
    }

    /// The file of the manifest.
    ///
    /// # Errors
    /// If draft, ceremony or roll break a rule.
    pub fn manifest(
        &self,
        draft: &[u8],
        ceremony: &[u8],
        roll: &JsValue,
        ledger: &str,
    ) -> Result<Vec<u8>, EngineError> {
        let draft: authority::Draft = decode(draft).code(Code::File)?;
        let ceremony: CeremonyRecord = decode(ceremony).code(Code::File)?;
        let ledger = LedgerId(hash(ledger, "a ledger id")?);
        let outcome = verify(&ceremony).code(Code::Ceremony)?;
        let recipients = recipients(roll)?;
        let roll = match draft.rules.weights {
            Weights::One => {
                let entry =
                    |recipient: &Recipient| RollEntry { owner: recipient.address.owner(), weight: recipient.weight };
                Roll::Public(recipients.iter().map(entry).collect())
            }
            Weights::Hidden => self.distributor(draft.registration, recipients)?.roll().clone(),
        };
        let manifest = draft.manifest(ledger, self.key(), &outcome, &roll).code(Code::Manifest)?;
        Ok(encode(&ManifestFile { manifest, ceremony, roll }))
    }

    /// The transaction that opens the election.
    ///
    /// # Errors
    /// If a trustee's rehearsal is missing or wrong.
    #[wasm_bindgen(js_name = openElection)]
    pub fn open_election(&self, manifest: &[u8], rehearsals: Vec<Uint8Array>) -> Result<Vec<u8>, EngineError> {
        let file: ManifestFile = decode(manifest).code(Code::File)?;
        let outcome = file.check().code(Code::Manifest)?;
        let ManifestFile { manifest, ceremony, roll } = file;
        let election = manifest.id();
        let mut canaries = Vec::new();
        for bytes in files(&rehearsals) {
            let file: CanaryFile = decode(&bytes).code(Code::File)?;
            if file.election != election {
                let message = format!("a rehearsal is of election {}, and not of {election}", file.election);
                return Err(EngineError::new(Code::Mismatch, message));
            }
            canaries.push(file.canary);
        }
        canaries.sort_by_key(|canary| canary.trustee);
        verify_canaries(manifest.ledger, election.as_bytes(), &outcome, &canaries, &mut OsRng).code(Code::Ceremony)?;
        transaction(&open_election(self.key(), manifest, ceremony, canaries, roll))
    }

    /// Verifies the record and signs the close.
    ///
    /// # Errors
    /// If the record does not verify, is of another election, or it is too early.
    pub fn close(
        &self,
        record: &[u8],
        election: &str,
        now: f64,
        accepted: &JsValue,
        progress: Option<Function>,
    ) -> Result<Vec<u8>, EngineError> {
        let election = ElectionId(hash(election, "an election id")?);
        let (keys, now, teller) = (accepted_keys(accepted)?, time(now)?, Teller::new(&progress));
        teller.tell("entries.rules", 0, 1);
        let pool = replay_for_close(record, election, &keys, &mut OsRng).map_err(|error| match &error {
            CloseError::Record { check, .. } => EngineError::new(Code::Record, &error).with_detail(check),
            CloseError::OtherElection { .. } => EngineError::new(Code::Mismatch, error),
            _ => EngineError::new(Code::Time, error),
        })?;
        if now < pool.manifest().closes {
            return Err(EngineError::new(Code::Time, "the election cannot close before the time in its manifest"));
        }
        teller.tell("entries.rules", 1, 1);
        transaction(&close_election(self.key(), &pool))
    }

    /// Combines partial decryptions and signs the result.
    ///
    /// # Errors
    /// If there are too few, or one is wrong.
    pub fn publish(&self, log: &ElectionLog, partials: Vec<Uint8Array>) -> Result<JsValue, EngineError> {
        let pool = log.pool()?;
        if *pool.stage() != Stage::Closed {
            return Err(EngineError::new(Code::Time, "the election is not between its close and its result"));
        }
        let mut list = Vec::new();
        for bytes in files(&partials) {
            let file: PartialFile = decode(&bytes).code(Code::File)?;
            if file.election != pool.id() {
                let message =
                    format!("a partial decryption is of election {}, and not of {}", file.election, pool.id());
                return Err(EngineError::new(Code::Mismatch, message));
            }
            list.push(file.partial);
        }
        list.sort_by_key(|partial| partial.trustee);
        // All are verified, those beyond the threshold too: a wrong one is worth knowing of.
        let (statement, ciphertexts) = pool.tally_statement();
        verify_partials(&statement, pool.trustees(), &ciphertexts, &list, &mut OsRng).code(Code::Ceremony)?;
        list.truncate(usize::from(pool.trustees().threshold()));
        let results = combine_result(pool, &list, &mut OsRng).code(Code::Ceremony)?;
        let published = transaction(&publish_result(self.key(), pool, list, results.clone()))?;
        let questions = &pool.manifest().questions;
        Ok(object(&[
            ("transaction", bytes_to_js(&published)),
            ("results", to_js(&votes(questions, &results))?),
            ("runoffs", to_js(&counts(questions, &results))?),
        ]))
    }
}

fn collect<P: RoundPayload>(setup: &CeremonySetup, messages: &[Vec<u8>]) -> Result<Vec<u8>, EngineError>
where
    RoundFile<P>: PublicFile,
{
    let messages = decode_round::<P>(messages, setup.id()).code(Code::File)?;
    let messages = collect_round(setup, &messages).code(Code::Ceremony)?;
    Ok(encode(&RoundFile { ceremony: setup.id(), messages }))
}

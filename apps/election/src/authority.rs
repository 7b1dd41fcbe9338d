//! The authority (election administrator): draws up the manifest, opens, closes and publishes.

use ed25519_dalek::{Signer, SigningKey};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::CeremonyRecord,
    decryption::{CanaryProof, PartialDecryption},
    domain::FORMAT_VERSION,
    election::{
        APPLICATION, Close, ElectionAction, ElectionId, ElectionManifest, ManifestError, Opening, Publication,
        Question, RegistrationId, Results, Roll, RollError, Rules, authority_message, check_terms,
    },
    note::Timestamp,
    transaction::{Action, LedgerId, Transaction, TransactionEffects},
};
use tabella_verifier::{
    ceremony::CeremonyOutcome,
    election::{ElectionPool, Stage},
    files::PublicFile,
    groth16::VerifyingKeys,
    record::{Verification, verify_record},
    report::CheckId,
};

/// What the authority decides before there is a key or a roll.
#[derive(Clone, Debug, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub struct Draft {
    /// What voters' keys derive from.
    pub registration: RegistrationId,
    /// What the voter reads.
    pub title: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// Ballots are accepted from this time on.
    pub opens: Timestamp,
    /// Ballots are accepted before this time.
    pub closes: Timestamp,
    /// What is allowed.
    pub rules: Rules,
}

impl PublicFile for Draft {
    const KIND: &'static str = "election draft";
}

/// Why a manifest cannot be drawn up.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DraftError {
    /// The draft is wrong by itself.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The roll is wrong.
    #[error(transparent)]
    Roll(#[from] RollError),
}

impl Draft {
    /// Checks title, questions, times and rules.
    ///
    /// # Errors
    /// [`ManifestError`] names the place.
    pub fn check(&self) -> Result<(), ManifestError> {
        check_terms(&self.title, &self.questions, (self.opens, self.closes), &self.rules)
    }

    /// The manifest: the draft with ledger, authority, ceremony and roll.
    ///
    /// # Errors
    /// [`DraftError`] names what is wrong with draft or roll.
    pub fn manifest(
        self,
        ledger: LedgerId,
        authority: &SigningKey,
        ceremony: &CeremonyOutcome,
        roll: &Roll,
    ) -> Result<ElectionManifest, DraftError> {
        let total = roll.check(self.rules.weights)?;
        let manifest = ElectionManifest {
            version: FORMAT_VERSION,
            ledger,
            registration: self.registration,
            title: self.title,
            questions: self.questions,
            opens: self.opens,
            closes: self.closes,
            authority: authority.verifying_key().to_bytes(),
            ceremony: ceremony.hash(),
            key: *ceremony.key(),
            roll: roll.digest(),
            rules: self.rules,
        };
        manifest.check()?;
        let rules = manifest.question_rules()?;
        Roll::check_points(total, &rules)?;
        roll.check_rankings(&rules, &manifest.ranked_questions()?, ceremony.threshold())?;
        Ok(manifest)
    }
}

/// The transaction that opens an election. Canaries are put in the order of their trustees.
#[must_use]
pub fn open_election(
    authority: &SigningKey,
    manifest: ElectionManifest,
    ceremony: CeremonyRecord,
    mut canaries: Vec<CanaryProof>,
    roll: Roll,
) -> Transaction {
    canaries.sort_by_key(|canary| canary.trustee);
    let ledger = manifest.ledger;
    sign(authority, ledger, &ElectionAction::Open(Box::new(Opening { manifest, ceremony, canaries, roll })))
}

/// Why an authority does not sign a close.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// A check of the record failed.
    #[error("the ledger's record of this election does not verify: {check}: {detail}")]
    Record {
        /// The first check that failed.
        check: CheckId,
        /// What it found.
        detail: String,
    },
    /// The record is of another election.
    #[error("the record is of election {found}, and not of {expected}")]
    OtherElection {
        /// Asked for.
        expected: ElectionId,
        /// In the record.
        found: ElectionId,
    },
    /// Closed before.
    #[error("the election is closed already")]
    Stage,
}

/// Replays a record as the authority does before it signs the close: all of it, from its bytes, proofs and the ledger's
/// checkpoint included. The result is what [`close_election`] signs.
///
/// # Errors
/// [`CloseError`] names the first check that fails.
pub fn replay_for_close(
    record: &[u8],
    election: ElectionId,
    keys: &VerifyingKeys,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<ElectionPool, CloseError> {
    let Verification { report, election: replayed } = verify_record(record, keys, rng, |_| ());
    let to_come = |id: CheckId| matches!(id, CheckId::TallyClosed | CheckId::TallyResult);
    if let Some(check) = report.checks.into_iter().find(|check| !check.ok && !to_come(check.id)) {
        return Err(CloseError::Record { check: check.id, detail: check.detail });
    }
    let pool = replayed.ok_or(CloseError::Stage)?.pool;
    if pool.id() != election {
        return Err(CloseError::OtherElection { expected: election, found: pool.id() });
    }
    if *pool.stage() != Stage::Open {
        return Err(CloseError::Stage);
    }
    Ok(pool)
}

/// The transaction that freezes an election for its tally: the authority signs the log as `election` has replayed it, so
/// `election` comes from [`replay_for_close`], not from a ledger's word.
#[must_use]
pub fn close_election(authority: &SigningKey, election: &ElectionPool) -> Transaction {
    let close = Close {
        election: election.id(),
        entries: election.entries(),
        root: *election.log_root().as_bytes(),
        counted: election.counted(),
    };
    sign(authority, election.manifest().ledger, &ElectionAction::Close(close))
}

/// The transaction that publishes the result. Partial decryptions are put in the order of their trustees.
#[must_use]
pub fn publish_result(
    authority: &SigningKey,
    election: &ElectionPool,
    mut partials: Vec<PartialDecryption>,
    results: Results,
) -> Transaction {
    partials.sort_by_key(|partial| partial.trustee);
    let publication = Publication { election: election.id(), partials, results };
    sign(authority, election.manifest().ledger, &ElectionAction::Publish(publication))
}

/// A transaction with one action of the authority under its signature.
fn sign(authority: &SigningKey, ledger: LedgerId, action: &ElectionAction) -> Transaction {
    let body = borsh::to_vec(action).expect("writing to memory");
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![Action { application: APPLICATION, body }]);
    let signature = authority.sign(&authority_message(effects.digest()));
    Transaction { effects, transfers: Vec::new(), action_proofs: vec![signature.to_bytes().to_vec()] }
}

//! The authority (election administrator): draws up the manifest, opens, closes and publishes.

use ed25519_dalek::{Signer, SigningKey};
use tabella_protocol::{
    ceremony::CeremonyRecord,
    decryption::{CanaryProof, PartialDecryption},
    domain::FORMAT_VERSION,
    election::{
        APPLICATION, Close, ElectionAction, ElectionManifest, ManifestError, Opening, Publication, Question,
        RegistrationId, Roll, RollError, Rules, authority_message, check_terms,
    },
    note::Timestamp,
    transaction::{Action, LedgerId, Transaction, TransactionEffects},
};
use tabella_verifier::{ceremony::CeremonyOutcome, election::ElectionPool};

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
        roll.check(self.rules.weights)?;
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
        Ok(manifest)
    }
}

/// The transaction that opens an election.
#[must_use]
pub fn open_election(
    authority: &SigningKey,
    manifest: ElectionManifest,
    ceremony: CeremonyRecord,
    canaries: Vec<CanaryProof>,
    roll: Roll,
) -> Transaction {
    let ledger = manifest.ledger;
    sign(authority, ledger, &ElectionAction::Open(Box::new(Opening { manifest, ceremony, canaries, roll })))
}

/// The transaction that freezes an election for its tally.
#[must_use]
pub fn close_election(authority: &SigningKey, election: &ElectionPool) -> Transaction {
    let close = Close { election: election.id(), entries: election.entries(), counted: election.counted() };
    sign(authority, election.manifest().ledger, &ElectionAction::Close(close))
}

/// The transaction that publishes the result.
#[must_use]
pub fn publish_result(
    authority: &SigningKey,
    election: &ElectionPool,
    partials: Vec<PartialDecryption>,
    results: Vec<Vec<u64>>,
) -> Transaction {
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

//! Answers to a verifier's challenge, without a name: that one is the author of a work, or owns its note.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
#[cfg(feature = "ledger")]
use tabella_ledger::node::Ledger;
use tabella_notary_rules::{
    Challenge, ChallengeError, ChallengeHash, Claim, NotaryAction, NotaryProof, Work, WorkId, challenge::author_message,
};
use tabella_payments::holder::{Holder, Moment, Next, PaymentError};
#[cfg(feature = "ledger")]
use tabella_protocol::transaction::TransactionDigest;
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    transaction::{LedgerId, SignatureBytes},
};
use tabella_prover::builder::{Blinding, PreparedTransaction, TransactionBuilder, Unproven};
use tabella_verifier::{application::signed_by, files::PublicFile, log::CheckpointVerifier};
use thiserror::Error;

#[cfg(feature = "ledger")]
use crate::entry::LookupError;
use crate::{
    entry::{EntryError, LoggedEntry},
    keys::AuthorKeys,
    log::SignedLog,
    work::{RegistrationCertificate, RegistrationProofError},
};

/// A challenge to a work, good from now on for so many seconds. `None` after the end of time.
#[must_use]
pub fn ask(
    ledger: &CheckpointVerifier,
    about: (WorkId, Claim),
    verifier: &str,
    when: (Timestamp, u64),
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<Challenge> {
    ask_on(ledger.ledger_id(), about, verifier, when, rng)
}

/// The same by the ledger's id.
#[must_use]
pub fn ask_on(
    ledger: LedgerId,
    (work, claim): (WorkId, Claim),
    verifier: &str,
    (issued, seconds): (Timestamp, u64),
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<Challenge> {
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let expires = Timestamp::new(issued.seconds().checked_add(seconds)?)?;
    let verifier = verifier.to_owned();
    Some(Challenge { ledger, work, claim, verifier, nonce, issued, expires })
}

/// Why an answer is not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The challenge is none.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// Not now.
    #[error("the challenge is good from {} to {} (seconds after 1970), and it is {}", .0.seconds(), .1.seconds(), .2.seconds())]
    Time(Timestamp, Timestamp, Timestamp),
    /// It asks for something else.
    #[error("the challenge asks for a proof of {0}")]
    Claim(Claim),
    /// It is of another ledger.
    #[error("the challenge is of another ledger")]
    Ledger,
    /// It is about another work.
    #[error("the challenge is about work {asked}, and this is work {found}")]
    Work {
        /// That of the challenge.
        asked: WorkId,
        /// That of the answer.
        found: WorkId,
    },
    /// The keys are another author's.
    #[error("the work was registered under another key than this: choose the number that it was stamped with")]
    Author,
    /// The note is not there.
    #[error("this wallet does not own the work: {0}")]
    Owner(PaymentError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Payment(#[from] PaymentError),
}

fn answerable(challenge: &Challenge, claim: Claim, now: Timestamp) -> Result<(), AnswerError> {
    challenge.check()?;
    if challenge.claim != claim {
        return Err(AnswerError::Claim(challenge.claim));
    }
    if challenge.admits(now) { Ok(()) } else { Err(AnswerError::Time(challenge.issued, challenge.expires, now)) }
}

/// Why an answer proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// The challenge is none.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// It is of another ledger.
    #[error("the challenge is of another ledger than the key")]
    Ledger,
    /// An answer to another challenge.
    #[error("it answers another challenge: it was made for somebody else, or before you asked")]
    OtherChallenge,
    /// The challenge asks for something else.
    #[error("the challenge asks for a proof of {0}")]
    Claim(Claim),
    /// Too early or too late.
    #[error("the answer is of {} (seconds after 1970), outside of the challenge's time", .0.seconds())]
    Time(Timestamp),
    /// The signature.
    #[error("the challenge is not signed with the key that the work was registered under")]
    Signature,
    /// The registration.
    #[error(transparent)]
    Registration(#[from] RegistrationProofError),
    /// The entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The attributes are those of another work.
    #[error("the attributes are not those of the work of the challenge")]
    Work,
    /// The entry does not answer.
    #[error("the entry of the log does not answer the challenge")]
    NoAnswer,
}

fn matches(own: &Challenge, asked: &Challenge, claim: Claim, ledger: &CheckpointVerifier) -> Result<(), ProofError> {
    asked.check()?;
    if asked.ledger != ledger.ledger_id() {
        return Err(ProofError::Ledger);
    }
    if own != asked {
        return Err(ProofError::OtherChallenge);
    }
    if asked.claim == claim { Ok(()) } else { Err(ProofError::Claim(asked.claim)) }
}

/// What an answer proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedClaim {
    /// The work.
    pub work: Work,
    /// Of ownership: the block in which the owner spent the note and made it anew. Of authorship: what the author says, not before
    /// the challenge.
    pub time: Timestamp,
}

/// That whoever answered has the author's key of a registered work.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AuthorshipProof {
    /// The challenge.
    pub challenge: Challenge,
    /// When it was answered.
    pub time: Timestamp,
    /// The author's signature of [`author_message`].
    pub signature: SignatureBytes,
    /// That the work is registered under this author.
    pub registration: RegistrationCertificate,
}

impl PublicFile for AuthorshipProof {
    const KIND: &'static str = "proof of authorship";
}

impl AuthorshipProof {
    /// Answers a challenge.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn answer(
        keys: &AuthorKeys,
        challenge: Challenge,
        (work, registration): (&Work, RegistrationCertificate),
        now: Timestamp,
    ) -> Result<Self, AnswerError> {
        answerable(&challenge, Claim::Authorship, now)?;
        let (asked, found) = (challenge.work, work.id(challenge.ledger));
        if found != asked {
            return Err(AnswerError::Work { asked, found });
        }
        if work.author != keys.public() {
            return Err(AnswerError::Author);
        }
        let signature = keys.sign(&author_message(challenge.hash(), now));
        Ok(Self { challenge, time: now, signature, registration })
    }

    /// Checks it as whoever asked, or as a third party who has the challenge from whoever asked.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn check(&self, asked: &Challenge, ledger: &CheckpointVerifier) -> Result<ProvedClaim, ProofError> {
        matches(&self.challenge, asked, Claim::Authorship, ledger)?;
        if !asked.admits(self.time) {
            return Err(ProofError::Time(self.time));
        }
        let (work, _) = self.registration.check(ledger, asked.work)?;
        if !signed_by(&work.author, &author_message(asked.hash(), self.time), &self.signature.0) {
            return Err(ProofError::Signature);
        }
        Ok(ProvedClaim { work, time: self.time })
    }
}

/// Prepares the transaction by which an owner answers a challenge: the work's note is spent, and made anew for `to`. Its one action
/// is proved by [`ownership_proof`].
///
/// # Errors
/// [`AnswerError::Owner`] if the wallet does not hold the note now.
pub fn answer_as_owner(
    holder: &mut Holder,
    at: &Moment<'_>,
    challenge: &Challenge,
    (asset, to): (AssetId, Address),
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<PreparedTransaction<Unproven>, AnswerError> {
    answerable(challenge, Claim::Ownership, at.now)?;
    if challenge.ledger != at.state.id() {
        return Err(AnswerError::Ledger);
    }
    let one = NoteValue(1);
    // A note of value 1 never needs a merge.
    let exit = match holder.prepare_exit(at, asset, one, Blinding::Public, rng).map_err(AnswerError::Owner)? {
        Next::Transfer(exit) => *exit,
        Next::Merge(_) => return Err(AnswerError::Owner(PaymentError::Insufficient { available: 0, amount: 1 })),
    };
    let entry = holder.prepare_entry(at, asset, to, one, Blinding::Public, rng)?;
    let mut builder = TransactionBuilder::new(at.state.id());
    builder.add(exit);
    builder.add(entry);
    let body = NotaryAction::ProveOwnership { work: challenge.work, challenge: challenge.hash(), exit: 0, entry: 1 };
    builder.add_action(body.action());
    Ok(builder.build().map_err(PaymentError::from)?)
}

/// The proof of the action of [`answer_as_owner`].
#[must_use]
pub fn ownership_proof() -> Vec<u8> {
    NotaryProof::ProveOwnership.to_bytes()
}

/// That whoever answered owned the work's note when the ledger accepted the answer. What became of the note after that, it does
/// not tell.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OwnershipProof {
    /// The challenge.
    pub challenge: Challenge,
    /// The work: its id is that of the challenge.
    pub work: Work,
    /// The answer in the log.
    pub entry: LoggedEntry,
}

impl PublicFile for OwnershipProof {
    const KIND: &'static str = "proof of ownership";
}

/// Whether an action answers a challenge.
pub(crate) fn answers(action: &NotaryAction, asked: WorkId, hash: ChallengeHash) -> bool {
    matches!(action, NotaryAction::ProveOwnership { work, challenge, .. } if *work == asked && *challenge == hash)
}

impl OwnershipProof {
    /// The proof of an answer that the ledger has accepted.
    ///
    /// # Errors
    /// [`LookupError`].
    #[cfg(feature = "ledger")]
    pub fn of_ledger(
        ledger: &Ledger,
        challenge: Challenge,
        work: Work,
        transaction: TransactionDigest,
    ) -> Result<Self, LookupError> {
        Ok(Self { challenge, work, entry: LoggedEntry::of_ledger(ledger, transaction)? })
    }

    /// The proof of an answer from the log that was read. `None` if the signed part does not hold it.
    #[must_use]
    pub fn of_log(log: &SignedLog<'_>, challenge: Challenge, work: Work) -> Option<Self> {
        let hash = challenge.hash();
        let entry = log.certify(|action| answers(action, challenge.work, hash))?;
        Some(Self { challenge, work, entry })
    }

    /// Checks it as whoever asked, or as a third party who has the challenge from whoever asked.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn check(&self, asked: &Challenge, ledger: &CheckpointVerifier) -> Result<ProvedClaim, ProofError> {
        matches(&self.challenge, asked, Claim::Ownership, ledger)?;
        if self.work.id(asked.ledger) != asked.work {
            return Err(ProofError::Work);
        }
        let entry = self.entry.check(ledger)?;
        let hash = asked.hash();
        let answer = entry.find(|action| answers(&action, asked.work, hash).then_some(()));
        answer.ok_or(ProofError::NoAnswer)?;
        if !asked.admits(entry.time()) {
            return Err(ProofError::Time(entry.time()));
        }
        Ok(ProvedClaim { work: self.work.clone(), time: entry.time() })
    }
}

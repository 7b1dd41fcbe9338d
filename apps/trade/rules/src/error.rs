//! Why an action is refused: one variant for each rule.

use tabella_verifier::application::UseError;
use thiserror::Error;

use crate::{
    action::MAX_DISCREPANCIES,
    letter::{LetterId, TermsError},
    state::MAX_AMENDMENTS,
};

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The applicant.
    Applicant,
    /// The issuing bank.
    IssuingBank,
    /// The advising bank.
    AdvisingBank,
    /// The beneficiary.
    Beneficiary,
    /// The examiner.
    Examiner,
    /// A debtor.
    Debtor,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Applicant => "applicant",
            Self::IssuingBank => "issuing bank",
            Self::AdvisingBank => "advising bank",
            Self::Beneficiary => "beneficiary",
            Self::Examiner => "examiner",
            Self::Debtor => "debtor",
        })
    }
}

/// Why an action is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TradeRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The terms are wrong.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// A part of the proof is missing or superfluous.
    #[error("the action comes with exactly the signatures and proofs that it needs: {0}")]
    Proof(&'static str),
    /// The sender's signature is wrong.
    #[error("the action is not signed by the {0}")]
    Signature(Role),
    /// A consent is wrong.
    #[error("the {0} has not agreed to exactly this")]
    Consent(Role),
    /// A document is not signed by whom it must be.
    #[error("document {0} is not signed by the key that the letter names, for this letter on this ledger")]
    Endorsement(usize),
    /// There is such a letter.
    #[error("there is a letter {0} already")]
    Exists(LetterId),
    /// There is no such letter.
    #[error("there is no letter {0}")]
    UnknownLetter(LetterId),
    /// The guard's hash is 0.
    #[error("the guard of these terms is 0: take another nonce")]
    Guard,
    /// The escrow is not the letter's.
    #[error("transfer {0} makes an escrow of another contract than the letter's")]
    Contract(u32),
    /// The letter was cancelled.
    #[error("the letter was cancelled by consent: its guard stays shut")]
    Cancelled,
    /// The guard is open.
    #[error("the guard is open already, and for good")]
    Open,
    /// The letter was amended since.
    #[error("the letter was amended {expected} times, and the action is for version {found}")]
    Version {
        /// Of the letter.
        expected: u32,
        /// In the action.
        found: u32,
    },
    /// Another presentation.
    #[error("the letter's last presentation is number {expected}, and the action is about number {found}")]
    Presentation {
        /// Of the letter.
        expected: u32,
        /// In the action.
        found: u32,
    },
    /// Nothing that waits for this.
    #[error("no documents wait for the examiner")]
    NothingPresented,
    /// Documents wait for the examiner.
    #[error("documents wait for the examiner: they are presented again once refused")]
    Waiting,
    /// This version was advised.
    #[error("version {0} of the letter was advised before")]
    Advised(u32),
    /// The letter has expired.
    #[error("the letter expired at {expiry}, and it is {now}: nothing is presented any more")]
    Expired {
        /// When.
        expiry: u64,
        /// Time of the block.
        now: u64,
    },
    /// Claims have ended.
    #[error("claims ended at {until}, and it is {now}: nothing can be accepted, waived or amended any more")]
    ClaimsEnded {
        /// When.
        until: u64,
        /// Time of the block.
        now: u64,
    },
    /// Not as many documents as the letter asks for.
    #[error("{found} documents, and the letter asks for {expected}")]
    Documents {
        /// Asked for.
        expected: usize,
        /// Presented.
        found: usize,
    },
    /// A transport document without a time of shipment, another document with one, or a shipment in the future.
    #[error("document {0}: a transport document, and no other, says when goods were shipped, at the latest now")]
    Shipped(usize),
    /// Late shipment cannot be accepted.
    #[error("the goods were shipped after the latest shipment: only issuing bank and applicant can take this")]
    LateShipment,
    /// The list of discrepancies is wrong.
    #[error("a refusal names 1 to {MAX_DISCREPANCIES} discrepancies of documents of the letter, ascending, each once")]
    Discrepancies,
    /// Amended too often.
    #[error("a letter is amended at most {MAX_AMENDMENTS} times")]
    TooManyAmendments,
    /// The debtor has a key.
    #[error("this debtor has registered its key already: one key, for good, or an invoice could have two tags")]
    Registered,
    /// The key is the identity.
    #[error("the key is the identity")]
    Key,
}

//! What is said and signed: the actions, their proofs, and the messages of signatures.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use tabella_protocol::{
    bridge::BridgeProof,
    hash::blake2b_256,
    list::read_list,
    note::Timestamp,
    ristretto::Element,
    transaction::{LedgerId, SignatureBytes, TransactionDigest},
};

use crate::{
    confirmation::PossessionProof,
    domain::personal,
    encoding::bytes,
    letter::{Conditions, DocumentKind, LetterId, LetterTerms, MAX_DOCUMENTS},
};

/// Most discrepancies of one refusal.
pub const MAX_DISCREPANCIES: usize = 64;
/// Most parties who agree to an action besides its sender.
pub const MAX_CONSENTS: usize = 2;

/// A document as the ledger sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PresentedDocument {
    /// [`document_digest`]: whoever does not know the blinding factor learns nothing of the document.
    pub digest: [u8; 32],
    /// When the goods were shipped, exactly of a transport document.
    pub shipped: Option<Timestamp>,
}

/// What is wrong with documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiscrepancyCode {
    /// The goods were shipped after the latest shipment.
    LateShipment,
    /// The document does not describe the goods as the letter does.
    Goods,
    /// It contradicts another document.
    Inconsistent,
    /// It is for another amount or quantity.
    Amount,
    /// It is not what the letter asks for.
    WrongDocument,
    /// It is incomplete, or not an original.
    Incomplete,
    /// The goods are not on board, or the transport is another one.
    Transport,
    /// They are not insured as the letter asks.
    Insurance,
    /// Anything else.
    Other,
}

impl DiscrepancyCode {
    /// All codes, in the order of their numbers, with their names in commands.
    pub const ALL: [(Self, &str); 9] = [
        (Self::LateShipment, "late-shipment"),
        (Self::Goods, "goods"),
        (Self::Inconsistent, "inconsistent"),
        (Self::Amount, "amount"),
        (Self::WrongDocument, "wrong-document"),
        (Self::Incomplete, "incomplete"),
        (Self::Transport, "transport"),
        (Self::Insurance, "insurance"),
        (Self::Other, "other"),
    ];
}

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Discrepancy {
    /// With which document: its index in the letter's list.
    pub document: u8,
    /// What.
    pub code: DiscrepancyCode,
}

/// More money under the same contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Increase {
    /// By how much, hidden.
    pub amount: Element,
    /// Index of the transfer that locks it, in mode tag.
    pub transfer: u32,
}

/// The body of an action.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TradeAction {
    /// The issuing bank opens a letter and locks its amount. The applicant agrees to the terms.
    Issue {
        /// The terms.
        terms: Box<LetterTerms>,
        /// Index of the transfer, in mode tag.
        transfer: u32,
    },
    /// The advising bank says that the letter, as amended so often, is genuine.
    Advise {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended.
        version: u32,
    },
    /// The beneficiary presents all documents.
    Present {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended.
        version: u32,
        /// In the order of the letter's list.
        #[borsh(deserialize_with = "read_list::<MAX_DOCUMENTS, PresentedDocument, _>")]
        documents: Vec<PresentedDocument>,
    },
    /// The examiner finds that they comply: the guard opens.
    Accept {
        /// Which letter.
        letter: LetterId,
        /// Which of its presentations, from 1.
        presentation: u32,
    },
    /// The examiner finds that they do not comply.
    Refuse {
        /// Which letter.
        letter: LetterId,
        /// Which of its presentations, from 1.
        presentation: u32,
        /// What is wrong: 1 to 64, ascending, each once.
        #[borsh(deserialize_with = "read_list::<MAX_DISCREPANCIES, Discrepancy, _>")]
        discrepancies: Vec<Discrepancy>,
    },
    /// Those who pay, issuing bank and applicant, take the documents as they are: the guard opens.
    Waive {
        /// Which letter.
        letter: LetterId,
        /// Which of its presentations, from 1.
        presentation: u32,
    },
    /// Issuing bank, applicant and beneficiary agree to other conditions. What was presented is presented again.
    Amend {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended before.
        version: u32,
        /// From now on.
        conditions: Conditions,
        /// More money, if there is to be more.
        increase: Option<Increase>,
    },
    /// Issuing bank, applicant and beneficiary agree that nothing more will be presented: the guard stays shut for good.
    Cancel {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended.
        version: u32,
        /// How often documents were presented.
        presentations: u32,
    },
    /// A debtor registers the one key under which it confirms invoices.
    Register {
        /// Ed25519 key of the debtor.
        debtor: [u8; 32],
        /// `K = sk·B`, not the identity.
        key: Element,
    },
}

/// The proof of an action: exactly what the action needs, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TradeProof {
    /// The sender's Ed25519 signature of [`sender_message`].
    pub signature: SignatureBytes,
    /// Signatures of [`Consent::message`]: the applicant's; of an amendment or cancellation the beneficiary's after it.
    #[borsh(deserialize_with = "read_list::<MAX_CONSENTS, SignatureBytes, _>")]
    pub consents: Vec<SignatureBytes>,
    /// Of each document, the signature of [`endorsement_message`] under the key that the letter names.
    #[borsh(deserialize_with = "read_list::<MAX_DOCUMENTS, SignatureBytes, _>")]
    pub endorsements: Vec<SignatureBytes>,
    /// From the escrow's C to the hidden amount.
    pub bridge: Option<BridgeProof>,
    /// That the registered key's secret is known.
    pub possession: Option<PossessionProof>,
}

impl TradeProof {
    /// A signature and nothing else.
    #[must_use]
    pub const fn signed(signature: SignatureBytes) -> Self {
        Self { signature, consents: Vec::new(), endorsements: Vec::new(), bridge: None, possession: None }
    }
}

/// What the sender signs: `BLAKE2b-256("Trade_Signature_", digest of the transaction)`.
#[must_use]
pub fn sender_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::SIGNATURE, &[digest.as_bytes()])
}

/// What a party agrees to who does not send the action. It names no transaction, so that it can be signed beforehand; each is good
/// once, because version and presentation go on.
#[expect(clippy::large_enum_variant, reason = "made once for a signature")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Consent {
    /// To a letter of these terms: the applicant.
    Issue(LetterId),
    /// To a presentation as it is: the applicant.
    Waive {
        /// Which letter.
        letter: LetterId,
        /// Which presentation.
        presentation: u32,
    },
    /// To other conditions: applicant and beneficiary.
    Amend {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended before.
        version: u32,
        /// [`Conditions::digest`].
        conditions: [u8; 32],
        /// By how much the amount grows.
        increase: Option<Element>,
    },
    /// To the end of the letter: applicant and beneficiary.
    Cancel {
        /// Which letter.
        letter: LetterId,
        /// How often it was amended.
        version: u32,
        /// How often documents were presented.
        presentations: u32,
    },
}

impl Consent {
    /// `BLAKE2b-256("Trade_Consent___", ledger || borsh of the consent)`.
    #[must_use]
    pub fn message(&self, ledger: LedgerId) -> [u8; 32] {
        blake2b_256(personal::CONSENT, &[ledger.as_bytes(), &bytes(self)])
    }
}

/// `BLAKE2b-256("Trade_Document__", kind || blinding factor || content)`.
#[must_use]
pub fn document_digest(kind: DocumentKind, blinding: &[u8; 32], content: &[u8]) -> [u8; 32] {
    blake2b_256(personal::DOCUMENT, &[&bytes(&kind), blinding, content])
}

/// What whoever must sign a document signs: `BLAKE2b-256("Trade_Endorsemnt", ledger || letter || kind || borsh of the document)`.
/// It is good for this letter alone, as often as it is presented.
#[must_use]
pub fn endorsement_message(
    ledger: LedgerId,
    letter: LetterId,
    kind: DocumentKind,
    document: &PresentedDocument,
) -> [u8; 32] {
    blake2b_256(personal::ENDORSEMENT, &[ledger.as_bytes(), &letter.0, &bytes(&kind), &bytes(document)])
}

//! Documents: signed by whoever issues them, presented by digest, examined in full.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    note::Timestamp,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_trade_rules::{
    action::{PresentedDocument, document_digest, endorsement_message},
    letter::{DocumentKind, LetterId, Requirement},
};
use tabella_verifier::application::signed_by;
use thiserror::Error;

use crate::keys::TradeKeys;

/// What the issuer of a document gives with it: everything but the content.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedDocument {
    /// The ledger.
    pub ledger: LedgerId,
    /// For which letter.
    pub letter: LetterId,
    /// What it is, and who has signed it.
    pub requirement: Requirement,
    /// What the ledger will see.
    pub document: PresentedDocument,
    /// What blinds the digest: for those who may read the document.
    pub blinding: [u8; 32],
    /// The signature.
    pub signature: SignatureBytes,
}

/// Why a document does not count.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentError {
    /// The signature is wrong.
    #[error("the {0} is not signed by the key that it names, for this letter on this ledger")]
    Signature(DocumentKind),
    /// The content is another one.
    #[error("the content is not that of the {0} that was signed")]
    Content(DocumentKind),
    /// One that the letter asks for is missing.
    #[error("the letter asks for a {kind} signed by {}, and there is none", hex(.signer))]
    Missing {
        /// What.
        kind: DocumentKind,
        /// By whom.
        signer: [u8; 32],
    },
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Signs a document for one letter. Its blinding factor follows from keys, letter and content, so it can be found again.
#[must_use]
pub fn endorse(
    keys: &TradeKeys,
    ledger: LedgerId,
    letter: LetterId,
    kind: DocumentKind,
    shipped: Option<Timestamp>,
    content: &[u8],
) -> SignedDocument {
    let number = borsh::to_vec(&kind).expect("writing to memory");
    let blinding = keys.blinding_of(&[b"document", ledger.as_bytes(), &letter.0, &number, content]);
    let document = PresentedDocument { digest: document_digest(kind, &blinding, content), shipped };
    let signature = keys.sign_message(&endorsement_message(ledger, letter, kind, &document));
    let requirement = Requirement { kind, signer: keys.party() };
    SignedDocument { ledger, letter, requirement, document, blinding, signature }
}

impl SignedDocument {
    /// Whether it is signed.
    ///
    /// # Errors
    /// [`DocumentError::Signature`].
    pub fn check(&self) -> Result<(), DocumentError> {
        let Requirement { kind, signer } = self.requirement;
        let message = endorsement_message(self.ledger, self.letter, kind, &self.document);
        if signed_by(&signer, &message, &self.signature.0) { Ok(()) } else { Err(DocumentError::Signature(kind)) }
    }

    /// Whether this is the content that was signed, and whose digest is on the ledger.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub fn check_content(&self, content: &[u8]) -> Result<(), DocumentError> {
        self.check()?;
        let kind = self.requirement.kind;
        if document_digest(kind, &self.blinding, content) == self.document.digest {
            Ok(())
        } else {
            Err(DocumentError::Content(kind))
        }
    }
}

/// The documents that a letter asks for, in its order.
///
/// # Errors
/// [`DocumentError::Missing`], [`DocumentError::Signature`].
pub fn complete<'a>(
    ledger: LedgerId,
    letter: LetterId,
    required: &[Requirement],
    documents: &'a [SignedDocument],
) -> Result<Vec<&'a SignedDocument>, DocumentError> {
    let find = |requirement: &Requirement| {
        let is_it = |document: &&SignedDocument| {
            document.requirement == *requirement && document.letter == letter && document.ledger == ledger
        };
        let missing = DocumentError::Missing { kind: requirement.kind, signer: requirement.signer };
        let document = documents.iter().find(is_it).ok_or(missing)?;
        document.check()?;
        Ok(document)
    };
    required.iter().map(find).collect()
}

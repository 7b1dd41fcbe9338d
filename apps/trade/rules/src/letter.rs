//! What a letter of credit says: parties, asset, hidden amount, times and required documents.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Serialize, Serializer};
use tabella_protocol::{
    hash::blake2b_256,
    hash_newtype,
    keys::OwnerCommitment,
    list::read_list,
    note::{AssetId, Contract, Guard, Terms, Timestamp},
    ristretto::Element,
    transaction::LedgerId,
};
use thiserror::Error;

use crate::{
    domain::{APPLICATION, personal},
    encoding::bytes,
};

/// Most documents that a letter asks for.
pub const MAX_DOCUMENTS: usize = 16;

hash_newtype! {
    /// Which letter of credit: the digest of all its terms as they were at issue, which its guard commits to.
    LetterId
}

impl LetterId {
    /// The guard of the letter's escrows. `None` with negligible probability.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        Guard::of(&APPLICATION.0, &self.0)
    }
}

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum DocumentKind {
    /// The seller's invoice.
    CommercialInvoice,
    /// Transport by sea.
    BillOfLading,
    /// Transport by air.
    AirWaybill,
    /// Transport by road or rail.
    Waybill,
    /// What is in which package.
    PackingList,
    /// That the goods are insured.
    InsuranceCertificate,
    /// Where the goods were made.
    CertificateOfOrigin,
    /// That somebody has looked at the goods.
    InspectionCertificate,
    /// Anything else.
    Other,
}

impl DocumentKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::CommercialInvoice,
        Self::BillOfLading,
        Self::AirWaybill,
        Self::Waybill,
        Self::PackingList,
        Self::InsuranceCertificate,
        Self::CertificateOfOrigin,
        Self::InspectionCertificate,
        Self::Other,
    ];

    /// Whether it tells when the goods were shipped.
    #[must_use]
    pub const fn is_transport(self) -> bool {
        matches!(self, Self::BillOfLading | Self::AirWaybill | Self::Waybill)
    }

    /// Its name in commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CommercialInvoice => "commercial-invoice",
            Self::BillOfLading => "bill-of-lading",
            Self::AirWaybill => "air-waybill",
            Self::Waybill => "waybill",
            Self::PackingList => "packing-list",
            Self::InsuranceCertificate => "insurance-certificate",
            Self::CertificateOfOrigin => "certificate-of-origin",
            Self::InspectionCertificate => "inspection-certificate",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for DocumentKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A document that must be presented, and whose signature it needs: the carrier's on a bill of lading, the beneficiary's own on
/// its invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Requirement {
    /// What it is.
    pub kind: DocumentKind,
    /// Ed25519 key of whoever must sign it.
    pub signer: [u8; 32],
}

/// The parties, by Ed25519 keys. One key may have several parts: a bank often examines itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Parties {
    /// Who buys, and asked for the letter.
    pub applicant: [u8; 32],
    /// Who promises to pay, and locks the amount.
    pub issuing_bank: [u8; 32],
    /// Who tells the beneficiary that the letter is genuine.
    pub advising_bank: [u8; 32],
    /// Who sells, presents documents and is paid.
    pub beneficiary: [u8; 32],
    /// Who says whether documents comply.
    pub examiner: [u8; 32],
}

/// What an amendment may change.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Conditions {
    /// The last moment at which goods may be shipped; exactly if a transport document is required.
    pub latest_shipment: Option<Timestamp>,
    /// Documents are presented before this.
    pub expiry: Timestamp,
    /// What must be presented: 1 to 16, ascending by kind and signer, each once.
    #[borsh(deserialize_with = "read_list::<MAX_DOCUMENTS, Requirement, _>")]
    pub documents: Vec<Requirement>,
    /// Digest of what the parties wrote about goods and documents.
    pub description: [u8; 32],
    /// Seconds after a presentation at which an examiner who has said nothing has accepted it (UCP 600, article 16 f). Goods that
    /// were shipped too late are never accepted so. `None`: silence accepts nothing.
    pub silence: Option<u32>,
}

/// All that a letter says. The escrow's contract follows from it, and its id commits to it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LetterTerms {
    /// Who takes part.
    pub parties: Parties,
    /// In which asset it is paid.
    pub asset: AssetId,
    /// The amount, hidden: `w·B + s·B~`. Whoever is told (w, s) can check it; nobody else learns it.
    pub amount: Element,
    /// Owner commitment of the beneficiary's address: made for this letter alone, because it becomes public.
    pub claimant: OwnerCommitment,
    /// The escrow is claimed before this.
    pub claim_until: Timestamp,
    /// The escrow is taken back from this on.
    pub refund_from: Timestamp,
    /// What may be amended.
    pub conditions: Conditions,
    /// Random: two letters of equal terms differ.
    pub nonce: [u8; 32],
}

/// Why terms are refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermsError {
    /// The times are not in their order.
    #[error("latest shipment <= expiry < end of claims <= start of refunds: these times are in another order")]
    Times,
    /// No document, too many, out of order or repeated.
    #[error("a letter asks for 1 to {MAX_DOCUMENTS} documents, ascending by kind and signer, each once")]
    Documents,
    /// A time of shipment without a transport document, or the reverse.
    #[error("a latest shipment is set exactly if a transport document is required")]
    Shipment,
    /// Silence would accept at once, or only when it is too late to claim.
    #[error(
        "an examiner's silence accepts after 1 second or more, and before the end of claims for every presentation"
    )]
    Silence,
}

impl LetterTerms {
    /// Checks the limits.
    ///
    /// # Errors
    /// [`TermsError`] names the rule.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.claim_until > self.refund_from {
            return Err(TermsError::Times);
        }
        self.conditions.check(self.claim_until)
    }

    /// `BLAKE2b-256("Trade_Letter__Id", ledger || borsh of the terms)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> LetterId {
        LetterId(blake2b_256(personal::LETTER, &[ledger.as_bytes(), &bytes(self)]))
    }

    /// The contract that every escrow of the letter has. `None` with negligible probability.
    #[must_use]
    pub fn contract(&self, ledger: LedgerId) -> Option<Contract> {
        let terms = Terms { claim_until: self.claim_until, refund_from: self.refund_from, burn_only: false };
        Some(Contract { claimant: self.claimant, terms, guard: self.id(ledger).guard()? })
    }
}

impl Conditions {
    /// Checks the limits, under an escrow that is claimed until `claim_until`.
    ///
    /// # Errors
    /// [`TermsError`] names the rule.
    pub fn check(&self, claim_until: Timestamp) -> Result<(), TermsError> {
        if self.latest_shipment.is_some_and(|latest| latest > self.expiry) || self.expiry >= claim_until {
            return Err(TermsError::Times);
        }
        let ascending = self.documents.iter().zip(self.documents.iter().skip(1)).all(|(a, b)| a < b);
        if self.documents.is_empty() || self.documents.len() > MAX_DOCUMENTS || !ascending {
            return Err(TermsError::Documents);
        }
        if self.latest_shipment.is_some() != self.documents.iter().any(|document| document.kind.is_transport()) {
            return Err(TermsError::Shipment);
        }
        match self.silence.map(u64::from) {
            Some(0) => Err(TermsError::Silence),
            Some(silence) if self.expiry.seconds() + silence >= claim_until.seconds() => Err(TermsError::Silence),
            _ => Ok(()),
        }
    }

    /// `BLAKE2b-256("Trade_Amendment_", borsh of the conditions)`: what those who agree to an amendment sign.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        blake2b_256(personal::AMENDMENT, &[&bytes(self)])
    }
}

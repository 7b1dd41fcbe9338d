//! Letters of credit: from the application to the claim.

mod acting;
mod consent;

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::holder::LockOrder;
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    ristretto::CanonicalScalar,
    transaction::{LedgerId, SignatureBytes},
};
use tabella_prover::{
    account::AmountOpening,
    bridge::BridgeProveError,
    builder::{FinishError, UnprovenTransfer},
};
use tabella_trade_rules::{
    action::{Consent, TradeAction, TradeProof, document_digest},
    error::Role,
    letter::{Conditions, DocumentKind, LetterId, LetterTerms, Parties, TermsError},
};
use tabella_verifier::application::signed_by;
use thiserror::Error;

use crate::{documents::DocumentError, keys::TradeKeys};

pub use acting::{OnLedger, WithTransfer, alone, together};
pub use consent::{AmendmentFile, Change, SignedConsent};

use acting::require;

/// Why something cannot be done with a letter.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LetterError {
    /// The terms are wrong.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The file does not open to what the terms hide.
    #[error("the letter's file does not fit its terms: {0}")]
    File(&'static str),
    /// The applicant has not signed.
    #[error(
        "the applicant has not agreed to these terms: `tabella trade lc draft` makes the letter under the applicant's key"
    )]
    NotAgreed,
    /// The keys are of another party.
    #[error("this key is not that of the letter's {0}")]
    NotParty(Role),
    /// A consent is missing or of another thing.
    #[error("the {0} has not agreed to exactly this: `tabella trade lc consent` makes such a file")]
    NoConsent(Role),
    /// Nothing was presented.
    #[error("nothing has been presented under this letter")]
    NothingPresented,
    /// Something else was presented since it was read.
    #[error(
        "the last presentation under this letter is number {0}, and the digest is not of it: `tabella trade lc review` \
         with the letter's id shows what is presented now"
    )]
    OtherPresentation(u32),
    /// The letter went on since it was read.
    #[error(
        "the letter stands at {version} amendments and {presentations} presentations, and the digest is not of that: \
         `tabella trade lc review` with the letter's id shows it as it is now"
    )]
    OtherState {
        /// How often it was amended.
        version: u32,
        /// How often documents were presented.
        presentations: u32,
    },
    /// A document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The transfer is of another amount.
    #[error(transparent)]
    Bridge(#[from] BridgeProveError),
    /// The transfer makes no escrow.
    #[error("the transfer makes no tagged escrow")]
    Transfer,
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
}

/// What an applicant asks for.
#[derive(Clone, Debug)]
pub struct LetterRequest {
    /// Who takes part; the applicant is whose keys make the letter.
    pub parties: Parties,
    /// In which asset it is paid.
    pub asset: AssetId,
    /// How much.
    pub amount: NoteValue,
    /// The beneficiary's address, made for this letter alone.
    pub claimant: Address,
    /// The escrow is claimed before this.
    pub claim_until: Timestamp,
    /// The escrow is taken back from this on.
    pub refund_from: Timestamp,
    /// The last moment of shipment.
    pub latest_shipment: Option<Timestamp>,
    /// Documents are presented before this.
    pub expiry: Timestamp,
    /// What must be presented, in any order.
    pub documents: Vec<tabella_trade_rules::letter::Requirement>,
    /// Goods and documents, in words.
    pub description: String,
    /// Seconds after which silence accepts.
    pub silence: Option<u32>,
}

/// A letter, as those who take part in it know it: with the amount and the words that the ledger does not see. `Debug` prints
/// neither.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LetterFile {
    /// The ledger.
    pub ledger: LedgerId,
    /// The terms.
    pub terms: LetterTerms,
    /// The amount.
    pub amount: NoteValue,
    /// What hides it.
    pub blinding: CanonicalScalar,
    /// The beneficiary's address.
    pub claimant: Address,
    /// Goods and documents, in words.
    pub description: String,
    /// What blinds their digest.
    pub description_blinding: [u8; 32],
    /// The applicant's consent.
    pub consent: SignatureBytes,
}

impl fmt::Debug for LetterFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LetterFile").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// The digest of words about goods and documents, blinded.
#[must_use]
pub fn description_digest(blinding: &[u8; 32], text: &str) -> [u8; 32] {
    document_digest(DocumentKind::Other, blinding, text.as_bytes())
}

impl LetterFile {
    /// Drafts a letter as its applicant, who agrees to it.
    ///
    /// # Errors
    /// [`LetterError::Terms`], [`LetterError::NotParty`].
    pub fn draft(
        keys: &TradeKeys,
        ledger: LedgerId,
        request: LetterRequest,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, LetterError> {
        let LetterRequest { parties, asset, amount, claimant, claim_until, refund_from, expiry, .. } = request;
        require(keys, &parties.applicant, Role::Applicant)?;
        let (mut nonce, mut description_blinding) = ([0; 32], [0; 32]);
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(&mut description_blinding);
        let blinding = CanonicalScalar(curve25519_dalek::scalar::Scalar::random(rng));
        let mut documents = request.documents;
        documents.sort_unstable();
        let conditions = Conditions {
            latest_shipment: request.latest_shipment,
            expiry,
            documents,
            description: description_digest(&description_blinding, &request.description),
            silence: request.silence,
        };
        let terms = LetterTerms {
            parties,
            asset,
            amount: AmountOpening::new(amount, blinding.0).commitment(),
            claimant: claimant.owner(),
            claim_until,
            refund_from,
            conditions,
            nonce,
        };
        terms.check()?;
        let consent = keys.consent(ledger, &Consent::Issue(terms.id(ledger)));
        let description = request.description;
        Ok(Self { ledger, terms, amount, blinding, claimant, description, description_blinding, consent })
    }

    /// The letter's id.
    #[must_use]
    pub fn id(&self) -> LetterId {
        self.terms.id(self.ledger)
    }

    /// The opening of the hidden amount.
    #[must_use]
    pub const fn opening(&self) -> AmountOpening {
        AmountOpening::new(self.amount, self.blinding.0)
    }

    /// Whether the file opens what the terms hide, and the applicant has agreed to them.
    ///
    /// # Errors
    /// [`LetterError`] tells what does not fit.
    pub fn check(&self) -> Result<(), LetterError> {
        self.terms.check()?;
        if self.amount == NoteValue(0) || self.opening().commitment() != self.terms.amount {
            return Err(LetterError::File("the amount is another one"));
        }
        if self.claimant.owner() != self.terms.claimant || self.claimant.transmission_key().is_identity() {
            return Err(LetterError::File("the beneficiary's address is another one"));
        }
        if description_digest(&self.description_blinding, &self.description) != self.terms.conditions.description {
            return Err(LetterError::File("the description is another one"));
        }
        let message = Consent::Issue(self.id()).message(self.ledger);
        if signed_by(&self.terms.parties.applicant, &message, &self.consent.0) {
            Ok(())
        } else {
            Err(LetterError::NotAgreed)
        }
    }

    /// What the issuing bank locks.
    ///
    /// # Errors
    /// [`LetterError::File`] with negligible probability: the guard's hash is 0.
    pub fn lock_order(&self, memo: Memo) -> Result<LockOrder, LetterError> {
        lock_order(self.id(), &self.terms, self.claimant, self.amount, memo)
    }

    /// The issuing bank opens the letter with a transfer that [`Self::lock_order`] describes.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn issue(
        &self,
        keys: &TradeKeys,
        transfer: UnprovenTransfer,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<WithTransfer, LetterError> {
        self.check()?;
        require(keys, &self.terms.parties.issuing_bank, Role::IssuingBank)?;
        let action = TradeAction::Issue { terms: Box::new(self.terms.clone()), transfer: 0 };
        together(self.ledger, transfer, &self.opening(), &action, rng, |digest, bridge| TradeProof {
            consents: vec![self.consent],
            bridge: Some(bridge),
            ..TradeProof::signed(keys.sign(digest))
        })
    }
}

/// An escrow of a letter.
fn lock_order(
    id: LetterId,
    terms: &LetterTerms,
    claimant: Address,
    amount: NoteValue,
    memo: Memo,
) -> Result<LockOrder, LetterError> {
    let guard = id.guard().ok_or(LetterError::File("its guard is 0"))?;
    let terms = Terms { claim_until: terms.claim_until, refund_from: terms.refund_from, burn_only: false };
    Ok(LockOrder { claimant, terms, guard, amount, memo, is_tagged: true })
}

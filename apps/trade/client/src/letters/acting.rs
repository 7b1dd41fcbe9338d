//! What the parties send to the ledger.

use rand_core::{CryptoRng, RngCore};
use tabella_payments::holder::LockOrder;
pub use tabella_payments::holder::WithTransfer;
use tabella_protocol::{
    bridge::BridgeProof,
    keys::Address,
    note::{NoteValue, Timestamp},
    note_encryption::Memo,
    transaction::{
        Action, LedgerId, SignatureBytes, Transaction, TransactionDigest, TransactionEffects, TransferStatement,
    },
    transcript::ProofContext,
};
use tabella_prover::{
    account::AmountOpening,
    builder::{TransactionBuilder, UnprovenTransfer},
};
use tabella_trade_rules::{
    action::{Consent, Discrepancy, Increase, TradeAction, TradeProof},
    domain::APPLICATION,
    error::Role,
    letter::{Conditions, LetterId, Parties},
    state::{Letter, Status},
};

use super::{LetterError, SignedConsent, consent::find, lock_order};
use crate::{
    documents::{SignedDocument, complete},
    keys::TradeKeys,
};

pub(super) fn require(keys: &TradeKeys, party: &[u8; 32], role: Role) -> Result<(), LetterError> {
    if keys.party() == *party { Ok(()) } else { Err(LetterError::NotParty(role)) }
}

fn wrap(action: &TradeAction) -> Action {
    Action { application: APPLICATION, body: borsh::to_vec(action).expect("writing to memory") }
}

/// A transaction that is one action without a transfer: it holds no randomness.
#[must_use]
pub fn alone(ledger: LedgerId, action: &TradeAction, prove: impl FnOnce(&ProofContext) -> TradeProof) -> Transaction {
    let effects = TransactionEffects::new(ledger, Vec::new(), vec![wrap(action)]);
    let proof = prove(&ProofContext { ledger, digest: effects.digest(), index: 0 });
    let action_proofs = vec![borsh::to_vec(&proof).expect("writing to memory")];
    Transaction { effects, transfers: Vec::new(), action_proofs }
}

/// A transaction that is one transfer and one action, which is given the bridge from the transfer's C.
///
/// # Errors
/// [`LetterError::Transfer`], [`LetterError::Bridge`], [`LetterError::Finish`].
pub fn together<R: RngCore + CryptoRng>(
    ledger: LedgerId,
    transfer: UnprovenTransfer,
    opening: &AmountOpening,
    action: &TradeAction,
    rng: &mut R,
    prove: impl FnOnce(TransactionDigest, BridgeProof) -> TradeProof,
) -> Result<WithTransfer, LetterError> {
    let (commitment, value) = match (&transfer.effects().statement, transfer.opening()) {
        (TransferStatement::Transfer { instance, .. }, Some(value)) => (instance.value_commitment, value),
        _ => return Err(LetterError::Transfer),
    };
    let mut builder = TransactionBuilder::new(ledger);
    builder.add(transfer);
    builder.add_action(wrap(action));
    let context = ProofContext { ledger, digest: builder.effects().digest(), index: 0 };
    let bridge = opening.bridge(&context, commitment, &value, rng)?;
    let proof = prove(context.digest, bridge);
    Ok(WithTransfer { transaction: builder.build()?, proof: borsh::to_vec(&proof).expect("writing to memory") })
}

/// A letter on the ledger, as one of its parties acts on it.
#[derive(Clone, Copy, Debug)]
pub struct OnLedger<'a> {
    /// The ledger.
    pub ledger: LedgerId,
    /// Which letter.
    pub id: LetterId,
    /// As it stands.
    pub letter: &'a Letter,
}

impl OnLedger<'_> {
    const fn parties(&self) -> &Parties {
        &self.letter.terms.parties
    }

    fn signed(&self, keys: &TradeKeys, action: &TradeAction) -> Transaction {
        alone(self.ledger, action, |context| TradeProof::signed(keys.sign(context.digest)))
    }

    fn presentation(&self) -> Result<u32, LetterError> {
        let presentation = self.letter.status.presentation().ok_or(LetterError::NothingPresented)?;
        Ok(presentation.number)
    }

    /// The advising bank says that the letter is genuine.
    ///
    /// # Errors
    /// [`LetterError::NotParty`].
    pub fn advise(&self, keys: &TradeKeys) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().advising_bank, Role::AdvisingBank)?;
        Ok(self.signed(keys, &TradeAction::Advise { letter: self.id, version: self.letter.version }))
    }

    /// The beneficiary presents documents.
    ///
    /// # Errors
    /// [`LetterError::NotParty`], [`LetterError::Document`].
    pub fn present(&self, keys: &TradeKeys, documents: &[SignedDocument]) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().beneficiary, Role::Beneficiary)?;
        let documents = complete(self.ledger, self.id, &self.letter.conditions.documents, documents)?;
        let action = TradeAction::Present {
            letter: self.id,
            version: self.letter.version,
            documents: documents.iter().map(|document| document.document).collect(),
        };
        Ok(alone(self.ledger, &action, |context| TradeProof {
            endorsements: documents.iter().map(|document| document.signature).collect(),
            ..TradeProof::signed(keys.sign(context.digest))
        }))
    }

    /// The examiner accepts.
    ///
    /// # Errors
    /// [`LetterError::NotParty`], [`LetterError::NothingPresented`].
    pub fn accept(&self, keys: &TradeKeys) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().examiner, Role::Examiner)?;
        Ok(self.signed(keys, &TradeAction::Accept { letter: self.id, presentation: self.presentation()? }))
    }

    /// The examiner refuses.
    ///
    /// # Errors
    /// [`LetterError::NotParty`], [`LetterError::NothingPresented`].
    pub fn refuse(&self, keys: &TradeKeys, mut discrepancies: Vec<Discrepancy>) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().examiner, Role::Examiner)?;
        discrepancies.sort_unstable();
        discrepancies.dedup();
        let action = TradeAction::Refuse { letter: self.id, presentation: self.presentation()?, discrepancies };
        Ok(self.signed(keys, &action))
    }

    /// What the applicant agrees to who takes the documents as they are.
    ///
    /// # Errors
    /// [`LetterError::NothingPresented`].
    pub fn waiver(&self) -> Result<Consent, LetterError> {
        Ok(Consent::Waive { letter: self.id, presentation: self.presentation()? })
    }

    /// The digests of what can be agreed to at a time: that the last presentation is taken as it is, and that the letter ends.
    #[must_use]
    pub fn to_agree(&self, now: Timestamp) -> [Option<[u8; 32]>; 2] {
        if self.letter.is_open(now) || matches!(self.letter.status, Status::Cancelled(_)) {
            return [None, None];
        }
        let consents = [self.waiver().ok(), Some(self.cancellation())];
        consents.map(|consent| consent.map(|consent| consent.message(self.ledger)))
    }

    /// The consent to take the presentation as it is of which this digest was read.
    ///
    /// # Errors
    /// [`LetterError::NothingPresented`]; [`LetterError::OtherPresentation`] if another one is on the ledger.
    pub fn waiver_read(&self, digest: &[u8; 32]) -> Result<Consent, LetterError> {
        let (waiver, last) = (self.waiver()?, self.presentation()?);
        if waiver.message(self.ledger) == *digest { Ok(waiver) } else { Err(LetterError::OtherPresentation(last)) }
    }

    /// The consent to end the letter as it stood when this digest was read.
    ///
    /// # Errors
    /// [`LetterError::OtherState`] if it was amended since, or documents were presented.
    pub fn cancellation_read(&self, digest: &[u8; 32]) -> Result<Consent, LetterError> {
        let cancellation = self.cancellation();
        let Letter { version, presentations, .. } = *self.letter;
        let is_read = cancellation.message(self.ledger) == *digest;
        if is_read { Ok(cancellation) } else { Err(LetterError::OtherState { version, presentations }) }
    }

    /// The issuing bank takes the documents as they are.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn waive(&self, keys: &TradeKeys, consents: &[SignedConsent]) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().issuing_bank, Role::IssuingBank)?;
        let applicant = find(consents, self.ledger, &self.waiver()?, &self.parties().applicant, Role::Applicant)?;
        let action = TradeAction::Waive { letter: self.id, presentation: self.presentation()? };
        Ok(alone(self.ledger, &action, |context| TradeProof {
            consents: vec![applicant],
            ..TradeProof::signed(keys.sign(context.digest))
        }))
    }

    /// What applicant and beneficiary agree to who want other conditions, and more money if there is an increase.
    #[must_use]
    pub fn amendment(&self, conditions: &Conditions, increase: Option<&AmountOpening>) -> Consent {
        Consent::Amend {
            letter: self.id,
            version: self.letter.version,
            conditions: conditions.digest(),
            increase: increase.map(AmountOpening::commitment),
        }
    }

    fn both(&self, consents: &[SignedConsent], consent: &Consent) -> Result<Vec<SignatureBytes>, LetterError> {
        let parties = self.parties();
        let find = |party, role| find(consents, self.ledger, consent, party, role);
        Ok(vec![find(&parties.applicant, Role::Applicant)?, find(&parties.beneficiary, Role::Beneficiary)?])
    }

    /// The issuing bank amends the conditions; the amount stays.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn amend(
        &self,
        keys: &TradeKeys,
        conditions: Conditions,
        consents: &[SignedConsent],
    ) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().issuing_bank, Role::IssuingBank)?;
        conditions.check(self.letter.terms.claim_until)?;
        let consents = self.both(consents, &self.amendment(&conditions, None))?;
        let action = TradeAction::Amend { letter: self.id, version: self.letter.version, conditions, increase: None };
        Ok(alone(self.ledger, &action, |context| TradeProof {
            consents,
            ..TradeProof::signed(keys.sign(context.digest))
        }))
    }

    /// What the issuing bank locks besides for an increase.
    ///
    /// # Errors
    /// [`LetterError::File`] if the address is not the beneficiary's.
    pub fn increase_order(&self, claimant: Address, amount: NoteValue) -> Result<LockOrder, LetterError> {
        if claimant.owner() != self.letter.terms.claimant {
            return Err(LetterError::File("the beneficiary's address is another one"));
        }
        lock_order(self.id, &self.letter.terms, claimant, amount, Memo::empty())
    }

    /// The issuing bank amends the conditions and locks more.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn amend_and_increase(
        &self,
        keys: &TradeKeys,
        conditions: Conditions,
        (transfer, opening): (UnprovenTransfer, &AmountOpening),
        consents: &[SignedConsent],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<WithTransfer, LetterError> {
        require(keys, &self.parties().issuing_bank, Role::IssuingBank)?;
        conditions.check(self.letter.terms.claim_until)?;
        let consents = self.both(consents, &self.amendment(&conditions, Some(opening)))?;
        let increase = Some(Increase { amount: opening.commitment(), transfer: 0 });
        let action = TradeAction::Amend { letter: self.id, version: self.letter.version, conditions, increase };
        together(self.ledger, transfer, opening, &action, rng, |digest, bridge| TradeProof {
            consents,
            bridge: Some(bridge),
            ..TradeProof::signed(keys.sign(digest))
        })
    }

    /// What applicant and beneficiary agree to who end the letter.
    #[must_use]
    pub const fn cancellation(&self) -> Consent {
        let Letter { version, presentations, .. } = *self.letter;
        Consent::Cancel { letter: self.id, version, presentations }
    }

    /// The issuing bank ends the letter.
    ///
    /// # Errors
    /// [`LetterError`].
    pub fn cancel(&self, keys: &TradeKeys, consents: &[SignedConsent]) -> Result<Transaction, LetterError> {
        require(keys, &self.parties().issuing_bank, Role::IssuingBank)?;
        let consents = self.both(consents, &self.cancellation())?;
        let Letter { version, presentations, .. } = *self.letter;
        let action = TradeAction::Cancel { letter: self.id, version, presentations };
        Ok(alone(self.ledger, &action, |context| TradeProof {
            consents,
            ..TradeProof::signed(keys.sign(context.digest))
        }))
    }
}

//! The rules: what a corridor is, when both legs are locked, who answers.
//!
//! Nothing is made or lost: this application moves nothing. Each leg is a note of its payer's that becomes an escrow of the same
//! amount, which its claimant or its payer settles whole.

use std::collections::BTreeMap;

use tabella_protocol::{
    asset::AssetClass,
    bridge::BridgeProof,
    note::{AssetId, Contract, Guard, NoteCommitment, Timestamp},
    range::RangeProofBytes,
    ristretto::Element,
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::{
    application::{Application, Place, UseError, signed_by},
    range::RangeObligation,
};
use thiserror::Error;

use crate::{
    action::{APPLICATION, RemittanceAction, RemittanceProof},
    state::{Answer, Remittance, Remittances},
    terms::{Corridor, CorridorError, CorridorId, RemittanceId, RemittanceTerms, TermsError, party_message},
};

/// Why an action on a remittance is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemittanceRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The proof is of another kind of action.
    #[error("the proof is of another kind of action")]
    Proof,
    /// The corridor is none.
    #[error(transparent)]
    Corridor(#[from] CorridorError),
    /// An asset is not on the ledger, or not ordinary.
    #[error("asset {0} is no ordinary asset of this ledger")]
    Asset(AssetId),
    /// Opened before.
    #[error("corridor {0} is open already")]
    CorridorExists(CorridorId),
    /// There is none.
    #[error("there is no corridor {0}")]
    UnknownCorridor(CorridorId),
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// Too late.
    #[error("the quote expired before the block's time: ask the provider for a new one")]
    Expired,
    /// A quote is good once.
    #[error("this quote was used before: a quote is good once")]
    QuoteUsed,
    /// The same terms again.
    #[error("remittance {0} was locked before")]
    Exists(RemittanceId),
    /// The guard's hash is 0.
    #[error("the guard of these terms is 0: take another nonce")]
    Guard,
    /// A leg is locked under another contract.
    #[error("transfer {0} is not locked under the contract of these terms")]
    Contract(u32),
    /// There is none.
    #[error("there is no remittance {0}")]
    UnknownRemittance(RemittanceId),
    /// Answered before.
    #[error("remittance {0} is answered, for good")]
    Answered(RemittanceId),
    /// Not answered in time.
    #[error("remittance {0} was to be answered before this block's time: both legs go back")]
    TooLate(RemittanceId),
    /// Not signed by who may.
    #[error("the transaction is not signed by the {0}")]
    Signature(&'static str),
}

/// What the actions of a transaction change.
#[derive(Debug, Default)]
pub struct Changes {
    corridors: BTreeMap<CorridorId, Corridor>,
    remittances: BTreeMap<RemittanceId, Remittance>,
    /// Of remittances that are new.
    quotes: BTreeMap<[u8; 32], RemittanceId>,
}

impl Application for Remittances {
    const ID: ApplicationId = APPLICATION;
    type Body = RemittanceAction;
    type Proof = RemittanceProof;
    type Changes = Changes;
    type Error = RemittanceRejection;

    fn check(
        &self,
        changes: &mut Changes,
        action: RemittanceAction,
        proof: RemittanceProof,
        place: &mut Place<'_>,
    ) -> Result<(), RemittanceRejection> {
        let mut check = Check { state: self, changes, place };
        match (action, proof) {
            (RemittanceAction::Open { corridor }, RemittanceProof::Signature(operator)) => {
                check.open(corridor, &operator)
            }
            (
                RemittanceAction::Lock { terms, pay, deliver },
                RemittanceProof::Lock { quote, pay: paid, deliver: delivered, limit },
            ) => check.lock(*terms, &quote, (pay, paid), (deliver, delivered), limit),
            (RemittanceAction::Answer { remittance, accepts }, RemittanceProof::Signature(answerer)) => {
                check.answer(remittance, accepts, &answerer)
            }
            _ => Err(RemittanceRejection::Proof),
        }
    }

    fn execute(&mut self, changes: Changes) {
        let Changes { corridors, remittances, quotes } = changes;
        for (id, corridor) in corridors {
            self.corridors.insert_mut(id, corridor);
        }
        for (quote, id) in quotes {
            self.quotes.insert_mut(quote);
            if let Some(guard) = id.guard() {
                self.guards.insert_mut(guard.to_bytes(), id);
            }
        }
        for (id, remittance) in remittances {
            self.remittances.insert_mut(id, remittance);
        }
    }

    fn open_guard(&self, guard: &Guard, _now: Timestamp) -> Option<[u8; 32]> {
        self.opened(guard)
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Remittances,
    changes: &'a mut Changes,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn open(&mut self, corridor: Corridor, operator: &SignatureBytes) -> Result<(), RemittanceRejection> {
        corridor.check()?;
        for asset in [corridor.pays, corridor.receives] {
            if self.place.class_of(&asset) != Some(AssetClass::Ordinary) {
                return Err(RemittanceRejection::Asset(asset));
            }
        }
        let id = corridor.id(self.place.ledger());
        if self.corridor(id).is_ok() {
            return Err(RemittanceRejection::CorridorExists(id));
        }
        self.signed(&corridor.operator, operator, "operator of the corridor")?;
        self.changes.corridors.insert(id, corridor);
        Ok(())
    }

    fn lock(
        &mut self,
        terms: RemittanceTerms,
        quote: &SignatureBytes,
        pay: (u32, BridgeProof),
        deliver: (u32, BridgeProof),
        limit: RangeProofBytes,
    ) -> Result<(), RemittanceRejection> {
        let corridor = self.corridor(terms.corridor)?.clone();
        terms.check()?;
        if self.place.time() >= terms.quote_expires {
            return Err(RemittanceRejection::Expired);
        }
        let id = terms.id(self.place.ledger());
        if self.remittance(id).is_ok() {
            return Err(RemittanceRejection::Exists(id));
        }
        if self.state.is_used(&terms.quote_key) || self.changes.quotes.contains_key(&terms.quote_key) {
            return Err(RemittanceRejection::QuoteUsed);
        }
        self.signed(&terms.quote_key, quote, "provider, by the key of the quote")?;
        let [paid, delivered] = terms.contracts(self.place.ledger()).ok_or(RemittanceRejection::Guard)?;
        let paid = self.leg(pay, corridor.pays, terms.paid, paid)?;
        let delivered = self.leg(deliver, corridor.receives, terms.delivered, delivered)?;
        let statement = corridor.limit_statement(id, &terms.paid);
        self.place.push_range(RangeObligation { context: self.place.context(), statement, proof: limit });
        self.changes.quotes.insert(terms.quote_key, id);
        self.changes.remittances.insert(id, Remittance::new(terms, [paid, delivered]));
        Ok(())
    }

    /// A transfer that locks exactly the committed amount of an asset under a contract. Gives the escrow.
    fn leg(
        &mut self,
        (transfer, bridge): (u32, BridgeProof),
        asset: AssetId,
        amount: Element,
        contract: Contract,
    ) -> Result<NoteCommitment, RemittanceRejection> {
        let used = self.place.use_bridged(transfer, Mode::Tag, asset, amount, bridge)?;
        let escrow = used.output().filter(|_| used.contract() == Some(&contract));
        escrow.ok_or(RemittanceRejection::Contract(transfer))
    }

    fn answer(
        &mut self,
        id: RemittanceId,
        accepts: bool,
        answerer: &SignatureBytes,
    ) -> Result<(), RemittanceRejection> {
        let remittance = self.remittance(id)?.clone();
        if remittance.answer().is_some() {
            return Err(RemittanceRejection::Answered(id));
        }
        if self.place.time() >= remittance.terms().answer_until {
            return Err(RemittanceRejection::TooLate(id));
        }
        self.signed(&remittance.terms().answerer, answerer, "receiver's institution")?;
        let answer = if accepts { Answer::Accepted } else { Answer::Declined };
        self.changes.remittances.insert(id, remittance.answered(answer));
        Ok(())
    }

    /// A corridor, as the actions before this one leave it.
    fn corridor(&self, id: CorridorId) -> Result<&Corridor, RemittanceRejection> {
        let corridor = self.changes.corridors.get(&id).or_else(|| self.state.corridor(&id));
        corridor.ok_or(RemittanceRejection::UnknownCorridor(id))
    }

    /// A remittance, as the actions before this one leave it.
    fn remittance(&self, id: RemittanceId) -> Result<&Remittance, RemittanceRejection> {
        let remittance = self.changes.remittances.get(&id).or_else(|| self.state.remittance(&id));
        remittance.ok_or(RemittanceRejection::UnknownRemittance(id))
    }

    fn signed(&self, key: &[u8; 32], signature: &SignatureBytes, who: &'static str) -> Result<(), RemittanceRejection> {
        if signed_by(key, &party_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(RemittanceRejection::Signature(who))
        }
    }
}

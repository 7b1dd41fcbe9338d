//! What the receiver's institution is told, and what it checks before it answers.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{note::NoteValue, ristretto::CanonicalScalar, transaction::LedgerId};
use tabella_prover::{
    account::AmountOpening,
    wallet::{NoteKind, ReceivedNote, Wallet},
};
use tabella_remittance_rules::{
    CorridorId, Remittance, RemittanceId, RemittanceTerms, Remittances, terms::travel_digest,
};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

use crate::{
    keys::RemittanceKeys,
    payee::Payee,
    travel::{TravelError, TravelMessage},
};

/// A remittance, as the sender tells the receiver's institution of it. `Debug` prints the id.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Notice {
    /// The ledger.
    pub ledger: LedgerId,
    /// What was agreed to.
    pub terms: RemittanceTerms,
    /// What is paid.
    pub paid: NoteValue,
    /// What hides it.
    pub paid_blinding: CanonicalScalar,
    /// What is delivered.
    pub delivered: NoteValue,
    /// What hides it.
    pub delivered_blinding: CanonicalScalar,
    /// The sealed travel-rule message.
    pub travel: Vec<u8>,
}

impl PublicFile for Notice {
    const KIND: &'static str = "remittance notice";
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// Why a notice is not to be believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeError {
    /// Of another ledger.
    #[error("the notice is for ledger {0}, and this is another one")]
    Ledger(LedgerId),
    /// Not locked.
    #[error("remittance {0} is not on this ledger: nothing was locked yet")]
    NotLocked(RemittanceId),
    /// In another corridor than the payee's.
    #[error("the remittance is in corridor {0}, which is not the one that the payee file names")]
    Corridor(CorridorId),
    /// Of other keys, or of another payee.
    #[error("remittance {0} is for another payee, or answered by other keys: --number names those of the payee file")]
    NotMine(RemittanceId),
    /// The amount is another one.
    #[error("the notice tells another amount than is locked")]
    Amount,
    /// The message is another one.
    #[error("the travel-rule message is not the one that the remittance names")]
    OtherMessage,
    /// The message.
    #[error(transparent)]
    Travel(#[from] TravelError),
    /// Nothing opens.
    #[error(
        "what is delivered does not open in this wallet: the provider has not sent what opens it, so that it could not be \
         claimed. Decline, or let it expire"
    )]
    NoEscrow,
}

/// The escrow of a remittance in a wallet that may claim it, or take it back: spent or not. It is known by its commitment, which
/// the wallet has recomputed from its whole opening. Others may name the same guard.
#[must_use]
pub fn escrow<'w>(wallet: &'w Wallet, remittance: &Remittance, kind: NoteKind) -> Option<&'w ReceivedNote> {
    wallet.notes().find(|note| note.kind() == kind && remittance.legs().contains(&note.note().commitment()))
}

/// What a wallet has locked of a remittance, or may claim.
#[derive(Clone, Copy, Debug)]
pub struct OwnPart<'a> {
    /// The remittance's id.
    pub id: RemittanceId,
    /// The remittance.
    pub remittance: &'a Remittance,
    /// The escrow; its kind tells whether the wallet claims it or takes it back.
    pub note: &'a ReceivedNote,
}

impl OwnPart<'_> {
    /// What has become of it: "locked", "claimed" or "taken back". Before refunds begin, only a claim spends it.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self.note.spent() {
            None => "locked",
            Some(at) if at.time < self.remittance.terms().refund_from => "claimed",
            Some(_) => "taken back",
        }
    }
}

/// What a wallet has locked or may claim of all remittances of a ledger. Nobody else can tell.
pub fn own_parts<'a>(wallet: &'a Wallet, state: &'a Remittances) -> impl Iterator<Item = OwnPart<'a>> {
    state.remittances().flat_map(move |(id, remittance)| {
        let part = move |kind| Some(OwnPart { id, remittance, note: escrow(wallet, remittance, kind)? });
        [NoteKind::EscrowToClaim, NoteKind::EscrowToRefund].into_iter().filter_map(part)
    })
}

impl Notice {
    /// The remittance's id.
    #[must_use]
    pub fn id(&self) -> RemittanceId {
        self.terms.id(self.ledger)
    }

    /// Checks all that must be true before the receiver's institution accepts. Gives what the law wants told.
    ///
    /// # Errors
    /// [`NoticeError`] tells what is not.
    pub fn check(
        &self,
        keys: &RemittanceKeys,
        payee: &Payee,
        state: &Remittances,
        wallet: &Wallet,
    ) -> Result<TravelMessage, NoticeError> {
        let message = self.verify(keys, payee, state)?;
        let remittance = state.remittance(&self.id()).ok_or_else(|| NoticeError::NotLocked(self.id()))?;
        let is_here = escrow(wallet, remittance, NoteKind::EscrowToClaim).is_some_and(|note| note.spent().is_none());
        if is_here { Ok(message) } else { Err(NoticeError::NoEscrow) }
    }

    /// What does not depend on the wallet: that the remittance is on the ledger, for this payee, and that everything in the notice
    /// opens what its terms hide.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn verify(
        &self,
        keys: &RemittanceKeys,
        payee: &Payee,
        state: &Remittances,
    ) -> Result<TravelMessage, NoticeError> {
        if self.ledger != payee.ledger {
            return Err(NoticeError::Ledger(self.ledger));
        }
        let id = self.id();
        let found = state.remittance(&id).map(Remittance::terms);
        let terms = found.ok_or(NoticeError::NotLocked(id))?;
        let corridor = state.corridor(&terms.corridor).filter(|_| terms.corridor == payee.corridor);
        let corridor = corridor.ok_or(NoticeError::Corridor(terms.corridor))?;
        if terms.answerer != keys.signer() || payee.answerer != keys.signer() || terms.receiver != payee.address.owner()
        {
            return Err(NoticeError::NotMine(id));
        }
        let opens = |value, blinding: CanonicalScalar, commitment| {
            AmountOpening::new(value, blinding.0).commitment() == commitment
        };
        if !opens(self.paid, self.paid_blinding, terms.paid)
            || !opens(self.delivered, self.delivered_blinding, terms.delivered)
        {
            return Err(NoticeError::Amount);
        }
        if travel_digest(&self.travel) != terms.travel {
            return Err(NoticeError::OtherMessage);
        }
        let message = TravelMessage::open(keys, &self.travel, terms.quote_expires)?;
        message.expect(terms.quote, corridor, self.paid, self.delivered)?;
        Ok(message)
    }
}

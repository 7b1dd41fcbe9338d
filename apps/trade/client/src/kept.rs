//! What a payer keeps of an offer until the seller has answered, in a file that is sealed under its seed.
//!
//! The payment is made again from it, and from the seed ([`tabella_payments::plan`]). A copy is good in the application
//! whose keys have made it: that of another wallet or another application, or an altered one, is refused.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::{
    holder::PaymentOrder,
    plan::{Deed, Maker, Plan, PlanError, PlanKeys, SealedCopy},
};
use tabella_protocol::{
    keys::Address,
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::{LedgerId, TransferEffects},
};
use tabella_prover::builder::UnprovenTransfer;

use crate::exchange::Offer;

/// What is offered for what.
#[derive(Clone, Copy, BorshSerialize, BorshDeserialize, PartialEq, Eq)]
pub struct Terms {
    /// To whom it is paid.
    pub to: Address,
    /// In which asset.
    pub asset: AssetId,
    /// How much.
    pub price: NoteValue,
    /// For one unit of this.
    pub wanted: AssetId,
    /// Where it is wanted.
    pub deliver_to: Address,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Terms(<secret>)")
    }
}

/// A payer's own copy of an offer. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptOffer {
    ledger: LedgerId,
    terms: Terms,
    payment: TransferEffects,
    plan: Plan,
}

impl fmt::Debug for KeptOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptOffer(<secret>)")
    }
}

impl KeptOffer {
    /// An offer, paid with the notes of a transfer that the wallet has just prepared.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(
        (ledger, terms): (LedgerId, Terms),
        draft: &TransferEffects,
        maker: &Maker<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, PlanError> {
        let (plan, payment) = maker.make(draft, &deed(&terms), &about(ledger, &terms), rng)?;
        Ok(Self { ledger, terms, payment: payment.effects().clone(), plan })
    }

    /// For the payer's own file.
    pub fn seal(&self, keys: &PlanKeys, rng: &mut (impl RngCore + CryptoRng)) -> SealedCopy {
        keys.seal(self, rng)
    }

    /// From the payer's own file.
    ///
    /// # Errors
    /// [`PlanError::Application`], [`PlanError::Foreign`].
    pub fn open(keys: &PlanKeys, copy: &SealedCopy) -> Result<Self, PlanError> {
        keys.open(copy)
    }

    /// For the seller.
    #[must_use]
    pub fn offer(&self) -> Offer {
        let Terms { asset, price, wanted, deliver_to, .. } = self.terms;
        let (ledger, payment) = (self.ledger, self.payment.clone());
        Offer { ledger, payment, asset, price, wanted, quantity: NoteValue(1), deliver_to }
    }

    /// The payment, as it was offered.
    ///
    /// # Errors
    /// [`PlanError::Spent`]; [`PlanError::Foreign`] if these keys have not made this offer.
    pub fn payment(&self, maker: &Maker<'_>) -> Result<UnprovenTransfer, PlanError> {
        maker.again(&self.plan, &self.payment, &deed(&self.terms), &about(self.ledger, &self.terms))
    }
}

fn deed(terms: &Terms) -> Deed {
    Deed::Send(PaymentOrder { to: terms.to, asset: terms.asset, amount: terms.price, memo: Memo::empty() })
}

fn about(ledger: LedgerId, terms: &Terms) -> Vec<u8> {
    borsh::to_vec(&(ledger, terms)).expect("writing to memory")
}

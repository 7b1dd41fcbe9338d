//! What a sender keeps of an order until the provider has answered, in a file that is sealed under its seed.
//!
//! The transfer is made again from it, and from the seed ([`tabella_payments::plan`]). A copy of another wallet,
//! or an altered one, is refused.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_payments::plan::{Deed, Maker, Plan, PlanError, PlanKeys, SealedCopy};
use tabella_protocol::{
    note_encryption::Memo, ristretto::CanonicalScalar, secret::Secret, transaction::TransferEffects,
};
use tabella_prover::{account::AmountOpening, builder::UnprovenTransfer};

use super::{Agreed, Order};

/// A sender's own copy of an order. `Debug` prints the id.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptOrder {
    order: Order,
    plan: Plan,
}

impl fmt::Debug for KeptOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptOrder").field("id", &self.order.id()).finish_non_exhaustive()
    }
}

impl KeptOrder {
    /// The order of what is agreed, paid with the notes of a transfer that the wallet has just prepared.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(
        agreed: &Agreed,
        draft: &TransferEffects,
        maker: &Maker<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Self, PlanError> {
        let (plan, payment) = maker.make(draft, &deed(agreed)?, &about(agreed), rng)?;
        Ok(Self { order: agreed.order(&payment), plan })
    }

    /// For the sender's own file.
    pub fn seal(&self, keys: &PlanKeys, rng: &mut (impl RngCore + CryptoRng)) -> SealedCopy {
        keys.seal(self, rng)
    }

    /// From the sender's own file.
    ///
    /// # Errors
    /// [`PlanError::Application`], [`PlanError::Foreign`].
    pub fn open(keys: &PlanKeys, copy: &SealedCopy) -> Result<Self, PlanError> {
        keys.open(copy)
    }

    /// For the provider.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// What was agreed to.
    #[must_use]
    pub fn agreed(&self) -> Agreed {
        let Order { quote, terms, paid_blinding, delivered_blinding, receiver, travel, .. } = self.order.clone();
        Agreed {
            paid: AmountOpening::new(quote.quote.priced.pay, paid_blinding.0),
            signed: quote,
            terms,
            blindings: Secret::new([paid_blinding.0, delivered_blinding.0]),
            receiver,
            travel,
        }
    }

    /// The sender's transfer, as it was ordered.
    ///
    /// # Errors
    /// [`PlanError::Spent`]; [`PlanError::Foreign`] if these keys have not made this order.
    pub fn payment(&self, maker: &Maker<'_>) -> Result<UnprovenTransfer, PlanError> {
        let agreed = self.agreed();
        maker.again(&self.plan, &self.order.payment, &deed(&agreed)?, &about(&agreed))
    }
}

fn deed(agreed: &Agreed) -> Result<Deed, PlanError> {
    agreed.lock_order(Memo::empty()).map(Deed::Lock).map_err(|_| PlanError::Foreign)
}

/// All of the order but its transfer.
fn about(agreed: &Agreed) -> Vec<u8> {
    let Agreed { signed, terms, blindings, receiver, travel, .. } = agreed;
    let blindings = blindings.expose().map(CanonicalScalar);
    borsh::to_vec(&(signed, terms, blindings, receiver, travel)).expect("writing to memory")
}

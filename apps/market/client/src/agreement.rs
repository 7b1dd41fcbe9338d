//! What whoever signs an order has agreed to: it is said apart from the order, which the buyer made, and compared with it.

use tabella_market_rules::work::{ListingId, WorkId};
use tabella_protocol::note::NoteValue;
use thiserror::Error;

use crate::order::Review;

/// What is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goods {
    /// New licences of a work, by its seller.
    Work(WorkId),
    /// The licences of an offer, by its reseller.
    Offer(ListingId),
}

/// What a seller or reseller agrees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is sold.
    pub goods: Goods,
    /// How many licences.
    pub licences: u32,
    /// The price of all together, in smallest units.
    pub price: NoteValue,
    /// Whether everybody sees the price.
    pub is_public: bool,
    /// Digest of the invoice; zeros if there is none.
    pub invoice: [u8; 32],
}

/// How an order differs from what was agreed to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// A sale, where a resale was agreed to.
    #[error("the order is for new licences, which their seller agrees to")]
    Sale,
    /// A resale, where a sale was agreed to.
    #[error("the order is for licences that are offered again, which their reseller agrees to")]
    Resale,
    /// Another work.
    #[error("the order is for licences of another work, {0}")]
    Work(WorkId),
    /// Another offer.
    #[error("the order is for another offer, {0}")]
    Offer(ListingId),
    /// Another number of licences.
    #[error("the order is for {0} licences, and you agree to {1}")]
    Licences(u32, u32),
    /// Another price.
    #[error("the order is for {} smallest units, and you agree to {}", .0.0, .1.0)]
    Price(NoteValue, NoteValue),
    /// A price that everybody sees, where a hidden one was agreed to.
    #[error("the order lets everybody see the price, and you agree to a hidden one")]
    Public,
    /// A hidden price, where one that everybody sees was agreed to.
    #[error("the order hides the price, and you agree to one that everybody sees")]
    Hidden,
    /// Another invoice, or one where none was agreed to.
    #[error("the order names another invoice than you agree to")]
    Invoice,
}

impl Agreement {
    /// That an order says exactly this.
    ///
    /// # Errors
    /// [`Difference`]: the first that there is.
    pub fn compare(&self, review: &Review) -> Result<(), Difference> {
        match (self.goods, review.listing) {
            (Goods::Work(agreed), None) if agreed != review.work => return Err(Difference::Work(review.work)),
            (Goods::Offer(agreed), Some(asked)) if agreed != asked => return Err(Difference::Offer(asked)),
            (Goods::Work(_), Some(_)) => return Err(Difference::Resale),
            (Goods::Offer(_), None) => return Err(Difference::Sale),
            (Goods::Work(_), None) | (Goods::Offer(_), Some(_)) => {}
        }
        if review.licences != self.licences {
            return Err(Difference::Licences(review.licences, self.licences));
        }
        if review.price != self.price {
            return Err(Difference::Price(review.price, self.price));
        }
        if review.is_public != self.is_public {
            return Err(if review.is_public { Difference::Public } else { Difference::Hidden });
        }
        if review.invoice != self.invoice {
            return Err(Difference::Invoice);
        }
        Ok(())
    }
}

//! Access and rentals: what an owner, a renter, the holder of a right and an arbiter do. `docs/applications/access.md`.
//!
//! Reading order: [`keys`], [`offer`] (before a rental), [`build`] (its transactions), [`deposit`] (how it is divided, in files),
//! [`answer`] (what opens the device), [`history`] (a party's rentals, from the seed and the ledger alone), [`desk`] (all of
//! it on a page).

pub mod answer;
pub mod build;
pub mod deposit;
pub mod desk;
pub mod history;
pub mod keys;
pub mod offer;

pub use answer::{AnswerError, Evidence};
pub use build::{AccessError, WithTransfers};
pub use deposit::{Decision, Division};
pub use desk::AccessDesk;
pub use history::{OwnRental, OwnRentals};
pub use keys::AccessKeys;
pub use offer::{Offer, OfferError, OfferOrder, Prices};
pub use tabella_access_lock as lock;
pub use tabella_access_rules as rules;

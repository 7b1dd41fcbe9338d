//! Access and rentals, as the ledger checks them. `docs/applications/access.md`.
//!
//! A renter puts the rent under an escrow and leaves a deposit with the ledger; in the same transaction a right comes into being,
//! a note like any other. Whoever holds it uses it once, for the device that was let; that opens the escrow of the rent. The
//! deposit is divided in the end: by both, by the arbiter, or by time. Reading order: [`terms`], [`action`], [`rental`], [`rules`].

pub mod action;
pub mod domain;
pub mod rental;
pub mod rules;
pub mod terms;

pub use action::{AccessAction, AccessProof};
pub use rental::{Rental, RentalRow, Stage, Standing};
pub use rules::{AccessRejection, Rentals};
pub use tabella_access_lock::{Interval, UsedRight};
pub use terms::{Party, RentalId, RentalTerms, RenterKeys, SealedPrices, TermsError};

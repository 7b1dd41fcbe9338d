//! Trade finance, as the ledger decides on it. No secrets, no input or output.
//!
//! A **letter of credit** is an amount under an escrow that the beneficiary may claim once its guard is open. The guard belongs
//! to this application, and opens when documents were presented in time and an examiner accepts them, or those who pay waive
//! what is wrong with them, or the examiner says nothing for as long as the letter allows. It never shuts. If it does not open,
//! whoever made the escrow takes it back at its time, and asks nobody.
//!
//! An **invoice** that its debtor confirms is an asset of one unit. Its uid follows from a tag that is a deterministic function of
//! what identifies the invoice and of a key that the debtor registered once: so there is one of it on the ledger, whoever
//! lies, and whoever holds the unit is owed the money.
//!
//! Reading order: [`letter`] (terms), [`action`] (what is said and signed), [`state`] (what the ledger keeps), then the rules in
//! `check`; [`invoice`] and [`confirmation`] for invoices.

pub mod action;
mod check;
pub mod confirmation;
pub mod domain;
mod encoding;
pub mod error;
pub mod invoice;
pub mod letter;
pub mod readable;
pub mod state;

pub use error::TradeRejection;
pub use state::TradeFinance;

//! Trade finance, as its parties see it: whoever applies for a letter of credit, the banks, whoever sells and ships
//! and examines; and whoever owes an invoice, sells it, and finances it.
//!
//! Nothing is kept but the seed and what the parties gave each other ([`files`]): a letter, signed documents, a
//! confirmation.
//!
//! Reading order: [`keys`], [`letters`], [`documents`], [`reading`]; [`debtor`], [`exchange`] and [`kept`] for
//! invoices; [`desk`] for pages.

pub mod debtor;
pub mod desk;
pub mod documents;
pub mod exchange;
pub mod files;
pub mod kept;
pub mod keys;
pub mod letters;
pub mod reading;

pub use desk::TradeDesk;

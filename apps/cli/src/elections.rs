//! What the commands of authority, trustees and voters share: their public files, their key files, the draft of an election,
//! times, and the ledger.

pub mod clock;
pub mod files;
pub mod keys;
pub mod ledger;
pub mod ledger_key;

pub use tabella_forms::{draft, time};

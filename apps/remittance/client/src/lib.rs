//! Remittance: what each party does. `docs/applications/remittance.md`.
//!
//! The provider quotes ([`quote`]); the receiver's institution says where to deliver ([`payee`]); the sender orders,
//! the provider answers with its leg, the sender completes ([`order`]); the receiver's institution checks what arrived
//! and answers ([`notice`]). In a page all of it is done by forms ([`desk`]). What the law wants told travels sealed
//! ([`travel`]); what banks' programs read and write is in [`iso20022`].

pub mod desk;
pub mod iso20022;
pub mod keys;
pub mod notice;
pub mod order;
pub mod payee;
pub mod price;
pub mod quote;
pub mod travel;

pub use desk::RemittanceDesk;
pub use keys::RemittanceKeys;
pub use notice::Notice;
pub use order::{Agreed, Answer, Order, OrderError};
pub use payee::Payee;
pub use price::{Price, PriceError, Priced, Rate};
pub use quote::{Quote, QuoteError, QuoteRequest, SignedQuote};
pub use tabella_remittance_rules as rules;
